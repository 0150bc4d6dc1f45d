/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be known of each column of abi.h: its name, its values, how a
 * packet's value is looked up, how its values are written. A leaf.
 */
#ifndef COLUMN_H
#define COLUMN_H

#include <stdint.h>
#include <stdio.h>

#include "abi.h"

/* A column's value as one number: 128 bits for names, less for all others. */
struct key {
	uint64_t hi;
	uint64_t lo;
};

struct interval {
	struct key lo;
	struct key hi;		/* included */
};

/* A set of a column's values. */
struct cell {
	enum column column;
	unsigned int nr;	/* 0: accepts nothing */
	const struct interval *intervals; /* ascending, none touch */
};

struct column_kind {
	const char *name;
	enum classifier classifier;
	uint32_t size;		/* DIRECT: number of values */
	struct key last;	/* the greatest value that a test can accept */
	void (*print)(const struct cell *cell, FILE *out);
};

extern const struct column_kind columns[NR_COLUMNS];

static inline int key_cmp(struct key a, struct key b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return a.lo < b.lo ? -1 : a.lo > b.lo;
}

/* The key above, which is 0 above the greatest. */
static inline struct key key_next(struct key key)
{
	key.lo++;
	key.hi += key.lo == 0;
	return key;
}

static inline struct key key_prev(struct key key)
{
	key.hi -= key.lo == 0;
	key.lo--;
	return key;
}

static inline struct key key_number(uint64_t number)
{
	return (struct key){ .lo = number };
}

/* An interface's name as abi.h has it; name is NUL padded. */
struct key key_name(const char *name);

/* Writes a set in the column's own notation, ranges with "-", "none" if it is
 * empty. */
void column_print(const struct cell *cell, FILE *out);

/* Writes a mask of header states as "ok+short". */
void column_print_headers(unsigned int mask, FILE *out);

/* Writes the numbers lo to hi as "lo" or "lo-hi". */
void column_print_range(uint32_t lo, uint32_t hi, FILE *out);

#endif
