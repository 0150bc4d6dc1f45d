/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a round that differs smaller. Goes in: the text and the frames of a
 * round; comes out: the rules and frames that are left when none more can be
 * taken away. Ever smaller runs of them are left out, for as long as the two
 * firewalls still differ. Tries are limited, as each is a round of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "side_round.h"
#include "side_shrink.h"

#define TRIES_MAX 300

struct shrink {
	struct side *side;
	const char *text;
	unsigned int nr_lines;
	unsigned int nr_units;	/* frames that belong together are one */
	bool *line;		/* that stay */
	bool *unit;
	unsigned int tries;
};

/* The lines that stay; those that are no rules always do. */
static char *text_left(const struct shrink *shrink)
{
	char *text = calloc(1, strlen(shrink->text) + 1), *to = text;
	const char *from = shrink->text, *end;
	unsigned int i;

	if (!text)
		abort();
	for (i = 0; (end = strchr(from, '\n')); i++, from = end + 1)
		if (shrink->line[i] || !strstr(from, "-A ") ||
		    strstr(from, "-A ") > end)
			to = mempcpy(to, from, end + 1 - from);
	return text;
}

static struct frame *frames_left(const struct shrink *shrink, unsigned int *nr)
{
	const struct side *side = shrink->side;
	struct frame *frames = calloc(side->nr_frames, sizeof(*frames));
	unsigned int i, unit = 0;

	if (!frames)
		abort();
	for (i = 0, *nr = 0; i < side->nr_frames; i++) {
		unit += i && !side->frames[i].joined;
		if (shrink->unit[unit])
			frames[(*nr)++] = side->frames[i];
	}
	return frames;
}

/* One after the other, as how many there are at once may matter too. */
static unsigned int send_left(struct side *side, const struct frame *frames,
			      unsigned int nr)
{
	unsigned int found = 0, i;

	for (i = 0; i < nr; i++)
		found += side_send(side, &frames[i], 1);
	return found;
}

static bool differs(struct shrink *shrink, FILE *out)
{
	struct side *side = shrink->side;
	FILE *said = side->out;
	unsigned int nr, found;
	struct frame *frames;
	char *text;

	if (shrink->tries++ >= TRIES_MAX)
		return false;
	text = text_left(shrink);
	packets_renumber(side->frames, side->nr_frames);
	frames = frames_left(shrink, &nr);
	side->out = out;
	found = side_begin(side, text) ? 0 : 1;
	if (found) {
		found = send_left(side, frames, nr);
		found += side_saves(side, out);
	}
	side->out = said;
	free(frames);
	free(text);
	return found;
}

static void shrink_list(struct shrink *shrink, bool *list, unsigned int nr,
			FILE *null)
{
	unsigned int run, i, end;
	bool *before = malloc(nr);

	for (run = nr / 2; before && run; run /= 2)
		for (i = 0; i < nr; i = end) {
			end = i + run < nr ? i + run : nr;
			if (!memchr(list + i, true, end - i))
				continue;
			memcpy(before, list, nr);
			memset(list + i, false, end - i);
			if (!differs(shrink, null))
				memcpy(list, before, nr);
		}
	free(before);
}

static void say(struct shrink *shrink)
{
	FILE *out = shrink->side->out;
	char *text = text_left(shrink);
	unsigned int nr, i;
	struct frame *frames = frames_left(shrink, &nr);

	fprintf(out, "this is needed for it:\n%s", text);
	for (i = 0; i < nr; i++)
		frame_print(&frames[i], out);
	shrink->tries = 0;
	differs(shrink, out);
	free(frames);
	free(text);
}

void side_shrink(struct side *side, const char *text)
{
	struct shrink shrink = { .side = side, .text = text };
	FILE *null = fopen("/dev/null", "w");
	const char *at;
	unsigned int i;

	for (at = text; (at = strchr(at, '\n')); at++)
		shrink.nr_lines++;
	for (i = 0; i < side->nr_frames; i++)
		shrink.nr_units += !i || !side->frames[i].joined;
	shrink.line = malloc(shrink.nr_lines + 1);
	shrink.unit = malloc(shrink.nr_units + 1);
	if (!null || !shrink.line || !shrink.unit)
		abort();
	memset(shrink.line, true, shrink.nr_lines);
	memset(shrink.unit, true, shrink.nr_units);
	if (differs(&shrink, null)) {
		shrink_list(&shrink, shrink.unit, shrink.nr_units, null);
		shrink_list(&shrink, shrink.line, shrink.nr_lines, null);
		shrink_list(&shrink, shrink.unit, shrink.nr_units, null);
		say(&shrink);
	} else {
		fprintf(side->out, "nothing differs when packets are sent one by"
			" one\n");
	}
	free(shrink.line);
	free(shrink.unit);
	fclose(null);
}
