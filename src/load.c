// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan into the kernel: a chain program for each hook with its constants and
 * tables, the counters with what they start from, the text. Each table is one
 * map value and goes in with one system call. Nothing loaded here is met by a
 * packet before its number is stored.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "abi.h"
#include "carry.h"
#include "chain.skel.h"
#include "counters.h"
#include "diag.h"
#include "dump.h"
#include "generation.h"
#include "kernel.h"
#include "pins.h"
#include "plan.h"
#include "residents.h"
#include "rights.h"
#include "stored.h"

struct loading {
	const struct site *site;
	const struct residents *residents;
	const struct plan *plan;
	struct generation *generation;
};

/* Map values are whole 8 bytes, and one element at least. */
static uint32_t value_size(size_t nr, size_t size)
{
	size_t bytes = (nr ? nr : 1) * size;

	return (uint32_t)((bytes + 7) & ~(size_t)7);
}

static int pin(const struct loading *loading, const char *name, int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "gen-%u/%s",
		 loading->generation->number, name);
	return pins_put(loading->site, path, fd);
}

/* What the kernel calls a map may have 15 bytes; all of ours do. */
static int map_new(const struct loading *loading, const char *name,
		   enum bpf_map_type type, uint32_t size, uint32_t nr)
{
	int fd = bpf_map_create(type, name, sizeof(uint32_t), size, nr, NULL);

	if (fd < 0)
		return diag_system(loading->site->diag, errno,
				   "cannot make map %s of %u x %u bytes",
				   name, nr, size);
	return fd;
}

/* Copies nr elements into the one value of a map. */
static int map_fill(const struct loading *loading, const struct bpf_map *map,
		    const void *elements, size_t nr, size_t size)
{
	uint32_t bytes = value_size(nr, size), zero = 0;
	void *value = NULL;
	int err = 0;

	if (!nr)
		return 0;
	/* The kernel reads whole 8 bytes; the elements may end before. */
	if (bytes != nr * size) {
		value = calloc(1, bytes);
		if (!value)
			return diag_system(loading->site->diag, ENOMEM,
					   "cannot fill map %s",
					   bpf_map__name(map));
		elements = memcpy(value, elements, nr * size);
	}
	if (bpf_map_update_elem(bpf_map__fd(map), &zero, elements, BPF_ANY))
		err = diag_system(loading->site->diag, errno,
				  "cannot fill map %s", bpf_map__name(map));
	free(value);
	return err;
}

static int maps_prepare(const struct loading *loading,
			struct chain *skel, const struct tables *tables)
{
	const struct abi_config *config = &tables->config;
	const struct { struct bpf_map *map; uint32_t size; } sized[] = {
		{ skel->maps.tables, value_size(config->nr_tables, 4) },
		{ skel->maps.words, value_size(config->nr_words, 8) },
		{ skel->maps.rows, value_size(config->nr_rows,
					      sizeof(struct abi_row)) },
		{ skel->maps.extras, value_size(config->nr_extras,
						sizeof(struct abi_extra)) },
		{ skel->maps.stack, value_size(config->depth, 4) },
	};
	const struct { struct bpf_map *map; int fd; } shared[] = {
		{ skel->maps.counters, loading->generation->counters },
		{ skel->maps.programs,
		  loading->residents->fd[RESIDENT_PROGRAMS] },
		{ skel->maps.scratch,
		  loading->residents->fd[RESIDENT_SCRATCH] },
		{ skel->maps.events, loading->residents->fd[RESIDENT_EVENTS] },
		{ skel->maps.fragments,
		  loading->residents->fd[RESIDENT_FRAGMENTS] },
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(sized) / sizeof(*sized) && !err; i++)
		err = bpf_map__set_value_size(sized[i].map, sized[i].size);
	for (i = 0; i < sizeof(shared) / sizeof(*shared) && !err; i++)
		err = bpf_map__reuse_fd(shared[i].map, shared[i].fd);
	if (err)
		return diag_system(loading->site->diag, -err,
				   "cannot prepare the chain program's maps");
	return 0;
}

static int maps_fill(const struct loading *loading,
		     const struct chain *skel, const struct tables *tables)
{
	const struct abi_config *config = &tables->config;
	int err;

	err = map_fill(loading, skel->maps.tables, tables->tables,
		       config->nr_tables, sizeof(*tables->tables));
	if (!err)
		err = map_fill(loading, skel->maps.words, tables->words,
			       config->nr_words, sizeof(*tables->words));
	if (!err)
		err = map_fill(loading, skel->maps.rows, tables->rows,
			       config->nr_rows, sizeof(*tables->rows));
	if (!err)
		err = map_fill(loading, skel->maps.extras, tables->extras,
			       config->nr_extras, sizeof(*tables->extras));
	return err;
}

static int hook_load(const struct loading *loading, enum hook hook)
{
	const struct tables *tables = &loading->plan->hook[hook];
	struct chain *skel = chain__open();
	int err;

	if (!skel)
		return rights_explain(loading->site->diag, errno, "chain");
	memcpy((void *)&skel->rodata->config, &tables->config,
	       sizeof(tables->config));
	err = maps_prepare(loading, skel, tables);
	if (!err) {
		err = chain__load(skel);
		if (err)
			rights_explain(loading->site->diag, -err, "chain");
	}
	if (!err)
		err = maps_fill(loading, skel, tables);
	if (!err) {
		loading->generation->program[hook] =
			dup(bpf_program__fd(skel->progs.chain));
		err = pin(loading, hook_names[hook],
			  loading->generation->program[hook]);
	}
	chain__destroy(skel);
	return err;
}

static int counters_load(const struct loading *loading)
{
	const struct plan *plan = loading->plan;
	int fd = map_new(loading, "counters", BPF_MAP_TYPE_PERCPU_ARRAY,
			 COUNTER_CHUNK * sizeof(struct abi_counter),
			 counters_chunks(plan->nr_counters));
	int err = 0;

	if (fd < 0)
		return fd;
	loading->generation->counters = fd;
	if (plan->counters)
		err = counters_write(fd, plan->nr_counters, plan->counters);
	if (err)
		return diag_system(loading->site->diag, -err,
				   "cannot set the counters");
	return pin(loading, "counters", fd);
}

static void hook_store(const struct tables *tables, struct stored_hook *stored)
{
	stored->nr_rows = tables->config.nr_rows;
	stored->levels = tables->config.levels;
	stored->depth = tables->config.depth;
	memcpy(stored->classes, tables->classes, sizeof(stored->classes));
}

static struct stored_text *text_new(const struct plan *plan, size_t size)
{
	struct stored_text *stored = calloc(1, size);
	int hook;

	if (!stored)
		return NULL;
	stored->version = STORED_VERSION;
	stored->nr_counters = plan->nr_counters;
	stored->text_len = (uint32_t)plan->text_len;
	stored->created_s = (uint64_t)time(NULL);
	snprintf(stored->build, sizeof(stored->build), "%s",
		 diag_own_version());
	for (hook = 0; hook < NR_HOOKS; hook++)
		hook_store(&plan->hook[hook], &stored->hook[hook]);
	memcpy(stored->text, plan->text, plan->text_len);
	return stored;
}

static int text_load(const struct loading *loading)
{
	const struct plan *plan = loading->plan;
	uint32_t zero = 0, size = value_size(
		sizeof(struct stored_text) + plan->text_len, 1);
	struct stored_text *stored = text_new(plan, size);
	int fd, err;

	if (!stored)
		return diag_system(loading->site->diag, ENOMEM,
				   "cannot store the ruleset's text");
	fd = map_new(loading, "text", BPF_MAP_TYPE_ARRAY, size, 1);
	loading->generation->text = fd;
	err = fd < 0 ? fd : 0;
	if (!err && bpf_map_update_elem(fd, &zero, stored, BPF_ANY))
		err = diag_system(loading->site->diag, errno,
				  "cannot store the ruleset's text");
	free(stored);
	return err ? err : pin(loading, "text", fd);
}

/* What the selector must read for a hook's rules. */
static uint32_t hook_needs(const struct plan *plan, enum hook hook)
{
	const struct abi_column *column = plan->hook[hook].config.column;
	uint32_t need = 0;

	if (column[COL_IIF].classifier != CLASSIFY_NONE)
		need |= NEED_IIF;
	if (column[COL_OIF].classifier != CLASSIFY_NONE)
		need |= NEED_OIF;
	if (column[COL_MAC].classifier != CLASSIFY_NONE)
		need |= NEED_ETHER;
	if (plan->hook[hook].config.tracked)
		need |= NEED_STATE;
	return need;
}

static int slots_fill(const struct loading *loading)
{
	const struct generation *generation = loading->generation;
	const int *resident = loading->residents->fd;
	int hook;

	for (hook = 0; hook < NR_HOOKS; hook++) {
		uint32_t slot = abi_slot(generation->number, hook);
		uint32_t need = hook_needs(loading->plan, hook);

		if (bpf_map_update_elem(resident[RESIDENT_NEEDS], &slot, &need,
					BPF_ANY) ||
		    bpf_map_update_elem(resident[RESIDENT_PROGRAMS], &slot,
					&generation->program[hook], BPF_ANY))
			return diag_system(loading->site->diag, errno,
					   "cannot fill slot %u", slot);
	}
	return 0;
}

int generation_load(const struct site *site, const struct residents *residents,
		    const struct plan *plan, struct generation *generation)
{
	struct loading loading = { site, residents, plan, generation };
	char dir[16];
	int hook, err;

	snprintf(dir, sizeof(dir), "gen-%u", generation->number);
	err = pins_mkdir(site, dir);
	if (!err)
		err = counters_load(&loading);
	for (hook = 0; hook < NR_HOOKS && !err; hook++)
		err = hook_load(&loading, hook);
	if (!err)
		err = text_load(&loading);
	if (!err)
		err = carry_load(site, plan, *residents->active, generation);
	return err ? err : slots_fill(&loading);
}
