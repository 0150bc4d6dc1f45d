// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bpfipt conntrack on a table in the kernel, beside conntrack(8) on the
 * kernel's own: the same lines of the same traffic; deleting, counting,
 * emptying; what the first stateful restore takes over; what cannot be done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel.h"
#include "tracked.h"

#define MAX_LINES	64
#define MAX_WORDS	24

/* What a program said, and what it ended with. */
struct said {
	char *text;
	int status;
};

static void release(struct said *said)
{
	free(said->text);
	said->text = NULL;
}

/* Runs words with blanks between them inside the namespace. */
static struct said run(const struct tracked *tracked, const char *words)
{
	const char *argv[MAX_WORDS + 1];
	char text[256], *next = text;
	struct said said = { 0 };
	size_t nr = 0;

	snprintf(text, sizeof(text), "%s", words);
	while (nr < MAX_WORDS && (argv[nr] = strsep(&next, " ")))
		nr++;
	assert_true(nr < MAX_WORDS);
	said.status = testns_run(&tracked->ns, argv, NULL, &said.text);
	assert_non_null(said.text);
	return said;
}

static struct said conntrack(const struct tracked *tracked, const char *words)
{
	char text[256];

	snprintf(text, sizeof(text), "%s conntrack %s", tracked->tool.control,
		 words);
	return run(tracked, text);
}

/* Runs the verb: its status, and whether it says a text. */
static void assert_said(const struct tracked *tracked, const char *words,
			int status, const char *text)
{
	struct said said = conntrack(tracked, words);

	if (said.status != status || !strstr(said.text, text))
		fail_msg("\"%s\" ended with %d, not %d, and said\n%s\nnot %s",
			 words, said.status, status, said.text, text);
	release(&said);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A line of conntrack(8) without the timeout and what follows " mark=". */
static char *without_times(const char *line)
{
	char proto[16], rest[256], *mark, *bare = NULL;
	unsigned int number, left_s;

	if (sscanf(line, "%15s %u %u %255[^\n]", proto, &number, &left_s,
		   rest) != 4)
		return NULL;
	mark = strstr(rest, " mark=");
	if (mark)
		*mark = '\0';
	assert_true(asprintf(&bare, "%s %u %s\n", proto, number, rest) > 0);
	return bare;
}

/* The flows of a listing, sorted; to be freed. */
static char *flows_of(const struct said *said)
{
	char *lines[MAX_LINES], *all = NULL, *at;
	size_t nr = 0, i, len;
	FILE *out = open_memstream(&all, &len);

	assert_non_null(out);
	for (at = said->text; at && nr < MAX_LINES; at = strchr(at, '\n')) {
		at += *at == '\n';
		lines[nr] = without_times(at);
		nr += !!lines[nr];
	}
	qsort(lines, nr, sizeof(lines[0]), compare);
	for (i = 0; i < nr; i++) {
		fputs(lines[i], out);
		free(lines[i]);
	}
	fclose(out);
	return all;
}

/* Whether both trackers list the same; how many flows they list. */
static unsigned int assert_alike(const struct tracked *tracked)
{
	struct said own = conntrack(tracked, "-L");
	struct said kernel = run(tracked, "conntrack -L");
	char *one = flows_of(&own), *other = flows_of(&kernel), *at;
	unsigned int nr = 0;

	assert_int_equal(own.status, 0);
	assert_int_equal(kernel.status, 0);
	assert_string_equal(one, other);
	for (at = one; (at = strchr(at, '\n')); at++)
		nr++;
	free(one);
	free(other);
	release(&own);
	release(&kernel);
	return nr;
}

/* --- Traffic, inside the namespace over lo ---------------------------------*/

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int bound(int type, uint16_t port)
{
	struct sockaddr_in sin = loopback(port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

static void send_udp(int fd, uint16_t port)
{
	struct sockaddr_in sin = loopback(port);

	assert_int_equal(sendto(fd, "?", 1, 0, (struct sockaddr *)&sin,
				sizeof(sin)), 1);
}

struct connection {
	int listener;
	int client;
	int server;
};

static struct connection connection_open(uint16_t from, uint16_t to)
{
	struct sockaddr_in sin = loopback(to);
	struct connection c = {
		.listener = bound(SOCK_STREAM, to),
		.client = bound(SOCK_STREAM, from),
	};

	assert_int_equal(listen(c.listener, 1), 0);
	assert_int_equal(connect(c.client, (struct sockaddr *)&sin,
				 sizeof(sin)), 0);
	c.server = accept(c.listener, NULL, NULL);
	assert_true(c.server >= 0);
	return c;
}

static void connection_close(struct connection *c)
{
	char byte;

	close(c->client);
	assert_int_equal(recv(c->server, &byte, 1, 0), 0);
	close(c->server);
	close(c->listener);
}

/* A byte each way. */
static void connection_talk(const struct connection *c)
{
	char byte;

	assert_int_equal(send(c->client, "x", 1, 0), 1);
	assert_int_equal(recv(c->server, &byte, 1, 0), 1);
	assert_int_equal(send(c->server, "y", 1, 0), 1);
	assert_int_equal(recv(c->client, &byte, 1, 0), 1);
}

/* UDP answered and not, ping, TCP that ended and (returned) that goes on. */
static struct connection traffic(const struct tracked *tracked, uint16_t base)
{
	struct connection ended, c;
	struct said said;
	int one, other;

	testns_enter(&tracked->ns);
	one = bound(SOCK_DGRAM, base);
	other = bound(SOCK_DGRAM, base + 1);
	send_udp(one, base + 1);
	send_udp(other, base);
	send_udp(one, base + 2);
	close(one);
	close(other);
	ended = connection_open(base + 3, base + 4);
	connection_talk(&ended);
	connection_close(&ended);
	c = connection_open(base + 5, base + 6);
	connection_talk(&c);
	testns_leave(&tracked->ns);
	said = run(tracked, "ping -c 1 -q 127.0.0.1");
	assert_int_equal(said.status, 0);
	release(&said);
	return c;
}

/* The ICMP error about the UDP that nobody takes is of that one's flow. */
#define FLOWS_OF_TRAFFIC	5

/* --- Both trackers side by side --------------------------------------------*/

/* The kernel's, without a mid-stream pick-up in either. */
static void use_kernels(const struct tracked *tracked)
{
	struct said said = run(tracked,
		"iptables-legacy -A INPUT -m conntrack --ctstate NEW");

	assert_int_equal(said.status, 0);
	release(&said);
	assert_int_equal(testns_sysctl(&tracked->ns,
		"netfilter/nf_conntrack_tcp_loose", "0"), 0);
}

static const char watching[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -p tcp -m conntrack --ctstate ESTABLISHED\n"
	"-A INPUT -p tcp -m conntrack ! --ctstate ESTABLISHED -j DROP\n"
	"COMMIT\n";

static void the_same_traffic_is_the_same_text(void **state)
{
	struct tracked *tracked = tracked_of(state);
	struct connection c;

	use_kernels(tracked);
	tracked_restore(tracked, tracked_stateful);
	c = traffic(tracked, 6000);
	assert_int_equal(assert_alike(tracked), FLOWS_OF_TRAFFIC);
	connection_close(&c);
}

/* Connections that the first stateful restore finds go on where they are;
 * a later one takes over nothing. */
static void kernels_connections_are_taken_over(void **state)
{
	struct tracked *tracked = tracked_of(state);
	struct connection c;

	use_kernels(tracked);
	c = traffic(tracked, 6100);
	tracked_restore(tracked, tracked_stateless);
	assert_said(tracked, "-C", 4, "no connections are tracked");
	tracked_restore(tracked, watching);
	assert_int_equal(assert_alike(tracked), FLOWS_OF_TRAFFIC);
	connection_talk(&c);
	assert_int_equal(assert_alike(tracked), FLOWS_OF_TRAFFIC);
	connection_close(&c);
	assert_int_equal(assert_alike(tracked), FLOWS_OF_TRAFFIC);
	assert_said(tracked, "-F", 0, "has been emptied.\n");
	tracked_restore(tracked, watching);
	assert_said(tracked, "-C", 0, "0\n");
}

/* Entries made by hand, with what follows "-I", and whether they come. */
static const struct {
	const char *words;
	const char *line;	/* in our listing, NULL: not taken over */
} entries[] = {
	{ "-p tcp --sport 1 --dport 2 --state SYN_SENT", "tcp 6 SYN_SENT " },
	{ "-p tcp --sport 2 --dport 2 --state SYN_RECV", "tcp 6 SYN_RECV " },
	{ "-p tcp --sport 3 --dport 2 --state FIN_WAIT", "tcp 6 FIN_WAIT " },
	{ "-p tcp --sport 4 --dport 2 --state CLOSE_WAIT",
	  "tcp 6 CLOSE_WAIT " },
	{ "-p tcp --sport 5 --dport 2 --state LAST_ACK", "tcp 6 LAST_ACK " },
	{ "-p tcp --sport 6 --dport 2 --state CLOSE", "tcp 6 CLOSE " },
	{ "-p tcp --sport 7 --dport 2 --state SYN_SENT2", "tcp 6 SYN_SENT2 " },
	{ "-p sctp --sport 1 --dport 2 --state ESTABLISHED --orig-vtag 3 "
	  "--reply-vtag 4", "sctp 132 ESTABLISHED " },
	{ "-p gre --srckey 0 --dstkey 6", "gre 47 src" },
	{ "-p udplite --sport 5 --dport 6", "udplite 136 src" },
	{ "-p icmp --icmp-type 13 --icmp-code 0 --icmp-id 9", "icmp 1 src" },
	{ "-p esp", "unknown 50 src" },
	{ "-p 200 -u SEEN_REPLY,ASSURED", "unknown 200 src" },
	{ "-p udp --sport 5 --dport 7 -w 7", NULL },
	{ "-p udp --sport 5 --dport 8 -r 10.3.3.3 -q 10.1.1.1 "
	  "--reply-port-src 8 --reply-port-dst 5", NULL },
	{ "-p udp --sport 5 --dport 9 -r 10.2.2.2 -q 10.1.1.1 "
	  "--reply-port-src 10 --reply-port-dst 5", NULL },
	{ "-p udp --sport 5 --dport 10 -n 10.4.4.4", NULL },
};

static void what_is_not_ours_is_left(void **state)
{
	struct tracked *tracked = tracked_of(state);
	const char *const v6[] = { "conntrack", "-I", "-p", "udp", "-s",
				   "fd00::1", "-d", "fd00::2", "--sport", "1",
				   "--dport", "2", "-t", "99", NULL };
	struct said said;
	char text[256], *flows;
	unsigned int wanted = 0;
	size_t i;

	use_kernels(tracked);
	assert_int_equal(testns_run(&tracked->ns, v6, NULL, NULL), 0);
	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		snprintf(text, sizeof(text),
			 "conntrack -I -s 10.1.1.1 -d 10.2.2.2 -t 999 %s",
			 entries[i].words);
		said = run(tracked, text);
		if (said.status)
			fail_msg("%s: %s", text, said.text);
		release(&said);
		wanted += !!entries[i].line;
	}
	tracked_restore(tracked, tracked_stateful);
	snprintf(text, sizeof(text), "%u\n", wanted);
	assert_said(tracked, "-C", 0, text);
	said = conntrack(tracked, "-L");
	flows = flows_of(&said);
	for (i = 0; i < wanted; i++)
		if (!strstr(flows, entries[i].line))
			fail_msg("%sis not in\n%s", entries[i].line, flows);
	free(flows);
	release(&said);
}

/* --- The commands ----------------------------------------------------------*/

static void flows_are_deleted_and_shown(void **state)
{
	struct tracked *tracked = tracked_of(state);
	struct connection c;

	tracked_restore(tracked, tracked_stateful);
	c = traffic(tracked, 6200);
	assert_said(tracked, "-L", 0, ": 5 flow entries have been shown.\n");
	assert_said(tracked, "-L -p tcp --state ESTABLISHED", 0,
		    ": 1 flow entries have been shown.\n");
	assert_said(tracked, "-D -p udp --dport 6202", 0,
		    "sport=6200 dport=6202 [UNREPLIED] ");
	assert_said(tracked, "-D -p udp --dport 6202", 1,
		    ": 0 flow entries have been deleted.\n");
	assert_said(tracked, "-D -p tcp", 0,
		    ": 2 flow entries have been deleted.\n");
	assert_said(tracked, "-C", 0, "2\n");
	assert_said(tracked, "-D -s 127.0.0.1 -o json", 0, "\"proto\": ");
	assert_said(tracked, "-D -s 127.0.0.1 -o json", 1, "[]\n");
	assert_said(tracked, "-L", 0, ": 0 flow entries have been shown.\n");
	connection_close(&c);
}

/* jq reads it, and finds what is there. */
static void json_is_json(void **state)
{
	static const char query[] =
		"conntrack -L -o json 2>/dev/null | jq -e '[.[] | "
		"select(.original.src == \"127.0.0.1\" and .timeout > 0 and "
		"(.status | index(\"CONFIRMED\")))] | length == 5'";
	struct tracked *tracked = tracked_of(state);
	char text[512];
	const char *const argv[] = { "sh", "-c", text, NULL };
	struct connection c;

	tracked_restore(tracked, tracked_stateful);
	snprintf(text, sizeof(text), "%s conntrack -L -o json | jq -e '. == []'",
		 tracked->tool.control);
	assert_int_equal(testns_run(&tracked->ns, argv, NULL, NULL), 0);
	c = traffic(tracked, 6300);
	snprintf(text, sizeof(text), "%s %s", tracked->tool.control, query);
	assert_int_equal(testns_run(&tracked->ns, argv, NULL, NULL), 0);
	connection_close(&c);
}

/* Without its programs a table can be read and emptied. */
static void a_kept_table_is_shown(void **state)
{
	struct tracked *tracked = tracked_of(state);
	struct connection c;

	tracked_restore(tracked, tracked_stateful);
	c = traffic(tracked, 6400);
	tracked_unload(tracked, "--keep-conntrack");
	assert_said(tracked, "-C", 0, "5\n");
	assert_said(tracked, "-L", 0, ": 5 flow entries have been shown.\n");
	assert_said(tracked, "-D -p tcp", 4, "cannot delete single");
	assert_said(tracked, "-C", 0, "5\n");
	assert_said(tracked, "-F", 0, "has been emptied.\n");
	assert_said(tracked, "-C", 0, "0\n");
	connection_close(&c);
}

static void nothing_is_tracked(void **state)
{
	struct tracked *tracked = tracked_of(state);

	assert_said(tracked, "-L", 4, "no connections are tracked here");
	assert_said(tracked, "-F", 4, "no connections are tracked here");
	assert_said(tracked, "-L --netns bpfipt-no-such", 4,
		    "Cannot open network namespace");
}

/* Root without capabilities, which is nobody. */
static void the_powerless_are_told(void **state)
{
	struct tracked *tracked = tracked_of(state);
	char text[256];
	struct said said;

	tracked_restore(tracked, tracked_stateful);
	snprintf(text, sizeof(text),
		 "setpriv --bounding-set -all --inh-caps -all %s conntrack -L",
		 tracked->tool.control);
	said = run(tracked, text);
	assert_int_equal(said.status, 4);
	assert_non_null(strstr(said.text, "needs root"));
	release(&said);
}

/* Behind each test: neither tracker has or follows anything. */
static int clean(void **state)
{
	static const char *const lines[] = {
		"iptables-legacy -F", "conntrack -F",
	};
	struct tracked *tracked = *state;
	struct said said;
	size_t i;

	if (tracked->missing)
		return 0;
	tool_unload(&tracked->tool, &tracked->ns);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		said = run(tracked, lines[i]);
		release(&said);
	}
	return 0;
}

static int setup(void **state)
{
	static struct tracked tracked;

	*state = &tracked;
	tracked.missing = testns_guard(300);
	tracked.tool = tool_product();
	if (!tracked.missing && testns_add(&tracked.ns, "verb"))
		tracked.missing = "no network namespace";
	return 0;
}

static int teardown(void **state)
{
	struct tracked *tracked = *state;

	if (!tracked->missing)
		testns_del(&tracked->ns);
	return 0;
}

#define TEST(name)	cmocka_unit_test_teardown(name, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_tracked),
		TEST(the_same_traffic_is_the_same_text),
		TEST(kernels_connections_are_taken_over),
		TEST(what_is_not_ours_is_left),
		TEST(flows_are_deleted_and_shown),
		TEST(json_is_json),
		TEST(a_kept_table_is_shown),
		TEST(the_powerless_are_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
