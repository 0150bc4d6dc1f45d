// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the kernel's connections over netlink and puts them into our table:
 * endpoints, state, status, what is left of the timeout; of TCP what ctnetlink
 * tells of windows, their scale. What IPv4 and TC do not have is left out: NAT,
 * zones. It loads no module and changes nothing of the kernel's.
 */
#include "import.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

#include "clock.h"
#include "diag.h"
#include "flow.h"
#include "flow_edit.h"
#include "flow_names.h"
#include "kernel.h"
#include "tracker.h"

#define NETLINK_MODULE	"nf_conntrack_netlink"

struct import {
	const struct tracker *tracker;
	struct flow_tracking tracking;
	struct clock clock;
	uint64_t nr;
	uint64_t room;
	int err;
};

/* How many the kernel has in this namespace; 0 also without nf_conntrack. */
static unsigned long kernel_count(void)
{
	FILE *file = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "re");
	unsigned long nr = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lu", &nr) != 1)
		nr = 0;
	fclose(file);
	return nr;
}

/* Whether a function of that name is part of the kernel. */
static bool kernel_has(const char *function)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[256], name[128];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %*s %127s", name) == 1 &&
			strcmp(name, function) == 0;
	if (file)
		fclose(file);
	return found;
}

/* Asking a kernel that could load the module would have it loaded. */
static bool can_ask(void)
{
	return access("/proc/modules", F_OK) ||
	       !access("/sys/module/" NETLINK_MODULE, F_OK) ||
	       kernel_has("ctnetlink_dump_table");
}

/* Whether replies go the way back. With nat rules that may be so too. */
static bool is_symmetric(const struct nf_conntrack *ct)
{
	static const struct {
		enum nf_conntrack_attr one, other;
	} addrs[] = {
		{ ATTR_ORIG_IPV4_SRC, ATTR_REPL_IPV4_DST },
		{ ATTR_ORIG_IPV4_DST, ATTR_REPL_IPV4_SRC },
	}, ports[] = {
		{ ATTR_ORIG_PORT_SRC, ATTR_REPL_PORT_DST },
		{ ATTR_ORIG_PORT_DST, ATTR_REPL_PORT_SRC },
	};
	bool has_ports = flow_has_ports(nfct_get_attr_u8(ct,
							 ATTR_ORIG_L4PROTO));
	int i;

	for (i = 0; i < 2; i++) {
		if (nfct_get_attr_u32(ct, addrs[i].one) !=
		    nfct_get_attr_u32(ct, addrs[i].other))
			return false;
		if (has_ports && nfct_get_attr_u16(ct, ports[i].one) !=
				 nfct_get_attr_u16(ct, ports[i].other))
			return false;
	}
	return true;
}

static bool is_wanted(const struct nf_conntrack *ct)
{
	uint32_t status = nfct_get_attr_u32(ct, ATTR_STATUS);

	return nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO) == AF_INET &&
	       status & IPS_CONFIRMED &&
	       !(status & (IPS_NAT_MASK | IPS_DYING)) &&
	       !nfct_get_attr_u16(ct, ATTR_ZONE) && is_symmetric(ct);
}

/* False if its packets would not be told apart as the kernel does it. */
static bool ports_read(const struct nf_conntrack *ct, struct flow *flow)
{
	uint8_t type = nfct_get_attr_u8(ct, ATTR_ICMP_TYPE);

	if (flow->proto == IPPROTO_ICMP) {
		flow->port[0] = ntohs(nfct_get_attr_u16(ct, ATTR_ICMP_ID));
		flow->port[1] = (uint16_t)(type << 8 |
				nfct_get_attr_u8(ct, ATTR_ICMP_CODE));
		return type == 8 || type == 13 || type == 15 || type == 17;
	}
	if (!flow_has_ports(flow->proto) && flow->proto != IPPROTO_GRE)
		return true;
	flow->port[0] = ntohs(nfct_get_attr_u16(ct, ATTR_ORIG_PORT_SRC));
	flow->port[1] = ntohs(nfct_get_attr_u16(ct, ATTR_ORIG_PORT_DST));
	return true;
}

/* The windows stay unknown: the next segments set them, and misfits are let
 * through, as after a gap (tcp_forget() in bpf/tcp.h). */
static bool tcp_read(const struct nf_conntrack *ct, struct flow *flow)
{
	struct flow_tcp_side *side = flow->tcp.side;
	int i;

	flow->state = nfct_get_attr_u8(ct, ATTR_TCP_STATE);
	side[0].flags = nfct_get_attr_u8(ct, ATTR_TCP_FLAGS_ORIG);
	side[1].flags = nfct_get_attr_u8(ct, ATTR_TCP_FLAGS_REPL);
	for (i = 0; i < 2; i++) {
		side[i].flags &= (uint8_t)~FLOW_TCP_MAXACK;
		side[i].flags |= FLOW_TCP_LIBERAL;
	}
	side[0].scale = nfct_get_attr_u8(ct, ATTR_TCP_WSCALE_ORIG);
	side[1].scale = nfct_get_attr_u8(ct, ATTR_TCP_WSCALE_REPL);
	flow->tcp.last_index = FLOW_TCP_NO_LAST;
	return flow->state != FLOW_TCP_NONE &&
	       flow->state < NR_FLOW_TCP_STATES;
}

static bool sctp_read(const struct nf_conntrack *ct, struct flow *flow)
{
	flow->state = nfct_get_attr_u8(ct, ATTR_SCTP_STATE);
	flow->sctp.vtag[0] = ntohl(nfct_get_attr_u32(ct,
						     ATTR_SCTP_VTAG_ORIG));
	flow->sctp.vtag[1] = ntohl(nfct_get_attr_u32(ct,
						     ATTR_SCTP_VTAG_REPL));
	return flow->state != FLOW_SCTP_NONE &&
	       flow->state < NR_FLOW_SCTP_STATES;
}

static bool proto_read(const struct import *import,
		       const struct nf_conntrack *ct, struct flow *flow)
{
	switch (flow->proto) {
	case IPPROTO_TCP:
		return tcp_read(ct, flow);
	case IPPROTO_SCTP:
		return sctp_read(ct, flow);
	case IPPROTO_UDP:
		/* When it began is not told; it has gone on for a while. */
		flow->stream = import->clock.jiffies;
		return true;
	default:
		return true;
	}
}

static bool flow_read(const struct import *import,
		      const struct nf_conntrack *ct, struct flow *flow)
{
	uint64_t left_s = nfct_get_attr_u32(ct, ATTR_TIMEOUT);

	*flow = (struct flow){
		.addr = {
			ntohl(nfct_get_attr_u32(ct, ATTR_ORIG_IPV4_SRC)),
			ntohl(nfct_get_attr_u32(ct, ATTR_ORIG_IPV4_DST)),
		},
		.proto = nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO),
		.status = (uint8_t)(nfct_get_attr_u32(ct, ATTR_STATUS) <<
				    LABEL_STATUS_SHIFT),
		.epoch = (uint8_t)import->tracking.epoch,
		.expires = import->clock.jiffies +
			   left_s * import->tracking.hz,
	};
	return left_s && ports_read(ct, flow) && proto_read(import, ct, flow);
}

static int take_over(enum nf_conntrack_msg_type type, struct nf_conntrack *ct,
		     void *data)
{
	struct import *import = data;
	struct flow flow;
	int ret;

	(void)type;
	if (!is_wanted(ct) || !flow_read(import, ct, &flow))
		return NFCT_CB_CONTINUE;
	ret = flow_edit_run(import->tracker, FLOW_INSERT, &flow);
	if (ret < 0) {
		import->err = ret;
		return NFCT_CB_STOP;
	}
	import->nr += !ret;
	return import->nr < import->room ? NFCT_CB_CONTINUE : NFCT_CB_STOP;
}

static int dump(struct import *import)
{
	struct nfct_handle *handle = nfct_open(CONNTRACK, 0);
	const uint32_t family = AF_INET;
	int err = 0;

	if (!handle)
		return -errno;
	if (nfct_callback_register(handle, NFCT_T_ALL, take_over, import) ||
	    nfct_query(handle, NFCT_Q_DUMP, &family))
		err = -errno;
	nfct_close(handle);
	return import->err ? import->err : err;
}

static int prepare(struct import *import, const struct diag *diag)
{
	int err = tracker_read(import->tracker, &import->tracking);

	if (err)
		return err;
	import->room = (uint64_t)import->tracking.nr_buckets * FLOW_WAYS;
	return clock_read(&import->clock, diag);
}

uint64_t import_run(const struct site *site, const struct tracker *tracker)
{
	struct import import = { .tracker = tracker };
	unsigned long nr = kernel_count();
	int err;

	if (!nr)
		return 0;
	if (!can_ask()) {
		diag_warn(site->diag,
			  "warning: the kernel's connections (%lu) are not taken over, as the module " NETLINK_MODULE " is not loaded",
			  nr);
		return 0;
	}
	err = prepare(&import, site->diag);
	if (!err)
		err = dump(&import);
	if (err)
		diag_warn(site->diag,
			  "warning: not all of the kernel's connections are taken over: %s",
			  strerror(-err));
	return import.nr;
}
