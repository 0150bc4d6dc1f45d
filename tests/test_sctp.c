// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The SCTP tracker's headers, compiled for the host: the walk over chunks,
 * every transition, verification tags, heartbeats, and CRC32c. What is expected
 * is reasoned from the kernel's nf_conntrack_proto_sctp.c and from RFC 9260.
 */
#include "native.h"
#include "unit.h"

#include "../bpf/sctp.h"

#define HZ	1000u
#define NOW	(1ull << 33)
#define L4	34u
#define BYTES	65536u

enum { ORIGINAL, REPLY };

/* Chunks of a packet, as bytes; INITs with their tag. */
#define CHUNK(type)		type "\0\0\4"
#define CHUNK_T(type)		type "\1\0\4"
#define CHUNK_INIT(type, tag)	type "\0\0\x14\0\0\0" tag "\0\0\0\0" \
				"\0\0\0\0\0\0\0\0"
#define DATA			CHUNK("\0")
#define INIT(tag)		CHUNK_INIT("\1", tag)
#define INIT_ACK(tag)		CHUNK_INIT("\2", tag)
#define SACK			CHUNK("\3")
#define HEARTBEAT		CHUNK("\4")
#define HEARTBEAT_ACK		CHUNK("\5")
#define ABORT			CHUNK("\6")
#define ABORT_T			CHUNK_T("\6")
#define SHUTDOWN		CHUNK("\7")
#define SHUTDOWN_ACK		CHUNK("\x8")
#define ERROR			CHUNK("\x9")
#define COOKIE_ECHO		CHUNK("\xa")
#define COOKIE_ACK		CHUNK("\xb")
#define SHUTDOWN_COMPLETE	CHUNK("\xe")
#define SHUTDOWN_COMPLETE_T	CHUNK_T("\xe")

struct bench {
	struct flow flow;
	struct flow_tracking tracking;
	struct sctp_packet packet;
	uint64_t now;
};

static const uint32_t timeouts_s[NR_FLOW_SCTP_STATES] = {
	[FLOW_SCTP_CLOSED] = 10,
	[FLOW_SCTP_COOKIE_WAIT] = 3,
	[FLOW_SCTP_COOKIE_ECHOED] = 4,
	[FLOW_SCTP_ESTABLISHED] = 210,
	[FLOW_SCTP_SHUTDOWN_SENT] = 5,
	[FLOW_SCTP_SHUTDOWN_RECD] = 6,
	[FLOW_SCTP_SHUTDOWN_ACK_SENT] = 7,
	[FLOW_SCTP_HEARTBEAT_SENT] = 30,
};

static void bench_init(struct bench *b)
{
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->now = NOW;
	for (i = 0; i < NR_FLOW_SCTP_STATES; i++)
		b->tracking.timeout[TIMEOUT_SCTP + i] = timeouts_s[i] * HZ;
}

static void put(uint8_t *at, uint32_t value)
{
	int i;

	for (i = 3; i >= 0; i--, value >>= 8)
		at[i] = value;
}

static int read_chunks(struct bench *b, uint32_t vtag, const char *chunks,
		       uint32_t len)
{
	static uint8_t bytes[BYTES + L4];
	struct native_skb native;
	struct packet p = {
		.l4 = L4,
		.l4_len = SCTP_HEADER + len,
		.header = HEADER_OK,
	};

	put(bytes + L4 + 4, vtag);
	memcpy(bytes + L4 + SCTP_HEADER, chunks, len);
	native_init(&native, bytes, L4 + p.l4_len);
	return sctp_read(&native.skb, &p, &b->packet);
}

/* As the programs do it. */
static enum flow_act track(struct bench *b, int dir)
{
	enum flow_act act;

	if (b->flow.expires) {
		act = sctp_update(&b->flow, dir, &b->packet, &b->tracking,
				  b->now);
		if (act == FLOW_ACCEPT && dir == REPLY)
			b->flow.status |= LABEL_SEEN_REPLY;
		return act;
	}
	act = sctp_new(&b->flow, &b->packet, &b->tracking);
	if (act == FLOW_ACCEPT)
		b->flow.expires += b->now;
	return act;
}

#define READ(b, vtag, chunks) read_chunks(b, vtag, chunks, sizeof(chunks) - 1)

/* The state after a packet that is let through, and after one that is not. */
#define PASSES(b, dir, vtag, chunks, then) do {			\
	assert_int_equal(READ(b, vtag, chunks), 0);		\
	assert_int_equal(track(b, dir), FLOW_ACCEPT);		\
	assert_int_equal((b)->flow.state, then);		\
} while (0)
#define FAILS(b, dir, vtag, chunks, then) do {			\
	assert_int_equal(READ(b, vtag, chunks), 0);		\
	assert_int_equal(track(b, dir), FLOW_ACT_INVALID);	\
	assert_int_equal((b)->flow.state, then);		\
} while (0)

static uint32_t left_s(const struct bench *b)
{
	return (b->flow.expires - b->now) / HZ;
}

/* Packets to the opener have the tag 'A', those of the opener 'B'. */
static void open_up(struct bench *b)
{
	bench_init(b);
	PASSES(b, ORIGINAL, 0, INIT("A"), FLOW_SCTP_CLOSED);
	assert_int_equal(left_s(b), 10);
	PASSES(b, REPLY, 'A', INIT_ACK("B"), FLOW_SCTP_COOKIE_WAIT);
	assert_int_equal(left_s(b), 3);
	PASSES(b, ORIGINAL, 'B', COOKIE_ECHO, FLOW_SCTP_COOKIE_ECHOED);
	assert_int_equal(left_s(b), 4);
	assert_false(b->flow.status & LABEL_ASSURED);
	PASSES(b, REPLY, 'A', COOKIE_ACK, FLOW_SCTP_ESTABLISHED);
	assert_int_equal(left_s(b), 210);
	assert_true(b->flow.status & LABEL_ASSURED);
}

/* --- Reading ---------------------------------------------------------------*/

static void reads_chunks(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	assert_int_equal(READ(&b, 1, ""), -1);
	assert_int_equal(READ(&b, 1, "\0\0\0"), -1);
	assert_int_equal(READ(&b, 1, "\0\0\0\0"), -1);
	assert_int_equal(READ(&b, 1, DATA), 0);
	assert_int_equal(READ(&b, 1, "\0\0\0\1"), 0);
	assert_int_equal(READ(&b, 1, "\0\0\0\5...." SACK), 0);
	assert_int_equal(b.packet.seen, 9);	/* 5 is padded to 8 */
	assert_int_equal(READ(&b, 1, "\0\0\xff\xff"), 0);
	assert_int_equal(READ(&b, 1, SACK "\0\0\0\0"), -1);
	assert_int_equal(READ(&b, 1, SACK "\0\0\0"), 0);

	assert_int_equal(READ(&b, 0, INIT("A")), 0);
	assert_int_equal(b.packet.init_whole, 1);
	assert_int_equal(b.packet.init_tag, 'A');
	assert_int_equal(b.packet.nr, 1);
	assert_int_equal(b.packet.other, 0);
	assert_int_equal(READ(&b, 0, "\1\0\0\x14\0\0\0A\0\0\0\0\0\0\0\0\0\0\0"),
			 0);
	assert_int_equal(b.packet.init_whole, 0);
}

static void reads_order(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	assert_int_equal(READ(&b, 0, INIT("A") DATA), -1);
	assert_int_equal(READ(&b, 0, DATA INIT("A")), -1);
	assert_int_equal(READ(&b, 0, INIT_ACK("A") SACK), -1);
	assert_int_equal(READ(&b, 0, SHUTDOWN_COMPLETE ABORT), -1);
	assert_int_equal(READ(&b, 0, DATA SHUTDOWN_COMPLETE), -1);
	assert_int_equal(READ(&b, 0, SACK COOKIE_ECHO), -1);
	assert_int_equal(READ(&b, 0, SACK COOKIE_ACK), -1);
	assert_int_equal(READ(&b, 0, COOKIE_ECHO DATA), 0);
	assert_int_equal(READ(&b, 0, COOKIE_ACK SACK DATA), 0);
	assert_int_equal(READ(&b, 0, SHUTDOWN ERROR ABORT_T), 0);
	assert_int_equal(b.packet.nr, 3);
	assert_int_equal(b.packet.chunk[0], 7);
	assert_int_equal(b.packet.chunk[2], 6 | SCTP_NOTE_T);
	assert_int_equal(READ(&b, 0, ERROR ERROR ERROR ERROR
			      ERROR ERROR ERROR ERROR), 0);
	assert_int_equal(READ(&b, 0, ERROR ERROR ERROR ERROR
			      ERROR ERROR ERROR ERROR ERROR), -1);
}

/* As many chunks as an IPv4 packet can hold. */
static void reads_many(void **state)
{
	static char chunks[BYTES - 64];
	struct bench b;
	uint32_t i;

	(void)state;
	bench_init(&b);
	for (i = 0; i < sizeof(chunks); i += 4)
		memcpy(chunks + i, "\3\0\0\4", 4);
	chunks[sizeof(chunks) - 4] = 9;
	assert_int_equal(read_chunks(&b, 1, chunks, sizeof(chunks)), 0);
	assert_int_equal(b.packet.nr, 1);
	assert_int_equal(b.packet.seen, 0x208);
}

/* --- Transitions -----------------------------------------------------------*/

/* As RFC 9260 names them; in the order of the states from CLOSED on. */
static const struct {
	uint8_t type;
	int dir;
	const char *next;
} transitions[] = {
	/*			     CL CW CE ES SS SR SA HS */
	{ SCTP_INIT, ORIGINAL,	    "CL CW CE ES CL CL SA CW" },
	{ SCTP_INIT_ACK, ORIGINAL,  "CL CW CE ES SS SR SA CL" },
	{ SCTP_ABORT, ORIGINAL,	    "CL CL CL CL CL CL CL CL" },
	{ SCTP_SHUTDOWN, ORIGINAL,  "CL CW CE SS SS SR SA CL" },
	{ SCTP_SHUTDOWN_ACK, ORIGINAL, "CL CW CE ES SA SA SA SA" },
	{ SCTP_ERROR, ORIGINAL,	    "CL CW CE ES SS SR SA CL" },
	{ SCTP_COOKIE_ECHO, ORIGINAL, "CL CE CE ES SS SR SA CL" },
	{ SCTP_COOKIE_ACK, ORIGINAL, "CL CW ES ES SS SR SA CL" },
	{ SCTP_SHUTDOWN_COMPLETE, ORIGINAL, "CL CW CE ES SS SR CL CL" },
	{ SCTP_HEARTBEAT, ORIGINAL, "CL CW CE ES SS SR SA HS" },
	{ SCTP_HEARTBEAT_ACK, ORIGINAL, "CL CW CE ES SS SR SA HS" },
	{ SCTP_DATA, ORIGINAL,	    "CL CW CE ES SS SR SA HS" },
	{ SCTP_INIT, REPLY,	    "CL CW CE ES SS SR SA --" },
	{ SCTP_INIT_ACK, REPLY,	    "CW CW CE ES SS SR SA --" },
	{ SCTP_ABORT, REPLY,	    "CL CL CL CL CL CL CL --" },
	{ SCTP_SHUTDOWN, REPLY,	    "CL CW CE SR SS SR SA --" },
	{ SCTP_SHUTDOWN_ACK, REPLY, "CL CW CE ES SA SA SA --" },
	{ SCTP_ERROR, REPLY,	    "CL CW CL ES SS SR SA --" },
	{ SCTP_COOKIE_ECHO, REPLY,  "CL CE CE ES SS SR SA --" },
	{ SCTP_COOKIE_ACK, REPLY,   "CL CW ES ES SS SR SA --" },
	{ SCTP_SHUTDOWN_COMPLETE, REPLY, "CL CW CE ES SS SR CL --" },
	{ SCTP_HEARTBEAT, REPLY,    "CL CW CE ES SS SR SA HS" },
	{ SCTP_HEARTBEAT_ACK, REPLY, "CL CW CE ES SS SR SA ES" },
	{ SCTP_DATA, REPLY,	    "CL CW CE ES SS SR SA HS" },
};

static int state_named(const char *name)
{
	static const char *const names = "CL CW CE ES SS SR SA HS";
	int i;

	for (i = 1; i < NR_FLOW_SCTP_STATES; i++)
		if (!strncmp(names + 3 * (i - 1), name, 2))
			return i;
	return -1;
}

static void moves(uint8_t type, int dir, int from, int to)
{
	char chunk[SCTP_INIT_SIZE] = { type, 0, 0, SCTP_INIT_SIZE, 0, 0, 0, 9 };
	bool renews = !(type == SCTP_INIT && from == FLOW_SCTP_CLOSED &&
			to == FLOW_SCTP_CLOSED);
	struct bench b;

	bench_init(&b);
	b.flow.state = from;
	b.flow.expires = NOW + 1;
	b.flow.sctp.vtag[dir] = type == SCTP_INIT ? 0 : 9;
	b.flow.sctp.vtag[!dir] = 9;
	assert_int_equal(read_chunks(&b, b.flow.sctp.vtag[dir], chunk,
				     sizeof(chunk)), 0);
	assert_int_equal(track(&b, dir), to < 0 ? FLOW_ACT_INVALID :
					 FLOW_ACCEPT);
	assert_int_equal(b.flow.state, to < 0 ? from : to);
	if (to < 0 || !renews)
		assert_int_equal(b.flow.expires, NOW + 1);
	else
		assert_int_equal(left_s(&b), timeouts_s[to]);
	assert_int_equal(!!(b.flow.status & LABEL_ASSURED),
			 to == FLOW_SCTP_ESTABLISHED && from != to);
}

static void makes_transitions(void **state)
{
	unsigned int i;
	int from;

	(void)state;
	for (i = 0; i < sizeof(transitions) / sizeof(*transitions); i++)
		for (from = 1; from < NR_FLOW_SCTP_STATES; from++)
			moves(transitions[i].type, transitions[i].dir, from,
			      state_named(transitions[i].next +
					  3 * (from - 1)));
}

static void begins(void **state)
{
	struct bench b;

	(void)state;
#define BEGINS(vtag, chunks, then) \
	(bench_init(&b), ({ PASSES(&b, ORIGINAL, vtag, chunks, then); }))
#define BEGINS_NOT(vtag, chunks) \
	(bench_init(&b), ({ FAILS(&b, ORIGINAL, vtag, chunks, \
				  b.flow.state); }))
	BEGINS(0, INIT("A"), FLOW_SCTP_CLOSED);
	BEGINS_NOT(1, INIT("A"));
	BEGINS_NOT(0, "\1\0\0\x14\0\0\0A\0\0\0\0\0\0\0\0\0\0\0");
	BEGINS_NOT(1, DATA);
	BEGINS_NOT(0, SACK);
	BEGINS_NOT(0, ABORT);
	BEGINS_NOT(0, SHUTDOWN_COMPLETE);
	BEGINS_NOT(0, COOKIE_ACK);
	BEGINS_NOT(7, COOKIE_ECHO DATA);
	BEGINS_NOT(7, INIT_ACK("B"));
	BEGINS(7, SHUTDOWN_ACK, FLOW_SCTP_SHUTDOWN_ACK_SENT);
	/* Its answer has its tag, or is said to. */
	FAILS(&b, REPLY, 8, SHUTDOWN_COMPLETE, FLOW_SCTP_SHUTDOWN_ACK_SENT);
	PASSES(&b, REPLY, 7, SHUTDOWN_COMPLETE, FLOW_SCTP_CLOSED);
	BEGINS(7, HEARTBEAT, FLOW_SCTP_HEARTBEAT_SENT);
	PASSES(&b, REPLY, 9, HEARTBEAT_ACK, FLOW_SCTP_ESTABLISHED);
	assert_true(b.flow.status & LABEL_ASSURED);
	PASSES(&b, ORIGINAL, 7, DATA, FLOW_SCTP_ESTABLISHED);
	FAILS(&b, ORIGINAL, 8, DATA, FLOW_SCTP_ESTABLISHED);
	PASSES(&b, REPLY, 9, DATA, FLOW_SCTP_ESTABLISHED);
}

/* --- Tags ------------------------------------------------------------------*/

static void lives_and_ends(void **state)
{
	struct bench b;

	(void)state;
	open_up(&b);
	b.now += 100 * HZ;
	PASSES(&b, ORIGINAL, 'B', SACK DATA, FLOW_SCTP_ESTABLISHED);
	assert_int_equal(left_s(&b), 210);
	b.now += 100 * HZ;
	FAILS(&b, ORIGINAL, 'A', DATA, FLOW_SCTP_ESTABLISHED);
	assert_int_equal(left_s(&b), 110);
	FAILS(&b, ORIGINAL, 'A', SHUTDOWN, FLOW_SCTP_ESTABLISHED);
	PASSES(&b, ORIGINAL, 'B', SHUTDOWN, FLOW_SCTP_SHUTDOWN_SENT);
	assert_int_equal(left_s(&b), 5);
	PASSES(&b, REPLY, 'A', SHUTDOWN_ACK, FLOW_SCTP_SHUTDOWN_ACK_SENT);
	PASSES(&b, ORIGINAL, 'B', SHUTDOWN_COMPLETE, FLOW_SCTP_CLOSED);
	assert_int_equal(left_s(&b), 10);
}

static void aborts(void **state)
{
	struct bench b;

	(void)state;
	open_up(&b);
	FAILS(&b, REPLY, 'B', ABORT, FLOW_SCTP_ESTABLISHED);
	FAILS(&b, REPLY, 'A', ABORT_T, FLOW_SCTP_ESTABLISHED);
	PASSES(&b, REPLY, 'B', ABORT_T, FLOW_SCTP_CLOSED);
	open_up(&b);
	PASSES(&b, REPLY, 'A', ABORT, FLOW_SCTP_CLOSED);

	/* What chunks before the bad one did stays. */
	open_up(&b);
	FAILS(&b, REPLY, 'A', SHUTDOWN ABORT_T, FLOW_SCTP_SHUTDOWN_RECD);
	assert_int_equal(left_s(&b), 210);
	open_up(&b);
	FAILS(&b, ORIGINAL, 'A', COOKIE_ECHO, FLOW_SCTP_ESTABLISHED);
}

static void sends_init_again(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	PASSES(&b, ORIGINAL, 0, INIT("A"), FLOW_SCTP_CLOSED);
	b.now += 5 * HZ;
	PASSES(&b, ORIGINAL, 0, INIT("C"), FLOW_SCTP_CLOSED);
	assert_int_equal(left_s(&b), 5);	/* it does not keep the flow */
	FAILS(&b, REPLY, 'A', INIT_ACK("B"), FLOW_SCTP_CLOSED);
	PASSES(&b, REPLY, 'C', INIT_ACK("B"), FLOW_SCTP_COOKIE_WAIT);
	PASSES(&b, REPLY, 'C', INIT_ACK("B"), FLOW_SCTP_COOKIE_WAIT);
	PASSES(&b, REPLY, 'C', INIT_ACK("D"), FLOW_SCTP_COOKIE_WAIT);
	FAILS(&b, REPLY, 1, INIT("D"), FLOW_SCTP_COOKIE_WAIT);
	FAILS(&b, REPLY, 'C', "\2\0\0\x14\0\0\0B\0\0\0\0\0\0\0\0\0\0\0",
	      FLOW_SCTP_COOKIE_WAIT);

	/* After the cookie no other tag may come. */
	open_up(&b);
	PASSES(&b, REPLY, 'A', INIT_ACK("B"), FLOW_SCTP_ESTABLISHED);
	FAILS(&b, REPLY, 'A', INIT_ACK("D"), FLOW_SCTP_ESTABLISHED);
	/* Nor after an INIT that is late; after another one it may. */
	PASSES(&b, ORIGINAL, 0, INIT("A"), FLOW_SCTP_ESTABLISHED);
	FAILS(&b, REPLY, 'A', INIT_ACK("D"), FLOW_SCTP_ESTABLISHED);
	PASSES(&b, ORIGINAL, 0, INIT("E"), FLOW_SCTP_ESTABLISHED);
	PASSES(&b, REPLY, 'E', INIT_ACK("D"), FLOW_SCTP_ESTABLISHED);
}

/* Both have sent an INIT: an INIT ACK then only confirms. */
static void inits_meet(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	PASSES(&b, ORIGINAL, 0, INIT("A"), FLOW_SCTP_CLOSED);
	PASSES(&b, REPLY, 0, INIT("B"), FLOW_SCTP_CLOSED);
	FAILS(&b, REPLY, 'A', INIT_ACK("C"), FLOW_SCTP_CLOSED);
	PASSES(&b, REPLY, 'A', INIT_ACK("B"), FLOW_SCTP_COOKIE_WAIT);
	PASSES(&b, ORIGINAL, 'B', INIT_ACK("A"), FLOW_SCTP_COOKIE_WAIT);
}

static void heartbeats(void **state)
{
	struct bench b;

	(void)state;
	open_up(&b);
	b.now += HZ;
	/* Another tag: let through, but it keeps nothing alive. */
	PASSES(&b, ORIGINAL, 'X', HEARTBEAT, FLOW_SCTP_ESTABLISHED);
	assert_int_equal(left_s(&b), 209);
	FAILS(&b, ORIGINAL, 'X', HEARTBEAT HEARTBEAT, FLOW_SCTP_ESTABLISHED);
	FAILS(&b, ORIGINAL, 'X', HEARTBEAT DATA, FLOW_SCTP_ESTABLISHED);
	FAILS(&b, ORIGINAL, 'X', HEARTBEAT_ACK, FLOW_SCTP_ESTABLISHED);
	/* Its answer makes the answer's tag that side's. */
	PASSES(&b, REPLY, 'Y', HEARTBEAT_ACK, FLOW_SCTP_ESTABLISHED);
	assert_int_equal(left_s(&b), 210);
	PASSES(&b, REPLY, 'Y', DATA, FLOW_SCTP_ESTABLISHED);
	FAILS(&b, ORIGINAL, 'B', DATA, FLOW_SCTP_ESTABLISHED);
	PASSES(&b, ORIGINAL, 'X', HEARTBEAT, FLOW_SCTP_ESTABLISHED);
	PASSES(&b, ORIGINAL, 'X', DATA, FLOW_SCTP_ESTABLISHED);
	/* Only if it is awaited. */
	FAILS(&b, REPLY, 'Z', HEARTBEAT_ACK, FLOW_SCTP_ESTABLISHED);
	PASSES(&b, ORIGINAL, 'W', HEARTBEAT, FLOW_SCTP_ESTABLISHED);
	PASSES(&b, ORIGINAL, 'X', HEARTBEAT, FLOW_SCTP_ESTABLISHED);
	FAILS(&b, REPLY, 'Z', HEARTBEAT_ACK, FLOW_SCTP_ESTABLISHED);
}

/* --- Checksum --------------------------------------------------------------*/

static uint32_t slow_crc(const uint8_t *bytes, uint32_t len)
{
	uint32_t sum = ~0u;
	int i;

	while (len--) {
		sum ^= *bytes++;
		for (i = 0; i < 8; i++)
			sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78 : 0);
	}
	return ~sum;
}

static void sums_up(void **state)
{
	static uint8_t bytes[L4 + BYTES];
	struct native_skb native;
	struct sctp_packet packet;
	struct packet p = { .l4 = L4 };
	uint64_t seed = 3;
	uint32_t sum, i;

	(void)state;
	assert_int_equal(slow_crc((const uint8_t *)"123456789", 9), 0xe3069283);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = unit_random(&seed);
	native_init(&native, bytes, sizeof(bytes));
	for (i = 12; i < 65500; i += i < 300 ? 1 : 1 + unit_below(&seed, 999)) {
		p.l4_len = i;
		memset(bytes + L4 + 8, 0, 4);
		sum = slow_crc(bytes + L4, i);
		memcpy(bytes + L4 + 8, &sum, 4);	/* lowest byte first */
		assert_true(sctp_checksum_good(&native.skb, &p, &packet));
		bytes[L4 + unit_below(&seed, i)] ^= 1 << unit_below(&seed, 8);
		assert_false(sctp_checksum_good(&native.skb, &p, &packet));
	}
	p.l4_len = 11;
	assert_false(sctp_checksum_good(&native.skb, &p, &packet));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_chunks),
		cmocka_unit_test(reads_order),
		cmocka_unit_test(reads_many),
		cmocka_unit_test(makes_transitions),
		cmocka_unit_test(begins),
		cmocka_unit_test(lives_and_ends),
		cmocka_unit_test(aborts),
		cmocka_unit_test(sends_init_again),
		cmocka_unit_test(inits_meet),
		cmocka_unit_test(heartbeats),
		cmocka_unit_test(sums_up),
	};

	return cmocka_run_group_tests_name("sctp", tests, NULL, NULL);
}
