// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The residents' event counters: packets that were dropped for another reason
 * than a rule, or passed without being judged.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "diag.h"
#include "kernel.h"
#include "residents.h"
#include "status.h"

static const char *const names[NR_EVENTS] = {
	[DROP_NO_PROGRAM] = "dropped: no program loaded",
	[DROP_NO_SCRATCH] = "dropped: no memory",
	[DROP_BOUNDS] = "dropped: a table led outside itself",
	[DROP_STEPS] = "dropped: too many steps",
	[DROP_HOT] = "dropped: transport header cut off",
	[DROP_FRAGMENT_HEADER] = "dropped: first fragment without its header",
	[DROP_FRAGMENT_OVERWRITE] = "dropped: fragment over a header",
	[DROP_FRAGMENT_UNKNOWN] = "dropped: fragment whose first was not seen",
	[DROP_FRAGMENT_LENGTH] = "dropped: fragment where rules test length",
	[DROP_SOURCE_ROUTE] = "dropped: source route",
	[DROP_NO_ROUTE_DEVICE] = "dropped: output device unknown",
	[DROP_TAGS] = "dropped: too many VLAN tags",
	[DROP_NO_HEADER] = "dropped: sent without a whole IP header",
	[DROP_FLOWS_FULL] = "dropped: connection table full",
	[DROP_FLOWS_BUSY] = "dropped: connection locked too long",
	[FLOW_EVICTED] = "connections evicted for new ones",
	[PASS_NOT_IPV4] = "passed: not IPv4",
	[PASS_VLAN] = "passed: left to the VLAN device",
	[PASS_LOWER] = "passed: left to the master or upper device",
	[PASS_OTHER_HOST] = "passed: for another host",
	[PASS_STACK_DROPS] = "passed: discarded by the stack",
	[PASS_PACKET_SOCKET] = "passed: from a packet socket",
	[PASS_FORWARDED] = "passed: judged on its way in",
	[PASS_LATER_FRAGMENT] = "passed: judged with its first fragment",
	[PASS_MOVED] = "passed: device moved to another namespace",
};

/* Sums one event over the processors; values has room for all of them. */
static int event_read(int fd, uint32_t event, uint64_t *values, int nr_cpus)
{
	int cpu;

	if (bpf_map_lookup_elem(fd, &event, values))
		return -errno;
	for (cpu = 1; cpu < nr_cpus; cpu++)
		values[0] += values[cpu];
	return 0;
}

int status_events(const struct site *site, const struct residents *residents,
		  FILE *out)
{
	int nr_cpus = libbpf_num_possible_cpus();
	uint64_t *values = calloc((size_t)(nr_cpus > 0 ? nr_cpus : 1),
				  sizeof(*values));
	uint32_t event;
	int err = values ? 0 : -ENOMEM;

	fprintf(out, "\npackets not judged by rules\n");
	for (event = 0; event < NR_EVENTS && !err; event++) {
		err = event_read(residents->fd[RESIDENT_EVENTS], event, values,
				 nr_cpus);
		if (!err && values[0])
			fprintf(out, "  %-44s %12" PRIu64 "\n", names[event],
				values[0]);
	}
	free(values);
	return err ? diag_system(site->diag, -err, "cannot read the events") :
		     0;
}
