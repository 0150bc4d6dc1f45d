// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generator of packets: run by BPF_PROG_TEST_RUN with live frames, it turns
 * each into the next flow's packet and hands it to the stack, as if it had come
 * from the device that the run names. It is attached to nothing. The stack has
 * written into the frames that it gets for a second time: all is written anew.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "pace.h"

#define UDP	17

struct header {
	__u8 ether[14];
	__u16 ip[4];
	__u8 ttl;
	__u8 proto;
	__u16 check;
	__u16 addr[2][2];
	__u16 port[2];
	union {
		struct {
			__u16 len;
			__u16 check;
		} udp;
		struct {
			__u32 seq;
			__u32 ack;
			__u16 flags;
			__u16 window;
			__u16 check;
		} tcp;
	};
} __attribute__((packed));

struct pace_flows flows = {};

/* A checksum to whose words a sum of zeros was counted, which are `add` now. */
static __always_inline __u16 sum_add(__u16 check, __u32 add)
{
	__u32 sum = (__u16)~check + add;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

static __always_inline void flow_write(struct header *head, __u32 flow)
{
	__u32 addr = PACE_CLIENTS + flow, sum;
	__u16 high = bpf_htons(addr >> 16), low = bpf_htons(addr & 0xffff);
	__u16 port = bpf_htons(PACE_PORT + flow % PACE_PORTS);
	int end = flows.reply ? 1 : 0;

	if (end) {
		head->addr[1][0] = high;
		head->addr[1][1] = low;
		head->port[1] = port;
	} else {
		head->addr[0][0] = high;
		head->addr[0][1] = low;
		head->port[0] = port;
	}
	sum = (__u32)high + low;
	head->check = sum_add(head->check, sum);
	sum += port;
	if (head->proto != UDP)
		head->tcp.check = sum_add(head->tcp.check, sum);
	else
		head->udp.check = sum_add(head->udp.check, sum) ?: 0xffff;
}

/* The number of the flow whose turn it is. */
static __always_inline __u32 flow_next(void)
{
	__u32 nr = flows.sent++, flow = flows.next;

	if (nr == flows.start)
		flows.time[0] = bpf_ktime_get_ns();
	if (nr == flows.stop)
		flows.time[1] = bpf_ktime_get_ns();
	if (nr < flows.start || nr >= flows.stop)
		return PACE_WARM + nr % PACE_WARM_NR;
	flows.next = flow + 1 < flows.nr ? flow + 1 : 0;
	return flow;
}

SEC("xdp")
int pace_send(struct xdp_md *ctx)
{
	__u64 *to = (void *)(long)ctx->data;
	unsigned int i;

	if ((void *)to + PACE_FRAME > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	for (i = 0; i < PACE_FRAME / sizeof(*to); i++)
		to[i] = flows.frame[i];
	flow_write((void *)to, flow_next());
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
