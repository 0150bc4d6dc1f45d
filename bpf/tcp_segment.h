/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP segment as the tracker sees it. tcp_read() fills it from the packet
 * before the flow's lock is taken, as under the lock no helper may be called.
 * What it refuses tcp_error() in the kernel's nf_conntrack_proto_tcp.c refuses;
 * checksums are not looked at here.
 */
#ifndef TCP_SEGMENT_H
#define TCP_SEGMENT_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"
#include "packet.h"
#include "parse.h"

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
};

/* What a segment is to the state machine; the order is the kernel's. */
enum tcp_kind {
	TCP_KIND_SYN,
	TCP_KIND_SYNACK,
	TCP_KIND_FIN,
	TCP_KIND_ACK,
	TCP_KIND_RST,
	TCP_KIND_NONE,
};

_Static_assert(TCP_KIND_NONE == FLOW_TCP_NO_LAST, "what stands in a flow");

enum tcp_option {
	TCP_OPTION_END,
	TCP_OPTION_NOP,
	TCP_OPTION_SCALE = 3,
	TCP_OPTION_SACK_PERMITTED = 4,
	TCP_OPTION_SACK = 5,
};

#define TCP_HEADER	20u
#define TCP_OPTIONS	40u
#define TCP_SACK_BLOCKS	4
#define TCP_SCALE_MAX	14

/* Two NOPs and a timestamp: what nearly every segment carries. */
#define TCP_ONLY_TIMESTAMP	0x0101080au
#define TCP_ONLY_TIMESTAMP_LEN	12u

/*
 * It must lie in a map: what one step over the options knows from those before
 * is in it, and kernels before 6.7 verify a single step with what they know of
 * the stack. bytes is as large as a mask wants it, with zeros (that is, ends)
 * behind the options.
 */
struct tcp_segment {
	__u32 seq;
	__u32 ack;
	__u32 end;		/* the sequence number behind it */
	__u32 sack;		/* right edge of the highest block, else ack */
	__u16 win;
	__u8 flags;		/* of the header, enum tcp_flag */
	__u8 kind;		/* enum tcp_kind */
	__u8 options;		/* there are any at all */
	__u8 side;		/* FLOW_TCP_SCALE, FLOW_TCP_SACK: those that
				 * a SYN offers */
	__u8 scale;
	__u8 sacked;
	__u8 bytes[64];
	__u32 len;		/* of the options */
	__u32 at;
};

static __always_inline bool seq_before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

static __always_inline bool seq_after(__u32 a, __u32 b)
{
	return seq_before(b, a);
}

#define FLAGS(flags)	(1ull << (flags))

/* PSH, ECE and CWR go with everything. */
static __always_inline bool tcp_flags_good(__u8 flags)
{
	const __u64 good = FLAGS(TCP_SYN) | FLAGS(TCP_SYN | TCP_URG) |
			   FLAGS(TCP_SYN | TCP_ACK) | FLAGS(TCP_RST) |
			   FLAGS(TCP_RST | TCP_ACK) | FLAGS(TCP_FIN | TCP_ACK) |
			   FLAGS(TCP_FIN | TCP_ACK | TCP_URG) | FLAGS(TCP_ACK) |
			   FLAGS(TCP_ACK | TCP_URG);
	const __u8 asked = TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG;

	return good >> (flags & asked) & 1;
}

#undef FLAGS

static __always_inline __u8 tcp_kind_of(__u8 flags)
{
	if (flags & TCP_RST)
		return TCP_KIND_RST;
	if (flags & TCP_SYN)
		return flags & TCP_ACK ? TCP_KIND_SYNACK : TCP_KIND_SYN;
	if (flags & TCP_FIN)
		return TCP_KIND_FIN;
	return flags & TCP_ACK ? TCP_KIND_ACK : TCP_KIND_NONE;
}

static __always_inline __u8 tcp_byte(const struct tcp_segment *s, __u32 at)
{
	return s->bytes[at & (sizeof(s->bytes) - 1)];
}

static __always_inline __u32 tcp_word(const struct tcp_segment *s, __u32 at)
{
	return (__u32)tcp_byte(s, at) << 24 | tcp_byte(s, at + 1) << 16 |
	       tcp_byte(s, at + 2) << 8 | tcp_byte(s, at + 3);
}

/* The first such option counts, if it holds whole blocks only. */
static __always_inline void tcp_sack_read(struct tcp_segment *s, __u8 size)
{
	__u32 i, edge;

	if (s->sacked || size < 10 || (size - 2) % 8)
		return;
	s->sacked = 1;
	for (i = 0; i < TCP_SACK_BLOCKS; i++) {
		edge = tcp_word(s, s->at + 2 + i * 8 + 4);
		if (2 + (i + 1) * 8 <= size && seq_after(edge, s->sack))
			s->sack = edge;
	}
}

static __always_inline void tcp_option_read(struct tcp_segment *s, __u8 kind,
					    __u8 size)
{
	if (kind == TCP_OPTION_SACK) {
		tcp_sack_read(s, size);
	} else if (kind == TCP_OPTION_SACK_PERMITTED && size == 2) {
		s->side |= FLOW_TCP_SACK;
	} else if (kind == TCP_OPTION_SCALE && size == 3) {
		s->side |= FLOW_TCP_SCALE;
		s->scale = tcp_byte(s, s->at + 2);
		if (s->scale > TCP_SCALE_MAX)
			s->scale = TCP_SCALE_MAX;
	}
}

/* A callback's context lies on the stack, what it works on in a map. */
struct tcp_walk {
	struct tcp_segment *segment;
};

static long tcp_option_step(__u32 i, struct tcp_walk *walk)
{
	struct tcp_segment *s = walk->segment;
	__u32 left = s->len - s->at;
	__u8 kind = tcp_byte(s, s->at);
	__u8 size = tcp_byte(s, s->at + 1);

	if (s->at >= s->len || kind == TCP_OPTION_END)
		return 1;
	if (kind == TCP_OPTION_NOP) {
		s->at++;
		return 0;
	}
	if (left < 2 || size < 2 || size > left)
		return 1;
	tcp_option_read(s, kind, size);
	s->at += size;
	return 0;
}

static __always_inline int tcp_options_read(struct __sk_buff *skb, __u32 off,
					    __u32 len, struct tcp_segment *s)
{
	struct tcp_walk walk = { .segment = s };
	__u32 word;

	if (len == TCP_ONLY_TIMESTAMP_LEN) {
		if (load_bytes(skb, off, &word, sizeof(word)))
			return -1;
		if (bpf_ntohl(word) == TCP_ONLY_TIMESTAMP)
			return 0;
	}
	if (len < 4 || len > TCP_OPTIONS)
		return -1;
	__builtin_memset(s->bytes, 0, sizeof(s->bytes));
	if (bpf_skb_load_bytes(skb, off, s->bytes, len))
		return -1;
	s->len = len;
	s->at = 0;
	bpf_loop(TCP_OPTIONS, tcp_option_step, &walk, 0);
	return 0;
}

/* Bytes from the TCP header on. How many a datagram in fragments has is known
 * if the last one came before the first. */
static __always_inline __u32 tcp_length(const struct packet *p)
{
	return p->fragment == FRAGMENT_FIRST && p->total ? p->total :
							   p->l4_len;
}

/* Returns 0, or -1 if the packet belongs to no connection. */
static __always_inline int tcp_read(struct __sk_buff *skb,
				    const struct packet *p,
				    struct tcp_segment *s)
{
	__u32 head = p->l4_head;
	struct {
		__be32 seq;
		__be32 ack;
		__u8 doff;
		__u8 flags;
		__be16 win;
	} h;

	if (p->header != HEADER_OK || load_bytes(skb, p->l4 + 4, &h, sizeof(h)))
		return -1;
	if (!tcp_flags_good(h.flags))
		return -1;
	s->seq = bpf_ntohl(h.seq);
	s->ack = bpf_ntohl(h.ack);
	s->sack = s->ack;
	s->win = bpf_ntohs(h.win);
	s->flags = h.flags;
	s->kind = tcp_kind_of(h.flags);
	s->end = s->seq + tcp_length(p) - head + !!(h.flags & TCP_SYN) +
		 !!(h.flags & TCP_FIN);
	s->options = head > TCP_HEADER;
	s->side = 0;
	s->scale = 0;
	s->sacked = 0;
	if (!s->options)
		return 0;
	return tcp_options_read(skb, p->l4 + TCP_HEADER, head - TCP_HEADER, s);
}

#endif
