// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ruleset as iptables-save writes it, byte for byte, from "*filter" to
 * "COMMIT". In: the ruleset and, if there are any, its counters. Out: text that
 * reads back as the same ruleset. Never changes anything.
 */
#include "ruleset.h"

#include "abi.h"
#include "match.h"

static const char *const target_names[NR_TARGETS] = {
	[TARGET_ACCEPT] = "ACCEPT",
	[TARGET_DROP] = "DROP",
	[TARGET_RETURN] = "RETURN",
};

/* What is printed, and how. */
struct printing {
	const struct ruleset *ruleset;
	const struct abi_counter *counters; /* NULL: zeros */
	bool with_counters;
	bool exact;		/* all tests, to be read back */
	FILE *out;
};

/* iptables' own tests and their options. */
static const char *const ip_options[NR_FIELDS] = {
	[FIELD_SADDR] = "-s", [FIELD_DADDR] = "-d", [FIELD_IIF] = "-i",
	[FIELD_OIF] = "-o",   [FIELD_PROTO] = "-p", [FIELD_FRAGMENT] = "-f",
};

/*
 * Some tests iptables keeps but does not save: the text then says less than the
 * rule. "! -i +" and "! --sport 0:65535" never match, "--tcp-flags NONE SYN"
 * neither.
 */
static bool unsaved_ip(const struct term *term)
{
	return term->type == VALUE_IFNAME && term->value.ifname.prefix &&
	       !*term->value.ifname.name;
}

static bool unsaved(const struct term *term, const struct match_option *option)
{
	if (option->whole_unsaved)
		return term->value.range.lo == 0 &&
		       term->value.range.hi == UINT16_MAX;
	return term->type == VALUE_TCP_FLAGS && !term->invert &&
	       term->value.masked.mask == 0;
}

static void print_ip(const struct printing *printing,
		     const struct match *match)
{
	const struct term *term = match->terms;
	FILE *out = printing->out;
	unsigned int i;

	for (i = 0; i < match->nr_terms; i++, term++) {
		if (unsaved_ip(term) && !printing->exact)
			continue;
		fputs(term->invert ? " ! " : " ", out);
		fputs(ip_options[term->field], out);
		if (term->type != VALUE_NONE)
			fputc(' ', out);
		value_format(term->type, &term->value,
			     printing->ruleset->lookup, out);
	}
}

static void print_match(const struct printing *printing,
			const struct match *match)
{
	const struct match_type *type = &match_types[match->kind];
	const struct match_option *option;
	const struct term *term = match->terms;
	FILE *out = printing->out;
	unsigned int i;

	fputs(" -m ", out);
	fputs(type->name, out);
	for (i = 0; i < match->nr_terms; i++, term++) {
		option = &type->options[term->option];
		if (unsaved(term, option) && !printing->exact)
			continue;
		fputs(term->invert ? " ! --" : " --", out);
		fputs(option->saved, out);
		fputc(' ', out);
		value_format(option->type, &term->value,
			     printing->ruleset->lookup, out);
	}
}

static void print_counters(const struct printing *printing, unsigned int index)
{
	const struct abi_counter zero = { 0 }, *counter = &zero;

	if (printing->counters)
		counter = &printing->counters[index];
	fprintf(printing->out, "[%llu:%llu]",
		(unsigned long long)counter->packets,
		(unsigned long long)counter->bytes);
}

static void print_rule(const struct printing *printing,
		       const struct chain *chain, const struct rule *rule)
{
	FILE *out = printing->out;
	unsigned int i;

	fputs("-A ", out);
	fputs(chain->name, out);
	print_ip(printing, &rule->matches[0]);
	/* No test, but without any the rule would end its chain. */
	if (printing->exact && rule->any_device &&
	    rule->matches[0].nr_terms == 0)
		fputs(chain->hook == HOOK_OUTPUT ? " -o +" : " -i +", out);
	for (i = 1; i < rule->nr_matches; i++)
		print_match(printing, &rule->matches[i]);
	if (rule->target != TARGET_NONE)
		fputs(rule->target == TARGET_GOTO ? " -g " : " -j ", out);
	if (target_names[rule->target])
		fputs(target_names[rule->target], out);
	else if (rule->jump)
		fputs(rule->jump->name, out);
	fputc('\n', out);
}

static void print_chain(const struct printing *printing,
			const struct chain *chain)
{
	FILE *out = printing->out;

	if (chain->hook < 0) {
		fprintf(out, ":%s - [0:0]\n", chain->name);
		return;
	}
	fprintf(out, ":%s %s ", chain->name, target_names[chain->policy]);
	print_counters(printing, (unsigned int)chain->hook);
	fputc('\n', out);
}

static void print(const struct printing *printing)
{
	const struct ruleset *ruleset = printing->ruleset;
	const struct chain *chain;
	unsigned int i, j;

	fputs("*filter\n", printing->out);
	for (i = 0; i < ruleset->nr_chains; i++)
		print_chain(printing, ruleset->chains[i]);
	for (i = 0; i < ruleset->nr_chains; i++) {
		chain = ruleset->chains[i];
		for (j = 0; j < chain->nr_rules; j++) {
			if (printing->with_counters) {
				print_counters(printing,
					       chain->first_counter + j);
				fputc(' ', printing->out);
			}
			print_rule(printing, chain, &chain->rules[j]);
		}
	}
	fputs("COMMIT\n", printing->out);
}

void print_ruleset(const struct ruleset *ruleset,
		   const struct abi_counter *counters, bool with_counters,
		   FILE *out)
{
	const struct printing printing = {
		.ruleset = ruleset,
		.counters = counters,
		.with_counters = with_counters,
		.out = out,
	};

	print(&printing);
}

void print_ruleset_exact(const struct ruleset *ruleset, FILE *out)
{
	const struct printing printing = {
		.ruleset = ruleset,
		.exact = true,
		.out = out,
	};

	print(&printing);
}
