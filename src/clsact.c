// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaching by filters of a clsact qdisc, on kernels without TCX. The filter
 * goes first, under a handle of its own. A qdisc that bpfipt made is marked by
 * a directory among the pins, and goes with the last filter; one that others
 * made stays.
 */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "attach.h"
#include "kernel.h"
#include "netlink.h"
#include "pins.h"
#include "residents.h"

#define HANDLE		0xb1f1u
#define PRIORITY	1u

static const enum bpf_tc_attach_point points[NR_DIRECTIONS] = {
	[INGRESS] = BPF_TC_INGRESS,
	[EGRESS] = BPF_TC_EGRESS,
};

static const uint32_t parents[NR_DIRECTIONS] = {
	[INGRESS] = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
	[EGRESS] = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
};

struct mark_name {
	char text[32];
};

static struct mark_name mark_name(const struct attachment *at)
{
	struct mark_name name;

	snprintf(name.text, sizeof(name.text), "clsact-%d", at->ifindex);
	return name;
}

static bool clsact_available(void)
{
	return true;
}

static int clsact_state(const struct attachment *at)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = at->ifindex,
		    .attach_point = points[at->direction]);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE,
		    .priority = PRIORITY);
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(at->program, &info, &len))
		return -errno;
	/* Without a qdisc or filter this fails, in ways that depend on the
	 * kernel. */
	return !bpf_tc_query(&hook, &opts) && opts.prog_id == info.id ?
	       ATTACHED : DETACHED;
}

static int qdisc_make(const struct attachment *at)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = at->ifindex,
		    .attach_point = points[at->direction]);
	int err = bpf_tc_hook_create(&hook);

	if (!err)
		err = pins_mkdir(at->site, mark_name(at).text);
	return err == -EEXIST ? 0 : err;
}

static int clsact_attach(const struct attachment *at)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = at->ifindex,
		    .attach_point = points[at->direction]);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE,
		    .priority = PRIORITY, .prog_fd = at->program,
		    .flags = BPF_TC_F_REPLACE);
	int err = qdisc_make(at);

	return err ? err : bpf_tc_attach(&hook, &opts);
}

/* Ends the dump at the first filter. */
static int filter_seen(const struct nlmsghdr *msg, void *ctx)
{
	(void)ctx;
	return msg->nlmsg_type == RTM_NEWTFILTER;
}

static bool has_filters(const struct attachment *at)
{
	struct tcmsg body = { .tcm_ifindex = at->ifindex };
	const struct netlink_request request = {
		.protocol = NETLINK_ROUTE,
		.type = RTM_GETTFILTER,
		.body = &body,
		.len = sizeof(body),
	};
	int direction, seen = 0;

	for (direction = 0; direction < NR_DIRECTIONS && !seen; direction++) {
		body.tcm_parent = parents[direction];
		seen = netlink_dump(&request, filter_seen, NULL);
	}
	return seen;
}

static int qdisc_remove(const struct attachment *at)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = at->ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	struct mark_name mark = mark_name(at);
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", at->site->dir, mark.text);
	if (access(path, F_OK) || has_filters(at))
		return 0;
	bpf_tc_hook_destroy(&hook);
	return pins_remove(at->site, mark.text);
}

/* Whether a program is the selector, be it one whose pins somebody has taken
 * away: it finds no rules any more and drops everything. */
static bool is_selector(uint32_t id, enum direction direction)
{
	const char *name = resident_names[RESIDENT_SELECTOR + direction];
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);
	bool found;

	if (fd < 0)
		return false;
	found = !bpf_obj_get_info_by_fd(fd, &info, &len) &&
		!strncmp(info.name, name, sizeof(info.name) - 1);
	close(fd);
	return found;
}

static int clsact_detach(const struct attachment *at)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = at->ifindex,
		    .attach_point = points[at->direction]);
	LIBBPF_OPTS(bpf_tc_opts, there, .handle = HANDLE,
		    .priority = PRIORITY);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE,
		    .priority = PRIORITY);
	int err = 0;

	if (!bpf_tc_query(&hook, &there) &&
	    is_selector(there.prog_id, at->direction))
		err = bpf_tc_detach(&hook, &opts);
	return err ? err : qdisc_remove(at);
}

const struct mechanism mechanism_clsact = {
	.name = "clsact",
	.available = clsact_available,
	.state = clsact_state,
	.attach = clsact_attach,
	.detach = clsact_detach,
	.pin = "clsact-%d",
	.drop = pins_remove,
};
