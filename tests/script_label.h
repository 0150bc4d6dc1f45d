/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules of the scripts say of packets: a ruleset that only counts, and
 * its counters read as words.
 */
#ifndef SCRIPT_LABEL_H
#define SCRIPT_LABEL_H

#include <stdint.h>

#define NR_SCRIPT_RULES	69

/* The ruleset; to be freed. */
char *script_label_rules(void);

/* Takes the counters out of what a firewall saved. 0, or -1 if it is not the
 * ruleset. */
int script_label_read(const char *saved, uint64_t counts[NR_SCRIPT_RULES]);

/*
 * What was counted between two readings: "NEW orig", "-" for nothing, "in:" and
 * "out:" in front of what INPUT and OUTPUT counted. To be freed.
 */
char *script_label_print(const uint64_t before[NR_SCRIPT_RULES],
			 const uint64_t after[NR_SCRIPT_RULES]);

#endif
