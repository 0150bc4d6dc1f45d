// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaching as on kernels without TCX links: by filters of a clsact qdisc. What
 * bpfipt made goes with it, what an admin made stays.
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
#include <unistd.h>

#include "attach.h"
#include "committed.h"
#include "diag.h"
#include "kernel.h"
#include "pins.h"
#include "site.h"
#include "stream.h"
#include "unload.h"

struct clsact {
	const char *missing;	/* why nothing can run here */
	struct stream flow;
	char *rules;
};

static struct clsact *clsact_of(void **state)
{
	struct clsact *clsact = *state;

	if (clsact->missing) {
		printf("SKIP: %s\n", clsact->missing);
		skip();
	}
	return clsact;
}

/* Inside the namespace. */
static int commit(void *arg)
{
	const struct clsact *clsact = arg;

	return committed(clsact->rules, &mechanism_clsact);
}

static int unload(void *arg)
{
	const struct diag diag = { .program = "test" };

	(void)arg;
	return unload_run(NULL, 0, false, &diag);
}

static void restore(struct clsact *clsact)
{
	assert_int_equal(testns_call(&clsact->flow.firewall, commit, clsact),
			 0);
}

static void take_down(struct clsact *clsact)
{
	assert_int_equal(testns_call(&clsact->flow.firewall, unload, NULL), 0);
}

static void tc(const struct clsact *clsact, const char *verb,
	       const char *device)
{
	const char *const argv[] = {
		"tc", "qdisc", verb, "dev", device, "clsact", NULL,
	};

	assert_int_equal(testns_run(&clsact->flow.firewall, argv, NULL, NULL),
			 0);
}

/* How many devices have the qdisc. */
static unsigned int nr_qdiscs(const struct clsact *clsact)
{
	const char *const argv[] = { "tc", "qdisc", "show", NULL };
	unsigned int nr = 0;
	char *said, *at;

	assert_int_equal(testns_run(&clsact->flow.firewall, argv, NULL, &said),
			 0);
	for (at = said; (at = strstr(at, "qdisc clsact")); at++)
		nr++;
	free(said);
	return nr;
}

/* Devices of the namespace: tunnels' modules may add some of their own. */
static int count_devices(void *arg)
{
	const struct diag diag = { .program = "test" };
	struct devices devices = {};
	unsigned int *nr = arg;
	int err = devices_read(&devices, &diag);

	*nr = devices.nr;
	devices_free(&devices);
	return err;
}

static unsigned int nr_devices(const struct clsact *clsact)
{
	unsigned int nr;

	assert_int_equal(testns_call(&clsact->flow.firewall, count_devices,
				     &nr), 0);
	return nr;
}

static void filters_judge_and_go(void **state)
{
	struct clsact *clsact = clsact_of(state);

	restore(clsact);
	assert_int_equal(stream_judged(&clsact->flow), 1);
	assert_int_equal(nr_qdiscs(clsact), nr_devices(clsact));
	restore(clsact);
	assert_int_equal(stream_judged(&clsact->flow), 1);
	take_down(clsact);
	assert_int_equal(stream_judged(&clsact->flow), 0);
	assert_int_equal(nr_qdiscs(clsact), 0);
}

static void lost_filters_are_put_back(void **state)
{
	struct clsact *clsact = clsact_of(state);

	restore(clsact);
	tc(clsact, "del", "eth0");
	assert_int_equal(stream_judged(&clsact->flow), -1);
	restore(clsact);
	assert_int_equal(stream_judged(&clsact->flow), 1);
	take_down(clsact);
	assert_int_equal(nr_qdiscs(clsact), 0);
}

/* Removes all pins, as an admin might who takes the file system down. */
static int lose_pins(void *arg)
{
	const struct diag diag = { .program = "test" };
	struct site site;
	int err = site_enter(&site, NULL, &diag);

	(void)arg;
	return err ? err : pins_remove(&site, "");
}

/* Filters that have lost their rules drop everything; both ways out work. */
static void lost_pins_lock_nobody_out(void **state)
{
	struct clsact *clsact = clsact_of(state);
	const struct testns *firewall = &clsact->flow.firewall;
	int i;

	restore(clsact);
	assert_int_equal(testns_call(firewall, lose_pins, NULL), 0);
	/* The kernel empties the array of programs in its own time. */
	for (i = 0; i < 50 && stream_judged(&clsact->flow) == 1; i++)
		usleep(20000);
	assert_int_equal(stream_judged(&clsact->flow), -1);
	restore(clsact);
	assert_int_equal(stream_judged(&clsact->flow), 1);
	assert_int_equal(testns_call(firewall, lose_pins, NULL), 0);
	take_down(clsact);
	assert_int_equal(stream_judged(&clsact->flow), 0);
	tc(clsact, "del", "eth0");
	tc(clsact, "del", "eth1");
	tc(clsact, "del", "lo");
}

static void qdiscs_of_others_stay(void **state)
{
	struct clsact *clsact = clsact_of(state);

	tc(clsact, "add", "eth0");
	restore(clsact);
	assert_int_equal(nr_qdiscs(clsact), nr_devices(clsact));
	take_down(clsact);
	assert_int_equal(stream_judged(&clsact->flow), 0);
	assert_int_equal(nr_qdiscs(clsact), 1);
	tc(clsact, "del", "eth0");
}

#define TEST(name) cmocka_unit_test_prestate(name, &clsact)

int main(void)
{
	struct clsact clsact = {};
	const struct CMUnitTest tests[] = {
		TEST(filters_judge_and_go),
		TEST(lost_filters_are_put_back),
		TEST(qdiscs_of_others_stay),
		TEST(lost_pins_lock_nobody_out),
	};
	int failed;

	clsact.missing = testns_guard(120);
	clsact.rules = stream_rules(1, 3);
	if (!clsact.missing && stream_open(&clsact.flow))
		clsact.missing = "the namespaces cannot be set up";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!clsact.missing)
		stream_close(&clsact.flow);
	free(clsact.rules);
	return failed;
}
