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
	size_t nr;
	struct script_job *jobs;
	char **paths;
};

/* One test. */
struct one {
	const struct scripts *scripts;
	struct script_job *job;
	const char *path;
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

	if (side_open(&scripts->side, &product, SCRIPT_TIMES_MAX))
		return -1;
	scripts->open = true;
	run->side = &scripts->side;
	run->nr_sides = kernel_only() ? 1 : NR_SIDES;
	scripts->rules = script_label_rules();
	run->rules = scripts->rules;
	return script_set_begin(run);
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

static int load(struct scripts *scripts)
{
	size_t i, len;
	char *text;

	for (i = 0; i < scripts->nr; i++) {
		text = golden_read(scripts->paths[i], &len);
		if (!text)
			return -1;
		script_parse(&scripts->jobs[i].script, text);
		free(text);
		scripts->jobs[i].name = name_of(scripts->paths[i]);
		script_begin(&scripts->jobs[i], i + 1);
	}
	return 0;
}

/* Before the first test: what all of them are about. */
static int run_all(struct scripts *scripts)
{
	size_t i;

	scripts->jobs = calloc(scripts->nr, sizeof(*scripts->jobs));
	if (!scripts->jobs)
		abort();
	if (scripts->missing)
		return 0;
	if (load(scripts) || open_all(scripts)) {
		fprintf(stderr, "the scripts cannot be set up\n");
		return -1;
	}
	script_all(&scripts->run, scripts->jobs, scripts->nr);
	for (i = 0; i < scripts->nr; i++)
		fclose(scripts->jobs[i].out);
	return 0;
}

static void end_all(struct scripts *scripts)
{
	size_t i;

	close_all(scripts);
	for (i = 0; i < scripts->nr; i++) {
		script_free(&scripts->jobs[i].script);
		free(scripts->jobs[i].seen);
	}
	free(scripts->jobs);
}

static void script(void **state)
{
	const struct one *one = *state;
	const struct script_job *job = one->job;
	bool same;

	if (one->scripts->missing) {
		printf("SKIP: %s\n", one->scripts->missing);
		skip();
	}
	same = golden_same(one->path, ".script", job->seen, job->len);
	assert_int_equal(job->found, 0);
	assert_true(same);
}

static int run_scripts(struct scripts *scripts)
{
	struct CMUnitTest *tests = calloc(scripts->nr, sizeof(*tests));
	struct one *ones = calloc(scripts->nr, sizeof(*ones));
	size_t i;
	int ret;

	if (!tests || !ones)
		abort();
	for (i = 0; i < scripts->nr; i++) {
		ones[i] = (struct one){ scripts, &scripts->jobs[i],
					scripts->paths[i] };
		tests[i].name = name_of(scripts->paths[i]);
		tests[i].test_func = script;
		tests[i].initial_state = &ones[i];
	}
	ret = _cmocka_run_group_tests("scripts", tests, scripts->nr, NULL,
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
	scripts.nr = found.gl_pathc;
	scripts.paths = found.gl_pathv;
	scripts.missing = testns_guard(300);
	ret = run_all(&scripts) ? 1 : run_scripts(&scripts);
	end_all(&scripts);
	globfree(&found);
	return ret;
}
