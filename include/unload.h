/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpfipt unload: takes everything down; traffic is as before the first restore.
 */
#ifndef UNLOAD_H
#define UNLOAD_H

#include <stdbool.h>

struct diag;

/* wait_s as in lock.h; with keep_table the connections stay for the next
 * restore. Returns 0, also if nothing was loaded, or a negative
 * errno, reported. */
int unload_run(const char *netns, int wait_s, bool keep_table,
	       const struct diag *diag);

#endif
