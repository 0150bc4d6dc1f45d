// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segments for the TCP tracker: their bytes, and what the programs do with a
 * segment and its flow.
 */
#include "shot.h"

const uint32_t shot_timeouts[TIMEOUT_UDP] = {
	[TIMEOUT_TCP + FLOW_TCP_SYN_SENT] = 120,
	[TIMEOUT_TCP + FLOW_TCP_SYN_RECV] = 60,
	[TIMEOUT_TCP + FLOW_TCP_ESTABLISHED] = 432000,
	[TIMEOUT_TCP + FLOW_TCP_FIN_WAIT] = 121,
	[TIMEOUT_TCP + FLOW_TCP_CLOSE_WAIT] = 61,
	[TIMEOUT_TCP + FLOW_TCP_LAST_ACK] = 30,
	[TIMEOUT_TCP + FLOW_TCP_TIME_WAIT] = 122,
	[TIMEOUT_TCP + FLOW_TCP_CLOSE] = 10,
	[TIMEOUT_TCP + FLOW_TCP_SYN_SENT2] = 123,
	[TIMEOUT_TCP_RETRANS] = 300,
	[TIMEOUT_TCP_UNACK] = 301,
};

void shots_init(struct shots *b)
{
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->now = SHOT_NOW;
	b->tracking.hz = SHOT_HZ;
	b->tracking.tcp_loose = 1;
	b->tracking.tcp_max_retrans = 3;
	for (i = 0; i < sizeof(shot_timeouts) / sizeof(*shot_timeouts); i++)
		b->tracking.timeout[i] = shot_timeouts[i] * SHOT_HZ;
}

uint8_t shot_flags(const char *text)
{
	static const struct {
		char letter;
		uint8_t bit;
	} letters[] = {
		{ 'S', TCP_SYN }, { 'F', TCP_FIN }, { 'R', TCP_RST },
		{ 'A', TCP_ACK }, { 'U', TCP_URG }, { 'P', 0x08 },
	};
	uint8_t flags = 0;
	unsigned int i;

	for (; *text; text++)
		for (i = 0; i < 6; i++)
			if (letters[i].letter == *text)
				flags |= letters[i].bit;
	return flags;
}

static void put(uint8_t *at, uint32_t value, int size)
{
	while (size--) {
		at[size] = value;
		value >>= 8;
	}
}

int shot_read_packet(const uint8_t *bytes, struct packet *p,
		     struct tcp_segment *segment)
{
	struct native_skb native;

	p->l4 = SHOT_L4;
	p->l4_head = (bytes[SHOT_L4 + 12] >> 4) * 4;
	p->header = HEADER_OK;
	native_init(&native, bytes, SHOT_L4 + p->l4_len);
	return tcp_read(&native.skb, p, segment);
}

uint32_t shot_bytes(const struct shots *b, const struct shot *s, uint8_t *l4)
{
	uint32_t head = TCP_HEADER + b->options_len;

	assert_true(SHOT_L4 + head + s->len <= SHOT_BYTES);
	memset(l4, 0, head + s->len);
	put(l4 + 4, s->seq, 4);
	put(l4 + 8, s->ack, 4);
	l4[12] = head / 4 << 4;
	l4[13] = shot_flags(s->flags);
	put(l4 + 14, s->win, 2);
	if (b->options_len)
		memcpy(l4 + TCP_HEADER, b->options, b->options_len);
	return head + s->len;
}

int shot_read(struct shots *b, const struct shot *s)
{
	uint8_t bytes[SHOT_BYTES] = { 0 };
	struct packet p = {
		.l4_len = shot_bytes(b, s, bytes + SHOT_L4),
		.fragment = b->fragment,
		.total = b->total,
	};

	return shot_read_packet(bytes, &p, &b->segment);
}

enum flow_act shots_track(struct shots *b, int dir)
{
	enum flow_act act = FLOW_REPEAT;

	if (b->flow.expires)
		act = tcp_update(&b->flow, dir, &b->segment, &b->tracking,
				 b->now);
	if (act == FLOW_ACCEPT && dir == REPLY)
		b->flow.status |= LABEL_SEEN_REPLY;
	if (act != FLOW_REPEAT)
		return act;
	b->flow.expires = 0;
	act = tcp_new(&b->flow, &b->segment, &b->tracking);
	if (act == FLOW_ACCEPT) {
		b->flow.expires += b->now;
		b->opened++;
	}
	return act;
}

void shoot(struct shots *b, const struct shot *s)
{
	assert_int_equal(shot_read(b, s), 0);
	assert_int_equal(shots_track(b, s->dir), s->act);
	if (s->state < 0)
		assert_int_equal(b->flow.expires, 0);
	else
		assert_int_equal(b->flow.state, s->state);
}

void shots_open(struct shots *b)
{
	shots_init(b);
	SHOOT(b, ORIGINAL, "S", 1000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	assert_int_equal(left_s(b), 120);
	SHOOT(b, REPLY, "SA", 5000, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	assert_int_equal(left_s(b), 60);
	assert_false(b->flow.status & LABEL_ASSURED);
	SHOOT(b, ORIGINAL, "A", 1001, 5001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(b), 432000);
	assert_true(b->flow.status & LABEL_ASSURED);
}
