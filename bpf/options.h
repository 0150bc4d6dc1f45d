/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP options, as ip_options_compile (net/ipv4/ip_options.c) takes them on
 * input: broken ones are discarded there, before any chain, and so are source
 * routes unless the administrator lets them in, which bpfipt cannot follow.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "parse.h"
#include "route.h"

enum options {
	OPTIONS_GOOD,
	OPTIONS_BROKEN,
	OPTIONS_SOURCE_ROUTE,
};

struct options_scan {
	struct __sk_buff *skb;
	__u32 start;
	__u32 len;
	__u32 at;
	__u32 result;
};

static long options_step(__u32 i, struct options_scan *scan)
{
	__u8 opt[2];

	if (scan->at >= scan->len ||
	    bpf_skb_load_bytes(scan->skb, scan->start + scan->at, opt, 1) ||
	    opt[0] == IPOPT_END)
		return 1;
	if (opt[0] == IPOPT_NOOP) {
		scan->at++;
		return 0;
	}
	if (scan->len - scan->at < 2 ||
	    bpf_skb_load_bytes(scan->skb, scan->start + scan->at, opt, 2) ||
	    opt[1] < 2 || opt[1] > scan->len - scan->at) {
		scan->result = OPTIONS_BROKEN;
		return 1;
	}
	if (opt[0] == IPOPT_LSRR || opt[0] == IPOPT_SSRR)
		scan->result = OPTIONS_SOURCE_ROUTE;
	scan->at += opt[1];
	return 0;
}

static __always_inline enum options options_check(struct __sk_buff *skb,
						  const struct packet *p)
{
	struct options_scan scan = {
		.skb = skb,
		.start = p->l3 + 20,
		.len = p->l4 - p->l3 - 20,
	};

	bpf_loop(IP_OPTIONS_MAX, options_step, &scan, 0);
	return scan.result;
}

#endif
