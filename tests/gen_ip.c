/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What iptables tests itself, at random: addresses, devices, fragments. Goes
 * in: a draft of a rule; comes out: its parts in a random spelling, with hints
 * for packets that meet them. It never writes what iptables refuses.
 */
#include "gen_int.h"

#include <string.h>

static uint32_t draw_addr(struct gen *gen)
{
	uint32_t addr = gen->universe.addrs[gen_below(gen,
						      gen->universe.nr_addrs)];

	if (gen_percent(gen, 8))
		addr += gen_percent(gen, 50) ? 1 : -1;
	if (gen_percent(gen, 4))
		addr = (uint32_t)gen_random(gen);
	return addr;
}

static void add_dotted(struct gen_draft *draft, uint32_t addr)
{
	gen_draft_add(draft, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
		      addr >> 8 & 255, addr & 255);
}

static uint32_t prefix_mask(unsigned int length)
{
	return length ? ~0u << (32 - length) : 0;
}

/* Masks that are no prefix, from harmless to odd. */
static uint32_t draw_odd_mask(struct gen *gen)
{
	static const uint32_t masks[] = {
		0x000000ff, 0xff0000ff, 0xff00ff00, 0x00ffff00, 0xfffffffe,
		0x00000001, 0x80000001, 0xfffffffd, 0x7fffffff, 0x0000ffff,
	};
	unsigned int n = sizeof(masks) / sizeof(masks[0]);

	if (gen_percent(gen, 15))
		return (uint32_t)gen_random(gen);
	return masks[gen_below(gen, n)];
}

/* Writes "/mask" or nothing and returns the mask. */
static uint32_t add_mask(struct gen *gen, struct gen_draft *draft)
{
	static const uint8_t lengths[] = {
		0, 1, 8, 12, 15, 16, 17, 20, 23, 24, 24, 24, 25, 28, 30, 31, 32,
	};
	unsigned int length = lengths[gen_below(gen, sizeof(lengths))];
	uint32_t mask = prefix_mask(length);

	if (gen_wants(gen, GEN_ODD_MASK, 8)) {
		gen_draft_feature(draft, GEN_ODD_MASK);
		mask = draw_odd_mask(gen);
	} else if (!gen_wants(gen, GEN_PREFIX, 50)) {
		return ~0u;
	} else {
		gen_draft_feature(draft, GEN_PREFIX);
		if (!gen_wants(gen, GEN_DOTTED_MASK, 15)) {
			gen_draft_add(draft, "/%u", length);
			return mask;
		}
		gen_draft_feature(draft, GEN_DOTTED_MASK);
	}
	gen_draft_add(draft, "/");
	add_dotted(draft, mask);
	return mask;
}

static void add_addr(struct gen *gen, struct gen_draft *draft,
		     enum gen_field field, bool invert)
{
	uint32_t addr = draw_addr(gen), mask;
	struct gen_hint *hint;

	/* Host bits first, so that what is written is known with the mask. */
	if (gen_wants(gen, GEN_HOST_BITS, 40)) {
		add_dotted(draft, addr);
		mask = add_mask(gen, draft);
		if (addr & ~mask)
			gen_draft_feature(draft, GEN_HOST_BITS);
	} else {
		unsigned int length = gen_percent(gen, 50) ? 24 : 32;

		mask = prefix_mask(length);
		if (length < 32)
			gen_draft_feature(draft, GEN_PREFIX);
		add_dotted(draft, addr & mask);
		if (length < 32 || gen_percent(gen, 20))
			gen_draft_add(draft, "/%u", length);
	}
	hint = gen_draft_hint(draft, field, addr & mask, mask);
	hint->masked = true;
	hint->invert = invert;
	if (invert && !mask)
		gen_draft_feature(draft, GEN_NEVER);
}

static const char *spell(struct gen *gen, struct gen_draft *draft,
			 const char *const *spellings, unsigned int nr)
{
	if (!gen_wants(gen, GEN_LONG_OPTION, 10))
		return spellings[0];
	gen_draft_feature(draft, GEN_LONG_OPTION);
	return spellings[1 + gen_below(gen, nr - 1)];
}

/* iptables takes no list where either address is negated. */
static void draft_addrs(struct gen *gen, struct gen_draft *draft, bool source)
{
	static const char *const names[2][3] = {
		{ "-d", "--dst", "--destination" },
		{ "-s", "--src", "--source" },
	};
	enum gen_field field = source ? GEN_F_SADDR : GEN_F_DADDR;
	enum gen_feature plain = source ? GEN_SADDR : GEN_DADDR;
	bool listed = gen_set_has(&draft->features, GEN_ADDR_LIST);
	const char *not = gen_draft_not(gen, draft, plain,
					listed ? plain : plain + 1);
	unsigned int nr = 1, i;

	if (!not)
		return;
	if (listed)
		not = "";
	if (!*not && !gen_set_has(&draft->features, GEN_SADDR_NOT) &&
	    gen_wants(gen, GEN_ADDR_LIST, 8)) {
		gen_draft_feature(draft, GEN_ADDR_LIST);
		nr = gen_between(gen, 2, 4);
	}
	gen_draft_part(draft, "%s%s ", not,
		       spell(gen, draft, names[source], 3));
	for (i = 0; i < nr; i++) {
		gen_draft_add(draft, i ? "," : "");
		add_addr(gen, draft, field, *not);
	}
	draft->copies *= nr;
}

static void draft_device(struct gen *gen, struct gen_draft *draft, bool in)
{
	static const char *const names[2][2] = {
		{ "-o", "--out-interface" }, { "-i", "--in-interface" },
	};
	const char *device = gen->universe.devices[
		gen_below(gen, gen->universe.nr_devices)];
	enum gen_feature plain = in ? GEN_IIF : GEN_OIF;
	const char *not = gen_draft_not(gen, draft, plain, plain + 1);
	struct gen_hint *hint;
	size_t len = strlen(device);
	bool wild;

	if (!not)
		return;
	wild = gen_wants(gen, plain + 2, 30);
	if (wild) {
		gen_draft_feature(draft, plain + 2);
		len = gen_below(gen, len > 14 ? 15 : len + 1);
		if (!len && !gen_percent(gen, 20))
			len = 1;
		if (!len && *not)
			gen_draft_feature(draft, GEN_NEVER);
	}
	gen_draft_part(draft, "%s%s %.*s%s", not,
		       spell(gen, draft, names[in], 2), (int)len, device,
		       wild ? "+" : "");
	hint = gen_draft_hint(draft, in ? GEN_F_IIF : GEN_F_OIF, 0, 0);
	memcpy(hint->name, device, len);
	hint->wild = wild;
	hint->invert = *not;
}

static void draft_fragment(struct gen *gen, struct gen_draft *draft)
{
	const char *not = gen_draft_not(gen, draft, GEN_FRAGMENT,
					GEN_FRAGMENT_NOT);
	struct gen_hint *hint;

	if (!not)
		return;
	gen_draft_part(draft, "%s%s", not,
		       gen_percent(gen, 80) ? "-f" : "--fragment");
	hint = gen_draft_hint(draft, GEN_F_FRAGMENT, 1, 0x1fff);
	hint->invert = *not;
}

void gen_draft_ip(struct gen *gen, struct gen_draft *draft)
{
	if (gen_percent(gen, 35))
		draft_addrs(gen, draft, true);
	if (gen_percent(gen, 35))
		draft_addrs(gen, draft, false);
	if (draft->index != HOOK_OUTPUT && gen_percent(gen, 20))
		draft_device(gen, draft, true);
	if (draft->index != HOOK_INPUT && gen_percent(gen, 20))
		draft_device(gen, draft, false);
	if (gen_percent(gen, 4))
		draft_fragment(gen, draft);
}
