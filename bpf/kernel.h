/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few fields of kernel structures that the programs read, to be relocated
 * at load time from the running kernel's BTF (CO-RE). A name here is the
 * kernel's; offsets are not. Read them with KERNEL_READ, on ways that few
 * packets take with BPF_CORE_READ.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>

#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct list_head {
	struct list_head *next;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

/* include/linux/inetdevice.h, include/linux/igmp.h */
struct ipv4_devconf {
	int data[32];
};

struct ip_sf_list {
	struct ip_sf_list *sf_next;
	unsigned long sf_count[2];
	__be32 sf_inaddr;
};

struct ip_mc_list {
	__be32 multiaddr;
	struct ip_sf_list *sources;
	unsigned long sfcount[2];
	struct ip_mc_list *next_rcu;
};

struct in_device {
	struct ip_mc_list *mc_list;
	struct ipv4_devconf cnf;
};

struct netns_ipv4 {
	struct ipv4_devconf *devconf_all;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
	struct hlist_head *dev_index_head;
	struct netns_ipv4 ipv4;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device;

struct netdev_adjacent {
	struct net_device *dev;
	struct list_head list;
};

struct net_device_adj_list {
	struct list_head upper;
};

struct net_device {
	char name[16];
	unsigned long priv_flags;
	unsigned int flags;
	int ifindex;
	unsigned short type;
	struct in_device *ip_ptr;
	possible_net_t nd_net;
	struct hlist_node index_hlist;
	struct {
		struct list_head upper;
	} adj_list;
};

struct dst_entry {
	struct net_device *dev;
};

struct sk_buff {
	struct net_device *dev;
	unsigned long _skb_refdst;
	__u8 ip_summed:2;
	__wsum csum;
	__u16 network_header;
	unsigned char *head;
	unsigned char *data;
};

enum netdev_priv_flags {
	IFF_BRIDGE_PORT = 1,
	IFF_OVS_DATAPATH = 2,
	IFF_TEAM_PORT = 4,
	IFF_L3MDEV_SLAVE = 8,
};

#pragma clang attribute pop

/* include/uapi/linux/if.h, which cannot be included beside the above. */
#define IFF_SLAVE	0x800u
#define LOOPBACK_IFINDEX 1

/*
 * From kernel 6.2 on a program may take its context for the sk_buff that it is
 * and load fields directly; before, each costs a call (some 20 ns). Set by the
 * loader; the verifier cuts the other way.
 */
const volatile bool direct_reads = false;

/* The inode of the namespace whose rules these are. Set by the loader. */
const volatile __u32 netns = 0;

extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;
extern void *bpf_rdonly_cast(const void *ptr, __u32 btf_id) __ksym __weak;

#define KERNEL_READ(ptr, field)						\
	(direct_reads ? (ptr)->field : BPF_CORE_READ(ptr, field))

static __always_inline struct sk_buff *kernel_skb(void *ctx)
{
	return direct_reads ? bpf_cast_to_kern_ctx(ctx) : ctx;
}

#endif
