// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of the connection table: loaded only where rules test state, kept
 * over restores, over rules without state, over unload if that is asked for;
 * its settings from file and option; what killed runs and other layouts leave.
 * A request and an answer over lo show whether a connection is still known.
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel.h"
#include "side_tool.h"

#define PORT		5300
#define KILLS		40
#define KILL_STEP_US	3000

static const char stateless[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -p udp -m udp --dport 5300\n"
	"COMMIT\n";

static const char stateful[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -p udp -m udp --dport 5300 -m state --state NEW\n"
	"-A INPUT -p udp -m udp --dport 5300 -m state --state ESTABLISHED\n"
	"COMMIT\n";

struct track {
	const char *missing;	/* why nothing can run here */
	struct testns ns;
	struct tool tool;
};

static struct track *track_of(void **state)
{
	struct track *track = *state;

	if (track->missing) {
		printf("SKIP: %s\n", track->missing);
		skip();
	}
	return track;
}

static void restore(const struct track *track, const char *rules)
{
	assert_int_equal(tool_restore(&track->tool, &track->ns, NULL, rules),
			 0);
}

/* Runs the control program; what it said is to be freed. */
static char *control(const struct track *track, const char *verb,
		     const char *option)
{
	const char *const argv[] = { track->tool.control, verb, option, NULL };
	char *said = NULL;

	assert_int_equal(testns_run(&track->ns, argv, NULL, &said), 0);
	return said;
}

static void unload(const struct track *track, const char *option)
{
	free(control(track, "unload", option));
}

static bool has_table(const struct track *track)
{
	struct stat st;
	char path[128];

	assert_int_equal(fstat(track->ns.fd, &st), 0);
	snprintf(path, sizeof(path),
		 "/sys/fs/bpf/bpfipt/%" PRIuMAX "/conntrack/layout",
		 (uintmax_t)st.st_ino);
	return !access(path, F_OK);
}

static int bound_socket(uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		abort();
	return fd;
}

static void send_to(int from, uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (sendto(from, "?", 1, 0, (struct sockaddr *)&sin,
		   sizeof(sin)) != 1)
		abort();
}

/* A request from a port and its answer. Inside the namespace. */
static int converse(void *arg)
{
	const uint16_t *port = arg;
	int client = bound_socket(*port), server = bound_socket(PORT);

	send_to(client, PORT);
	send_to(server, *port);
	close(client);
	close(server);
	return 0;
}

/* How often the first rule with that word was met. */
static uint64_t met(const struct track *track, const char *word)
{
	char *saved = tool_save(&track->tool, &track->ns);
	const char *text = saved;
	struct saved_line line;
	uint64_t packets = UINT64_MAX;

	assert_non_null(saved);
	while (saved_next(&text, &line) && packets == UINT64_MAX)
		if (memmem(line.text, (size_t)line.len, word, strlen(word)))
			packets = line.packets;
	free(saved);
	assert_true(packets != UINT64_MAX);
	return packets;
}

/* Whether the conversation from a port is one that is known. */
static bool known(const struct track *track, uint16_t port)
{
	uint64_t new = met(track, "--state NEW");
	uint64_t established = met(track, "--state ESTABLISHED");

	testns_call(&track->ns, converse, &port);
	new = met(track, "--state NEW") - new;
	established = met(track, "--state ESTABLISHED") - established;
	assert_int_equal(new + established, 1);
	return established;
}

static void nothing_is_loaded_without_need(void **state)
{
	struct track *track = track_of(state);
	char *said;

	restore(track, stateless);
	assert_false(has_table(track));
	said = control(track, "status", NULL);
	assert_null(strstr(said, "conntrack"));
	assert_null(strstr(said, "connections"));
	free(said);
	unload(track, NULL);
}

static void connections_outlive_restores(void **state)
{
	struct track *track = track_of(state);

	restore(track, stateful);
	assert_false(known(track, 1001));
	assert_true(known(track, 1001));
	restore(track, stateful);
	assert_true(known(track, 1001));
	assert_false(known(track, 1002));
	restore(track, stateless);
	assert_true(has_table(track));
	restore(track, stateful);
	assert_true(known(track, 1001));
	unload(track, NULL);
	assert_false(has_table(track));
	restore(track, stateful);
	assert_false(known(track, 1001));
	unload(track, NULL);
}

static void unload_keeps_them_if_asked(void **state)
{
	struct track *track = track_of(state);
	char *said;

	restore(track, stateful);
	assert_false(known(track, 1001));
	unload(track, "--keep-conntrack");
	assert_true(has_table(track));
	said = control(track, "status", NULL);
	assert_non_null(strstr(said, "nothing is loaded"));
	assert_non_null(strstr(said, "connections "));
	free(said);
	restore(track, stateless);
	unload(track, "--keep-conntrack");
	assert_true(has_table(track));
	restore(track, stateful);
	assert_true(known(track, 1001));
	unload(track, "--keep-conntrack");
	unload(track, NULL);
	assert_false(has_table(track));
	restore(track, stateful);
	assert_false(known(track, 1001));
	unload(track, NULL);
}

/* As another build would have left it. */
static void set_layout(const struct track *track, uint32_t layout)
{
	struct stat st;
	char path[128];
	uint32_t zero = 0;
	int fd;

	assert_int_equal(fstat(track->ns.fd, &st), 0);
	snprintf(path, sizeof(path),
		 "/sys/fs/bpf/bpfipt/%" PRIuMAX "/conntrack/layout",
		 (uintmax_t)st.st_ino);
	fd = bpf_obj_get(path);
	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(fd, &zero, &layout, BPF_ANY), 0);
	close(fd);
}

static void another_layout_begins_anew(void **state)
{
	struct track *track = track_of(state);
	const char *const argv[] = { track->tool.restore, NULL };
	char *said;

	restore(track, stateful);
	assert_false(known(track, 1001));
	unload(track, "--keep-conntrack");
	set_layout(track, 999);
	assert_int_equal(testns_run(&track->ns, argv, stateful, &said), 0);
	assert_non_null(strstr(said, "has layout 999"));
	free(said);
	assert_false(known(track, 1001));
	unload(track, NULL);
}

/* Restores with options; the exit status, and what was said. */
static int restore_with(const struct track *track, const char *a,
			const char *b, char **said)
{
	const char *const argv[] = { track->tool.restore, a, b, NULL };

	return testns_run(&track->ns, argv, stateful, said);
}

static void settings_by_option(void **state)
{
	struct track *track = track_of(state);
	char *said;

	assert_int_equal(restore_with(track, "--set",
				      "nf_conntrack_udp_timeout = 7", NULL),
			 0);
	said = control(track, "status", NULL);
	assert_non_null(strstr(said, "  nf_conntrack_udp_timeout = 7\n"));
	free(said);
	restore(track, stateful);
	said = control(track, "status", NULL);
	assert_null(strstr(said, "nf_conntrack_udp_timeout"));
	free(said);
	assert_int_equal(restore_with(track, "--set", "nf_conntrack_max=80",
				      &said), 0);
	assert_non_null(strstr(said, "keeps its size"));
	free(said);
	unload(track, NULL);
	assert_int_equal(restore_with(track, "--set", "nf_conntrack_max=80",
				      NULL), 0);
	said = control(track, "status", NULL);
	assert_non_null(strstr(said, " of at most 104,"));
	free(said);
	unload(track, NULL);
}

static void wrong_options_change_nothing(void **state)
{
	static const struct {
		const char *set;
		const char *said;
	} wrong[] = {
		{ "nf_conntrack_udp_timeot=3",
		  "unknown setting `nf_conntrack_udp_timeot', did you mean `nf_conntrack_udp_timeout'?" },
		{ "nf_conntrack_tcp_loose=2", "`2' is no number from 0 to 1" },
		{ "nf_conntrack_udp_timeout=0",
		  "`0' is no number from 1 to 4233600" },
		{ "nf_conntrack_udp_timeout", "is not NAME = VALUE" },
	};
	struct track *track = track_of(state);
	char *said;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(restore_with(track, "--set", wrong[i].set,
					      &said), 2);
		if (!strstr(said, wrong[i].said))
			fail_msg("%s said: %s", wrong[i].set, said);
		free(said);
		assert_false(has_table(track));
	}
}

static void settings_by_file(void **state)
{
	struct track *track = track_of(state);
	char name[64], *said;
	FILE *file;

	snprintf(name, sizeof(name), "/tmp/bpfipt-conf-%d", getpid());
	file = fopen(name, "wx");
	assert_non_null(file);
	fputs("# shorter\n"
	      "\n"
	      "  nf_conntrack_udp_timeout = 9 # seconds\n"
	      "nf_conntrack_tcp_loose=0\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(restore_with(track, "--conf", name, NULL), 0);
	said = control(track, "status", NULL);
	assert_non_null(strstr(said, "  nf_conntrack_udp_timeout = 9\n"));
	assert_non_null(strstr(said, "  nf_conntrack_tcp_loose = 0\n"));
	free(said);
	file = fopen(name, "w");
	assert_non_null(file);
	fputs("nf_conntrack_icmp_timeout = 3\nbad = 1\nworse\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(restore_with(track, "--conf", name, &said), 2);
	assert_non_null(strstr(said, ":2: unknown setting `bad'"));
	assert_non_null(strstr(said, ":3: `worse' is not NAME = VALUE"));
	free(said);
	unlink(name);
	said = control(track, "status", NULL);
	assert_null(strstr(said, "nf_conntrack_icmp_timeout"));
	free(said);
	assert_int_equal(restore_with(track, "--conf", name, &said), 4);
	assert_non_null(strstr(said, "cannot open"));
	free(said);
	unload(track, NULL);
}

/* Restores and kills that after so many microseconds. */
static void restore_killed(const struct track *track, useconds_t after)
{
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], stateful, strlen(stateful)),
			 (ssize_t)strlen(stateful));
	close(pipes[1]);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		testns_enter(&track->ns);
		dup2(pipes[0], STDIN_FILENO);
		execl(track->tool.restore, track->tool.restore, NULL);
		_exit(127);
	}
	close(pipes[0]);
	usleep(after);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void killed_restores_leave_no_half_tracker(void **state)
{
	struct track *track = track_of(state);
	int i;

	for (i = 0; i < KILLS; i++) {
		if (i % 2)
			restore(track, stateless);
		restore_killed(track, (useconds_t)(i + 1) * KILL_STEP_US);
		restore(track, stateful);
		assert_false(known(track, 1001));
		assert_true(known(track, 1001));
		unload(track, NULL);
		assert_false(has_table(track));
	}
}

#define TEST(name) cmocka_unit_test_prestate(name, &track)

int main(void)
{
	struct track track = {};
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_loaded_without_need),
		TEST(connections_outlive_restores),
		TEST(unload_keeps_them_if_asked),
		TEST(another_layout_begins_anew),
		TEST(settings_by_option),
		TEST(wrong_options_change_nothing),
		TEST(settings_by_file),
		TEST(killed_restores_leave_no_half_tracker),
	};
	int failed;

	track.missing = testns_guard(200);
	track.tool = tool_product();
	if (!track.missing && testns_add(&track.ns, "track"))
		track.missing = "no namespace can be made";
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (!track.missing)
		testns_del(&track.ns);
	return failed;
}
