// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values of the matches on connections: lists of states and of status bits,
 * directions, protocols, addresses with a prefix. In: one word. Out: bits or
 * numbers, as iptables' extension reads them, which is not how it reads the
 * same things elsewhere. Never asks what a packet would make of them.
 */
#include "value_parse.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "flow.h"
#include "lookup.h"

#define MAX_ADDRS	64u	/* addresses of one host name */

/* A word of a list, in the order in which they are saved. */
struct word {
	const char *name;
	uint8_t bits;
};

static const struct word states[] = {
	{ "INVALID", 1u << FLOW_INVALID },
	{ "NEW", 1u << FLOW_NEW },
	{ "RELATED", 1u << FLOW_RELATED },
	{ "ESTABLISHED", 1u << FLOW_ESTABLISHED },
	{ "UNTRACKED", 1u << FLOW_UNTRACKED },
	{ "SNAT", VALUE_CT_SNAT },
	{ "DNAT", VALUE_CT_DNAT },
};

static const struct word statuses[] = {
	{ "EXPECTED", LABEL_EXPECTED },
	{ "SEEN_REPLY", LABEL_SEEN_REPLY },
	{ "ASSURED", LABEL_ASSURED },
	{ "CONFIRMED", LABEL_CONFIRMED },
	{ "NONE", 0 },
};

#define NR(table)	(sizeof(table) / sizeof((table)[0]))

_Static_assert(VALUE_CT_SNAT == 1u << NR_FLOW_STATES, "states and NAT");

/* A word may be cut short: no two begin with the same letter. */
static const struct word *find_word(const struct word *words, size_t nr,
				    const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (strncasecmp(text, words[i].name, len) == 0)
			return &words[i];
	}
	return NULL;
}

/* Adds the words' bits up. Returns what cannot be read, with all that follows;
 * NULL if there is nothing such. */
static const char *add_words(const struct word *words, size_t nr,
			     const char *text, uint8_t *bits)
{
	const struct word *word;
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		word = len ? find_word(words, nr, text, len) : NULL;
		if (!word)
			return text;
		*bits |= word->bits;
		if (!text[len])
			return NULL;
	}
}

bool value_parse_ct_state(struct value_input *in, union value *value)
{
	const char *bad = add_words(states, NR(states), in->text, &value->byte);

	return !bad || value_fail(in, "Bad ctstate \"%s\"", bad);
}

/* As --state has it, which knows nothing of NAT. */
bool value_parse_state(struct value_input *in, union value *value)
{
	const char *bad = add_words(states, NR_FLOW_STATES, in->text,
				    &value->byte);

	if (bad && !*bad)
		return value_fail(in,
				  "\"--state\" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED");
	return !bad || value_fail(in, "Bad state \"%s\"", bad);
}

bool value_parse_ct_status(struct value_input *in, union value *value)
{
	const char *bad = add_words(statuses, NR(statuses), in->text,
				    &value->byte);

	return !bad || value_fail(in, "Bad ctstatus \"%s\"", bad);
}

static void put_words(const struct word *words, size_t nr, uint8_t bits,
		      FILE *out)
{
	const char *comma = "";
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!(bits & words[i].bits))
			continue;
		fprintf(out, "%s%s", comma, words[i].name);
		comma = ",";
	}
}

void value_format_ct_state(const union value *value, struct lookup *lookup,
			   FILE *out)
{
	(void)lookup;
	put_words(states, NR(states), value->byte, out);
}

/* NONE is saved only where it stands alone. */
void value_format_ct_status(const union value *value, struct lookup *lookup,
			    FILE *out)
{
	(void)lookup;
	if (value->byte)
		put_words(statuses, NR(statuses), value->byte, out);
	else
		fputs("NONE", out);
}

bool value_parse_ct_dir(struct value_input *in, union value *value)
{
	if (strcasecmp(in->text, "ORIGINAL") == 0)
		value->byte = 0;
	else if (strcasecmp(in->text, "REPLY") == 0)
		value->byte = LABEL_REPLY;
	else
		return value_fail(in, "%s: Bad value for \"--%s\" option: \"%s\"",
				  in->match, in->option, in->text);
	return true;
}

void value_format_ct_dir(const union value *value, struct lookup *lookup,
			 FILE *out)
{
	(void)lookup;
	fputs(value->byte ? "REPLY" : "ORIGINAL", out);
}

/* Unlike -p, it takes the name as it is written. */
bool value_parse_ct_proto(struct value_input *in, union value *value)
{
	uint64_t number;
	int found;

	if (!value_number(in->text, NULL, 0, UINT8_MAX, &number)) {
		found = lookup_protocol(in->lookup, in->text);
		if (found < 0)
			return value_fail(in,
					  "unknown protocol \"%s\" specified",
					  in->text);
		number = (uint64_t)found;
	}
	value->byte = (uint8_t)number;
	return true;
}

/* Numbers with up to three dots, as the C library reads addresses: 10.1 is
 * 10.0.0.1 here, and not 10.1.0.0 as behind -s. */
static bool numeric(const char *text, uint32_t *addr)
{
	struct in_addr found;
	const char *at;

	for (at = text; *at; at++) {
		if (isspace((unsigned char)*at))
			return false;
	}
	if (!inet_aton(text, &found))
		return false;
	*addr = ntohl(found.s_addr);
	return true;
}

static bool host(struct value_input *in, const char *text, uint32_t *addr)
{
	uint32_t addrs[MAX_ADDRS];
	struct in6_addr other;
	unsigned int nr, i;

	if (numeric(text, addr))
		return true;
	if (inet_pton(AF_INET6, text, &other) == 1)
		return value_fail(in,
				  "getaddrinfo: Address family for hostname not supported\n");
	nr = *text ? lookup_host(in->lookup, text, addrs, MAX_ADDRS) : 0;
	if (!nr)
		return value_fail(in,
				  "getaddrinfo: Name or service not known\n");
	for (i = 1; i < nr; i++) {
		if (addrs[i] != addrs[0])
			return value_fail(in,
					  "%s resolves to more than one address\n",
					  text);
	}
	*addr = addrs[0];
	return true;
}

/* iptables takes a dotted mask that is no prefix for the whole address. */
static bool prefix(struct value_input *in, const char *text, uint32_t *mask)
{
	uint64_t bits;

	if (value_number(text, NULL, 0, 32, &bits)) {
		*mask = bits ? UINT32_MAX << (32 - bits) : 0;
		return true;
	}
	if (!numeric(text, mask))
		return value_fail(in,
				  "%s: bad value for option \"--%s\", neither a valid network mask nor valid CIDR (%u-%u).\n",
				  in->match, in->option, 0, 32);
	if (~*mask & (~*mask + 1))
		*mask = UINT32_MAX;
	return true;
}

bool value_parse_ct_addr(struct value_input *in, union value *value)
{
	const char *slash = strchr(in->text, '/');
	const char *name = in->text;

	if (slash)
		name = arena_strndup(in->arena, in->text,
				     (size_t)(slash - in->text));
	value->masked.mask = UINT32_MAX;
	return host(in, name, &value->masked.value) &&
	       (!slash || prefix(in, slash + 1, &value->masked.mask));
}

void value_format_ct_addr(const union value *value, struct lookup *lookup,
			  FILE *out)
{
	uint32_t addr = value->masked.value;

	(void)lookup;
	fprintf(out, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
		addr >> 8 & 255, addr & 255);
	if (value->masked.mask != UINT32_MAX)
		fprintf(out, "/%d", __builtin_popcount(value->masked.mask));
}
