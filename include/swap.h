/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one instant: a 4-byte store that changes which generation runs.
 */
#ifndef SWAP_H
#define SWAP_H

#include <stdbool.h>
#include <stdint.h>

struct diag;

/*
 * Stores `to` if `from` is what runs, and waits until no packet is judged by
 * what ran before. If another number is there nothing changes: -EBUSY,
 * reported. The wait cannot fail the swap; returns 1 if it could not be made,
 * so that nothing that may be in use is to be taken down.
 */
int swap_generation(uint32_t *active, uint32_t from, uint32_t to,
		    const struct diag *diag);

/* Waits for a grace period; false if the kernel has no way to. */
bool swap_wait(void);

#endif
