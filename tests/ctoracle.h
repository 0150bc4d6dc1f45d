/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's connection tracker, packet by packet: a namespace that forwards
 * what comes in through a tun device out of it again, with iptables rules that
 * write what the tracker says of the packet into its TOS; and the entry behind
 * each packet, by netlink. Packets are handled while they are written.
 */
#ifndef CTORACLE_H
#define CTORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "testns.h"

#define CT_BYTES	16384u

/* What the rules write into the TOS. */
#define CT_INVALID	0x80u
#define CT_NEW		0x40u
#define CT_ESTABLISHED	0x20u
#define CT_REPLY	0x10u
#define CT_SEEN_REPLY	0x08u
#define CT_ASSURED	0x04u
#define CT_RELATED	0x02u

struct ctoracle {
	struct testns ns;
	int tun;
	bool opened;
};

struct ct_tuple {
	uint32_t addr[2];	/* source, destination; host order */
	uint16_t port[2];
	uint8_t proto;
};

/* An entry as far as the tests compare it. */
struct ct_entry {
	bool there;
	uint32_t timeout_s;
	uint8_t state;
	uint8_t flags[2];	/* TCP: of the sides, original first */
	uint8_t scale[2];
	uint32_t vtag[2];	/* SCTP */
};

/* Whether this kernel's tracker is older than the one that ours follows. */
bool ctoracle_older(void);

/* Goes into the namespace, and stays there until it is closed. Returns NULL, or
 * what is missing. */
const char *ctoracle_open(struct ctoracle *oracle);
void ctoracle_close(struct ctoracle *oracle);

/* Writes nf_conntrack's setting of this name. */
void ctoracle_set(const char *name, unsigned int value);

/*
 * Sends a packet: l4_len bytes behind a header that is made here. Returns what
 * the rules wrote, or -1 if it did not come out again.
 */
int ctoracle_send(const struct ctoracle *oracle, const struct ct_tuple *tuple,
		  const uint8_t *l4, uint32_t l4_len);

struct ct_entry ctoracle_entry(const struct ct_tuple *tuple);

/* Gives an entry another time to live. */
void ctoracle_renew(const struct ct_tuple *tuple, uint32_t timeout_s);

#endif
