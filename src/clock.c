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
#define TURN_JIFFIES	(1ll << 32)
#define TURN_NS		300000000000ll
#define SECOND_NS	1000000000ll

/* Ticks begin some tenths of a second after the clock: nearer to the turn than
 * this the difference would count, and the second moment is another one. */
#define NEAR_NS		(60 * SECOND_NS)
#define SPAN_US		500000

/* What kernels of our machines can be configured to. */
static const uint32_t usual_hz[] = { 100, 250, 300, 1000 };

#define DOUBT		25	/* a part in so many */

struct moment {
	int64_t jiffies;
	int64_t ns;
};

static int moment_read(struct jiffies *skel, struct moment *moment)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = frame,
		.data_size_in = sizeof(frame),
	);

	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.read_clock),
				   &opts))
		return -errno;
	moment->jiffies = (int64_t)skel->bss->jiffies;
	moment->ns = (int64_t)skel->bss->uptime_ns;
	return 0;
}

uint32_t clock_hz(int64_t ticks, int64_t ns)
{
	double hz = (double)ticks * SECOND_NS / (double)ns;
	size_t i;

	for (i = 0; i < sizeof(usual_hz) / sizeof(*usual_hz); i++)
		if (hz > usual_hz[i] * (1 - 1.0 / DOUBT) &&
		    hz < usual_hz[i] * (1 + 1.0 / DOUBT))
			return usual_hz[i];
	return hz > 0 && hz < UINT32_MAX ? (uint32_t)(hz + 0.5) : 0;
}

static int read_now(struct jiffies *skel, struct clock *clock)
{
	struct moment from = { TURN_JIFFIES, TURN_NS }, now;
	int err = moment_read(skel, &now);

	if (!err && now.ns > TURN_NS - NEAR_NS && now.ns < TURN_NS + NEAR_NS) {
		from = now;
		usleep(SPAN_US);
		err = moment_read(skel, &now);
	}
	if (err)
		return err;
	clock->jiffies = (uint64_t)now.jiffies;
	clock->hz = clock_hz(now.jiffies - from.jiffies, now.ns - from.ns);
	return clock->hz ? 0 : -ERANGE;
}

int clock_read(struct clock *clock, const struct diag *diag)
{
	struct jiffies *skel = jiffies__open_and_load();
	int err;

	if (!skel)
		return rights_explain(diag, errno, "clock");
	err = read_now(skel, clock);
	if (err)
		diag_system(diag, -err, "cannot read the tracker's clock");
	jiffies__destroy(skel);
	return err;
}
