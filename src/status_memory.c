// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is loaded costs: instructions of each program, bytes of each map as the
 * kernel accounts them. Maps are found through the programs that use them; a
 * map that programs share is printed once.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "dump.h"
#include "generation.h"
#include "kernel.h"
#include "residents.h"
#include "status.h"
#include "tracker.h"

#define MAX_MAPS	64	/* of one program */
#define MAX_SEEN	256	/* of all programs */

struct memory {
	FILE *out;
	uint64_t total;
	uint32_t seen[MAX_SEEN];
	unsigned int nr_seen;
};

/* What the kernel accounts for a map; before 6.4 that is an estimate. */
static uint64_t map_bytes(int fd)
{
	char path[64], line[128];
	uint64_t bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %" SCNu64, &bytes) == 1)
			break;
	fclose(file);
	return bytes;
}

static bool seen_before(struct memory *memory, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < memory->nr_seen; i++)
		if (memory->seen[i] == id)
			return true;
	if (memory->nr_seen < MAX_SEEN)
		memory->seen[memory->nr_seen++] = id;
	return false;
}

static void map_print(struct memory *memory, const char *owner, int fd)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	uint64_t bytes;

	if (bpf_obj_get_info_by_fd(fd, &info, &len) ||
	    seen_before(memory, info.id))
		return;
	bytes = map_bytes(fd);
	memory->total += bytes;
	fprintf(memory->out, "  %-20s %-16s %12" PRIu64 "\n", owner,
		info.name, bytes);
}

static void program_maps(struct memory *memory, const char *owner, int program)
{
	uint32_t ids[MAX_MAPS], i;
	struct bpf_prog_info info = {
		.map_ids = (uintptr_t)ids,
		.nr_map_ids = MAX_MAPS,
	};
	uint32_t len = sizeof(info);
	int fd;

	if (bpf_obj_get_info_by_fd(program, &info, &len))
		return;
	for (i = 0; i < info.nr_map_ids && i < MAX_MAPS; i++) {
		fd = bpf_map_get_fd_by_id(ids[i]);
		if (fd < 0)
			continue;
		map_print(memory, owner, fd);
		close(fd);
	}
}

static void program_print(FILE *out, const char *owner, int program)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &len))
		return;
	fprintf(out, "  %-20s %12zu %12u\n", owner,
		info.xlated_prog_len / sizeof(struct bpf_insn),
		info.jited_prog_len);
}

static void tracker_print(const char *name, int fd, void *ctx)
{
	program_print(ctx, name, fd);
}

static void print_programs(const struct site *site,
			   const struct residents *residents,
			   const struct generation *generation, FILE *out)
{
	int i;

	fprintf(out, "\nprograms             instructions jited bytes\n");
	for (i = 0; i < NR_HOOKS; i++)
		program_print(out, hook_names[i], generation->program[i]);
	for (i = RESIDENT_SELECTOR; i < NR_RESIDENTS; i++)
		program_print(out, resident_names[i], residents->fd[i]);
	tracker_programs(site, tracker_print, out);
}

static void tracker_maps(const char *name, int fd, void *ctx)
{
	(void)name;
	program_maps(ctx, "conntrack", fd);
}

void status_memory(const struct site *site, const struct residents *residents,
		   const struct generation *generation, FILE *out)
{
	struct memory memory = { .out = out };
	int i;

	print_programs(site, residents, generation, out);
	fprintf(out, "\nmaps                                         bytes\n");
	for (i = 0; i < RESIDENT_SELECTOR; i++)
		map_print(&memory, "residents", residents->fd[i]);
	for (i = RESIDENT_SELECTOR; i < NR_RESIDENTS; i++)
		program_maps(&memory, "residents", residents->fd[i]);
	tracker_programs(site, tracker_maps, &memory);
	map_print(&memory, "generation", generation->counters);
	map_print(&memory, "generation", generation->carry);
	map_print(&memory, "generation", generation->text);
	for (i = 0; i < NR_HOOKS; i++)
		program_maps(&memory, hook_names[i], generation->program[i]);
	fprintf(out, "  %-37s %12" PRIu64 "\n", "total", memory.total);
}
