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

/* Two firewalls with the rules that count, and what they have counted. */
struct script_run {
	struct side *side;
	unsigned int nr_sides;	/* 1: the kernel only */
	const char *rules;
	const char *name;
	struct script_place place;
	uint64_t counts[NR_SIDES][NR_SCRIPT_RULES];
	unsigned int nr_settings;
	char setting[NR_SCRIPT_SETTINGS][80];	/* NAME=VALUE */
	char before[NR_SCRIPT_SETTINGS][32];	/* the kernel's */
	unsigned int packets;
	unsigned int differences;	/* that are meant */
};

/*
 * Runs a script; `number` tells it from others of the same firewalls. What the
 * kernel's rules saw goes to out, as the script itself says it where it is
 * right. Returns how many times ours was not as the kernel's, all said.
 */
unsigned int script_run(struct script_run *run, const struct script *script,
			uint16_t number, FILE *out);

/* Restores the rules, with the settings of the script so far. 0 or -1. */
int script_restore(struct script_run *run, int which);

#endif
