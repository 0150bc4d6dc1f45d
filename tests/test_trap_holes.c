/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that could slip by: made so that the program would leave them to the
 * stack or to another device, while the stack takes them after all. Goes in:
 * such packets, to both firewalls; what iptables-legacy does with them is what
 * must come out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "side_craft.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define NEAR TOPO_ADDR0
#define OPTIONS(array) .options = array, .nr_options = sizeof(array)

static void send_one(struct side *side, const struct craft *craft,
		     void (*change)(struct frame *frame))
{
	struct frame frame;

	craft_make(craft, &frame);
	if (change)
		change(&frame);
	assert_int_equal(side_send(side, &frame, 1), 0);
}

/* What port 9 and port 7 of an address meet; 7 is dropped. */
static void send_both(struct side *side, struct craft craft,
		      void (*change)(struct frame *frame))
{
	craft.dport = 9;
	send_one(side, &craft, change);
	craft.dport = 7;
	send_one(side, &craft, change);
}

/* Of 0.0.0.0/8 only 0.0.0.0 itself is no address (since Linux 5.3). */
static void zero_network(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = IP4(0, 1, 2, 3), .dst = NEAR };

	trap_restore(side, trap_rules);
	send_both(side, craft, NULL);
	craft.dst = SERVER_ADDR;
	send_both(side, craft, NULL);
	craft = (struct craft){ .src = CLIENT_ADDR, .dst = IP4(0, 1, 2, 3) };
	send_both(side, craft, NULL);
	trap_counted(side, "INPUT -i eth0", 2);
	trap_counted(side, "FORWARD -i eth0", 4);
	trap_same(side);
}

static void tag_twice(struct frame *frame)
{
	craft_tag(frame, 0);
	craft_tag(frame, 0xa000);
}

static void tag_thrice(struct frame *frame)
{
	tag_twice(frame);
	craft_tag(frame, 0);
	frame->data[12] = 0x88;
	frame->data[13] = 0xa8;
}

static void tag_0_then_5(struct frame *frame)
{
	craft_tag(frame, 5);
	craft_tag(frame, 0);
}

/* The stack takes off any number of priority tags. */
static void priority_tags(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR, .dst = NEAR };

	trap_restore(side, trap_rules);
	send_both(side, craft, tag_twice);
	send_both(side, craft, tag_thrice);
	send_both(side, craft, tag_0_then_5);
	craft.dst = SERVER_ADDR;
	send_both(side, craft, tag_twice);
	trap_counted(side, "INPUT -i eth0", 4);
	trap_counted(side, "FORWARD -i eth0", 2);
	trap_same(side);
}

/* A VLAN device that leaves the tag in its frames. */
static void vlan_device_with_tags(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR, .dst = NEAR };
	struct frame frame;
	int i;

	if (side_ip(side, "link add link eth0 name new0 type vlan id 5"
			  " reorder_hdr off\n"
			  "link set new0 arp off up\n"
			  "addr add 10.9.0.1/24 dev new0\n")) {
		printf("SKIP: no VLAN devices in this kernel\n");
		skip();
	}
	trap_restore(side, trap_rules);
	for (i = 7; i <= 9; i += 2) {
		craft.dport = i;
		craft_make(&craft, &frame);
		craft_tag(&frame, 5);
		assert_int_equal(side_send(side, &frame, 1), 0);
		craft_make(&(struct craft){ .way = WAY_OUTPUT, .dport = i,
			.src = IP4(10, 9, 0, 1), .dst = IP4(10, 9, 0, 2) },
			&frame);
		assert_int_equal(side_send(side, &frame, 1), 0);
	}
	trap_counted(side, "INPUT -i new+", 2);
	trap_counted(side, "OUTPUT -o new+", 2);
	trap_same(side);
}

static void short_header(struct frame *frame)
{
	craft_ip(frame)[0] = 0x44;
}

static void version_6(struct frame *frame)
{
	craft_ip(frame)[0] = 0x65;
}

/* What raw sockets send goes out, right or wrong. */
static void wrong_headers_out(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .way = WAY_OUTPUT, .src = NEAR,
			       .dst = CLIENT_ADDR };

	trap_restore(side, trap_rules);
	send_both(side, craft, short_header);
	send_both(side, craft, version_6);
	assert_true(side_count(side, SIDE_IPTABLES, "OUTPUT -o eth0") >= 2);
	trap_same(side);
}

static const char fragments[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A OUTPUT -f -p udp -j DROP\n"
	"-A OUTPUT -f\n"
	"-A OUTPUT -p udp -m udp --dport 7 -j DROP\n"
	"-A OUTPUT -m length --length 0:100\n"
	"COMMIT\n";

/* Fragments that a raw socket made itself meet OUTPUT one by one. */
static void own_fragments_out(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .way = WAY_OUTPUT, .src = NEAR,
			       .dst = CLIENT_ADDR, .more = true };

	trap_restore(side, fragments);
	send_both(side, craft, NULL);
	craft.offset = 40;
	send_one(side, &craft, NULL);
	craft.proto = 6;
	send_one(side, &craft, NULL);
	trap_counted(side, "OUTPUT -f", 1);
	trap_same(side);
}

static int join(void *arg)
{
	struct ip_mreqn mreq = { .imr_multiaddr.s_addr = htonl(TOPO_GROUP) };
	int i, *fds = arg;

	for (i = 0; i < 300; i++) {
		if (i % 20 == 0)
			fds[i / 20] = socket(AF_INET, SOCK_DGRAM, 0);
		mreq.imr_address.s_addr = htonl(NEAR);
		mreq.imr_multiaddr.s_addr = htonl(IP4(239, 1, i / 200,
						      i % 200 + 1));
		if (setsockopt(fds[i / 20], IPPROTO_IP, IP_ADD_MEMBERSHIP,
			       &mreq, sizeof(mreq)))
			return -errno;
	}
	return 0;
}

static void group_mac(struct frame *frame)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 1, 0, 1 };

	memcpy(frame->data, group, 6);
}

/* A list of groups that is longer than the program looks through. */
static void many_groups(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR };
	int fds[NR_SIDES][15], i, j;

	/* One report of membership each, and all of them before the rest. */
	side_sysctl(side, "ipv4/igmp_qrv", "1");
	for (i = 0; i < NR_SIDES; i++)
		assert_int_equal(testns_call(&side->topo[i].firewall, join,
					     fds[i]), 0);
	sleep(2);
	for (i = 0; i < NR_SIDES; i++)
		side_arrived(side, i, PLACE_CLIENT);
	trap_restore(side, trap_rules);
	craft.dst = IP4(239, 1, 0, 1);
	send_both(side, craft, group_mac);
	craft.dst = IP4(239, 1, 1, 100);
	send_both(side, craft, group_mac);
	trap_counted(side, "INPUT -i eth0", 4);
	trap_same(side);
	for (i = 0; i < NR_SIDES; i++)
		for (j = 0; j < 15; j++)
			close(fds[i][j]);
}

/* Joins a group on the device new0 alone. */
static int join_new0(void *arg)
{
	struct ip_mreqn mreq = {
		.imr_multiaddr.s_addr = htonl(IP4(224, 0, 0, 77)),
		.imr_ifindex = (int)if_nametoindex("new0"),
	};

	*(int *)arg = socket(AF_INET, SOCK_DGRAM, 0);
	return setsockopt(*(int *)arg, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq,
			  sizeof(mreq));
}

/* Packets of a VRF's device are seen on the VRF, whose groups are its own too.
 */
static void vrf_device(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR, .dst = NEAR };
	int i, fd[NR_SIDES];

	if (side_ip(side, "link add new0 type vrf table 10\n"
			  "link set new0 up\n"
			  "link set eth0 master new0\n"
			  "route add 10.2.0.0/16 dev eth1 table 10\n")) {
		printf("SKIP: no VRF in this kernel\n");
		skip();
	}
	for (i = 0; i < NR_SIDES; i++)
		assert_int_equal(testns_call(&side->topo[i].firewall,
					     join_new0, &fd[i]), 0);
	trap_restore(side, trap_rules);
	craft.dport = 7;
	send_one(side, &craft, NULL);
	craft.dst = SERVER_ADDR;
	send_both(side, craft, NULL);
	craft.dst = IP4(224, 0, 0, 77);
	send_both(side, craft, group_mac);
	trap_counted(side, "INPUT -i new+", 3);
	trap_counted(side, "FORWARD -i new+", 2);
	trap_same(side);
	for (i = 0; i < NR_SIDES; i++)
		close(fd[i]);
}

/* A socket that gets what comes for port 7. */
static int open_port_7(void *arg)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
					.sin_port = htons(7) };

	*(int *)arg = socket(AF_INET, SOCK_DGRAM, 0);
	return bind(*(int *)arg, (const struct sockaddr *)&at, sizeof(at));
}

/* Where a device is moved to, other rules apply, or none. */
static void moved_device(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = IP4(10, 9, 0, 2), .dport = 7,
			       .dst = IP4(10, 9, 0, 1) };
	const struct testns *there;
	struct frame frame;
	char text[128];
	int i, in, out;

	assert_int_equal(side_ip(side, "link add new0 address "
		"02:00:00:00:0f:00 type veth peer name new1\n"
		"link set new1 arp off up\n"), 0);
	trap_restore(side, trap_rules);
	craft_make(&craft, &frame);
	for (i = 0; i < NR_SIDES; i++) {
		there = &side->topo[i].end[END_SERVER];
		snprintf(text, sizeof(text), "link set new0 netns %s\n",
			 there->name);
		assert_int_equal(testns_ip(&side->topo[i].firewall, text), 0);
		assert_int_equal(testns_ip(there, "link set new0 arp off up\n"
					   "addr add 10.9.0.1/24 dev new0\n"),
				 0);
		assert_int_equal(testns_call(there, open_port_7, &in), 0);
		out = topo_packet(&side->topo[i].firewall, "new1", 0);
		assert_true(send(out, frame.data, frame.len, 0) > 0);
		usleep(50000);
		assert_int_equal(side_waiting(in), 1);
		close(in);
		close(out);
	}
	trap_counted(side, ":INPUT", 0);
	trap_same(side);
}

static const char types[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -m pkttype --pkt-type multicast\n"
	"-A INPUT -m pkttype --pkt-type broadcast\n"
	"-A OUTPUT -m pkttype --pkt-type multicast -j DROP\n"
	"-A OUTPUT -m pkttype --pkt-type broadcast -j DROP\n"
	"-A OUTPUT -m pkttype --pkt-type unicast\n"
	"COMMIT\n";

/* At OUTPUT any packet is of the type of one to this host. */
static void types_of_looped_copies(void **state)
{
	static const uint32_t to[] = { TOPO_GROUP, IP4(10, 2, 0, 255) };
	struct side *side = trap_side(state);
	struct craft craft = { .way = WAY_OUTPUT, .src = TOPO_ADDR1 };
	size_t i;

	trap_restore(side, types);
	for (i = 0; i < COUNT(to); i++) {
		craft.dst = to[i];
		assert_int_equal(craft_send(side, &craft), 0);
	}
	assert_true(side_count(side, SIDE_IPTABLES,
			       "INPUT -m pkttype --pkt-type multicast") > 0);
	trap_same(side);
}

/* The copies of what ordinary sockets send have no link header at all. */
static void looped_datagrams(void **state)
{
	static const uint32_t to[] = { TOPO_GROUP, IP4(10, 2, 0, 255) };
	struct side *side = trap_side(state);
	struct craft craft = { .way = WAY_DATAGRAM, .src = TOPO_ADDR1 };
	size_t i;

	trap_restore(side, trap_rules);
	for (i = 0; i < COUNT(to); i++) {
		craft.dst = to[i];
		send_both(side, craft, NULL);
	}
	trap_counted(side, "OUTPUT -p udp -m udp --dport 7", COUNT(to));
	trap_counted(side, ":INPUT ACCEPT", COUNT(to));
	trap_same(side);
}

/* A frame on lo that did not come from the host's own IP is routed. */
static void frames_into_lo(void **state)
{
	static const uint32_t to[] = { SERVER_ADDR, NEAR, IP4(127, 0, 0, 1),
				       TOPO_NOWHERE };
	struct side *side = trap_side(state);
	unsigned int out[NR_SIDES] = { 0 };
	struct craft craft = { .src = CLIENT_ADDR };
	struct frame frame;
	size_t j;
	int i, fd, port;

	trap_restore(side, trap_rules);
	for (i = 0; i < NR_SIDES; i++) {
		fd = topo_packet(&side->topo[i].firewall, "lo", 0);
		for (j = 0; j < COUNT(to) * 2; j++) {
			port = j & 1 ? 7 : 9;
			craft.dst = to[j / 2];
			craft.dport = port;
			craft_make(&craft, &frame);
			memset(frame.data, 0, 12);
			send(fd, frame.data, frame.len, 0);
		}
		close(fd);
		out[i] = side_arrived(side, i, PLACE_SERVER);
	}
	trap_same(side);
	assert_int_equal(out[0], out[1]);
}

static const uint8_t rr_low[8] = { 7, 7, 3, 0, 0, 0, 0, 0 };
static const uint8_t rr_no_room[8] = { 7, 7, 6, 0, 0, 0, 0, 0 };
static const uint8_t rr_full[8] = { 7, 7, 8, 0, 0, 0, 0, 0 };
static const uint8_t rr_short[4] = { 7, 2, 0, 0 };
static const uint8_t rr_twice[16] = { 7, 7, 4, 0, 0, 0, 0, 7, 7, 4, 0, 0, 0, 0,
				      0, 0 };
static const uint8_t ts_good[12] = { 68, 12, 5, 0 };
static const uint8_t ts_low[12] = { 68, 12, 4, 0 };
static const uint8_t ts_short[4] = { 68, 3, 5, 0 };
static const uint8_t ts_no_room[12] = { 68, 12, 10, 0 };
static const uint8_t ts_address[12] = { 68, 12, 5, 1 };
static const uint8_t ts_no_address[12] = { 68, 12, 9, 1 };
static const uint8_t ts_fixed[12] = { 68, 12, 9, 3 };
static const uint8_t ts_full[12] = { 68, 12, 13, 0 };
static const uint8_t ts_overflow[12] = { 68, 12, 13, 0xf0 };
static const uint8_t ts_over_fixed[12] = { 68, 12, 13, 0xf3 };
static const uint8_t ts_twice[24] = { 68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
				      68, 12, 5, 0 };
static const uint8_t ra_short[4] = { 148, 3, 0, 0 };
static const uint8_t ra_value[4] = { 148, 4, 0, 1 };
static const uint8_t ssrr_short[4] = { 137, 2, 0, 0 };
static const uint8_t lsrr_low[8] = { 131, 7, 3, 0 };
static const uint8_t srr_twice[16] = { 131, 7, 4, 0, 0, 0, 0, 131, 7, 4 };
static const uint8_t unknown[4] = { 200, 4, 1, 2 };
static const uint8_t behind_end[8] = { 0, 7, 3, 0, 0, 0, 0, 0 };
static const uint8_t cut_off[4] = { 1, 1, 1, 7 };

static const struct {
	const char *name;
	const uint8_t *bytes;
	uint8_t nr;
} options[] = {
#define O(name) { #name, name, sizeof(name) }
	O(rr_low), O(rr_no_room), O(rr_full), O(rr_short), O(rr_twice),
	O(ts_good), O(ts_low), O(ts_short), O(ts_no_room), O(ts_address),
	O(ts_no_address), O(ts_fixed), O(ts_full), O(ts_overflow),
	O(ts_over_fixed), O(ts_twice), O(ra_short), O(ra_value), O(ssrr_short),
	O(lsrr_low), O(srr_twice), O(unknown), O(behind_end), O(cut_off),
#undef O
};

/* Options as ip_options_compile takes them; broken ones meet no chain. */
static void ip_options(void **state)
{
	struct side *side = trap_side(state);
	unsigned int failed = 0, found;
	struct craft craft = { .src = CLIENT_ADDR };
	size_t i;

	for (i = 0; i < COUNT(options); i++) {
		trap_restore(side, trap_rules);
		craft.options = options[i].bytes;
		craft.nr_options = options[i].nr;
		craft.dst = NEAR;
		found = craft_send(side, &craft);
		craft.dst = SERVER_ADDR;
		found += craft_send(side, &craft);
		found += side_saves(side, stdout);
		if (found)
			printf("options: %s\n", options[i].name);
		failed += !!found;
	}
	assert_int_equal(failed, 0);
}

#define T(test) TRAP_TEST(test, &trap)

int main(void)
{
	static struct trap trap;
	const struct CMUnitTest tests[] = {
		T(zero_network),
		T(priority_tags),
		T(vlan_device_with_tags),
		T(wrong_headers_out),
		T(own_fragments_out),
		T(many_groups),
		T(vrf_device),
		T(moved_device),
		T(types_of_looped_copies),
		T(looped_datagrams),
		T(frames_into_lo),
		T(ip_options),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	trap.missing = testns_guard(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
