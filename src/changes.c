// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a restore would change. In: what was read back, and the ruleset to
 * come. Out: the diff of both as they are saved, with the tests that
 * iptables-save leaves out and without counters. It changes nothing.
 */
#include "changes.h"

#include <errno.h>
#include <stdlib.h>

#include "diag.h"
#include "diff.h"
#include "loaded.h"
#include "names.h"
#include "ruleset.h"

/* A ruleset's text, to be freed. */
static int text_new(const struct ruleset *ruleset, struct diff_side *side,
		    char **text)
{
	FILE *out = open_memstream(text, &side->len);

	if (!out)
		return -errno;
	print_ruleset_exact(ruleset, out);
	if (fclose(out))
		return -errno;
	side->text = *text;
	return 0;
}

/* A difference that did not get out is a failure, not a difference. */
static int print(struct arena *arena, const struct diff_side *old,
		 const struct diff_side *new, const struct diag *diag,
		 FILE *out)
{
	bool differs = diff_print(arena, old, new, out);

	if (fflush(out) || ferror(out))
		return diag_system(diag, errno, "cannot write the difference");
	return differs;
}

int changes_print(struct arena *arena, const struct running *running,
		  const struct ruleset *ruleset, const struct diag *diag,
		  FILE *out)
{
	struct diff_side old = { .name = "running" };
	struct diff_side new = { .name = diag->file };
	char *old_text = NULL, *new_text = NULL;
	const struct ruleset *loaded;
	int err;

	loaded = loaded_build(arena, running, &names_system, diag);
	if (!loaded)
		return -EIO;
	err = text_new(loaded, &old, &old_text);
	if (!err)
		err = text_new(ruleset, &new, &new_text);
	if (err)
		diag_system(diag, -err, "cannot compare the rules");
	else
		err = print(arena, &old, &new, diag, out);
	free(new_text);
	free(old_text);
	return err;
}
