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

/* Zero is a usual value: UDP, TTL 64, 32 bytes of payload; TCP is a SYN. */
struct craft {
	enum side_way way;
	uint32_t src;
	uint32_t dst;
	uint16_t sport;
	uint16_t dport;
	uint16_t id;
	uint16_t offset;	/* of a fragment, in bytes */
	uint16_t payload;	/* behind the transport header */
	uint8_t proto;
	uint8_t type;		/* ICMP, with port numbers as id and sequence */
	uint8_t code;
	uint8_t flags;		/* TCP, with the next five */
	uint8_t nr_tcp_options;
	const uint8_t *tcp_options;
	uint32_t seq;
	uint32_t ack;
	uint16_t window;
	bool bare;		/* no payload */
	bool more;
	bool dont;
	uint8_t ttl;
	uint8_t nr_options;
	const uint8_t *options;
};

void craft_make(const struct craft *craft, struct frame *frame);

/* Right IP checksum again, after a change by hand. */
void craft_fix(struct frame *frame);

/* And that of TCP, UDP or ICMP too, in a packet that is no fragment. */
void craft_seal(struct frame *frame);

/* An ICMP error to the sender of a packet about it: the header comes from
 * `error`, with as much of the packet behind it as it says in payload. */
void craft_error(const struct craft *error, const struct frame *about,
		 struct frame *frame);

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

/* Packets waiting at a socket, which are taken from it. */
unsigned int side_waiting(int fd);

/* Lines of ip(8) in both firewalls; 0 if all worked. */
int side_ip(struct side *side, const char *commands);
int side_sysctl(struct side *side, const char *key, const char *value);

/*
 * What tests of single traps begin with: two fresh topologies in *state, which
 * is a struct trap, and their end. Without namespaces each test is skipped.
 */
struct trap {
	const char *missing;	/* why nothing can run here, or NULL */
	bool open;
	struct side side;
};

int trap_setup(void **state);
int trap_teardown(void **state);
struct side *trap_side(void **state);

/* cmocka's row for a test of a trap. */
#define TRAP_TEST(test, trap) \
	cmocka_unit_test_prestate_setup_teardown(test, trap_setup, \
						 trap_teardown, trap)

/* Restores on both, or fails the test. */
void trap_restore(struct side *side, const char *text);

/* Fails the test unless both have saved the same. */
void trap_same(struct side *side);

/* Fails the test unless iptables counted so many on the line. */
void trap_counted(struct side *side, const char *text, int64_t packets);

/* Counts by chain, device and for port 7, which is dropped. */
extern const char trap_rules[];

#endif
