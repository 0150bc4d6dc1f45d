/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flows that are in the connection table.
 */
#ifndef FLOWS_H
#define FLOWS_H

#include <stdint.h>

struct diag;
struct flow;
struct tracker;

/* A flow with how long it has still to live. */
typedef int flows_seen(const struct flow *flow, uint64_t left_s, void *ctx);

/*
 * Calls seen with each flow that has not expired, until it returns other than
 * 0, and returns that; or a negative errno, reported. The table changes
 * meanwhile: each flow is one that was there.
 */
int flows_each(const struct tracker *tracker, const struct diag *diag,
	       flows_seen *seen, void *ctx);

#endif
