/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes single UDP packets and fragments from a description, and reads single
 * counters and arrivals back. Goes in: what a test says of a packet; comes out:
 * a frame for the topology. It never fills in anything at random.
 */
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>

#include "side_craft.h"

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

uint8_t *craft_ip(struct frame *frame)
{
	size_t head = ETH_HLEN;

	if (frame->way >= WAY_OUTPUT)
		return frame->data;
	if (frame->data[12] == 0x81 && frame->data[13] == 0)
		head += 4;
	return frame->data + head;
}

void craft_fix(struct frame *frame)
{
	uint8_t *ip = craft_ip(frame);

	put16(ip + 10, 0);
	put16(ip + 10, wire_checksum(ip, (ip[0] & 15) * 4));
}

static size_t udp_make(const struct craft *craft, uint8_t *at)
{
	size_t payload = craft->payload ? craft->payload : 32;

	if (craft->offset) {
		memset(at, 0x55, payload);
		return payload;
	}
	put16(at, craft->sport ? craft->sport : 1024);
	put16(at + 2, craft->dport ? craft->dport : 9);
	put16(at + 4, 8 + payload);
	put16(at + 6, 0);
	memset(at + 8, 0x55, payload);
	return 8 + payload;
}

void craft_make(const struct craft *craft, struct frame *frame)
{
	size_t head = craft->way >= WAY_OUTPUT ? 0 : ETH_HLEN;
	size_t options = craft->nr_options, len;
	uint8_t *ip = frame->data + head;

	memset(frame, 0, sizeof(*frame));
	frame->way = craft->way;
	frame->note = "made by hand";
	if (head) {
		memcpy(frame->data, topo_mac_near[craft->way], 6);
		memcpy(frame->data + 6, topo_mac_far[craft->way], 6);
		put16(frame->data + 12, ETHERTYPE_IP);
	}
	if (options)
		memcpy(ip + 20, craft->options, options);
	len = 20 + options + udp_make(craft, ip + 20 + options);
	ip[0] = 0x45 + options / 4;
	put16(ip + 2, len);
	put16(ip + 4, craft->id ? craft->id : 1);
	put16(ip + 6, craft->offset / 8 | (craft->more ? 0x2000 : 0) |
		      (craft->dont ? 0x4000 : 0));
	ip[8] = craft->ttl ? craft->ttl : 64;
	ip[9] = 17;
	put32(ip + 12, craft->src);
	put32(ip + 16, craft->dst);
	frame->len = head + len;
	craft_fix(frame);
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
