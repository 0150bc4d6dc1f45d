/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection as text.
 */
#ifndef FLOW_TEXT_H
#define FLOW_TEXT_H

#include <stdint.h>
#include <stdio.h>

struct flow;

enum flow_form {
	FLOW_TEXT,		/* conntrack(8)'s own */
	FLOW_EXTENDED,		/* with the address family in front */
	FLOW_JSON,		/* an object without a line's end */
};

/* Writes the flow, which has left_s still to live. 0 or -ENOMEM. */
int flow_text(FILE *out, enum flow_form form, const struct flow *flow,
	      uint64_t left_s);

#endif
