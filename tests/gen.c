/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random rulesets: chains, targets and the text of the dump. Goes in: a seed
 * and options; comes out: text that iptables-restore accepts, with the rules
 * kept for the packets. It never asks for time, names or other things outside.
 */
#include "gen_int.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const own_devices[] = {
	"lo", "eth0", "eth1", "eth10", "wlan0", "br-lan", "veth0.100", "ppp0",
	"abcdefghijklmno",
};

static const uint32_t own_addrs[] = {
	0x0a000001, 0x0a000002, 0x0a000003, 0x0a000101, 0x0a0001ff, 0x0a010000,
	0xc0a80101, 0xc0a80102, 0xc0a80180, 0xac100504, 0x7f000001, 0xe0000005,
	0xffffffff, 0x00000000, 0x80000000, 0x08080808,
};

static const uint16_t own_ports[] = {
	0, 1, 22, 53, 80, 81, 123, 443, 1023, 1024, 8080, 32767, 32768, 65534,
	65535,
};

static const uint8_t own_macs[][6] = {
	{ 0x02, 0, 0, 0, 0, 0x01 }, { 0x02, 0, 0, 0, 0, 0x02 },
	{ 0, 0, 0, 0, 0, 0 }, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	{ 0x52, 0x54, 0, 0xab, 0xcd, 0xef },
};

static const uint32_t own_marks[] = {
	0, 1, 2, 0xff, 0x100, 0x1ff, 0xdeadbeef, 0x80000000, 0xffffffff,
};

static const uint32_t own_seconds[] = {
	0, 1, 9, 10, 29, 30, 31, 119, 120, 599, 86400, 431999, 432000,
	0x7fffffff, 0xffffffff,
};

void *gen_alloc(size_t n, size_t size)
{
	void *memory = calloc(n ? n : 1, size);

	if (!memory) {
		fputs("gen: out of memory\n", stderr);
		exit(4);
	}
	return memory;
}

/* splitmix64: one word of state, any seed is good. */
uint64_t gen_random(struct gen *gen)
{
	uint64_t x = gen->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

uint32_t gen_below(struct gen *gen, uint32_t n)
{
	return (uint32_t)((gen_random(gen) >> 32) * n >> 32);
}

bool gen_percent(struct gen *gen, unsigned int percent)
{
	return gen_below(gen, 100) < percent;
}

uint32_t gen_between(struct gen *gen, uint32_t lo, uint32_t hi)
{
	return hi - lo == ~0u ? (uint32_t)gen_random(gen) :
		lo + gen_below(gen, hi - lo + 1);
}

bool gen_wants(struct gen *gen, enum gen_feature feature, unsigned int percent)
{
	bool wants = gen_percent(gen, percent);

	return wants && !gen_set_has(&gen->options.off, feature);
}

void gen_draft_part(struct gen_draft *draft, const char *fmt, ...)
{
	va_list args;

	assert(draft->nr_parts < GEN_MAX_PARTS);
	va_start(args, fmt);
	vsnprintf(draft->parts[draft->nr_parts++], GEN_PART_SIZE, fmt, args);
	va_end(args);
}

void gen_draft_add(struct gen_draft *draft, const char *fmt, ...)
{
	char *part = draft->parts[draft->nr_parts - 1];
	size_t used = strlen(part);
	va_list args;

	va_start(args, fmt);
	vsnprintf(part + used, GEN_PART_SIZE - used, fmt, args);
	va_end(args);
}

struct gen_hint *gen_draft_hint(struct gen_draft *draft, enum gen_field field,
				uint32_t lo, uint32_t hi)
{
	struct gen_hint *hint;

	if (draft->nr_hints == GEN_MAX_HINTS)
		draft->nr_hints--;
	hint = &draft->hints[draft->nr_hints++];
	memset(hint, 0, sizeof(*hint));
	hint->field = field;
	hint->lo = lo;
	hint->hi = hi;
	return hint;
}

void gen_draft_feature(struct gen_draft *draft, enum gen_feature feature)
{
	gen_set_add(&draft->features, feature);
}

const char *gen_draft_not(struct gen *gen, struct gen_draft *draft,
			  enum gen_feature feature, enum gen_feature negated)
{
	if (gen_wants(gen, negated, 25)) {
		gen_draft_feature(draft, negated);
		return "! ";
	}
	if (gen_set_has(&gen->options.off, feature))
		return NULL;
	gen_draft_feature(draft, feature);
	return "";
}

static void own_universe(struct gen_universe *universe)
{
	if (!universe->nr_devices) {
		universe->devices = own_devices;
		universe->nr_devices = ARRAY_SIZE(own_devices);
	}
	if (!universe->nr_addrs) {
		universe->addrs = own_addrs;
		universe->nr_addrs = ARRAY_SIZE(own_addrs);
	}
	if (!universe->nr_ports) {
		universe->ports = own_ports;
		universe->nr_ports = ARRAY_SIZE(own_ports);
	}
	if (!universe->nr_macs) {
		universe->macs = own_macs;
		universe->nr_macs = ARRAY_SIZE(own_macs);
	}
	if (!universe->nr_marks) {
		universe->marks = own_marks;
		universe->nr_marks = ARRAY_SIZE(own_marks);
	}
	if (!universe->nr_seconds) {
		universe->seconds = own_seconds;
		universe->nr_seconds = ARRAY_SIZE(own_seconds);
	}
}

static bool name_taken(const struct gen *gen, const char *name)
{
	unsigned int i;

	for (i = 0; i < gen->nr_chains; i++)
		if (!strcmp(gen->chains[i].name, name))
			return true;
	return false;
}

/* Names begin with a letter that no target's name does, then anything. */
static void draw_name(struct gen *gen, char *name)
{
	static const char letters[] =
		"abcxyzABCXYZ0123456789-_.:/+";
	unsigned int len, i;

	do {
		len = gen_percent(gen, 10) ? 28 : gen_between(gen, 1, 9);
		name[0] = "abcquvwz"[gen_below(gen, 8)];
		for (i = 1; i < len; i++)
			name[i] = letters[gen_below(gen, sizeof(letters) - 1)];
		name[len] = '\0';
	} while (name_taken(gen, name));
}

static void draw_chains(struct gen *gen)
{
	static const char *const builtin[NR_HOOKS] = {
		[HOOK_INPUT] = "INPUT",
		[HOOK_FORWARD] = "FORWARD",
		[HOOK_OUTPUT] = "OUTPUT",
	};
	bool mac = !gen_set_has(&gen->options.off, GEN_MAC) ||
		!gen_set_has(&gen->options.off, GEN_MAC_NOT);
	unsigned int i, nr;

	for (i = 0; i < NR_HOOKS; i++) {
		snprintf(gen->chains[i].name, sizeof(gen->chains[i].name),
			 "%s", builtin[i]);
		gen->chains[i].mac = mac && i != HOOK_OUTPUT;
	}
	gen->nr_chains = NR_HOOKS;
	if (!gen_wants(gen, GEN_CHAINS, 80))
		return;
	nr = NR_HOOKS + gen_between(gen, 1, gen_percent(gen, 30) ?
				    GEN_MAX_CHAINS - NR_HOOKS : 6);
	for (; gen->nr_chains < nr; gen->nr_chains++) {
		struct gen_chain *chain = &gen->chains[gen->nr_chains];
		char name[sizeof(chain->name)] = "";

		draw_name(gen, name);
		memcpy(chain->name, name, sizeof(name));
		chain->mac = mac && gen_percent(gen, 40);
		chain->unreachable = gen_wants(gen, GEN_UNREACHABLE, 8);
		chain->empty = gen_wants(gen, GEN_EMPTY_CHAIN, 8);
	}
}

/* A chain that rules of this one may jump to, or -1. */
static int draw_jump(struct gen *gen, unsigned int from)
{
	const struct gen_chain *source = &gen->chains[from];
	unsigned int first = from < NR_HOOKS ? NR_HOOKS : from + 1, try, to;
	bool loop = source->unreachable && gen_wants(gen, GEN_LOOP, 50);

	if (loop)
		first = NR_HOOKS;
	if (first >= gen->nr_chains)
		return -1;
	for (try = 0; try < 4; try++) {
		to = gen_between(gen, first, gen->nr_chains - 1);
		if (gen->chains[to].unreachable && !source->unreachable)
			continue;
		if (gen->chains[to].mac && !source->mac)
			continue;
		if (loop && !gen->chains[to].unreachable)
			continue;
		if (loop)
			gen_set_add(&gen->features, GEN_LOOP);
		return (int)to;
	}
	return -1;
}

static enum gen_feature draw_target(struct gen *gen,
				    const struct gen_draft *draft)
{
	static const struct {
		enum gen_feature feature;
		unsigned int weight[2];
	} targets[] = {
		{ GEN_ACCEPT, { 4, 26 } }, { GEN_DROP, { 4, 26 } },
		{ GEN_RETURN, { 4, 9 } }, { GEN_JUMP, { 40, 20 } },
		{ GEN_GOTO, { 4, 7 } }, { GEN_NONE, { 44, 12 } },
	};
	bool narrow = draft->nr_parts > 1 ||
		(draft->nr_parts && gen_percent(gen, 40));
	unsigned int i, at = gen_below(gen, 100);

	for (i = 0; i + 1 < ARRAY_SIZE(targets); i++) {
		if (at < targets[i].weight[narrow])
			break;
		at -= targets[i].weight[narrow];
	}
	if (gen_set_has(&gen->options.off, targets[i].feature))
		return GEN_NONE;
	/* What stands behind a verdict without tests is never met: a large
	 * ruleset would be a small one. And with many jumps always taken the
	 * ways through the chains grow beyond all bounds. */
	if (gen->nr_rules >= 1000 && draft->nr_hints < 2)
		return GEN_NONE;
	return targets[i].feature;
}

/* Writes "-j TARGET", "-g CHAIN" or nothing. */
static void draft_target(struct gen *gen, struct gen_draft *draft, char *text,
			 size_t size)
{
	static const char *const names[] = { "ACCEPT", "DROP", "RETURN" };
	enum gen_feature target = draw_target(gen, draft);
	bool longer = gen_wants(gen, GEN_LONG_OPTION, 8);

	text[0] = '\0';
	if (target == GEN_JUMP || target == GEN_GOTO) {
		draft->jump = draw_jump(gen, draft->index);
		if (draft->jump < 0)
			target = GEN_NONE;
		else
			snprintf(text, size, "%s %s", target == GEN_GOTO ?
				 (longer ? "--goto" : "-g") :
				 (longer ? "--jump" : "-j"),
				 gen->chains[draft->jump].name);
	} else if (target != GEN_NONE) {
		snprintf(text, size, "%s %s", longer ? "--jump" : "-j",
			 names[target - GEN_ACCEPT]);
	}
	gen_draft_feature(draft, target);
}

/* Any order, but that -p comes before the matches that ask for it. */
static void mix_parts(struct gen *gen, struct gen_draft *draft)
{
	char swap[GEN_PART_SIZE];
	unsigned int i, j, from = 0;

	for (i = 0; i < draft->nr_parts; i++) {
		const char *text = draft->parts[i];

		if (!strncmp(text, "! ", 2))
			text += 2;
		if (strncmp(text, "-p", 2) && strncmp(text, "--proto", 7))
			continue;
		memcpy(swap, draft->parts[i], sizeof(swap));
		memmove(draft->parts[1], draft->parts[0], i * sizeof(swap));
		memcpy(draft->parts[0], swap, sizeof(swap));
		from = 1;
		break;
	}
	for (i = draft->nr_parts; i > from + 1; i--) {
		j = gen_between(gen, from, i - 1);
		memcpy(swap, draft->parts[j], sizeof(swap));
		memcpy(draft->parts[j], draft->parts[i - 1], sizeof(swap));
		memcpy(draft->parts[i - 1], swap, sizeof(swap));
	}
}

static void write_rule(struct gen *gen, struct gen_draft *draft,
		       struct gen_rule *rule)
{
	unsigned int i, target_at = draft->nr_parts;
	char target[64];
	size_t len;
	FILE *out = open_memstream(&rule->text, &len);

	if (!out)
		abort();
	draft_target(gen, draft, target, sizeof(target));
	if (draft->nr_parts && gen_wants(gen, GEN_MIXED_ORDER, 20)) {
		gen_draft_feature(draft, GEN_MIXED_ORDER);
		mix_parts(gen, draft);
		target_at = gen_between(gen, 0, draft->nr_parts);
	}
	if (gen_wants(gen, GEN_COUNTERS, 10)) {
		/* The order in which arguments are evaluated is not fixed. */
		gen_draft_feature(draft, GEN_COUNTERS);
		fprintf(out, "[%u:", gen_below(gen, 1000));
		fprintf(out, "%u] ", gen_below(gen, 100000));
	}
	fprintf(out, "-A %s", draft->chain->name);
	for (i = 0; i <= draft->nr_parts; i++) {
		if (i == target_at && target[0])
			fprintf(out, " %s", target);
		if (i < draft->nr_parts)
			fprintf(out, " %s", draft->parts[i]);
	}
	fclose(out);
}

static unsigned int draw_chain(struct gen *gen)
{
	unsigned int chain, try;

	for (try = 0; try < 8; try++) {
		if (gen->nr_chains == NR_HOOKS || gen_percent(gen, 50))
			chain = gen_below(gen, NR_HOOKS);
		else
			chain = gen_between(gen, NR_HOOKS, gen->nr_chains - 1);
		if (!gen->chains[chain].empty)
			return chain;
	}
	return HOOK_INPUT;
}

static void draw_rule(struct gen *gen, struct gen_rule *rule)
{
	struct gen_draft *draft = gen_alloc(1, sizeof(*draft));

	draft->index = draw_chain(gen);
	draft->chain = &gen->chains[draft->index];
	draft->copies = 1;
	draft->jump = -1;
	draft->proto = -1;
	draft->busy = gen_percent(gen, 4);
	if (!gen_percent(gen, 6)) {
		gen_draft_ip(gen, draft);
		gen_draft_proto(gen, draft);
		gen_draft_conntrack(gen, draft);
		gen_draft_matches(gen, draft);
		gen_draft_conntrack(gen, draft);
	}
	write_rule(gen, draft, rule);
	rule->chain = draft->index;
	rule->jump = draft->jump;
	rule->copies = draft->copies;
	rule->features = draft->features;
	rule->nr_hints = draft->nr_hints;
	rule->hints = gen_alloc(draft->nr_hints, sizeof(*rule->hints));
	memcpy(rule->hints, draft->hints,
	       draft->nr_hints * sizeof(*rule->hints));
	free(draft);
}

static unsigned int draw_size(struct gen *gen)
{
	static const unsigned int bounds[] = { 1, 4, 16, 64, 65, 130, 300 };
	unsigned int i = gen_below(gen, ARRAY_SIZE(bounds) - 1);

	return gen_between(gen, bounds[i], bounds[i + 1]);
}

static void write_rules(struct gen *gen, FILE *out)
{
	bool mixed = gen_wants(gen, GEN_MIXED_ORDER, 30);
	unsigned int chain, i;

	for (chain = 0; chain < (mixed ? 1 : gen->nr_chains); chain++)
		for (i = 0; i < gen->nr_rules; i++)
			if (mixed || gen->rules[i].chain == chain)
				fprintf(out, "%s\n", gen->rules[i].text);
}

static void write_text(struct gen *gen)
{
	FILE *out = open_memstream(&gen->text, &gen->text_len);
	unsigned int i;
	bool drop;

	if (!out)
		abort();
	if (gen_percent(gen, 30))
		fputs("# made by a test\n\n", out);
	fputs("*filter\n", out);
	for (i = 0; i < gen->nr_chains; i++) {
		drop = i < NR_HOOKS && gen_wants(gen, GEN_POLICY_DROP, 35);
		if (drop)
			gen_set_add(&gen->features, GEN_POLICY_DROP);
		fprintf(out, ":%s %s [0:0]\n", gen->chains[i].name,
			i >= NR_HOOKS ? "-" : drop ? "DROP" : "ACCEPT");
	}
	write_rules(gen, out);
	fputs("COMMIT\n", out);
	fclose(out);
}

static int by_name(const void *a, const void *b)
{
	const struct gen_chain *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* The order of iptables-save: built-in chains, the others in byte order. */
static void list_saved(struct gen *gen)
{
	const struct gen_chain *order[GEN_MAX_CHAINS];
	unsigned int i, j, copy, nr = 0;
	struct gen_saved *to;

	for (i = 0; i < gen->nr_rules; i++)
		nr += gen->rules[i].copies;
	to = gen->saved = gen_alloc(nr, sizeof(*gen->saved));
	gen->nr_saved = nr;
	for (i = 0; i < gen->nr_chains; i++)
		order[i] = &gen->chains[i];
	qsort(order + NR_HOOKS, gen->nr_chains - NR_HOOKS, sizeof(order[0]),
	      by_name);
	for (i = 0; i < gen->nr_chains; i++)
		for (j = 0; j < gen->nr_rules; j++) {
			struct gen_rule *rule = &gen->rules[j];

			if (&gen->chains[rule->chain] != order[i])
				continue;
			for (copy = 0; copy < rule->copies; copy++) {
				to->chain = order[i]->name;
				to++->features = rule->features;
			}
		}
}

static void sum_features(struct gen *gen)
{
	bool filled[GEN_MAX_CHAINS] = { false }, called[GEN_MAX_CHAINS] = {
		true, true, true,
	};
	unsigned int i, j;

	for (i = 0; i < gen->nr_rules; i++) {
		for (j = 0; j < ARRAY_SIZE(gen->features.bits); j++)
			gen->features.bits[j] |= gen->rules[i].features.bits[j];
		filled[gen->rules[i].chain] = true;
		if (gen->rules[i].jump >= 0)
			called[gen->rules[i].jump] = true;
	}
	for (i = NR_HOOKS; i < gen->nr_chains; i++) {
		gen_set_add(&gen->features, GEN_CHAINS);
		if (!filled[i])
			gen_set_add(&gen->features, GEN_EMPTY_CHAIN);
		if (!called[i])
			gen_set_add(&gen->features, GEN_UNREACHABLE);
	}
}

struct gen *gen_new(const struct gen_options *options)
{
	struct gen *gen = gen_alloc(1, sizeof(*gen));
	unsigned int i;

	gen->state = options->seed;
	gen->options = *options;
	if (options->universe)
		gen->universe = *options->universe;
	own_universe(&gen->universe);
	gen->faulty = gen_percent(gen, 20);
	gen->stateful = options->stateful &&
		gen_percent(gen, options->stateful);
	draw_chains(gen);
	gen->nr_rules = options->rules ? options->rules : draw_size(gen);
	gen->rules = gen_alloc(gen->nr_rules, sizeof(*gen->rules));
	for (i = 0; i < gen->nr_rules; i++)
		draw_rule(gen, &gen->rules[i]);
	write_text(gen);
	list_saved(gen);
	sum_features(gen);
	return gen;
}

void gen_free(struct gen *gen)
{
	unsigned int i;

	if (!gen)
		return;
	for (i = 0; i < gen->nr_rules; i++) {
		free(gen->rules[i].text);
		free(gen->rules[i].hints);
	}
	free(gen->rules);
	free(gen->saved);
	free(gen->text);
	free(gen);
}

const char *gen_text(const struct gen *gen, size_t *len)
{
	*len = gen->text_len;
	return gen->text;
}

const struct gen_saved *gen_saved(const struct gen *gen, unsigned int *nr)
{
	*nr = gen->nr_saved;
	return gen->saved;
}

struct gen_set gen_features(const struct gen *gen)
{
	return gen->features;
}
