/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our tracker against the kernel's, in sequences of random packets between two
 * ends: the same packet goes to both, and what they make of it is compared.
 * Ours is there twice: compiled for the host, and as the loaded programs, which
 * must leave the same flow behind. A sequence is written down as it goes, and
 * printed once they differ.
 */
#ifndef DUEL_H
#define DUEL_H

#include <stdio.h>

#include "ctoracle.h"
#include "native.h"
#include "track.h"
#include "unit.h"

#include "../bpf/flow_act.h"
#include "../include/flow.h"

#define DUEL_HZ		1000u	/* of our clock */

struct duel {
	struct ctoracle oracle;
	struct track loaded;
	bool alone;		/* without the kernel's tracker */
	const char *missing;	/* why nothing can run here */
	struct flow_tracking tracking;
	struct flow flow;	/* ours; expires 0: there is none */
	int opener;		/* the end that sent the flow's first packet */
	uint64_t now;
	uint64_t seed;
	uint16_t port;		/* of this sequence */
	uint8_t proto;
	char *log;
	size_t log_len;
	FILE *out;
	unsigned int labels[256];
	unsigned int states[16];
};

/* A protocol: the packet at hand is in ctx; its bytes have ports of 0. */
struct duel_protocol {
	enum flow_act (*update)(struct duel *d, int dir, void *ctx);
	enum flow_act (*begin)(struct duel *d, void *ctx);
	int (*compare)(struct duel *d, const struct ct_entry *entry);
};

struct duel_packet {
	int end;		/* that sends it */
	bool bad;		/* it cannot be read: belongs to no flow */
	uint8_t *l4;
	uint32_t len;
	void *ctx;
};

/* A sysctl of nf_conntrack's that is a timeout, and which one it is. */
struct duel_timeout {
	const char *name;
	int which;
	uint32_t seconds;
};

void duel_open(struct duel *d, uint8_t proto);
void duel_close(struct duel *d);

/* Writes nf_conntrack's setting of this name, if the kernel's takes part. */
void duel_set(const struct duel *d, const char *name, unsigned int value);

/* Sets timeouts on both sides. */
void duel_set_timeouts(struct duel *d, const struct duel_timeout *timeouts,
		       unsigned int nr);

/* Gives the loaded programs the settings in d->tracking, but for timeouts. */
void duel_settings(struct duel *d);

/*
 * Runs sequences until three have differed, which fails the test. How many and
 * with which numbers may come from the environment: SEQUENCES, SEED. Returns
 * how many there were.
 */
unsigned int duel_run(struct duel *d, unsigned int nr,
		      int (*sequence)(void *ctx), void *ctx);

/* A number below n. */
uint32_t duel_below(struct duel *d, uint32_t n);

/* The direction in our flow of what an end sends. */
int duel_dir(const struct duel *d, int end);

/* Gives a packet to both. Returns 0 if they agree, else -1, said. */
int duel_packet(struct duel *d, const struct duel_protocol *protocol,
		const struct duel_packet *packet);

/* Prints the sequence and what differs. Returns -1. */
int duel_differ(struct duel *d, const char *what, uint32_t ours,
		uint32_t kernel);

#endif
