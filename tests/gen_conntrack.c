/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random tests of connections, and random connections for packets to belong to.
 * Goes in: a draft of a rule, or a test of one; comes out: its part with hints
 * for packets, or a flow that meets it or just not. It never writes what
 * iptables refuses, nor makes a flow that cannot be.
 */
#include "gen_int.h"

#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Tests of flows that no column holds, which a rule has room for, beside those
 * of other fields. */
#define MAX_CT	10

struct word {
	const char *names[2];
	uint32_t bits;
};

static const struct word states[] = {
	{ { "NEW", "new" }, 1u << GEN_CT_NEW },
	{ { "ESTABLISHED", "Established" }, 1u << GEN_CT_ESTABLISHED },
	{ { "RELATED", "related" }, 1u << GEN_CT_RELATED },
	{ { "INVALID", "invalid" }, 1u << GEN_CT_INVALID },
	{ { "UNTRACKED", "untracked" }, 0 },
	{ { "SNAT", "snat" }, 0 },
	{ { "DNAT", "DNAT" }, 0 },
};

#define NR_NO_NAT	5

static const struct word statuses[] = {
	{ { "ASSURED", "assured" }, IPS_ASSURED },
	{ { "SEEN_REPLY", "SEEN_reply" }, IPS_SEEN_REPLY },
	{ { "CONFIRMED", "confirmed" }, IPS_CONFIRMED },
	{ { "EXPECTED", "EXPECTED" }, IPS_EXPECTED },
	{ { "NONE", "none" }, 0 },
};

/* Writes a list, its first words more often; returns the bits. */
static uint32_t add_words(struct gen *gen, struct gen_draft *draft,
			  const struct word *words, unsigned int nr)
{
	unsigned int n = gen_between(gen, 1, gen_percent(gen, 80) ? 2 : nr), i;
	uint32_t bits = 0, at;

	for (i = 0; i < n; i++) {
		at = gen_below(gen, gen_percent(gen, 80) ? 3 : nr);
		gen_draft_add(draft, "%s%s", i ? "," : "",
			      words[at].names[gen_percent(gen, 10)]);
		bits |= words[at].bits;
	}
	return bits;
}

static void draft_state(struct gen *gen, struct gen_draft *draft)
{
	const char *not = gen_draft_not(gen, draft, GEN_STATE, GEN_STATE_NOT);
	uint32_t bits;

	if (!not)
		return;
	gen_draft_part(draft, "-m state %s--state ", not);
	bits = add_words(gen, draft, states, NR_NO_NAT);
	gen_draft_hint(draft, GEN_F_CT_STATE, bits, 0)->invert = *not;
}

/* What one option of conntrack writes: its number is the place in options[]. */
struct option {
	const char *name;
	enum gen_feature feature;	/* and negated, the one behind it */
	enum gen_field field;
	bool extra;			/* no column holds it */
	void (*add)(struct gen *gen, struct gen_draft *draft,
		    struct gen_hint *hint);
};

static void add_state(struct gen *gen, struct gen_draft *draft,
		      struct gen_hint *hint)
{
	unsigned int nr = NR_NO_NAT;

	if (gen_wants(gen, GEN_CTSTATE_NAT, 20)) {
		gen_draft_feature(draft, GEN_CTSTATE_NAT);
		nr = ARRAY_SIZE(states);
	}
	hint->lo = add_words(gen, draft, states, nr);
}

static void add_status(struct gen *gen, struct gen_draft *draft,
		       struct gen_hint *hint)
{
	hint->lo = add_words(gen, draft, statuses, ARRAY_SIZE(statuses));
}

static void add_dir(struct gen *gen, struct gen_draft *draft,
		    struct gen_hint *hint)
{
	hint->lo = hint->hi = gen_percent(gen, 50);
	gen_draft_add(draft, "%s", hint->lo ? "REPLY" : "ORIGINAL");
}

static void add_proto(struct gen *gen, struct gen_draft *draft,
		      struct gen_hint *hint)
{
	static const struct {
		const char *name;
		uint32_t proto;
	} protos[] = {
		{ "tcp", IPPROTO_TCP }, { "6", IPPROTO_TCP },
		{ "udp", IPPROTO_UDP }, { "0x11", IPPROTO_UDP },
		{ "icmp", IPPROTO_ICMP }, { "1", IPPROTO_ICMP },
		{ "sctp", IPPROTO_SCTP }, { "47", IPPROTO_GRE },
		{ "253", 253 }, { "255", 255 },
	};
	unsigned int at = gen_below(gen, ARRAY_SIZE(protos));

	gen_draft_add(draft, "%s", protos[at].name);
	hint->lo = hint->hi = protos[at].proto;
}

static void put_addr(struct gen_draft *draft, const char *before, uint32_t addr)
{
	gen_draft_add(draft, "%s%u.%u.%u.%u", before, addr >> 24,
		      addr >> 16 & 255, addr >> 8 & 255, addr & 255);
}

static void add_addr(struct gen *gen, struct gen_draft *draft,
		     struct gen_hint *hint)
{
	static const uint8_t lengths[] = { 0, 8, 15, 16, 24, 24, 30, 31, 32 };
	uint32_t addr = gen->universe.addrs[gen_below(gen,
						      gen->universe.nr_addrs)];
	uint32_t mask = ~0u, length;

	put_addr(draft, "", addr);
	if (gen_percent(gen, 60)) {
		length = lengths[gen_below(gen, sizeof(lengths))];
		mask = length ? ~0u << (32 - length) : 0;
		if (gen_percent(gen, 80))
			gen_draft_add(draft, "/%u", length);
		else
			put_addr(draft, "/", mask);
	}
	hint->masked = true;
	hint->lo = addr & mask;
	hint->hi = mask;
}

/* N, N:M, N: or :M, and now and then a range that holds nothing: not N:0, which
 * iptables-save prints as N. */
static void add_range(struct gen *gen, struct gen_draft *draft,
		      struct gen_hint *hint, uint32_t max)
{
	uint32_t swap = hint->lo;

	if (hint->lo > hint->hi && (!hint->hi || !gen_percent(gen, 5))) {
		hint->lo = hint->hi;
		hint->hi = swap;
	}
	switch (gen_below(gen, 5)) {
	case 0:
		hint->hi = max;
		gen_draft_add(draft, "%u:", hint->lo);
		break;
	case 1:
		hint->lo = 0;
		gen_draft_add(draft, ":%u", hint->hi);
		break;
	case 2:
		gen_draft_add(draft, "%u:%u", hint->lo, hint->hi);
		break;
	default:
		hint->hi = hint->lo;
		gen_draft_add(draft, "%u", hint->lo);
	}
}

static void add_port(struct gen *gen, struct gen_draft *draft,
		     struct gen_hint *hint)
{
	if (gen_wants(gen, GEN_PORT_NAME, 10)) {
		gen_draft_feature(draft, GEN_PORT_NAME);
		gen_draft_add(draft, "http");
		hint->lo = hint->hi = 80;
		return;
	}
	hint->lo = gen->universe.ports[gen_below(gen, gen->universe.nr_ports)];
	hint->hi = gen->universe.ports[gen_below(gen, gen->universe.nr_ports)];
	add_range(gen, draft, hint, 65535);
}

static uint32_t draw_seconds(struct gen *gen)
{
	return gen->universe.seconds[gen_below(gen, gen->universe.nr_seconds)];
}

static void add_expire(struct gen *gen, struct gen_draft *draft,
		       struct gen_hint *hint)
{
	hint->lo = draw_seconds(gen);
	hint->hi = draw_seconds(gen);
	add_range(gen, draft, hint, ~0u);
}

/* Replies are hinted at by what they are the other way round. */
static const struct option options[] = {
	{ "ctstate", GEN_CTSTATE, GEN_F_CT_STATE, false, add_state },
	{ "ctstatus", GEN_CTSTATUS, GEN_F_CT_STATUS, false, add_status },
	{ "ctdir", GEN_CTDIR, GEN_F_CT_DIR, false, add_dir },
	{ "ctproto", GEN_CTPROTO, GEN_F_CT_PROTO, true, add_proto },
	{ "ctorigsrc", GEN_CTADDR, GEN_F_CT_SADDR, true, add_addr },
	{ "ctorigdst", GEN_CTADDR, GEN_F_CT_DADDR, true, add_addr },
	{ "ctreplsrc", GEN_CTADDR, GEN_F_CT_DADDR, true, add_addr },
	{ "ctrepldst", GEN_CTADDR, GEN_F_CT_SADDR, true, add_addr },
	{ "ctorigsrcport", GEN_CTPORT, GEN_F_CT_SPORT, true, add_port },
	{ "ctorigdstport", GEN_CTPORT, GEN_F_CT_DPORT, true, add_port },
	{ "ctreplsrcport", GEN_CTPORT, GEN_F_CT_REPLY_SPORT, true, add_port },
	{ "ctrepldstport", GEN_CTPORT, GEN_F_CT_REPLY_DPORT, true, add_port },
	{ "ctexpire", GEN_CTEXPIRE, GEN_F_CT_EXPIRES, true, add_expire },
};

static bool draft_option(struct gen *gen, struct gen_draft *draft,
			 const struct option *option, bool first)
{
	const char *not = "";
	struct gen_hint *hint;

	if (option->feature != GEN_CTDIR)
		not = gen_draft_not(gen, draft, option->feature,
				    option->feature + 1);
	else if (gen_set_has(&gen->options.off, GEN_CTDIR))
		not = NULL;
	else
		gen_draft_feature(draft, GEN_CTDIR);
	if (!not || (option->extra && draft->nr_ct == MAX_CT))
		return false;
	if (first)
		gen_draft_part(draft, "-m conntrack");
	draft->nr_ct += option->extra;
	gen_draft_add(draft, " %s--%s ", not, option->name);
	hint = gen_draft_hint(draft, option->field, 0, 0);
	hint->invert = *not;
	option->add(gen, draft, hint);
	return true;
}

/* From a random option on, so that they come in different orders. */
static void draft_conntrack(struct gen *gen, struct gen_draft *draft)
{
	unsigned int from = gen_below(gen, ARRAY_SIZE(options)), i;
	unsigned int percent = gen_percent(gen, 10) ? 80 : 12;
	bool first = true;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (gen_percent(gen, percent) &&
		    draft_option(gen, draft,
				 &options[(from + i) % ARRAY_SIZE(options)],
				 first))
			first = false;
	}
}

void gen_draft_conntrack(struct gen *gen, struct gen_draft *draft)
{
	while (gen->stateful && draft->nr_parts < GEN_MAX_PARTS &&
	       gen_percent(gen, 40)) {
		if (gen_percent(gen, 50))
			draft_state(gen, draft);
		else
			draft_conntrack(gen, draft);
	}
}

/* --- Flows ---------------------------------------------------------------- */

void gen_flow_draw(struct gen *gen, struct gen_flow *flow)
{
	static const uint8_t protos[] = {
		IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP,
		IPPROTO_ICMP, IPPROTO_SCTP, IPPROTO_GRE, 253,
	};
	const struct gen_universe *universe = &gen->universe;

	flow->state = gen_below(gen, NR_GEN_CT);
	flow->reply = gen_percent(gen, 40);
	flow->status = gen_below(gen, 16);
	flow->proto = protos[gen_below(gen, sizeof(protos))];
	flow->saddr = universe->addrs[gen_below(gen, universe->nr_addrs)];
	flow->daddr = universe->addrs[gen_below(gen, universe->nr_addrs)];
	flow->sport = universe->ports[gen_below(gen, universe->nr_ports)];
	flow->dport = universe->ports[gen_below(gen, universe->nr_ports)];
	flow->expires_s = draw_seconds(gen);
}

/* One of the states in the hint, or one of the others, if there is any. */
static void hint_state(struct gen *gen, const struct gen_hint *hint,
		       struct gen_flow *flow, bool inside)
{
	uint32_t wanted = inside ? hint->lo : ~hint->lo;

	if (!(wanted & ((1u << NR_GEN_CT) - 1)))
		return;
	do {
		flow->state = gen_below(gen, NR_GEN_CT);
	} while (!(wanted >> flow->state & 1));
}

static void hint_status(struct gen *gen, const struct gen_hint *hint,
			struct gen_flow *flow, bool inside)
{
	flow->status &= ~hint->lo;
	if (inside)
		flow->status |= hint->lo & (gen_percent(gen, 50) ? ~0u :
					    hint->lo - 1);
	if (inside && !(flow->status & hint->lo))
		flow->status |= hint->lo;
}

void gen_flow_hint(struct gen *gen, const struct gen_hint *hint,
		   struct gen_flow *flow, bool inside)
{
	uint32_t value = inside ? gen_hint_in(gen, hint) :
		gen_hint_out(gen, hint);
	bool icmp = flow->proto == IPPROTO_ICMP;

	switch (hint->field) {
	case GEN_F_CT_STATE:
		hint_state(gen, hint, flow, inside);
		break;
	case GEN_F_CT_STATUS:
		hint_status(gen, hint, flow, inside);
		break;
	case GEN_F_CT_DIR:
		flow->reply = inside == (hint->lo != 0);
		break;
	case GEN_F_CT_PROTO:
		flow->proto = (uint8_t)value;
		break;
	case GEN_F_CT_SADDR:
		flow->saddr = value;
		break;
	case GEN_F_CT_DADDR:
		flow->daddr = value;
		break;
	case GEN_F_CT_SPORT:
		flow->sport = (uint16_t)value;
		break;
	case GEN_F_CT_DPORT:
		flow->dport = (uint16_t)value;
		break;
	case GEN_F_CT_REPLY_SPORT:
		*(icmp ? &flow->sport : &flow->dport) = (uint16_t)value;
		break;
	case GEN_F_CT_REPLY_DPORT:
		*(icmp ? &flow->dport : &flow->sport) = (uint16_t)value;
		break;
	default:
		flow->expires_s = value;
	}
}

/* No helper runs, so that nothing is expected; ICMP flows begin with one of
 * four queries, other than those with ports. */
void gen_flow_mend(struct gen *gen, struct gen_flow *flow)
{
	static const uint8_t queries[] = { 8, 8, 13, 15, 17 };
	uint8_t type = (uint8_t)(flow->dport >> 8);

	flow->status &= ~IPS_EXPECTED;
	if (flow->proto != IPPROTO_ICMP || memchr(queries, type, 5))
		return;
	type = queries[gen_below(gen, sizeof(queries))];
	flow->dport = (uint16_t)(type << 8 | (flow->dport & 255));
}
