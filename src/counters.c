// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Per-processor counters from and into their map, a chunk at a time. Values of
 * a running map are read while packets add to them: each number is one that
 * was true, packets and bytes may be of two moments.
 */
#include "counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel.h"

/* Room for one chunk of every possible processor, or NULL with errno. */
static struct abi_counter *chunk_new(int *nr_cpus)
{
	*nr_cpus = libbpf_num_possible_cpus();
	if (*nr_cpus < 0) {
		errno = -*nr_cpus;
		return NULL;
	}
	return calloc((size_t)*nr_cpus * COUNTER_CHUNK,
		      sizeof(struct abi_counter));
}

static unsigned int chunk_size(unsigned int nr, unsigned int chunk)
{
	unsigned int left = nr - chunk * COUNTER_CHUNK;

	return left < COUNTER_CHUNK ? left : COUNTER_CHUNK;
}

static void chunk_add(struct abi_counter *sums, unsigned int nr,
		      const struct abi_counter *values)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		sums[i].packets += values[i].packets;
		sums[i].bytes += values[i].bytes;
	}
}

int counters_read(int fd, unsigned int nr, struct abi_counter *counters)
{
	int nr_cpus, cpu, err = 0;
	struct abi_counter *values = chunk_new(&nr_cpus);
	unsigned int chunk;

	if (!values)
		return -errno;
	memset(counters, 0, nr * sizeof(*counters));
	for (chunk = 0; chunk < counters_chunks(nr) && !err; chunk++) {
		if (bpf_map_lookup_elem(fd, &chunk, values))
			err = -errno;
		for (cpu = 0; cpu < nr_cpus && !err; cpu++)
			chunk_add(counters + chunk * COUNTER_CHUNK,
				  chunk_size(nr, chunk),
				  values + (size_t)cpu * COUNTER_CHUNK);
	}
	free(values);
	return err;
}

static int is_zero(const struct abi_counter *counters, unsigned int nr)
{
	static const struct abi_counter zero;
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (memcmp(&counters[i], &zero, sizeof(zero)))
			return 0;
	return 1;
}

int counters_write(int fd, unsigned int nr,
		   const struct abi_counter *counters)
{
	int nr_cpus, err = 0;
	struct abi_counter *values = chunk_new(&nr_cpus);
	unsigned int chunk;

	if (!values)
		return -errno;
	for (chunk = 0; chunk < counters_chunks(nr) && !err; chunk++) {
		const struct abi_counter *from =
			counters + chunk * COUNTER_CHUNK;
		unsigned int size = chunk_size(nr, chunk);

		if (is_zero(from, size))
			continue;
		memset(values, 0, COUNTER_CHUNK * sizeof(*values));
		memcpy(values, from, size * sizeof(*values));
		if (bpf_map_update_elem(fd, &chunk, values, BPF_ANY))
			err = -errno;
	}
	free(values);
	return err;
}
