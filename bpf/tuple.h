/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet to tuple: between which endpoints it goes, as nf_ct_get_tuple() in
 * the kernel's nf_conntrack_core.c reads them, from a packet or from the one
 * that an ICMP error quotes. Does not say whether the packet is valid.
 */
#ifndef TUPLE_H
#define TUPLE_H

#include <linux/bpf.h>
#include <linux/in.h>

#include "flow.h"
#include "icmp.h"
#include "packet.h"
#include "parse.h"

/*
 * What the flow of a packet holds in its first 16 bytes: [0] if the packet
 * goes the way of the flow's first one, [1] if it is a reply. ports has port
 * and proto; a way that the packet cannot go has TUPLE_NEVER there.
 */
struct tuple {
	__u64 addrs[2];
	__u64 ports[2];
};

#define TUPLE_PORTS	0xffffffffffull	/* what of 8 bytes is ports */
#define TUPLE_NEVER	(~0ull)

#define GRE_VERSION_BITS	0x07
#define GRE_VERSION_PPTP	1
#define GRE_PPP			0x880b

/* An IP header's endpoints, and where in the packet its payload is. */
struct endpoints {
	__u32 saddr;
	__u32 daddr;
	__u32 l4;
	__u32 end;
	__u8 proto;
};

static __always_inline __u64 tuple_word(__u64 first, __u64 second, int bits)
{
	return first | second << bits;
}

static __always_inline void tuple_set(struct tuple *t,
				      const struct endpoints *e,
				      __u16 sport, __u16 dport)
{
	__u64 proto = (__u64)e->proto << 32;

	t->addrs[0] = tuple_word(e->saddr, e->daddr, 32);
	t->addrs[1] = tuple_word(e->daddr, e->saddr, 32);
	t->ports[0] = tuple_word(sport, dport, 16) | proto;
	t->ports[1] = tuple_word(dport, sport, 16) | proto;
}

/* The tuple of what goes the other way. */
static __always_inline void tuple_invert(struct tuple *t)
{
	__u64 addrs = t->addrs[0], ports = t->ports[0];

	t->addrs[0] = t->addrs[1];
	t->ports[0] = t->ports[1];
	t->addrs[1] = addrs;
	t->ports[1] = ports;
}

/* Which of its ways a packet can go; the first if both. */
static __always_inline int tuple_way(const struct tuple *t)
{
	return t->ports[0] == TUPLE_NEVER;
}

/* Queries and their answers have an id and belong together; nothing else is
 * ever of a flow of its own. Returns 0 or -1. */
static __always_inline int tuple_icmp(struct __sk_buff *skb,
				      const struct endpoints *e,
				      struct tuple *t)
{
	struct endpoints query = *e;
	__u8 h[8], type;
	__u16 id;

	if (e->l4 + sizeof(h) > e->end || load_bytes(skb, e->l4, h, sizeof(h)))
		return -1;
	id = h[4] << 8 | h[5];
	type = icmp_query_of(h[0]);
	if (!icmp_is_query(type))
		return -1;
	if (type == h[0]) {
		tuple_set(t, e, id, type << 8 | h[1]);
		t->ports[1] = TUPLE_NEVER;
		return 0;
	}
	query.saddr = e->daddr;
	query.daddr = e->saddr;
	tuple_set(t, &query, id, type << 8 | h[1]);
	tuple_invert(t);
	t->ports[0] = TUPLE_NEVER;
	return 0;
}

/* PPTP's call id is the destination's; nobody tells the source's, as there is
 * no helper. Returns 0 or -1. */
static __always_inline int tuple_gre(struct __sk_buff *skb,
				     const struct endpoints *e,
				     struct tuple *t)
{
	__u8 h[8];

	tuple_set(t, e, 0, 0);
	if (e->l4 + sizeof(h) > e->end || load_bytes(skb, e->l4, h, sizeof(h)))
		return 0;
	if ((h[1] & GRE_VERSION_BITS) != GRE_VERSION_PPTP)
		return 0;
	if ((h[2] << 8 | h[3]) != GRE_PPP)
		return -1;
	tuple_set(t, e, 0, h[6] << 8 | h[7]);
	return 0;
}

/* Whether the tracker knows the protocol's ports. There is none for DCCP. */
static __always_inline bool tuple_has_ports(__u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_UDPLITE || proto == IPPROTO_SCTP;
}

static __always_inline int tuple_portless(struct __sk_buff *skb,
					  const struct endpoints *e,
					  struct tuple *t)
{
	switch (e->proto) {
	case IPPROTO_ICMP:
		return tuple_icmp(skb, e, t);
	case IPPROTO_GRE:
		return tuple_gre(skb, e, t);
	default:
		tuple_set(t, e, 0, 0);
		return 0;
	}
}

/* Returns 0, or -1 if the packet belongs to no flow. */
static __always_inline int tuple_read(struct __sk_buff *skb,
				      const struct packet *p, struct tuple *t)
{
	struct endpoints e = {
		.saddr = p->saddr,
		.daddr = p->daddr,
		.l4 = p->l4,
		.end = p->l4 + p->l4_len,
		.proto = p->proto,
	};

	if (!tuple_has_ports(p->proto))
		return tuple_portless(skb, &e, t);
	if (p->header == HEADER_NONE)
		return -1;
	tuple_set(t, &e, p->sport, p->dport);
	return 0;
}

/*
 * The packet that an ICMP error quotes, at offset l3, of which there are bytes
 * up to end. Its lengths are not looked at. Returns 0, with the quoted source
 * in *saddr, or -1 if nothing can be told.
 */
static __always_inline int tuple_quoted(struct __sk_buff *skb, __u32 l3,
					__u32 end, struct tuple *t,
					__u32 *saddr)
{
	struct endpoints e = { .end = end };
	struct iphdr ip;
	__u8 h[4];

	if (l3 + sizeof(ip) > end || load_bytes(skb, l3, &ip, sizeof(ip)) ||
	    ip.frag_off & bpf_htons(IP_OFFSET_MASK))
		return -1;
	e.saddr = bpf_ntohl(ip.saddr);
	e.daddr = bpf_ntohl(ip.daddr);
	e.l4 = l3 + ip.ihl * 4;
	e.proto = ip.protocol;
	*saddr = e.saddr;
	if (e.l4 > end)
		return -1;
	if (!tuple_has_ports(e.proto))
		return tuple_portless(skb, &e, t);
	if (e.l4 + sizeof(h) > end || load_bytes(skb, e.l4, h, sizeof(h)))
		return -1;
	tuple_set(t, &e, h[0] << 8 | h[1], h[2] << 8 | h[3]);
	return 0;
}

#endif
