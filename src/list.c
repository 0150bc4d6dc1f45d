// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A rule as `iptables -L` writes it, blanks and all: what -v prints. In: the
 * rule. Out: one line of text for people, which no program reads back. Names
 * are those that iptables has itself, nothing is looked up.
 */
#include "list.h"

#include "lookup.h"
#include "match.h"
#include "ruleset.h"

static const char *bang(const struct term *term)
{
	return term->invert ? "!" : "";
}

static void list_ports(const struct term *term, const char *name, FILE *out)
{
	bool one = term->value.range.lo == term->value.range.hi;

	fprintf(out, " %s%s:%s%u", name, one ? "" : "s", bang(term),
		term->value.range.lo);
	if (!one)
		fprintf(out, ":%u", term->value.range.hi);
}

static void list_sport(const struct term *term, FILE *out)
{
	list_ports(term, "spt", out);
}

static void list_dport(const struct term *term, FILE *out)
{
	list_ports(term, "dpt", out);
}

static void list_flags(const struct term *term, FILE *out)
{
	if (term->value.masked.mask || term->invert)
		fprintf(out, " flags:%s0x%02X/0x%02X", bang(term),
			term->value.masked.mask, term->value.masked.value);
}

static void list_tcp_option(const struct term *term, FILE *out)
{
	fprintf(out, " option=%s%u", bang(term), term->value.byte);
}

static void list_icmp(const struct term *term, FILE *out)
{
	unsigned int lo = term->value.icmp.code_lo;
	unsigned int hi = term->value.icmp.code_hi;

	fprintf(out, term->invert ? " icmp !type %u" : " icmptype %u",
		term->value.icmp.type);
	if (lo == hi)
		fprintf(out, " code %u", lo);
	else if (lo != 0 || hi != UINT8_MAX)
		fprintf(out, " codes %u-%u", lo, hi);
}

/* Words before a value that is written as it is saved. */
static void list_value(const struct term *term, const char *words,
		       const char *inverted, FILE *out)
{
	fputs(term->invert ? inverted : words, out);
	value_format(term->type, &term->value, NULL, out);
}

static void list_source_range(const struct term *term, FILE *out)
{
	list_value(term, " source IP range ", " source IP range ! ", out);
}

static void list_target_range(const struct term *term, FILE *out)
{
	list_value(term, " destination IP range ", " destination IP range ! ",
		   out);
}

static void list_length(const struct term *term, FILE *out)
{
	list_value(term, " length ", " length !", out);
}

static void list_tos(const struct term *term, FILE *out)
{
	if (term->type == VALUE_DSCP)
		list_value(term, " DSCP match ", " DSCP match !", out);
	else
		list_value(term, " tos match", " tos match!", out);
}

static void list_mark(const struct term *term, FILE *out)
{
	list_value(term, " mark match ", " mark match ! ", out);
}

static void list_mac(const struct term *term, FILE *out)
{
	list_value(term, " MAC ", " MAC ! ", out);
}

static void list_pkttype(const struct term *term, FILE *out)
{
	list_value(term, " PKTTYPE = ", " PKTTYPE != ", out);
}

static void list_comment(const struct term *term, FILE *out)
{
	fprintf(out, " /* %s */", term->value.string);
}

static void list_ttl(const struct term *term, FILE *out)
{
	const struct match_option *option =
		&match_types[MATCH_TTL].options[term->option];
	const char *sign = term->invert			 ? "!=" :
			   option->type == VALUE_TTL_LT ? "<" :
			   option->type == VALUE_TTL_GT ? ">" :
							  "==";

	fprintf(out, " TTL match TTL %s ", sign);
	value_format(option->type, &term->value, NULL, out);
}

static void list_multiport(const struct term *term, FILE *out)
{
	const struct match_option *option =
		&match_types[MATCH_MULTIPORT].options[term->option];

	fprintf(out, " multiport %s %s", option->saved,
		term->invert ? " !" : "");
	value_format(term->type, &term->value, NULL, out);
}

/* Tests of connections are listed as they are saved. */
static void list_conntrack(const struct match *match, const struct term *term,
			   FILE *out)
{
	const struct match_option *option =
		&match_types[match->kind].options[term->option];

	fprintf(out, "%s %s ", term->invert ? " !" : "", option->saved);
	value_format(term->type, &term->value, NULL, out);
}

/* How a test is listed, by what it tests; multiport's ports apart. */
static void (*const lists[NR_FIELDS])(const struct term *term, FILE *out) = {
	[FIELD_NONE] = list_comment,
	[FIELD_SPORT] = list_sport,
	[FIELD_DPORT] = list_dport,
	[FIELD_TCP_FLAGS] = list_flags,
	[FIELD_TCP_OPTION] = list_tcp_option,
	[FIELD_ICMP] = list_icmp,
	[FIELD_SADDR] = list_source_range,
	[FIELD_DADDR] = list_target_range,
	[FIELD_LENGTH] = list_length,
	[FIELD_TTL] = list_ttl,
	[FIELD_TOS] = list_tos,
	[FIELD_MARK] = list_mark,
	[FIELD_MAC] = list_mac,
	[FIELD_PKTTYPE] = list_pkttype,
};

static void list_match(const struct match *match, FILE *out)
{
	const struct match_type *type = &match_types[match->kind];
	unsigned int i;

	/* The protocols' matches say their name whatever they test. */
	if (type->optional)
		fprintf(out, " %s", type->name);
	for (i = 0; i < match->nr_terms; i++) {
		if (match->kind == MATCH_MULTIPORT)
			list_multiport(&match->terms[i], out);
		else if (match->kind == MATCH_STATE ||
			 match->kind == MATCH_CONNTRACK)
			list_conntrack(match, &match->terms[i], out);
		else
			lists[match->terms[i].field](&match->terms[i], out);
	}
}

/* The test of a field among iptables' own, or one that says nothing. */
static const struct term *ip_term(const struct rule *rule, enum field field)
{
	static const struct term none;
	const struct match *ip = &rule->matches[0];
	unsigned int i;

	for (i = 0; i < ip->nr_terms; i++) {
		if (ip->terms[i].field == field)
			return &ip->terms[i];
	}
	return &none;
}

static void list_protocol(const struct rule *rule, FILE *out)
{
	const struct term *term = ip_term(rule, FIELD_PROTO);
	const char *name = lookup_own_protocol(term->value.byte);

	fputc(term->invert ? '!' : ' ', out);
	if (name)
		fputs(name, out);
	else
		fprintf(out, "%u", term->value.byte);
}

static void list_device(const struct rule *rule, enum field field, FILE *out)
{
	const struct term *term = ip_term(rule, field);

	fputs(bang(term), out);
	if (term->field == field)
		value_format(VALUE_IFNAME, &term->value, NULL, out);
	else
		fputc('*', out);
}

static void list_address(const struct term *term, FILE *out)
{
	uint32_t addr = term->value.masked.value;

	if (term->value.masked.mask == UINT32_MAX)
		fprintf(out, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
			addr >> 8 & 255, addr & 255);
	else
		value_format(VALUE_ADDR, &term->value, NULL, out);
}

static const char *fragment_word(const struct rule *rule)
{
	const struct term *term = ip_term(rule, FIELD_FRAGMENT);

	if (term->field != FIELD_FRAGMENT)
		return "--";
	return term->invert ? "!f" : "-f";
}

void list_rule(const struct rule *rule, const char *target, FILE *out)
{
	const struct term *source = ip_term(rule, FIELD_SADDR);
	const struct term *destination = ip_term(rule, FIELD_DADDR);
	unsigned int i;

	fprintf(out, "%s ", target ? target : "");
	list_protocol(rule, out);
	fprintf(out, " opt %s in ", fragment_word(rule));
	list_device(rule, FIELD_IIF, out);
	fputs(" out ", out);
	list_device(rule, FIELD_OIF, out);
	fputs(source->invert ? " !" : "  ", out);
	list_address(source, out);
	fputs(destination->invert ? " !-> " : "  -> ", out);
	list_address(destination, out);
	fputs("  ", out);
	if (rule->target == TARGET_GOTO)
		fputs("[goto] ", out);
	for (i = 1; i < rule->nr_matches; i++)
		list_match(&rule->matches[i], out);
	fputc('\n', out);
}
