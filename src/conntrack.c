// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shows, deletes and counts connections. The table is read as it is; what is
 * to go is deleted one by one by the tracker's program, so that packets can go
 * on meanwhile. No lock is taken and nothing is loaded.
 */
#include "conntrack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "diag.h"
#include "flow.h"
#include "flow_edit.h"
#include "flows.h"
#include "kernel.h"
#include "site.h"
#include "tracker.h"

/* A walk over the table. */
struct walk {
	const struct conntrack_request *request;
	const struct tracker *tracker;
	const struct diag *diag;
	FILE *out;
	uint64_t nr;		/* of those that are meant */
};

/* 0, 1 if the flow went away by itself, or a negative errno, reported. */
static int delete(const struct walk *walk, const struct flow *flow)
{
	int err = flow_edit_run(walk->tracker, FLOW_DELETE, flow);

	return err < 0 ? diag_system(walk->diag, -err,
				     "cannot delete a connection") : err;
}

/* JSON is an array of objects, a line each. */
static int show(const struct walk *walk, const struct flow *flow,
		uint64_t left_s)
{
	bool json = walk->request->form == FLOW_JSON;
	int err;

	if (json)
		fputs(walk->nr ? ",\n " : "[\n ", walk->out);
	err = flow_text(walk->out, walk->request->form, flow, left_s);
	return err ? diag_system(walk->diag, -err, "cannot show a connection") :
		     0;
}

static void end_array(const struct walk *walk)
{
	if (walk->request->form == FLOW_JSON)
		fputs(walk->nr ? "\n]\n" : "[]\n", walk->out);
}

static int list_one(const struct flow *flow, uint64_t left_s, void *ctx)
{
	struct walk *walk = ctx;
	int err;

	if (!flow_filter_match(&walk->request->filter, flow))
		return 0;
	err = show(walk, flow, left_s);
	walk->nr++;
	return err;
}

static int delete_one(const struct flow *flow, uint64_t left_s, void *ctx)
{
	struct walk *walk = ctx;
	int err;

	if (!flow_filter_match(&walk->request->filter, flow))
		return 0;
	err = delete(walk, flow);
	if (err)
		return err < 0 ? err : 0;
	err = show(walk, flow, left_s);
	walk->nr++;
	return err;
}

static int flush_one(const struct flow *flow, uint64_t left_s, void *ctx)
{
	struct walk *walk = ctx;
	int err = delete(walk, flow);

	(void)left_s;
	walk->nr += !err;
	return err < 0 ? err : 0;
}

static int count_one(const struct flow *flow, uint64_t left_s, void *ctx)
{
	struct walk *walk = ctx;

	(void)flow;
	(void)left_s;
	walk->nr++;
	return 0;
}

static int each(struct walk *walk, flows_seen *seen)
{
	return flows_each(walk->tracker, walk->diag, seen, walk);
}

/* The start of what conntrack(8) says, of this program. */
static void say_name(const struct walk *walk)
{
	fflush(walk->out);
	fprintf(stderr, "%s v%s (bpfipt): ", walk->diag->program,
		diag_own_version());
}

static void say(const struct walk *walk, const char *done)
{
	say_name(walk);
	fprintf(stderr, "%" PRIu64 " flow entries have been %s.\n", walk->nr,
		done);
}

static int run_list(struct walk *walk)
{
	int err = each(walk, list_one);

	end_array(walk);
	if (!err)
		say(walk, "shown");
	return err;
}

static int run_delete(struct walk *walk)
{
	int err;

	if (walk->tracker->edit < 0)
		return diag_system(walk->diag, ENOENT,
				   "cannot delete single connections of a table that was kept without its programs");
	err = each(walk, delete_one);
	end_array(walk);
	if (!err || walk->nr)
		say(walk, "deleted");
	return err;
}

static int run_flush(struct walk *walk)
{
	int err = walk->tracker->edit < 0 ?
		  flow_edit_clear(walk->tracker, walk->diag) :
		  each(walk, flush_one);

	if (err)
		return err;
	say_name(walk);
	fputs("connection tracking table has been emptied.\n", stderr);
	return 0;
}

static int run_count(struct walk *walk)
{
	int err = each(walk, count_one);

	if (!err)
		fprintf(walk->out, "%" PRIu64 "\n", walk->nr);
	return err;
}

static int (*const runs[NR_CONNTRACK_ACTS])(struct walk *walk) = {
	[CONNTRACK_LIST] = run_list,
	[CONNTRACK_DELETE] = run_delete,
	[CONNTRACK_FLUSH] = run_flush,
	[CONNTRACK_COUNT] = run_count,
};

int conntrack_run(const struct conntrack_request *request, FILE *out,
		  const struct diag *diag, uint64_t *nr)
{
	struct walk walk = { .request = request, .diag = diag, .out = out };
	struct tracker tracker;
	struct site site;
	int err;

	err = site_enter(&site, request->netns, diag);
	if (err)
		return err;
	err = tracker_open(&site, &tracker);
	if (err == -ENOENT)
		diag_warn(diag, "no connections are tracked here: no rule has asked for them");
	if (err)
		return err;
	walk.tracker = &tracker;
	err = runs[request->act](&walk);
	tracker_close(&tracker);
	if (!err)
		*nr = walk.nr;
	return err;
}
