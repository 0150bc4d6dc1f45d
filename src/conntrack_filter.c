// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of bpfipt conntrack. In: words, under the names that
 * conntrack(8) has for them. Out: what is to be done and which flows are meant;
 * and whether a flow is one of them. Asks nothing but names.
 */
#include "conntrack.h"

#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "cli.h"
#include "diag.h"
#include "flow.h"
#include "lookup.h"
#include "names.h"
#include "value.h"

enum {
	OPTION_NETNS = 256,
	OPTION_ADDRESS,		/* + enum filter_address */
	OPTION_NUMBER = OPTION_ADDRESS + NR_FILTER_ADDRESSES,
};

#define ADDRESS(name)	(OPTION_ADDRESS + FILTER_##name)
#define NUMBER(name)	(OPTION_NUMBER + FILTER_##name)

static const struct cli_option options[] = {
	{ "dump", 'L', CLI_NONE, false },
	{ "delete", 'D', CLI_NONE, false },
	{ "flush", 'F', CLI_NONE, false },
	{ "count", 'C', CLI_NONE, false },
	{ "output", 'o', CLI_VALUE, false },
	{ "orig-src", 's', CLI_VALUE, false },
	{ "src", 's', CLI_VALUE, false },
	{ "orig-dst", 'd', CLI_VALUE, false },
	{ "dst", 'd', CLI_VALUE, false },
	{ "reply-src", 'r', CLI_VALUE, false },
	{ "reply-dst", 'q', CLI_VALUE, false },
	{ "proto", 'p', CLI_VALUE, false },
	{ "status", 'u', CLI_VALUE, false },
	{ "sport", NUMBER(PORT_SRC), CLI_VALUE, false },
	{ "orig-port-src", NUMBER(PORT_SRC), CLI_VALUE, false },
	{ "dport", NUMBER(PORT_DST), CLI_VALUE, false },
	{ "orig-port-dst", NUMBER(PORT_DST), CLI_VALUE, false },
	{ "icmp-type", NUMBER(ICMP_TYPE), CLI_VALUE, false },
	{ "icmp-code", NUMBER(ICMP_CODE), CLI_VALUE, false },
	{ "icmp-id", NUMBER(ICMP_ID), CLI_VALUE, false },
	{ "state", NUMBER(STATE), CLI_VALUE, false },
	{ "netns", OPTION_NETNS, CLI_VALUE, true },
	{ 0 },
};

struct reading {
	const struct diag *diag;
	struct conntrack_request *request;
	struct lookup *lookup;
	struct arena arena;
	struct cli cli;
};

static bool wrong(const struct reading *reading, const char *what)
{
	diag_warn(reading->diag, "conntrack: %s", what);
	return false;
}

/* A value of one of iptables' types. */
static bool parse(struct reading *reading, enum value_type type,
		  union value *value)
{
	struct value_input in = {
		.arena = &reading->arena,
		.lookup = reading->lookup,
		.text = reading->cli.value,
		.match = "conntrack",
		.option = "",
	};

	return value_parse(type, &in, value) || wrong(reading, in.error);
}

static bool read_address(struct reading *reading, enum filter_address which)
{
	struct conntrack_filter *filter = &reading->request->filter;
	union value value;

	if (!parse(reading, VALUE_ADDR, &value))
		return false;
	filter->addr[which] = value.masked.value;
	filter->mask[which] = value.masked.mask;
	return true;
}

static void ask(struct reading *reading, enum filter_number which,
		uint32_t number)
{
	reading->request->filter.number[which] = number;
	reading->request->filter.asked[which] = true;
}

static bool read_proto(struct reading *reading)
{
	union value value;

	if (!parse(reading, VALUE_PROTO, &value))
		return false;
	ask(reading, FILTER_PROTO, value.byte);
	return true;
}

static bool read_state(struct reading *reading)
{
	unsigned int i;

	for (i = 0; i < NR_FLOW_TCP_STATES; i++)
		if (strcasecmp(conntrack_tcp_state(i), reading->cli.value) ==
		    0) {
			ask(reading, FILTER_STATE, i);
			return true;
		}
	return wrong(reading, "no such state of TCP");
}

static bool read_number(struct reading *reading, enum filter_number which)
{
	bool small = which == FILTER_ICMP_TYPE || which == FILTER_ICMP_CODE;
	uint64_t number;

	if (which == FILTER_STATE)
		return read_state(reading);
	if (!value_number(reading->cli.value, NULL, 0,
			  small ? UINT8_MAX : UINT16_MAX, &number))
		return wrong(reading, "that is no number, or too large");
	ask(reading, which, (uint32_t)number);
	return true;
}

static bool read_status_word(struct reading *reading, const char *word,
			     size_t len)
{
	static const struct {
		const char *name;
		uint8_t set;
		uint8_t unset;
	} words[] = {
		{ "EXPECTED", LABEL_EXPECTED, 0 },
		{ "SEEN_REPLY", LABEL_SEEN_REPLY, 0 },
		{ "ASSURED", LABEL_ASSURED, 0 },
		{ "CONFIRMED", LABEL_CONFIRMED, 0 },
		{ "UNREPLIED", 0, LABEL_SEEN_REPLY },
	};
	struct conntrack_filter *filter = &reading->request->filter;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].name) != len ||
		    strncasecmp(words[i].name, word, len) != 0)
			continue;
		filter->status |= words[i].set;
		filter->status_not |= words[i].unset;
		return true;
	}
	return wrong(reading, "no such status");
}

static bool read_status(struct reading *reading)
{
	const char *at = reading->cli.value;
	size_t len;

	for (;; at += len + 1) {
		len = strcspn(at, ",");
		if (!read_status_word(reading, at, len))
			return false;
		if (!at[len])
			return true;
	}
}

static bool read_action(struct reading *reading, enum conntrack_action action)
{
	if (reading->request->action != CONNTRACK_NONE)
		return wrong(reading, "one of -L, -D, -F, -C, please");
	reading->request->action = action;
	return true;
}

static bool read_output(struct reading *reading)
{
	if (strcmp(reading->cli.value, "json") != 0)
		return wrong(reading, "there is only -o json");
	reading->request->json = true;
	return true;
}

static bool read_option(struct reading *reading, int code)
{
	switch (code) {
	case 'L':
		return read_action(reading, CONNTRACK_LIST);
	case 'D':
		return read_action(reading, CONNTRACK_DELETE);
	case 'F':
		return read_action(reading, CONNTRACK_FLUSH);
	case 'C':
		return read_action(reading, CONNTRACK_COUNT);
	case 'o':
		return read_output(reading);
	case 's':
		return read_address(reading, FILTER_ORIG_SRC);
	case 'd':
		return read_address(reading, FILTER_ORIG_DST);
	case 'r':
		return read_address(reading, FILTER_REPLY_SRC);
	case 'q':
		return read_address(reading, FILTER_REPLY_DST);
	case 'p':
		return read_proto(reading);
	case 'u':
		return read_status(reading);
	case OPTION_NETNS:
		reading->request->netns = reading->cli.value;
		return true;
	case CLI_WRONG:
		return false;
	}
	return read_number(reading, (enum filter_number)(code - OPTION_NUMBER));
}

static bool is_filtered(const struct conntrack_filter *filter)
{
	static const struct conntrack_filter none;

	return memcmp(filter, &none, sizeof(none)) != 0;
}

static bool check(const struct reading *reading)
{
	const struct conntrack_request *request = reading->request;
	bool filtered = is_filtered(&request->filter);

	if (reading->cli.file)
		return wrong(reading, "unknown arguments found on commandline");
	if (request->action == CONNTRACK_NONE)
		return wrong(reading, "one of -L, -D, -F, -C, please");
	if (filtered && (request->action == CONNTRACK_FLUSH ||
			 request->action == CONNTRACK_COUNT))
		return wrong(reading, "-F and -C take no filter");
	if (!filtered && request->action == CONNTRACK_DELETE)
		return wrong(reading, "-D wants to know which (-F: all)");
	return true;
}

bool conntrack_options(int argc, char **argv, const struct diag *diag,
		       struct conntrack_request *request, int *status)
{
	struct reading reading = {
		.diag = diag,
		.request = request,
		.cli = { .options = options, .argc = argc, .argv = argv,
			 .next = 1 },
	};
	bool good = true;
	int code;

	memset(request, 0, sizeof(*request));
	arena_init(&reading.arena);
	reading.lookup = lookup_new(&reading.arena, &names_system);
	while (good && (code = cli_next(&reading.cli)) != CLI_END)
		good = read_option(&reading, code);
	good = good && check(&reading);
	arena_fini(&reading.arena);
	*status = good ? 0 : 2;
	return good;
}

static bool addresses_match(const struct conntrack_filter *filter,
			    const struct flow *flow)
{
	/* There is no NAT: the reply goes the way back. */
	const uint32_t addr[NR_FILTER_ADDRESSES] = {
		[FILTER_ORIG_SRC] = flow->addr[0],
		[FILTER_ORIG_DST] = flow->addr[1],
		[FILTER_REPLY_SRC] = flow->addr[1],
		[FILTER_REPLY_DST] = flow->addr[0],
	};
	unsigned int i;

	for (i = 0; i < NR_FILTER_ADDRESSES; i++)
		if ((addr[i] & filter->mask[i]) !=
		    (filter->addr[i] & filter->mask[i]))
			return false;
	return true;
}

/* What a flow has of a number; UINT32_MAX where it has none such. */
static uint32_t number_of(const struct flow *flow, enum filter_number which)
{
	bool icmp = flow->proto == IPPROTO_ICMP;

	switch (which) {
	case FILTER_PROTO:
		return flow->proto;
	case FILTER_PORT_SRC:
		return icmp ? UINT32_MAX : flow->port[0];
	case FILTER_PORT_DST:
		return icmp ? UINT32_MAX : flow->port[1];
	case FILTER_ICMP_TYPE:
		return icmp ? flow->port[1] >> 8 : UINT32_MAX;
	case FILTER_ICMP_CODE:
		return icmp ? flow->port[1] & 0xff : UINT32_MAX;
	case FILTER_ICMP_ID:
		return icmp ? flow->port[0] : UINT32_MAX;
	default:
		return flow->proto == IPPROTO_TCP ? flow->state : UINT32_MAX;
	}
}

bool conntrack_matches(const struct conntrack_filter *filter,
		       const struct flow *flow)
{
	unsigned int i;

	if (!addresses_match(filter, flow))
		return false;
	for (i = 0; i < NR_FILTER_NUMBERS; i++)
		if (filter->asked[i] &&
		    number_of(flow, (enum filter_number)i) !=
			    filter->number[i])
			return false;
	return (flow->status & filter->status) == filter->status &&
	       !(flow->status & filter->status_not);
}
