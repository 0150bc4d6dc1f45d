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

#include "flow_lock.h"
#include "flow_table.h"

enum stored {
	STORED,
	STORED_EVICTED,		/* in the place of another one */
	STORED_ALREADY,		/* it was there, and is as it was */
	STORED_FULL,
	STORED_BUSY,		/* a bucket's lock could not be had */
};

/* Where a flow may be put. */
struct place {
	struct flow_tracking *tracking;
	struct flow_bucket *bucket[2];
	struct tuple tuple;
	__u64 hash;
	__u64 now;
	__u64 least;		/* worth and way of the one that gives way */
	bool least_nr;		/* and its bucket */
	bool soon;		/* nothing may be called: locks do not wait,
				 * and `least` is known before */
};

/* Flows that end anyway give way after those that are not assured. jiffies do
 * not come near in a machine's life. */
#define WORTH_ENDING	(1ull << 58)
#define WORTH_KEEPING	(1ull << 59)
#define WAY_BITS	3

/* Returns 0, or -1 if there is no table. */
static __always_inline int place_find(struct place *at,
				      const struct flow *flow,
				      struct flow_tracking *tracking)
{
	struct endpoints e = {
		.saddr = flow->addr[0],
		.daddr = flow->addr[1],
		.proto = flow->proto,
	};

	tuple_set(&at->tuple, &e, flow->port[0], flow->port[1]);
	if (flow->proto == IPPROTO_ICMP)
		at->tuple.ports[1] = TUPLE_NEVER;
	at->hash = tuple_hash(&at->tuple, tracking);
	at->bucket[0] = bucket_of(at->hash, 0, tracking);
	at->bucket[1] = bucket_of(at->hash, 1, tracking);
	at->tracking = tracking;
	return at->bucket[0] && at->bucket[1] ? 0 : -1;
}

static __always_inline bool place_lock(const struct place *at,
				       struct flow_bucket *bucket)
{
	return at->soon ? bucket_lock_soon(bucket) : bucket_lock(bucket);
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

/* The first timeout of each protocol; its states follow. What is not named is
 * generic, and a table spares the verifier a choice. */
#define SPAN(first)	((first) ^ TIMEOUT_GENERIC)

static const __u8 spans[256] = {
	[IPPROTO_TCP] = SPAN(TIMEOUT_TCP),
	[IPPROTO_SCTP] = SPAN(TIMEOUT_SCTP),
	[IPPROTO_UDP] = SPAN(TIMEOUT_UDP),
	[IPPROTO_UDPLITE] = SPAN(TIMEOUT_UDP),
	[IPPROTO_ICMP] = SPAN(TIMEOUT_ICMP),
	[IPPROTO_GRE] = SPAN(TIMEOUT_GRE),
};

/* About when a flow that is not assured was seen last. */
static __always_inline __u64 flow_seen(const struct flow *flow,
				       const struct flow_tracking *tracking)
{
	__u32 which = SPAN(spans[flow->proto]) + flow->state;

	if (which >= NR_TIMEOUTS)
		return flow->expires;
	return flow->expires - tracking->timeout[which];
}

/*
 * Of two flows the one that is worth less gives way: the one that was seen
 * less recently. What expires first will not do: then a handshake that was
 * answered would give way to SYNs of a flood, which last longer.
 */
static __always_inline __u64 flow_worth(const struct flow *flow,
					const struct flow_tracking *tracking)
{
	if (!(flow->status & LABEL_ASSURED))
		return flow_seen(flow, tracking) & (WORTH_ENDING - 1);
	return flow_ending(flow) ? flow->expires | WORTH_ENDING : WORTH_KEEPING;
}

__u64 bucket_least(struct flow_bucket *bucket, struct flow_tracking *tracking);

/*
 * What the flow that is worth least in a bucket is worth, with its way in the
 * lowest bits: one number, so that the verifier need not follow which of them
 * it came from. Not static, so that it goes through this once.
 */
__noinline __u64 bucket_least(struct flow_bucket *bucket,
			      struct flow_tracking *tracking)
{
	__u64 least = WORTH_KEEPING << WAY_BITS, offer;
	__u32 way;

	if (!bucket || !tracking)
		return least;
	for (way = 0; way < FLOW_WAYS; way++) {
		offer = flow_worth(&bucket->flow[way], tracking) << WAY_BITS |
			way;
		if (offer < least)
			least = offer;
	}
	return least;
}

/* Who would give way, in which bucket: before a lock under which nothing may be
 * called, or when it is needed. */
static __always_inline void place_weigh(struct place *at)
{
	__u64 other = bucket_least(at->bucket[1], at->tracking);

	at->least = bucket_least(at->bucket[0], at->tracking);
	at->least_nr = other < at->least;
	if (at->least_nr)
		at->least = other;
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

static __always_inline enum stored bucket_store(const struct place *at, int nr,
						const struct flow *flow)
{
	struct flow_bucket *bucket = at->bucket[nr];
	enum stored stored = STORED_ALREADY;
	__u32 way;

	if (!place_lock(at, bucket))
		return STORED_BUSY;
	if (bucket_find(bucket, &at->tuple, at->hash, at->now) == FLOW_WAYS) {
		way = bucket_free(bucket, at->now);
		stored = way < FLOW_WAYS ? STORED : STORED_FULL;
		if (stored == STORED)
			bucket_put(bucket, way, flow, at->hash);
	}
	bucket_unlock(bucket);
	return stored;
}

/* Whether it may be evicted at all. */
static __always_inline bool flow_yields(const struct flow *flow)
{
	return !(flow->status & LABEL_ASSURED) || flow_ending(flow);
}

static __always_inline enum stored flow_evict(struct place *at,
					      const struct flow *flow)
{
	struct flow_bucket *bucket;
	bool yields;

	if (!at->soon)
		place_weigh(at);
	if (at->least >> WAY_BITS >= WORTH_KEEPING)
		return STORED_FULL;
	bucket = at->least_nr ? at->bucket[1] : at->bucket[0];
	if (!place_lock(at, bucket))
		return STORED_BUSY;
	/* It may have become another one meanwhile. */
	yields = flow_yields(&bucket->flow[at->least & 7]);
	if (yields)
		bucket_put(bucket, at->least & 7, flow, at->hash);
	bucket_unlock(bucket);
	return yields ? STORED_EVICTED : STORED_FULL;
}

static __always_inline enum stored flow_store(struct place *at,
					      const struct flow *flow)
{
	enum stored stored;

	if (bucket_find(at->bucket[1], &at->tuple, at->hash, at->now) !=
	    FLOW_WAYS)
		return STORED_ALREADY;
	stored = bucket_store(at, 0, flow);
	if (stored == STORED_FULL)
		stored = bucket_store(at, 1, flow);
	if (stored == STORED_FULL)
		stored = flow_evict(at, flow);
	return stored;
}

/* Takes out the flow of which the place is. Returns whether it was there. */
static __always_inline bool flow_delete(struct place *at)
{
	struct flow_bucket *bucket = at->bucket[0];
	struct flow *flow;
	bool found;
	__u32 way;

	at->tuple.ports[1] = TUPLE_NEVER;
	way = bucket_find(bucket, &at->tuple, at->hash, at->now);
	if (way == FLOW_WAYS) {
		bucket = at->bucket[1];
		way = bucket_find(bucket, &at->tuple, at->hash, at->now);
	}
	if (way == FLOW_WAYS || !place_lock(at, bucket))
		return false;
	flow = &bucket->flow[way & 7];
	found = flow_dir(flow, &at->tuple) == 0;
	if (found)
		flow->expires = 0;
	bucket_unlock(bucket);
	return found;
}

#endif
