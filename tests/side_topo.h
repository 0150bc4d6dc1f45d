/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A firewall between a client and a server, each in its own namespace:
 *
 *   client c0 --- eth0 firewall eth1 --- s0 server
 *                      wan0 (tun)
 *
 * Client and server have no addresses: they are wire ends that only packet
 * sockets use. The firewall needs no ARP, limits no ICMP and never times
 * anything out, so that the same packets always have the same consequences.
 */
#ifndef SIDE_TOPO_H
#define SIDE_TOPO_H

#include <stdint.h>

#include "testns.h"

enum side_end {
	END_CLIENT,
	END_SERVER,
	NR_ENDS,
};

/* What the firewall has; host order. wan0 is a device without Ethernet header,
 * if the kernel has tun devices. */
#define TOPO_ADDR0	0x0a010001u	/* 10.1.0.1/24 on eth0 */
#define TOPO_ADDR1	0x0a020001u	/* 10.2.0.1/24 on eth1 */
#define TOPO_ADDR2	0x0a030001u	/* 10.3.0.1/24 on wan0 */
#define TOPO_MTU1	1400		/* of eth1; eth0 has 1500 */
#define TOPO_GROUP	0xe0000009u	/* 224.0.0.9, joined on both */
#define TOPO_NOWHERE	0xcb007100u	/* 203.0.113.0/24: blackhole */

#define NR_LOCAL_PROTOCOLS 12

struct topo {
	struct testns firewall;
	struct testns end[NR_ENDS];
	int inject[NR_ENDS];	/* frames into the wire */
	int capture[NR_ENDS];	/* IPv4 frames that come out of it */
	int sync[NR_ENDS];	/* what wire_settle waits for, at the ends */
	int sync_in;		/* and in the firewall */
	int tun;		/* wan0's other end, or -1 */
	int group;		/* holds the membership */
	int output;		/* raw IP packets made by the firewall */
	int local[NR_LOCAL_PROTOCOLS]; /* what reaches the firewall itself */
	struct answers *answers;	/* side_answer.h, or NULL */
};

extern const uint8_t topo_mac_near[NR_ENDS][6];	/* the firewall's */
extern const uint8_t topo_mac_far[NR_ENDS][6];	/* c0 and s0 */

#define TOPO_SYNC_TYPE	0x88b5	/* ethertype for local experiments */

struct answers;

/* name tells topologies of one process apart. 0 or a negative errno. */
int topo_open(struct topo *topo, const char *name);
void topo_close(struct topo *topo);

/* Whether an address, as bytes, is the firewall's own. */
int topo_is_own(const uint8_t *addr);

/* A packet socket on a device. type 0: it only sends. A negative errno. */
int topo_packet(const struct testns *ns, const char *device, int type);

/* The firewall's raw socket of a protocol, or of another one. */
int topo_local(const struct topo *topo, int protocol);

#endif
