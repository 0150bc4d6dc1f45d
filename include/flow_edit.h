/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes to the connection table from outside: the tracker's own program makes
 * them, as the locks of the buckets are its own; but where none is loaded.
 */
#ifndef FLOW_EDIT_H
#define FLOW_EDIT_H

#include "flow.h"

struct diag;
struct tracker;

/*
 * Has the program do one thing. Returns 0; 1 if there is no such flow (DELETE),
 * or if there is one or no room (INSERT); or a negative errno, silently:
 * -ENOENT if no program is loaded.
 */
int flow_edit_run(const struct tracker *tracker, enum flow_op op,
		  const struct flow *flow);

/* Empties a table that no program uses. Returns 0 or a negative errno,
 * reported. */
int flow_edit_clear(const struct tracker *tracker, const struct diag *diag);

#endif
