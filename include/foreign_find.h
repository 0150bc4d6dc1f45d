/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The finders behind foreign.h. Each returns 1 and writes where it found what
 * it looks for, 0 if it is not there, or a negative errno, unreported.
 */
#ifndef FOREIGN_FIND_H
#define FOREIGN_FIND_H

#include <stdbool.h>

struct devices;

struct finding {
	const struct devices *devices;
	char where[256];
};

/* Rules in the tables of iptables-legacy that the namespace has. None is made
 * by asking. */
int legacy_find_nat(struct finding *finding);
int legacy_find_mark(struct finding *finding);
int legacy_find_filter(struct finding *finding);

/* The same in nf_tables, iptables-nft's tables included. */
int nft_find_nat(struct finding *finding);
int nft_find_mark(struct finding *finding);
int nft_find_filter(struct finding *finding);

int stack_find_policies(struct finding *finding);
int stack_find_states(struct finding *finding);
int stack_find_ipvs(struct finding *finding);
int stack_find_multicast(struct finding *finding);
int stack_find_broadcast(struct finding *finding);

/* ipvlan devices above one of the namespace, wherever they are themselves. */
int ipvlan_find(struct finding *finding);

/* Whether bridged frames meet the kernel's iptables. */
bool stack_bridges_filtered(const struct devices *devices);

#endif
