// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is loaded as a ruleset: the text that bpfipt stored goes through the
 * same grammar as any dump, and each rule gets the counter that it has. In:
 * what was read back. Out: the ruleset, or one message. It asks the kernel
 * nothing.
 */
#include "loaded.h"

#include <string.h>

#include "ast.h"
#include "diag.h"
#include "ruleset.h"
#include "running.h"
#include "stored.h"

#define EMPTY	"*filter\n" \
		":INPUT ACCEPT [0:0]\n" \
		":FORWARD ACCEPT [0:0]\n" \
		":OUTPUT ACCEPT [0:0]\n" \
		"COMMIT\n"

static void count_chain(struct chain *chain, const struct abi_counter *counters)
{
	unsigned int i, at = chain->first_counter;

	if (chain->hook >= 0) {
		chain->packets = counters[chain->hook].packets;
		chain->bytes = counters[chain->hook].bytes;
		chain->from = (unsigned int)chain->hook + 1;
	}
	for (i = 0; i < chain->nr_rules; i++, at++) {
		chain->rules[i].packets = counters[at].packets;
		chain->rules[i].bytes = counters[at].bytes;
		chain->rules[i].from = at + 1;
	}
}

static void count(struct ruleset *ruleset, const struct running *running)
{
	unsigned int i;

	for (i = 0; i < ruleset->nr_chains; i++)
		count_chain(ruleset->chains[i], running->counters);
	ruleset->nr_seen = ruleset->nr_counters;
	ruleset->seen = running->counters;
}

struct ruleset *loaded_build(struct arena *arena, const struct running *running,
			     const struct names *names,
			     const struct diag *diag)
{
	const struct stored_text *stored = running->stored;
	struct diag own = {
		.program = diag->program,
		.file = "<kernel>",
		.quiet = true,
		.text = stored ? stored->text : EMPTY,
		.text_len = stored ? stored->text_len : strlen(EMPTY),
	};
	struct ruleset *ruleset = ruleset_build(arena, ast_parse(arena, &own),
						names, false, &own);

	if (own.nr_errors ||
	    (stored && ruleset->nr_counters != stored->nr_counters)) {
		diag_system(diag, 0,
			    "cannot read the ruleset that bpfipt %.*s stored",
			    STORED_BUILD, stored ? stored->build : "");
		return NULL;
	}
	if (stored)
		count(ruleset, running);
	return ruleset;
}
