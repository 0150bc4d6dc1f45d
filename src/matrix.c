// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One hook's rule matrix out of a ruleset: the chains that the hook reaches,
 * one after another in the order in which they are first jumped to, the rows of
 * their rules, and bounds on how a packet walks through them. It knows nothing
 * of what a rule tests (draft.c) nor of what becomes of the rows.
 */
#include "matrix.h"

#include <errno.h>
#include <stdlib.h>

#include "arena.h"
#include "draft.h"
#include "dump.h"
#include "labels.h"
#include "rows.h"
#include "ruleset.h"

/* A chain's place among the rows. */
struct span {
	bool reached;
	unsigned int first;
	unsigned int nr;
	unsigned int callers;	/* rows that jump to it, not yet followed */
	unsigned int depth;
	unsigned int steps;
};

struct layout {
	const struct ruleset *ruleset;
	struct rows rows;
	struct span *spans;	/* by chain index */
	unsigned int *order;	/* chain indices, as their rows lie */
	unsigned int nr;
};

static const uint8_t target_ops[NR_TARGETS] = {
	[TARGET_NONE] = OP_CONTINUE,
	[TARGET_ACCEPT] = OP_ACCEPT,
	[TARGET_DROP] = OP_DROP,
	[TARGET_RETURN] = OP_RETURN,
	[TARGET_JUMP] = OP_JUMP,
	[TARGET_GOTO] = OP_GOTO,
};

static bool is_jump(const struct matrix_row *row)
{
	return row->action.op == OP_JUMP || row->action.op == OP_GOTO;
}

static void reach(struct layout *layout, unsigned int chain)
{
	if (layout->spans[chain].reached)
		return;
	layout->spans[chain].reached = true;
	layout->order[layout->nr++] = chain;
}

/* A rule's rows; what they jump to is reached then. A rule that is never met,
 * or can never match here, has no row and reaches nothing. */
static int add_rule(struct layout *layout, const struct chain *chain,
		    unsigned int i)
{
	const struct rule *rule = &chain->rules[i];
	const struct abi_row action = {
		.counter = chain->first_counter + i,
		.op = target_ops[rule->target],
		.jump = rule->jump ? rule->jump->index : 0,
	};
	unsigned int row = layout->rows.nr;
	int err;

	if (rule->dead)
		return 0;
	err = draft_rule(&layout->rows, rule, &action);
	for (; row < layout->rows.nr; row++)
		if (is_jump(&layout->rows.row[row]))
			reach(layout, layout->rows.row[row].action.jump);
	return err;
}

/* The row that ends a chain: its policy, or back to where it was called. */
static int close_chain(struct layout *layout, const struct chain *chain)
{
	struct matrix_row row = {
		.action.counter = COUNTER_NONE,
		.action.op = OP_RETURN,
	};

	if (chain->hook >= 0) {
		row.action.counter = chain->hook;
		row.action.op = target_ops[chain->policy];
	}
	return rows_add(&layout->rows, &row);
}

static int add_chain(struct layout *layout, const struct chain *chain,
		     const struct rule **failed)
{
	struct span *span = &layout->spans[chain->index];
	unsigned int i;
	int err;

	span->first = layout->rows.nr;
	for (i = 0; i < chain->nr_rules; i++) {
		err = add_rule(layout, chain, i);
		if (err) {
			*failed = &chain->rules[i];
			return err;
		}
	}
	err = close_chain(layout, chain);
	span->nr = layout->rows.nr - span->first;
	return err;
}

/* Until now jumps lead to chains by their index. */
static void resolve_jumps(struct layout *layout)
{
	unsigned int i;

	for (i = 0; i < layout->rows.nr; i++) {
		struct matrix_row *row = &layout->rows.row[i];
		struct span *to = &layout->spans[row->action.jump];

		if (is_jump(row)) {
			row->action.jump = to->first;
			to->callers++;
		}
	}
}

/* Which chain begins at a row: they lie in the order of `order`. */
static unsigned int chain_at(const struct layout *layout, unsigned int row)
{
	unsigned int lo = 0, hi = layout->nr;

	while (hi - lo > 1) {
		unsigned int mid = (lo + hi) / 2;

		if (layout->spans[layout->order[mid]].first <= row)
			lo = mid;
		else
			hi = mid;
	}
	return layout->order[lo];
}

static struct span *target_span(struct layout *layout,
				const struct matrix_row *row)
{
	return &layout->spans[chain_at(layout, row->action.jump)];
}

/*
 * Puts callers before the called, as the layout's order need not. Fewer than
 * all chains come out if there is a loop.
 */
static unsigned int sort_callers(struct layout *layout, unsigned int *sorted)
{
	unsigned int nr = 0, done, i;

	sorted[nr++] = layout->order[0];
	for (done = 0; done < nr; done++) {
		struct span *span = &layout->spans[sorted[done]];

		for (i = 0; i < span->nr; i++) {
			struct matrix_row *row =
				&layout->rows.row[span->first + i];

			if (is_jump(row) &&
			    --target_span(layout, row)->callers == 0)
				sorted[nr++] = chain_at(layout,
							row->action.jump);
		}
	}
	return nr;
}

static unsigned int max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * Steps from a row to the end of the chain's visit, given those from the next
 * row: the row matches and acts; or its extras fail, which takes a step; or it
 * is passed over at no cost.
 */
static unsigned int row_steps(struct layout *layout,
			      const struct matrix_row *row, uint64_t next)
{
	uint64_t steps = 1;

	if (row->action.op == OP_CONTINUE || row->action.op == OP_JUMP)
		steps += next;
	if (is_jump(row))
		steps += target_span(layout, row)->steps;
	steps = max(steps, next + (row->action.nr_extras > 0));
	return steps < MAX_STEPS ? steps : MAX_STEPS;
}

/*
 * Bounds on a visit to a chain, those of the chains that it calls being known.
 * Besides acting on rows, the walk takes a step for each word and each block
 * that it passes to, and it only goes forward in a chain.
 */
static void bound(struct layout *layout, struct span *span)
{
	const unsigned int last = span->first + span->nr - 1;
	unsigned int i, depth, steps = 0;

	for (i = span->nr; i-- > 0;) {
		struct matrix_row *row = &layout->rows.row[span->first + i];

		steps = row_steps(layout, row, steps);
		if (!is_jump(row))
			continue;
		depth = target_span(layout, row)->depth;
		depth += row->action.op == OP_JUMP;
		span->depth = max(span->depth, depth);
	}
	steps += last / 64 - span->first / 64 + 1;
	steps += 2 * (last / BLOCK_ROWS - span->first / BLOCK_ROWS + 1);
	span->steps = steps < MAX_STEPS ? steps : MAX_STEPS;
}

static int bound_all(struct layout *layout)
{
	unsigned int *sorted, i;

	sorted = arena_alloc(layout->rows.arena, layout->nr, sizeof(*sorted));
	if (sort_callers(layout, sorted) != layout->nr)
		return -ELOOP;
	for (i = layout->nr; i-- > 0;)
		bound(layout, &layout->spans[sorted[i]]);
	return 0;
}

static bool tracks(const struct rule *rule)
{
	unsigned int i;

	for (i = 1; i < rule->nr_matches; i++) {
		if (labels_tested(&rule->matches[i]))
			return true;
	}
	return false;
}

/* The kernel tracks as soon as a rule of the table asks for it, wherever that
 * stands. */
static bool tracks_any(const struct ruleset *ruleset)
{
	unsigned int i, r;

	for (i = 0; i < ruleset->nr_chains; i++) {
		const struct chain *chain = ruleset->chains[i];

		for (r = 0; r < chain->nr_rules; r++)
			if (tracks(&chain->rules[r]))
				return true;
	}
	return false;
}

static void give(const struct layout *layout, struct matrix *matrix)
{
	const struct rows *rows = &layout->rows;
	const struct span *top = &layout->spans[rows->hook];

	matrix->hook = rows->hook;
	matrix->nr_rows = rows->nr;
	matrix->rows = rows->row;
	matrix->nr_extras = rows->nr_extras;
	matrix->extras = rows->extra;
	matrix->policy_row = top->first + top->nr - 1;
	matrix->depth = top->depth;
	/* One more for a RETURN from the bottom, which goes to the policy. */
	matrix->steps = top->steps < MAX_STEPS ? top->steps + 1 : MAX_STEPS;
	matrix->columns = rows->columns;
	matrix->tracked = tracks_any(layout->ruleset);
	matrix->datagrams = rows->hook != HOOK_FORWARD || matrix->tracked;
	/* The tracker reads all headers. */
	matrix->reads_header = rows->reads_header || matrix->tracked;
	matrix->reads_tcpopt = rows->reads_tcpopt;
}

int matrix_build(struct arena *arena, const struct ruleset *ruleset,
		 enum hook hook, struct matrix *matrix)
{
	struct layout layout = {
		.ruleset = ruleset,
		.rows = { .arena = arena, .hook = hook },
	};
	unsigned int i;
	int err;

	matrix->failed = NULL;
	layout.spans = arena_alloc(arena, ruleset->nr_chains,
				   sizeof(*layout.spans));
	layout.order = arena_alloc(arena, ruleset->nr_chains,
				   sizeof(*layout.order));
	reach(&layout, hook);
	for (i = 0; i < layout.nr; i++) {
		err = add_chain(&layout, ruleset->chains[layout.order[i]],
				&matrix->failed);
		if (err)
			return err;
	}
	resolve_jumps(&layout);
	err = bound_all(&layout);
	if (err)
		return err;
	if (layout.spans[hook].depth > MAX_DEPTH)
		return -ELOOP;
	give(&layout, matrix);
	return 0;
}

void matrix_dump(const struct matrix *matrix, FILE *out)
{
	unsigned int i, c;

	fprintf(out, "matrix %s: %u rows, policy row %u, depth %u, steps %u\n",
		hook_names[matrix->hook], matrix->nr_rows, matrix->policy_row,
		matrix->depth, matrix->steps);
	for (i = 0; i < matrix->nr_rows; i++) {
		const struct matrix_row *row = &matrix->rows[i];

		fprintf(out, "row %u: ", i);
		dump_row(&row->action, matrix->extras, out);
		for (c = 0; c < row->nr_cells; c++) {
			fprintf(out, "; %s ",
				columns[row->cells[c].column].name);
			column_print(&row->cells[c], out);
		}
		fputc('\n', out);
	}
}
