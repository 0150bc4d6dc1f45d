// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One program under three names. In: the command line. Out: the exit status,
 * which is chosen here and nowhere else:
 *
 *   0  done
 *   1  a line or the commit failed, wrong arguments, a file not opened, no
 *      connection to delete
 *   2  a mistake in the dump, or something that bpfipt refuses
 *   4  the system cannot: rights, memory, the lock
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "conntrack.h"
#include "conntrack_options.h"
#include "diag.h"
#include "names.h"
#include "options.h"
#include "restore.h"
#include "save.h"
#include "status.h"
#include "unload.h"

static int status_of(const struct diag *diag, int err)
{
	if (diag->nr_errors)
		return diag->status;
	if (err == -ECANCELED)
		return 2;
	if (err > 0)
		return 1;
	return err ? 4 : 0;
}

/* What was printed must have got out. */
static int flush(int status)
{
	if ((fflush(stdout) || ferror(stdout)) && status == 0) {
		perror("standard output");
		return 1;
	}
	return status;
}

static int run_text(const struct options *options, struct diag *diag, int *err)
{
	char *text = NULL;

	if (restore_read(options->file, &text, &diag->text_len))
		return 1;
	diag->text = text;
	if (options->file)
		diag->file = options->file;
	*err = restore_run(options, diag);
	free(text);
	return flush(status_of(diag, *err));
}

/* With --diff 1 says that the texts differ, and nothing else. */
static int run_restore(int argc, char **argv, struct diag *diag)
{
	struct options options;
	int status, err = 0;

	if (!options_restore(argc, argv, diag, &options, &status)) {
		status = flush(status);
	} else {
		err = config_read(options.conf, &options.settings, diag);
		status = err ? status_of(diag, err) :
			       run_text(&options, diag, &err);
	}
	return options.diff && status == 1 && err != 1 ? 2 : status;
}

static int run_save(int argc, char **argv, struct diag *diag)
{
	struct options options;
	struct save_request request;
	int status;

	if (!options_save(argc, argv, diag, &options, &status))
		return flush(status);
	request.netns = options.netns;
	request.table = options.table;
	request.file = options.file;
	request.counters = options.counters;
	request.timestamp = options.timestamp;
	request.json = options.json;
	return save_run(&request, diag) ? 1 : 0;
}

static int run_status(int argc, char **argv, struct diag *diag)
{
	struct options options;
	int status;

	if (!options_verb(argc, argv, diag, &options, &status))
		return status;
	return flush(status_of(diag, status_run(options.netns, stdout, diag)));
}

static int run_unload(int argc, char **argv, struct diag *diag)
{
	struct options options;
	int status;

	if (!options_verb(argc, argv, diag, &options, &status))
		return status;
	return status_of(diag,
			 unload_run(options.netns, options.wait_s,
				    options.keep_table, diag));
}

/* As conntrack(8), it fails if there was nothing to delete. */
static int run_conntrack(int argc, char **argv, struct diag *diag)
{
	struct conntrack_request request;
	uint64_t nr = 0;
	int status, err;

	if (!conntrack_options(argc, argv, &names_system, &request, &status))
		return flush(status);
	err = conntrack_run(&request, stdout, diag, &nr);
	if (!err && !nr && request.act == CONNTRACK_DELETE)
		return flush(1);
	return flush(status_of(diag, err));
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv, struct diag *diag);
} verbs[] = {
	{ "status", run_status },
	{ "unload", run_unload },
	{ "conntrack", run_conntrack },
};

#define NR_VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static int usage(FILE *out)
{
	fputs("Usage: bpfipt status [--netns NAME]\n"
	      "       bpfipt unload [--netns NAME] [-w [SECONDS]] [--keep-conntrack]\n"
	      "       bpfipt conntrack -L|-D|-F|-C [OPTION]...\n"
	      "       bpfipt -V\n"
	      "See also bpfipt-restore -h and the manual pages bpfipt(8), "
	      "bpfipt-restore(8), bpfipt-save(8).\n", out);
	return out == stdout ? flush(0) : 1;
}

static int run_verb(int argc, char **argv, struct diag *diag)
{
	size_t i;

	for (i = 0; argc > 1 && i < NR_VERBS; i++) {
		if (strcmp(verbs[i].name, argv[1]) == 0)
			return verbs[i].run(argc - 1, argv + 1, diag);
	}
	if (argc > 1 && (strcmp(argv[1], "-V") == 0 ||
			 strcmp(argv[1], "--version") == 0)) {
		options_version(diag);
		return flush(0);
	}
	if (argc > 1 && (strcmp(argv[1], "-h") == 0 ||
			 strcmp(argv[1], "--help") == 0))
		return usage(stdout);
	if (argc > 1)
		fprintf(stderr, "%s: no verb `%s'\n", diag->program, argv[1]);
	return usage(stderr);
}

/* "x-restore" and "x-save", whatever x is: so the tools can stand in for those
 * of iptables under their names. */
static bool ends_in(const char *name, const char *tail)
{
	size_t len = strlen(name), tail_len = strlen(tail);

	return len > tail_len && strcmp(name + len - tail_len, tail) == 0;
}

int main(int argc, char **argv)
{
	struct diag diag = { .file = "<stdin>" };
	const char *slash = strrchr(argc ? argv[0] : "bpfipt", '/');

	diag.program = slash ? slash + 1 : argc ? argv[0] : "bpfipt";
	if (ends_in(diag.program, "-restore"))
		return run_restore(argc, argv, &diag);
	if (ends_in(diag.program, "-save"))
		return run_save(argc, argv, &diag);
	return run_verb(argc, argv, &diag);
}
