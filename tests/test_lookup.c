// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Name lookups with a memory: each name is asked for once, answers are those of
 * the names below, iptables' own protocols are known without them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "lookup.h"
#include "names.h"

static unsigned int asked;

static int some_port(const char *service, const char *protocol)
{
	asked++;
	if (strncmp(service, "s", 1) != 0)
		return -1;
	return (int)strlen(service) + (protocol ? 100 : 0);
}

static int some_protocol(const char *name)
{
	asked++;
	return strcmp(name, "gre") == 0 ? 47 : -1;
}

static const char *some_name(int number)
{
	asked++;
	return number == 47 ? "gre" : NULL;
}

static unsigned int some_host(const char *name, uint32_t *addrs,
			      unsigned int max)
{
	(void)max;
	addrs[0] = (uint32_t)strlen(name);
	return 1;
}

static const struct names some = {
	.port = some_port,
	.protocol = some_protocol,
	.protocol_name = some_name,
	.host = some_host,
};

struct bench {
	struct arena arena;
	struct lookup *lookup;
};

static int setup(void **state)
{
	static struct bench bench;

	asked = 0;
	arena_init(&bench.arena);
	bench.lookup = lookup_new(&bench.arena, &some);
	*state = &bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	arena_fini(&bench->arena);
	return 0;
}

static void test_ports(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(lookup_port(bench->lookup, "ssh", "tcp"), 103);
	assert_int_equal(lookup_port(bench->lookup, "ssh", NULL), 3);
	assert_int_equal(lookup_port(bench->lookup, "http", "tcp"), -1);
	assert_int_equal(asked, 3);
	assert_int_equal(lookup_port(bench->lookup, "ssh", "tcp"), 103);
	assert_int_equal(lookup_port(bench->lookup, "ssh", NULL), 3);
	assert_int_equal(lookup_port(bench->lookup, "http", "tcp"), -1);
	assert_int_equal(asked, 3);
}

static void test_protocols(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(lookup_protocol(bench->lookup, "all"), 0);
	assert_int_equal(asked, 0);
	assert_int_equal(lookup_protocol(bench->lookup, "gre"), 47);
	assert_int_equal(lookup_protocol(bench->lookup, "mh"), 135);
	assert_int_equal(lookup_protocol(bench->lookup, "nosuch"), -1);
	assert_int_equal(asked, 3);
	assert_int_equal(lookup_protocol(bench->lookup, "mh"), 135);
	assert_int_equal(asked, 3);
}

static void test_protocol_names(void **state)
{
	struct bench *bench = *state;

	assert_string_equal(lookup_protocol_name(bench->lookup, 47), "gre");
	assert_string_equal(lookup_protocol_name(bench->lookup, 58), "icmpv6");
	assert_null(lookup_protocol_name(bench->lookup, 200));
	assert_int_equal(asked, 3);
	assert_string_equal(lookup_protocol_name(bench->lookup, 58), "icmpv6");
	assert_null(lookup_protocol_name(bench->lookup, 200));
	assert_int_equal(asked, 3);
}

/* A port and a protocol of the same name are two answers. */
static void test_apart(void **state)
{
	struct bench *bench = *state;
	char name[16];
	int i;

	assert_int_equal(lookup_port(bench->lookup, "sctp", "tcp"), 104);
	assert_int_equal(lookup_protocol(bench->lookup, "sctp"), 132);
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_int_equal(lookup_port(bench->lookup, name, NULL),
				 strlen(name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ports, setup, teardown),
		cmocka_unit_test_setup_teardown(test_protocols, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_protocol_names, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_apart, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
