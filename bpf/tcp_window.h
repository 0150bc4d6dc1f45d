/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a TCP segment fits into its connection: tcp_in_window() in the
 * kernel's nf_conntrack_proto_tcp.c. A side's own numbers and what the other
 * would take follow from what both have shown; a segment that could not have
 * been sent or would not be taken is not the connection's.
 *
 * Nothing here calls or loops: it runs under the flow's lock.
 */
#ifndef TCP_WINDOW_H
#define TCP_WINDOW_H

#include "flow.h"
#include "tcp_segment.h"

/* How far an acknowledgement may lie behind what was sent, at least. */
#define TCP_ACK_WINDOW	66000u

/* A segment's way through the tracker. */
struct tcp_pass {
	struct flow *flow;
	const struct tcp_segment *segment;
	const struct flow_tracking *tracking;
	struct flow_tcp_side *sender;
	struct flow_tcp_side *receiver;
	__u8 dir;
	__u8 old;		/* states */
	__u8 next;
};

/* The segment's numbers as they are to be read. */
struct tcp_numbers {
	__u32 seq;
	__u32 end;
	__u32 ack;
	__u32 sack;
	__u32 win;
};

enum tcp_fit {
	TCP_FITS,
	TCP_STRAY,		/* passes, and changes nothing */
	TCP_MISFIT,		/* INVALID */
};

/* Of a segment that does not fit, if misfits are not let through. */
static __always_inline enum tcp_fit tcp_unless_liberal(const struct tcp_pass *t,
						       enum tcp_fit fit)
{
	if (t->sender->flags & FLOW_TCP_LIBERAL || t->tracking->tcp_liberal)
		return TCP_FITS;
	return fit;
}

/* The options of a SYN; one without any leaves what was there. */
static __always_inline void tcp_side_options(struct flow_tcp_side *side,
					     const struct tcp_segment *s)
{
	if (!s->options)
		return;
	side->scale = s->scale;
	side->flags = (side->flags & FLOW_TCP_LIBERAL) | s->side;
}

/* A side begins with its SYN. Windows are scaled only if both offer it. */
static __always_inline void tcp_side_begin(const struct tcp_pass *t)
{
	struct flow_tcp_side *sender = t->sender, *receiver = t->receiver;

	sender->end = t->segment->end;
	sender->maxend = t->segment->end;
	sender->maxwin = t->segment->win ? t->segment->win : 1;
	tcp_side_options(sender, t->segment);
	if (t->dir && !(sender->flags & receiver->flags & FLOW_TCP_SCALE)) {
		sender->scale = 0;
		receiver->scale = 0;
	}
}

/* A side is taken up in the middle, with what this one segment shows. */
static __always_inline void tcp_side_pick_up(const struct tcp_pass *t,
					     const struct tcp_numbers *n)
{
	struct flow_tcp_side *sender = t->sender, *receiver = t->receiver;

	sender->end = n->end;
	sender->maxwin = n->win << sender->scale;
	if (!sender->maxwin)
		sender->maxwin = 1;
	sender->maxend = n->end + sender->maxwin;
	if (!receiver->maxwin) {
		receiver->end = n->sack;
		receiver->maxend = n->sack;
	} else if (n->sack == receiver->end + 1) {
		receiver->end++;	/* the answer to a keepalive */
	}
}

/*
 * First segments of a side, and a SYN that begins it anew while the connection
 * is being opened. Returns whether there is nothing to be compared with.
 */
static __always_inline bool tcp_side_meet(const struct tcp_pass *t,
					  const struct tcp_numbers *n)
{
	const struct tcp_segment *s = t->segment;
	__u8 state = t->flow->state;

	if (!t->sender->maxwin) {
		if (s->flags & TCP_SYN) {
			tcp_side_begin(t);
			return !(s->flags & TCP_ACK);
		}
		tcp_side_pick_up(t, n);
	} else if (s->flags & TCP_SYN && seq_after(n->end, t->sender->end) &&
		   (state == FLOW_TCP_SYN_SENT || state == FLOW_TCP_SYN_RECV)) {
		tcp_side_begin(t);
		return t->dir && !(s->flags & TCP_ACK);
	}
	return false;
}

static __always_inline struct tcp_numbers
tcp_numbers_of(const struct tcp_pass *t)
{
	const struct tcp_segment *s = t->segment;
	struct tcp_numbers n = {
		.seq = s->seq,
		.end = s->end,
		.ack = s->ack,
		.sack = t->receiver->flags & FLOW_TCP_SACK ? s->sack : s->ack,
		.win = s->win,
	};

	return n;
}

/* Numbers that a segment does not have, or that mean nothing, are taken as
 * those that fit: no ACK, an RST that acknowledges 0, an RST against a SYN. */
static __always_inline void tcp_numbers_supply(const struct tcp_pass *t,
					       struct tcp_numbers *n)
{
	__u8 flags = t->segment->flags;

	if (!(flags & TCP_ACK) || (flags & TCP_RST && !n->ack)) {
		n->ack = t->receiver->end;
		n->sack = t->receiver->end;
	}
	if (flags & TCP_RST && !n->seq && t->flow->state == FLOW_TCP_SYN_SENT) {
		n->seq = t->sender->end;
		n->end = t->sender->end;
	}
}

/* It begins behind what the receiver would take. The sender may have sent more
 * than it should: then the answer to it must not look like a misfit too. */
static __always_inline enum tcp_fit tcp_over(const struct tcp_pass *t,
					     const struct tcp_numbers *n,
					     __u32 ack_floor)
{
	struct flow_tcp_side *sender = t->sender, *receiver = t->receiver;
	__u32 floor = sender->end - receiver->maxwin - 1;

	if (!receiver->maxwin || !seq_after(n->end, floor) ||
	    !seq_after(n->sack, ack_floor) ||
	    n->end - sender->maxend + 1 > receiver->maxwin ||
	    !seq_before(n->sack, receiver->end + 1))
		return tcp_unless_liberal(t, TCP_MISFIT);
	sender->end = n->end;
	sender->flags |= FLOW_TCP_UNACKED;
	return tcp_unless_liberal(t, TCP_STRAY);
}

/* What the segment says of both sides. The window of a SYN is never scaled. */
static __always_inline void tcp_sides_update(const struct tcp_pass *t,
					     const struct tcp_numbers *n)
{
	struct flow_tcp_side *sender = t->sender, *receiver = t->receiver;
	__u8 flags = t->segment->flags;
	__u32 win = flags & TCP_SYN ? n->win : n->win << sender->scale;
	__u32 span = win + (n->sack - n->ack);

	if (sender->maxwin < span)
		sender->maxwin = span;
	if (seq_after(n->end, sender->end)) {
		sender->end = n->end;
		sender->flags |= FLOW_TCP_UNACKED;
	}
	if (flags & TCP_ACK && (!(sender->flags & FLOW_TCP_MAXACK) ||
				seq_after(n->ack, sender->maxack))) {
		sender->maxack = n->ack;
		sender->flags |= FLOW_TCP_MAXACK;
	}
	if (receiver->maxwin && seq_after(n->end, sender->maxend))
		receiver->maxwin += n->end - sender->maxend;
	if (seq_after(n->sack + win, receiver->maxend - 1))
		receiver->maxend = n->sack + (win ? win : 1);
	if (n->ack == receiver->end)
		receiver->flags &= ~FLOW_TCP_UNACKED;
}

/* The same ACK again and again is one that nobody answers. */
static __always_inline void tcp_retrans_count(const struct tcp_pass *t,
					      const struct tcp_numbers *n)
{
	struct flow_tcp *tcp = &t->flow->tcp;

	if (tcp->last_dir == t->dir && tcp->last_seq == n->seq &&
	    tcp->last_ack == n->ack && tcp->last_end == n->end &&
	    tcp->last_win == n->win) {
		tcp->retrans++;
		return;
	}
	tcp->last_dir = t->dir;
	tcp->last_seq = n->seq;
	tcp->last_ack = n->ack;
	tcp->last_end = n->end;
	tcp->last_win = n->win;
	tcp->retrans = 0;
}

static __always_inline enum tcp_fit tcp_fit(const struct tcp_pass *t)
{
	struct flow_tcp_side *sender = t->sender, *receiver = t->receiver;
	struct tcp_numbers n = tcp_numbers_of(t);
	__u32 ack_floor;

	if (tcp_side_meet(t, &n))
		return TCP_FITS;
	tcp_numbers_supply(t, &n);

	ack_floor = receiver->end - 1 - (sender->maxwin > TCP_ACK_WINDOW ?
					 sender->maxwin : TCP_ACK_WINDOW);
	if (!seq_before(n.seq, sender->maxend + 1))
		return tcp_over(t, &n, ack_floor);
	if (!seq_before(n.sack, receiver->end + 1))
		return tcp_unless_liberal(t, TCP_MISFIT);
	if (receiver->maxwin &&
	    !seq_after(n.end, sender->end - receiver->maxwin - 1))
		return tcp_unless_liberal(t, TCP_STRAY);
	if (!seq_after(n.sack, ack_floor))
		return tcp_unless_liberal(t, TCP_STRAY);

	tcp_sides_update(t, &n);
	if (t->segment->kind == TCP_KIND_ACK)
		tcp_retrans_count(t, &n);
	return TCP_FITS;
}

#endif
