/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a match on the packet's connection accepts: a set of COL_STATE's values
 * and, for what no column holds, extras.
 */
#ifndef LABELS_H
#define LABELS_H

#include <stdbool.h>

#include "column.h"

struct abi_extra;
struct arena;
struct match;
struct term;

/* Whether the match is one on connections. */
bool labels_tested(const struct match *match);

/* The labels of packets that pass the tests on state, direction and status of
 * a match, and that may pass its others. */
struct cell labels_cell(struct arena *arena, const struct match *match);

/* The extra of a term; false if it is one of those in the cell. */
bool labels_extra(const struct term *term, struct abi_extra *extra);

#endif
