/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where TC is not where netfilter's hooks are: one test for each way in which
 * a packet could be judged that iptables does not see, or the other way round.
 * The expectation is what iptables-legacy does beside it; each test also makes
 * sure that iptables really met what it is about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "side_craft.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define NEAR TOPO_ADDR0

/* Changes to a frame after it was made well. */

static void tag_priority(struct frame *frame)
{
	craft_tag(frame, 0xa000);
}

static void tag_5(struct frame *frame)
{
	craft_tag(frame, 5);
}

static void other_mac(struct frame *frame)
{
	frame->data[5] ^= 0x80;
}

static void broadcast_mac(struct frame *frame)
{
	memset(frame->data, 0xff, 6);
}

static void group_mac(struct frame *frame)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 9 };

	memcpy(frame->data, group, 6);
}

static void bad_checksum(struct frame *frame)
{
	craft_ip(frame)[11] ^= 1;
}

static void version_6(struct frame *frame)
{
	craft_ip(frame)[0] = 0x65;
	craft_fix(frame);
}

static void header_of_4_words(struct frame *frame)
{
	craft_ip(frame)[0] = 0x44;
	craft_fix(frame);
}

static void longer_than_frame(struct frame *frame)
{
	craft_ip(frame)[2] = 4;
	craft_fix(frame);
}

static void padded(struct frame *frame)
{
	memset(frame->data + frame->len, 0xee, 14);
	frame->len += 14;
}

static const uint8_t loose[8] = { 131, 7, 4, 10, 2, 0, 2, 0 };
static const uint8_t strict[8] = { 137, 7, 4, 10, 2, 0, 2, 0 };
static const uint8_t record[8] = { 7, 7, 4, 0, 0, 0, 0, 0 };
static const uint8_t alert[4] = { 148, 4, 0, 0 };
static const uint8_t broken[4] = { 7, 9, 4, 0 };

#define TO(address, ...) { .src = CLIENT_ADDR, .dst = address, __VA_ARGS__ }
#define FROM(address, ...) { .src = address, .dst = NEAR, __VA_ARGS__ }
#define OPTIONS(array) .options = array, .nr_options = sizeof(array)

/* A packet on eth0 and the chain that iptables asks: 0 for none. */
static const struct {
	const char *name;
	struct craft craft;
	void (*change)(struct frame *frame);
	char chain;
} views[] = {
	{ "to the firewall", TO(NEAR), NULL, 'I' },
	{ "through", TO(SERVER_ADDR), NULL, 'F' },
	{ "port 7 to the firewall", TO(NEAR, .dport = 7), NULL, 'I' },
	{ "port 7 through", TO(SERVER_ADDR, .dport = 7), NULL, 'F' },
	{ "VLAN 0 to the firewall", TO(NEAR), tag_priority, 'I' },
	{ "VLAN 0, port 7", TO(NEAR, .dport = 7), tag_priority, 'I' },
	{ "VLAN 0 through", TO(SERVER_ADDR), tag_priority, 'F' },
	{ "VLAN 5 without its device", TO(NEAR), tag_5, 0 },
	{ "VLAN 5 through", TO(SERVER_ADDR), tag_5, 0 },
	{ "another host's MAC", TO(NEAR), other_mac, 0 },
	{ "another host's MAC, through", TO(SERVER_ADDR), other_mac, 0 },
	{ "L2 broadcast, our address", TO(NEAR), broadcast_mac, 'I' },
	{ "L2 broadcast, routable", TO(SERVER_ADDR), broadcast_mac, 0 },
	{ "L2 multicast, our address", TO(NEAR), group_mac, 'I' },
	{ "L2 multicast, routable", TO(SERVER_ADDR), group_mac, 0 },
	{ "joined group", TO(TOPO_GROUP), group_mac, 'I' },
	{ "all hosts", TO(IP4(224, 0, 0, 1)), group_mac, 'I' },
	{ "group that nobody joined", TO(IP4(239, 1, 1, 1)), group_mac, 0 },
	{ "subnet broadcast", TO(IP4(10, 1, 0, 255)), broadcast_mac, 'I' },
	{ "the other's broadcast", TO(IP4(10, 2, 0, 255)), NULL, 'I' },
	{ "broadcast", TO(0xffffffff), broadcast_mac, 'I' },
	{ "TTL 1 through", TO(SERVER_ADDR, .ttl = 1), NULL, 0 },
	{ "TTL 1 to the firewall", TO(NEAR, .ttl = 1), NULL, 'I' },
	{ "TTL 2 through", TO(SERVER_ADDR, .ttl = 2), NULL, 'F' },
	{ "bad checksum", TO(NEAR), bad_checksum, 0 },
	{ "bad checksum through", TO(SERVER_ADDR), bad_checksum, 0 },
	{ "version 6", TO(NEAR), version_6, 0 },
	{ "header of 4 words", TO(NEAR), header_of_4_words, 0 },
	{ "longer than its frame", TO(NEAR), longer_than_frame, 0 },
	{ "padded by the link", TO(NEAR), padded, 'I' },
	{ "blackhole", TO(TOPO_NOWHERE + 1), NULL, 0 },
	{ "to 127.0.0.1", TO(IP4(127, 0, 0, 1)), NULL, 0 },
	{ "to 0.0.0.0", TO(0), NULL, 0 },
	{ "to 240.0.0.1", TO(IP4(240, 0, 0, 1)), NULL, 'F' },
	{ "from 127.0.0.1", FROM(IP4(127, 0, 0, 1)), NULL, 0 },
	{ "from a group", FROM(IP4(224, 0, 0, 1)), NULL, 0 },
	{ "from broadcast", FROM(0xffffffff), NULL, 0 },
	{ "from 0.0.0.0", FROM(0), NULL, 0 },
	{ "too big", TO(SERVER_ADDR, .payload = 1400, .dont = true), NULL, 0 },
	{ "too big, may be cut", TO(SERVER_ADDR, .payload = 1400), NULL, 'F' },
	{ "big, to us", TO(NEAR, .payload = 1400, .dont = true), NULL, 'I' },
	{ "loose source route", TO(NEAR, OPTIONS(loose)), NULL, 0 },
	{ "strict source route", TO(NEAR, OPTIONS(strict)), NULL, 0 },
	{ "routed on", TO(SERVER_ADDR, OPTIONS(loose)), NULL, 0 },
	{ "record route", TO(SERVER_ADDR, OPTIONS(record)), NULL, 'F' },
	{ "router alert", TO(SERVER_ADDR, OPTIONS(alert)), NULL, 'F' },
	{ "bad option", TO(NEAR, OPTIONS(broken)), NULL, 0 },
};

/* Sends one view's packet; true if all is as it must be. */
static bool view_holds(struct side *side, size_t i)
{
	int64_t input = -side_count(side, SIDE_IPTABLES, "INPUT -i eth0");
	int64_t forward = -side_count(side, SIDE_IPTABLES, "FORWARD -i eth0");
	struct frame frame;
	unsigned int found;

	craft_make(&views[i].craft, &frame);
	if (views[i].change)
		views[i].change(&frame);
	found = side_send(side, &frame, 1);
	found += side_saves(side, stdout);
	input += side_count(side, SIDE_IPTABLES, "INPUT -i eth0");
	forward += side_count(side, SIDE_IPTABLES, "FORWARD -i eth0");
	if (input != (views[i].chain == 'I'))
		found++;
	if (forward != (views[i].chain == 'F'))
		found++;
	if (found)
		printf("%s: iptables met INPUT %d, FORWARD %d times\n",
		       views[i].name, (int)input, (int)forward);
	return !found;
}

/* Traps 1, 11, 14, 20 and what the stack discards before any chain. */
static void stack_sees_first(void **state)
{
	struct side *side = trap_side(state);
	unsigned int failed = 0;
	size_t i;

	trap_restore(side, trap_rules);
	for (i = 0; i < COUNT(views); i++) {
		if (view_holds(side, i))
			continue;
		failed++;
		trap_restore(side, trap_rules);	/* equal again */
	}
	assert_int_equal(failed, 0);
}

/* Trap 6: the sender's own copy is made before TC egress. */
static void looped_copies_meet_output(void **state)
{
	static const uint32_t to[] = { TOPO_GROUP, IP4(10, 2, 0, 255),
				       0xffffffff };
	struct side *side = trap_side(state);
	struct craft craft = { .way = WAY_OUTPUT, .src = TOPO_ADDR1 };
	size_t i;

	trap_restore(side, trap_rules);
	for (i = 0; i < COUNT(to); i++) {
		craft.dst = to[i];
		craft.dport = 9;
		assert_int_equal(craft_send(side, &craft), 0);
		craft.dport = 7;
		assert_int_equal(craft_send(side, &craft), 0);
	}
	trap_counted(side, "OUTPUT -p udp -m udp --dport 7", COUNT(to));
	assert_true(side_count(side, SIDE_IPTABLES, ":INPUT ACCEPT") > 0);
	trap_same(side);
}

/* Trap 10: frames of the firewall's own packet sockets are not judged. */
static void packet_sockets_go_out(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .way = WAY_CLIENT, .src = NEAR, .dport = 7,
			       .dst = CLIENT_ADDR };
	struct frame frame;
	int i, fd;

	trap_restore(side, trap_rules);
	craft_make(&craft, &frame);
	for (i = 0; i < NR_SIDES; i++) {
		fd = topo_packet(&side->topo[i].firewall, "eth0", 0);
		assert_int_equal(send(fd, frame.data, frame.len, 0), frame.len);
		close(fd);
		assert_int_equal(side_arrived(side, i, PLACE_CLIENT), 1);
	}
	trap_counted(side, "OUTPUT -o eth0", 0);
	trap_same(side);
}

/* Trap 10: what TC drops, the firewall's packet sockets do not see either;
 * those bound to IPv4 alone, so tcpdump does. */
static void packet_sockets_lose_drops(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR, .dst = NEAR, .dport = 7 };
	unsigned int seen[NR_SIDES];
	int i, fd[NR_SIDES];

	trap_restore(side, trap_rules);
	for (i = 0; i < NR_SIDES; i++)
		fd[i] = topo_packet(&side->topo[i].firewall, "eth0", 0x0800);
	assert_int_equal(craft_send(side, &craft), 0);
	for (i = 0; i < NR_SIDES; i++) {
		seen[i] = side_waiting(fd[i]);
		close(fd[i]);
	}
	trap_same(side);
	assert_int_equal(seen[SIDE_IPTABLES], 1);
	assert_int_equal(seen[SIDE_PRODUCT], 0);
}

/* Trap 9: skb->sk at ingress may be the sender's, in another namespace: what
 * packet sockets of other hosts sent is judged. */
static void senders_socket_is_not_ours(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR, .dst = NEAR, .dport = 7 };

	trap_restore(side, trap_rules);
	assert_int_equal(craft_send(side, &craft), 0);
	trap_counted(side, "INPUT -p udp -m udp --dport 7", 1);
	trap_same(side);
}

/*
 * Trap 20: without forwarding there is no FORWARD chain. The routing lookup
 * then tells nothing, so a packet for no address of this host, which iptables
 * never sees, is judged as one to it before the stack discards it.
 */
static void forwarding_off(void **state)
{
	static const uint32_t ours[] = { NEAR, TOPO_ADDR1, TOPO_ADDR2 };
	static const uint32_t others[] = { SERVER_ADDR, TOPO_NOWHERE };
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR };
	size_t i;

	side_sysctl(side, "ipv4/ip_forward", "0");
	trap_restore(side, trap_rules);
	for (i = 0; i < COUNT(ours); i++) {
		craft.dst = ours[i];
		assert_int_equal(craft_send(side, &craft), 0);
	}
	trap_counted(side, "INPUT -i eth0", COUNT(ours));
	trap_same(side);
	for (i = 0; i < COUNT(others); i++) {
		craft.dst = others[i];
		assert_int_equal(craft_send(side, &craft), 0);
	}
	trap_counted(side, ":FORWARD", 0);
	trap_counted(side, "INPUT -i eth0", COUNT(ours));
	assert_int_equal(side_count(side, SIDE_PRODUCT, ":FORWARD"), 0);
	assert_int_equal(side_count(side, SIDE_PRODUCT, "INPUT -i eth0"),
			 COUNT(ours) + COUNT(others));
	side_sysctl(side, "ipv4/ip_forward", "1");
	trap_restore(side, trap_rules);
	craft.dst = SERVER_ADDR;
	assert_int_equal(craft_send(side, &craft), 0);
	trap_counted(side, "FORWARD -i eth0", 1);
	trap_same(side);
}

/* Sends one packet to each address; ICMP errors are limited by sender. */
static void send_to(struct side *side, const uint32_t *to, size_t nr)
{
	struct craft craft = { .src = CLIENT_ADDR };
	size_t i;

	for (i = 0; i < nr; i++) {
		craft.dst = to[i];
		craft.src++;
		assert_int_equal(craft_send(side, &craft), 0);
	}
}

/* Routes that say no: the stack discards the packet and sends its error. */
static void route_says_no(void **state)
{
	static const uint32_t to[] = {
		IP4(198, 18, 0, 1), IP4(198, 19, 0, 1), TOPO_NOWHERE,
	};
	struct side *side = trap_side(state);

	assert_int_equal(side_ip(side, "route add unreachable 198.18.0.0/16\n"
				       "route add prohibit 198.19.0.0/16\n"), 0);
	trap_restore(side, trap_rules);
	send_to(side, to, COUNT(to));
	trap_counted(side, ":INPUT", 0);
	trap_counted(side, ":FORWARD", 0);
	trap_counted(side, "OUTPUT -p icmp", 2);
	trap_same(side);
}

/*
 * Trap 20: where there is no route at all, the lookup says the same as of a
 * local address: judged as if to this host, and then discarded by the stack.
 */
static void no_route_looks_local(void **state)
{
	static const uint32_t to[] = {
		IP4(198, 20, 0, 1), IP4(200, 0, 0, 1),
	};
	struct side *side = trap_side(state);

	assert_int_equal(side_ip(side, "route add throw 198.20.0.0/16\n"
				       "route del 128.0.0.0/1\n"), 0);
	trap_restore(side, trap_rules);
	send_to(side, to, COUNT(to));
	trap_counted(side, ":INPUT", 0);
	trap_counted(side, "OUTPUT -p icmp", COUNT(to));
	assert_int_equal(side_count(side, SIDE_PRODUCT, ":FORWARD"), 0);
	assert_int_equal(side_count(side, SIDE_PRODUCT, "INPUT -i eth0"),
			 COUNT(to));
	assert_int_equal(side_count(side, SIDE_PRODUCT, "OUTPUT -p icmp"),
			 COUNT(to));
}

/* Trap 25: what the host answers is its own, what it forwards is not. */
static void only_own_packets_meet_output(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR, .dst = SERVER_ADDR };

	trap_restore(side, trap_rules);
	assert_int_equal(craft_send(side, &craft), 0);
	trap_counted(side, ":OUTPUT", 0);
	craft.dst = NEAR;
	craft.proto = 6;
	assert_int_equal(craft_send(side, &craft), 0);
	trap_counted(side, "OUTPUT -p tcp", 1);
	craft.proto = 1;
	craft.type = 8;
	assert_int_equal(craft_send(side, &craft), 0);
	trap_counted(side, "OUTPUT -p icmp", 1);
	craft.proto = 17;
	assert_int_equal(craft_send(side, &craft), 0);
	trap_counted(side, "OUTPUT -p icmp", 2);
	craft.dst = SERVER_ADDR;
	craft.ttl = 1;
	assert_int_equal(craft_send(side, &craft), 0);
	trap_counted(side, "OUTPUT -p icmp", 3);
	trap_counted(side, "OUTPUT -o eth1", 0);
	trap_same(side);
}

/* lo carries a packet out and in: both chains. */
static void lo_meets_both(void **state)
{
	struct side *side = trap_side(state);
	struct craft craft = { .way = WAY_OUTPUT, .src = NEAR,
			       .dst = TOPO_ADDR1 };

	trap_restore(side, trap_rules);
	assert_int_equal(craft_send(side, &craft), 0);
	craft.dport = 7;
	assert_int_equal(craft_send(side, &craft), 0);
	craft.dst = craft.src = IP4(127, 0, 0, 1);
	craft.dport = 9;
	assert_int_equal(craft_send(side, &craft), 0);
	trap_counted(side, "INPUT -i lo", 4);	/* with two ICMP errors */
	trap_counted(side, "OUTPUT -o lo", 5);
	trap_same(side);
}

#define T(test) TRAP_TEST(test, &trap)

int main(void)
{
	static struct trap trap;
	const struct CMUnitTest tests[] = {
		T(stack_sees_first),
		T(looped_copies_meet_output),
		T(packet_sockets_go_out),
		T(packet_sockets_lose_drops),
		T(senders_socket_is_not_ours),
		T(forwarding_off),
		T(route_says_no),
		T(no_route_looks_local),
		T(only_own_packets_meet_output),
		T(lo_meets_both),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	trap.missing = testns_guard(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
