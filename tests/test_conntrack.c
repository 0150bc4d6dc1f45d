// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tracker's programs: labels and flows behind single packets, as far as
 * they hang on time, settings, gaps in tracking, fragments, and packets that
 * are seen twice. What packets of all kinds are to the kernel's tracker at one
 * time test_ct_label asks the kernel.
 */
#include <stdio.h>

#include "native.h"
#include "track.h"
#include "unit.h"

#define A	0x0a000001u
#define B	0x0a000002u
#define C	0x0a000003u
#define HZ	250u

#define NEW_STORED	(FLOW_NEW | LABEL_CONFIRMED)
#define SEEN		(LABEL_SEEN_REPLY | LABEL_CONFIRMED)

#define TCP_SYN		0x02
#define TCP_SYNACK	0x12
#define TCP_ACK		0x10

static struct track *fresh(void **state)
{
	return track_fresh(state, TRACK_BUCKETS);
}

static uint32_t left_s(struct track *track, const struct probe *probe)
{
	struct flow *flow = track_flow(track, probe);

	assert_non_null(flow);
	return (uint32_t)((flow->expires - track_now() + HZ / 2) / HZ);
}

static uint32_t timeout_s(struct track *track, enum flow_timeout which)
{
	return track->tracking.timeout[which] / HZ;
}

/* A question and its answer are no stream; what goes on after that is. */
static void udp_stream(void **state)
{
	struct track *track = fresh(state);
	struct probe to, fro;
	struct flow flow;

	probe_udp(&to, A, 1000, B, 53);
	probe_udp(&fro, B, 53, A, 1000);
	track_pass(track, &to);
	assert_int_equal(track_pass(track, &fro),
			 FLOW_ESTABLISHED | LABEL_REPLY | SEEN);
	assert_int_equal(track_pass(track, &to), FLOW_ESTABLISHED | SEEN);
	assert_int_equal(left_s(track, &to), timeout_s(track, TIMEOUT_UDP));
	flow = *track_flow(track, &to);
	assert_in_range(flow.stream, track_now() + HZ, track_now() + 2 * HZ);
	flow.stream = track_now() - 1;
	track_flow_set(track, &flow);
	assert_int_equal(track_pass(track, &to),
			 FLOW_ESTABLISHED | SEEN | LABEL_ASSURED);
	assert_int_equal(left_s(track, &to),
			 timeout_s(track, TIMEOUT_UDP_STREAM));
}

/* Without an answer it stays as short as it was. */
static void udp_unanswered(void **state)
{
	struct track *track = fresh(state);
	struct probe to;
	struct flow flow;

	probe_udp(&to, A, 1000, B, 53);
	track_pass(track, &to);
	flow = *track_flow(track, &to);
	flow.stream = track_now() - 1;
	flow.expires -= 10 * HZ;
	track_flow_set(track, &flow);
	assert_int_equal(track_pass(track, &to), NEW_STORED);
	assert_int_equal(left_s(track, &to), timeout_s(track, TIMEOUT_UDP));
}

static void timeouts_are_the_protocols(void **state)
{
	static const struct {
		uint8_t proto;
		enum flow_timeout first;
		enum flow_timeout answered;
	} cases[] = {
		{ 136, TIMEOUT_UDP, TIMEOUT_UDP_STREAM },
		{ 47, TIMEOUT_GRE, TIMEOUT_GRE_STREAM },
		{ 50, TIMEOUT_GENERIC, TIMEOUT_GENERIC },
		{ 33, TIMEOUT_GENERIC, TIMEOUT_GENERIC },
	};
	static const uint8_t bytes[16] = { 1, 0, 2, 0, 0, 0, 1, 1 };
	static const uint8_t back[16] = { 2, 0, 1, 0, 0, 0, 1, 1 };
	struct track *track = fresh(state);
	struct probe to, fro;
	unsigned int i;

	track->tracking.checksum = 0;
	track_settings(track);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		probe_other(&to, A, B, cases[i].proto, bytes);
		probe_other(&fro, B, A, cases[i].proto, back);
		assert_int_equal(track_pass(track, &to), FLOW_NEW);
		assert_int_equal(left_s(track, &to),
				 timeout_s(track, cases[i].first));
		assert_int_equal(track_pass(track, &fro) & ~LABEL_ASSURED,
				 FLOW_ESTABLISHED | LABEL_REPLY | SEEN);
		track_pass(track, &to);
		assert_int_equal(left_s(track, &to),
				 timeout_s(track, cases[i].answered));
		assert_int_equal(!!(to.packet.ct.label & LABEL_ASSURED),
				 cases[i].answered != TIMEOUT_GENERIC);
	}
}

static void checksums_as_set(void **state)
{
	struct track *track = fresh(state);
	struct probe probe;

	probe_udp(&probe, A, 1000, B, 53);
	probe_l4(&probe)[8] ^= 1;
	assert_int_equal(track_pass(track, &probe), FLOW_INVALID);
	assert_int_equal(probe.packet.fresh, 0);
	probe.packet.incoming = 0;
	assert_int_equal(track_pass(track, &probe), FLOW_NEW);
	probe.packet.incoming = 1;
	assert_int_equal(track_pass(track, &probe), FLOW_INVALID);
	probe.packet.fragment = FRAGMENT_FIRST;
	assert_int_equal(track_pass(track, &probe), NEW_STORED);
	probe.packet.fragment = FRAGMENT_NONE;
	track->tracking.checksum = 0;
	track_settings(track);
	assert_int_equal(track_pass(track, &probe), NEW_STORED);
}

static void mid_stream_as_set(void **state)
{
	struct track *track = fresh(state);
	struct probe probe;

	track->tracking.tcp_loose = 0;
	track_settings(track);
	probe_tcp(&probe, A, 1000, B, 80);
	probe_tcp_flags(&probe, TCP_ACK, 100, 200);
	assert_int_equal(track_pass(track, &probe), FLOW_INVALID);
	track->tracking.tcp_loose = 1;
	track_settings(track);
	assert_int_equal(track_pass(track, &probe), FLOW_NEW);
}

static void tcp_opens(struct track *track, uint16_t port)
{
	struct probe probe;

	probe_tcp(&probe, A, port, B, 80);
	assert_int_equal(track_pass(track, &probe), FLOW_NEW);
	probe_tcp(&probe, B, 80, A, port);
	probe_tcp_flags(&probe, TCP_SYNACK, 500, 101);
	assert_int_equal(track_pass(track, &probe),
			 FLOW_ESTABLISHED | LABEL_REPLY | SEEN);
	probe_tcp(&probe, A, port, B, 80);
	probe_tcp_flags(&probe, TCP_ACK, 101, 501);
	assert_int_equal(track_pass(track, &probe),
			 FLOW_ESTABLISHED | LABEL_ASSURED | SEEN);
}

/* What the connection has sent meanwhile nobody has seen. */
static void established_goes_on_after_a_gap(void **state)
{
	struct track *track = fresh(state);
	struct probe probe;

	tcp_opens(track, 1000);
	probe_tcp(&probe, A, 1000, B, 80);
	probe_tcp_flags(&probe, TCP_ACK, 5000000, 7000000);
	assert_int_equal(track_pass(track, &probe), FLOW_INVALID);
	track->tracking.epoch++;
	track_settings(track);
	assert_int_equal(track_pass(track, &probe),
			 FLOW_ESTABLISHED | LABEL_ASSURED | SEEN);
	assert_int_equal(track_flow(track, &probe)->epoch, 2);
	probe_tcp(&probe, B, 80, A, 1000);
	probe_tcp_flags(&probe, TCP_ACK, 7000000, 5000000);
	assert_int_equal(track_pass(track, &probe), FLOW_ESTABLISHED |
			 LABEL_REPLY | LABEL_ASSURED | SEEN);
	/* It acknowledges what was not seen. */
	probe_tcp_flags(&probe, TCP_ACK, 9000000, 9000000);
	assert_int_equal(track_pass(track, &probe), FLOW_ESTABLISHED |
			 LABEL_REPLY | LABEL_ASSURED | SEEN);
}

static void others_after_a_gap(void **state)
{
	struct track *track = fresh(state);
	struct probe tcp, udp;

	probe_tcp(&tcp, A, 1000, B, 80);
	assert_int_equal(track_pass(track, &tcp), FLOW_NEW);
	assert_int_equal(track_pass(track, &tcp), NEW_STORED);
	probe_udp(&udp, A, 1000, B, 53);
	assert_int_equal(track_pass(track, &udp), FLOW_NEW);
	track->tracking.epoch++;
	track_settings(track);
	assert_int_equal(track_pass(track, &tcp), FLOW_NEW);
	assert_int_equal(track_pass(track, &udp), NEW_STORED);
	assert_int_equal(track_count(track), 2);
}

/* An error changes nothing of the flow that it is about. */
static void errors_only_look(void **state)
{
	struct track *track = fresh(state);
	struct probe to, error;
	struct flow flow;

	probe_udp(&to, A, 1000, B, 53);
	track_pass(track, &to);
	flow = *track_flow(track, &to);
	flow.expires -= 10 * HZ;
	track_flow_set(track, &flow);
	probe_error(&error, C, A, &to);
	assert_int_equal(track_pass(track, &error),
			 FLOW_RELATED | LABEL_REPLY | LABEL_CONFIRMED);
	assert_int_equal(error.packet.ct.addr[0], A);
	assert_int_equal(error.packet.ct.port[1], 53);
	assert_int_equal(error.packet.ct.proto, 17);
	assert_memory_equal(track_flow(track, &to), &flow, sizeof(flow));
	probe_error(&error, C, B, &to);
	assert_int_equal(track_pass(track, &error), FLOW_INVALID);
}

/* Copies of multicast that the host sent: the flow is the sent packet's. */
static void copies_only_look(void **state)
{
	struct track *track = fresh(state);
	struct probe probe, copy;
	struct flow flow;

	probe_udp(&copy, A, 1000, 0xe0000001, 53);
	copy.packet.looped = 1;
	copy.packet.quiet = 1;
	copy.packet.incoming = 0;
	assert_int_equal(track_pass(track, &copy), FLOW_NEW);
	assert_int_equal(track_count(track), 0);
	probe_udp(&probe, A, 1000, 0xe0000001, 53);
	track_pass(track, &probe);
	flow = *track_flow(track, &probe);
	flow.expires -= 10 * HZ;
	track_flow_set(track, &flow);
	assert_int_equal(track_pass(track, &copy), NEW_STORED);
	assert_memory_equal(track_flow(track, &probe), &flow, sizeof(flow));
	copy.packet.quiet = 0;		/* its TTL kept it in: the only one */
	assert_int_equal(track_pass(track, &copy), NEW_STORED);
	assert_int_equal(left_s(track, &probe), timeout_s(track, TIMEOUT_UDP));
}

/* A segment's end is known when all of its fragments have come. */
static void fragments_of_a_segment(void **state)
{
	struct track *track = fresh(state);
	struct probe first, later;

	tcp_opens(track, 1000);
	probe_tcp(&first, A, 1000, B, 80);
	probe_tcp_flags(&first, TCP_ACK, 101, 501);
	first.packet.fragment = FRAGMENT_FIRST;
	first.packet.more = 1;
	track_pass(track, &first);
	assert_int_equal(first.packet.followed, 1);
	assert_int_equal(track_flow(track, &first)->tcp.side[0].end, 101);
	later = first;
	later.packet.fragment = FRAGMENT_LATER;
	later.packet.offset = 20;
	later.packet.l4_len = 400;
	later.packet.header = HEADER_LATER;
	assert_int_equal(track_label(track, &later), -1);
	assert_int_equal(later.packet.fresh, 0);
	assert_int_equal(track_flow(track, &first)->tcp.side[0].end, 501);
	later.packet.offset = 12;
	track_label(track, &later);
	assert_int_equal(track_flow(track, &first)->tcp.side[0].end, 501);
	/* The last one had come before the first. */
	first.packet.total = 1020;
	track_pass(track, &first);
	assert_int_equal(track_flow(track, &first)->tcp.side[0].end, 1101);
	assert_int_equal(first.packet.seq, later.packet.seq);
}

static void later_fragment_alone(void **state)
{
	struct track *track = fresh(state);
	struct probe probe;

	probe_udp(&probe, A, 1000, B, 53);
	probe.packet.offset = 8;
	probe.packet.header = HEADER_LATER8;
	assert_int_equal(track_pass(track, &probe), FLOW_INVALID);
	assert_int_equal(probe.packet.fresh, 0);
}

/* It is over: the next SYN begins another one in its place. */
static void reopened(void **state)
{
	struct track *track = fresh(state);
	struct probe probe;
	struct flow flow;

	tcp_opens(track, 1000);
	probe_tcp(&probe, A, 1000, B, 80);
	track_label(track, &probe);
	flow = *track_flow(track, &probe);
	flow.state = FLOW_TCP_TIME_WAIT;
	flow.tcp.side[0].flags |= FLOW_TCP_CLOSE_INIT;
	track_flow_set(track, &flow);
	assert_int_equal(track_pass(track, &probe), FLOW_NEW);
	assert_int_equal(track_count(track), 1);
	assert_int_equal(track_flow(track, &probe)->state, FLOW_TCP_SYN_SENT);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_stream),
		cmocka_unit_test(udp_unanswered),
		cmocka_unit_test(timeouts_are_the_protocols),
		cmocka_unit_test(checksums_as_set),
		cmocka_unit_test(mid_stream_as_set),
		cmocka_unit_test(established_goes_on_after_a_gap),
		cmocka_unit_test(others_after_a_gap),
		cmocka_unit_test(errors_only_look),
		cmocka_unit_test(copies_only_look),
		cmocka_unit_test(fragments_of_a_segment),
		cmocka_unit_test(later_fragment_alone),
		cmocka_unit_test(reopened),
	};

	return track_run(tests, sizeof(tests) / sizeof(*tests));
}
