/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a restore would change of what runs.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include <stdio.h>

struct arena;
struct diag;
struct ruleset;
struct running;

/*
 * Writes a unified diff of the saved texts, from what was read back to the
 * ruleset, without counters; diag's file names the latter. Returns 1 if they
 * differ, 0 if not, or a negative errno, reported.
 */
int changes_print(struct arena *arena, const struct running *running,
		  const struct ruleset *ruleset, const struct diag *diag,
		  FILE *out);

#endif
