/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet bytes to struct packet: IPv4 and what its transport header holds for
 * the rules. Judges nothing, but tells apart what the stack would discard
 * before any chain (ip_rcv_core in net/ipv4/ip_input.c).
 */
#ifndef PARSE_H
#define PARSE_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "packet.h"

#define IP_OFFSET_MASK	0x1fff
#define IP_MORE		0x2000
#define IP_DONT		0x4000
#define IP_OPTIONS_MAX	40
#define DIRECT_MAX	256	/* headers within reach of direct access */

/* Linear or not, len constant. Loads need not be aligned on the machines that
 * there are programs for, but clang would make single bytes of them. */
static __always_inline int load_bytes(struct __sk_buff *skb, __u64 off,
				      void *to, __u32 len)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	/* The verifier follows packet pointers only over small offsets. */
	asm volatile("" : "+r"(off));
	if (off < DIRECT_MAX && data + off + len <= end) {
		__builtin_memcpy(to, __builtin_assume_aligned(data + off, 4),
				 len);
		return 0;
	}
	return bpf_skb_load_bytes(skb, off, to, len);
}

/* The size of the header that the protocol's own match wants whole. */
static __always_inline __u32 header_size(__u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 20;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMP:
		return 8;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return 12;
	default:
		return 0;
	}
}

static __always_inline bool has_ports(__u8 proto)
{
	return proto != IPPROTO_ICMP && header_size(proto);
}

static __always_inline __u8 header_state(const struct packet *p)
{
	if (p->offset)
		return p->offset == 8 ? HEADER_LATER8 : HEADER_LATER;
	if (p->l4_len >= header_size(p->proto))
		return HEADER_OK;
	return p->l4_len < 4 ? HEADER_NONE : HEADER_SHORT;
}

/* Returns 0, or -1 if bytes that the lengths promise are not there. */
static __always_inline int parse_transport(struct __sk_buff *skb,
					   struct packet *p)
{
	__u8 h[14];

	p->header = header_state(p);
	p->l4_head = header_size(p->proto);
	if (!header_size(p->proto) || p->header == HEADER_LATER ||
	    p->header == HEADER_LATER8 || p->header == HEADER_NONE)
		return 0;
	if (load_bytes(skb, p->l4, h, 4))
		return -1;
	if (p->proto == IPPROTO_ICMP) {
		p->icmp_type = h[0];
		p->icmp_code = h[1];
		return 0;
	}
	p->sport = h[0] << 8 | h[1];
	p->dport = h[2] << 8 | h[3];
	if (p->proto != IPPROTO_TCP || p->header != HEADER_OK)
		return 0;
	if (load_bytes(skb, p->l4, h, sizeof(h)))
		return -1;
	p->tcpflags = h[13];
	p->l4_head = (h[12] >> 4) * 4;
	if (p->l4_head < 20 || p->l4_head > p->l4_len)
		p->header = HEADER_BADOPT;
	return 0;
}

/* RFC 1071 over the header; h is in network order, the sum of a good header
 * is all ones. */
static __always_inline bool checksum_good(struct __sk_buff *skb, __u32 off,
					  const struct iphdr *ip)
{
	const __u32 *w = (const void *)ip;
	__u64 sum = (__u64)w[0] + w[1] + w[2] + w[3] + w[4];
	__u32 options = ip->ihl * 4 - 20;
	__u32 i, word;

	for (i = 0; i < IP_OPTIONS_MAX && i < options; i += 4) {
		if (bpf_skb_load_bytes(skb, off + 20 + i, &word, 4))
			return false;
		sum += word;
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

enum parsed {
	PARSED,
	PARSED_BROKEN,		/* the stack discards it on input */
};

/*
 * Fills p from the IP header at p->l3. A packet above 65,535 bytes (BIG TCP)
 * has a total length of 0: skb_ip_totlen() in the kernel. What is sent is not
 * verified: nobody discards it, and raw sockets may write what they like.
 */
static __always_inline enum parsed parse_packet(struct __sk_buff *skb,
						struct packet *p,
						bool verify)
{
	struct iphdr ip;
	__u32 len, frag;

	if (load_bytes(skb, p->l3, &ip, sizeof(ip)))
		return PARSED_BROKEN;
	len = bpf_ntohs(ip.tot_len);
	if (!verify || (!len && skb->gso_size))
		len = skb->len - p->l3;
	if (verify && (ip.version != 4 || ip.ihl < 5 ||
		       len > skb->len - p->l3 ||
		       !checksum_good(skb, p->l3, &ip)))
		return PARSED_BROKEN;
	if (len < ip.ihl * 4)
		return PARSED_BROKEN;

	frag = bpf_ntohs(ip.frag_off);
	p->saddr = bpf_ntohl(ip.saddr);
	p->daddr = bpf_ntohl(ip.daddr);
	p->mark = skb->mark;
	p->length = len;
	p->bytes = len;
	p->l4 = p->l3 + ip.ihl * 4;
	p->l4_len = len - ip.ihl * 4;
	p->id = bpf_ntohs(ip.id);
	p->offset = (frag & IP_OFFSET_MASK) * 8;
	p->more = !!(frag & IP_MORE);
	p->dont = !!(frag & IP_DONT);
	p->proto = ip.protocol;
	p->ttl = ip.ttl;
	p->tos = ip.tos;
	return parse_transport(skb, p) ? PARSED_BROKEN : PARSED;
}

#endif
