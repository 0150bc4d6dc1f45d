// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints what is loaded in a namespace. Everything is asked of the kernel
 * anew; nothing is changed and no lock is taken.
 */
#include "status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "column.h"
#include "diag.h"
#include "dump.h"
#include "generation.h"
#include "kernel.h"
#include "residents.h"
#include "running.h"
#include "site.h"
#include "stored.h"

static void print_hook(const struct stored_hook *hook, const char *name,
		       FILE *out)
{
	int i;

	fprintf(out, "  %-8s %7" PRIu32 " rows, depth %" PRIu32
		", %" PRIu32 " levels", name, hook->nr_rows, hook->depth,
		hook->levels);
	for (i = 0; i < NR_COLUMNS; i++)
		if (hook->classes[i])
			fprintf(out, ", %s %" PRIu32, columns[i].name,
				hook->classes[i]);
	fputc('\n', out);
}

/* "loaded DATE (N s ago) by bpfipt VERSION" */
static void print_origin(uint64_t created_s, const char *build, FILE *out)
{
	time_t created = (time_t)created_s;
	struct tm tm;
	char date[32] = "?";

	if (localtime_r(&created, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "loaded %s (%lld s ago) by bpfipt %.*s\n", date,
		(long long)(time(NULL) - created), STORED_BUILD, build);
}

static void print_generation(const struct site *site,
			     const struct running *running, FILE *out)
{
	const struct stored_text *stored = running->stored;
	uint32_t previous = generation_previous(site, running->number);
	int hook;

	fprintf(out, "generation %" PRIu32 ", ", running->number);
	print_origin(stored->created_s, stored->build, out);
	if (previous)
		fprintf(out, "previous generation %" PRIu32 "\n", previous);
	fprintf(out, "not filtered: IPv6, ARP and whatever else is not IPv4; devices that appear later, until the next restore\n");
	fprintf(out, "\nrules %" PRIu32 "; rows, and classes by column\n",
		stored->nr_counters - NR_HOOKS);
	for (hook = 0; hook < NR_HOOKS; hook++)
		print_hook(&stored->hook[hook], hook_names[hook], out);
}

static int print_site(const struct site *site, const struct running *running,
		      FILE *out)
{
	struct residents residents = RESIDENTS_INIT;
	struct generation generation = GENERATION_INIT;
	struct stored_identity identity = {};
	int err;

	generation.number = running->number;
	err = residents_open(site, &residents);
	if (!err)
		err = residents_identity(site, &identity);
	if (!err)
		err = generation_open(site, &generation);
	if (!err) {
		fprintf(out, "residents ");
		print_origin(identity.created_s, identity.build, out);
		print_generation(site, running, out);
		err = status_devices(site, &residents, out);
	}
	if (!err)
		err = status_tracker(site, residents_tracked(&residents,
							     running->number),
				     out);
	if (!err)
		err = status_events(site, &residents, out);
	if (!err)
		status_memory(site, &residents, &generation, out);
	generation_close(&generation);
	residents_close(&residents);
	/* Silent above; a restore or unload came between. */
	return err == -ENOENT ? diag_system(site->diag, EBUSY,
					    "what runs is being replaced") :
				err;
}

int status_run(const char *netns, FILE *out, const struct diag *diag)
{
	struct running running;
	struct site site;
	int err;

	err = running_open(&running, netns, diag);
	if (!err)
		err = site_enter(&site, NULL, diag);
	if (!err)
		fprintf(out, "namespace %" PRIu64 "%s%s\n", site.inode,
			netns ? " " : "", netns ? netns : "");
	if (!err && !running.stored) {
		fprintf(out, "nothing is loaded\n");
		err = status_tracker(&site, false, out);
	} else if (!err) {
		err = print_site(&site, &running, out);
	}
	running_close(&running);
	return err;
}
