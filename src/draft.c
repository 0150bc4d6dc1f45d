// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One rule turned into rows of the matrix: the tests of all its matches, in
 * their order, become cells, extras and the header states that drop. It knows
 * what iptables does with cut-off headers and nothing of chains.
 */
#include "draft.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
#include "cells.h"
#include "labels.h"
#include "rows.h"
#include "ruleset.h"

#define MAX_VARIANTS	1024u	/* rows of one rule */

/*
 * A match that reads a transport header is a gate. With some header states it
 * does not match (dead), with some it drops the packet (hot), and only with the
 * others its own tests are asked. Whether a packet is dropped at a gate depends
 * on the tests before it and on none after it, while a row's cells are ANDed
 * all at once. So the rule is followed test by test, keeping
 *
 *   live     header states that have passed each gate so far
 *   pending  header states that some gate drops, as far as they can still
 *            share a row with the live ones
 *
 * A test on another column than those of the transport header would bind the
 * pending states too: before it they are flushed into a row of their own, with
 * the cells that there are then. Tests on the transport header's columns bind
 * none of them, as the packet program does not ask these columns for packets
 * that lack the header; with the one exception of ports and SHORT, which
 * multiport reads and the others do not: those are kept in two sets, and
 * multiport narrows that of SHORT only while SHORT is live. What is pending at
 * the end shares the rule's last row: hot bits, and the columns let it through.
 *
 * The same with several gates: `-m multiport --dports 1 -m tcp --syn` has NONE
 * pending at the first and SHORT at the second, which by then has had its ports
 * narrowed, and one row does it all; `-m tcp -m length --length 0:39 -m
 * multiport --dports 1` flushes what tcp drops (LATER8, NONE, SHORT) and then
 * has nothing left that multiport could drop.
 */

/* What the header of a packet does to a match. BADOPT is TCP's alone. */
#define GATE_TCP	{ STATE(NONE) | STATE(SHORT) | STATE(LATER8), \
			  STATE(LATER) }
#define GATE_OTHER	{ STATE(NONE) | STATE(SHORT), \
			  STATE(LATER) | STATE(LATER8) | STATE(BADOPT) }
#define GATE_MULTIPORT	{ STATE(NONE), STATE(LATER) | STATE(LATER8) }

static const struct {
	uint8_t hot;
	uint8_t dead;
} gates[NR_MATCHES] = {
	/* A TCP fragment at offset 8 would overwrite the flags. */
	[MATCH_TCP] = GATE_TCP,
	[MATCH_UDP] = GATE_OTHER,
	[MATCH_UDPLITE] = GATE_OTHER,
	[MATCH_SCTP] = GATE_OTHER,
	[MATCH_DCCP] = GATE_OTHER,
	[MATCH_ICMP] = GATE_OTHER,
	[MATCH_MULTIPORT] = GATE_MULTIPORT,
};

/* The column of a field; NR_COLUMNS for those that are more than one cell. */
static const enum column field_columns[NR_FIELDS] = {
	[FIELD_NONE] = NR_COLUMNS,
	[FIELD_IIF] = COL_IIF,
	[FIELD_OIF] = COL_OIF,
	[FIELD_SADDR] = COL_SADDR,
	[FIELD_DADDR] = COL_DADDR,
	[FIELD_PROTO] = COL_PROTO,
	[FIELD_FRAGMENT] = COL_PROTO,
	[FIELD_SPORT] = COL_SPORT,
	[FIELD_DPORT] = COL_DPORT,
	[FIELD_PORTS] = NR_COLUMNS,
	[FIELD_TCP_FLAGS] = COL_TCPFLAGS,
	[FIELD_TCP_OPTION] = NR_COLUMNS,
	[FIELD_ICMP] = COL_ICMP,
	[FIELD_LENGTH] = COL_LENGTH,
	[FIELD_TTL] = COL_TTL,
	[FIELD_TOS] = COL_TOS,
	[FIELD_MARK] = COL_MARK,
	[FIELD_MAC] = COL_MAC,
	[FIELD_PKTTYPE] = COL_PKTTYPE,
	[FIELD_CT_STATE ... FIELD_CT_DIR] = NR_COLUMNS,
};

/* Columns that are 0 for every packet of a hook: the name of a device that
 * there is none of is "", what the host sends is PACKET_HOST. */
static const unsigned int constant_columns[NR_HOOKS] = {
	[HOOK_INPUT] = 1u << COL_OIF,
	[HOOK_OUTPUT] = 1u << COL_IIF | 1u << COL_PKTTYPE,
};

struct draft {
	struct rows *rows;
	const struct abi_row *action;
	unsigned int nr;
	struct variant *variants;
	unsigned int live;
	unsigned int pending;
};

static int add_rows(struct draft *draft, unsigned int states, unsigned int hot)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < draft->nr && !err; i++)
		err = rows_add_variant(draft->rows, &draft->variants[i],
				       draft->action, states, hot);
	return err;
}

/* What is pending gets a row of its own: the next test is not for it. */
static int flush(struct draft *draft)
{
	unsigned int pending = draft->pending;

	draft->pending = 0;
	return pending ? add_rows(draft, pending, pending) : 0;
}

static void narrow(struct draft *draft, struct cell *cell, bool there,
		   const struct cell *by)
{
	*cell = there ? cell_intersect(draft->rows->arena, cell, by) : *by;
}

/* A test on a column of the transport header: it binds live states only. */
static void test_header(struct draft *draft, enum match_kind kind,
			const struct cell *cell)
{
	const unsigned int bit = 1u << cell->column;
	unsigned int i;

	if (cell_full(cell))
		return;
	for (i = 0; i < draft->nr; i++) {
		struct variant *v = &draft->variants[i];

		narrow(draft, &v->cell[cell->column], v->columns & bit, cell);
		v->columns |= bit;
		if (kind != MATCH_MULTIPORT || !(draft->live & STATE(SHORT)))
			continue;
		narrow(draft, cell->column == COL_SPORT ? &v->cut_sport :
			&v->cut_dport, v->cuts & bit, cell);
		v->cuts |= bit;
	}
}

/* A test on any other column. A variant that accepts nothing goes. */
static int test_column(struct draft *draft, const struct cell *cell)
{
	const unsigned int bit = 1u << cell->column;
	unsigned int i, nr = 0;
	int err;

	if (constant_columns[draft->rows->hook] & bit) {
		if (cell_has(cell, key_number(0)))
			return 0;
		err = flush(draft);
		draft->nr = 0;
		return err;
	}
	if (cell_full(cell))
		return 0;
	err = flush(draft);
	for (i = 0; i < draft->nr; i++) {
		struct variant *v = &draft->variants[i];

		narrow(draft, &v->cell[cell->column], v->columns & bit, cell);
		v->columns |= bit;
		if (v->cell[cell->column].nr)
			draft->variants[nr++] = *v;
	}
	draft->nr = nr;
	return err;
}

static bool same_extra(const struct abi_extra *a, const struct abi_extra *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* A test that no column holds. */
static int test_extra(struct draft *draft, const struct abi_extra *extra)
{
	unsigned int i, j;
	int err = flush(draft);

	for (i = 0; i < draft->nr; i++) {
		struct variant *v = &draft->variants[i];

		for (j = 0; j < v->nr_extras; j++)
			if (same_extra(&v->extra[j], extra))
				break;
		if (j == MAX_ROW_EXTRAS)
			return -ENOSPC;
		v->extra[j] = *extra;
		v->nr_extras += j == v->nr_extras;
	}
	return err;
}

static int test_mask(struct draft *draft, const struct term *term)
{
	static const uint8_t kinds[NR_FIELDS] = {
		[FIELD_SADDR] = EXTRA_SADDR,
		[FIELD_DADDR] = EXTRA_DADDR,
		[FIELD_MARK] = EXTRA_MARK,
	};
	const struct abi_extra extra = {
		.value = term->value.masked.value,
		.mask = term->value.masked.mask,
		.kind = kinds[term->field],
		.invert = term->invert,
	};

	return test_extra(draft, &extra);
}

/* tcp asks for whole options only when all else has matched. */
static int test_tcp_option(struct draft *draft, const struct term *term)
{
	const struct abi_extra extra = {
		.value = term->value.byte,
		.kind = EXTRA_TCPOPT,
		.invert = term->invert,
	};

	if (extra.value == 0)
		return 0;
	draft->pending |= draft->live & STATE(BADOPT);
	draft->live &= ~STATE(BADOPT);
	draft->rows->reads_tcpopt = true;
	return test_extra(draft, &extra);
}

/* A variant that no packet can meet any more is not worth splitting. */
static void prune(struct draft *draft)
{
	unsigned int i, nr = 0;

	for (i = 0; i < draft->nr; i++)
		if (rows_possible(&draft->variants[i], draft->live))
			draft->variants[nr++] = draft->variants[i];
	draft->nr = nr;
}

/*
 * Either port in the list: two variants that exclude each other, the source
 * port in it, and not the source port but the destination port.
 */
static int split_ports(struct draft *draft, const struct term *term)
{
	struct arena *arena = draft->rows->arena;
	const struct cell sport = cell_term(arena, term, COL_SPORT);
	const struct cell dport = cell_term(arena, term, COL_DPORT);
	const struct cell other = cell_other_ports(arena, &sport);
	struct draft second;
	struct variant *both;
	int err = flush(draft);

	prune(draft);
	if (draft->nr > MAX_VARIANTS / 2)
		return -ENOSPC;
	both = arena_alloc(arena, 2 * draft->nr, sizeof(*both));
	if (draft->nr) {
		memcpy(both, draft->variants, draft->nr * sizeof(*both));
		memcpy(both + draft->nr, both, draft->nr * sizeof(*both));
	}
	draft->variants = both;
	second = *draft;
	second.variants += draft->nr;
	test_header(draft, MATCH_MULTIPORT, &sport);
	test_header(&second, MATCH_MULTIPORT, &other);
	test_header(&second, MATCH_MULTIPORT, &dport);
	draft->nr *= 2;
	return err;
}

static int test_ports(struct draft *draft, const struct term *term)
{
	struct cell cell;

	if (!term->invert)
		return split_ports(draft, term);
	cell = cell_term(draft->rows->arena, term, COL_SPORT);
	test_header(draft, MATCH_MULTIPORT, &cell);
	cell = cell_term(draft->rows->arena, term, COL_DPORT);
	test_header(draft, MATCH_MULTIPORT, &cell);
	return 0;
}

/* Protocols are kept: there are few, and their sets are long. */
static struct cell term_cell(struct rows *rows, const struct term *term,
			     enum column column)
{
	struct cell *kept;

	if (term->field != FIELD_PROTO || term->invert)
		return cell_term(rows->arena, term, column);
	kept = &rows->proto[term->value.byte];
	if (kept->nr == 0)
		*kept = cell_term(rows->arena, term, column);
	return *kept;
}

static int follow_term(struct draft *draft, enum match_kind kind,
		       const struct term *term)
{
	enum column column = field_columns[term->field];
	struct cell cell;

	switch (term->field) {
	case FIELD_NONE:
		return 0;
	case FIELD_TCP_OPTION:
		return test_tcp_option(draft, term);
	case FIELD_PORTS:
		return test_ports(draft, term);
	default:
		break;
	}
	if (!cell_holds(term))
		return test_mask(draft, term);
	/* Protocol 0 is no test, inverted or not. */
	if (term->field == FIELD_PROTO && term->value.byte == 0)
		return 0;
	cell = term_cell(draft->rows, term, column);
	if (!(COLUMNS_WHOLE & 1u << column))
		return test_column(draft, &cell);
	test_header(draft, kind, &cell);
	return 0;
}

static void pass_gate(struct draft *draft, enum match_kind kind)
{
	unsigned int stopped = gates[kind].hot | gates[kind].dead;

	if (!stopped)
		return;
	draft->rows->reads_header = true;
	draft->pending |= draft->live & gates[kind].hot;
	draft->live &= ~stopped & STATES_KNOWN;
}

/* Connections: what a label says is one cell, and the rest extras. */
static int follow_labels(struct draft *draft, const struct match *match)
{
	const struct cell cell = labels_cell(draft->rows->arena, match);
	struct abi_extra extra;
	unsigned int i;
	int err = test_column(draft, &cell);

	for (i = 0; i < match->nr_terms && !err; i++) {
		if (labels_extra(&match->terms[i], &extra))
			err = test_extra(draft, &extra);
	}
	return err;
}

/* --tcp-option is saved before --tcp-flags but asked after it. */
static int follow_match(struct draft *draft, const struct match *match)
{
	unsigned int i, last;
	int err = 0;

	if (labels_tested(match))
		return follow_labels(draft, match);
	pass_gate(draft, match->kind);
	for (last = 0; last < 2; last++) {
		for (i = 0; i < match->nr_terms && !err; i++) {
			const struct term *term = &match->terms[i];

			if ((term->field == FIELD_TCP_OPTION) == last)
				err = follow_term(draft, match->kind, term);
		}
	}
	return err;
}

int draft_rule(struct rows *rows, const struct rule *rule,
	       const struct abi_row *action)
{
	struct variant first = { 0 };
	struct draft draft = {
		.rows = rows,
		.action = action,
		.nr = 1,
		.variants = &first,
		.live = STATES_ALL,
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < rule->nr_matches && draft.nr && !err; i++)
		err = follow_match(&draft, &rule->matches[i]);
	if (err)
		return err;
	return add_rows(&draft, draft.live | draft.pending, draft.pending);
}
