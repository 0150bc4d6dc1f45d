/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel would refuse at COMMIT.
 */
#ifndef CHECK_H
#define CHECK_H

struct arena;
struct diag;
struct ruleset;

/* Reports matches without their protocol, matches in hooks where they cannot
 * be, and jumps in a circle. */
void check_ruleset(struct arena *arena, const struct ruleset *ruleset,
		   struct diag *diag);

#endif
