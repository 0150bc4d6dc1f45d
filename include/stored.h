/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bpfipt keeps in the kernel for itself, in maps that no program reads:
 * whose pins these are, a generation's ruleset as text, and what its counters
 * go on from.
 */
#ifndef STORED_H
#define STORED_H

#include <stdint.h>

#include "abi.h"

/*
 * To be raised whenever residents and chain programs of different builds could
 * not work together or these structures change: abi.h, bpf/packet.h,
 * bpf/maps.h, this file; and with FLOW_LAYOUT, as old and new programs would
 * share one table.
 */
#define STORED_VERSION	3u

#define STORED_BUILD	16	/* bpfipt's own version, for messages */

struct stored_identity {
	uint32_t version;
	uint32_t pad;
	uint64_t created_s;	/* since the epoch */
	char build[STORED_BUILD];
};

/* For status. */
struct stored_hook {
	uint32_t nr_rows;
	uint32_t levels;
	uint32_t depth;
	uint32_t classes[NR_COLUMNS];
};

struct stored_text {
	uint32_t version;
	uint32_t nr_counters;
	uint32_t text_len;
	uint32_t pad;
	uint64_t created_s;
	char build[STORED_BUILD];
	struct stored_hook hook[NR_HOOKS];
	char text[];		/* text_len bytes, no NUL */
};

/*
 * Which counters go on from those of the generation before. A counter's value
 * is what its generation has counted, plus packets and bytes here, plus (as
 * long as generation is not 0) the value of counter `from` there, all modulo
 * 2^64. Without any such counter nr is 0.
 */
struct stored_count {
	uint64_t packets;
	uint64_t bytes;
	uint32_t from;		/* COUNTER_NONE: from none */
	uint32_t pad;
};

struct stored_carry {
	uint32_t generation;	/* the one before; 0: it is settled */
	uint32_t nr;
	uint32_t nr_before;	/* counters of the one before */
	uint32_t pad;
	struct stored_count count[];
};

#endif
