/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a packet does to its flow, by protocol: nf_conntrack_handle_packet() in
 * the kernel's nf_conntrack_core.c. It is read before the flow's lock is taken,
 * as under the lock nothing may be called.
 */
#ifndef FLOW_PROTO_H
#define FLOW_PROTO_H

#include <linux/in.h>

#include "checksum.h"
#include "flow_act.h"
#include "flow_maps.h"
#include "sctp.h"
#include "tcp.h"
#include "udp.h"

static __always_inline int tcp_begin(struct __sk_buff *skb,
				     const struct packet *p, bool check,
				     struct pending *w)
{
	if (tcp_read(skb, p, &w->tcp))
		return -1;
	if (check && !transport_good(skb, p, IPPROTO_TCP, p->l4_len,
				     &w->checksum))
		return -1;
	return 0;
}

static __always_inline int sctp_begin(struct __sk_buff *skb,
				      const struct packet *p, bool check,
				      struct pending *w)
{
	if (check && skb_summed(skb) == SUMMED_NONE &&
	    !sctp_checksum_good(skb, p, &w->sctp))
		return -1;
	return sctp_read(skb, p, &w->sctp);
}

/* Returns 0, or -1 if the packet belongs to no flow. */
static __always_inline int proto_read(struct __sk_buff *skb,
				      const struct packet *p, bool check,
				      struct pending *w)
{
	switch (p->proto) {
	case IPPROTO_TCP:
		return tcp_begin(skb, p, check, w);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return udp_read(skb, p, check, &w->checksum);
	case IPPROTO_SCTP:
		return sctp_begin(skb, p, check, w);
	default:
		return 0;
	}
}

static __always_inline void gre_update(struct flow *flow,
				       const struct flow_tracking *tracking,
				       __u64 now)
{
	__u32 timeout = tracking->timeout[TIMEOUT_GRE];

	if (flow->status & LABEL_SEEN_REPLY) {
		timeout = tracking->timeout[TIMEOUT_GRE_STREAM];
		flow->status |= LABEL_ASSURED;
	}
	flow->expires = now + timeout;
}

/* Of protocols without a state of their own. */
static __always_inline enum flow_act
plain_update(struct flow *flow, const struct flow_tracking *tracking, __u64 now)
{
	switch (flow->proto) {
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		udp_update(flow, tracking, now);
		break;
	case IPPROTO_GRE:
		gre_update(flow, tracking, now);
		break;
	case IPPROTO_ICMP:
		flow->expires = now + tracking->timeout[TIMEOUT_ICMP];
		break;
	default:
		flow->expires = now + tracking->timeout[TIMEOUT_GENERIC];
		break;
	}
	return FLOW_ACCEPT;
}

/* Under the flow's lock. dir is 1 for a reply. */
static __always_inline enum flow_act
proto_update(struct flow *flow, int dir, struct pending *w,
	     struct flow_tracking *tracking, __u64 now)
{
	switch (flow->proto) {
	case IPPROTO_TCP:
		return tcp_update(flow, dir, &w->tcp, tracking, now);
	case IPPROTO_SCTP:
		return sctp_update(flow, dir, &w->sctp, tracking, now);
	default:
		return plain_update(flow, tracking, now);
	}
}

/* A flow that is not in the table yet: expires is how long it will last from
 * when it is stored. */
static __always_inline enum flow_act
proto_new(struct flow *flow, const struct pending *w,
	  const struct flow_tracking *tracking, __u64 now)
{
	switch (flow->proto) {
	case IPPROTO_TCP:
		return tcp_new(flow, &w->tcp, tracking);
	case IPPROTO_SCTP:
		return sctp_new(flow, &w->sctp, tracking);
	case IPPROTO_UDP:
		flow->stream = now + UDP_STREAM_S * tracking->hz;
		break;
	}
	return plain_update(flow, tracking, 0);
}

/*
 * A flow that was not followed for a time. An established TCP connection is
 * taken up again, with windows that its next segments set; what other states
 * have become nobody knows. Returns whether the flow is still one.
 */
static __always_inline bool proto_resume(struct flow *flow)
{
	if (flow->proto == IPPROTO_SCTP)
		return false;
	if (flow->proto != IPPROTO_TCP)
		return true;
	if (flow->state != FLOW_TCP_ESTABLISHED)
		return false;
	tcp_forget(flow);
	return true;
}

#endif
