// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Matches on connections: each state, direction and status test is asked of all
 * 256 labels, by the cell and one after the other as xt_conntrack does; which
 * options become extras. Links the labels and their leaves.
 */
#include "unit.h"

#include "arena.h"
#include "flow.h"
#include "labels.h"
#include "ruleset.h"

#define NR_LABELS	256u
/* With one that no packet has, as SNAT. */
#define ALL_STATES	(2 * VALUE_CT_SNAT - 1)

struct making {
	struct match match;
	struct term terms[3];
};

static void add(struct making *making, enum field field, uint8_t byte,
		bool invert)
{
	struct term *term = &making->terms[making->match.nr_terms++];

	*term = (struct term){ .field = field, .invert = invert };
	term->value.byte = byte;
	making->match.kind = MATCH_CONNTRACK;
	making->match.terms = making->terms;
}

static const struct term *term_of(const struct making *making,
				  enum field field)
{
	unsigned int i;

	for (i = 0; i < making->match.nr_terms; i++)
		if (making->terms[i].field == field)
			return &making->terms[i];
	return NULL;
}

/* Test after test, and what is not asked of a packet without a connection. */
static bool expected(const struct making *making, uint8_t label)
{
	const struct term *state = term_of(making, FIELD_CT_STATE);
	const struct term *dir = term_of(making, FIELD_CT_DIR);
	const struct term *status = term_of(making, FIELD_CT_STATUS);
	bool reply = label & LABEL_REPLY;

	if (state && !!(state->value.byte >> (label & LABEL_STATE) & 1) ==
		     state->invert)
		return false;
	if ((label & LABEL_STATE) == FLOW_INVALID)
		return state;
	if (dir && reply != !!dir->value.byte)
		return false;
	return !status ||
	       !!(status->value.byte & label) != status->invert;
}

/* A label that packets may have: of those beside them, which one does alike. */
static uint8_t twin(unsigned int label)
{
	unsigned int state = label & LABEL_STATE;

	if (state == FLOW_INVALID || state >= FLOW_UNTRACKED)
		return FLOW_INVALID;
	return (uint8_t)(label & ~LABEL_EXPECTED);
}

static void check(const struct making *making, unsigned int seen[2])
{
	struct arena arena;
	struct cell cell;
	unsigned int label, i;
	bool has;

	arena_init(&arena);
	cell = labels_cell(&arena, &making->match);
	assert_int_equal(cell.column, COL_STATE);
	for (i = 1; i < cell.nr; i++)
		assert_true(cell.intervals[i - 1].hi.lo + 1 <
			    cell.intervals[i].lo.lo);
	for (label = 0; label < NR_LABELS; label++) {
		has = unit_cell_has(&cell,
				    key_number(label_index((uint8_t)label)));
		assert_int_equal(has, expected(making, twin(label)));
		seen[has]++;
	}
	arena_fini(&arena);
}

/* The state's test in all its forms, if any, then the others'. */
static void check_status(const struct making *begun, unsigned int seen[2])
{
	unsigned int status, invert;
	struct making making;

	check(begun, seen);
	for (status = 0; status < NR_LABELS; status += LABEL_EXPECTED)
		for (invert = 0; invert < 2; invert++) {
			making = *begun;
			making.match.terms = making.terms;
			add(&making, FIELD_CT_STATUS, (uint8_t)status, invert);
			check(&making, seen);
		}
}

static void check_dir(const struct making *begun, unsigned int seen[2])
{
	struct making making;
	unsigned int dir;

	if (begun->match.nr_terms)
		check_status(begun, seen);
	for (dir = 0; dir < 2; dir++) {
		making = *begun;
		making.match.terms = making.terms;
		add(&making, FIELD_CT_DIR, dir ? LABEL_REPLY : 0, false);
		check_status(&making, seen);
	}
}

static void test_cells(void **state)
{
	const struct making nothing = { .match.nr_terms = 0 };
	unsigned int seen[2] = { 0, 0 }, states, invert;
	struct making making;

	(void)state;
	check_dir(&nothing, seen);
	for (states = 0; states <= ALL_STATES; states++)
		for (invert = 0; invert < 2; invert++) {
			making = nothing;
			add(&making, FIELD_CT_STATE, (uint8_t)states, invert);
			check_dir(&making, seen);
		}
	assert_true(seen[false] > 100000 && seen[true] > 100000);
}

/* All labels of a state lie in one interval, so that most cells are one. */
static void test_few_intervals(void **state)
{
	struct making making = { .match.nr_terms = 0 };
	struct arena arena;
	struct cell cell;

	(void)state;
	arena_init(&arena);
	add(&making, FIELD_CT_STATE,
	    1u << FLOW_ESTABLISHED | 1u << FLOW_RELATED, false);
	cell = labels_cell(&arena, &making.match);
	assert_int_equal(cell.nr, 1);
	making.terms[0].value.byte = VALUE_CT_SNAT | VALUE_CT_DNAT;
	cell = labels_cell(&arena, &making.match);
	assert_int_equal(cell.nr, 0);
	making.terms[0].invert = true;
	cell = labels_cell(&arena, &making.match);
	assert_int_equal(cell.nr, 1);
	assert_true(cell.intervals[0].hi.lo == STATE_SIZE - 1);
	arena_fini(&arena);
}

static struct abi_extra extra_of(const struct term *term)
{
	struct abi_extra extra;

	memset(&extra, 0xff, sizeof(extra));
	assert_true(labels_extra(term, &extra));
	assert_int_equal(extra.pad[0] | extra.pad[1], 0);
	return extra;
}

static void test_addresses(void **state)
{
	static const struct {
		enum field field;
		enum extra kind;
	} addrs[] = {
		{ FIELD_CT_ORIGSRC, EXTRA_CT_SADDR },
		{ FIELD_CT_ORIGDST, EXTRA_CT_DADDR },
		{ FIELD_CT_REPLSRC, EXTRA_CT_DADDR },
		{ FIELD_CT_REPLDST, EXTRA_CT_SADDR },
	};
	struct term term = { .value.masked = { 0x0a010203, 0xffff0000 } };
	struct abi_extra extra;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		term.field = addrs[i].field;
		term.invert = i & 1;
		extra = extra_of(&term);
		assert_int_equal(extra.kind, addrs[i].kind);
		assert_int_equal(extra.value, 0x0a010000);
		assert_int_equal(extra.mask, 0xffff0000);
		assert_int_equal(extra.invert, i & 1);
	}
}

static void test_ranges(void **state)
{
	static const struct {
		enum field field;
		enum extra kind;
	} ranges[] = {
		{ FIELD_CT_ORIGSRC_PORT, EXTRA_CT_SPORT },
		{ FIELD_CT_ORIGDST_PORT, EXTRA_CT_DPORT },
		{ FIELD_CT_REPLSRC_PORT, EXTRA_CT_REPLY_SPORT },
		{ FIELD_CT_REPLDST_PORT, EXTRA_CT_REPLY_DPORT },
		{ FIELD_CT_EXPIRE, EXTRA_CT_EXPIRES },
	};
	struct term term = { .value.range = { 5, 70 } };
	struct abi_extra extra;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		term.field = ranges[i].field;
		extra = extra_of(&term);
		assert_int_equal(extra.kind, ranges[i].kind);
		assert_int_equal(extra.value, 5);
		assert_int_equal(extra.mask, 70);
	}
	term = (struct term){ .field = FIELD_CT_PROTO, .value.byte = 17 };
	extra = extra_of(&term);
	assert_int_equal(extra.kind, EXTRA_CT_PROTO);
	assert_int_equal(extra.value, 17);
	assert_int_equal(extra.mask, 17);
}

static void test_others(void **state)
{
	static const enum field fields[] = {
		FIELD_CT_STATE, FIELD_CT_STATUS, FIELD_CT_DIR, FIELD_SADDR,
	};
	struct match match = { .kind = MATCH_TCP };
	struct abi_extra extra;
	struct term term = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		term.field = fields[i];
		assert_false(labels_extra(&term, &extra));
	}
	assert_false(labels_tested(&match));
	match.kind = MATCH_STATE;
	assert_true(labels_tested(&match));
	match.kind = MATCH_CONNTRACK;
	assert_true(labels_tested(&match));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_few_intervals),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
