// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of single rules: random rules are asked of packets at their edges, with
 * every header state, once by their rows and once as the kernel does, match
 * after match. No two rows of a rule may let one packet through. Links the
 * draft, rows, cells and their leaves.
 */
#include "unit.h"

#include <errno.h>

#include "arena.h"
#include "draft.h"
#include "flow.h"
#include "rows.h"
#include "ruleset.h"

#define ROUNDS		4000
#define PACKETS		150
#define MAX_MATCHES	6
#define MAX_TERMS	5

#define P_ICMP	1
#define P_TCP	6
#define P_UDP	17

struct packet {
	uint64_t column[NR_COLUMNS];	/* whole values; names, MAC: small */
	enum header header;
	uint8_t proto;
	uint8_t option;			/* the one TCP option there is */
	struct flow_label ct;
};

enum outcome {
	MISS,
	HIT,
	HOT,
};

struct storage {
	struct value_list lists[MAX_MATCHES];
	struct rule rule;
	struct match matches[MAX_MATCHES];
	struct term terms[MAX_MATCHES][MAX_TERMS];
};

/* --- As the kernel does --------------------------------------------------- */

static int in_range(const struct value_range *range, uint64_t value)
{
	return range->lo <= value && value <= range->hi;
}

static int in_list(const struct term *term, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < term->value.list->nr; i++)
		if (in_range(&term->value.list->range[i], value))
			return 1;
	return 0;
}

static int masked(const struct term *term, uint64_t value)
{
	return (value & term->value.masked.mask) == term->value.masked.value;
}

static int name_matches(const struct term *term, uint64_t letter)
{
	return (uint8_t)term->value.ifname.name[0] == letter;
}

static int holds(const struct term *term, const struct packet *p)
{
	const uint64_t *c = p->column;

	switch (term->field) {
	case FIELD_IIF:
		return name_matches(term, c[COL_IIF]);
	case FIELD_OIF:
		return name_matches(term, c[COL_OIF]);
	case FIELD_SADDR:
		return masked(term, c[COL_SADDR]);
	case FIELD_DADDR:
		return masked(term, c[COL_DADDR]);
	case FIELD_PROTO:
		return term->value.byte == p->proto;
	case FIELD_FRAGMENT:
		return p->header == HEADER_LATER || p->header == HEADER_LATER8;
	case FIELD_SPORT:
		return term->type == VALUE_PORT_LIST ?
		       in_list(term, c[COL_SPORT]) :
		       in_range(&term->value.range, c[COL_SPORT]);
	case FIELD_DPORT:
		return term->type == VALUE_PORT_LIST ?
		       in_list(term, c[COL_DPORT]) :
		       in_range(&term->value.range, c[COL_DPORT]);
	case FIELD_PORTS:
		return in_list(term, c[COL_SPORT]) ||
		       in_list(term, c[COL_DPORT]);
	case FIELD_TCP_FLAGS:
		return masked(term, c[COL_TCPFLAGS]);
	case FIELD_TCP_OPTION:
		return term->value.byte == p->option;
	case FIELD_ICMP:
		return term->value.icmp.type == 255 ||
		       (term->value.icmp.type == c[COL_ICMP] >> 8 &&
			term->value.icmp.code_lo <= (c[COL_ICMP] & 255) &&
			(c[COL_ICMP] & 255) <= term->value.icmp.code_hi);
	case FIELD_LENGTH:
		return in_range(&term->value.range, c[COL_LENGTH]);
	case FIELD_TTL:
		return in_range(&term->value.range, c[COL_TTL]);
	case FIELD_MARK:
		return masked(term, c[COL_MARK]);
	case FIELD_PKTTYPE:
		return term->value.byte == c[COL_PKTTYPE];
	case FIELD_CT_STATE:
		return term->value.byte >> (p->ct.label & LABEL_STATE) & 1;
	case FIELD_CT_STATUS:
		return (term->value.byte & p->ct.label) != 0;
	case FIELD_CT_ORIGSRC:
		return masked(term, p->ct.addr[0]);
	default:
		return !term->invert;
	}
}

/* What the match does before it reads anything: fragments, cut-off headers. */
static enum outcome header_outcome(enum match_kind kind, enum header header)
{
	int later = header == HEADER_LATER || header == HEADER_LATER8;

	switch (kind) {
	case MATCH_TCP:
		if (header == HEADER_LATER8)
			return HOT;
		/* fall through */
	case MATCH_UDP:
	case MATCH_ICMP:
		if (later)
			return MISS;
		return header == HEADER_NONE || header == HEADER_SHORT ?
		       HOT : HIT;
	case MATCH_MULTIPORT:
		if (later)
			return MISS;
		return header == HEADER_NONE ? HOT : HIT;
	default:
		return HIT;
	}
}

/* Of a packet without a connection only the state is asked, and it must be. */
static enum outcome connection_outcome(const struct match *match,
				       const struct packet *packet)
{
	const int has_flow = label_has_flow(packet->ct.label);
	int asked = has_flow;
	unsigned int i;

	for (i = 0; i < match->nr_terms; i++) {
		const struct term *term = &match->terms[i];

		if (!has_flow && term->field != FIELD_CT_STATE)
			continue;
		if (holds(term, packet) == term->invert)
			return MISS;
		asked = 1;
	}
	return asked ? HIT : MISS;
}

static enum outcome match_outcome(const struct match *match,
				  const struct packet *packet)
{
	enum outcome outcome = header_outcome(match->kind, packet->header);
	const struct term *option = NULL;
	unsigned int i;

	if (outcome != HIT)
		return outcome;
	if (match->kind == MATCH_CONNTRACK)
		return connection_outcome(match, packet);
	for (i = 0; i < match->nr_terms; i++) {
		const struct term *term = &match->terms[i];

		if (term->field == FIELD_TCP_OPTION)
			option = term;
		else if (holds(term, packet) == term->invert)
			return MISS;
	}
	if (!option)
		return HIT;
	if (packet->header == HEADER_BADOPT)
		return HOT;
	return holds(option, packet) != option->invert ? HIT : MISS;
}

static enum outcome rule_outcome(const struct rule *rule,
				 const struct packet *packet)
{
	enum outcome outcome = HIT;
	unsigned int i;

	for (i = 0; i < rule->nr_matches && outcome == HIT; i++)
		outcome = match_outcome(&rule->matches[i], packet);
	return outcome;
}

/* --- By rows -------------------------------------------------------------- */

static struct key column_key(const struct packet *p, enum column column)
{
	uint64_t value = p->column[column];

	if (column == COL_IIF || column == COL_OIF)
		return (struct key){ .hi = value << 56 };
	if (column == COL_STATE)
		value = label_index(p->ct.label);
	if (column == COL_PROTO)
		value = p->header << 8 | p->proto;
	if ((column == COL_SPORT || column == COL_DPORT) &&
	    p->header == HEADER_SHORT)
		value += PORT_SHORT;
	return key_number(value);
}

static int is_asked(const struct packet *p, enum column column)
{
	int whole = p->header == HEADER_OK || p->header == HEADER_BADOPT;
	int ports = p->proto == P_TCP || p->proto == P_UDP;

	switch (column) {
	case COL_SPORT:
	case COL_DPORT:
		return ports && (whole || p->header == HEADER_SHORT);
	case COL_TCPFLAGS:
		return p->proto == P_TCP && whole;
	case COL_ICMP:
		return p->proto == P_ICMP && whole;
	default:
		return 1;
	}
}

static int extra_holds(const struct abi_extra *extra, const struct packet *p)
{
	static const enum column from[NR_EXTRAS] = {
		[EXTRA_SADDR] = COL_SADDR,
		[EXTRA_DADDR] = COL_DADDR,
		[EXTRA_MARK] = COL_MARK,
	};
	int has;

	if (extra->kind >= EXTRA_CT_SADDR && !label_has_flow(p->ct.label))
		return 1;
	if (extra->kind == EXTRA_TCPOPT)
		has = extra->value == p->option;
	else if (extra->kind == EXTRA_CT_SADDR)
		has = (p->ct.addr[0] & extra->mask) == extra->value;
	else
		has = (p->column[from[extra->kind]] & extra->mask) ==
		      extra->value;
	return has != extra->invert;
}

static int row_lets(const struct rows *rows, const struct matrix_row *row,
		    const struct packet *p)
{
	unsigned int i;

	for (i = 0; i < row->nr_cells; i++) {
		const struct cell *cell = &row->cells[i];

		assert_true(cell->nr > 0);
		if (is_asked(p, cell->column) &&
		    !unit_cell_has(cell, column_key(p, cell->column)))
			return 0;
	}
	for (i = 0; i < row->action.nr_extras; i++)
		if (!extra_holds(&rows->extra[row->action.extra + i], p))
			return 0;
	return 1;
}

static enum outcome rows_outcome(const struct rows *rows,
				 const struct packet *packet)
{
	enum outcome outcome = MISS;
	unsigned int i;

	for (i = 0; i < rows->nr; i++) {
		const struct matrix_row *row = &rows->row[i];

		if (!row_lets(rows, row, packet))
			continue;
		assert_int_equal(outcome, MISS);
		outcome = row->action.hot >> packet->header & 1 ? HOT : HIT;
	}
	return outcome;
}

/* --- Random rules and packets --------------------------------------------- */

static const uint32_t ports[] = { 0, 1, 2, 3, 4, 80, 65534, 65535 };
static const uint32_t addrs[] = { 0, 0x0a000001, 0x0a000101, 0xc0a80001,
				  UINT32_MAX };
/* The last two have too many holes for a column. */
static const uint32_t masks[] = { UINT32_MAX, 0xffffff00, 0, 0xff00ff00,
				  0x55555555, 0x0f0f0f0f };
static const uint8_t protos[] = { P_ICMP, P_TCP, P_UDP, 47 };
static const char names[] = { 'a', 'b', 'c' };

#define PICK(random, array) \
	((array)[unit_below(random, sizeof(array) / sizeof(*(array)))])

static void random_range(uint64_t *random, struct value_range *range)
{
	uint32_t a = PICK(random, ports), b = PICK(random, ports);

	range->lo = a < b ? a : b;
	range->hi = a < b ? b : a;
}

static void random_list(uint64_t *random, struct value_list *list)
{
	unsigned int i;

	list->nr = 1 + unit_below(random, 4);
	for (i = 0; i < list->nr; i++)
		random_range(random, &list->range[i]);
}

static void random_masked(uint64_t *random, union value *value)
{
	value->masked.mask = PICK(random, masks);
	value->masked.value = PICK(random, addrs) & value->masked.mask;
}

static void random_byte_masked(uint64_t *random, union value *value)
{
	value->masked.mask = unit_below(random, 64);
	value->masked.value = unit_below(random, 64) & value->masked.mask;
}

static void random_icmp(uint64_t *random, union value *value)
{
	value->icmp.type = unit_below(random, 4) ? unit_below(random, 3) : 255;
	value->icmp.code_lo = unit_below(random, 3);
	value->icmp.code_hi = value->icmp.code_lo + unit_below(random, 3);
}

static struct term *add_term(uint64_t *random, struct match *match,
			     enum field field, enum value_type type)
{
	struct term *term = &match->terms[match->nr_terms++];

	*term = (struct term){ .field = field, .type = type };
	term->invert = unit_below(random, 3) == 0;
	return term;
}

static void random_ip(uint64_t *random, struct match *match, uint8_t proto)
{
	static const enum field name_fields[] = { FIELD_IIF, FIELD_OIF };
	static const enum field addr_fields[] = { FIELD_SADDR, FIELD_DADDR };
	struct term *term;

	term = add_term(random, match, FIELD_PROTO, VALUE_PROTO);
	term->value.byte = proto;
	term->invert = false;
	if (unit_below(random, 3) == 0) {
		term = add_term(random, match, PICK(random, name_fields),
				VALUE_IFNAME);
		term->value.ifname.name[0] = PICK(random, names);
	}
	if (unit_below(random, 3) == 0) {
		term = add_term(random, match, PICK(random, addr_fields),
				VALUE_ADDR);
		random_masked(random, &term->value);
	}
	if (unit_below(random, 6) == 0)
		add_term(random, match, FIELD_FRAGMENT, VALUE_NONE);
}

static void random_tcp_or_udp(uint64_t *random, struct match *match,
			      enum match_kind kind)
{
	static const enum field fields[] = { FIELD_SPORT, FIELD_DPORT };
	struct term *term;

	match->kind = kind;
	if (unit_below(random, 2)) {
		term = add_term(random, match, PICK(random, fields),
				VALUE_PORT);
		random_range(random, &term->value.range);
	}
	if (kind == MATCH_TCP && unit_below(random, 4) == 0) {
		term = add_term(random, match, FIELD_TCP_OPTION,
				VALUE_TCP_OPTION);
		term->value.byte = 1 + unit_below(random, 3);
	}
	if (kind == MATCH_TCP && unit_below(random, 3) == 0) {
		term = add_term(random, match, FIELD_TCP_FLAGS,
				VALUE_TCP_FLAGS);
		random_byte_masked(random, &term->value);
	}
}

static void random_multiport(uint64_t *random, struct match *match,
			     struct value_list *list)
{
	static const enum field fields[] = { FIELD_SPORT, FIELD_DPORT,
					     FIELD_PORTS };
	struct term *term;

	match->kind = MATCH_MULTIPORT;
	term = add_term(random, match, PICK(random, fields), VALUE_PORT_LIST);
	random_list(random, list);
	term->value.list = list;
}

static void random_plain(uint64_t *random, struct match *match)
{
	struct term *term;

	switch (unit_below(random, 4)) {
	case 0:
		match->kind = MATCH_LENGTH;
		term = add_term(random, match, FIELD_LENGTH, VALUE_LENGTH);
		random_range(random, &term->value.range);
		break;
	case 1:
		match->kind = MATCH_MARK;
		term = add_term(random, match, FIELD_MARK, VALUE_MARK);
		random_masked(random, &term->value);
		break;
	case 2:
		match->kind = MATCH_PKTTYPE;
		term = add_term(random, match, FIELD_PKTTYPE, VALUE_PKTTYPE);
		term->value.byte = unit_below(random, 3);
		break;
	default:
		match->kind = MATCH_COMMENT;
		add_term(random, match, FIELD_NONE, VALUE_STRING);
		break;
	}
}

static void random_connection(uint64_t *random, struct match *match)
{
	struct term *term;

	match->kind = MATCH_CONNTRACK;
	if (unit_below(random, 3)) {
		term = add_term(random, match, FIELD_CT_STATE, VALUE_CT_STATE);
		term->value.byte = unit_below(random, 128);
	}
	if (unit_below(random, 3) == 0) {
		term = add_term(random, match, FIELD_CT_STATUS,
				VALUE_CT_STATUS);
		term->value.byte = unit_below(random, 16) << 4;
	}
	if (match->nr_terms == 0 || unit_below(random, 3) == 0) {
		term = add_term(random, match, FIELD_CT_ORIGSRC,
				VALUE_CT_ADDR);
		random_masked(random, &term->value);
	}
}

static void random_match(uint64_t *random, struct match *match,
			 struct value_list *list, uint8_t proto)
{
	struct term *term;

	if (unit_below(random, 5) == 0) {
		random_connection(random, match);
	} else if (unit_below(random, 3) == 0) {
		random_plain(random, match);
	} else if (proto == P_ICMP) {
		match->kind = MATCH_ICMP;
		term = add_term(random, match, FIELD_ICMP, VALUE_ICMP);
		random_icmp(random, &term->value);
	} else if (unit_below(random, 2)) {
		random_multiport(random, match, list);
	} else {
		random_tcp_or_udp(random, match,
				  proto == P_TCP ? MATCH_TCP : MATCH_UDP);
	}
}

static void random_rule(uint64_t *random, struct storage *s)
{
	uint8_t proto = protos[unit_below(random, 3)];
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->rule.matches = s->matches;
	s->rule.nr_matches = 1 + unit_below(random, MAX_MATCHES);
	for (i = 0; i < s->rule.nr_matches; i++) {
		s->matches[i].terms = s->terms[i];
		if (i == 0)
			random_ip(random, &s->matches[i], proto);
		else
			random_match(random, &s->matches[i], &s->lists[i],
				     proto);
	}
}

static uint64_t near_port(uint64_t *random)
{
	return (PICK(random, ports) + unit_below(random, 2)) & 65535;
}

static uint64_t near_addr(uint64_t *random)
{
	return PICK(random, addrs) ^ (unit_below(random, 4) ? 0 :
				      1u << unit_below(random, 32));
}

static void random_packet(uint64_t *random, enum hook hook, struct packet *p)
{
	uint64_t *c = p->column;

	p->proto = PICK(random, protos);
	p->header = unit_below(random, p->proto == P_TCP ? NR_HEADERS :
							    HEADER_BADOPT);
	p->option = unit_below(random, 4);
	c[COL_IIF] = hook == HOOK_OUTPUT ? 0 : PICK(random, names);
	c[COL_OIF] = hook == HOOK_INPUT ? 0 : PICK(random, names);
	c[COL_SADDR] = near_addr(random);
	c[COL_DADDR] = near_addr(random);
	c[COL_MARK] = near_addr(random);
	c[COL_SPORT] = near_port(random);
	c[COL_DPORT] = near_port(random);
	c[COL_ICMP] = unit_below(random, 4) << 8 | unit_below(random, 5);
	c[COL_TCPFLAGS] = unit_below(random, 64);
	c[COL_LENGTH] = unit_below(random, 8) ? near_port(random) : LENGTH_MAX;
	c[COL_PKTTYPE] = hook == HOOK_OUTPUT ? 0 : unit_below(random, 3);
	p->ct.label = unit_below(random, FLOW_UNTRACKED);
	if (p->ct.label != FLOW_INVALID)
		p->ct.label |= unit_below(random, 32) << 3 & ~LABEL_EXPECTED;
	p->ct.addr[0] = near_addr(random);
}

static void try_rule(uint64_t *random, struct arena *arena,
		     unsigned int seen[HOT + 1])
{
	enum hook hook = unit_below(random, NR_HOOKS);
	struct rows rows = { .arena = arena, .hook = hook };
	const struct abi_row action = { .counter = 9, .op = OP_ACCEPT };
	struct packet packet = { .proto = 0 };
	struct storage s;
	int i, err;

	random_rule(random, &s);
	err = draft_rule(&rows, &s.rule, &action);
	assert_int_equal(err, 0);
	for (i = 0; i < PACKETS; i++) {
		enum outcome expected;

		random_packet(random, hook, &packet);
		expected = rule_outcome(&s.rule, &packet);
		seen[expected]++;
		assert_int_equal(rows_outcome(&rows, &packet), expected);
	}
}

static void test_random(void **state)
{
	unsigned int seen[HOT + 1] = { 0 };
	uint64_t random = 7;
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		struct arena arena;

		arena_init(&arena);
		try_rule(&random, &arena, seen);
		arena_fini(&arena);
	}
	assert_true(seen[HIT] > 10000);
	assert_true(seen[HOT] > 10000);
	assert_true(seen[MISS] > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
