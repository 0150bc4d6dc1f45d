/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs, read back from the kernel: the ruleset's text and the counters.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include <stdint.h>

#include "abi.h"

struct diag;
struct stored_text;

struct running {
	uint32_t number;	/* of the generation, 0: nothing is loaded */
	struct stored_text *stored; /* NULL if nothing is loaded */
	struct abi_counter *counters; /* stored->nr_counters */
};

/*
 * Reads what runs in a namespace (NULL: the caller's), which it enters. No lock
 * is taken: a restore meanwhile is seen as before or after it. To be given back
 * with running_close, also after a failure.
 */
int running_open(struct running *running, const char *netns,
		 const struct diag *diag);
void running_close(struct running *running);

#endif
