// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of the connection table: loaded only where rules test state, kept
 * over restores, over rules without state, over unload if that is asked for;
 * what killed and failed runs, dead namespaces, other builds and other layouts
 * leave. A request and an answer over lo show whether a connection is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "clock.h"
#include "committed.h"
#include "diag.h"
#include "flow.h"
#include "flow_edit.h"
#include "kernel.h"
#include "pins.h"
#include "stored.h"
#include "tracked.h"
#include "tracker.h"

#define KILLS		16
#define EARLY_KILLS	4	/* while programs are being checked */

/* Reads or writes the single value of a map that is pinned. */
static void value_get(const struct tracked *tracked, const char *name,
		      void *value)
{
	uint32_t zero = 0;
	int fd = tracked_pin(tracked, name);

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &zero, value), 0);
	close(fd);
}

static void value_set(const struct tracked *tracked, const char *name,
		      const void *value)
{
	uint32_t zero = 0;
	int fd = tracked_pin(tracked, name);

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(fd, &zero, value, BPF_ANY), 0);
	close(fd);
}

static uint32_t epoch(const struct tracked *tracked)
{
	struct flow_tracking tracking;

	value_get(tracked, "conntrack/tracking", &tracking);
	return tracking.epoch;
}

static void nothing_is_loaded_without_need(void **state)
{
	struct tracked *tracked = tracked_of(state);

	tracked_restore(tracked, tracked_stateless);
	assert_false(tracked_has_table(tracked));
	assert_false(tracked_status(tracked, "conntrack"));
	assert_false(tracked_status(tracked, "connections"));
	tracked_restore(tracked, tracked_stateful);
	assert_true(tracked_status(tracked, "\nconnections 0 of at most"));
	assert_true(tracked_status(tracked, "  conntrack_label"));
	assert_true(tracked_status(tracked, "  conntrack            flows"));
	tracked_unload(tracked, NULL);
}

static void connections_outlive_restores(void **state)
{
	struct tracked *tracked = tracked_of(state);

	tracked_restore(tracked, tracked_stateful);
	assert_false(tracked_known(tracked, 1001));
	assert_true(tracked_known(tracked, 1001));
	tracked_restore(tracked, tracked_stateful);
	assert_true(tracked_known(tracked, 1001));
	assert_false(tracked_known(tracked, 1002));
	tracked_restore(tracked, tracked_stateless);
	assert_true(tracked_has_table(tracked));
	tracked_restore(tracked, tracked_stateful);
	assert_true(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
	assert_false(tracked_has_table(tracked));
	tracked_restore(tracked, tracked_stateful);
	assert_false(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
}

/* Puts one flow of each state of TCP into the table. */
static void insert_states(const struct tracked *tracked)
{
	const struct tracker tracker = {
		.flows = -1,
		.tracking = -1,
		.edit = tracked_pin(tracked, "conntrack/edit"),
	};
	const struct diag diag = { .program = "test" };
	struct clock clock;
	uint8_t state;

	assert_true(tracker.edit >= 0);
	assert_int_equal(clock_read(&clock, &diag), 0);
	for (state = FLOW_TCP_SYN_SENT; state < NR_FLOW_TCP_STATES; state++) {
		struct flow flow = {
			.addr = { 0x0a000001, 0x0a000002 },
			.port = { 1024, state },
			.proto = IPPROTO_TCP,
			.state = state,
			.status = LABEL_CONFIRMED,
			.expires = clock.jiffies + 600 * clock.hz,
		};

		assert_int_equal(flow_edit_run(&tracker, FLOW_INSERT, &flow),
				 0);
	}
	close(tracker.edit);
}

static void status_counts_states(void **state)
{
	struct tracked *tracked = tracked_of(state);

	tracked_restore(tracked, tracked_stateful);
	insert_states(tracked);
	assert_false(tracked_known(tracked, 1001));
	assert_true(tracked_status(tracked, "\nconnections 10 of at most "));
	assert_true(tracked_status(tracked, ", assured 0, tcp 9, udp 1, icmp 0, other 0\n"
				   "  tcp SYN_SENT 1, SYN_RECV 1, ESTABLISHED 1, FIN_WAIT 1, CLOSE_WAIT 1, LAST_ACK 1, TIME_WAIT 1, CLOSE 1, SYN_SENT2 1\n"));
	tracked_unload(tracked, NULL);
}

/* The times that tracking began tell which flows were not followed. */
static void gaps_are_counted(void **state)
{
	struct tracked *tracked = tracked_of(state);

	tracked_restore(tracked, tracked_stateful);
	assert_int_equal(epoch(tracked), 1);
	tracked_restore(tracked, tracked_stateful);
	assert_int_equal(epoch(tracked), 1);
	tracked_restore(tracked, tracked_stateless);
	assert_int_equal(epoch(tracked), 1);
	tracked_restore(tracked, tracked_stateless);
	tracked_restore(tracked, tracked_stateful);
	assert_int_equal(epoch(tracked), 2);
	tracked_unload(tracked, "--keep-conntrack");
	tracked_restore(tracked, tracked_stateful);
	assert_int_equal(epoch(tracked), 3);
	tracked_unload(tracked, NULL);
}

static void unload_keeps_them_if_asked(void **state)
{
	struct tracked *tracked = tracked_of(state);

	tracked_restore(tracked, tracked_stateful);
	assert_false(tracked_known(tracked, 1001));
	tracked_unload(tracked, "--keep-conntrack");
	assert_true(tracked_has_table(tracked));
	assert_true(tracked_status(tracked, "nothing is loaded"));
	assert_true(tracked_status(tracked, "connections 1 of at most"));
	tracked_restore(tracked, tracked_stateless);
	tracked_unload(tracked, "--keep-conntrack");
	assert_true(tracked_has_table(tracked));
	tracked_restore(tracked, tracked_stateful);
	assert_true(tracked_known(tracked, 1001));
	tracked_unload(tracked, "--keep-conntrack");
	tracked_unload(tracked, NULL);
	assert_false(tracked_has_table(tracked));
	tracked_restore(tracked, tracked_stateful);
	assert_false(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
}

static void another_layout_begins_anew(void **state)
{
	struct tracked *tracked = tracked_of(state);
	const uint32_t layout = 999;
	char *said;

	tracked_restore(tracked, tracked_stateful);
	assert_false(tracked_known(tracked, 1001));
	tracked_unload(tracked, "--keep-conntrack");
	value_set(tracked, "conntrack/layout", &layout);
	assert_int_equal(tracked_restore_with(tracked, NULL, NULL, &said), 0);
	assert_non_null(strstr(said, "has layout 999"));
	assert_ptr_equal(strchr(said, '\n'), strrchr(said, '\n'));
	free(said);
	assert_false(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
}

/* Residents of another build are not joined, its connections are. */
static void connections_outlive_another_build(void **state)
{
	struct tracked *tracked = tracked_of(state);
	struct stored_identity identity;
	char *said;

	tracked_restore(tracked, tracked_stateful);
	assert_false(tracked_known(tracked, 1001));
	value_get(tracked, "identity", &identity);
	identity.version++;
	value_set(tracked, "identity", &identity);
	assert_int_equal(tracked_restore_with(tracked, NULL, NULL, &said), 4);
	assert_non_null(strstr(said, "`bpfipt unload --keep-conntrack'"));
	free(said);
	tracked_unload(tracked, "--keep-conntrack");
	assert_int_equal(tracked_restore_with(tracked, NULL, NULL, &said), 0);
	assert_string_equal(said ? said : "", "");
	free(said);
	assert_true(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
}

static void namespaces_are_apart(void **state)
{
	struct tracked *tracked = tracked_of(state);
	struct tracked other = *tracked;

	assert_int_equal(testns_add(&other.ns, "trackb"), 0);
	tracked_restore(tracked, tracked_stateful);
	tracked_restore(&other, tracked_stateful);
	assert_false(tracked_known(tracked, 1001));
	assert_false(tracked_known(&other, 1001));
	assert_true(tracked_known(tracked, 1001));
	tracked_unload(&other, NULL);
	assert_true(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
	testns_del(&other.ns);
}

static ino_t inode_of(const struct tracked *tracked)
{
	struct stat st;

	assert_int_equal(fstat(tracked->ns.fd, &st), 0);
	return st.st_ino;
}

/*
 * The inode of a namespace is given to the next one that is made, unless
 * somebody else makes one: then only the sweeping is seen.
 */
static void a_dead_namespace_leaves_no_connections(void **state)
{
	struct tracked *tracked = tracked_of(state);
	struct tracked first = *tracked, second = *tracked;
	ino_t inode;
	char path[64];

	assert_int_equal(testns_add(&first.ns, "trackc"), 0);
	tracked_restore(&first, tracked_stateful);
	assert_false(tracked_known(&first, 1001));
	tracked_unload(&first, "--keep-conntrack");
	inode = inode_of(&first);
	snprintf(path, sizeof(path), PINS_ROOT "/%ju", (uintmax_t)inode);
	assert_int_equal(access(path, F_OK), 0);
	testns_del(&first.ns);
	usleep(500000);		/* the kernel takes its time */
	assert_int_equal(testns_add(&second.ns, "trackd"), 0);
	if (inode_of(&second) == inode) {
		assert_false(tracked_status(&second, "connections"));
		tracked_restore(&second, tracked_stateful);
		assert_false(tracked_known(&second, 1001));
		tracked_unload(&second, "--keep-conntrack");
	}
	testns_del(&second.ns);
	usleep(500000);
	tracked_restore(tracked, tracked_stateless);
	tracked_unload(tracked, NULL);
	assert_int_not_equal(access(path, F_OK), 0);
}

static int no_state(const struct attachment *at)
{
	(void)at;
	return DETACHED;
}

static int no_attach(const struct attachment *at)
{
	(void)at;
	return -EPERM;
}

static bool is_available(void)
{
	return true;
}

/* A way to attach that fails: the last that can before the rules run. */
static const struct mechanism failing = {
	.name = "failing",
	.available = is_available,
	.state = no_state,
	.attach = no_attach,
	.detach = no_attach,
	.pin = "failing-%d",
};

static int restore_failing(void *arg)
{
	(void)arg;
	return committed(tracked_stateful, &failing);
}

static void a_failed_restore_leaves_no_tracker(void **state)
{
	struct tracked *tracked = tracked_of(state);

	assert_int_equal(testns_call(&tracked->ns, restore_failing, NULL),
			 -EPERM);
	assert_false(tracked_has_table(tracked));
	tracked_restore(tracked, tracked_stateless);
	assert_int_equal(testns_call(&tracked->ns, restore_failing, NULL),
			 -EPERM);
	assert_false(tracked_has_table(tracked));
	assert_false(tracked_status(tracked, "conntrack"));
	tracked_restore(tracked, tracked_stateful);
	assert_false(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
}

static void a_failed_restore_takes_nothing_away(void **state)
{
	struct tracked *tracked = tracked_of(state);

	assert_int_equal(tracked_restore_with(tracked, "--set",
				"nf_conntrack_udp_timeout = 7", NULL), 0);
	assert_false(tracked_known(tracked, 1001));
	assert_int_equal(testns_call(&tracked->ns, restore_failing, NULL),
			 -EPERM);
	assert_true(tracked_status(tracked, "nf_conntrack_udp_timeout = 7\n"));
	assert_true(tracked_known(tracked, 1001));
	tracked_unload(tracked, "--keep-conntrack");
	assert_int_equal(testns_call(&tracked->ns, restore_failing, NULL),
			 -EPERM);
	assert_true(tracked_has_table(tracked));
	tracked_restore(tracked, tracked_stateful);
	assert_true(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

/* How long a first restore takes, for when to kill it. */
static int64_t restore_us(const struct tracked *tracked)
{
	int64_t began = now_us(), took;

	tracked_restore(tracked, tracked_stateful);
	took = now_us() - began;
	tracked_unload(tracked, NULL);
	return took;
}

/* Most moments are near the end, where the table is made and pinned. */
static useconds_t kill_after(int64_t took, int i)
{
	if (i < EARLY_KILLS)
		return (useconds_t)(took * i / EARLY_KILLS);
	return (useconds_t)(took * 4 / 5 + took * 3 / 5 * (i - EARLY_KILLS) /
			    (KILLS - EARLY_KILLS));
}

/* Restores and kills that after so many microseconds. */
static void restore_killed(const struct tracked *tracked, useconds_t after)
{
	size_t len = strlen(tracked_stateful);
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], tracked_stateful, len), (ssize_t)len);
	close(pipes[1]);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		testns_enter(&tracked->ns);
		dup2(pipes[0], STDIN_FILENO);
		execl(tracked->tool.restore, tracked->tool.restore, NULL);
		_exit(127);
	}
	close(pipes[0]);
	usleep(after);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* The old rules are there, or the new ones; true if these. */
static bool new_rules(const struct tracked *tracked)
{
	char *saved = tool_save(&tracked->tool, &tracked->ns);
	bool stateful;

	assert_non_null(saved);
	stateful = strstr(saved, "--state NEW") &&
		   strstr(saved, "--state ESTABLISHED");
	if (!stateful && (strstr(saved, "--state") ||
			  !strstr(saved, "--dport 5300")))
		fail_msg("half a ruleset: %s", saved);
	free(saved);
	return stateful;
}

static void killed_restores_leave_no_half_tracker(void **state)
{
	struct tracked *tracked = tracked_of(state);
	int64_t took = restore_us(tracked);
	int i, nr_new = 0;

	for (i = 0; i < KILLS; i++) {
		if (i % 2)
			tracked_restore(tracked, tracked_stateless);
		restore_killed(tracked, kill_after(took, i));
		if (i % 2)
			nr_new += new_rules(tracked);
		if (i % 4 == 3)
			tracked_unload(tracked, "--keep-conntrack");
		tracked_restore(tracked, tracked_stateful);
		assert_false(tracked_known(tracked, 1001));
		assert_true(tracked_known(tracked, 1001));
		tracked_unload(tracked, NULL);
		assert_false(tracked_has_table(tracked));
	}
	printf("of %d that were killed %d were done\n", KILLS / 2, nr_new);
}

/* What the kernel's own tables ask its own tracker is no matter. */
static void the_kernels_tracker_is_no_matter(void **state)
{
	static const char rules[] =
		"*mangle\n"
		"-A PREROUTING -m conntrack --ctstate INVALID -j DROP\n"
		"COMMIT\n"
		"*raw\n"
		"-A PREROUTING -p udp -j CT --notrack\n"
		"COMMIT\n";
	struct tracked *tracked = tracked_of(state);
	const char *const argv[] = { tool_legacy.restore, NULL };
	char *said;

	assert_int_equal(testns_run(&tracked->ns, argv, rules, NULL), 0);
	assert_int_equal(tracked_restore_with(tracked, NULL, NULL, &said), 0);
	assert_string_equal(said ? said : "", "");
	free(said);
	assert_false(tracked_known(tracked, 1001));
	assert_true(tracked_known(tracked, 1001));
	tracked_unload(tracked, NULL);
}

/*
 * A namespace of its own, in which the kernel's tracker runs: its connections
 * are taken over by the first table and by no later one, and not by a run that
 * fails, so that the next one does it.
 */
static void the_kernels_connections_are_taken_over(void **state)
{
	static const char rules[] =
		"*mangle\n"
		"-A PREROUTING -m conntrack --ctstate NEW\n"
		"COMMIT\n";
	struct tracked *tracked = tracked_of(state);
	struct tracked own = *tracked;
	const char *const argv[] = { tool_legacy.restore, NULL };
	bool told;
	char *said;

	assert_int_equal(testns_add(&own.ns, "tracke"), 0);
	assert_int_equal(testns_run(&own.ns, argv, rules, NULL), 0);
	tracked_converse(&own, 1001);
	assert_int_equal(testns_call(&own.ns, restore_failing, NULL), -EPERM);
	assert_int_equal(tracked_restore_with(&own, NULL, NULL, &said), 0);
	told = said && strstr(said, "are not taken over");
	free(said);
	if (told) {
		testns_del(&own.ns);
		printf("SKIP: the kernel does not tell its connections\n");
		skip();
	}
	assert_true(tracked_known(&own, 1001));
	assert_false(tracked_known(&own, 1002));
	tracked_converse(&own, 1003);
	tracked_unload(&own, "--keep-conntrack");
	tracked_converse(&own, 1004);
	tracked_restore(&own, tracked_stateful);
	assert_true(tracked_known(&own, 1003));
	assert_false(tracked_known(&own, 1004));
	tracked_unload(&own, NULL);
	testns_del(&own.ns);
}

#define TEST(name) cmocka_unit_test_prestate(name, &tracked)

int main(void)
{
	struct tracked tracked = {};
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_loaded_without_need),
		TEST(connections_outlive_restores),
		TEST(status_counts_states),
		TEST(gaps_are_counted),
		TEST(unload_keeps_them_if_asked),
		TEST(another_layout_begins_anew),
		TEST(connections_outlive_another_build),
		TEST(namespaces_are_apart),
		TEST(a_dead_namespace_leaves_no_connections),
		TEST(a_failed_restore_leaves_no_tracker),
		TEST(a_failed_restore_takes_nothing_away),
		TEST(killed_restores_leave_no_half_tracker),
		TEST(the_kernels_tracker_is_no_matter),
		TEST(the_kernels_connections_are_taken_over),
	};
	int failed;

	tracked.missing = testns_guard(300);
	tracked.tool = tool_product();
	if (!tracked.missing && testns_add(&tracked.ns, "track"))
		tracked.missing = "no namespace can be made";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!tracked.missing)
		testns_del(&tracked.ns);
	return failed;
}
