// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tools as programs: what they end with, and that --test and --dump need no
 * rights and take their input from a file or a pipe. Runs what was built, as
 * whoever runs the test, and changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define GOOD	"*filter\\n:INPUT DROP [0:0]\\n-A INPUT -i lo -j ACCEPT\\nCOMMIT\\n"
#define IN	"printf '" GOOD "' | "

/* %s is where the tools are. */
static const struct {
	const char *command;
	int status;
	const char *begins;	/* what is printed, on either stream */
} runs[] = {
	{ IN "%s/bpfipt-restore --test", 0, "" },
	{ IN "%s/bpfipt-restore -t -c", 0, "" },
	{ "%s/bpfipt-restore --test < /dev/null", 0, "" },
	{ "%s/bpfipt-restore < /dev/null", 0, "" },
	{ IN "%s/bpfipt-restore -T nat", 0, "" },
	{ IN "%s/bpfipt-restore --dump=ast", 0, "1 table\n" },
	{ IN "%s/bpfipt-restore --dump=ruleset", 0, "3 chains, 1 rules" },
	{ IN "%s/bpfipt-restore --dump=matrix", 0, "" },
	{ IN "%s/bpfipt-restore --dump=tables", 0, "" },
	{ IN "%s/bpfipt-restore --dump=plan", 0, "hook INPUT" },
	{ IN "%s/bpfipt-restore --dump=plan > /dev/full", 1,
	  "standard output" },
	{ "%s/bpfipt-restore nosuchfile", 1, "Can't open nosuchfile: No such" },
	{ "%s/bpfipt-restore -", 1, "Can't open -: No such" },
	{ "%s/bpfipt-restore /tmp", 1, "Can't read /tmp: Is a directory" },
	{ "%s/bpfipt-restore a b", 1, "Unknown arguments found" },
	{ "%s/bpfipt-restore -w abc", 2, "bpfipt-restore v" },
	{ "%s/bpfipt-restore --dump=all", 2, "bpfipt-restore: --dump=all" },
	{ "printf '*nat\\nCOMMIT\\n' | %s/bpfipt-restore -t", 2,
	  "bpfipt-restore v" },
	{ "printf '*filter\\n' | %s/bpfipt-restore -t", 1,
	  "bpfipt-restore: COMMIT expected at line 2\n" },
	{ "printf '*filter\\n-A X\\nCOMMIT\\n' | %s/bpfipt-restore -t", 1,
	  "bpfipt-restore: line 2 failed\n<stdin>:2:4: chain `X'" },
	{ "printf '*filter\\n-A X\\n-A INPUT -j Y\\n' | "
	  "%s/bpfipt-restore -t --errors=compat", 1,
	  "bpfipt-restore: line 2 failed\n" },
	{ "printf '*filter\\n-A INPUT -j Y\\n-A X\\n' | "
	  "%s/bpfipt-restore -t --errors=compat", 2, "bpfipt-restore v" },
	{ "%s/bpfipt-restore -V", 0, "bpfipt-restore v" },
	{ "%s/bpfipt-restore -V > /dev/full", 1, "standard output" },
	{ "%s/bpfipt-save -V", 0, "bpfipt-save v" },
	{ "%s/bpfipt-save x", 1, "Unknown arguments" },
	{ "%s/bpfipt-save -t nosuch", 1, "bpfipt-save v" },
	{ "%s/bpfipt", 1, "Usage: bpfipt status" },
	{ "%s/bpfipt nosuch", 1, "bpfipt: no verb `nosuch'\n" },
	{ "%s/bpfipt -h", 0, "Usage: bpfipt status" },
	{ "%s/bpfipt --version", 0, "bpfipt v" },
	{ "%s/bpfipt conntrack", 1, "Usage: bpfipt conntrack -L|-D" },
	{ "%s/bpfipt conntrack -h", 0, "Usage: bpfipt conntrack -L|-D" },
	{ "%s/bpfipt conntrack -h > /dev/full", 1, "standard output" },
	{ "%s/bpfipt conntrack -X", 1, "conntrack: invalid option -- 'X'\n" },
	{ "%s/bpfipt conntrack -L -s", 1, "conntrack: option requires an" },
	{ "%s/bpfipt conntrack -L -D", 1, "conntrack: one of -L, -D, -F" },
	{ "%s/bpfipt conntrack -L expect", 1, "conntrack: table `expect'" },
	{ "%s/bpfipt conntrack -L --netns nosuch", 4, "bpfipt: " },
};

static const char *where(void)
{
	const char *build = getenv("B");

	return build ? build : "build";
}

static bool check(const char *command, int status, const char *begins)
{
	char line[512], text[1024];
	size_t len;
	FILE *pipe;
	int ended;
	bool good;

	snprintf(line, sizeof(line), command, where());
	snprintf(text, sizeof(text), "{ %s; } 2>&1", line);
	pipe = popen(text, "r");
	assert_non_null(pipe);
	len = fread(text, 1, sizeof(text) - 1, pipe);
	text[len] = '\0';
	while (fgets(line, sizeof(line), pipe))
		;
	ended = pclose(pipe);
	good = WIFEXITED(ended) && WEXITSTATUS(ended) == status &&
	       strncmp(text, begins, strlen(begins)) == 0;
	if (!good)
		fprintf(stderr, "%s\n  ended with %d, not %d, and said\n%s\n",
			command, WEXITSTATUS(ended), status, text);
	return good;
}

static void test_runs(void **state)
{
	unsigned int failed = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		failed += !check(runs[i].command, runs[i].status,
				 runs[i].begins);
	assert_int_equal(failed, 0);
}

/* Called by the names of iptables' tools, their version is answered. */
static void test_names(void **state)
{
	char dir[64], link[96], command[128], target[4096], tool[4200];

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/bpfipt-names-%d", (int)getpid());
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_non_null(realpath(where(), target));
	snprintf(tool, sizeof(tool), "%s/bpfipt", target);
	snprintf(link, sizeof(link), "%s/iptables-restore", dir);
	assert_int_equal(symlink(tool, link), 0);
	snprintf(command, sizeof(command), "%s -V", link);
	assert_true(check(command, 0, "iptables-restore v1.8.9 (bpfipt) "));
	snprintf(command, sizeof(command), "printf x | %s", link);
	assert_true(check(command, 1, "iptables-restore: line 1 failed\n"));
	unlink(link);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_names),
	};

	/* A tool that does what it should refuse finds nothing to harm. */
	if (unshare(CLONE_NEWNET) && !geteuid())
		return 1;

	return cmocka_run_group_tests(tests, NULL, NULL);
}
