/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An SCTP packet as the tracker sees it. sctp_read() walks over its chunks
 * before the flow's lock is taken, as under the lock no helper may be called.
 * What it refuses sctp_error() and do_basic_checks() in the kernel's
 * nf_conntrack_proto_sctp.c refuse; the checksum is a question of its own.
 */
#ifndef SCTP_PACKET_H
#define SCTP_PACKET_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"
#include "crc32c.h"
#include "packet.h"
#include "parse.h"
#include "sctp_states.h"

#define SCTP_HEADER	12u
#define SCTP_CHUNK_HEADER	4u
#define SCTP_INIT_SIZE	20u	/* chunk header included */
#define SCTP_STEPS	(65535 / SCTP_CHUNK_HEADER + 1)

/* How many chunks that change the state a packet may have: what no end sends
 * is refused, as they are to be followed under the lock. */
#define SCTP_CHUNKS	8u

#define SCTP_FLAG_T	0x01	/* of a chunk: the tag is the other side's */
#define SCTP_NOTE_T	0x80	/* of a noted chunk: it has that */
#define SCTP_NOTE_TYPE	0x0f

/* It must lie in a map, as what a step over the chunks knows from those before
 * is in it. Tags are in host order. */
struct sctp_packet {
	__u32 vtag;
	__u32 init_tag;
	__u32 seen;		/* SCTP_BIT of the types below 16 */
	__u32 at;
	__u32 end;
	__u8 nr;		/* of chunks noted */
	__u8 chunk[SCTP_CHUNKS];	/* type, SCTP_NOTE_T */
	__u8 other;		/* chunks that change no state, DATA too */
	__u8 init_whole;
	__u8 alone;		/* a chunk that nothing may follow */
	__u8 broken;
	struct crc32c crc;
};

struct sctp_chunk_head {
	__u8 type;
	__u8 flags;
	__be16 length;
};

struct sctp_walk {
	struct __sk_buff *skb;
	struct sctp_packet *packet;
};

static __always_inline bool sctp_is_control(__u8 type)
{
	return type < 16 && SCTP_CONTROL >> type & 1;
}

static __always_inline bool sctp_goes_alone(__u8 type)
{
	return type == SCTP_INIT || type == SCTP_INIT_ACK ||
	       type == SCTP_SHUTDOWN_COMPLETE;
}

/* Some chunks are the only one of their packet, or the first one. */
static __always_inline bool sctp_misplaced(const struct sctp_packet *s,
					   __u8 type)
{
	return s->alone || sctp_goes_alone(type) || type == SCTP_COOKIE_ECHO ||
	       type == SCTP_COOKIE_ACK;
}

/* An INIT that is cut off has no tag. */
static __always_inline void sctp_init_read(struct __sk_buff *skb,
					   struct sctp_packet *s)
{
	__be32 tag;

	if (s->at + SCTP_INIT_SIZE > s->end ||
	    bpf_skb_load_bytes(skb, s->at + SCTP_CHUNK_HEADER, &tag,
			       sizeof(tag)))
		return;
	s->init_tag = bpf_ntohl(tag);
	s->init_whole = 1;
}

/* Returns 0, or -1 if there are too many to note. */
static __always_inline int sctp_note(struct sctp_packet *s,
				     const struct sctp_chunk_head *h)
{
	if (h->type < 16)
		s->seen |= SCTP_BIT(h->type);
	if (!sctp_is_control(h->type)) {
		s->other = 1;
		return 0;
	}
	if (s->nr >= SCTP_CHUNKS)
		return -1;
	s->chunk[s->nr & (SCTP_CHUNKS - 1)] =
		h->type | (h->flags & SCTP_FLAG_T ? SCTP_NOTE_T : 0);
	s->nr++;
	return 0;
}

static long sctp_chunk_step(__u32 i, struct sctp_walk *walk)
{
	struct sctp_packet *s = walk->packet;
	struct sctp_chunk_head h;

	if (s->at + SCTP_CHUNK_HEADER > s->end ||
	    bpf_skb_load_bytes(walk->skb, s->at, &h, sizeof(h)))
		return 1;
	if (!h.length || (i && sctp_misplaced(s, h.type)) ||
	    sctp_note(s, &h)) {
		s->broken = 1;
		return 1;
	}
	s->alone = sctp_goes_alone(h.type);
	if (h.type == SCTP_INIT || h.type == SCTP_INIT_ACK)
		sctp_init_read(walk->skb, s);
	s->at += (bpf_ntohs(h.length) + 3u) & ~3u;
	return 0;
}

/* Returns 0, or -1 if the packet belongs to no association. */
static __always_inline int sctp_read(struct __sk_buff *skb,
				     const struct packet *p,
				     struct sctp_packet *s)
{
	struct sctp_walk walk = { .skb = skb, .packet = s };
	__be32 vtag;

	if (p->header != HEADER_OK ||
	    load_bytes(skb, p->l4 + 4, &vtag, sizeof(vtag)))
		return -1;
	s->vtag = bpf_ntohl(vtag);
	s->seen = 0;
	s->at = p->l4 + SCTP_HEADER;
	s->end = p->l4 + p->l4_len;
	s->nr = 0;
	s->other = 0;
	s->init_whole = 0;
	s->alone = 0;
	s->broken = 0;
	bpf_loop(SCTP_STEPS, sctp_chunk_step, &walk, 0);
	return s->broken || !(s->nr || s->other) ? -1 : 0;
}

/* The header's own field counts as zeros. */
static __always_inline bool sctp_checksum_good(struct __sk_buff *skb,
					       const struct packet *p,
					       struct sctp_packet *s)
{
	struct crc32c *c = &s->crc;
	__u32 head[SCTP_HEADER / 4];

	if (p->l4_len < SCTP_HEADER ||
	    load_bytes(skb, p->l4, head, sizeof(head)))
		return false;
	c->sum = crc32c_word(crc32c_words(~0u, head[0], head[1]), 0);
	c->at = p->l4 + SCTP_HEADER;
	c->left = p->l4_len - SCTP_HEADER;
	if (crc32c_read(skb, c))
		return false;
	return crc32c_little(~c->sum) == head[2];
}

#endif
