// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The last step left of the kernel: matrix and tables of each hook, the text to
 * be kept with them and the counters to begin with. In goes a checked ruleset,
 * out comes plain data. Here what a ruleset has too much of is put into words;
 * nothing is opened, loaded or attached.
 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>

#include "arena.h"
#include "column.h"
#include "diag.h"
#include "dump.h"
#include "matrix.h"
#include "ruleset.h"

/* How a limit that was passed is worded, with the chain's name in front. */
struct excess {
	int err;
	const char *text;
};

static const struct excess matrix_excess[] = {
	{ -E2BIG, "has more than 262144 rows" },
	{ -EFBIG, "reaches rules with more than 8388608 ranges of values" },
	{ -ELOOP, "jumps to chains nested deeper than 4096" },
	{ 0, NULL },
};

static const struct excess tables_excess[] = {
	{ -E2BIG, "reaches rules whose tables take more than 512 MiB" },
	{ -ENOSPC, "reaches rules with more than 32767 interfaces or MACs" },
	{ 0, NULL },
};

_Static_assert(MAX_ROWS == 262144 && MAX_DEPTH == 4096 &&
	       MAX_INTERVALS == 8388608 && SEARCH_MAX == 65536, "messages");

/* Reports what a chain has too much of. Whatever else there is, is the
 * system's. */
static int report(struct diag *diag, const struct excess *excess,
		  const struct chain *chain, int err)
{
	/* A built-in chain need not be declared. */
	const struct loc at = chain->at.line || !chain->nr_rules ?
			      chain->at : chain->rules[0].at;

	for (; excess->text; excess++) {
		if (excess->err != err)
			continue;
		diag_error(diag, DIAG_PARAMETER, at, NULL,
			   "chain `%s' %s", chain->name, excess->text);
		return err;
	}
	return diag_system(diag, -err, "building the tables of chain `%s'",
			   chain->name);
}

static int build_hook(struct arena *arena, const struct ruleset *ruleset,
		      enum hook hook, struct diag *diag, struct tables *tables)
{
	const struct chain *chain = ruleset->chains[hook];
	struct matrix matrix;
	int err = matrix_build(arena, ruleset, hook, &matrix);

	if (err == -ENOSPC) {
		diag_error(diag, DIAG_PARAMETER, matrix.failed->at, NULL,
			   "too many --ports, --tcp-option, masks with holes "
			   "or tests of connections in one rule");
		return err;
	}
	if (err)
		return report(diag, matrix_excess, chain, err);
	err = tables_build(&matrix, ruleset->nr_counters, tables);
	return err ? report(diag, tables_excess, chain, err) : 0;
}

static int build_text(const struct ruleset *ruleset, struct diag *diag,
		      struct plan *plan)
{
	FILE *out = open_memstream(&plan->text, &plan->text_len);

	if (!out)
		return diag_system(diag, errno, "writing the ruleset's text");
	print_ruleset_exact(ruleset, out);
	if (fclose(out))
		return diag_system(diag, errno, "writing the ruleset's text");
	return 0;
}

/* from as a rule's. */
static void set_counter(const struct ruleset *ruleset, struct plan *plan,
			unsigned int index, unsigned int from,
			struct abi_counter start)
{
	if (from) {
		start.packets -= ruleset->seen[from - 1].packets;
		start.bytes -= ruleset->seen[from - 1].bytes;
	}
	plan->counters[index] = start;
	if (plan->from)
		plan->from[index] = from ? from - 1 : COUNTER_NONE;
}

static void build_counters(struct arena *arena, const struct ruleset *ruleset,
			   struct plan *plan)
{
	unsigned int i, r;

	plan->nr_counters = ruleset->nr_counters;
	plan->counters = arena_alloc(arena, ruleset->nr_counters,
				     sizeof(*plan->counters));
	plan->nr_before = ruleset->nr_seen;
	if (ruleset->seen)
		plan->from = arena_alloc(arena, ruleset->nr_counters,
					 sizeof(*plan->from));
	for (i = 0; i < ruleset->nr_chains; i++) {
		const struct chain *chain = ruleset->chains[i];

		if (chain->hook >= 0)
			set_counter(ruleset, plan, (unsigned int)chain->hook,
				    chain->from, (struct abi_counter){
				    chain->packets, chain->bytes });
		for (r = 0; r < chain->nr_rules; r++) {
			const struct rule *rule = &chain->rules[r];

			set_counter(ruleset, plan, chain->first_counter + r,
				    rule->from, (struct abi_counter){
				    rule->packets, rule->bytes });
		}
	}
}

int plan_build(struct arena *arena, const struct ruleset *ruleset,
	       struct diag *diag, struct plan *plan)
{
	enum hook hook;
	int err = 0;

	*plan = (struct plan){ 0 };
	build_counters(arena, ruleset, plan);
	for (hook = 0; hook < NR_HOOKS && !err; hook++)
		err = build_hook(arena, ruleset, hook, diag,
				 &plan->hook[hook]);
	if (!err)
		err = build_text(ruleset, diag, plan);
	if (err)
		plan_free(plan);
	return err;
}

void plan_free(struct plan *plan)
{
	enum hook hook;

	for (hook = 0; hook < NR_HOOKS; hook++)
		tables_free(&plan->hook[hook]);
	free(plan->text);
	*plan = (struct plan){ 0 };
}

static void dump_columns(const struct abi_config *config, FILE *out)
{
	const char *before = "columns ";
	enum column c;

	for (c = 0; c < NR_COLUMNS; c++) {
		if (config->column[c].classifier == CLASSIFY_NONE)
			continue;
		fprintf(out, "%s%s", before, columns[c].name);
		before = ",";
	}
	fputs(*before == ',' ? "" : "no columns", out);
	fputs(config->reads_header ? "; reads headers" : "", out);
	fputs(config->reads_tcpopt ? "; reads TCP options" : "", out);
	fputs(config->tracked ? "; tracked" : "", out);
	fputs(config->datagrams ? "; datagrams" : "", out);
	fputc('\n', out);
}

static void dump_hook(const struct tables *tables, FILE *out)
{
	const struct abi_config *config = &tables->config;

	fprintf(out, "hook %s: levels %u, rows %u, policy row %u, depth %u, "
		"steps %u\n", hook_names[config->hook], config->levels,
		config->nr_rows, config->policy_row, config->depth,
		config->steps);
	fprintf(out, "  tables %u, words %u, extras %u, counters %u\n  ",
		config->nr_tables, config->nr_words, config->nr_extras,
		config->nr_counters);
	dump_columns(config, out);
}

void plan_dump(const struct plan *plan, FILE *out)
{
	unsigned int i;
	enum hook hook;

	for (hook = 0; hook < NR_HOOKS; hook++)
		dump_hook(&plan->hook[hook], out);
	fprintf(out, "counters %u\n", plan->nr_counters);
	for (i = 0; i < plan->nr_counters; i++)
		if (plan->counters[i].packets || plan->counters[i].bytes)
			fprintf(out, "  %u: %llu:%llu\n", i,
				(unsigned long long)plan->counters[i].packets,
				(unsigned long long)plan->counters[i].bytes);
	fprintf(out, "text %zu bytes\n", plan->text_len);
	fwrite(plan->text, 1, plan->text_len, out);
}
