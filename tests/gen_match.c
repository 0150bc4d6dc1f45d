/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches of a random rule that need no protocol: comment, iprange, length,
 * ttl, tos, dscp, mark, mac, pkttype. Goes in: a draft of a rule; comes out:
 * its parts with hints for packets. It never writes what iptables refuses.
 */
#include "gen_int.h"

#include <linux/if_packet.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static void draft_comment(struct gen *gen, struct gen_draft *draft)
{
	static const char *const words[] = {
		"web", "a b", "say \\\"hi\\\"", "back\\\\slash", "it's", "#no",
		"-j DROP", "x,y;z", "\xc3\xa9t\xc3\xa9", "!", "COMMIT", "1:2",
	};
	unsigned int n = gen_between(gen, 1, 8), i;

	if (!gen_wants(gen, GEN_COMMENT, 100))
		return;
	gen_draft_feature(draft, GEN_COMMENT);
	gen_draft_part(draft, "-m comment --comment ");
	if (gen_percent(gen, 30)) {
		gen_draft_add(draft, "plain_word-%u", n);
		return;
	}
	gen_draft_add(draft, "\"");
	for (i = 0; i < n; i++)
		gen_draft_add(draft, "%s%s", i ? " " : "",
			      words[gen_below(gen, ARRAY_SIZE(words))]);
	gen_draft_add(draft, "\"");
}

static void add_range(struct gen *gen, struct gen_draft *draft, bool source,
		      bool need)
{
	enum gen_feature plain = source ? GEN_SRC_RANGE : GEN_DST_RANGE;
	const char *not = gen_draft_not(gen, draft, plain, plain + 1);
	uint32_t nr = gen->universe.nr_addrs, lo, hi, swap;

	if (!not && !need)
		return;
	if (!not)
		not = "";
	lo = gen->universe.addrs[gen_below(gen, nr)];
	hi = gen->universe.addrs[gen_below(gen, nr)];
	if (gen_percent(gen, 30))
		hi = lo + gen_below(gen, 300);
	swap = lo;
	if (lo > hi) {
		lo = hi;
		hi = swap;
	}
	gen_draft_add(draft, " %s--%s-range %u.%u.%u.%u", not,
		      source ? "src" : "dst", lo >> 24, lo >> 16 & 255,
		      lo >> 8 & 255, lo & 255);
	if (gen_percent(gen, 90))
		gen_draft_add(draft, "-%u.%u.%u.%u", hi >> 24, hi >> 16 & 255,
			      hi >> 8 & 255, hi & 255);
	else
		hi = lo;
	gen_draft_hint(draft, source ? GEN_F_SADDR : GEN_F_DADDR, lo,
		       hi)->invert = *not;
}

static void draft_iprange(struct gen *gen, struct gen_draft *draft)
{
	unsigned int which = gen_below(gen, 3);

	if (gen_set_has(&gen->options.off, which == 1 ? GEN_DST_RANGE :
			GEN_SRC_RANGE))
		return;
	gen_draft_part(draft, "-m iprange");
	if (which != 1)
		add_range(gen, draft, true, true);
	if (which != 0)
		add_range(gen, draft, false, which == 1);
}

static void draft_length(struct gen *gen, struct gen_draft *draft)
{
	static const uint32_t lengths[] = {
		0, 20, 28, 40, 60, 64, 100, 576, 1000, 1499, 1500, 1501, 9000,
		65534, 65535,
	};
	uint32_t lo = lengths[gen_below(gen, ARRAY_SIZE(lengths))];
	uint32_t hi = lengths[gen_below(gen, ARRAY_SIZE(lengths))], swap = lo;
	unsigned int form = gen_below(gen, 4);
	const char *not = gen_draft_not(gen, draft, GEN_LENGTH, GEN_LENGTH_NOT);

	if (!not)
		return;
	if (lo > hi) {
		lo = hi;
		hi = swap;
	}
	gen_draft_part(draft, "-m length %s--length ", not);
	if (form == 0) {
		hi = lo;
		gen_draft_add(draft, "%u", lo);
	} else if (form == 1) {
		hi = 65535;
		gen_draft_add(draft, "%u:", lo);
	} else if (form == 2) {
		lo = 0;
		gen_draft_add(draft, ":%u", hi);
	} else {
		gen_draft_add(draft, "%u:%u", lo, hi);
	}
	gen_draft_hint(draft, GEN_F_LENGTH, lo, hi)->invert = *not;
}

static void draft_ttl(struct gen *gen, struct gen_draft *draft)
{
	static const uint8_t ttls[] = { 0, 1, 2, 63, 64, 65, 127, 128, 255 };
	static const char *const options[] = {
		"--ttl-eq", "! --ttl-eq", "--ttl-lt", "--ttl-gt",
	};
	unsigned int form = gen_below(gen, 4);
	uint32_t ttl = ttls[gen_below(gen, sizeof(ttls))], lo = ttl, hi = ttl;

	if (!gen_wants(gen, GEN_TTL_EQ + form, 100))
		return;
	gen_draft_feature(draft, GEN_TTL_EQ + form);
	gen_draft_part(draft, "-m ttl %s %u", options[form], ttl);
	if (form == 2) {
		lo = 0;
		hi = ttl - 1;
	} else if (form == 3) {
		lo = ttl + 1;
		hi = 255;
	}
	if ((form == 2 && !ttl) || (form == 3 && ttl == 255))
		gen_draft_feature(draft, GEN_NEVER);
	else
		gen_draft_hint(draft, GEN_F_TTL, lo, hi)->invert = form == 1;
}

static void draft_tos(struct gen *gen, struct gen_draft *draft)
{
	static const struct {
		const char *name;
		uint8_t value;
	} names[] = {
		{ "Minimize-Delay", 0x10 }, { "Maximize-Throughput", 0x08 },
		{ "Maximize-Reliability", 0x04 }, { "Minimize-Cost", 0x02 },
		{ "Normal-Service", 0x00 },
	};
	static const uint8_t values[] = { 0, 2, 4, 8, 0x10, 0x28, 0xb8, 0xff };
	unsigned int i = gen_below(gen, ARRAY_SIZE(names));
	uint32_t value = values[gen_below(gen, sizeof(values))], mask = 0xff;
	const char *not = gen_draft_not(gen, draft, GEN_TOS, GEN_TOS_NOT);
	struct gen_hint *hint;

	if (!not)
		return;
	gen_draft_part(draft, "-m tos %s--tos ", not);
	if (gen_wants(gen, GEN_TOS_NAME, 30)) {
		gen_draft_feature(draft, GEN_TOS_NAME);
		gen_draft_add(draft, "%s", names[i].name);
		value = names[i].value;
		mask = 0x3f;
	} else if (gen_percent(gen, 50)) {
		mask = gen_percent(gen, 50) ? 0x3f : gen_below(gen, 256);
		if (gen_percent(gen, 90))
			value &= mask;
		gen_draft_add(draft, "0x%02x/0x%02x", value, mask);
	} else {
		gen_draft_add(draft, gen_percent(gen, 50) ? "0x%02x" : "%u",
			      value);
	}
	hint = gen_draft_hint(draft, GEN_F_TOS, value, mask);
	hint->masked = true;
	hint->invert = *not;
}

static void draft_dscp(struct gen *gen, struct gen_draft *draft)
{
	static const struct {
		const char *name;
		uint8_t value;
	} names[] = {
		{ "EF", 0x2e }, { "BE", 0x00 }, { "CS1", 0x08 },
		{ "CS7", 0x38 }, { "AF11", 0x0a }, { "AF43", 0x26 },
	};
	unsigned int i = gen_below(gen, ARRAY_SIZE(names));
	uint32_t value = names[i].value;
	const char *not = gen_draft_not(gen, draft, GEN_DSCP, GEN_DSCP_NOT);
	struct gen_hint *hint;

	if (!not)
		return;
	if (gen_wants(gen, GEN_DSCP_CLASS, 40)) {
		gen_draft_feature(draft, GEN_DSCP_CLASS);
		gen_draft_part(draft, "-m dscp %s--dscp-class %s", not,
			       names[i].name);
	} else {
		if (gen_percent(gen, 30))
			value = gen_below(gen, 64);
		gen_draft_part(draft, "-m dscp %s--dscp ", not);
		gen_draft_add(draft, gen_percent(gen, 50) ? "0x%02x" : "%u",
			      value);
	}
	hint = gen_draft_hint(draft, GEN_F_TOS, value << 2, 0xfc);
	hint->masked = true;
	hint->invert = *not;
}

static void draft_mark(struct gen *gen, struct gen_draft *draft)
{
	uint32_t value = gen->universe.marks[gen_below(gen,
						       gen->universe.nr_marks)];
	const char *not = gen_draft_not(gen, draft, GEN_MARK, GEN_MARK_NOT);
	uint32_t mask = ~0u;
	struct gen_hint *hint;

	if (!not)
		return;
	gen_draft_part(draft, gen_percent(gen, 60) ?
		       "-m mark %s--mark 0x%x" : "-m mark %s--mark %u",
		       not, value);
	if (gen_wants(gen, GEN_MARK_MASK, 50)) {
		static const uint32_t masks[] = {
			0xff, 0xff00, 0xffff, 0xffff0000, 0x1, 0x80000000,
			0xf0f,
		};

		gen_draft_feature(draft, GEN_MARK_MASK);
		mask = masks[gen_below(gen, ARRAY_SIZE(masks))];
		gen_draft_add(draft, "/0x%x", mask);
	}
	if (value & ~mask)
		gen_draft_feature(draft, GEN_NEVER);
	hint = gen_draft_hint(draft, GEN_F_MARK, value, mask);
	hint->masked = true;
	hint->invert = *not;
}

/* Only where OUTPUT does not get: the kernel would refuse it. */
static void draft_mac(struct gen *gen, struct gen_draft *draft)
{
	uint32_t at = gen_below(gen, gen->universe.nr_macs);
	const uint8_t *mac = gen->universe.macs[at];
	const char *not;
	struct gen_hint *hint;

	if (!draft->chain->mac)
		return;
	not = gen_draft_not(gen, draft, GEN_MAC, GEN_MAC_NOT);
	if (!not)
		return;
	gen_draft_part(draft, gen_percent(gen, 50) ?
		       "-m mac %s--mac-source %02x:%02x:%02x:%02x:%02x:%02x" :
		       "-m mac %s--mac-source %02X:%02X:%02X:%02X:%02X:%02X",
		       not, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	hint = gen_draft_hint(draft, GEN_F_MAC, 0, 0);
	memcpy(hint->name, mac, 6);
	hint->invert = *not;
}

static void draft_pkttype(struct gen *gen, struct gen_draft *draft)
{
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {
		{ "unicast", PACKET_HOST }, { "broadcast", PACKET_BROADCAST },
		{ "multicast", PACKET_MULTICAST }, { "host", PACKET_HOST },
	};
	unsigned int i = gen_below(gen, ARRAY_SIZE(types));
	const char *not = gen_draft_not(gen, draft, GEN_PKTTYPE,
					GEN_PKTTYPE_NOT);

	if (!not)
		return;
	gen_draft_part(draft, "-m pkttype %s--pkt-type %s", not, types[i].name);
	gen_draft_hint(draft, GEN_F_PKTTYPE, types[i].type,
		       types[i].type)->invert = *not;
}

void gen_draft_matches(struct gen *gen, struct gen_draft *draft)
{
	static void (*const matches[])(struct gen *, struct gen_draft *) = {
		draft_comment, draft_iprange, draft_length, draft_ttl,
		draft_tos, draft_dscp, draft_mark, draft_mac, draft_pkttype,
	};

	while (draft->nr_parts < GEN_MAX_PARTS &&
	       gen_percent(gen, draft->busy ? 75 : 38))
		matches[gen_below(gen, ARRAY_SIZE(matches))](gen, draft);
}
