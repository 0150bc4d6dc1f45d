// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections as text, and which of them options mean: hand-made flows of
 * every protocol, state and status against lines that conntrack(8) prints,
 * objects of JSON, and command lines. Nothing is loaded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conntrack.h"
#include "conntrack_options.h"
#include "../include/flow.h"
#include "flow_names.h"
#include "names.h"

#define CLIENT	0x0a000001	/* 10.0.0.1 */
#define SERVER	0xc0a80102	/* 192.168.1.2 */
#define SEEN	(LABEL_SEEN_REPLY | LABEL_CONFIRMED)
#define SURE	(SEEN | LABEL_ASSURED)

#define THERE	"src=10.0.0.1 dst=192.168.1.2 "
#define BACK	"src=192.168.1.2 dst=10.0.0.1 "
#define END	"mark=0 use=1\n"
#define JSON_THERE	"\"original\": {\"src\": \"10.0.0.1\", \"dst\": \"192.168.1.2\""
#define JSON_BACK	"\"reply\": {\"src\": \"192.168.1.2\", \"dst\": \"10.0.0.1\""

static const struct {
	uint8_t proto;
	uint16_t port[2];
	uint8_t state;
	uint8_t status;
	uint32_t left_s;
	const char *text;
	const char *json;
} flows[] = {
	{ IPPROTO_TCP, { 40000, 80 }, FLOW_TCP_ESTABLISHED, SURE, 431999,
	  "tcp      6 431999 ESTABLISHED " THERE "sport=40000 dport=80 "
	  BACK "sport=80 dport=40000 [ASSURED] " END,
	  "{\"proto\": \"tcp\", \"protonum\": 6, \"timeout\": 431999, "
	  "\"state\": \"ESTABLISHED\", "
	  JSON_THERE ", \"sport\": 40000, \"dport\": 80}, "
	  JSON_BACK ", \"sport\": 80, \"dport\": 40000}, "
	  "\"status\": [\"SEEN_REPLY\", \"ASSURED\", \"CONFIRMED\"]}" },
	{ IPPROTO_TCP, { 1, 2 }, FLOW_TCP_SYN_SENT2, LABEL_CONFIRMED, 0,
	  "tcp      6 0 SYN_SENT2 " THERE "sport=1 dport=2 [UNREPLIED] "
	  BACK "sport=2 dport=1 " END,
	  "{\"proto\": \"tcp\", \"protonum\": 6, \"timeout\": 0, "
	  "\"state\": \"SYN_SENT2\", "
	  JSON_THERE ", \"sport\": 1, \"dport\": 2}, "
	  JSON_BACK ", \"sport\": 2, \"dport\": 1}, "
	  "\"status\": [\"CONFIRMED\"]}" },
	{ IPPROTO_UDP, { 65535, 53 }, 0, SEEN, 29,
	  "udp      17 29 " THERE "sport=65535 dport=53 "
	  BACK "sport=53 dport=65535 " END,
	  "{\"proto\": \"udp\", \"protonum\": 17, \"timeout\": 29, "
	  JSON_THERE ", \"sport\": 65535, \"dport\": 53}, "
	  JSON_BACK ", \"sport\": 53, \"dport\": 65535}, "
	  "\"status\": [\"SEEN_REPLY\", \"CONFIRMED\"]}" },
	{ IPPROTO_UDPLITE, { 5, 6 }, 0, LABEL_EXPECTED | SURE, 180,
	  "udplite  136 180 " THERE "sport=5 dport=6 "
	  BACK "sport=6 dport=5 [ASSURED] " END,
	  "{\"proto\": \"udplite\", \"protonum\": 136, \"timeout\": 180, "
	  JSON_THERE ", \"sport\": 5, \"dport\": 6}, "
	  JSON_BACK ", \"sport\": 6, \"dport\": 5}, "
	  "\"status\": [\"EXPECTED\", \"SEEN_REPLY\", \"ASSURED\", "
	  "\"CONFIRMED\"]}" },
	{ IPPROTO_ICMP, { 77, 8 << 8 }, 0, SEEN, 30,
	  "icmp     1 30 " THERE "type=8 code=0 id=77 "
	  BACK "type=0 code=0 id=77 " END,
	  "{\"proto\": \"icmp\", \"protonum\": 1, \"timeout\": 30, "
	  JSON_THERE ", \"type\": 8, \"code\": 0, \"id\": 77}, "
	  JSON_BACK ", \"type\": 0, \"code\": 0, \"id\": 77}, "
	  "\"status\": [\"SEEN_REPLY\", \"CONFIRMED\"]}" },
	{ IPPROTO_ICMP, { 0xffff, 13 << 8 | 9 }, 0, LABEL_CONFIRMED, 30,
	  "icmp     1 30 " THERE "type=13 code=9 id=65535 [UNREPLIED] "
	  BACK "type=14 code=9 id=65535 " END,
	  "{\"proto\": \"icmp\", \"protonum\": 1, \"timeout\": 30, "
	  JSON_THERE ", \"type\": 13, \"code\": 9, \"id\": 65535}, "
	  JSON_BACK ", \"type\": 14, \"code\": 9, \"id\": 65535}, "
	  "\"status\": [\"CONFIRMED\"]}" },
	{ IPPROTO_SCTP, { 7, 9 }, FLOW_SCTP_COOKIE_ECHOED, SEEN, 3,
	  "sctp     132 3 COOKIE_ECHOED " THERE "sport=7 dport=9 "
	  BACK "sport=9 dport=7 " END,
	  "{\"proto\": \"sctp\", \"protonum\": 132, \"timeout\": 3, "
	  "\"state\": \"COOKIE_ECHOED\", "
	  JSON_THERE ", \"sport\": 7, \"dport\": 9}, "
	  JSON_BACK ", \"sport\": 9, \"dport\": 7}, "
	  "\"status\": [\"SEEN_REPLY\", \"CONFIRMED\"]}" },
	{ IPPROTO_GRE, { 0, 0x1f }, 0, SEEN, 30,
	  "gre      47 30 " THERE "srckey=0x0 dstkey=0x1f "
	  BACK "srckey=0x1f dstkey=0x0 " END,
	  "{\"proto\": \"gre\", \"protonum\": 47, \"timeout\": 30, "
	  JSON_THERE ", \"srckey\": 0, \"dstkey\": 31}, "
	  JSON_BACK ", \"srckey\": 31, \"dstkey\": 0}, "
	  "\"status\": [\"SEEN_REPLY\", \"CONFIRMED\"]}" },
	{ IPPROTO_ESP, { 0, 0 }, 0, LABEL_CONFIRMED, 600,
	  "unknown  50 600 " THERE "[UNREPLIED] " BACK END,
	  "{\"proto\": \"unknown\", \"protonum\": 50, \"timeout\": 600, "
	  JSON_THERE "}, " JSON_BACK "}, \"status\": [\"CONFIRMED\"]}" },
	{ IPPROTO_DCCP, { 0, 0 }, 0, SEEN, 600,
	  "dccp     33 600 " THERE "sport=0 dport=0 " BACK
	  "sport=0 dport=0 " END,
	  "{\"proto\": \"dccp\", \"protonum\": 33, \"timeout\": 600, "
	  JSON_THERE "}, " JSON_BACK "}, "
	  "\"status\": [\"SEEN_REPLY\", \"CONFIRMED\"]}" },
};

#define NR	(sizeof(flows) / sizeof(flows[0]))

static struct flow flow_of(size_t i)
{
	return (struct flow){
		.addr = { CLIENT, SERVER },
		.port = { flows[i].port[0], flows[i].port[1] },
		.proto = flows[i].proto,
		.state = flows[i].state,
		.status = flows[i].status,
	};
}

/* What is printed of a flow, to be freed. */
static char *printed(enum flow_form form, const struct flow *flow,
		     uint32_t left_s)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(flow_text(out, form, flow, left_s), 0);
	fclose(out);
	return text;
}

static void lines_are_conntracks(void **state)
{
	struct flow flow;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < NR; i++) {
		flow = flow_of(i);
		text = printed(FLOW_TEXT, &flow, flows[i].left_s);
		assert_string_equal(text, flows[i].text);
		free(text);
		text = printed(FLOW_EXTENDED, &flow, flows[i].left_s);
		assert_memory_equal(text, "ipv4     2 ", 11);
		assert_string_equal(text + 11, flows[i].text);
		free(text);
	}
}

static void objects_hold_all_of_it(void **state)
{
	struct flow flow;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < NR; i++) {
		flow = flow_of(i);
		text = printed(FLOW_JSON, &flow, flows[i].left_s);
		assert_string_equal(text, flows[i].json);
		free(text);
	}
}

/* Our names for states are the library's. */
static void every_state_has_its_name(void **state)
{
	static const struct { uint8_t proto, nr; } kinds[] = {
		{ IPPROTO_TCP, NR_FLOW_TCP_STATES },
		{ IPPROTO_SCTP, NR_FLOW_SCTP_STATES },
	};
	struct flow flow = { .addr = { CLIENT, SERVER } };
	char line[64], *text;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		flow.proto = kinds[i].proto;
		for (flow.state = 0; flow.state < kinds[i].nr; flow.state++) {
			text = printed(FLOW_TEXT, &flow, 5);
			snprintf(line, sizeof(line), "%-8s %u 5 %s src=",
				 flow_proto_name(flow.proto), flow.proto,
				 flow_state_name(flow.proto, flow.state));
			assert_memory_equal(text, line, strlen(line));
			assert_int_equal(flow_state_find(flow.proto,
				flow_state_name(flow.proto, flow.state)),
				flow.state);
			free(text);
		}
		assert_null(flow_state_name(flow.proto, flow.state));
	}
}

/* --- Options ---------------------------------------------------------------*/

static int fixed_protocol(const char *name)
{
	return strcmp(name, "tcp") == 0 ? IPPROTO_TCP :
	       strcmp(name, "esp") == 0 ? IPPROTO_ESP :
	       strcmp(name, "far") == 0 ? 256 : -1;
}

static const struct names names = { .protocol = fixed_protocol };

/* Reads a line of words; what is said goes nowhere. */
static bool read_line(const char *line, struct conntrack_request *request,
		      int *status)
{
	char text[256], *argv[16] = { "conntrack" }, *next = text;
	int argc = 1, err = dup(STDERR_FILENO), out = dup(STDOUT_FILENO);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool go;

	snprintf(text, sizeof(text), "%s", line);
	while ((argv[argc] = strsep(&next, " ")))
		argc++;
	fflush(stdout);
	dup2(null, STDERR_FILENO);
	dup2(null, STDOUT_FILENO);
	go = conntrack_options(argc, argv, &names, request, status);
	fflush(stdout);
	dup2(err, STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	close(null);
	close(err);
	close(out);
	return go;
}

/* Which flows of the table above options mean, a bit each. */
#define ALL_FLOWS	((1u << NR) - 1)
#define PORTED		0x4fu	/* TCP, UDP, UDP-Lite, SCTP */

static const struct {
	const char *line;
	uint32_t meant;
} selections[] = {
	{ "-L", ALL_FLOWS },
	{ "--dump conntrack", ALL_FLOWS },
	{ "-L -f ipv4", ALL_FLOWS },
	{ "-L -s 10.0.0.1", ALL_FLOWS },
	{ "-L --src 10.0.0.2", 0 },
	{ "-L --orig-src 10.0.0.0/30", ALL_FLOWS },
	{ "-L -s 10.0.0.3/30", ALL_FLOWS },
	{ "-L -s 10.0.0.0/32", 0 },
	{ "-L -s 1.2.3.4/0", ALL_FLOWS },
	{ "-L -d 192.168.1.2 -s 10.0.0.1", ALL_FLOWS },
	{ "-L -d 192.168.1.2 -s 10.0.0.2", 0 },
	{ "-L --dst 10.0.0.1", 0 },
	{ "-L -r 192.168.1.2", ALL_FLOWS },
	{ "-L --reply-src 10.0.0.1", 0 },
	{ "-L -q 10.0.0.1", ALL_FLOWS },
	{ "-L --reply-dst 192.168.0.0/16", 0 },
	{ "-L -p 6", 0x3 },
	{ "-L --proto tcp", 0x3 },
	{ "-L --protonum=0x11", 0x4 },
	{ "-L -p esp", 0x100 },
	{ "-L -p 33", 0x200 },
	{ "-L --sport 40000", 0x1 },
	{ "-L --orig-port-src 0", 0 },
	{ "-L --dport 80", 0x1 },
	{ "-L --orig-port-dst 6", 0x8 },
	{ "-L --reply-port-src 53", 0x4 },
	{ "-L --reply-port-dst 7 -p 132", 0x40 },
	{ "-L --dport 2048", 0 },	/* no type of ICMP */
	{ "-L --dport 31", 0 },		/* no key of GRE */
	{ "-L --dstkey 0x1f", 0x80 },
	{ "-L --srckey 0", 0x80 },
	{ "-L --srckey 1", 0 },
	{ "-L --icmp-type 8", 0x10 },
	{ "-L --icmp-type 0", 0 },	/* the query's is meant */
	{ "-L --icmp-code 9", 0x20 },
	{ "-L --icmp-id 77", 0x10 },
	{ "-L --icmp-id 65535 --icmp-type 13", 0x20 },
	{ "-L --state ESTABLISHED", 0x1 },
	{ "-L --state syn_sent2", 0x2 },
	{ "-L --state COOKIE_ECHOED", 0x40 },
	{ "-L --state NONE", 0 },
	{ "-L --state COOKIE_ECHOED --state ESTABLISHED", 0x1 },
	{ "-L --state ESTABLISHED -p 132", 0 },
	{ "-L -u ASSURED", 0x9 },
	{ "-L --status SEEN_REPLY", ALL_FLOWS & ~0x122u },
	{ "-L -u UNREPLIED", 0x122 },
	{ "-L -u unset", 0x122 },
	{ "-L -u SEEN_REPLY,ASSURED", 0x9 },
	{ "-L -u EXPECTED", 0x8 },
	{ "-L -u CONFIRMED", ALL_FLOWS },
	{ "-L -p 6 -p 17", 0x4 },
	{ "-D -p 6 --sport 1 -o extended", 0x2 },
};

static void options_select_flows(void **state)
{
	struct conntrack_request request;
	struct flow flow;
	uint32_t meant;
	size_t i, j;
	int status;

	(void)state;
	for (i = 0; i < sizeof(selections) / sizeof(selections[0]); i++) {
		if (!read_line(selections[i].line, &request, &status))
			fail_msg("\"%s\" is refused", selections[i].line);
		meant = 0;
		for (j = 0; j < NR; j++) {
			flow = flow_of(j);
			if (flow_filter_match(&request.filter, &flow))
				meant |= 1u << j;
		}
		if (meant != selections[i].meant)
			fail_msg("\"%s\" means 0x%x, not 0x%x",
				 selections[i].line, meant,
				 selections[i].meant);
	}
}

/* A filter of any port means those that have ports, and no others. */
static void ports_belong_to_protocols(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR; i++)
		assert_int_equal(flow_has_ports(flows[i].proto),
				 !!(PORTED & 1u << i));
}

static void commands_are_read(void **state)
{
	static const struct {
		const char *line;
		enum conntrack_act act;
		enum flow_form form;
	} lines[] = {
		{ "-L", CONNTRACK_LIST, FLOW_TEXT },
		{ "-Lo json", CONNTRACK_LIST, FLOW_JSON },
		{ "--output=extended --dump", CONNTRACK_LIST, FLOW_EXTENDED },
		{ "--delete -p tcp", CONNTRACK_DELETE, FLOW_TEXT },
		{ "-F --netns x", CONNTRACK_FLUSH, FLOW_TEXT },
		{ "--flush", CONNTRACK_FLUSH, FLOW_TEXT },
		{ "-C", CONNTRACK_COUNT, FLOW_TEXT },
		{ "--netns=x --count", CONNTRACK_COUNT, FLOW_TEXT },
	};
	struct conntrack_request request;
	int status;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_true(read_line(lines[i].line, &request, &status));
		assert_int_equal(request.act, lines[i].act);
		assert_int_equal(request.form, lines[i].form);
	}
	assert_false(read_line("-h", &request, &status));
	assert_int_equal(status, 0);
}

static void mistakes_are_refused(void **state)
{
	static const char *const lines[] = {
		"", "-X", "-L -D", "-F -F", "-L expect", "-L conntrack x",
		"-L -s", "-L -s 10.0.0", "-L -s 10.0.0.1/33", "-L -s 10.0.0.1/",
		"-L -s /8", "-L -s 10.0.0.1/-1", "-L -d ::1", "-L -s host",
		"-L -s 1000.1000.1000.1000.1", "-L -p nosuch", "-L -p 256",
		"-L -p far", "-L -p -1", "-L --sport 65536", "-L --sport http",
		"-L --sport 1x", "-L --sport=", "-L --icmp-type 256",
		"-L --icmp-code 256", "-L --icmp-id 65536",
		"-L --state NOSUCH", "-L -u NOSUCH", "-L -u ASSURED,",
		"-L -u ASSURED,UNREPLIED,SEEN_REPLY", "-L -o xml", "-L -f ipv6",
		"-F -p tcp", "-C -s 10.0.0.1", "-C -o json", "-D", "-D -o json",
		"-L --orig", "-L --dump=x",
	};
	struct conntrack_request request;
	int status;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (read_line(lines[i], &request, &status) || status != 1)
			fail_msg("\"%s\" is taken", lines[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_conntracks),
		cmocka_unit_test(objects_hold_all_of_it),
		cmocka_unit_test(every_state_has_its_name),
		cmocka_unit_test(options_select_flows),
		cmocka_unit_test(ports_belong_to_protocols),
		cmocka_unit_test(commands_are_read),
		cmocka_unit_test(mistakes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
