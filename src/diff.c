// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two texts as a unified diff. In: the texts. Out: hunks that patch(1) takes.
 * Myers' algorithm in linear space, over lines as numbers and without those
 * that only one text has; where the texts have so little in common that it
 * would take long, it stops looking for the shortest diff. Never reads files.
 */
#include "diff.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"

#define CONTEXT	3
#define EFFORT	512	/* edits from either end before a cut is guessed */
#define NONE	(-1)	/* a diagonal that no path from the start reached */

struct line {
	const char *text;
	size_t len;
	int id;			/* equal lines have equal ids */
	bool changed;
};

struct side {
	const char *name;
	int nr;
	struct line *lines;
	int nr_shared;		/* lines that the other text has too */
	int *shared;		/* their ids, ... */
	int *place;		/* ... and where they stand */
};

/* Equal lines find the same slot. */
struct slot {
	const struct line *line;
	bool has[2];		/* which text has it */
};

/* A part of the old text's shared lines, and of the new one's. */
struct box {
	int old, old_end;
	int new, new_end;
};

/* Furthest paths by diagonal (place in old minus place in new), from the start
 * and from the end; both have room before 0 for diagonals below it. */
struct search {
	struct side side[2];
	int *from;
	int *back;
};

static void split_lines(struct arena *arena, const struct diff_side *text,
			struct side *side)
{
	const char *at = text->text, *end = at + text->len, *newline;
	int nr = 0;

	for (; at < end; at = newline ? newline + 1 : end, nr++)
		newline = memchr(at, '\n', (size_t)(end - at));
	side->name = text->name;
	side->nr = nr;
	side->lines = arena_alloc(arena, (size_t)nr + 1, sizeof(*side->lines));
	for (nr = 0, at = text->text; nr < side->nr; nr++) {
		newline = memchr(at, '\n', (size_t)(end - at));
		side->lines[nr].text = at;
		side->lines[nr].len = (size_t)((newline ? newline : end) - at);
		at += side->lines[nr].len + 1;
	}
}

static uint64_t hash(const struct line *line)
{
	uint64_t sum = 0xcbf29ce484222325ull;
	size_t i;

	for (i = 0; i < line->len; i++)
		sum = (sum ^ (unsigned char)line->text[i]) * 0x100000001b3ull;
	return sum ^ sum >> 29;
}

static void number(struct line *line, int which, struct slot *slots,
		   size_t mask)
{
	size_t at = hash(line) & mask;

	while (slots[at].line &&
	       (slots[at].line->len != line->len ||
		memcmp(slots[at].line->text, line->text, line->len) != 0))
		at = (at + 1) & mask;
	if (!slots[at].line)
		slots[at].line = line;
	slots[at].has[which] = true;
	line->id = (int)at;
}

/* A line that the other text lacks is changed whatever becomes of the rest. */
static void share(struct arena *arena, struct side *side,
		  const struct slot *slots)
{
	struct line *line;
	int i;

	side->shared = arena_alloc(arena, (size_t)side->nr + 1, sizeof(int));
	side->place = arena_alloc(arena, (size_t)side->nr + 1, sizeof(int));
	for (i = 0; i < side->nr; i++) {
		line = &side->lines[i];
		line->changed = !slots[line->id].has[0] ||
				!slots[line->id].has[1];
		if (line->changed)
			continue;
		side->shared[side->nr_shared] = line->id;
		side->place[side->nr_shared++] = i;
	}
}

static void number_lines(struct arena *arena, struct side side[2])
{
	size_t nr = (size_t)side[0].nr + (size_t)side[1].nr, size = 16;
	struct slot *slots;
	int which, i;

	while (size < nr * 2)
		size *= 2;
	slots = arena_alloc(arena, size, sizeof(*slots));
	for (which = 0; which < 2; which++)
		for (i = 0; i < side[which].nr; i++)
			number(&side[which].lines[i], which, slots, size - 1);
	for (which = 0; which < 2; which++)
		share(arena, &side[which], slots);
}

/* The furthest place that the diagonal's neighbours lead to, and the equal
 * lines behind it. NONE if neither can be left for it. */
static int step_from(const struct search *search, const struct box *box, int k)
{
	const int *old = search->side[0].shared + box->old;
	const int *new = search->side[1].shared + box->new;
	int nr_old = box->old_end - box->old, nr_new = box->new_end - box->new;
	int x = NONE, left = search->from[k - 1], right = search->from[k + 1];

	if (left != NONE && left < nr_old)
		x = left + 1;
	if (right != NONE && right - k <= nr_new && right > x)
		x = right;
	if (x == NONE)
		return NONE;
	while (x < nr_old && x - k < nr_new && old[x] == new[x - k])
		x++;
	return x;
}

/* The same from the end. INT_MAX is its NONE. */
static int step_back(const struct search *search, const struct box *box, int k)
{
	const int *old = search->side[0].shared + box->old;
	const int *new = search->side[1].shared + box->new;
	int x = INT_MAX, left = search->back[k - 1];
	int right = search->back[k + 1];

	if (right != INT_MAX && right > 0)
		x = right - 1;
	if (left != INT_MAX && left - k >= 0 && left < x)
		x = left;
	if (x == INT_MAX)
		return INT_MAX;
	while (x > 0 && x - k > 0 && old[x - 1] == new[x - k - 1])
		x--;
	return x;
}

static int lower(int a, int b)
{
	return a < b ? a : b;
}

static int higher(int a, int b)
{
	return a > b ? a : b;
}

/* The first diagonal from lowest on that a path of that parity can be on. */
static int first(int lowest, int limit)
{
	return lowest >= limit ? lowest : limit + ((limit - lowest) & 1);
}

/* One more edit from the start. True if a path from the end is met, at x, k. */
static bool go_from(struct search *search, const struct box *box, int edits,
		    int *x, int *k)
{
	int nr_old = box->old_end - box->old, nr_new = box->new_end - box->new;
	int delta = nr_old - nr_new, at;

	search->from[higher(-edits - 1, -nr_new - 1)] = NONE;
	search->from[lower(edits + 1, nr_old + 1)] = NONE;
	for (at = first(-edits, -nr_new); at <= lower(edits, nr_old); at += 2) {
		*x = search->from[at] = step_from(search, box, at);
		*k = at;
		if (delta & 1 && *x != NONE && at > delta - edits &&
		    at < delta + edits && *x >= search->back[at])
			return true;
	}
	return false;
}

static bool go_back(struct search *search, const struct box *box, int edits,
		    int *x, int *k)
{
	int nr_old = box->old_end - box->old, nr_new = box->new_end - box->new;
	int delta = nr_old - nr_new, at;

	search->back[higher(delta - edits - 1, -nr_new - 1)] = INT_MAX;
	search->back[lower(delta + edits + 1, nr_old + 1)] = INT_MAX;
	for (at = first(delta - edits, -nr_new);
	     at <= lower(delta + edits, nr_old); at += 2) {
		*x = search->back[at] = step_back(search, box, at);
		*k = at;
		if (!(delta & 1) && at >= -edits && at <= edits &&
		    search->from[at] != NONE && search->from[at] >= *x)
			return true;
	}
	return false;
}

/* Where the path got that is furthest from the start. */
static void guess(const struct search *search, const struct box *box, int edits,
		  int *x, int *k)
{
	int nr_old = box->old_end - box->old, nr_new = box->new_end - box->new;
	int at, best = NONE;

	for (at = first(-edits, -nr_new); at <= lower(edits, nr_old); at += 2) {
		if (search->from[at] == NONE ||
		    2 * search->from[at] - at <= best)
			continue;
		best = 2 * search->from[at] - at;
		*x = search->from[at];
		*k = at;
	}
}

/*
 * Cuts a box in two at a place that a shortest diff goes through, or at a
 * guess. The box begins and ends with lines that differ, so that at least two
 * edits are needed and neither part is the whole.
 */
static void cut(struct search *search, const struct box *box, struct box *head,
		struct box *tail)
{
	int nr_old = box->old_end - box->old;
	int delta = nr_old - (box->new_end - box->new);
	int edits, x = 0, k = 0;

	search->from[0] = 0;
	search->back[delta] = nr_old;
	for (edits = 1; edits <= EFFORT; edits++) {
		if (go_from(search, box, edits, &x, &k) ||
		    go_back(search, box, edits, &x, &k))
			break;
	}
	if (edits > EFFORT)
		guess(search, box, EFFORT, &x, &k);
	*head = *tail = *box;
	head->old_end = tail->old = box->old + x;
	head->new_end = tail->new = box->new + x - k;
}

static void trim(const struct search *search, struct box *box)
{
	const int *old = search->side[0].shared;
	const int *new = search->side[1].shared;

	while (box->old < box->old_end && box->new < box->new_end &&
	       old[box->old] == new[box->new]) {
		box->old++;
		box->new++;
	}
	while (box->old < box->old_end && box->new < box->new_end &&
	       old[box->old_end - 1] == new[box->new_end - 1]) {
		box->old_end--;
		box->new_end--;
	}
}

static void mark(struct side *side, int at, int end)
{
	for (; at < end; at++)
		side->lines[side->place[at]].changed = true;
}

/* The head of a cut needs at most half of the edits, or EFFORT of them: the
 * calls do not nest deep. */
static void compare(struct search *search, struct box box)
{
	struct box head, tail;

	for (;;) {
		trim(search, &box);
		if (box.old == box.old_end || box.new == box.new_end)
			break;
		cut(search, &box, &head, &tail);
		compare(search, head);
		box = tail;
	}
	mark(&search->side[0], box.old, box.old_end);
	mark(&search->side[1], box.new, box.new_end);
}

/* Places in both texts: what is between two of them is a run of changes, or a
 * hunk. */
struct place {
	int old, new;
};

/* The next run of changed lines from at on; its end too. False if none is. */
static bool next_change(const struct search *search, struct place *at,
			struct place *end)
{
	const struct side *old = &search->side[0], *new = &search->side[1];

	while (at->old < old->nr && at->new < new->nr &&
	       !old->lines[at->old].changed && !new->lines[at->new].changed) {
		at->old++;
		at->new++;
	}
	*end = *at;
	while (end->old < old->nr && old->lines[end->old].changed)
		end->old++;
	while (end->new < new->nr && new->lines[end->new].changed)
		end->new++;
	return end->old > at->old || end->new > at->new;
}

static void print_range(char sign, int at, int nr, FILE *out)
{
	fprintf(out, " %c%d", sign, nr ? at + 1 : at);
	if (nr != 1)
		fprintf(out, ",%d", nr);
}

static void print_line(char sign, const struct line *line, FILE *out)
{
	fputc(sign, out);
	fwrite(line->text, 1, line->len, out);
	fputc('\n', out);
}

static void print_hunk(const struct search *search, struct place at,
		       struct place end, FILE *out)
{
	const struct side *old = &search->side[0], *new = &search->side[1];

	fputs("@@", out);
	print_range('-', at.old, end.old - at.old, out);
	print_range('+', at.new, end.new - at.new, out);
	fputs(" @@\n", out);
	while (at.old < end.old || at.new < end.new) {
		if (at.old < end.old && old->lines[at.old].changed) {
			print_line('-', &old->lines[at.old++], out);
		} else if (at.new < end.new && new->lines[at.new].changed) {
			print_line('+', &new->lines[at.new++], out);
		} else {
			print_line(' ', &old->lines[at.old++], out);
			at.new++;
		}
	}
}

/* Runs of changes with no more than twice the context between share a hunk. */
static bool print_hunks(const struct search *search, FILE *out)
{
	struct place at = { 0, 0 }, end, start, next, next_end;
	int lead, trail;

	if (!next_change(search, &at, &end))
		return false;
	fprintf(out, "--- %s\n+++ %s\n", search->side[0].name,
		search->side[1].name);
	do {
		lead = lower(CONTEXT, lower(at.old, at.new));
		start = (struct place){ at.old - lead, at.new - lead };
		for (next = end; next_change(search, &next, &next_end) &&
				 next.old - end.old <= 2 * CONTEXT;
		     next = end)
			end = next_end;
		trail = lower(CONTEXT, search->side[0].nr - end.old);
		end.old += trail;
		end.new += trail;
		print_hunk(search, start, end, out);
		at = end;
	} while (next_change(search, &at, &end));
	return true;
}

bool diff_print(struct arena *arena, const struct diff_side *old,
		const struct diff_side *new, FILE *out)
{
	struct search search = { 0 };
	size_t nr;
	struct box all = { 0 };

	split_lines(arena, old, &search.side[0]);
	split_lines(arena, new, &search.side[1]);
	number_lines(arena, search.side);
	all.old_end = search.side[0].nr_shared;
	all.new_end = search.side[1].nr_shared;
	nr = (size_t)all.old_end + (size_t)all.new_end + 3;
	search.from = (int *)arena_alloc(arena, nr, sizeof(int)) +
		      all.new_end + 1;
	search.back = (int *)arena_alloc(arena, nr, sizeof(int)) +
		      all.new_end + 1;
	compare(&search, all);
	return print_hunks(&search, out);
}
