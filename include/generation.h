/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generations: one program for each hook with its tables, the counters that
 * they share and what these go on from, and the ruleset's text, all of one
 * restore. Pinned as
 * gen-N/{text,counters,carry,INPUT,FORWARD,OUTPUT}.
 */
#ifndef GENERATION_H
#define GENERATION_H

#include <stdint.h>

#include "abi.h"

struct plan;
struct residents;
struct site;

struct generation {
	uint32_t number;
	int text;
	int counters;
	int carry;
	int program[NR_HOOKS];
};

#define GENERATION_INIT	{ .text = -1, .counters = -1, .carry = -1, \
			  .program = { [0 ... NR_HOOKS - 1] = -1 } }

/* The number after this one. Number 0 is never used. */
uint32_t generation_next(uint32_t number);

/* The highest one loaded below number, kept for going back; 0 if none. */
uint32_t generation_previous(const struct site *site, uint32_t number);

/*
 * Loads a plan under a number that nobody uses, fills its slots and pins it.
 * No packet notices. After a failure what is there is to be removed.
 */
int generation_load(const struct site *site, const struct residents *residents,
		    const struct plan *plan, struct generation *generation);

/* Opens what is pinned. -ENOENT, silently, if there is no such generation. */
int generation_open(const struct site *site, struct generation *generation);

void generation_close(struct generation *generation);

/* Takes a generation down that does not run, whole or not. A grace period must
 * have passed since it ran. */
int generation_remove(const struct site *site,
		      const struct residents *residents, uint32_t number);

/* Takes down all but the running generation and the one before it. */
int generations_tidy(const struct site *site,
		     const struct residents *residents);

#endif
