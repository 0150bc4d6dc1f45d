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

struct edit_lock {
	struct bpf_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct edit_lock);
} edit_lock SEC(".maps");

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

/* What the tracker is to know of a segment as its other fragments come. */
static __always_inline void first_note(const struct tracker *t)
{
	struct packet *p = t->packet;

	p->seq = t->pending->tcp.end - (p->total ?: p->l4_len);
	p->followed = p->ct.label != FLOW_INVALID;
}

/* An error about it may follow, when its flow is not in the table: not yet, or
 * as the packet itself has ended it. */
static __always_inline void discarded_note(const struct tracker *t)
{
	const struct flow_label *ct = &t->packet->ct;
	struct flow *flow = &t->pending->flow;

	t->pending->discarded = label_has_flow(ct->label);
	flow->addr[0] = ct->addr[0];
	flow->addr[1] = ct->addr[1];
	flow->port[0] = ct->port[0];
	flow->port[1] = ct->port[1];
	flow->proto = ct->proto;
	flow->status = ct->label & LABEL_STATUS;
}

/* Returns 0, or -1 if the packet cannot be told. */
static __always_inline int label(struct __sk_buff *skb, const struct tracker *t)
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
	if (p->incoming)
		t->pending->discarded = 0;
	if (loopback_carries(skb, p))
		v.carried = loopback_carried(skb);
	if (p->fragment == FRAGMENT_LATER) {
		label_later(&v);
		return 0;
	}
	if (label_packet(skb, &v, checks(t) && !v.look))
		return -1;
	if (p->fragment == FRAGMENT_FIRST && p->proto == IPPROTO_TCP && !v.look)
		first_note(t);
	if (v.carried)
		loopback_label(p, v.carried);
	else
		loopback_carry(skb, p);
	return 0;
}

SEC("tc")
int conntrack_label(struct __sk_buff *skb)
{
	struct tracker t;

	if (tracker_open(&t))
		return drop(DROP_NO_SCRATCH);
	if (label(skb, &t))
		return drop(DROP_FLOWS_BUSY);
	if (t.packet->next == NR_PROGRAMS) {
		discarded_note(&t);
		return pass(PASS_STACK_DROPS);
	}
	bpf_tail_call(skb, &programs, t.packet->next);
	return drop(DROP_NO_PROGRAM);
}

/* Its timeout begins now. If its flow is there meanwhile, that one stays. */
static __always_inline enum stored store(const struct tracker *t)
{
	struct flow *flow = &t->pending->flow;
	struct place at = { .now = bpf_jiffies64() };

	if (place_find(&at, flow, t->tracking))
		return STORED_FULL;
	flow->expires += at.now;
	flow->status |= LABEL_CONFIRMED;
	return flow_store(&at, flow);
}

SEC("tc")
int conntrack_store(struct __sk_buff *skb)
{
	struct tracker t;

	if (tracker_open(&t))
		return drop(DROP_NO_SCRATCH);
	switch (store(&t)) {
	case STORED_FULL:
		return drop(DROP_FLOWS_FULL);
	case STORED_BUSY:
		return drop(DROP_FLOWS_BUSY);
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

/* Nothing is called under the edit's own lock. */
static __always_inline bool edit_act(const struct flow_edit *edit,
				     struct place *at)
{
	enum stored stored;

	if (edit->op == FLOW_DELETE)
		return flow_delete(at);
	stored = flow_store(at, &edit->flow);
	return stored == STORED || stored == STORED_EVICTED;
}

/*
 * Not on a packet's way: per-CPU maps are not this run's, and a packet may
 * interrupt it, which would wait for a bucket in vain. So interrupts are kept
 * off by a lock that nobody else takes.
 */
SEC("tc")
int conntrack_edit(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct flow_tracking *t = bpf_map_lookup_elem(&tracking, &zero);
	struct edit_lock *alone = bpf_map_lookup_elem(&edit_lock, &zero);
	struct place at = { .now = bpf_jiffies64(), .soon = true };
	struct flow_edit edit;
	bool done;

	if (!t || !alone || bpf_skb_load_bytes(skb, 0, &edit, sizeof(edit)) ||
	    edit.op >= NR_FLOW_OPS || place_find(&at, &edit.flow, t))
		return 1;
	place_weigh(&at);
	bpf_spin_lock(&alone->lock);
	done = edit_act(&edit, &at);
	bpf_spin_unlock(&alone->lock);
	return !done;
}

char LICENSE[] SEC("license") = "GPL";
