// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The resident tracker of connections. conntrack_label stands between the
 * selector and a chain program: it says what the packet is to its connection,
 * and notes the packet there. conntrack_store stands behind the chain program,
 * for packets that survive it and begin a connection. conntrack_edit is for
 * the user side, by a test run. None of them judges a packet.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "abi.h"
#include "flow_label.h"
#include "flow_store.h"
#include "loopback.h"

struct tracker {
	struct packet *packet;
	struct pending *pending;
	struct flow_tracking *tracking;
};

/* Returns 0, or -1 if a map is not there or not filled. */
static __always_inline int tracker_open(struct tracker *t)
{
	__u32 zero = 0;

	t->packet = bpf_map_lookup_elem(&scratch, &zero);
	t->pending = bpf_map_lookup_elem(&pending, &zero);
	t->tracking = bpf_map_lookup_elem(&tracking, &zero);
	return t->packet && t->pending && t->tracking && t->tracking->hz ?
	       0 : -1;
}

/* A copy of what was sent is not followed twice. */
static __always_inline bool was_followed(const struct __sk_buff *skb,
					 const struct packet *p)
{
	return (p->looped && p->quiet) || loopback_carries(skb, p);
}

/* A fragment does not hold what the checksum is of. */
static __always_inline bool checks(const struct tracker *t)
{
	return t->packet->incoming && t->tracking->checksum &&
	       t->packet->fragment == FRAGMENT_NONE;
}

static __always_inline void label(struct __sk_buff *skb,
				  const struct tracker *t)
{
	struct packet *p = t->packet;
	struct visit v = {
		.packet = p,
		.pending = t->pending,
		.tracking = t->tracking,
		.now = bpf_jiffies64(),
		.look = was_followed(skb, p),
	};

	p->fresh = 0;
	p->ct.label = FLOW_INVALID;
	label_packet(skb, &v, checks(t) && !v.look);
	if (loopback_carries(skb, p))
		loopback_label(skb, p);
	else
		loopback_carry(skb, p);
}

SEC("tc")
int conntrack_label(struct __sk_buff *skb)
{
	struct tracker t;

	if (tracker_open(&t))
		return drop(DROP_NO_SCRATCH);
	label(skb, &t);
	if (t.packet->next == NR_PROGRAMS)
		return pass(PASS_STACK_DROPS);
	bpf_tail_call(skb, &programs, t.packet->next);
	return drop(DROP_NO_PROGRAM);
}

/* Its timeout begins now. If its flow is there meanwhile, that one stays. */
SEC("tc")
int conntrack_store(struct __sk_buff *skb)
{
	struct tracker t;
	struct flow *flow;
	__u64 now = bpf_jiffies64();

	if (tracker_open(&t))
		return drop(DROP_NO_SCRATCH);
	flow = &t.pending->flow;
	flow->expires += now;
	flow->status |= LABEL_CONFIRMED;
	switch (flow_store(flow, t.pending->hash, t.tracking, now)) {
	case STORED_FULL:
		return drop(DROP_FLOWS_FULL);
	case STORED_EVICTED:
		count_event(FLOW_EVICTED);
		break;
	default:
		break;
	}
	if (t.packet->next == NR_PROGRAMS)
		return TC_ACT_UNSPEC;
	bpf_tail_call(skb, &programs, t.packet->next);
	return drop(DROP_NO_PROGRAM);
}

/* Not on a packet's way: what lies in per-CPU maps is not this run's. */
SEC("tc")
int conntrack_edit(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct flow_tracking *t = bpf_map_lookup_elem(&tracking, &zero);
	__u64 hash, now = bpf_jiffies64();
	struct flow_edit edit;
	struct tuple tuple;

	if (!t || bpf_skb_load_bytes(skb, 0, &edit, sizeof(edit)))
		return 1;
	tuple_of_flow(&tuple, &edit.flow);
	hash = tuple_hash(&tuple, t);
	switch (edit.op) {
	case FLOW_INSERT:
		switch (flow_store(&edit.flow, hash, t, now)) {
		case STORED:
		case STORED_EVICTED:
			return 0;
		default:
			return 1;
		}
	case FLOW_DELETE:
		return flow_delete(&edit.flow, hash, t, now) ? 1 : 0;
	default:
		return 1;
	}
}

char LICENSE[] SEC("license") = "GPL";
