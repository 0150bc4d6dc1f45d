/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet as the rules see it. The selector fills it once; the stages of the
 * chain program take it from per-CPU scratch and read packet bytes only where
 * a rule asks for something that few rules ask for (names, MAC, TCP options).
 */
#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>

#include <linux/types.h>

#include "abi.h"
#include "flow.h"

/* Counters that a datagram's first fragment met and later ones add to. */
#define MAX_MET		16

enum fragment {
	FRAGMENT_NONE,		/* whole, or each fragment is judged alone */
	FRAGMENT_FIRST,
	FRAGMENT_LATER,
};

struct fragment_key {
	__u32 saddr;
	__u32 daddr;
	__u16 id;
	__u8 proto;
	__u8 hook;
	__u32 ifindex;		/* OUTPUT: devices fragment for themselves */
};

/*
 * What is known of a datagram while its fragments pass, until they are all
 * there: their numbers are used again. Before the first one generation is 0.
 */
struct fragment_state {
	__u64 last_ns;		/* when a fragment came */
	__u32 generation;
	__u32 seen;		/* bytes of payload so far */
	__u32 total;		/* of the whole, known from the last one */
	__u8 dropped;
	__u8 nr_met;
	__u8 followed;		/* TCP, and the next three are known */
	__u8 pad;
	__u32 seq;
	__u16 sport;
	__u16 dport;
	__u32 met[MAX_MET];
};

_Static_assert(sizeof(struct fragment_state) == 32 + 4 * MAX_MET, "packed");

struct packet {
	__u64 iname[2];		/* as search keys (abi.h), where needed */
	__u64 oname[2];
	__u32 saddr;
	__u32 daddr;
	__u32 mark;
	__u32 length;		/* of the IP packet, as -m length sees it */
	__u32 bytes;		/* what is added to the counters */
	__u32 iif;
	__u32 oif;		/* FORWARD: the route's device, 0: unknown */
	__u32 generation;
	__u32 next;		/* tracked: the chain's slot; NR_PROGRAMS: the
				 * stack discards it, it meets no chain */
	__u32 l3;		/* offset of the IP header from skb->data */
	__u32 l4;		/* offset of the transport header */
	__u32 l4_len;
	__u16 sport;
	__u16 dport;
	__u16 id;
	__u16 offset;		/* of a fragment, in bytes */
	__u8 proto;
	__u8 header;		/* enum header */
	__u8 tcpflags;
	__u8 l4_head;		/* bytes of the transport header */
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 options;		/* those seen that may be there once */
	__u8 ttl;
	__u8 tos;
	__u8 pkttype;
	__u8 fragment;		/* enum fragment */
	__u8 more;		/* more fragments follow */
	__u8 dont;		/* don't fragment */
	__u8 ether;		/* it has a MAC address; where needed */
	__u8 looped;		/* own multicast: OUTPUT, then INPUT as that */
	__u8 quiet;		/* judged, but counted elsewhere */
	__u8 dropped;		/* later fragment: the first was dropped */
	__u8 nr_met;
	__u8 incoming;		/* on ingress */
	__u8 fresh;		/* its flow is to be stored if it survives */
	__u8 followed;		/* a fragment of TCP's: seq is known, and ports
				 * if it is a later one */
	struct flow_label ct;
	__u32 later_s;		/* what ct.expires_s is once it is stored */
	struct fragment_key key;
	__u32 seen;		/* of the datagram before this fragment */
	__u32 total;
	__u32 seq;		/* TCP's number of the datagram's byte 0 */
	__u32 met[MAX_MET];
};

#endif
