/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For unit tests that link one step and its leaves only: random numbers that
 * are the same on every run, sets and matrices built by hand. Header only, so
 * that it adds nothing to the link line.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "column.h"

/* xorshift64*; the state is never 0. */
static inline uint32_t unit_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull >> 32;
}

/* A number below n. */
static inline uint32_t unit_below(uint64_t *state, uint32_t n)
{
	return (uint64_t)unit_random(state) * n >> 32;
}

static inline int unit_cell_has(const struct cell *cell, struct key key)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++)
		if (key_cmp(cell->intervals[i].lo, key) <= 0 &&
		    key_cmp(key, cell->intervals[i].hi) <= 0)
			return 1;
	return 0;
}

#endif
