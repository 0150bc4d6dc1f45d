// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The columns' kinds: one row of a table for each. In goes a set of a column's
 * values, out comes its text for the dumps: addresses dotted, names as names,
 * protocols with the header states that go with them. It never looks at rules
 * and never judges a value.
 */
#include "column.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "flow.h"

#define NAME_BYTES	16
#define MAC_BYTES	6
#define STATE_SHIFT	5	/* label_index() has the state's bits there */
#define KEY_LAST	{ .hi = UINT64_MAX, .lo = UINT64_MAX }

static const char *const header_names[NR_HEADERS] = {
	[HEADER_OK] = "ok",
	[HEADER_LATER] = "later",
	[HEADER_LATER8] = "later8",
	[HEADER_NONE] = "none",
	[HEADER_SHORT] = "short",
	[HEADER_BADOPT] = "badopt",
};

struct key key_name(const char *name)
{
	struct key key = { 0 };
	size_t i;

	for (i = 0; i < NAME_BYTES / 2; i++) {
		key.hi = key.hi << 8 | (uint8_t)name[i];
		key.lo = key.lo << 8 | (uint8_t)name[i + NAME_BYTES / 2];
	}
	return key;
}

void column_print_range(uint32_t lo, uint32_t hi, FILE *out)
{
	if (lo == hi)
		fprintf(out, "%u", lo);
	else
		fprintf(out, "%u-%u", lo, hi);
}

static void print_numbers(const struct cell *cell, FILE *out)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		fputs(i ? "," : "", out);
		column_print_range(cell->intervals[i].lo.lo,
				   cell->intervals[i].hi.lo, out);
	}
}

static void print_hex_range(const struct interval *iv, unsigned int digits,
			    FILE *out)
{
	fprintf(out, "0x%0*llx", digits, (unsigned long long)iv->lo.lo);
	if (iv->lo.lo != iv->hi.lo)
		fprintf(out, "-0x%0*llx", digits,
			(unsigned long long)iv->hi.lo);
}

static void print_bytes(const struct cell *cell, FILE *out)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		fputs(i ? "," : "", out);
		print_hex_range(&cell->intervals[i], 2, out);
	}
}

static void print_marks(const struct cell *cell, FILE *out)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		fputs(i ? "," : "", out);
		print_hex_range(&cell->intervals[i], 1, out);
	}
}

static void print_addr(uint32_t addr, FILE *out)
{
	fprintf(out, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
		addr >> 8 & 255, addr & 255);
}

/* A range that is a prefix is written as one. */
static void print_addrs(const struct cell *cell, FILE *out)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		uint32_t lo = cell->intervals[i].lo.lo;
		uint32_t hi = cell->intervals[i].hi.lo;
		uint32_t host = lo ^ hi;

		fputs(i ? "," : "", out);
		print_addr(lo, out);
		if (lo == hi)
			continue;
		if ((host & (host + 1)) == 0 && (lo & host) == 0) {
			fprintf(out, "/%d", host + 1 ?
				__builtin_clz(host) : 0);
			continue;
		}
		fputc('-', out);
		print_addr(hi, out);
	}
}

/* The part of a set between two keys, moved down by the first, into buf, which
 * has room for all of its intervals. */
static struct cell part(const struct cell *cell, struct interval *buf,
			uint64_t first, uint64_t last)
{
	struct cell result = { cell->column, 0, buf };
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		uint64_t lo = cell->intervals[i].lo.lo;
		uint64_t hi = cell->intervals[i].hi.lo;

		if (hi < first || lo > last)
			continue;
		lo = lo < first ? first : lo;
		hi = hi > last ? last : hi;
		buf[result.nr].lo = key_number(lo - first);
		buf[result.nr++].hi = key_number(hi - first);
	}
	return result;
}

/* The set of ports for whole headers, then that for cut ones if it is not all
 * of them. */
static void print_ports(const struct cell *cell, FILE *out)
{
	struct interval buf[cell->nr + 1];
	struct cell half = part(cell, buf, 0, PORT_SHORT - 1);

	const char *before = half.nr ? " " : "";

	print_numbers(&half, out);
	half = part(cell, buf, PORT_SHORT, PORT_SIZE - 1);
	if (half.nr == 1 && buf[0].lo.lo == 0 && buf[0].hi.lo == PORT_SHORT - 1)
		return;
	fprintf(out, "%sshort ", before);
	if (half.nr)
		print_numbers(&half, out);
	else
		fputs("none", out);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	size_t size = a->nr * sizeof(*a->intervals);

	return a->nr == b->nr &&
	       (size == 0 || memcmp(a->intervals, b->intervals, size) == 0);
}

/* The header states from h on that go with the same protocols, as a mask. */
static unsigned int same_headers(const struct cell *cell, unsigned int h)
{
	struct interval buf[cell->nr + 1], other[cell->nr + 1];
	struct cell first = part(cell, buf, h << 8, (h << 8) + 255);
	unsigned int mask = 0;

	for (; h < NR_HEADERS; h++) {
		struct cell next = part(cell, other, h << 8, (h << 8) + 255);

		if (same_cell(&first, &next))
			mask |= 1u << h;
	}
	return mask;
}

void column_print_headers(unsigned int mask, FILE *out)
{
	const char *before = "";
	unsigned int h;

	for (h = 0; h < NR_HEADERS; h++) {
		if (!(mask & 1u << h))
			continue;
		fprintf(out, "%s%s", before, header_names[h]);
		before = "+";
	}
}

/* Protocols, and behind a slash the header states that they are accepted with,
 * if these are not all. */
static void print_protos(const struct cell *cell, FILE *out)
{
	struct interval buf[cell->nr + 1];
	const char *before = "";
	unsigned int done = 0, h;

	for (h = 0; h < NR_HEADERS; h++) {
		struct cell protos = part(cell, buf, h << 8, (h << 8) + 255);
		unsigned int mask;

		if (done & 1u << h || protos.nr == 0)
			continue;
		mask = same_headers(cell, h);
		done |= mask;
		fputs(before, out);
		print_numbers(&protos, out);
		before = " ";
		if (mask == (1u << NR_HEADERS) - 1)
			continue;
		fputc('/', out);
		column_print_headers(mask, out);
	}
}

static void print_icmp_code(uint32_t value, FILE *out)
{
	fprintf(out, "%u/%u", value >> 8, value & 255);
}

/* "8" is a type with all its codes, "3/4" a type and a code. */
static void print_icmps(const struct cell *cell, FILE *out)
{
	unsigned int i;

	for (i = 0; i < cell->nr; i++) {
		uint32_t lo = cell->intervals[i].lo.lo;
		uint32_t hi = cell->intervals[i].hi.lo;

		fputs(i ? "," : "", out);
		if ((lo & 255) == 0 && (hi & 255) == 255) {
			column_print_range(lo >> 8, hi >> 8, out);
			continue;
		}
		print_icmp_code(lo, out);
		if (lo == hi)
			continue;
		fputc('-', out);
		print_icmp_code(hi, out);
	}
}

static uint8_t key_byte(struct key key, unsigned int i)
{
	uint64_t half = i < 8 ? key.hi : key.lo;

	return half >> (56 - i % 8 * 8);
}

/* Length of the name that the range is all continuations of, or -1. */
static int prefix_len(const struct interval *iv)
{
	int i, len = 0;

	while (len < NAME_BYTES &&
	       key_byte(iv->lo, len) == key_byte(iv->hi, len))
		len++;
	for (i = len; i < NAME_BYTES; i++)
		if (key_byte(iv->lo, i) != 0 || key_byte(iv->hi, i) != 255)
			return -1;
	return len;
}

static void print_key(struct key key, FILE *out)
{
	fprintf(out, "0x%016llx%016llx", (unsigned long long)key.hi,
		(unsigned long long)key.lo);
}

static void print_name_bytes(struct key key, unsigned int len, FILE *out)
{
	unsigned int i;

	for (i = 0; i < len && key_byte(key, i); i++) {
		uint8_t c = key_byte(key, i);

		if (c > ' ' && c < 127)
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
}

static void print_name(const struct interval *iv, FILE *out)
{
	int len = prefix_len(iv);

	if (len < 0) {
		print_key(iv->lo, out);
		fputc('-', out);
		print_key(iv->hi, out);
		return;
	}
	if (len == NAME_BYTES && key_byte(iv->lo, 0) == 0)
		fputs("\"\"", out);
	print_name_bytes(iv->lo, len, out);
	fputs(len < NAME_BYTES ? "+" : "", out);
}

static void print_mac_value(uint64_t mac, FILE *out)
{
	unsigned int i;

	for (i = 0; i < MAC_BYTES; i++)
		fprintf(out, "%s%02x", i ? ":" : "",
			(unsigned int)(mac >> (40 - 8 * i) & 255));
}

static void print_mac(const struct interval *iv, FILE *out)
{
	if (iv->lo.hi == MAC_NONE) {
		fputs("no-mac", out);
		return;
	}
	print_mac_value(iv->lo.hi, out);
	if (iv->lo.hi == iv->hi.hi)
		return;
	fputc('-', out);
	print_mac_value(iv->hi.hi, out);
}

/*
 * What lies between the intervals of a set that reaches from the column's
 * first value to its last one, into buf, which has room for all of them.
 */
static struct cell gaps(const struct cell *cell, struct interval *buf)
{
	struct cell result = { cell->column, 0, buf };
	unsigned int i;

	for (i = 0; i + 1 < cell->nr; i++) {
		buf[i].lo = key_next(cell->intervals[i].hi);
		buf[i].hi = key_prev(cell->intervals[i + 1].lo);
		result.nr++;
	}
	return result;
}

/* States, each with those of its labels that are in the set if these are not
 * all: direction and status, as label_index() has them. States that no packet
 * has are left out. */
static void print_states(const struct cell *cell, FILE *out)
{
	static const char *const names[FLOW_UNTRACKED] = {
		[FLOW_INVALID] = "invalid", [FLOW_NEW] = "new",
		[FLOW_ESTABLISHED] = "established",
		[FLOW_RELATED] = "related",
	};
	const uint64_t last = (1u << STATE_SHIFT) - 1;
	struct interval buf[cell->nr];
	const char *before = "";
	unsigned int state;

	for (state = 0; state < FLOW_UNTRACKED; state++) {
		uint64_t first = state << STATE_SHIFT;
		struct cell flags = part(cell, buf, first, first + last);

		if (!flags.nr)
			continue;
		fprintf(out, "%s%s", before, names[state]);
		before = " ";
		if (buf[0].lo.lo == 0 && buf[0].hi.lo == last)
			continue;
		fputc('/', out);
		print_bytes(&flags, out);
	}
}

/* Sets that reach from end to end are negations: "!" and what is not in them
 * reads better than ranges between names. */
static void print_search(const struct cell *cell, FILE *out,
			 void (*print)(const struct interval *, FILE *))
{
	const struct interval *iv = cell->intervals;
	struct interval buf[cell->nr + 1];
	struct cell shown = *cell;
	unsigned int i;

	if (cell->nr > 1 && key_cmp(iv[0].lo, key_number(0)) == 0 &&
	    key_cmp(iv[cell->nr - 1].hi, columns[cell->column].last) == 0) {
		shown = gaps(cell, buf);
		fputc('!', out);
	}
	for (i = 0; i < shown.nr; i++) {
		fputs(i ? "," : "", out);
		print(&shown.intervals[i], out);
	}
}

static void print_names(const struct cell *cell, FILE *out)
{
	print_search(cell, out, print_name);
}

static void print_macs(const struct cell *cell, FILE *out)
{
	print_search(cell, out, print_mac);
}

const struct column_kind columns[NR_COLUMNS] = {
	[COL_DPORT] = { "dport", CLASSIFY_DIRECT, PORT_SIZE,
			{ .lo = PORT_SIZE - 1 }, print_ports },
	[COL_DADDR] = { "daddr", CLASSIFY_TRIE, 0,
			{ .lo = UINT32_MAX }, print_addrs },
	[COL_SADDR] = { "saddr", CLASSIFY_TRIE, 0,
			{ .lo = UINT32_MAX }, print_addrs },
	[COL_PROTO] = { "proto", CLASSIFY_DIRECT, PROTO_SIZE,
			{ .lo = PROTO_SIZE - 1 }, print_protos },
	[COL_IIF] = { "iif", CLASSIFY_SEARCH, 0, KEY_LAST, print_names },
	[COL_OIF] = { "oif", CLASSIFY_SEARCH, 0, KEY_LAST, print_names },
	[COL_SPORT] = { "sport", CLASSIFY_DIRECT, PORT_SIZE,
			{ .lo = PORT_SIZE - 1 }, print_ports },
	[COL_ICMP] = { "icmp", CLASSIFY_DIRECT, ICMP_SIZE,
		       { .lo = ICMP_SIZE - 1 }, print_icmps },
	[COL_TCPFLAGS] = { "tcpflags", CLASSIFY_DIRECT, BYTE_SIZE,
			   { .lo = BYTE_SIZE - 1 }, print_bytes },
	/* A packet without a MAC is above the last value: it is in no set,
	 * negated or not. */
	[COL_MAC] = { "mac", CLASSIFY_SEARCH, 0,
		      { .hi = (1ull << 48) - 1, .lo = UINT64_MAX },
		      print_macs },
	[COL_MARK] = { "mark", CLASSIFY_TRIE, 0,
		       { .lo = UINT32_MAX }, print_marks },
	[COL_LENGTH] = { "length", CLASSIFY_DIRECT, LENGTH_SIZE,
			 { .lo = LENGTH_MAX }, print_numbers },
	[COL_TTL] = { "ttl", CLASSIFY_DIRECT, BYTE_SIZE,
		      { .lo = BYTE_SIZE - 1 }, print_numbers },
	[COL_TOS] = { "tos", CLASSIFY_DIRECT, BYTE_SIZE,
		      { .lo = BYTE_SIZE - 1 }, print_bytes },
	[COL_PKTTYPE] = { "pkttype", CLASSIFY_DIRECT, PKTTYPE_SIZE,
			  { .lo = PKTTYPE_SIZE - 1 }, print_numbers },
	[COL_STATE] = { "state", CLASSIFY_DIRECT, STATE_SIZE,
			{ .lo = STATE_SIZE - 1 }, print_states },
};

void column_print(const struct cell *cell, FILE *out)
{
	if (cell->nr == 0)
		fputs("none", out);
	else
		columns[cell->column].print(cell, out);
}
