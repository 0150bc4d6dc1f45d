// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values that have words of their own: ICMP types, TOS, DSCP classes, packet
 * types. In: one word, or a number where that is allowed. Out: the number. The
 * words are constant tables here; the system is not asked.
 */
#include "value_parse.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define NR(table)	(sizeof(table) / sizeof((table)[0]))
#define ICMP_ANY	255	/* type: matches all types */

/* The order decides which two names an ambiguous word is told to be. */
static const struct {
	const char *name;
	uint8_t type;
	uint8_t code_lo;
	uint8_t code_hi;
} icmp_types[] = {
	{ "any", ICMP_ANY, 0, 255 },
	{ "echo-reply", 0, 0, 255 },
	{ "pong", 0, 0, 255 },
	{ "destination-unreachable", 3, 0, 255 },
	{ "network-unreachable", 3, 0, 0 },
	{ "host-unreachable", 3, 1, 1 },
	{ "protocol-unreachable", 3, 2, 2 },
	{ "port-unreachable", 3, 3, 3 },
	{ "fragmentation-needed", 3, 4, 4 },
	{ "source-route-failed", 3, 5, 5 },
	{ "network-unknown", 3, 6, 6 },
	{ "host-unknown", 3, 7, 7 },
	{ "network-prohibited", 3, 9, 9 },
	{ "host-prohibited", 3, 10, 10 },
	{ "TOS-network-unreachable", 3, 11, 11 },
	{ "TOS-host-unreachable", 3, 12, 12 },
	{ "communication-prohibited", 3, 13, 13 },
	{ "host-precedence-violation", 3, 14, 14 },
	{ "precedence-cutoff", 3, 15, 15 },
	{ "source-quench", 4, 0, 255 },
	{ "redirect", 5, 0, 255 },
	{ "network-redirect", 5, 0, 0 },
	{ "host-redirect", 5, 1, 1 },
	{ "TOS-network-redirect", 5, 2, 2 },
	{ "TOS-host-redirect", 5, 3, 3 },
	{ "echo-request", 8, 0, 255 },
	{ "ping", 8, 0, 255 },
	{ "router-advertisement", 9, 0, 255 },
	{ "router-solicitation", 10, 0, 255 },
	{ "time-exceeded", 11, 0, 255 },
	{ "ttl-exceeded", 11, 0, 255 },
	{ "ttl-zero-during-transit", 11, 0, 0 },
	{ "ttl-zero-during-reassembly", 11, 1, 1 },
	{ "parameter-problem", 12, 0, 255 },
	{ "ip-header-bad", 12, 0, 0 },
	{ "required-option-missing", 12, 1, 1 },
	{ "timestamp-request", 13, 0, 255 },
	{ "timestamp-reply", 14, 0, 255 },
	{ "address-mask-request", 17, 0, 255 },
	{ "address-mask-reply", 18, 0, 255 },
};

static const struct {
	const char *name;
	uint8_t value;
} tos_names[] = {
	{ "Minimize-Delay", 0x10 },	  { "Maximize-Throughput", 0x08 },
	{ "Maximize-Reliability", 0x04 }, { "Minimize-Cost", 0x02 },
	{ "Normal-Service", 0x00 },
};

static const struct {
	const char *name;
	uint8_t dscp;
} dscp_classes[] = {
	{ "CS0", 0x00 },  { "CS1", 0x08 },  { "CS2", 0x10 },  { "CS3", 0x18 },
	{ "CS4", 0x20 },  { "CS5", 0x28 },  { "CS6", 0x30 },  { "CS7", 0x38 },
	{ "BE", 0x00 },	  { "AF11", 0x0a }, { "AF12", 0x0c }, { "AF13", 0x0e },
	{ "AF21", 0x12 }, { "AF22", 0x14 }, { "AF23", 0x16 }, { "AF31", 0x1a },
	{ "AF32", 0x1c }, { "AF33", 0x1e }, { "AF41", 0x22 }, { "AF42", 0x24 },
	{ "AF43", 0x26 }, { "EF", 0x2e },
};

/* Numbers are the kernel's PACKET_*; the first name of one is printed. */
static const struct {
	const char *name;
	uint8_t type;
} packet_types[] = {
	{ "unicast", 0 },   { "broadcast", 1 }, { "multicast", 2 },
	{ "otherhost", 3 }, { "host", 0 },	{ "bcast", 1 },
	{ "mcast", 2 },
};

/* "a" or "a:b"; what follows is returned, NULL if it is no range. */
static const char *byte_range(const char *text, uint64_t range[2])
{
	if (!value_number(text, &text, 0, UINT8_MAX, &range[0]))
		return NULL;
	range[1] = range[0];
	if (*text == ':' &&
	    !value_number(text + 1, &text, 0, UINT8_MAX, &range[1]))
		return NULL;
	return text;
}

static bool icmp_number(struct value_input *in, union value *value)
{
	uint64_t type[2], code[2] = { 0, UINT8_MAX };
	const char *rest = byte_range(in->text, type);

	if (!rest)
		return value_fail(in, "Unknown ICMP type `%s'", in->text);
	if (*rest == '/') {
		rest = byte_range(rest + 1, code);
		if (!rest)
			return value_fail(in, "Unknown ICMP code `%s'",
					  in->text);
	}
	if (*rest)
		return value_fail(in, "unknown character %c", *rest);
	if (type[0] != type[1])
		return value_fail(in, "ICMP type range not supported");
	value->icmp.type = (uint8_t)type[0];
	value->icmp.code_lo = type[0] == ICMP_ANY ? 0 : (uint8_t)code[0];
	value->icmp.code_hi =
		type[0] == ICMP_ANY ? UINT8_MAX : (uint8_t)code[1];
	return true;
}

/* A name may be cut short as long as it stays one name. */
bool value_parse_icmp(struct value_input *in, union value *value)
{
	size_t len = strlen(in->text), found = NR(icmp_types), i;

	for (i = 0; i < NR(icmp_types); i++) {
		if (strncasecmp(icmp_types[i].name, in->text, len) != 0)
			continue;
		if (found < NR(icmp_types))
			return value_fail(in,
					  "Ambiguous ICMP type `%s': `%s' or `%s'?",
					  in->text,
					  icmp_types[found].name,
					  icmp_types[i].name);
		found = i;
	}
	if (found == NR(icmp_types))
		return icmp_number(in, value);
	value->icmp.type = icmp_types[found].type;
	value->icmp.code_lo = icmp_types[found].code_lo;
	value->icmp.code_hi = icmp_types[found].code_hi;
	return true;
}

/* Of a range of codes iptables saves the first one only. */
void value_format_icmp(const union value *value, struct lookup *lookup,
		       FILE *out)
{
	(void)lookup;
	if (value->icmp.type == ICMP_ANY) {
		fputs("any", out);
		return;
	}
	fprintf(out, "%u", value->icmp.type);
	if (value->icmp.code_lo != 0 || value->icmp.code_hi != UINT8_MAX)
		fprintf(out, "/%u", value->icmp.code_lo);
}

bool value_parse_tos(struct value_input *in, union value *value)
{
	uint64_t number, mask = UINT8_MAX;
	const char *rest;
	size_t i;

	if (value_number(in->text, &rest, 0, UINT8_MAX, &number)) {
		if (*rest && (*rest != '/' || !value_number(rest + 1, NULL, 0,
							    UINT8_MAX, &mask)))
			return value_fail(in, "Illegal value: \"%s\"",
					  in->text);
		value->masked.value = (uint32_t)number;
		value->masked.mask = (uint32_t)mask;
		return true;
	}
	for (i = 0; i < NR(tos_names); i++) {
		if (strcasecmp(tos_names[i].name, in->text) == 0) {
			value->masked.value = tos_names[i].value;
			value->masked.mask = 0x3f;
			return true;
		}
	}
	return value_fail(in, "Symbolic name \"%s\" is unknown", in->text);
}

/* iptables compares no further than its own word is long. */
bool value_parse_dscp_class(struct value_input *in, union value *value)
{
	size_t i;

	for (i = 0; i < NR(dscp_classes); i++) {
		const char *name = dscp_classes[i].name;

		if (strncasecmp(in->text, name, strlen(name)) == 0) {
			value->masked.value = (uint32_t)dscp_classes[i].dscp
					      << 2;
			value->masked.mask = 0xfc;
			return true;
		}
	}
	return value_fail(in, "Invalid DSCP value `%s'", in->text);
}

bool value_parse_pkttype(struct value_input *in, union value *value)
{
	size_t i;

	for (i = 0; i < NR(packet_types); i++) {
		if (strcasecmp(packet_types[i].name, in->text) == 0) {
			value->byte = packet_types[i].type;
			return true;
		}
	}
	return value_fail(in, "Bad packet type '%s'", in->text);
}

void value_format_pkttype(const union value *value, struct lookup *lookup,
			  FILE *out)
{
	size_t i;

	(void)lookup;
	for (i = 0; i < NR(packet_types); i++) {
		if (packet_types[i].type == value->byte) {
			fputs(packet_types[i].name, out);
			return;
		}
	}
}
