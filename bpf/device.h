/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs ask of network devices, read at packet time, so that a
 * device that is renamed or enslaved is seen as what it is now.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "kernel.h"

#define ARPHRD_ETHER		1
#define NETDEV_HASHENTRIES	256	/* include/linux/netdevice.h */
#define DEVICES_PER_BUCKET	64
#define DST_PTR_MASK		(~1ul)	/* SKB_DST_NOREF taken off */

static __always_inline struct net_device *skb_device(struct __sk_buff *skb)
{
	return KERNEL_READ(kernel_skb(skb), dev);
}

/* The route that the packet has, or 0. */
static __always_inline unsigned long skb_route(struct __sk_buff *skb)
{
	return KERNEL_READ(kernel_skb(skb), _skb_refdst) & DST_PTR_MASK;
}

/* The network header's offset from skb->data: that of the link's header, but
 * for copies that loop back, VLAN devices that leave the tag where it is, and
 * devices that change their type. */
static __always_inline __u32 skb_network(struct __sk_buff *skb)
{
	struct sk_buff *kskb = kernel_skb(skb);
	long room = KERNEL_READ(kskb, data) - KERNEL_READ(kskb, head);

	/* The verifier refuses pointers in 32-bit arithmetic. */
	asm volatile("" : "+r"(room));
	return KERNEL_READ(kskb, network_header) - room;
}

static __always_inline __u64 device_priv_flags(struct net_device *dev)
{
	return direct_reads ? BPF_CORE_READ_BITFIELD(dev, priv_flags) :
			      BPF_CORE_READ_BITFIELD_PROBED(dev, priv_flags);
}

#define PRIV_FLAG(name)	bpf_core_enum_value(enum netdev_priv_flags, name)

/* A port of a bridge, Open vSwitch, a team or bond: its packets are the
 * master's. */
static __always_inline bool device_enslaved(struct net_device *dev)
{
	__u64 ports = PRIV_FLAG(IFF_BRIDGE_PORT) | PRIV_FLAG(IFF_TEAM_PORT) |
		      PRIV_FLAG(IFF_OVS_DATAPATH);

	return device_priv_flags(dev) & ports ||
	       KERNEL_READ(dev, flags) & IFF_SLAVE;
}

/*
 * A TCX link goes with its device into another namespace, whose packets are
 * none of ours. The kernels that have it have direct reads; a clsact filter
 * stays behind.
 */
static __always_inline bool device_moved(struct net_device *dev)
{
	return direct_reads && dev->nd_net.net->ns.inum != netns;
}

/* iptables names the VRF, not the device behind it (net/ipv4/ip_input.c). */
static __always_inline struct net_device *device_seen(struct net_device *dev)
{
	struct list_head *upper;
	struct netdev_adjacent *adj;

	if (!(device_priv_flags(dev) & PRIV_FLAG(IFF_L3MDEV_SLAVE)))
		return dev;
	upper = BPF_CORE_READ(dev, adj_list.upper.next);
	adj = (void *)upper - bpf_core_field_offset(struct netdev_adjacent,
						    list);
	return BPF_CORE_READ(adj, dev);
}

/* dev_get_by_index_rcu() of the namespace that dev is in; NULL if absent. */
static __always_inline struct net_device *device_find(struct net_device *dev,
						      __u32 ifindex)
{
	struct hlist_head *heads = BPF_CORE_READ(dev, nd_net.net,
						 dev_index_head);
	struct hlist_head *head = heads + ifindex % NETDEV_HASHENTRIES;
	struct hlist_node *node = BPF_CORE_READ(head, first);
	int i;

	for (i = 0; i < DEVICES_PER_BUCKET && node; i++) {
		struct net_device *found = (void *)node -
			bpf_core_field_offset(struct net_device, index_hlist);

		if ((__u32)BPF_CORE_READ(found, ifindex) == ifindex)
			return found;
		node = BPF_CORE_READ(node, next);
	}
	return NULL;
}

/* The name as abi.h's search key: big-endian halves, zeros behind the end. */
static __always_inline void device_name(struct net_device *dev, __u64 key[2])
{
	__u64 name[2] = {};

	bpf_probe_read_kernel_str(name, sizeof(name),
				  __builtin_preserve_access_index(&dev->name));
	key[0] = __builtin_bswap64(name[0]);
	key[1] = __builtin_bswap64(name[1]);
}

#endif
