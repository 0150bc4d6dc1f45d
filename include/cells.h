/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of a column's values: from a rule's test, and combined. All memory is
 * the arena's.
 */
#ifndef CELLS_H
#define CELLS_H

#include <stdbool.h>

#include "column.h"

struct arena;
struct term;

/* More intervals than this in one test make it an abi_extra. */
#define CELL_MAX	256u

/*
 * Whether a column holds the test: a mask with too many holes takes more than
 * CELL_MAX intervals.
 */
bool cell_holds(const struct term *term);

/*
 * The values of a column that a test accepts, inversion applied. Ports are
 * plain ones here, 0 .. 65535; FIELD_PORTS gives its list for either column.
 */
struct cell cell_term(struct arena *arena, const struct term *term,
		      enum column column);

/* The plain ports that are not in the set. */
struct cell cell_other_ports(struct arena *arena, const struct cell *ports);

struct cell cell_intersect(struct arena *arena, const struct cell *a,
			   const struct cell *b);

/*
 * A port column's set out of two sets of plain ports: for packets with a whole
 * header, and for those with a cut one (PORT_SHORT). NULL is all ports.
 */
struct cell cell_join_ports(struct arena *arena, enum column column,
			    const struct cell *whole, const struct cell *cut);

/* COL_PROTO's values with one of the header states in the mask. */
struct cell cell_headers(struct arena *arena, unsigned int mask);

/* Whether a set accepts all that a test of its column can accept; for ports,
 * the plain ones. */
bool cell_full(const struct cell *cell);

bool cell_has(const struct cell *cell, struct key key);

#endif
