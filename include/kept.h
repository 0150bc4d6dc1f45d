/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies that a dump does not give: those of what runs stay.
 */
#ifndef KEPT_H
#define KEPT_H

struct diag;
struct ruleset;

/* Sets them from what runs in the namespace (NULL: the caller's). Returns 0,
 * also if nothing runs, or a negative errno, reported. */
int kept_policies(struct ruleset *ruleset, const char *netns,
		  const struct diag *diag);

#endif
