/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A namespace in which connections are tracked, for tests of the tracker's
 * life: rules with and without state, and whether a conversation is known.
 */
#ifndef TRACKED_H
#define TRACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "side_tool.h"

extern const char tracked_stateless[];
extern const char tracked_stateful[];

struct tracked {
	const char *missing;	/* why nothing can run here */
	struct testns ns;
	struct tool tool;
};

/* That of a test, which is skipped if something is missing. */
struct tracked *tracked_of(void **state);

void tracked_restore(const struct tracked *tracked, const char *rules);

/* Restores stateful rules with options; the exit status, and what was said, to
 * be freed, unless said is NULL. */
int tracked_restore_with(const struct tracked *tracked, const char *a,
			 const char *b, char **said);

/* Runs the control program, which must not fail; what it said, to be freed. */
char *tracked_control(const struct tracked *tracked, const char *verb,
		      const char *option);

void tracked_unload(const struct tracked *tracked, const char *option);

/* Whether status says something. */
bool tracked_status(const struct tracked *tracked, const char *text);

/* A descriptor of what is pinned under that name, or -1. */
int tracked_pin(const struct tracked *tracked, const char *name);

/* Whether there is a table that is whole. */
bool tracked_has_table(const struct tracked *tracked);

/* Sends a request from a port, and an answer, over lo. */
void tracked_converse(const struct tracked *tracked, uint16_t port);

/* Does so. Whether they were of a connection that had been known before. */
bool tracked_known(const struct tracked *tracked, uint16_t port);

#endif
