/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which hook an incoming packet is on its way to, as ip_route_input and
 * ip_forward (net/ipv4/route.c, ip_forward.c) will decide after this program,
 * and whether they discard it before the hook.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <linux/if_packet.h>
#include <linux/ip.h>

#include "device.h"
#include "maps.h"
#include "packet.h"
#include "parse.h"

#define AF_INET			2
#define TOS_ECN			3
#define BPF_FIB_SKIP_NEIGH	4u	/* since 6.3 */
#define MCAST_INCLUDE_COUNT	1	/* index of MCAST_INCLUDE in sfcount */
#define MCAST_EXCLUDE_COUNT	0
#define GROUPS_MAX		256	/* joined by one device */
#define SOURCES_MAX		64	/* filtered in one group */

/* Flags that the running kernel takes: lowered once if it refuses them. */
__u32 fib_flags = BPF_FIB_SKIP_NEIGH;

static __always_inline bool is_multicast(__u32 addr)
{
	return addr >> 28 == 0xe;
}

static __always_inline bool is_loopback(__u32 addr)
{
	return addr >> 24 == 127;
}

/* IN_DEV_ORCONF / IN_DEV_ANDCONF with the namespace's "all". */
static __always_inline int device_conf(struct net_device *dev, int conf,
				       bool both)
{
	struct ipv4_devconf *every = BPF_CORE_READ(dev, nd_net.net,
						   ipv4.devconf_all);
	struct in_device *in = BPF_CORE_READ(dev, ip_ptr);
	int a = BPF_CORE_READ(every, data[conf - 1]);
	int b = BPF_CORE_READ(in, cnf.data[conf - 1]);

	return both ? a && b : a || b;
}

/* The source filter of a joined group: true if it lets saddr through, or has
 * more sources than are looked at: rather judged in vain than not at all. */
static __always_inline bool group_accepts(struct ip_mc_list *group,
					  __u32 saddr)
{
	struct ip_sf_list *sf = BPF_CORE_READ(group, sources);
	unsigned long excluding =
		BPF_CORE_READ(group, sfcount[MCAST_EXCLUDE_COUNT]);
	int i;

	for (i = 0; i < SOURCES_MAX && sf; i++) {
		if (bpf_ntohl(BPF_CORE_READ(sf, sf_inaddr)) == saddr)
			return BPF_CORE_READ(sf, sf_count[MCAST_INCLUDE_COUNT])
			       || BPF_CORE_READ(sf, sf_count[0]) != excluding;
		sf = BPF_CORE_READ(sf, sf_next);
	}
	return sf || excluding != 0;
}

/* ip_check_mc_rcu() in net/ipv4/igmp.c; true too if there are more groups than
 * are looked at. */
static __noinline bool multicast_joined(struct net_device *dev,
					const struct packet *p)
{
	struct ip_mc_list *group = BPF_CORE_READ(dev, ip_ptr, mc_list);
	int i;

	for (i = 0; i < GROUPS_MAX && group; i++) {
		if (bpf_ntohl(BPF_CORE_READ(group, multiaddr)) == p->daddr)
			return p->proto == IPPROTO_IGMP || !p->saddr ||
			       group_accepts(group, p->saddr);
		group = BPF_CORE_READ(group, next_rcu);
	}
	return group;
}

/* A VRF's groups are those of its devices too. */
static __always_inline bool multicast_ours(struct net_device *dev,
					   const struct packet *p)
{
	struct net_device *seen = device_seen(dev);

	return multicast_joined(dev, p) ||
	       (seen != dev && multicast_joined(seen, p));
}

/* Addresses that no packet from another host may carry ("martians"). */
static __always_inline bool is_martian(struct net_device *dev,
				       const struct packet *p)
{
	if (is_multicast(p->saddr) || p->saddr == 0xffffffff)
		return true;
	if (!p->saddr || !p->daddr)
		return true;
	return (is_loopback(p->saddr) || is_loopback(p->daddr)) &&
	       !device_conf(dev, IPV4_DEVCONF_ROUTE_LOCALNET, false);
}

/* ip_mc_validate_source() in net/ipv4/route.c. */
static __always_inline bool is_multicast_martian(struct net_device *dev,
						 const struct packet *p)
{
	if (is_multicast(p->saddr) || p->saddr == 0xffffffff)
		return true;
	if (is_loopback(p->saddr))
		return !device_conf(dev, IPV4_DEVCONF_ROUTE_LOCALNET, false);
	return !p->saddr && p->daddr >> 8 != 0xe00000 &&
	       p->proto != IPPROTO_IGMP;
}

/*
 * Asks the kernel's routing tables. Returns bpf_fib_lookup's result and the
 * route's device in p->oif. len is what is held against the route's MTU.
 */
static __always_inline long route_ask(struct __sk_buff *skb, struct packet *p,
				      __u32 len)
{
	bool ports = has_ports(p->proto) && p->header == HEADER_OK;
	struct bpf_fib_lookup fib = {
		.family = AF_INET,
		.l4_protocol = p->proto,
		.sport = ports ? bpf_htons(p->sport) : 0,
		.dport = ports ? bpf_htons(p->dport) : 0,
		.tot_len = len > 0xffff ? 0 : len,
		.ifindex = p->iif,
		.tos = p->tos & ~TOS_ECN,
		.ipv4_src = bpf_htonl(p->saddr),
		.ipv4_dst = bpf_htonl(p->daddr),
	};
	long ret = bpf_fib_lookup(skb, &fib, sizeof(fib), fib_flags);

	if (ret == -22 && fib_flags) {
		fib_flags = 0;
		ret = bpf_fib_lookup(skb, &fib, sizeof(fib), 0);
	}
	p->oif = ret == BPF_FIB_LKUP_RET_SUCCESS ||
		 ret == BPF_FIB_LKUP_RET_NO_NEIGH ? fib.ifindex : 0;
	return ret;
}

/* What ip_forward discards before the FORWARD chain: returns -1 for that. */
static __always_inline int route_forward(struct __sk_buff *skb,
					 struct packet *p, long fib)
{
	if (p->pkttype != PACKET_HOST || p->ttl <= 1)
		return -1;
	if (fib == BPF_FIB_LKUP_RET_FRAG_NEEDED) {
		if (p->dont)
			return -1;
		route_ask(skb, p, 1);
	}
	/* ip_forward takes it off before the FORWARD chain. */
	p->ttl--;
	return HOOK_FORWARD;
}

/* What is held against the route's MTU: the packet, or one of those that were
 * put together in it (skb_gso_network_seglen in net/core/gso.c). */
static __always_inline __u32 part_length(struct __sk_buff *skb,
					 const struct packet *p)
{
	if (!skb->gso_size)
		return p->length;
	return p->l4 - p->l3 + p->l4_head + skb->gso_size;
}

static __always_inline int route_unicast(struct __sk_buff *skb,
					 struct packet *p)
{
	long fib = route_ask(skb, p, part_length(skb, p));

	switch (fib) {
	case BPF_FIB_LKUP_RET_NOT_FWDED:
	case BPF_FIB_LKUP_RET_FWD_DISABLED:
		return HOOK_INPUT;
	case BPF_FIB_LKUP_RET_BLACKHOLE:
	case BPF_FIB_LKUP_RET_UNREACHABLE:
	case BPF_FIB_LKUP_RET_PROHIBIT:
		return -1;
	default:
		return route_forward(skb, p, fib);
	}
}

/* Returns the hook, or -1 if the stack discards the packet before any. */
static __always_inline int route_hook(struct __sk_buff *skb, struct packet *p)
{
	struct net_device *dev;

	/* What the host sent itself through lo keeps its route. */
	if (p->iif == LOOPBACK_IFINDEX && skb_route(skb))
		return HOOK_INPUT;
	dev = skb_device(skb);
	if (is_multicast(p->daddr))
		return is_multicast_martian(dev, p) ||
		       !multicast_ours(dev, p) ? -1 : HOOK_INPUT;
	if (p->daddr == 0xffffffff || !(p->saddr | p->daddr))
		return is_multicast(p->saddr) || p->saddr == 0xffffffff ?
		       -1 : HOOK_INPUT;
	if (is_martian(dev, p))
		return -1;
	return route_unicast(skb, p);
}

#endif
