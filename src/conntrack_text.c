// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A flow as text: the line that conntrack(8) prints, and a JSON object. In: a
 * flow and how long it has to live. Out: text, the same for the same flow.
 */
#include "conntrack.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

#include "flow.h"
#include "lookup.h"

#define LINE_SIZE	1024
#define ICMP_REPLY(type)	((type) == 8 ? 0 : (type) + 1)

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

const char *conntrack_tcp_state(unsigned int state)
{
	return state < NR_FLOW_TCP_STATES ? tcp_states[state] : NULL;
}

const char *conntrack_sctp_state(unsigned int state)
{
	return state < NR_FLOW_SCTP_STATES ? sctp_states[state] : NULL;
}

/* The kernel's IPS_* of our bits, which are four above them. */
static uint32_t ips_status(uint8_t status)
{
	return (status & LABEL_STATUS) >> 4;
}

static void set_icmp(struct nf_conntrack *ct, const struct flow *flow)
{
	nfct_set_attr_u16(ct, ATTR_ICMP_ID, htons(flow->port[0]));
	nfct_set_attr_u8(ct, ATTR_ICMP_TYPE, flow->port[1] >> 8);
	nfct_set_attr_u8(ct, ATTR_ICMP_CODE, flow->port[1] & 0xff);
}

static void set_ports(struct nf_conntrack *ct, const struct flow *flow)
{
	nfct_set_attr_u16(ct, ATTR_ORIG_PORT_SRC, htons(flow->port[0]));
	nfct_set_attr_u16(ct, ATTR_ORIG_PORT_DST, htons(flow->port[1]));
	nfct_set_attr_u16(ct, ATTR_REPL_PORT_SRC, htons(flow->port[1]));
	nfct_set_attr_u16(ct, ATTR_REPL_PORT_DST, htons(flow->port[0]));
}

static void set_flow(struct nf_conntrack *ct, const struct flow *flow,
		     uint64_t left_s)
{
	nfct_set_attr_u8(ct, ATTR_ORIG_L3PROTO, AF_INET);
	nfct_set_attr_u8(ct, ATTR_REPL_L3PROTO, AF_INET);
	nfct_set_attr_u8(ct, ATTR_ORIG_L4PROTO, flow->proto);
	nfct_set_attr_u8(ct, ATTR_REPL_L4PROTO, flow->proto);
	nfct_set_attr_u32(ct, ATTR_ORIG_IPV4_SRC, htonl(flow->addr[0]));
	nfct_set_attr_u32(ct, ATTR_ORIG_IPV4_DST, htonl(flow->addr[1]));
	nfct_set_attr_u32(ct, ATTR_REPL_IPV4_SRC, htonl(flow->addr[1]));
	nfct_set_attr_u32(ct, ATTR_REPL_IPV4_DST, htonl(flow->addr[0]));
	nfct_set_attr_u32(ct, ATTR_TIMEOUT, (uint32_t)left_s);
	nfct_set_attr_u32(ct, ATTR_STATUS, ips_status(flow->status));
	nfct_set_attr_u32(ct, ATTR_MARK, 0);
	if (flow->proto == IPPROTO_ICMP)
		set_icmp(ct, flow);
	else
		set_ports(ct, flow);
	if (flow->proto == IPPROTO_TCP)
		nfct_set_attr_u8(ct, ATTR_TCP_STATE, flow->state);
	if (flow->proto == IPPROTO_SCTP)
		nfct_set_attr_u8(ct, ATTR_SCTP_STATE, flow->state);
}

/* The library has no way to set the number of users, which is 1 in a table that
 * nobody else holds on to. */
void conntrack_print(const struct flow *flow, uint64_t left_s, FILE *out)
{
	struct nf_conntrack *ct = nfct_new();
	char line[LINE_SIZE];

	if (!ct)
		return;
	set_flow(ct, flow, left_s);
	if (nfct_snprintf(line, sizeof(line), ct, NFCT_T_UNKNOWN,
			  NFCT_O_DEFAULT, 0) > 0)
		fprintf(out, "%s use=1", line);
	nfct_destroy(ct);
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_UDPLITE || proto == IPPROTO_SCTP;
}

/* One direction: d is the index of its source. */
static void json_way(const struct flow *flow, int d, FILE *out)
{
	char src[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];
	struct in_addr a = { htonl(flow->addr[d]) };
	struct in_addr b = { htonl(flow->addr[!d]) };
	unsigned int type = flow->port[1] >> 8;

	fprintf(out, "{\"src\":\"%s\",\"dst\":\"%s\"",
		inet_ntop(AF_INET, &a, src, sizeof(src)),
		inet_ntop(AF_INET, &b, dst, sizeof(dst)));
	if (has_ports(flow->proto))
		fprintf(out, ",\"sport\":%u,\"dport\":%u", flow->port[d],
			flow->port[!d]);
	else if (flow->proto == IPPROTO_GRE)
		fprintf(out, ",\"srckey\":%u,\"dstkey\":%u", flow->port[d],
			flow->port[!d]);
	else if (flow->proto == IPPROTO_ICMP)
		fprintf(out, ",\"type\":%u,\"code\":%u,\"id\":%u",
			d ? ICMP_REPLY(type) : type, flow->port[1] & 0xff,
			flow->port[0]);
	fputc('}', out);
}

static void json_status(uint8_t status, FILE *out)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} bits[] = {
		{ LABEL_EXPECTED, "EXPECTED" },
		{ LABEL_SEEN_REPLY, "SEEN_REPLY" },
		{ LABEL_ASSURED, "ASSURED" },
		{ LABEL_CONFIRMED, "CONFIRMED" },
	};
	const char *comma = "";
	size_t i;

	fputs(",\"status\":[", out);
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (status & bits[i].bit) {
			fprintf(out, "%s\"%s\"", comma, bits[i].name);
			comma = ",";
		}
	fputc(']', out);
}

void conntrack_print_json(const struct flow *flow, uint64_t left_s, FILE *out)
{
	const char *name = lookup_own_protocol(flow->proto);
	const char *state = NULL;

	if (flow->proto == IPPROTO_TCP)
		state = conntrack_tcp_state(flow->state);
	if (flow->proto == IPPROTO_SCTP)
		state = conntrack_sctp_state(flow->state);
	fprintf(out, "{\"protonum\":%u", flow->proto);
	if (name && flow->proto)
		fprintf(out, ",\"proto\":\"%s\"", name);
	fprintf(out, ",\"timeout\":%" PRIu64, left_s);
	if (state)
		fprintf(out, ",\"state\":\"%s\"", state);
	fputs(",\"original\":", out);
	json_way(flow, 0, out);
	fputs(",\"reply\":", out);
	json_way(flow, 1, out);
	json_status(flow->status, out);
	fputc('}', out);
}
