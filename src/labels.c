// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A match on the packet's connection, by the rules of conntrack_mt() in the
 * kernel's net/netfilter/xt_conntrack.c: the state is asked first; a packet
 * without a connection then matches if the state was asked for at all, and what
 * else the match tests is not. Goes in: a match; come out: the labels that it
 * accepts, and its other tests as extras. It knows no rows and no rules.
 */
#include "labels.h"

#include <string.h>

#include "arena.h"
#include "flow.h"
#include "ruleset.h"

#define NR_STATES	8u	/* that fit into a label */
#define NR_FLAGS	32u	/* labels of one state */

bool labels_tested(const struct match *match)
{
	return match->kind == MATCH_STATE || match->kind == MATCH_CONNTRACK;
}

static const struct term *find(const struct match *match, enum field field)
{
	unsigned int i;

	for (i = 0; i < match->nr_terms; i++) {
		if (match->terms[i].field == field)
			return &match->terms[i];
	}
	return NULL;
}

/* Whether one of the bits is set, or none if inverted. A term that is not
 * there accepts all. */
static bool accepts(const struct term *term, unsigned int bits)
{
	return !term || !!(term->value.byte & bits) != term->invert;
}

/*
 * No helper runs here, so that no connection is expected: the labels that say
 * so do as those that do not, and make no class of their own.
 */
static bool accepts_flags(const struct term *dir, const struct term *status,
			  unsigned int flags)
{
	const unsigned int label = flags << 3 & ~LABEL_EXPECTED;

	return (!dir || (label & LABEL_REPLY) == dir->value.byte) &&
	       accepts(status, label & LABEL_STATUS);
}

struct filling {
	unsigned int nr;
	struct interval interval[NR_STATES * NR_FLAGS / 2];
};

static void add(struct filling *to, uint64_t lo, uint64_t hi)
{
	if (to->nr && to->interval[to->nr - 1].hi.lo + 1 == lo) {
		to->interval[to->nr - 1].hi.lo = hi;
		return;
	}
	to->interval[to->nr].lo = key_number(lo);
	to->interval[to->nr++].hi = key_number(hi);
}

/* The labels of a state that packets with a connection may have. */
static void add_state(struct filling *to, const struct match *match,
		      unsigned int first)
{
	const struct term *dir = find(match, FIELD_CT_DIR);
	const struct term *status = find(match, FIELD_CT_STATUS);
	unsigned int i;

	if (!dir && !status) {
		add(to, first, first + NR_FLAGS - 1);
		return;
	}
	for (i = 0; i < NR_FLAGS; i++)
		if (accepts_flags(dir, status, i))
			add(to, first + i, first + i);
}

/*
 * Nothing here makes packets untracked, and there are no states beyond that:
 * these labels do as INVALID ones, so that they make no class either.
 */
struct cell labels_cell(struct arena *arena, const struct match *match)
{
	const struct term *test = find(match, FIELD_CT_STATE);
	struct filling to = { .nr = 0 };
	struct interval *copy;
	unsigned int i, state, first;

	for (i = 0; i < NR_STATES; i++) {
		state = label_has_flow(i) ? i : FLOW_INVALID;
		first = label_index(i);
		if (!accepts(test, 1u << state))
			continue;
		if (state != FLOW_INVALID)
			add_state(&to, match, first);
		else if (test)
			add(&to, first, first + NR_FLAGS - 1);
	}
	copy = arena_alloc(arena, to.nr, sizeof(*copy));
	if (to.nr)
		memcpy(copy, to.interval, to.nr * sizeof(*copy));
	return (struct cell){ COL_STATE, to.nr, copy };
}

static void from_masked(const struct term *term, struct abi_extra *extra)
{
	extra->mask = term->value.masked.mask;
	extra->value = term->value.masked.value & extra->mask;
}

static void from_range(const struct term *term, struct abi_extra *extra)
{
	extra->value = term->value.range.lo;
	extra->mask = term->value.range.hi;
}

static void from_byte(const struct term *term, struct abi_extra *extra)
{
	extra->value = extra->mask = term->value.byte;
}

/* Without NAT a reply's addresses are the original's, the other way round. */
static const struct {
	enum extra kind;
	void (*fill)(const struct term *term, struct abi_extra *extra);
} extras[NR_FIELDS] = {
	[FIELD_CT_PROTO] = { EXTRA_CT_PROTO, from_byte },
	[FIELD_CT_ORIGSRC] = { EXTRA_CT_SADDR, from_masked },
	[FIELD_CT_ORIGDST] = { EXTRA_CT_DADDR, from_masked },
	[FIELD_CT_REPLSRC] = { EXTRA_CT_DADDR, from_masked },
	[FIELD_CT_REPLDST] = { EXTRA_CT_SADDR, from_masked },
	[FIELD_CT_ORIGSRC_PORT] = { EXTRA_CT_SPORT, from_range },
	[FIELD_CT_ORIGDST_PORT] = { EXTRA_CT_DPORT, from_range },
	[FIELD_CT_REPLSRC_PORT] = { EXTRA_CT_REPLY_SPORT, from_range },
	[FIELD_CT_REPLDST_PORT] = { EXTRA_CT_REPLY_DPORT, from_range },
	[FIELD_CT_EXPIRE] = { EXTRA_CT_EXPIRES, from_range },
};

bool labels_extra(const struct term *term, struct abi_extra *extra)
{
	if (!extras[term->field].fill)
		return false;
	memset(extra, 0, sizeof(*extra));
	extra->kind = extras[term->field].kind;
	extra->invert = term->invert;
	extras[term->field].fill(term, extra);
	return true;
}
