/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for the side by side test: packets at the edges of a ruleset's rules,
 * put on a way on which the topology really carries them, some of them spoilt.
 */
#ifndef SIDE_PACKET_H
#define SIDE_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "gen.h"
#include "side_wire.h"

/* What is done to a packet after it was made well. */
enum flaw {
	FLAW_NONE,
	FLAW_CHECKSUM,
	FLAW_VERSION,
	FLAW_HEADER_SHORT,	/* header length below 5 words */
	FLAW_HEADER_LONG,	/* header length past the end */
	FLAW_TOTAL_LONG,	/* total length past the end */
	FLAW_TOTAL_SHORT,	/* total length below the header's */
	FLAW_TRUNCATED,		/* total length cut, rest of frame stays */
	FLAW_PADDED,		/* bytes of the link behind the packet */
	FLAW_TTL0,
	FLAW_TTL1,
	FLAW_NOWHERE,		/* to a blackhole */
	FLAW_TO_LOOPBACK,
	FLAW_TO_ZERO,
	FLAW_TO_RESERVED,	/* 240/4 */
	FLAW_FROM_LOOPBACK,
	FLAW_FROM_MULTICAST,
	FLAW_FROM_BROADCAST,
	FLAW_FROM_ZERO,
	FLAW_FROM_SELF,		/* an address of the firewall */
	FLAW_MAC_OTHER,
	FLAW_MAC_BROADCAST,
	FLAW_MAC_MULTICAST,
	FLAW_UNJOINED,		/* a group that nobody is in */
	FLAW_VLAN0,
	FLAW_VLAN5,
	FLAW_ROUTER_ALERT,
	FLAW_RECORD_ROUTE,
	FLAW_TIMESTAMP,
	FLAW_LOOSE_ROUTE,
	FLAW_STRICT_ROUTE,
	FLAW_BAD_OPTION,
	FLAW_TOO_BIG,		/* for the other device, don't fragment */
	NR_FLAWS,
};

extern const char *const flaw_name[NR_FLAWS];

struct packets {
	uint64_t state;			/* of random numbers */
	struct gen *gen;
	unsigned int percent_flawed;
	unsigned int percent_datagrams;	/* fragmented */
	bool tracked;			/* fragments are parts of datagrams */
	uint16_t id;			/* of the last of these */
	unsigned int datagrams;		/* how many */
	unsigned int flaws[NR_FLAWS];	/* how often */
	unsigned int hooks[NR_HOOKS];
	unsigned int protocols[256];
	unsigned int features[NR_GEN_FEATURES];	/* GEN_PKT_* */
};

extern const struct gen_universe packets_universe;

/* 0 .. n - 1 */
uint32_t packets_random(struct packets *packets, uint32_t n);

/* What of a datagram is not in its first fragment. */
#define DATAGRAM_REST 520

/* A datagram is cut into this many pieces at most. */
#define PIECES_MAX 4

/* The next packet, in PIECES_MAX frames at most; how many. */
unsigned int packets_make(struct packets *packets, struct frame *frames);

/* Other identifiers for the same packets, so that they can be sent again. */
void packets_renumber(struct frame *frames, unsigned int nr);

#endif
