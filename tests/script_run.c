// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs scripts. In: two firewalls, the lines of a script. Out: what the
 * kernel's rules saw of each packet, and how often ours saw something else.
 * Both get the same bytes one after the other and are asked after each packet;
 * no tracker is known here.
 */
#include "script.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEY "netfilter/"

/* --- Settings ------------------------------------------------------------- */

int script_restore(struct script_run *run, int which)
{
	const char *argv[2 + 2 * NR_SCRIPT_SETTINGS] = {
		run->side->tool[which].restore,
	};
	unsigned int i;
	char *said;
	int status;

	for (i = 0; which == SIDE_PRODUCT && i < run->nr_settings; i++) {
		argv[1 + 2 * i] = "--set";
		argv[2 + 2 * i] = run->setting[i];
	}
	status = testns_run(&run->side->topo[which].firewall, argv, run->rules,
			    &said);
	if (status)
		fprintf(stderr, "%s: status %d: %s\n", argv[0], status,
			said ? said : "");
	free(said);
	return status ? -1 : 0;
}

/* What the kernel has of a setting in a namespace. */
static int get_sysctl(const struct testns *ns, const char *name, char *value,
		      size_t size)
{
	char path[160];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/" KEY "%s", name);
	testns_enter(ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	testns_leave(ns);
	if (fd < 0)
		return -1;
	len = read(fd, value, size - 1);
	close(fd);
	value[len > 0 ? len : 0] = '\0';
	return len > 0 ? 0 : -1;
}

static int set_sysctl(struct script_run *run, const char *name,
		      const char *value)
{
	char key[120];

	snprintf(key, sizeof(key), KEY "%s", name);
	return testns_sysctl(&run->side->topo[SIDE_IPTABLES].firewall, key,
			     value);
}

/* "set NAME VALUE" for both. */
static int set(struct script_run *run, const char *words)
{
	unsigned int nr = run->nr_settings;
	char name[64], value[16];

	if (sscanf(words, "set %63s %15s", name, value) != 2 ||
	    nr == NR_SCRIPT_SETTINGS ||
	    get_sysctl(&run->side->topo[SIDE_IPTABLES].firewall, name,
		       run->before[nr], sizeof(run->before[nr])) ||
	    set_sysctl(run, name, value))
		return -1;
	snprintf(run->setting[nr], sizeof(run->setting[nr]), "%s=%s", name,
		 value);
	run->nr_settings++;
	return run->nr_sides > 1 ? script_restore(run, SIDE_PRODUCT) : 0;
}

/* Takes the settings of a script back, the last one first. */
static int set_back(struct script_run *run)
{
	bool any = run->nr_settings > 0;
	int ret = 0;
	char *name;

	while (run->nr_settings) {
		name = run->setting[--run->nr_settings];
		name[strcspn(name, "=")] = '\0';
		ret |= set_sysctl(run, name, run->before[run->nr_settings]);
	}
	if (any && run->nr_sides > 1)
		ret |= script_restore(run, SIDE_PRODUCT);
	return ret;
}

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
		run->place.end[i] = end;
	}
	return 0;
}

static int ports(struct script_run *run, const char *words)
{
	return sscanf(words, "ports %hu %hu", &run->place.port[0],
		      &run->place.port[1]) == 2 ? 0 : -1;
}

static int wait_ms(struct script_run *run, const char *words)
{
	struct timespec time;
	unsigned int ms;

	(void)run;
	if (sscanf(words, "wait %u", &ms) != 1 || ms > 10000)
		return -1;
	time.tv_sec = ms / 1000;
	time.tv_nsec = ms % 1000 * 1000000;
	return nanosleep(&time, NULL);
}

static int restore(struct script_run *run, const char *words)
{
	(void)words;
	return run->nr_sides > 1 ? script_restore(run, SIDE_PRODUCT) : 0;
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
	[SCRIPT_SET] = set,
	[SCRIPT_RESTORE] = restore,
};

static int send_packet(struct script_run *run, const char *words)
{
	struct frame *frame = run->side->frames;
	struct script_packet packet;
	unsigned int i, nr;

	if (!script_packet_read(words, &run->place, &packet))
		return -1;
	nr = packet.value[SCRIPT_TIMES];
	for (i = 0; i < nr; i++) {
		script_packet_frame(&packet, &run->place, &frame[i]);
		packet.value[SCRIPT_SPORT]++;
	}
	run->packets += nr;
	if (run->nr_sides > 1)
		return side_send(run->side, frame, nr) &&
		       !script_packet_piece(&packet) ? -1 : 0;
	return wire_send(&run->side->topo[0], frame, nr) < 0 ? -1 : 0;
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
		       run->name, line->number, line->words, label,
		       ours ? ours : "(cannot be asked)",
		       line->differs ? "\tmeant:  " : "",
		       line->differs ? line->differs : "",
		       line->differs ? "\n" : "");
	free(ours);
	return !good;
}

static unsigned int run_packet(struct script_run *run,
			       const struct script_line *line, FILE *out)
{
	unsigned int found = 0;
	char *label;

	if (send_packet(run, line->words)) {
		printf("%s:%u: %s: cannot be sent, or its ways differ\n",
		       run->name, line->number, line->words);
		found++;
	}
	label = count(run, SIDE_IPTABLES);
	if (!label)
		return found + 1;
	fprintf(out, "%s| %s\n", line->words, label);
	found += compare(run, line, label);
	free(label);
	return found;
}

static unsigned int run_line(struct script_run *run,
			     const struct script_line *line, FILE *out)
{
	if (line->verb == SCRIPT_PACKET)
		return run_packet(run, line, out);
	fprintf(out, "%s\n", line->words);
	if (line->verb == SCRIPT_TEXT)
		return 0;
	if (!doers[line->verb](run, line->words) && !begin_counts(run))
		return 0;
	printf("%s:%u: %s: cannot be done\n", run->name, line->number,
	       line->words);
	return 1;
}

unsigned int script_run(struct script_run *run, const struct script *script,
			uint16_t number, FILE *out)
{
	unsigned int i, found;

	run->place = (struct script_place){
		.number = number,
		.end = { SCRIPT_CLIENT, SCRIPT_SERVER },
		.port = { 40000, 80 },
	};
	found = begin_counts(run) ? 1 : 0;
	for (i = 0; i < script->nr; i++)
		found += run_line(run, &script->lines[i], out);
	return found + (set_back(run) ? 1 : 0);
}
