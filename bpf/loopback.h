/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host sends itself through lo keeps its connection on the way, in the
 * kernel's tracker: it is followed as it leaves and not again as it arrives.
 * Here skb->tc_index says how it left. One that was INVALID is looked at again.
 */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include "flow.h"
#include "kernel.h"
#include "packet.h"

#define LOOPBACK_MAGIC	0xb500u
#define LOOPBACK_MASK	0xff00u
#define LOOPBACK_LABEL	0x00ffu

_Static_assert((LABEL_STATE | LABEL_REPLY | LABEL_STATUS) == LOOPBACK_LABEL,
	       "it carries a whole label");

/* Whether the packet arrives as it left. */
static __always_inline bool loopback_carries(const struct __sk_buff *skb,
					     const struct packet *p)
{
	return p->incoming && p->iif == LOOPBACK_IFINDEX &&
	       (skb->tc_index & LOOPBACK_MASK) == LOOPBACK_MAGIC;
}

/* On its way out. */
static __always_inline void loopback_carry(struct __sk_buff *skb,
					   const struct packet *p)
{
	if (!p->incoming && p->iif == LOOPBACK_IFINDEX)
		skb->tc_index = !(p->ct.label & LABEL_STATE) ? 0 :
			LOOPBACK_MAGIC | (p->ct.label & LOOPBACK_LABEL);
}

static __always_inline __u8 loopback_carried(const struct __sk_buff *skb)
{
	return skb->tc_index & LOOPBACK_LABEL;
}

/* The status is what the flow has now, unless that has ended meanwhile, the
 * rest as it was. */
static __always_inline void loopback_label(struct packet *p, __u8 carried)
{
	p->ct.label = (p->ct.label & LABEL_STATUS) | carried;
}

#endif
