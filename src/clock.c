// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks a BPF program for jiffies, as no system call tells them, and works out
 * how many make a second: nothing tells that either.
 */
#include "clock.h"

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "jiffies.skel.h"
#include "diag.h"
#include "kernel.h"
#include "rights.h"

/*
 * Jiffies begin at 2^32 less those of 300 s (INITIAL_JIFFIES in the kernel's
 * include/linux/jiffies.h) and then go with the time since the system started.
 */
#define TURN_JIFFIES	(1ull << 32)
#define TURN_NS		300000000000ll
#define SECOND_NS	1000000000ll

/* Nearer than this to the turn a tick more or less would be too much. */
#define NEAR_NS		(2 * SECOND_NS)

static int sample(struct jiffies *skel)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = frame,
		.data_size_in = sizeof(frame),
	);

	return bpf_prog_test_run_opts(bpf_program__fd(skel->progs.read_clock),
				      &opts) ? -errno : 0;
}

static int64_t from_turn(const struct jiffies *skel)
{
	return (int64_t)skel->bss->uptime_ns - TURN_NS;
}

static int read_far(struct jiffies *skel, struct clock *clock)
{
	int64_t ticks, ns;
	int err = sample(skel);

	while (!err && from_turn(skel) > -NEAR_NS &&
	       from_turn(skel) < NEAR_NS) {
		usleep(100000);
		err = sample(skel);
	}
	if (err)
		return err;
	ns = from_turn(skel);
	ticks = (int64_t)(skel->bss->jiffies - TURN_JIFFIES);
	clock->jiffies = skel->bss->jiffies;
	clock->hz = (uint32_t)(((double)ticks * SECOND_NS) / (double)ns + 0.5);
	return clock->hz ? 0 : -ERANGE;
}

int clock_read(struct clock *clock, const struct diag *diag)
{
	struct jiffies *skel = jiffies__open_and_load();
	int err;

	if (!skel)
		return rights_explain(diag, errno, "clock");
	err = read_far(skel, clock);
	if (err)
		diag_system(diag, -err, "cannot read the tracker's clock");
	jiffies__destroy(skel);
	return err;
}
