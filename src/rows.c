// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One rule turned into rows of the matrix: the tests of all its matches, in
 * their order, become cells, extras and the header states that drop. It knows
 * what iptables does with cut-off headers and nothing of chains.
 *
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
#include "rows.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
#include "cells.h"
#include "ruleset.h"

#define STATE(name)	(1u << HEADER_##name)
/* Until the first gate also those that do not exist: no cell is needed then. */
#define STATES_ALL	((1u << (PROTO_SIZE >> 8)) - 1)
#define STATES_KNOWN	((1u << NR_HEADERS) - 1)
/* What columns of a transport header are asked for; ports also for SHORT. */
#define STATES_WHOLE	(STATE(OK) | STATE(BADOPT))
#define COLUMNS_WHOLE	(1u << COL_SPORT | 1u << COL_DPORT | \
			 1u << COL_TCPFLAGS | 1u << COL_ICMP)
#define MAX_VARIANTS	1024u

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
};

/* Columns that are 0 for every packet of a hook: the name of a device that
 * there is none of is "", what the host sends is PACKET_HOST. */
static const unsigned int constant_columns[NR_HOOKS] = {
	[HOOK_INPUT] = 1u << COL_OIF,
	[HOOK_OUTPUT] = 1u << COL_IIF | 1u << COL_PKTTYPE,
};

/* One conjunction of tests: a rule has several once --ports splits it. */
struct variant {
	unsigned int columns;	/* bit c: cell[c] is there */
	unsigned int cuts;	/* bit c: the cut port set is there */
	struct cell cell[NR_COLUMNS]; /* ports: of whole headers */
	struct cell cut_sport;	/* of SHORT ones */
	struct cell cut_dport;
	unsigned int nr_extras;
	struct abi_extra extra[MAX_ROW_EXTRAS];
};

struct draft {
	struct rows *rows;
	const struct abi_row *action;
	unsigned int nr;
	struct variant *variants;
	unsigned int live;
	unsigned int pending;
};

/* --- Adding rows ---------------------------------------------------------- */

/* Room for one element more in an array of the arena's, doubled as needed. */
static void *room(struct arena *arena, void *array, unsigned int nr,
		  unsigned int *max, size_t size)
{
	void *more;

	if (nr < *max)
		return array;
	*max = *max ? *max * 2 : 16;
	more = arena_alloc(arena, *max, size);
	if (nr)
		memcpy(more, array, nr * size);
	return more;
}

int rows_add(struct rows *rows, const struct matrix_row *row)
{
	unsigned int i;

	if (rows->nr >= MAX_ROWS)
		return -E2BIG;
	rows->row = room(rows->arena, rows->row, rows->nr, &rows->max,
			 sizeof(*rows->row));
	rows->row[rows->nr++] = *row;
	for (i = 0; i < row->nr_cells; i++) {
		rows->columns |= 1u << row->cells[i].column;
		rows->nr_intervals += row->cells[i].nr;
	}
	return rows->nr_intervals > MAX_INTERVALS ? -EFBIG : 0;
}

/* The rows of one rule mostly have the same extras: these are kept once. */
static unsigned int add_extras(struct rows *rows, const struct variant *variant)
{
	unsigned int nr = variant->nr_extras, first = rows->nr_extras - nr, i;

	if (nr == 0)
		return 0;
	if (rows->nr_extras >= nr &&
	    memcmp(rows->extra + first, variant->extra,
		   nr * sizeof(*variant->extra)) == 0)
		return first;
	first = rows->nr_extras;
	for (i = 0; i < nr; i++) {
		rows->extra = room(rows->arena, rows->extra, rows->nr_extras,
				   &rows->max_extras, sizeof(*rows->extra));
		rows->extra[rows->nr_extras++] = variant->extra[i];
	}
	return first;
}

static bool is_empty(const struct variant *variant, enum column column)
{
	return variant->columns & 1u << column &&
	       variant->cell[column].nr == 0;
}

static bool is_port(enum column column)
{
	return column == COL_SPORT || column == COL_DPORT;
}

static struct cell *cut_ports(struct variant *variant, enum column column)
{
	return column == COL_SPORT ? &variant->cut_sport : &variant->cut_dport;
}

/* The header states of a mask that can still match: those whose columns are
 * asked must accept something. */
static unsigned int possible(struct variant *variant, unsigned int states)
{
	unsigned int bit;
	enum column c;

	for (c = 0; c < NR_COLUMNS; c++) {
		bit = 1u << c;
		if (COLUMNS_WHOLE & bit && is_empty(variant, c))
			states &= ~STATES_WHOLE;
		if (variant->cuts & bit && cut_ports(variant, c)->nr == 0)
			states &= ~STATE(SHORT);
	}
	return states;
}

/*
 * A port column's cell for packets with these header states. What no such
 * packet asks is left as it costs least: nothing for whole headers; for cut
 * ones all ports, so that tables without any multiport need no half for them.
 */
static bool port_cell(struct draft *draft, struct variant *variant,
		      unsigned int states, struct cell *cell)
{
	struct cell nothing = { .column = cell->column };
	const unsigned int bit = 1u << cell->column;
	const struct cell *whole = NULL, *cut = NULL;

	if (variant->columns & bit && states & STATES_WHOLE)
		whole = &variant->cell[cell->column];
	if (variant->cuts & bit && states & STATE(SHORT))
		cut = cut_ports(variant, cell->column);
	if (!whole && !cut)
		return false;
	if (!(states & STATES_WHOLE))
		whole = &nothing;
	*cell = cell_join_ports(draft->rows->arena, cell->column, whole, cut);
	return true;
}

/* COL_PROTO's cell for packets with these header states. */
static struct cell proto_cell(struct rows *rows, struct variant *variant,
			      unsigned int states)
{
	struct cell *cell = &variant->cell[COL_PROTO];
	const struct interval *of = NULL;
	struct proto_set *set;
	unsigned int i;

	if (variant->columns & 1u << COL_PROTO)
		of = cell->intervals;
	for (i = 0; i < NR_PROTO_SETS; i++) {
		set = &rows->proto_sets[i];
		if (set->of == of && set->states == states)
			return set->cell;
	}
	set = &rows->proto_sets[rows->next_proto_set++ % NR_PROTO_SETS];
	set->of = of;
	set->states = states;
	set->cell = cell_headers(rows->arena, states);
	if (of)
		set->cell = cell_intersect(rows->arena, &set->cell, cell);
	return set->cell;
}

/* A column's cell for packets with these header states; false for none. */
static bool row_cell(struct draft *draft, struct variant *variant,
		     unsigned int states, struct cell *cell)
{
	const unsigned int bit = 1u << cell->column;

	if (is_port(cell->column))
		return port_cell(draft, variant, states, cell);
	if (cell->column == COL_PROTO && states != STATES_ALL) {
		*cell = proto_cell(draft->rows, variant, states);
		return true;
	}
	if (!(variant->columns & bit))
		return false;
	if (COLUMNS_WHOLE & bit && !(states & STATES_WHOLE))
		return false;
	*cell = variant->cell[cell->column];
	return true;
}

/* Adds the row of a variant for packets with one of these header states, those
 * in hot to be dropped. */
static int add_row(struct draft *draft, struct variant *variant,
		   unsigned int states, unsigned int hot)
{
	struct matrix_row row = { .action = *draft->action };
	struct cell cells[NR_COLUMNS];
	enum column c;

	states = possible(variant, states);
	hot &= states;
	for (c = 0; c < NR_COLUMNS; c++) {
		struct cell *cell = &cells[row.nr_cells];

		cell->column = c;
		if (!row_cell(draft, variant, states, cell))
			continue;
		if (cell->nr == 0)
			return 0;
		row.nr_cells++;
	}
	if (states == 0)
		return 0;
	if (states == hot) {
		row.action.op = OP_DROP;
		row.action.jump = 0;
	}
	row.action.hot = hot;
	row.action.extra = add_extras(draft->rows, variant);
	row.action.nr_extras = variant->nr_extras;
	row.cells = arena_alloc(draft->rows->arena, row.nr_cells,
				sizeof(*row.cells));
	if (row.nr_cells)
		memcpy((void *)row.cells, cells,
		       row.nr_cells * sizeof(*row.cells));
	return rows_add(draft->rows, &row);
}

static int add_rows(struct draft *draft, unsigned int states, unsigned int hot)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < draft->nr && !err; i++)
		err = add_row(draft, &draft->variants[i], states, hot);
	return err;
}

/* --- Following the tests -------------------------------------------------- */

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
		narrow(draft, cut_ports(v, cell->column), v->cuts & bit, cell);
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
		if (!is_empty(v, cell->column))
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
		if (possible(&draft->variants[i], draft->live))
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

/* --tcp-option is saved before --tcp-flags but asked after it. */
static int follow_match(struct draft *draft, const struct match *match)
{
	unsigned int i, last;
	int err = 0;

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

int rows_add_rule(struct rows *rows, const struct rule *rule,
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
