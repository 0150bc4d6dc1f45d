/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of the generator's features, for histograms. Goes in: a feature; comes
 * out: a word or two. It never makes anything up.
 */
#include "gen.h"

static const char *const names[NR_GEN_FEATURES] = {
	[GEN_SADDR] = "-s", [GEN_SADDR_NOT] = "! -s",
	[GEN_DADDR] = "-d", [GEN_DADDR_NOT] = "! -d",
	[GEN_PREFIX] = "prefix", [GEN_HOST_BITS] = "host bits",
	[GEN_DOTTED_MASK] = "dotted mask", [GEN_ODD_MASK] = "odd mask",
	[GEN_ADDR_LIST] = "address list",
	[GEN_PROTO] = "-p", [GEN_PROTO_NUMBER] = "-p NUMBER",
	[GEN_PROTO_NOT] = "! -p", [GEN_PROTO_ALL] = "-p all",
	[GEN_IIF] = "-i", [GEN_IIF_NOT] = "! -i", [GEN_IIF_WILD] = "-i NAME+",
	[GEN_OIF] = "-o", [GEN_OIF_NOT] = "! -o", [GEN_OIF_WILD] = "-o NAME+",
	[GEN_FRAGMENT] = "-f", [GEN_FRAGMENT_NOT] = "! -f",
	[GEN_TCP] = "tcp", [GEN_UDP] = "udp", [GEN_SCTP] = "sctp",
	[GEN_DCCP] = "dccp", [GEN_UDPLITE] = "udplite", [GEN_ICMP] = "icmp",
	[GEN_SPORT] = "--sport", [GEN_SPORT_NOT] = "! --sport",
	[GEN_DPORT] = "--dport", [GEN_DPORT_NOT] = "! --dport",
	[GEN_PORT_RANGE] = "port range", [GEN_PORT_OPEN] = "open range",
	[GEN_PORT_NAME] = "service name",
	[GEN_TCP_FLAGS] = "--tcp-flags",
	[GEN_TCP_FLAGS_NOT] = "! --tcp-flags",
	[GEN_SYN] = "--syn", [GEN_SYN_NOT] = "! --syn",
	[GEN_TCP_OPTION] = "--tcp-option",
	[GEN_TCP_OPTION_NOT] = "! --tcp-option",
	[GEN_ICMP_TYPE] = "--icmp-type", [GEN_ICMP_CODE] = "icmp type/code",
	[GEN_ICMP_NAME] = "icmp name", [GEN_ICMP_ANY] = "icmp any",
	[GEN_ICMP_NOT] = "! --icmp-type",
	[GEN_SPORTS] = "--sports", [GEN_SPORTS_NOT] = "! --sports",
	[GEN_DPORTS] = "--dports", [GEN_DPORTS_NOT] = "! --dports",
	[GEN_PORTS] = "--ports", [GEN_PORTS_NOT] = "! --ports",
	[GEN_PORTS_RANGE] = "multiport range",
	[GEN_PORTS_FULL] = "multiport full",
	[GEN_COMMENT] = "comment",
	[GEN_SRC_RANGE] = "--src-range",
	[GEN_SRC_RANGE_NOT] = "! --src-range",
	[GEN_DST_RANGE] = "--dst-range",
	[GEN_DST_RANGE_NOT] = "! --dst-range",
	[GEN_LENGTH] = "--length", [GEN_LENGTH_NOT] = "! --length",
	[GEN_TTL_EQ] = "--ttl-eq", [GEN_TTL_NOT] = "! --ttl-eq",
	[GEN_TTL_LT] = "--ttl-lt", [GEN_TTL_GT] = "--ttl-gt",
	[GEN_TOS] = "--tos", [GEN_TOS_NOT] = "! --tos",
	[GEN_TOS_NAME] = "tos name",
	[GEN_DSCP] = "--dscp", [GEN_DSCP_NOT] = "! --dscp",
	[GEN_DSCP_CLASS] = "--dscp-class",
	[GEN_MARK] = "--mark", [GEN_MARK_NOT] = "! --mark",
	[GEN_MARK_MASK] = "mark/mask",
	[GEN_MAC] = "--mac-source", [GEN_MAC_NOT] = "! --mac-source",
	[GEN_PKTTYPE] = "--pkt-type", [GEN_PKTTYPE_NOT] = "! --pkt-type",
	[GEN_NEVER] = "never",
	[GEN_ACCEPT] = "ACCEPT", [GEN_DROP] = "DROP", [GEN_RETURN] = "RETURN",
	[GEN_NONE] = "no target", [GEN_JUMP] = "-j CHAIN",
	[GEN_GOTO] = "-g CHAIN",
	[GEN_CHAINS] = "user chains", [GEN_EMPTY_CHAIN] = "empty chain",
	[GEN_UNREACHABLE] = "unreachable chain", [GEN_LOOP] = "loop",
	[GEN_POLICY_DROP] = "policy DROP", [GEN_MIXED_ORDER] = "mixed order",
	[GEN_LONG_OPTION] = "long option",
	[GEN_IMPLICIT_MATCH] = "implicit match", [GEN_COUNTERS] = "counters",
	[GEN_PKT_FRAGMENT] = "fragment", [GEN_PKT_CUT] = "cut header",
	[GEN_PKT_IP_OPTIONS] = "IP options",
	[GEN_PKT_TCP_OPTIONS] = "TCP options",
	[GEN_PKT_BAD_OPTIONS] = "bad TCP options",
	[GEN_PKT_LONG] = "long packet", [GEN_PKT_GSO] = "GSO packet",
};

const char *gen_feature_name(enum gen_feature feature)
{
	return names[feature];
}
