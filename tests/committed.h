/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A restore from inside a test: with what no command line can ask for.
 */
#ifndef COMMITTED_H
#define COMMITTED_H

struct mechanism;

/* Makes rules run in the caller's namespace, attached by the mechanism. As
 * commit_run. */
int committed(const char *rules, const struct mechanism *mechanism);

#endif
