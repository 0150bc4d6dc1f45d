// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the running generation's text and counters. A generation stays loaded
 * while the next one runs, so only two restores in the time of one read can
 * take it away; then the read begins again. It changes nothing.
 */
#include "running.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "carry.h"
#include "diag.h"
#include "generation.h"
#include "kernel.h"
#include "pins.h"
#include "residents.h"
#include "site.h"
#include "stored.h"

#define ATTEMPTS	20

static int text_read(int fd, struct stored_text **stored)
{
	struct stored_text *read;
	size_t size;
	int err = pins_get_value(fd, sizeof(*read), (void **)&read, &size);

	if (err)
		return err;
	if (read->text_len > size - sizeof(*read)) {
		free(read);
		return -EPROTO;
	}
	*stored = read;
	return 0;
}

static int counters_new(const struct site *site,
			const struct generation *generation,
			struct running *running)
{
	unsigned int nr = running->stored->nr_counters;

	running->counters = calloc(nr, sizeof(*running->counters));
	if (!running->counters)
		return diag_system(site->diag, ENOMEM,
				   "cannot read generation %u",
				   running->number);
	return carry_read(site, generation, nr, running->counters);
}

/* Returns -ENOENT, silently, if the generation went meanwhile. */
static int generation_read(const struct site *site, struct running *running)
{
	struct generation generation = GENERATION_INIT;
	int err;

	generation.number = running->number;
	err = generation_open(site, &generation);
	if (!err) {
		err = text_read(generation.text, &running->stored);
		if (err)
			diag_system(site->diag, -err,
				    "cannot read generation %u",
				    running->number);
		else
			err = counters_new(site, &generation, running);
	}
	generation_close(&generation);
	return err;
}

static int read_site(const struct site *site, struct running *running)
{
	struct residents residents = RESIDENTS_INIT;
	int attempt, err;

	err = residents_open(site, &residents);
	for (attempt = 0; !err; attempt++) {
		running->number = *residents.active;
		err = running->number ? generation_read(site, running) : 0;
		if (!err || attempt == ATTEMPTS)
			break;
		running_close(running);
		err = err == -ENOENT ? 0 : err;
	}
	residents_close(&residents);
	/* Without residents there is nothing, and that is no failure. */
	return err == -ENOENT ? 0 : err;
}

int running_open(struct running *running, const char *netns,
		 const struct diag *diag)
{
	struct site site;
	int err;

	memset(running, 0, sizeof(*running));
	err = site_enter(&site, netns, diag);
	return err ? err : read_site(&site, running);
}

void running_close(struct running *running)
{
	free(running->stored);
	free(running->counters);
	memset(running, 0, sizeof(*running));
}
