/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP and UDP-Lite: nf_conntrack_proto_udp.c. A flow that has been answered and
 * goes on is assured and lasts longer; UDP's only if it still goes on two
 * seconds after it began, so that a question with its answer does not.
 */
#ifndef UDP_H
#define UDP_H

#include <linux/in.h>

#include "checksum.h"
#include "flow.h"
#include "parse.h"

#define UDP_HEADER	8u
#define UDP_STREAM_S	2u

struct udp_header {
	__be16 sport;
	__be16 dport;
	__be16 len;		/* UDP-Lite: what the checksum covers */
	__be16 check;
};

/* The bytes that the checksum covers; 0 if the header contradicts itself. A
 * datagram in fragments is longer than what is here. */
static __always_inline __u32 udp_covered(const struct packet *p,
					 const struct udp_header *h)
{
	__u32 len = bpf_ntohs(h->len);

	if (p->proto == IPPROTO_UDPLITE && !len)
		return p->l4_len;
	if (len < UDP_HEADER || (len > p->l4_len && !p->more))
		return 0;
	return p->proto == IPPROTO_UDPLITE ? len : p->l4_len;
}

/* Returns 0, or -1 if the packet belongs to no flow. */
static __always_inline int udp_read(struct __sk_buff *skb,
				    const struct packet *p, bool check,
				    struct checksum *c)
{
	struct udp_header h;
	__u32 covered;

	if (p->header != HEADER_OK || load_bytes(skb, p->l4, &h, sizeof(h)))
		return -1;
	covered = udp_covered(p, &h);
	if (!covered)
		return -1;
	if (!h.check)
		return p->proto == IPPROTO_UDP ? 0 : -1;
	/* The kernel takes UDP's number for UDP-Lite's pseudo header too. */
	if (check && !transport_good(skb, p, IPPROTO_UDP, covered, c))
		return -1;
	return 0;
}

static __always_inline void udp_update(struct flow *flow,
				       const struct flow_tracking *tracking,
				       __u64 now)
{
	__u32 timeout = tracking->timeout[TIMEOUT_UDP];

	if (flow->status & LABEL_SEEN_REPLY &&
	    (flow->proto == IPPROTO_UDPLITE || now > flow->stream)) {
		timeout = tracking->timeout[TIMEOUT_UDP_STREAM];
		flow->status |= LABEL_ASSURED;
	}
	flow->expires = now + timeout;
}

#endif
