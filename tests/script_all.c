// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs many scripts as quickly as their waits allow. In: scripts that have
 * begun. Out: all of them done. They have no address in common, so that it does
 * not matter which packets lie between two of one script.
 */
#include "script.h"

#include <time.h>

/* Which of two is to go on first: one that waited, at its time, before any that
 * did not begin yet. */
static bool before(const struct script_job *a, const struct script_job *b,
		   uint64_t now)
{
	bool a_due = a->due_ms && a->due_ms <= now;
	bool b_due = b->due_ms && b->due_ms <= now;

	if (a_due != b_due)
		return a_due;
	return a->due_ms < b->due_ms;
}

static struct script_job *choose(struct script_job *jobs, size_t nr)
{
	uint64_t now = script_now_ms();
	struct script_job *best = NULL;
	size_t i;

	for (i = 0; i < nr; i++)
		if (!jobs[i].done && (!best || before(&jobs[i], best, now)))
			best = &jobs[i];
	return best;
}

static void sleep_until(uint64_t due_ms)
{
	struct timespec time = {
		.tv_sec = due_ms / 1000,
		.tv_nsec = due_ms % 1000 * 1000000,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

void script_all(struct script_run *run, struct script_job *jobs, size_t nr)
{
	struct script_job *job;

	while ((job = choose(jobs, nr))) {
		if (job->due_ms)
			sleep_until(job->due_ms);
		script_go(run, job);
	}
}
