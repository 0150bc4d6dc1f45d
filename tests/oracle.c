/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle's walk over the rules. Goes in: an ast and packets; comes out:
 * verdicts and counters. It takes no short cut: each rule is asked in turn.
 */
#include "oracle_int.h"

#include "arena.h"
#include "gen.h"

#include <stdlib.h>
#include <string.h>

#define STACK_DEPTH	256

struct oracle_chain *oracle_find_chain(const struct oracle *oracle,
				       const char *name)
{
	struct oracle_chain *chain;

	for (chain = oracle->chains; chain; chain = chain->next)
		if (!strcmp(chain->name, name))
			return chain;
	return NULL;
}

static bool add_chain(struct oracle *oracle, const struct ast_line *line)
{
	static const char *const builtin[NR_HOOKS] = {
		[HOOK_INPUT] = "INPUT",
		[HOOK_FORWARD] = "FORWARD",
		[HOOK_OUTPUT] = "OUTPUT",
	};
	struct oracle_chain *chain;
	unsigned int hook;

	if (line->nr_words < 2)
		return false;
	chain = arena_alloc(oracle->arena, 1, sizeof(*chain));
	chain->name = line->words->text;
	chain->last = &chain->rules;
	chain->hook = -1;
	chain->accept = !strcmp(line->words->next->text, "ACCEPT");
	for (hook = 0; hook < NR_HOOKS; hook++)
		if (!strcmp(chain->name, builtin[hook])) {
			chain->hook = (int)hook;
			oracle->builtin[hook] = chain;
		}
	chain->next = oracle->chains;
	oracle->chains = chain;
	return true;
}

/* A rule for each pair of addresses, as iptables appends them. */
static void spread_rule(struct oracle *oracle, struct oracle_chain *chain,
			const struct oracle_rule *rule)
{
	unsigned int s, d;

	for (s = 0; s < rule->nr_saddrs || s == 0; s++)
		for (d = 0; d < rule->nr_daddrs || d == 0; d++) {
			struct oracle_rule *copy = arena_alloc(oracle->arena, 1,
							       sizeof(*copy));

			*copy = *rule;
			copy->saddrs[0] = rule->saddrs[s];
			copy->daddrs[0] = rule->daddrs[d];
			*chain->last = copy;
			chain->last = &copy->next;
		}
}

static bool add_rule(struct oracle *oracle, const struct ast_line *line)
{
	struct oracle_words words = { .oracle = oracle, .word = line->words };

	words.rule = arena_alloc(oracle->arena, 1, sizeof(*words.rule));
	if (!oracle_read_rule(&words)) {
		fprintf(stderr, "oracle: line %u: %s\n", line->at.line,
			words.error);
		return false;
	}
	spread_rule(oracle, words.home, words.rule);
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct oracle_chain *x = *(struct oracle_chain *const *)a;
	const struct oracle_chain *y = *(struct oracle_chain *const *)b;

	if (x->hook >= 0 || y->hook >= 0)
		return (x->hook < 0 ? NR_HOOKS : x->hook) -
			(y->hook < 0 ? NR_HOOKS : y->hook);
	return strcmp(x->name, y->name);
}

/* Counters are numbered as the rules are saved. */
static void number_rules(struct oracle *oracle)
{
	struct oracle_chain *chain, **order;
	struct oracle_rule *rule;
	unsigned int nr = 0, i;

	for (chain = oracle->chains; chain; chain = chain->next)
		nr++;
	order = arena_alloc(oracle->arena, nr, sizeof(struct oracle_chain *));
	for (chain = oracle->chains, i = 0; chain; chain = chain->next)
		order[i++] = chain;
	qsort(order, nr, sizeof(*order), by_name);
	oracle->nr_counters = NR_HOOKS;
	for (i = 0; i < nr; i++)
		for (rule = order[i]->rules; rule; rule = rule->next)
			rule->counter = oracle->nr_counters++;
}

struct oracle *oracle_new(struct arena *arena, const struct ast *ast)
{
	struct oracle *oracle = arena_alloc(arena, 1, sizeof(*oracle));
	const struct ast_line *line;
	unsigned int hook;

	oracle->arena = arena;
	for (line = ast->lines; line; line = line->next)
		if (line->kind == AST_CHAIN && !add_chain(oracle, line))
			return NULL;
	for (hook = 0; hook < NR_HOOKS; hook++)
		if (!oracle->builtin[hook])
			return NULL;
	for (line = ast->lines; line; line = line->next)
		if (line->kind == AST_RULE && !add_rule(oracle, line))
			return NULL;
	number_rules(oracle);
	return oracle;
}

unsigned int oracle_nr_counters(const struct oracle *oracle)
{
	return oracle->nr_counters;
}

static bool match_addr(const struct oracle_addr *addr, bool invert,
		       uint32_t value)
{
	return ((value & addr->mask) == addr->value) != invert;
}

static bool match_device(const struct oracle_device *device, const char *name)
{
	size_t len = strlen(device->name);
	bool same;

	if (!device->set)
		return true;
	same = device->wild ? !strncmp(name, device->name, len) :
		!strcmp(name, device->name);
	return same != device->invert;
}

/* ip_packet_match */
static bool match_ip(const struct oracle_rule *rule,
		     const struct oracle_view *view)
{
	if (rule->nr_saddrs && !match_addr(&rule->saddrs[0], rule->saddr_invert,
					   view->saddr))
		return false;
	if (rule->nr_daddrs && !match_addr(&rule->daddrs[0], rule->daddr_invert,
					   view->daddr))
		return false;
	if (!match_device(&rule->iif, view->packet->iif) ||
	    !match_device(&rule->oif, view->packet->oif))
		return false;
	if (rule->proto && (rule->proto == view->proto) == rule->proto_invert)
		return false;
	return !rule->fragment ||
		(view->fragoff != 0) != rule->fragment_invert;
}

static bool match_rule(const struct oracle_rule *rule,
		       struct oracle_view *view)
{
	unsigned int i;

	if (!match_ip(rule, view))
		return false;
	for (i = 0; i < rule->nr_matches; i++)
		if (!rule->matches[i].kind->match(&rule->matches[i], view))
			return false;
	return true;
}

static uint32_t be(const uint8_t *at, unsigned int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | *at++;
	return value;
}

static struct oracle_view view_packet(const struct oracle_packet *packet)
{
	const uint8_t *ip = packet->data;
	struct oracle_view view = {
		.packet = packet,
		.saddr = be(ip + 12, 4),
		.daddr = be(ip + 16, 4),
		.thoff = (ip[0] & 15) * 4u,
		.fragoff = be(ip + 6, 2) & 0x1fff,
		.total = be(ip + 2, 2),
		.proto = ip[9],
		.ttl = ip[8],
		.tos = ip[1],
	};

	/* What does not fit the header's 16 bits is a GSO packet. */
	if (!view.total)
		view.total = packet->length;
	return view;
}

/* ipt_do_table: stack[] has the rules that come after the jumps taken. */
enum oracle_verdict oracle_run(const struct oracle *oracle,
			       const struct oracle_packet *packet,
			       uint32_t *counters)
{
	const struct oracle_chain *base = oracle->builtin[packet->hook];
	const struct oracle_rule *stack[STACK_DEPTH], *rule = base->rules;
	struct oracle_view view = view_packet(packet);
	unsigned int depth = 0;

	for (;;) {
		if (!rule) {
			if (!depth)
				break;
			rule = stack[--depth];
			continue;
		}
		if (!match_rule(rule, &view)) {
			if (view.hotdrop)
				return ORACLE_HOT;
			rule = rule->next;
			continue;
		}
		counters[rule->counter]++;
		if (rule->target == ORACLE_TO_ACCEPT)
			return ORACLE_ACCEPT;
		if (rule->target == ORACLE_TO_DROP)
			return ORACLE_DROP;
		if (rule->target == ORACLE_TO_CHAIN) {
			if (!rule->go && depth == STACK_DEPTH)
				abort();
			if (!rule->go)
				stack[depth++] = rule->next;
			rule = rule->chain->rules;
		} else {
			rule = rule->target == ORACLE_NONE ? rule->next : NULL;
		}
	}
	counters[packet->hook]++;
	return base->accept ? ORACLE_ACCEPT : ORACLE_DROP;
}

struct oracle_packet oracle_packet_from(const struct gen_packet *packet,
					uint8_t *buf)
{
	return (struct oracle_packet){
		.hook = packet->hook,
		.iif = packet->iif,
		.oif = packet->oif,
		.mac = packet->has_mac ? packet->mac : NULL,
		.pkttype = packet->pkttype,
		.mark = packet->mark,
		.data = buf,
		.len = gen_packet_bytes(packet, buf),
		.length = packet->length,
		.flow = &packet->flow,
	};
}
