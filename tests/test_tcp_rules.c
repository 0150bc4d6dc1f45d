// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TCP tracker: windows, resets, SYNs out of place, timeouts, connections
 * taken up in the middle. What is expected is reasoned from the kernel's
 * nf_conntrack_proto_tcp.c.
 */
#include "shot.h"

/* --- Windows ---------------------------------------------------------------*/

static void keeps_to_windows(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	/* The other side takes up to 11001; what begins behind that and ends
	 * more than another window behind it is no oversight. */
	SHOOT(&b, ORIGINAL, "A", 11002, 5001, 9999, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, ORIGINAL, "A", 21001, 5001, 0, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, ORIGINAL, "A", 11001, 5001, 10, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(b.flow.tcp.side[0].end, 11011);
	assert_int_equal(b.flow.tcp.side[1].maxwin, 10010);

	shots_open(&b);
	/* Acknowledged, though never sent. */
	SHOOT(&b, ORIGINAL, "A", 1001, 5002, 0, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	/* Far below: passes, but does not count. */
	b.now += SHOT_HZ;
	SHOOT(&b, ORIGINAL, "A", 0xffff0000, 5001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 431999);
	SHOOT(&b, ORIGINAL, "A", 1001, 5001 - 66001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 431999);
	SHOOT(&b, ORIGINAL, "A", 1001, 5001 - 66000, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 432000);
	/* The lower bound: what was sent less the other's window. */
	b.now += SHOT_HZ;
	SHOOT(&b, ORIGINAL, "A", 1001 - 10001, 5001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 431999);
	SHOOT(&b, ORIGINAL, "A", 1001 - 10000, 5001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 432000);
}

/* More than the window at a time is let through, so that what answers it fits;
 * but not more than another window. */
static void overshoots(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	b.flow.tcp.side[0].maxend = 1001;	/* the window has closed */
	b.now += SHOT_HZ;
	SHOOT(&b, ORIGINAL, "A", 1002, 5001, 9000, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 431999);
	assert_int_equal(b.flow.tcp.side[0].end, 10002);
	SHOOT(&b, REPLY, "A", 5001, 10002, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);

	shots_open(&b);
	b.flow.tcp.side[0].maxend = 1001;
	SHOOT(&b, ORIGINAL, "A", 1002, 5001, 10000, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(b.flow.tcp.side[0].end, 1001);
}

static void is_liberal(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	b.tracking.tcp_liberal = 1;
	SHOOT(&b, ORIGINAL, "A", 90000, 5001, 10, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(b.flow.tcp.side[0].end, 1001);
	SHOOT(&b, ORIGINAL, "A", 1001, 80000, 10, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, REPLY, "FA", 777777, 1001, 10, 10000, FLOW_ACCEPT,
	      FLOW_TCP_FIN_WAIT);
	SHOOT(&b, REPLY, "S", 777777, 1001, 10, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_FIN_WAIT);
}

static void scales(void **state)
{
	struct shots b;

	(void)state;
	shots_init(&b);
	OPTIONS(&b, "\4\2\1\1\1\3\3\7");
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	OPTIONS(&b, "\4\2\1\1\1\3\3\2");
	SHOOT(&b, REPLY, "SA", 5000, 1001, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	assert_int_equal(b.flow.tcp.side[0].scale, 7);
	assert_int_equal(b.flow.tcp.side[1].scale, 2);
	assert_int_equal(b.flow.tcp.side[0].maxend, 2001);
	NO_OPTIONS(&b);
	SHOOT(&b, ORIGINAL, "A", 1001, 5001, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(b.flow.tcp.side[1].maxend, 5001 + 128000);
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(b.flow.tcp.side[0].maxend, 1001 + 4000);

	/* One side alone does not. */
	shots_init(&b);
	OPTIONS(&b, "\1\3\3\7");
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	OPTIONS(&b, "\2\4\5\xb4");
	SHOOT(&b, REPLY, "SA", 5000, 1001, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	assert_int_equal(b.flow.tcp.side[0].scale, 0);
}

static void acknowledges_blocks(void **state)
{
	struct shots b;

	(void)state;
	shots_init(&b);
	OPTIONS(&b, "\1\1\4\2");
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	SHOOT(&b, REPLY, "SA", 5000, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	NO_OPTIONS(&b);
	SHOOT(&b, ORIGINAL, "A", 1001, 5001, 1000, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	/* Up to 2001 was sent: a block may end there. */
	OPTIONS(&b, "\1\1\5\xa\0\0\x7\x6c\0\0\x7\xd2");
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	OPTIONS(&b, "\1\1\5\xa\0\0\x7\x6c\0\0\x7\xd1");
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(b.flow.tcp.side[0].maxend, 12001);
	assert_int_equal(b.flow.tcp.side[1].maxwin, 11000);
	/* Where they were not agreed on they are not read. */
	b.flow.tcp.side[0].flags &= ~FLOW_TCP_SACK;
	OPTIONS(&b, "\1\1\5\xa\0\0\x7\x6c\0\0\x8\xd2");
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
}

/* --- Resets ----------------------------------------------------------------*/

static void resets(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	/* Below what was acknowledged; within the window; exactly there. */
	SHOOT(&b, REPLY, "R", 5000, 0, 0, 0, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, REPLY, "R", 5002, 0, 0, 0, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 10);
	SHOOT(&b, REPLY, "R", 5001, 0, 0, 0, FLOW_ACCEPT, FLOW_TCP_CLOSE);
	assert_int_equal(left_s(&b), 10);
	/* When it is closed anything may. */
	SHOOT(&b, REPLY, "R", 77, 0, 0, 0, FLOW_ACCEPT, FLOW_TCP_CLOSE);

	shots_open(&b);
	b.tracking.tcp_ignore_rst = 1;
	SHOOT(&b, REPLY, "R", 5000, 0, 0, 0, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);

	/* Behind the data that it follows. */
	shots_open(&b);
	SHOOT(&b, REPLY, "AP", 5001, 1001, 50, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, REPLY, "R", 5051, 1001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_CLOSE);

	/* Over the window: neither. */
	shots_open(&b);
	SHOOT(&b, REPLY, "R", 50000, 0, 0, 0, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
}

static void opens_after_reset(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	SHOOT(&b, ORIGINAL, "R", 1001, 0, 0, 0, FLOW_ACCEPT, FLOW_TCP_CLOSE);
	SHOOT(&b, ORIGINAL, "S", 9000, 0, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	assert_int_equal(b.opened, 2);

	/* Not if the other side has: then the answer decides. */
	shots_open(&b);
	SHOOT(&b, REPLY, "R", 5001, 0, 0, 0, FLOW_ACCEPT, FLOW_TCP_CLOSE);
	SHOOT(&b, ORIGINAL, "S", 9000, 0, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_CLOSE);
	SHOOT(&b, REPLY, "SA", 7000, 9001, 0, 1000, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	assert_int_equal(b.opened, 1);
}

/* --- SYNs out of place -----------------------------------------------------*/

static void opens_over_a_live_one(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	OPTIONS(&b, "\4\2\1\3\3\3\1\1");
	SHOOT(&b, ORIGINAL, "S", 90000, 0, 0, 700, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	NO_OPTIONS(&b);
	/* Not its answer, then its answer. */
	SHOOT(&b, REPLY, "SA", 70000, 90000, 0, 800, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	OPTIONS(&b, "\4\2\1\3\3\3\1\1");
	SHOOT(&b, ORIGINAL, "S", 90000, 0, 0, 700, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, REPLY, "SA", 70000, 90001, 0, 800, FLOW_ACCEPT,
	      FLOW_TCP_SYN_RECV);
	NO_OPTIONS(&b);
	assert_int_equal(b.flow.tcp.side[0].scale, 3);
	assert_int_equal(b.flow.tcp.side[0].flags & 3,
			 FLOW_TCP_SCALE | FLOW_TCP_SACK);
	SHOOT(&b, ORIGINAL, "A", 90001, 70001, 0, 700, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	b.now += SHOT_HZ;
	SHOOT(&b, ORIGINAL, "A", 1001, 5001, 0, 700, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 431999);	/* of before: it is late */
}

static void resets_what_was_let_by(void **state)
{
	struct shots b;

	(void)state;
	/* A SYN to a live connection, and the RST that refuses it. */
	shots_open(&b);
	SHOOT(&b, ORIGINAL, "S", 90000, 0, 0, 700, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, REPLY, "RA", 0, 90001, 0, 0, FLOW_ACCEPT, FLOW_TCP_CLOSE);

	/* A SYN to a host that holds an older connection: its challenge, and
	 * the RST that the challenge asks for. */
	shots_init(&b);
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 700, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	SHOOT(&b, REPLY, "A", 70000, 33333, 0, 700, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
	SHOOT(&b, ORIGINAL, "R", 33333, 0, 0, 0, FLOW_ACCEPT, FLOW_TCP_CLOSE);
	assert_int_equal(left_s(&b), 10);
}

static void challenges_at_the_end(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	SHOOT(&b, ORIGINAL, "FA", 1001, 5001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_FIN_WAIT);
	SHOOT(&b, REPLY, "FA", 5001, 1002, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_LAST_ACK);
	SHOOT(&b, ORIGINAL, "S", 90000, 0, 0, 700, FLOW_ACCEPT,
	      FLOW_TCP_LAST_ACK);
	b.now += SHOT_HZ;
	SHOOT(&b, REPLY, "A", 5002, 1002, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_LAST_ACK);
	assert_int_equal(left_s(&b), 29);
	/* Only once. */
	SHOOT(&b, REPLY, "A", 5002, 1002, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_TIME_WAIT);
}

/* --- Timeouts --------------------------------------------------------------*/

static void gives_up_waiting(void **state)
{
	struct shots b;
	int i;

	(void)state;
	shots_open(&b);
	for (i = 0; i < 4; i++) {
		/* The first one is the end of the handshake. */
		SHOOT(&b, ORIGINAL, "A", 1001, 5001, 0, 10000, FLOW_ACCEPT,
		      FLOW_TCP_ESTABLISHED);
		assert_int_equal(left_s(&b), i < 2 ? 432000 : 300);
	}
	SHOOT(&b, ORIGINAL, "A", 1001, 5001, 0, 10001, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 432000);
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 0, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 300);	/* a window of 0 */
	b.tracking.tcp_max_retrans = 0;
	SHOOT(&b, REPLY, "A", 5001, 1001, 0, 1, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 300);
}

static void shortens_after_misfits(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	SHOOT(&b, ORIGINAL, "FA", 90000, 5001, 0, 1, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, ORIGINAL, "FA", 90000, 5001, 0, 1, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 432000);
	SHOOT(&b, REPLY, "A", 90000, 1001, 0, 1, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 432000);
	SHOOT(&b, REPLY, "FA", 90000, 1001, 0, 1, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 301);
	/* Not one that has little left, and not longer. */
	b.tracking.timeout[TIMEOUT_TCP_UNACK] = 50 * SHOT_HZ;
	b.flow.expires = b.now + 119 * SHOT_HZ;
	SHOOT(&b, REPLY, "FA", 90000, 1001, 0, 1, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 119);
	b.flow.expires = b.now + 120 * SHOT_HZ;
	SHOOT(&b, REPLY, "FA", 90000, 1001, 0, 1, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 50);
}

/* --- Taken up in the middle ------------------------------------------------*/

static void picks_up(void **state)
{
	struct shots b;

	(void)state;
	shots_init(&b);
	SHOOT(&b, ORIGINAL, "A", 1000, 500000, 10, 10, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 300);	/* nothing came back */
	b.tracking.timeout[TIMEOUT_TCP_RETRANS] = 500 * SHOT_HZ;
	SHOOT(&b, ORIGINAL, "A", 1010, 500000, 10, 10, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(left_s(&b), 301);
	/* Whatever the numbers; the first answer keeps it, the next is one
	 * that assures it. */
	SHOOT(&b, REPLY, "A", 77, 1020, 10, 10, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_false(b.flow.status & LABEL_ASSURED);
	SHOOT(&b, ORIGINAL, "A", 90000000, 5, 10, 10, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_true(b.flow.status & LABEL_ASSURED);

	shots_init(&b);
	b.tracking.tcp_loose = 0;
	SHOOT(&b, ORIGINAL, "A", 1000, 500000, 10, 10, FLOW_ACT_INVALID, -1);
	SHOOT(&b, ORIGINAL, "S", 1000, 0, 0, 10, FLOW_ACCEPT,
	      FLOW_TCP_SYN_SENT);
}

static void forgets_windows(void **state)
{
	struct shots b;

	(void)state;
	shots_open(&b);
	b.flow.tcp.side[0].scale = 3;
	tcp_forget(&b.flow);
	SHOOT(&b, ORIGINAL, "A", 90000, 70000, 10, 100, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	assert_int_equal(b.flow.tcp.side[0].maxwin, 800);
	SHOOT(&b, REPLY, "A", 70000, 90010, 10, 100, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, REPLY, "A", 1, 90010, 10, 100, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	/* As one that is taken up in the middle. */
	SHOOT(&b, REPLY, "A", 170000, 90010, 10, 100, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
}

/* --- Fragments -------------------------------------------------------------*/

static void counts_fragments(void **state)
{
	struct shots b;

	(void)state;
	/* The last one came first: the length is known. */
	shots_open(&b);
	b.fragment = FRAGMENT_FIRST;
	b.total = 20 + 3000;
	SHOOT(&b, ORIGINAL, "A", 1001, 5001, 1000, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	b.fragment = FRAGMENT_NONE;
	SHOOT(&b, REPLY, "A", 5001, 4002, 0, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, REPLY, "A", 5001, 4001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);

	/* Else it grows. */
	shots_open(&b);
	b.fragment = FRAGMENT_FIRST;
	b.total = 0;
	SHOOT(&b, ORIGINAL, "A", 1001, 5001, 1000, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
	b.fragment = FRAGMENT_NONE;
	SHOOT(&b, REPLY, "A", 5001, 4001, 0, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	tcp_grow(&b.flow, ORIGINAL, 4001);
	tcp_grow(&b.flow, ORIGINAL, 3001);
	SHOOT(&b, REPLY, "A", 5001, 4002, 0, 10000, FLOW_ACT_INVALID,
	      FLOW_TCP_ESTABLISHED);
	SHOOT(&b, REPLY, "A", 5001, 4001, 0, 10000, FLOW_ACCEPT,
	      FLOW_TCP_ESTABLISHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_to_windows),
		cmocka_unit_test(overshoots),
		cmocka_unit_test(is_liberal),
		cmocka_unit_test(scales),
		cmocka_unit_test(acknowledges_blocks),
		cmocka_unit_test(resets),
		cmocka_unit_test(opens_after_reset),
		cmocka_unit_test(opens_over_a_live_one),
		cmocka_unit_test(resets_what_was_let_by),
		cmocka_unit_test(challenges_at_the_end),
		cmocka_unit_test(gives_up_waiting),
		cmocka_unit_test(shortens_after_misfits),
		cmocka_unit_test(picks_up),
		cmocka_unit_test(forgets_windows),
		cmocka_unit_test(counts_fragments),
	};

	return cmocka_run_group_tests_name("tcp_rules", tests, NULL, NULL);
}
