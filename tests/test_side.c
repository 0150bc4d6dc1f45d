/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The product beside iptables-legacy: two firewalls alike in namespaces get the
 * same random rulesets and the same packets, and must count the same, save the
 * same text and let the same packets out. First the harness is tried on itself:
 * two iptables must be equal, and a planted difference must be noticed.
 *
 * SEED, ROUNDS and PACKETS in the environment replace the defaults; a failure
 * prints the seed that shows it again, with ROUNDS=1 the ruleset too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "side_round.h"

#define DEFAULT_ROUNDS 200
#define DEFAULT_PACKETS 500
#define HARNESS_ROUNDS 8
#define LONG_RUN 1000
#define SECONDS_PER_ROUND 10
#define MAX_FAILURES 5

struct run {
	const char *missing;	/* why nothing can run here */
	uint64_t seed;
	unsigned int rounds;
	unsigned int packets;
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

static uint64_t random_seed(void)
{
	uint32_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = time(NULL);
	return seed;
}

static void skip_if_missing(const struct run *run)
{
	if (!run->missing)
		return;
	printf("SKIP: %s\n", run->missing);
	skip();
}

/* Rounds from a seed on; stops early when too many fail. */
static unsigned int run_rounds(struct side *side, uint64_t seed,
			       unsigned int rounds)
{
	unsigned int i, failed = 0;

	for (i = 0; i < rounds && failed < MAX_FAILURES; i++)
		failed += side_round(side, seed + i) != 0;
	printf("# %u rulesets, %" PRIu64 " rules, %" PRIu64 " packets, %" PRIu64
	       " came out, %" PRIu64 " refused when sent\n", i, side->rules,
	       side->sent, side->came_out, side->refused);
	return failed;
}

static void twins_are_equal(void **state)
{
	const struct run *run = *state;
	struct side side;
	unsigned int failed;

	skip_if_missing(run);
	assert_int_equal(side_open(&side, &tool_legacy, run->packets), 0);
	failed = run_rounds(&side, run->seed, HARNESS_ROUNDS);
	side_close(&side);
	assert_int_equal(failed, 0);
}

/*
 * What is done to the second firewall outside of the filter table, so that its
 * rules and their text stay the same: some packets get lost before the filter
 * chains, or only after them.
 */
static const char *const plants[] = {
	"*mangle\n"
	"-A PREROUTING -m length --length 28:40 -j DROP\n"
	"COMMIT\n",
	"*mangle\n"
	"-A POSTROUTING -o eth0 -m length --length 28:40 -j DROP\n"
	"COMMIT\n",
};

static void plant_is_noticed(void **state)
{
	const struct run *run = *state;
	struct side side;
	FILE *null;
	size_t i;

	skip_if_missing(run);
	null = fopen("/dev/null", "w");
	assert_non_null(null);
	for (i = 0; i < sizeof(plants) / sizeof(*plants); i++) {
		assert_int_equal(side_open(&side, &tool_legacy, 500), 0);
		assert_int_equal(tool_restore(&tool_legacy,
			&side.topo[1].firewall, NULL, plants[i]), 0);
		side.out = null;
		assert_int_not_equal(side_round(&side, 1), 0);
		side_close(&side);
	}
	fclose(null);
}

static void tracking_twins(struct side *side)
{
	assert_int_equal(side_open(side, &tool_legacy, 500), 0);
	assert_int_equal(side_track(side), 0);
	side->percent_talks = 60;
}

static void tracking_twins_are_equal(void **state)
{
	const struct run *run = *state;
	struct side side;
	unsigned int failed;

	skip_if_missing(run);
	tracking_twins(&side);
	failed = run_rounds(&side, run->seed, HARNESS_ROUNDS);
	side_close(&side);
	assert_int_equal(failed, 0);
}

/* The second one's tracker does not see some packets. */
static void lost_track_is_noticed(void **state)
{
	static const char plant[] =
		"*raw\n"
		"-A PREROUTING -m length --length 28:60 -j CT --notrack\n"
		"COMMIT\n";
	const struct run *run = *state;
	struct side side;
	FILE *null;

	skip_if_missing(run);
	null = fopen("/dev/null", "w");
	assert_non_null(null);
	tracking_twins(&side);
	assert_int_equal(tool_restore(&tool_legacy, &side.topo[1].firewall,
				      NULL, plant), 0);
	side.out = null;
	assert_int_not_equal(side_round(&side, 1), 0);
	side_close(&side);
	fclose(null);
}

static void print_packets(const struct packets *packets)
{
	static const char *const hooks[NR_HOOKS] = { "INPUT", "FORWARD",
						     "OUTPUT" };
	unsigned int i;

	for (i = 0; i < NR_HOOKS; i++)
		printf("# packets meant for %s: %u\n", hooks[i],
		       packets->hooks[i]);
	for (i = 0; i < 256; i++)
		if (packets->protocols[i])
			printf("# protocol %u: %u\n", i, packets->protocols[i]);
	for (i = 0; i < NR_FLAWS; i++)
		printf("# special: %s: %u\n", flaw_name[i], packets->flaws[i]);
	for (i = GEN_PKT_FRAGMENT; i < NR_GEN_FEATURES; i++)
		printf("# %s: %u\n", gen_feature_name(i), packets->features[i]);
}

/* What no packet has been, of all that the test wants to send. */
static unsigned int packets_lacking(const struct packets *packets)
{
	unsigned int i, lacking = 0;

	for (i = 0; i < NR_FLAWS; i++) {
		if (packets->flaws[i])
			continue;
		printf("never sent: %s\n", flaw_name[i]);
		lacking++;
	}
	for (i = 0; i < NR_HOOKS; i++)
		lacking += !packets->hooks[i];
	return lacking;
}

static void product_is_equal(void **state)
{
	const struct run *run = *state;
	struct tool product = tool_product();
	struct side side;
	unsigned int failed, lacking = 0;

	skip_if_missing(run);
	assert_int_equal(side_open(&side, &product, run->packets), 0);
	side.show = run->rounds == 1;
	side.packets.percent_flawed = 10;
	printf("# seed %" PRIu64 "\n", run->seed);
	failed = run_rounds(&side, run->seed, run->rounds);
	features_print(&side.features, stdout);
	print_packets(&side.packets);
	if (run->rounds >= DEFAULT_ROUNDS)
		lacking = features_lacking(&side.features, 0, SIDE_STATEFUL,
					   stdout) +
			  packets_lacking(&side.packets);
	side_close(&side);
	assert_int_equal(failed, 0);
	assert_int_equal(lacking, 0);
}

/* Fragments to the firewall and from it, whose datagrams iptables judges. */
static void datagrams_are_equal(void **state)
{
	const struct run *run = *state;
	struct tool product = tool_product();
	unsigned int rounds = run->rounds / 5 + 1, failed;
	struct side side;

	skip_if_missing(run);
	assert_int_equal(side_open(&side, &product, run->packets), 0);
	side.show = run->rounds == 1;
	side.packets.percent_datagrams = 30;
	side.rest.rest = DATAGRAM_REST;
	failed = run_rounds(&side, run->seed, rounds);
	printf("# datagrams in fragments: %u\n", side.packets.datagrams);
	printf("# differs: only the first fragment's bytes count if it is"
	       " dropped at OUTPUT, as the stack makes no others, and after"
	       " many rules: %" PRIu64 " counters\n", side.rest.lacking);
	side_close(&side);
	assert_int_equal(failed, 0);
}

/* Rules that test connections, conversations between all. */
static void connections_are_equal(void **state)
{
	const struct run *run = *state;
	struct tool product = tool_product();
	unsigned int rounds = (run->rounds + 2) / 3, failed, lacking = 0;
	struct side side;

	skip_if_missing(run);
	assert_int_equal(side_open(&side, &product, run->packets), 0);
	side.show = run->rounds == 1;
	assert_int_equal(side_track(&side), 0);
	side.percent_talks = 60;
	side.packets.percent_flawed = 5;
	failed = run_rounds(&side, run->seed, rounds);
	printf("# rulesets whose packets took too long: %u\n", side.late);
	features_print(&side.features, stdout);
	talks_print(&side.talks, stdout);
	if (rounds >= DEFAULT_ROUNDS / 3)
		lacking = features_lacking(&side.features, SIDE_STATEFUL,
					   rounds < LONG_RUN ? SIDE_RARE :
					   NR_SIDE_FEATURES, stdout) +
			  talks_lacking(&side.talks, stdout);
	side_close(&side);
	assert_int_equal(failed, 0);
	assert_int_equal(lacking, 0);
	assert_true(side.late <= rounds / 2);
}

/* The same where datagrams come and go in fragments. */
static void tracked_datagrams_are_equal(void **state)
{
	const struct run *run = *state;
	struct tool product = tool_product();
	unsigned int rounds = run->rounds / 10 + 1, failed;
	struct side side;

	skip_if_missing(run);
	assert_int_equal(side_open(&side, &product, run->packets), 0);
	side.show = run->rounds == 1;
	assert_int_equal(side_track(&side), 0);
	side.percent_talks = 40;
	side.packets.percent_datagrams = 30;
	side.rest.rest = DATAGRAM_REST;
	failed = run_rounds(&side, run->seed, rounds);
	printf("# datagrams in fragments: %u\n", side.packets.datagrams);
	side_close(&side);
	assert_int_equal(failed, 0);
}

int main(void)
{
	struct run run = {
		.seed = number("SEED", random_seed()),
		.rounds = number("ROUNDS", DEFAULT_ROUNDS),
		.packets = number("PACKETS", DEFAULT_PACKETS),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(twins_are_equal, &run),
		cmocka_unit_test_prestate(plant_is_noticed, &run),
		cmocka_unit_test_prestate(tracking_twins_are_equal, &run),
		cmocka_unit_test_prestate(lost_track_is_noticed, &run),
		cmocka_unit_test_prestate(product_is_equal, &run),
		cmocka_unit_test_prestate(datagrams_are_equal, &run),
		cmocka_unit_test_prestate(connections_are_equal, &run),
		cmocka_unit_test_prestate(tracked_datagrams_are_equal, &run),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_test_filter(getenv("ONLY"));
	run.missing = testns_guard(120 + run.rounds * SECONDS_PER_ROUND);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
