// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of values: what single tests accept, at their edges and inverted, and
 * how sets are combined. Links cells and their leaves.
 */
#include "unit.h"

#include "arena.h"
#include "cells.h"
#include "ruleset.h"

static int arena_setup(void **state)
{
	struct arena *arena = malloc(sizeof(*arena));

	arena_init(arena);
	*state = arena;
	return 0;
}

static int arena_teardown(void **state)
{
	arena_fini(*state);
	free(*state);
	return 0;
}

/* The set's text must be this; tests are easier to read so. */
static void assert_cell(const struct cell *cell, const char *expected)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	column_print(cell, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void assert_term(struct arena *arena, struct term term,
			enum column column, const char *expected)
{
	struct cell cell = cell_term(arena, &term, column);

	assert_cell(&cell, expected);
}

static struct term masked(enum field field, enum value_type type,
			  uint32_t value, uint32_t mask)
{
	return (struct term){
		.field = field, .type = type,
		.value.masked = { value, mask },
	};
}

static struct term ranged(enum field field, enum value_type type, uint32_t lo,
			  uint32_t hi)
{
	return (struct term){
		.field = field, .type = type, .value.range = { lo, hi },
	};
}

static struct term inverted(struct term term)
{
	term.invert = true;
	return term;
}

static void test_addrs(void **state)
{
	struct term net = masked(FIELD_SADDR, VALUE_ADDR, 0x0a000000,
				 0xff000000);
	struct term last = masked(FIELD_SADDR, VALUE_ADDR, UINT32_MAX,
				  UINT32_MAX);
	struct term all = masked(FIELD_SADDR, VALUE_ADDR, 0, 0);
	struct term holes = masked(FIELD_SADDR, VALUE_ADDR, 0x0a000005,
				   0xfffffffd);
	struct term wrong = masked(FIELD_SADDR, VALUE_ADDR, 0x0a000001,
				   0xff000000);

	assert_term(*state, net, COL_SADDR, "10.0.0.0/8");
	assert_term(*state, inverted(net), COL_SADDR,
		    "0.0.0.0-9.255.255.255,11.0.0.0-255.255.255.255");
	assert_term(*state, last, COL_SADDR, "255.255.255.255");
	assert_term(*state, inverted(last), COL_SADDR,
		    "0.0.0.0-255.255.255.254");
	assert_term(*state, all, COL_SADDR, "0.0.0.0/0");
	assert_term(*state, inverted(all), COL_SADDR, "none");
	assert_term(*state, holes, COL_SADDR, "10.0.0.5,10.0.0.7");
	assert_term(*state, wrong, COL_SADDR, "none");
	assert_term(*state, inverted(wrong), COL_SADDR, "0.0.0.0/0");
}

/* Up to 256 intervals are a cell. */
static void test_masks_with_holes(void **state)
{
	struct term fits = masked(FIELD_MARK, VALUE_MARK, 1, 0xffff00ff);
	struct term wide = masked(FIELD_MARK, VALUE_MARK, 1, 0xfffe00ff);
	struct cell cell;

	assert_true(cell_holds(&fits));
	assert_false(cell_holds(&wide));
	cell = cell_term(*state, &fits, COL_MARK);
	assert_int_equal(cell.nr, CELL_MAX);
	assert_int_equal(cell.intervals[255].lo.lo, 0xff01);
	fits.value.masked.mask = 0xff00ff00;
	fits.value.masked.value = 0;
	cell = cell_term(*state, &fits, COL_MARK);
	assert_int_equal(cell.nr, CELL_MAX);
	assert_int_equal(cell.intervals[255].hi.lo, 0xff00ff);
}

/* All masks and values of a byte, by brute force. */
static void test_bytes(void **state)
{
	uint32_t mask, value, x;

	for (mask = 0; mask < 256; mask += 5)
		for (value = 0; value < 256; value += 3) {
			struct term term = masked(FIELD_TOS, VALUE_TOS, value,
						  mask);
			struct cell cell = cell_term(*state, &term, COL_TOS);

			for (x = 0; x < 256; x++)
				assert_int_equal(
					cell_has(&cell, key_number(x)),
					(x & mask) == value);
		}
}

static void test_names(void **state)
{
	struct term exact = { .field = FIELD_IIF, .type = VALUE_IFNAME,
			      .value.ifname = { "eth0", false } };
	struct term prefix = { .field = FIELD_IIF, .type = VALUE_IFNAME,
			       .value.ifname = { "eth", true } };
	struct term all = { .field = FIELD_IIF, .type = VALUE_IFNAME,
			    .value.ifname = { "", true } };
	struct cell cell = cell_term(*state, &prefix, COL_IIF);

	assert_term(*state, exact, COL_IIF, "eth0");
	assert_term(*state, inverted(exact), COL_IIF, "!eth0");
	assert_term(*state, prefix, COL_IIF, "eth+");
	assert_term(*state, inverted(prefix), COL_IIF, "!eth+");
	assert_true(cell_has(&cell, key_name("eth\0\0\0\0\0\0\0\0\0\0\0\0")));
	assert_true(cell_has(&cell, key_name("eth123456789012")));
	assert_false(cell_has(&cell, key_name("et\0\0\0\0\0\0\0\0\0\0\0\0\0")));
	assert_false(cell_has(&cell, key_number(0)));
	cell = cell_term(*state, &all, COL_IIF);
	assert_true(cell_full(&cell));
	all.invert = true;
	assert_term(*state, all, COL_IIF, "none");
}

static void test_protocols(void **state)
{
	struct term tcp = { .field = FIELD_PROTO, .type = VALUE_PROTO,
			    .value.byte = 6 };
	struct term fragment = { .field = FIELD_FRAGMENT };
	struct cell a, b;

	assert_term(*state, tcp, COL_PROTO, "6");
	assert_term(*state, inverted(tcp), COL_PROTO, "0-5,7-255");
	assert_term(*state, fragment, COL_PROTO, "0-255/later+later8");
	assert_term(*state, inverted(fragment), COL_PROTO,
		    "0-255/ok+none+short+badopt");
	a = cell_term(*state, &tcp, COL_PROTO);
	b = cell_headers(*state, 1u << HEADER_OK | 1u << HEADER_SHORT);
	assert_cell(&b, "0-255/ok+short");
	a = cell_intersect(*state, &a, &b);
	assert_cell(&a, "6/ok+short");
}

static void test_icmp(void **state)
{
	struct term type = { .field = FIELD_ICMP, .type = VALUE_ICMP,
			     .value.icmp = { 8, 0, 255 } };
	struct term code = { .field = FIELD_ICMP, .type = VALUE_ICMP,
			     .value.icmp = { 3, 4, 4 } };
	struct term any = { .field = FIELD_ICMP, .type = VALUE_ICMP,
			    .value.icmp = { 255, 0, 255 } };

	assert_term(*state, type, COL_ICMP, "8");
	assert_term(*state, inverted(type), COL_ICMP, "0-7,9-255");
	assert_term(*state, code, COL_ICMP, "3/4");
	assert_term(*state, any, COL_ICMP, "0-255");
	assert_term(*state, inverted(any), COL_ICMP, "none");
}

static void test_ranges(void **state)
{
	struct term length = ranged(FIELD_LENGTH, VALUE_LENGTH, 0, 65535);
	struct term ttl = ranged(FIELD_TTL, VALUE_TTL, 64, 255);
	struct term never = ranged(FIELD_TTL, VALUE_TTL, 1, 0);
	struct cell cell = cell_term(*state, &length, COL_LENGTH);

	assert_false(cell_full(&cell));
	assert_term(*state, inverted(length), COL_LENGTH, "65536");
	assert_term(*state, inverted(ttl), COL_TTL, "0-63");
	assert_term(*state, never, COL_TTL, "none");
	assert_term(*state, inverted(never), COL_TTL, "0-255");
}

static void test_macs(void **state)
{
	struct term mac = { .field = FIELD_MAC, .type = VALUE_MAC,
			    .value.mac = { 2, 0, 0, 0, 0, 255 } };
	const struct key none = { MAC_NONE, 0 };
	const struct key other = { 0x020000000100, 0 };
	struct cell cell;

	assert_term(*state, mac, COL_MAC, "02:00:00:00:00:ff");
	mac.invert = true;
	assert_term(*state, mac, COL_MAC, "!02:00:00:00:00:ff");
	cell = cell_term(*state, &mac, COL_MAC);
	assert_true(cell_has(&cell, other));
	assert_false(cell_has(&cell, none));
}

/* A list in any order, overlapping and touching. */
static void test_port_lists(void **state)
{
	static const struct value_list ports = {
		6, { { 443, 443 }, { 80, 90 }, { 91, 91 }, { 85, 88 },
		     { 0, 0 }, { 65535, 65535 } },
	};
	struct term list = {
		.field = FIELD_DPORT, .type = VALUE_PORT_LIST,
		.value.list = &ports,
	};
	struct cell cell = cell_term(*state, &list, COL_DPORT), joined;

	joined = cell_join_ports(*state, COL_DPORT, &cell, NULL);
	assert_cell(&joined, "0,80-91,443,65535");
	joined = cell_join_ports(*state, COL_DPORT, &cell, &cell);
	assert_cell(&joined, "0,80-91,443,65535 short 0,80-91,443,65535");
	cell = cell_other_ports(*state, &cell);
	joined = cell_join_ports(*state, COL_DPORT, NULL, &cell);
	assert_cell(&joined, "0-65535 short 1-79,92-442,444-65534");
	joined = cell_join_ports(*state, COL_DPORT, NULL, NULL);
	assert_int_equal(joined.nr, 1);
}

static void test_intersect(void **state)
{
	struct term a = ranged(FIELD_TTL, VALUE_TTL, 10, 20);
	struct term b = ranged(FIELD_TTL, VALUE_TTL, 15, 30);
	struct cell x = cell_term(*state, &a, COL_TTL);
	struct cell y = cell_term(*state, &b, COL_TTL), both;

	both = cell_intersect(*state, &x, &y);
	assert_cell(&both, "15-20");
	b.invert = true;
	y = cell_term(*state, &b, COL_TTL);
	both = cell_intersect(*state, &y, &x);
	assert_cell(&both, "10-14");
	x.nr = 0;
	both = cell_intersect(*state, &y, &x);
	assert_cell(&both, "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addrs),
		cmocka_unit_test(test_masks_with_holes),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_macs),
		cmocka_unit_test(test_port_lists),
		cmocka_unit_test(test_intersect),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
