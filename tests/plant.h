/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults planted into built tables, so that a test can show that it would see
 * them. Goes in: tables and a random number; comes out: the same tables, a
 * little wrong. For tests only.
 */
#ifndef PLANT_H
#define PLANT_H

#include <stdbool.h>
#include <stdint.h>

#include "tables.h"

/* The first NR_COLUMNS plants are those of the columns. */
enum plant {
	PLANT_OP = NR_COLUMNS,		/* what a row does */
	PLANT_HOT,			/* headers that drop */
	PLANT_COUNTER,
	PLANT_JUMP,
	PLANT_EXTRA_SADDR,
	PLANT_EXTRA_DADDR,
	PLANT_EXTRA_MARK,
	PLANT_EXTRA_TCPOPT,
	PLANT_EXTRA_CT_SADDR,
	PLANT_EXTRA_CT_DADDR,
	PLANT_EXTRA_CT_PROTO,
	PLANT_EXTRA_CT_SPORT,
	PLANT_EXTRA_CT_DPORT,
	PLANT_EXTRA_CT_REPLY_SPORT,
	PLANT_EXTRA_CT_REPLY_DPORT,
	PLANT_EXTRA_CT_EXPIRES,
	NR_PLANTS,
};

const char *plant_name(enum plant plant);

/*
 * Plants a fault. Returns false, with nothing changed, where the tables have
 * nothing of the kind.
 */
bool plant_fault(struct tables *tables, enum plant plant, uint64_t random);

#endif
