// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares a connection with what is asked for. A field that a connection does
 * not have, such as the ports of ICMP, is never as asked for. It knows no words
 * and changes nothing.
 */
#include "flow_filter.h"

#include <linux/in.h>

#include "flow.h"
#include "flow_names.h"

#define BIT(field)	(1u << (field))
#define STATES		(BIT(FIELD_TCP_STATE) | BIT(FIELD_SCTP_STATE))

/* Which protocols have a field; 0: those with ports, ALL: every one. */
#define ALL	256
#define PORTS	0

static const uint16_t field_proto[NR_FIELDS] = {
	[FIELD_ORIG_SRC] = ALL,
	[FIELD_ORIG_DST] = ALL,
	[FIELD_REPLY_SRC] = ALL,
	[FIELD_REPLY_DST] = ALL,
	[FIELD_PROTO] = ALL,
	[FIELD_ORIG_SPORT] = PORTS,
	[FIELD_ORIG_DPORT] = PORTS,
	[FIELD_REPLY_SPORT] = PORTS,
	[FIELD_REPLY_DPORT] = PORTS,
	[FIELD_SRCKEY] = IPPROTO_GRE,
	[FIELD_DSTKEY] = IPPROTO_GRE,
	[FIELD_ICMP_TYPE] = IPPROTO_ICMP,
	[FIELD_ICMP_CODE] = IPPROTO_ICMP,
	[FIELD_ICMP_ID] = IPPROTO_ICMP,
	[FIELD_STATUS] = ALL,
	[FIELD_TCP_STATE] = IPPROTO_TCP,
	[FIELD_SCTP_STATE] = IPPROTO_SCTP,
};

static bool has_field(const struct flow *flow, unsigned int field)
{
	switch (field_proto[field]) {
	case ALL:
		return true;
	case PORTS:
		return flow_has_ports(flow->proto);
	default:
		return field_proto[field] == flow->proto;
	}
}

static uint32_t field_of(const struct flow *flow, unsigned int field)
{
	switch ((enum flow_field)field) {
	case FIELD_ORIG_SRC:
	case FIELD_REPLY_DST:
		return flow->addr[0];
	case FIELD_ORIG_DST:
	case FIELD_REPLY_SRC:
		return flow->addr[1];
	case FIELD_ORIG_SPORT:
	case FIELD_REPLY_DPORT:
	case FIELD_SRCKEY:
	case FIELD_ICMP_ID:
		return flow->port[0];
	case FIELD_ORIG_DPORT:
	case FIELD_REPLY_SPORT:
	case FIELD_DSTKEY:
		return flow->port[1];
	case FIELD_ICMP_TYPE:
		return flow->port[1] >> 8;
	case FIELD_ICMP_CODE:
		return flow->port[1] & 0xff;
	case FIELD_PROTO:
		return flow->proto;
	case FIELD_STATUS:
		return flow->status;
	case FIELD_TCP_STATE:
	case FIELD_SCTP_STATE:
		return flow->state;
	case NR_FIELDS:
		break;
	}
	return 0;
}

bool flow_filter_match(const struct flow_filter *filter,
		       const struct flow *flow)
{
	uint32_t differ = 0;
	unsigned int i;

	for (i = 0; i < NR_FIELDS; i++) {
		if (!(filter->set & BIT(i)))
			continue;
		if (!has_field(flow, i) ||
		    (field_of(flow, i) & filter->mask[i]) != filter->value[i])
			differ |= BIT(i);
	}
	if (differ & ~STATES)
		return false;
	return !(filter->set & STATES) ||
	       (differ & STATES) != (filter->set & STATES);
}

void flow_filter_set(struct flow_filter *filter, enum flow_field field,
		     uint32_t value, uint32_t mask)
{
	filter->set |= BIT(field);
	filter->value[field] = value & mask;
	filter->mask[field] = mask;
}
