/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A constant flow through, to and from a firewall: client and server in
 * namespaces of their own, three kinds of packets on each of the three ways.
 */
#ifndef STREAM_H
#define STREAM_H

#include "testns.h"

enum stream_way {
	STREAM_FORWARD,
	STREAM_INPUT,
	STREAM_OUTPUT,
	NR_WAYS,
};

/* Which rulesets let a kind through: stream_rules makes them so. */
enum stream_kind {
	STREAM_ALWAYS,
	STREAM_NEVER,
	STREAM_ODD,		/* only the odd rulesets do */
	NR_KINDS,
};

struct stream_count {
	unsigned int sent;
	unsigned int received;
};

struct stream {
	struct testns client;
	struct testns firewall;
	struct testns server;
	int from[NR_WAYS];
	int to[NR_WAYS][NR_KINDS];
	struct stream_count count[NR_WAYS][NR_KINDS];
};

/* 0 or a negative errno. */
int stream_open(struct stream *flow);
void stream_close(struct stream *flow);

/* Sends one packet of each kind on each way, and takes what has come. */
void stream_step(struct stream *flow);

/* Takes what is still under way. */
void stream_settle(struct stream *flow);

/* Forgets what was counted. */
void stream_reset(struct stream *flow);

/* Whether rules of stream_rules judge on all ways: 1, on none: 0, else -1. */
int stream_judged(struct stream *flow);

/* A ruleset with nr rules before those that the kinds meet, as it is saved but
 * for its comments. To be freed by the caller. */
char *stream_rules(unsigned int number, unsigned int nr);

#endif
