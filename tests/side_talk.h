/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversations for the side by side test: connections that are opened, used,
 * closed and disturbed, several at a time, between two of the client, the
 * server, the device wan0 and the firewall.
 */
#ifndef SIDE_TALK_H
#define SIDE_TALK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "side_packet.h"

#define TALKS_AT_ONCE 5
#define TALK_PAST 24
#define TALK_FRAMES 2	/* at most, of one step */

enum talk_kind {
	TALK_TCP,
	TALK_UDP,
	TALK_ICMP,
	TALK_OTHER,
	NR_TALK_KINDS,
};

/* What happens to a conversation but its next step. */
enum twist {
	TWIST_NONE,
	TWIST_SEQ,		/* a sequence number that is off */
	TWIST_ACK,		/* an acknowledgement that is off */
	TWIST_FLAGS,
	TWIST_WINDOW,
	TWIST_CHECKSUM,
	TWIST_LOST,		/* sent, but nobody has seen it */
	TWIST_TWICE,
	TWIST_LATE,		/* one of the past again */
	TWIST_TTL,
	TWIST_RESET,
	TWIST_SYN,
	TWIST_ERROR,		/* an ICMP error about one of the past */
	NR_TWISTS,
};

struct talk {
	enum talk_kind kind;
	const char *plan;	/* TCP: steps */
	unsigned int step;
	unsigned int steps;
	enum side_way way[2];
	uint32_t addr[2];	/* [0] begins */
	uint16_t port[2];	/* ICMP: identifier, type of the query */
	uint8_t proto;
	bool served;		/* [1] is the firewall's own TCP */
	uint8_t nr_options;
	const uint8_t *options;	/* of both SYNs */
	uint32_t next[2];	/* sequence numbers */
};

/* A frame that was sent, and from where one about it would come. */
struct past {
	struct frame frame;
	enum side_way back;
};

struct talks {
	struct packets *packets;	/* random numbers */
	struct talk talk[TALKS_AT_ONCE];
	unsigned int nr_past;
	struct past past[TALK_PAST];
	unsigned int kinds[NR_TALK_KINDS];	/* how many began */
	unsigned int served;
	unsigned int twists[NR_TWISTS];
};

/* Forgets what was under way, not the counts. */
void talks_begin(struct talks *talks, struct packets *packets);

/* The next frames of any of the conversations, TALK_FRAMES at most; how many.
 */
unsigned int talks_next(struct talks *talks, struct frame *frames);

void talks_print(const struct talks *talks, FILE *out);

/* How many kinds and twists there have been none of; says which. */
unsigned int talks_lacking(const struct talks *talks, FILE *out);

#endif
