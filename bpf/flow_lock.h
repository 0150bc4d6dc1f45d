/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bucket's lock. Softirqs are off while a packet's program runs, so nobody
 * who waits keeps the holder from going on, unless it was itself interrupted by
 * the machine below: waiting has an end. Holding it a program may call what it
 * likes, and several buckets are never locked at once.
 */
#ifndef FLOW_LOCK_H
#define FLOW_LOCK_H

#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "flow.h"

#define LOCK_WAIT	(1u << 22)	/* tens of milliseconds */
#define LOCK_TRIES	64

struct lock_wait {
	struct flow_bucket *bucket;
	__u32 got;
};

static __always_inline bool bucket_try(struct flow_bucket *bucket)
{
	return !__sync_val_compare_and_swap(&bucket->lock, 0, 1);
}

static long lock_step(__u32 i, struct lock_wait *wait)
{
	if (*(volatile __u32 *)&wait->bucket->lock || !bucket_try(wait->bucket))
		return 0;
	wait->got = 1;
	return 1;
}

/* Returns whether it is locked now. */
static __always_inline bool bucket_lock(struct flow_bucket *bucket)
{
	struct lock_wait wait = { .bucket = bucket };

	if (bucket_try(bucket))
		return true;
	bpf_loop(LOCK_WAIT, lock_step, &wait, 0);
	return wait.got;
}

/* Without a call, where none is allowed. */
static __always_inline bool bucket_lock_soon(struct flow_bucket *bucket)
{
	int i;

	for (i = 0; i < LOCK_TRIES; i++)
		if (bucket_try(bucket))
			return true;
	return false;
}

/* What was written before is there for the next holder: a plain store would
 * not promise it on every machine. */
static __always_inline void bucket_unlock(struct flow_bucket *bucket)
{
	__sync_lock_test_and_set(&bucket->lock, 0);
}

#endif
