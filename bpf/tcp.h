/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP connections: a segment and the flow it belongs to give the flow as it is
 * behind it, its timeout among it, and what the segment is to the rules; the
 * meaning is that of nf_conntrack_tcp_packet() in the kernel's
 * nf_conntrack_proto_tcp.c. There is no NAT and there are no SYN proxies. A
 * segment in fragments, which is reassembled there first, is followed by its
 * first one and grows with the others.
 *
 * Nothing here calls or loops: it runs under the flow's lock. That a reply was
 * seen is noted by the caller, after the call, as in nf_conntrack_in().
 */
#ifndef TCP_H
#define TCP_H

#include "flow.h"
#include "flow_act.h"
#include "tcp_segment.h"
#include "tcp_states.h"
#include "tcp_window.h"

/* An unanswered close shortens what is left, if that is more than this. */
#define TCP_SHORTEN_S	120u

enum tcp_course {
	TCP_CHECK,		/* its numbers decide */
	TCP_TAKE,		/* it changes the state, whatever its numbers */
	TCP_LET,		/* it passes and changes nothing */
	TCP_REFUSE,		/* INVALID */
	TCP_REOPEN,		/* the connection is over, this begins one */
};

static __always_inline bool tcp_assured_open(const struct flow *flow)
{
	return flow->state == FLOW_TCP_ESTABLISHED &&
	       flow->status & LABEL_ASSURED;
}

/* Notes a segment that is let through: its answer will tell what it was. */
static __always_inline void tcp_note(const struct tcp_pass *t)
{
	const struct tcp_segment *s = t->segment;
	struct flow_tcp *tcp = &t->flow->tcp;

	tcp->last_index = s->kind;
	tcp->last_dir = t->dir;
	tcp->last_seq = s->seq;
	tcp->last_end = s->end;
	tcp->last_win = s->win;
	if (s->kind == TCP_KIND_SYN && !t->dir) {
		tcp->last_flags = s->side;
		tcp->last_scale = s->scale;
		/* The answer to it may be an ACK that does not answer the
		 * last FIN (RFC 5961). */
		if (t->old == FLOW_TCP_LAST_ACK)
			tcp->last_flags |= FLOW_TCP_CHALLENGE;
	}
	if (s->kind == TCP_KIND_ACK && t->dir && t->old == FLOW_TCP_SYN_SENT)
		tcp->last_ack = s->ack;
}

/* The sides are what the SYN has shown that was let through before. */
static __always_inline void tcp_resync(struct tcp_pass *t)
{
	struct flow_tcp *tcp = &t->flow->tcp;
	struct flow_tcp_side *opener = t->receiver;

	tcp->last_flags &= ~FLOW_TCP_CHALLENGE;
	opener->end = tcp->last_end;
	opener->maxend = tcp->last_end;
	opener->maxwin = tcp->last_win ? tcp->last_win : 1;
	opener->scale = tcp->last_scale;
	opener->flags = tcp->last_flags;
	t->sender->end = 0;
	t->sender->maxend = 0;
	t->sender->maxwin = 0;
	t->sender->maxack = 0;
	t->sender->scale = 0;
	t->sender->flags &= FLOW_TCP_LIBERAL;
	t->old = FLOW_TCP_SYN_SENT;
	t->next = FLOW_TCP_SYN_RECV;
}

static __always_inline enum tcp_course tcp_ignore(struct tcp_pass *t)
{
	const struct flow_tcp *tcp = &t->flow->tcp;

	if (t->segment->kind == TCP_KIND_SYNACK &&
	    tcp->last_index == TCP_KIND_SYN && tcp->last_dir != t->dir &&
	    t->segment->ack == tcp->last_end) {
		tcp_resync(t);
		return TCP_CHECK;
	}
	tcp_note(t);
	return TCP_LET;
}

/* A SYN to a connection that is over: it was closed in an orderly way, or this
 * side has just reset it. */
static __always_inline enum tcp_course tcp_open(struct tcp_pass *t)
{
	const struct flow_tcp *tcp = &t->flow->tcp;

	if (t->old < FLOW_TCP_TIME_WAIT)
		return TCP_CHECK;
	if ((t->sender->flags | t->receiver->flags) & FLOW_TCP_CLOSE_INIT ||
	    (tcp->last_dir == t->dir && tcp->last_index == TCP_KIND_RST))
		return TCP_REOPEN;
	return tcp_ignore(t);
}

/* The last ACK, unless it only answers a SYN that was let through. */
static __always_inline enum tcp_course tcp_last_ack(struct tcp_pass *t)
{
	struct flow_tcp *tcp = &t->flow->tcp;

	if (t->old != FLOW_TCP_LAST_ACK || t->segment->kind != TCP_KIND_ACK ||
	    tcp->last_dir == t->dir || tcp->last_index != TCP_KIND_SYN ||
	    !(tcp->last_flags & FLOW_TCP_CHALLENGE))
		return TCP_CHECK;
	tcp->last_flags &= ~FLOW_TCP_CHALLENGE;
	return TCP_LET;
}

/*
 * An RST by what the other side has acknowledged (RFC 5961). Returns whether
 * that is all there is to ask; then *course is what is to be done.
 */
static __always_inline bool tcp_reset_judged(struct tcp_pass *t,
					     enum tcp_course *course)
{
	const struct flow_tcp *tcp = &t->flow->tcp;
	__u32 seq = t->segment->seq, maxack = t->receiver->maxack;
	bool open = tcp_assured_open(t->flow);

	*course = TCP_CHECK;
	if (!open && !seq)
		return true;	/* it answers a SYN that was let through */
	if (seq_before(seq, maxack) && !t->tracking->tcp_ignore_rst) {
		*course = TCP_REFUSE;
		return true;
	}
	if (!open || seq == maxack)
		return true;
	/* Directly behind the data that it follows. */
	if (tcp->last_index == TCP_KIND_ACK && tcp->last_dir == t->dir &&
	    seq == tcp->last_end)
		return true;
	/* The receiver may answer with a challenge: not closed yet. */
	t->next = t->old;
	return false;
}

/* Whether an RST answers what was let through: a SYN out of place, an ACK of a
 * half-open connection, a challenge. */
static __always_inline bool tcp_reset_answers(const struct tcp_pass *t)
{
	const struct flow_tcp *tcp = &t->flow->tcp;
	bool syn = tcp->last_index == TCP_KIND_SYN;
	bool ack = tcp->last_index == TCP_KIND_ACK;

	if (t->segment->ack == tcp->last_end &&
	    ((t->flow->status & LABEL_SEEN_REPLY && syn &&
	      tcp->last_dir != t->dir) ||
	     (!(t->flow->status & LABEL_ASSURED) && ack)))
		return true;
	return t->old == FLOW_TCP_SYN_SENT && ack && tcp->last_dir == 1 &&
	       t->segment->seq == tcp->last_ack;
}

static __always_inline enum tcp_course tcp_reset(struct tcp_pass *t)
{
	enum tcp_course course;

	if (t->segment->kind != TCP_KIND_RST)
		return TCP_CHECK;
	if (tcp_closing(t->flow->state))
		return TCP_TAKE;
	/* After a SYN that was let through maxack may be of another
	 * connection. */
	if (t->receiver->flags & FLOW_TCP_MAXACK &&
	    t->flow->tcp.last_index != TCP_KIND_SYN &&
	    tcp_reset_judged(t, &course))
		return course;
	return tcp_reset_answers(t) ? TCP_TAKE : TCP_CHECK;
}

static __always_inline enum tcp_course tcp_course(struct tcp_pass *t)
{
	struct flow_tcp *tcp = &t->flow->tcp;

	switch (t->next) {
	case TCP_INVALID:
		return TCP_REFUSE;
	case TCP_IGNORE:
		return tcp_ignore(t);
	case FLOW_TCP_SYN_SENT:
		return tcp_open(t);
	case FLOW_TCP_TIME_WAIT:
		return tcp_last_ack(t);
	case FLOW_TCP_CLOSE:
		return tcp_reset(t);
	case FLOW_TCP_SYN_SENT2:
		tcp->last_flags |= FLOW_TCP_SIMULTANEOUS;
		return TCP_CHECK;
	case FLOW_TCP_SYN_RECV:
		if (t->dir && t->segment->kind == TCP_KIND_ACK &&
		    tcp->last_flags & FLOW_TCP_SIMULTANEOUS)
			t->next = FLOW_TCP_ESTABLISHED;
		return TCP_CHECK;
	default:
		return TCP_CHECK;
	}
}

/* A FIN or RST that does not fit may be real all the same. If the other side
 * answers in kind the flow has not long to live. */
static __always_inline void tcp_misfit(const struct tcp_pass *t, __u64 now)
{
	struct flow *flow = t->flow;
	__u8 kind = t->segment->kind;
	__u64 left = flow->expires - now;
	__u32 unack = t->tracking->timeout[TIMEOUT_TCP_UNACK];

	if (!(flow->status & LABEL_ASSURED) ||
	    (kind != TCP_KIND_FIN && kind != TCP_KIND_RST))
		return;
	if (flow->tcp.last_dir == t->dir ||
	    (flow->tcp.last_index != TCP_KIND_FIN &&
	     flow->tcp.last_index != TCP_KIND_RST)) {
		flow->tcp.last_index = kind;
		flow->tcp.last_dir = t->dir;
	} else if (left >= TCP_SHORTEN_S * t->tracking->hz && left > unack) {
		flow->expires = now + unack;
	}
}

static __always_inline __u32 tcp_timeout(const struct tcp_pass *t)
{
	const struct flow_tcp *tcp = &t->flow->tcp;
	const __u32 *timeout = t->tracking->timeout;
	__u32 usual = timeout[TIMEOUT_TCP + (t->next & 15)];
	__u32 retrans = timeout[TIMEOUT_TCP_RETRANS];
	__u32 unack = timeout[TIMEOUT_TCP_UNACK];

	if (tcp->retrans >= t->tracking->tcp_max_retrans && usual > retrans)
		return retrans;
	if (t->segment->kind == TCP_KIND_RST)
		return timeout[TIMEOUT_TCP + FLOW_TCP_CLOSE];
	if ((t->sender->flags | t->receiver->flags) & FLOW_TCP_UNACKED &&
	    usual > unack)
		return unack;
	if (!tcp->last_win && usual > retrans)
		return retrans;
	return usual;
}

/* The segment is the connection's: the state changes and the time begins anew.
 * A reset without any answer before it leaves nothing to be followed. */
static __always_inline void tcp_take(const struct tcp_pass *t, __u64 now)
{
	struct flow *flow = t->flow;
	__u8 kind = t->segment->kind;
	__u32 timeout, unack = t->tracking->timeout[TIMEOUT_TCP_UNACK];

	flow->tcp.last_index = kind;
	flow->tcp.last_dir = t->dir;
	flow->state = t->next;
	if (t->old != t->next && t->next == FLOW_TCP_FIN_WAIT)
		t->sender->flags |= FLOW_TCP_CLOSE_INIT;
	timeout = tcp_timeout(t);
	if (!(flow->status & LABEL_SEEN_REPLY)) {
		if (kind == TCP_KIND_RST) {
			flow->expires = 0;
			return;
		}
		/* A SYN sent again does not keep it. */
		if (kind == TCP_KIND_SYN && t->old == FLOW_TCP_SYN_SENT)
			return;
		if (t->next == FLOW_TCP_ESTABLISHED && timeout > unack)
			timeout = unack;
	} else if ((t->old == FLOW_TCP_SYN_RECV ||
		    t->old == FLOW_TCP_ESTABLISHED) &&
		   t->next == FLOW_TCP_ESTABLISHED) {
		flow->status |= LABEL_ASSURED;
	}
	flow->expires = now + timeout;
}

/*
 * dir is 0 if the segment goes the way of the first one, else 1. After
 * FLOW_ACCEPT the segment is the flow's, even if expires is 0: the flow ends
 * with it.
 */
static __always_inline enum flow_act tcp_update(struct flow *flow, int dir,
					const struct tcp_segment *segment,
					const struct flow_tracking *tracking,
					__u64 now)
{
	struct tcp_pass t = {
		.flow = flow,
		.segment = segment,
		.tracking = tracking,
		.sender = &flow->tcp.side[dir & 1],
		.receiver = &flow->tcp.side[~dir & 1],
		.dir = dir & 1,
		.old = flow->state,
		.next = tcp_next_state(flow->state, segment->kind, dir),
	};
	enum tcp_course course = tcp_course(&t);
	enum tcp_fit fit;

	if (course == TCP_REFUSE)
		return FLOW_ACT_INVALID;
	if (course == TCP_REOPEN)
		return FLOW_REPEAT;
	if (course == TCP_LET)
		return FLOW_ACCEPT;
	fit = course == TCP_CHECK ? tcp_fit(&t) : TCP_FITS;
	if (fit == TCP_MISFIT) {
		tcp_misfit(&t, now);
		return FLOW_ACT_INVALID;
	}
	if (fit == TCP_FITS)
		tcp_take(&t, now);
	return FLOW_ACCEPT;
}

/*
 * A flow that is not in the table yet, of which the caller has set proto and
 * endpoints: FLOW_ACCEPT, or FLOW_ACT_INVALID if there is none to begin.
 * expires is how long it will last from when it is stored.
 */
static __always_inline enum flow_act tcp_new(struct flow *flow,
					const struct tcp_segment *segment,
					const struct flow_tracking *tracking)
{
	struct flow_tcp_side *first = &flow->tcp.side[0];
	bool syn = segment->kind == TCP_KIND_SYN;

	if (!syn && !tracking->tcp_loose)
		return FLOW_ACT_INVALID;
	__builtin_memset(&flow->tcp, 0, sizeof(flow->tcp));
	flow->state = FLOW_TCP_NONE;
	flow->status = 0;
	first->end = segment->end;
	first->maxwin = segment->win ? segment->win : 1;
	first->maxend = segment->end;
	if (syn) {
		tcp_side_options(first, segment);
	} else {
		/* Nobody knows what its SYN offered. */
		first->maxend += first->maxwin;
		first->flags = FLOW_TCP_SACK | FLOW_TCP_LIBERAL;
		flow->tcp.side[1].flags = FLOW_TCP_SACK | FLOW_TCP_LIBERAL;
	}
	flow->tcp.last_index = TCP_KIND_NONE;
	return tcp_update(flow, 0, segment, tracking, 0);
}

/* A later fragment of a segment that this side sent goes up to end: else what
 * answers it would be out of the window. */
static __always_inline void tcp_grow(struct flow *flow, int dir, __u32 end)
{
	struct flow_tcp_side *sender = &flow->tcp.side[dir & 1];

	if (seq_after(end, sender->end))
		sender->end = end;
}

/*
 * After a time without tracking the windows say nothing: the next segments set
 * them. One side may then be seen before the other, and acknowledge what was
 * never seen: as with any connection that is taken up in the middle, that is no
 * reason to break it.
 */
static __always_inline void tcp_forget(struct flow *flow)
{
	int i;

	for (i = 0; i < 2; i++) {
		flow->tcp.side[i].maxwin = 0;
		flow->tcp.side[i].flags &= ~FLOW_TCP_MAXACK;
		flow->tcp.side[i].flags |= FLOW_TCP_LIBERAL;
	}
}

#endif
