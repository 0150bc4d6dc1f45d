// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one instant: rulesets that all allow one kind of packet and deny another
 * are swapped 500 times under a constant flow through, to and from the
 * firewall. No packet of the one may be lost, none of the other may arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "stream.h"
#include "kernel.h"
#include "side_tool.h"

#define SWAPS		500
#define FEW_SWAPS	30	/* enough where a machine is emulated */
#define SWAP_SECONDS	200
#define LOADS		50
#define LOAD_SECONDS	100
#define STEP_NS		100000

struct swapping {
	const char *missing;	/* why nothing can run here */
	struct stream flow;
	struct tool tool;
	unsigned int *swaps;	/* made so far, shared */
};

/* Restores by turns until all swaps are made, or it has taken too long. Runs
 * beside the flow. */
static int swap_all(const struct swapping *swapping)
{
	char *rules[2] = { stream_rules(0, 20), stream_rules(1, 3) };
	time_t end = time(NULL) + SWAP_SECONDS;
	int status = 0;

	while (*swapping->swaps < SWAPS && !status && time(NULL) < end) {
		status = tool_restore(&swapping->tool,
				      &swapping->flow.firewall, NULL,
				      rules[*swapping->swaps % 2]);
		*swapping->swaps += 1;
	}
	free(rules[0]);
	free(rules[1]);
	return status;
}

/* Loads and unloads by turns, as long as swap_all. */
static int load_all(const struct swapping *swapping)
{
	const char *const argv[] = { swapping->tool.control, "unload", NULL };
	time_t end = time(NULL) + LOAD_SECONDS;
	char *rules = stream_rules(1, 3);
	int status = 0;

	while (*swapping->swaps < LOADS && !status && time(NULL) < end) {
		status = tool_restore(&swapping->tool,
				      &swapping->flow.firewall, NULL, rules) ||
			 testns_run(&swapping->flow.firewall, argv, NULL, NULL);
		*swapping->swaps += 1;
	}
	free(rules);
	return status;
}

/* Keeps the flow going until the process ends; its exit status. */
static int stream_until(struct stream *flow, pid_t pid)
{
	const struct timespec pause = { .tv_nsec = STEP_NS };
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		stream_step(flow);
		nanosleep(&pause, NULL);
	}
	stream_settle(flow);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Nothing that all rulesets allow is lost, nothing that they deny arrives. */
static void assert_exact(const struct stream *flow)
{
	int way;

	for (way = 0; way < NR_WAYS; way++) {
		const struct stream_count *count = flow->count[way];

		assert_true(count[STREAM_ALWAYS].sent > SWAPS);
		assert_int_equal(count[STREAM_ALWAYS].received,
				 count[STREAM_ALWAYS].sent);
		assert_int_equal(count[STREAM_NEVER].received, 0);
		/* Both rulesets did run. */
		assert_true(count[STREAM_ODD].received > 0);
		assert_true(count[STREAM_ODD].received <
			    count[STREAM_ODD].sent);
	}
}

/* Runs fn in a process of its own, beside the flow; its exit status. */
static int beside_flow(struct swapping *swapping,
		       int (*fn)(const struct swapping *swapping))
{
	pid_t pid;

	*swapping->swaps = 0;
	stream_reset(&swapping->flow);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(fn(swapping) != 0);
	return stream_until(&swapping->flow, pid);
}

static struct swapping *swapping_of(void **state)
{
	struct swapping *swapping = *state;

	if (swapping->missing) {
		printf("SKIP: %s\n", swapping->missing);
		skip();
	}
	return swapping;
}

static void swaps_leak_and_lose_nothing(void **state)
{
	struct swapping *swapping = swapping_of(state);
	struct stream *flow = &swapping->flow;
	char *rules = stream_rules(1, 3);

	assert_int_equal(tool_restore(&swapping->tool, &flow->firewall, NULL,
				      rules), 0);
	free(rules);
	assert_int_equal(beside_flow(swapping, swap_all), 0);
	assert_exact(flow);
	printf("swap: %u swaps, %u packets each way, none leaked, none lost\n",
	       *swapping->swaps,
	       flow->count[STREAM_FORWARD][STREAM_ALWAYS].sent);
	assert_true(*swapping->swaps >= FEW_SWAPS);
	tool_unload(&swapping->tool, &flow->firewall);
}

/*
 * The selector drops what finds no program: it must not be there before the
 * first generation, nor after the last. Where it is attached to a qdisc the
 * kernel itself drops what is sent while that is added or removed.
 */
static void first_and_last_lose_nothing(void **state)
{
	struct swapping *swapping = swapping_of(state);
	struct stream *flow = &swapping->flow;
	int way;

	if (!mechanism_tcx.available()) {
		printf("SKIP: this kernel has no TCX links\n");
		skip();
	}
	assert_int_equal(beside_flow(swapping, load_all), 0);
	for (way = 0; way < NR_WAYS; way++) {
		const struct stream_count *count =
			&flow->count[way][STREAM_ALWAYS];

		assert_int_equal(count->received, count->sent);
		assert_true(flow->count[way][STREAM_NEVER].received <
			    flow->count[way][STREAM_NEVER].sent);
	}
	printf("swap: loaded and unloaded %u times, none lost\n",
	       *swapping->swaps);
}

int main(void)
{
	struct swapping swapping = {};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(swaps_leak_and_lose_nothing,
					  &swapping),
		cmocka_unit_test_prestate(first_and_last_lose_nothing,
					  &swapping),
	};
	int failed;

	swapping.missing = testns_guard(400);
	swapping.swaps = mmap(NULL, sizeof(*swapping.swaps),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	swapping.tool = tool_product();
	if (!swapping.missing && stream_open(&swapping.flow))
		swapping.missing = "the namespaces cannot be set up";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!swapping.missing)
		stream_close(&swapping.flow);
	return failed;
}
