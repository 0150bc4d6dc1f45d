/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A constant flow through, to and from a firewall: client and server in
 * namespaces of their own, three kinds of packets on each of the three ways.
 */
#ifndef FLOW_H
#define FLOW_H

#include "testns.h"

enum flow_way {
	FLOW_FORWARD,
	FLOW_INPUT,
	FLOW_OUTPUT,
	NR_WAYS,
};

/* Which rulesets let a kind through: flow_rules makes them so. */
enum flow_kind {
	FLOW_ALWAYS,
	FLOW_NEVER,
	FLOW_ODD,		/* only the odd rulesets do */
	NR_KINDS,
};

struct flow_count {
	unsigned int sent;
	unsigned int received;
};

struct flow {
	struct testns client;
	struct testns firewall;
	struct testns server;
	int from[NR_WAYS];
	int to[NR_WAYS][NR_KINDS];
	struct flow_count count[NR_WAYS][NR_KINDS];
};

/* 0 or a negative errno. */
int flow_open(struct flow *flow);
void flow_close(struct flow *flow);

/* Sends one packet of each kind on each way, and takes what has come. */
void flow_step(struct flow *flow);

/* Takes what is still under way. */
void flow_settle(struct flow *flow);

/* Forgets what was counted. */
void flow_reset(struct flow *flow);

/* Whether rules of flow_rules judge on all ways: 1, on none: 0, else -1. */
int flow_judged(struct flow *flow);

/* A ruleset with nr rules before those that the kinds meet, as it is saved but
 * for its comments. To be freed by the caller. */
char *flow_rules(unsigned int number, unsigned int nr);

#endif
