// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --dump=ruleset: the ruleset as it is in memory, for golden files. In: the
 * ruleset. Out: a line for each chain, rule, match and term. What print.c hides
 * as iptables does is shown here.
 */
#include "ruleset.h"

#include "match.h"

static const char *const field_names[NR_FIELDS] = {
	[FIELD_NONE] = "none",
	[FIELD_IIF] = "iif",
	[FIELD_OIF] = "oif",
	[FIELD_SADDR] = "saddr",
	[FIELD_DADDR] = "daddr",
	[FIELD_PROTO] = "proto",
	[FIELD_FRAGMENT] = "fragment",
	[FIELD_SPORT] = "sport",
	[FIELD_DPORT] = "dport",
	[FIELD_PORTS] = "ports",
	[FIELD_TCP_FLAGS] = "tcp-flags",
	[FIELD_TCP_OPTION] = "tcp-option",
	[FIELD_ICMP] = "icmp",
	[FIELD_LENGTH] = "length",
	[FIELD_TTL] = "ttl",
	[FIELD_TOS] = "tos",
	[FIELD_MARK] = "mark",
	[FIELD_MAC] = "mac",
	[FIELD_PKTTYPE] = "pkttype",
	[FIELD_CT_STATE] = "ct-state",
	[FIELD_CT_PROTO] = "ct-proto",
	[FIELD_CT_ORIGSRC] = "ct-origsrc",
	[FIELD_CT_ORIGDST] = "ct-origdst",
	[FIELD_CT_REPLSRC] = "ct-replsrc",
	[FIELD_CT_REPLDST] = "ct-repldst",
	[FIELD_CT_ORIGSRC_PORT] = "ct-origsrc-port",
	[FIELD_CT_ORIGDST_PORT] = "ct-origdst-port",
	[FIELD_CT_REPLSRC_PORT] = "ct-replsrc-port",
	[FIELD_CT_REPLDST_PORT] = "ct-repldst-port",
	[FIELD_CT_STATUS] = "ct-status",
	[FIELD_CT_EXPIRE] = "ct-expire",
	[FIELD_CT_DIR] = "ct-dir",
};

static const char *const target_names[NR_TARGETS] = {
	[TARGET_NONE] = "none",	    [TARGET_ACCEPT] = "accept",
	[TARGET_DROP] = "drop",	    [TARGET_RETURN] = "return",
	[TARGET_JUMP] = "jump",	    [TARGET_GOTO] = "goto",
};

static void dump_range(const union value *value, FILE *out)
{
	fprintf(out, " %u-%u", value->range.lo, value->range.hi);
}

static void dump_masked(const union value *value, FILE *out)
{
	fprintf(out, " 0x%x/0x%x", value->masked.value, value->masked.mask);
}

static void dump_icmp(const union value *value, FILE *out)
{
	fprintf(out, " %u/%u-%u", value->icmp.type, value->icmp.code_lo,
		value->icmp.code_hi);
}

/* Types that are clearer as numbers; the others are written as saved. */
static void (*const dumps[NR_VALUE_TYPES])(const union value *, FILE *) = {
	[VALUE_ADDR] = dump_masked,	  [VALUE_PORT] = dump_range,
	[VALUE_TCP_FLAGS] = dump_masked,  [VALUE_ICMP] = dump_icmp,
	[VALUE_LENGTH] = dump_range,	  [VALUE_TTL] = dump_range,
	[VALUE_TOS] = dump_masked,	  [VALUE_DSCP] = dump_masked,
	[VALUE_MARK] = dump_masked,	  [VALUE_CT_ADDR] = dump_masked,
	[VALUE_CT_EXPIRE] = dump_range,
};

static void dump_term(const struct ruleset *ruleset, const struct term *term,
		      FILE *out)
{
	fprintf(out, "   %u:%u %s%s", term->at.line, term->at.column,
		term->invert ? "! " : "", field_names[term->field]);
	if (dumps[term->type]) {
		dumps[term->type](&term->value, out);
	} else if (term->type != VALUE_NONE) {
		fputc(' ', out);
		value_format(term->type, &term->value, ruleset->lookup, out);
	}
	fputc('\n', out);
}

static void dump_match(const struct ruleset *ruleset, const struct match *match,
		       FILE *out)
{
	const char *name = match_types[match->kind].name;
	unsigned int i;

	/* What tests nothing is not worth a line. */
	if (!name && !match->nr_terms)
		return;
	fprintf(out, "  match %s\n", name ? name : "ip");
	for (i = 0; i < match->nr_terms; i++)
		dump_term(ruleset, &match->terms[i], out);
}

static void dump_rule(const struct ruleset *ruleset, const struct rule *rule,
		      unsigned int counter, FILE *out)
{
	unsigned int i;

	fprintf(out, " rule %u line %u %s", counter, rule->at.line,
		target_names[rule->target]);
	if (rule->jump)
		fprintf(out, " %s", rule->jump->name);
	fprintf(out, " [%llu:%llu]%s\n", (unsigned long long)rule->packets,
		(unsigned long long)rule->bytes, rule->dead ? " dead" : "");
	for (i = 0; i < rule->nr_matches; i++)
		dump_match(ruleset, &rule->matches[i], out);
}

void ruleset_dump(const struct ruleset *ruleset, FILE *out)
{
	const struct chain *chain;
	unsigned int i, j;

	fprintf(out, "%u chains, %u rules, %u counters%s%s\n",
		ruleset->nr_chains, ruleset->nr_rules, ruleset->nr_counters,
		ruleset->counters ? ", counted" : "",
		ruleset->given ? "" : ", no table");
	for (i = 0; i < ruleset->nr_chains; i++) {
		chain = ruleset->chains[i];
		fprintf(out, "chain %s", chain->name);
		if (chain->hook >= 0)
			fprintf(out, " policy %s%s [%llu:%llu]",
				target_names[chain->policy],
				chain->kept ? " kept" : "",
				(unsigned long long)chain->packets,
				(unsigned long long)chain->bytes);
		fputc('\n', out);
		for (j = 0; j < chain->nr_rules; j++)
			dump_rule(ruleset, &chain->rules[j],
				  chain->first_counter + j, out);
	}
}
