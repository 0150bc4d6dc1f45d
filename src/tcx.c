// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaching by TCX links, where the kernel has them (6.6). Each link is pinned
 * and so outlives the process; the program goes to the head of the device's
 * list. It never removes a link that is not bpfipt's.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "kernel.h"
#include "pins.h"
#include "residents.h"

#define LO_IFINDEX	1
#define MAX_PROGRAMS	64	/* that the kernel lets attach to one place */

static const enum bpf_attach_type attach_types[NR_DIRECTIONS] = {
	[INGRESS] = TCX_INGRESS,
	[EGRESS] = TCX_EGRESS,
};

struct link_name {
	char text[32];
};

static struct link_name link_name(const struct attachment *at)
{
	struct link_name name;

	snprintf(name.text, sizeof(name.text), "link-%d-%s", at->ifindex,
		 direction_names[at->direction]);
	return name;
}

static bool tcx_available(void)
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts);

	return !bpf_prog_query_opts(LO_IFINDEX, TCX_INGRESS, &opts);
}

static int tcx_state(const struct attachment *at)
{
	uint32_t ids[MAX_PROGRAMS], i;
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids,
		    .prog_cnt = MAX_PROGRAMS);
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(at->program, &info, &len))
		return -errno;
	if (bpf_prog_query_opts(at->ifindex, attach_types[at->direction],
				&opts))
		return errno == ENOENT ? DETACHED : -errno;
	for (i = 0; i < opts.prog_cnt; i++)
		if (ids[i] == info.id)
			return i ? ATTACHED_BEHIND : ATTACHED;
	return DETACHED;
}

static int tcx_drop(const struct site *site, const char *name)
{
	int fd = pins_get(site, name);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	bpf_link_detach(fd);
	close(fd);
	return pins_remove(site, name);
}

static int tcx_detach(const struct attachment *at)
{
	return tcx_drop(at->site, link_name(at).text);
}

static int tcx_attach(const struct attachment *at)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = TCX_BEFORE);
	int fd, err;

	/* A pin of that name is of a device that had this number before. */
	err = tcx_detach(at);
	if (err)
		return err;
	fd = bpf_link_create(at->program, at->ifindex,
			     attach_types[at->direction], &opts);
	if (fd < 0)
		return -errno;
	err = pins_put(at->site, link_name(at).text, fd);
	close(fd);
	return err;
}

const struct mechanism mechanism_tcx = {
	.name = "tcx",
	.available = tcx_available,
	.state = tcx_state,
	.attach = tcx_attach,
	.detach = tcx_detach,
	.pin = "link-%d-",
	.drop = tcx_drop,
};
