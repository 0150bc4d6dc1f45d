/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ruleset on two firewalls: the same packets to both, and everything that
 * can be seen afterwards compared.
 */
#ifndef SIDE_ROUND_H
#define SIDE_ROUND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "side_feature.h"
#include "side_packet.h"
#include "side_talk.h"
#include "side_tool.h"
#include "side_topo.h"
#include "side_wire.h"

#define NR_SIDES 2

struct side {
	struct topo topo[NR_SIDES];
	struct tool tool[NR_SIDES];
	struct features features;
	struct packets packets;
	struct talks talks;
	unsigned int percent_talks;	/* of the frames */
	unsigned int max_frames;	/* for each ruleset */
	unsigned int nr_frames;
	struct frame *frames;
	const char *option;		/* "-c": the text's counters count */
	FILE *out;			/* for differences */
	bool show;			/* print the ruleset that fails */
	bool stateful;			/* rules test connections */
	unsigned int late;		/* rounds in which clocks may differ */
	uint64_t sent;
	uint64_t came_out;
	uint64_t refused;		/* sends that returned an error */
	uint64_t rules;
	struct saved_rest rest;		/* what bytes may lack */
};

/* Two topologies; the first is always iptables-legacy's. 0 or -EIO. */
int side_open(struct side *side, const struct tool *second,
	      unsigned int max_frames);
void side_close(struct side *side);

/* Restores a text on both. 0 if both took it. option may be NULL. */
int side_restore(struct side *side, const char *option, const char *text);

/* Empties both tables of connections. */
void side_forget(struct side *side);

/* Restores on both, as if nothing had been before. 0 if both took it. */
int side_begin(struct side *side, const char *text);

/* From now on rules test connections, and the firewalls have TCP servers. 0 or
 * -EIO. */
int side_track(struct side *side);

/* Sends frames to both and compares what comes out; differences, said. */
unsigned int side_send(struct side *side, const struct frame *frames,
		       unsigned int nr);

/* Compares what both save; as saved_compare. UINT_MAX if one cannot. */
unsigned int side_saves(struct side *side, FILE *out);

/*
 * A whole round: ruleset and packets of this seed. Differences are said, with
 * the packet that makes the first one. How many; 0 is well.
 */
unsigned int side_round(struct side *side, uint64_t seed);

#endif
