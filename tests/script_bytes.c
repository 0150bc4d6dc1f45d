// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes of a script's packet. In: what its words say. Out: an IP packet whose
 * checksums are right unless they shall not be, cut or made a fragment last.
 * Never fills in anything that is different in another run.
 */
#include "script_packet.h"

#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#define IP_HEADER 20
#define V(packet, name) ((packet)->value[SCRIPT_##name])

/* A transport header and payload in the making. */
struct segment {
	uint8_t data[SCRIPT_BYTES];
	size_t len;
	size_t sum_at;		/* of the checksum; 0: none */
	size_t covered;		/* bytes that it covers; 0: all */
	bool pseudo;
};

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = value >> 8 & 0xff;
	at[1] = value & 0xff;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t or_else(uint32_t value, uint32_t otherwise)
{
	return value == SCRIPT_UNSET ? otherwise : value;
}

static void add(struct segment *s, const uint8_t *data, size_t len)
{
	memcpy(s->data + s->len, data, len);
	s->len += len;
}

static void add_payload(struct segment *s, const struct script_packet *packet)
{
	memset(s->data + s->len, V(packet, FILL), V(packet, LEN));
	s->len += V(packet, LEN);
}

static void build_tcp(struct segment *s, const struct script_packet *packet)
{
	uint32_t doff = 5 + packet->nr_extra / 4;

	put32(s->data + 4, V(packet, SEQ));
	put32(s->data + 8, V(packet, ACK));
	s->data[12] = or_else(V(packet, DOFF), doff) << 4;
	s->data[13] = V(packet, FLAGS);
	put16(s->data + 14, V(packet, WIN));
	s->len = 20;
	add(s, packet->extra, packet->nr_extra);
	add_payload(s, packet);
	s->sum_at = 16;
	s->pseudo = true;
}

static void build_udp(struct segment *s, const struct script_packet *packet)
{
	s->len = 8;
	add_payload(s, packet);
	put16(s->data + 4, or_else(V(packet, ULEN), s->len));
	s->sum_at = 6;
	s->pseudo = true;
}

/* ulen is the bytes that the checksum covers, 0 being all of them. */
static void build_udplite(struct segment *s, const struct script_packet *packet)
{
	build_udp(s, packet);
	if (V(packet, ULEN) < s->len)
		s->covered = V(packet, ULEN);
}

static void build_icmp(struct segment *s, const struct script_packet *packet)
{
	s->data[0] = V(packet, TYPE);
	s->data[1] = V(packet, CODE);
	if (packet->nr_quoted || V(packet, REST) != SCRIPT_UNSET)
		put32(s->data + 4, or_else(V(packet, REST), 0));
	else
		put16(s->data + 4, V(packet, ID));
	s->len = 8;
	add(s, packet->quoted, packet->nr_quoted);
	add_payload(s, packet);
	s->sum_at = 2;
}

static void build_sctp(struct segment *s, const struct script_packet *packet)
{
	put32(s->data + 4, V(packet, VTAG));
	s->len = 12;
	add(s, packet->extra, packet->nr_extra);
	if (V(packet, CHUNK) != SCRIPT_UNSET)
		put16(s->data + 14, V(packet, CHUNK));
}

/* Version 1 has a call's number, version 0 a key where one is said. */
static void build_gre(struct segment *s, const struct script_packet *packet)
{
	uint32_t key = V(packet, KEY);

	memset(s->data, 0, 8);
	s->len = V(packet, TYPE) == 1 || key != SCRIPT_UNSET ? 8 : 4;
	if (s->len == 8)
		s->data[0] = 0x20;
	s->data[1] = V(packet, TYPE);
	if (V(packet, TYPE) == 1) {
		put16(s->data + 2, 0x880b);
		put16(s->data + 4, V(packet, LEN));
		put16(s->data + 6, or_else(key, 0));
	} else {
		put16(s->data + 2, ETHERTYPE_IP);
		put32(s->data + 4, or_else(key, 0));
	}
	add_payload(s, packet);
}

/* With long sequence numbers, as connections mostly have. */
static void build_dccp(struct segment *s, const struct script_packet *packet)
{
	s->data[4] = 6;
	s->data[8] = V(packet, TYPE) << 1 | 1;
	put32(s->data + 12, V(packet, SEQ));
	put32(s->data + 20, V(packet, ACK));
	s->len = 24;
	s->sum_at = 6;
	s->pseudo = true;
	add_payload(s, packet);
}

static void build_other(struct segment *s, const struct script_packet *packet)
{
	s->len = 0;
	add_payload(s, packet);
}

static const struct {
	uint8_t proto;
	bool ports;
	void (*build)(struct segment *s, const struct script_packet *packet);
} builders[] = {
	{ IPPROTO_TCP, true, build_tcp },
	{ IPPROTO_UDP, true, build_udp },
	{ IPPROTO_UDPLITE, true, build_udplite },
	{ IPPROTO_ICMP, false, build_icmp },
	{ IPPROTO_SCTP, true, build_sctp },
	{ IPPROTO_GRE, false, build_gre },
	{ IPPROTO_DCCP, true, build_dccp },
	{ 0, false, build_other },
};

static uint32_t crc32c(const uint8_t *data, size_t len)
{
	uint32_t sum = ~0u;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		sum ^= data[i];
		for (bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78u : 0);
	}
	return ~sum;
}

/* SCTP's lies there in the order of a little-endian machine. */
static void sum_sctp(struct segment *s, const struct script_packet *packet)
{
	uint32_t sum;

	if (s->len < 12)
		return;
	sum = crc32c(s->data, s->len);
	if (V(packet, SUM) == SCRIPT_SUM_BAD)
		sum ^= 0x100;
	if (V(packet, SUM) != SCRIPT_SUM_NONE)
		put32(s->data + 8, __builtin_bswap32(sum));
}

static uint16_t sum_internet(const struct segment *s,
			     const struct script_packet *packet)
{
	size_t covered = s->covered ? s->covered : s->len;
	uint8_t data[12 + SCRIPT_BYTES];

	if (!s->pseudo)
		return wire_checksum(s->data, covered);
	put32(data, packet->src);
	put32(data + 4, packet->dst);
	put16(data + 8, or_else(V(packet, SUMPROTO), V(packet, PROTO)));
	put16(data + 10, s->len);
	memcpy(data + 12, s->data, covered);
	return wire_checksum(data, 12 + covered);
}

static void put_sum(struct segment *s, const struct script_packet *packet)
{
	uint16_t sum;

	if (V(packet, PROTO) == IPPROTO_SCTP)
		sum_sctp(s, packet);
	if (!s->sum_at || s->sum_at + 2 > s->len ||
	    V(packet, SUM) == SCRIPT_SUM_NONE)
		return;
	sum = sum_internet(s, packet);
	if (V(packet, SUM) == SCRIPT_SUM_BAD)
		sum ^= 0x100;
	put16(s->data + s->sum_at, sum);
}

static void build(struct segment *s, const struct script_packet *packet)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; builders[i].proto; i++)
		if (builders[i].proto == V(packet, PROTO))
			break;
	if (builders[i].ports) {
		put16(s->data, V(packet, SPORT));
		put16(s->data + 2, V(packet, DPORT));
	}
	builders[i].build(s, packet);
	if (V(packet, CUT) < s->len)
		s->len = V(packet, CUT);
	put_sum(s, packet);
}

/* Which bytes of the segment the packet holds, and its fragment field. */
static uint16_t cut_out(const struct script_packet *packet, size_t len,
			size_t *from, size_t *to)
{
	*from = 0;
	*to = len;
	if (!script_packet_piece(packet))
		return 0;
	*from = V(packet, FROM) < len ? V(packet, FROM) : len;
	*to = V(packet, TO) < len ? V(packet, TO) : len;
	return *from / 8 | (*to < len ? 0x2000 : 0);
}

size_t script_packet_bytes(const struct script_packet *packet, uint8_t *ip)
{
	struct segment s;
	uint16_t fragment;
	size_t from, to;

	build(&s, packet);
	fragment = cut_out(packet, s.len, &from, &to);
	memset(ip, 0, IP_HEADER);
	ip[0] = 0x45;
	ip[1] = V(packet, TOS);
	put16(ip + 2, IP_HEADER + to - from);
	put16(ip + 4, V(packet, IPID));
	put16(ip + 6, fragment | V(packet, DF));
	ip[8] = V(packet, TTL);
	ip[9] = V(packet, PROTO);
	put32(ip + 12, packet->src);
	put32(ip + 16, packet->dst);
	put16(ip + 10, wire_checksum(ip, IP_HEADER));
	memcpy(ip + IP_HEADER, s.data + from, to - from);
	return IP_HEADER + to - from;
}

void script_packet_frame(const struct script_packet *packet,
			 const struct script_place *place,
			 struct frame *frame)
{
	static const enum side_way ways[NR_SCRIPT_ENDS] = {
		WAY_CLIENT, WAY_SERVER, WAY_OUTPUT,
	};
	size_t head;

	memset(frame, 0, sizeof(*frame));
	frame->way = ways[place->end[packet->back]];
	frame->note = "of a script";
	head = way_head(frame->way);
	if (head) {
		memcpy(frame->data, topo_mac_near[frame->way], 6);
		memcpy(frame->data + 6, topo_mac_far[frame->way], 6);
		put16(frame->data + 12, ETHERTYPE_IP);
	}
	frame->len = head + script_packet_bytes(packet, frame->data + head);
}
