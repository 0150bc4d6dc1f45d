// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store that packets notice, and the grace period behind it: a packet may
 * have read the old number and not yet called the program. The map of the
 * number is mapped into memory, so the store is one instruction, and it names
 * the number that it expects to replace.
 */
#include "swap.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "diag.h"
#include "kernel.h"

/*
 * Replacing a map in a map makes the kernel wait for all running programs.
 * Unlike membarrier(2) it is there on every configuration.
 */
static bool wait_by_map(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int inner, outer = -1;
	uint32_t zero = 0;
	bool waited = false;

	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "grace", 4, 4, 1, NULL);
	opts.inner_map_fd = (uint32_t)inner;
	if (inner >= 0)
		outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "graces", 4,
				       4, 1, &opts);
	if (outer >= 0)
		waited = !bpf_map_update_elem(outer, &zero, &inner, BPF_ANY);
	if (outer >= 0)
		close(outer);
	if (inner >= 0)
		close(inner);
	return waited;
}

static bool wait_by_membarrier(void)
{
	return !syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

bool swap_wait(void)
{
	return wait_by_map() || wait_by_membarrier();
}

int swap_generation(uint32_t *active, uint32_t from, uint32_t to,
		    const struct diag *diag)
{
	uint32_t seen = from;

	if (!__atomic_compare_exchange_n(active, &seen, to, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return diag_system(diag, EBUSY,
				   "generation %u runs where %u was expected",
				   seen, from);
	return swap_wait() ? 0 : 1;
}
