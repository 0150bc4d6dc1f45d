// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same text to iptables-legacy and to bpfipt: random dumps with mistakes
 * and odd spellings in them are taken by both or by neither, and what is taken
 * is saved alike. Goes in: SEED and ROUNDS from the environment. What bpfipt
 * refuses on purpose, with a message of its own, is told apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "gen.h"
#include "graph.h"
#include "mutate.h"
#include "names.h"
#include "ruleset.h"
#include "testns.h"

#define DEFAULT_SECONDS	10	/* without ROUNDS */
#define MAX_DIFFERENCES	5

struct bench {
	const char *missing;	/* why nothing can run here */
	struct testns ns;
	uint64_t seed;
	unsigned int taken;
	unsigned int refused;
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

/* What one of the two says to a text; both are to be freed. */
struct answer {
	char *saved;		/* from "*filter" to "COMMIT"; NULL: refused */
	char *message;		/* what was said then */
};

static struct answer legacy_takes(const struct bench *bench, const char *text)
{
	struct answer answer = { NULL, NULL };
	const char *const restore[] = { "iptables-legacy-restore", "-c", NULL };
	const char *const save[] = {
		"iptables-legacy-save", "-c", "-t", "filter", NULL,
	};
	const char nothing[] = "*filter\n:INPUT ACCEPT [0:0]\n"
		":FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n";
	char *begin, *end;

	/* A policy that is not given stays what it was. */
	assert_int_equal(testns_run(&bench->ns, restore, nothing, NULL), 0);
	if (testns_run(&bench->ns, restore, text, &answer.message))
		return answer;
	assert_int_equal(testns_run(&bench->ns, save, NULL, &answer.saved), 0);
	begin = strstr(answer.saved, "*filter\n");
	end = begin ? strstr(begin, "\nCOMMIT\n") : NULL;
	assert_non_null(end);
	end[strlen("\nCOMMIT\n")] = '\0';
	memmove(answer.saved, begin, strlen(begin) + 1);
	return answer;
}

/* Our messages go to stderr: it is a file meanwhile. */
static char *read_back(FILE *file)
{
	char *text = calloc(1, 65536);

	assert_non_null(text);
	rewind(file);
	text[fread(text, 1, 65535, file)] = '\0';
	return text;
}

static char *print(const struct ruleset *ruleset)
{
	struct abi_counter *counters = calloc(ruleset->nr_counters,
					      sizeof(*counters));
	unsigned int i, j;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(counters);
	assert_non_null(out);
	for (i = 0; i < ruleset->nr_chains; i++) {
		const struct chain *chain = ruleset->chains[i];

		if (i < NR_HOOKS)
			counters[i] = (struct abi_counter){
				chain->packets, chain->bytes };
		for (j = 0; j < chain->nr_rules; j++)
			counters[chain->first_counter + j] =
				(struct abi_counter){
					chain->rules[j].packets,
					chain->rules[j].bytes };
	}
	print_ruleset(ruleset, counters, true, out);
	fclose(out);
	free(counters);
	return text;
}

static struct answer product_takes(const char *text)
{
	struct diag diag = {
		.program = "iptables-restore", .file = "text", .text = text,
		.text_len = strlen(text), .compat = true,
	};
	const struct ruleset *ruleset;
	int stderr_copy = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	struct arena arena;
	struct answer answer = { NULL, NULL };
	struct ast *ast;

	assert_non_null(file);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	arena_init(&arena);
	ast = ast_parse(&arena, &diag);
	ruleset = ruleset_build(&arena, ast, &names_system, true, &diag);
	if (!diag.nr_errors)
		answer.saved = print(ruleset);
	fflush(stderr);
	dup2(stderr_copy, STDERR_FILENO);
	close(stderr_copy);
	arena_fini(&arena);
	answer.message = read_back(file);
	fclose(file);
	return answer;
}

static void explain(uint64_t seed, const char *text,
		    const struct answer *legacy, const struct answer *product)
{
	fprintf(stderr, "SEED=%" PRIu64 " ROUNDS=1\n%s--- iptables: %s\n%s"
		"--- bpfipt: %s\n%s---\n", seed, text,
		legacy->saved ? "taken" : "refused",
		legacy->saved ? legacy->saved : legacy->message,
		product->saved ? "taken" : "refused",
		product->saved ? product->saved : product->message);
}

/*
 * Where iptables takes what bpfipt refuses on purpose: a port above 65,535,
 * which iptables takes for another one, a quote that is never closed,
 * commands that only print, names that its own save could not be read with.
 */
static bool on_purpose(const char *answer)
{
	static const char *const messages[] = {
		"does not resolve to anything", "missing closing quote",
		"cannot be used in a dump", "holds a blank or a quote",
		"Invalid chain name",
	};
	unsigned int i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (strstr(answer, messages[i]))
			return true;
	return false;
}

static bool are_alike(const struct answer *legacy, const struct answer *product)
{
	if (legacy->saved && product->saved)
		return !strcmp(legacy->saved, product->saved);
	if (legacy->saved)
		return on_purpose(product->message);
	return !product->saved;
}

static void answer_fini(struct answer *answer)
{
	free(answer->saved);
	free(answer->message);
}

/* Mistakes in good rules; every fourth, a graph of chains. */
static char *draw_text(uint64_t seed)
{
	struct gen_options options = {
		.seed = seed, .rules = 1 + seed % 5, .stateful = 20,
	};
	const char *whole;
	struct gen *gen;
	char *text;
	size_t len;

	if (seed % 4 == 0)
		return graph_text(seed);
	gen = gen_new(&options);
	whole = gen_text(gen, &len);
	text = mutate_text(whole, len, seed);
	gen_free(gen);
	return text;
}

static bool run_text(struct bench *bench, uint64_t seed)
{
	char *text = draw_text(seed);
	struct answer legacy, product;
	bool same;

	legacy = legacy_takes(bench, text);
	product = product_takes(text);
	same = are_alike(&legacy, &product);
	bench->taken += legacy.saved != NULL;
	bench->refused += legacy.saved == NULL;
	if (!same)
		explain(seed, text, &legacy, &product);
	answer_fini(&legacy);
	answer_fini(&product);
	free(text);
	return same;
}

static void same_text_is_taken(void **state)
{
	struct bench *bench = *state;
	unsigned int rounds = (unsigned int)number("ROUNDS", 0), i;
	time_t end = time(NULL) + DEFAULT_SECONDS;
	unsigned int differences = 0;

	if (bench->missing) {
		printf("SKIP: %s\n", bench->missing);
		skip();
	}
	for (i = 0; (rounds ? i < rounds : time(NULL) < end) &&
	     differences < MAX_DIFFERENCES; i++)
		differences += !run_text(bench, bench->seed + i);
	printf("# from seed %" PRIu64 ": %u texts taken, %u refused\n",
	       bench->seed, bench->taken, bench->refused);
	assert_int_equal(differences, 0);
}

int main(void)
{
	static struct bench bench;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(same_text_is_taken, &bench),
	};

	bench.missing = testns_guard(570);
	bench.seed = number("SEED", (uint64_t)time(NULL) << 20);
	if (!bench.missing && testns_add(&bench.ns, "text"))
		bench.missing = "no network namespace can be made";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
