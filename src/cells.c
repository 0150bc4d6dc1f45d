// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rule's test turned into the set of a column's values that it accepts:
 * sorted, disjoint, never adjacent intervals, with the inversion applied. What
 * a field's value means is one row of a table. It knows single tests only;
 * which of them a packet meets, and when, is the matrix's business.
 */
#include "cells.h"

#include <string.h>

#include "arena.h"
#include "ruleset.h"

#define FEW	16

/* A set that is being filled; it takes its own memory when it is complete. */
struct filling {
	struct arena *arena;
	struct interval *iv;
	unsigned int nr;
	unsigned int max;
	struct interval few[FEW];
};

static void begin(struct filling *to, struct arena *arena)
{
	to->arena = arena;
	to->iv = to->few;
	to->nr = 0;
	to->max = FEW;
}

static struct interval *copy(const struct filling *from, unsigned int max)
{
	struct interval *iv = arena_alloc(from->arena, max, sizeof(*iv));

	if (from->nr)
		memcpy(iv, from->iv, from->nr * sizeof(*iv));
	return iv;
}

static struct cell filled(const struct filling *from, enum column column)
{
	return (struct cell){ column, from->nr, copy(from, from->nr) };
}

static void fill(struct filling *to, struct key lo, struct key hi)
{
	if (to->nr == to->max) {
		to->max *= 4;
		to->iv = copy(to, to->max);
	}
	to->iv[to->nr++] = (struct interval){ .lo = lo, .hi = hi };
}

static void fill_numbers(struct filling *to, uint64_t lo, uint64_t hi)
{
	if (lo <= hi)
		fill(to, key_number(lo), key_number(hi));
}

/* A name without a letter is no test: iptables' mask is empty then. */
static void fill_name(struct filling *to, const union value *value)
{
	char last[IFNAME_SIZE];
	size_t len = strnlen(value->ifname.name, IFNAME_SIZE);

	memcpy(last, value->ifname.name, IFNAME_SIZE);
	if (value->ifname.prefix || len == 0)
		memset(last + len, 0xff, IFNAME_SIZE - len);
	fill(to, key_name(value->ifname.name), key_name(last));
}

/* The bits of a mask's width that it leaves open above its lowest set bit:
 * each doubles the number of intervals. */
static uint32_t holes(uint32_t mask, uint32_t width)
{
	uint32_t low = mask & -mask;

	return mask ? ~mask & width & -low : 0;
}

/*
 * The numbers x with (x & mask) == value: the open bits below the mask's lowest
 * one make an interval, those above it (holes) one interval for each of their
 * values. Two of them never touch, as the mask's lowest bit is between them.
 */
static void fill_masked(struct filling *to, uint32_t value, uint32_t mask,
			uint32_t width)
{
	uint32_t open = holes(mask, width);
	uint32_t host = mask ? (mask & -mask) - 1 : width;
	uint32_t bits = 0;

	if (value & ~(mask & width))
		return;
	do {
		fill_numbers(to, value | bits, value | bits | host);
		bits = (bits - open) & open;
	} while (bits);
}

static void fill_word(struct filling *to, const union value *value)
{
	fill_masked(to, value->masked.value, value->masked.mask, UINT32_MAX);
}

static void fill_byte_masked(struct filling *to, const union value *value)
{
	fill_masked(to, value->masked.value, value->masked.mask & 255, 255);
}

static void fill_range(struct filling *to, const union value *value)
{
	fill_numbers(to, value->range.lo, value->range.hi);
}

static void fill_byte(struct filling *to, const union value *value)
{
	fill_numbers(to, value->byte, value->byte);
}

/* A protocol with whatever header state: protocol 0 is no test. */
static void fill_proto(struct filling *to, const union value *value)
{
	uint32_t at;

	if (value->byte == 0)
		fill_numbers(to, 0, PROTO_SIZE - 1);
	else
		for (at = value->byte; at < PROTO_SIZE; at += 256)
			fill_numbers(to, at, at);
}

static void fill_fragment(struct filling *to, const union value *value)
{
	(void)value;
	fill_numbers(to, HEADER_LATER << 8, (HEADER_LATER8 << 8) + 255);
}

/* Type 255 is any type and any code. */
static void fill_icmp(struct filling *to, const union value *value)
{
	uint32_t type = value->icmp.type << 8;

	if (value->icmp.type == 255)
		fill_numbers(to, 0, ICMP_SIZE - 1);
	else
		fill_numbers(to, type + value->icmp.code_lo,
			     type + value->icmp.code_hi);
}

/* A MAC is all keys with its high half. */
static void fill_mac(struct filling *to, const union value *value)
{
	uint64_t mac = 0;
	unsigned int i;

	for (i = 0; i < sizeof(value->mac); i++)
		mac = mac << 8 | value->mac[i];
	fill(to, (struct key){ mac, 0 }, (struct key){ mac, UINT64_MAX });
}

/* The ranges of a list come in any order and may overlap. */
static void fill_list(struct filling *to, const union value *value)
{
	struct value_range list[MULTIPORT_MAX], range;
	unsigned int i, j, nr = 0;

	for (i = 0; i < value->list->nr; i++) {
		range = value->list->range[i];
		for (j = nr++; j > 0 && list[j - 1].lo > range.lo; j--)
			list[j] = list[j - 1];
		list[j] = range;
	}
	for (i = 0; i < nr; i = j) {
		range = list[i];
		for (j = i + 1; j < nr && list[j].lo <= range.hi + 1; j++)
			if (list[j].hi > range.hi)
				range.hi = list[j].hi;
		fill_numbers(to, range.lo, range.hi);
	}
}

typedef void fill_fn(struct filling *to, const union value *value);

static fill_fn *const fills[NR_VALUE_TYPES] = {
	[VALUE_NONE] = fill_fragment,
	[VALUE_IFNAME] = fill_name,
	[VALUE_ADDR] = fill_word,
	[VALUE_ADDR_RANGE] = fill_range,
	[VALUE_PROTO] = fill_proto,
	[VALUE_PORT] = fill_range,
	[VALUE_PORT_LIST] = fill_list,
	[VALUE_TCP_FLAGS] = fill_byte_masked,
	[VALUE_ICMP] = fill_icmp,
	[VALUE_LENGTH] = fill_range,
	[VALUE_TTL] = fill_range,
	[VALUE_TOS] = fill_byte_masked,
	[VALUE_DSCP] = fill_byte_masked,
	[VALUE_MARK] = fill_word,
	[VALUE_MAC] = fill_mac,
	[VALUE_PKTTYPE] = fill_byte,
};

bool cell_holds(const struct term *term)
{
	uint32_t mask = term->value.masked.mask;

	if (fills[term->type] != fill_word)
		return true;
	return 1ull << __builtin_popcount(holes(mask, UINT32_MAX)) <= CELL_MAX;
}

/* Ports come as plain ones: the greatest is not that of the column. */
static struct key last_key(enum column column)
{
	if (column == COL_SPORT || column == COL_DPORT)
		return key_number(PORT_SHORT - 1);
	return columns[column].last;
}

static struct cell invert(struct arena *arena, const struct cell *cell)
{
	struct key last = last_key(cell->column);
	struct key from = key_number(0);
	struct filling to;
	unsigned int i;

	begin(&to, arena);
	for (i = 0; i < cell->nr; i++) {
		if (key_cmp(from, cell->intervals[i].lo) < 0)
			fill(&to, from, key_prev(cell->intervals[i].lo));
		if (key_cmp(cell->intervals[i].hi, last) >= 0)
			return filled(&to, cell->column);
		from = key_next(cell->intervals[i].hi);
	}
	fill(&to, from, last);
	return filled(&to, cell->column);
}

/* Values beyond the column's last one are none: "length 0:70000". */
static struct cell clip(struct filling *from, enum column column)
{
	struct key last = last_key(column);

	while (from->nr && key_cmp(from->iv[from->nr - 1].lo, last) > 0)
		from->nr--;
	if (from->nr && key_cmp(from->iv[from->nr - 1].hi, last) > 0)
		from->iv[from->nr - 1].hi = last;
	return filled(from, column);
}

struct cell cell_term(struct arena *arena, const struct term *term,
		      enum column column)
{
	struct filling to;
	struct cell cell;

	begin(&to, arena);
	fills[term->type](&to, &term->value);
	cell = clip(&to, column);
	return term->invert ? invert(arena, &cell) : cell;
}

struct cell cell_other_ports(struct arena *arena, const struct cell *ports)
{
	return invert(arena, ports);
}

struct cell cell_intersect(struct arena *arena, const struct cell *a,
			   const struct cell *b)
{
	const struct interval *x = a->intervals, *x_end = x + a->nr;
	const struct interval *y = b->intervals, *y_end = y + b->nr;
	struct filling to;

	begin(&to, arena);
	while (x < x_end && y < y_end) {
		struct key lo = key_cmp(x->lo, y->lo) > 0 ? x->lo : y->lo;
		struct key hi = key_cmp(x->hi, y->hi) < 0 ? x->hi : y->hi;

		if (key_cmp(lo, hi) <= 0)
			fill(&to, lo, hi);
		if (key_cmp(x->hi, y->hi) < 0)
			x++;
		else
			y++;
	}
	return filled(&to, a->column);
}

/* Puts one half behind what is there; the halves may touch in the middle. */
static void join(struct filling *to, const struct cell *half, uint64_t base)
{
	unsigned int i;

	for (i = 0; i < half->nr; i++) {
		uint64_t lo = base + half->intervals[i].lo.lo;
		uint64_t hi = base + half->intervals[i].hi.lo;

		if (to->nr && to->iv[to->nr - 1].hi.lo + 1 == lo)
			to->iv[to->nr - 1].hi.lo = hi;
		else
			fill_numbers(to, lo, hi);
	}
}

struct cell cell_join_ports(struct arena *arena, enum column column,
			    const struct cell *whole, const struct cell *cut)
{
	static const struct interval all = { .hi = { .lo = PORT_SHORT - 1 } };
	const struct cell every = { column, 1, &all };
	struct filling to;

	begin(&to, arena);
	join(&to, whole ? whole : &every, 0);
	join(&to, cut ? cut : &every, PORT_SHORT);
	return filled(&to, column);
}

struct cell cell_headers(struct arena *arena, unsigned int mask)
{
	struct filling to;
	uint64_t first;
	unsigned int h;

	begin(&to, arena);
	for (h = 0; h < PROTO_SIZE >> 8; h++) {
		first = h << 8;
		if (!(mask & 1u << h))
			continue;
		if (to.nr && to.iv[to.nr - 1].hi.lo + 1 == first)
			to.iv[to.nr - 1].hi.lo = first + 255;
		else
			fill_numbers(&to, first, first + 255);
	}
	return filled(&to, COL_PROTO);
}

bool cell_full(const struct cell *cell)
{
	return cell->nr == 1 &&
	       key_cmp(cell->intervals[0].lo, key_number(0)) == 0 &&
	       key_cmp(cell->intervals[0].hi, last_key(cell->column)) >= 0;
}

bool cell_has(const struct cell *cell, struct key key)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++)
		if (key_cmp(cell->intervals[i].lo, key) <= 0 &&
		    key_cmp(key, cell->intervals[i].hi) <= 0)
			return true;
	return false;
}
