// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a line's command does to the chains. In: the command as read, the chains
 * as the lines before left them. Out: the chains changed, or one message;
 * iptables says "line N failed" for most, the reason is ours to add.
 */
#include "command.h"

#include <stdarg.h>
#include <string.h>

#include "arena.h"
#include "ast.h"
#include "list.h"
#include "match.h"
#include "nearest.h"

struct run {
	const struct rule_input *in;
	struct chains *chains;
	const struct ast_line *line;
	const struct command *command;
	struct building *chain;	/* that of the command, if it names one */
};

static void fail(const struct run *run, const struct ast_word *word,
		 const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void fail(const struct run *run, const struct ast_word *word,
		 const char *hint, const char *fmt, ...)
{
	char text[1536];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(run->in->diag, DIAG_FAILED,
		   word ? word->at : run->line->at, hint, "%s", text);
}

static const char *nearest_chain(const struct run *run, const char *name,
				 bool targets)
{
	struct nearest nearest = { .wanted = name };
	struct building *chain;

	if (!diag_wants_hint(run->in->diag))
		return NULL;
	if (targets)
		match_offer_targets(&nearest);
	for (chain = chains_first(run->chains); chain; chain = chain->after) {
		if (!chain->deleted)
			nearest_offer(&nearest, chain->chain.name);
	}
	if (!nearest.found)
		return NULL;
	return arena_printf(run->in->arena, "did you mean `%s'?",
			    nearest.found);
}

static void error_target(const struct run *run)
{
	const struct command *command = run->command;
	const char *name = command->target, *hint;
	enum diag_kind kind = DIAG_PARAMETER;
	struct loc at = command->target_word->at;

	hint = nearest_chain(run, name, !command->go);
	if (command->go) {
		diag_error(run->in->diag, kind, at, hint,
			   "goto '%s' is not a chain", name);
		return;
	}
	if (match_known_target(name)) {
		kind = DIAG_UNSUPPORTED;
		hint = arena_printf(run->in->arena,
				    "target `%s' is not supported by bpfipt",
				    name);
	}
	diag_error(run->in->diag, kind, at, hint,
		   "Couldn't load target `%s':No such file or directory\n",
		   name);
}

static const struct {
	const char *name;
	enum target target;
} targets[] = {
	{ "ACCEPT", TARGET_ACCEPT },
	{ "DROP", TARGET_DROP },
	{ "RETURN", TARGET_RETURN },
};

static enum target target_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (strcmp(targets[i].name, name) == 0)
			return targets[i].target;
	}
	return TARGET_NONE;
}

/* What -j or -g leads to; false after saying that it leads nowhere. */
static bool find_target(const struct run *run, enum target *target,
			struct chain **jump)
{
	const struct command *command = run->command;
	struct building *chain;

	*target = TARGET_NONE;
	*jump = NULL;
	if (!command->target)
		return true;
	if (!command->go)
		*target = target_of(command->target);
	if (*target != TARGET_NONE)
		return true;
	chain = chains_find(run->chains, command->target);
	if (!chain) {
		error_target(run);
		return false;
	}
	*target = command->go ? TARGET_GOTO : TARGET_JUMP;
	*jump = &chain->chain;
	return true;
}

/* Jumps to built-in chains are found out when the rule is put in its place,
 * after a missing chain. */
static bool chain_and_jump(const struct run *run, const struct chain *jump)
{
	const struct command *command = run->command;

	if (!run->chain) {
		fail(run, command->chain_word,
		     nearest_chain(run, command->chain, false),
		     "chain `%s' does not exist", command->chain);
		return false;
	}
	if (jump && jump->hook >= 0) {
		fail(run, command->target_word, NULL,
		     "no rule can jump to the built-in chain `%s'",
		     jump->name);
		return false;
	}
	return true;
}

static void no_rule(const struct run *run)
{
	fail(run, NULL, NULL, "chain `%s' has no rule %u, only %u",
	     run->command->chain, run->command->number, run->chain->nr_rules);
}

static struct chain_rule *find_equal(const struct run *run,
				     const struct rule *rule)
{
	struct chain_rule *at = run->chain->first;

	while (at && !rule_equal(&at->rule, rule))
		at = at->next;
	return at;
}

/* One rule of those that the command's address lists make. */
static bool place_rule(const struct run *run, const struct rule *rule)
{
	struct chain_rule *at = NULL;
	unsigned int number = run->command->number;

	switch (run->command->letter) {
	case 'I':
		at = chains_rule(run->chain, number ? number : 1);
		if (!at && number > run->chain->nr_rules + 1) {
			no_rule(run);
			return false;
		}
		/* fall through */
	case 'A':
		chains_insert(run->chains, run->chain, at, rule);
		return true;
	case 'R':
		at = chains_rule(run->chain, number);
		if (!at) {
			no_rule(run);
			return false;
		}
		chains_replace(at, rule);
		return true;
	}
	at = find_equal(run, rule);
	if (!at) {
		fail(run, NULL, NULL, "chain `%s' has no such rule",
		     run->command->chain);
		return false;
	}
	if (run->command->letter == 'D')
		chains_delete(run->chain, at);
	return true;
}

static void run_rule(const struct run *run)
{
	const struct command *command = run->command;
	struct chain *jump;
	enum target target;
	struct rule rule;
	unsigned int i, j;

	if (!find_target(run, &target, &jump) || !chain_and_jump(run, jump))
		return;
	for (i = 0; i < command->nr_addrs[0]; i++) {
		for (j = 0; j < command->nr_addrs[1]; j++) {
			rule_make(run->in->arena, command, i, j, &rule);
			rule.target = target;
			rule.jump = jump;
			if (command->verbose)
				list_rule(&rule, command->target,
					  command->verbose);
			if (!place_rule(run, &rule))
				return;
		}
	}
}

static void delete_numbered(const struct run *run)
{
	struct chain_rule *rule;

	if (!chain_and_jump(run, NULL))
		return;
	rule = chains_rule(run->chain, run->command->number);
	if (rule)
		chains_delete(run->chain, rule);
	else
		no_rule(run);
}

static void run_delete(const struct run *run)
{
	if (run->command->number)
		delete_numbered(run);
	else
		run_rule(run);
}

static void run_new(const struct run *run)
{
	const struct command *command = run->command;

	if (run->chain)
		fail(run, command->chain_word, NULL,
		     "chain `%s' is there already", command->chain);
	else if (strchr(command->chain, '"'))
		fail(run, command->chain_word, NULL,
		     "a chain's name holds a quote");
	else
		chains_add(run->chains, command->chain,
			   command->chain_word->at);
}

/* Why a chain cannot be deleted, or NULL. */
static const char *undeletable(const struct building *chain)
{
	if (chain->chain.hook >= 0)
		return "is built in";
	if (chain->references)
		return "is jumped to";
	return chain->nr_rules ? "is not empty" : NULL;
}

/* What -v says of a command that does the same to one chain or to all. */
static void tell(const struct run *run, const char *what,
		 const struct building *chain)
{
	if (run->command->verbose)
		fprintf(run->command->verbose, "%s chain `%s'\n", what,
			chain->chain.name);
}

static bool delete_chain(const struct run *run, struct building *chain)
{
	const char *reason = undeletable(chain);

	tell(run, "Deleting", chain);
	if (reason) {
		fail(run, run->command->chain_word, NULL, "chain `%s' %s",
		     chain->chain.name, reason);
		return false;
	}
	chains_remove(run->chains, chain);
	chains_touch(run->chains);
	return true;
}

static void run_delete_chain(const struct run *run)
{
	struct building *chain;

	if (run->command->chain) {
		if (chain_and_jump(run, NULL))
			delete_chain(run, run->chain);
		return;
	}
	for (chain = chains_first(run->chains); chain; chain = chain->after) {
		if (chain->deleted || chain->chain.hook >= 0)
			continue;
		if (!delete_chain(run, chain))
			return;
	}
}

static void run_rename(const struct run *run)
{
	const struct ast_word *name = run->command->second;

	if (!chain_and_jump(run, NULL))
		return;
	if (run->chain->chain.hook >= 0)
		fail(run, run->command->chain_word, NULL,
		     "chain `%s' is built in", run->command->chain);
	else if (chains_find(run->chains, name->text) ||
		 command_reserved(name->text))
		fail(run, name, NULL, "chain `%s' is there already",
		     name->text);
	else if (strlen(name->text) > CHAIN_NAME_MAX ||
		 strpbrk(name->text, "\" \t"))
		fail(run, name, NULL, "`%s' is no name for a chain",
		     name->text);
	else
		chains_rename(run->chains, run->chain, name->text);
}

/* What -F and -Z do, to one chain or to all. */
static void for_chains(const struct run *run, const char *what,
		       void (*act)(struct building *chain))
{
	struct building *chain;

	if (run->command->chain) {
		if (!chain_and_jump(run, NULL))
			return;
		tell(run, what, run->chain);
		act(run->chain);
		return;
	}
	for (chain = chains_first(run->chains); chain; chain = chain->after) {
		if (chain->deleted)
			continue;
		tell(run, what, chain);
		act(chain);
	}
}

static void run_flush(const struct run *run)
{
	for_chains(run, "Flushing", chains_flush);
}

static void run_zero(const struct run *run)
{
	struct chain_rule *rule;

	if (!run->command->number) {
		for_chains(run, "Zeroing", chains_zero);
		return;
	}
	if (!chain_and_jump(run, NULL))
		return;
	rule = chains_rule(run->chain, run->command->number);
	if (rule)
		chains_zero_rule(rule);
	else
		no_rule(run);
}

static void run_policy(const struct run *run)
{
	const struct command *command = run->command;
	const char *reason;

	if (!chain_and_jump(run, NULL))
		return;
	reason = command_set_policy(run->chain, command->second->text, command);
	if (reason)
		fail(run, command->second, NULL,
		     "policy `%s' of chain `%s': %s",
		     command->second->text, command->chain, reason);
}

bool command_reserved(const char *name)
{
	return target_of(name) != TARGET_NONE || strcmp(name, "QUEUE") == 0;
}

const char *command_set_policy(struct building *chain, const char *policy,
			       const struct command *counted)
{
	enum target target = target_of(policy);

	if (chain->chain.hook < 0)
		return "Bad built-in chain name";
	if (target != TARGET_ACCEPT && target != TARGET_DROP)
		return "Bad policy name";
	chain->chain.policy = target;
	chain->chain.kept = false;
	chain->given = true;
	chain->chain.from = 0;
	chain->chain.packets = counted->packets;
	chain->chain.bytes = counted->bytes;
	return NULL;
}

bool command_policy_counters(struct arena *arena, const struct ast_word *word,
			     struct command *counted)
{
	const char *colon, *digits;

	if (!word || word->text[0] != '[')
		return false;
	digits = word->text + 1;
	colon = strchr(digits, ':');
	if (!colon)
		return false;
	digits += *digits == '+' || *digits == '-';
	if (digits + strspn(digits, "0123456789") != colon)
		return false;
	return !rule_counters(arena_strndup(arena, word->text + 1,
					    (size_t)(colon - word->text - 1)),
			      colon + 1, counted);
}

/* -C changes nothing, -X only where there are chains of the user. */
static const struct {
	char letter;
	void (*run)(const struct run *run);
} runs[] = {
	{ 'A', run_rule },   { 'C', run_rule },	       { 'I', run_rule },
	{ 'R', run_rule },   { 'D', run_delete },      { 'N', run_new },
	{ 'F', run_flush },  { 'X', run_delete_chain }, { 'Z', run_zero },
	{ 'E', run_rename }, { 'P', run_policy },
};

void command_run(const struct rule_input *in, struct chains *chains,
		 const struct ast_line *line, const struct command *command)
{
	struct run run = { in, chains, line, command, NULL };
	unsigned int i;

	if (command->chain)
		run.chain = chains_find(chains, command->chain);
	if (command->letter && !strchr("CX", command->letter))
		chains_touch(chains);
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		if (runs[i].letter == command->letter)
			runs[i].run(&run);
	}
}
