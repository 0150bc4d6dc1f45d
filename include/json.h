/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset as JSON, for programs. bpfipt-save(8) describes it.
 */
#ifndef JSON_H
#define JSON_H

#include <stdio.h>

struct abi_counter;
struct ruleset;

/* ruleset NULL: no table. counters: nr_counters values, or NULL for zeros. */
void json_print(const struct ruleset *ruleset,
		const struct abi_counter *counters, FILE *out);

#endif
