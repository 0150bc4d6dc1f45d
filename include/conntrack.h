/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpfipt conntrack: shows, deletes, counts the connections that are tracked.
 */
#ifndef CONNTRACK_H
#define CONNTRACK_H

#include <stdint.h>
#include <stdio.h>

#include "flow_filter.h"
#include "flow_text.h"

struct diag;

enum conntrack_act {
	CONNTRACK_LIST,
	CONNTRACK_DELETE,
	CONNTRACK_FLUSH,
	CONNTRACK_COUNT,
	NR_CONNTRACK_ACTS,
};

struct conntrack_request {
	const char *netns;	/* NULL: the caller's */
	enum conntrack_act act;
	enum flow_form form;
	struct flow_filter filter;
};

/*
 * Does what is asked for; connections go to out, what was done to stderr.
 * Returns 0 with how many it was done to in *nr, or a negative errno, reported,
 * -ENOENT if no connections are tracked.
 */
int conntrack_run(const struct conntrack_request *request, FILE *out,
		  const struct diag *diag, uint64_t *nr);

#endif
