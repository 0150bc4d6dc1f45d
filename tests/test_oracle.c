// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random rulesets with packets at their rules' edges: what the tables say and
 * what the oracle says must be the same, verdict and counters. And that the
 * test is worth something: with a fault planted it fails. Goes in: SEED and
 * ROUNDS from the environment; a failure is printed with the seed that brings
 * it back, its ruleset cut down to the rules that matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plant.h"
#include "ruleset.h"
#include "subject.h"

#define DEFAULT_SECONDS	20	/* without ROUNDS */
#define MAX_PACKETS	400
#define PLANT_ROUNDS	60
#define STATEFUL	20	/* percent of the rulesets */

struct totals {
	uint64_t seed;		/* of the first round */
	unsigned int rounds;	/* 0: as many as the seconds allow */
	unsigned int done;
	uint64_t packets;
	uint64_t verdicts[NR_EVAL_VERDICTS];
	uint64_t used[NR_GEN_FEATURES];
	uint64_t levels[MAX_LEVELS + 1]; /* hooks, by their vectors' levels */
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

static void add_features(struct totals *totals, const struct gen_set *set)
{
	unsigned int i;

	for (i = 0; i < NR_GEN_FEATURES; i++)
		totals->used[i] += gen_set_has(set, i);
}

/* Whether any of the packets is judged differently; then it says which. */
static const struct gen_packet *
find_difference(struct subject *subject, const struct gen_packet *packets,
		unsigned int nr, struct totals *totals)
{
	struct outcome tables = subject_outcome(subject);
	struct outcome oracle = subject_outcome(subject);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		subject_ask_oracle(subject, &packets[i], &oracle);
		subject_ask_tables(subject, &packets[i], &tables);
		if (!subject_same(subject, &oracle, &tables))
			return &packets[i];
		if (totals)
			totals->verdicts[oracle.verdict]++;
	}
	return NULL;
}

/* A ruleset that is not even taken differs from nothing. */
static bool still_differs(const char *text, size_t len, void *data)
{
	struct subject subject;
	bool differs;

	differs = !subject_init(&subject, text, len) &&
		find_difference(&subject, data, 1, NULL);
	subject_fini(&subject);
	return differs;
}

static void report(const char *text, size_t len, uint64_t seed,
		   const struct gen_packet *packet)
{
	struct gen_packet culprit = *packet;
	char *small = subject_shrink(text, len, still_differs, &culprit);
	struct outcome tables, oracle;
	struct subject subject;

	fprintf(stderr, "again with SEED=%" PRIu64 " ROUNDS=1\n%s", seed,
		small);
	gen_packet_print(&culprit, stderr);
	if (!subject_init(&subject, small, strlen(small))) {
		tables = subject_outcome(&subject);
		oracle = subject_outcome(&subject);
		subject_ask_oracle(&subject, &culprit, &oracle);
		subject_ask_tables(&subject, &culprit, &tables);
		subject_print(&subject, "oracle", &oracle, stderr);
		subject_print(&subject, "tables", &tables, stderr);
	}
	subject_fini(&subject);
	free(small);
}

static unsigned int draw_packets(struct gen *gen, struct gen_packet *packets,
				 struct totals *totals)
{
	unsigned int nr, i;
	struct gen_set set;

	gen_saved(gen, &nr);
	nr = nr < (MAX_PACKETS - 40) / 2 ? 40 + 2 * nr : MAX_PACKETS;
	for (i = 0; i < nr; i++) {
		gen_packet_draw(gen, &packets[i]);
		set = gen_packet_features(&packets[i]);
		add_features(totals, &set);
	}
	totals->packets += nr;
	return nr;
}

/* What is kept of a ruleset as text means the same and is the same again. */
static bool printing_keeps(struct subject *subject,
			   const struct gen_packet *packets, unsigned int nr)
{
	struct outcome first = subject_outcome(subject), second;
	struct subject again;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool same;
	unsigned int i;

	assert_non_null(out);
	print_ruleset_exact(subject->ruleset, out);
	fclose(out);
	same = !subject_init(&again, text, len) &&
		again.plan.text_len == subject->plan.text_len &&
		!memcmp(again.plan.text, subject->plan.text,
			again.plan.text_len);
	for (i = 0; same && i < nr; i++) {
		second = subject_outcome(&again);
		subject_ask_oracle(subject, &packets[i], &first);
		subject_ask_oracle(&again, &packets[i], &second);
		same = subject_same(subject, &first, &second);
	}
	if (!same)
		fprintf(stderr, "printed:\n%s", text);
	subject_fini(&again);
	free(text);
	return same;
}

/* Three levels of vectors begin above 4,096 rows. */
static unsigned int size_of(uint64_t seed)
{
	return seed % 96 ? 0 : 8000 + (unsigned int)(seed % 1000);
}

static void add_levels(struct totals *totals, const struct plan *plan)
{
	unsigned int hook;

	for (hook = 0; hook < NR_HOOKS; hook++)
		totals->levels[plan->hook[hook].config.levels]++;
}

static bool run_round(struct totals *totals, uint64_t seed)
{
	struct gen_options options = {
		.seed = seed, .rules = size_of(seed), .stateful = STATEFUL,
	};
	struct gen *gen = gen_new(&options);
	struct gen_packet packets[MAX_PACKETS];
	const struct gen_packet *culprit = NULL;
	struct gen_set set = gen_features(gen);
	struct subject subject;
	unsigned int nr;
	const char *text;
	size_t len;
	bool good;

	text = gen_text(gen, &len);
	add_features(totals, &set);
	nr = draw_packets(gen, packets, totals);
	good = !subject_init(&subject, text, len);
	if (good) {
		add_levels(totals, &subject.plan);
		culprit = find_difference(&subject, packets, nr, totals);
		good = printing_keeps(&subject, packets, nr < 20 ? nr : 20);
	}
	if (!good)
		fprintf(stderr, "SEED=%" PRIu64 " ROUNDS=1\n%s", seed, text);
	else if (culprit)
		report(text, len, seed, culprit);
	subject_fini(&subject);
	gen_free(gen);
	totals->done++;
	return good && !culprit;
}

static void print_totals(const struct totals *totals)
{
	unsigned int i;

	printf("# from seed %" PRIu64 ": %u rulesets, %" PRIu64 " packets, "
	       "%" PRIu64 " accepted, %" PRIu64 " dropped, %" PRIu64
	       " dropped for their header\n", totals->seed, totals->done,
	       totals->packets, totals->verdicts[EVAL_ACCEPT],
	       totals->verdicts[EVAL_DROP], totals->verdicts[EVAL_HOT]);
	printf("# hooks with vectors of 1, 2, 3 levels: %" PRIu64 " %" PRIu64
	       " %" PRIu64 "\n", totals->levels[1], totals->levels[2],
	       totals->levels[3]);
	if (totals->done < 100)
		return;
	for (i = 0; i < NR_GEN_FEATURES; i++)
		printf("%s%s %" PRIu64, i % 6 ? ", " : "\n# ",
		       gen_feature_name(i), totals->used[i]);
	printf("\n");
}

/* Every feature is met, once there are rulesets enough. */
static void check_features(const struct totals *totals)
{
	unsigned int i;

	for (i = 0; i < NR_GEN_FEATURES && totals->done >= 1000; i++)
		if (!totals->used[i])
			fail_msg("never met: %s", gen_feature_name(i));
}

static void tables_do_as_oracle(void **state)
{
	struct totals totals = { 0 };
	time_t end = time(NULL) + DEFAULT_SECONDS;
	unsigned int i;

	(void)state;
	totals.seed = number("SEED", (uint64_t)time(NULL) << 20);
	totals.rounds = (unsigned int)number("ROUNDS", 0);
	for (i = 0; totals.rounds ? i < totals.rounds : time(NULL) < end; i++)
		if (!run_round(&totals, totals.seed + i))
			fail_msg("SEED=%" PRIu64, totals.seed + i);
	print_totals(&totals);
	check_features(&totals);
}

/* One ruleset with one fault in each hook's tables that have room for it. */
static bool notices(enum plant plant, uint64_t seed, bool *planted)
{
	struct gen_options options = {
		.seed = seed, .rules = 20 + (unsigned int)(seed % 3) * 60,
		.stateful = 50,
	};
	struct gen *gen = gen_new(&options);
	struct gen_packet packets[MAX_PACKETS];
	struct totals totals = { 0 };
	struct subject subject;
	unsigned int nr, hook;
	const char *text;
	bool noticed;
	size_t len;

	text = gen_text(gen, &len);
	nr = draw_packets(gen, packets, &totals);
	assert_int_equal(subject_init(&subject, text, len), 0);
	*planted = false;
	for (hook = 0; hook < NR_HOOKS; hook++)
		*planted |= plant_fault(&subject.plan.hook[hook], plant,
					seed * 7919 + hook);
	noticed = find_difference(&subject, packets, nr, NULL);
	subject_fini(&subject);
	gen_free(gen);
	return noticed;
}

static void planted_fault_is_noticed(void **state)
{
	unsigned int plant, i, planted, noticed, silent = 0;
	bool there;

	(void)state;
	for (plant = 0; plant < NR_PLANTS; plant++) {
		planted = noticed = 0;
		for (i = 0; i < PLANT_ROUNDS && planted < 12; i++) {
			noticed += notices(plant, plant * 1000 + i, &there);
			planted += there;
		}
		printf("# fault in %s: %u of %u noticed\n", plant_name(plant),
		       noticed, planted);
		silent += !noticed;
	}
	assert_int_equal(silent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planted_fault_is_noticed),
		cmocka_unit_test(tables_do_as_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
