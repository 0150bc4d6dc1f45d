/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle's extensions: how their options' values are read. Goes in: words;
 * comes out: matches as the kernel has them. It takes what tests/gen.c writes
 * and refuses everything else.
 */
#include "oracle_int.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>

struct name {
	const char *name;
	uint32_t value;
};

static bool find_name(const struct name *names, const char *text,
		      uint32_t *value)
{
	for (; names->name; names++)
		if (!strcmp(names->name, text)) {
			*value = names->value;
			return true;
		}
	return false;
}

static void fail(struct oracle_words *words, const char *error)
{
	if (!words->error)
		words->error = error;
}

static bool read_port(const char **text, uint32_t *port)
{
	static const struct name services[] = {
		{ "ssh", 22 }, { "domain", 53 }, { "http", 80 },
		{ "ntp", 123 }, { "https", 443 }, { NULL, 0 },
	};

	if (oracle_number(text, port))
		return true;
	if (!find_name(services, *text, port))
		return false;
	*text += strlen(*text);
	return true;
}

/* N, N:M, :M, N: with the given greatest number. */
static void read_range(struct oracle_words *words, struct oracle_range *range,
		       uint32_t max)
{
	const char *text = oracle_word(words);

	if (!text)
		return;
	range->set = true;
	range->invert = words->invert;
	range->lo = 0;
	if (*text != ':' && !read_port(&text, &range->lo))
		fail(words, "bad range");
	range->hi = range->lo;
	if (*text == ':') {
		text++;
		range->hi = max;
		if (*text && !read_port(&text, &range->hi))
			fail(words, "bad range");
	}
	if (*text)
		fail(words, "text behind a range");
}

static void read_sport(struct oracle_words *words, struct oracle_match *match)
{
	read_range(words, &match->range[0], 65535);
}

static void read_dport(struct oracle_words *words, struct oracle_match *match)
{
	read_range(words, &match->range[1], 65535);
}

static uint8_t read_flags(struct oracle_words *words)
{
	static const struct name names[] = {
		{ "FIN", 0x01 }, { "SYN", 0x02 }, { "RST", 0x04 },
		{ "PSH", 0x08 }, { "ACK", 0x10 }, { "URG", 0x20 },
		{ "ALL", 0x3f }, { "NONE", 0 }, { NULL, 0 },
	};
	const char *text = oracle_word(words);
	uint32_t flags = 0, flag;
	char name[8];

	while (text && *text) {
		size_t len = strcspn(text, ",");

		if (len >= sizeof(name))
			break;
		memcpy(name, text, len);
		name[len] = '\0';
		if (!find_name(names, name, &flag))
			fail(words, "unknown TCP flag");
		else
			flags |= flag;
		text += len + (text[len] == ',');
	}
	return (uint8_t)flags;
}

static void read_tcp_flags(struct oracle_words *words,
			   struct oracle_match *match)
{
	match->flags_invert = words->invert;
	match->flags_mask = read_flags(words);
	match->flags_value = read_flags(words);
}

static void read_syn(struct oracle_words *words, struct oracle_match *match)
{
	match->flags_invert = words->invert;
	match->flags_mask = 0x17;
	match->flags_value = 0x02;
}

static uint32_t read_number(struct oracle_words *words)
{
	const char *text = oracle_word(words);
	uint32_t value = 0;

	if (text && (!oracle_number(&text, &value) || *text))
		fail(words, "bad number");
	return value;
}

static void read_tcp_option(struct oracle_words *words,
			    struct oracle_match *match)
{
	match->option_invert = words->invert;
	match->option = (uint8_t)read_number(words);
}

/* Values are type << 16 | lowest code << 8 | highest code. */
static void read_icmp(struct oracle_words *words, struct oracle_match *match)
{
	static const struct name names[] = {
		{ "any", 0xff00ff }, { "echo-request", 0x0800ff },
		{ "ping", 0x0800ff }, { "echo-reply", 0x0000ff },
		{ "destination-unreachable", 0x0300ff },
		{ "host-unreachable", 0x030101 },
		{ "port-unreachable", 0x030303 },
		{ "fragmentation-needed", 0x030404 }, { "redirect", 0x0500ff },
		{ "time-exceeded", 0x0b00ff }, { "ttl-exceeded", 0x0b00ff },
		{ NULL, 0 },
	};
	const char *text = oracle_word(words);
	uint32_t value = 0, code;

	if (!text)
		return;
	match->invert = words->invert;
	if (!find_name(names, text, &value)) {
		if (!oracle_number(&text, &value))
			fail(words, "unknown ICMP type");
		value = value << 16 | 0xff;
		if (*text++ == '/') {
			if (!oracle_number(&text, &code))
				fail(words, "bad ICMP code");
			value = (value & 0xff0000) | code << 8 | code;
		}
	}
	match->range[0].lo = value >> 16;
	match->range[1].lo = value >> 8 & 255;
	match->range[1].hi = value & 255;
}

static void read_slots(struct oracle_words *words, struct oracle_match *match,
		       enum oracle_ports which)
{
	const char *text = oracle_word(words);
	char word[32];

	match->which = which;
	match->invert = words->invert;
	while (text && *text) {
		struct oracle_range *slot = &match->slots[match->nr_slots];
		size_t len = strcspn(text, ",");
		const char *at = word;

		if (match->nr_slots == ORACLE_SLOTS || len >= sizeof(word)) {
			fail(words, "too many ports");
			return;
		}
		memcpy(word, text, len);
		word[len] = '\0';
		if (!read_port(&at, &slot->lo))
			fail(words, "bad port");
		slot->hi = slot->lo;
		if (*at == ':') {
			at++;
			if (!read_port(&at, &slot->hi))
				fail(words, "bad port");
		}
		match->nr_slots++;
		text += len + (text[len] == ',');
	}
}

static void read_sports(struct oracle_words *words, struct oracle_match *match)
{
	read_slots(words, match, ORACLE_SOURCE);
}

static void read_dports(struct oracle_words *words, struct oracle_match *match)
{
	read_slots(words, match, ORACLE_DEST);
}

static void read_ports(struct oracle_words *words, struct oracle_match *match)
{
	read_slots(words, match, ORACLE_EITHER);
}

static void read_comment(struct oracle_words *words,
			 struct oracle_match *match)
{
	(void)match;
	oracle_word(words);
}

static void read_addrs(struct oracle_words *words, struct oracle_range *range)
{
	const char *text = oracle_word(words);

	range->set = true;
	range->invert = words->invert;
	if (!text || !oracle_address(&text, &range->lo)) {
		fail(words, "bad address range");
		return;
	}
	range->hi = range->lo;
	if (*text++ == '-' && !oracle_address(&text, &range->hi))
		fail(words, "bad address range");
}

static void read_src_range(struct oracle_words *words,
			   struct oracle_match *match)
{
	read_addrs(words, &match->range[0]);
}

static void read_dst_range(struct oracle_words *words,
			   struct oracle_match *match)
{
	read_addrs(words, &match->range[1]);
}

static void read_length(struct oracle_words *words, struct oracle_match *match)
{
	read_range(words, &match->range[0], 65535);
}

static void read_ttl_eq(struct oracle_words *words, struct oracle_match *match)
{
	read_range(words, &match->range[0], 255);
}

/* Nothing is below 0: a range that holds nothing. */
static void read_ttl_lt(struct oracle_words *words, struct oracle_match *match)
{
	uint32_t ttl = read_number(words);

	match->range[0] = (struct oracle_range){
		ttl ? 0 : 1, ttl ? ttl - 1 : 0, false, true,
	};
}

static void read_ttl_gt(struct oracle_words *words, struct oracle_match *match)
{
	match->range[0] = (struct oracle_range){
		read_number(words) + 1, 255, false, true,
	};
}

/* VALUE or VALUE/MASK, all bits without a mask. */
static void read_masked(struct oracle_words *words, struct oracle_match *match,
			const char *text, uint32_t mask)
{
	match->mask = mask;
	match->invert = words->invert;
	if (!oracle_number(&text, &match->value) ||
	    (*text == '/' && (text++, !oracle_number(&text, &match->mask))) ||
	    *text)
		fail(words, "bad value/mask");
}

static void read_tos(struct oracle_words *words, struct oracle_match *match)
{
	static const struct name names[] = {
		{ "Minimize-Delay", 0x10 }, { "Maximize-Throughput", 0x08 },
		{ "Maximize-Reliability", 0x04 }, { "Minimize-Cost", 0x02 },
		{ "Normal-Service", 0x00 }, { NULL, 0 },
	};
	const char *text = oracle_word(words);

	if (!text)
		return;
	match->invert = words->invert;
	match->mask = 0x3f;
	if (!find_name(names, text, &match->value))
		read_masked(words, match, text, 0xff);
}

static void read_dscp(struct oracle_words *words, struct oracle_match *match)
{
	match->invert = words->invert;
	match->mask = 0xfc;
	match->value = read_number(words) << 2;
}

static void read_dscp_class(struct oracle_words *words,
			    struct oracle_match *match)
{
	static const struct name names[] = {
		{ "EF", 0x2e }, { "BE", 0x00 }, { "CS1", 0x08 },
		{ "CS7", 0x38 }, { "AF11", 0x0a }, { "AF43", 0x26 },
		{ NULL, 0 },
	};
	const char *text = oracle_word(words);

	if (!text || !find_name(names, text, &match->value))
		fail(words, "unknown DSCP class");
	match->invert = words->invert;
	match->mask = 0xfc;
	match->value <<= 2;
}

static void read_mark(struct oracle_words *words, struct oracle_match *match)
{
	const char *text = oracle_word(words);

	if (text)
		read_masked(words, match, text, ~0u);
}

static void read_mac(struct oracle_words *words, struct oracle_match *match)
{
	const char *text = oracle_word(words);
	unsigned int m[6], i;

	if (!text || sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &m[0], &m[1],
			    &m[2], &m[3], &m[4], &m[5]) != 6) {
		fail(words, "bad MAC");
		return;
	}
	match->invert = words->invert;
	for (i = 0; i < 6; i++)
		match->mac[i] = (uint8_t)m[i];
}

static void read_pkttype(struct oracle_words *words,
			 struct oracle_match *match)
{
	static const struct name names[] = {
		{ "unicast", PACKET_HOST }, { "host", PACKET_HOST },
		{ "broadcast", PACKET_BROADCAST },
		{ "multicast", PACKET_MULTICAST }, { NULL, 0 },
	};
	const char *text = oracle_word(words);

	if (!text || !find_name(names, text, &match->value))
		fail(words, "unknown packet type");
	match->invert = words->invert;
}

#define SPORT { { "--sport", "--source-port" }, read_sport }
#define CONNTRACK(name) { { name }, oracle_read_conntrack }
#define DPORT { { "--dport", "--destination-port" }, read_dport }

const struct oracle_kind oracle_kinds[] = {
	{ "tcp", oracle_match_tcp, {
		SPORT, DPORT, { { "--tcp-flags" }, read_tcp_flags },
		{ { "--syn" }, read_syn },
		{ { "--tcp-option" }, read_tcp_option },
	}, IPPROTO_TCP },
	{ "udp", oracle_match_udp, { SPORT, DPORT }, IPPROTO_UDP },
	{ "sctp", oracle_match_ports12, { SPORT, DPORT }, IPPROTO_SCTP },
	{ "dccp", oracle_match_ports12, { SPORT, DPORT }, IPPROTO_DCCP },
	{ "icmp", oracle_match_icmp, {
		{ { "--icmp-type" }, read_icmp },
	}, IPPROTO_ICMP },
	{ "multiport", oracle_match_multiport, {
		{ { "--sports", "--source-ports" }, read_sports },
		{ { "--dports", "--destination-ports" }, read_dports },
		{ { "--ports" }, read_ports },
	}, 0 },
	{ "comment", oracle_match_comment, {
		{ { "--comment" }, read_comment },
	}, 0 },
	{ "iprange", oracle_match_iprange, {
		{ { "--src-range" }, read_src_range },
		{ { "--dst-range" }, read_dst_range },
	}, 0 },
	{ "length", oracle_match_length, {
		{ { "--length" }, read_length },
	}, 0 },
	{ "ttl", oracle_match_ttl, {
		{ { "--ttl-eq" }, read_ttl_eq },
		{ { "--ttl-lt" }, read_ttl_lt },
		{ { "--ttl-gt" }, read_ttl_gt },
	}, 0 },
	{ "tos", oracle_match_tos, { { { "--tos" }, read_tos } }, 0 },
	{ "dscp", oracle_match_tos, {
		{ { "--dscp" }, read_dscp },
		{ { "--dscp-class" }, read_dscp_class },
	}, 0 },
	{ "mark", oracle_match_mark, { { { "--mark" }, read_mark } }, 0 },
	{ "mac", oracle_match_mac, { { { "--mac-source" }, read_mac } }, 0 },
	{ "pkttype", oracle_match_pkttype, {
		{ { "--pkt-type" }, read_pkttype },
	}, 0 },
	{ "state", oracle_match_conntrack, { CONNTRACK("--state") }, 0 },
	{ "conntrack", oracle_match_conntrack, {
		CONNTRACK("--ctstate"),
		CONNTRACK("--ctproto"),
		CONNTRACK("--ctorigsrc"),
		CONNTRACK("--ctorigdst"),
		CONNTRACK("--ctreplsrc"),
		CONNTRACK("--ctrepldst"),
		CONNTRACK("--ctorigsrcport"),
		CONNTRACK("--ctorigdstport"),
		CONNTRACK("--ctreplsrcport"),
		CONNTRACK("--ctrepldstport"),
		CONNTRACK("--ctstatus"),
		CONNTRACK("--ctexpire"),
		CONNTRACK("--ctdir"),
	}, 0 },
};

const unsigned int oracle_nr_kinds = sizeof(oracle_kinds) /
	sizeof(oracle_kinds[0]);
