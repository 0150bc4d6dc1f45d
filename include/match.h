/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches that bpfipt has, with their options, and the names of those that
 * only iptables has. Constant tables; a leaf.
 */
#ifndef MATCH_H
#define MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "ruleset.h"

struct match_option {
	const char *name;	/* long name, without -- */
	const char *saved;	/* the one that iptables-save prints */
	enum value_type type;
	enum field field;
	uint8_t id;		/* synonyms share one; terms are saved by it */
	bool fixed;		/* no ! before it */
	bool whole_unsaved;	/* all of its range: nothing is saved */
	bool absent;		/* iptables has it, bpfipt does not */
	const char *twice;	/* message for a second one, or NULL */
};

struct match_type {
	const char *name;
	const struct match_option *options;
	unsigned int nr_options;
	int protocol;		/* -p that the kernel insists on, or 0 */
	unsigned int hooks;	/* bit h: it may be in hook h; 0: in all */
	bool single;		/* its options exclude each other */
	bool ports;		/* -p with ports must be before its options */
	bool optional;		/* may stand without an option */
	const char *missing;	/* message if it does not, or NULL */
};

extern const struct match_type match_types[NR_MATCHES];

/* The kind of that name, or NR_MATCHES. MATCH_IP has none. */
enum match_kind match_find(const char *name);

/* The first row with the id of the given one: iptables names that. */
const struct match_option *
match_option_first(enum match_kind kind, const struct match_option *option);

/* Whether iptables has a match or target that bpfipt has not. */
bool match_known(const char *name);
bool match_known_target(const char *name);

/* Whether iptables takes the word for a target's name, not for a chain's. */
bool match_is_target(const char *name);

struct nearest;

/* Offers the names of bpfipt's own matches or targets. */
void match_offer(struct nearest *nearest);
void match_offer_targets(struct nearest *nearest);

#endif
