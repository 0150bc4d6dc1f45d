// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rulesets as JSON: json/NAME.rules under tests/fixtures has its .json beside
 * it, with the counters of the dump. jq(1) reads what becomes of every text
 * that is a fixture, and of comments with any bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "golden.h"
#include "json.h"
#include "names.h"
#include "ruleset.h"

/* The counters that a ruleset starts from. */
static struct abi_counter *counters_of(struct arena *arena,
				       const struct ruleset *ruleset)
{
	struct abi_counter *counters = arena_alloc(arena, ruleset->nr_counters,
						   sizeof(*counters));
	const struct chain *chain;
	struct abi_counter *at;
	unsigned int i, j;

	for (i = 0; i < ruleset->nr_chains; i++) {
		chain = ruleset->chains[i];
		if (chain->hook >= 0) {
			counters[chain->hook].packets = chain->packets;
			counters[chain->hook].bytes = chain->bytes;
		}
		at = &counters[chain->first_counter];
		for (j = 0; j < chain->nr_rules; j++) {
			at[j].packets = chain->rules[j].packets;
			at[j].bytes = chain->rules[j].bytes;
		}
	}
	return counters;
}

/* A dump as JSON, to be freed; NULL if it has mistakes. */
static char *json_of(const char *text, size_t text_len, size_t *len)
{
	struct diag diag = { .program = "bpfipt-save", .file = "x",
			     .text = text, .text_len = text_len };
	struct golden_stderr caught;
	struct ruleset *ruleset;
	struct arena arena;
	size_t said_len;
	char *json = NULL;
	FILE *out;

	arena_init(&arena);
	golden_catch(&caught);
	ruleset = ruleset_build(&arena, ast_parse(&arena, &diag), &names_fixed,
				true, &diag);
	free(golden_release(&caught, &said_len));
	if (!diag.nr_errors) {
		out = open_memstream(&json, len);
		assert_non_null(out);
		json_print(ruleset, counters_of(&arena, ruleset), out);
		assert_int_equal(fclose(out), 0);
	}
	arena_fini(&arena);
	return json;
}

/* What jq makes of a text with a filter, to be freed; NULL if it is no JSON. */
static char *jq(const char *filter, const char *json, size_t len)
{
	char name[64], command[256], *said;
	size_t said_len;
	FILE *file, *out;
	int c, status;

	snprintf(name, sizeof(name), "/tmp/bpfipt-json-%d", getpid());
	file = fopen(name, "wx");
	assert_non_null(file);
	assert_int_equal(fwrite(json, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	snprintf(command, sizeof(command), "jq -j '%s' %s", filter, name);
	file = popen(command, "r");
	out = open_memstream(&said, &said_len);
	assert_true(file && out);
	while ((c = fgetc(file)) != EOF)
		fputc(c, out);
	status = pclose(file);
	fclose(out);
	remove(name);
	if (!status)
		return said;
	free(said);
	return NULL;
}

static void fixtures_are_as_written(void **state)
{
	unsigned int failed = 0;
	glob_t found;
	size_t i, len, json_len;
	char *text, *json;

	(void)state;
	assert_int_equal(glob("tests/fixtures/json/*.rules", 0, NULL, &found),
			 0);
	for (i = 0; i < found.gl_pathc; i++) {
		text = golden_read(found.gl_pathv[i], &len);
		assert_non_null(text);
		json = json_of(text, len, &json_len);
		assert_non_null(json);
		failed += !golden_same(found.gl_pathv[i], ".json", json,
				       json_len);
		free(json);
		free(text);
	}
	globfree(&found);
	assert_int_equal(failed, 0);
}

static void any_ruleset_is_json(void **state)
{
	size_t i, len, json_len;
	unsigned int nr = 0;
	char *text, *json, *read;
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/fixtures/text/*.rules", 0, NULL, &found),
			 0);
	assert_int_equal(glob("tests/fixtures/json/*.rules", GLOB_APPEND, NULL,
			      &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		text = golden_read(found.gl_pathv[i], &len);
		json = json_of(text, len, &json_len);
		if (json) {
			read = jq(".tables[0].name", json, json_len);
			if (!read || strcmp(read, "filter") != 0)
				fail_msg("%s gives\n%s", found.gl_pathv[i],
					 json);
			free(read);
			nr++;
		}
		free(json);
		free(text);
	}
	globfree(&found);
	assert_true(nr > 3);
}

static void assert_comment(const char *comment, const char *expected)
{
	char text[1024], *json, *read;
	size_t len;
	int text_len = snprintf(text, sizeof(text),
				"*filter\n-A INPUT -m comment --comment \"%s\" -j DROP\nCOMMIT\n",
				comment);

	json = json_of(text, (size_t)text_len, &len);
	assert_non_null(json);
	read = jq(".tables[].chains[].rules[].matches[].tests[].value", json,
		  len);
	assert_non_null(read);
	assert_string_equal(read, expected);
	free(read);
	free(json);
}

/* All bytes below 0x80 but those that end a line or stand for others. */
static void comments_may_hold_any_byte(void **state)
{
	char ascii[128], *at = ascii;
	char c;

	(void)state;
	for (c = 1; c < 127; c++)
		if (!strchr("\n\r\"\\", c))
			*at++ = c;
	*at++ = 127;
	*at = '\0';
	assert_comment(ascii, ascii);
	assert_comment("\\\\ \\\"", "\\ \"");
	assert_comment("\u00e4 \u20ac \U0001f600", "\u00e4 \u20ac \U0001f600");
}

/* One byte alone, too long a form, a surrogate, above the last character, a
 * sequence that ends too early: each byte that is no UTF-8 for itself. */
static void bytes_that_are_no_text_are_escaped(void **state)
{
	static const struct {
		const char *comment, *json;
	} cases[] = {
		{ "x\xff", "\"x\\udcff\"" },
		{ "\x80y", "\"\\udc80y\"" },
		{ "\xc0\xaf", "\"\\udcc0\\udcaf\"" },
		{ "\xe0\x80\xaf", "\"\\udce0\\udc80\\udcaf\"" },
		{ "\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"" },
		{ "\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"" },
		{ "\xf0\x9f\x98", "\"\\udcf0\\udc9f\\udc98\"" },
		{ "\xe2\x82", "\"\\udce2\\udc82\"" },
	};
	char text[256], *json, *read;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(text, sizeof(text),
			 "*filter\n-A INPUT -m comment --comment \"%s\"\nCOMMIT\n",
			 cases[i].comment);
		json = json_of(text, strlen(text), &len);
		assert_non_null(json);
		if (!strstr(json, cases[i].json))
			fail_msg("not %s in\n%s", cases[i].json, json);
		read = jq(".version", json, len);
		assert_non_null(read);
		assert_string_equal(read, "1");
		free(read);
		free(json);
	}
}

static void no_table_is_an_empty_list(void **state)
{
	size_t len;
	char *json;
	FILE *out = open_memstream(&json, &len);

	(void)state;
	assert_non_null(out);
	json_print(NULL, NULL, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(json, "{\"version\":1,\"tables\":[]}\n");
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures_are_as_written),
		cmocka_unit_test(any_ruleset_is_json),
		cmocka_unit_test(comments_may_hold_any_byte),
		cmocka_unit_test(bytes_that_are_no_text_are_escaped),
		cmocka_unit_test(no_table_is_an_empty_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
