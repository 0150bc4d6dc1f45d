/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the dumps of matrix, tables and plan share: names of the ABI's numbers.
 * A leaf.
 */
#ifndef DUMP_H
#define DUMP_H

#include <stdint.h>
#include <stdio.h>

struct abi_extra;
struct abi_row;

extern const char *const hook_names[];

/* "counter 3 jump 7 hot none+short saddr & 0xff00ff00 == 0x0a000100": what a
 * row does, and its extras, which are at `extras`. */
void dump_row(const struct abi_row *row, const struct abi_extra *extras,
	      FILE *out);

/* Ascending numbers as "1-3,7": each call adds one, the last call ends it. */
struct dump_list {
	FILE *out;
	uint32_t first;
	uint32_t last;
	unsigned int nr;	/* numbers so far */
};

void dump_list_add(struct dump_list *list, uint32_t number);
void dump_list_end(struct dump_list *list);

#endif
