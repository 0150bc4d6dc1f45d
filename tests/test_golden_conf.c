// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file of settings: each conf/NAME.conf under tests/fixtures is one; what
 * is said of it, and which settings it gives, stands in the .out beside it.
 * And what the table of settings promises: that nothing is twice in it, how
 * large a table is, and that the manual page says the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "diag.h"
#include "golden.h"
#include "settings.h"

static void print_given(const struct settings *settings, FILE *out)
{
	unsigned int i;

	for (i = 0; i < NR_SETTINGS; i++)
		if (settings->given[i])
			fprintf(out, "%s = %u\n", setting_kinds[i].name,
				settings->value[i]);
}

/* A file with any mistake gives nothing. */
static bool check_file(const char *path)
{
	const struct diag diag = { .program = "bpfipt-restore" };
	struct settings settings;
	struct golden_stderr caught;
	size_t len, said_len;
	char *printed, *said;
	FILE *out = open_memstream(&printed, &len);
	bool same;
	int err;

	assert_non_null(out);
	settings_init(&settings);
	golden_catch(&caught);
	err = config_read(path, &settings, &diag);
	said = golden_release(&caught, &said_len);
	fputs(said, out);
	print_given(&settings, out);
	fprintf(out, "%s\n", err ? strerror(-err) : "read");
	fclose(out);
	same = golden_same(path, ".out", printed, len);
	free(printed);
	free(said);
	return same;
}

static void test_files(void **state)
{
	unsigned int failed = 0;
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob("tests/fixtures/conf/*.conf", 0, NULL, &found),
			 0);
	for (i = 0; i < found.gl_pathc; i++)
		failed += !check_file(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(failed, 0);
}

/* What an option has given counts, whatever the file says. */
static void test_option_before_file(void **state)
{
	const struct diag diag = { .program = "bpfipt-restore" };
	struct settings settings;

	(void)state;
	settings_init(&settings);
	assert_int_equal(config_set(" nf_conntrack_udp_timeout =44", "--set",
				    &settings, &diag), 0);
	assert_int_equal(config_read("tests/fixtures/conf/good.conf",
				     &settings, &diag), 0);
	assert_int_equal(settings.value[SETTING_TIMEOUT + TIMEOUT_UDP], 44);
	assert_int_equal(settings.value[SETTING_TCP_LOOSE], 0);
}

/* Each is found by its name, and its default is a value that it can have. */
static void test_names(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NR_SETTINGS; i++) {
		const struct setting_kind *kind = &setting_kinds[i];

		if (!kind->name)
			continue;
		assert_int_equal(settings_find(kind->name), i);
		assert_true(i == SETTING_MAX || kind->usual >= kind->first);
		assert_true(kind->usual <= kind->last);
	}
	assert_int_equal(settings_find("nf_conntrack_maxi"), NR_SETTINGS);
}

/* Timeouts in a list with their defaults, the others one by one. */
static bool page_has(const char *page, enum setting setting)
{
	const struct setting_kind *kind = &setting_kinds[setting];
	char line[128], usual[32];
	const char *at, *next;

	if (setting >= SETTING_TIMEOUT) {
		snprintf(line, sizeof(line), "\n.It Va %s Ta %u\n",
			 kind->name, kind->usual);
		return strstr(page, line);
	}
	snprintf(line, sizeof(line), "\n.It Va %s\n", kind->name);
	at = strstr(page, line);
	if (!at || setting == SETTING_MAX)
		return at;
	next = strstr(at + 1, "\n.It ");
	snprintf(usual, sizeof(usual), "\nDefault: %u.\n", kind->usual);
	at = strstr(at, usual);
	return at && (!next || at < next);
}

static void test_page(void **state)
{
	unsigned int i, missing = 0;
	size_t len;
	char *page = golden_read("man/bpfipt.conf.5", &len);

	(void)state;
	assert_non_null(page);
	for (i = 0; i < NR_SETTINGS; i++) {
		if (!setting_kinds[i].name ||
		    page_has(page, (enum setting)i))
			continue;
		fprintf(stderr, "man/bpfipt.conf.5: not as it is: %s\n",
			setting_kinds[i].name);
		missing++;
	}
	free(page);
	assert_int_equal(missing, 0);
}

/* As nf_conntrack_init_start() has it. */
static void test_sizes(void **state)
{
	static const struct {
		uint64_t mib;
		uint32_t flows;
	} sizes[] = {
		{ 64, 1024 },	{ 128, 1024 },	  { 250, 2048 },
		{ 512, 4096 },	{ 1000, 8192 },	  { 1024, 8192 },
		{ 1025, 65536 }, { 4096, 65536 }, { 4097, 262144 },
		{ 65536, 262144 },
	};
	struct settings settings;
	size_t i;

	(void)state;
	settings_init(&settings);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t flows = settings_flows(sizes[i].mib * 1024), room;

		assert_int_equal(flows, sizes[i].flows);
		settings.value[SETTING_MAX] = flows;
		room = settings_buckets(&settings) * FLOW_WAYS;
		assert_in_range(room, flows + flows / 4,
				flows + flows / 4 + FLOW_WAYS);
	}
}

/* What is set is what is read, also where jiffies are few and where many. */
static void test_times(void **state)
{
	static const uint32_t hz[] = { 100, 250, 1000 };
	struct flow_tracking tracking = { 0 };
	struct settings set, read;
	unsigned int i, j;

	(void)state;
	for (j = 0; j < sizeof(hz) / sizeof(hz[0]); j++) {
		settings_init(&set);
		settings_init(&read);
		for (i = SETTING_MAX + 1; i < NR_SETTINGS; i++)
			set.value[i] = setting_kinds[i].last;
		tracking.hz = hz[j];
		settings_apply(&set, hz[j], &tracking);
		settings_read(&tracking, &read);
		for (i = SETTING_MAX + 1; i < NR_SETTINGS; i++)
			assert_int_equal(read.value[i], set.value[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_option_before_file),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
