// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connection tracking beside the kernel's: each script of packets is a test.
 * What the kernel's rules see of every packet must be what the script says, and
 * what ours see must be the same.
 *
 * SCRIPTS=kernel runs the kernel's only; with GOLDEN=update, too, that is what
 * the scripts will say. SCRIPT=NAME runs one.
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

#include "golden.h"
#include "script.h"
#include "side_craft.h"

#define PATTERN "tests/fixtures/conntrack/%s.script"
#define MAX_SCRIPTS 1000	/* each has its own addresses */

struct scripts {
	const char *missing;
	bool open;
	struct side side;
	struct script_run run;
	char *rules;
};

struct one {
	struct scripts *scripts;
	const char *path;
	uint16_t number;
};

static bool kernel_only(void)
{
	const char *which = getenv("SCRIPTS");
	const char *golden = getenv("GOLDEN");

	return (which && !strcmp(which, "kernel")) ||
	       (golden && !strcmp(golden, "update"));
}

static int open_all(struct scripts *scripts)
{
	struct tool product = tool_product();
	struct script_run *run = &scripts->run;
	unsigned int i;

	if (side_open(&scripts->side, &product, SCRIPT_TIMES_MAX))
		return -1;
	scripts->open = true;
	run->side = &scripts->side;
	run->nr_sides = kernel_only() ? 1 : NR_SIDES;
	scripts->rules = script_label_rules();
	run->rules = scripts->rules;
	for (i = 0; i < run->nr_sides; i++)
		if (script_restore(run, i))
			return -1;
	return 0;
}

static void close_all(struct scripts *scripts)
{
	if (!scripts->open)
		return;
	printf("scripts: %u packets, %u differences that are meant\n",
	       scripts->run.packets, scripts->run.differences);
	side_close(&scripts->side);
	free(scripts->rules);
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void script(void **state)
{
	struct one *one = *state;
	struct script_run *run = &one->scripts->run;
	struct script script;
	unsigned int found;
	char *text, *seen;
	size_t len;
	FILE *out;
	bool same;

	if (one->scripts->missing) {
		printf("SKIP: %s\n", one->scripts->missing);
		skip();
	}
	text = golden_read(one->path, &len);
	assert_non_null(text);
	out = open_memstream(&seen, &len);
	assert_non_null(out);
	script_parse(&script, text);
	run->name = name_of(one->path);
	found = script_run(run, &script, one->number, out);
	fclose(out);
	same = golden_same(one->path, ".script", seen, len);
	script_free(&script);
	free(text);
	free(seen);
	assert_int_equal(found, 0);
	assert_true(same);
}

static int run_scripts(struct scripts *scripts, const glob_t *found)
{
	struct CMUnitTest *tests = calloc(found->gl_pathc, sizeof(*tests));
	struct one *ones = calloc(found->gl_pathc, sizeof(*ones));
	size_t i;
	int ret;

	if (!tests || !ones)
		abort();
	for (i = 0; i < found->gl_pathc; i++) {
		ones[i].scripts = scripts;
		ones[i].path = found->gl_pathv[i];
		ones[i].number = i + 1;
		tests[i].name = name_of(ones[i].path);
		tests[i].test_func = script;
		tests[i].initial_state = &ones[i];
	}
	ret = _cmocka_run_group_tests("scripts", tests, found->gl_pathc, NULL,
				      NULL);
	free(tests);
	free(ones);
	return ret;
}

int main(void)
{
	const char *only = getenv("SCRIPT");
	struct scripts scripts = { 0 };
	char pattern[256];
	glob_t found;
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(pattern, sizeof(pattern), PATTERN, only ? only : "*");
	if (glob(pattern, 0, NULL, &found) || found.gl_pathc > MAX_SCRIPTS) {
		fprintf(stderr, "%s: no scripts, or too many\n", pattern);
		return 1;
	}
	scripts.missing = testns_guard(300);
	if (!scripts.missing && open_all(&scripts)) {
		fprintf(stderr, "the firewalls cannot be set up\n");
		return 1;
	}
	ret = run_scripts(&scripts, &found);
	close_all(&scripts);
	globfree(&found);
	return ret;
}
