/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpfipt conntrack: shows, counts and deletes the flows of the table, as
 * conntrack(8) does with the kernel's.
 */
#ifndef CONNTRACK_H
#define CONNTRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct diag;
struct flow;

enum conntrack_action {
	CONNTRACK_NONE,
	CONNTRACK_LIST,
	CONNTRACK_DELETE,
	CONNTRACK_FLUSH,
	CONNTRACK_COUNT,
};

/* What is asked of a flow: only what is set. Addresses host order. */
enum filter_address {
	FILTER_ORIG_SRC,
	FILTER_ORIG_DST,
	FILTER_REPLY_SRC,
	FILTER_REPLY_DST,
	NR_FILTER_ADDRESSES,
};

enum filter_number {
	FILTER_PROTO,
	FILTER_PORT_SRC,
	FILTER_PORT_DST,
	FILTER_ICMP_TYPE,
	FILTER_ICMP_CODE,
	FILTER_ICMP_ID,
	FILTER_STATE,		/* of TCP */
	NR_FILTER_NUMBERS,
};

struct conntrack_filter {
	uint32_t addr[NR_FILTER_ADDRESSES];
	uint32_t mask[NR_FILTER_ADDRESSES];
	uint32_t number[NR_FILTER_NUMBERS];
	bool asked[NR_FILTER_NUMBERS];
	uint8_t status;		/* LABEL_* bits that must be set */
	uint8_t status_not;	/* and those that must not */
};

struct conntrack_request {
	enum conntrack_action action;
	bool json;
	const char *netns;
	struct conntrack_filter filter;
};

/*
 * Reads the command line; argv[0] is the verb. True if there is work to do;
 * else all has been said, and *status is what the tool ends with.
 */
bool conntrack_options(int argc, char **argv, const struct diag *diag,
		       struct conntrack_request *request, int *status);

/* Whether a flow is asked for. */
bool conntrack_matches(const struct conntrack_filter *filter,
		       const struct flow *flow);

/* Writes a flow as a line of conntrack(8), without its newline. */
void conntrack_print(const struct flow *flow, uint64_t left_s, FILE *out);

/* Writes a flow as a JSON object. */
void conntrack_print_json(const struct flow *flow, uint64_t left_s, FILE *out);

/* Names of states, NULL for those that are none. */
const char *conntrack_tcp_state(unsigned int state);
const char *conntrack_sctp_state(unsigned int state);

/* Does what is asked. Returns the exit status or a negative errno, reported. */
int conntrack_run(const struct conntrack_request *request, FILE *out,
		  const struct diag *diag);

#endif
