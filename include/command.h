/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carrying out a line's command on the chains.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

#include "chains.h"
#include "rule.h"

/* Does what the line says, or reports why that cannot be done. */
void command_run(const struct rule_input *in, struct chains *chains,
		 const struct ast_line *line, const struct command *command);

/* Sets a built-in chain's policy and counters; else why not. */
const char *command_set_policy(struct building *chain, const char *policy,
			       const struct command *counted);

/* "[p:b]" behind a chain's policy; false if it is none. */
bool command_policy_counters(struct arena *arena, const struct ast_word *word,
			     struct command *counted);

/* Names that no chain may have. */
bool command_reserved(const char *name);

#endif
