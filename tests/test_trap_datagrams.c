/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments and what is the opposite, packets that the stack has glued
 * together. iptables judges datagrams at INPUT and OUTPUT and each fragment at
 * FORWARD, and runs beside the product here. Where the product cannot do the
 * same it must be on the safe side: those cases are the table `differences`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "side_craft.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define PIECE 160	/* bytes of a fragment's payload */
#define PIECES 3

static const char rules[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	":SUB - [0:0]\n"
	"-A INPUT -f\n"
	"-A INPUT -j SUB\n"
	"-A INPUT -p udp -m udp --dport 7 -j DROP\n"
	"-A INPUT -p tcp -m tcp --dport 7 -j DROP\n"
	"-A FORWARD -f\n"
	"-A FORWARD ! -f -j SUB\n"
	"-A FORWARD -p udp -m udp --dport 7 -j DROP\n"
	"-A FORWARD -p tcp -m tcp --dport 7 -j DROP\n"
	"-A OUTPUT -f\n"
	"-A OUTPUT -j SUB\n"
	"-A OUTPUT -p udp -m udp --dport 7 -j DROP\n"
	"-A SUB -p udp -m udp --dport 9\n"
	"-A SUB -p udp -m udp ! --dport 9\n"
	"COMMIT\n";

/* The piece'th fragment of a datagram from the client. */
static void make_piece(const struct craft *datagram, int piece,
		       struct frame *frame)
{
	struct craft craft = *datagram;

	craft.src = CLIENT_ADDR;
	craft.offset = piece * PIECE;
	craft.more = piece < PIECES - 1;
	craft.payload = piece ? PIECE : PIECE - 8;
	craft_make(&craft, frame);
}

static void send_pieces(struct side *side, const struct craft *datagram,
			const char *order)
{
	struct frame frame;

	for (; *order; order++) {
		make_piece(datagram, *order - '0', &frame);
		assert_int_equal(side_send(side, &frame, 1), 0);
	}
}

/* Each order in which three fragments can come, accepted and dropped. */
static void to_the_firewall(void **state)
{
	static const char *const orders[] = { "012", "021", "102", "120",
					      "201", "210" };
	struct side *side = trap_side(state);
	struct craft datagram = { .dst = TOPO_ADDR0, .id = 100 };
	size_t i;

	trap_restore(side, rules);
	for (i = 0; i < COUNT(orders); i++) {
		datagram.dport = 9;
		datagram.id++;
		send_pieces(side, &datagram, orders[i]);
		datagram.dport = 7;
		datagram.id++;
		send_pieces(side, &datagram, orders[i]);
	}
	trap_counted(side, "INPUT -f", 0);
	trap_counted(side, "INPUT -j SUB", 2 * COUNT(orders));
	trap_counted(side, "INPUT -p udp -m udp --dport 7", COUNT(orders));
	trap_same(side);
}

/* A number that was another datagram's, whose first fragment was dropped. */
static void numbers_are_used_again(void **state)
{
	struct side *side = trap_side(state);
	struct craft datagram = { .dst = TOPO_ADDR0, .id = 77 };
	int i;

	trap_restore(side, rules);
	for (i = 0; i < 3; i++) {
		datagram.dport = 7;
		send_pieces(side, &datagram, "012");
		datagram.dport = 9;
		send_pieces(side, &datagram, "210");
	}
	trap_counted(side, "INPUT -j SUB", 6);
	trap_same(side);
}

/* Two datagrams whose fragments come mixed, on two devices' worth of rules. */
static void mixed_datagrams(void **state)
{
	struct side *side = trap_side(state);
	struct craft a = { .dst = TOPO_ADDR0, .id = 7 };
	struct craft b = { .dst = TOPO_ADDR0, .id = 8, .dport = 7 };

	trap_restore(side, rules);
	send_pieces(side, &a, "0");
	send_pieces(side, &b, "0");
	send_pieces(side, &a, "1");
	send_pieces(side, &b, "12");
	send_pieces(side, &a, "2");
	trap_counted(side, "INPUT -j SUB", 2);
	trap_same(side);
}

/* Without conntrack each forwarded fragment is judged alone. */
static void through_the_firewall(void **state)
{
	struct side *side = trap_side(state);
	struct craft datagram = { .dst = SERVER_ADDR, .id = 100 };

	trap_restore(side, rules);
	send_pieces(side, &datagram, "012");
	send_pieces(side, &datagram, "210");
	datagram.dport = 7;
	send_pieces(side, &datagram, "012");
	trap_counted(side, "FORWARD -f", 6);
	trap_counted(side, "FORWARD -p udp -m udp --dport 7", 1);
	trap_same(side);
}

/* What the firewall sends is fragmented after OUTPUT. */
static void from_the_firewall(void **state)
{
	static const uint32_t to[] = { CLIENT_ADDR, SERVER_ADDR };
	struct side *side = trap_side(state);
	struct craft datagram = { .way = WAY_DATAGRAM, .payload = 2000 };
	size_t i;

	trap_restore(side, rules);
	for (i = 0; i < COUNT(to); i++) {
		datagram.dst = to[i];
		assert_int_equal(craft_send(side, &datagram), 0);
	}
	trap_counted(side, "OUTPUT -f", 0);
	trap_counted(side, "OUTPUT -j SUB", COUNT(to));
	trap_same(side);
}

/* Fragments that hold less than a header: iptables drops or lets pass. */
static void odd_pieces_through(void **state)
{
	static const struct craft pieces[] = {
		{ .proto = 6, .offset = 8, .payload = 40 },
		{ .proto = 6, .offset = 16, .payload = 40 },
		{ .proto = 6, .offset = 24, .payload = 40, .more = true },
		{ .proto = 17, .offset = 8, .payload = 40 },
		{ .proto = 17, .offset = 65528, .payload = 7 },
	};
	struct side *side = trap_side(state);
	struct craft craft;
	struct frame frame;
	size_t i, cut;

	trap_restore(side, rules);
	for (i = 0; i < COUNT(pieces); i++) {
		craft = pieces[i];
		craft.src = CLIENT_ADDR;
		craft.dst = SERVER_ADDR;
		assert_int_equal(craft_send(side, &craft), 0);
	}
	for (cut = 0; cut <= 24; cut += 8) {
		craft_make(&(struct craft){ .proto = 6, .src = CLIENT_ADDR,
			.dst = SERVER_ADDR, .more = true }, &frame);
		craft_ip(&frame)[2] = 0;
		craft_ip(&frame)[3] = 20 + cut;
		craft_fix(&frame);
		frame.len = 14 + 20 + cut;
		assert_int_equal(side_send(side, &frame, 1), 0);
	}
	trap_same(side);
}

/*
 * A TCP packet of 3,000 bytes with a virtio header, as GRO or a virtual card
 * would make it: one packet to iptables.
 */
static ssize_t send_glued(struct side *side, int which, uint32_t dst,
			  uint16_t segment)
{
	struct virtio_net_hdr head = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = 54,
		.gso_size = segment,
		.csum_start = 34,
		.csum_offset = 16,
	};
	struct craft craft = { .proto = 6, .src = CLIENT_ADDR, .dst = dst,
			       .dont = true };
	uint8_t data[3054] = { 0 };
	struct iovec iov[2] = { { &head, sizeof(head) },
				{ data, sizeof(data) } };
	struct frame frame;
	const int on = 1;
	ssize_t sent;
	int fd;

	craft_make(&craft, &frame);
	craft_ip(&frame)[2] = 3040 >> 8;
	craft_ip(&frame)[3] = 3040 & 255;
	craft_fix(&frame);
	frame.data[14 + 20 + 13] = 0x10;
	memcpy(data, frame.data, 54);
	fd = topo_packet(&side->topo[which].end[END_CLIENT], "c0", 0);
	setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on));
	sent = writev(fd, iov, 2);
	close(fd);
	return sent;
}

static void glued_packets_count_once(void **state)
{
	struct side *side = trap_side(state);
	unsigned int out[NR_SIDES];
	int i;

	trap_restore(side, trap_rules);
	for (i = 0; i < NR_SIDES; i++) {
		testns_offloads(&side->topo[i].end[END_CLIENT], "c0", 1);
		assert_true(send_glued(side, i, SERVER_ADDR, 1000) > 0);
		assert_true(send_glued(side, i, TOPO_ADDR0, 1000) > 0);
		out[i] = side_arrived(side, i, PLACE_SERVER);
	}
	trap_counted(side, "FORWARD -i eth0", 1);
	trap_counted(side, "INPUT -i eth0", 1);
	trap_same(side);
	assert_int_equal(out[SIDE_IPTABLES], out[SIDE_PRODUCT]);
}

/* Its segments, not itself, must fit the other device: else it is too big. */
static void glued_packets_too_big(void **state)
{
	struct side *side = trap_side(state);
	int i;

	trap_restore(side, trap_rules);
	for (i = 0; i < NR_SIDES; i++) {
		testns_offloads(&side->topo[i].end[END_CLIENT], "c0", 1);
		assert_true(send_glued(side, i, SERVER_ADDR, 1360) > 0);
		assert_true(send_glued(side, i, SERVER_ADDR, 1361) > 0);
		side_arrived(side, i, PLACE_SERVER);
	}
	trap_counted(side, "FORWARD -i eth0", 1);
	trap_counted(side, "OUTPUT -p icmp", 1);
	trap_same(side);
}

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* Three datagrams handed over as one go through lo as one. */
static int send_segments(void *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(TOPO_ADDR0) };
	int size = 1000, ret, fd = socket(AF_INET, SOCK_DGRAM, 0);
	char data[3000] = { 0 };

	(void)arg;
	ret = setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
	if (!ret)
		ret = sendto(fd, data, sizeof(data), 0,
			     (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return ret;
}

static void glued_datagrams_of_our_own(void **state)
{
	struct side *side = trap_side(state);
	int i;

	trap_restore(side, trap_rules);
	for (i = 0; i < NR_SIDES; i++) {
		assert_int_equal(testns_call(&side->topo[i].firewall,
					     send_segments, NULL), 3000);
		side_arrived(side, i, PLACE_LOCAL);
	}
	assert_true(side_count(side, SIDE_IPTABLES, "OUTPUT -o lo") >= 2);
	trap_same(side);
}

/* Only so many rules that a first fragment has met are remembered; those behind
 * them count the packet, but not the bytes of its later fragments. */
static void many_rules_met(void **state)
{
	struct side *side = trap_side(state);
	struct craft datagram = { .dst = TOPO_ADDR0, .id = 100 };
	char text[4096];
	size_t len;
	int i;

	len = snprintf(text, sizeof(text), "*filter\n:INPUT ACCEPT [0:0]\n"
					   ":OUTPUT DROP [0:0]\n");
	for (i = 0; i < 24; i++)
		len += snprintf(text + len, sizeof(text) - len,
				"-A INPUT -p udp -m ttl --ttl-gt %d\n", i);
	snprintf(text + len, sizeof(text) - len, "COMMIT\n");
	trap_restore(side, text);
	send_pieces(side, &datagram, "012");
	trap_counted(side, "INPUT -p udp -m ttl --ttl-gt 23", 1);
	side->rest.rest = (PIECES - 1) * PIECE;
	trap_same(side);
	assert_true(side->rest.lacking <= 25 - 16);
	printf("# differs: %d of 25 counters lack the bytes of later fragments"
	       "\n", (int)side->rest.lacking);
}

/* A datagram from us that is dropped: the stack makes only its first fragment.
 */
static void dropped_from_the_firewall(void **state)
{
	struct side *side = trap_side(state);
	struct craft datagram = { .way = WAY_DATAGRAM, .dst = CLIENT_ADDR,
				  .payload = 1480 - 8 + 520, .dport = 7 };

	trap_restore(side, rules);
	assert_int_equal(craft_send(side, &datagram), 0);
	trap_counted(side, "OUTPUT -p udp -m udp --dport 7", 1);
	side->rest.rest = 520;
	trap_same(side);
}

/* --- Where the product is not like iptables ----------------------------- */

static void first_too_short(struct side *side)
{
	struct craft craft = { .proto = 6, .src = CLIENT_ADDR, .id = 300,
			       .dst = TOPO_ADDR0, .more = true };
	struct frame frame;
	int which;

	craft_make(&craft, &frame);
	craft_ip(&frame)[2] = 0;
	craft_ip(&frame)[3] = 28;
	craft_fix(&frame);
	frame.len = 14 + 28;
	for (which = 0; which < NR_SIDES; which++)
		wire_send(&side->topo[which], &frame, 1);
	craft.more = false;
	craft.offset = 8;
	craft_make(&craft, &frame);
	for (which = 0; which < NR_SIDES; which++)
		wire_send(&side->topo[which], &frame, 1);
}

static void overwriting(struct side *side)
{
	struct craft craft = { .proto = 6, .src = CLIENT_ADDR, .id = 301,
			       .dst = TOPO_ADDR0, .more = true };
	struct frame frame;
	int which;

	craft_make(&craft, &frame);
	for (which = 0; which < NR_SIDES; which++)
		wire_send(&side->topo[which], &frame, 1);
	craft.offset = 16;
	craft.payload = 80;
	craft.more = false;
	craft_make(&craft, &frame);
	for (which = 0; which < NR_SIDES; which++)
		wire_send(&side->topo[which], &frame, 1);
}

static void whole_datagram(struct side *side)
{
	struct craft datagram = { .dst = TOPO_ADDR0, .id = 302 };
	struct frame frame;
	int which, piece;

	for (piece = 0; piece < PIECES; piece++) {
		make_piece(&datagram, piece, &frame);
		for (which = 0; which < NR_SIDES; which++)
			wire_send(&side->topo[which], &frame, 1);
	}
}

static void first_alone(struct side *side)
{
	struct craft datagram = { .dst = TOPO_ADDR0, .id = 303 };
	struct frame frame;
	int which;

	make_piece(&datagram, 0, &frame);
	for (which = 0; which < NR_SIDES; which++)
		wire_send(&side->topo[which], &frame, 1);
}

static const char with_length[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -m length --length 2000:3000 -j DROP\n"
	"-A INPUT -i eth0\n"
	"COMMIT\n";

/*
 * Arrivals are what the firewall's own sockets see; counts are those of the
 * INPUT rule in `line`.
 */
static const struct {
	const char *what;
	const char *why;
	const char *rules;
	void (*send)(struct side *side);
	const char *line;
	unsigned int arrivals[NR_SIDES];
	int64_t counts[NR_SIDES];
} differences[] = {
	{ "a first fragment without its whole header is dropped",
	  "ports and flags must be known when it is judged", rules,
	  first_too_short, "INPUT -j SUB", { 1, 0 }, { 1, 0 } },
	{ "a fragment over a header that was judged is dropped after its first"
	  " counted",
	  "the stack discards such datagrams whole, before INPUT", rules,
	  overwriting, "INPUT -j SUB", { 0, 0 }, { 0, 1 } },
	{ "fragments are dropped where a rule tests the length",
	  "the datagram's length is not known before its last", with_length,
	  whole_datagram, "INPUT -i eth0", { 1, 0 }, { 1, 0 } },
	{ "a first fragment counts though the others never come",
	  "it is judged when it comes", rules, first_alone, "INPUT -j SUB",
	  { 0, 0 }, { 0, 1 } },
};

static bool difference_is_as_said(struct side *side, size_t i)
{
	unsigned int arrivals;
	int64_t count;
	bool well = true;
	int which;

	printf("# differs: %s: %s\n", differences[i].what, differences[i].why);
	trap_restore(side, differences[i].rules);
	differences[i].send(side);
	for (which = 0; which < NR_SIDES; which++) {
		arrivals = side_arrived(side, which, PLACE_LOCAL);
		count = side_count(side, which, differences[i].line);
		if (arrivals == differences[i].arrivals[which] &&
		    count == differences[i].counts[which])
			continue;
		printf("%s: %u arrived, %d counted\n",
		       which ? "bpfipt" : "iptables", arrivals, (int)count);
		well = false;
	}
	return well;
}

static void differences_are_as_said(void **state)
{
	struct side *side = trap_side(state);
	unsigned int failed = 0;
	size_t i;

	for (i = 0; i < COUNT(differences); i++)
		failed += !difference_is_as_said(side, i);
	assert_int_equal(failed, 0);
}

#define T(test) TRAP_TEST(test, &trap)

int main(void)
{
	static struct trap trap;
	const struct CMUnitTest tests[] = {
		T(to_the_firewall),
		T(numbers_are_used_again),
		T(mixed_datagrams),
		T(through_the_firewall),
		T(from_the_firewall),
		T(odd_pieces_through),
		T(many_rules_met),
		T(dropped_from_the_firewall),
		T(glued_packets_count_once),
		T(glued_packets_too_big),
		T(glued_datagrams_of_our_own),
		T(differences_are_as_said),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	trap.missing = testns_guard(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
