// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TCP tracker against the kernel's: random segments, most of them near what
 * the connection has come to. After each one the label, the state, flags and
 * scales of both sides and the time that is left must be the same.
 */
#include "duel.h"
#include "shot.h"

#define SEQUENCES	1500
#define SHOTS_MAX	40
#define OPTION_BYTES	40

struct tcp_duel {
	struct duel duel;
	struct shots shots;
	struct shot shot;
	unsigned int run;
	uint8_t option_bytes[OPTION_BYTES];
};

static uint32_t below(struct tcp_duel *d, uint32_t n)
{
	return duel_below(&d->duel, n);
}

/* --- Settings --------------------------------------------------------------*/

/* The kernel knows no sysctl for SYN_SENT2: it stays at 120. */
static const struct duel_timeout timeouts[] = {
	{ "tcp_timeout_syn_sent", FLOW_TCP_SYN_SENT, 2000 },
	{ "tcp_timeout_syn_recv", FLOW_TCP_SYN_RECV, 2100 },
	{ "tcp_timeout_established", FLOW_TCP_ESTABLISHED, 9000 },
	{ "tcp_timeout_fin_wait", FLOW_TCP_FIN_WAIT, 4200 },
	{ "tcp_timeout_close_wait", FLOW_TCP_CLOSE_WAIT, 2300 },
	{ "tcp_timeout_last_ack", FLOW_TCP_LAST_ACK, 2400 },
	{ "tcp_timeout_time_wait", FLOW_TCP_TIME_WAIT, 4300 },
	{ "tcp_timeout_close", FLOW_TCP_CLOSE, 2500 },
	{ "tcp_timeout_max_retrans", TIMEOUT_TCP_RETRANS, 3000 },
};

/* Below and above the others. */
static const struct duel_timeout unacknowledged[] = {
	{ "tcp_timeout_unacknowledged", TIMEOUT_TCP_UNACK, 60 },
	{ "tcp_timeout_unacknowledged", TIMEOUT_TCP_UNACK, 3100 },
};

#define SYN_SENT2_S	120

static void draw_settings(struct tcp_duel *d)
{
	struct flow_tracking *t = &d->duel.tracking;

	t->tcp_loose = !!below(d, 5);
	t->tcp_liberal = !below(d, 6);
	t->tcp_ignore_rst = !below(d, 4);
	t->tcp_max_retrans = below(d, 5);
	duel_set(&d->duel, "tcp_loose", t->tcp_loose);
	duel_set(&d->duel, "tcp_be_liberal", t->tcp_liberal);
	duel_set(&d->duel, "tcp_ignore_invalid_rst", t->tcp_ignore_rst);
	duel_set(&d->duel, "tcp_max_retrans", t->tcp_max_retrans);
	duel_settings(&d->duel);
	duel_set_timeouts(&d->duel, &unacknowledged[!!below(d, 3)], 1);
}

/* --- Segments --------------------------------------------------------------*/

static uint32_t near(struct tcp_duel *d, uint32_t value)
{
	return value + below(d, 5) - 2;
}

static uint32_t draw_seq(struct tcp_duel *d, int dir)
{
	const struct flow_tcp *tcp = &d->duel.flow.tcp;
	const struct flow_tcp_side *sender = &tcp->side[dir];
	const struct flow_tcp_side *receiver = &tcp->side[!dir];

	switch (below(d, 20)) {
	case 0:
		return near(d, sender->end);
	case 1:
		return near(d, sender->maxend);
	case 2:
		return near(d, sender->end - receiver->maxwin);
	case 3:
		return near(d, receiver->maxack);
	case 4:
		return receiver->maxack;
	case 5:
		return tcp->last_seq;
	case 6:
		return tcp->last_end;
	case 7:
		return tcp->last_ack;
	case 8:
		return 0;
	case 9:
		return unit_random(&d->duel.seed);
	default:
		return sender->end;
	}
}

static uint32_t draw_ack(struct tcp_duel *d, int dir)
{
	const struct flow_tcp *tcp = &d->duel.flow.tcp;
	const struct flow_tcp_side *sender = &tcp->side[dir];
	const struct flow_tcp_side *receiver = &tcp->side[!dir];

	switch (below(d, 20)) {
	case 0:
		return near(d, receiver->end);
	case 1:
		return near(d, receiver->end - 66000);
	case 2:
		return near(d, receiver->end - sender->maxwin);
	case 3:
		return sender->maxack;
	case 4:
	case 5:
		return tcp->last_end;
	case 6:
		return 0;
	case 7:
		return unit_random(&d->duel.seed);
	default:
		return receiver->end;
	}
}

static void add_bytes(struct tcp_duel *d, const char *bytes, uint32_t len)
{
	if (d->shots.options_len + len > OPTION_BYTES)
		return;
	memcpy(d->option_bytes + d->shots.options_len, bytes, len);
	d->shots.options_len += len;
}

static void add_sack(struct tcp_duel *d, int dir)
{
	uint32_t edge = d->duel.flow.tcp.side[!dir].end;
	uint8_t block[12] = { 1, 1, 5, 10 };
	int i;

	edge += below(d, 4) ? 0u - below(d, 200) : below(d, 3);
	for (i = 0; i < 4; i++) {
		block[4 + i] = (edge - 10) >> (24 - 8 * i);
		block[8 + i] = edge >> (24 - 8 * i);
	}
	add_bytes(d, (const char *)block, sizeof(block));
}

static void add_option(struct tcp_duel *d, int dir)
{
	char bytes[4];
	uint32_t i;

	switch (below(d, 7)) {
	case 0:
		add_bytes(d, "\2\4\5\xb4", 4);
		break;
	case 1:
		add_bytes(d, "\4\2\1\1", 4);
		break;
	case 2:
	case 3:
		memcpy(bytes, "\1\3\3", 3);
		bytes[3] = below(d, 4) ? below(d, 9) : below(d, 256);
		add_bytes(d, bytes, 4);
		break;
	case 4:
		add_bytes(d, "\1\1\10\12\0\0\0\1\0\0\0\1", 12);
		break;
	case 5:
		add_sack(d, dir);
		break;
	default:
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = below(d, 11);
		add_bytes(d, bytes, sizeof(bytes));
	}
}

static void draw_options(struct tcp_duel *d, int dir, bool syn)
{
	uint32_t nr = below(d, syn ? 5 : 3);

	d->shots.options = (const char *)d->option_bytes;
	d->shots.options_len = 0;
	if (!syn && below(d, 2))
		return;
	while (nr--)
		add_option(d, dir);
}

/* Mostly what an end would send in this state. */
static const char *draw_flags(struct tcp_duel *d, int dir)
{
	static const char *const usual[NR_FLOW_TCP_STATES][2] = {
		[FLOW_TCP_NONE] = { "S", "S" },
		[FLOW_TCP_SYN_SENT] = { "S", "SA" },
		[FLOW_TCP_SYN_RECV] = { "A", "SA" },
		[FLOW_TCP_ESTABLISHED] = { "A", "A" },
		[FLOW_TCP_FIN_WAIT] = { "FA", "A" },
		[FLOW_TCP_CLOSE_WAIT] = { "FA", "FA" },
		[FLOW_TCP_LAST_ACK] = { "A", "A" },
		[FLOW_TCP_TIME_WAIT] = { "A", "S" },
		[FLOW_TCP_CLOSE] = { "S", "R" },
		[FLOW_TCP_SYN_SENT2] = { "SA", "SA" },
	};
	static const char *const any[] = { "S", "S", "S", "SA", "SA", "A", "A",
					   "A", "A", "FA", "FA", "R", "R", "RA",
					   "AU", "SU", "FAU", "AP", "F", "" };
	const struct flow *flow = &d->duel.flow;

	if (below(d, 5) < 2)
		return usual[flow->expires ? flow->state : 0][dir];
	return any[below(d, sizeof(any) / sizeof(*any))];
}

static void draw_shot(struct tcp_duel *d, struct shot *s)
{
	static const uint32_t windows[] = { 0, 1, 100, 1000, 1000, 1000, 29200,
					    65535 };
	static const uint32_t lengths[] = { 0, 0, 0, 0, 0, 1, 10, 100, 1000,
					    8000 };
	int dir;

	if (below(d, 6) == 0)
		return;		/* once more */
	s->dir = below(d, 2);
	dir = duel_dir(&d->duel, s->dir);
	s->flags = draw_flags(d, dir);
	s->seq = draw_seq(d, dir);
	s->ack = draw_ack(d, dir);
	s->win = windows[below(d, 8)];
	s->len = lengths[below(d, 10)];
	draw_options(d, dir, strchr(s->flags, 'S') != NULL);
}

/* --- Both sides ------------------------------------------------------------*/

static void note_flow(const struct tcp_duel *d)
{
	const struct flow_tcp *tcp = &d->duel.flow.tcp;
	const struct flow_tcp_side *side;
	int i;

	for (i = 0; i < 2; i++) {
		side = &tcp->side[i];
		fprintf(d->duel.out, "\t%c end %u maxend %u maxwin %u "
			"maxack %u scale %u flags %#x\n",
			"AB"[i ^ d->duel.opener], side->end, side->maxend,
			side->maxwin, side->maxack, side->scale, side->flags);
	}
	fprintf(d->duel.out, "\tstate %u last %u %u, seq %u ack %u end %u "
		"win %u flags %#x scale %u retrans %u\n", d->duel.flow.state,
		tcp->last_index, tcp->last_dir, tcp->last_seq, tcp->last_ack,
		tcp->last_end, tcp->last_win, tcp->last_flags,
		tcp->last_scale, tcp->retrans);
}

static void note(const struct tcp_duel *d)
{
	const struct shot *s = &d->shot;
	uint32_t i;

	if (d->duel.flow.expires)
		note_flow(d);
	fprintf(d->duel.out, "%c %-3s seq %u ack %u win %u len %u",
		"AB"[s->dir], s->flags, s->seq, s->ack, s->win, s->len);
	for (i = 0; i < d->shots.options_len; i++)
		fprintf(d->duel.out, "%s%02x", i ? " " : " options ",
			d->option_bytes[i]);
	fprintf(d->duel.out, "\n");
}

static enum flow_act update(struct duel *d, int dir, void *segment)
{
	return tcp_update(&d->flow, dir, segment, &d->tracking, d->now);
}

static enum flow_act begin(struct duel *d, void *segment)
{
	return tcp_new(&d->flow, segment, &d->tracking);
}

static int compare(struct duel *d, const struct ct_entry *entry)
{
	const struct flow_tcp_side *side = d->flow.tcp.side;
	int i;

	for (i = 0; i < 2; i++) {
		if (entry->flags[i] != side[i].flags)
			return duel_differ(d, i ? "flags of the reply" :
					   "flags of the original",
					   side[i].flags, entry->flags[i]);
		if (entry->scale[i] != side[i].scale)
			return duel_differ(d, i ? "scale of the reply" :
					   "scale of the original",
					   side[i].scale, entry->scale[i]);
	}
	return 0;
}

static int sequence(void *ctx)
{
	static const struct duel_protocol tcp = { update, begin, compare };
	struct tcp_duel *d = ctx;
	struct duel_packet packet;
	uint8_t l4[SHOT_BYTES];
	uint32_t nr = 1 + below(d, SHOTS_MAX);
	int ret = 0;

	if (d->run++ % 20 == 0)
		draw_settings(d);
	fprintf(d->duel.out, "loose %u liberal %u ignore_rst %u retrans %u\n",
		d->duel.tracking.tcp_loose, d->duel.tracking.tcp_liberal,
		d->duel.tracking.tcp_ignore_rst,
		d->duel.tracking.tcp_max_retrans);
	d->shot = (struct shot){ 0, "S", 1000, 0, 0, 1000, 0, 0 };
	d->shots.options_len = 0;
	while (nr-- && !ret) {
		draw_shot(d, &d->shot);
		note(d);
		packet = (struct duel_packet){
			.end = d->shot.dir,
			.bad = shot_read(&d->shots, &d->shot),
			.l4 = l4,
			.len = shot_bytes(&d->shots, &d->shot, l4),
			.ctx = &d->shots.segment,
		};
		ret = duel_packet(&d->duel, &tcp, &packet);
	}
	return ret;
}

static void random_segments(void **state)
{
	struct tcp_duel *d = *state;
	unsigned int i, nr;

	if (d->duel.missing) {
		printf("SKIP: %s\n", d->duel.missing);
		skip();
	}
	duel_set_timeouts(&d->duel, timeouts,
			  sizeof(timeouts) / sizeof(*timeouts));
	d->duel.tracking.timeout[FLOW_TCP_SYN_SENT2] = SYN_SENT2_S * DUEL_HZ;
	duel_set(&d->duel, "checksum", 0);
	nr = duel_run(&d->duel, SEQUENCES, sequence, d);
	for (i = FLOW_TCP_SYN_SENT; i < NR_FLOW_TCP_STATES; i++)
		assert_true(d->duel.states[i] > nr / 100);
}

int main(void)
{
	static struct tcp_duel duel;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(random_segments, &duel),
	};
	int failed;

	duel_open(&duel.duel, IPPROTO_TCP);
	failed = cmocka_run_group_tests_name("ct_tcp", tests, NULL, NULL);
	duel_close(&duel.duel);
	return failed;
}
