// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A restore killed (-9) at random moments 200 times, the first one of a
 * namespace too: what is loaded afterwards is the old ruleset or the new one,
 * whole, in what is saved and in what packets meet; the next restore works, and
 * leaves nothing behind of those that were killed. SEED replays a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stream.h"
#include "side_tool.h"

#define KILLS		200
#define TRIES		(4 * KILLS) /* some restores end before */
#define FIRST_KILLS	40	/* more, before anything was loaded */
#define NR_RULES	200	/* before those that packets meet */
#define NOT_KILLED_US	60000	/* most restores are done by then */

static const char empty_rules[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"COMMIT\n";

struct killing {
	const char *missing;	/* why nothing can run here */
	struct stream flow;
	struct tool tool;
	char *rules[2];
	unsigned int killed;
	unsigned int changed;
};

/* A descriptor that reads the text. */
static int text_open(const char *text)
{
	int fd = memfd_create("rules", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, text, strlen(text)) !=
			(ssize_t)strlen(text) || lseek(fd, 0, SEEK_SET)))
		abort();
	return fd;
}

/* Starts a restore and kills it after so many microseconds. Whether it was
 * killed before it ended. */
static bool restore_killed(struct killing *killing, const char *rules,
			   useconds_t after)
{
	int in = text_open(rules), status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		testns_enter(&killing->flow.firewall);
		dup2(in, STDIN_FILENO);
		execl(killing->tool.restore, killing->tool.restore, NULL);
		_exit(127);
	}
	close(in);
	usleep(after);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

/* What is saved without counters, to be compared with the rules' own text. */
static char *saved_text(const struct killing *killing)
{
	char *saved = tool_save(&killing->tool, &killing->flow.firewall);
	const char *at = saved;
	struct saved_line line;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(saved);
	while (saved_next(&at, &line))
		fprintf(out, "%.*s%s\n", line.len, line.text,
			*line.text == ':' ? "[0:0]" : "");
	fputs("COMMIT\n", out);
	fclose(out);
	free(saved);
	return text;
}

/* Which ruleset runs, whole: 0, 1, or -1 for none. Fails on anything else. */
static int which_runs(const struct killing *killing)
{
	char *text = saved_text(killing);
	int which = -2;

	if (!strcmp(text, killing->rules[0]))
		which = 0;
	else if (!strcmp(text, killing->rules[1]))
		which = 1;
	else if (!strcmp(text, empty_rules))
		which = -1;
	else
		printf("neither ruleset is saved: %.400s ...\n", text);
	free(text);
	assert_int_not_equal(which, -2);
	return which;
}

/* Packets meet ruleset 0 or 1, on each way. */
static void packets_agree(struct stream *flow, int which)
{
	int way;

	stream_reset(flow);
	stream_step(flow);
	usleep(1000);
	stream_step(flow);
	for (way = 0; way < NR_WAYS; way++) {
		const struct stream_count *count = flow->count[way];

		if (count[STREAM_ALWAYS].received != 2)
			stream_settle(flow);
		assert_int_equal(count[STREAM_ALWAYS].received, 2);
		assert_int_equal(count[STREAM_NEVER].received, 0);
		assert_int_equal(count[STREAM_ODD].received, which ? 2 : 0);
	}
}

/* Generations pinned for the firewall's namespace. */
static int nr_generations(const struct killing *killing)
{
	char path[64];
	struct dirent *entry;
	struct stat st;
	int nr = 0;
	DIR *dir;

	assert_int_equal(fstat(killing->flow.firewall.fd, &st), 0);
	snprintf(path, sizeof(path), "/sys/fs/bpf/bpfipt/%" PRIuMAX,
		 (uintmax_t)st.st_ino);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		nr += !strncmp(entry->d_name, "gen-", 4);
	if (dir)
		closedir(dir);
	return nr;
}

static void restore_whole(struct killing *killing, int which)
{
	assert_int_equal(tool_restore(&killing->tool, &killing->flow.firewall,
				      NULL, killing->rules[which]), 0);
	assert_int_equal(which_runs(killing), which);
	packets_agree(&killing->flow, which);
	assert_true(nr_generations(killing) <= 2);
}

static void skip_if_missing(const struct killing *killing)
{
	if (killing->missing) {
		printf("SKIP: %s\n", killing->missing);
		skip();
	}
}

static void killed_restore_leaves_one_ruleset(void **state)
{
	struct killing *killing = *state;
	int i, runs, now;

	skip_if_missing(killing);
	restore_whole(killing, 0);
	runs = 0;
	for (i = 0; i < TRIES && killing->killed < KILLS; i++) {
		killing->killed += restore_killed(killing,
						  killing->rules[!runs],
						  (useconds_t)(rand() %
							NOT_KILLED_US));
		now = which_runs(killing);
		assert_true(now >= 0);
		packets_agree(&killing->flow, now);
		killing->changed += now != runs;
		runs = now;
		if (i % 10 == 9) {
			restore_whole(killing, !runs);
			runs = !runs;
		}
	}
	printf("kill: %d restores, %u killed, %u had swapped\n",
	       i, killing->killed, killing->changed);
	assert_int_equal(killing->killed, KILLS);
}

/* Until all devices are attached, packets may pass where they will not later;
 * what is saved is nothing or the new ruleset. */
static void killed_first_restore_leaves_all_or_nothing(void **state)
{
	struct killing *killing = *state;
	int i;

	skip_if_missing(killing);
	for (i = 0; i < FIRST_KILLS; i++) {
		tool_unload(&killing->tool, &killing->flow.firewall);
		assert_int_equal(which_runs(killing), -1);
		restore_killed(killing, killing->rules[1],
			       (useconds_t)(rand() % (3 * NOT_KILLED_US)));
		assert_int_not_equal(which_runs(killing), 0);
		restore_whole(killing, i % 2);
	}
}

int main(void)
{
	struct killing killing = {};
	const char *seed = getenv("SEED");
	unsigned int number = seed ? (unsigned int)strtoul(seed, NULL, 0) :
				     (unsigned int)time(NULL);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(killed_restore_leaves_one_ruleset,
					  &killing),
		cmocka_unit_test_prestate(
			killed_first_restore_leaves_all_or_nothing, &killing),
	};
	int failed;

	printf("kill: SEED=%u\n", number);
	srand(number);
	killing.missing = testns_guard(500);
	killing.tool = tool_product();
	killing.rules[0] = stream_rules(0, NR_RULES);
	killing.rules[1] = stream_rules(1, NR_RULES);
	if (!killing.missing && stream_open(&killing.flow))
		killing.missing = "the namespaces cannot be set up";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!killing.missing) {
		tool_unload(&killing.tool, &killing.flow.firewall);
		stream_close(&killing.flow);
	}
	free(killing.rules[0]);
	free(killing.rules[1]);
	return failed;
}
