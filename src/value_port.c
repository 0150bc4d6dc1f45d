// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports and the other fields of transport headers as values. In: one or two
 * words. Out: host-order numbers, services resolved. iptables reads ports in
 * two ways: tcp, sctp and multiport in one, udp and dccp in the other.
 */
#include "value_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "lookup.h"

/* Flags of the TCP header and the words for them, in the order of saving. */
static const struct {
	const char *name;
	uint8_t flags;
} tcp_flags[] = {
	{ "FIN", 0x01 }, { "SYN", 0x02 }, { "RST", 0x04 },  { "PSH", 0x08 },
	{ "ACK", 0x10 }, { "URG", 0x20 }, { "ALL", 0x3f }, { "NONE", 0x00 },
};

#define NR_FLAGS	6	/* those of them that are one bit */
#define NR_FLAG_WORDS	(sizeof(tcp_flags) / sizeof(tcp_flags[0]))

static bool one_port(struct value_input *in, const char *text, uint32_t *port)
{
	uint64_t number;
	int found;

	if (value_number(text, NULL, 0, UINT16_MAX, &number)) {
		*port = (uint32_t)number;
		return true;
	}
	found = lookup_port(in->lookup, text, in->protocol);
	if (found < 0)
		return value_fail(in, "invalid port/service `%s' specified",
				  text);
	*port = (uint32_t)found;
	return true;
}

bool value_parse_port(struct value_input *in, union value *value)
{
	const char *colon = strchr(in->text, ':');
	struct value_range range = { 0, UINT16_MAX };
	char *first;

	if (!colon) {
		if (!one_port(in, in->text, &range.lo))
			return false;
		range.hi = range.lo;
	} else {
		first = arena_strndup(in->arena, in->text,
				      (size_t)(colon - in->text));
		if ((*first && !one_port(in, first, &range.lo)) ||
		    (colon[1] && !one_port(in, colon + 1, &range.hi)))
			return false;
	}
	if (range.lo > range.hi)
		return value_fail(in, "invalid portrange (min > max)");
	value->range = range;
	return true;
}

/* Decimal only, or a service of whatever protocol. iptables takes a number
 * above 65,535 and cuts it; that can only be a mistake. */
static bool any_port(struct value_input *in, const char *text, uint32_t *port)
{
	unsigned long number;
	const char *at = text;
	char *end;
	int found;

	while (isspace((unsigned char)*at))
		at++;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (*at != '-' && end != text && !*end && !errno &&
	    number <= UINT16_MAX) {
		*port = (uint32_t)number;
		return true;
	}
	found = *end ? lookup_port(in->lookup, text, NULL) : -1;
	if (found < 0)
		return value_fail(in,
				  "Port \"%s\" does not resolve to anything.\n",
				  text);
	*port = (uint32_t)found;
	return true;
}

bool value_parse_port_any(struct value_input *in, union value *value)
{
	uint32_t ends[2] = { 0, UINT16_MAX };
	const char *at = in->text, *colon;
	unsigned int nr = 0;
	char *part;

	for (;; at = colon + 1) {
		if (nr == 2)
			return value_fail(in,
					  "%s: Too many components for option \"--%s\" (max: 2)\n",
					  in->match, in->option);
		colon = strchr(at, ':');
		part = arena_strndup(in->arena, at, colon ?
				     (size_t)(colon - at) : strlen(at));
		if (*part && !any_port(in, part, &ends[nr]))
			return false;
		nr++;
		if (!colon)
			break;
	}
	value->range.lo = ends[0];
	value->range.hi = ends[nr - 1];
	return true;
}

static void put_range(const struct value_range *range, FILE *out)
{
	value_put(range->lo, out);
	if (range->lo == range->hi)
		return;
	fputc(':', out);
	value_put(range->hi, out);
}

void value_format_port(const union value *value, struct lookup *lookup,
		       FILE *out)
{
	(void)lookup;
	put_range(&value->range, out);
}

/* One port or range of a list; slots counts what the kernel's 15 hold. */
static bool list_item(struct value_input *in, char *text, unsigned int *slots,
		      struct value_range *range)
{
	char *colon = strchr(text, ':');

	if (colon)
		*colon = '\0';
	*slots += colon ? 2 : 1;
	if (*slots > MULTIPORT_MAX)
		return value_fail(in, "too many ports specified");
	if (!one_port(in, text, &range->lo))
		return false;
	range->hi = range->lo;
	if (!colon)
		return true;
	if (!one_port(in, colon + 1, &range->hi))
		return false;
	if (range->lo >= range->hi)
		return value_fail(in, "invalid portrange specified");
	return true;
}

bool value_parse_port_list(struct value_input *in, union value *value)
{
	char *at = arena_strndup(in->arena, in->text, strlen(in->text));
	struct value_list *list = arena_alloc(in->arena, 1, sizeof(*list));
	unsigned int slots = 0;
	char *comma;

	for (;; at = comma + 1) {
		comma = strchr(at, ',');
		if (comma)
			*comma = '\0';
		if (slots == MULTIPORT_MAX)
			return value_fail(in, "too many ports specified");
		if (!list_item(in, at, &slots, &list->range[list->nr]))
			return false;
		list->nr++;
		if (!comma)
			break;
	}
	value->list = list;
	return true;
}

void value_format_port_list(const union value *value, struct lookup *lookup,
			    FILE *out)
{
	unsigned int i;

	(void)lookup;
	for (i = 0; i < value->list->nr; i++) {
		if (i)
			fputc(',', out);
		put_range(&value->list->range[i], out);
	}
}

static bool flag_words(struct value_input *in, const char *text,
		       uint32_t *flags)
{
	char *rest = arena_strndup(in->arena, text, strlen(text));
	char *word, *save = NULL;
	unsigned int i;

	*flags = 0;
	for (word = strtok_r(rest, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < NR_FLAG_WORDS; i++) {
			if (strcasecmp(tcp_flags[i].name, word) == 0)
				break;
		}
		if (i == NR_FLAG_WORDS)
			return value_fail(in, "Unknown TCP flag `%s'", word);
		*flags |= tcp_flags[i].flags;
	}
	return true;
}

bool value_parse_tcp_flags(struct value_input *in, union value *value)
{
	return flag_words(in, in->text, &value->masked.mask) &&
	       flag_words(in, in->second, &value->masked.value);
}

bool value_parse_tcp_syn(struct value_input *in, union value *value)
{
	(void)in;
	value->masked.mask = 0x17;	/* FIN, SYN, RST, ACK */
	value->masked.value = 0x02;	/* SYN */
	return true;
}

static void put_flags(uint32_t flags, FILE *out)
{
	const char *comma = "";
	unsigned int i;

	for (i = 0; i < NR_FLAGS; i++) {
		if (!(flags & tcp_flags[i].flags))
			continue;
		fprintf(out, "%s%s", comma, tcp_flags[i].name);
		comma = ",";
	}
	if (!flags)
		fputs("NONE", out);
}

void value_format_tcp_flags(const union value *value, struct lookup *lookup,
			    FILE *out)
{
	(void)lookup;
	put_flags(value->masked.mask, out);
	fputc(' ', out);
	put_flags(value->masked.value, out);
}

bool value_parse_tcp_option(struct value_input *in, union value *value)
{
	uint64_t number;

	if (!value_number(in->text, NULL, 1, UINT8_MAX, &number))
		return value_fail(in, "Bad TCP option \"%s\"", in->text);
	value->byte = (uint8_t)number;
	return true;
}
