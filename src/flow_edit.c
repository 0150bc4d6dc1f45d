// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts a flow into the table or takes one out, by a test run of the program
 * that is loaded with the tracker. It reads nothing.
 */
#include "flow_edit.h"

#include <errno.h>

#include <bpf/bpf.h>

#include "kernel.h"
#include "tracker.h"

int flow_edit_run(const struct tracker *tracker, enum flow_op op,
		  const struct flow *flow)
{
	struct flow_edit edit = { .op = op, .flow = *flow };
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = &edit,
		.data_size_in = sizeof(edit),
	);

	if (tracker->edit < 0)
		return -ENOENT;
	if (bpf_prog_test_run_opts(tracker->edit, &opts))
		return -errno;
	return opts.retval ? 1 : 0;
}
