// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generations that are loaded: opens them, finds the one before, takes
 * down those that are neither running nor kept. It never touches the running
 * one.
 */
#include "generation.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "diag.h"
#include "dump.h"
#include "kernel.h"
#include "pins.h"
#include "residents.h"

uint32_t generation_next(uint32_t number)
{
	return number + 1 ? number + 1 : 1;
}

/* The number in a pin's name; 0 if it is no generation's. */
static uint32_t number_of(const char *name)
{
	uint32_t number;
	char rest;

	return sscanf(name, "gen-%u%c", &number, &rest) == 1 ? number : 0;
}

/* How many restores ago a generation was made; the number wraps around. */
static int32_t age(uint32_t running, uint32_t number)
{
	return (int32_t)(running - number);
}

struct previous {
	uint32_t running;
	uint32_t number;
};

static int previous_seen(const char *name, void *ctx)
{
	struct previous *previous = ctx;
	uint32_t number = number_of(name);

	if (number && age(previous->running, number) > 0 &&
	    (!previous->number || age(number, previous->number) > 0))
		previous->number = number;
	return 0;
}

uint32_t generation_previous(const struct site *site, uint32_t number)
{
	struct previous previous = { number, 0 };

	pins_each(site, previous_seen, &previous);
	return previous.number;
}

static int open_part(const struct site *site, uint32_t number,
		     const char *name, int *fd)
{
	char path[32];

	snprintf(path, sizeof(path), "gen-%u/%s", number, name);
	*fd = pins_get(site, path);
	if (*fd >= 0)
		return 0;
	if (*fd == -ENOENT)
		return -ENOENT;
	return diag_system(site->diag, -*fd, "cannot open %s/%s", site->dir,
			   path);
}

int generation_open(const struct site *site, struct generation *generation)
{
	uint32_t number = generation->number;
	int hook, err;

	err = open_part(site, number, "text", &generation->text);
	if (!err)
		err = open_part(site, number, "counters",
				&generation->counters);
	if (!err)
		err = open_part(site, number, "carry", &generation->carry);
	for (hook = 0; hook < NR_HOOKS && !err; hook++)
		err = open_part(site, number, hook_names[hook],
				&generation->program[hook]);
	return err;
}

void generation_close(struct generation *generation)
{
	int *fds[] = { &generation->text, &generation->counters,
		       &generation->carry };
	size_t i;

	for (i = 0; i < NR_HOOKS; i++) {
		if (generation->program[i] >= 0)
			close(generation->program[i]);
		generation->program[i] = -1;
	}
	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

int generation_remove(const struct site *site,
		      const struct residents *residents, uint32_t number)
{
	uint32_t running = *residents->active;
	uint32_t hook, slot;
	char dir[16];

	for (hook = 0; hook < NR_HOOKS; hook++) {
		slot = abi_slot(number, hook);
		if (number % NR_SLOTS != running % NR_SLOTS)
			bpf_map_delete_elem(residents->fd[RESIDENT_PROGRAMS],
					    &slot);
	}
	snprintf(dir, sizeof(dir), "gen-%u", number);
	return pins_remove(site, dir);
}

struct tidying {
	const struct site *site;
	const struct residents *residents;
	uint32_t kept;
};

static int tidy_one(const char *name, void *ctx)
{
	const struct tidying *tidying = ctx;
	uint32_t number = number_of(name);

	if (!number || number == *tidying->residents->active ||
	    number == tidying->kept)
		return 0;
	return generation_remove(tidying->site, tidying->residents, number);
}

int generations_tidy(const struct site *site,
		     const struct residents *residents)
{
	struct tidying tidying = {
		site, residents,
		generation_previous(site, *residents->active),
	};

	return pins_each(site, tidy_one, &tidying);
}
