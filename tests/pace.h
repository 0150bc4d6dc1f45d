/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the generator of packets is told, as both of its sides share it: a frame
 * and which flows it stands for. The frame is IPv4 with TCP or UDP, no options;
 * its checksums are what they are while the client's address and port are zero.
 */
#ifndef PACE_H
#define PACE_H

#include <linux/types.h>

#define PACE_FRAME	64u
#define PACE_CLIENTS	0x0a400000u	/* 10.64.0.0: the address of flow 0 */
#define PACE_PORT	1024u		/* and its port */
#define PACE_PORTS	60000u
#define PACE_WARM	65536u		/* later flows are not measured */
#define PACE_WARM_NR	64u

/*
 * Packets `start` to `stop` are of the flows that are asked for, from the first
 * and in turn; those before and after are of others. The time is taken in front
 * of packet `start` and packet `stop`.
 */
struct pace_flows {
	__u64 frame[PACE_FRAME / sizeof(__u64)];
	__u64 time[2];		/* ns */
	__u32 nr;		/* flows */
	__u32 next;		/* the flow that is next */
	__u32 start;
	__u32 stop;
	__u32 sent;		/* packets so far */
	__u32 reply;		/* the flow's client is the receiver */
};

#endif
