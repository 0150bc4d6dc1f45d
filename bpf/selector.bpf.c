// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The resident chain selector: on TC ingress a packet for this host goes to
 * INPUT and any other to FORWARD, on TC egress a packet that this host made
 * goes to OUTPUT. It tail-calls the running generation's program of that hook,
 * whose number it reads once. What iptables' filter chains would not see is
 * left alone, and what they cannot be asked about is dropped and counted.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"
#include "device.h"
#include "fragment.h"
#include "maps.h"
#include "options.h"
#include "packet.h"
#include "parse.h"
#include "route.h"

#define AF_PACKET		17
#define SOCK_RAW		3
#define VLAN_VID_MASK		0x0fff
#define VLAN_TAGS		8
#define PACKET_LOOPBACK_TYPE	5	/* the kernel's own PACKET_LOOPBACK */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} active SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_SLOTS * NR_HOOKS);
	__type(key, __u32);
	__type(value, __u32);
} needs SEC(".maps");

static __always_inline bool is_tag(__u16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) ||
	       proto == bpf_htons(ETH_P_8021AD);
}

static __always_inline bool tagged(const struct __sk_buff *skb)
{
	return skb->vlan_present && (skb->vlan_tci & VLAN_VID_MASK);
}

/*
 * Behind a priority tag (VID 0) there may be others: the stack takes off all of
 * them, and what it finds then is delivered (__netif_receive_skb_core in
 * net/core/dev.c). Moves l3 behind them; returns -1 if IPv4 is there, else the
 * event to pass or drop the packet for.
 */
static __always_inline int tags_skip(struct __sk_buff *skb, __u32 *l3)
{
	__u16 proto = skb->protocol, tag[2];
	int i;

	for (i = 0; i < VLAN_TAGS; i++) {
		if (proto == bpf_htons(ETH_P_IP))
			return -1;
		if (!is_tag(proto))
			return PASS_NOT_IPV4;
		if (bpf_skb_load_bytes(skb, *l3, tag, sizeof(tag)))
			return PASS_STACK_DROPS;
		if (tag[0] & bpf_htons(VLAN_VID_MASK))
			return PASS_VLAN;
		proto = tag[1];
		*l3 += sizeof(tag);
	}
	return DROP_TAGS;
}

/* Per-CPU scratch, with what is known before parsing; NULL if it is not
 * there or nothing is loaded. */
static __always_inline struct packet *packet_start(struct __sk_buff *skb,
						   __u32 l3)
{
	__u32 zero = 0;
	struct packet *p = bpf_map_lookup_elem(&scratch, &zero);
	__u32 *generation = bpf_map_lookup_elem(&active, &zero);

	if (!p || !generation)
		return NULL;
	p->generation = *(volatile __u32 *)generation;
	p->l3 = l3;
	p->iif = skb->ifindex;
	p->oif = 0;
	p->pkttype = skb->pkt_type;
	p->fragment = FRAGMENT_NONE;
	p->fresh = 0;
	p->looped = 0;
	p->quiet = 0;
	p->nr_met = 0;
	return p;
}

/*
 * The names that the chain's rules ask for. FORWARD's output device is the
 * route's. Returns -1 if that cannot be known.
 */
static __always_inline int names_read(struct __sk_buff *skb, struct packet *p,
				      __u32 hook, __u32 need)
{
	struct net_device *dev = skb_device(skb);

	if (need & NEED_ETHER)
		p->ether = !p->looped &&
			   KERNEL_READ(dev, type) == ARPHRD_ETHER;
	if (need & NEED_IIF)
		device_name(device_seen(dev), p->iname);
	if (!(need & NEED_OIF))
		return 0;
	if (hook == HOOK_FORWARD)
		dev = p->oif ? device_find(dev, p->oif) : NULL;
	if (!dev)
		return -1;
	device_name(dev, p->oname);
	return 0;
}

static __always_inline __u32 hook_needs(const struct packet *p, __u32 hook)
{
	__u32 slot = abi_slot(p->generation, hook);
	__u32 *need = bpf_map_lookup_elem(&needs, &slot);

	return need ? *need : 0;
}

/* All hooks of a generation are, or none. */
static __always_inline bool tracked(const struct packet *p)
{
	return hook_needs(p, HOOK_INPUT) & NEED_STATE;
}

/* By way of the tracker. */
static __always_inline int label_call(struct __sk_buff *skb, struct packet *p,
				      __u32 next)
{
	p->next = next;
	bpf_tail_call(skb, &programs, SLOT_LABEL);
	return drop(DROP_NO_PROGRAM);
}

/* Later fragments share what their first is to its connection; the tracker
 * needs to know of TCP's how far they go. */
static __always_inline int chain_call(struct __sk_buff *skb, struct packet *p,
				      __u32 hook)
{
	__u32 slot = abi_slot(p->generation, hook);
	__u32 need = hook_needs(p, hook);

	if (p->looped)		/* goes on to INPUT from there */
		need |= hook_needs(p, HOOK_INPUT);
	if (need && names_read(skb, p, hook, need))
		return drop(DROP_NO_ROUTE_DEVICE);
	if (need & NEED_STATE && (p->fragment != FRAGMENT_LATER || p->followed))
		return label_call(skb, p, slot);
	bpf_tail_call(skb, &programs, slot);
	return drop(DROP_NO_PROGRAM);
}

/* The stack discards it before any chain, but has its tracker note it. */
static __always_inline int discard_call(struct __sk_buff *skb, struct packet *p)
{
	if (tracked(p) && !p->offset)
		return label_call(skb, p, NR_PROGRAMS);
	return pass(PASS_STACK_DROPS);
}

/*
 * The sender's own copy of a multicast or broadcast was made before TC egress:
 * it meets OUTPUT first, where it was counted with the packet that went out,
 * unless its TTL of 0 kept it in. The chain program goes on to INPUT.
 */
static __always_inline int looped_hook(struct packet *p)
{
	bool multicast = is_multicast(p->daddr);

	p->looped = multicast ? PACKET_MULTICAST : PACKET_BROADCAST;
	p->quiet = p->ttl || !multicast;
	p->incoming = 0;
	p->pkttype = PACKET_HOST;
	return HOOK_OUTPUT;
}

/* Whether fragments that arrive are judged as their datagram. */
static __always_inline bool joins(const struct packet *p, __u32 hook)
{
	if (!p->offset && !p->more)
		return false;
	return hook == HOOK_INPUT || (hook == HOOK_FORWARD && tracked(p));
}

static __always_inline int options_act(struct __sk_buff *skb, struct packet *p)
{
	switch (options_check(skb, p)) {
	case OPTIONS_GOOD:
		return TC_ACT_OK;
	case OPTIONS_SOURCE_ROUTE:
		if (device_conf(skb_device(skb),
				IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, true))
			return drop(DROP_SOURCE_ROUTE);
		/* fallthrough */
	default:
		return discard_call(skb, p);
	}
}

SEC("tc")
int selector_ingress(struct __sk_buff *skb)
{
	struct packet *p;
	int hook, act;
	__u32 l3;

	if (skb->protocol != bpf_htons(ETH_P_IP) && !skb->vlan_present)
		return pass(PASS_NOT_IPV4);
	if (tagged(skb))
		return pass(PASS_VLAN);
	if (skb->pkt_type == PACKET_OTHERHOST)
		return pass(PASS_OTHER_HOST);
	if (device_moved(skb_device(skb)))
		return pass(PASS_MOVED);
	if (device_enslaved(skb_device(skb)))
		return pass(PASS_LOWER);
	l3 = skb_network(skb);
	act = tags_skip(skb, &l3);
	if (act >= 0)
		return act == DROP_TAGS ? drop(act) : pass(act);
	p = packet_start(skb, l3);
	if (!p)
		return drop(DROP_NO_SCRATCH);
	p->incoming = 1;
	if (parse_packet(skb, p, true) == PARSED_BROKEN)
		return pass(PASS_STACK_DROPS);
	if (p->l4 != p->l3 + 20) {
		act = options_act(skb, p);
		if (act != TC_ACT_OK)
			return act;
	}
	if (skb->pkt_type == PACKET_LOOPBACK_TYPE)
		hook = looped_hook(p);
	else
		hook = route_hook(skb, p);
	if (hook < 0)
		return discard_call(skb, p);
	if (joins(p, hook) && fragment_find(p, hook))
		return drop(DROP_FRAGMENT_UNKNOWN);
	return chain_call(skb, p, hook);
}

/* Whether this is the device that IP sent the packet out of, not one below a
 * bridge, VLAN, macvlan or bond, where it was judged. */
static __always_inline bool is_output_device(struct __sk_buff *skb)
{
	struct dst_entry *dst = (void *)skb_route(skb);

	if (!dst)
		return false;
	if (direct_reads)
		dst = bpf_rdonly_cast(dst, bpf_core_type_id_kernel(
						   struct dst_entry));
	return KERNEL_READ(dst, dev) == skb_device(skb);
}

static __always_inline bool from_packet_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk && sk->family == AF_PACKET;
}

/* Whether it is a fragment that a raw socket made itself: OUTPUT judges each,
 * as it does not know them for parts of a datagram unless it is tracked. */
static __always_inline bool made_alone(struct __sk_buff *skb,
				       const struct packet *p)
{
	struct bpf_sock *sk = skb->sk;

	if ((!p->offset && !p->more) || !sk || tracked(p))
		return false;
	sk = bpf_sk_fullsock(sk);
	return sk && sk->type == SOCK_RAW && sk->protocol == IPPROTO_RAW;
}

/*
 * Whether IPv4 sends the packet. Some VLAN devices put their tag into the frame
 * at once (reorder_hdr off): then the Ethernet type is the one before IP.
 */
static __always_inline bool sends_ipv4(struct __sk_buff *skb)
{
	__u16 proto = skb->protocol;

	if (is_tag(proto))
		bpf_skb_load_bytes(skb, skb_network(skb) - sizeof(proto),
				   &proto, sizeof(proto));
	return proto == bpf_htons(ETH_P_IP);
}

SEC("tc")
int selector_egress(struct __sk_buff *skb)
{
	struct packet *p;

	if (!sends_ipv4(skb))
		return pass(PASS_NOT_IPV4);
	if (skb->ingress_ifindex)
		return pass(PASS_FORWARDED);
	if (from_packet_socket(skb))
		return pass(PASS_PACKET_SOCKET);
	if (!is_output_device(skb))
		return pass(PASS_LOWER);
	if (device_moved(skb_device(skb)))
		return pass(PASS_MOVED);
	p = packet_start(skb, skb_network(skb));
	if (!p)
		return drop(DROP_NO_SCRATCH);
	p->incoming = 0;
	if (parse_packet(skb, p, false) == PARSED_BROKEN)
		return drop(DROP_NO_HEADER);
	p->pkttype = PACKET_HOST;
	if (!made_alone(skb, p) && fragment_find(p, HOOK_OUTPUT))
		return drop(DROP_FRAGMENT_UNKNOWN);
	return chain_call(skb, p, HOOK_OUTPUT);
}

char LICENSE[] SEC("license") = "GPL";
