/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet of a script: from the words that describe it to its bytes. The
 * words are listed in fixtures/conntrack/README.
 */
#ifndef SCRIPT_PACKET_H
#define SCRIPT_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "side_wire.h"

/* Dropped by a rule in each chain: dscp 42. */
#define SCRIPT_DROP_TOS	0xa8

#define SCRIPT_PAYLOAD	1400	/* at most */
#define SCRIPT_BYTES	1600
#define SCRIPT_TIMES_MAX 200

enum script_end {
	SCRIPT_CLIENT,
	SCRIPT_SERVER,
	SCRIPT_HOST,		/* the firewall itself */
	NR_SCRIPT_ENDS,
};

/* What a script's packets have in common; each script has its own addresses,
 * so that none meets another's flows. */
struct script_place {
	uint16_t number;	/* of the script, from 1 on */
	enum script_end end[2];	/* of '>' and of '<' */
	uint16_t port[2];
};

enum script_value {
	SCRIPT_PROTO,
	SCRIPT_TYPE,		/* ICMP's, GRE's version, DCCP's */
	SCRIPT_FLAGS,
	SCRIPT_SPORT,
	SCRIPT_DPORT,
	SCRIPT_SEQ,
	SCRIPT_ACK,
	SCRIPT_WIN,
	SCRIPT_DOFF,
	SCRIPT_LEN,		/* of the payload */
	SCRIPT_FILL,
	SCRIPT_ULEN,		/* in UDP's header */
	SCRIPT_CODE,
	SCRIPT_ID,
	SCRIPT_REST,		/* ICMP: the second word, instead of id */
	SCRIPT_VTAG,
	SCRIPT_ITAG,
	SCRIPT_CHUNK,		/* the first one's length */
	SCRIPT_KEY,
	SCRIPT_SUM,		/* enum script_sum */
	SCRIPT_SUMPROTO,	/* the protocol that it covers */
	SCRIPT_TTL,
	SCRIPT_TOS,
	SCRIPT_IPID,
	SCRIPT_DF,		/* don't fragment */
	SCRIPT_CUT,		/* bytes behind the IP header that stay */
	SCRIPT_FROM,		/* a fragment of these bytes */
	SCRIPT_TO,
	SCRIPT_TIMES,		/* so many, from ports one after the other */
	NR_SCRIPT_VALUES,
};

#define SCRIPT_UNSET	UINT32_MAX

enum script_sum {
	SCRIPT_SUM_GOOD,
	SCRIPT_SUM_BAD,
	SCRIPT_SUM_NONE,
};

struct script_packet {
	bool back;		/* '<' */
	uint32_t src;
	uint32_t dst;
	uint32_t value[NR_SCRIPT_VALUES];
	uint8_t nr_extra;	/* TCP: options; SCTP: chunks; else payload */
	uint8_t extra[64];
	uint16_t nr_quoted;	/* of an ICMP error: bytes of the packet */
	uint8_t quoted[SCRIPT_BYTES];
};

/* Reads "> tcp S seq 1"; whether all of it is understood. */
bool script_packet_read(const char *words, const struct script_place *place,
			struct script_packet *packet);

/* The IP packet; room for SCRIPT_BYTES. Returns its length. */
size_t script_packet_bytes(const struct script_packet *packet, uint8_t *ip);

/* The same as a frame that its end sends. */
void script_packet_frame(const struct script_packet *packet,
			 const struct script_place *place,
			 struct frame *frame);

/* A later or an incomplete first piece of a datagram. */
static inline bool script_packet_piece(const struct script_packet *packet)
{
	return packet->value[SCRIPT_TO] != SCRIPT_UNSET;
}

#endif
