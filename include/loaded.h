/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ruleset of what is loaded, to be saved or edited.
 */
#ifndef LOADED_H
#define LOADED_H

struct arena;
struct diag;
struct names;
struct ruleset;
struct running;

/*
 * Reads what was read back of the running generation; an empty filter table if
 * nothing is loaded. Rules and policies have their counters, which stay
 * running's. NULL after reporting that the text is none.
 */
struct ruleset *loaded_build(struct arena *arena, const struct running *running,
			     const struct names *names,
			     const struct diag *diag);

#endif
