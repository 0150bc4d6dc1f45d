/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the generator's files share: its random numbers, the rules that it made
 * with what packets must look like to meet them. Not for its users.
 */
#ifndef GEN_INT_H
#define GEN_INT_H

#include "gen.h"

#define GEN_MAX_HINTS	64
#define GEN_MAX_CHAINS	24
#define GEN_MAX_PARTS	16
#define GEN_PART_SIZE	800

/* Fields of a packet that a rule's tests are about. */
enum gen_field {
	GEN_F_SADDR,
	GEN_F_DADDR,
	GEN_F_PROTO,
	GEN_F_SPORT,
	GEN_F_DPORT,
	GEN_F_FLAGS,
	GEN_F_OPTION,
	GEN_F_ICMP,		/* type << 8 | code */
	GEN_F_LENGTH,
	GEN_F_TTL,
	GEN_F_TOS,
	GEN_F_MARK,
	GEN_F_PKTTYPE,
	GEN_F_FRAGMENT,
	GEN_F_MAC,
	GEN_F_IIF,
	GEN_F_OIF,
	/* Of the flow: gen_conntrack.c. */
	GEN_F_CT_STATE,		/* lo: bits of enum gen_ct */
	GEN_F_CT_STATUS,	/* lo: bits */
	GEN_F_CT_DIR,
	GEN_F_CT_PROTO,
	GEN_F_CT_SADDR,
	GEN_F_CT_DADDR,
	GEN_F_CT_SPORT,
	GEN_F_CT_DPORT,
	GEN_F_CT_REPLY_SPORT,
	GEN_F_CT_REPLY_DPORT,
	GEN_F_CT_EXPIRES,
	NR_GEN_FIELDS,
};

/* A test: lo <= field <= hi, or where mask is set (field & mask) == lo. */
struct gen_hint {
	enum gen_field field;
	bool invert;
	bool masked;
	bool wild;		/* IIF, OIF: a prefix */
	uint32_t lo;
	uint32_t hi;		/* or the mask */
	char name[GEN_IFNAME];	/* IIF, OIF; MAC: its 6 bytes */
};

struct gen_rule {
	unsigned int chain;
	int jump;		/* chain, or -1 */
	unsigned int copies;	/* rules that it is when saved */
	unsigned int nr_hints;
	struct gen_hint *hints;
	struct gen_set features;
	char *text;
};

struct gen_chain {
	char name[32];
	bool mac;		/* may test MACs: OUTPUT never gets here */
	bool unreachable;
	bool empty;
};

struct gen {
	uint64_t state;
	struct gen_options options;
	struct gen_universe universe;
	unsigned int nr_chains;	/* NR_HOOKS built-in ones first */
	struct gen_chain chains[GEN_MAX_CHAINS];
	unsigned int nr_rules;
	struct gen_rule *rules;
	struct gen_set features;
	bool faulty;		/* many packets with something cut off */
	bool stateful;		/* rules test connections, packets have them */
	unsigned int nr_saved;
	struct gen_saved *saved;
	char *text;
	size_t text_len;
};

/* A rule in the making: its words in parts that may change places. */
struct gen_draft {
	const struct gen_chain *chain;
	unsigned int index;	/* of the chain */
	unsigned int nr_parts;
	char parts[GEN_MAX_PARTS][GEN_PART_SIZE];
	unsigned int nr_hints;
	struct gen_hint hints[GEN_MAX_HINTS];
	unsigned int copies;
	int jump;
	int proto;		/* of -p, -1 none or negated */
	bool busy;		/* many matches, the same ones again */
	unsigned int nr_ct;	/* tests of a flow that no column holds */
	struct gen_set features;
};

uint64_t gen_random(struct gen *gen);
/* 0 .. n - 1 */
uint32_t gen_below(struct gen *gen, uint32_t n);
bool gen_percent(struct gen *gen, unsigned int percent);
uint32_t gen_between(struct gen *gen, uint32_t lo, uint32_t hi);
/* True with this chance, unless the feature is off. */
bool gen_wants(struct gen *gen, enum gen_feature feature,
	       unsigned int percent);

void *gen_alloc(size_t n, size_t size);

/* A new part of the rule; then more text for the last part. */
void gen_draft_part(struct gen_draft *draft, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void gen_draft_add(struct gen_draft *draft, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
struct gen_hint *gen_draft_hint(struct gen_draft *draft, enum gen_field field,
				uint32_t lo, uint32_t hi);
void gen_draft_feature(struct gen_draft *draft, enum gen_feature feature);

/* "! " or "", with the feature that goes with it. */
const char *gen_draft_not(struct gen *gen, struct gen_draft *draft,
			  enum gen_feature feature, enum gen_feature negated);

/* The parts of a rule but for its target: addresses, devices, protocol ... */
void gen_draft_ip(struct gen *gen, struct gen_draft *draft);
/* ... matches that belong to a protocol ... */
void gen_draft_proto(struct gen *gen, struct gen_draft *draft);
/* ... tests of connections, where the ruleset has some ... */
void gen_draft_conntrack(struct gen *gen, struct gen_draft *draft);
/* ... and the others. */
void gen_draft_matches(struct gen *gen, struct gen_draft *draft);

/* A flow of the universe's values; what a test of it asks for; and what no
 * packet could have put right. */
void gen_flow_draw(struct gen *gen, struct gen_flow *flow);
void gen_flow_hint(struct gen *gen, const struct gen_hint *hint,
		   struct gen_flow *flow, bool inside);
void gen_flow_mend(struct gen *gen, struct gen_flow *flow);

/* A number that passes a test, and one that fails it by little. */
uint32_t gen_hint_in(struct gen *gen, const struct gen_hint *hint);
uint32_t gen_hint_out(struct gen *gen, const struct gen_hint *hint);

#endif
