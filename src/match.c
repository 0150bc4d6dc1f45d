// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The matches as tables: a row for each match, a row for each option. What
 * iptables knows beyond them is a list of names, so that a refusal can say why.
 * Never parses a value, never looks at a rule.
 */
#include "match.h"

#include <string.h>

#include "nearest.h"

#define NR(table)	(sizeof(table) / sizeof((table)[0]))

#define ONLY_SPORT	"Only one `--source-port' allowed"
#define ONLY_DPORT	"Only one `--destination-port' allowed"
#define ONLY_FLAGS	"Only one of `--syn' or `--tcp-flags'  allowed"

#define OPTION(word, saves, of_type, tests, number, ...)                   \
	{ .name = word, .saved = saves, .type = of_type, .field = tests,    \
	  .id = number, __VA_ARGS__ }

static const struct match_option tcp_options[] = {
	OPTION("source-port", "sport", VALUE_PORT, FIELD_SPORT, 0,
	       .whole_unsaved = true, .twice = ONLY_SPORT),
	OPTION("sport", "sport", VALUE_PORT, FIELD_SPORT, 0,
	       .whole_unsaved = true, .twice = ONLY_SPORT),
	OPTION("destination-port", "dport", VALUE_PORT, FIELD_DPORT, 1,
	       .whole_unsaved = true, .twice = ONLY_DPORT),
	OPTION("dport", "dport", VALUE_PORT, FIELD_DPORT, 1,
	       .whole_unsaved = true, .twice = ONLY_DPORT),
	OPTION("syn", "tcp-flags", VALUE_TCP_SYN, FIELD_TCP_FLAGS, 3,
	       .twice = ONLY_FLAGS),
	OPTION("tcp-flags", "tcp-flags", VALUE_TCP_FLAGS, FIELD_TCP_FLAGS, 3,
	       .twice = ONLY_FLAGS),
	OPTION(
	       "tcp-option",
	       "tcp-option", VALUE_TCP_OPTION, FIELD_TCP_OPTION, 2,
	       .twice = "Only one `--tcp-option' allowed"),
};

static const struct match_option udp_options[] = {
	OPTION("source-port", "sport", VALUE_PORT_ANY, FIELD_SPORT, 0,
	       .whole_unsaved = true),
	OPTION("sport", "sport", VALUE_PORT_ANY, FIELD_SPORT, 0,
	       .whole_unsaved = true),
	OPTION("destination-port", "dport", VALUE_PORT_ANY, FIELD_DPORT, 1,
	       .whole_unsaved = true),
	OPTION("dport", "dport", VALUE_PORT_ANY, FIELD_DPORT, 1,
	       .whole_unsaved = true),
};

static const struct match_option sctp_options[] = {
	OPTION("source-port", "sport", VALUE_PORT, FIELD_SPORT, 0,
	       .twice = ONLY_SPORT),
	OPTION("sport", "sport", VALUE_PORT, FIELD_SPORT, 0,
	       .twice = ONLY_SPORT),
	OPTION("destination-port", "dport", VALUE_PORT, FIELD_DPORT, 1,
	       .twice = ONLY_DPORT),
	OPTION("dport", "dport", VALUE_PORT, FIELD_DPORT, 1,
	       .twice = ONLY_DPORT),
	OPTION("chunk-types", "chunk-types", VALUE_STRING, FIELD_NONE, 2,
	       .absent = true),
};

static const struct match_option dccp_options[] = {
	OPTION("source-port", "sport", VALUE_PORT_ANY, FIELD_SPORT, 0),
	OPTION("sport", "sport", VALUE_PORT_ANY, FIELD_SPORT, 0),
	OPTION("destination-port", "dport", VALUE_PORT_ANY, FIELD_DPORT, 1),
	OPTION("dport", "dport", VALUE_PORT_ANY, FIELD_DPORT, 1),
	OPTION("dccp-types", "dccp-types", VALUE_STRING, FIELD_NONE, 2,
	       .absent = true),
	OPTION("dccp-option", "dccp-option", VALUE_STRING, FIELD_NONE, 3,
	       .absent = true),
};

static const struct match_option icmp_options[] = {
	OPTION("icmp-type", "icmp-type", VALUE_ICMP, FIELD_ICMP, 0),
};

static const struct match_option multiport_options[] = {
	OPTION("source-ports", "sports", VALUE_PORT_LIST, FIELD_SPORT, 0),
	OPTION("sports", "sports", VALUE_PORT_LIST, FIELD_SPORT, 0),
	OPTION("destination-ports", "dports", VALUE_PORT_LIST, FIELD_DPORT, 1),
	OPTION("dports", "dports", VALUE_PORT_LIST, FIELD_DPORT, 1),
	OPTION("ports", "ports", VALUE_PORT_LIST, FIELD_PORTS, 2),
};

static const struct match_option comment_options[] = {
	OPTION("comment", "comment", VALUE_STRING, FIELD_NONE, 0,
	       .fixed = true),
};

static const struct match_option iprange_options[] = {
	OPTION("src-range", "src-range", VALUE_ADDR_RANGE, FIELD_SADDR, 0),
	OPTION("dst-range", "dst-range", VALUE_ADDR_RANGE, FIELD_DADDR, 1),
};

static const struct match_option length_options[] = {
	OPTION("length", "length", VALUE_LENGTH, FIELD_LENGTH, 0),
};

static const struct match_option ttl_options[] = {
	OPTION("ttl-lt", "ttl-lt", VALUE_TTL_LT, FIELD_TTL, 0, .fixed = true),
	OPTION("ttl-gt", "ttl-gt", VALUE_TTL_GT, FIELD_TTL, 1, .fixed = true),
	OPTION("ttl-eq", "ttl-eq", VALUE_TTL, FIELD_TTL, 2),
	OPTION("ttl", "ttl-eq", VALUE_TTL, FIELD_TTL, 2),
};

static const struct match_option tos_options[] = {
	OPTION("tos", "tos", VALUE_TOS, FIELD_TOS, 0),
};

static const struct match_option dscp_options[] = {
	OPTION("dscp", "dscp", VALUE_DSCP, FIELD_TOS, 0),
	OPTION("dscp-class", "dscp", VALUE_DSCP_CLASS, FIELD_TOS, 1),
};

static const struct match_option mark_options[] = {
	OPTION("mark", "mark", VALUE_MARK, FIELD_MARK, 0),
};

static const struct match_option mac_options[] = {
	OPTION("mac-source", "mac-source", VALUE_MAC, FIELD_MAC, 0),
};

static const struct match_option pkttype_options[] = {
	OPTION("pkt-type", "pkt-type", VALUE_PKTTYPE, FIELD_PKTTYPE, 0),
};

static const struct match_option state_options[] = {
	OPTION("state", "state", VALUE_STATE, FIELD_CT_STATE, 0),
};

#define CONNTRACK(word, of_type, tests, number, ...)                       \
	OPTION(word, word, of_type, tests, number, __VA_ARGS__)

static const struct match_option conntrack_options[] = {
	CONNTRACK("ctstate", VALUE_CT_STATE, FIELD_CT_STATE, 0),
	CONNTRACK("ctproto", VALUE_CT_PROTO, FIELD_CT_PROTO, 1),
	CONNTRACK("ctorigsrc", VALUE_CT_ADDR, FIELD_CT_ORIGSRC, 2),
	CONNTRACK("ctorigdst", VALUE_CT_ADDR, FIELD_CT_ORIGDST, 3),
	CONNTRACK("ctreplsrc", VALUE_CT_ADDR, FIELD_CT_REPLSRC, 4),
	CONNTRACK("ctrepldst", VALUE_CT_ADDR, FIELD_CT_REPLDST, 5),
	CONNTRACK("ctorigsrcport", VALUE_PORT_ANY, FIELD_CT_ORIGSRC_PORT, 6),
	CONNTRACK("ctorigdstport", VALUE_PORT_ANY, FIELD_CT_ORIGDST_PORT, 7),
	CONNTRACK("ctreplsrcport", VALUE_PORT_ANY, FIELD_CT_REPLSRC_PORT, 8),
	CONNTRACK("ctrepldstport", VALUE_PORT_ANY, FIELD_CT_REPLDST_PORT, 9),
	CONNTRACK("ctstatus", VALUE_CT_STATUS, FIELD_CT_STATUS, 10),
	CONNTRACK("ctexpire", VALUE_CT_EXPIRE, FIELD_CT_EXPIRE, 11),
	CONNTRACK("ctdir", VALUE_CT_DIR, FIELD_CT_DIR, 12, .fixed = true),
};

#define OPTIONS(table)	.options = table, .nr_options = NR(table)

/* MATCH_IP is read and saved by the rule itself. iptables has no udplite match:
 * multiport tests that protocol's ports. */
const struct match_type match_types[NR_MATCHES] = {
	[MATCH_IP] = { .optional = true },
	[MATCH_TCP] = { "tcp", OPTIONS(tcp_options), .protocol = 6,
			.optional = true },
	[MATCH_UDP] = { "udp", OPTIONS(udp_options), .protocol = 17,
			.optional = true },
	[MATCH_UDPLITE] = { .optional = true },
	[MATCH_SCTP] = { "sctp", OPTIONS(sctp_options), .protocol = 132,
			 .optional = true },
	[MATCH_DCCP] = { "dccp", OPTIONS(dccp_options), .protocol = 33,
			 .optional = true },
	[MATCH_ICMP] = { "icmp", OPTIONS(icmp_options), .protocol = 1 },
	[MATCH_MULTIPORT] = { "multiport", OPTIONS(multiport_options),
			      .single = true, .ports = true,
			      .missing = "multiport expection an option" },
	[MATCH_COMMENT] = { "comment", OPTIONS(comment_options) },
	[MATCH_IPRANGE] = { "iprange", OPTIONS(iprange_options),
			    .missing =
				"iprange match: You must specify `--src-range' or `--dst-range'" },
	[MATCH_LENGTH] = { "length", OPTIONS(length_options) },
	[MATCH_TTL] = { "ttl", OPTIONS(ttl_options), .single = true,
			.missing =
				"TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt" },
	[MATCH_TOS] = { "tos", OPTIONS(tos_options) },
	[MATCH_DSCP] = { "dscp", OPTIONS(dscp_options), .single = true,
			 .missing =
				"DSCP match: Parameter --dscp is required" },
	[MATCH_MARK] = { "mark", OPTIONS(mark_options) },
	[MATCH_MAC] = { "mac", OPTIONS(mac_options),
			.hooks = 1u << HOOK_INPUT | 1u << HOOK_FORWARD },
	[MATCH_PKTTYPE] = { "pkttype", OPTIONS(pkttype_options) },
	[MATCH_STATE] = { "state", OPTIONS(state_options) },
	[MATCH_CONNTRACK] = { "conntrack", OPTIONS(conntrack_options),
			      .missing =
				"conntrack: At least one option is required" },
};

/* What iptables 1.8.9 has for IPv4 and bpfipt has not. */
static const char *const other_matches[] = {
	"addrtype", "ah", "bpf", "cgroup", "cluster", "connbytes",
	"connlabel", "connlimit", "connmark", "cpu", "devgroup", "ecn",
	 "esp", "hashlimit", "helper", "ipcomp", "ipvs", "limit",
	"nfacct", "osf", "owner", "physdev", "policy", "quota", "rateest",
	"realm", "recent", "rpfilter", "set", "socket", "statistic",
	"string", "tcpmss", "time", "u32",
};

static const char *const other_targets[] = {
	"AUDIT", "CHECKSUM", "CLASSIFY", "CLUSTERIP", "CONNMARK",
	"CONNSECMARK", "CT", "DNAT", "DSCP", "ECN", "HMARK", "IDLETIMER",
	"LED", "LOG", "MARK", "MASQUERADE", "NETMAP", "NFLOG", "NFQUEUE",
	"NOTRACK", "QUEUE", "RATEEST", "REDIRECT", "REJECT", "SECMARK", "SET",
	"SNAT", "SYNPROXY", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS", "TPROXY",
	"TRACE", "TTL", "ULOG",
};

static const char *const own_targets[] = { "ACCEPT", "DROP", "RETURN" };

enum match_kind match_find(const char *name)
{
	unsigned int kind;

	for (kind = 0; kind < NR_MATCHES; kind++) {
		if (match_types[kind].name &&
		    strcmp(match_types[kind].name, name) == 0)
			return (enum match_kind)kind;
	}
	return NR_MATCHES;
}

const struct match_option *
match_option_first(enum match_kind kind, const struct match_option *option)
{
	const struct match_option *first = match_types[kind].options;

	while (first->id != option->id)
		first++;
	return first;
}

static bool listed(const char *name, const char *const *list, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

bool match_known(const char *name)
{
	return listed(name, other_matches, NR(other_matches));
}

bool match_known_target(const char *name)
{
	return listed(name, other_targets, NR(other_targets));
}

bool match_is_target(const char *name)
{
	return match_known_target(name) ||
	       listed(name, own_targets, NR(own_targets));
}

void match_offer(struct nearest *nearest)
{
	unsigned int kind;

	for (kind = 0; kind < NR_MATCHES; kind++) {
		if (match_types[kind].name)
			nearest_offer(nearest, match_types[kind].name);
	}
}

void match_offer_targets(struct nearest *nearest)
{
	size_t i;

	for (i = 0; i < NR(own_targets); i++)
		nearest_offer(nearest, own_targets[i]);
}
