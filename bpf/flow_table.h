/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of flows: where in it a packet's is. A bucket's lock covers its
 * flows. They are looked through without it, and what was found is looked at
 * again under it.
 */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "flow_hash.h"
#include "flow_maps.h"
#include "tuple.h"

/* Four tags lie in a word, and are compared with a tag at once. */
#define LANES	4
#define LANE_ONES	0x0001000100010001ull
#define LANE_HIGHS	0x8000800080008000ull

/* A single bit at 16 * n, times this, has n in its two highest bits. */
#define LANE_NUMBERS	(1ull << 46 | 1ull << 31 | 3ull << 14)

_Static_assert(FLOW_WAYS == 2 * LANES, "a bucket's tags are two words");

static __always_inline __u64 tuple_hash(const struct tuple *t,
					const struct flow_tracking *tracking)
{
	int way = tuple_way(t);

	return flow_hash(way ? t->addrs[1] : t->addrs[0],
			 way ? t->ports[1] : t->ports[0], tracking->seed[0],
			 tracking->seed[1]);
}

static __always_inline __u16 hash_tag(__u64 hash)
{
	return hash ^ hash >> 32;
}

/* The first (0) or second bucket of a hash; NULL without a table. */
static __always_inline struct flow_bucket *
bucket_of(__u64 hash, int nr, const struct flow_tracking *tracking)
{
	__u64 half = nr ? hash >> 32 : hash & 0xffffffff;
	__u32 index = half * tracking->nr_buckets >> 32;

	return bpf_map_lookup_elem(&flows, &index);
}

static __always_inline bool flow_alive(const struct flow *flow, __u64 now)
{
	return flow->expires > now;
}

/* 1 if the packet is a reply of the flow's, 0 if it goes the way of its first
 * one, -1 if it is not of the flow. The kernel puts the reply's tuple before
 * the original's, so where both match it is a reply. */
static __always_inline int flow_dir(const struct flow *flow,
				    const struct tuple *t)
{
	__u64 addrs, ports;

	__builtin_memcpy(&addrs, flow->addr, sizeof(addrs));
	__builtin_memcpy(&ports, flow->port, sizeof(ports));
	ports &= TUPLE_PORTS;
	if (addrs == t->addrs[1] && ports == t->ports[1])
		return 1;
	return addrs == t->addrs[0] && ports == t->ports[0] ? 0 : -1;
}

/* High bits of the lanes that are equal to the tag, and perhaps of some above
 * them: what they stand for must be compared anyway. */
static __always_inline __u64 lanes_equal(__u64 tags, __u16 tag)
{
	__u64 differ = tags ^ tag * LANE_ONES;

	return (differ - LANE_ONES) & ~differ & LANE_HIGHS;
}

static __always_inline __u32 lane_lowest(__u64 lanes)
{
	return ((lanes & -lanes) >> 15) * LANE_NUMBERS >> 62;
}

/* Where in the bucket the packet's flow is, or FLOW_WAYS. */
static __always_inline __u32 bucket_find(const struct flow_bucket *bucket,
					 const struct tuple *t, __u64 hash,
					 __u64 now)
{
	__u64 tags[2], lanes;
	__u32 i, n, way;

	__builtin_memcpy(tags, bucket->tag, sizeof(tags));
	for (i = 0; i < 2; i++) {
		lanes = lanes_equal(tags[i], hash_tag(hash));
		for (n = 0; n < LANES && lanes; n++) {
			way = i * LANES + lane_lowest(lanes);
			if (flow_dir(&bucket->flow[way & 7], t) >= 0 &&
			    flow_alive(&bucket->flow[way & 7], now))
				return way;
			lanes &= lanes - 1;
		}
	}
	return FLOW_WAYS;
}

#endif
