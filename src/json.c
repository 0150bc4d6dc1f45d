// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ruleset as JSON, a line for each rule. In: the ruleset and, if there are
 * any, its counters. Out: one object, always valid: strings may hold any byte
 * but NUL. All tests are there, also those that iptables-save leaves out.
 */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "abi.h"
#include "match.h"
#include "ruleset.h"

#define TEXT_MAX	256	/* of values whose text is fixed words */

/* What is printed, and where to. */
struct printing {
	const struct ruleset *ruleset;
	const struct abi_counter *counters; /* NULL: zeros */
	FILE *out;
};

/* iptables' own tests, by the long names of their options. */
static const char *const ip_options[NR_FIELDS] = {
	[FIELD_SADDR] = "source",
	[FIELD_DADDR] = "destination",
	[FIELD_IIF] = "in-interface",
	[FIELD_OIF] = "out-interface",
	[FIELD_PROTO] = "protocol",
	[FIELD_FRAGMENT] = "fragment",
};

static const char *const verdicts[NR_TARGETS] = {
	[TARGET_ACCEPT] = "ACCEPT",
	[TARGET_DROP] = "DROP",
	[TARGET_RETURN] = "RETURN",
};

/* First bytes of UTF-8 sequences: bits that are fixed, their number of further
 * bytes and the lowest character that may be written so. */
static const struct {
	uint8_t mask, bits;
	unsigned int further;
	uint32_t lowest;
} sequences[] = {
	{ 0x80, 0x00, 0, 0x0 },
	{ 0xe0, 0xc0, 1, 0x80 },
	{ 0xf0, 0xe0, 2, 0x800 },
	{ 0xf8, 0xf0, 3, 0x10000 },
};

/* How many bytes the character at text has, 0 if they are no UTF-8. */
static unsigned int utf8_len(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	uint32_t character;
	unsigned int i, j;

	for (i = 0; i < sizeof(sequences) / sizeof(*sequences); i++)
		if ((*at & sequences[i].mask) == sequences[i].bits)
			break;
	if (i == sizeof(sequences) / sizeof(*sequences))
		return 0;
	character = *at & (uint8_t)~sequences[i].mask;
	for (j = 1; j <= sequences[i].further; j++) {
		if ((at[j] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (at[j] & 0x3f);
	}
	if (character < sequences[i].lowest || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	return sequences[i].further + 1;
}

/* A byte that is no UTF-8 becomes a lone low surrogate, as in Python. */
static void put_string(const char *text, FILE *out)
{
	unsigned int len;

	fputc('"', out);
	for (; *text; text += len) {
		len = utf8_len(text);
		if (!len) {
			fprintf(out, "\\udc%02x", (uint8_t)*text);
			len = 1;
		} else if (*text == '"' || *text == '\\') {
			fprintf(out, "\\%c", *text);
		} else if ((uint8_t)*text < 0x20 || *text == 0x7f) {
			fprintf(out, "\\u%04x", (uint8_t)*text);
		} else {
			fwrite(text, 1, len, out);
		}
	}
	fputc('"', out);
}

static void put_addr(uint32_t addr, FILE *out)
{
	fprintf(out, "\"%u.%u.%u.%u\"", addr >> 24, addr >> 16 & 0xff,
		addr >> 8 & 0xff, addr & 0xff);
}

static void put_none(const union value *value, FILE *out)
{
	(void)value;
	fputs("null", out);
}

static void put_ifname(const union value *value, FILE *out)
{
	char text[IFNAME_SIZE + 1];

	snprintf(text, sizeof(text), "%.*s%s", IFNAME_SIZE - 1,
		 value->ifname.name, value->ifname.prefix ? "+" : "");
	put_string(text, out);
}

static void put_masked_addr(const union value *value, FILE *out)
{
	fputs("{\"address\":", out);
	put_addr(value->masked.value, out);
	fputs(",\"mask\":", out);
	put_addr(value->masked.mask, out);
	fputc('}', out);
}

static void put_addr_range(const union value *value, FILE *out)
{
	fputs("{\"from\":", out);
	put_addr(value->range.lo, out);
	fputs(",\"to\":", out);
	put_addr(value->range.hi, out);
	fputc('}', out);
}

static void put_one_range(const struct value_range *range, FILE *out)
{
	fprintf(out, "{\"from\":%u,\"to\":%u}", range->lo, range->hi);
}

static void put_range(const union value *value, FILE *out)
{
	put_one_range(&value->range, out);
}

static void put_list(const union value *value, FILE *out)
{
	unsigned int i;

	fputc('[', out);
	for (i = 0; i < value->list->nr; i++) {
		if (i)
			fputc(',', out);
		put_one_range(&value->list->range[i], out);
	}
	fputc(']', out);
}

static void put_byte(const union value *value, FILE *out)
{
	fprintf(out, "%u", value->byte);
}

static void put_icmp(const union value *value, FILE *out)
{
	fprintf(out, "{\"type\":%u,\"codes\":{\"from\":%u,\"to\":%u}}",
		value->icmp.type, value->icmp.code_lo, value->icmp.code_hi);
}

static void put_masked(const union value *value, FILE *out)
{
	fprintf(out, "{\"value\":%u,\"mask\":%u}", value->masked.value,
		value->masked.mask);
}

static void put_dscp(const union value *value, FILE *out)
{
	fprintf(out, "%u", value->masked.value >> 2);
}

static void put_text(const union value *value, FILE *out)
{
	put_string(value->string, out);
}

/* The text of a value, made of fixed words. */
static void make_words(enum value_type type, const union value *value,
		       char text[TEXT_MAX])
{
	FILE *words = fmemopen(text, TEXT_MAX, "w");

	text[0] = '\0';
	if (!words)
		return;
	value_format(type, value, NULL, words);
	fclose(words);
	text[TEXT_MAX - 1] = '\0';
}

/* "A,B" as a list of both, up to the end or a blank; "NONE" as an empty one. */
static const char *put_words(const char *text, FILE *out)
{
	const char *at = text;
	size_t len;

	fputc('[', out);
	for (;; at += len + 1) {
		len = strcspn(at, ", ");
		if (len && !(at == text && strncmp(at, "NONE", len) == 0))
			fprintf(out, "%s\"%.*s\"", at == text ? "" : ",",
				(int)len, at);
		if (at[len] != ',')
			break;
	}
	fputc(']', out);
	return at + len;
}

/* One word, or a list of some. */
static void put_all(enum value_type type, const union value *value, FILE *out)
{
	char text[TEXT_MAX];

	make_words(type, value, text);
	put_words(text, out);
}

static void put_word(enum value_type type, const union value *value, FILE *out)
{
	char text[TEXT_MAX];

	make_words(type, value, text);
	put_string(text, out);
}

static void put_ct_state(const union value *value, FILE *out)
{
	put_all(VALUE_CT_STATE, value, out);
}

static void put_ct_status(const union value *value, FILE *out)
{
	put_all(VALUE_CT_STATUS, value, out);
}

static void put_flags(const union value *value, FILE *out)
{
	char text[TEXT_MAX];
	const char *set;

	make_words(VALUE_TCP_FLAGS, value, text);
	fputs("{\"mask\":", out);
	set = put_words(text, out);
	fputs(",\"set\":", out);
	put_words(set + (*set == ' '), out);
	fputc('}', out);
}

static void put_mac(const union value *value, FILE *out)
{
	put_word(VALUE_MAC, value, out);
}

static void put_pkttype(const union value *value, FILE *out)
{
	put_word(VALUE_PKTTYPE, value, out);
}

static void put_ct_dir(const union value *value, FILE *out)
{
	put_word(VALUE_CT_DIR, value, out);
}

/* By the types that values are kept in. */
static void (*const puts_value[NR_VALUE_TYPES])(const union value *value,
						FILE *out) = {
	[VALUE_NONE] = put_none,
	[VALUE_IFNAME] = put_ifname,
	[VALUE_ADDR] = put_masked_addr,
	[VALUE_ADDR_RANGE] = put_addr_range,
	[VALUE_PROTO] = put_byte,
	[VALUE_PORT] = put_range,
	[VALUE_PORT_LIST] = put_list,
	[VALUE_TCP_FLAGS] = put_flags,
	[VALUE_TCP_OPTION] = put_byte,
	[VALUE_ICMP] = put_icmp,
	[VALUE_LENGTH] = put_range,
	[VALUE_TTL] = put_range,
	[VALUE_TOS] = put_masked,
	[VALUE_DSCP] = put_dscp,
	[VALUE_MARK] = put_masked,
	[VALUE_MAC] = put_mac,
	[VALUE_PKTTYPE] = put_pkttype,
	[VALUE_STRING] = put_text,
	[VALUE_CT_STATE] = put_ct_state,
	[VALUE_CT_STATUS] = put_ct_status,
	[VALUE_CT_DIR] = put_ct_dir,
	[VALUE_CT_PROTO] = put_byte,
	[VALUE_CT_ADDR] = put_masked_addr,
	[VALUE_CT_EXPIRE] = put_range,
};

static void put_term(const struct term *term, const char *option, FILE *out)
{
	fprintf(out, "{\"option\":\"%s\",\"invert\":%s,\"value\":", option,
		term->invert ? "true" : "false");
	puts_value[value_base(term->type)](&term->value, out);
	fputc('}', out);
}

static void put_match(const struct match *match, FILE *out)
{
	const struct match_type *type = &match_types[match->kind];
	const struct term *term = match->terms;
	unsigned int i;

	fprintf(out, "{\"match\":\"%s\",\"tests\":[",
		match->kind == MATCH_IP ? "ip" : type->name);
	for (i = 0; i < match->nr_terms; i++, term++) {
		if (i)
			fputc(',', out);
		put_term(term, match->kind == MATCH_IP ?
				       ip_options[term->field] :
				       type->options[term->option].saved, out);
	}
	fputs("]}", out);
}

static void put_matches(const struct rule *rule, FILE *out)
{
	unsigned int i;
	bool any = false;

	fputs("\"matches\":[", out);
	for (i = 0; i < rule->nr_matches; i++) {
		if (rule->matches[i].kind == MATCH_IP &&
		    !rule->matches[i].nr_terms)
			continue;
		if (any)
			fputc(',', out);
		put_match(&rule->matches[i], out);
		any = true;
	}
	fputc(']', out);
}

static void put_counters(const struct printing *printing, unsigned int index)
{
	const struct abi_counter zero = { 0 }, *counter = &zero;

	if (printing->counters)
		counter = &printing->counters[index];
	fprintf(printing->out, "\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64,
		(uint64_t)counter->packets, (uint64_t)counter->bytes);
}

static void put_target(const struct rule *rule, FILE *out)
{
	fputs(",\"target\":", out);
	if (verdicts[rule->target]) {
		fprintf(out, "{\"verdict\":\"%s\"}", verdicts[rule->target]);
	} else if (rule->jump) {
		fprintf(out, "{\"%s\":",
			rule->target == TARGET_GOTO ? "goto" : "jump");
		put_string(rule->jump->name, out);
		fputc('}', out);
	} else {
		fputs("null", out);
	}
}

static void put_rule(const struct printing *printing, const struct rule *rule,
		     unsigned int counter)
{
	fputs("\n{", printing->out);
	put_counters(printing, counter);
	fputc(',', printing->out);
	put_matches(rule, printing->out);
	put_target(rule, printing->out);
	fputc('}', printing->out);
}

static void put_chain(const struct printing *printing,
		      const struct chain *chain)
{
	FILE *out = printing->out;
	unsigned int i;

	fputs("\n{\"name\":", out);
	put_string(chain->name, out);
	if (chain->hook >= 0) {
		fprintf(out, ",\"policy\":\"%s\",", verdicts[chain->policy]);
		put_counters(printing, (unsigned int)chain->hook);
	} else {
		fputs(",\"policy\":null", out);
	}
	fputs(",\"rules\":[", out);
	for (i = 0; i < chain->nr_rules; i++) {
		if (i)
			fputc(',', out);
		put_rule(printing, &chain->rules[i], chain->first_counter + i);
	}
	fputs("]}", out);
}

static void put_table(const struct printing *printing)
{
	FILE *out = printing->out;
	unsigned int i;

	fputs("{\"name\":\"filter\",\"chains\":[", out);
	for (i = 0; i < printing->ruleset->nr_chains; i++) {
		if (i)
			fputc(',', out);
		put_chain(printing, printing->ruleset->chains[i]);
	}
	fputs("]}", out);
}

void json_print(const struct ruleset *ruleset,
		const struct abi_counter *counters, FILE *out)
{
	const struct printing printing = { .ruleset = ruleset,
					   .counters = counters,
					   .out = out };

	fputs("{\"version\":1,\"tables\":[", out);
	if (ruleset)
		put_table(&printing);
	fputs("]}\n", out);
}
