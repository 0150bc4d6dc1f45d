/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one meaning of a dump: chains, rules, typed matches in the order given,
 * targets. Built from the ast with every check that needs no kernel; printed as
 * iptables-save would. All memory is the arena's.
 */
#ifndef RULESET_H
#define RULESET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "abi.h"
#include "diag.h"
#include "value.h"

struct arena;
struct ast;
struct lookup;
struct names;

/* What an option tests. Those that a column holds are mapped in matrix.c. */
enum field {
	FIELD_NONE,		/* comment */
	FIELD_IIF,
	FIELD_OIF,
	FIELD_SADDR,
	FIELD_DADDR,
	FIELD_PROTO,
	FIELD_FRAGMENT,		/* -f: a fragment that is not the first */
	FIELD_SPORT,
	FIELD_DPORT,
	FIELD_PORTS,		/* either port is in the list */
	FIELD_TCP_FLAGS,
	FIELD_TCP_OPTION,
	FIELD_ICMP,
	FIELD_LENGTH,
	FIELD_TTL,
	FIELD_TOS,
	FIELD_MARK,
	FIELD_MAC,
	FIELD_PKTTYPE,
	/* Of the packet's connection; all of one match are asked together. */
	FIELD_CT_STATE,
	FIELD_CT_PROTO,
	FIELD_CT_ORIGSRC,
	FIELD_CT_ORIGDST,
	FIELD_CT_REPLSRC,
	FIELD_CT_REPLDST,
	FIELD_CT_ORIGSRC_PORT,
	FIELD_CT_ORIGDST_PORT,
	FIELD_CT_REPLSRC_PORT,
	FIELD_CT_REPLDST_PORT,
	FIELD_CT_STATUS,
	FIELD_CT_EXPIRE,
	FIELD_CT_DIR,
	NR_FIELDS,
};

/* One test: the field is in the value's set, or is not if invert. */
struct term {
	enum field field;
	enum value_type type;
	bool invert;
	uint8_t option;		/* row of match_types[].options, for saving */
	union value value;
	struct loc at;
};

/*
 * Extensions, and MATCH_IP for what iptables tests itself (-s -d -i -o -p -f).
 * Their rows, with options and requirements, are in match.c.
 */
enum match_kind {
	MATCH_IP,
	MATCH_TCP,
	MATCH_UDP,
	MATCH_UDPLITE,
	MATCH_SCTP,
	MATCH_DCCP,
	MATCH_ICMP,
	MATCH_MULTIPORT,
	MATCH_COMMENT,
	MATCH_IPRANGE,
	MATCH_LENGTH,
	MATCH_TTL,
	MATCH_TOS,
	MATCH_DSCP,
	MATCH_MARK,
	MATCH_MAC,
	MATCH_PKTTYPE,
	MATCH_STATE,
	MATCH_CONNTRACK,
	NR_MATCHES,
};

/* One -m, with its tests in the order in which they are saved. */
struct match {
	enum match_kind kind;
	unsigned int nr_terms;
	struct term *terms;
	struct loc at;
};

enum target {
	TARGET_NONE,
	TARGET_ACCEPT,
	TARGET_DROP,
	TARGET_RETURN,
	TARGET_JUMP,
	TARGET_GOTO,
	NR_TARGETS,
};

struct chain;

struct rule {
	unsigned int nr_matches;
	struct match *matches;	/* [0] is always MATCH_IP */
	enum target target;
	struct chain *jump;	/* JUMP, GOTO */
	bool any_device;	/* -i + or -o +: no test, but to the kernel the
				 * rule is not one without tests */
	bool dead;		/* behind a verdict of its chain that has no
				 * test: never met, and no part of any loop */
	bool settled;		/* there before the last COMMIT: -Z clears its
				 * counter, given or counted */
	unsigned int from;	/* counter of what was loaded that its own goes
				 * on from, plus 1; 0: it is new */
	uint64_t packets;	/* what its counter starts from */
	uint64_t bytes;
	struct loc at;		/* the line */
	struct loc target_at;	/* the word behind -j */
};

struct chain {
	const char *name;
	int hook;		/* enum hook, or -1 for a user chain */
	enum target policy;	/* ACCEPT or DROP; NONE for a user chain */
	bool kept;		/* policy not given: that of what runs now stays
				 * (policy is ACCEPT, for when nothing runs) */
	unsigned int from;	/* as a rule's */
	uint64_t packets;	/* what its counter starts from */
	uint64_t bytes;
	unsigned int nr_rules;
	struct rule *rules;
	unsigned int index;	/* place in ruleset.chains */
	unsigned int first_counter; /* of rules[0], as abi.h counts them */
	struct loc at;
};

/* chains[0 .. NR_HOOKS - 1] are the built-in ones by enum hook, then the user
 * chains in byte order: the order in which all is saved. */
struct ruleset {
	unsigned int nr_chains;
	struct chain **chains;
	unsigned int nr_rules;
	unsigned int nr_counters; /* NR_HOOKS policies, then the rules */
	bool counters;		/* the dump's counters count (-c) */
	bool given;		/* the dump has a *filter, or edits something;
				 * else nothing is to be changed */
	unsigned int nr_seen;	/* counters of what was loaded, ... */
	const struct abi_counter *seen; /* ... as they were read */
	struct lookup *lookup;	/* names protocols when it is saved */
};

/*
 * Builds the ruleset of an ast. Mistakes are reported to diag; what is returned
 * then is of no use. Never returns NULL.
 */
struct ruleset *ruleset_build(struct arena *arena, const struct ast *ast,
			      const struct names *names, bool counters,
			      struct diag *diag);

/*
 * The same for --noflush: the ast's lines edit a ruleset that is loaded
 * (loaded.h), which is not to be used any more.
 */
struct ruleset *ruleset_edit(struct arena *arena, const struct ast *ast,
			     const struct ruleset *loaded, bool counters,
			     struct diag *diag);

/*
 * Writes from "*filter" to "COMMIT" as iptables-save does, without the two
 * comment lines. counters: nr_counters values, or NULL for zeros.
 * with_counters puts [p:b] before each rule (-c).
 */
void print_ruleset(const struct ruleset *ruleset,
		   const struct abi_counter *counters, bool with_counters,
		   FILE *out);

/* For reading back: with the tests that iptables-save leaves out. */
void print_ruleset_exact(const struct ruleset *ruleset, FILE *out);

/* --dump=ruleset */
void ruleset_dump(const struct ruleset *ruleset, FILE *out);

#endif
