// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words behind "bpfipt conntrack" as a request: one of four commands and,
 * for two of them, which connections are meant, in conntrack(8)'s options. In:
 * the words. Out: struct conntrack_request, or what is wrong on stderr.
 */
#include "conntrack_options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "conntrack.h"
#include "flow.h"
#include "flow_names.h"
#include "names.h"

#define WRONG	1		/* what the tool ends with */

enum {
	OPTION_STATE = 256,
	OPTION_NETNS,
	OPTION_NUMBER,		/* + enum flow_field */
};

#define NUMBER(field)	(OPTION_NUMBER + FIELD_##field)

static const struct cli_option table[] = {
	{ "dump", 'L', CLI_NONE, false },
	{ "delete", 'D', CLI_NONE, false },
	{ "flush", 'F', CLI_NONE, false },
	{ "count", 'C', CLI_NONE, false },
	{ "orig-src", 's', CLI_VALUE, false },
	{ "src", 's', CLI_VALUE, false },
	{ "orig-dst", 'd', CLI_VALUE, false },
	{ "dst", 'd', CLI_VALUE, false },
	{ "reply-src", 'r', CLI_VALUE, false },
	{ "reply-dst", 'q', CLI_VALUE, false },
	{ "protonum", 'p', CLI_VALUE, false },
	{ "proto", 'p', CLI_VALUE, false },
	{ "family", 'f', CLI_VALUE, false },
	{ "status", 'u', CLI_VALUE, false },
	{ "output", 'o', CLI_VALUE, false },
	{ "help", 'h', CLI_NONE, false },
	{ "state", OPTION_STATE, CLI_VALUE, false },
	{ "sport", NUMBER(ORIG_SPORT), CLI_VALUE, false },
	{ "orig-port-src", NUMBER(ORIG_SPORT), CLI_VALUE, false },
	{ "dport", NUMBER(ORIG_DPORT), CLI_VALUE, false },
	{ "orig-port-dst", NUMBER(ORIG_DPORT), CLI_VALUE, false },
	{ "reply-port-src", NUMBER(REPLY_SPORT), CLI_VALUE, false },
	{ "reply-port-dst", NUMBER(REPLY_DPORT), CLI_VALUE, false },
	{ "srckey", NUMBER(SRCKEY), CLI_VALUE, false },
	{ "dstkey", NUMBER(DSTKEY), CLI_VALUE, false },
	{ "icmp-type", NUMBER(ICMP_TYPE), CLI_VALUE, false },
	{ "icmp-code", NUMBER(ICMP_CODE), CLI_VALUE, false },
	{ "icmp-id", NUMBER(ICMP_ID), CLI_VALUE, false },
	{ "netns", OPTION_NETNS, CLI_VALUE, true },
	{ 0 },
};

/* Letters of the commands, by enum conntrack_act, and which of them can be
 * told which connections are meant. */
static const char acts[NR_CONNTRACK_ACTS + 1] = "LDFC";
#define FILTERED	(1u << CONNTRACK_LIST | 1u << CONNTRACK_DELETE)

/* 0 stands for neither bit of those in mask. */
static const struct {
	const char *name;
	uint8_t value;
	uint8_t mask;
} statuses[] = {
	{ "EXPECTED", LABEL_EXPECTED, LABEL_EXPECTED },
	{ "SEEN_REPLY", LABEL_SEEN_REPLY, LABEL_SEEN_REPLY },
	{ "UNREPLIED", 0, LABEL_SEEN_REPLY },
	{ "ASSURED", LABEL_ASSURED, LABEL_ASSURED },
	{ "CONFIRMED", LABEL_CONFIRMED, LABEL_CONFIRMED },
	{ "UNSET", 0, LABEL_SEEN_REPLY | LABEL_ASSURED },
};

struct reading {
	struct cli cli;
	const struct names *names;
	struct conntrack_request *request;
	bool chosen;		/* one of the commands was given */
	bool selects;		/* an option of only some of them was */
};

static void help(FILE *out)
{
	fputs("Usage: bpfipt conntrack -L|-D [OPTION]...\n"
	      "       bpfipt conntrack -F|-C [--netns NAME]\n"
	      "  -L, --dump                show connections\n"
	      "  -D, --delete              delete connections, show them\n"
	      "  -F, --flush               delete all connections\n"
	      "  -C, --count               print how many there are\n"
	      "  -s, --orig-src ADDR[/N]   source of the first packet\n"
	      "  -d, --orig-dst ADDR[/N]   its destination\n"
	      "  -r, --reply-src ADDR[/N]  source of replies\n"
	      "  -q, --reply-dst ADDR[/N]  their destination\n"
	      "  -p, --proto PROTO         protocol, name or number\n"
	      "      --sport, --dport PORT\n"
	      "      --reply-port-src, --reply-port-dst PORT\n"
	      "      --icmp-type, --icmp-code, --icmp-id NUMBER\n"
	      "      --srckey, --dstkey NUMBER  of GRE\n"
	      "      --state STATE         of TCP or SCTP\n"
	      "  -u, --status STATUS[,STATUS]...\n"
	      "  -o, --output json|extended\n"
	      "      --netns NAME\n"
	      "See also the manual page bpfipt(8).\n", out);
}

static bool wrong(const char *option, const char *value, const char *why)
{
	fprintf(stderr, "conntrack: %s `%s': %s\n", option, value, why);
	return false;
}

/* A number up to max, decimal, or hexadecimal or octal as in C. */
static bool read_number(const char *text, unsigned long max, uint32_t *number)
{
	unsigned long value;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || *end || value > max)
		return false;
	*number = (uint32_t)value;
	return true;
}

/* "ADDR" or "ADDR/N". */
static bool read_address(struct reading *reading, enum flow_field field)
{
	const char *value = reading->cli.value;
	const char *slash = strchr(value, '/');
	uint32_t bits = 32;
	struct in_addr in;
	char text[INET_ADDRSTRLEN];

	snprintf(text, sizeof(text), "%.*s",
		 slash ? (int)(slash - value) : (int)strlen(value), value);
	if (inet_pton(AF_INET, text, &in) != 1 ||
	    (slash && strlen(text) != (size_t)(slash - value)))
		return wrong("address", value, "not ADDRESS or ADDRESS/BITS");
	if (slash && !read_number(slash + 1, 32, &bits))
		return wrong("address", value, "not a length from 0 to 32");
	flow_filter_set(&reading->request->filter, field, ntohl(in.s_addr),
			bits ? UINT32_MAX << (32 - bits) : 0);
	return true;
}

static bool read_field(struct reading *reading, enum flow_field field)
{
	bool byte = field == FIELD_ICMP_TYPE || field == FIELD_ICMP_CODE;
	uint32_t number;

	if (!read_number(reading->cli.value, byte ? 255 : 65535, &number))
		return wrong("number", reading->cli.value,
			     byte ? "not from 0 to 255" :
				    "not from 0 to 65535");
	flow_filter_set(&reading->request->filter, field, number, UINT32_MAX);
	return true;
}

static bool read_proto(struct reading *reading)
{
	const char *value = reading->cli.value;
	uint32_t number;
	int named;

	if (!read_number(value, 255, &number)) {
		named = reading->names->protocol(value);
		if (named < 0 || named > 255)
			return wrong("protocol", value, "no such protocol");
		number = (uint32_t)named;
	}
	flow_filter_set(&reading->request->filter, FIELD_PROTO, number,
			UINT32_MAX);
	return true;
}

static bool read_state(struct reading *reading)
{
	const char *value = reading->cli.value;
	int tcp = flow_state_find(IPPROTO_TCP, value);
	int sctp = flow_state_find(IPPROTO_SCTP, value);
	struct flow_filter *filter = &reading->request->filter;

	if (tcp < 0 && sctp < 0)
		return wrong("state", value, "neither TCP nor SCTP has it");
	filter->set &= ~(1u << FIELD_TCP_STATE | 1u << FIELD_SCTP_STATE);
	if (tcp >= 0)
		flow_filter_set(filter, FIELD_TCP_STATE, (uint32_t)tcp,
				UINT32_MAX);
	if (sctp >= 0)
		flow_filter_set(filter, FIELD_SCTP_STATE, (uint32_t)sctp,
				UINT32_MAX);
	return true;
}

static bool same(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && strncasecmp(name, word, len) == 0;
}

static bool read_status(struct reading *reading)
{
	const size_t nr = sizeof(statuses) / sizeof(statuses[0]);
	const char *word = reading->cli.value;
	uint32_t value = 0, mask = 0;
	size_t i, len;

	for (;; word += len + 1) {
		len = strcspn(word, ",");
		for (i = 0; i < nr; i++)
			if (same(statuses[i].name, word, len))
				break;
		if (i == nr)
			return wrong("status", reading->cli.value,
				     "not EXPECTED, SEEN_REPLY, UNREPLIED, ASSURED, CONFIRMED or UNSET");
		if (mask & statuses[i].mask & (value ^ statuses[i].value))
			return wrong("status", reading->cli.value,
				     "no connection is both");
		value |= statuses[i].value;
		mask |= statuses[i].mask;
		if (!word[len])
			break;
	}
	flow_filter_set(&reading->request->filter, FIELD_STATUS, value, mask);
	return true;
}

static bool read_form(struct reading *reading)
{
	const char *value = reading->cli.value;

	if (strcmp(value, "json") == 0)
		reading->request->form = FLOW_JSON;
	else if (strcmp(value, "extended") == 0)
		reading->request->form = FLOW_EXTENDED;
	else
		return wrong("output", value, "not json or extended");
	return true;
}

static bool read_act(struct reading *reading, int letter)
{
	const char *at = strchr(acts, letter);

	if (reading->chosen) {
		fputs("conntrack: one of -L, -D, -F and -C at a time\n",
		      stderr);
		return false;
	}
	reading->chosen = true;
	reading->request->act = (enum conntrack_act)(at - acts);
	return true;
}

/* Options that say which connections, and how to show them. */
static bool read_selection(struct reading *reading, int code)
{
	reading->selects = true;
	switch (code) {
	case 's':
		return read_address(reading, FIELD_ORIG_SRC);
	case 'd':
		return read_address(reading, FIELD_ORIG_DST);
	case 'r':
		return read_address(reading, FIELD_REPLY_SRC);
	case 'q':
		return read_address(reading, FIELD_REPLY_DST);
	case 'p':
		return read_proto(reading);
	case 'u':
		return read_status(reading);
	case 'o':
		return read_form(reading);
	case OPTION_STATE:
		return read_state(reading);
	}
	return read_field(reading, (enum flow_field)(code - OPTION_NUMBER));
}

static bool read_option(struct reading *reading, int code)
{
	switch (code) {
	case 'L':
	case 'D':
	case 'F':
	case 'C':
		return read_act(reading, code);
	case OPTION_NETNS:
		reading->request->netns = reading->cli.value;
		return true;
	case 'f':
		return strcmp(reading->cli.value, "ipv4") == 0 ||
		       wrong("family", reading->cli.value,
			     "only ipv4 is tracked");
	}
	return read_selection(reading, code);
}

/* What can be said only at the end. "conntrack" may be named as the table. */
static bool complete(const struct reading *reading)
{
	const char *file = reading->cli.file;

	if (!reading->chosen) {
		help(stderr);
		return false;
	}
	if (file && (reading->cli.too_many || strcmp(file, "conntrack") != 0))
		return wrong("table", file, "there is only `conntrack'");
	if (reading->selects && !(FILTERED & 1u << reading->request->act)) {
		fprintf(stderr, "conntrack: -%c is about all connections\n",
			acts[reading->request->act]);
		return false;
	}
	if (reading->request->act == CONNTRACK_DELETE &&
	    !reading->request->filter.set) {
		fputs("conntrack: -D wants to know which; -F deletes all\n",
		      stderr);
		return false;
	}
	return true;
}

bool conntrack_options(int argc, char **argv, const struct names *names,
		       struct conntrack_request *request, int *status)
{
	struct reading reading = {
		.cli = { .options = table, .argc = argc, .argv = argv,
			 .next = 1 },
		.names = names,
		.request = request,
	};
	bool go = true;
	int code;

	memset(request, 0, sizeof(*request));
	*status = WRONG;
	while (go && (code = cli_next(&reading.cli)) != CLI_END) {
		if (code == 'h') {
			help(stdout);
			*status = 0;
			return false;
		}
		go = code != CLI_WRONG && read_option(&reading, code);
	}
	return go && complete(&reading);
}
