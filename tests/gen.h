/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random rulesets and packets for tests. Goes in: a seed and what is wanted;
 * comes out: the text of a dump that iptables-restore 1.8.9 accepts, and
 * packets at the edges of its rules. The same options give the same text and
 * packets on every machine. It never evaluates a rule: what a packet should
 * meet is for others to say.
 */
#ifndef GEN_H
#define GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "abi.h"

/* What a ruleset or a packet may use: counted, and turned off by request. */
enum gen_feature {
	GEN_SADDR,
	GEN_SADDR_NOT,
	GEN_DADDR,
	GEN_DADDR_NOT,
	GEN_PREFIX,
	GEN_HOST_BITS,
	GEN_DOTTED_MASK,
	GEN_ODD_MASK,		/* a mask that is no prefix */
	GEN_ADDR_LIST,
	GEN_PROTO,
	GEN_PROTO_NUMBER,
	GEN_PROTO_NOT,
	GEN_PROTO_ALL,
	GEN_IIF,
	GEN_IIF_NOT,
	GEN_IIF_WILD,
	GEN_OIF,
	GEN_OIF_NOT,
	GEN_OIF_WILD,
	GEN_FRAGMENT,
	GEN_FRAGMENT_NOT,
	GEN_TCP,		/* -m tcp, with or without options */
	GEN_UDP,
	GEN_SCTP,
	GEN_DCCP,
	GEN_UDPLITE,		/* with multiport: it has no match of its own */
	GEN_ICMP,
	GEN_SPORT,
	GEN_SPORT_NOT,
	GEN_DPORT,
	GEN_DPORT_NOT,
	GEN_PORT_RANGE,
	GEN_PORT_OPEN,
	GEN_PORT_NAME,
	GEN_TCP_FLAGS,
	GEN_TCP_FLAGS_NOT,
	GEN_SYN,
	GEN_SYN_NOT,
	GEN_TCP_OPTION,
	GEN_TCP_OPTION_NOT,
	GEN_ICMP_TYPE,
	GEN_ICMP_CODE,
	GEN_ICMP_NAME,
	GEN_ICMP_ANY,
	GEN_ICMP_NOT,
	GEN_SPORTS,
	GEN_SPORTS_NOT,
	GEN_DPORTS,
	GEN_DPORTS_NOT,
	GEN_PORTS,
	GEN_PORTS_NOT,
	GEN_PORTS_RANGE,
	GEN_PORTS_FULL,		/* all 15 slots */
	GEN_COMMENT,
	GEN_SRC_RANGE,
	GEN_SRC_RANGE_NOT,
	GEN_DST_RANGE,
	GEN_DST_RANGE_NOT,
	GEN_LENGTH,
	GEN_LENGTH_NOT,
	GEN_TTL_EQ,
	GEN_TTL_NOT,
	GEN_TTL_LT,
	GEN_TTL_GT,
	GEN_TOS,
	GEN_TOS_NOT,
	GEN_TOS_NAME,
	GEN_DSCP,
	GEN_DSCP_NOT,
	GEN_DSCP_CLASS,
	GEN_MARK,
	GEN_MARK_NOT,
	GEN_MARK_MASK,
	GEN_MAC,
	GEN_MAC_NOT,
	GEN_PKTTYPE,
	GEN_PKTTYPE_NOT,
	GEN_NEVER,		/* what no value satisfies: ! -s 0/0 */
	/* Connections: only where options.stateful asks for them. */
	GEN_STATE,		/* -m state */
	GEN_STATE_NOT,
	GEN_CTSTATE,
	GEN_CTSTATE_NOT,
	GEN_CTSTATE_NAT,	/* SNAT, DNAT */
	GEN_CTPROTO,
	GEN_CTPROTO_NOT,
	GEN_CTADDR,
	GEN_CTADDR_NOT,
	GEN_CTPORT,
	GEN_CTPORT_NOT,
	GEN_CTSTATUS,
	GEN_CTSTATUS_NOT,
	GEN_CTEXPIRE,
	GEN_CTEXPIRE_NOT,
	GEN_CTDIR,
	GEN_ACCEPT,
	GEN_DROP,
	GEN_RETURN,
	GEN_NONE,
	GEN_JUMP,
	GEN_GOTO,
	/* Shape and spelling. */
	GEN_CHAINS,		/* user chains at all */
	GEN_EMPTY_CHAIN,
	GEN_UNREACHABLE,
	GEN_LOOP,		/* among unreachable chains */
	GEN_POLICY_DROP,
	GEN_MIXED_ORDER,	/* options in any order, chains interleaved */
	GEN_LONG_OPTION,
	GEN_IMPLICIT_MATCH,	/* -p tcp --dport without -m tcp */
	GEN_COUNTERS,		/* [p:b] before rules */
	/* Packets. */
	GEN_PKT_FRAGMENT,	/* offset or more fragments */
	GEN_PKT_CUT,		/* transport header not all there */
	GEN_PKT_IP_OPTIONS,
	GEN_PKT_TCP_OPTIONS,
	GEN_PKT_BAD_OPTIONS,	/* TCP data offset below 5 or past the end */
	GEN_PKT_LONG,		/* above 1,500 bytes */
	GEN_PKT_GSO,		/* above 65,535 bytes, total length 0 */
	NR_GEN_FEATURES,
};

/* A set of features. */
struct gen_set {
	uint64_t bits[2];
};

static inline void gen_set_add(struct gen_set *set, enum gen_feature feature)
{
	set->bits[feature / 64] |= 1ull << feature % 64;
}

static inline bool gen_set_has(const struct gen_set *set,
			       enum gen_feature feature)
{
	return set->bits[feature / 64] >> feature % 64 & 1;
}

const char *gen_feature_name(enum gen_feature feature);

#define GEN_IFNAME	16
#define GEN_OPTIONS	40	/* bytes of TCP or IP options */
#define GEN_BYTES	2048	/* what gen_packet_bytes writes at most */

/*
 * A way on which packets can be sent, where that is not free: packets are then
 * drawn only from what their path has.
 */
struct gen_path {
	enum hook hook;
	const char *iif;	/* "" at OUTPUT */
	const char *oif;	/* "" at INPUT */
	unsigned int nr_saddrs;
	const uint32_t *saddrs;
	unsigned int nr_daddrs;
	const uint32_t *daddrs;
	const uint8_t *mac;	/* of the sender; NULL: the packet has none */
	uint8_t pkttype;	/* PACKET_HOST, ... */
};

/*
 * The values that rules are about, so that packets meet them. Any list may be
 * empty: then the generator's own is used.
 */
struct gen_universe {
	unsigned int nr_devices;
	const char *const *devices;
	unsigned int nr_addrs;
	const uint32_t *addrs;
	unsigned int nr_ports;
	const uint16_t *ports;
	unsigned int nr_macs;
	const uint8_t (*macs)[6];
	unsigned int nr_marks;
	const uint32_t *marks;
	unsigned int nr_paths;
	const struct gen_path *paths;
	unsigned int nr_seconds;	/* of --ctexpire */
	const uint32_t *seconds;
};

struct gen_options {
	uint64_t seed;
	unsigned int rules;	/* lines; 0: 1 to 300, few more often */
	struct gen_set off;	/* what is not to be used */
	unsigned int stateful;	/* percent of rulesets that test connections;
				 * their packets have a random flow */
	const struct gen_universe *universe; /* NULL: the generator's own */
};

enum gen_ct {
	GEN_CT_INVALID,
	GEN_CT_NEW,
	GEN_CT_ESTABLISHED,
	GEN_CT_RELATED,
	NR_GEN_CT,
};

/* What is tracked of a packet: its state, and for all but INVALID the flow, as
 * its first packet had it. ICMP: sport is the id, dport type << 8 | code. */
struct gen_flow {
	uint8_t state;		/* enum gen_ct */
	uint8_t reply;
	uint8_t status;		/* the kernel's IPS_* */
	uint8_t proto;
	uint32_t saddr;
	uint32_t daddr;
	uint16_t sport;
	uint16_t dport;
	uint32_t expires_s;
};

/* A packet as the firewall meets it. All numbers are host order. */
struct gen_packet {
	enum hook hook;
	char iif[GEN_IFNAME];	/* NUL padded; empty at OUTPUT */
	char oif[GEN_IFNAME];	/* empty at INPUT */
	bool has_mac;
	uint8_t mac[6];
	uint8_t pkttype;
	uint32_t mark;
	uint32_t saddr;
	uint32_t daddr;
	uint8_t proto;
	uint8_t ttl;
	uint8_t tos;
	uint16_t id;
	bool df;
	bool mf;
	uint16_t frag_offset;	/* in units of 8 bytes */
	uint8_t nr_ip_options;	/* bytes, a multiple of 4 */
	uint16_t sport;
	uint16_t dport;
	uint8_t tcp_flags;
	uint8_t tcp_doff;	/* data offset in words, 0: what is right */
	uint8_t nr_tcp_options;	/* bytes, a multiple of 4 */
	uint8_t tcp_options[GEN_OPTIONS];
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint32_t length;	/* of the IP packet, all in all */
	struct gen_flow flow;	/* INVALID unless the ruleset is stateful */
};

/* A rule as iptables-save has it: a line with lists is several. */
struct gen_saved {
	const char *chain;
	struct gen_set features;
};

struct gen;

/* Never NULL: out of memory ends the process. */
struct gen *gen_new(const struct gen_options *options);
void gen_free(struct gen *gen);

/* The dump, "*filter" to "COMMIT"; gen owns it. */
const char *gen_text(const struct gen *gen, size_t *len);

/* The rules in the order in which they are saved; gen owns them. */
const struct gen_saved *gen_saved(const struct gen *gen, unsigned int *nr);

/* What the whole ruleset uses, shape and spelling included. */
struct gen_set gen_features(const struct gen *gen);

/* Draws the next packet: at the edge of a rule most often. */
void gen_packet_draw(struct gen *gen, struct gen_packet *packet);

/* What a packet uses of GEN_PKT_*. */
struct gen_set gen_packet_features(const struct gen_packet *packet);

/*
 * Writes a packet as bytes from the IP header on, checksums right as far as the
 * headers are there. Returns how many: packet->length, or GEN_BYTES if it is
 * longer. buf has GEN_BYTES bytes.
 */
size_t gen_packet_bytes(const struct gen_packet *packet, uint8_t *buf);

/* One line that tells all of a packet. */
void gen_packet_print(const struct gen_packet *packet, FILE *out);

#endif
