// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of a restore from text to what runs, one call for each step, as
 * src/restore.c has it. Settings are the defaults.
 */
#include "committed.h"

#include <string.h>

#include "arena.h"
#include "ast.h"
#include "commit.h"
#include "diag.h"
#include "names.h"
#include "plan.h"
#include "ruleset.h"
#include "settings.h"

int committed(const char *rules, const struct mechanism *mechanism)
{
	struct settings settings;
	const struct commit_request request = {
		.settings = &settings,
		.mechanism = mechanism,
	};
	struct diag diag = {
		.program = "test", .file = "<test>", .text = rules,
		.text_len = strlen(rules),
	};
	struct plan plan = {};
	struct arena arena;
	int err;

	settings_init(&settings);
	arena_init(&arena);
	err = plan_build(&arena, ruleset_build(&arena,
					       ast_parse(&arena, &diag),
					       &names_system, false, &diag),
			 &diag, &plan);
	if (!err && !diag.nr_errors)
		err = commit_run(&plan, &request, &diag);
	plan_free(&plan);
	arena_fini(&arena);
	return err;
}
