/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes single UDP packets and fragments from a description, and reads single
 * counters and arrivals back. Goes in: what a test says of a packet; comes out:
 * a frame for the topology. It never fills in anything at random.
 */
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "side_craft.h"

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

uint8_t *craft_ip(struct frame *frame)
{
	size_t head = way_head(frame->way);

	if (head && frame->data[12] == 0x81 && frame->data[13] == 0)
		head += 4;
	return frame->data + head;
}

void craft_fix(struct frame *frame)
{
	uint8_t *ip = craft_ip(frame);

	put16(ip + 10, 0);
	put16(ip + 10, wire_checksum(ip, (ip[0] & 15) * 4));
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

void craft_seal(struct frame *frame)
{
	wire_seal(craft_ip(frame));
}

/* Options go in between; the generator writes only one kind. */
static size_t add_options(const struct craft *craft, uint8_t *ip, size_t len)
{
	size_t more = craft->nr_options;

	memmove(ip + 20 + more, ip + 20, len - 20);
	memcpy(ip + 20, craft->options, more);
	ip[0] += more / 4;
	put16(ip + 2, len + more);
	return len + more;
}

static size_t header_size(uint8_t proto)
{
	return proto == IPPROTO_TCP ? 20 : 8;
}

static size_t payload_size(const struct craft *craft)
{
	if (craft->bare)
		return 0;
	return craft->payload ? craft->payload : 32;
}

static size_t packet_make(const struct craft *craft, uint8_t *ip)
{
	struct gen_packet packet = {
		.saddr = craft->src,
		.daddr = craft->dst,
		.proto = craft->proto ? craft->proto : IPPROTO_UDP,
		.ttl = craft->ttl ? craft->ttl : 64,
		.id = craft->id ? craft->id : 1,
		.df = craft->dont,
		.mf = craft->more,
		.frag_offset = craft->offset / 8,
		.sport = craft->sport ? craft->sport : 1024,
		.dport = craft->dport ? craft->dport : 9,
		.tcp_flags = craft->flags ? craft->flags : 2,
		.nr_tcp_options = craft->nr_tcp_options,
		.icmp_type = craft->type,
		.icmp_code = craft->code,
	};

	if (craft->nr_tcp_options)
		memcpy(packet.tcp_options, craft->tcp_options,
		       craft->nr_tcp_options);
	packet.length = 20 + payload_size(craft);
	if (!craft->offset)
		packet.length += header_size(packet.proto) +
				 craft->nr_tcp_options;
	return gen_packet_bytes(&packet, ip);
}

/* What the generator leaves as it always is. */
static void fill_in(const struct craft *craft, struct frame *frame)
{
	uint8_t *l4 = craft_ip(frame) + 20;

	if (craft->proto == IPPROTO_TCP && craft->flags) {
		put32(l4 + 4, craft->seq);
		put32(l4 + 8, craft->ack);
		put16(l4 + 14, craft->window);
		craft_seal(frame);
	}
	if (craft->proto == IPPROTO_ICMP && craft->sport) {
		put16(l4 + 4, craft->sport);
		put16(l4 + 6, craft->dport);
		craft_seal(frame);
	}
}

void craft_make(const struct craft *craft, struct frame *frame)
{
	size_t head = way_head(craft->way);
	uint8_t *ip = frame->data + head;

	memset(frame, 0, sizeof(*frame));
	frame->way = craft->way;
	frame->note = "made by hand";
	if (head) {
		memcpy(frame->data, topo_mac_near[craft->way], 6);
		memcpy(frame->data + 6, topo_mac_far[craft->way], 6);
		put16(frame->data + 12, ETHERTYPE_IP);
	}
	frame->len = head + packet_make(craft, ip);
	if (!craft->offset && !craft->more)
		fill_in(craft, frame);
	if (craft->nr_options)
		frame->len = head + add_options(craft, ip, frame->len - head);
	craft_fix(frame);
}

void craft_error(const struct craft *error, const struct frame *about,
		 struct frame *frame)
{
	struct craft craft = *error;
	struct frame copy = *about;

	craft.proto = IPPROTO_ICMP;
	craft_make(&craft, frame);
	memcpy(craft_ip(frame) + 28, craft_ip(&copy), craft.payload);
	craft_seal(frame);
}

void craft_tag(struct frame *frame, uint16_t tci)
{
	memmove(frame->data + 16, frame->data + 12, frame->len - 12);
	put16(frame->data + 12, ETHERTYPE_VLAN);
	put16(frame->data + 14, tci);
	frame->len += 4;
}

unsigned int craft_send(struct side *side, const struct craft *craft)
{
	struct frame frame;

	craft_make(craft, &frame);
	return side_send(side, &frame, 1);
}

int64_t side_count(struct side *side, int which, const char *text)
{
	char *saved = tool_save(&side->tool[which],
				&side->topo[which].firewall);
	const char *at = saved;
	struct saved_line line;
	int64_t packets = -1;

	while (at && packets < 0 && saved_next(&at, &line))
		if (memmem(line.text, line.len, text, strlen(text)))
			packets = line.packets;
	free(saved);
	return packets;
}

unsigned int side_arrived(struct side *side, int which, enum side_place place)
{
	struct harvest harvest;
	unsigned int i, found = 0;

	wire_settle(&side->topo[which]);
	wire_collect(&side->topo[which], &harvest);
	for (i = 0; i < harvest.nr; i++)
		found += harvest.records[i].place == place;
	harvest_free(&harvest);
	return found;
}

unsigned int side_waiting(int fd)
{
	unsigned int found = 0;
	uint8_t data[256];

	while (recv(fd, data, sizeof(data), MSG_DONTWAIT | MSG_TRUNC) >= 0)
		found++;
	return found;
}
