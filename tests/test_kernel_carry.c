// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters over a swap, step by step: an edit that ends right after its store,
 * as if it were killed there, leaves counters that are exact in what is saved,
 * however many packets follow, and the next edit settles them. Edits side by
 * side see each other's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "ast.h"
#include "committed.h"
#include "diag.h"
#include "generation.h"
#include "kernel.h"
#include "loaded.h"
#include "names.h"
#include "pins.h"
#include "plan.h"
#include "residents.h"
#include "ruleset.h"
#include "running.h"
#include "side_tool.h"
#include "site.h"
#include "stored.h"
#include "swap.h"
#include "testns.h"

#define EDITORS		3
#define EDITS_EACH	8

struct carrying {
	const char *missing;	/* why nothing can run here */
	struct testns ns;
	struct tool tool;
};

static struct carrying *carrying_of(void **state)
{
	struct carrying *carrying = *state;

	if (carrying->missing) {
		printf("SKIP: %s\n", carrying->missing);
		skip();
	}
	return carrying;
}

static int restore_rules(void *rules)
{
	return committed(rules, NULL);
}

/* Sends so many packets of 29 bytes to a port over lo. */
static int send_packets(void *nr)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(7000),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), i;

	for (i = 0; i < *(int *)nr; i++)
		sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return 0;
}

static void send_nr(const struct carrying *carrying, int nr)
{
	testns_call(&carrying->ns, send_packets, &nr);
}

/* The plan of an edit of what runs, on the arena. */
static int plan_edit(struct arena *arena, const char *text,
		     struct running *running, struct plan *plan)
{
	struct diag diag = { .program = "test", .file = "<test>", .text = text,
			     .text_len = strlen(text) };
	struct ruleset *loaded, *edited;
	int err = running_open(running, NULL, &diag);

	if (err)
		return err;
	loaded = loaded_build(arena, running, &names_system, &diag);
	edited = ruleset_edit(arena, ast_parse(arena, &diag), loaded, false,
			      &diag);
	err = plan_build(arena, edited, &diag, plan);
	return diag.nr_errors ? -1 : err;
}

/* Loads and stores, and then does no more. */
static int swap_only(const struct site *site, const struct plan *plan)
{
	struct residents residents = RESIDENTS_INIT;
	struct generation generation = GENERATION_INIT;
	int err = residents_open(site, &residents);
	uint32_t from = err ? 0 : *residents.active;

	generation.number = generation_next(from);
	if (!err)
		err = generation_load(site, &residents, plan, &generation);
	if (!err)
		err = swap_generation(residents.active, from,
				      generation.number, site->diag);
	generation_close(&generation);
	residents_close(&residents);
	return err;
}

static int edit_cut_off(void *text)
{
	const struct diag diag = { .program = "test" };
	struct running running;
	struct arena arena;
	struct plan plan = {};
	struct site site;
	int err;

	arena_init(&arena);
	err = plan_edit(&arena, text, &running, &plan);
	if (!err)
		err = site_enter(&site, NULL, &diag);
	if (!err)
		err = swap_only(&site, &plan);
	plan_free(&plan);
	running_close(&running);
	arena_fini(&arena);
	return err;
}

/* What the running generation's counters go on from. */
static int carried(void *unused)
{
	const struct diag diag = { .program = "test" };
	struct generation generation = GENERATION_INIT;
	struct stored_carry *carry;
	struct running running;
	struct site site;
	size_t size;
	int number;

	(void)unused;
	if (running_open(&running, NULL, &diag) ||
	    site_enter(&site, NULL, &diag))
		return -1;
	generation.number = running.number;
	running_close(&running);
	if (generation_open(&site, &generation) ||
	    pins_get_value(generation.carry, sizeof(*carry), (void **)&carry,
			   &size))
		return -1;
	number = (int)carry->generation;
	free(carry);
	generation_close(&generation);
	return number;
}

static void assert_saved(const struct carrying *carrying, const char *line)
{
	char *saved = tool_save(&carrying->tool, &carrying->ns);

	assert_non_null(saved);
	if (!strstr(saved, line))
		fail_msg("no %s in\n%s", line, saved);
	free(saved);
}

#define RULE	"-A OUTPUT -p udp -m udp --dport 7000 -j DROP\n"
#define EDIT	"*filter\n-I OUTPUT -s 1.2.3.4 -j DROP\nCOMMIT\n"

static void cut_off_edits_count_on(void **state)
{
	struct carrying *carrying = carrying_of(state);
	char rules[] = "*filter\n" RULE "COMMIT\n", edit[] = EDIT;
	char zero[] = "*filter\n-Z OUTPUT\nCOMMIT\n";

	assert_int_equal(testns_call(&carrying->ns, restore_rules, rules), 0);
	send_nr(carrying, 3);
	assert_saved(carrying, "[3:87] " RULE);
	assert_int_equal(testns_call(&carrying->ns, edit_cut_off, edit), 0);
	assert_true(testns_call(&carrying->ns, carried, NULL) > 0);
	assert_saved(carrying, "[3:87] " RULE);
	send_nr(carrying, 4);
	assert_saved(carrying, "[7:203] " RULE);
	/* The next one settles what this one left, also if cut off itself. */
	assert_int_equal(tool_restore(&carrying->tool, &carrying->ns, "-n",
				      edit), 0);
	assert_int_equal(testns_call(&carrying->ns, carried, NULL), 0);
	assert_saved(carrying, "[7:203] " RULE);
	send_nr(carrying, 1);
	assert_int_equal(testns_call(&carrying->ns, edit_cut_off, zero), 0);
	assert_saved(carrying, "[0:0] " RULE);
	send_nr(carrying, 2);
	assert_saved(carrying, "[2:58] " RULE);
	assert_int_equal(tool_restore(&carrying->tool, &carrying->ns, "-n",
				      edit), 0);
	assert_saved(carrying, "[2:58] " RULE);
	/* A whole dump keeps nothing. */
	assert_int_equal(tool_restore(&carrying->tool, &carrying->ns, NULL,
				      rules), 0);
	assert_saved(carrying, "[0:0] " RULE);
	tool_unload(&carrying->tool, &carrying->ns);
}

static int edit_often(const struct carrying *carrying, int editor)
{
	char text[128];
	int i, status = 0;

	for (i = 0; i < EDITS_EACH && !status; i++) {
		snprintf(text, sizeof(text),
			 "*filter\n-A INPUT -s 10.0.%d.%d -j DROP\nCOMMIT\n",
			 editor, i);
		status = tool_restore(&carrying->tool, &carrying->ns, "-n",
				      text);
	}
	return status;
}

static void edits_side_by_side_are_all_made(void **state)
{
	struct carrying *carrying = carrying_of(state);
	char rules[] = "*filter\n" RULE "COMMIT\n", line[64];
	pid_t pid[EDITORS];
	int i, status;

	assert_int_equal(testns_call(&carrying->ns, restore_rules, rules), 0);
	send_nr(carrying, 5);
	fflush(stdout);
	for (i = 0; i < EDITORS; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (!pid[i])
			_exit(edit_often(carrying, i));
	}
	for (i = 0; i < EDITORS; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	for (i = 0; i < EDITORS * EDITS_EACH; i++) {
		snprintf(line, sizeof(line),
			 "-A INPUT -s 10.0.%d.%d/32 -j DROP\n", i % EDITORS,
			 i / EDITORS);
		assert_saved(carrying, line);
	}
	assert_saved(carrying, "[5:145] " RULE);
	tool_unload(&carrying->tool, &carrying->ns);
}

/* --test reads what runs, and changes nothing; what nothing changes is left
 * alone. */
static void tests_and_checks_swap_nothing(void **state)
{
	struct carrying *carrying = carrying_of(state);
	const char *const status[] = { carrying->tool.control, "status", NULL };
	char rules[] = "*filter\n" RULE "COMMIT\n";
	char *said;

	assert_int_equal(tool_restore(&carrying->tool, &carrying->ns, "-nt",
				      "*filter\n-P INPUT DROP\nCOMMIT\n"), 0);
	assert_int_equal(testns_run(&carrying->ns, status, NULL, &said), 0);
	assert_non_null(strstr(said, "nothing is loaded"));
	free(said);
	assert_int_equal(testns_call(&carrying->ns, restore_rules, rules), 0);
	assert_int_equal(tool_restore(&carrying->tool, &carrying->ns, "-nt",
				      "*filter\n-D OUTPUT 1\nCOMMIT\n"), 0);
	assert_int_equal(tool_restore(&carrying->tool, &carrying->ns, "-nt",
				      "*filter\n-D OUTPUT 2\nCOMMIT\n"), 1);
	assert_int_equal(tool_restore(&carrying->tool, &carrying->ns, "-n",
				      "*filter\n-C OUTPUT -p udp --dport 7000 "
				      "-j DROP\n:INPUT - [0:0]\nCOMMIT\n"), 0);
	assert_int_equal(testns_run(&carrying->ns, status, NULL, &said), 0);
	assert_non_null(strstr(said, "generation 1, loaded"));
	free(said);
	assert_saved(carrying, RULE);
	tool_unload(&carrying->tool, &carrying->ns);
}

/* Tests that iptables-save leaves out are there after an edit. */
static void unsaved_tests_stay(void **state)
{
	struct carrying *carrying = carrying_of(state);
	char rules[] = "*filter\n-A OUTPUT ! -o + -j ACCEPT\n" RULE "COMMIT\n";

	assert_int_equal(testns_call(&carrying->ns, restore_rules, rules), 0);
	assert_int_equal(tool_restore(&carrying->tool, &carrying->ns, "-n",
				      EDIT), 0);
	send_nr(carrying, 2);
	assert_saved(carrying, "[0:0] -A OUTPUT -j ACCEPT\n");
	assert_saved(carrying, "[2:58] " RULE);
	tool_unload(&carrying->tool, &carrying->ns);
}

int main(void)
{
	static struct carrying carrying;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(cut_off_edits_count_on, &carrying),
		cmocka_unit_test_prestate(edits_side_by_side_are_all_made,
					  &carrying),
		cmocka_unit_test_prestate(tests_and_checks_swap_nothing,
					  &carrying),
		cmocka_unit_test_prestate(unsaved_tests_stay, &carrying),
	};
	int failed;

	carrying.missing = testns_guard(120);
	carrying.tool = tool_product();
	if (!carrying.missing && testns_add(&carrying.ns, "n"))
		carrying.missing = "no network namespace can be made";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!carrying.missing)
		tool_unload(&carrying.tool, &carrying.ns);
	return failed;
}
