/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A generated packet as bytes and as text. Goes in: the description; comes out:
 * an IPv4 packet with right checksums, or one line for a person. It never looks
 * at rules.
 */
#include "gen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* A transport header: at most what TCP has with all options. */
struct transport {
	uint8_t bytes[60];
	uint32_t len;
	uint32_t checksum;	/* offset, 0: none */
	bool pseudo;		/* the checksum covers a pseudo header */
};

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t sum(const uint8_t *at, size_t len, uint32_t start)
{
	size_t i;

	for (i = 0; i < len; i++)
		start += i & 1 ? at[i] : (uint32_t)at[i] << 8;
	return start;
}

static uint16_t fold(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	return (uint16_t)~value;
}

static void build_tcp(const struct gen_packet *packet, struct transport *header)
{
	uint8_t doff = packet->tcp_doff ? packet->tcp_doff :
		5 + packet->nr_tcp_options / 4;

	put32(header->bytes + 4, 1000);
	put32(header->bytes + 8, packet->tcp_flags & 0x10 ? 2000 : 0);
	header->bytes[12] = (uint8_t)(doff << 4);
	header->bytes[13] = packet->tcp_flags;
	put16(header->bytes + 14, 8192);
	memcpy(header->bytes + 20, packet->tcp_options, packet->nr_tcp_options);
	header->len = 20u + packet->nr_tcp_options;
	header->checksum = 16;
	header->pseudo = true;
}

static void build_udp(const struct gen_packet *packet, struct transport *header)
{
	uint32_t len = packet->length - 20 - packet->nr_ip_options;

	/* UDP-Lite's coverage 0 is the whole packet, as a length that fits. */
	put16(header->bytes + 4, packet->proto == IPPROTO_UDPLITE ? 0 : len);
	header->len = 8;
	header->checksum = 6;
	header->pseudo = true;
}

static void build_icmp(const struct gen_packet *packet,
		       struct transport *header)
{
	header->bytes[0] = packet->icmp_type;
	header->bytes[1] = packet->icmp_code;
	header->len = 8;
	header->checksum = 2;
}

/* SCTP and DCCP: ports, and the rest zero. DCCP wants a sane data offset. */
static void build_other(const struct gen_packet *packet,
			struct transport *header)
{
	if (packet->proto == IPPROTO_DCCP) {
		header->bytes[4] = 3;
		header->checksum = 6;
		header->pseudo = true;
	}
	header->len = 12;
}

static void build_transport(const struct gen_packet *packet,
			    struct transport *header)
{
	memset(header, 0, sizeof(*header));
	if (packet->proto != IPPROTO_ICMP) {
		put16(header->bytes, packet->sport);
		put16(header->bytes + 2, packet->dport);
	}
	switch (packet->proto) {
	case IPPROTO_TCP:
		build_tcp(packet, header);
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		build_udp(packet, header);
		break;
	case IPPROTO_ICMP:
		build_icmp(packet, header);
		break;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		build_other(packet, header);
		break;
	}
}

static void put_ip(const struct gen_packet *packet, uint8_t *buf, uint32_t ihl)
{
	buf[0] = (uint8_t)(0x40 | ihl / 4);
	buf[1] = packet->tos;
	put16(buf + 2, packet->length > 65535 ? 0 : packet->length);
	put16(buf + 4, packet->id);
	put16(buf + 6, (uint32_t)packet->df << 14 | (uint32_t)packet->mf << 13 |
	      (packet->frag_offset & 0x1fff));
	buf[8] = packet->ttl;
	buf[9] = packet->proto;
	put32(buf + 12, packet->saddr);
	put32(buf + 16, packet->daddr);
	memset(buf + 20, 1, ihl - 20);	/* no-operation options */
	put16(buf + 10, fold(sum(buf, ihl, 0)));
}

/* Where the header is there as a whole, and not in a later fragment. */
static void put_checksum(const struct gen_packet *packet,
			 const struct transport *header, uint8_t *at,
			 uint32_t len)
{
	uint32_t start = 0;
	uint16_t check;

	if (!header->checksum || len < header->len || packet->frag_offset ||
	    packet->mf)
		return;
	if (header->pseudo) {
		start = (packet->saddr >> 16) + (packet->saddr & 0xffff) +
			(packet->daddr >> 16) + (packet->daddr & 0xffff) +
			packet->proto + len;
	}
	check = fold(sum(at, len, start));
	put16(at + header->checksum, check || packet->proto == IPPROTO_TCP ?
	      check : 0xffff);
}

size_t gen_packet_bytes(const struct gen_packet *packet, uint8_t *buf)
{
	uint32_t ihl = 20u + packet->nr_ip_options, len, i;
	uint32_t total = packet->length;
	struct transport header;

	if (total > GEN_BYTES)
		total = GEN_BYTES;
	put_ip(packet, buf, ihl);
	build_transport(packet, &header);
	len = total - ihl;
	for (i = 0; i < len; i++)
		buf[ihl + i] = i < header.len ? header.bytes[i] :
			(uint8_t)(0xa0 + i);
	put_checksum(packet, &header, buf + ihl, len);
	return total;
}

static void print_addr(const char *name, uint32_t addr, FILE *out)
{
	fprintf(out, " %s %u.%u.%u.%u", name, addr >> 24, addr >> 16 & 255,
		addr >> 8 & 255, addr & 255);
}

static void print_transport(const struct gen_packet *packet, FILE *out)
{
	unsigned int i;

	if (packet->proto == IPPROTO_ICMP)
		fprintf(out, " icmp %u/%u", packet->icmp_type,
			packet->icmp_code);
	else
		fprintf(out, " ports %u>%u", packet->sport, packet->dport);
	if (packet->proto != IPPROTO_TCP)
		return;
	fprintf(out, " flags 0x%02x doff %u options", packet->tcp_flags,
		packet->tcp_doff);
	for (i = 0; i < packet->nr_tcp_options; i++)
		fprintf(out, " %u", packet->tcp_options[i]);
}

static void print_flow(const struct gen_flow *flow, FILE *out)
{
	static const char *const states[NR_GEN_CT] = {
		[GEN_CT_INVALID] = "INVALID", [GEN_CT_NEW] = "NEW",
		[GEN_CT_ESTABLISHED] = "ESTABLISHED",
		[GEN_CT_RELATED] = "RELATED",
	};

	fprintf(out, " flow %s%s status 0x%x proto %u", states[flow->state],
		flow->reply ? " reply" : "", flow->status, flow->proto);
	print_addr("from", flow->saddr, out);
	print_addr("to", flow->daddr, out);
	fprintf(out, " ports %u>%u expires %u", flow->sport, flow->dport,
		flow->expires_s);
}

void gen_packet_print(const struct gen_packet *packet, FILE *out)
{
	static const char *const hooks[NR_HOOKS] = {
		"INPUT", "FORWARD", "OUTPUT",
	};

	fprintf(out, "%s '%s' > '%s'", hooks[packet->hook], packet->iif,
		packet->oif);
	print_addr("from", packet->saddr, out);
	print_addr("to", packet->daddr, out);
	fprintf(out, " proto %u", packet->proto);
	print_transport(packet, out);
	fprintf(out, " length %u ttl %u tos 0x%02x mark 0x%x pkttype %u",
		packet->length, packet->ttl, packet->tos, packet->mark,
		packet->pkttype);
	if (packet->has_mac)
		fprintf(out, " mac %02x:%02x:%02x:%02x:%02x:%02x",
			packet->mac[0], packet->mac[1], packet->mac[2],
			packet->mac[3], packet->mac[4], packet->mac[5]);
	if (packet->flow.state || packet->flow.proto)
		print_flow(&packet->flow, out);
	fprintf(out, " id %u offset %u%s%s ipopts %u\n", packet->id,
		packet->frag_offset, packet->mf ? " mf" : "",
		packet->df ? " df" : "", packet->nr_ip_options);
}
