// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings of the script that is on: sysctls for the kernel's tracker, --set
 * for ours. In: the script's lines that set something. Out: firewalls that have
 * what it wants, and what they had before when another one goes on.
 */
#include "script.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY "netfilter/"

/* Rules for one of both; ours with the settings of the script that is on. */
static int restore(struct script_run *run, int which)
{
	const char *argv[2 + 2 * NR_SCRIPT_SETTINGS] = {
		run->side->tool[which].restore,
	};
	const struct script_job *job = run->on;
	unsigned int i;
	char *said;
	int status;

	for (i = 0; which == SIDE_PRODUCT && job && i < job->nr_settings; i++) {
		argv[1 + 2 * i] = "--set";
		argv[2 + 2 * i] = job->setting[i].ours;
	}
	status = testns_run(&run->side->topo[which].firewall, argv, run->rules,
			    &said);
	if (status)
		fprintf(stderr, "%s: status %d: %s\n", argv[0], status,
			said ? said : "");
	free(said);
	return status ? -1 : 0;
}

int script_restore(struct script_run *run)
{
	return run->nr_sides > 1 ? restore(run, SIDE_PRODUCT) : 0;
}

int script_set_begin(struct script_run *run)
{
	run->on = NULL;
	return restore(run, SIDE_IPTABLES) || script_restore(run) ? -1 : 0;
}

/* What the kernel has of a setting. */
static int get_sysctl(struct script_run *run, const char *name, char *value,
		      size_t size)
{
	const struct testns *ns = &run->side->topo[SIDE_IPTABLES].firewall;
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

int script_set(struct script_run *run, const char *words)
{
	struct script_job *job = run->on;
	struct script_setting *setting = &job->setting[job->nr_settings];
	char name[64], value[16];

	if (job->nr_settings == NR_SCRIPT_SETTINGS ||
	    sscanf(words, "set %63s %15s", name, value) != 2 ||
	    get_sysctl(run, name, setting->before, sizeof(setting->before)) ||
	    set_sysctl(run, name, value))
		return -1;
	memcpy(setting->name, name, sizeof(name));
	memcpy(setting->value, value, sizeof(value));
	snprintf(setting->ours, sizeof(setting->ours), "%s=%s", name, value);
	job->nr_settings++;
	return script_restore(run);
}

/* Gives the kernel back what it had before a script. */
static int take_back(struct script_run *run, const struct script_job *job)
{
	unsigned int i;
	int ret = 0;

	for (i = job->nr_settings; i; i--)
		ret |= set_sysctl(run, job->setting[i - 1].name,
				  job->setting[i - 1].before);
	return ret;
}

int script_set_turn(struct script_run *run, struct script_job *job)
{
	struct script_job *last = run->on;
	unsigned int i;
	int ret = 0;

	if (last == job)
		return 0;
	if (last)
		ret |= take_back(run, last);
	for (i = 0; job && i < job->nr_settings; i++)
		ret |= set_sysctl(run, job->setting[i].name,
				  job->setting[i].value);
	run->on = job;
	if ((last && last->nr_settings) || (job && job->nr_settings))
		ret |= script_restore(run);
	return ret;
}
