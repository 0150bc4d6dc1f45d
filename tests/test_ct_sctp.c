// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The SCTP tracker against the kernel's: random packets of one or a few chunks,
 * most of them with tags that the association knows. After each one the label,
 * the state, both tags and the time that is left must be the same. Some have a
 * wrong checksum.
 */
#include "duel.h"

#include "../bpf/sctp.h"

#define SEQUENCES	3000
#define PACKETS_MAX	30
#define CHUNKS_MAX	4
#define L4		20u
#define BYTES		512u

struct sctp_duel {
	struct duel duel;
	struct sctp_packet packet;
	int end;
	uint32_t len;		/* from the SCTP header on */
	uint8_t bytes[L4 + BYTES];
};

static const struct duel_timeout timeouts[] = {
#define STATE(name, which, seconds) \
	{ "sctp_timeout_" name, TIMEOUT_SCTP + FLOW_SCTP_##which, seconds }
	STATE("closed", CLOSED, 2000),
	STATE("cookie_wait", COOKIE_WAIT, 2100),
	STATE("cookie_echoed", COOKIE_ECHOED, 2200),
	STATE("established", ESTABLISHED, 9000),
	STATE("shutdown_sent", SHUTDOWN_SENT, 2300),
	STATE("shutdown_recd", SHUTDOWN_RECD, 2400),
	STATE("shutdown_ack_sent", SHUTDOWN_ACK_SENT, 2500),
	STATE("heartbeat_sent", HEARTBEAT_SENT, 2600),
#undef STATE
};

static uint32_t below(struct sctp_duel *d, uint32_t n)
{
	return duel_below(&d->duel, n);
}

/* --- Packets ---------------------------------------------------------------*/

static void put_be(uint8_t *at, uint32_t value)
{
	int i;

	for (i = 3; i >= 0; i--, value >>= 8)
		at[i] = value;
}

static uint32_t draw_tag(struct sctp_duel *d, int dir)
{
	const struct flow_sctp *sctp = &d->duel.flow.sctp;

	switch (below(d, 12)) {
	case 0:
		return 0;
	case 1:
		return sctp->vtag[!dir];
	case 2:
		return 1 + below(d, 5);
	case 3:
		return unit_random(&d->duel.seed);
	default:
		return sctp->vtag[dir];
	}
}

/* Mostly what an end would send in this state. */
static uint8_t draw_type(struct sctp_duel *d, int dir)
{
	static const uint8_t usual[NR_FLOW_SCTP_STATES][2] = {
		[FLOW_SCTP_NONE] = { SCTP_INIT, SCTP_INIT },
		[FLOW_SCTP_CLOSED] = { SCTP_INIT, SCTP_INIT_ACK },
		[FLOW_SCTP_COOKIE_WAIT] = { SCTP_COOKIE_ECHO, SCTP_INIT_ACK },
		[FLOW_SCTP_COOKIE_ECHOED] = { SCTP_COOKIE_ECHO,
					      SCTP_COOKIE_ACK },
		[FLOW_SCTP_ESTABLISHED] = { SCTP_HEARTBEAT,
					    SCTP_HEARTBEAT_ACK },
		[FLOW_SCTP_SHUTDOWN_SENT] = { SCTP_DATA, SCTP_SHUTDOWN_ACK },
		[FLOW_SCTP_SHUTDOWN_RECD] = { SCTP_SHUTDOWN_ACK, SCTP_DATA },
		[FLOW_SCTP_SHUTDOWN_ACK_SENT] = { SCTP_SHUTDOWN_COMPLETE,
						  SCTP_SHUTDOWN_COMPLETE },
		[FLOW_SCTP_HEARTBEAT_SENT] = { SCTP_HEARTBEAT,
					       SCTP_HEARTBEAT_ACK },
	};
	const struct flow *flow = &d->duel.flow;

	if (below(d, 5) < 3)
		return usual[flow->expires ? flow->state : 0][dir];
	return below(d, 6) ? below(d, 15) : below(d, 256);
}

/* An INIT's tag, then zeros; cut off now and then. */
static void add_chunk(struct sctp_duel *d, uint8_t type, int dir)
{
	uint8_t *at = d->bytes + L4 + d->len;
	uint32_t size = 4 + 4 * below(d, 3);

	if (type == SCTP_INIT || type == SCTP_INIT_ACK)
		size = below(d, 16) ? 20 : 16;
	at[0] = type;
	at[1] = below(d, 4) ? 0 : below(d, 4);
	at[3] = below(d, 30) ? size - below(d, 3) : below(d, 3);
	if (size >= 8)
		put_be(at + 4, below(d, 3) ? 1 + below(d, 5) :
			       d->duel.flow.sctp.vtag[!dir]);
	d->len += size;
}

static void add_checksum(struct sctp_duel *d)
{
	uint32_t i, sum = ~0u;
	uint8_t *l4 = d->bytes + L4;

	for (i = 0; i < d->len; i++)
		sum = crc32c_byte(sum, l4[i]);
	sum = ~sum;
	for (i = 0; i < 4; i++)
		l4[8 + i] = sum >> 8 * i;
	if (!below(d, 30))
		l4[4 + below(d, d->len - 4)] ^= 1 << below(d, 8);
}

/* The ports are those that duel_packet() writes: the checksum needs them. */
static void draw_packet(struct sctp_duel *d)
{
	uint32_t nr = below(d, 3) ? 1 : 1 + below(d, CHUNKS_MAX);
	uint8_t *l4 = d->bytes + L4;
	uint8_t type;
	uint32_t tag;
	int dir;

	if (!below(d, 6) && d->len)
		return;		/* once more */
	memset(d->bytes, 0, sizeof(d->bytes));
	d->end = below(d, 2);
	dir = duel_dir(&d->duel, d->end);
	put_be(l4, d->end ? 80u << 16 | d->duel.port :
			    (uint32_t)d->duel.port << 16 | 80);
	d->len = SCTP_HEADER;
	type = draw_type(d, dir);
	tag = draw_tag(d, dir);
	if (type == SCTP_INIT && below(d, 8))
		tag = 0;
	put_be(l4 + 4, tag);
	add_chunk(d, type, dir);
	while (--nr)
		add_chunk(d, draw_type(d, dir), dir);
	if (!below(d, 20))
		d->len -= below(d, d->len - SCTP_HEADER + 1);
	add_checksum(d);
}

/* As the programs do on ingress. */
static bool packet_bad(struct sctp_duel *d)
{
	struct native_skb native;
	struct packet p = {
		.l4 = L4,
		.l4_len = d->len,
		.header = d->len < SCTP_HEADER ? HEADER_SHORT : HEADER_OK,
	};

	native_init(&native, d->bytes, L4 + d->len);
	return !sctp_checksum_good(&native.skb, &p, &d->packet) ||
	       sctp_read(&native.skb, &p, &d->packet);
}

/* --- Both sides ------------------------------------------------------------*/

static void note(const struct sctp_duel *d)
{
	const struct flow *flow = &d->duel.flow;
	const struct flow_sctp *sctp = &flow->sctp;
	uint32_t i;

	if (flow->expires)
		fprintf(d->duel.out, "\t%c's state %u tags %#x %#x init %u %u "
			"last %u flags %u\n", "AB"[d->duel.opener],
			flow->state, sctp->vtag[0], sctp->vtag[1],
			sctp->init[0], sctp->init[1], sctp->last_dir,
			sctp->flags);
	fprintf(d->duel.out, "%c", "AB"[d->end]);
	for (i = 4; i < d->len; i++)
		fprintf(d->duel.out, "%s%02x", i % 4 ? "" : " ",
			d->bytes[L4 + i]);
	fprintf(d->duel.out, "\n");
}

static enum flow_act update(struct duel *d, int dir, void *packet)
{
	return sctp_update(&d->flow, dir, packet, &d->tracking, d->now);
}

static enum flow_act begin(struct duel *d, void *packet)
{
	return sctp_new(&d->flow, packet, &d->tracking);
}

static int compare(struct duel *d, const struct ct_entry *entry)
{
	const uint32_t *vtag = d->flow.sctp.vtag;

	if (entry->vtag[0] != vtag[0])
		return duel_differ(d, "tag of the original", vtag[0],
				   entry->vtag[0]);
	if (entry->vtag[1] != vtag[1])
		return duel_differ(d, "tag of the reply", vtag[1],
				   entry->vtag[1]);
	return 0;
}

static int sequence(void *ctx)
{
	static const struct duel_protocol sctp = { update, begin, compare };
	struct sctp_duel *d = ctx;
	uint32_t nr = 1 + below(d, PACKETS_MAX);
	struct duel_packet packet;
	int ret = 0;

	d->len = 0;
	while (nr-- && !ret) {
		draw_packet(d);
		note(d);
		packet = (struct duel_packet){
			.end = d->end,
			.bad = packet_bad(d),
			.l4 = d->bytes + L4,
			.len = d->len,
			.ctx = &d->packet,
		};
		ret = duel_packet(&d->duel, &sctp, &packet);
	}
	return ret;
}

static void random_chunks(void **state)
{
	struct sctp_duel *d = *state;
	unsigned int i, nr;

	if (d->duel.missing) {
		printf("SKIP: %s\n", d->duel.missing);
		skip();
	}
	duel_set_timeouts(&d->duel, timeouts,
			  sizeof(timeouts) / sizeof(*timeouts));
	d->duel.tracking.checksum = 1;
	nr = duel_run(&d->duel, SEQUENCES, sequence, d);
	for (i = FLOW_SCTP_CLOSED; i < NR_FLOW_SCTP_STATES; i++)
		assert_true(d->duel.states[i] > nr / 100);
}

int main(void)
{
	static struct sctp_duel duel;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(random_chunks, &duel),
	};
	int failed;

	duel_open(&duel.duel, IPPROTO_SCTP);
	failed = cmocka_run_group_tests_name("ct_sctp", tests, NULL, NULL);
	duel_close(&duel.duel);
	return failed;
}
