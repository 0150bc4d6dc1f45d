/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which connections are meant: what conntrack(8) can be told of them.
 */
#ifndef FLOW_FILTER_H
#define FLOW_FILTER_H

#include <stdbool.h>
#include <stdint.h>

struct flow;

enum flow_field {
	FIELD_ORIG_SRC,
	FIELD_ORIG_DST,
	FIELD_REPLY_SRC,
	FIELD_REPLY_DST,
	FIELD_PROTO,
	FIELD_ORIG_SPORT,
	FIELD_ORIG_DPORT,
	FIELD_REPLY_SPORT,
	FIELD_REPLY_DPORT,
	FIELD_SRCKEY,		/* of GRE */
	FIELD_DSTKEY,
	FIELD_ICMP_TYPE,	/* of the query */
	FIELD_ICMP_CODE,
	FIELD_ICMP_ID,
	FIELD_STATUS,		/* LABEL_STATUS bits */
	FIELD_TCP_STATE,
	FIELD_SCTP_STATE,
	NR_FIELDS,
};

/* A flow is meant if each field that is set is as value says, where mask has
 * bits. Of the states, which no flow has both, one is enough. */
struct flow_filter {
	uint32_t set;		/* bits by enum flow_field */
	uint32_t value[NR_FIELDS];
	uint32_t mask[NR_FIELDS];
};

bool flow_filter_match(const struct flow_filter *filter,
		       const struct flow *flow);

/* Asks for one field more; the later of two values counts. */
void flow_filter_set(struct flow_filter *filter, enum flow_field field,
		     uint32_t value, uint32_t mask);

#endif
