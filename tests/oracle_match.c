/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's matches, one function each, in the order of tests that the
 * kernel has: where a header is cut off, the order decides. Goes in: a match
 * and the view of a packet; comes out: whether it matches, and hotdrop. It
 * never reads text.
 */
#include "oracle_int.h"

#include <linux/if_packet.h>
#include <string.h>

/* The packet's bytes at a place behind the IP header, if they are all there. */
static const uint8_t *transport(const struct oracle_view *view, size_t offset,
				size_t len)
{
	size_t at = view->thoff + offset;

	if (at + len > view->packet->len)
		return NULL;
	return view->packet->data + at;
}

/* A header that a match cannot do without. */
static const uint8_t *need(struct oracle_view *view, size_t len)
{
	const uint8_t *header = transport(view, 0, len);

	if (!header)
		view->hotdrop = true;
	return header;
}

static bool in_range(const struct oracle_range *range, uint32_t value)
{
	if (!range->set)
		return true;
	return (value >= range->lo && value <= range->hi) != range->invert;
}

static bool ports(const struct oracle_match *match, const uint8_t *header)
{
	uint32_t source = (uint32_t)header[0] << 8 | header[1];
	uint32_t dest = (uint32_t)header[2] << 8 | header[3];

	return in_range(&match->range[0], source) &&
		in_range(&match->range[1], dest);
}

/* The kernel takes a byte below 2 as an option of one byte, and an option's
 * length of 0 as 1. */
static bool find_option(const struct oracle_match *match,
			struct oracle_view *view, unsigned int len)
{
	const uint8_t *options;
	unsigned int i = 0;

	if (!len)
		return match->option_invert;
	options = transport(view, 20, len);
	if (!options) {
		view->hotdrop = true;
		return false;
	}
	while (i < len) {
		if (options[i] == match->option)
			return !match->option_invert;
		if (options[i] < 2 || i + 1 >= len || !options[i + 1])
			i++;
		else
			i += options[i + 1];
	}
	return match->option_invert;
}

bool oracle_match_tcp(const struct oracle_match *match,
		      struct oracle_view *view)
{
	const uint8_t *header;
	unsigned int doff;

	if (view->fragoff) {
		if (view->fragoff == 1)
			view->hotdrop = true;
		return false;
	}
	header = need(view, 20);
	if (!header || !ports(match, header))
		return false;
	if (((header[13] & match->flags_mask) == match->flags_value) ==
	    match->flags_invert)
		return false;
	if (!match->option)
		return true;
	doff = header[12] >> 4;
	if (doff < 5) {
		view->hotdrop = true;
		return false;
	}
	return find_option(match, view, 4 * doff - 20);
}

bool oracle_match_udp(const struct oracle_match *match,
		      struct oracle_view *view)
{
	const uint8_t *header;

	if (view->fragoff)
		return false;
	header = need(view, 8);
	return header && ports(match, header);
}

/* sctp and dccp. */
bool oracle_match_ports12(const struct oracle_match *match,
			  struct oracle_view *view)
{
	const uint8_t *header;

	if (view->fragoff)
		return false;
	header = need(view, 12);
	return header && ports(match, header);
}

/* range[0] is the type, range[1] the code; type 255 is any. */
bool oracle_match_icmp(const struct oracle_match *match,
		       struct oracle_view *view)
{
	const uint8_t *header;
	bool same;

	if (view->fragoff)
		return false;
	header = need(view, 8);
	if (!header)
		return false;
	same = match->range[0].lo == 255 ||
		(match->range[0].lo == header[0] &&
		 header[1] >= match->range[1].lo &&
		 header[1] <= match->range[1].hi);
	return same != match->invert;
}

bool oracle_match_multiport(const struct oracle_match *match,
			    struct oracle_view *view)
{
	const uint8_t *header;
	uint32_t port[2];
	unsigned int i, side;

	if (view->fragoff)
		return false;
	header = need(view, 4);
	if (!header)
		return false;
	port[0] = (uint32_t)header[0] << 8 | header[1];
	port[1] = (uint32_t)header[2] << 8 | header[3];
	for (i = 0; i < match->nr_slots; i++)
		for (side = 0; side < 2; side++) {
			if (match->which == ORACLE_SOURCE && side == 1)
				continue;
			if (match->which == ORACLE_DEST && side == 0)
				continue;
			if (port[side] >= match->slots[i].lo &&
			    port[side] <= match->slots[i].hi)
				return !match->invert;
		}
	return match->invert;
}

bool oracle_match_comment(const struct oracle_match *match,
			  struct oracle_view *view)
{
	(void)match;
	(void)view;
	return true;
}

bool oracle_match_iprange(const struct oracle_match *match,
			  struct oracle_view *view)
{
	return in_range(&match->range[0], view->saddr) &&
		in_range(&match->range[1], view->daddr);
}

bool oracle_match_length(const struct oracle_match *match,
			 struct oracle_view *view)
{
	return in_range(&match->range[0], view->total);
}

bool oracle_match_ttl(const struct oracle_match *match,
		      struct oracle_view *view)
{
	return in_range(&match->range[0], view->ttl);
}

/* dscp too: it is the upper 6 bits. */
bool oracle_match_tos(const struct oracle_match *match,
		      struct oracle_view *view)
{
	return ((view->tos & match->mask) == match->value) != match->invert;
}

bool oracle_match_mark(const struct oracle_match *match,
		       struct oracle_view *view)
{
	return ((view->packet->mark & match->mask) == match->value) !=
		match->invert;
}

/* Without an Ethernet header it matches nothing, negated or not. */
bool oracle_match_mac(const struct oracle_match *match,
		      struct oracle_view *view)
{
	const uint8_t *mac = view->packet->mac;

	return mac && (memcmp(mac, match->mac, 6) == 0) != match->invert;
}

bool oracle_match_pkttype(const struct oracle_match *match,
			  struct oracle_view *view)
{
	uint32_t type = view->packet->pkttype;

	if (type == PACKET_LOOPBACK)
		type = view->daddr >> 28 == 0xe ? PACKET_MULTICAST :
			PACKET_BROADCAST;
	return (type == match->value) != match->invert;
}
