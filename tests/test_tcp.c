// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TCP tracker: what is read of a segment, every transition between states,
 * how connections begin and end. What is expected is reasoned from the kernel's
 * nf_conntrack_proto_tcp.c.
 */
#include "shot.h"

/* --- Reading ---------------------------------------------------------------*/

static void reads_flags(void **state)
{
	static const char *const good[] = { "S", "SU", "SA", "R", "RA", "FA",
					    "FAU", "A", "AU" };
	unsigned int flags, i, wanted;

	(void)state;
	for (flags = 0; flags < 256; flags++) {
		wanted = 0;
		for (i = 0; i < 9; i++)		/* PSH, ECE, CWR aside */
			wanted |= (flags & 0x37) == shot_flags(good[i]);
		assert_int_equal(tcp_flags_good(flags), wanted);
	}
}

static void reads_numbers(void **state)
{
	struct shot s = { ORIGINAL, "SF", 0xfffffff0, 7, 100, 513, 0, 0 };
	struct shots b;

	(void)state;
	shots_init(&b);
	assert_int_equal(shot_read(&b, &s), -1);
	s.flags = "FAP";
	assert_int_equal(shot_read(&b, &s), 0);
	assert_int_equal(b.segment.seq, 0xfffffff0);
	assert_int_equal(b.segment.end, 0x55);	/* 100 bytes and the FIN */
	assert_int_equal(b.segment.ack, 7);
	assert_int_equal(b.segment.sack, 7);
	assert_int_equal(b.segment.win, 513);
	assert_int_equal(b.segment.kind, TCP_KIND_FIN);
	assert_int_equal(b.segment.options, 0);
}

/* What the options give: flags of the side, scale, sack (ack is 1000). */
static const struct {
	const char *bytes;
	uint32_t len;
	uint8_t side;
	uint8_t scale;
	uint32_t sack;
} option_cases[] = {
#define CASE(bytes, ...) { bytes, sizeof(bytes) - 1, __VA_ARGS__ }
	CASE("\2\4\5\xb4", 0, 0, 1000),
	CASE("\1\1\x8\xa\0\0\0\1\0\0\0\1", 0, 0, 1000),
	CASE("\1\3\3\7", FLOW_TCP_SCALE, 7, 1000),
	CASE("\1\3\3\x10", FLOW_TCP_SCALE, 14, 1000),
	CASE("\1\3\2\7", 0, 0, 1000),		/* then 7 is silly */
	CASE("\3\4\7\0", 0, 0, 1000),
	CASE("\4\2\1\1", FLOW_TCP_SACK, 0, 1000),
	CASE("\4\3\0\1", 0, 0, 1000),
	CASE("\2\4\5\xb4\4\2\x8\xa\0\0\0\1\0\0\0\0\1\3\3\5",
	     FLOW_TCP_SCALE | FLOW_TCP_SACK, 5, 1000),
	CASE("\0\4\2\0", 0, 0, 1000),		/* behind the end */
	CASE("\4\2\2\3\3\3\7\0", FLOW_TCP_SACK, 0, 1000),
	CASE("\4\2\2\1\3\3\7\0", FLOW_TCP_SACK, 0, 1000),	/* size 1 */
	CASE("\x22\7\3\3\7\4\2\0", 0, 0, 1000),
	CASE("\x22\5\3\3\7\4\2\0", FLOW_TCP_SACK, 0, 1000),
	CASE("\1\1\1\3", 0, 0, 1000),		/* no room for a size */
	CASE("\1\1\3\3", 0, 0, 1000),		/* nor for the value */
	CASE("\1\1\5\xa\0\0\x7\xd0\0\0\x8\x34", 0, 0, 2100),
	CASE("\1\1\5\xa\0\0\x1\xd0\0\0\x2\x34", 0, 0, 1000),	/* below ack */
	CASE("\1\1\5\x12\0\0\x7\xd0\0\0\x8\x34\0\0\x9\xd0\0\0\xa\x34",
	     0, 0, 2612),
	CASE("\1\1\5\x12\0\0\x9\xd0\0\0\xa\x34\0\0\x7\xd0\0\0\x8\x34",
	     0, 0, 2612),
	CASE("\1\1\5\xb\0\0\x7\xd0\0\0\x8\x34\1\1\1\1", 0, 0, 1000),
	CASE("\1\1\5\x9\0\0\x7\xd0\0\0\x8\0", 0, 0, 1000),
	/* The first of two; with one that is no such before it, that. */
	CASE("\5\xa\0\0\x7\xd0\0\0\x8\x34\5\xa\0\0\x9\xd0\0\0\xa\x34",
	     0, 0, 2100),
	CASE("\5\2\5\xa\0\0\x9\xd0\0\0\xa\x34", 0, 0, 2612),
	CASE("\1\1\x8\xa\0\0\0\1\0\0\0\1\1\1\5\x1a"
	     "\0\0\x7\xd0\0\0\x8\x34\0\0\x9\xd0\0\0\xa\x34"
	     "\0\0\xb\xd0\0\0\xc\x34", 0, 0, 3124),
	CASE("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"
	     "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\3\3\2", FLOW_TCP_SCALE, 2,
	     1000),
#undef CASE
};

static void reads_options(void **state)
{
	struct shot s = { ORIGINAL, "SA", 1, 1000, 4, 1, 0, 0 };
	struct shots b;
	unsigned int i;

	(void)state;
	shots_init(&b);
	for (i = 0; i < sizeof(option_cases) / sizeof(*option_cases); i++) {
		b.options = option_cases[i].bytes;
		b.options_len = option_cases[i].len;
		assert_int_equal(b.options_len % 4, 0);
		assert_int_equal(shot_read(&b, &s), 0);
		assert_int_equal(b.segment.options, 1);
		assert_int_equal(b.segment.side, option_cases[i].side);
		assert_int_equal(b.segment.scale, option_cases[i].scale);
		assert_int_equal(b.segment.sack, option_cases[i].sack);
		assert_int_equal(b.segment.end, 6);
	}
}

/* Whatever the bytes: no step outside of them (the sanitizers look). */
static void reads_anything(void **state)
{
	static const uint8_t kinds[] = { 0, 1, 2, 3, 4, 5, 8, 10, 18, 255 };
	struct tcp_segment segment;
	uint8_t bytes[SHOT_L4 + 60];
	struct packet p = { 0 };
	uint64_t seed = 7;
	int round, i;

	(void)state;
	for (round = 0; round < 20000; round++) {
		p.l4_len = TCP_HEADER + 4 * unit_below(&seed, 11);
		for (i = 0; i < (int)sizeof(bytes); i++)
			bytes[i] = kinds[unit_below(&seed, sizeof(kinds))];
		bytes[SHOT_L4 + 12] = p.l4_len / 4 << 4;
		bytes[SHOT_L4 + 13] = TCP_ACK;
		assert_int_equal(shot_read_packet(bytes, &p, &segment), 0);
		assert_true(segment.scale <= 14);
	}
}

/* --- Transitions -----------------------------------------------------------*/

/*
 * In the order of the states from NONE on, as the kernel's source lists them;
 * -- is invalid, .. is ignored.
 */
static const struct {
	const char *flags;
	int dir;
	const char *next;
} transitions[] = {
	/*		    NO SS SR ES FW CW LA TW CL S2 */
	{ "S",  ORIGINAL, "SS SS .. .. .. .. .. SS SS S2" },
	{ "SA", ORIGINAL, "-- -- SR -- -- -- -- -- -- SR" },
	{ "FA", ORIGINAL, "-- -- FW FW LA LA LA TW CL --" },
	{ "A",  ORIGINAL, "ES -- ES ES CW CW TW TW CL --" },
	{ "R",  ORIGINAL, "-- CL CL CL CL CL CL CL CL CL" },
	{ "S",  REPLY,    "-- S2 -- -- -- -- -- SS -- S2" },
	{ "SA", REPLY,    "-- SR .. .. .. .. .. .. .. SR" },
	{ "FA", REPLY,    "-- -- FW FW LA LA LA TW CL --" },
	{ "A",  REPLY,    "-- .. SR ES CW CW TW TW CL .." },
	{ "R",  REPLY,    "-- CL CL CL CL CL CL CL CL CL" },
};

static int state_named(const char *name)
{
	static const char *const names = "NO SS SR ES FW CW LA TW CL S2";
	int i;

	for (i = 0; i < NR_FLOW_TCP_STATES; i++)
		if (!strncmp(names + 3 * i, name, 2))
			return i;
	return -1;
}

/* A flow that lets any numbers pass, in this state and seen from both sides. */
static void stage(struct shots *b, int state)
{
	int i;

	shots_init(b);
	b->flow.state = state;
	b->flow.status = LABEL_SEEN_REPLY;
	b->flow.expires = SHOT_NOW + 5;
	b->flow.tcp.last_index = TCP_KIND_NONE;
	b->flow.tcp.last_win = 1;
	for (i = 0; i < 2; i++)
		b->flow.tcp.side[i] = (struct flow_tcp_side){
			.end = 1000, .maxend = 2000, .maxwin = 1000,
			.flags = FLOW_TCP_LIBERAL | FLOW_TCP_CLOSE_INIT,
		};
}

static void moves(const char *flags, int dir, int from, const char *to)
{
	struct shot s = { dir, flags, 1000, 1000, 0, 100, 0, 0 };
	enum flow_act act = FLOW_ACCEPT;
	int next = state_named(to);
	struct shots b;

	stage(&b, from);
	if (next == FLOW_TCP_SYN_SENT && from >= FLOW_TCP_TIME_WAIT)
		act = FLOW_REPEAT;
	else if (*to == '-')
		act = FLOW_ACT_INVALID;
	assert_int_equal(shot_read(&b, &s), 0);
	assert_int_equal(tcp_update(&b.flow, dir, &b.segment, &b.tracking,
				    SHOT_NOW), act);
	assert_int_equal(b.flow.state,
			 act != FLOW_ACCEPT || next < 0 ? from : next);
	if (act != FLOW_ACCEPT || next < 0)
		assert_int_equal(b.flow.expires, SHOT_NOW + 5);
	else
		assert_int_equal(left_s(&b),
				 shot_timeouts[TIMEOUT_TCP + next] > 301 ?
				 432000 : shot_timeouts[TIMEOUT_TCP + next]);
}

static void makes_transitions(void **state)
{
	unsigned int i;
	int from;

	(void)state;
	for (i = 0; i < sizeof(transitions) / sizeof(*transitions); i++)
		for (from = FLOW_TCP_SYN_SENT; from < NR_FLOW_TCP_STATES;
		     from++)
			moves(transitions[i].flags, transitions[i].dir, from,
			      transitions[i].next + 3 * from);
}

/* From no state at all. */
static void begins(void **state)
{
	struct shots b;
	unsigned int i;
	int next;

	(void)state;
	for (i = 0; i < 5; i++) {
		next = state_named(transitions[i].next);
		shots_init(&b);
		SHOOT(&b, ORIGINAL, transitions[i].flags, 1, 1, 0, 1,
		      next < 0 ? FLOW_ACT_INVALID : FLOW_ACCEPT,
		      next < 0 ? -1 : next);
	}
}

/* --- Open and close --------------------------------------------------------*/

static void opens_and_closes(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	SHOOT(&b, ORIGINAL, "AP", 1001, 5001, 100, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 301);	/* nobody has acknowledged */
	SHOOT(&b, REPLY, "A", 5001, 1101, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 432000);
	SHOOT(&b, ORIGINAL, "FA", 1101, 5001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_FIN_WAIT);
	assert_int_equal(left_s(&b), 121);
	SHOOT(&b, REPLY, "A", 5001, 1102, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_CLOSE_WAIT);
	assert_int_equal(left_s(&b), 61);
	SHOOT(&b, REPLY, "FA", 5001, 1102, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_LAST_ACK);
	assert_int_equal(left_s(&b), 30);
	SHOOT(&b, ORIGINAL, "A", 1102, 5002, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_TIME_WAIT);
	assert_int_equal(left_s(&b), 122);
	/* Either side may open anew after an orderly close. */
	SHOOT(&b, REPLY, "S", 9000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	assert_int_equal(b.opened, 2);
	assert_int_equal(b.flow.status, 0);
}

static void opens_from_both_sides(void **state)
{
	struct shots b;

	(void)state;
	shots_init(&b);
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	SHOOT(&b, REPLY, "S", 5000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT2);
	assert_int_equal(left_s(&b), 120);	/* as a SYN sent again */
	SHOOT(&b, ORIGINAL, "SA", 1000, 5001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	SHOOT(&b, REPLY, "SA", 5000, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	/* An ACK of the other side's opens it here, and only here. */
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_true(b.flow.status & LABEL_ASSURED);

	shots_init(&b);
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	SHOOT(&b, REPLY, "SA", 5000, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
}

static void sends_syn_again(void **state)
{
	struct shots b;

	(void)state;
	shots_init(&b);
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	b.now += 100 * SHOT_HZ;
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	assert_int_equal(left_s(&b), 20);	/* it does not keep the flow */
	/* One with higher numbers begins the side anew. */
	SHOOT(&b, ORIGINAL, "S", 7000, 0, 0, 500, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	assert_int_equal(b.flow.tcp.side[0].end, 7001);
	SHOOT(&b, REPLY, "SA", 5000, 7001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	SHOOT(&b, REPLY, "SA", 5000, 7001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	SHOOT(&b, ORIGINAL, "S", 7000, 0, 0, 500, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
}

static void is_refused(void **state)
{
	struct shots b;

	(void)state;
	shots_init(&b);
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	SHOOT(&b, REPLY, "RA", 0, 1001, 0, 0, FLOW_ACCEPT, -1);
	assert_int_equal(b.flow.state, FLOW_TCP_CLOSE);

	shots_init(&b);
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	/* It acknowledges what was not sent. */
	SHOOT(&b, REPLY, "RA", 0, 2001, 0, 0, FLOW_ACT_INVALID,
	      FLOW_TCP_SYN_SENT);
	SHOOT(&b, ORIGINAL, "R", 1001, 0, 0, 0, FLOW_ACCEPT, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_flags),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(reads_options),
		cmocka_unit_test(reads_anything),
		cmocka_unit_test(makes_transitions),
		cmocka_unit_test(begins),
		cmocka_unit_test(opens_and_closes),
		cmocka_unit_test(opens_from_both_sides),
		cmocka_unit_test(sends_syn_again),
		cmocka_unit_test(is_refused),
	};

	return cmocka_run_group_tests_name("tcp", tests, NULL, NULL);
}
