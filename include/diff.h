/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The difference of two texts, line by line, as patch(1) takes it.
 */
#ifndef DIFF_H
#define DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct arena;

/* What stands behind "---" or "+++", and the text. Each line of it ends in a
 * newline. */
struct diff_side {
	const char *name;
	const char *text;
	size_t len;
};

/*
 * Writes a unified diff with three lines of context, nothing if the texts are
 * the same. Returns whether they differ. The memory that it takes grows with
 * the texts' length, its time with that and no faster.
 */
bool diff_print(struct arena *arena, const struct diff_side *old,
		const struct diff_side *new, FILE *out);

#endif
