// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The largest rulesets: as many rows as a hook is promised are loaded, saved
 * and judged by, on all three hooks at once; more than there can be are refused
 * before anything is changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "stream.h"
#include "side_tool.h"

#define PROMISED	131072u

struct size {
	const char *missing;	/* why nothing can run here */
	struct stream flow;
	struct tool tool;
};

static struct size *size_of(void **state)
{
	struct size *size = *state;

	if (size->missing) {
		printf("SKIP: %s\n", size->missing);
		skip();
	}
	return size;
}

/* Its exit status, and what it said. */
static int restore(struct size *size, char *rules, char **said)
{
	const char *const argv[] = { size->tool.restore, NULL };

	assert_non_null(rules);
	return testns_run(&size->flow.firewall, argv, rules, said);
}

static void assert_saved(struct size *size, const char *rules)
{
	const char *const argv[] = { size->tool.save, NULL };
	char *said = NULL;

	assert_int_equal(testns_run(&size->flow.firewall, argv, NULL, &said),
			 0);
	assert_non_null(said);
	assert_true(strstr(said, rules) != NULL);
	free(said);
}

static void as_many_as_promised_are_judged_by(void **state)
{
	struct size *size = size_of(state);
	char *rules = stream_rules(1, PROMISED);

	assert_int_equal(restore(size, rules, NULL), 0);
	assert_int_equal(stream_judged(&size->flow), 1);
	assert_saved(size, rules);
	free(rules);
}

static void too_many_change_nothing(void **state)
{
	struct size *size = size_of(state);
	char *few = stream_rules(1, 3), *many = stream_rules(2, MAX_ROWS);
	char *said = NULL;

	assert_int_equal(restore(size, few, NULL), 0);
	assert_int_equal(restore(size, many, &said), 2);
	assert_non_null(said);
	assert_non_null(strstr(said, "has more than 262144 rows"));
	assert_saved(size, few);
	assert_int_equal(stream_judged(&size->flow), 1);
	free(said);
	free(few);
	free(many);
}

int main(void)
{
	struct size size = {};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(as_many_as_promised_are_judged_by,
					  &size),
		cmocka_unit_test_prestate(too_many_change_nothing, &size),
	};
	int failed;

	size.missing = testns_guard(300);
	size.tool = tool_product();
	if (!size.missing && stream_open(&size.flow))
		size.missing = "the namespaces cannot be set up";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!size.missing) {
		tool_unload(&size.tool, &size.flow.firewall);
		stream_close(&size.flow);
	}
	return failed;
}
