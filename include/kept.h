/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies that a dump does not give: those of what runs stay.
 */
#ifndef KEPT_H
#define KEPT_H

#include <stdbool.h>
#include <stdint.h>

struct diag;
struct ruleset;

/* Whether there are any. */
bool kept_any(const struct ruleset *ruleset);

/*
 * Sets them from what runs in the namespace (NULL: the caller's), and *number
 * to its generation, 0 if nothing runs. Returns 0 or a negative errno, which
 * is reported.
 */
int kept_policies(struct ruleset *ruleset, const char *netns,
		  const struct diag *diag, uint32_t *number);

#endif
