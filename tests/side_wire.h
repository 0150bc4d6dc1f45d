/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets in and out of a topology. Sends frames, waits until nothing of them
 * is under way any more, and collects what came out: at client and server, and
 * at the firewall's own raw sockets, made comparable between topologies.
 */
#ifndef SIDE_WIRE_H
#define SIDE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "side_topo.h"

#define FRAME_MAX 2200

/*
 * Where a frame is sent: into an end's wire with its Ethernet header, or from
 * the IP header on into wan0 or by the firewall itself; a datagram's header is
 * taken off and made anew by the stack, which fragments it.
 */
enum side_way {
	WAY_CLIENT,
	WAY_SERVER,
	WAY_TUN,
	WAY_OUTPUT,
	WAY_DATAGRAM,
	NR_WAYS,
};

struct frame {
	enum side_way way;
	uint32_t mark;		/* OUTPUT: SO_MARK */
	uint32_t len;
	uint8_t joined;		/* belongs to the frame before it */
	uint8_t learns;		/* its ack is of what the firewall has sent */
	const char *note;	/* for messages: what is special about it */
	uint8_t data[FRAME_MAX];
};

/* Bytes in front of the IP header, without VLAN tags. */
static inline size_t way_head(enum side_way way)
{
	return way == WAY_CLIENT || way == WAY_SERVER ? 14 : 0;
}

/* A place where packets come out. */
enum side_place {
	PLACE_CLIENT,
	PLACE_SERVER,
	PLACE_TUN,
	PLACE_LOCAL,
	NR_PLACES,
};

struct record {
	enum side_place place;
	uint32_t len;
	uint8_t *data;
};

struct harvest {
	unsigned int nr;
	unsigned int room;
	struct record *records;
	bool tracked;		/* what a tracker or TCP changes is no part */
	unsigned int lost;	/* capture overflowed: results are void */
};

/*
 * Sends all frames, in order. Those that the stack refuses with an error are
 * skipped; the number of them is returned, or -EIO, said, if packets do not get
 * through within two seconds.
 */
int wire_send(struct topo *topo, const struct frame *frames, unsigned int nr);

/* Waits until all that was sent has been handled. 0 or -EIO. */
int wire_settle(struct topo *topo);

/* Takes what has come out since; sorted. Identifiers, checksums and time
 * stamps that the firewall's own stack draws at random are zeroed. */
void wire_collect(struct topo *topo, struct harvest *harvest);
void harvest_free(struct harvest *harvest);

void frame_print(const struct frame *frame, FILE *out);

/* Prints up to eight records of one that the other lacks. 0 if equal. */
unsigned int harvest_compare(const struct harvest *a, const struct harvest *b,
			     FILE *out);

/* Right checksums again: IP's, and TCP's, UDP's or ICMP's if it is whole. */
void wire_seal(uint8_t *ip);

uint16_t wire_checksum(const uint8_t *data, size_t len);

#endif
