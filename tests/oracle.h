/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What iptables would do with a packet: walks rules one after another as the
 * kernel's ipt_do_table does. Goes in: the ast of a dump and a packet's bytes;
 * comes out: the verdict and the counters hit. It shares nothing with the
 * product but the ast: it reads the words itself, those that tests/gen.c
 * writes, and uses no table of the product.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "abi.h"

struct arena;
struct ast;
struct gen_flow;
struct gen_packet;
struct oracle;

struct oracle_packet {
	enum hook hook;
	const char *iif;	/* "" where there is none */
	const char *oif;
	const uint8_t *mac;	/* of the sender; NULL: no Ethernet header */
	uint8_t pkttype;
	uint32_t mark;
	const uint8_t *data;	/* from the IP header on */
	size_t len;
	uint32_t length;	/* of the IP packet, even if not all is here */
	const struct gen_flow *flow;	/* what is tracked of it */
};

enum oracle_verdict {
	ORACLE_ACCEPT,
	ORACLE_DROP,
	ORACLE_HOT,		/* dropped by a match that misses its header */
};

/*
 * Reads the rules. Returns NULL after saying on stderr which word it does not
 * know. All memory is the arena's.
 */
struct oracle *oracle_new(struct arena *arena, const struct ast *ast);

/* The policies, then the rules in the order in which they are saved. */
unsigned int oracle_nr_counters(const struct oracle *oracle);

/* Judges a packet and adds 1 to each counter for each time it is hit. */
enum oracle_verdict oracle_run(const struct oracle *oracle,
			       const struct oracle_packet *packet,
			       uint32_t *counters);

/* A generated packet as the oracle takes it; buf has GEN_BYTES bytes. */
struct oracle_packet oracle_packet_from(const struct gen_packet *packet,
					uint8_t *buf);

#endif
