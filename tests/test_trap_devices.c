/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that are not just an Ethernet card: renamed, added later, ports of a
 * bridge, macvlan, tun, tunnels. Names must match at packet time and each
 * packet be judged once, on the device where iptables judges it, which runs
 * beside it here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "side_craft.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct craft to_us = { .src = CLIENT_ADDR, .dst = TOPO_ADDR0 };
static const struct craft through = { .src = CLIENT_ADDR, .dst = SERVER_ADDR };
static const struct craft back = { .way = WAY_SERVER, .src = SERVER_ADDR,
				   .dst = CLIENT_ADDR };
static const struct craft own = { .way = WAY_OUTPUT, .src = TOPO_ADDR0,
				  .dst = CLIENT_ADDR };

static void send_all(struct side *side, const struct craft *const crafts[],
		     size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		assert_int_equal(craft_send(side, crafts[i]), 0);
}

static const struct craft *const each_way[] = { &to_us, &through, &back,
						&own };

/* Older kernels rename a device only while it is down. */
static int rename_device(struct side *side, const char *from, const char *to)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "link set %s down\n"
		 "link set %s name %s\n"
		 "link set %s up\n"
		 "route add 0.0.0.0/1 dev %s\n", from, from, to, to, to);
	return side_ip(side, text);
}

/* Traps 18, 19: a device is what it is called when the packet comes. */
static void renamed_device(void **state)
{
	struct side *side = trap_side(state);

	trap_restore(side, trap_rules);
	send_all(side, each_way, COUNT(each_way));
	trap_counted(side, "INPUT -i eth0", 1);
	trap_same(side);
	assert_int_equal(rename_device(side, "eth0", "new0"), 0);
	send_all(side, each_way, COUNT(each_way));
	trap_counted(side, "INPUT -i eth0", 1);
	trap_counted(side, "INPUT -i new+", 1);
	trap_counted(side, "FORWARD -i new+", 1);
	trap_counted(side, "FORWARD -o new+", 1);
	trap_counted(side, "OUTPUT -o new+", 2);	/* and an ICMP error */
	trap_same(side);
	assert_int_equal(rename_device(side, "new0", "eth0"), 0);
	send_all(side, each_way, COUNT(each_way));
	trap_counted(side, "INPUT -i eth0", 2);
	trap_same(side);
}

static const char wildcards[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -i e+\n"
	"-A INPUT -i eth0+\n"
	"-A INPUT -i eth00\n"
	"-A INPUT -i et\n"
	"-A INPUT ! -i eth+\n"
	"-A INPUT -i fth+\n"
	"-A FORWARD -i eth+ -o eth1+\n"
	"-A FORWARD ! -i eth1+ ! -o eth0\n"
	"-A FORWARD -o e+\n"
	"-A OUTPUT ! -o eth0\n"
	"-A OUTPUT -o eth+\n"
	"COMMIT\n";

static void wildcard_names(void **state)
{
	struct side *side = trap_side(state);

	trap_restore(side, wildcards);
	send_all(side, each_way, COUNT(each_way));
	trap_counted(side, "INPUT -i eth0+", 1);
	trap_counted(side, "FORWARD -i eth+ -o eth1+", 1);
	trap_same(side);
}

/* Trap 19: the route's device among others in the same bucket of 256. */
static void route_among_bucket_mates(void **state)
{
	struct side *side = trap_side(state);

	assert_int_equal(side_ip(side,
		"link add mate1 index 1256 type bridge\n"
		"link add mate2 index 1512 type bridge\n"
		"link add new1 index 1000 type veth peer name newpeer\n"
		"link add mate3 index 1768 type bridge\n"
		"link add mate4 index 2024 type bridge\n"
		"link set new1 arp off up\n"
		"link set newpeer up\n"
		"route add 10.77.0.0/16 dev new1\n"), 0);
	trap_restore(side, trap_rules);
	send_all(side, each_way, COUNT(each_way));
	assert_int_equal(craft_send(side, &(struct craft){
		.src = CLIENT_ADDR, .dst = IP4(10, 77, 0, 1) }), 0);
	trap_counted(side, "FORWARD -o new+", 1);
	trap_same(side);
}

/* Both firewalls get a further wire to the server's namespace. */
static void add_wire(struct side *side, const char *near, const char *far)
{
	char text[256];
	int i;

	for (i = 0; i < NR_SIDES; i++) {
		snprintf(text, sizeof(text),
			 "link add %s address 02:00:00:00:0f:09 type veth "
			 "peer name %s address 02:00:00:00:0c:09 netns %s\n"
			 "link set %s arp off up\n"
			 "route add 10.78.0.0/16 dev %s\n", near, far,
			 side->topo[i].end[END_SERVER].name, near, near);
		assert_int_equal(testns_ip(&side->topo[i].firewall, text), 0);
		snprintf(text, sizeof(text), "link set %s arp off up\n", far);
		assert_int_equal(testns_ip(&side->topo[i].end[END_SERVER],
					   text), 0);
	}
}

/* A packet from the further wire to port 7 of the firewall. */
static void send_far(struct side *side, int which, const char *far)
{
	struct craft craft = { .src = IP4(10, 78, 0, 2), .dst = TOPO_ADDR0,
			       .dport = 7 };
	struct frame frame;
	int fd = topo_packet(&side->topo[which].end[END_SERVER], far, 0);

	craft_make(&craft, &frame);
	frame.data[5] = 9;
	assert_int_equal(send(fd, frame.data, frame.len, 0), frame.len);
	close(fd);
}

static char *product_status(struct side *side)
{
	const char *const argv[] = { side->tool[SIDE_PRODUCT].control,
				     "status", NULL };
	char *said = NULL;

	testns_run(&side->topo[SIDE_PRODUCT].firewall, argv, NULL, &said);
	return said;
}

/*
 * Trap 8: a device that was added later is covered by the next restore. Until
 * then its packets pass, unlike in iptables, and status names it.
 */
static void later_device(void **state)
{
	struct side *side = trap_side(state);
	char *said;
	int i;

	trap_restore(side, trap_rules);
	add_wire(side, "new0", "far0");
	for (i = 0; i < NR_SIDES; i++) {
		send_far(side, i, "far0");
		assert_int_equal(side_arrived(side, i, PLACE_LOCAL),
				 i == SIDE_PRODUCT);
	}
	said = product_status(side);
	assert_non_null(said);
	assert_non_null(strstr(said, "new0"));
	free(said);
	trap_restore(side, trap_rules);
	for (i = 0; i < NR_SIDES; i++) {
		send_far(side, i, "far0");
		assert_int_equal(side_arrived(side, i, PLACE_LOCAL), 0);
	}
	trap_counted(side, "INPUT -i new+", 1);
	trap_same(side);
}

/* A device that goes takes nothing with it. */
static void removed_device(void **state)
{
	struct side *side = trap_side(state);

	add_wire(side, "new0", "far0");
	trap_restore(side, trap_rules);
	assert_int_equal(side_ip(side, "link del new0\n"), 0);
	send_all(side, each_way, COUNT(each_way));
	trap_same(side);
	trap_restore(side, trap_rules);
	send_all(side, each_way, COUNT(each_way));
	trap_same(side);
}

static const char bridged[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -i eth0\n"
	"-A INPUT -i br0\n"
	"-A INPUT -p udp -m udp --dport 7 -j DROP\n"
	"-A FORWARD -i br0 -o eth1\n"
	"-A FORWARD -i eth1 -o br0\n"
	"-A FORWARD -o eth0\n"
	"-A OUTPUT -o br0\n"
	"-A OUTPUT -o eth0\n"
	"COMMIT\n";

/* The bridge takes the address and the MAC of eth0, which becomes its port. */
static void make_bridge(struct side *side)
{
	side_sysctl(side, "bridge/bridge-nf-call-iptables", "0");
	assert_int_equal(side_ip(side,
		"link add br0 address 02:00:00:00:0f:00 type bridge"
		" mcast_snooping 0\n"
		"link set eth0 master br0 promisc on\n"
		"link set br0 arp off up\n"
		"addr del 10.1.0.1/24 dev eth0\n"
		"addr add 10.1.0.1/24 brd + dev br0\n"
		"route add 0.0.0.0/1 dev br0\n"), 0);
}

/* A port is left to its bridge, whether it was one before the restore ... */
static void bridge_port(void **state)
{
	struct side *side = trap_side(state);

	make_bridge(side);
	trap_restore(side, bridged);
	send_all(side, each_way, COUNT(each_way));
	trap_counted(side, "INPUT -i br0", 1);
	trap_counted(side, "FORWARD -i br0 -o eth1", 1);
	trap_counted(side, "FORWARD -i eth1 -o br0", 1);
	trap_counted(side, "OUTPUT -o br0", 2);	/* and an ICMP error */
	trap_same(side);
}

/* ... or became one after it; the bridge itself is then a later device. */
static void port_of_later_bridge(void **state)
{
	struct side *side = trap_side(state);

	assert_int_equal(side_ip(side, "link add br0 type bridge\n"
				       "link del br0\n"), 0);
	trap_restore(side, bridged);
	make_bridge(side);
	send_all(side, each_way, COUNT(each_way));
	assert_int_equal(side_count(side, SIDE_PRODUCT, "INPUT -i eth0"), 0);
	trap_restore(side, bridged);
	send_all(side, each_way, COUNT(each_way));
	trap_counted(side, "INPUT -i br0", 1);
	trap_same(side);
}

/* Trap 12: a macvlan's frames are other hosts' to the device below. */
static void macvlan(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0x0f, 0x33 };
	struct side *side = trap_side(state);
	struct frame frame;
	int i;

	if (side_ip(side, "link add new0 link eth0 address 02:00:00:00:0f:33"
			  " type macvlan mode vepa\n"
			  "link set new0 arp off up\n"
			  "addr add 10.9.0.1/24 dev new0\n")) {
		printf("SKIP: no macvlan in this kernel\n");
		skip();
	}
	trap_restore(side, trap_rules);
	for (i = 0; i < 2; i++) {
		craft_make(i ? &through : &(struct craft){
			.src = CLIENT_ADDR, .dst = IP4(10, 9, 0, 1) }, &frame);
		memcpy(frame.data, mac, 6);
		assert_int_equal(side_send(side, &frame, 1), 0);
	}
	assert_int_equal(craft_send(side, &(struct craft){ .way = WAY_OUTPUT,
		.src = IP4(10, 9, 0, 1), .dst = IP4(10, 9, 0, 2) }), 0);
	send_all(side, each_way, COUNT(each_way));
	trap_counted(side, "INPUT -i new+", 1);
	trap_counted(side, "INPUT -i eth0", 1);
	trap_counted(side, "FORWARD -i new+", 1);
	trap_counted(side, "OUTPUT -o new+", 1);
	trap_same(side);
}

static unsigned int read_all(int fd)
{
	unsigned int found = 0;
	uint8_t data[2048];

	while (read(fd, data, sizeof(data)) > 0)
		found++;
	return found;
}

/* A packet into the tun device, as if from its other end. */
static void write_tun(int fd, uint32_t dst, uint16_t dport)
{
	struct craft craft = { .way = WAY_OUTPUT, .dport = dport, .dst = dst,
			       .src = IP4(10, 8, 0, 2) };
	struct frame frame;

	craft_make(&craft, &frame);
	assert_int_equal(write(fd, frame.data, frame.len), frame.len);
}

/* A device without Ethernet header, with packets in each direction. */
static void tun_device(void **state)
{
	struct side *side = trap_side(state);
	struct craft there = { .src = CLIENT_ADDR, .dst = IP4(10, 8, 0, 2) };
	unsigned int came[NR_SIDES], arrived[NR_SIDES];
	int fd[NR_SIDES], i;

	for (i = 0; i < NR_SIDES; i++)
		fd[i] = testns_tun(&side->topo[i].firewall, "new0");
	if (fd[0] < 0 || fd[1] < 0) {
		printf("SKIP: no tun in this kernel\n");
		skip();
	}
	assert_int_equal(side_ip(side, "addr add 10.8.0.1/24 dev new0\n"
				       "link set new0 up\n"), 0);
	trap_restore(side, trap_rules);
	craft_send(side, &there);
	there.dport = 7;
	craft_send(side, &there);
	there = own;
	there.dst = IP4(10, 8, 0, 2);
	craft_send(side, &there);
	for (i = 0; i < NR_SIDES; i++) {
		write_tun(fd[i], IP4(10, 8, 0, 1), 9);
		write_tun(fd[i], IP4(10, 8, 0, 1), 7);
		write_tun(fd[i], SERVER_ADDR, 9);
		write_tun(fd[i], SERVER_ADDR, 7);
		arrived[i] = side_arrived(side, i, PLACE_SERVER);
		came[i] = read_all(fd[i]);
	}
	trap_counted(side, "INPUT -i new+", 2);
	trap_counted(side, "FORWARD -i new+", 2);
	trap_counted(side, "FORWARD -o new+", 2);
	trap_counted(side, "OUTPUT -o new+", 2);	/* and an ICMP error */
	trap_same(side);
	assert_int_equal(arrived[0], 1);
	assert_int_equal(arrived[1], 1);
	assert_int_equal(came[0], came[1]);
	close(fd[0]);
	close(fd[1]);
}

/* Outer packets on the outer device, inner ones on the tunnel's, each once. */
static void vxlan_tunnel(void **state)
{
	static const uint8_t head[8] = { 8, 0, 0, 0, 0, 0, 3, 0 };
	struct side *side = trap_side(state);
	struct craft outer = { .src = CLIENT_ADDR, .dst = TOPO_ADDR0,
			       .dport = 4789, .payload = 120 };
	struct craft inner = { .src = IP4(10, 9, 0, 2), .dport = 7,
			       .dst = IP4(10, 9, 0, 1) };
	struct frame frame, in;
	uint8_t *at;

	if (side_ip(side, "link add new0 address 02:00:00:00:0f:00 type vxlan"
			  " id 3 local 10.1.0.1 remote 10.1.0.2 dstport 4789"
			  " dev eth0 nolearning noudpcsum srcport 5000 5001\n"
			  "link set new0 arp off up\n"
			  "addr add 10.9.0.1/24 dev new0\n")) {
		printf("SKIP: no vxlan in this kernel\n");
		skip();
	}
	trap_restore(side, trap_rules);
	craft_make(&outer, &frame);
	craft_make(&inner, &in);
	at = craft_ip(&frame) + 28;
	memset(at - 2, 0, 2);
	memcpy(at, head, sizeof(head));
	memcpy(at + 8, in.data, in.len);
	assert_int_equal(side_send(side, &frame, 1), 0);
	inner = (struct craft){ .way = WAY_OUTPUT, .src = IP4(10, 9, 0, 1),
				.dst = IP4(10, 9, 0, 2) };
	craft_send(side, &inner);
	trap_counted(side, "INPUT -i new+", 1);
	trap_counted(side, "INPUT -i eth0", 1);
	trap_counted(side, "OUTPUT -o new+", 1);
	trap_counted(side, "OUTPUT -o eth0", 1);
	trap_same(side);
}

#define T(test) TRAP_TEST(test, &trap)

int main(void)
{
	static struct trap trap;
	const struct CMUnitTest tests[] = {
		T(renamed_device),
		T(wildcard_names),
		T(route_among_bucket_mates),
		T(later_device),
		T(removed_device),
		T(bridge_port),
		T(port_of_later_bridge),
		T(macvlan),
		T(tun_device),
		T(vxlan_tunnel),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	trap.missing = testns_guard(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
