/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that is to be put into the kernel, as plain data: every map with its
 * entries and every program with its constants. Built without the kernel.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stddef.h>
#include <stdio.h>

#include "tables.h"

struct arena;
struct diag;
struct ruleset;

struct plan {
	struct tables hook[NR_HOOKS];
	unsigned int nr_counters;
	struct abi_counter *counters;	/* what they start from; the arena's */
	/*
	 * What the rules edit: then counter i goes on from counter from[i] of
	 * the generation before, or from none (COUNTER_NONE), and what it
	 * starts from is the difference to that one's value, if need be below
	 * zero (modulo 2^64). NULL: from none at all.
	 */
	uint32_t *from;
	unsigned int nr_before;	/* counters of the generation before */
	char *text;		/* the ruleset to be read back, without
				 * counters */
	size_t text_len;		/* without the NUL */
};

/*
 * Matrix and tables of each hook, the text and the counters. Returns 0 or a
 * negative errno after reporting what the ruleset has too much of (exit 2).
 */
int plan_build(struct arena *arena, const struct ruleset *ruleset,
	       struct diag *diag, struct plan *plan);
void plan_free(struct plan *plan);

/* --dump=plan */
void plan_dump(const struct plan *plan, FILE *out);

#endif
