/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol of a random rule and the matches that need one: tcp, udp, sctp,
 * dccp, icmp, multiport. Goes in: a draft of a rule; comes out: its parts with
 * hints for packets. It never writes what iptables refuses.
 */
#include "gen_int.h"

#include <netinet/in.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct proto {
	const char *name;
	int number;
	unsigned int weight;
	enum gen_feature match;	/* NR_GEN_FEATURES: none */
	bool ports;
};

static const struct proto protos[] = {
	{ "tcp", IPPROTO_TCP, 40, GEN_TCP, true },
	{ "udp", IPPROTO_UDP, 20, GEN_UDP, true },
	{ "icmp", IPPROTO_ICMP, 14, GEN_ICMP, false },
	{ "sctp", IPPROTO_SCTP, 7, GEN_SCTP, true },
	{ "dccp", IPPROTO_DCCP, 5, GEN_DCCP, true },
	{ "udplite", IPPROTO_UDPLITE, 5, GEN_UDPLITE, true },
	{ "esp", IPPROTO_ESP, 3, NR_GEN_FEATURES, false },
	{ "gre", IPPROTO_GRE, 2, NR_GEN_FEATURES, false },
	{ "253", 253, 2, NR_GEN_FEATURES, false },
	{ "255", 255, 2, NR_GEN_FEATURES, false },
};

static const struct proto *draw_proto(struct gen *gen)
{
	unsigned int i, at = gen_below(gen, 100);

	for (i = 0; i + 1 < ARRAY_SIZE(protos); i++) {
		if (at < protos[i].weight)
			break;
		at -= protos[i].weight;
	}
	return &protos[i];
}

static uint32_t draw_port(struct gen *gen)
{
	uint32_t port = gen->universe.ports[gen_below(gen,
						      gen->universe.nr_ports)];

	if (gen_percent(gen, 8))
		port += gen_percent(gen, 50) ? 1 : -1;
	if (gen_percent(gen, 3))
		port = (uint32_t)gen_random(gen);
	return port & 0xffff;
}

/* Services that every /etc/services has, for the protocols they have. */
static bool add_service(struct gen *gen, struct gen_draft *draft,
			enum gen_field field)
{
	static const struct {
		const char *name;
		int proto;
		uint16_t port;
	} services[] = {
		{ "ssh", IPPROTO_TCP, 22 }, { "http", IPPROTO_TCP, 80 },
		{ "domain", IPPROTO_TCP, 53 }, { "domain", IPPROTO_UDP, 53 },
		{ "https", IPPROTO_TCP, 443 }, { "ntp", IPPROTO_UDP, 123 },
	};
	unsigned int i = gen_below(gen, ARRAY_SIZE(services));

	if (services[i].proto != draft->proto ||
	    !gen_wants(gen, GEN_PORT_NAME, 30))
		return false;
	gen_draft_feature(draft, GEN_PORT_NAME);
	gen_draft_add(draft, "%s", services[i].name);
	gen_draft_hint(draft, field, services[i].port, services[i].port);
	return true;
}

/* PORT, LOW:HIGH, :HIGH, LOW: */
static void add_port(struct gen *gen, struct gen_draft *draft,
		     enum gen_field field)
{
	uint32_t lo = draw_port(gen), hi = draw_port(gen), swap = lo;
	bool open;

	if (add_service(gen, draft, field))
		return;
	if (!gen_wants(gen, GEN_PORT_RANGE, 40)) {
		gen_draft_add(draft, "%u", lo);
		gen_draft_hint(draft, field, lo, lo);
		return;
	}
	gen_draft_feature(draft, GEN_PORT_RANGE);
	if (lo > hi) {
		lo = hi;
		hi = swap;
	}
	open = gen_wants(gen, GEN_PORT_OPEN, 30);
	if (open && gen_percent(gen, 50)) {
		gen_draft_feature(draft, GEN_PORT_OPEN);
		gen_draft_add(draft, ":%u", hi);
		lo = 0;
	} else if (open) {
		gen_draft_feature(draft, GEN_PORT_OPEN);
		gen_draft_add(draft, "%u:", lo);
		hi = 65535;
	} else {
		gen_draft_add(draft, "%u:%u", lo, hi);
	}
	gen_draft_hint(draft, field, lo, hi);
}

static void draft_ports(struct gen *gen, struct gen_draft *draft, bool source)
{
	static const char *const names[2][2] = {
		{ "--dport", "--destination-port" },
		{ "--sport", "--source-port" },
	};
	enum gen_feature plain = source ? GEN_SPORT : GEN_DPORT;
	const char *not = gen_draft_not(gen, draft, plain, plain + 1);
	struct gen_hint *hint;
	bool longer;

	if (!not)
		return;
	longer = gen_wants(gen, GEN_LONG_OPTION, 10);
	if (longer)
		gen_draft_feature(draft, GEN_LONG_OPTION);
	gen_draft_add(draft, " %s%s ", not, names[source][longer]);
	add_port(gen, draft, source ? GEN_F_SPORT : GEN_F_DPORT);
	hint = &draft->hints[draft->nr_hints - 1];
	hint->invert = *not;
	if (*not && hint->lo == 0 && hint->hi == 65535)
		gen_draft_feature(draft, GEN_NEVER);
}

static void add_flags(struct gen_draft *draft, uint8_t flags)
{
	static const char *const names[] = {
		"FIN", "SYN", "RST", "PSH", "ACK", "URG",
	};
	const char *comma = "";
	unsigned int i;

	if (flags == 0 || flags == 0x3f) {
		gen_draft_add(draft, flags ? "ALL" : "NONE");
		return;
	}
	for (i = 0; i < 6; i++) {
		if (!(flags >> i & 1))
			continue;
		gen_draft_add(draft, "%s%s", comma, names[i]);
		comma = ",";
	}
}

static void draft_flags(struct gen *gen, struct gen_draft *draft)
{
	bool syn = gen_percent(gen, 40);
	enum gen_feature plain = syn ? GEN_SYN : GEN_TCP_FLAGS;
	const char *not = gen_draft_not(gen, draft, plain, plain + 1);
	uint8_t mask = syn ? 0x17 : gen_below(gen, 64), flags = 0x02;
	struct gen_hint *hint;

	if (!not)
		return;
	if (syn) {
		gen_draft_add(draft, " %s--syn", not);
	} else {
		flags = gen_below(gen, 64);
		if (gen_percent(gen, 90))
			flags &= mask;
		gen_draft_add(draft, " %s--tcp-flags ", not);
		add_flags(draft, mask);
		gen_draft_add(draft, " ");
		add_flags(draft, flags);
	}
	if (flags & ~mask || !mask)
		gen_draft_feature(draft, GEN_NEVER);
	hint = gen_draft_hint(draft, GEN_F_FLAGS, flags, mask);
	hint->masked = true;
	hint->invert = *not;
}

static void draft_tcp_option(struct gen *gen, struct gen_draft *draft)
{
	static const uint8_t options[] = { 1, 2, 3, 4, 5, 8, 30, 255 };
	uint8_t option = options[gen_below(gen, sizeof(options))];
	const char *not = gen_draft_not(gen, draft, GEN_TCP_OPTION,
					GEN_TCP_OPTION_NOT);
	struct gen_hint *hint;

	if (!not)
		return;
	gen_draft_add(draft, " %s--tcp-option %u", not, option);
	hint = gen_draft_hint(draft, GEN_F_OPTION, option, option);
	hint->invert = *not;
}

static void draft_icmp_type(struct gen *gen, struct gen_draft *draft,
			    const char *not)
{
	static const struct {
		const char *name;
		uint8_t type;
		uint8_t lo, hi;
	} names[] = {
		{ "echo-request", 8, 0, 255 }, { "echo-reply", 0, 0, 255 },
		{ "destination-unreachable", 3, 0, 255 }, { "ping", 8, 0, 255 },
		{ "host-unreachable", 3, 1, 1 },
		{ "fragmentation-needed", 3, 4, 4 }, { "redirect", 5, 0, 255 },
		{ "time-exceeded", 11, 0, 255 }, { "ttl-exceeded", 11, 0, 255 },
		{ "port-unreachable", 3, 3, 3 },
	};
	static const uint8_t types[] = { 0, 3, 5, 8, 11, 12, 13, 42, 254 };
	uint32_t type = types[gen_below(gen, sizeof(types))], code;
	unsigned int i = gen_below(gen, ARRAY_SIZE(names));

	if (gen_wants(gen, GEN_ICMP_NAME, 30)) {
		gen_draft_feature(draft, GEN_ICMP_NAME);
		gen_draft_add(draft, " %s--icmp-type %s", not, names[i].name);
		gen_draft_hint(draft, GEN_F_ICMP,
			       names[i].type << 8 | names[i].lo,
			       names[i].type << 8 | names[i].hi);
	} else if (gen_wants(gen, GEN_ICMP_CODE, 50)) {
		code = gen_percent(gen, 80) ? gen_below(gen, 5) : 255;
		gen_draft_feature(draft, GEN_ICMP_CODE);
		gen_draft_add(draft, " %s--icmp-type %u/%u", not, type, code);
		gen_draft_hint(draft, GEN_F_ICMP, type << 8 | code,
			       type << 8 | code);
	} else {
		gen_draft_add(draft, " %s--icmp-type %u", not, type);
		gen_draft_hint(draft, GEN_F_ICMP, type << 8, type << 8 | 255);
	}
}

static void draft_icmp(struct gen *gen, struct gen_draft *draft)
{
	const char *not = gen_draft_not(gen, draft, GEN_ICMP_TYPE,
					GEN_ICMP_NOT);

	if (!not)
		not = "";
	if (gen_wants(gen, GEN_ICMP_ANY, 8)) {
		gen_draft_feature(draft, GEN_ICMP_ANY);
		gen_draft_add(draft, " %s--icmp-type any", not);
		gen_draft_hint(draft, GEN_F_ICMP, 0, 0xffff);
		if (*not)
			gen_draft_feature(draft, GEN_NEVER);
	} else {
		draft_icmp_type(gen, draft, not);
	}
	draft->hints[draft->nr_hints - 1].invert = *not;
}

/* The options of a protocol's own match. */
static void draft_own_options(struct gen *gen, struct gen_draft *draft,
			      const struct proto *proto)
{
	bool swap = gen_wants(gen, GEN_MIXED_ORDER, 20);

	if (proto->number == IPPROTO_ICMP) {
		draft_icmp(gen, draft);
		return;
	}
	if (swap && gen_percent(gen, 70))
		draft_ports(gen, draft, false);
	if (gen_percent(gen, 45))
		draft_ports(gen, draft, true);
	if (!swap && gen_percent(gen, 70))
		draft_ports(gen, draft, false);
	if (proto->number != IPPROTO_TCP)
		return;
	if (gen_percent(gen, 20))
		draft_tcp_option(gen, draft);
	if (gen_percent(gen, 35))
		draft_flags(gen, draft);
}

static void draft_multiport(struct gen *gen, struct gen_draft *draft)
{
	static const char *const names[3][2] = {
		{ "--sports", "--source-ports" },
		{ "--dports", "--destination-ports" },
		{ "--ports", "--ports" },
	};
	static const enum gen_feature plain[3] = {
		GEN_SPORTS, GEN_DPORTS, GEN_PORTS,
	};
	unsigned int kind = gen_below(gen, 3), slots, range, lo, hi;
	const char *not = gen_draft_not(gen, draft, plain[kind],
					plain[kind] + 1);
	bool full = gen_wants(gen, GEN_PORTS_FULL, 10), first = true;
	struct gen_hint *hint;
	enum gen_field field;

	if (!not)
		return;
	if (full)
		gen_draft_feature(draft, GEN_PORTS_FULL);
	gen_draft_part(draft, "-m multiport %s%s ", not,
		       names[kind][gen_wants(gen, GEN_LONG_OPTION, 20)]);
	slots = full ? 15 : gen_between(gen, 1, 6);
	for (; slots; slots -= 1 + range, first = false) {
		lo = draw_port(gen);
		hi = draw_port(gen);
		range = slots > 1 && hi > lo && gen_wants(gen, GEN_PORTS_RANGE,
							 30);
		gen_draft_add(draft, "%s%u", first ? "" : ",", lo);
		if (range) {
			gen_draft_feature(draft, GEN_PORTS_RANGE);
			gen_draft_add(draft, ":%u", hi);
		}
		field = kind == 0 || (kind == 2 && gen_percent(gen, 50)) ?
			GEN_F_SPORT : GEN_F_DPORT;
		hint = gen_draft_hint(draft, field, lo, range ? hi : lo);
		hint->invert = *not;
	}
}

/* -m tcp and the like, or its options right behind -p, where they load it. */
static void draft_own_match(struct gen *gen, struct gen_draft *draft,
			    const struct proto *proto)
{
	bool implicit = gen_wants(gen, GEN_IMPLICIT_MATCH, 25);

	gen_draft_feature(draft, proto->match);
	if (implicit)
		gen_draft_feature(draft, GEN_IMPLICIT_MATCH);
	else
		gen_draft_part(draft, "-m %s", proto->name);
	draft_own_options(gen, draft, proto);
}

static void draft_protocol_word(struct gen *gen, struct gen_draft *draft,
				const struct proto *proto, const char *not)
{
	static const char *const spellings[] = {
		"-p", "--proto", "--protocol",
	};
	unsigned int spelling = 0;

	if (gen_wants(gen, GEN_LONG_OPTION, 10)) {
		gen_draft_feature(draft, GEN_LONG_OPTION);
		spelling = gen_between(gen, 1, 2);
	}
	gen_draft_part(draft, "%s%s ", not, spellings[spelling]);
	if (gen_wants(gen, GEN_PROTO_NUMBER, 20)) {
		gen_draft_feature(draft, GEN_PROTO_NUMBER);
		gen_draft_add(draft, "%u", proto->number);
	} else {
		gen_draft_add(draft, "%s", proto->name);
	}
	gen_draft_hint(draft, GEN_F_PROTO, proto->number,
		       proto->number)->invert = *not;
}

void gen_draft_proto(struct gen *gen, struct gen_draft *draft)
{
	const struct proto *proto = draw_proto(gen);
	const char *not;

	if (gen_percent(gen, 25))
		return;
	if (gen_wants(gen, GEN_PROTO_ALL, 3)) {
		gen_draft_feature(draft, GEN_PROTO_ALL);
		gen_draft_part(draft, "-p %s",
			       gen_percent(gen, 50) ? "all" : "0");
		return;
	}
	if (proto->match < NR_GEN_FEATURES &&
	    gen_set_has(&gen->options.off, proto->match))
		return;
	if (!proto->ports && proto->match == NR_GEN_FEATURES)
		not = gen_draft_not(gen, draft, GEN_PROTO, GEN_PROTO_NOT);
	else
		not = gen_wants(gen, GEN_PROTO_NOT, 8) ? "! " : "";
	if (!not)
		return;
	gen_draft_feature(draft, *not ? GEN_PROTO_NOT : GEN_PROTO);
	draft_protocol_word(gen, draft, proto, not);
	if (*not)
		return;
	draft->proto = proto->number;
	if (proto->match == GEN_UDPLITE)
		gen_draft_feature(draft, GEN_UDPLITE);
	else if (proto->match < NR_GEN_FEATURES && gen_percent(gen, 70))
		draft_own_match(gen, draft, proto);
	while (proto->ports && draft->nr_parts < GEN_MAX_PARTS - 2 &&
	       gen_percent(gen, draft->busy ? 70 : 22))
		draft_multiport(gen, draft);
}
