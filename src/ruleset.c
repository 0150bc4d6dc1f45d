// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ast to the one meaning of a dump: line after line, as iptables-restore
 * would carry them out, on chains that exist only here. In: the ast and, for
 * --noflush, the ruleset that it edits. Out: the ruleset, or messages, each
 * with its line; a bad line is left out and the next one read. What the kernel
 * would refuse is found by check_ruleset.
 */
#include "ruleset.h"

#include <errno.h>
#include <string.h>

#include "arena.h"
#include "ast.h"
#include "chains.h"
#include "check.h"
#include "command.h"
#include "lookup.h"
#include "nearest.h"
#include "rule.h"

/* The tables that iptables has for IPv4 and bpfipt has not. */
static const char *const other_tables[] = { "nat", "mangle", "raw",
					    "security" };

struct reading {
	struct rule_input in;
	struct chains *chains;
	const char *only;	/* -T */
	const char *current;	/* name behind the last * */
	bool in_table;
	bool skipping;		/* a table that was refused, up to its COMMIT */
	bool given;
	bool noflush;
	struct loc commit;	/* the last one */
	bool commit_missed;	/* the last line only looks like COMMIT */
	bool outside;		/* a line outside of tables was told of */
};

static void error_table(struct reading *reading, const struct ast_word *word)
{
	struct diag *diag = reading->in.diag;
	enum diag_kind kind = DIAG_PARAMETER;
	const char *hint = NULL;
	unsigned int i;

	for (i = 0; i < sizeof(other_tables) / sizeof(other_tables[0]); i++) {
		if (strcmp(other_tables[i], word->text) != 0)
			continue;
		kind = DIAG_UNSUPPORTED;
		hint = arena_printf(reading->in.arena,
				    "table `%s' is not supported by bpfipt, only `filter' is",
				    word->text);
	}
	if (strchr(word->text, '\r'))
		hint = "lines end in CR LF; only LF is allowed";
	diag_error(diag, kind, word->at, hint,
		   "%s: unable to initialize table '%s'", diag->program,
		   word->text);
}

/* What -v says of the chains that go; those that run now are not known here. */
static void tell_reset(const struct reading *reading)
{
	struct building *chain;
	FILE *out = reading->in.diag->verbose;

	if (!out)
		return;
	for (chain = chains_first(reading->chains); chain; chain = chain->after)
		if (!chain->deleted)
			fprintf(out, "Flushing chain `%s'\n",
				chain->chain.name);
	for (chain = chains_first(reading->chains); chain; chain = chain->after)
		if (!chain->deleted && chain->chain.hook < 0)
			fprintf(out, "Deleting chain `%s'\n",
				chain->chain.name);
}

static void start_table(struct reading *reading, const struct ast_line *line)
{
	struct diag *diag = reading->in.diag;

	if (!line->words) {
		diag_error(diag, DIAG_PARAMETER, line->at, NULL,
			   "%s: line %u table name invalid", diag->program,
			   line->at.line);
		return;
	}
	reading->current = line->words->text;
	if (reading->only && strcmp(reading->only, reading->current) != 0)
		return;
	reading->in_table = true;
	reading->outside = false;
	if (strcmp(reading->current, "filter") != 0) {
		error_table(reading, line->words);
		reading->skipping = true;
		return;
	}
	if (reading->noflush)
		return;
	tell_reset(reading);
	chains_reset(reading->chains);
	reading->given = true;
}

static void set_policy(struct reading *reading, const struct ast_line *line,
		       struct building *chain)
{
	const struct ast_word *name = line->words, *policy = name->next;
	struct diag *diag = reading->in.diag;
	struct command counted = { 0 };
	const char *reason;

	if (reading->in.counters &&
	    !command_policy_counters(reading->in.arena, policy->next,
				     &counted)) {
		diag_error(diag, DIAG_PARAMETER,
			   policy->next ? policy->next->at : line->at, NULL,
			   "invalid policy counters for chain '%s'",
			   name->text);
		return;
	}
	reason = command_set_policy(chain, policy->text, &counted);
	chains_touch(reading->chains);
	if (reason)
		diag_error(diag, DIAG_OTHER, policy->at, NULL,
			   "Can't set policy `%s' on `%s' line %u: %s",
			   policy->text, name->text, line->at.line, reason);
}

/* A name with a quote in it could not be read back from saved text. */
static bool good_name(struct reading *reading, const struct ast_word *word)
{
	if (strlen(word->text) > CHAIN_NAME_MAX) {
		diag_error(reading->in.diag, DIAG_PARAMETER, word->at, NULL,
			   "Invalid chain name `%s' (%u chars max)",
			   word->text, CHAIN_NAME_MAX);
		return false;
	}
	if (strchr(word->text, '"')) {
		diag_error(reading->in.diag, DIAG_PARAMETER, word->at, NULL,
			   "Invalid chain name `%s'", word->text);
		return false;
	}
	return true;
}

static void declare_chain(struct reading *reading, const struct ast_line *line)
{
	const struct ast_word *name = line->words;
	struct diag *diag = reading->in.diag;
	struct building *chain;

	if (!name) {
		diag_error(diag, DIAG_PARAMETER, line->at, NULL,
			   "%s: line %u chain name invalid", diag->program,
			   line->at.line);
		return;
	}
	if (!good_name(reading, name))
		return;
	chain = chains_find(reading->chains, name->text);
	if (reading->noflush && chain && chain->chain.hook < 0) {
		chains_flush(chain);
		chains_touch(reading->chains);
	} else if (command_reserved(name->text) ||
		   (chain && chain->chain.hook < 0)) {
		diag_error(diag, DIAG_PARAMETER, name->at, NULL,
			   "error creating chain '%s':%s", name->text,
			   strerror(EEXIST));
		return;
	}
	if (!chain) {
		chain = chains_add(reading->chains, name->text, name->at);
		chains_touch(reading->chains);
	}
	chain->chain.at = name->at;
	if (!name->next)
		diag_error(diag, DIAG_PARAMETER, line->at, NULL,
			   "%s: line %u policy invalid", diag->program,
			   line->at.line);
	else if (strcmp(name->next->text, "-") != 0)
		set_policy(reading, line, chain);
}

/* Inside a table a line that starts with * or holds COMMIT and more is a rule
 * like any other, whose first word is no option. */
static void error_word(struct reading *reading, const struct ast_line *line,
		       const char *mark)
{
	struct loc at = { line->at.line, 1, 1 };

	diag_error(reading->in.diag, DIAG_BARE, at, NULL,
		   "Bad argument `%s%s'", mark,
		   line->words ? line->words->text : "");
}

static void run_rule(struct reading *reading, const struct ast_line *line)
{
	struct command command;

	reading->commit_missed = line->nr_words == 1 &&
				 strcmp(line->words->text, "COMMIT") == 0;
	if (rule_parse(&reading->in, line, &command))
		command_run(&reading->in, reading->chains, line, &command);
}

static void read_in_table(struct reading *reading, const struct ast_line *line)
{
	if (line->kind == AST_COMMIT) {
		reading->in_table = false;
		reading->skipping = false;
		reading->commit = line->at;
		if (reading->noflush)
			reading->given = chains_commit(reading->chains);
		return;
	}
	if (reading->skipping)
		return;
	if (line->fault.text)
		diag_error(reading->in.diag, DIAG_PARAMETER, line->fault.at,
			   NULL, "%s", line->fault.text);
	else if (line->kind == AST_TABLE)
		error_word(reading, line, "*");
	else if (line->kind == AST_CHAIN)
		declare_chain(reading, line);
	else
		run_rule(reading, line);
}

static void error_outside(struct reading *reading, const struct ast_line *line)
{
	if (reading->only &&
	    (!reading->current ||
	     strcmp(reading->only, reading->current) != 0))
		return;
	/* The lines behind it only follow from the first one. */
	if (reading->outside)
		return;
	reading->outside = true;
	diag_error(reading->in.diag, DIAG_FAILED, line->at,
		   strncmp(line->words ? line->words->text : "",
			   "\xef\xbb\xbf", 3) == 0 ?
			   "the file begins with a byte order mark" :
			   NULL,
		   "no table has been opened here");
}

static void read_line(struct reading *reading, const struct ast_line *line)
{
	reading->commit_missed = false;
	if (line->kind == AST_COMMENT) {
		if (reading->in.diag->verbose)
			fprintf(reading->in.diag->verbose, "%s\n",
				line->words->text);
		return;
	}
	if (reading->in_table)
		read_in_table(reading, line);
	else if (line->kind == AST_TABLE)
		start_table(reading, line);
	else
		error_outside(reading, line);
}

static void check_commit(struct reading *reading, const struct ast *ast)
{
	struct loc at = { ast->nr_lines + 1, 0, 0 };

	if (!reading->in_table || reading->skipping || reading->commit_missed)
		return;
	diag_error(reading->in.diag, DIAG_PLAIN, at, NULL,
		   "COMMIT expected at line %u", at.line);
}

/* What was loaded has no line of this text: if the edits make a mistake of it,
 * that shows at the COMMIT, as in iptables. */
static void place_rule(struct rule *rule, struct loc at)
{
	unsigned int i;

	rule->at = at;
	rule->target_at = at;
	for (i = 0; i < rule->nr_matches; i++)
		rule->matches[i].at = at;
}

static void place_loaded(const struct ruleset *ruleset, struct loc at)
{
	struct chain *chain;
	unsigned int i, j;

	for (i = 0; i < ruleset->nr_chains; i++) {
		chain = ruleset->chains[i];
		if (!chain->at.line)
			chain->at = at;
		for (j = 0; j < chain->nr_rules; j++)
			if (!chain->rules[j].at.line)
				place_rule(&chain->rules[j], at);
	}
}

static struct ruleset *build(struct reading *reading, const struct ast *ast)
{
	struct arena *arena = reading->in.arena;
	const struct ast_line *line;
	struct ruleset *ruleset;

	reading->in.table = "filter";
	reading->only = ast->only_table;
	for (line = ast->lines; line; line = line->next)
		read_line(reading, line);
	check_commit(reading, ast);
	ruleset = chains_finish(reading->chains);
	ruleset->counters = reading->in.counters;
	ruleset->given = reading->given;
	ruleset->lookup = reading->in.lookup;
	if (reading->noflush)
		place_loaded(ruleset, reading->commit);
	check_ruleset(arena, ruleset, reading->in.diag);
	return ruleset;
}

struct ruleset *ruleset_build(struct arena *arena, const struct ast *ast,
			      const struct names *names, bool counters,
			      struct diag *diag)
{
	struct reading reading = {
		.in = { .arena = arena,
			.lookup = lookup_new(arena, names),
			.diag = diag,
			.counters = counters },
		.chains = chains_new(arena),
	};

	return build(&reading, ast);
}

struct ruleset *ruleset_edit(struct arena *arena, const struct ast *ast,
			     const struct ruleset *loaded, bool counters,
			     struct diag *diag)
{
	struct reading reading = {
		.in = { .arena = arena,
			.lookup = loaded->lookup,
			.diag = diag,
			.counters = counters },
		.chains = chains_new(arena),
		.noflush = true,
	};
	struct ruleset *ruleset;

	chains_load(reading.chains, loaded);
	ruleset = build(&reading, ast);
	ruleset->nr_seen = loaded->nr_seen;
	ruleset->seen = loaded->seen;
	return ruleset;
}
