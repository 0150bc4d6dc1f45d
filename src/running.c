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

#include <bpf/bpf.h>

#include "counters.h"
#include "diag.h"
#include "generation.h"
#include "kernel.h"
#include "residents.h"
#include "site.h"
#include "stored.h"

#define ATTEMPTS	20

static int text_read(int fd, struct stored_text **stored)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), zero = 0;
	struct stored_text *read;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.value_size < sizeof(*read))
		return -EPROTO;
	read = calloc(1, info.value_size);
	if (!read)
		return -ENOMEM;
	*stored = read;
	if (bpf_map_lookup_elem(fd, &zero, read))
		return -errno;
	if (read->text_len > info.value_size - sizeof(*read))
		return -EPROTO;
	return 0;
}

static int counters_new(int fd, struct running *running)
{
	unsigned int nr = running->stored->nr_counters;

	running->counters = calloc(nr, sizeof(*running->counters));
	if (!running->counters)
		return -ENOMEM;
	return counters_read(fd, nr, running->counters);
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
		if (!err)
			err = counters_new(generation.counters, running);
		if (err)
			diag_system(site->diag, -err,
				    "cannot read generation %u",
				    running->number);
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
