/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds of the side by side test. Goes in: a seed; what comes out: how many
 * differences there are between the two firewalls, and which packet makes
 * them. Both get the same bytes in the same order; neither's meaning is known
 * here.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "side_round.h"

#define CHUNK 16

int side_open(struct side *side, const struct tool *second,
	      unsigned int max_frames)
{
	static const char *const names[NR_SIDES] = { "a", "b" };
	int i;

	memset(side, 0, sizeof(*side));
	side->out = stdout;
	side->tool[0] = tool_legacy;
	side->tool[1] = *second;
	side->max_frames = max_frames;
	side->frames = calloc(max_frames + PIECES_MAX, sizeof(*side->frames));
	if (!side->frames)
		return -EIO;
	for (i = 0; i < NR_SIDES; i++)
		if (topo_open(&side->topo[i], names[i]))
			return -EIO;
	return 0;
}

void side_close(struct side *side)
{
	int i;

	for (i = 0; i < NR_SIDES; i++) {
		tool_unload(&side->tool[i], &side->topo[i].firewall);
		topo_close(&side->topo[i]);
	}
	free(side->frames);
	side->frames = NULL;
}

int side_restore(struct side *side, const char *option, const char *text)
{
	int i, ret = 0;

	for (i = 0; i < NR_SIDES; i++)
		ret |= tool_restore(&side->tool[i], &side->topo[i].firewall,
				    option, text);
	return ret;
}

/* One CPU handles all packets of a run, so that their order is kept. */
static void pin(unsigned int cpu, cpu_set_t *before)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(*before), before);
	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

unsigned int side_send(struct side *side, const struct frame *frames,
		       unsigned int nr)
{
	struct harvest harvest[NR_SIDES];
	unsigned int found = 0;
	cpu_set_t before;
	int i, refused;

	pin(side->sent / 256, &before);
	for (i = 0; i < NR_SIDES; i++) {
		refused = wire_send(&side->topo[i], frames, nr);
		found += refused < 0;
		if (i == 0 && refused > 0)
			side->refused += refused;
		wire_collect(&side->topo[i], &harvest[i]);
	}
	sched_setaffinity(0, sizeof(before), &before);
	side->sent += nr;
	side->came_out += harvest[0].nr;
	found += harvest_compare(&harvest[0], &harvest[1], side->out);
	for (i = 0; i < NR_SIDES; i++)
		harvest_free(&harvest[i]);
	return found;
}

unsigned int side_saves(struct side *side, FILE *out)
{
	char *text[NR_SIDES];
	unsigned int found = UINT_MAX;
	int i;

	for (i = 0; i < NR_SIDES; i++)
		text[i] = tool_save(&side->tool[i], &side->topo[i].firewall);
	if (text[0] && text[1])
		found = saved_compare(text[0], text[1], &side->rest, out);
	for (i = 0; i < NR_SIDES; i++)
		free(text[i]);
	return found;
}

static void make_frames(struct side *side)
{
	unsigned int nr = 0;

	while (nr < side->max_frames)
		nr += packets_make(&side->packets, &side->frames[nr]);
	side->nr_frames = nr;
}

/* How many frames from one on are one packet. */
static unsigned int joined(const struct side *side, unsigned int from)
{
	unsigned int nr = 1;

	while (from + nr < side->nr_frames && side->frames[from + nr].joined)
		nr++;
	return nr;
}

/* Sends one at a time until the saves differ. */
static void name_packet(struct side *side, const char *text, unsigned int from,
			unsigned int to)
{
	unsigned int i, nr, found;

	if (side_restore(side, side->option, text))
		return;
	packets_renumber(side->frames, side->nr_frames);
	for (i = from; i < to && i < side->nr_frames; i += nr) {
		nr = joined(side, i);
		found = side_send(side, &side->frames[i], nr);
		found += side_saves(side, side->out);
		if (!found)
			continue;
		fprintf(side->out, "this packet makes the difference:\n");
		for (; nr; nr--, i++)
			frame_print(&side->frames[i], side->out);
		return;
	}
	fprintf(side->out, "no single packet of %u to %u makes a difference\n",
		from, to);
}

/* Looks for the first packet after which the two are no longer equal. */
static void investigate(struct side *side, const char *text)
{
	unsigned int i, nr;

	if (side_restore(side, side->option, text))
		return;
	packets_renumber(side->frames, side->nr_frames);
	for (i = 0; i < side->nr_frames; i += nr) {
		for (nr = 0; nr < CHUNK && i + nr < side->nr_frames;)
			nr += joined(side, i + nr);
		if (side_send(side, &side->frames[i], nr) ||
		    side_saves(side, side->out)) {
			name_packet(side, text, i, i + nr);
			return;
		}
	}
	fprintf(side->out, "nothing differs when packets are sent %u by %u\n",
		CHUNK, CHUNK);
}

static unsigned int compare_round(struct side *side, const char *text)
{
	char *saved = NULL;
	unsigned int found;

	if (side_restore(side, side->option, text))
		return 1;
	make_frames(side);
	found = side_send(side, side->frames, side->nr_frames);
	found += side_saves(side, side->out);
	saved = tool_save(&side->tool[0], &side->topo[0].firewall);
	if (saved && !side->option)
		features_add(&side->features, saved);
	free(saved);
	if (found)
		investigate(side, text);
	return found;
}

/* A length is not known while fragments pass: see the table in README. */
static void switch_off(const struct side *side, struct gen_options *options)
{
	gen_set_add(&options->off, GEN_PKT_LONG);
	gen_set_add(&options->off, GEN_PKT_GSO);
	if (!side->packets.percent_datagrams)
		return;
	gen_set_add(&options->off, GEN_LENGTH);
	gen_set_add(&options->off, GEN_LENGTH_NOT);
}

unsigned int side_round(struct side *side, uint64_t seed)
{
	struct gen_options options = {
		.seed = seed,
		.universe = &packets_universe,
	};
	unsigned int found, nr_rules;
	const char *text;
	size_t len;

	switch_off(side, &options);
	side->option = seed % 4 ? NULL : "-c";
	side->packets.state = seed;
	side->packets.gen = gen_new(&options);
	gen_saved(side->packets.gen, &nr_rules);
	side->rules += nr_rules;
	text = gen_text(side->packets.gen, &len);
	found = compare_round(side, text);
	if (found && side->show)
		fprintf(side->out, "%s", text);
	if (found)
		fprintf(side->out, "to see this again: SEED=%" PRIu64
			" ROUNDS=1\n", seed);
	gen_free(side->packets.gen);
	side->packets.gen = NULL;
	return found;
}
