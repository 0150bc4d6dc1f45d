// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses as values: single ones with a mask, lists of them, ranges. In: a
 * word. Out: host-order numbers, names resolved. Never judges what an address
 * means in a rule.
 */
#include "value_parse.h"

#include <string.h>

#include "arena.h"
#include "lookup.h"

#define MAX_ADDRS	64u	/* addresses of one host name */
#define MAX_NAME	255u	/* longer ones are no host's */

/*
 * Dotted bytes, each a number as value_number reads it. Fewer than four of them
 * are an address (the rest is zero) but no mask.
 */
static bool dotted(const char *text, bool mask, uint32_t *number)
{
	char copy[20], *at = copy, *dot;
	uint32_t sum = 0;
	uint64_t byte;
	unsigned int i;

	memset(copy, 0, sizeof(copy));
	strncpy(copy, text, sizeof(copy) - 1);
	for (i = 0; i < 4; i++) {
		dot = i < 3 ? strchr(at, '.') : NULL;
		if (i < 3 && !dot && mask)
			return false;
		if (dot)
			*dot = '\0';
		if (!value_number(at, NULL, 0, UINT8_MAX, &byte))
			return false;
		sum |= (uint32_t)byte << (24 - 8 * i);
		if (!dot)
			break;
		at = dot + 1;
	}
	*number = sum;
	return true;
}

static bool parse_mask(struct value_input *in, const char *text,
		       uint32_t *mask)
{
	uint64_t bits;

	if (dotted(text, true, mask))
		return true;
	if (!value_number(text, NULL, 0, 32, &bits))
		return value_fail(in, "invalid mask `%s' specified", text);
	*mask = bits ? UINT32_MAX << (32 - bits) : 0;
	return true;
}

/* Addresses of one "name/mask": their number, 0 on error. The name counts for
 * nothing where the mask is empty, as in "any/0". */
static unsigned int parse_one(struct value_input *in, char *text,
			      uint32_t *addrs, uint32_t *mask)
{
	char *slash = strrchr(text, '/');
	unsigned int nr;

	*mask = UINT32_MAX;
	if (slash) {
		*slash = '\0';
		if (!parse_mask(in, slash + 1, mask))
			return 0;
	}
	addrs[0] = 0;
	if (*mask == 0 || dotted(text, false, &addrs[0]))
		return 1;
	nr = lookup_host(in->lookup, text, addrs, MAX_ADDRS);
	if (!nr)
		value_fail(in, "host/network `%s' not found", text);
	return nr;
}

bool value_parse_addr(struct value_input *in, union value *value)
{
	union value *values;
	unsigned int nr = value_parse_addrs(in, &values);

	if (nr > 1)
		return value_fail(in, "`%s' has several addresses", in->text);
	if (nr)
		*value = values[0];
	return nr == 1;
}

struct addr_list {
	union value *values;
	unsigned int nr;
	unsigned int room;
};

static void append(struct arena *arena, struct addr_list *list, uint32_t addr,
		   uint32_t mask)
{
	union value *grown;

	if (list->nr == list->room) {
		list->room = list->room ? list->room * 2 : 1;
		grown = arena_alloc(arena, list->room, sizeof(*grown));
		if (list->nr)
			memcpy(grown, list->values, list->nr * sizeof(*grown));
		list->values = grown;
	}
	list->values[list->nr].masked.value = addr & mask;
	list->values[list->nr++].masked.mask = mask;
}

unsigned int value_parse_addrs(struct value_input *in, union value **values)
{
	struct addr_list list = { 0 };
	uint32_t addrs[MAX_ADDRS], mask;
	const char *at = in->text, *comma;
	char copy[MAX_NAME + 1];
	unsigned int nr, i;
	size_t len;

	for (;; at = comma + 1) {
		comma = strchr(at, ',');
		len = comma ? (size_t)(comma - at) : strlen(at);
		if (len > MAX_NAME) {
			value_fail(in, "Hostname too long");
			return 0;
		}
		memcpy(copy, at, len);
		copy[len] = '\0';
		nr = parse_one(in, copy, addrs, &mask);
		if (!nr)
			return 0;
		for (i = 0; i < nr; i++)
			append(in->arena, &list, addrs[i], mask);
		if (!comma)
			break;
	}
	*values = list.values;
	return list.nr;
}

static void put_addr(uint32_t addr, FILE *out)
{
	int shift;

	for (shift = 24; shift >= 0; shift -= 8) {
		value_put(addr >> shift & 255, out);
		if (shift)
			fputc('.', out);
	}
}

/* The length of a mask that is a prefix, else -1. */
static int prefix_length(uint32_t mask)
{
	int bits = __builtin_popcount(mask);
	uint32_t prefix = bits ? UINT32_MAX << (32 - bits) : 0;

	return mask == prefix ? bits : -1;
}

void value_format_addr(const union value *value, struct lookup *lookup,
		       FILE *out)
{
	int bits = prefix_length(value->masked.mask);

	(void)lookup;
	put_addr(value->masked.value, out);
	fputc('/', out);
	if (bits >= 0)
		value_put((uint32_t)bits, out);
	else
		put_addr(value->masked.mask, out);
}

static bool parse_end(struct value_input *in, const char *text, uint32_t *addr)
{
	if (dotted(text, false, addr))
		return true;
	return value_fail(in, "%s: Bad value for \"--%s\" option: \"%s\"",
			  in->match, in->option, text);
}

bool value_parse_addr_range(struct value_input *in, union value *value)
{
	const char *dash = strchr(in->text, '-');
	char *first;

	if (!dash) {
		if (!parse_end(in, in->text, &value->range.lo))
			return false;
		value->range.hi = value->range.lo;
		return true;
	}
	first = arena_strndup(in->arena, in->text, (size_t)(dash - in->text));
	if (!parse_end(in, first, &value->range.lo) ||
	    !parse_end(in, dash + 1, &value->range.hi))
		return false;
	if (value->range.lo > value->range.hi)
		in->warning = arena_printf(
			in->arena,
				"xt_iprange: range %s is reversed and will never match",
				in->text);
	return true;
}

void value_format_addr_range(const union value *value, struct lookup *lookup,
			     FILE *out)
{
	(void)lookup;
	put_addr(value->range.lo, out);
	fputc('-', out);
	put_addr(value->range.hi, out);
}
