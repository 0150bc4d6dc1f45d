/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts a flow into the table and takes one out. Into its first bucket if there
 * is a free place, else into its second one, else in the place of a flow that
 * is worth less. Two processors that bring the same flow at once leave one of
 * them; at worst a second one that nobody finds until it expires.
 */
#ifndef FLOW_STORE_H
#define FLOW_STORE_H

#include <linux/in.h>

#include "flow_table.h"

enum stored {
	STORED,
	STORED_EVICTED,		/* in the place of another one */
	STORED_ALREADY,		/* it was there, and is as it was */
	STORED_FULL,
};

/* Flows that end anyway give way after those that are not assured. */
#define WORTH_ENDING	(1ull << 62)
#define WORTH_KEEPING	(~0ull)

struct victim {
	struct flow_bucket *bucket;
	__u64 worth;
	__u32 way;
};

static __always_inline void tuple_of_flow(struct tuple *t,
					  const struct flow *flow)
{
	struct endpoints e = {
		.saddr = flow->addr[0],
		.daddr = flow->addr[1],
		.proto = flow->proto,
	};

	tuple_set(t, &e, flow->port[0], flow->port[1]);
	if (flow->proto == IPPROTO_ICMP)
		t->ports[1] = TUPLE_NEVER;
}

/* The kernel's can_early_drop of TCP and SCTP. */
static __always_inline bool flow_ending(const struct flow *flow)
{
	if (flow->proto == IPPROTO_TCP)
		return tcp_closing(flow->state);
	return flow->proto == IPPROTO_SCTP &&
	       flow->state >= FLOW_SCTP_SHUTDOWN_SENT &&
	       flow->state <= FLOW_SCTP_SHUTDOWN_ACK_SENT;
}

/* Of two flows the one that is worth less gives way: that expires first. */
static __always_inline __u64 flow_worth(const struct flow *flow)
{
	if (!(flow->status & LABEL_ASSURED))
		return flow->expires;
	return flow_ending(flow) ? flow->expires | WORTH_ENDING : WORTH_KEEPING;
}

static __always_inline __u32 bucket_free(const struct flow_bucket *bucket,
					 __u64 now)
{
	__u32 way;

	for (way = 0; way < FLOW_WAYS; way++)
		if (!flow_alive(&bucket->flow[way], now))
			break;
	return way;
}

static __always_inline void bucket_put(struct flow_bucket *bucket, __u32 way,
				       const struct flow *flow, __u64 hash)
{
	bucket->tag[way & 7] = hash_tag(hash);
	bucket->flow[way & 7] = *flow;
}

static __always_inline enum stored bucket_store(struct flow_bucket *bucket,
						const struct flow *flow,
						const struct tuple *t,
						__u64 hash, __u64 now)
{
	enum stored stored = STORED_ALREADY;
	__u32 way;

	bpf_spin_lock(&bucket->lock);
	if (bucket_find(bucket, t, hash, now) == FLOW_WAYS) {
		way = bucket_free(bucket, now);
		stored = way < FLOW_WAYS ? STORED : STORED_FULL;
		if (stored == STORED)
			bucket_put(bucket, way, flow, hash);
	}
	bpf_spin_unlock(&bucket->lock);
	return stored;
}

static __always_inline void victim_seek(struct victim *v,
					struct flow_bucket *bucket)
{
	__u64 worth;
	__u32 way;

	for (way = 0; way < FLOW_WAYS; way++) {
		worth = flow_worth(&bucket->flow[way]);
		if (worth >= v->worth)
			continue;
		v->worth = worth;
		v->bucket = bucket;
		v->way = way;
	}
}

static __always_inline enum stored flow_evict(struct flow_bucket *first,
					      struct flow_bucket *second,
					      const struct flow *flow,
					      __u64 hash)
{
	struct victim v = { .bucket = first, .worth = WORTH_KEEPING };
	bool gives_way;

	victim_seek(&v, first);
	victim_seek(&v, second);
	bpf_spin_lock(&v.bucket->lock);
	/* It may have become another one meanwhile. */
	gives_way = flow_worth(&v.bucket->flow[v.way & 7]) < WORTH_KEEPING;
	if (gives_way)
		bucket_put(v.bucket, v.way, flow, hash);
	bpf_spin_unlock(&v.bucket->lock);
	return gives_way ? STORED_EVICTED : STORED_FULL;
}

static __always_inline enum stored
flow_store(const struct flow *flow, __u64 hash,
	   const struct flow_tracking *tracking, __u64 now)
{
	struct flow_bucket *first = bucket_of(hash, 0, tracking);
	struct flow_bucket *second = bucket_of(hash, 1, tracking);
	enum stored stored;
	struct tuple t;

	if (!first || !second)
		return STORED_FULL;
	tuple_of_flow(&t, flow);
	if (bucket_find(second, &t, hash, now) != FLOW_WAYS)
		return STORED_ALREADY;
	stored = bucket_store(first, flow, &t, hash, now);
	if (stored == STORED_FULL)
		stored = bucket_store(second, flow, &t, hash, now);
	if (stored == STORED_FULL)
		stored = flow_evict(first, second, flow, hash);
	return stored;
}

/* Returns 0, or -1 if there is no such flow. */
static __always_inline int flow_delete(const struct flow *flow, __u64 hash,
				       const struct flow_tracking *tracking,
				       __u64 now)
{
	struct flow_bucket *bucket;
	struct tuple t;
	__u32 nr, way;

	tuple_of_flow(&t, flow);
	t.ports[1] = TUPLE_NEVER;
	for (nr = 0; nr < 2; nr++) {
		bucket = bucket_of(hash, nr, tracking);
		if (!bucket)
			return -1;
		way = bucket_find(bucket, &t, hash, now);
		if (way == FLOW_WAYS)
			continue;
		bpf_spin_lock(&bucket->lock);
		if (!flow_dir(&bucket->flow[way & 7], &t))
			bucket->flow[way & 7].expires = 0;
		bpf_spin_unlock(&bucket->lock);
		return 0;
	}
	return -1;
}

#endif
