// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of value types, and the types that need no names or tables: text
 * to value and back. In: one word as iptables would get it. Out: the value, or
 * iptables' words for what is wrong. Never prints, never looks at rules.
 */
#include "value_parse.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lookup.h"

#define COMMENT_MAX	255u	/* iptables cuts what is longer */

bool value_fail(struct value_input *in, const char *fmt, ...)
{
	char text[1536];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	in->error = arena_strndup(in->arena, text, strlen(text));
	return false;
}

void value_put(uint32_t number, FILE *out)
{
	char digits[10], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	fwrite(at, 1, (size_t)(digits + sizeof(digits) - at), out);
}

bool value_number(const char *text, const char **end, uint64_t min,
		  uint64_t max, uint64_t *number)
{
	const char *at = text;
	unsigned long long parsed;
	char *stop;

	while (isspace((unsigned char)*at))
		at++;
	if (*at == '-')
		return false;
	errno = 0;
	parsed = strtoull(text, &stop, 0);
	if (stop == text || errno == ERANGE || parsed < min || parsed > max)
		return false;
	if (end)
		*end = stop;
	else if (*stop)
		return false;
	*number = parsed;
	return true;
}

static bool parse_none(struct value_input *in, union value *value)
{
	(void)in;
	memset(value, 0, sizeof(*value));
	return true;
}

/* Saved text could not be read back with a blank or a quote in a name. */
static bool parse_ifname(struct value_input *in, union value *value)
{
	size_t len = strlen(in->text), i;

	if (len >= IFNAME_SIZE)
		return value_fail(in,
				  "interface name `%s' must be shorter than IFNAMSIZ (%i)",
				  in->text,
				  IFNAME_SIZE - 1);
	for (i = 0; i < len; i++) {
		if (isspace((unsigned char)in->text[i]) || in->text[i] == '"')
			return value_fail(in,
					  "interface name `%s' holds a blank or a quote",
					  in->text);
	}
	if (strchr(in->text, '/'))
		in->warning = arena_printf(
			in->arena,
				"Warning: weird character in interface `%s' ('/' and ' ' are not allowed by the kernel).",
			in->text);
	memset(value, 0, sizeof(*value));
	value->ifname.prefix = len && in->text[len - 1] == '+';
	memcpy(value->ifname.name, in->text, len - value->ifname.prefix);
	return true;
}

static void format_ifname(const union value *value, struct lookup *lookup,
			  FILE *out)
{
	(void)lookup;
	fputs(value->ifname.name, out);
	if (value->ifname.prefix)
		fputc('+', out);
}

static bool parse_proto(struct value_input *in, union value *value)
{
	uint64_t number;
	char *name = arena_strndup(in->arena, in->text, strlen(in->text));
	int found;
	char *at;

	for (at = name; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	if (!value_number(name, NULL, 0, UINT8_MAX, &number)) {
		found = lookup_protocol(in->lookup, name);
		if (found < 0)
			return value_fail(in,
					  "unknown protocol \"%s\" specified",
					  name);
		number = (uint64_t)found;
	}
	value->byte = (uint8_t)number;
	return true;
}

static void format_proto(const union value *value, struct lookup *lookup,
			 FILE *out)
{
	const char *name = lookup_protocol_name(lookup, value->byte);

	if (name)
		fputs(name, out);
	else
		value_put(value->byte, out);
}

/* "a", "a:b", ":b", "a:", as iptables' option parser reads ranges. */
static bool parse_range(struct value_input *in, uint32_t max,
			struct value_range *range)
{
	uint64_t ends[2] = { 0, max };
	const char *at = in->text;
	unsigned int nr = 0;

	for (;; at++) {
		if (nr == 2)
			return value_fail(in,
					  "%s: Too many components for option \"--%s\" (max: 2)\n",
					  in->match, in->option);
		if (*at && *at != ':' &&
		    !value_number(at, &at, 0, max, &ends[nr]))
			return value_fail(in,
					  "%s: bad value for option \"--%s\" near \"%s\", or out of range (0-%u).\n",
					  in->match,
					  in->option, at, max);
		if (*at && *at != ':')
			return value_fail(in,
					  "%s: Argument to \"--%s\" has unexpected characters near \"%s\".\n",
					  in->match, in->option,
					  at);
		nr++;
		if (!*at)
			break;
	}
	range->lo = (uint32_t)ends[0];
	range->hi = (uint32_t)ends[nr - 1];
	return true;
}

static bool parse_length(struct value_input *in, union value *value)
{
	return parse_range(in, UINT16_MAX, &value->range);
}

static bool parse_ct_expire(struct value_input *in, union value *value)
{
	return parse_range(in, UINT32_MAX, &value->range);
}

static void format_length(const union value *value, struct lookup *lookup,
			  FILE *out)
{
	(void)lookup;
	fprintf(out, "%u", value->range.lo);
	if (value->range.lo != value->range.hi)
		fprintf(out, ":%u", value->range.hi);
}

static bool parse_small(struct value_input *in, unsigned int max,
			uint32_t *small)
{
	uint64_t number;

	if (!value_number(in->text, NULL, 0, max, &number))
		return value_fail(in,
				  "%s: bad value for option \"--%s\", or out of range (0-%u).\n",
				  in->match,
				  in->option, max);
	*small = (uint32_t)number;
	return true;
}

static bool parse_ttl(struct value_input *in, union value *value)
{
	uint32_t ttl = 0;

	if (!parse_small(in, UINT8_MAX, &ttl))
		return false;
	value->range = (struct value_range){ ttl, ttl };
	return true;
}

static bool parse_ttl_lt(struct value_input *in, union value *value)
{
	uint32_t ttl = 0;

	if (!parse_small(in, UINT8_MAX, &ttl))
		return false;
	value->range = ttl ? (struct value_range){ 0, ttl - 1 } :
			     (struct value_range){ 1, 0 };
	return true;
}

static bool parse_ttl_gt(struct value_input *in, union value *value)
{
	uint32_t ttl = 0;

	if (!parse_small(in, UINT8_MAX, &ttl))
		return false;
	value->range = (struct value_range){ ttl + 1, UINT8_MAX };
	return true;
}

static void format_ttl(const union value *value, struct lookup *lookup,
		       FILE *out)
{
	(void)lookup;
	fprintf(out, "%u", value->range.lo);
}

static void format_ttl_lt(const union value *value, struct lookup *lookup,
			  FILE *out)
{
	bool never = value->range.lo > value->range.hi;

	(void)lookup;
	fprintf(out, "%u", never ? 0 : value->range.hi + 1);
}

static void format_ttl_gt(const union value *value, struct lookup *lookup,
			  FILE *out)
{
	(void)lookup;
	fprintf(out, "%u", value->range.lo - 1);
}

static void format_tos(const union value *value, struct lookup *lookup,
		       FILE *out)
{
	(void)lookup;
	fprintf(out, "0x%02x/0x%02x", value->masked.value, value->masked.mask);
}

static bool parse_dscp(struct value_input *in, union value *value)
{
	uint32_t dscp = 0;

	if (!parse_small(in, 63, &dscp))
		return false;
	value->masked.value = dscp << 2;
	value->masked.mask = 0xfc;
	return true;
}

static void format_dscp(const union value *value, struct lookup *lookup,
			FILE *out)
{
	(void)lookup;
	fprintf(out, "0x%02x", value->masked.value >> 2);
}

static bool parse_mark(struct value_input *in, union value *value)
{
	uint64_t mark, mask = UINT32_MAX;
	const char *end;

	if (!value_number(in->text, &end, 0, UINT32_MAX, &mark) ||
	    (*end == '/' &&
	     !value_number(end + 1, &end, 0, UINT32_MAX, &mask)))
		return value_fail(in,
				  "%s: bad integer value for option \"--%s\", or out of range.\n",
				  in->match,
				  in->option);
	if (*end)
		return value_fail(in,
				  "%s: trailing garbage after value for option \"--%s\".\n",
				  in->match, in->option);
	value->masked.value = (uint32_t)mark;
	value->masked.mask = (uint32_t)mask;
	return true;
}

static void format_mark(const union value *value, struct lookup *lookup,
			FILE *out)
{
	(void)lookup;
	fprintf(out, "0x%x", value->masked.value);
	if (value->masked.mask != UINT32_MAX)
		fprintf(out, "/0x%x", value->masked.mask);
}

/* Bytes of at most two characters, which may be none: zero. */
static bool parse_mac(struct value_input *in, union value *value)
{
	const char *at = in->text;
	uint8_t mac[6];
	unsigned int i;
	char *end;

	for (i = 0; i < 6; i++) {
		mac[i] = (uint8_t)strtoul(at, &end, 16);
		if (end - at > 2 || *end != (i < 5 ? ':' : '\0'))
			return value_fail(in, "Invalid MAC address specified.");
		at = end + 1;
	}
	memset(value, 0, sizeof(*value));
	memcpy(value->mac, mac, sizeof(mac));
	return true;
}

static void format_mac(const union value *value, struct lookup *lookup,
		       FILE *out)
{
	unsigned int i;

	(void)lookup;
	for (i = 0; i < 6; i++)
		fprintf(out, i ? ":%02x" : "%02x", value->mac[i]);
}

static bool parse_string(struct value_input *in, union value *value)
{
	value->string = arena_strndup(in->arena, in->text,
				      strnlen(in->text, COMMENT_MAX));
	return true;
}

/* Bare if that is safe for a shell, else in double quotes. */
static void format_string(const union value *value, struct lookup *lookup,
			  FILE *out)
{
	static const char bare[] =
		"_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *at = value->string;

	(void)lookup;
	if (*at && at[strspn(at, bare)] == '\0') {
		fputs(at, out);
		return;
	}
	fputc('"', out);
	for (; *at; at++) {
		if (strchr("\"\\'", *at))
			fputc('\\', out);
		fputc(*at, out);
	}
	fputc('"', out);
}

static void format_byte(const union value *value, struct lookup *lookup,
			FILE *out)
{
	(void)lookup;
	fprintf(out, "%u", value->byte);
}

static const struct {
	unsigned int words;
	enum value_type base;
	bool (*parse)(struct value_input *in, union value *value);
	void (*format)(const union value *value, struct lookup *lookup,
		       FILE *out);
} types[NR_VALUE_TYPES] = {
	[VALUE_NONE] = { 0, VALUE_NONE, parse_none, NULL },
	[VALUE_IFNAME] = { 1, VALUE_IFNAME, parse_ifname, format_ifname },
	[VALUE_ADDR] = { 1, VALUE_ADDR, value_parse_addr, value_format_addr },
	[VALUE_ADDR_RANGE] = { 1, VALUE_ADDR_RANGE, value_parse_addr_range,
			       value_format_addr_range },
	[VALUE_PROTO] = { 1, VALUE_PROTO, parse_proto, format_proto },
	[VALUE_PORT] = { 1, VALUE_PORT, value_parse_port, value_format_port },
	[VALUE_PORT_LIST] = { 1, VALUE_PORT_LIST, value_parse_port_list,
			      value_format_port_list },
	[VALUE_TCP_FLAGS] = { 2, VALUE_TCP_FLAGS, value_parse_tcp_flags,
			      value_format_tcp_flags },
	[VALUE_TCP_OPTION] = { 1, VALUE_TCP_OPTION, value_parse_tcp_option,
			       format_byte },
	[VALUE_ICMP] = { 1, VALUE_ICMP, value_parse_icmp, value_format_icmp },
	[VALUE_LENGTH] = { 1, VALUE_LENGTH, parse_length, format_length },
	[VALUE_TTL] = { 1, VALUE_TTL, parse_ttl, format_ttl },
	[VALUE_TOS] = { 1, VALUE_TOS, value_parse_tos, format_tos },
	[VALUE_DSCP] = { 1, VALUE_DSCP, parse_dscp, format_dscp },
	[VALUE_MARK] = { 1, VALUE_MARK, parse_mark, format_mark },
	[VALUE_MAC] = { 1, VALUE_MAC, parse_mac, format_mac },
	[VALUE_PKTTYPE] = { 1, VALUE_PKTTYPE, value_parse_pkttype,
			    value_format_pkttype },
	[VALUE_STRING] = { 1, VALUE_STRING, parse_string, format_string },
	[VALUE_CT_STATE] = { 1, VALUE_CT_STATE, value_parse_ct_state,
			     value_format_ct_state },
	[VALUE_CT_STATUS] = { 1, VALUE_CT_STATUS, value_parse_ct_status,
			      value_format_ct_status },
	[VALUE_CT_DIR] = { 1, VALUE_CT_DIR, value_parse_ct_dir,
			   value_format_ct_dir },
	[VALUE_CT_PROTO] = { 1, VALUE_CT_PROTO, value_parse_ct_proto,
			     format_byte },
	[VALUE_CT_ADDR] = { 1, VALUE_CT_ADDR, value_parse_ct_addr,
			    value_format_ct_addr },
	[VALUE_CT_EXPIRE] = { 1, VALUE_CT_EXPIRE, parse_ct_expire,
			      format_length },
	[VALUE_PORT_ANY] = { 1, VALUE_PORT, value_parse_port_any,
			     value_format_port },
	[VALUE_TCP_SYN] = { 0, VALUE_TCP_FLAGS, value_parse_tcp_syn,
			    value_format_tcp_flags },
	[VALUE_TTL_LT] = { 1, VALUE_TTL, parse_ttl_lt, format_ttl_lt },
	[VALUE_TTL_GT] = { 1, VALUE_TTL, parse_ttl_gt, format_ttl_gt },
	[VALUE_DSCP_CLASS] = { 1, VALUE_DSCP, value_parse_dscp_class,
			       format_dscp },
	[VALUE_STATE] = { 1, VALUE_CT_STATE, value_parse_state,
			  value_format_ct_state },
};

/* A parser writes only its own member: what compares values relies on the
 * rest being zero. */
bool value_parse(enum value_type type, struct value_input *in,
		 union value *value)
{
	union value parsed;

	memset(&parsed, 0, sizeof(parsed));
	if (!types[type].parse(in, &parsed))
		return false;
	*value = parsed;
	return true;
}

enum value_type value_base(enum value_type type)
{
	return types[type].base;
}

unsigned int value_words(enum value_type type)
{
	return types[type].words;
}

void value_format(enum value_type type, const union value *value,
		  struct lookup *lookup, FILE *out)
{
	if (types[type].format)
		types[type].format(value, lookup, out);
}

bool value_equal(enum value_type type, const union value *a,
		 const union value *b)
{
	if (type == VALUE_STRING)
		return strcmp(a->string, b->string) == 0;
	if (type == VALUE_PORT_LIST)
		return memcmp(a->list, b->list, sizeof(*a->list)) == 0;
	return memcmp(a, b, sizeof(*a)) == 0;
}
