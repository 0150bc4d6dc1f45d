// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random packets of all protocols, whole, cut off and broken, to the loaded
 * programs of our tracker and to the kernel's: what both say of each must be
 * the same. TCP and SCTP have tests of their own; here their packets are those
 * that begin a flow and those that errors quote.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <time.h>

#include "ctoracle.h"
#include "native.h"
#include "side_wire.h"
#include "track.h"
#include "unit.h"

#include "../bpf/parse.h"

#define PACKETS		20000u
#define HOSTS		3u
#define L4_MAX		96u
#define ETH		14u
#define IP		20u
#define QUOTES		8u

struct made {
	struct ct_tuple tuple;
	uint8_t l4[L4_MAX];
	uint32_t len;
};

struct run {
	struct track track;
	struct ctoracle oracle;
	const char *missing;
	uint64_t seed;
	bool verbose;
	struct made quotes[QUOTES];	/* what errors may quote */
	unsigned int seen[256];		/* labels */
};

static uint32_t below(struct run *run, uint32_t n)
{
	return unit_below(&run->seed, n);
}

static bool one_in(struct run *run, uint32_t n)
{
	return !below(run, n);
}

static uint32_t host(struct run *run)
{
	return 0x0a000001 + below(run, HOSTS);
}

static void put(uint8_t *at, uint32_t value, unsigned int size)
{
	while (size--) {
		at[size] = (uint8_t)value;
		value >>= 8;
	}
}

static void draw_ports(struct run *run, struct made *m)
{
	put(m->l4, 1000 + below(run, 3), 2);
	put(m->l4 + 2, 1000 + below(run, 3), 2);
}

/* What covers a pseudo header with this protocol, or none with 0. */
static uint16_t checksum(const struct made *m, uint32_t covered, uint8_t proto)
{
	uint8_t bytes[12 + L4_MAX] = { 0 };

	if (!proto)
		return wire_checksum(m->l4, covered);
	put(bytes, m->tuple.addr[0], 4);
	put(bytes + 4, m->tuple.addr[1], 4);
	bytes[9] = proto;
	put(bytes + 10, m->len, 2);
	memcpy(bytes + 12, m->l4, covered);
	return wire_checksum(bytes, 12 + covered);
}

static void sum_put(struct run *run, struct made *m, unsigned int at,
		    uint16_t sum)
{
	put(m->l4 + at, one_in(run, 12) ? below(run, 65536) : sum, 2);
}

static void draw_udp(struct run *run, struct made *m)
{
	draw_ports(run, m);
	m->len = 8 + below(run, 24);
	put(m->l4 + 4, one_in(run, 10) ? below(run, 40) : m->len, 2);
	put(m->l4 + 6, 0, 2);
	if (!one_in(run, 8))
		sum_put(run, m, 6, checksum(m, m->len, IPPROTO_UDP));
}

static void draw_udplite(struct run *run, struct made *m)
{
	uint32_t covered;

	draw_ports(run, m);
	m->len = 8 + below(run, 24);
	covered = one_in(run, 3) ? 0 : below(run, m->len + 4);
	put(m->l4 + 4, covered, 2);
	put(m->l4 + 6, 0, 2);
	if (covered < 8 || covered > m->len)
		covered = m->len;
	if (!one_in(run, 8))
		sum_put(run, m, 6, checksum(m, covered, one_in(run, 4) ?
					    IPPROTO_UDPLITE : IPPROTO_UDP));
}

static void draw_tcp(struct run *run, struct made *m)
{
	static const uint8_t flags[] = { 0x02, 0x02, 0x12, 0x10, 0x04, 0x11,
					 0x00, 0x29, 0x06, 0x50 };

	draw_ports(run, m);
	m->len = 20 + below(run, 8);
	put(m->l4 + 4, 1000, 4);
	put(m->l4 + 8, 1001, 4);
	m->l4[12] = one_in(run, 12) ? (uint8_t)(below(run, 16) << 4) : 0x50;
	m->l4[13] = flags[below(run, sizeof(flags))];
	put(m->l4 + 14, 1000, 2);
	put(m->l4 + 16, 0, 2);
	sum_put(run, m, 16, checksum(m, m->len, IPPROTO_TCP));
}

static void draw_query(struct run *run, struct made *m)
{
	static const uint8_t types[] = { 8, 0, 13, 14, 15, 16, 17, 18 };

	m->l4[0] = one_in(run, 6) ? (uint8_t)below(run, 45) :
		   types[below(run, sizeof(types))];
	m->l4[1] = one_in(run, 8);
	put(m->l4 + 4, below(run, 2), 2);
	m->len = 8 + below(run, 12);
}

/* Quotes a packet, mostly as the end that got it would. */
static void draw_error(struct run *run, struct made *m)
{
	static const uint8_t types[] = { 3, 4, 5, 11, 12 };
	const struct made *about = &run->quotes[below(run, QUOTES)];
	uint8_t *ip = m->l4 + 8;
	uint32_t quoted = one_in(run, 3) ? below(run, 12) : 8 + below(run, 16);

	m->l4[0] = types[below(run, sizeof(types))];
	m->l4[1] = (uint8_t)below(run, 4);
	if (!one_in(run, 5))
		m->tuple.addr[1] = about->tuple.addr[0];
	ip[0] = one_in(run, 12) ? (uint8_t)below(run, 256) : 0x45;
	ip[9] = about->tuple.proto;
	put(ip + 12, about->tuple.addr[0], 4);
	put(ip + 16, about->tuple.addr[1], 4);
	if (one_in(run, 12))
		put(ip + 6, below(run, 4) << 13 | below(run, 2), 2);
	memcpy(ip + IP, about->l4, quoted);
	m->len = 8 + (one_in(run, 20) ? below(run, IP + 1) : IP + quoted);
}

static void draw_icmp(struct run *run, struct made *m)
{
	if (one_in(run, 3))
		draw_error(run, m);
	else
		draw_query(run, m);
	put(m->l4 + 2, 0, 2);
	sum_put(run, m, 2, checksum(m, m->len, 0));
}

static void draw_gre(struct run *run, struct made *m)
{
	m->l4[0] = one_in(run, 4) ? 0x30 : 0;
	m->l4[1] = (uint8_t)below(run, 3);
	put(m->l4 + 2, one_in(run, 4) ? 0x0800 : 0x880b, 2);
	put(m->l4 + 6, below(run, 3), 2);
	m->len = below(run, 16);
}

static void draw_plain(struct run *run, struct made *m)
{
	draw_ports(run, m);
	m->len = below(run, 24);
}

static void draw_sctp(struct run *run, struct made *m)
{
	draw_ports(run, m);
	m->len = 12 + below(run, 8);	/* its checksum is bad */
}

static const struct {
	uint8_t proto;
	void (*draw)(struct run *run, struct made *m);
} kinds[] = {
	{ IPPROTO_UDP, draw_udp },
	{ IPPROTO_UDP, draw_udp },
	{ IPPROTO_UDPLITE, draw_udplite },
	{ IPPROTO_TCP, draw_tcp },
	{ IPPROTO_ICMP, draw_icmp },
	{ IPPROTO_ICMP, draw_icmp },
	{ IPPROTO_ICMP, draw_icmp },
	{ IPPROTO_GRE, draw_gre },
	{ IPPROTO_DCCP, draw_plain },
	{ IPPROTO_SCTP, draw_sctp },
	{ IPPROTO_ESP, draw_plain },
	{ IPPROTO_IPIP, draw_plain },
};

static void draw(struct run *run, struct made *m)
{
	unsigned int kind = below(run, sizeof(kinds) / sizeof(*kinds));

	memset(m, 0, sizeof(*m));
	m->tuple.addr[0] = host(run);
	m->tuple.addr[1] = host(run);
	m->tuple.port[0] = (uint16_t)below(run, 65536);	/* of the oracle's */
	m->tuple.proto = kinds[kind].proto;
	kinds[kind].draw(run, m);
	if (one_in(run, 16))
		m->len = below(run, m->len + 1);
	if (m->tuple.proto != IPPROTO_ICMP || one_in(run, 4))
		run->quotes[below(run, QUOTES)] = *m;
}

static void draw_first(struct run *run, struct made *m)
{
	memset(m, 0, sizeof(*m));
	m->tuple.addr[0] = host(run);
	m->tuple.addr[1] = host(run);
	m->tuple.proto = IPPROTO_UDP;
	draw_udp(run, m);
}

/* As the selector hands it on. */
static void probe_parse(struct probe *probe, const struct made *m)
{
	uint8_t *ip = probe->frame + ETH;
	struct native_skb native;

	memset(probe, 0, sizeof(*probe));
	probe->frame[12] = 0x08;
	probe->len = ETH + IP + m->len;
	ip[0] = 0x45;
	put(ip + 2, IP + m->len, 2);
	ip[8] = 64;
	ip[9] = m->tuple.proto;
	put(ip + 12, m->tuple.addr[0], 4);
	put(ip + 16, m->tuple.addr[1], 4);
	put(ip + 10, wire_checksum(ip, IP), 2);
	memcpy(ip + IP, m->l4, m->len);
	native_init(&native, probe->frame, probe->len);
	probe->packet.l3 = ETH;
	probe->packet.next = NR_PROGRAMS;
	probe->packet.incoming = 1;
	assert_int_equal(parse_packet(&native.skb, &probe->packet, true),
			 PARSED);
}

/* A label as the oracle's rules write it. */
static int in_tos(uint8_t label)
{
	static const int states[8] = {
		[FLOW_INVALID] = CT_INVALID,
		[FLOW_NEW] = CT_NEW,
		[FLOW_ESTABLISHED] = CT_ESTABLISHED,
		[FLOW_RELATED] = CT_RELATED,
	};
	int tos = states[label & LABEL_STATE];

	if (tos == CT_INVALID)
		return tos;
	if (label & LABEL_REPLY)
		tos |= CT_REPLY;
	if (label & LABEL_SEEN_REPLY)
		tos |= CT_SEEN_REPLY;
	if (label & LABEL_ASSURED)
		tos |= CT_ASSURED;
	return tos;
}

static void print_made(const struct made *m)
{
	uint32_t i;

	printf("%x > %x proto %u len %u:", m->tuple.addr[0], m->tuple.addr[1],
	       m->tuple.proto, m->len);
	for (i = 0; i < m->len; i++)
		printf(" %02x", m->l4[i]);
	printf("\n");
}

/* Returns whether both say the same. */
static bool one_packet(struct run *run)
{
	struct probe probe;
	struct made made;
	uint8_t label;
	int kernel;

	draw(run, &made);
	probe_parse(&probe, &made);
	label = track_pass(&run->track, &probe);
	kernel = ctoracle_send(&run->oracle, &made.tuple, made.l4, made.len);
	run->seen[label]++;
	if (in_tos(label) == kernel && !run->verbose)
		return true;
	print_made(&made);
	printf("label %#x, kernel %#x\n", in_tos(label), kernel);
	return in_tos(label) == kernel;
}

static void random_packets(void **state)
{
	struct run *run = *state;
	uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) :
			(uint64_t)time(NULL) << 20;
	unsigned int i;

	if (run->missing) {
		printf("SKIP: %s\n", run->missing);
		skip();
	}
	ctoracle_set("checksum", 1);
	track_reset(&run->track, TRACK_BUCKETS);
	run->seed = seed;
	run->verbose = getenv("VERBOSE");
	for (i = 0; i < QUOTES; i++)
		draw_first(run, &run->quotes[i]);
	for (i = 0; i < PACKETS; i++)
		if (!one_packet(run))
			fail_msg("packet %u of SEED=%" PRIu64, i, seed);
	assert_int_equal(track_event(&run->track, FLOW_EVICTED), 0);
	assert_true(run->seen[FLOW_INVALID] > PACKETS / 20);
	assert_true(run->seen[FLOW_RELATED | LABEL_CONFIRMED]);
	assert_true(run->seen[FLOW_RELATED | LABEL_REPLY | LABEL_CONFIRMED]);
	assert_true(run->seen[FLOW_ESTABLISHED | LABEL_REPLY | LABEL_ASSURED |
			      LABEL_SEEN_REPLY | LABEL_CONFIRMED]);
}

int main(void)
{
	static struct run run;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(random_packets, &run),
	};
	int failed;

	run.missing = testns_guard(120);
	if (!run.missing)
		run.missing = ctoracle_open(&run.oracle);
	if (!run.missing)
		run.missing = track_open(&run.track);
	failed = cmocka_run_group_tests_name("ct_label", tests, NULL, NULL);
	if (run.track.skel)
		track_close(&run.track);
	ctoracle_close(&run.oracle);
	return failed;
}
