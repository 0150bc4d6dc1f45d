/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump taken both ways: by the product, up to the plan, and by the oracle.
 * Goes in: text and packets; comes out: what each of the two says, and whether
 * that is the same. The kernel is not asked.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "arena.h"
#include "diag.h"
#include "eval.h"
#include "gen.h"
#include "oracle.h"
#include "plan.h"

struct ruleset;

#define SUBJECT_HITS	65536u	/* counters that one packet may hit */

struct subject {
	struct arena arena;
	struct diag diag;
	const struct ruleset *ruleset;
	struct oracle *oracle;
	struct plan plan;
	unsigned int nr_counters;
	uint32_t *hits;		/* where the tables' evaluator writes them */
};

/* What a packet met. */
struct outcome {
	enum eval_verdict verdict;	/* ACCEPT, DROP, HOT, or a fault */
	uint32_t *counters;		/* hits, by counter index */
};

/*
 * Takes a dump. Returns 0, or -1 after saying on stderr what failed; the
 * subject is to be given back in both cases. text must outlive it.
 */
int subject_init(struct subject *subject, const char *text, size_t len);
void subject_fini(struct subject *subject);

/* The counters of an outcome, zeroed; the subject's arena owns them. */
struct outcome subject_outcome(struct subject *subject);

void subject_ask_oracle(const struct subject *subject,
			const struct gen_packet *packet,
			struct outcome *outcome);
void subject_ask_tables(const struct subject *subject,
			const struct gen_packet *packet,
			struct outcome *outcome);

/* A generated packet as the packet program parses it. */
struct eval_packet subject_parse(const struct gen_packet *packet);

bool subject_same(const struct subject *subject, const struct outcome *a,
		  const struct outcome *b);

/* One line: the verdict and the counters hit. */
void subject_print(const struct subject *subject, const char *who,
		   const struct outcome *outcome, FILE *out);

typedef bool subject_fails(const char *text, size_t len, void *data);

/*
 * Takes rules out of a dump as long as it fails. Returns the shorter text, to
 * be freed.
 */
char *subject_shrink(const char *text, size_t len, subject_fails *fails,
		     void *data);

#endif
