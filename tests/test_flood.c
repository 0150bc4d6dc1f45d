/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Floods of SYNs from random addresses against connections that are
 * established, through a firewall with the usual rules. Those connections go
 * on, new ones come about, nothing passes that the rules do not accept, and
 * the table takes no more memory than it has. Also a table that established
 * connections have filled: it takes no new ones, and lets none through.
 *
 * FLOOD in the environment is the number of SYNs, FLOOD_MAX the table's size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "side_craft.h"
#include "unit.h"

#define DEFAULT_FLOOD	200000u
#define DEFAULT_MAX	8192u
#define FLOWS		1000u
#define PASSES		20u	/* of all connections, within the flood */
#define BATCH		256u
#define BETWEEN		100u	/* SYNs between those of a handshake */
#define FULL_FLOWS	1000u
#define SYN		0x02
#define ACK		0x10
#define WEB		80
#define CLOSED		22

static const char rules[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD DROP [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
	"-A FORWARD -m conntrack --ctstate INVALID -j DROP\n"
	"-A FORWARD -i eth0 -p tcp -m tcp --dport 80 -m conntrack --ctstate NEW"
	" -j ACCEPT\n"
	"COMMIT\n";

struct flood {
	const char *missing;
	struct topo topo;
	struct tool tool;
	uint64_t random;
	uint64_t web;		/* SYNs that may pass */
	uint64_t closed;	/* and that may not */
	uint32_t count;		/* from the environment */
	uint32_t max;
};

/* What came of it, by the rules' counters. */
struct tally {
	uint64_t established;
	uint64_t invalid;
	uint64_t new;
	uint64_t policy;
};

static uint32_t number(const char *name, uint32_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? (uint32_t)strtoul(value, NULL, 0) : otherwise;
}

/* This thread's own, in which the kernel handles what it sends. */
static double seconds(void)
{
	struct timespec at;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* The sockets of the topology that only look would have to be emptied. */
static void make_deaf(struct flood *flood)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &none };
	int i;

	for (i = 0; i < NR_ENDS; i++)
		setsockopt(flood->topo.capture[i], SOL_SOCKET,
			   SO_ATTACH_FILTER, &filter, sizeof(filter));
}

static int setup(void **state)
{
	struct flood *flood = *state;

	if (flood->missing)
		return 0;
	flood->random = 88172645463325252ull;
	flood->web = 0;
	flood->closed = 0;
	return topo_open(&flood->topo, "fl");
}

static int teardown(void **state)
{
	struct flood *flood = *state;

	if (flood->missing)
		return 0;
	tool_unload(&flood->tool, &flood->topo.firewall);
	topo_close(&flood->topo);
	return 0;
}

static struct flood *flood_of(void **state)
{
	struct flood *flood = *state;

	if (flood->missing) {
		printf("SKIP: %s\n", flood->missing);
		skip();
	}
	return flood;
}

/* Restores with a table for so many connections. */
static void restore(struct flood *flood, uint32_t max, const char *setting)
{
	char size[64], *said = NULL;
	const char *const argv[] = { flood->tool.restore, "--set", size,
				     "--set", setting, NULL };

	snprintf(size, sizeof(size), "nf_conntrack_max=%" PRIu32, max);
	assert_int_equal(testns_run(&flood->topo.firewall, argv, rules, &said),
			 0);
	free(said);
}

static char *control(struct flood *flood, const char *verb, const char *option)
{
	const char *const argv[] = { flood->tool.control, verb, option, NULL };
	char *said = NULL;

	assert_int_equal(testns_run(&flood->topo.firewall, argv, NULL, &said),
			 0);
	return said;
}

static uint32_t nr_connections(struct flood *flood)
{
	char *said = control(flood, "conntrack", "-C");
	uint32_t nr = (uint32_t)strtoul(said, NULL, 10);

	free(said);
	return nr;
}

/* The last number of the status line with that text; 0 without one. */
static uint64_t status_number(struct flood *flood, const char *text)
{
	char *said = control(flood, "status", NULL), *at = strstr(said, text);
	uint64_t value = at ? strtoull(at + strlen(text), NULL, 10) : 0;

	free(said);
	return value;
}

static struct tally tally_of(struct flood *flood)
{
	char *saved = tool_save(&flood->tool, &flood->topo.firewall);
	struct tally tally = { 0 };
	const char *at = saved;
	struct saved_line line;

	assert_non_null(saved);
	while (saved_next(&at, &line)) {
		if (memmem(line.text, (size_t)line.len, "ESTABLISHED", 11))
			tally.established = line.packets;
		if (memmem(line.text, (size_t)line.len, "INVALID", 7))
			tally.invalid = line.packets;
		if (memmem(line.text, (size_t)line.len, "NEW", 3))
			tally.new = line.packets;
		if (memmem(line.text, (size_t)line.len, ":FORWARD", 8))
			tally.policy = line.packets;
	}
	free(saved);
	return tally;
}

/* --- Packets ------------------------------------------------------------- */

static uint32_t client_addr(uint32_t i)
{
	return IP4(10, 1, 1 + i / 250, 1 + i % 250);
}

enum kind {
	KIND_SYN,
	KIND_SYNACK,
	KIND_ACK,
	KIND_REPLY,
};

static const struct {
	bool reply;
	uint8_t flags;
	uint16_t seq;
	uint16_t ack;
} kinds[] = {
	[KIND_SYN] = { false, SYN, 1000, 0 },
	[KIND_SYNACK] = { true, SYN | ACK, 5000, 1001 },
	[KIND_ACK] = { false, ACK, 1001, 5001 },
	[KIND_REPLY] = { true, ACK, 5001, 1001 },
};

/* A segment of connection i, from the client or to it. */
static void segment(uint32_t i, enum kind kind, struct frame *frame)
{
	bool reply = kinds[kind].reply;
	struct craft craft = {
		.way = reply ? WAY_SERVER : WAY_CLIENT,
		.src = reply ? SERVER_ADDR : client_addr(i),
		.dst = reply ? client_addr(i) : SERVER_ADDR,
		.sport = reply ? WEB : (uint16_t)(1024 + i),
		.dport = reply ? (uint16_t)(1024 + i) : WEB,
		.proto = IPPROTO_TCP,
		.flags = kinds[kind].flags,
		.seq = kinds[kind].seq,
		.ack = kinds[kind].ack,
		.window = 60000,
		.bare = true,
	};

	craft_make(&craft, frame);
}

static void send_frames(struct flood *flood, const struct frame *frames,
			unsigned int nr)
{
	assert_int_equal(wire_send(&flood->topo, frames, nr), 0);
}

static void shake_hands(struct flood *flood, uint32_t from, uint32_t to)
{
	struct frame frame[3];
	uint32_t i;

	for (i = from; i < to; i++) {
		segment(i, KIND_SYN, &frame[0]);
		segment(i, KIND_SYNACK, &frame[1]);
		segment(i, KIND_ACK, &frame[2]);
		send_frames(flood, frame, 3);
	}
}

/* Each of the first connections says something in both directions. */
static void go_on(struct flood *flood, uint32_t nr)
{
	static struct frame frame[2 * FLOWS];
	uint32_t i;

	for (i = 0; i < nr; i++) {
		segment(i, KIND_REPLY, &frame[2 * i]);
		segment(i, KIND_ACK, &frame[2 * i + 1]);
	}
	send_frames(flood, frame, 2 * nr);
}

static void put32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

/* From an address that no connection has, one in four to a closed port. */
static void random_syn(struct flood *flood, const struct frame *model,
		       struct frame *frame)
{
	uint8_t *ip = frame->data + ETH_HLEN;
	bool closed = !unit_below(&flood->random, 4);

	memcpy(frame, model, offsetof(struct frame, data) + model->len);
	put32(ip + 12, IP4(64, 0, 0, 0) | unit_random(&flood->random) >> 4);
	put32(ip + 20, (unit_random(&flood->random) << 16) |
		       (closed ? CLOSED : WEB));
	put32(ip + 24, unit_random(&flood->random));
	wire_seal(ip);
	flood->closed += closed;
	flood->web += !closed;
}

static void send_flood(struct flood *flood, uint32_t nr)
{
	static struct frame frames[BATCH];
	struct frame model;
	uint32_t i, some;

	segment(0, KIND_SYN, &model);
	for (; nr; nr -= some) {
		some = nr < BATCH ? nr : BATCH;
		for (i = 0; i < some; i++)
			random_syn(flood, &model, &frames[i]);
		send_frames(flood, frames, some);
	}
}

/* --- Tests ---------------------------------------------------------------- */

/* New connections while the flood goes on; their numbers are `from` on. */
static void shake_hands_in_flood(struct flood *flood, uint32_t i)
{
	struct frame frame;

	segment(i, KIND_SYN, &frame);
	send_frames(flood, &frame, 1);
	send_flood(flood, BETWEEN);
	segment(i, KIND_SYNACK, &frame);
	send_frames(flood, &frame, 1);
	send_flood(flood, BETWEEN);
	segment(i, KIND_ACK, &frame);
	send_frames(flood, &frame, 1);
}

static void figures(struct flood *flood, double took)
{
	printf("# %" PRIu64 " SYNs to an open port, %" PRIu64 " to a closed one"
	       ", in %.1f s of one processor, %.0f ns each, sending and all;"
	       " table of %" PRIu64 "\n", flood->web, flood->closed, took,
	       took * 1e9 / (double)(flood->web + flood->closed),
	       status_number(flood, " of at most "));
	printf("# connections in it %" PRIu32 ", evicted %" PRIu64
	       ", dropped as it was full %" PRIu64 "\n", nr_connections(flood),
	       status_number(flood, "evicted for new ones"),
	       status_number(flood, "connection table full"));
}

static void established_go_on(void **state)
{
	struct flood *flood = flood_of(state);
	uint64_t memory, expected = 2 * FLOWS;
	struct tally tally;
	double from;
	uint32_t i;

	make_deaf(flood);
	restore(flood, flood->max, "nf_conntrack_tcp_timeout_syn_sent=120");
	memory = status_number(flood, "  total ");
	shake_hands(flood, 0, FLOWS);
	from = seconds();
	for (i = 0; i < PASSES; i++) {
		send_flood(flood, flood->count / PASSES);
		go_on(flood, FLOWS);
		shake_hands_in_flood(flood, FLOWS + i);
		expected += 2 * FLOWS + 2;
	}
	figures(flood, seconds() - from);
	tally = tally_of(flood);
	printf("# counted: established %" PRIu64 " of %" PRIu64 ", invalid %"
	       PRIu64 ", new %" PRIu64 ", policy %" PRIu64 "\n",
	       tally.established, expected, tally.invalid, tally.new,
	       tally.policy);
	assert_int_equal(tally.established, expected);
	assert_int_equal(tally.invalid, 0);
	assert_int_equal(tally.policy, flood->closed);
	assert_int_equal(tally.new, flood->web + FLOWS + PASSES);
	assert_int_equal(status_number(flood, "  total "), memory);
	assert_in_range(nr_connections(flood), FLOWS + PASSES,
			status_number(flood, " of at most "));
	assert_int_equal(status_number(flood, "connection table full"), 0);
	assert_int_equal(status_number(flood, "connection locked too long"), 0);
}

/* When the half open ones have expired the table is as before. */
static void flood_drains(void **state)
{
	struct flood *flood = flood_of(state);
	struct timespec wait = { .tv_sec = 1, .tv_nsec = 200000000 };
	struct tally tally;

	make_deaf(flood);
	restore(flood, DEFAULT_MAX, "nf_conntrack_tcp_timeout_syn_sent=1");
	shake_hands(flood, 0, FLOWS);
	send_flood(flood, 20000);
	assert_true(nr_connections(flood) > 5000);
	nanosleep(&wait, NULL);
	assert_int_equal(nr_connections(flood), FLOWS);
	go_on(flood, FLOWS);
	tally = tally_of(flood);
	assert_int_equal(tally.established, 4 * FLOWS);
}

static unsigned int came_through(struct flood *flood)
{
	struct harvest harvest;
	unsigned int nr;

	wire_collect(&flood->topo, &harvest);
	nr = harvest.nr;
	harvest_free(&harvest);
	return nr;
}

/* More handshakes than a table has room for. Of those that it took none
 * suffers; of the others no packet passes. */
static void full_table_stays_shut(void **state)
{
	struct flood *flood = flood_of(state);
	uint32_t room, nr, i;
	uint64_t full, new;
	struct tally tally;
	struct frame frame;

	restore(flood, 80, "nf_conntrack_tcp_timeout_syn_sent=120");
	room = (uint32_t)status_number(flood, " of at most ");
	shake_hands(flood, 0, FULL_FLOWS);
	nr = nr_connections(flood);
	assert_int_equal(nr, room);
	full = status_number(flood, "connection table full");
	assert_true(full > 0);
	came_through(flood);
	new = tally_of(flood).new;
	for (i = 0; i < 200; i++) {
		segment(2 * FULL_FLOWS + i, KIND_SYN, &frame);
		send_frames(flood, &frame, 1);
	}
	assert_int_equal(came_through(flood), 0);
	assert_int_equal(tally_of(flood).new, new + 200);
	assert_int_equal(status_number(flood, "connection table full"),
			 full + 200);
	/* All that were taken are still there, and nobody else is. */
	tally = tally_of(flood);
	go_on(flood, FULL_FLOWS);
	assert_int_equal(nr_connections(flood), nr);
	assert_int_equal(tally_of(flood).established - tally.established,
			 2 * nr);
	assert_int_equal(came_through(flood), 2 * nr);
}

#define T(test) cmocka_unit_test_prestate_setup_teardown(test, setup,     \
							 teardown, &flood)

int main(void)
{
	static struct flood flood;
	const struct CMUnitTest tests[] = {
		T(established_go_on),
		T(flood_drains),
		T(full_table_stays_shut),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	flood.count = number("FLOOD", DEFAULT_FLOOD);
	flood.max = number("FLOOD_MAX", DEFAULT_MAX);
	flood.missing = testns_guard(120 + flood.count / 10000);
	flood.tool = tool_product();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
