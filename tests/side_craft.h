/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets made by hand for the tests of single traps, and what such a test
 * asks of two firewalls after sending them.
 */
#ifndef SIDE_CRAFT_H
#define SIDE_CRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "side_round.h"

#define IP4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

#define CLIENT_ADDR IP4(10, 1, 0, 2)
#define SERVER_ADDR IP4(10, 2, 0, 2)

/* Zero is a usual value: UDP, TTL 64, 32 bytes behind the UDP header. */
struct craft {
	enum side_way way;
	uint32_t src;
	uint32_t dst;
	uint16_t sport;
	uint16_t dport;
	uint16_t id;
	uint16_t offset;	/* of a fragment, in bytes: no UDP header */
	uint16_t payload;
	bool more;
	bool dont;
	uint8_t ttl;
	uint8_t nr_options;
	const uint8_t *options;
};

void craft_make(const struct craft *craft, struct frame *frame);

/* Right IP checksum again, after a change by hand. */
void craft_fix(struct frame *frame);

/* Puts a VLAN tag into a frame. */
void craft_tag(struct frame *frame, uint16_t tci);

/* An IP packet of the frame's own inside the way's frame. */
uint8_t *craft_ip(struct frame *frame);

/* Makes and sends one packet to both firewalls; differences in what comes out,
 * said. */
unsigned int craft_send(struct side *side, const struct craft *craft);

/* Packets of the first line of one firewall's save that has this text; -1
 * without such a line. */
int64_t side_count(struct side *side, int which, const char *text);

#define SIDE_IPTABLES 0
#define SIDE_PRODUCT 1

/* Records that have come out of one firewall at a place, since. */
unsigned int side_arrived(struct side *side, int which, enum side_place place);

#endif
