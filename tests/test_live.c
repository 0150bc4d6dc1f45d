/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real connections through restore after restore: through the firewall, to it,
 * from it and within it, with the rules that most firewalls have. None breaks,
 * whatever replaces these rules for a time, and where tracking has no gap no
 * packet is lost or is INVALID.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "side_tool.h"

#define RESTORES	12
#define GAPS		4
#define KILLS		6
#define UNLOADS		3
#define KILL_STEP_US	10000
#define GAP_US		150000

#define STATEFUL(chain)                                                       \
	"-A " chain " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n" \
	"-A " chain " -m conntrack --ctstate INVALID -j DROP\n"

#define NEW(chain)                                                            \
	"-A " chain " -p tcp -m tcp --dport " LIVE_TCP_PORTS                  \
	" -m conntrack --ctstate NEW -j ACCEPT\n"                             \
	"-A " chain " -p udp -m udp --dport " LIVE_UDP_PORTS                  \
	" -m conntrack --ctstate NEW -j ACCEPT\n"                             \
	"-A " chain " -p icmp -m icmp --icmp-type 8"                          \
	" -m conntrack --ctstate NEW -j ACCEPT\n"

#define POLICIES                                                              \
	"*filter\n"                                                           \
	":INPUT DROP [0:0]\n"                                                 \
	":FORWARD DROP [0:0]\n"                                               \
	":OUTPUT DROP [0:0]\n"

static const char stateful[] =
	POLICIES
	STATEFUL("INPUT") NEW("INPUT")
	STATEFUL("FORWARD")
	"-A FORWARD ! -i eth0 -j DROP\n"
	NEW("FORWARD")
	STATEFUL("OUTPUT") NEW("OUTPUT")
	"COMMIT\n";

/* The same in chains, with other rules in between. */
static const char another[] =
	POLICIES
	":fresh - [0:0]\n"
	":known - [0:0]\n"
	STATEFUL("known")
	NEW("fresh")
	"-A INPUT -s 192.0.2.0/24 -j DROP\n"
	"-A INPUT -j known\n"
	"-A INPUT -j fresh\n"
	"-A FORWARD -j known\n"
	"-A FORWARD -i eth0 -j fresh\n"
	"-A OUTPUT -j known\n"
	"-A OUTPUT -j fresh\n"
	"COMMIT\n";

static const char stateless[] =
	POLICIES
	"-A INPUT -p tcp -j ACCEPT\n"
	"-A INPUT -p udp -j ACCEPT\n"
	"-A INPUT -p icmp -j ACCEPT\n"
	"-A FORWARD -p tcp -j ACCEPT\n"
	"-A FORWARD -p udp -j ACCEPT\n"
	"-A FORWARD -p icmp -j ACCEPT\n"
	"-A OUTPUT -j ACCEPT\n"
	"COMMIT\n";

static const char only_established[] =
	POLICIES
	STATEFUL("INPUT")
	STATEFUL("FORWARD")
	STATEFUL("OUTPUT")
	"COMMIT\n";

static const char wrong[] =
	POLICIES
	"-A INPUT -m conntrack --ctstate NOTHING -j DROP\n"
	"COMMIT\n";

struct test {
	const char *missing;
	struct live live;
	struct tool tool;
	unsigned int wrongly;	/* packets that the rules dropped */
};

static struct test *test_of(void **state)
{
	struct test *test = *state;

	if (test->missing) {
		printf("SKIP: %s\n", test->missing);
		skip();
	}
	return test;
}

static void restore(struct test *test, const char *text)
{
	assert_int_equal(tool_restore(&test->tool, &test->live.firewall, NULL,
				      text), 0);
}

static void control(struct test *test, const char *verb, const char *option)
{
	const char *const argv[] = { test->tool.control, verb, option, NULL };

	assert_int_equal(testns_run(&test->live.firewall, argv, NULL, NULL), 0);
}

/* What these rules have dropped until now. */
static void note_drops(struct test *test)
{
	char *saved = tool_save(&test->tool, &test->live.firewall);
	const char *text = saved;
	struct saved_line line;

	assert_non_null(saved);
	while (saved_next(&text, &line)) {
		if (!line.packets || !memmem(line.text, (size_t)line.len,
					     "DROP", 4))
			continue;
		printf("dropped %u: %.*s\n", (unsigned int)line.packets,
		       line.len, line.text);
		test->wrongly += line.packets;
	}
	free(saved);
}

/* Restores text and kills that after a time; whether it had ended. */
static bool restore_killed(struct test *test, const char *text,
			   useconds_t after)
{
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], text, strlen(text)),
			 (ssize_t)strlen(text));
	close(pipes[1]);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		testns_enter(&test->live.firewall);
		dup2(pipes[0], STDIN_FILENO);
		execl(test->tool.restore, test->tool.restore, NULL);
		_exit(127);
	}
	close(pipes[0]);
	usleep(after);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status);
}

/* --- What happens to the firewall ---------------------------------------- */

static void restores(struct test *test)
{
	int i;

	for (i = 0; i < RESTORES; i++) {
		note_drops(test);
		restore(test, i % 2 ? stateful : another);
	}
}

static void failing(struct test *test)
{
	const char *const argv[] = { test->tool.restore, NULL };
	unsigned int ended = 0;
	int i;

	for (i = 0; i < KILLS; i++) {
		assert_int_equal(testns_run(&test->live.firewall, argv, wrong,
					    NULL), 2);
		note_drops(test);
		ended += restore_killed(test, i % 2 ? stateful : another,
					(i + 1) * KILL_STEP_US);
	}
	note_drops(test);
	printf("# of %d restores that were killed %u had ended\n", KILLS,
	       ended);
}

static void gaps(struct test *test)
{
	int i;

	for (i = 0; i < GAPS; i++) {
		restore(test, stateless);
		usleep(GAP_US);
		restore(test, stateful);
		usleep(GAP_US);
	}
}

static void unloads(struct test *test)
{
	int i;

	for (i = 0; i < UNLOADS; i++) {
		control(test, "unload", "--keep-conntrack");
		usleep(GAP_US);
		restore(test, stateful);
		usleep(GAP_US);
	}
}

/* Whether packets may be lost: to a tracker that has not seen the question, an
 * answer is NEW, as it is to the kernel's. */
static const struct {
	const char *what;
	void (*happen)(struct test *test);
	bool gap;
} phases[] = {
	{ "restores", restores, false },
	{ "restores that fail or are killed", failing, false },
	{ "rules without state in between", gaps, true },
	{ "restores after the gaps", restores, false },
	{ "unload --keep-conntrack in between", unloads, true },
	{ "restores after the unloads", restores, false },
};

static bool phase_passes(struct test *test, size_t i)
{
	uint64_t again = live_again(&test->live);
	bool moved;

	test->wrongly = 0;
	phases[i].happen(test);
	moved = live_goes_on(&test->live);
	again = live_again(&test->live) - again;
	printf("# %s: %ju tried again, %u dropped wrongly\n", phases[i].what,
	       (uintmax_t)again, test->wrongly);
	if (!phases[i].gap)
		return moved && !again && !test->wrongly;
	/* What the gap has left under way must have come to its end. */
	moved &= live_goes_on(&test->live);
	restore(test, stateful);
	return moved;
}

static void none_breaks(void **state)
{
	struct test *test = test_of(state);
	unsigned int failed = 0, broken;
	size_t i;

	restore(test, stateful);
	assert_int_equal(live_start(&test->live), 0);
	assert_true(live_goes_on(&test->live));
	for (i = 0; i < sizeof(phases) / sizeof(*phases); i++)
		failed += !phase_passes(test, i);
	broken = live_stop(&test->live);
	live_print(&test->live, stdout);
	assert_int_equal(failed, 0);
	assert_int_equal(broken, 0);
}

/* What is established needs no rule for new ones. */
static void established_is_enough(void **state)
{
	struct test *test = test_of(state);

	restore(test, stateful);
	assert_int_equal(live_start(&test->live), 0);
	assert_true(live_goes_on(&test->live));
	test->live.shared->no_new = true;
	usleep(GAP_US);
	restore(test, only_established);
	assert_true(live_goes_on(&test->live));
	assert_int_equal(live_stop(&test->live), 0);
	note_drops(test);
	assert_int_equal(test->wrongly, 0);
}

/* The test can fail: what the server says first is NEW to an empty table. */
static void without_its_table_one_breaks(void **state)
{
	struct test *test = test_of(state);

	restore(test, stateful);
	assert_int_equal(live_start(&test->live), 0);
	assert_true(live_goes_on(&test->live));
	control(test, "unload", NULL);
	restore(test, stateful);
	assert_int_not_equal(live_stop(&test->live), 0);
}

static int setup(void **state)
{
	struct test *test = *state;

	test->wrongly = 0;
	return test->missing ? 0 : live_open(&test->live);
}

static int teardown(void **state)
{
	struct test *test = *state;

	if (test->missing)
		return 0;
	tool_unload(&test->tool, &test->live.firewall);
	live_close(&test->live);
	return 0;
}

#define T(test) cmocka_unit_test_prestate_setup_teardown(test, setup,     \
							 teardown, &test_state)

int main(void)
{
	static struct test test_state;
	const struct CMUnitTest tests[] = {
		T(none_breaks),
		T(established_is_enough),
		T(without_its_table_one_breaks),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	test_state.missing = testns_guard(240);
	test_state.tool = tool_product();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
