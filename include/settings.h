/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be set of the tracker: nf_conntrack's own settings, under the names
 * that their sysctls have, with its defaults.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"

struct nearest;

enum setting {
	SETTING_MAX,		/* flows */
	SETTING_CHECKSUM,
	SETTING_TCP_LOOSE,
	SETTING_TCP_LIBERAL,
	SETTING_TCP_MAX_RETRANS,
	SETTING_TCP_IGNORE_RST,
	SETTING_TIMEOUT,	/* + enum flow_timeout, in seconds */
	NR_SETTINGS = SETTING_TIMEOUT + NR_TIMEOUTS,
};

/* A name of NULL: the state has no timeout of its own. */
struct setting_kind {
	const char *name;
	uint32_t usual;		/* 0 for MAX: it follows from the memory */
	uint32_t first;		/* the values that it can have */
	uint32_t last;
};

extern const struct setting_kind setting_kinds[NR_SETTINGS];

struct settings {
	uint32_t value[NR_SETTINGS];
	bool given[NR_SETTINGS];	/* no sysctl counts then */
};

/* The defaults. */
void settings_init(struct settings *settings);

/* The default of SETTING_MAX on a machine with so much memory. */
uint32_t settings_flows(uint64_t memory_kib);

/* The setting of that name, or NR_SETTINGS. */
enum setting settings_find(const char *name);

/* How all names begin. */
#define SETTING_PREFIX	"nf_conntrack_"

/* Offers all names, without how they begin. */
void settings_offer(struct nearest *nearest);

/* Copies what a table's rules of time and conduct are; hz jiffies a second. */
void settings_apply(const struct settings *settings, uint32_t hz,
		    struct flow_tracking *tracking);

/* The other way round, rounded to seconds; given stays. */
void settings_read(const struct flow_tracking *tracking,
		   struct settings *settings);

/* Buckets for as many flows as SETTING_MAX says, and some room. */
uint32_t settings_buckets(const struct settings *settings);

#endif
