/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that parse and format values have between them: one parser
 * and one formatter for each type. Others use value.h.
 */
#ifndef VALUE_PARSE_H
#define VALUE_PARSE_H

#include "value.h"

/* Sets in->error; false. */
bool value_fail(struct value_input *in, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes a number in decimal: a large dump has a million of them. */
void value_put(uint32_t number, FILE *out);

bool value_parse_addr(struct value_input *in, union value *value);
bool value_parse_addr_range(struct value_input *in, union value *value);
bool value_parse_port(struct value_input *in, union value *value);
bool value_parse_port_any(struct value_input *in, union value *value);
bool value_parse_port_list(struct value_input *in, union value *value);
bool value_parse_tcp_flags(struct value_input *in, union value *value);
bool value_parse_tcp_syn(struct value_input *in, union value *value);
bool value_parse_tcp_option(struct value_input *in, union value *value);
bool value_parse_icmp(struct value_input *in, union value *value);
bool value_parse_tos(struct value_input *in, union value *value);
bool value_parse_dscp_class(struct value_input *in, union value *value);
bool value_parse_pkttype(struct value_input *in, union value *value);
bool value_parse_state(struct value_input *in, union value *value);
bool value_parse_ct_state(struct value_input *in, union value *value);
bool value_parse_ct_status(struct value_input *in, union value *value);
bool value_parse_ct_dir(struct value_input *in, union value *value);
bool value_parse_ct_proto(struct value_input *in, union value *value);
bool value_parse_ct_addr(struct value_input *in, union value *value);

void value_format_addr(const union value *value, struct lookup *lookup,
		       FILE *out);
void value_format_addr_range(const union value *value, struct lookup *lookup,
			     FILE *out);
void value_format_port(const union value *value, struct lookup *lookup,
		       FILE *out);
void value_format_port_list(const union value *value, struct lookup *lookup,
			    FILE *out);
void value_format_tcp_flags(const union value *value, struct lookup *lookup,
			    FILE *out);
void value_format_icmp(const union value *value, struct lookup *lookup,
		       FILE *out);
void value_format_pkttype(const union value *value, struct lookup *lookup,
			  FILE *out);
void value_format_ct_state(const union value *value, struct lookup *lookup,
			   FILE *out);
void value_format_ct_status(const union value *value, struct lookup *lookup,
			    FILE *out);
void value_format_ct_dir(const union value *value, struct lookup *lookup,
			 FILE *out);
void value_format_ct_addr(const union value *value, struct lookup *lookup,
			  FILE *out);

#endif
