// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs scripts. In: two firewalls, the lines of a script. Out: what the
 * kernel's rules saw of each packet, and how often ours saw something else.
 * Both get the same bytes one after the other and are asked after each packet;
 * no tracker is known here.
 */
#include "script.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- Counters ------------------------------------------------------------- */

static int read_counts(struct script_run *run, int which, uint64_t *counts)
{
	char *saved = tool_save(&run->side->tool[which],
				&run->side->topo[which].firewall);
	int ret = saved ? script_label_read(saved, counts) : -1;

	free(saved);
	return ret;
}

static int begin_counts(struct script_run *run)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < run->nr_sides; i++)
		ret |= read_counts(run, i, run->counts[i]);
	return ret;
}

/* What one side has counted since; NULL if it cannot be asked. */
static char *count(struct script_run *run, int which)
{
	uint64_t now[NR_SCRIPT_RULES];
	char *label;

	if (read_counts(run, which, now))
		return NULL;
	label = script_label_print(run->counts[which], now);
	memcpy(run->counts[which], now, sizeof(now));
	return label;
}

/* --- Lines ---------------------------------------------------------------- */

static int between(struct script_run *run, const char *words)
{
	static const char *const names[NR_SCRIPT_ENDS] = {
		"client", "server", "host",
	};
	char name[2][16];
	int i, end;

	if (sscanf(words, "between %15s %15s", name[0], name[1]) != 2)
		return -1;
	for (i = 0; i < 2; i++) {
		for (end = 0; end < NR_SCRIPT_ENDS; end++)
			if (strcmp(names[end], name[i]) == 0)
				break;
		if (end == NR_SCRIPT_ENDS)
			return -1;
		run->on->place.end[i] = end;
	}
	return 0;
}

static int ports(struct script_run *run, const char *words)
{
	uint16_t *port = run->on->place.port;

	return sscanf(words, "ports %hu %hu", &port[0], &port[1]) == 2 ? 0 : -1;
}

/* Others go on meanwhile. */
static int wait_ms(struct script_run *run, const char *words)
{
	unsigned int ms;

	if (sscanf(words, "wait %u", &ms) != 1)
		return -1;
	run->on->due_ms = script_now_ms() + ms;
	return 0;
}

static int restore(struct script_run *run, const char *words)
{
	(void)words;
	return script_restore(run);
}

static int nothing(struct script_run *run, const char *words)
{
	(void)run;
	(void)words;
	return 0;
}

/* All that is no packet; counters may begin anew. */
static int (*const doers[NR_SCRIPT_VERBS])(struct script_run *run,
					   const char *words) = {
	[SCRIPT_TEXT] = nothing,
	[SCRIPT_BETWEEN] = between,
	[SCRIPT_PORTS] = ports,
	[SCRIPT_WAIT] = wait_ms,
	[SCRIPT_SET] = script_set,
	[SCRIPT_RESTORE] = restore,
};

/* Without comparing what comes out: pieces do not leave at the same time, as
 * the kernel waits for all of them. */
static int send_each(struct script_run *run, const struct frame *frames,
		     unsigned int nr)
{
	struct harvest harvest;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < run->nr_sides; i++) {
		ret |= wire_send(&run->side->topo[i], frames, nr) < 0;
		wire_collect(&run->side->topo[i], &harvest);
		harvest_free(&harvest);
	}
	return ret ? -1 : 0;
}

static int send_packet(struct script_run *run, const char *words)
{
	struct frame *frame = run->side->frames;
	struct script_packet packet;
	unsigned int i, nr;

	if (!script_packet_read(words, &run->on->place, &packet))
		return -1;
	nr = packet.value[SCRIPT_TIMES];
	for (i = 0; i < nr; i++) {
		script_packet_frame(&packet, &run->on->place, &frame[i]);
		packet.value[SCRIPT_SPORT]++;
	}
	run->packets += nr;
	if (run->nr_sides > 1 && !script_packet_piece(&packet))
		return side_send(run->side, frame, nr) ? -1 : 0;
	return send_each(run, frame, nr);
}

/* Whether ours is as the kernel's, or as different as is said. */
static bool ours_good(struct script_run *run, const struct script_line *line,
		      const char *label, const char *ours)
{
	bool good;

	if (!line->differs)
		return strcmp(ours, label) == 0;
	good = strcmp(ours, line->differs) == 0 && strcmp(ours, label);
	run->differences += good;
	return good;
}

static unsigned int compare(struct script_run *run,
			    const struct script_line *line, const char *label)
{
	char *ours;
	bool good;

	if (run->nr_sides < 2)
		return 0;
	ours = count(run, SIDE_PRODUCT);
	good = ours && ours_good(run, line, label, ours);
	if (!good)
		printf("%s:%u: %s\n\tkernel: %s\n\tours:   %s\n%s%s%s",
		       run->on->name, line->number, line->words, label,
		       ours ? ours : "(cannot be asked)",
		       line->differs ? "\tmeant:  " : "",
		       line->differs ? line->differs : "",
		       line->differs ? "\n" : "");
	free(ours);
	return !good;
}

static unsigned int run_packet(struct script_run *run,
			       const struct script_line *line)
{
	unsigned int found = 0;
	char *label;

	if (send_packet(run, line->words)) {
		printf("%s:%u: %s: cannot be sent, or its ways differ\n",
		       run->on->name, line->number, line->words);
		found++;
	}
	label = count(run, SIDE_IPTABLES);
	if (!label)
		return found + 1;
	fprintf(run->on->out, "%s| %s\n", line->words, label);
	found += compare(run, line, label);
	free(label);
	return found;
}

static unsigned int run_line(struct script_run *run,
			     const struct script_line *line)
{
	if (line->verb == SCRIPT_PACKET)
		return run_packet(run, line);
	fprintf(run->on->out, "%s\n", line->words);
	if (line->verb == SCRIPT_TEXT)
		return 0;
	if (!doers[line->verb](run, line->words) && !begin_counts(run))
		return 0;
	printf("%s:%u: %s: cannot be done\n", run->on->name, line->number,
	       line->words);
	return 1;
}

void script_begin(struct script_job *job, uint16_t number)
{
	job->place = (struct script_place){
		.number = number,
		.end = { SCRIPT_CLIENT, SCRIPT_SERVER },
		.port = { 40000, 80 },
	};
	job->out = open_memstream(&job->seen, &job->len);
	if (!job->out)
		abort();
}

void script_go(struct script_run *run, struct script_job *job)
{
	const struct script *script = &job->script;

	job->due_ms = 0;
	job->found += script_set_turn(run, job) || begin_counts(run);
	while (job->next < script->nr && !job->due_ms)
		job->found += run_line(run, &script->lines[job->next++]);
	job->done = job->next == script->nr;
}

uint64_t script_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}
