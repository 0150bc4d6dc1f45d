/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP options, as ip_options_compile (net/ipv4/ip_options.c) takes them on
 * input: broken ones are discarded there, before any chain, and so are source
 * routes unless the administrator lets them in, which bpfipt cannot follow.
 * Labels (CIPSO) are taken for good ones.
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

/*
 * What one step knows from those before it and branches on lies in the packet,
 * that is, in a map: kernels before 6.7 verify a single step, and cut what
 * cannot happen in the first one with what is known of the stack.
 */
struct options_scan {
	struct __sk_buff *skb;
	struct packet *packet;
	__u32 start;
	__u32 len;
	__u32 at;
	__u32 result;
};

/* What an option begins with; zeros behind its end. */
struct option {
	__u8 kind;
	__u8 len;
	__u8 pointer;
	__u8 flags;
};

enum {
	SEEN_SOURCE_ROUTE = 1,
	SEEN_RECORD_ROUTE = 2,
	SEEN_TIMESTAMP = 4,
};

static __always_inline bool option_again(struct options_scan *scan, __u32 bit)
{
	bool again = scan->packet->options & bit;

	scan->packet->options |= bit;
	return again;
}

/* A pointer that is not at the end needs room for what is to be written. */
static __always_inline bool pointer_broken(const struct option *o,
					   __u8 first, __u8 size)
{
	return o->pointer < first ||
	       (o->pointer <= o->len && o->pointer + size - 1 > o->len);
}

static __always_inline bool timestamp_broken(const struct option *o)
{
	__u8 kind = o->flags & 0xf;
	bool address = kind == IPOPT_TS_TSANDADDR || kind == IPOPT_TS_PRESPEC;

	if (o->len < 4 || pointer_broken(o, 5, address ? 8 : 4))
		return true;
	return o->pointer > o->len && kind != IPOPT_TS_PRESPEC &&
	       o->flags >> 4 == 15;
}

static __always_inline bool option_broken(struct options_scan *scan,
					  const struct option *o)
{
	switch (o->kind) {
	case IPOPT_LSRR:
	case IPOPT_SSRR:
		return o->len < 3 || o->pointer < 4 ||
		       option_again(scan, SEEN_SOURCE_ROUTE);
	case IPOPT_RR:
		return o->len < 3 || pointer_broken(o, 4, 4) ||
		       option_again(scan, SEEN_RECORD_ROUTE);
	case IPOPT_TIMESTAMP:
		return timestamp_broken(o) ||
		       option_again(scan, SEEN_TIMESTAMP);
	case IPOPT_RA:
		return o->len < 4;
	default:
		return false;
	}
}

/* Returns 0, or -1 if the option does not fit in what is left. */
static __always_inline int option_load(const struct options_scan *scan,
				       struct option *o)
{
	__u32 off = scan->start + scan->at, left = scan->len - scan->at;

	if (left < 2 || bpf_skb_load_bytes(scan->skb, off + 1, &o->len, 1) ||
	    o->len < 2 || o->len > left)
		return -1;
	if (o->len > 2 &&
	    bpf_skb_load_bytes(scan->skb, off + 2, &o->pointer, 1))
		return -1;
	if (o->len > 3 &&
	    bpf_skb_load_bytes(scan->skb, off + 3, &o->flags, 1))
		return -1;
	return 0;
}

static long options_step(__u32 i, struct options_scan *scan)
{
	struct option o = {};

	if (scan->at >= scan->len ||
	    bpf_skb_load_bytes(scan->skb, scan->start + scan->at, &o.kind, 1) ||
	    o.kind == IPOPT_END)
		return 1;
	if (o.kind == IPOPT_NOOP) {
		scan->at++;
		return 0;
	}
	if (option_load(scan, &o) || option_broken(scan, &o)) {
		scan->result = OPTIONS_BROKEN;
		return 1;
	}
	scan->at += o.len;
	return 0;
}

static __always_inline enum options options_check(struct __sk_buff *skb,
						  struct packet *p)
{
	struct options_scan scan = {
		.skb = skb,
		.packet = p,
		.start = p->l3 + 20,
		.len = p->l4 - p->l3 - 20,
	};

	p->options = 0;
	bpf_loop(IP_OPTIONS_MAX, options_step, &scan, 0);
	if (scan.result == OPTIONS_GOOD && p->options & SEEN_SOURCE_ROUTE)
		return OPTIONS_SOURCE_ROUTE;
	return scan.result;
}

#endif
