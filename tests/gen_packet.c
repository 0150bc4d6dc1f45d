/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random packets for a random ruleset. Goes in: the rules' tests; comes out:
 * most often a packet that meets a rule and the jumps that lead to it, or fails
 * one of its tests by one. It never evaluates a rule.
 */
#include "gen_int.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Where a hint's field lies in a packet, for those that are plain numbers. */
#define PLAIN(field, member, max) \
	[field] = { offsetof(struct gen_packet, member), \
		sizeof(((struct gen_packet *)0)->member), max }

static const struct {
	size_t offset;
	size_t size;
	uint32_t max;
} plain[NR_GEN_FIELDS] = {
	PLAIN(GEN_F_SADDR, saddr, ~0u),
	PLAIN(GEN_F_DADDR, daddr, ~0u),
	PLAIN(GEN_F_PROTO, proto, 255),
	PLAIN(GEN_F_SPORT, sport, 65535),
	PLAIN(GEN_F_DPORT, dport, 65535),
	PLAIN(GEN_F_FLAGS, tcp_flags, 255),
	PLAIN(GEN_F_LENGTH, length, 65535),
	PLAIN(GEN_F_TTL, ttl, 255),
	PLAIN(GEN_F_TOS, tos, 255),
	PLAIN(GEN_F_MARK, mark, ~0u),
	PLAIN(GEN_F_PKTTYPE, pkttype, 7),
};

static void set_plain(struct gen_packet *packet, enum gen_field field,
		      uint32_t value)
{
	memcpy((char *)packet + plain[field].offset, &value, plain[field].size);
}

uint32_t gen_hint_in(struct gen *gen, const struct gen_hint *hint)
{
	if (hint->masked)
		return hint->lo | ((uint32_t)gen_random(gen) & ~hint->hi);
	switch (gen_below(gen, 3)) {
	case 0:
		return hint->lo;
	case 1:
		return hint->hi;
	default:
		return gen_between(gen, hint->lo, hint->hi);
	}
}

uint32_t gen_hint_out(struct gen *gen, const struct gen_hint *hint)
{
	uint32_t value = gen_hint_in(gen, hint), bit;

	if (!hint->masked)
		return gen_percent(gen, 50) ? hint->lo - 1 : hint->hi + 1;
	if (!hint->hi)
		return value;
	do {
		bit = 1u << gen_below(gen, 32);
	} while (!(bit & hint->hi));
	return value ^ bit;
}

/* What was made into a packet with the header that it needs. */
static uint32_t header_length(const struct gen_packet *packet)
{
	static const uint8_t lengths[256] = {
		[IPPROTO_TCP] = 20, [IPPROTO_UDP] = 8, [IPPROTO_UDPLITE] = 8,
		[IPPROTO_ICMP] = 8, [IPPROTO_SCTP] = 12, [IPPROTO_DCCP] = 12,
	};
	uint32_t length = 20u + packet->nr_ip_options + lengths[packet->proto];

	if (packet->proto == IPPROTO_TCP)
		length += packet->nr_tcp_options;
	return length;
}

static void hint_option(struct gen *gen, const struct gen_hint *hint,
			struct gen_packet *packet, bool inside)
{
	uint8_t nr = 0, *option = packet->tcp_options;

	if (gen_set_has(&gen->options.off, GEN_PKT_TCP_OPTIONS))
		return;
	memset(option, 0, sizeof(packet->tcp_options));
	if (gen_percent(gen, 50)) {
		option[nr++] = 8;
		option[nr++] = 10;
		nr += 8;
	}
	if (inside) {
		option[nr++] = (uint8_t)hint->lo;
		if (hint->lo > 1)
			option[nr++] = 2;
	}
	while (nr % 4)
		option[nr++] = gen_percent(gen, 50);
	packet->nr_tcp_options = nr;
}

static void hint_icmp(struct gen *gen, const struct gen_hint *hint,
		      struct gen_packet *packet, bool inside)
{
	uint32_t value = inside ? gen_hint_in(gen, hint) :
		gen_hint_out(gen, hint);

	packet->icmp_type = (uint8_t)(value >> 8);
	packet->icmp_code = (uint8_t)value;
}

static void hint_mac(struct gen *gen, const struct gen_hint *hint,
		     struct gen_packet *packet, bool inside)
{
	unsigned int byte = gen_below(gen, 6), bit = gen_below(gen, 8);

	if (packet->hook == HOOK_OUTPUT)
		return;
	packet->has_mac = inside || gen_percent(gen, 80);
	memcpy(packet->mac, hint->name, 6);
	if (!inside)
		packet->mac[byte] ^= 1 << bit;
}

static void hint_device(struct gen *gen, const struct gen_hint *hint,
			struct gen_packet *packet, bool inside)
{
	char *name = hint->field == GEN_F_IIF ? packet->iif : packet->oif;
	size_t len = strnlen(hint->name, GEN_IFNAME - 1);

	if (packet->hook == (hint->field == GEN_F_IIF ? HOOK_OUTPUT :
			     HOOK_INPUT))
		return;
	memset(name, 0, GEN_IFNAME);
	memcpy(name, hint->name, len);
	if (inside) {
		while (len < GEN_IFNAME - 1 && (!len ||
		       (hint->wild && gen_percent(gen, 40))))
			name[len++] = "01x"[gen_below(gen, 3)];
	} else if (len > 1 && gen_percent(gen, 50)) {
		name[len - 1] = '\0';
	} else if (len < GEN_IFNAME - 1 && !hint->wild) {
		name[len] = '0';
	} else {
		name[len ? len - 1 : 0] = 'q';
	}
}

static void hint_fragment(struct gen *gen, const struct gen_hint *hint,
			  struct gen_packet *packet, bool inside)
{
	static const uint16_t offsets[] = { 1, 2, 3, 185, 0x1fff };

	(void)hint;
	if (gen_set_has(&gen->options.off, GEN_PKT_FRAGMENT))
		return;
	packet->frag_offset = inside ?
		offsets[gen_below(gen, ARRAY_SIZE(offsets))] : 0;
	packet->mf = gen_percent(gen, 50);
}

static void apply_hint(struct gen *gen, const struct gen_hint *hint,
		       struct gen_packet *packet)
{
	static void (*const special[NR_GEN_FIELDS])(struct gen *,
						    const struct gen_hint *,
						    struct gen_packet *,
						    bool) = {
		[GEN_F_OPTION] = hint_option,
		[GEN_F_ICMP] = hint_icmp,
		[GEN_F_MAC] = hint_mac,
		[GEN_F_IIF] = hint_device,
		[GEN_F_OIF] = hint_device,
		[GEN_F_FRAGMENT] = hint_fragment,
	};
	bool inside = gen_percent(gen, 92) != hint->invert;

	if (hint->field >= GEN_F_CT_STATE)
		gen_flow_hint(gen, hint, &packet->flow, inside);
	else if (special[hint->field])
		special[hint->field](gen, hint, packet, inside);
	else
		set_plain(packet, hint->field, inside ? gen_hint_in(gen, hint) :
			  gen_hint_out(gen, hint) & plain[hint->field].max);
}

/* From a random place on, so that each of a list's ports has a turn. */
static void apply_rule(struct gen *gen, const struct gen_rule *rule,
		       struct gen_packet *packet)
{
	unsigned int i, from;

	if (!rule->nr_hints)
		return;
	from = gen_below(gen, rule->nr_hints);
	for (i = 0; i < rule->nr_hints; i++)
		apply_hint(gen, &rule->hints[(from + i) % rule->nr_hints],
			   packet);
}

static const struct gen_rule *draw_caller(struct gen *gen, unsigned int chain)
{
	unsigned int i, nr = 0, at;

	for (i = 0; i < gen->nr_rules; i++)
		nr += gen->rules[i].jump == (int)chain;
	if (!nr)
		return NULL;
	at = gen_below(gen, nr);
	for (i = 0;; i++)
		if (gen->rules[i].jump == (int)chain && !at--)
			return &gen->rules[i];
}

/*
 * The way from a built-in chain to a rule, the rule first. Returns its length;
 * the last one's chain tells the hook. A chain that loops ends the search.
 */
static unsigned int draw_way(struct gen *gen, const struct gen_rule **way,
			     unsigned int max)
{
	unsigned int nr = 1;

	way[0] = &gen->rules[gen_below(gen, gen->nr_rules)];
	while (nr < max && way[nr - 1]->chain >= NR_HOOKS) {
		way[nr] = draw_caller(gen, way[nr - 1]->chain);
		if (!way[nr])
			break;
		nr++;
	}
	return nr;
}

static void copy_name(char *to, const char *from)
{
	memset(to, 0, GEN_IFNAME);
	memcpy(to, from, strnlen(from, GEN_IFNAME - 1));
}

static uint32_t draw_universe_addr(struct gen *gen)
{
	return gen->universe.addrs[gen_below(gen, gen->universe.nr_addrs)];
}

static const char *draw_device(struct gen *gen)
{
	return gen->universe.devices[gen_below(gen, gen->universe.nr_devices)];
}

/* A packet of the universe's values, before any rule's tests. */
static void draw_base(struct gen *gen, struct gen_packet *packet)
{
	static const uint8_t protos[] = {
		IPPROTO_TCP, IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP,
		IPPROTO_ICMP, IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE, 253,
	};
	const struct gen_universe *universe = &gen->universe;

	if (packet->hook != HOOK_OUTPUT) {
		copy_name(packet->iif, draw_device(gen));
		packet->has_mac = gen_percent(gen, 85);
		memcpy(packet->mac,
		       universe->macs[gen_below(gen, universe->nr_macs)], 6);
		packet->pkttype = gen_percent(gen, 70) ? PACKET_HOST :
			gen_below(gen, 3);
	}
	if (packet->hook != HOOK_INPUT)
		copy_name(packet->oif, draw_device(gen));
	packet->saddr = draw_universe_addr(gen);
	packet->daddr = draw_universe_addr(gen);
	packet->proto = protos[gen_below(gen, ARRAY_SIZE(protos))];
	packet->sport = universe->ports[gen_below(gen, universe->nr_ports)];
	packet->dport = universe->ports[gen_below(gen, universe->nr_ports)];
	packet->tcp_flags = gen_percent(gen, 50) ? 0x02 : gen_below(gen, 256);
	packet->icmp_type = gen_percent(gen, 50) ? 8 : gen_below(gen, 20);
	packet->ttl = gen_percent(gen, 70) ? 64 : gen_between(gen, 1, 255);
	packet->tos = gen_percent(gen, 60) ? 0 : gen_below(gen, 256);
	packet->id = (uint16_t)gen_random(gen);
	if (gen_percent(gen, 30))
		packet->mark = universe->marks[gen_below(gen,
							 universe->nr_marks)];
}

/*
 * Faults that iptables' matches see: each with its own chance, whatever the
 * rules test.
 */
static void draw_faults(struct gen *gen, struct gen_packet *packet)
{
	unsigned int more = gen->faulty ? 5 : 1;
	uint32_t whole;

	if (gen_wants(gen, GEN_PKT_IP_OPTIONS, 4))
		packet->nr_ip_options = 4 * gen_between(gen, 1, 10);
	if (gen_wants(gen, GEN_PKT_FRAGMENT, 5 * more)) {
		packet->frag_offset = gen_below(gen, 4);
		packet->mf = gen_percent(gen, 50) || !packet->frag_offset;
	}
	if (gen_wants(gen, GEN_PKT_TCP_OPTIONS, 8)) {
		packet->nr_tcp_options = 4 * gen_between(gen, 1, 10);
		for (whole = 0; whole < packet->nr_tcp_options; whole++)
			packet->tcp_options[whole] = gen_below(gen, 10);
	}
	if (gen_wants(gen, GEN_PKT_BAD_OPTIONS, 3 * more))
		packet->tcp_doff = gen_between(gen, 1, 15);
	whole = header_length(packet);
	if (packet->length < whole)
		packet->length = whole + (gen_percent(gen, 50) ? 0 :
					  gen_below(gen, 60));
	if (gen_wants(gen, GEN_PKT_CUT, 5 * more))
		packet->length = gen_between(gen, 20u + packet->nr_ip_options,
					     whole);
}

/* The path with most of what the packet has already been given. */
static const struct gen_path *draw_path(struct gen *gen,
					const struct gen_packet *packet)
{
	const struct gen_path *best = NULL, *path;
	unsigned int try, score, most = 0;

	for (try = 0; try < 2 * gen->universe.nr_paths; try++) {
		path = &gen->universe.paths[gen_below(gen,
						      gen->universe.nr_paths)];
		score = 1 + 8 * (path->hook == packet->hook) +
			2 * !strcmp(path->iif, packet->iif) +
			2 * !strcmp(path->oif, packet->oif) +
			(path->pkttype == packet->pkttype);
		if (score > most) {
			most = score;
			best = path;
		}
	}
	return best;
}

static uint32_t draw_listed(struct gen *gen, uint32_t wanted,
			    const uint32_t *list, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (list[i] == wanted)
			return wanted;
	return nr ? list[gen_below(gen, nr)] : wanted;
}

/* Bends a packet to a path on which it can be sent. */
static void take_path(struct gen *gen, struct gen_packet *packet)
{
	const struct gen_path *path = draw_path(gen, packet);

	packet->hook = path->hook;
	copy_name(packet->iif, path->iif);
	copy_name(packet->oif, path->oif);
	packet->saddr = draw_listed(gen, packet->saddr, path->saddrs,
				    path->nr_saddrs);
	packet->daddr = draw_listed(gen, packet->daddr, path->daddrs,
				    path->nr_daddrs);
	packet->has_mac = path->mac;
	if (path->mac)
		memcpy(packet->mac, path->mac, 6);
	packet->pkttype = path->pkttype;
}

static void draw_length(struct gen *gen, struct gen_packet *packet)
{
	if (packet->length > 1500 &&
	    gen_set_has(&gen->options.off, GEN_PKT_LONG))
		packet->length = 1500;
	if (gen_wants(gen, GEN_PKT_GSO, 1))
		packet->length = 65536 + gen_below(gen, 1000);
}

void gen_packet_draw(struct gen *gen, struct gen_packet *packet)
{
	const struct gen_rule *way[GEN_MAX_CHAINS];
	unsigned int nr = 0;

	memset(packet, 0, sizeof(*packet));
	packet->hook = gen_below(gen, NR_HOOKS);
	if (gen_percent(gen, 90)) {
		nr = draw_way(gen, way, ARRAY_SIZE(way));
		if (way[nr - 1]->chain < NR_HOOKS)
			packet->hook = way[nr - 1]->chain;
	}
	draw_base(gen, packet);
	if (gen->stateful)
		gen_flow_draw(gen, &packet->flow);
	while (nr)
		apply_rule(gen, way[--nr], packet);
	if (gen->stateful)
		gen_flow_mend(gen, &packet->flow);
	if (packet->hook == HOOK_OUTPUT)
		packet->pkttype = PACKET_HOST;
	draw_length(gen, packet);
	draw_faults(gen, packet);
	if (gen->universe.nr_paths)
		take_path(gen, packet);
}

struct gen_set gen_packet_features(const struct gen_packet *packet)
{
	struct gen_set set = { { 0, 0 } };

	if (packet->mf || packet->frag_offset)
		gen_set_add(&set, GEN_PKT_FRAGMENT);
	if (packet->length < header_length(packet))
		gen_set_add(&set, GEN_PKT_CUT);
	if (packet->nr_ip_options)
		gen_set_add(&set, GEN_PKT_IP_OPTIONS);
	if (packet->proto == IPPROTO_TCP && packet->nr_tcp_options)
		gen_set_add(&set, GEN_PKT_TCP_OPTIONS);
	if (packet->proto == IPPROTO_TCP && packet->tcp_doff)
		gen_set_add(&set, GEN_PKT_BAD_OPTIONS);
	if (packet->length > 1500)
		gen_set_add(&set, GEN_PKT_LONG);
	if (packet->length > 65535)
		gen_set_add(&set, GEN_PKT_GSO);
	return set;
}
