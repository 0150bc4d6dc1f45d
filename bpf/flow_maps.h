/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracker's own maps. flows and tracking outlive programs and restores;
 * pending is what one packet's way through the tracker works on.
 */
#ifndef FLOW_MAPS_H
#define FLOW_MAPS_H

#include "checksum.h"
#include "flow.h"
#include "maps.h"
#include "sctp_packet.h"
#include "tcp_segment.h"

/* As many buckets as flow_tracking.nr_buckets says; set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_bucket);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_tracking);
} tracking SEC(".maps");

/* Between label and store softirqs are off, as between the selector and the
 * chain program. */
struct pending {
	struct flow flow;	/* new: to be stored if its packet survives */
	union {			/* the packet, before the lock is taken */
		struct tcp_segment tcp;
		struct sctp_packet sctp;
	};
	struct checksum checksum;
	__u8 discarded;		/* by the stack, after it was prepared */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pending);
} pending SEC(".maps");

#endif
