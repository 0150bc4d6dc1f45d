// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of connections: tables of numbers and names, in the kernel's order
 * and conntrack(8)'s words. Knows no flow and asks nothing of the system.
 */
#include "flow_names.h"

#include <linux/in.h>
#include <stddef.h>
#include <strings.h>

#include "flow.h"

#define ICMP_ECHO	8

static const char *const tcp_states[NR_FLOW_TCP_STATES] = {
	[FLOW_TCP_NONE] = "NONE",
	[FLOW_TCP_SYN_SENT] = "SYN_SENT",
	[FLOW_TCP_SYN_RECV] = "SYN_RECV",
	[FLOW_TCP_ESTABLISHED] = "ESTABLISHED",
	[FLOW_TCP_FIN_WAIT] = "FIN_WAIT",
	[FLOW_TCP_CLOSE_WAIT] = "CLOSE_WAIT",
	[FLOW_TCP_LAST_ACK] = "LAST_ACK",
	[FLOW_TCP_TIME_WAIT] = "TIME_WAIT",
	[FLOW_TCP_CLOSE] = "CLOSE",
	[FLOW_TCP_SYN_SENT2] = "SYN_SENT2",
};

static const char *const sctp_states[NR_FLOW_SCTP_STATES] = {
	[FLOW_SCTP_NONE] = "NONE",
	[FLOW_SCTP_CLOSED] = "CLOSED",
	[FLOW_SCTP_COOKIE_WAIT] = "COOKIE_WAIT",
	[FLOW_SCTP_COOKIE_ECHOED] = "COOKIE_ECHOED",
	[FLOW_SCTP_ESTABLISHED] = "ESTABLISHED",
	[FLOW_SCTP_SHUTDOWN_SENT] = "SHUTDOWN_SENT",
	[FLOW_SCTP_SHUTDOWN_RECD] = "SHUTDOWN_RECD",
	[FLOW_SCTP_SHUTDOWN_ACK_SENT] = "SHUTDOWN_ACK_SENT",
	[FLOW_SCTP_HEARTBEAT_SENT] = "HEARTBEAT_SENT",
};

static const struct {
	uint8_t proto;
	bool ports;
	uint8_t nr_states;
	const char *name;
	const char *const *states;
} protos[] = {
	{ IPPROTO_ICMP, false, 0, "icmp", NULL },
	{ IPPROTO_TCP, true, NR_FLOW_TCP_STATES, "tcp", tcp_states },
	{ IPPROTO_UDP, true, 0, "udp", NULL },
	{ IPPROTO_DCCP, false, 0, "dccp", NULL },
	{ IPPROTO_GRE, false, 0, "gre", NULL },
	{ IPPROTO_SCTP, true, NR_FLOW_SCTP_STATES, "sctp", sctp_states },
	{ IPPROTO_UDPLITE, true, 0, "udplite", NULL },
	{ 0, false, 0, "unknown", NULL },
};

#define NR_PROTOS	(sizeof(protos) / sizeof(protos[0]) - 1)

static size_t proto_find(uint8_t proto)
{
	size_t i;

	for (i = 0; i < NR_PROTOS; i++)
		if (protos[i].proto == proto)
			break;
	return i;
}

const char *flow_proto_name(uint8_t proto)
{
	return protos[proto_find(proto)].name;
}

const char *flow_state_name(uint8_t proto, uint8_t state)
{
	size_t i = proto_find(proto);

	return state < protos[i].nr_states ? protos[i].states[state] : NULL;
}

int flow_state_find(uint8_t proto, const char *name)
{
	size_t i = proto_find(proto);
	int state;

	for (state = 0; state < protos[i].nr_states; state++)
		if (strcasecmp(protos[i].states[state], name) == 0)
			return state;
	return -1;
}

const char *flow_status_name(uint8_t bit)
{
	switch (bit) {
	case LABEL_EXPECTED:
		return "EXPECTED";
	case LABEL_SEEN_REPLY:
		return "SEEN_REPLY";
	case LABEL_ASSURED:
		return "ASSURED";
	case LABEL_CONFIRMED:
		return "CONFIRMED";
	default:
		return NULL;
	}
}

bool flow_has_ports(uint8_t proto)
{
	return protos[proto_find(proto)].ports;
}

uint8_t flow_icmp_answer(uint8_t type)
{
	return type == ICMP_ECHO ? 0 : (uint8_t)(type + 1);
}
