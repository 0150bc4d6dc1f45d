// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random rulesets with packets at their rules' edges, judged by the loaded
 * program: through the product's own loader and the kernel's test-run call,
 * against the oracle, on verdict, counters and events. Goes in: SEED and ROUNDS
 * from the environment. No packet leaves: devices are names only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../bpf/packet.h"
#include "counters.h"
#include "generation.h"
#include "kernel.h"
#include "lock.h"
#include "pins.h"
#include "plant.h"
#include "residents.h"
#include "rights.h"
#include "site.h"
#include "subject.h"
#include "testns.h"

#define DEFAULT_SECONDS	8	/* for each random test, without ROUNDS */
#define PACKETS		120
#define PLANT_ROUNDS	30
#define ETH_SIZE	14
#define MAX_CPUS	256
#define SCRATCH_SIZE	((sizeof(struct packet) + 7) / 8 * 8)

struct stand {
	const char *missing;	/* why nothing can run here */
	bool ready;
	struct testns ns;
	struct diag diag;
	struct site site;
	struct residents residents;
	int cpus;
	uint64_t seed;
	uint32_t number;	/* of the last generation */
};

#define NO_PLANT	NR_PLANTS

/* How a packet is put to the program: all hooks alone, or with the selector. */
struct way {
	const struct gen_options *options;
	enum plant plant;	/* a fault planted into the tables */
	bool quiet;
	int (*run)(struct stand *stand, const struct generation *generation,
		   const struct gen_packet *packet);
};

/* What is counted in the kernel. */
struct counted {
	struct abi_counter *counters;
	uint64_t events[NR_EVENTS];
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

static void read_counted(const struct stand *stand, int fd,
			 const struct subject *subject, struct counted *counted)
{
	uint64_t values[MAX_CPUS];
	uint32_t event;
	int cpu;

	assert_int_equal(counters_read(fd, subject->nr_counters,
				       counted->counters), 0);
	memset(counted->events, 0, sizeof(counted->events));
	for (event = 0; event < NR_EVENTS; event++) {
		assert_int_equal(bpf_map_lookup_elem(
			stand->residents.fd[RESIDENT_EVENTS], &event, values),
			0);
		for (cpu = 0; cpu < stand->cpus; cpu++)
			counted->events[event] += values[cpu];
	}
}

static void name_key(const char *name, __u64 key[2])
{
	uint64_t halves[2] = { 0, 0 };

	memcpy(halves, name, strnlen(name, sizeof(halves)));
	key[0] = __builtin_bswap64(halves[0]);
	key[1] = __builtin_bswap64(halves[1]);
}

/* The scratch that the selector would have left. */
static void fill_scratch(const struct stand *stand,
			 const struct gen_packet *from)
{
	static uint8_t values[MAX_CPUS][SCRATCH_SIZE];
	struct eval_packet parsed = subject_parse(from);
	struct packet p = {
		.saddr = from->saddr, .daddr = from->daddr, .mark = from->mark,
		.length = from->length, .bytes = from->length, .l3 = ETH_SIZE,
		.l4 = ETH_SIZE + 20 + from->nr_ip_options,
		.l4_len = from->length - 20 - from->nr_ip_options,
		.sport = (uint16_t)parsed.sport,
		.dport = (uint16_t)parsed.dport,
		.offset = (uint16_t)(from->frag_offset * 8),
		.proto = from->proto, .header = parsed.header,
		.tcpflags = parsed.tcpflags, .icmp_type = parsed.icmp_type,
		.icmp_code = parsed.icmp_code, .ttl = from->ttl,
		.tos = from->tos, .pkttype = from->pkttype,
		.ether = from->has_mac, .ct = parsed.ct,
	};
	uint32_t zero = 0;
	int cpu;

	name_key(from->iif, p.iname);
	name_key(from->oif, p.oname);
	for (cpu = 0; cpu < stand->cpus; cpu++)
		memcpy(values[cpu], &p, sizeof(p));
	assert_int_equal(bpf_map_update_elem(
		stand->residents.fd[RESIDENT_SCRATCH], &zero, values, BPF_ANY),
		0);
}

/* The program's return value for a packet behind an Ethernet header. */
static int test_run(int fd, const struct gen_packet *packet)
{
	uint8_t frame[ETH_SIZE + GEN_BYTES] = { [12] = 0x08 };
	struct __sk_buff context = { .mark = packet->mark };
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = frame,
		.ctx_in = &context,
		.ctx_size_in = sizeof(context),
		.repeat = 1,
	);

	opts.data_size_in = (uint32_t)(ETH_SIZE +
		gen_packet_bytes(packet, frame + ETH_SIZE));
	if (packet->has_mac)
		memcpy(frame + 6, packet->mac, 6);
	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	return (int)opts.retval;
}

static int run_chain(struct stand *stand, const struct generation *generation,
		     const struct gen_packet *packet)
{
	fill_scratch(stand, packet);
	return test_run(generation->program[packet->hook], packet);
}

/* All that comes in on lo is for INPUT: selector, parser and chain. */
static int run_selector(struct stand *stand,
			const struct generation *generation,
			const struct gen_packet *packet)
{
	*stand->residents.active = generation->number;
	return test_run(stand->residents.fd[RESIDENT_SELECTOR + INGRESS],
			packet);
}

static bool counters_agree(const struct subject *subject,
			   const struct outcome *oracle, uint32_t length,
			   const struct counted *before,
			   const struct counted *after)
{
	unsigned int i;

	for (i = 0; i < subject->nr_counters; i++) {
		const struct abi_counter *a = &before->counters[i];
		const struct abi_counter *b = &after->counters[i];
		uint64_t hits = oracle->counters[i];

		if (b->packets - a->packets != hits ||
		    b->bytes - a->bytes != hits * length)
			return false;
	}
	return true;
}

static bool judged_alike(int retval, const struct outcome *oracle,
			 const struct counted *before,
			 const struct counted *after)
{
	bool hot = oracle->verdict == EVAL_HOT;
	unsigned int event;

	if (retval != (oracle->verdict == EVAL_ACCEPT ? TC_ACT_UNSPEC :
		       TC_ACT_SHOT))
		return false;
	for (event = 0; event < NR_EVENTS; event++)
		if (after->events[event] - before->events[event] !=
		    (event == DROP_HOT && hot))
			return false;
	return true;
}

static void explain(struct subject *subject, const struct gen_packet *packet,
		    int retval, const struct counted counted[2])
{
	struct outcome outcome = subject_outcome(subject);
	unsigned int i;

	fwrite(subject->diag.text, 1, subject->diag.text_len, stderr);
	gen_packet_print(packet, stderr);
	subject_ask_oracle(subject, packet, &outcome);
	subject_print(subject, "oracle", &outcome, stderr);
	subject_ask_tables(subject, packet, &outcome);
	subject_print(subject, "tables", &outcome, stderr);
	fprintf(stderr, "program: %d, counters", retval);
	for (i = 0; i < subject->nr_counters; i++)
		if (counted[0].counters[i].packets !=
		    counted[1].counters[i].packets)
			fprintf(stderr, " %u", i);
	for (i = 0; i < NR_EVENTS; i++)
		if (counted[0].events[i] != counted[1].events[i])
			fprintf(stderr, " event %u", i);
	fputc('\n', stderr);
}

/* Three levels of vectors begin above 4,096 rows. */
static unsigned int size_of(uint64_t seed)
{
	return seed % 48 ? 0 : 8000 + (unsigned int)(seed % 1000);
}

static bool run_packets(struct stand *stand, const struct way *way,
			struct gen *gen, struct subject *subject,
			const struct generation *generation)
{
	struct counted counted[2];
	struct outcome oracle = subject_outcome(subject);
	struct gen_packet packet;
	unsigned int i, now = 0;
	int retval, side;

	for (side = 0; side < 2; side++)
		counted[side].counters = arena_alloc(&subject->arena,
			subject->nr_counters, sizeof(struct abi_counter));
	read_counted(stand, generation->counters, subject, &counted[0]);
	for (i = 0; i < PACKETS; i++) {
		gen_packet_draw(gen, &packet);
		subject_ask_oracle(subject, &packet, &oracle);
		retval = way->run(stand, generation, &packet);
		now = !now;
		read_counted(stand, generation->counters, subject,
			     &counted[now]);
		if (judged_alike(retval, &oracle, &counted[!now],
				 &counted[now]) &&
		    counters_agree(subject, &oracle, packet.length,
				   &counted[!now], &counted[now]))
			continue;
		if (!way->quiet)
			explain(subject, &packet, retval, counted);
		return false;
	}
	return true;
}

static void plant(struct plan *plan, enum plant what, uint64_t seed)
{
	unsigned int hook;

	for (hook = 0; hook < NR_HOOKS; hook++)
		plant_fault(&plan->hook[hook], what, seed + hook);
}

static bool run_ruleset(struct stand *stand, const struct way *way,
			uint64_t seed)
{
	struct generation generation = GENERATION_INIT;
	struct gen_options options = *way->options;
	struct subject subject;
	struct gen *gen;
	const char *text;
	char name[16];
	size_t len;
	bool good;

	options.seed = seed;
	if (!options.rules)
		options.rules = size_of(seed);
	gen = gen_new(&options);
	text = gen_text(gen, &len);
	generation.number = ++stand->number;
	good = !subject_init(&subject, text, len);
	if (good && way->plant != NO_PLANT)
		plant(&subject.plan, way->plant, seed);
	good = good &&
		!generation_load(&stand->site, &stand->residents, &subject.plan,
				 &generation) &&
		run_packets(stand, way, gen, &subject, &generation);
	if (!good && !way->quiet)
		fprintf(stderr, "again with SEED=%" PRIu64 " ROUNDS=1\n", seed);
	snprintf(name, sizeof(name), "gen-%u", generation.number);
	pins_remove(&stand->site, name);
	generation_close(&generation);
	subject_fini(&subject);
	gen_free(gen);
	return good;
}

static void need_stand(const struct stand *stand)
{
	if (stand->missing) {
		printf("SKIP: %s\n", stand->missing);
		skip();
	}
	assert_true(stand->ready);
}

static void run_way(struct stand *stand, const struct way *way)
{
	unsigned int rounds = (unsigned int)number("ROUNDS", 0), i;
	time_t end = time(NULL) + DEFAULT_SECONDS;

	need_stand(stand);
	for (i = 0; rounds ? i < rounds : time(NULL) < end; i++)
		if (!run_ruleset(stand, way, stand->seed + i))
			fail_msg("SEED=%" PRIu64, stand->seed + i);
	printf("# from seed %" PRIu64 ": %u rulesets, %u packets\n",
	       stand->seed, i, i * PACKETS);
}

static void chain_does_as_oracle(void **state)
{
	const struct gen_options options = { .stateful = 20 };
	const struct way way = { &options, NO_PLANT, false, run_chain };

	run_way(*state, &way);
}

static void selector_does_as_oracle(void **state)
{
	/* None that the stack would discard before any chain. */
	static const uint32_t addrs[] = {
		0x0a000001, 0x0a000002, 0x0a000003, 0x0a000101, 0x0a0001ff,
		0x0a010000, 0xc0a80101, 0xc0a80102, 0xc0a80180, 0xac100504,
		0x08080808,
	};
	const struct gen_path lo = {
		.hook = HOOK_INPUT, .iif = "lo", .oif = "",
		.nr_saddrs = sizeof(addrs) / sizeof(addrs[0]), .saddrs = addrs,
		.nr_daddrs = sizeof(addrs) / sizeof(addrs[0]), .daddrs = addrs,
		.pkttype = PACKET_HOST,
	};
	const struct gen_universe universe = { .nr_paths = 1, .paths = &lo };
	struct gen_options options = { .universe = &universe };
	const struct way way = { &options, NO_PLANT, false, run_selector };

	/* A datagram in fragments is another matter there. */
	gen_set_add(&options.off, GEN_PKT_FRAGMENT);
	gen_set_add(&options.off, GEN_PKT_LONG);
	gen_set_add(&options.off, GEN_PKT_GSO);
	run_way(*state, &way);
}

/* What a ruleset may have for one column, or one kind of test, alone. */
static const enum gen_feature alone[][6] = {
	{ GEN_SADDR, GEN_SADDR_NOT, GEN_PREFIX },
	{ GEN_DADDR, GEN_DADDR_NOT, GEN_ODD_MASK },
	{ GEN_PROTO, GEN_PROTO_NOT },
	{ GEN_IIF, GEN_IIF_NOT, GEN_IIF_WILD },
	{ GEN_OIF, GEN_OIF_NOT, GEN_OIF_WILD },
	{ GEN_FRAGMENT, GEN_FRAGMENT_NOT },
	{ GEN_UDP, GEN_SPORT, GEN_SPORT_NOT },
	{ GEN_UDP, GEN_DPORT, GEN_DPORT_NOT },
	{ GEN_UDPLITE, GEN_PORTS, GEN_PORTS_NOT, GEN_SPORTS, GEN_DPORTS },
	{ GEN_ICMP, GEN_ICMP_TYPE, GEN_ICMP_NOT, GEN_ICMP_CODE },
	{ GEN_TCP, GEN_TCP_FLAGS, GEN_SYN, GEN_SYN_NOT },
	{ GEN_TCP, GEN_TCP_OPTION, GEN_TCP_OPTION_NOT },
	{ GEN_SRC_RANGE, GEN_DST_RANGE_NOT },
	{ GEN_LENGTH, GEN_LENGTH_NOT },
	{ GEN_TTL_EQ, GEN_TTL_NOT, GEN_TTL_LT, GEN_TTL_GT },
	{ GEN_TOS, GEN_TOS_NOT, GEN_DSCP },
	{ GEN_MARK, GEN_MARK_NOT, GEN_MARK_MASK },
	{ GEN_MAC, GEN_MAC_NOT },
	{ GEN_PKTTYPE, GEN_PKTTYPE_NOT },
	{ GEN_STATE, GEN_STATE_NOT },
	{ GEN_CTSTATUS, GEN_CTSTATUS_NOT, GEN_CTDIR },
	{ GEN_CTADDR, GEN_CTADDR_NOT, GEN_CTPROTO, GEN_CTPROTO_NOT },
	{ GEN_CTPORT, GEN_CTPORT_NOT, GEN_CTEXPIRE, GEN_CTEXPIRE_NOT },
};

/* Large rulesets have no jumps: with so few tests most of them would be taken,
 * and the ways through the chains grow beyond all bounds. */
static struct gen_set all_but(const enum gen_feature keep[6], bool jumps)
{
	struct gen_set off = { { 0, 0 } }, kept = { { 0, 0 } };
	unsigned int i;

	for (i = 0; i < 6; i++)
		gen_set_add(&kept, keep[i]);
	for (i = 0; i < GEN_ACCEPT; i++)
		if (!gen_set_has(&kept, i) || (i == GEN_SADDR && keep[0] != i))
			gen_set_add(&off, i);
	if (!jumps)
		gen_set_add(&off, GEN_CHAINS);
	return off;
}

/*
 * The constants of a program decide what is in it: each column by itself, with
 * vectors of each number of levels, is another one for the verifier.
 */
static void each_column_stands_alone(void **state)
{
	static const unsigned int sizes[MAX_LEVELS] = { 12, 250, 12000 };
	struct stand *stand = *state;
	unsigned int i, level;

	need_stand(stand);
	for (i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		for (level = 0; level < MAX_LEVELS; level++) {
			const struct gen_options options = {
				.rules = sizes[level],
				.off = all_but(alone[i], level == 0),
				.stateful = 100,
			};
			const struct way way = {
				&options, NO_PLANT, false, run_chain,
			};

			if (!run_ruleset(stand, &way, 100 * i + level))
				fail_msg("column %u, level %u", i, level + 1);
		}
}

static void planted_fault_is_noticed(void **state)
{
	const struct gen_options options = { .rules = 60, .stateful = 50 };
	struct stand *stand = *state;
	unsigned int plant, i, noticed;

	need_stand(stand);
	for (plant = 0; plant < NR_PLANTS; plant++) {
		const struct way way = { &options, plant, true, run_chain };

		for (i = noticed = 0; i < PLANT_ROUNDS && !noticed; i++)
			noticed = !run_ruleset(stand, &way, 1000 * plant + i);
		if (!noticed)
			fail_msg("not noticed: %s", plant_name(plant));
	}
}

/* Returns why nothing can run here, or NULL; ready tells if all is well. */
static const char *stand_open(struct stand *stand)
{
	stand->diag = (struct diag){ .program = "test_bpf", .file = "test" };
	stand->residents = (struct residents)RESIDENTS_INIT;
	stand->cpus = libbpf_num_possible_cpus();
	stand->seed = number("SEED", (uint64_t)time(NULL) << 20);
	if (stand->cpus < 1 || stand->cpus > MAX_CPUS)
		return "too many processors for this test";
	if (rights_check(&stand->diag))
		return "no BPF here";
	if (testns_add(&stand->ns, "bpf"))
		return "no network namespace can be made";
	testns_enter(&stand->ns);
	/* Without the lock another run may take the half-made site away. */
	stand->ready = !site_enter(&stand->site, NULL, &stand->diag) &&
		lock_open(&stand->site, 0) >= 0 && !pins_open(&stand->site) &&
		!residents_load(&stand->site, &stand->residents);
	return NULL;
}

static int stand_close(void **state)
{
	struct stand *stand = *state;

	if (stand->missing)
		return 0;
	residents_close(&stand->residents);
	lock_remove(&stand->site);
	return pins_remove(&stand->site, "");
}

int main(void)
{
	static struct stand stand;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(planted_fault_is_noticed, &stand),
		cmocka_unit_test_prestate(each_column_stands_alone, &stand),
		cmocka_unit_test_prestate(chain_does_as_oracle, &stand),
		cmocka_unit_test_prestate(selector_does_as_oracle, &stand),
	};

	stand.missing = testns_guard(570);
	if (!stand.missing)
		stand.missing = stand_open(&stand);
	return cmocka_run_group_tests(tests, NULL, NULL) +
		stand_close((void *[]){ &stand });
}
