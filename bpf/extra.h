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
		return false;
	}
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
		if (extra_match(skb, p, &all[at]) == all[at].invert)
			return false;
	}
	return true;
}

#endif
