/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SCTP associations: a packet and the flow it belongs to give the flow as it is
 * behind it, its timeout among it, and what the packet is to the rules; the
 * meaning is that of nf_conntrack_sctp_packet() in the kernel's
 * nf_conntrack_proto_sctp.c.
 *
 * Nothing here calls: it runs under the flow's lock. That a reply was seen is
 * noted by the caller, after the call, as in nf_conntrack_in().
 */
#ifndef SCTP_H
#define SCTP_H

#include "flow.h"
#include "flow_act.h"
#include "sctp_packet.h"
#include "sctp_states.h"

/* Of flow_sctp.flags: a heartbeat had another tag than its side's. */
#define SCTP_HEARTBEAT_FAILED	1u

/* A packet's way through the tracker. */
struct sctp_pass {
	struct flow *flow;
	const struct sctp_packet *packet;
	__u8 dir;
	__u8 unrenewed;		/* let through, but it does not keep the flow */
};

enum sctp_tag {
	SCTP_TAG_GOOD,
	SCTP_TAG_LET,		/* another path's: the chunk changes nothing */
	SCTP_TAG_BAD,
};

/* Packets of only other chunks have the tag of their side (RFC 9260, 8.5). */
static __always_inline bool sctp_packet_good(const struct sctp_pass *t)
{
	const __u32 own_rule = SCTP_BIT(SCTP_INIT) |
			       SCTP_BIT(SCTP_SHUTDOWN_COMPLETE) |
			       SCTP_BIT(SCTP_COOKIE_ECHO) |
			       SCTP_BIT(SCTP_ABORT) |
			       SCTP_BIT(SCTP_SHUTDOWN_ACK) |
			       SCTP_BIT(SCTP_HEARTBEAT) |
			       SCTP_BIT(SCTP_HEARTBEAT_ACK);

	return t->packet->seen & own_rule ||
	       t->packet->vtag == t->flow->sctp.vtag[t->dir & 1];
}

/* The other side's answer to a heartbeat with a new tag makes that tag its
 * own. Returns whether it is such. */
static __always_inline bool sctp_heartbeat_moves(const struct sctp_pass *t)
{
	struct flow_sctp *sctp = &t->flow->sctp;

	if (!(sctp->flags & SCTP_HEARTBEAT_FAILED) || sctp->last_dir == t->dir)
		return false;
	sctp->flags &= ~SCTP_HEARTBEAT_FAILED;
	sctp->vtag[t->dir & 1] = t->packet->vtag;
	sctp->vtag[~t->dir & 1] = 0;
	return true;
}

static __always_inline enum sctp_tag sctp_heartbeat_tag(struct sctp_pass *t,
							__u8 type)
{
	struct flow_sctp *sctp = &t->flow->sctp;
	__u32 *own = &sctp->vtag[t->dir & 1];

	if (!*own) {
		*own = t->packet->vtag;
		return SCTP_TAG_GOOD;
	}
	if (*own == t->packet->vtag) {
		sctp->flags &= ~SCTP_HEARTBEAT_FAILED;
		return SCTP_TAG_GOOD;
	}
	if (t->packet->seen & SCTP_BIT(SCTP_DATA) || t->unrenewed)
		return SCTP_TAG_BAD;
	if (type == SCTP_HEARTBEAT_ACK)
		return sctp_heartbeat_moves(t) ? SCTP_TAG_GOOD : SCTP_TAG_BAD;
	sctp->flags |= SCTP_HEARTBEAT_FAILED;
	sctp->last_dir = t->dir;
	t->unrenewed = 1;
	return SCTP_TAG_LET;
}

/* Chunks with a rule of their own for the packet's tag (RFC 9260, 8.5.1). */
static __always_inline enum sctp_tag sctp_chunk_tag(struct sctp_pass *t,
						    __u8 note)
{
	struct flow_sctp *sctp = &t->flow->sctp;
	__u32 vtag = t->packet->vtag;
	int whose = note & SCTP_NOTE_T ? ~t->dir & 1 : t->dir & 1;
	bool good = true;

	switch (note & SCTP_NOTE_TYPE) {
	case SCTP_INIT:
		good = !vtag;
		break;
	case SCTP_ABORT:
	case SCTP_SHUTDOWN_COMPLETE:
		good = vtag == sctp->vtag[whose];
		break;
	case SCTP_COOKIE_ECHO:
		good = vtag == sctp->vtag[t->dir & 1];
		break;
	case SCTP_COOKIE_ACK:
		sctp->init[0] = 0;
		sctp->init[1] = 0;
		break;
	case SCTP_HEARTBEAT:
	case SCTP_HEARTBEAT_ACK:
		return sctp_heartbeat_tag(t, note & SCTP_NOTE_TYPE);
	}
	return good ? SCTP_TAG_GOOD : SCTP_TAG_BAD;
}

/* An INIT says what tag the other side is to use. One that says again what is
 * known is late, or sent again: it allows no other tags. */
static __always_inline int sctp_init(struct sctp_pass *t, __u8 next)
{
	struct flow_sctp *sctp = &t->flow->sctp;
	__u8 *own = &sctp->init[t->dir & 1], *peer = &sctp->init[~t->dir & 1];
	__u32 *vtag = &sctp->vtag[~t->dir & 1];
	__u8 state = t->flow->state;

	if (!t->packet->init_whole)
		return -1;
	if (state == FLOW_SCTP_NONE || *vtag != t->packet->init_tag) {
		if (*own)
			*peer = 0;
		*own = 1;
	}
	*vtag = t->packet->init_tag;
	/* One sent again does not keep the flow. */
	if (state == FLOW_SCTP_CLOSED && next == FLOW_SCTP_CLOSED)
		t->unrenewed = 1;
	return 0;
}

/* Its tag may differ from the one before only if the other side has sent an
 * INIT since, and not if both have: then their INITs met on the way. */
static __always_inline int sctp_init_ack(struct sctp_pass *t)
{
	struct flow_sctp *sctp = &t->flow->sctp;
	__u8 own = sctp->init[t->dir & 1], peer = sctp->init[~t->dir & 1];
	__u32 *vtag = &sctp->vtag[~t->dir & 1];
	bool differs = *vtag != t->packet->init_tag;

	if (!t->packet->init_whole || (!peer && *vtag && differs) ||
	    (own && peer && differs))
		return -1;
	*vtag = t->packet->init_tag;
	return 0;
}

/* Returns 0, or -1 if the packet is not the association's. */
static __always_inline int sctp_follow(struct sctp_pass *t, __u8 note)
{
	struct flow *flow = t->flow;
	__u8 type = note & SCTP_NOTE_TYPE;
	enum sctp_tag tag = sctp_chunk_tag(t, note);
	__u8 next = sctp_next_state(flow->state, type, t->dir);

	if (tag != SCTP_TAG_GOOD)
		return tag == SCTP_TAG_LET ? 0 : -1;
	if (next == SCTP_INVALID)
		return -1;
	if (type == SCTP_INIT && sctp_init(t, next))
		return -1;
	if (type == SCTP_INIT_ACK && sctp_init_ack(t))
		return -1;
	if (next == FLOW_SCTP_ESTABLISHED && flow->state != next)
		flow->status |= LABEL_ASSURED;
	flow->state = next;
	return 0;
}

int sctp_update(struct flow *flow, int dir, const struct sctp_packet *packet,
		const struct flow_tracking *tracking, __u64 now);

/*
 * dir is 0 if the packet goes the way of the first one, else 1. What chunks
 * before a bad one have changed stays so. Not static, so that the verifier goes
 * through it once; so it wants to see that what is given is there. Returns enum
 * flow_act.
 */
__noinline int sctp_update(struct flow *flow, int dir,
			   const struct sctp_packet *packet,
			   const struct flow_tracking *tracking, __u64 now)
{
	struct sctp_pass t = {
		.flow = flow,
		.packet = packet,
		.dir = dir & 1,
	};
	__u32 i;

	if (!flow || !packet || !tracking || !sctp_packet_good(&t))
		return FLOW_ACT_INVALID;
	for (i = 0; i < SCTP_CHUNKS && i < packet->nr; i++) {
		/* Keeps the loop one, that is, the program small. */
		asm volatile("" : "+r"(i));
		if (sctp_follow(&t, packet->chunk[i & (SCTP_CHUNKS - 1)]))
			return FLOW_ACT_INVALID;
	}
	/* The bound is for the verifier: no state is above it. */
	if (!t.unrenewed && flow->state < NR_FLOW_SCTP_STATES)
		flow->expires = now + tracking->timeout[TIMEOUT_SCTP +
							flow->state];
	return FLOW_ACCEPT;
}

/* What a first packet must not hold: nobody began what these end, and DATA
 * alone tells no tag of the other side's. */
static __always_inline bool sctp_out_of_the_blue(const struct sctp_packet *s)
{
	return s->other || s->seen & (SCTP_BIT(SCTP_ABORT) |
				      SCTP_BIT(SCTP_SHUTDOWN_COMPLETE) |
				      SCTP_BIT(SCTP_COOKIE_ACK));
}

/*
 * A flow that is not in the table yet, of which the caller has set proto and
 * endpoints: FLOW_ACCEPT, or FLOW_ACT_INVALID if there is none to begin.
 * expires is how long it will last from when it is stored.
 */
static __always_inline int sctp_new(struct flow *flow,
				    const struct sctp_packet *packet,
				    const struct flow_tracking *tracking)
{
	struct flow_sctp *sctp = &flow->sctp;

	if (sctp_out_of_the_blue(packet))
		return FLOW_ACT_INVALID;
	__builtin_memset(sctp, 0, sizeof(*sctp));
	flow->state = FLOW_SCTP_NONE;
	flow->status = 0;
	if (packet->seen & SCTP_BIT(SCTP_INIT))
		sctp->vtag[1] = packet->init_tag;
	if (packet->seen & SCTP_BIT(SCTP_HEARTBEAT))
		sctp->vtag[0] = packet->vtag;
	/* A SHUTDOWN COMPLETE with this very tag answers it. */
	if (packet->seen & SCTP_BIT(SCTP_SHUTDOWN_ACK))
		sctp->vtag[1] = packet->vtag;
	return sctp_update(flow, 0, packet, tracking, 0);
}

#endif
