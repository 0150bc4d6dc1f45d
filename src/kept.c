// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policies that a dump does not give. In: the ruleset and the text of
 * what runs. Out: the ruleset with those policies; their counters
 * start from zero, as iptables' do then. A dump that gives all policies, as
 * saved ones do, asks nothing.
 */
#include "kept.h"

#include <string.h>

#include "ruleset.h"
#include "running.h"
#include "stored.h"

/* Whether the text has the line ":NAME DROP". */
static bool drops(const struct stored_text *stored, const char *name)
{
	const char *at = stored->text, *end = at + stored->text_len, *newline;
	size_t len = strlen(name);

	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			break;
		if (*at == ':' && (size_t)(newline - at) > len + 6 &&
		    memcmp(at + 1, name, len) == 0 &&
		    memcmp(at + 1 + len, " DROP ", 6) == 0)
			return true;
	}
	return false;
}

bool kept_any(const struct ruleset *ruleset)
{
	int hook;

	for (hook = 0; hook < NR_HOOKS; hook++)
		if (ruleset->chains[hook]->kept)
			return true;
	return false;
}

void kept_policies(struct ruleset *ruleset, const struct running *running)
{
	struct chain *chain;
	int hook;

	for (hook = 0; hook < NR_HOOKS; hook++) {
		chain = ruleset->chains[hook];
		if (!chain->kept)
			continue;
		/* Set in either case: this may be another try. */
		chain->policy = TARGET_ACCEPT;
		if (running->stored && drops(running->stored, chain->name))
			chain->policy = TARGET_DROP;
	}
}
