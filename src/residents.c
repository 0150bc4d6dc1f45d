// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads, pins, opens the residents. Two maps that no program reads go with
 * them: `alive`, which the kernel empties when the namespace's lo goes, that
 * is, when the namespace does; and `identity`, pinned last, so that where it
 * is everything else is too. It never replaces residents that are there.
 */
#include "residents.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "diag.h"
#include "pins.h"
#include "rights.h"
#include "selector.skel.h"
#include "stored.h"
#include "tracker.h"

#define LO_IFINDEX	1	/* in every namespace, and never moved */

const char *const resident_names[NR_RESIDENTS] = {
	[RESIDENT_ACTIVE] = "active",
	[RESIDENT_NEEDS] = "needs",
	[RESIDENT_PROGRAMS] = "programs",
	[RESIDENT_SCRATCH] = "scratch",
	[RESIDENT_EVENTS] = "events",
	[RESIDENT_FRAGMENTS] = "fragments",
	[RESIDENT_SELECTOR + INGRESS] = "selector_ingress",
	[RESIDENT_SELECTOR + EGRESS] = "selector_egress",
};

enum site_state residents_state(const struct site *site)
{
	int alive = pins_get(site, "alive");
	int identity = pins_get(site, "identity");
	enum site_state state = SITE_LIVE;
	uint32_t zero = 0, ifindex;

	if (alive == -ENOENT && identity == -ENOENT)
		state = access(site->dir, F_OK) ? SITE_EMPTY : SITE_UNFINISHED;
	else if (alive >= 0 && bpf_map_lookup_elem(alive, &zero, &ifindex) &&
		 errno == ENOENT)
		state = SITE_DEAD;
	else if (identity == -ENOENT)
		state = tracker_kept(site) ? SITE_KEPT : SITE_UNFINISHED;
	if (alive >= 0)
		close(alive);
	if (identity >= 0)
		close(identity);
	return state;
}

static int map_active(const struct site *site, struct residents *residents)
{
	void *at = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE),
			PROT_READ | PROT_WRITE, MAP_SHARED,
			residents->fd[RESIDENT_ACTIVE], 0);

	if (at == MAP_FAILED)
		return diag_system(site->diag, errno,
				   "cannot map the number of the generation");
	residents->active = at;
	return 0;
}

int residents_identity(const struct site *site,
		       struct stored_identity *identity)
{
	uint32_t zero = 0;
	int fd = pins_get(site, "identity");
	int err = fd < 0 ? -fd : 0;

	if (!err && bpf_map_lookup_elem(fd, &zero, identity))
		err = errno;
	if (fd >= 0)
		close(fd);
	return err ? diag_system(site->diag, err, "cannot read %s/identity",
				 site->dir) : 0;
}

static int check_identity(const struct site *site)
{
	struct stored_identity identity = {};
	int err = residents_identity(site, &identity);

	if (err)
		return err;
	if (identity.version != STORED_VERSION)
		return diag_system(site->diag, 0,
				   "what is loaded was loaded by bpfipt %.*s, whose tables this version does not know: run `bpfipt unload --keep-conntrack' first",
				   STORED_BUILD, identity.build);
	return 0;
}

void residents_adopt(const struct site *site, struct residents *residents)
{
	int i;

	for (i = 0; i < NR_RESIDENTS; i++)
		residents->fd[i] = pins_get(site, resident_names[i]);
}

int residents_open(const struct site *site, struct residents *residents)
{
	int err, i;

	if (residents_state(site) != SITE_LIVE)
		return -ENOENT;
	err = check_identity(site);
	if (err)
		return err;
	residents_adopt(site, residents);
	for (i = 0; i < NR_RESIDENTS; i++)
		if (residents->fd[i] < 0)
			return diag_system(site->diag, -residents->fd[i],
					   "cannot open %s/%s", site->dir,
					   resident_names[i]);
	return map_active(site, residents);
}

/* Direct reads of kernel structures first; kernels before 6.2 refuse them. */
static struct selector *load_selector(const struct site *site)
{
	struct selector *skel;
	int direct, err = 0;

	for (direct = 1; direct >= 0; direct--) {
		skel = selector__open();
		if (!skel) {
			err = errno;
			break;
		}
		skel->rodata->direct_reads = direct;
		skel->rodata->netns = (uint32_t)site->inode;
		bpf_map__set_map_flags(skel->maps.active, BPF_F_MMAPABLE);
		err = -selector__load(skel);
		if (!err)
			return skel;
		selector__destroy(skel);
	}
	rights_explain(site->diag, err, "selector");
	errno = err;
	return NULL;
}

static int descriptor_of(const struct bpf_object *object, const char *name)
{
	const struct bpf_map *map =
		bpf_object__find_map_by_name(object, name);

	return map ? bpf_map__fd(map) :
	       bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

static int pin_objects(const struct site *site, struct residents *residents)
{
	struct selector *skel = load_selector(site);
	int i, err = 0;

	if (!skel)
		return -errno;
	for (i = 0; i < NR_RESIDENTS && !err; i++) {
		int fd = descriptor_of(skel->obj, resident_names[i]);

		residents->fd[i] = dup(fd);
		err = pins_put(site, resident_names[i], fd);
	}
	selector__destroy(skel);
	return err;
}

/* That of a table that was kept stays: it knows whether the namespace is that
 * of its flows, and not a later one of the same number. */
static int alive_put(const struct site *site)
{
	uint32_t lo = LO_IFINDEX;
	int fd = pins_get(site, "alive");

	if (fd < 0)
		return pins_put_value(site, "alive", BPF_MAP_TYPE_DEVMAP, &lo,
				      sizeof(lo));
	close(fd);
	return 0;
}

int residents_load(const struct site *site, struct residents *residents)
{
	struct stored_identity identity = {
		.version = STORED_VERSION,
		.created_s = (uint64_t)time(NULL),
	};
	int err;

	snprintf(identity.build, sizeof(identity.build), "%s",
		 diag_own_version());
	err = pin_objects(site, residents);
	if (!err)
		err = alive_put(site);
	if (!err)
		err = pins_put_value(site, "identity", BPF_MAP_TYPE_ARRAY,
				     &identity, sizeof(identity));
	return err ? err : map_active(site, residents);
}

bool residents_tracked(const struct residents *residents, uint32_t generation)
{
	uint32_t slot = abi_slot(generation, HOOK_INPUT), need = 0;

	return generation &&
	       !bpf_map_lookup_elem(residents->fd[RESIDENT_NEEDS], &slot,
				    &need) &&
	       need & NEED_STATE;
}

static int remove_but_table(const char *name, void *ctx)
{
	bool stays = !strcmp(name, TRACKER_DIR) || !strcmp(name, "alive");

	return stays ? 0 : pins_remove(ctx, name);
}

int residents_remove(const struct site *site, bool keep_table)
{
	int err = pins_remove(site, "identity");

	if (err)
		return err;
	if (!keep_table || !tracker_kept(site))
		return pins_remove(site, "");
	err = tracker_remove(site, true);
	return err ? err : pins_each(site, remove_but_table, (void *)site);
}

void residents_close(struct residents *residents)
{
	int i;

	if (residents->active)
		munmap(residents->active, (size_t)sysconf(_SC_PAGESIZE));
	residents->active = NULL;
	for (i = 0; i < NR_RESIDENTS; i++) {
		if (residents->fd[i] >= 0)
			close(residents->fd[i]);
		residents->fd[i] = -1;
	}
}
