/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A column's values cut into runs that rows cannot tell apart.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <stdint.h>

#include "column.h"

struct matrix;
struct vectors;

/* From `at` up to the next run the vector is at `place`. */
struct run {
	struct key at;
	uint32_t place;
};

/* Ascending, the first one at 0; neighbours have different places. */
struct runs {
	uint32_t nr;
	uint32_t max;
	struct run *run;
};

/*
 * Finds the runs of a column up to its value `last`, and writes a vector for
 * each with vectors, which must hold the empty set and does so afterwards.
 * runs is begun anew, its array used again; runs_fini gives it back. Returns as
 * vectors_write, or -ENOMEM.
 */
int sweep_column(const struct matrix *matrix, enum column column,
		 struct key last, struct vectors *vectors, struct runs *runs);

void runs_fini(struct runs *runs);

#endif
