/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the oracle's files share: rules as the kernel has them, and its view of
 * a packet. Not for its users.
 */
#ifndef ORACLE_INT_H
#define ORACLE_INT_H

#include <netinet/in.h>
#include <stdbool.h>

#include <linux/netfilter/xt_conntrack.h>

#include "ast.h"
#include "oracle.h"

#define ORACLE_MATCHES	24
#define ORACLE_ADDRS	8
#define ORACLE_SLOTS	15

/* A packet while it is judged. */
struct oracle_view {
	const struct oracle_packet *packet;
	uint32_t saddr;
	uint32_t daddr;
	uint32_t thoff;		/* where the transport header begins */
	uint32_t fragoff;
	uint32_t total;		/* total length, as xt_length takes it */
	uint8_t proto;
	uint8_t ttl;
	uint8_t tos;
	bool hotdrop;
};

struct oracle_range {
	uint32_t lo;
	uint32_t hi;
	bool invert;
	bool set;
};

enum oracle_ports {
	ORACLE_SOURCE,
	ORACLE_DEST,
	ORACLE_EITHER,
};

/* One match with what its options say; each kind uses some members. */
struct oracle_match {
	const struct oracle_kind *kind;
	struct oracle_range range[2];	/* source, destination; length ... */
	uint32_t value;			/* tos, dscp, mark, pkttype */
	uint32_t mask;
	bool invert;
	uint8_t flags_mask;		/* tcp */
	uint8_t flags_value;
	bool flags_invert;
	uint8_t option;
	bool option_invert;
	uint8_t mac[6];
	enum oracle_ports which;	/* multiport */
	unsigned int nr_slots;
	struct oracle_range slots[ORACLE_SLOTS];
	struct xt_conntrack_mtinfo3 conntrack;	/* but in host order */
};

struct oracle_addr {
	uint32_t value;
	uint32_t mask;
};

struct oracle_device {
	char name[16];
	bool wild;
	bool set;
	bool invert;
};

enum oracle_target {
	ORACLE_NONE,
	ORACLE_TO_ACCEPT,
	ORACLE_TO_DROP,
	ORACLE_TO_RETURN,
	ORACLE_TO_CHAIN,
};

struct oracle_rule {
	struct oracle_rule *next;
	unsigned int counter;
	unsigned int nr_saddrs, nr_daddrs;	/* before lists are spread */
	struct oracle_addr saddrs[ORACLE_ADDRS];
	struct oracle_addr daddrs[ORACLE_ADDRS];
	bool saddr_invert, daddr_invert;
	struct oracle_device iif, oif;
	uint8_t proto;			/* 0: any */
	bool proto_invert;
	bool fragment, fragment_invert;
	unsigned int nr_matches;
	struct oracle_match matches[ORACLE_MATCHES];
	enum oracle_target target;
	bool go;			/* -g */
	const struct oracle_chain *chain;
};

struct oracle_chain {
	struct oracle_chain *next;
	const char *name;
	int hook;			/* -1: a user chain */
	bool accept;			/* policy */
	struct oracle_rule *rules;
	struct oracle_rule **last;
};

struct oracle {
	struct arena *arena;
	struct oracle_chain *chains;	/* in the order of the dump */
	struct oracle_chain *builtin[NR_HOOKS];
	unsigned int nr_counters;
};

/* Where the words of a rule are being read. */
struct oracle_words {
	struct oracle *oracle;
	const struct ast_word *word;	/* the next one */
	struct oracle_rule *rule;
	struct oracle_chain *home;
	struct oracle_match *match;	/* whose options come; may be NULL */
	bool invert;			/* a "!" stands before the option */
	const char *option;		/* whose value comes, of a match */
	const char *error;
};

struct oracle_option {
	const char *names[4];
	void (*read)(struct oracle_words *words, struct oracle_match *match);
};

/* An extension: how its options are read, what the kernel's match does. */
struct oracle_kind {
	const char *name;
	bool (*match)(const struct oracle_match *match,
		      struct oracle_view *view);
	struct oracle_option options[13];
	uint8_t proto;		/* that loads it by itself, 0: none */
};

extern const struct oracle_kind oracle_kinds[];
extern const unsigned int oracle_nr_kinds;

/* The next word, or NULL with an error. */
const char *oracle_word(struct oracle_words *words);

/* Unsigned number, decimal or 0x; moves text behind it. */
bool oracle_number(const char **text, uint32_t *value);
bool oracle_address(const char **text, uint32_t *value);

/* Reads a rule's words into words->rule; false with words->error. */
bool oracle_read_rule(struct oracle_words *words);

struct oracle_chain *oracle_find_chain(const struct oracle *oracle,
				       const char *name);

/* The kernel's matches: see oracle_match.c. */
bool oracle_match_tcp(const struct oracle_match *, struct oracle_view *);
bool oracle_match_udp(const struct oracle_match *, struct oracle_view *);
bool oracle_match_ports12(const struct oracle_match *, struct oracle_view *);
bool oracle_match_icmp(const struct oracle_match *, struct oracle_view *);
bool oracle_match_multiport(const struct oracle_match *, struct oracle_view *);
bool oracle_match_comment(const struct oracle_match *, struct oracle_view *);
bool oracle_match_iprange(const struct oracle_match *, struct oracle_view *);
bool oracle_match_length(const struct oracle_match *, struct oracle_view *);
bool oracle_match_ttl(const struct oracle_match *, struct oracle_view *);
bool oracle_match_tos(const struct oracle_match *, struct oracle_view *);
bool oracle_match_mark(const struct oracle_match *, struct oracle_view *);
bool oracle_match_mac(const struct oracle_match *, struct oracle_view *);
bool oracle_match_pkttype(const struct oracle_match *, struct oracle_view *);

/* state and conntrack: see oracle_conntrack.c. */
void oracle_read_conntrack(struct oracle_words *words,
			   struct oracle_match *match);
bool oracle_match_conntrack(const struct oracle_match *, struct oracle_view *);

#endif
