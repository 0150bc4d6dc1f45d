/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The residents' maps. They live from the first restore to unload; a
 * generation's programs are loaded with the residents' in place of their own.
 */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "abi.h"
#include "packet.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, NR_PROGRAMS);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

/* Between selector and chain program softirqs are off: one packet a CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_EVENTS);
	__type(key, __u32);
	__type(value, __u64);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct fragment_key);
	__type(value, struct fragment_state);
} fragments SEC(".maps");

static __always_inline void count_event(__u32 event)
{
	__u64 *n = bpf_map_lookup_elem(&events, &event);

	if (n)
		*n += 1;
}

/* Leaves the packet to whatever comes next, unjudged. */
static __always_inline int pass(__u32 event)
{
	count_event(event);
	return TC_ACT_UNSPEC;
}

static __always_inline int drop(__u32 event)
{
	count_event(event);
	return TC_ACT_SHOT;
}

#endif
