// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock of the tracker, for the user side, which cannot read it: both times
 * of one instant. Run by a test run only; nothing is attached.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

__u64 jiffies;
__u64 uptime_ns;		/* coarse: as old as jiffies */

SEC("tc")
int read_clock(struct __sk_buff *skb)
{
	jiffies = bpf_jiffies64();
	uptime_ns = bpf_ktime_get_coarse_ns();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
