/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a restore right of the bar: from a plan to the rules that run.
 */
#ifndef COMMIT_H
#define COMMIT_H

#include <stdint.h>

struct diag;
struct mechanism;
struct plan;
struct settings;

struct commit_request {
	const char *netns;	/* NULL: the caller's */
	int wait_s;		/* for the lock; 0 or less: without limit */
	unsigned int forced;	/* bits by enum foreign */
	const struct mechanism *mechanism; /* NULL: the best there is */
	const struct settings *settings; /* of the tracker */
	const uint32_t *expected; /* generation that the plan was made from, if
				   * it took anything from what ran */
};

/*
 * Loads a plan and makes it the one that runs. Returns 0; -ECANCELED if
 * something in the namespace forbids it (exit 2); or another negative errno
 * (exit 4). All are reported; what ran before then runs still. Not reported is
 * -ESTALE: another generation runs than was expected.
 */
int commit_run(const struct plan *plan, const struct commit_request *request,
	       const struct diag *diag);

#endif
