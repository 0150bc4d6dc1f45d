/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection table, as the tracker and the user side share it. There is no
 * NAT, so the reply's addresses are the original's, the other way round: one
 * entry holds both directions, and the hash of a packet is the same in both.
 *
 * The table is an array of buckets. A flow lies in one of the two buckets that
 * its hash names, the first unless that was full. A slot whose flow has expired
 * is free, so nothing needs to sweep the table. In a full pair of buckets the
 * flow gives way that is not assured and was not seen for the longest time
 * (early_drop() in the kernel's nf_conntrack_core.c); where all are assured the
 * packet is dropped.
 *
 * All numbers are host order.
 */
#ifndef FLOW_H
#define FLOW_H

#include <linux/bpf.h>
#include <linux/types.h>

/* To be raised whenever a table that stays over a change of bpfipt could not
 * be read any more: struct flow, struct flow_bucket, the hash. */
#define FLOW_LAYOUT	1u

/*
 * What the rules see of a packet's connection, as one byte: the values of
 * COL_STATE. State INVALID is a packet that belongs to none: then nothing else
 * is set. Status bits are those of the flow, in the order of their numbers in
 * xt_conntrack; EXPECTED is never set, as there are no helpers.
 */
enum flow_state {
	FLOW_INVALID,
	FLOW_NEW,
	FLOW_ESTABLISHED,
	FLOW_RELATED,
	FLOW_UNTRACKED,
	NR_FLOW_STATES,
};

#define LABEL_STATE		0x07u
#define LABEL_REPLY		0x08u
#define LABEL_EXPECTED		0x10u
#define LABEL_SEEN_REPLY	0x20u
#define LABEL_ASSURED		0x40u
#define LABEL_CONFIRMED		0x80u
#define LABEL_STATUS		0xf0u
#define LABEL_STATUS_SHIFT	4	/* to the kernel's IPS_* */

/* A label as COL_STATE counts it: those of a state lie side by side, so that
 * what rules accept is few intervals. */
static inline __u32 label_index(__u8 label)
{
	return (label & LABEL_STATE) << 5 | label >> 3;
}

/* Whether the packet belongs to a flow that tests can be about. */
static inline int label_has_flow(__u8 label)
{
	__u8 state = label & LABEL_STATE;

	return state != FLOW_INVALID && state < FLOW_UNTRACKED;
}

/* Beside the label, for tests that no column holds. */
struct flow_label {
	__u32 addr[2];		/* [0]: of whom the first packet came */
	__u16 port[2];
	__u32 expires_s;	/* 0 for a flow that is not in the table yet */
	__u8 proto;
	__u8 label;
	__u8 pad[2];
};

/* enum tcp_conntrack of the kernel, in its order. */
enum flow_tcp_state {
	FLOW_TCP_NONE,
	FLOW_TCP_SYN_SENT,
	FLOW_TCP_SYN_RECV,
	FLOW_TCP_ESTABLISHED,
	FLOW_TCP_FIN_WAIT,
	FLOW_TCP_CLOSE_WAIT,
	FLOW_TCP_LAST_ACK,
	FLOW_TCP_TIME_WAIT,
	FLOW_TCP_CLOSE,
	FLOW_TCP_SYN_SENT2,
	NR_FLOW_TCP_STATES,
};

/* enum sctp_conntrack of the kernel, in its order. */
enum flow_sctp_state {
	FLOW_SCTP_NONE,
	FLOW_SCTP_CLOSED,
	FLOW_SCTP_COOKIE_WAIT,
	FLOW_SCTP_COOKIE_ECHOED,
	FLOW_SCTP_ESTABLISHED,
	FLOW_SCTP_SHUTDOWN_SENT,
	FLOW_SCTP_SHUTDOWN_RECD,
	FLOW_SCTP_SHUTDOWN_ACK_SENT,
	FLOW_SCTP_HEARTBEAT_SENT,
	NR_FLOW_SCTP_STATES,
};

/* What one side of a TCP connection has shown: struct ip_ct_tcp_state. */
struct flow_tcp_side {
	__u32 end;		/* highest sequence number sent, plus one */
	__u32 maxend;		/* highest that the other side would take */
	__u32 maxwin;
	__u32 maxack;
	__u8 scale;
	__u8 flags;		/* FLOW_TCP_* */
	__u8 pad[2];
};

/* The kernel's IP_CT_TCP_FLAG_* of a side. */
#define FLOW_TCP_SCALE		0x01u
#define FLOW_TCP_SACK		0x02u
#define FLOW_TCP_CLOSE_INIT	0x04u
#define FLOW_TCP_LIBERAL	0x08u
#define FLOW_TCP_UNACKED	0x10u
#define FLOW_TCP_MAXACK		0x20u
#define FLOW_TCP_CHALLENGE	0x40u
#define FLOW_TCP_SIMULTANEOUS	0x80u

/* Of flow_tcp.last_index: nothing is known of the last packet. */
#define FLOW_TCP_NO_LAST	5

struct flow_tcp {
	struct flow_tcp_side side[2];
	__u32 last_seq;
	__u32 last_ack;
	__u32 last_end;
	__u16 last_win;
	__u8 last_dir;
	__u8 last_index;	/* kind of the last packet */
	__u8 retrans;
	__u8 last_scale;
	__u8 last_flags;
	__u8 pad;
};

struct flow_sctp {
	__u32 vtag[2];
	__u8 init[2];
	__u8 last_dir;
	__u8 flags;
	__u32 pad;
};

/* A flow that is there has a proto or an address: all zeros is no flow. */
struct flow {
	__u32 addr[2];		/* [0]: of whom the first packet came */
	__u16 port[2];		/* ICMP: id, and type << 8 | code of the query;
				 * GRE: keys; others without ports 0 */
	__u8 proto;
	__u8 status;		/* LABEL_STATUS bits */
	__u8 state;		/* flow_tcp_state, flow_sctp_state; else 0 */
	__u8 epoch;		/* of the tracking that saw it last */
	__u64 expires;		/* jiffies64; 0: no flow */
	union {
		struct flow_tcp tcp;
		struct flow_sctp sctp;
		__u64 stream;	/* UDP, GRE: jiffies64 from which it is one */
	};
};

#define FLOW_WAYS	8u

/*
 * A tag is 16 bits of the hash. The lock is the programs' own: a single atomic
 * operation, where bpf_spin_lock() costs more than all else that the tracker
 * does. The user side reads without it: a flow may be seen half changed.
 */
struct flow_bucket {
	__u32 lock;
	__u32 pad;
	__u16 tag[FLOW_WAYS];
	struct flow flow[FLOW_WAYS];
};

/* Timeouts, in the order of the kernel's states. Names of the sysctls and the
 * kernel's values: src/tracking.c. */
enum flow_timeout {
	TIMEOUT_TCP,		/* + enum flow_tcp_state; NONE is not used */
	TIMEOUT_TCP_RETRANS = TIMEOUT_TCP + NR_FLOW_TCP_STATES,
	TIMEOUT_TCP_UNACK,
	TIMEOUT_UDP,
	TIMEOUT_UDP_STREAM,
	TIMEOUT_ICMP,
	TIMEOUT_GENERIC,
	TIMEOUT_GRE,
	TIMEOUT_GRE_STREAM,
	TIMEOUT_SCTP,		/* + enum flow_sctp_state; NONE is not used */
	NR_TIMEOUTS = TIMEOUT_SCTP + NR_FLOW_SCTP_STATES,
};

/*
 * The one element of the map `tracking`. What is in the first part is fixed
 * when the table is made; the rest is set by every restore.
 */
struct flow_tracking {
	__u64 seed[2];		/* of the hash */
	__u32 nr_buckets;
	__u32 hz;		/* jiffies in a second */

	__u32 epoch;		/* counts the times that tracking began: flows
				 * of an earlier one were not followed since */
	__u8 checksum;		/* nf_conntrack_checksum */
	__u8 tcp_loose;
	__u8 tcp_liberal;
	__u8 tcp_max_retrans;
	__u8 tcp_ignore_rst;	/* nf_conntrack_tcp_ignore_invalid_rst */
	__u8 pad[3];
	__u32 timeout[NR_TIMEOUTS];	/* jiffies */
	__u32 pad2;
};

/* What the user side asks of the program conntrack_edit: the packet's data of a
 * test run. It returns 0, or 1 if there is no such flow or no room. */
enum flow_op {
	FLOW_INSERT,		/* as it is; not if it is there already */
	FLOW_DELETE,		/* by addr, port and proto, as the flow has */
	NR_FLOW_OPS,
};

struct flow_edit {
	__u32 op;
	__u32 pad;
	struct flow flow;
};

_Static_assert(sizeof(struct flow_label) == 20, "flow_label");
_Static_assert(sizeof(struct flow_tcp_side) == 20, "flow_tcp_side");
_Static_assert(sizeof(struct flow_tcp) == 60, "flow_tcp");
_Static_assert(sizeof(struct flow) == 88, "flow");
_Static_assert(__builtin_offsetof(struct flow, expires) == 16, "expires");
_Static_assert(__builtin_offsetof(struct flow_bucket, flow) == 24, "flow");

#endif
