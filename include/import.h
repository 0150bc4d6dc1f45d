/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own connections, for a table that has just been made.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <stdint.h>

struct site;
struct tracker;

/*
 * Takes over what nf_conntrack tracks in the namespace, as far as the table has
 * room; the table's settings must have been made. Returns how many. It cannot
 * fail: connections that are not taken over are met in the middle, like any
 * other, and where some are left out for a reason that is said.
 */
uint64_t import_run(const struct site *site, const struct tracker *tracker);

#endif
