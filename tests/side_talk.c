/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random conversations. Goes in: random numbers; comes out: the next frame of
 * one of several conversations, as planned, or twisted in a way in which
 * networks, hosts and attackers twist them. It plays all parts but the
 * firewall's own TCP servers, and never knows what becomes of a frame.
 */
#include <netinet/in.h>
#include <string.h>

#include "side_answer.h"
#include "side_craft.h"
#include "side_talk.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define TWISTED 22	/* percent of all frames */

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10

/*
 * Who sends what: 0 or 1, then S: SYN, Y: SYN and ACK, a: ACK, d: data,
 * k: data of one byte that was sent before, F: FIN, R: RST, r: RST and ACK.
 */
static const char *const plans[] = {
	"0S1Y0a0d1a1d0a0F1F0a",
	"0S1Y0a1d0a1F0a0d1a0F1a",
	"0S1Y0a0d0d1a0F1a1d0a1F0a",
	"0S1Y0a0d1d0R",
	"0S1Y0a0d1r",
	"0S1Y0a0F1F0a1a",
	"0S1r",
	"0S0S1Y1Y0a0d1a",
	"0S1S1Y0Y0a1a0d1a",
	"0S1Y0d1a0k1a0k1a",
	"0S1a0R0S1Y0a0d",
	"0d1d0a1a0F1F0a",
	"1d0d1a0a",
	"0S1Y0a0F1a1F0a0S1Y0a0d",
	"0S1Y0a1R0S1Y0a1d",
	"0S1Y1Y0a0d1d0d1d0d1d0d1d",
};

/* The same where the firewall's own TCP is [1]. */
static const char *const served_plans[] = {
	"0S0a0d0d0F0a",
	"0S0a0d0R",
	"0S0a0k0d0F0F",
	"0S0S0a0a0d",
	"0S0R0S0a0d",
	"0S0d0d0r",
};

/* MSS; MSS, window scale 7 and SACK; MSS and window scale 15 (too much). */
static const uint8_t scaled[] = { 2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 0, 0 };
static const uint8_t too_scaled[] = { 2, 4, 5, 0xb4, 3, 3, 15, 0 };

static const struct {
	uint8_t nr;
	const uint8_t *bytes;
} options[] = {
	{ 0, scaled },
	{ 4, scaled },
	{ sizeof(scaled), scaled },
	{ sizeof(too_scaled), too_scaled },
};

#define PAIR(way0, from, way1, to) \
	{ { way0, way1 }, { COUNT(from), COUNT(to) }, { from, to } }

static const uint32_t client[] = { CLIENT_ADDR, IP4(10, 1, 0, 77),
				   IP4(8, 8, 8, 8) };
static const uint32_t server[] = { SERVER_ADDR, IP4(198, 51, 100, 7) };
static const uint32_t wan[] = { IP4(10, 3, 0, 2), IP4(192, 168, 0, 10) };
static const uint32_t own0[] = { TOPO_ADDR0, IP4(172, 16, 0, 1) };
static const uint32_t own1[] = { TOPO_ADDR1, IP4(172, 16, 0, 1) };
static const uint32_t own2[] = { TOPO_ADDR2 };
static const uint32_t inner[] = { TOPO_ADDR0, IP4(127, 0, 0, 1) };

/* Who may talk with whom; [0] begins. Those of the firewall are its raw
 * sockets, beside what its stack answers by itself. */
static const struct {
	enum side_way way[2];
	unsigned int nr[2];
	const uint32_t *addrs[2];
} pairs[] = {
	PAIR(WAY_CLIENT, client, WAY_SERVER, server),
	PAIR(WAY_CLIENT, client, WAY_SERVER, server),
	PAIR(WAY_SERVER, server, WAY_CLIENT, client),
	PAIR(WAY_CLIENT, client, WAY_TUN, wan),
	PAIR(WAY_CLIENT, client, WAY_OUTPUT, own0),
	PAIR(WAY_SERVER, server, WAY_OUTPUT, own1),
	PAIR(WAY_TUN, wan, WAY_OUTPUT, own2),
	PAIR(WAY_OUTPUT, own0, WAY_CLIENT, client),
	PAIR(WAY_OUTPUT, own1, WAY_SERVER, server),
	PAIR(WAY_OUTPUT, inner, WAY_OUTPUT, inner),
};

static const char *const kind_name[NR_TALK_KINDS] = { "TCP", "UDP", "ICMP",
						      "other" };
static const char *const twist_name[NR_TWISTS] = {
	[TWIST_NONE] = "as planned",
	[TWIST_SEQ] = "sequence number off",
	[TWIST_ACK] = "acknowledgement off",
	[TWIST_FLAGS] = "other flags",
	[TWIST_WINDOW] = "window",
	[TWIST_CHECKSUM] = "bad checksum",
	[TWIST_LOST] = "lost",
	[TWIST_TWICE] = "twice",
	[TWIST_LATE] = "late",
	[TWIST_TTL] = "low TTL",
	[TWIST_RESET] = "reset",
	[TWIST_SYN] = "SYN in between",
	[TWIST_ERROR] = "ICMP error",
};

static uint32_t below(struct talks *talks, uint32_t n)
{
	return packets_random(talks->packets, n);
}

static bool percent(struct talks *talks, uint32_t n)
{
	return below(talks, 100) < n;
}

/* --- Beginning ---------------------------------------------------------- */

static void draw_pair(struct talks *talks, struct talk *talk)
{
	static const uint16_t ports[] = { 22, 53, 80, 443, 8080, 1024 };
	unsigned int pair = below(talks, COUNT(pairs));
	int i;

	for (i = 0; i < 2; i++) {
		talk->way[i] = pairs[pair].way[i];
		talk->addr[i] = pairs[pair].addrs[i][below(talks,
							   pairs[pair].nr[i])];
		talk->next[i] = below(talks, UINT32_MAX);
	}
	talk->port[0] = 1023 + below(talks, 4);
	talk->port[1] = ports[below(talks, COUNT(ports))];
}

static bool is_served(const struct talk *talk)
{
	int i;

	for (i = 0; i < NR_SERVERS; i++)
		if (talk->port[1] == answer_ports[i])
			return talk->way[0] < WAY_TUN &&
			       talk->way[1] == WAY_OUTPUT;
	return false;
}

static void begin_tcp(struct talks *talks, struct talk *talk)
{
	unsigned int set = below(talks, COUNT(options));

	talk->proto = IPPROTO_TCP;
	talk->nr_options = options[set].nr;
	talk->options = options[set].bytes;
	talk->served = is_served(talk);
	if (talk->served)
		talk->plan = served_plans[below(talks, COUNT(served_plans))];
	else
		talk->plan = plans[below(talks, COUNT(plans))];
	talk->steps = strlen(talk->plan) / 2;
	talks->served += talk->served;
}

static void begin_other(struct talks *talks, struct talk *talk)
{
	static const uint8_t queries[] = { 8, 8, 8, 13, 15, 17 };
	static const uint8_t protos[] = { 47, 50, 136, 253 };

	talk->steps = 2 + below(talks, 6);
	talk->proto = IPPROTO_UDP;
	if (talk->kind == TALK_ICMP) {
		talk->proto = IPPROTO_ICMP;
		talk->port[1] = queries[below(talks, sizeof(queries))];
	}
	if (talk->kind == TALK_OTHER)
		talk->proto = protos[below(talks, sizeof(protos))];
}

static void talk_begin(struct talks *talks, struct talk *talk)
{
	static const enum talk_kind kinds[] = {
		TALK_TCP, TALK_TCP, TALK_TCP, TALK_TCP, TALK_UDP, TALK_UDP,
		TALK_ICMP, TALK_OTHER,
	};

	memset(talk, 0, sizeof(*talk));
	talk->kind = kinds[below(talks, COUNT(kinds))];
	talks->kinds[talk->kind]++;
	draw_pair(talks, talk);
	if (talk->kind == TALK_TCP)
		begin_tcp(talks, talk);
	else
		begin_other(talks, talk);
}

void talks_begin(struct talks *talks, struct packets *packets)
{
	int i;

	talks->packets = packets;
	talks->nr_past = 0;
	for (i = 0; i < TALKS_AT_ONCE; i++)
		talk_begin(talks, &talks->talk[i]);
}

/* --- Steps -------------------------------------------------------------- */

static void craft_begin(const struct talk *talk, int who, struct craft *craft)
{
	memset(craft, 0, sizeof(*craft));
	craft->way = talk->way[who];
	craft->src = talk->addr[who];
	craft->dst = talk->addr[!who];
	craft->sport = talk->port[who];
	craft->dport = talk->port[!who];
	craft->proto = talk->proto;
}

static const struct {
	char what;
	uint8_t flags;
} letters[] = {
	{ 'S', SYN },	    { 'Y', SYN | ACK }, { 'a', ACK },
	{ 'd', PSH | ACK }, { 'k', PSH | ACK }, { 'F', FIN | ACK },
	{ 'R', RST },	    { 'r', RST | ACK },
};

static uint8_t flags_of(char what)
{
	size_t i = 0;

	while (letters[i].what != what)
		i++;
	return letters[i].flags;
}

/* A segment, and the sequence number behind it. */
static uint32_t tcp_step(struct talks *talks, const struct talk *talk, int who,
			 char what, struct craft *craft)
{
	uint32_t next = talk->next[who];

	craft->flags = flags_of(what);
	craft->seq = next;
	craft->ack = craft->flags & ACK ? talk->next[!who] : 0;
	craft->window = 8192;
	craft->bare = what != 'd' && what != 'k';
	if (craft->flags & SYN) {
		craft->nr_tcp_options = talk->nr_options;
		craft->tcp_options = talk->options;
	}
	if (what == 'k') {
		craft->payload = 1;
		craft->seq = next - 1;
		return next;
	}
	if (what == 'd')
		craft->payload = 1 + below(talks, 600);
	return next + (craft->bare ? 0 : craft->payload) +
	       !!(craft->flags & (SYN | FIN));
}

static void other_step(struct talks *talks, const struct talk *talk, int who,
		       struct craft *craft)
{
	craft->payload = 1 + below(talks, 200);
	if (talk->kind != TALK_ICMP)
		return;
	craft->sport = talk->port[0];
	craft->dport = 1 + talk->step;
	craft->type = talk->port[1];
	if (who)
		craft->type = craft->type == 8 ? 0 : craft->type + 1;
}

/* Who speaks next, and what of TCP: the answer is often the other one. */
static int speaker(struct talks *talks, const struct talk *talk)
{
	if (talk->plan)
		return talk->plan[2 * talk->step] - '0';
	if (!talk->step)
		return percent(talks, 10);
	return below(talks, 2);
}

/* --- Twists ------------------------------------------------------------- */

static enum twist draw_twist(struct talks *talks, const struct talk *talk)
{
	enum twist twist = TWIST_NONE;

	if (percent(talks, TWISTED))
		twist = 1 + below(talks, NR_TWISTS - 1);
	if (talk->kind != TALK_TCP &&
	    (twist == TWIST_RESET || twist == TWIST_SYN ||
	     (twist >= TWIST_SEQ && twist <= TWIST_WINDOW)))
		twist = TWIST_NONE;
	if ((twist == TWIST_LATE || twist == TWIST_ERROR) && !talks->nr_past)
		twist = TWIST_NONE;
	return twist;
}

static uint32_t draw_off(struct talks *talks)
{
	static const uint32_t by[] = {
		1, -1u, 1000, -1000u, 9000, 66000, -66000u, 1u << 20,
		0x7fffffff, 0x80000000,
	};

	return by[below(talks, COUNT(by))];
}

static void twist_craft(struct talks *talks, enum twist twist,
			struct craft *craft)
{
	static const uint8_t flags[] = {
		0x3f, FIN, SYN | FIN, SYN | RST, PSH, FIN | PSH | 0x20 | ACK,
		SYN | PSH, RST, RST | ACK, FIN | RST, ACK, SYN | ACK, SYN,
		FIN | ACK,
	};
	static const uint16_t windows[] = { 1, 100, 1460, 65535 };

	if (twist == TWIST_SEQ)
		craft->seq += draw_off(talks);
	if (twist == TWIST_ACK)
		craft->ack += draw_off(talks);
	if (twist == TWIST_FLAGS)
		craft->flags = flags[below(talks, sizeof(flags))];
	if (twist == TWIST_WINDOW)
		craft->window = windows[below(talks, COUNT(windows))];
	if (twist == TWIST_TTL && craft->way != WAY_OUTPUT)
		craft->ttl = 1;
	if (twist == TWIST_RESET || twist == TWIST_SYN) {
		craft->flags = twist == TWIST_RESET ? RST : SYN;
		craft->bare = true;
		craft->ack = 0;
		craft->seq += percent(talks, 50) ? draw_off(talks) : 0;
	}
}

static struct past *draw_past(struct talks *talks)
{
	unsigned int nr = talks->nr_past < TALK_PAST ? talks->nr_past :
						       TALK_PAST;

	return &talks->past[below(talks, nr)];
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* From the one who got the packet, or a router behind the firewall. */
static void make_error(struct talks *talks, struct frame *frame)
{
	static const uint8_t types[] = { 3, 3, 3, 11, 12, 4, 5 };
	struct past *past = draw_past(talks);
	struct frame about = past->frame;
	uint8_t *ip = craft_ip(&about);
	struct craft error = {
		.way = past->back,
		.src = get32(ip + 16),
		.dst = get32(ip + 12),
		.type = types[below(talks, sizeof(types))],
		.code = below(talks, 4),
		.payload = 20 + below(talks, 3) * 8,
	};

	if (percent(talks, 50) && past->back != WAY_OUTPUT)
		error.src = IP4(8, 8, 8, 8);
	if (percent(talks, 10))
		ip[20 + below(talks, 8)] ^= 1;
	if (percent(talks, 5))
		error.dst ^= 1;
	craft_error(&error, &about, frame);
}

static void remember(struct talks *talks, const struct frame *frame,
		     enum side_way back)
{
	struct past *past = &talks->past[talks->nr_past++ % TALK_PAST];

	past->frame = *frame;
	past->frame.note = "of the past";
	past->back = back;
}

/* --- Frames ------------------------------------------------------------- */

static bool make_step(struct talks *talks, struct talk *talk, int who,
		      enum twist twist, struct frame *frame)
{
	uint32_t next = talk->next[who];
	struct craft craft;

	craft_begin(talk, who, &craft);
	if (talk->plan)
		next = tcp_step(talks, talk, who,
				talk->plan[2 * talk->step + 1], &craft);
	else
		other_step(talks, talk, who, &craft);
	twist_craft(talks, twist, &craft);
	craft_make(&craft, frame);
	frame->note = twist_name[twist];
	frame->learns = talk->served && twist != TWIST_ACK &&
			craft.flags & ACK;
	if (twist == TWIST_CHECKSUM)
		frame->data[frame->len - 1] ^= 0x10;
	/* What was put in between takes no step of the plan. */
	if (twist == TWIST_RESET || twist == TWIST_SYN)
		return false;
	talk->next[who] = next;
	return true;
}

static unsigned int talk_step(struct talks *talks, struct talk *talk,
			      enum twist twist, struct frame *frames)
{
	int who = speaker(talks, talk);

	if (make_step(talks, talk, who, twist, &frames[0]))
		talk->step++;
	remember(talks, &frames[0], talk->way[!who]);
	if (twist == TWIST_LOST)
		return 0;
	if (twist != TWIST_TWICE)
		return 1;
	frames[1] = frames[0];
	return 2;
}

/* The same two once more, from the beginning or with other numbers. */
static void talk_renew(struct talks *talks, struct talk *talk)
{
	if (!talk->plan || percent(talks, 75)) {
		talk_begin(talks, talk);
		return;
	}
	begin_tcp(talks, talk);
	talk->step = 0;
	if (percent(talks, 50))
		talk->next[0] += draw_off(talks);
}

unsigned int talks_next(struct talks *talks, struct frame *frames)
{
	struct talk *talk = &talks->talk[below(talks, TALKS_AT_ONCE)];
	enum twist twist;

	if (talk->step >= talk->steps)
		talk_renew(talks, talk);
	twist = draw_twist(talks, talk);
	talks->twists[twist]++;
	switch (twist) {
	case TWIST_LATE:
		frames[0] = draw_past(talks)->frame;
		return 1;
	case TWIST_ERROR:
		make_error(talks, &frames[0]);
		return 1;
	default:
		return talk_step(talks, talk, twist, frames);
	}
}

void talks_print(const struct talks *talks, FILE *out)
{
	int i;

	for (i = 0; i < NR_TALK_KINDS; i++)
		fprintf(out, "# conversations, %s: %u\n", kind_name[i],
			talks->kinds[i]);
	fprintf(out, "# with the firewall's own TCP: %u\n", talks->served);
	for (i = 0; i < NR_TWISTS; i++)
		fprintf(out, "# frames, %s: %u\n", twist_name[i],
			talks->twists[i]);
}

unsigned int talks_lacking(const struct talks *talks, FILE *out)
{
	unsigned int lacking = 0;
	int i;

	for (i = 0; i < NR_TWISTS; i++) {
		if (talks->twists[i])
			continue;
		fprintf(out, "never sent: %s\n", twist_name[i]);
		lacking++;
	}
	for (i = 0; i < NR_TALK_KINDS; i++)
		lacking += !talks->kinds[i];
	return lacking + !talks->served;
}
