// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts a plan in place of what runs. Everything is loaded under names and
 * numbers that nobody uses; then one store is what packets notice; then old
 * generations are taken down. Before the store any failure leaves the old
 * rules whole, after it nothing fails the run.
 */
#include "commit.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "attach.h"
#include "carry.h"
#include "diag.h"
#include "foreign.h"
#include "generation.h"
#include "import.h"
#include "kernel.h"
#include "lock.h"
#include "pins.h"
#include "plan.h"
#include "residents.h"
#include "settings.h"
#include "site.h"
#include "stale.h"
#include "swap.h"
#include "sysctls.h"
#include "tracker.h"

struct commit {
	const struct plan *plan;
	const struct commit_request *request;
	struct site site;
	struct residents residents;
	struct generation generation;
	struct attach attach;
	struct tracker tracker;
};

/* Opens the residents, or loads them where there are none that are alive. */
static int residents_get(struct commit *commit)
{
	bool keep = residents_state(&commit->site) == SITE_KEPT;
	int err = residents_open(&commit->site, &commit->residents);

	if (err != -ENOENT)
		return err;
	err = residents_remove(&commit->site, keep);
	if (!err)
		err = pins_open(&commit->site);
	if (!err)
		err = residents_load(&commit->site, &commit->residents);
	if (err)
		residents_remove(&commit->site, keep);
	return err;
}

static int attach(struct commit *commit)
{
	const struct mechanism *mechanism = commit->request->mechanism;

	commit->attach.site = &commit->site;
	commit->attach.residents = &commit->residents;
	commit->attach.mechanism = mechanism ? mechanism : attach_mechanism();
	return attach_open(&commit->attach);
}

static int swap(struct commit *commit, uint32_t running)
{
	return swap_generation(commit->residents.active, running,
			       commit->generation.number, commit->site.diag);
}

/*
 * Where nothing runs yet the number is stored first, so that a device is
 * judged from the moment at which it is attached; else new devices are
 * attached first, so that the store is the last that can fail. Returns as
 * swap_generation.
 */
static int switch_over(struct commit *commit, uint32_t running)
{
	int err, waited;

	if (running) {
		err = attach(commit);
		if (err)
			return err;
		err = swap(commit, running);
		if (err < 0)
			attach_undo(&commit->attach);
		return err;
	}
	waited = swap(commit, running);
	err = waited < 0 ? waited : attach(commit);
	return err ? err : waited;
}

/* Takes back what a failed run loaded and set; all of it if nothing ran before,
 * but for a table that was kept. */
static void undo(struct commit *commit, uint32_t running)
{
	tracker_undo(&commit->site, &commit->residents, &commit->tracker);
	if (!running)
		residents_remove(&commit->site, true);
	else
		generation_remove(&commit->site, &commit->residents,
				  commit->generation.number);
}

/*
 * The tracker is there, and set, before rules run that need it. Rules that do
 * not leave it as it is, so that connections outlive them.
 */
static int track(struct commit *commit, uint32_t running)
{
	struct settings settings = *commit->request->settings;
	int err;

	if (!commit->plan->hook[HOOK_INPUT].config.tracked)
		return 0;
	sysctls_fill(&settings);
	err = tracker_start(&commit->site, &commit->residents, &settings,
			    &commit->tracker);
	if (!err)
		err = tracker_set(&commit->site, &commit->tracker, &settings,
				  !residents_tracked(&commit->residents,
						     running));
	if (!err && commit->tracker.made)
		import_run(&commit->site, &commit->tracker);
	return err ? err : tracker_finish(&commit->site, &commit->tracker);
}

static int replace(struct commit *commit)
{
	const uint32_t *expected = commit->request->expected;
	uint32_t running = *commit->residents.active;
	int err;

	if (expected && *expected != running)
		return -ESTALE;
	/* A run that was killed may have left this undone. */
	err = running ? carry_settle(&commit->site, running, false) : 0;
	if (err)
		return err;
	commit->generation.number = generation_next(running);
	/* A run that was killed may have left something under that number. */
	err = generation_remove(&commit->site, &commit->residents,
				commit->generation.number);
	if (!err)
		err = generation_load(&commit->site, &commit->residents,
				      commit->plan, &commit->generation);
	if (!err)
		err = track(commit, running);
	if (!err)
		err = switch_over(commit, running);
	if (err < 0) {
		undo(commit, running);
		return err;
	}
	attach_trim(&commit->attach);
	if (!err && !carry_settle(&commit->site, commit->generation.number,
				  true))
		generations_tidy(&commit->site, &commit->residents);
	return 0;
}

/* With the lock held. */
static int commit_locked(struct commit *commit)
{
	const struct site *site = &commit->site;
	int err;

	err = foreign_check(site, commit->plan, commit->request->forced);
	if (!err)
		err = pins_open(site);
	if (err)
		return err;
	/* What others left does no harm if it cannot be removed. */
	stale_remove(site);
	err = residents_get(commit);
	return err ? err : replace(commit);
}

int commit_run(const struct plan *plan, const struct commit_request *request,
	       const struct diag *diag)
{
	struct commit commit = {
		.plan = plan,
		.request = request,
		.residents = RESIDENTS_INIT,
		.generation = GENERATION_INIT,
		.tracker = TRACKER_INIT,
	};
	int lock, err;

	err = site_enter(&commit.site, request->netns, diag);
	if (err)
		return err;
	lock = lock_open(&commit.site, request->wait_s);
	if (lock < 0)
		return lock;
	err = commit_locked(&commit);
	attach_close(&commit.attach);
	tracker_close(&commit.tracker);
	generation_close(&commit.generation);
	residents_close(&commit.residents);
	if (residents_state(&commit.site) == SITE_EMPTY)
		lock_remove(&commit.site);
	close(lock);
	return err;
}
