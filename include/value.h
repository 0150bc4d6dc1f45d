/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed values of options: text to value and back, each type one row of a
 * table. Values are host order. A leaf: it knows no rules.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct lookup;

#define IFNAME_SIZE	16
#define MULTIPORT_MAX	15

enum value_type {
	VALUE_NONE,		/* an option without value: -f */
	VALUE_IFNAME,
	VALUE_ADDR,		/* address and mask, which may be no prefix */
	VALUE_ADDR_RANGE,	/* iprange */
	VALUE_PROTO,
	VALUE_PORT,		/* one port or a range; lo > hi is never */
	VALUE_PORT_LIST,	/* multiport */
	VALUE_TCP_FLAGS,	/* --tcp-flags, --syn */
	VALUE_TCP_OPTION,
	VALUE_ICMP,
	VALUE_LENGTH,		/* range of 16-bit numbers */
	VALUE_TTL,		/* range of 8-bit numbers */
	VALUE_TOS,		/* value and mask of the TOS byte */
	VALUE_DSCP,		/* 6 bits; kept as bits of the TOS byte */
	VALUE_MARK,		/* value and mask */
	VALUE_MAC,
	VALUE_PKTTYPE,
	VALUE_STRING,		/* comment */
	VALUE_CT_STATE,		/* bits of enum flow_state, and VALUE_CT_*NAT */
	VALUE_CT_STATUS,	/* bits of a label; none is NONE */
	VALUE_CT_DIR,		/* LABEL_REPLY or 0 */
	VALUE_CT_PROTO,		/* a protocol, saved as a number; 0 is one */
	VALUE_CT_ADDR,		/* address with its host bits, and a prefix */
	VALUE_CT_EXPIRE,	/* range of seconds */

	/* Other spellings: what they give has the type behind each. */
	VALUE_PORT_ANY,		/* PORT, as udp and dccp read it: services of
				 * any protocol, reversed ranges */
	VALUE_TCP_SYN,		/* TCP_FLAGS, without text */
	VALUE_TTL_LT,		/* TTL: below the number, never for 0 */
	VALUE_TTL_GT,		/* TTL: above the number, never for 255 */
	VALUE_DSCP_CLASS,	/* DSCP, by name */
	VALUE_STATE,		/* CT_STATE, without NAT and other words */
	NR_VALUE_TYPES,
};

/* No connection is translated: states that no packet has. */
#define VALUE_CT_SNAT	0x20u
#define VALUE_CT_DNAT	0x40u

/* A range whose lo is above its hi holds nothing. */
struct value_range {
	uint32_t lo;
	uint32_t hi;
};

struct value_list {
	unsigned int nr;
	struct value_range range[MULTIPORT_MAX];
};

/* Which member holds a type's value is said behind each. */
union value {
	struct {
		char name[IFNAME_SIZE];	/* without the +, NUL padded */
		bool prefix;		/* the name ended in + */
	} ifname;
	struct {
		uint32_t value;
		uint32_t mask;
	} masked;			/* ADDR, TCP_*, TOS, DSCP*, MARK,
					 * CT_ADDR */
	struct value_range range;	/* ADDR_RANGE, PORT, LENGTH, TTL*,
					 * CT_EXPIRE */
	const struct value_list *list;	/* PORT_LIST */
	struct {
		uint8_t type;		/* 255: any */
		uint8_t code_lo;
		uint8_t code_hi;
	} icmp;
	uint8_t byte;			/* PROTO, TCP_OPTION, PKTTYPE, CT_STATE,
					 * CT_STATUS, CT_DIR, CT_PROTO */
	uint8_t mac[6];
	const char *string;
};

/* What a value is parsed from and what is needed for that. */
struct value_input {
	struct arena *arena;
	struct lookup *lookup;
	const char *text;
	const char *second;	/* the second word, where a type has two */
	const char *match;	/* name of the match, for messages */
	const char *option;	/* name of the option, likewise */
	const char *protocol;	/* by whose services ports are named */
	const char *error;	/* out: what is wrong, in iptables' words */
	const char *warning;	/* out: what iptables only warns of */
};

/*
 * Parses text as iptables does. False, with error set, if it is no value of
 * the type; then value is untouched. For ADDR one address or a name with one
 * address; lists are value_parse_addrs.
 */
bool value_parse(enum value_type type, struct value_input *in,
		 union value *value);

/*
 * Parses "a,b/mask,name": each gives one value or, for a name, as many as it
 * has addresses. Returns their number, 0 with error set.
 */
unsigned int value_parse_addrs(struct value_input *in, union value **values);

/* The type of what a type's parser gives: another one for other spellings. */
enum value_type value_base(enum value_type type);

/* Words of text that a type takes: 0, 1 or 2. */
unsigned int value_words(enum value_type type);

/* Writes a value as iptables-save does, without the option's name. lookup
 * names protocols. */
void value_format(enum value_type type, const union value *value,
		  struct lookup *lookup, FILE *out);

bool value_equal(enum value_type type, const union value *a,
		 const union value *b);

/*
 * A number as iptables reads it: decimal, 0x or 0 in front, blanks before it.
 * False if it is none or outside; with end NULL nothing may follow it.
 */
bool value_number(const char *text, const char **end, uint64_t min,
		  uint64_t max, uint64_t *number);

#endif
