// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --noflush against iptables-legacy, side by side: the edits of the fixtures
 * and random batches with packets in between must end alike, say the same and
 * leave the same rules and counters. Then counters under a flood, with and
 * without restores that are killed: at the end each packet has been counted
 * once, and what is saved meanwhile never goes back. SEED and ROUNDS replay a
 * run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "edits.h"
#include "golden.h"
#include "side_tool.h"
#include "testns.h"

#define LINES		"tests/fixtures/edit/edits.lines"
#define EDIT_SECONDS	15	/* without ROUNDS */
#define FLOOD_SECONDS	8
#define KILLED_US	120000	/* some runs end before */

#define NR(table)	(sizeof(table) / sizeof(*(table)))

enum { LEGACY, PRODUCT, NR_SIDES };

struct twins {
	const char *missing;	/* why nothing can run here */
	struct tool tool[NR_SIDES];
	struct testns ns[NR_SIDES];
	int from[NR_SIDES];
	int to[NR_SIDES][EDITS_PORTS];
	uint64_t seed;
	uint64_t *sent;		/* shared with the flood */
};

static struct twins *twins_of(void **state)
{
	struct twins *twins = *state;

	if (twins->missing) {
		printf("SKIP: %s\n", twins->missing);
		skip();
	}
	return twins;
}

static int udp_socket(const struct testns *ns, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	int fd;

	testns_enter(ns);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		close(fd);
		fd = -1;
	}
	testns_leave(ns);
	return fd;
}

/* Over lo: OUTPUT and INPUT have judged it when it returns. */
static void send_one(int from, unsigned int port, size_t len)
{
	static const char bytes[64];
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(EDITS_PORT + port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	/* iptables has OUTPUT's drops fail the call. */
	(void)!sendto(from, bytes, len, 0, (struct sockaddr *)&to, sizeof(to));
}

static int twins_open(struct twins *twins)
{
	static const char *const roles[] = { "l", "p" };
	unsigned int side, port;

	twins->tool[LEGACY] = tool_legacy;
	twins->tool[PRODUCT] = tool_product();
	for (side = 0; side < NR_SIDES; side++) {
		if (testns_add(&twins->ns[side], roles[side]))
			return -1;
		twins->from[side] = udp_socket(&twins->ns[side], 0);
		if (twins->from[side] < 0)
			return -1;
		/* Somebody there, or ICMP would answer. */
		for (port = 0; port < EDITS_PORTS; port++) {
			twins->to[side][port] = udp_socket(&twins->ns[side],
				EDITS_PORT + (int)port);
			if (twins->to[side][port] < 0)
				return -1;
		}
	}
	return 0;
}

/* The first line without the tool's name, wherever it stands, and version. */
static void first_line(const char *said, char *first, size_t size)
{
	static const char *const left_out[] = {
		"iptables-restore", "bpfipt-restore", " v1.8.9 (legacy)",
		" v" BPFIPT_VERSION " (bpfipt)",
	};
	size_t len = 0, i;

	while (*said && *said != '\n' && len + 1 < size) {
		for (i = 0; i < NR(left_out); i++)
			if (!strncmp(said, left_out[i], strlen(left_out[i])))
				break;
		if (i < NR(left_out))
			said += strlen(left_out[i]);
		else
			first[len++] = *said++;
	}
	first[len] = '\0';
}

/* What a tool ends with, and the first line that it says. */
static int run_side(const struct twins *twins, int side, const char *option,
		    const char *text, char *first)
{
	const char *const argv[] = { twins->tool[side].restore, option, NULL };
	char *said;
	int status = testns_run(&twins->ns[side], argv, text, &said);

	assert_non_null(said);
	first_line(said, first, 256);
	free(said);
	return status;
}

/* The same to both; whether they end alike. */
static bool both_take(const struct twins *twins, const char *option,
		      const char *text)
{
	char first[NR_SIDES][256], *saved[NR_SIDES];
	struct saved_rest rest = {};
	int status[NR_SIDES], side;
	bool same;

	for (side = 0; side < NR_SIDES; side++) {
		status[side] = run_side(twins, side, option, text, first[side]);
		saved[side] = tool_save(&twins->tool[side], &twins->ns[side]);
		assert_non_null(saved[side]);
	}
	same = status[LEGACY] == status[PRODUCT] &&
	       strcmp(first[LEGACY], first[PRODUCT]) == 0;
	if (!same)
		printf("iptables ends with %d and says %s, bpfipt %d and %s\n",
		       status[LEGACY], first[LEGACY], status[PRODUCT],
		       first[PRODUCT]);
	same &= !saved_compare(saved[LEGACY], saved[PRODUCT], &rest, stdout);
	if (!same)
		printf("%s of\n%s", option, text);
	free(saved[LEGACY]);
	free(saved[PRODUCT]);
	return same;
}

static void fixtures_end_as_with_iptables(void **state)
{
	struct twins *twins = twins_of(state);
	static const char *const options[] = { "-n", "-nc" };
	unsigned int different = 0, i;
	struct edit edit;
	size_t len;
	char *lines = golden_read(LINES, &len);
	const char *at = lines;

	assert_non_null(lines);
	while (edits_next(&at, &edit)) {
		/* bpfipt has the filter table alone, and refuses the whole
		 * text where iptables has done what stands before. */
		if (strstr(edit.text, "*nat") || strstr(edit.text, "*nosuch"))
			continue;
		for (i = 0; i < 2; i++) {
			assert_true(both_take(twins, "-c", EDITS_BASE));
			different += !both_take(twins, options[i], edit.text);
		}
	}
	free(lines);
	assert_int_equal(different, 0);
}

static void send_some(const struct twins *twins, uint64_t seed)
{
	unsigned int i, side;

	for (side = 0; side < NR_SIDES; side++)
		for (i = 0; i < 12; i++)
			send_one(twins->from[side], (seed >> i) % EDITS_PORTS,
				 seed * (i + 1) % 60);
}

static void random_edits_end_as_with_iptables(void **state)
{
	struct twins *twins = twins_of(state);
	const char *rounds = getenv("ROUNDS");
	unsigned int wanted = rounds ? (unsigned int)atoi(rounds) : 0, i;
	time_t end = time(NULL) + EDIT_SECONDS;
	bool same = true;
	char *text;

	assert_true(both_take(twins, "-c", EDITS_BASE));
	for (i = 0; same && (wanted ? i < wanted : time(NULL) < end); i++) {
		text = edits_draw(twins->seed + i);
		send_some(twins, twins->seed + i);
		same = both_take(twins, i % 2 ? "-nc" : "-n", text);
		if (!same)
			printf("SEED=%" PRIu64 ", edit %u\n", twins->seed, i);
		free(text);
	}
	printf("# from seed %" PRIu64 ": %u edits\n", twins->seed, i);
	assert_true(same);
}

/* What the flood meets, and what edits leave alone. */
static const char flood_rules[] =
	"*filter\n"
	":X - [0:0]\n"
	"-A INPUT -p udp --dport 7000 -j X\n"
	"-A INPUT -p udp --dport 7000 -j ACCEPT\n"
	"-A OUTPUT -p udp --dport 7000 -j ACCEPT\n"
	"COMMIT\n";

/* By turns: each moves the counters that go on, one renames what is met. */
static const char *const flood_edits[] = {
	"*filter\n-I INPUT -s 1.2.3.4 -j DROP\n-I OUTPUT -d 1.2.3.4 -j DROP\n"
	"-E X Y\nCOMMIT\n",
	"*filter\n:Z - [0:0]\n-A Z -s 1.2.3.4 -j DROP\n-A Y -j Z\n"
	"-A INPUT -j DROP\nCOMMIT\n",
	"*filter\n-D INPUT 1\n-D OUTPUT -d 1.2.3.4 -j DROP\n-F Y\n-F Z\n-X Z\n"
	"-E Y X\n-D INPUT -j DROP\nCOMMIT\n",
};

/* These can be done whether the one before was or not. */
static const char *const killed_edits[] = {
	"*filter\n:Z - [0:0]\n-I INPUT -s 1.2.3.4 -j Z\nCOMMIT\n",
	"*filter\n-I OUTPUT -d 1.2.3.4 -j DROP\n-A X -j RETURN\nCOMMIT\n",
};


static pid_t flood_start(struct twins *twins)
{
	pid_t pid;

	*twins->sent = 0;
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	for (;;) {
		send_one(twins->from[PRODUCT], 0, 1);
		__atomic_fetch_add(twins->sent, 1, __ATOMIC_SEQ_CST);
	}
}

/* The least and the most that any of the flood's rules has counted. */
struct counted {
	uint64_t least;
	uint64_t most;
};

static struct counted flood_counted(const struct twins *twins)
{
	struct counted counted = { UINT64_MAX, 0 };
	char *saved = tool_save(&twins->tool[PRODUCT], &twins->ns[PRODUCT]);
	const char *at = saved;
	struct saved_line line;
	unsigned int nr = 0;

	assert_non_null(saved);
	while (saved_next(&at, &line)) {
		if (!strstr(line.text, "--dport 7000") ||
		    strstr(line.text, "--dport 7000") > line.text + line.len)
			continue;
		nr++;
		if (line.packets < counted.least)
			counted.least = line.packets;
		if (line.packets > counted.most)
			counted.most = line.packets;
		assert_int_equal(line.bytes, line.packets * 29);
	}
	free(saved);
	assert_int_equal(nr, 3);
	return counted;
}

/* An edit that is killed at some time; whether it had ended before. */
static bool edit_killed(const struct twins *twins, const char *text,
			useconds_t after)
{
	const struct tool *tool = &twins->tool[PRODUCT];
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	assert_true(write(pipes[1], text, strlen(text)) ==
		    (ssize_t)strlen(text));
	close(pipes[1]);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		testns_enter(&twins->ns[PRODUCT]);
		dup2(pipes[0], STDIN_FILENO);
		execl(tool->restore, tool->restore, "-n", NULL);
		_exit(127);
	}
	close(pipes[0]);
	usleep(after);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void edit_whole(const struct twins *twins, unsigned int number)
{
	assert_int_equal(tool_restore(&twins->tool[PRODUCT],
				      &twins->ns[PRODUCT], "-n",
				      flood_edits[number % NR(flood_edits)]),
			 0);
}

/* Edits until the time is over; how many times. */
static unsigned int edit_on(const struct twins *twins, bool kills)
{
	time_t end = time(NULL) + FLOOD_SECONDS;
	struct counted counted;
	uint64_t before = 0;
	unsigned int edits, killed = 0;

	for (edits = 0; time(NULL) < end; edits++) {
		if (kills)
			killed += edit_killed(twins, killed_edits[edits %
					      NR(killed_edits)],
					      (useconds_t)rand() % KILLED_US);
		else
			edit_whole(twins, edits);
		counted = flood_counted(twins);
		assert_true(counted.least >= before);
		before = counted.least;
	}
	if (kills)
		printf("# %u of %u edits killed\n", killed, edits);
	return edits;
}

static void flood(struct twins *twins, bool kills)
{
	struct counted counted;
	unsigned int edits;
	pid_t pid;
	int status;

	assert_int_equal(tool_restore(&twins->tool[PRODUCT],
				      &twins->ns[PRODUCT], NULL, flood_rules),
			 0);
	pid = flood_start(twins);
	edits = edit_on(twins, kills);
	kill(pid, SIGSTOP);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	counted = flood_counted(twins);
	printf("# %" PRIu64 " packets over %u edits, counted %" PRIu64 "\n",
	       *twins->sent, edits, counted.most);
	/* The last packet may have been sent and not yet noted. */
	assert_int_equal(counted.least, counted.most);
	assert_true(counted.most - *twins->sent <= 1);
	assert_true(*twins->sent > 1000);
}

static void flood_is_counted_once(void **state)
{
	flood(twins_of(state), false);
}

static void flood_is_counted_once_by_killed_edits(void **state)
{
	flood(twins_of(state), true);
}

int main(void)
{
	static struct twins twins;
	const char *seed = getenv("SEED");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(fixtures_end_as_with_iptables,
					  &twins),
		cmocka_unit_test_prestate(random_edits_end_as_with_iptables,
					  &twins),
		cmocka_unit_test_prestate(flood_is_counted_once, &twins),
		cmocka_unit_test_prestate(flood_is_counted_once_by_killed_edits,
					  &twins),
	};
	int failed;

	twins.seed = seed ? strtoull(seed, NULL, 0) :
			    (uint64_t)time(NULL) << 20;
	srand((unsigned int)twins.seed);
	twins.missing = testns_guard(300);
	twins.sent = mmap(NULL, sizeof(*twins.sent), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!twins.missing && twins_open(&twins))
		twins.missing = "the namespaces cannot be set up";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!twins.missing)
		tool_unload(&twins.tool[PRODUCT], &twins.ns[PRODUCT]);
	return failed;
}
