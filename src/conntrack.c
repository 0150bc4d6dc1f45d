// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goes through the connection table for bpfipt conntrack. In: what is asked.
 * Out: the flows that are meant, printed, counted or deleted one by one; what
 * conntrack(8) says at the end. New flows that come meanwhile may be missed.
 */
#include "conntrack.h"

#include <errno.h>
#include <inttypes.h>

#include "diag.h"
#include "flow.h"
#include "flow_edit.h"
#include "flows.h"
#include "kernel.h"
#include "site.h"
#include "tracker.h"

struct work {
	const struct conntrack_request *request;
	const struct tracker *tracker;
	FILE *out;
	uint64_t nr;
};

static void show(struct work *work, const struct flow *flow, uint64_t left_s)
{
	if (work->request->json) {
		fputs(work->nr ? ",\n" : "[\n", work->out);
		conntrack_print_json(flow, left_s, work->out);
	} else {
		conntrack_print(flow, left_s, work->out);
		fputc('\n', work->out);
	}
}

static int meet(const struct flow *flow, uint64_t left_s, void *ctx)
{
	struct work *work = ctx;
	enum conntrack_action action = work->request->action;
	int err;

	if (!conntrack_matches(&work->request->filter, flow))
		return 0;
	if (action == CONNTRACK_DELETE || action == CONNTRACK_FLUSH) {
		err = flow_edit_run(work->tracker, FLOW_DELETE, flow);
		if (err)	/* 1: it has gone by itself */
			return err < 0 ? err : 0;
	}
	if (action == CONNTRACK_LIST || action == CONNTRACK_DELETE)
		show(work, flow, left_s);
	work->nr++;
	return 0;
}

static void say(const struct work *work, const struct diag *diag,
		const char *what)
{
	fprintf(stderr,
		"%s v%s (bpfipt): %" PRIu64 " flow entries have been %s.\n",
		diag->program, diag_own_version(), work->nr, what);
}

/* What conntrack(8) says, and ends with. */
static int conclude(const struct work *work, const struct diag *diag)
{
	if (work->request->json)
		fputs(work->nr ? "\n]\n" : "[]\n", work->out);
	switch (work->request->action) {
	case CONNTRACK_COUNT:
		fprintf(work->out, "%" PRIu64 "\n", work->nr);
		return 0;
	case CONNTRACK_LIST:
		say(work, diag, "shown");
		return 0;
	case CONNTRACK_DELETE:
		say(work, diag, "deleted");
		return work->nr ? 0 : 1;
	default:
		fprintf(stderr, "%s v%s (bpfipt): connection tracking table has been emptied.\n",
			diag->program, diag_own_version());
		return 0;
	}
}

static int run(struct work *work, const struct tracker *tracker,
	       const struct diag *diag)
{
	int err;

	work->tracker = tracker;
	err = flows_each(tracker, diag, meet, work);
	return err < 0 ? err : conclude(work, diag);
}

int conntrack_run(const struct conntrack_request *request, FILE *out,
		  const struct diag *diag)
{
	struct work work = { .request = request, .out = out };
	struct tracker tracker;
	struct site site;
	int err;

	err = site_enter(&site, request->netns, diag);
	if (err)
		return err;
	err = tracker_open(&site, &tracker);
	if (err) {
		diag_warn(diag, "no connections are tracked here: no rule has asked for them");
		return 1;
	}
	err = run(&work, &tracker, diag);
	tracker_close(&tracker);
	return err;
}
