// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts a flow into the table or takes one out, by a test run of the program
 * that is loaded with the tracker; or empties a table that has no program, a
 * map like any other then. It reads nothing.
 */
#include "flow_edit.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "diag.h"
#include "kernel.h"
#include "tracker.h"

#define BATCH	256u		/* buckets at a time */

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

struct batch {
	uint32_t key[BATCH];
	struct flow_bucket bucket[BATCH];
};

static int clear(int fd, struct batch *batch)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), done, nr, i;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	for (done = 0; done < info.max_entries; done += nr) {
		nr = info.max_entries - done;
		nr = nr < BATCH ? nr : BATCH;
		for (i = 0; i < nr; i++)
			batch->key[i] = done + i;
		if (bpf_map_update_batch(fd, batch->key, batch->bucket, &nr,
					 &opts))
			return -errno;
	}
	return 0;
}

int flow_edit_clear(const struct tracker *tracker, const struct diag *diag)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	int err = batch ? clear(tracker->flows, batch) : -ENOMEM;

	free(batch);
	return err ? diag_system(diag, -err,
				 "cannot empty the connection table") : 0;
}
