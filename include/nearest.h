/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hints for mistyped names: start with .wanted set and all else zero, offer
 * the names that there are, look at .found.
 */
#ifndef NEAREST_H
#define NEAREST_H

struct nearest {
	const char *wanted;
	const char *found;	/* the nearest so far, or NULL */
	unsigned int far;
};

void nearest_offer(struct nearest *nearest, const char *name);

#endif
