/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet and the table of flows give the packet's label, and the flow as it
 * is behind the packet: nf_conntrack_in() and resolve_normal_ct() in the
 * kernel's nf_conntrack_core.c, nf_conntrack_inet_error() in its
 * nf_conntrack_proto_icmp.c. A new flow is only prepared here.
 */
#ifndef FLOW_LABEL_H
#define FLOW_LABEL_H

#include "flow_lock.h"
#include "flow_proto.h"
#include "flow_table.h"

/* A packet's visit to its flow. */
struct visit {
	struct packet *packet;
	struct pending *pending;
	struct flow_tracking *tracking;
	struct tuple tuple;
	__u64 hash;
	__u64 now;
	__u8 look;		/* the flow is not changed */
	__u8 related;		/* an ICMP error about the flow */
	__u8 carried;		/* the label with which it left, over lo */
};

enum visited {
	VISITED,		/* the packet has its label */
	VISITED_INVALID,
	VISITED_NOTHING,	/* no such flow */
	VISITED_BUSY,		/* its lock could not be had */
};

static __always_inline void label_write(const struct visit *v, int dir,
					__u8 label, __u32 left)
{
	struct flow_label *ct = &v->packet->ct;
	__u64 addrs = dir ? v->tuple.addrs[1] : v->tuple.addrs[0];
	__u64 ports = dir ? v->tuple.ports[1] : v->tuple.ports[0];

	ct->addr[0] = addrs;
	ct->addr[1] = addrs >> 32;
	ct->port[0] = ports;
	ct->port[1] = ports >> 16;
	ct->proto = ports >> 32;
	ct->expires_s = left / v->tracking->hz;
	ct->label = label;
}

/* seen: a reply had been seen before this packet. */
static __always_inline __u8 state_of(const struct visit *v, int dir, bool seen)
{
	__u8 reply = dir ? LABEL_REPLY : 0;

	if (v->related)
		return FLOW_RELATED | reply;
	return dir || seen ? FLOW_ESTABLISHED | reply : FLOW_NEW;
}

/* Under the flow's lock. */
static __always_inline enum visited flow_visit(struct flow *flow,
					       const struct visit *v)
{
	bool seen = flow->status & LABEL_SEEN_REPLY;
	int dir = flow_dir(flow, &v->tuple);
	__u64 until = flow->expires;

	if (dir < 0 || !flow_alive(flow, v->now))
		return VISITED_NOTHING;
	if (flow->epoch != (__u8)v->tracking->epoch && !v->look) {
		if (!proto_resume(flow)) {
			flow->expires = 0;
			return VISITED_NOTHING;
		}
		flow->epoch = v->tracking->epoch;
	}
	if (!v->look) {
		switch (proto_update(flow, dir, v->pending, v->tracking,
				     v->now)) {
		case FLOW_ACCEPT:
			break;
		case FLOW_REPEAT:
			flow->expires = 0;
			return VISITED_NOTHING;
		default:
			return VISITED_INVALID;
		}
		if (dir)
			flow->status |= LABEL_SEEN_REPLY;
	}
	/* A flow that ends with the packet still has its time to the rules. */
	if (flow->expires)
		until = flow->expires;
	label_write(v, dir, state_of(v, dir, seen) | flow->status,
		    until > v->now ? until - v->now : 0);
	return VISITED;
}

/* The bucket that has the packet's flow, with its way there; NULL if none. */
static __always_inline struct flow_bucket *table_find(const struct visit *v,
						      __u32 *way)
{
	struct flow_bucket *bucket = bucket_of(v->hash, 0, v->tracking);

	if (!bucket)
		return NULL;
	*way = bucket_find(bucket, &v->tuple, v->hash, v->now);
	if (*way < FLOW_WAYS)
		return bucket;
	bucket = bucket_of(v->hash, 1, v->tracking);
	if (!bucket)
		return NULL;
	*way = bucket_find(bucket, &v->tuple, v->hash, v->now);
	return *way < FLOW_WAYS ? bucket : NULL;
}

static __always_inline enum visited table_visit(const struct visit *v)
{
	enum visited visited;
	__u32 way;
	struct flow_bucket *bucket = table_find(v, &way);

	if (!bucket)
		return VISITED_NOTHING;
	if (!bucket_lock(bucket))
		return VISITED_BUSY;
	visited = flow_visit(&bucket->flow[way & 7], v);
	bucket_unlock(bucket);
	return visited;
}

/* The first packet of a flow. An answer without its question begins none. */
static __always_inline void flow_begin(const struct visit *v)
{
	struct flow *flow = &v->pending->flow;

	if (v->tuple.ports[0] == TUPLE_NEVER)
		return;
	__builtin_memset(flow, 0, sizeof(*flow));
	label_write(v, 0, FLOW_INVALID, 0);
	flow->addr[0] = v->packet->ct.addr[0];
	flow->addr[1] = v->packet->ct.addr[1];
	flow->port[0] = v->packet->ct.port[0];
	flow->port[1] = v->packet->ct.port[1];
	flow->proto = v->packet->ct.proto;
	flow->epoch = v->tracking->epoch;
	if (proto_new(flow, v->pending, v->tracking, v->now) != FLOW_ACCEPT)
		return;
	v->packet->ct.label = FLOW_NEW | flow->status;
	if (v->packet->looped)
		v->packet->later_s = flow->expires / v->tracking->hz;
	v->packet->fresh = !v->look;
}

/* The flow has ended since, by this packet itself if that is a reset. */
static __always_inline void label_carried(const struct visit *v)
{
	if (v->carried & LABEL_REPLY)
		label_write(v, 1, v->carried, 0);
	else
		label_write(v, 0, v->carried, 0);
}

/*
 * The host's own error about a packet that its stack has just discarded, which
 * would have begun a flow, or has ended it: it is sent at once, on the same
 * processor. In the kernel it carries that flow, though the table lacks it.
 */
static __always_inline void label_discarded(const struct visit *v)
{
	const struct flow *flow = &v->pending->flow;
	int dir = flow_dir(flow, &v->tuple);

	if (v->packet->incoming || !v->pending->discarded || dir < 0)
		return;
	label_write(v, dir, state_of(v, dir, false) | flow->status, 0);
}

/*
 * An ICMP error belongs to the flow of the packet that it quotes, if it goes to
 * the one that sent that packet.
 */
static __always_inline enum visited label_error(struct __sk_buff *skb,
						struct visit *v)
{
	const struct packet *p = v->packet;
	enum visited visited;
	__u32 saddr;

	if (tuple_quoted(skb, p->l4 + ICMP_HEADER,
			 p->l4 + p->l4_len, &v->tuple, &saddr) ||
	    saddr != p->daddr)
		return VISITED_INVALID;
	tuple_invert(&v->tuple);
	v->hash = tuple_hash(&v->tuple, v->tracking);
	v->look = true;
	v->related = true;
	visited = table_visit(v);
	if (visited == VISITED_NOTHING && v->carried)
		label_carried(v);
	else if (visited == VISITED_NOTHING)
		label_discarded(v);
	return visited;
}

/* Returns 0, or -1 if the packet is INVALID. */
static __always_inline int icmp_read(struct __sk_buff *skb,
				     const struct visit *v, bool check)
{
	const struct packet *p = v->packet;

	if (p->header != HEADER_OK)
		return -1;
	return check && !transport_good(skb, p, 0, p->l4_len,
					&v->pending->checksum) ? -1 : 0;
}

/* check: whether the checksums are to be. Returns 0, or -1 if the packet cannot
 * be told. */
static __always_inline int label_packet(struct __sk_buff *skb,
					struct visit *v, bool check)
{
	const struct packet *p = v->packet;
	enum visited visited;

	if (p->offset)
		return 0;
	if (p->proto == IPPROTO_ICMP) {
		if (icmp_read(skb, v, check))
			return 0;
		if (icmp_is_error(p->icmp_type))
			return label_error(skb, v) == VISITED_BUSY ? -1 : 0;
	}
	if (tuple_read(skb, p, &v->tuple) ||
	    proto_read(skb, p, check, v->pending))
		return 0;
	v->hash = tuple_hash(&v->tuple, v->tracking);
	visited = table_visit(v);
	if (visited == VISITED_NOTHING && v->carried)
		label_carried(v);
	else if (visited == VISITED_NOTHING)
		flow_begin(v);
	return visited == VISITED_BUSY ? -1 : 0;
}

/*
 * A segment in fragments is followed by its first, which does not tell how far
 * it goes: what the flow has of it grows with those that come later.
 */
static __always_inline void label_later(struct visit *v)
{
	const struct packet *p = v->packet;
	struct endpoints e = {
		.saddr = p->saddr,
		.daddr = p->daddr,
		.proto = p->proto,
	};
	struct flow_bucket *bucket;
	__u32 way;
	int dir;

	tuple_set(&v->tuple, &e, p->sport, p->dport);
	v->hash = tuple_hash(&v->tuple, v->tracking);
	bucket = table_find(v, &way);
	if (!bucket || !bucket_lock(bucket))
		return;
	dir = flow_dir(&bucket->flow[way & 7], &v->tuple);
	if (dir >= 0)
		tcp_grow(&bucket->flow[way & 7], dir,
			 p->seq + p->offset + p->l4_len);
	bucket_unlock(bucket);
}

#endif
