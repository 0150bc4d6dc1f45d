/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies that a dump does not give: those of what runs stay.
 */
#ifndef KEPT_H
#define KEPT_H

#include <stdbool.h>

struct ruleset;
struct running;

/* Whether there are any. */
bool kept_any(const struct ruleset *ruleset);

/* Sets them from what was read back; ACCEPT if nothing is loaded. */
void kept_policies(struct ruleset *ruleset, const struct running *running);

#endif
