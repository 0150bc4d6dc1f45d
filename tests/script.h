/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts of packets: a text that says which packets are sent and what the
 * rules see of each. It is run against the kernel's tracker and ours beside it.
 * How they are written: fixtures/conntrack/README.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "script_label.h"
#include "script_packet.h"
#include "side_craft.h"

/* What one line asks for. */
enum script_verb {
	SCRIPT_TEXT,		/* nothing: a comment, an empty line */
	SCRIPT_BETWEEN,
	SCRIPT_PORTS,
	SCRIPT_PACKET,
	SCRIPT_WAIT,
	SCRIPT_SET,
	SCRIPT_RESTORE,
	NR_SCRIPT_VERBS,
};

struct script_line {
	unsigned int number;
	enum script_verb verb;
	char *words;		/* without the expectation, unchanged */
	char *differs;		/* what ours says, where that is meant */
	char *reason;
};

struct script {
	unsigned int nr;
	struct script_line *lines;
};

/* Takes a text apart. */
void script_parse(struct script *script, const char *text);
void script_free(struct script *script);

#define NR_SCRIPT_SETTINGS 8

struct script_setting {
	char name[64];
	char value[16];
	char before[32];	/* the kernel's */
	char ours[80];		/* NAME=VALUE */
};

/* A script on its way. */
struct script_job {
	const char *name;
	struct script script;
	struct script_place place;
	unsigned int nr_settings;
	struct script_setting setting[NR_SCRIPT_SETTINGS];
	unsigned int next;	/* line */
	uint64_t due_ms;	/* it waits until then; 0: it does not */
	bool done;
	unsigned int found;	/* what is wrong */
	FILE *out;		/* into seen */
	char *seen;
	size_t len;
};

/* Two firewalls with the rules that count, and what they have counted. */
struct script_run {
	struct side *side;
	unsigned int nr_sides;	/* 1: the kernel only */
	const char *rules;
	struct script_job *on;	/* whose settings the firewalls have */
	uint64_t counts[NR_SIDES][NR_SCRIPT_RULES];
	unsigned int packets;
	unsigned int differences;	/* that are meant */
};

/* Number tells a script from others of the same firewalls. */
void script_begin(struct script_job *job, uint16_t number);

/*
 * Goes on with a script, to its end or the next wait. What the kernel's rules
 * saw is written as the script itself says it where it is right; what ours saw
 * else is said, and counted.
 */
void script_go(struct script_run *run, struct script_job *job);

/* All of them, one while another waits. */
void script_all(struct script_run *run, struct script_job *jobs, size_t nr);

uint64_t script_now_ms(void);

/* The rules for both, without any settings; 0 or -1, as all of these. */
int script_set_begin(struct script_run *run);

/* From the settings of one script to another's; NULL: none. */
int script_set_turn(struct script_run *run, struct script_job *job);

/* "set NAME VALUE" of the script that is on. */
int script_set(struct script_run *run, const char *words);

/* The rules for ours again. */
int script_restore(struct script_run *run);

#endif
