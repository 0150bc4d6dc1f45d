/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chain program's own constants and tables: set between open and load, new
 * for each generation. The verifier knows the constants, so that what they
 * rule out is not in the loaded program.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "maps.h"

const volatile struct abi_config config;

/* The value sizes are set before loading, from the lengths in config. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 8);
} tables SEC(".maps"), words SEC(".maps"), rows SEC(".maps"),
  extras SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 8);
} stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, COUNTER_CHUNK * sizeof(struct abi_counter));
} counters SEC(".maps");

/*
 * The state of a walk. It lies in a map and not on the stack, because the
 * verifier follows what is on the stack from step to step of a loop, value by
 * value, and takes what comes out of a map as unknown: it sees a step once.
 */
struct walk {
	__u32 pc;
	__u32 depth;
	__u32 outcome;		/* enum outcome */
	__u32 bytes;
	__u8 header;
	__u8 quiet;
	__u8 first;		/* note what is met for later fragments */
	__u8 pad;
	__u32 vectors[NR_COLUMNS];
	struct search {		/* a SEARCH classifier at work */
		__u64 hi;
		__u64 lo;
		__u32 key;
		__u32 size;
		__u32 pos;
		__u32 step;
	} search;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct walk);
} walks SEC(".maps");

/* The single value of a table map. */
static __always_inline void *table(void *map)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(map, &zero);
}

#endif
