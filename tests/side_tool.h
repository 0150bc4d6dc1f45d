/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two firewalls that are compared, as commands: iptables-legacy and the
 * product. Restoring, saving, and comparing what they saved.
 */
#ifndef SIDE_TOOL_H
#define SIDE_TOOL_H

#include <stdint.h>
#include <stdio.h>

#include "testns.h"

struct tool {
	const char *restore;
	const char *save;
	const char *control;	/* "bpfipt", NULL: the tool has none */
};

extern const struct tool tool_legacy;

/* The product: BPFIPT_RESTORE, BPFIPT_SAVE and BPFIPT or else build/. */
struct tool tool_product(void);

/* Restores; 0, or after saying what the tool said, its status. option may be
 * NULL. */
int tool_restore(const struct tool *tool, const struct testns *ns,
		 const char *option, const char *text);

/* What "save -c" prints from "*filter" to "COMMIT"; NULL after saying why. To
 * be freed by the caller. */
char *tool_save(const struct tool *tool, const struct testns *ns);

/* Takes the product out of a namespace. */
void tool_unload(const struct tool *tool, const struct testns *ns);

/* Empties the firewall's table of connections. */
void tool_forget(const struct tool *tool, const struct testns *ns);

/* A line of a save with counters in front of a rule or behind a policy. */
struct saved_line {
	uint64_t packets;
	uint64_t bytes;
	const char *text;	/* the line without its counters */
	int len;
};

/* Takes the next line of *text and moves it on; 0 at the end. */
int saved_next(const char **text, struct saved_line *line);

/*
 * Prints up to ten lines that differ between two saves. How many differ. With
 * `rest` not 0, the second's bytes may be less by so much for each packet at
 * most, in eights as fragments are; `lacking` counts the lines.
 */
struct saved_rest {
	unsigned int rest;
	uint64_t lacking;
};

unsigned int saved_compare(const char *a, const char *b,
			   struct saved_rest *rest, FILE *out);

#endif
