// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads, pins, opens the tracker. `layout` is pinned last of the table, so that
 * where it is the table is whole; a run that was killed before leaves nothing
 * that is taken for one. It never replaces a table of its own layout.
 */
#include "tracker.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "clock.h"
#include "conntrack.skel.h"
#include "diag.h"
#include "flow.h"
#include "kernel.h"
#include "pins.h"
#include "residents.h"
#include "rights.h"
#include "settings.h"

#define DIR	TRACKER_DIR

/* The programs' pins, and the slots of those that packets go through. */
static const struct {
	const char *pin;
	const char *program;
	int slot;
} programs[] = {
	{ DIR "/label", "conntrack_label", SLOT_LABEL },
	{ DIR "/store", "conntrack_store", SLOT_STORE },
	{ DIR "/edit", "conntrack_edit", -1 },
};

#define NR_PARTS	(sizeof(programs) / sizeof(programs[0]))

struct start {
	const struct site *site;
	const struct residents *residents;
	const struct settings *settings;
	struct tracker *tracker;
};

static int read_value(int fd, void *value)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(fd, &zero, value) ? -errno : 0;
}

/* The layout of the table that is there, 0 if none is whole. */
static uint32_t layout_read(const struct site *site)
{
	uint32_t layout = 0;
	int fd = pins_get(site, DIR "/layout");

	if (fd >= 0) {
		if (read_value(fd, &layout))
			layout = 0;
		close(fd);
	}
	return layout;
}

bool tracker_kept(const struct site *site)
{
	return layout_read(site);
}

static int table_open(const struct site *site, struct tracker *tracker)
{
	tracker->flows = pins_get(site, DIR "/flows");
	tracker->tracking = pins_get(site, DIR "/tracking");
	tracker->edit = pins_get(site, DIR "/edit");
	if (tracker->flows >= 0 && tracker->tracking >= 0)
		return 0;
	tracker_close(tracker);
	return -ENOENT;
}

int tracker_open(const struct site *site, struct tracker *tracker)
{
	enum site_state state = residents_state(site);

	*tracker = (struct tracker)TRACKER_INIT;
	if (state != SITE_LIVE && state != SITE_KEPT)
		return -ENOENT;
	return layout_read(site) == FLOW_LAYOUT ? table_open(site, tracker) :
						  -ENOENT;
}

int tracker_read(const struct tracker *tracker, struct flow_tracking *tracking)
{
	return read_value(tracker->tracking, tracking);
}

/* What of `tracking` stays as long as the table. */
static int tracking_init(const struct start *start, int fd)
{
	struct flow_tracking tracking = {
		.nr_buckets = settings_buckets(start->settings),
	};
	uint32_t zero = 0;
	struct clock clock;
	int err = clock_read(&clock, start->site->diag);

	if (err)
		return err;
	tracking.hz = clock.hz;
	if (getrandom(tracking.seed, sizeof(tracking.seed), 0) !=
		    sizeof(tracking.seed) ||
	    bpf_map_update_elem(fd, &zero, &tracking, BPF_ANY))
		return diag_system(start->site->diag, errno,
				   "cannot prepare the connection table");
	return 0;
}

/* Pins the table that came with the programs. */
static int table_pin(const struct start *start, struct conntrack *skel)
{
	int tracking = bpf_map__fd(skel->maps.tracking);
	int err = tracking_init(start, tracking);

	if (!err)
		err = pins_put(start->site, DIR "/tracking", tracking);
	if (!err)
		err = pins_put(start->site, DIR "/flows",
			       bpf_map__fd(skel->maps.flows));
	return err;
}

/* The maps of the residents, and the table if there is one already. */
static int maps_share(const struct start *start, struct conntrack *skel)
{
	const int *resident = start->residents->fd;
	const struct { struct bpf_map *map; int fd; } shared[] = {
		{ skel->maps.programs, resident[RESIDENT_PROGRAMS] },
		{ skel->maps.scratch, resident[RESIDENT_SCRATCH] },
		{ skel->maps.events, resident[RESIDENT_EVENTS] },
		{ skel->maps.fragments, resident[RESIDENT_FRAGMENTS] },
		{ skel->maps.flows, start->tracker->flows },
		{ skel->maps.tracking, start->tracker->tracking },
	};
	size_t i;
	int err = 0;

	if (start->tracker->flows < 0)
		err = bpf_map__set_max_entries(skel->maps.flows,
				settings_buckets(start->settings));
	for (i = 0; i < sizeof(shared) / sizeof(*shared) && !err; i++)
		if (shared[i].fd >= 0)
			err = bpf_map__reuse_fd(shared[i].map, shared[i].fd);
	return err;
}

static int programs_pin(const struct start *start, struct conntrack *skel)
{
	int err = 0;
	size_t i;

	for (i = 0; i < NR_PARTS && !err; i++) {
		err = pins_remove(start->site, programs[i].pin);
		if (!err)
			err = pins_put(start->site, programs[i].pin,
				bpf_program__fd(
					bpf_object__find_program_by_name(
						skel->obj,
						programs[i].program)));
	}
	return err;
}

/* Kernels before 6.2 refuse direct reads of kernel structures. */
static struct conntrack *load(const struct start *start)
{
	struct conntrack *skel;
	int direct, err = 0;

	for (direct = 1; direct >= 0; direct--) {
		skel = conntrack__open();
		if (!skel) {
			err = errno;
			break;
		}
		skel->rodata->direct_reads = direct;
		err = -maps_share(start, skel);
		if (!err)
			err = -conntrack__load(skel);
		if (!err)
			return skel;
		conntrack__destroy(skel);
	}
	rights_explain(start->site->diag, err, "conntrack");
	errno = err;
	return NULL;
}

/* Whether all programs are there; then they are this build's, as the residents
 * are. */
static bool programs_there(const struct site *site)
{
	size_t i;

	for (i = 0; i < NR_PARTS; i++) {
		int fd = pins_get(site, programs[i].pin);

		if (fd < 0)
			return false;
		close(fd);
	}
	return true;
}

static int slots_fill(const struct start *start)
{
	size_t i;

	for (i = 0; i < NR_PARTS; i++) {
		uint32_t slot = (uint32_t)programs[i].slot;
		int fd, err = 0;

		if (programs[i].slot < 0)
			continue;
		fd = pins_get(start->site, programs[i].pin);
		if (fd < 0 || bpf_map_update_elem(
				start->residents->fd[RESIDENT_PROGRAMS], &slot,
				&fd, BPF_ANY))
			err = diag_system(start->site->diag,
					  fd < 0 ? -fd : errno,
					  "cannot fill slot %u", slot);
		if (fd >= 0)
			close(fd);
		if (err)
			return err;
	}
	return 0;
}

static int programs_load(const struct start *start)
{
	struct conntrack *skel = load(start);
	int err = 0;

	if (!skel)
		return -errno;
	if (start->tracker->flows < 0)
		err = table_pin(start, skel);
	if (!err)
		err = programs_pin(start, skel);
	conntrack__destroy(skel);
	return err;
}

/* A table that is not whole goes; one of another layout too, and is named. */
static int table_find(const struct start *start)
{
	const struct site *site = start->site;
	uint32_t layout = layout_read(site);
	int err = tracker_open(site, start->tracker);

	if (err != -ENOENT)
		return err;
	if (layout)
		diag_warn(site->diag,
			  "the connection table that was kept has layout %u, this bpfipt's has %u: connections are tracked anew",
			  layout, FLOW_LAYOUT);
	start->tracker->made = true;
	err = pins_remove(site, DIR);
	return err ? err : pins_mkdir(site, DIR);
}

int tracker_start(const struct site *site, const struct residents *residents,
		  const struct settings *settings, struct tracker *tracker)
{
	struct start start = { site, residents, settings, tracker };
	int err = table_find(&start);

	if (!err && !programs_there(site))
		err = programs_load(&start);
	if (!err)
		err = slots_fill(&start);
	if (err)
		return err;
	tracker_close(tracker);
	err = table_open(site, tracker);
	return err ? diag_system(site->diag, -err,
				 "cannot open the connection table") : 0;
}

static int tracking_write(const struct site *site,
			  const struct tracker *tracker,
			  const struct flow_tracking *tracking)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(tracker->tracking, &zero, tracking, BPF_ANY))
		return diag_system(site->diag, errno,
				   "cannot set the tracker's settings");
	return 0;
}

int tracker_set(const struct site *site, struct tracker *tracker,
		const struct settings *settings, bool anew)
{
	struct flow_tracking tracking;
	uint32_t wanted = settings_buckets(settings);
	int err = tracker_read(tracker, &tracking);

	if (err)
		return diag_system(site->diag, -err,
				   "cannot read the tracker's settings");
	tracker->before = tracking;
	if (settings->given[SETTING_MAX] && wanted != tracking.nr_buckets)
		diag_warn(site->diag,
			  "the connection table keeps its size: %s counts when it is made anew, after `bpfipt unload'",
			  setting_kinds[SETTING_MAX].name);
	settings_apply(settings, tracking.hz, &tracking);
	tracking.epoch += anew;
	return tracking_write(site, tracker, &tracking);
}

int tracker_finish(const struct site *site, const struct tracker *tracker)
{
	uint32_t layout = FLOW_LAYOUT;

	if (!tracker->made)
		return 0;
	return pins_put_value(site, DIR "/layout", BPF_MAP_TYPE_ARRAY, &layout,
			      sizeof(layout));
}

void tracker_undo(const struct site *site, const struct residents *residents,
		  const struct tracker *tracker)
{
	size_t i;

	if (!tracker->made) {
		if (tracker->before.hz)
			tracking_write(site, tracker, &tracker->before);
		return;
	}
	for (i = 0; i < NR_PARTS; i++) {
		uint32_t slot = (uint32_t)programs[i].slot;

		if (programs[i].slot >= 0)
			bpf_map_delete_elem(residents->fd[RESIDENT_PROGRAMS],
					    &slot);
	}
	tracker_remove(site, false);
}

void tracker_programs(const struct site *site, tracker_program *each,
		      void *ctx)
{
	size_t i;

	for (i = 0; i < NR_PARTS; i++) {
		int fd = pins_get(site, programs[i].pin);

		if (fd < 0)
			continue;
		each(programs[i].program, fd, ctx);
		close(fd);
	}
}

int tracker_remove(const struct site *site, bool keep_table)
{
	int err = 0;
	size_t i;

	if (!keep_table)
		return pins_remove(site, DIR);
	for (i = 0; i < NR_PARTS && !err; i++)
		err = pins_remove(site, programs[i].pin);
	return err;
}

void tracker_close(struct tracker *tracker)
{
	int *const fds[] = { &tracker->flows, &tracker->tracking,
			     &tracker->edit };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}
