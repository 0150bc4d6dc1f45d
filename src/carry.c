// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters that go on over a swap. A generation counts from zero; what its
 * rules had counted before stays where it was counted and is added when they
 * are read, by a list pinned beside the counters: so a packet is counted
 * once, whichever generation it meets, and a run may be killed anywhere. When
 * the swap is over, the values of the one before go into a new list, which
 * takes the place of the other in one step, and that one may be taken down.
 */
#include "carry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "counters.h"
#include "diag.h"
#include "generation.h"
#include "kernel.h"
#include "pins.h"
#include "plan.h"
#include "stored.h"
#include "swap.h"

static size_t carry_size(unsigned int nr)
{
	return sizeof(struct stored_carry) + nr * sizeof(struct stored_count);
}

static int carry_put(const struct site *site, uint32_t number,
		     const char *name, const struct stored_carry *carry)
{
	char path[32];

	snprintf(path, sizeof(path), "gen-%u/%s", number, name);
	return pins_put_value(site, path, BPF_MAP_TYPE_ARRAY, carry,
			      carry_size(carry->nr));
}

int carry_load(const struct site *site, const struct plan *plan,
	       uint32_t running, const struct generation *generation)
{
	unsigned int nr = plan->from ? plan->nr_counters : 0, i;
	struct stored_carry *carry = calloc(1, carry_size(nr));
	int err;

	if (!carry)
		return diag_system(site->diag, ENOMEM,
				   "cannot carry the counters over");
	carry->nr = nr;
	if (nr) {
		carry->generation = running;
		carry->nr_before = plan->nr_before;
	}
	for (i = 0; i < nr; i++)
		carry->count[i].from = plan->from[i];
	err = carry_put(site, generation->number, "carry", carry);
	free(carry);
	return err;
}

/* What goes on, of an open generation; to be freed. */
static int carry_get(const struct generation *generation,
		     struct stored_carry **carry)
{
	struct stored_carry *got;
	size_t size;
	int err = pins_get_value(generation->carry, sizeof(*got),
				 (void **)&got, &size);

	if (!err && size < carry_size(got->nr)) {
		free(got);
		err = -EPROTO;
	}
	if (!err)
		*carry = got;
	return err;
}

static int values_of(const struct site *site,
		     const struct generation *generation, unsigned int nr,
		     struct abi_counter *counters);

/* Adds to a list what the generation before has counted. */
static int add_before(const struct site *site, struct stored_carry *carry)
{
	struct generation before = GENERATION_INIT;
	struct abi_counter *counters = calloc(carry->nr_before,
					      sizeof(*counters));
	unsigned int i, from;
	int err = counters ? 0 : -ENOMEM;

	before.number = carry->generation;
	if (!err)
		err = generation_open(site, &before);
	if (!err)
		err = values_of(site, &before, carry->nr_before, counters);
	for (i = 0; i < carry->nr && !err; i++) {
		from = carry->count[i].from;
		if (from >= carry->nr_before)
			continue;
		carry->count[i].packets += counters[from].packets;
		carry->count[i].bytes += counters[from].bytes;
	}
	generation_close(&before);
	free(counters);
	return err;
}

/* The one before has a list of its own; that is settled, unless a run was
 * killed, and then its own one's is. */
static int values_of(const struct site *site,
		     const struct generation *generation, unsigned int nr,
		     struct abi_counter *counters)
{
	struct stored_carry *carry;
	unsigned int i;
	int err = carry_get(generation, &carry);

	if (err)
		return err;
	err = counters_read(generation->counters, nr, counters);
	if (!err && carry->generation)
		err = add_before(site, carry);
	for (i = 0; i < carry->nr && i < nr && !err; i++) {
		counters[i].packets += carry->count[i].packets;
		counters[i].bytes += carry->count[i].bytes;
	}
	free(carry);
	return err;
}

int carry_read(const struct site *site, const struct generation *generation,
	       unsigned int nr, struct abi_counter *counters)
{
	int err = values_of(site, generation, nr, counters);

	if (err && err != -ENOENT)
		diag_system(site->diag, -err,
			    "cannot read the counters of generation %u",
			    generation->number);
	return err;
}

static int settle(const struct site *site, const struct generation *generation,
		  bool rested)
{
	struct stored_carry *carry;
	char path[32];
	int err = carry_get(generation, &carry);

	if (err)
		return diag_system(site->diag, -err, "cannot read gen-%u/carry",
				   generation->number);
	if (carry->generation) {
		/* Where there is no way to wait, another run made it active,
		 * which is a while ago. */
		if (!rested)
			swap_wait();
		err = add_before(site, carry);
		carry->generation = 0;
		snprintf(path, sizeof(path), "gen-%u/carry",
			 generation->number);
		if (err)
			diag_system(site->diag, -err,
				    "cannot settle the counters of generation %u",
				    generation->number);
		else
			err = pins_replace_value(site, path,
						 BPF_MAP_TYPE_ARRAY, carry,
						 carry_size(carry->nr));
	}
	free(carry);
	return err;
}

int carry_settle(const struct site *site, uint32_t number, bool rested)
{
	struct generation generation = GENERATION_INIT;
	int err;

	generation.number = number;
	err = generation_open(site, &generation);
	if (!err)
		err = settle(site, &generation, rested);
	else if (err == -ENOENT)
		err = 0;
	generation_close(&generation);
	return err;
}
