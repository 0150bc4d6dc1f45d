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
	const struct flow_tracking *tracking;
	struct flow_bucket *bucket[2];
	struct tuple tuple;
	__u64 hash;
	__u64 now;
	bool soon;		/* nothing may be called: locks do not wait */
};

/* Flows that end anyway give way after those that are not assured. jiffies do
 * not come near in a machine's life. */
#define WORTH_ENDING	(1ull << 58)
#define WORTH_KEEPING	(1ull << 59)

/* Returns 0, or -1 if there is no table. */
static __always_inline int place_find(struct place *at,
				      const struct flow *flow,
				      const struct flow_tracking *tracking)
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

/*
 * A flow's worth with its place below it: so the least of many is one number,
 * and the verifier need not follow which of them it came from.
 */
static __always_inline __u64 flow_offer(const struct place *at, int nr,
					__u32 way)
{
	return flow_worth(&at->bucket[nr]->flow[way], at->tracking) << 4 |
	       nr << 3 | way;
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

static __always_inline enum stored flow_evict(const struct place *at,
					      const struct flow *flow)
{
	__u64 least = WORTH_KEEPING << 4, offer;
	struct flow_bucket *bucket;
	bool gives_way;
	__u32 i;

	for (i = 0; i < 2 * FLOW_WAYS; i++) {
		offer = flow_offer(at, i / FLOW_WAYS, i % FLOW_WAYS);
		if (offer < least)
			least = offer;
	}
	if (least >> 4 >= WORTH_KEEPING)
		return STORED_FULL;
	bucket = least & 8 ? at->bucket[1] : at->bucket[0];
	if (!place_lock(at, bucket))
		return STORED_BUSY;
	/* It may have become another one meanwhile. */
	gives_way = flow_worth(&bucket->flow[least & 7], at->tracking) <
		    WORTH_KEEPING;
	if (gives_way)
		bucket_put(bucket, least & 7, flow, at->hash);
	bucket_unlock(bucket);
	return gives_way ? STORED_EVICTED : STORED_FULL;
}

static __always_inline enum stored flow_store(const struct place *at,
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
