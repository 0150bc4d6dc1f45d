/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of the generator put into frames for the topology, some of them then
 * spoilt in one of the ways that a stack must cope with. Goes in: a generator
 * with its ruleset; comes out: frames. Never knows what should become of them.
 */
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#include "side_packet.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static const uint32_t own[] = {
	TOPO_ADDR0, TOPO_ADDR1, TOPO_ADDR2, IP(172, 16, 0, 1),
};
static const uint32_t loops[] = {
	TOPO_ADDR0, TOPO_ADDR1, IP(172, 16, 0, 1), IP(127, 0, 0, 1),
	IP(127, 3, 2, 1),
};
static const uint32_t near[] = {
	IP(10, 1, 0, 2), IP(10, 1, 0, 77), IP(10, 3, 5, 6), IP(8, 8, 8, 8),
	IP(100, 64, 1, 9),
};
static const uint32_t far[] = {
	IP(10, 2, 0, 2), IP(10, 2, 7, 7), IP(172, 31, 0, 10),
	IP(198, 51, 100, 7),
};
static const uint32_t wan[] = {
	IP(10, 3, 0, 2), IP(192, 168, 0, 10), IP(192, 168, 1, 33),
};
static const uint32_t broadcasts0[] = {
	IP(10, 1, 0, 255), IP(255, 255, 255, 255),
};
static const uint32_t broadcasts1[] = {
	IP(10, 2, 0, 255), IP(255, 255, 255, 255),
};
static const uint32_t groups[] = { TOPO_GROUP, IP(224, 0, 0, 1) };
static const uint32_t many[] = {
	IP(10, 2, 0, 255), IP(255, 255, 255, 255), TOPO_GROUP,
	IP(239, 1, 1, 1),
};

static const uint32_t all[] = {
	TOPO_ADDR0, TOPO_ADDR1, IP(172, 16, 0, 1), IP(127, 0, 0, 1),
	IP(10, 1, 0, 2), IP(10, 1, 0, 77), IP(10, 3, 5, 6), IP(8, 8, 8, 8),
	IP(100, 64, 1, 9), IP(10, 2, 0, 2), IP(10, 2, 7, 7),
	IP(172, 31, 0, 10), IP(198, 51, 100, 7), TOPO_ADDR2,
	IP(10, 3, 0, 2), IP(192, 168, 0, 10), IP(192, 168, 1, 33),
	IP(10, 1, 0, 255), IP(255, 255, 255, 255), TOPO_GROUP,
};

static const char *const devices[] = { "eth0", "eth1", "lo", "wan0",
					   "ppp0" };

static const uint8_t macs[][6] = {
	{ 2, 0, 0, 0, 0x0c, 0 },
	{ 2, 0, 0, 0, 0x0c, 1 },
	{ 2, 0x11, 0x22, 0x33, 0x44, 0x55 },
	{ 0, 0, 0, 0, 0, 0 },
};

#define PATH(hook_, iif_, oif_, from, to, type) { \
	.hook = hook_, .iif = iif_, .oif = oif_, .saddrs = from, \
	.nr_saddrs = COUNT(from), .daddrs = to, .nr_daddrs = COUNT(to), \
	.pkttype = type }
#define MAC_PATH(iif_, oif_, from, to, mac_) { \
	.hook = HOOK_FORWARD, .iif = iif_, .oif = oif_, .saddrs = from, \
	.nr_saddrs = COUNT(from), .daddrs = to, .nr_daddrs = COUNT(to), \
	.mac = macs[mac_] }
#define IN_PATH(iif_, from, to, type, mac_) { \
	.hook = HOOK_INPUT, .iif = iif_, .oif = "", .saddrs = from, \
	.nr_saddrs = COUNT(from), .daddrs = to, .nr_daddrs = COUNT(to), \
	.pkttype = type, .mac = macs[mac_] }

static const struct gen_path paths[] = {
	IN_PATH("eth0", near, own, PACKET_HOST, 0),
	IN_PATH("eth1", far, own, PACKET_HOST, 1),
	IN_PATH("eth0", near, own, PACKET_HOST, 2),
	IN_PATH("eth0", far, own, PACKET_HOST, 0),
	IN_PATH("eth0", near, broadcasts0, PACKET_BROADCAST, 0),
	IN_PATH("eth1", far, broadcasts1, PACKET_BROADCAST, 1),
	IN_PATH("eth0", near, groups, PACKET_MULTICAST, 0),
	MAC_PATH("eth0", "eth1", near, far, 0),
	MAC_PATH("eth1", "eth0", far, near, 1),
	MAC_PATH("eth0", "eth1", near, far, 2),
	MAC_PATH("eth0", "eth0", near, near, 3),
	MAC_PATH("eth0", "wan0", near, wan, 0),
	PATH(HOOK_FORWARD, "wan0", "eth0", wan, near, PACKET_HOST),
	PATH(HOOK_FORWARD, "wan0", "eth1", wan, far, PACKET_HOST),
	PATH(HOOK_INPUT, "wan0", "", wan, own, PACKET_HOST),
	PATH(HOOK_OUTPUT, "", "wan0", own, wan, PACKET_OUTGOING),
	PATH(HOOK_OUTPUT, "", "eth0", own, near, PACKET_OUTGOING),
	PATH(HOOK_OUTPUT, "", "eth1", all, far, PACKET_OUTGOING),
	PATH(HOOK_OUTPUT, "", "eth1", own, many, PACKET_OUTGOING),
	PATH(HOOK_OUTPUT, "", "lo", loops, loops, PACKET_OUTGOING),
};

/* No timeout ends within some seconds of these. */
static const uint32_t seconds[] = {
	6, 20, 45, 90, 150, 250, 400, 1000, 500000, 0x7fffffff,
};

const struct gen_universe packets_universe = {
	.nr_devices = COUNT(devices),
	.devices = devices,
	.nr_addrs = COUNT(all),
	.addrs = all,
	.nr_macs = COUNT(macs),
	.macs = macs,
	.nr_paths = COUNT(paths),
	.paths = paths,
	.nr_seconds = COUNT(seconds),
	.seconds = seconds,
};

const char *const flaw_name[NR_FLAWS] = {
	[FLAW_NONE] = "none",
	[FLAW_CHECKSUM] = "checksum",
	[FLAW_VERSION] = "version",
	[FLAW_HEADER_SHORT] = "header-short",
	[FLAW_HEADER_LONG] = "header-long",
	[FLAW_TOTAL_LONG] = "total-long",
	[FLAW_TOTAL_SHORT] = "total-short",
	[FLAW_TRUNCATED] = "truncated",
	[FLAW_PADDED] = "padded",
	[FLAW_TTL0] = "ttl-0",
	[FLAW_TTL1] = "ttl-1",
	[FLAW_NOWHERE] = "nowhere",
	[FLAW_TO_LOOPBACK] = "to-loopback",
	[FLAW_TO_ZERO] = "to-zero",
	[FLAW_TO_RESERVED] = "to-reserved",
	[FLAW_FROM_LOOPBACK] = "from-loopback",
	[FLAW_FROM_MULTICAST] = "from-multicast",
	[FLAW_FROM_BROADCAST] = "from-broadcast",
	[FLAW_FROM_ZERO] = "from-zero",
	[FLAW_FROM_SELF] = "from-self",
	[FLAW_MAC_OTHER] = "mac-other",
	[FLAW_MAC_BROADCAST] = "mac-broadcast",
	[FLAW_MAC_MULTICAST] = "mac-multicast",
	[FLAW_UNJOINED] = "unjoined",
	[FLAW_VLAN0] = "vlan-0",
	[FLAW_VLAN5] = "vlan-5",
	[FLAW_ROUTER_ALERT] = "router-alert",
	[FLAW_RECORD_ROUTE] = "record-route",
	[FLAW_TIMESTAMP] = "timestamp",
	[FLAW_LOOSE_ROUTE] = "loose-route",
	[FLAW_STRICT_ROUTE] = "strict-route",
	[FLAW_BAD_OPTION] = "bad-option",
	[FLAW_TOO_BIG] = "too-big",
};

/* splitmix64 */
uint32_t packets_random(struct packets *packets, uint32_t n)
{
	uint64_t z = packets->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	z ^= z >> 31;
	return (z >> 32) * n >> 32;
}

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

static void fix_checksum(uint8_t *ip, size_t len)
{
	size_t head = (ip[0] & 15) * 4;

	if (head > len)
		return;
	put16(ip + 10, 0);
	put16(ip + 10, wire_checksum(ip, head));
}

/*
 * Flaws as writes into the IP header: `size` bytes of `value` at `at`, then a
 * right checksum if `fix`.
 */
static const struct {
	uint32_t value;
	uint8_t size;
	uint8_t at;
	uint8_t fix;
} writes[NR_FLAWS] = {
	[FLAW_VERSION] = { 0x65, 1, 0, 1 },
	[FLAW_HEADER_SHORT] = { 0x44, 1, 0, 1 },
	[FLAW_HEADER_LONG] = { 0x4f, 1, 0, 1 },
	[FLAW_TOTAL_LONG] = { 1600, 2, 2, 1 },
	[FLAW_TOTAL_SHORT] = { 19, 2, 2, 1 },
	[FLAW_TTL0] = { 0, 1, 8, 1 },
	[FLAW_TTL1] = { 1, 1, 8, 1 },
	[FLAW_NOWHERE] = { TOPO_NOWHERE + 7, 4, 16, 1 },
	[FLAW_TO_LOOPBACK] = { IP(127, 0, 0, 1), 4, 16, 1 },
	[FLAW_TO_ZERO] = { 0, 4, 16, 1 },
	[FLAW_TO_RESERVED] = { IP(240, 1, 2, 3), 4, 16, 1 },
	[FLAW_FROM_LOOPBACK] = { IP(127, 0, 0, 2), 4, 12, 1 },
	[FLAW_FROM_MULTICAST] = { IP(224, 0, 0, 5), 4, 12, 1 },
	[FLAW_FROM_BROADCAST] = { 0xffffffff, 4, 12, 1 },
	[FLAW_FROM_ZERO] = { 0, 4, 12, 1 },
	[FLAW_FROM_SELF] = { TOPO_ADDR1, 4, 12, 1 },
	[FLAW_UNJOINED] = { IP(239, 1, 1, 1), 4, 16, 1 },
};

static void write_flaw(enum flaw flaw, uint8_t *ip, size_t len)
{
	uint32_t value = writes[flaw].value;

	if (writes[flaw].size == 4)
		put32(ip + writes[flaw].at, value);
	else if (writes[flaw].size == 2)
		put16(ip + writes[flaw].at, value);
	else
		ip[writes[flaw].at] = value;
	if (writes[flaw].fix)
		fix_checksum(ip, len);
}

/* The IP options of the flaws that are about them; four or more bytes. */
static const struct {
	uint8_t len;
	uint8_t bytes[12];
} options[NR_FLAWS] = {
	[FLAW_ROUTER_ALERT] = { 4, { 148, 4, 0, 0 } },
	[FLAW_RECORD_ROUTE] = { 8, { 7, 7, 4, 0, 0, 0, 0, 0 } },
	[FLAW_TIMESTAMP] = { 12, { 68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0 } },
	[FLAW_LOOSE_ROUTE] = { 8, { 131, 7, 4, 10, 2, 0, 2, 0 } },
	[FLAW_STRICT_ROUTE] = { 8, { 137, 7, 4, 10, 2, 0, 2, 0 } },
	[FLAW_BAD_OPTION] = { 4, { 7, 9, 4, 0 } },
};

/* Puts an option between a header of 20 bytes and the rest. */
static size_t add_option(enum flaw flaw, uint8_t *ip, size_t len)
{
	size_t more = options[flaw].len;

	if (ip[0] != 0x45 || len + more > 1400)
		return len;
	memmove(ip + 20 + more, ip + 20, len - 20);
	memcpy(ip + 20, options[flaw].bytes, more);
	ip[0] += more / 4;
	put16(ip + 2, len + more);
	fix_checksum(ip, len + more);
	return len + more;
}

/* As long as the first device carries and the second does not. */
static size_t make_too_big(uint8_t *ip, size_t len)
{
	size_t want = TOPO_MTU1 + 40;

	if (len < want)
		memset(ip + len, 0x42, want - len);
	put16(ip + 2, want);
	put16(ip + 6, 0x4000);
	fix_checksum(ip, want);
	return want;
}

static size_t spoil_ip(struct packets *packets, enum flaw flaw, uint8_t *ip,
		       size_t len)
{
	size_t head = (ip[0] & 15) * 4, cut;

	if (options[flaw].len)
		return add_option(flaw, ip, len);
	if (writes[flaw].size)
		write_flaw(flaw, ip, len);
	if (flaw == FLAW_TOO_BIG)
		return make_too_big(ip, len);
	if (flaw == FLAW_CHECKSUM)
		ip[10] ^= 0x40;
	if (flaw == FLAW_TRUNCATED && len > head) {
		cut = head + packets_random(packets, len - head);
		put16(ip + 2, cut);
		fix_checksum(ip, len);
	}
	if (flaw == FLAW_PADDED && len <= 1400) {
		memset(ip + len, 0xee, 13);
		return len + 13;
	}
	return len;
}

/* The Ethernet header for a destination of this kind. */
static void link_header(struct frame *frame, const struct gen_packet *packet)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 9 };
	uint8_t *ether = frame->data;

	memcpy(ether, topo_mac_near[frame->way], 6);
	if (packet->pkttype == PACKET_BROADCAST)
		memset(ether, 0xff, 6);
	else if (packet->pkttype == PACKET_MULTICAST)
		memcpy(ether, group, 6);
	memcpy(ether + 6, topo_mac_far[frame->way], 6);
	if (packet->has_mac)
		memcpy(ether + 6, packet->mac, 6);
	put16(ether + 12, ETHERTYPE_IP);
}

static void spoil_link(enum flaw flaw, struct frame *frame)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 1, 1, 1 };
	uint8_t *ether = frame->data;

	if (flaw == FLAW_MAC_OTHER)
		ether[5] ^= 0x80;
	if (flaw == FLAW_MAC_BROADCAST)
		memset(ether, 0xff, 6);
	if (flaw == FLAW_MAC_MULTICAST || flaw == FLAW_UNJOINED)
		memcpy(ether, group, 6);
	if ((flaw == FLAW_VLAN0 || flaw == FLAW_VLAN5) && frame->len < 1400) {
		memmove(ether + 16, ether + 12, frame->len - 12);
		put16(ether + 12, ETHERTYPE_VLAN);
		put16(ether + 14, flaw == FLAW_VLAN5 ? 0xa005 : 0xa000);
		frame->len += 4;
	}
}

/*
 * A fragment at INPUT or OUTPUT is judged as part of a datagram: those have
 * their own part of the test, and no answer may become one. Identifier 0 would
 * be filled in at random.
 */
static void tame(const struct packets *packets, struct gen_packet *packet)
{
	uint32_t longest = packet->hook == HOOK_FORWARD ? 1500 : TOPO_MTU1;

	if (packet->hook != HOOK_FORWARD || packets->tracked) {
		packet->frag_offset = 0;
		packet->mf = false;
	}
	if (!packet->id)
		packet->id = 1;
	if (packet->length > longest)
		packet->length = longest;
	if (packet->hook == HOOK_OUTPUT && packet->ttl == 0)
		packet->ttl = 1;
}

static enum flaw draw_flaw(struct packets *packets, enum side_way way)
{
	if (way >= WAY_OUTPUT ||
	    packets_random(packets, 100) >= packets->percent_flawed)
		return FLAW_NONE;
	return packets_random(packets, NR_FLAWS);
}

static void count(struct packets *packets, const struct gen_packet *packet,
		  enum flaw flaw)
{
	struct gen_set set = gen_packet_features(packet);
	unsigned int i;

	packets->flaws[flaw]++;
	packets->hooks[packet->hook]++;
	packets->protocols[packet->proto]++;
	for (i = 0; i < NR_GEN_FEATURES; i++)
		packets->features[i] += gen_set_has(&set, i);
}

static enum side_way packet_way(const struct gen_packet *packet)
{
	if (packet->hook == HOOK_OUTPUT)
		return WAY_OUTPUT;
	if (!strcmp(packet->iif, "wan0"))
		return WAY_TUN;
	return strcmp(packet->iif, "eth1") ? WAY_CLIENT : WAY_SERVER;
}

/* From a packet to a frame on its way, well made. */
static void frame_make(const struct gen_packet *packet, struct frame *frame)
{
	size_t head;

	frame->mark = packet->mark;
	frame->note = flaw_name[FLAW_NONE];
	frame->joined = 0;
	frame->learns = 0;
	frame->way = packet_way(packet);
	head = way_head(frame->way);
	frame->len = head + gen_packet_bytes(packet, frame->data + head);
	if (head)
		link_header(frame, packet);
}

/* One fragment of the packet in `whole`: payload from `from` to `to`. */
static void cut_piece(const struct frame *whole, uint16_t from, uint16_t to,
		      struct frame *piece)
{
	size_t head = way_head(whole->way);
	uint16_t len = whole->len - head - 20;
	uint8_t *ip = piece->data + head;

	*piece = *whole;
	piece->note = "fragment of a datagram";
	memmove(ip + 20, ip + 20 + from, to - from);
	put16(ip + 2, 20 + to - from);
	put16(ip + 6, from / 8 | (to < len ? 0x2000 : 0));
	fix_checksum(ip, 20);
	piece->len = head + 20 + to - from;
}

static void swap_frames(struct frame *a, struct frame *b)
{
	struct frame keep = *a;

	*a = *b;
	*b = keep;
}

/* Any order that a network may make of them. */
static void shuffle(struct packets *packets, struct frame *frames,
		    unsigned int nr)
{
	unsigned int i;

	if (packets_random(packets, 2))
		return;
	for (i = nr - 1; i > 0; i--)
		swap_frames(&frames[i],
			    &frames[packets_random(packets, i + 1)]);
}

/*
 * A datagram to or through the firewall, cut so that the first piece holds any
 * header whole; or one from it that is longer than its device takes.
 */
static unsigned int datagram_make(struct packets *packets,
				  struct gen_packet *packet,
				  struct frame *frames)
{
	unsigned int pieces = 2 + packets_random(packets, PIECES_MAX - 1), i;
	uint16_t at = 64 + 8 * packets_random(packets, 40), to;
	struct frame whole;

	packets->datagrams++;
	packet->nr_ip_options = 0;
	packet->df = false;
	if (packet->ttl < 2)	/* an error would quote more if it is whole */
		packet->ttl = 2;
	packet->id = ++packets->id ? packets->id : ++packets->id;
	packet->length = 20 + at + DATAGRAM_REST;
	if (packet->hook == HOOK_OUTPUT)
		packet->length = DATAGRAM_REST + (strcmp(packet->oif, "eth1") ?
						  1500 : TOPO_MTU1 - 4);
	frame_make(packet, &whole);
	if (packet->hook == HOOK_OUTPUT) {
		frames[0] = whole;
		frames[0].way = WAY_DATAGRAM;
		return 1;
	}
	cut_piece(&whole, 0, at, &frames[0]);
	for (i = 1; i < pieces; i++, at = to) {
		to = at + 8 + 8 * packets_random(packets, 30);
		if (i + 1 == pieces)
			to = packet->length - 20;
		cut_piece(&whole, at, to, &frames[i]);
	}
	/* Through the firewall a later one without its first is dropped. */
	if (packet->hook != HOOK_FORWARD)
		shuffle(packets, frames, pieces);
	for (i = 1; i < pieces; i++)
		frames[i].joined = 1;
	frames[0].joined = 0;
	return pieces;
}

/* Whether a packet may be a datagram in fragments. A checksum is not checked of
 * those: SCTP's here is always wrong, as is UDP-Lite's to the kernel's tracker.
 */
static bool is_cut(const struct packets *packets,
		   const struct gen_packet *packet)
{
	if (!packets->tracked)
		return packet->hook != HOOK_FORWARD;
	return packet->proto != IPPROTO_SCTP &&
	       packet->proto != IPPROTO_UDPLITE;
}

unsigned int packets_make(struct packets *packets, struct frame *frame)
{
	struct gen_packet packet;
	enum flaw flaw;
	size_t head;

	gen_packet_draw(packets->gen, &packet);
	tame(packets, &packet);
	flaw = draw_flaw(packets, packet_way(&packet));
	count(packets, &packet, flaw);
	if (flaw == FLAW_NONE && is_cut(packets, &packet) &&
	    packets_random(packets, 100) < packets->percent_datagrams)
		return datagram_make(packets, &packet, frame);
	frame_make(&packet, frame);
	frame->note = flaw_name[flaw];
	head = way_head(frame->way);
	frame->len = head + spoil_ip(packets, flaw, frame->data + head,
				     frame->len - head);
	if (head)
		spoil_link(flaw, frame);
	return 1;
}

void packets_renumber(struct frame *frames, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		uint8_t *ip = frames[i].data + way_head(frames[i].way);

		if (frames[i].way >= WAY_OUTPUT || ip[0] != 0x45)
			continue;
		if (!(ip[6] & 0x3f) && !ip[7])
			continue;
		ip[4] += 0x11;
		fix_checksum(ip, 20);
	}
}
