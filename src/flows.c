// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the connection table, many buckets with one system call. The lock of
 * a bucket is the programs' own: a flow that is read while a packet changes it
 * may be of two moments. It changes nothing.
 */
#include "flows.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "clock.h"
#include "diag.h"
#include "flow.h"
#include "kernel.h"
#include "tracker.h"

#define BATCH	512u		/* buckets: 364 KiB */

struct batch {
	uint32_t key[BATCH];
	struct flow_bucket bucket[BATCH];
};

struct scan {
	struct clock clock;
	flows_seen *seen;
	void *ctx;
};

static int bucket_each(const struct scan *scan,
		       const struct flow_bucket *bucket)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < FLOW_WAYS && !ret; i++) {
		const struct flow *flow = &bucket->flow[i];

		if (flow->expires > scan->clock.jiffies)
			ret = scan->seen(flow,
					 (flow->expires - scan->clock.jiffies) /
					 scan->clock.hz, scan->ctx);
	}
	return ret;
}

/* The next buckets; *nr is how many. Returns -ENOENT with the last ones. */
static int batch_read(int fd, struct batch *batch, uint32_t **in, uint32_t *out,
		      uint32_t *nr)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	int err;

	*nr = BATCH;
	err = bpf_map_lookup_batch(fd, *in, out, batch->key, batch->bucket, nr,
				   &opts);
	*in = out;
	return err ? -errno : 0;
}

static int scan_all(const struct scan *scan, int fd, struct batch *batch)
{
	uint32_t place, *in = NULL, nr, i;
	int err, ret = 0;

	do {
		err = batch_read(fd, batch, &in, &place, &nr);
		if (err && err != -ENOENT)
			return err;
		for (i = 0; i < nr && !ret; i++)
			ret = bucket_each(scan, &batch->bucket[i]);
	} while (!err && !ret);
	return ret;
}

int flows_each(const struct tracker *tracker, const struct diag *diag,
	       flows_seen *seen, void *ctx)
{
	struct scan scan = { .seen = seen, .ctx = ctx };
	struct batch *batch;
	int err = clock_read(&scan.clock, diag);

	if (err)
		return err;
	batch = malloc(sizeof(*batch));
	err = batch ? scan_all(&scan, tracker->flows, batch) : -ENOMEM;
	free(batch);
	return err < 0 ? diag_system(diag, -err,
				     "cannot read the connection table") : err;
}
