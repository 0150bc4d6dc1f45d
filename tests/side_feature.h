/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run has met: for each option that rules can have, how often a rule
 * with it matched and how often one was reached and did not, as the saved
 * counters tell.
 */
#ifndef SIDE_FEATURE_H
#define SIDE_FEATURE_H

#include <stdint.h>
#include <stdio.h>

#define NR_SIDE_FEATURES 113
#define SIDE_STATEFUL 81	/* the first that is about connections */
#define SIDE_RARE 87		/* of those, met in long runs only */

struct feature {
	unsigned int rules;
	uint64_t matched;	/* packets, of all rules with it */
	unsigned int missed;	/* rules that let at least one packet by */
};

struct features {
	struct feature of[NR_SIDE_FEATURES];
	uint64_t by_rule[2];	/* packets: dropped, accepted */
	uint64_t by_policy[2];
	unsigned int unknown;	/* options without a row in the table: said */
};

/* Adds what a save's text shows. */
void features_add(struct features *features, const char *saved);

void features_print(const struct features *features, FILE *out);

/* How many of the features from one to before another were not met in both
 * ways; says which. */
unsigned int features_lacking(const struct features *features, int from,
			      int to, FILE *out);

#endif
