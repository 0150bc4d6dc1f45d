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
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "side_answer.h"
#include "side_round.h"
#include "side_shrink.h"

#define CHUNK 16
#define LATE_S 0.9	/* TCP's first timer ends after a second */

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

void side_forget(struct side *side)
{
	int i;

	for (i = 0; i < NR_SIDES; i++)
		tool_forget(&side->tool[i], &side->topo[i].firewall);
}

static void serve(struct side *side)
{
	int i;

	for (i = 0; i < NR_SIDES; i++) {
		answers_end(&side->topo[i]);
		answers_serve(&side->topo[i]);
	}
}

int side_begin(struct side *side, const char *text)
{
	int ret;

	if (side->stateful)
		serve(side);
	ret = side_restore(side, side->option, text);
	if (side->stateful)
		side_forget(side);
	return ret;
}

int side_track(struct side *side)
{
	int i, ret = 0;

	side->stateful = true;
	side->packets.tracked = true;
	for (i = 0; i < NR_SIDES; i++)
		ret |= answers_open(&side->topo[i]);
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

static unsigned int next_frames(struct side *side, struct frame *frames)
{
	if (packets_random(&side->packets, 100) < side->percent_talks)
		return talks_next(&side->talks, frames);
	return packets_make(&side->packets, frames);
}

/* The firewall's TCP to itself, where a reset may end a flow and yet arrive
 * with it: what was left of its time is not known then. */
static bool is_blurred(const struct frame *frame)
{
	return frame->way == WAY_OUTPUT && frame->data[9] == IPPROTO_TCP &&
	       topo_is_own(frame->data + 16);
}

static void make_frames(struct side *side)
{
	struct gen_set features = gen_features(side->packets.gen);
	bool expiry = gen_set_has(&features, GEN_CTEXPIRE) ||
		      gen_set_has(&features, GEN_CTEXPIRE_NOT);
	unsigned int nr = 0, more;

	talks_begin(&side->talks, &side->packets);
	while (nr < side->max_frames) {
		more = next_frames(side, &side->frames[nr]);
		if (more && expiry && is_blurred(&side->frames[nr]))
			continue;
		nr += more;
	}
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

	if (side_begin(side, text))
		return;
	packets_renumber(side->frames, side->nr_frames);
	side_send(side, side->frames, from);
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

	if (side_begin(side, text))
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

/*
 * All of a round's frames. A tracker's table must outlive a restore: every
 * third round has one halfway, after which counters begin anew.
 */
static unsigned int send_round(struct side *side, const char *text,
			       uint64_t seed)
{
	unsigned int half = 0, found = 0;

	if (side->stateful && seed % 3 == 0) {
		half = side->nr_frames / 2;
		while (half < side->nr_frames && side->frames[half].joined)
			half++;
		found = side_send(side, side->frames, half);
		found += side_saves(side, side->out);
		found += side_restore(side, side->option, text) ? 1 : 0;
	}
	return found + side_send(side, side->frames + half,
				 side->nr_frames - half);
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec + at.tv_nsec / 1e9;
}

static unsigned int compare_round(struct side *side, const char *text,
				  uint64_t seed)
{
	double from;
	char *saved = NULL;
	unsigned int found;

	if (side_begin(side, text))
		return 1;
	make_frames(side);
	from = now();
	found = send_round(side, text, seed);
	if (side->stateful && now() - from > LATE_S) {
		side->late++;
		return 0;
	}
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
		.stateful = side->stateful ? 100 : 0,
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
	found = compare_round(side, text, seed);
	if (found && side->show)
		side_shrink(side, text);
	if (found)
		fprintf(side->out, "to see this again: SEED=%" PRIu64
			" ROUNDS=1\n", seed);
	gen_free(side->packets.gen);
	side->packets.gen = NULL;
	return found;
}
