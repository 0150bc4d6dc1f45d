/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests that no column holds, asked when all columns of a row let the packet
 * through.
 */
#ifndef EXTRA_H
#define EXTRA_H

#include "config.h"
#include "parse.h"

#define TCP_OPTIONS_MAX	40

struct tcpopt_scan {
	struct __sk_buff *skb;
	__u32 at;		/* offsets in the packet */
	__u32 end;
	__u8 kind;
	__u8 found;
};

/* tcp_find_option() in net/netfilter/xt_tcpudp.c: it goes on behind the end
 * of the list (kind 0). */
static long tcpopt_step(__u32 i, struct tcpopt_scan *scan)
{
	__u8 opt[2] = {};

	if (scan->at >= scan->end ||
	    bpf_skb_load_bytes(scan->skb, scan->at, opt, 1))
		return 1;
	if (opt[0] == scan->kind) {
		scan->found = 1;
		return 1;
	}
	if (opt[0] >= 2 && scan->at + 1 < scan->end)
		bpf_skb_load_bytes(scan->skb, scan->at + 1, opt + 1, 1);
	scan->at += opt[1] ?: 1;
	return 0;
}

static __always_inline bool tcpopt_present(struct __sk_buff *skb,
					   const struct packet *p, __u8 kind)
{
	struct tcpopt_scan scan = {
		.skb = skb,
		.at = p->l4 + 20,
		.kind = kind,
	};
	__u8 doff;

	if (bpf_skb_load_bytes(skb, p->l4 + 12, &doff, 1))
		return false;
	scan.end = p->l4 + (doff >> 4) * 4;
	bpf_loop(TCP_OPTIONS_MAX, tcpopt_step, &scan, 0);
	return scan.found;
}

/* As a reply's message has type and code: icmp_invert_tuple() in the kernel's
 * nf_conntrack_proto_icmp.c. Only an echo's reply is not the next type. */
static __always_inline __u32 icmp_reply(__u32 query)
{
	return query >> 8 == 8 ? query & 0xff : query + 256;
}

/* What a reply has for source port, or for destination port. ICMP's id is the
 * source of either direction, type and code the destination. */
static __always_inline __u32 reply_port(const struct flow_label *ct,
					bool destination)
{
	if (ct->proto != IPPROTO_ICMP)
		return destination ? ct->port[0] : ct->port[1];
	return destination ? icmp_reply(ct->port[1]) : ct->port[0];
}

static __always_inline bool in_range(const struct abi_extra *extra,
				     __u32 value)
{
	return extra->value <= value && value <= extra->mask;
}

static __always_inline bool extra_flow(const struct flow_label *ct,
				       const struct abi_extra *extra)
{
	switch (extra->kind) {
	case EXTRA_CT_SADDR:
		return (ct->addr[0] & extra->mask) == extra->value;
	case EXTRA_CT_DADDR:
		return (ct->addr[1] & extra->mask) == extra->value;
	case EXTRA_CT_PROTO:
		return in_range(extra, ct->proto);
	case EXTRA_CT_SPORT:
		return in_range(extra, ct->port[0]);
	case EXTRA_CT_DPORT:
		return in_range(extra, ct->port[1]);
	case EXTRA_CT_REPLY_SPORT:
		return in_range(extra, reply_port(ct, false));
	case EXTRA_CT_REPLY_DPORT:
		return in_range(extra, reply_port(ct, true));
	case EXTRA_CT_EXPIRES:
		return in_range(extra, ct->expires_s);
	default:
		return false;
	}
}

static __always_inline bool extra_match(struct __sk_buff *skb,
					const struct packet *p,
					const struct abi_extra *extra)
{
	switch (extra->kind) {
	case EXTRA_SADDR:
		return (p->saddr & extra->mask) == extra->value;
	case EXTRA_DADDR:
		return (p->daddr & extra->mask) == extra->value;
	case EXTRA_MARK:
		return (p->mark & extra->mask) == extra->value;
	case EXTRA_TCPOPT:
		return config.reads_tcpopt &&
		       tcpopt_present(skb, p, extra->value);
	default:
		return config.tracked && extra_flow(&p->ct, extra);
	}
}

/* Whether it is a test of the flow, and the packet has none: then it is not
 * asked. */
static __always_inline bool extra_moot(const struct packet *p,
				       const struct abi_extra *extra)
{
	return config.tracked && extra->kind >= EXTRA_CT_SADDR &&
	       !label_has_flow(p->ct.label);
}

static __always_inline bool extras_match(struct __sk_buff *skb,
					 const struct packet *p,
					 const struct abi_row *row)
{
	const struct abi_extra *all = table(&extras);
	int i;

	for (i = 0; i < MAX_ROW_EXTRAS && i < row->nr_extras; i++) {
		__u64 at = (__u64)row->extra + i;

		/* Keeps clang from making the address before the check. */
		asm volatile("" : "+r"(at));
		if (!all || at >= config.nr_extras)
			return false;
		if (!extra_moot(p, &all[at]) &&
		    extra_match(skb, p, &all[at]) == all[at].invert)
			return false;
	}
	return true;
}

#endif
