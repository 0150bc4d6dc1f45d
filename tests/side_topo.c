/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds the client, firewall, server topology and opens every socket that
 * packets are sent and seen by. Sockets stay in the namespace in which they
 * were opened, so one process plays all parts. Never waits for anything.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "side_answer.h"
#include "side_topo.h"

const uint8_t topo_mac_near[NR_ENDS][6] = {
	{ 2, 0, 0, 0, 0x0f, 0 },
	{ 2, 0, 0, 0, 0x0f, 1 },
};

const uint8_t topo_mac_far[NR_ENDS][6] = {
	{ 2, 0, 0, 0, 0x0c, 0 },
	{ 2, 0, 0, 0, 0x0c, 1 },
};

static const char *const near_name[NR_ENDS] = { "eth0", "eth1" };
static const char *const far_name[NR_ENDS] = { "c0", "s0" };

/* Some have a handler in the kernel, some have not. */
static const int local_protocols[NR_LOCAL_PROTOCOLS] = {
	1, 2, 4, 6, 17, 33, 47, 50, 51, 132, 136, 253,
};

static const struct {
	const char *key;
	const char *value;
} sysctls[] = {
	{ "ipv4/ip_forward", "1" },
	{ "ipv4/icmp_ratelimit", "0" },
	{ "ipv4/icmp_ratemask", "0" },
	{ "ipv4/icmp_msgs_per_sec", "1000000" },
	{ "ipv4/icmp_msgs_burst", "1000000" },
	{ "ipv4/icmp_echo_ignore_broadcasts", "0" },
	{ "ipv4/igmp_link_local_mcast_reports", "0" },
	{ "ipv4/ipfrag_time", "100000" },
	{ "ipv4/ipfrag_max_dist", "0" },
	{ "ipv4/ipfrag_high_thresh", "100000000" },
	{ "ipv4/conf/all/rp_filter", "0" },
	{ "ipv4/conf/all/accept_local", "1" },
	{ "ipv4/conf/all/accept_redirects", "0" },
	{ "ipv4/conf/all/send_redirects", "0" },
	{ "ipv4/conf/default/send_redirects", "0" },
	{ "ipv4/conf/eth0/send_redirects", "0" },
	{ "ipv4/conf/eth1/send_redirects", "0" },
};

static int add_links(struct topo *topo, enum side_end end)
{
	const uint8_t *near = topo_mac_near[end];
	const uint8_t *far = topo_mac_far[end];
	char text[512];

	snprintf(text, sizeof(text),
		 "link add %s address %02x:%02x:%02x:%02x:%02x:%02x type veth "
		 "peer name %s address %02x:%02x:%02x:%02x:%02x:%02x netns %s\n"
		 "link set %s arp off up\n",
		 near_name[end], near[0], near[1], near[2], near[3], near[4],
		 near[5], far_name[end], far[0], far[1], far[2], far[3], far[4],
		 far[5], topo->end[end].name, near_name[end]);
	if (testns_ip(&topo->firewall, text))
		return -EIO;
	snprintf(text, sizeof(text), "link set %s arp off promisc on up\n",
		 far_name[end]);
	if (testns_ip(&topo->end[end], text))
		return -EIO;
	testns_offloads(&topo->firewall, near_name[end], 0);
	return testns_offloads(&topo->end[end], far_name[end], 0);
}

/* Half of the world is behind each device. */
static int add_routes(struct topo *topo)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "addr add 10.1.0.1/24 brd + dev eth0\n"
		 "addr add 10.2.0.1/24 brd + dev eth1\n"
		 "addr add 172.16.0.1/32 dev lo\n"
		 "link set eth1 mtu %u\n"
		 "route add 0.0.0.0/1 dev eth0\n"
		 "route add 128.0.0.0/1 dev eth1\n"
		 "route add 10.2.0.0/16 dev eth1\n"
		 "route add blackhole 203.0.113.0/24\n",
		 TOPO_MTU1);
	return testns_ip(&topo->firewall, text);
}

static int open_socket(const struct testns *ns, int family, int type, int proto)
{
	const int size = 64 << 20;
	int fd;

	testns_enter(ns);
	fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, proto);
	testns_leave(ns);
	if (fd < 0) {
		perror("opening a socket in a namespace");
		return -errno;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return fd;
}

/* device NULL: on all. */
int topo_packet(const struct testns *ns, const char *device, int type)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(type),
	};
	int fd = open_socket(ns, AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		return fd;
	testns_enter(ns);
	addr.sll_ifindex = device ? (int)if_nametoindex(device) : 0;
	testns_leave(ns);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror("binding a packet socket");
		close(fd);
		return -EIO;
	}
	return fd;
}

static int join_group(struct topo *topo)
{
	struct ip_mreqn mreq = { .imr_multiaddr.s_addr = htonl(TOPO_GROUP) };
	enum side_end end;

	topo->group = open_socket(&topo->firewall, AF_INET, SOCK_DGRAM, 0);
	for (end = 0; end < NR_ENDS; end++) {
		testns_enter(&topo->firewall);
		mreq.imr_ifindex = if_nametoindex(near_name[end]);
		testns_leave(&topo->firewall);
		if (setsockopt(topo->group, IPPROTO_IP, IP_ADD_MEMBERSHIP,
			       &mreq, sizeof(mreq)))
			return -errno;
	}
	return 0;
}

static int open_ends(struct topo *topo)
{
	enum side_end i;

	for (i = 0; i < NR_ENDS; i++) {
		topo->inject[i] = topo_packet(&topo->end[i], far_name[i], 0);
		topo->capture[i] = topo_packet(&topo->end[i], far_name[i],
					       ETH_P_IP);
		topo->sync[i] = topo_packet(&topo->end[i], far_name[i],
					    TOPO_SYNC_TYPE);
		if (topo->inject[i] < 0 || topo->capture[i] < 0 ||
		    topo->sync[i] < 0)
			return -EIO;
	}
	return 0;
}

static int open_firewall(struct topo *topo)
{
	const int on = 1;
	int i;

	topo->sync_in = topo_packet(&topo->firewall, NULL, TOPO_SYNC_TYPE);
	topo->output = open_socket(&topo->firewall, AF_INET, SOCK_RAW,
				   IPPROTO_RAW);
	if (topo->sync_in < 0 || topo->output < 0)
		return -EIO;
	setsockopt(topo->output, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	for (i = 0; i < NR_LOCAL_PROTOCOLS; i++) {
		topo->local[i] = open_socket(&topo->firewall, AF_INET,
					     SOCK_RAW, local_protocols[i]);
		if (topo->local[i] < 0)
			return -EIO;
		setsockopt(topo->local[i], SOL_SOCKET, SO_BROADCAST, &on,
			   sizeof(on));
	}
	return join_group(topo);
}

static int add_namespaces(struct topo *topo, const char *name)
{
	static const char role[] = "cs";
	char text[16];
	enum side_end end;

	snprintf(text, sizeof(text), "%sf", name);
	if (testns_add(&topo->firewall, text))
		return -EPERM;
	for (end = 0; end < NR_ENDS; end++) {
		snprintf(text, sizeof(text), "%s%c", name, role[end]);
		if (testns_add(&topo->end[end], text))
			return -EPERM;
		if (add_links(topo, end))
			return -EIO;
	}
	return 0;
}

static int add_tun(struct topo *topo)
{
	topo->tun = testns_tun(&topo->firewall, "wan0");
	if (topo->tun < 0)
		return 0;
	return testns_ip(&topo->firewall,
			 "addr add 10.3.0.1/24 dev wan0\n"
			 "link set wan0 txqueuelen 4000 up\n"
			 "route add 192.168.0.0/16 dev wan0\n");
}

int topo_open(struct topo *topo, const char *name)
{
	size_t i;

	memset(topo, 0, sizeof(*topo));
	if (add_namespaces(topo, name) || add_routes(topo) || add_tun(topo))
		return -EIO;
	for (i = 0; i < sizeof(sysctls) / sizeof(*sysctls); i++)
		testns_sysctl(&topo->firewall, sysctls[i].key,
			      sysctls[i].value);
	if (open_ends(topo) || open_firewall(topo))
		return -EIO;
	return 0;
}

int topo_is_own(const uint8_t *addr)
{
	static const uint8_t own[][4] = {
		{ 10, 1, 0, 1 }, { 10, 2, 0, 1 }, { 10, 3, 0, 1 },
		{ 172, 16, 0, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (!memcmp(own[i], addr, 4))
			return 1;
	return addr[0] == 127;
}

int topo_local(const struct topo *topo, int protocol)
{
	int i;

	for (i = 0; i < NR_LOCAL_PROTOCOLS - 1; i++)
		if (local_protocols[i] == protocol)
			break;
	return topo->local[i];
}

void topo_close(struct topo *topo)
{
	enum side_end end;
	int i;

	answers_close(topo);
	for (i = 0; i < NR_LOCAL_PROTOCOLS; i++)
		close(topo->local[i]);
	for (end = 0; end < NR_ENDS; end++) {
		close(topo->inject[end]);
		close(topo->capture[end]);
		close(topo->sync[end]);
		testns_del(&topo->end[end]);
	}
	if (topo->tun >= 0)
		close(topo->tun);
	close(topo->sync_in);
	close(topo->group);
	close(topo->output);
	testns_del(&topo->firewall);
}
