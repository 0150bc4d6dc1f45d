// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text that the dumps of matrix, tables and plan have in common: hooks' names,
 * a row's action with its extras, lists of numbers. In go elements of the ABI,
 * out comes one line's part, without a newline. It never reads an array's end
 * by itself.
 */
#include "dump.h"

#include <stdbool.h>

#include "abi.h"
#include "column.h"

const char *const hook_names[] = {
	[HOOK_INPUT] = "INPUT",
	[HOOK_FORWARD] = "FORWARD",
	[HOOK_OUTPUT] = "OUTPUT",
};

static const char *const op_names[NR_OPS] = {
	[OP_ACCEPT] = "accept",
	[OP_DROP] = "drop",
	[OP_CONTINUE] = "continue",
	[OP_RETURN] = "return",
	[OP_JUMP] = "jump",
	[OP_GOTO] = "goto",
};

static const char *const extra_names[NR_EXTRAS] = {
	[EXTRA_SADDR] = "saddr",
	[EXTRA_DADDR] = "daddr",
	[EXTRA_MARK] = "mark",
	[EXTRA_TCPOPT] = "tcpopt",
	[EXTRA_CT_SADDR] = "ct saddr",
	[EXTRA_CT_DADDR] = "ct daddr",
	[EXTRA_CT_PROTO] = "ct proto",
	[EXTRA_CT_SPORT] = "ct sport",
	[EXTRA_CT_DPORT] = "ct dport",
	[EXTRA_CT_REPLY_SPORT] = "ct reply sport",
	[EXTRA_CT_REPLY_DPORT] = "ct reply dport",
	[EXTRA_CT_EXPIRES] = "ct expires",
};

static void dump_extra(const struct abi_extra *extra, FILE *out)
{
	const char *name = extra_names[extra->kind];

	if (extra->kind == EXTRA_TCPOPT)
		fprintf(out, " %s%s %u", extra->invert ? "!" : "", name,
			extra->value);
	else if (extra->kind >= EXTRA_CT_PROTO)
		fprintf(out, " %s %s%u-%u", name, extra->invert ? "!" : "",
			extra->value, extra->mask);
	else
		fprintf(out, " %s & 0x%x %s 0x%x", name, extra->mask,
			extra->invert ? "!=" : "==", extra->value);
}

void dump_row(const struct abi_row *row, const struct abi_extra *extras,
	      FILE *out)
{
	unsigned int i;

	if (row->counter == COUNTER_NONE)
		fputs("counter - ", out);
	else
		fprintf(out, "counter %u ", row->counter);
	fputs(op_names[row->op], out);
	if (row->op == OP_JUMP || row->op == OP_GOTO)
		fprintf(out, " %u", row->jump);
	if (row->hot) {
		fputs(" hot ", out);
		column_print_headers(row->hot, out);
	}
	for (i = 0; i < row->nr_extras; i++)
		dump_extra(&extras[row->extra + i], out);
}

static void print_open(struct dump_list *list, bool again)
{
	fputs(again ? "," : "", list->out);
	column_print_range(list->first, list->last, list->out);
}

void dump_list_add(struct dump_list *list, uint32_t number)
{
	if (list->nr && number == list->last + 1) {
		list->last = number;
		return;
	}
	if (list->nr)
		print_open(list, list->nr > 1);
	list->nr++;
	list->first = list->last = number;
}

void dump_list_end(struct dump_list *list)
{
	if (list->nr)
		print_open(list, list->nr > 1);
	else
		fputs("none", list->out);
	list->nr = 0;
}
