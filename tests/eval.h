/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet program's twin in user space: interprets the flat arrays of abi.h
 * for one packet, step for step as the program in the kernel does. Goes in:
 * tables and a packet that is already parsed; comes out: the verdict and the
 * counters hit, in order. It never looks at rules.
 */
#ifndef EVAL_H
#define EVAL_H

#include <stdint.h>

#include "abi.h"
#include "flow.h"

struct tables;

#define EVAL_IFNAME	16
#define EVAL_TCPOPTS	40

/* What the program knows of a packet. All numbers are host order. */
struct eval_packet {
	uint32_t saddr;
	uint32_t daddr;
	uint32_t mark;
	uint32_t length;	/* above 65,535: LENGTH_MAX */
	uint32_t sport;		/* header OK, SHORT, BADOPT */
	uint32_t dport;
	uint64_t mac;		/* 48 bits, or MAC_NONE */
	uint8_t proto;
	uint8_t header;		/* enum header */
	uint8_t tcpflags;	/* the byte with FIN .. CWR */
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint8_t ttl;
	uint8_t tos;
	uint8_t pkttype;	/* PACKET_HOST, ... */
	char iif[EVAL_IFNAME];	/* NUL padded; all zero where there is none */
	char oif[EVAL_IFNAME];
	struct flow_label ct;	/* what the tracker says of it */
	uint8_t tcpopts_len;	/* bytes of options behind the TCP header */
	uint8_t tcpopts[EVAL_TCPOPTS];
};

enum eval_verdict {
	EVAL_ACCEPT,
	EVAL_DROP,
	EVAL_HOT,		/* dropped for a header that is cut off */
	EVAL_STEPS,		/* the walk passed config.steps: must not be */
	EVAL_BOUNDS,		/* a table led outside itself: must not be */
	NR_EVAL_VERDICTS,
};

/* Where the counters that a packet hits go: the caller's array. */
struct eval_trace {
	uint32_t *counters;
	unsigned int max;	/* the array's length */
	unsigned int nr;	/* hits, also those beyond max */
	unsigned int steps;	/* iterations of the walk that it took */
};

/* Runs a packet. trace is begun anew; its array may be NULL with max 0. */
enum eval_verdict eval_run(const struct tables *tables,
			   const struct eval_packet *packet,
			   struct eval_trace *trace);

#endif
