// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tracker's settings: the defaults are those of the kernel that runs, its
 * sysctls of the namespace come before them, the file before these, options
 * before all. Wrong ones change nothing. And the clock that times are told in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "kernel.h"
#include "settings.h"
#include "sysctls.h"
#include "tracked.h"

/* Takes the settings of the namespace, from inside. */
static int fill(void *arg)
{
	sysctls_fill(arg);
	return 0;
}

static bool has_sysctls(const struct tracked *tracked)
{
	return !testns_sysctl(&tracked->ns,
			      "netfilter/nf_conntrack_udp_timeout", "30");
}

/* The table of defaults against a fresh namespace. */
static void defaults_are_the_kernels(void **state)
{
	struct tracked *tracked = tracked_of(state);
	struct settings usual, real;
	unsigned int i;

	if (!has_sysctls(tracked)) {
		printf("SKIP: the kernel's tracker is not loaded\n");
		skip();
	}
	settings_init(&usual);
	settings_init(&real);
	testns_call(&tracked->ns, fill, &real);
	assert_true(real.value[SETTING_MAX]);
	for (i = SETTING_MAX + 1; i < NR_SETTINGS; i++)
		if (real.value[i] != usual.value[i])
			fail_msg("%s is %u", setting_kinds[i].name,
				 real.value[i]);
}

static void sysctls_come_before_defaults(void **state)
{
	struct tracked *tracked = tracked_of(state);
	const char *key = "netfilter/nf_conntrack_udp_timeout";

	if (!has_sysctls(tracked)) {
		printf("SKIP: the kernel's tracker is not loaded\n");
		skip();
	}
	assert_int_equal(testns_sysctl(&tracked->ns, key, "17"), 0);
	tracked_restore(tracked, tracked_stateful);
	assert_true(tracked_status(tracked,
				   "  nf_conntrack_udp_timeout = 17\n"));
	assert_int_equal(tracked_restore_with(tracked, "--set",
				"nf_conntrack_udp_timeout=18", NULL), 0);
	assert_true(tracked_status(tracked,
				   "  nf_conntrack_udp_timeout = 18\n"));
	/* Fewer than there may be, more than there may be. */
	assert_int_equal(testns_sysctl(&tracked->ns, key, "0"), 0);
	tracked_restore(tracked, tracked_stateful);
	assert_true(tracked_status(tracked,
				   "  nf_conntrack_udp_timeout = 1\n"));
	assert_int_equal(testns_sysctl(&tracked->ns, key, "30"), 0);
	tracked_unload(tracked, NULL);
}

static void options_count_for_their_run(void **state)
{
	struct tracked *tracked = tracked_of(state);

	assert_int_equal(tracked_restore_with(tracked, "--set",
				"nf_conntrack_udp_timeout = 7", NULL), 0);
	assert_true(tracked_status(tracked,
				   "  nf_conntrack_udp_timeout = 7\n"));
	tracked_restore(tracked, tracked_stateful);
	assert_false(tracked_status(tracked, "nf_conntrack_udp_timeout"));
	tracked_unload(tracked, NULL);
}

static void a_table_keeps_its_size(void **state)
{
	struct tracked *tracked = tracked_of(state);
	char *said;

	tracked_restore(tracked, tracked_stateful);
	assert_int_equal(tracked_restore_with(tracked, "--set",
					      "nf_conntrack_max=80", &said),
			 0);
	assert_non_null(strstr(said, "keeps its size"));
	free(said);
	tracked_unload(tracked, NULL);
	assert_int_equal(tracked_restore_with(tracked, "--set",
					      "nf_conntrack_max=80", &said),
			 0);
	assert_string_equal(said ? said : "", "");
	free(said);
	assert_true(tracked_status(tracked, " of at most 104,"));
	/* As large as it takes: no notice. */
	assert_int_equal(tracked_restore_with(tracked, "--set",
					      "nf_conntrack_max=80", &said),
			 0);
	assert_string_equal(said ? said : "", "");
	free(said);
	tracked_unload(tracked, NULL);
}

static void wrong_options_change_nothing(void **state)
{
	static const struct {
		const char *set;
		const char *said;
	} wrong[] = {
		{ "nf_conntrack_udp_timeot=3",
		  "unknown setting `nf_conntrack_udp_timeot', did you mean `nf_conntrack_udp_timeout'?" },
		{ "nf_conntrack_tcp_loose=2",
		  "nf_conntrack_tcp_loose is a number from 0 to 1, not `2'" },
		{ "nf_conntrack_udp_timeout=0",
		  "is a number from 1 to 4233600, not `0'" },
		{ "nf_conntrack_udp_timeout", "is not NAME = VALUE" },
	};
	struct tracked *tracked = tracked_of(state);
	char *said;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(tracked_restore_with(tracked, "--set",
						      wrong[i].set, &said), 2);
		if (!strstr(said, wrong[i].said))
			fail_msg("%s said: %s", wrong[i].set, said);
		free(said);
		assert_false(tracked_has_table(tracked));
		assert_true(tracked_status(tracked, "nothing is loaded"));
	}
}

static void file_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void the_file_counts_or_is_refused(void **state)
{
	struct tracked *tracked = tracked_of(state);
	char name[64], *said;

	snprintf(name, sizeof(name), "/tmp/bpfipt-conf-%d", getpid());
	file_write(name, "# shorter\n\n"
		   "  nf_conntrack_udp_timeout = 9 # seconds\n"
		   "nf_conntrack_tcp_loose=0\n");
	assert_int_equal(tracked_restore_with(tracked, "--conf", name, NULL),
			 0);
	assert_true(tracked_status(tracked,
				   "  nf_conntrack_udp_timeout = 9\n"));
	assert_true(tracked_status(tracked, "  nf_conntrack_tcp_loose = 0\n"));
	file_write(name, "nf_conntrack_icmp_timeout = 3\nbad = 1\nworse\n");
	assert_int_equal(tracked_restore_with(tracked, "--conf", name, &said),
			 2);
	assert_non_null(strstr(said, ":2: unknown setting `bad'"));
	assert_non_null(strstr(said, ":3: `worse' is not NAME = VALUE"));
	free(said);
	unlink(name);
	assert_false(tracked_status(tracked, "nf_conntrack_icmp_timeout"));
	assert_true(tracked_status(tracked,
				   "  nf_conntrack_udp_timeout = 9\n"));
	assert_int_equal(tracked_restore_with(tracked, "--conf", name, &said),
			 4);
	assert_non_null(strstr(said, "cannot open"));
	free(said);
	tracked_unload(tracked, NULL);
}

/* Ticks at any time after the system started, also just before and after the
 * one at which they turn, and what is no kernel's rate. */
static void ticks_are_told_exactly(void **state)
{
	static const uint32_t rates[] = { 100, 250, 300, 1000 };
	const int64_t second = 1000000000;
	int64_t up;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (up = 1; up < 1000; up++) {
			/* A quarter of a second late, one in 2,000 slow. */
			int64_t ns = up * second * 1999 / 2000 - 300 * second;
			int64_t ticks = (up * 4 - 1) * rates[i] / 4 -
					300 * (int64_t)rates[i];

			if (up >= 240 && up <= 360)
				continue;
			assert_int_equal(clock_hz(ticks, ns), rates[i]);
		}
	assert_int_equal(clock_hz(512, second), 512);
	assert_int_equal(clock_hz(-5, second), 0);
}

/* What the kernel was configured to, or 0. */
static unsigned long configured_hz(void)
{
	char command[256], line[64] = "";
	struct utsname name;
	FILE *pipe;

	if (uname(&name))
		return 0;
	snprintf(command, sizeof(command),
		 "{ zcat /proc/config.gz || cat /boot/config-%s; } 2>/dev/null | sed -n 's/^CONFIG_HZ=//p'",
		 name.release);
	pipe = popen(command, "r");
	if (!pipe)
		return 0;
	if (!fgets(line, sizeof(line), pipe))
		*line = '\0';
	pclose(pipe);
	return strtoul(line, NULL, 10);
}

/* Against the configuration, and jiffies against the time. */
static void the_clock_is_the_kernels(void **state)
{
	struct tracked *tracked = tracked_of(state);
	const struct diag diag = { .program = "test" };
	unsigned long hz = configured_hz();
	struct clock from, to;

	(void)tracked;
	assert_int_equal(clock_read(&from, &diag), 0);
	usleep(200000);
	assert_int_equal(clock_read(&to, &diag), 0);
	assert_int_equal(from.hz, to.hz);
	assert_true(to.jiffies - from.jiffies >= from.hz / 6);
	assert_true(to.jiffies - from.jiffies <= from.hz * 10);
	if (hz)
		assert_int_equal(from.hz, hz);
	else
		printf("the kernel's configuration is not to be had\n");
}

#define TEST(name) cmocka_unit_test_prestate(name, &tracked)

int main(void)
{
	struct tracked tracked = {};
	const struct CMUnitTest tests[] = {
		TEST(ticks_are_told_exactly),
		TEST(the_clock_is_the_kernels),
		TEST(defaults_are_the_kernels),
		TEST(sysctls_come_before_defaults),
		TEST(options_count_for_their_run),
		TEST(a_table_keeps_its_size),
		TEST(wrong_options_change_nothing),
		TEST(the_file_counts_or_is_refused),
	};
	int failed;

	tracked.missing = testns_guard(100);
	tracked.tool = tool_product();
	if (!tracked.missing && testns_add(&tracked.ns, "set"))
		tracked.missing = "no namespace can be made";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!tracked.missing)
		testns_del(&tracked.ns);
	return failed;
}
