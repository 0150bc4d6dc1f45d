// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tracker's part of the status: how full its table is, of what, and which
 * settings are not the usual ones. Where no table is it says that nothing is
 * tracked.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/in.h>

#include "diag.h"
#include "flow.h"
#include "flow_names.h"
#include "flows.h"
#include "kernel.h"
#include "residents.h"
#include "settings.h"
#include "status.h"
#include "tracker.h"

enum group {
	GROUP_TCP,
	GROUP_UDP,
	GROUP_ICMP,
	GROUP_OTHER,
	NR_GROUPS,
};

static const char *const group_names[NR_GROUPS] = {
	[GROUP_TCP] = "tcp",
	[GROUP_UDP] = "udp",
	[GROUP_ICMP] = "icmp",
	[GROUP_OTHER] = "other",
};

struct fill {
	uint64_t all;
	uint64_t assured;
	uint64_t group[NR_GROUPS];
	uint64_t tcp[NR_FLOW_TCP_STATES];
};

static enum group group_of(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return GROUP_TCP;
	case IPPROTO_UDP:
		return GROUP_UDP;
	case IPPROTO_ICMP:
		return GROUP_ICMP;
	default:
		return GROUP_OTHER;
	}
}

static int count(const struct flow *flow, uint64_t left_s, void *ctx)
{
	struct fill *fill = ctx;

	(void)left_s;
	fill->all++;
	fill->assured += !!(flow->status & LABEL_ASSURED);
	fill->group[group_of(flow->proto)]++;
	if (flow->proto == IPPROTO_TCP && flow->state < NR_FLOW_TCP_STATES)
		fill->tcp[flow->state]++;
	return 0;
}

static void print_states(const struct fill *fill, FILE *out)
{
	const char *before = "  tcp";
	uint8_t state;

	for (state = 0; state < NR_FLOW_TCP_STATES; state++) {
		if (!fill->tcp[state])
			continue;
		fprintf(out, "%s %s %" PRIu64, before,
			flow_state_name(IPPROTO_TCP, state), fill->tcp[state]);
		before = ",";
	}
	if (*before == ',')
		fputc('\n', out);
}

/* Those of rules of time and conduct that differ from the kernel's defaults. */
static void print_settings(const struct flow_tracking *tracking, FILE *out)
{
	struct settings settings;
	unsigned int i;

	settings_init(&settings);
	settings_read(tracking, &settings);
	for (i = SETTING_MAX + 1; i < NR_SETTINGS; i++)
		if (setting_kinds[i].name &&
		    settings.value[i] != setting_kinds[i].usual)
			fprintf(out, "  %s = %" PRIu32 "\n",
				setting_kinds[i].name, settings.value[i]);
}

static int print_table(const struct site *site, const struct tracker *tracker,
		       FILE *out)
{
	struct flow_tracking tracking;
	struct fill fill = { 0 };
	int i, err = tracker_read(tracker, &tracking);

	if (err)
		return diag_system(site->diag, -err,
				   "cannot read the tracker's settings");
	err = flows_each(tracker, site->diag, count, &fill);
	if (err)
		return err;
	fprintf(out, "\nconnections %" PRIu64 " of at most %" PRIu64
		", assured %" PRIu64, fill.all,
		(uint64_t)tracking.nr_buckets * FLOW_WAYS, fill.assured);
	for (i = 0; i < NR_GROUPS; i++)
		fprintf(out, ", %s %" PRIu64, group_names[i], fill.group[i]);
	fputc('\n', out);
	print_states(&fill, out);
	print_settings(&tracking, out);
	return 0;
}

int status_tracker(const struct site *site, bool tracked, FILE *out)
{
	struct tracker tracker;
	int err = tracker_open(site, &tracker);

	if (err == -ENOENT) {
		if (tracked)
			return diag_system(site->diag, ENOENT,
					   "cannot open the connection table");
		return 0;
	}
	err = print_table(site, &tracker, out);
	if (!err && !tracked)
		fputs("  kept: no rule that runs asks for them\n", out);
	tracker_close(&tracker);
	return err;
}
