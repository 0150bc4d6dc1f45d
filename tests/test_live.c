// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Real connections, through a firewall and to it, while its rules are restored
 * again and again: with state and without, with mistakes, after an unload that
 * keeps the table. None breaks, no datagram and no answer is lost. At the end
 * only what is established may go on, and it does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "side_tool.h"
#include "stream.h"

#define ROUNDS		3
#define BETWEEN		20	/* rounds of each kind from step to step */

#define THROUGH		"10.2.0.2"
#define TO_FIREWALL	"10.1.0.1"

#define HEAD \
	"*filter\n" \
	":INPUT DROP [0:0]\n" \
	":FORWARD DROP [0:0]\n" \
	":OUTPUT DROP [0:0]\n" \
	":STATE - [0:0]\n" \
	"-A INPUT -j STATE\n" \
	"-A FORWARD -j STATE\n" \
	"-A OUTPUT -j STATE\n" \
	"-A STATE -m conntrack --ctstate INVALID -j DROP\n" \
	"-A STATE -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"

static const char classic[] =
	HEAD
	"-A STATE -p tcp -m tcp --dport 8080 --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j ACCEPT\n"
	"-A STATE -p udp -m udp --dport 5353 -m state --state NEW -j ACCEPT\n"
	"-A STATE -p icmp -m icmp --icmp-type 8 -m state --state NEW -j ACCEPT\n"
	"COMMIT\n";

static const char stateless[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"COMMIT\n";

static const char only_established[] = HEAD "COMMIT\n";

static const char wrong[] =
	"*filter\n"
	":INPUT DROP [0:0]\n"
	"-A INPUT -m conntrack --ctstate BOGUS -j DROP\n"
	"COMMIT\n";

struct test {
	const char *missing;	/* why nothing can run here */
	struct stream net;
	struct tool tool;
};

static void restore(const struct test *test, const char *rules)
{
	assert_int_equal(tool_restore(&test->tool, &test->net.firewall, NULL,
				      rules), 0);
}

static void restore_fails(const struct test *test)
{
	const char *const argv[] = { test->tool.restore, NULL };

	assert_int_equal(testns_run(&test->net.firewall, argv, wrong, NULL),
			 2);
}

static void keep(const struct test *test)
{
	const char *const argv[] = {
		test->tool.control, "unload", "--keep-conntrack", NULL,
	};

	assert_int_equal(testns_run(&test->net.firewall, argv, NULL, NULL), 0);
}

/* All that may happen to rules, with traffic between. */
static void restore_and_restore(const struct test *test,
				const struct live *live)
{
	restore(test, classic);
	assert_true(live_wait(live, BETWEEN));
	restore(test, classic);
	restore_fails(test);
	assert_true(live_wait(live, BETWEEN));
	restore(test, stateless);
	assert_true(live_wait(live, BETWEEN));
	restore(test, classic);
	assert_true(live_wait(live, BETWEEN));
	keep(test);
	assert_true(live_wait(live, BETWEEN));
	restore(test, classic);
	assert_true(live_wait(live, BETWEEN));
}

static void check(unsigned int failed)
{
	unsigned int kind;

	for (kind = 0; kind < NR_LIVE; kind++)
		if (failed & 1u << kind)
			printf("broken: %s\n", live_names[kind]);
	assert_int_equal(failed, 0);
}

static void go_on(void **state, const struct testns *server,
		  const char *address)
{
	struct test *test = *state;
	struct live live;
	int i;

	restore(test, classic);
	assert_int_equal(live_start(&live, &test->net.client, server, address),
			 0);
	assert_true(live_wait(&live, BETWEEN));
	for (i = 0; i < ROUNDS; i++)
		restore_and_restore(test, &live);
	check(live_stop(&live));
	tool_unload(&test->tool, &test->net.firewall);
}

static void skip_without(const struct test *test)
{
	if (test->missing) {
		printf("SKIP: %s\n", test->missing);
		skip();
	}
}

static void connections_through_it_go_on(void **state)
{
	struct test *test = *state;

	skip_without(test);
	go_on(state, &test->net.server, THROUGH);
}

static void connections_to_it_go_on(void **state)
{
	struct test *test = *state;

	skip_without(test);
	go_on(state, &test->net.firewall, TO_FIREWALL);
}

/* What is established needs no rule for new ones; others do. */
static void what_is_established_is_enough(void **state)
{
	struct test *test = *state;
	struct live live;
	unsigned int failed;

	skip_without(test);
	restore(test, classic);
	assert_int_equal(live_start(&live, &test->net.client,
				    &test->net.server, THROUGH), 0);
	assert_true(live_wait(&live, BETWEEN));
	assert_true(live_connects(&test->net.client, THROUGH));
	restore(test, only_established);
	assert_false(live_connects(&test->net.client, THROUGH));
	failed = live_stop(&live);
	/* It cannot connect again. */
	assert_true(failed & 1u << LIVE_WEB);
	check(failed & ~(1u << LIVE_WEB));
	tool_unload(&test->tool, &test->net.firewall);
}

#define TEST(name) cmocka_unit_test_prestate(name, &test)

int main(void)
{
	struct test test = {};
	const struct CMUnitTest tests[] = {
		TEST(connections_through_it_go_on),
		TEST(connections_to_it_go_on),
		TEST(what_is_established_is_enough),
	};
	int failed;

	test.missing = testns_guard(200);
	test.tool = tool_product();
	if (!test.missing && stream_open(&test.net))
		test.missing = "the namespaces cannot be set up";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!test.missing)
		stream_close(&test.net);
	return failed;
}
