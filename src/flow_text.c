// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes connections. The text form is libnetfilter_conntrack's, which is
 * conntrack(8)'s: a flow becomes an object of the library and that is printed.
 * JSON is our own. Neither asks the kernel anything.
 */
#include "flow_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

#include "flow.h"
#include "flow_names.h"

#define LINE_MAX_SIZE	1024

_Static_assert(LABEL_EXPECTED >> LABEL_STATUS_SHIFT == IPS_EXPECTED &&
	       LABEL_SEEN_REPLY >> LABEL_STATUS_SHIFT == IPS_SEEN_REPLY &&
	       LABEL_ASSURED >> LABEL_STATUS_SHIFT == IPS_ASSURED &&
	       LABEL_CONFIRMED >> LABEL_STATUS_SHIFT == IPS_CONFIRMED,
	       "the kernel's status, shifted");

static void set_addresses(struct nf_conntrack *ct, const struct flow *flow)
{
	nfct_set_attr_u8(ct, ATTR_ORIG_L3PROTO, AF_INET);
	nfct_set_attr_u8(ct, ATTR_REPL_L3PROTO, AF_INET);
	nfct_set_attr_u8(ct, ATTR_ORIG_L4PROTO, flow->proto);
	nfct_set_attr_u8(ct, ATTR_REPL_L4PROTO, flow->proto);
	nfct_set_attr_u32(ct, ATTR_ORIG_IPV4_SRC, htonl(flow->addr[0]));
	nfct_set_attr_u32(ct, ATTR_ORIG_IPV4_DST, htonl(flow->addr[1]));
	nfct_set_attr_u32(ct, ATTR_REPL_IPV4_SRC, htonl(flow->addr[1]));
	nfct_set_attr_u32(ct, ATTR_REPL_IPV4_DST, htonl(flow->addr[0]));
}

static void set_ports(struct nf_conntrack *ct, const struct flow *flow)
{
	nfct_set_attr_u16(ct, ATTR_ORIG_PORT_SRC, htons(flow->port[0]));
	nfct_set_attr_u16(ct, ATTR_ORIG_PORT_DST, htons(flow->port[1]));
	nfct_set_attr_u16(ct, ATTR_REPL_PORT_SRC, htons(flow->port[1]));
	nfct_set_attr_u16(ct, ATTR_REPL_PORT_DST, htons(flow->port[0]));
}

/* The library finds the answer's type itself. */
static void set_icmp(struct nf_conntrack *ct, const struct flow *flow)
{
	nfct_set_attr_u8(ct, ATTR_ICMP_TYPE, (uint8_t)(flow->port[1] >> 8));
	nfct_set_attr_u8(ct, ATTR_ICMP_CODE, (uint8_t)flow->port[1]);
	nfct_set_attr_u16(ct, ATTR_ICMP_ID, htons(flow->port[0]));
}

static void set_proto(struct nf_conntrack *ct, const struct flow *flow)
{
	if (flow->proto == IPPROTO_ICMP)
		set_icmp(ct, flow);
	else if (flow_has_ports(flow->proto) || flow->proto == IPPROTO_GRE)
		set_ports(ct, flow);
	if (flow->proto == IPPROTO_TCP)
		nfct_set_attr_u8(ct, ATTR_TCP_STATE, flow->state);
	if (flow->proto == IPPROTO_SCTP)
		nfct_set_attr_u8(ct, ATTR_SCTP_STATE, flow->state);
}

/* There are no marks here, and nothing but the table holds a flow; how many do
 * the library would only repeat from the kernel. */
static int print_text(FILE *out, const struct flow *flow, uint64_t left_s,
		      unsigned int flags)
{
	struct nf_conntrack *ct = nfct_new();
	char line[LINE_MAX_SIZE];

	if (!ct)
		return -ENOMEM;
	set_addresses(ct, flow);
	set_proto(ct, flow);
	nfct_set_attr_u32(ct, ATTR_TIMEOUT, (uint32_t)left_s);
	nfct_set_attr_u32(ct, ATTR_STATUS, (uint32_t)flow->status >>
			  LABEL_STATUS_SHIFT);
	nfct_snprintf(line, sizeof(line), ct, NFCT_T_UNKNOWN, NFCT_O_DEFAULT,
		      flags);
	nfct_destroy(ct);
	fprintf(out, "%s mark=0 use=1\n", line);
	return 0;
}

static void print_address(FILE *out, const char *key, uint32_t addr)
{
	fprintf(out, "\"%s\": \"%u.%u.%u.%u\"", key, addr >> 24,
		addr >> 16 & 0xff, addr >> 8 & 0xff, addr & 0xff);
}

/* What stands in place of ports, from the end `from`. */
static void print_ends(FILE *out, const struct flow *flow, int from)
{
	uint8_t type = (uint8_t)(flow->port[1] >> 8);
	const char *format;

	if (flow->proto == IPPROTO_ICMP) {
		fprintf(out, ", \"type\": %u, \"code\": %u, \"id\": %u",
			from ? flow_icmp_answer(type) : type,
			flow->port[1] & 0xff, flow->port[0]);
		return;
	}
	if (flow_has_ports(flow->proto))
		format = ", \"sport\": %u, \"dport\": %u";
	else if (flow->proto == IPPROTO_GRE)
		format = ", \"srckey\": %u, \"dstkey\": %u";
	else
		return;
	fprintf(out, format, flow->port[from], flow->port[!from]);
}

static void print_way(FILE *out, const char *key, const struct flow *flow,
		      int from)
{
	fprintf(out, ", \"%s\": {", key);
	print_address(out, "src", flow->addr[from]);
	fputs(", ", out);
	print_address(out, "dst", flow->addr[!from]);
	print_ends(out, flow, from);
	fputc('}', out);
}

static void print_status(FILE *out, uint8_t status)
{
	const char *comma = "";
	unsigned int bit;

	fputs(", \"status\": [", out);
	for (bit = LABEL_EXPECTED; bit <= LABEL_CONFIRMED; bit <<= 1) {
		if (!(status & bit))
			continue;
		fprintf(out, "%s\"%s\"", comma, flow_status_name((uint8_t)bit));
		comma = ", ";
	}
	fputc(']', out);
}

static void print_json(FILE *out, const struct flow *flow, uint64_t left_s)
{
	const char *state = flow_state_name(flow->proto, flow->state);

	fprintf(out, "{\"proto\": \"%s\", \"protonum\": %u",
		flow_proto_name(flow->proto), flow->proto);
	fprintf(out, ", \"timeout\": %" PRIu64, left_s);
	if (state)
		fprintf(out, ", \"state\": \"%s\"", state);
	print_way(out, "original", flow, 0);
	print_way(out, "reply", flow, 1);
	print_status(out, flow->status);
	fputc('}', out);
}

int flow_text(FILE *out, enum flow_form form, const struct flow *flow,
	      uint64_t left_s)
{
	if (form == FLOW_JSON) {
		print_json(out, flow, left_s);
		return 0;
	}
	return print_text(out, flow, left_s,
			  form == FLOW_EXTENDED ? NFCT_OF_SHOW_LAYER3 : 0);
}
