// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of connections, by the loaded programs: what is put into it, found
 * again, taken out, expires and gives way. Which buckets a flow has is worked
 * out here with the programs' own hash.
 */
#include "native.h"
#include "track.h"
#include "unit.h"

#include "../bpf/flow_hash.h"

#define A	0x0a000001u
#define B	0x0a000002u
#define PORT	53

#define NEW_STORED	(FLOW_NEW | LABEL_CONFIRMED)

static uint64_t hash_of(const struct track *track, const struct probe *probe)
{
	const struct packet *p = &probe->packet;

	return flow_hash(p->saddr | (uint64_t)p->daddr << 32,
			 p->sport | (uint64_t)p->dport << 16 |
			 (uint64_t)p->proto << 32, track->tracking.seed[0],
			 track->tracking.seed[1]);
}

static uint32_t bucket_nr(const struct track *track, uint64_t hash, int second)
{
	uint64_t half = second ? hash >> 32 : hash & 0xffffffff;

	return (uint32_t)(half * track->tracking.nr_buckets >> 32);
}

/* The next port from which a flow has these two buckets. */
static uint16_t port_for(const struct track *track, uint16_t after,
			 uint32_t first, uint32_t second)
{
	struct probe probe;
	uint64_t hash;

	do {
		after++;
		assert_int_not_equal(after, 0);
		probe_udp(&probe, A, after, B, PORT);
		hash = hash_of(track, &probe);
	} while (bucket_nr(track, hash, 0) != first ||
		 bucket_nr(track, hash, 1) != second);
	return after;
}

static unsigned int bucket_count(struct track *track, uint32_t nr)
{
	struct flow_bucket bucket;
	unsigned int way, count = 0;

	track_bucket(track, nr, &bucket);
	for (way = 0; way < FLOW_WAYS; way++)
		count += bucket.flow[way].expires != 0;
	return count;
}

/* Stores flows until both buckets of the pair are full; ports are the flows'
 * in order, the first FLOW_WAYS lie in the first bucket. */
static void fill(struct track *track, uint16_t ports[2 * FLOW_WAYS])
{
	struct probe probe;
	uint16_t port = 1000;
	unsigned int i;

	for (i = 0; i < 2 * FLOW_WAYS; i++) {
		port = port_for(track, port, 0, 1);
		ports[i] = port;
		probe_udp(&probe, A, port, B, PORT);
		assert_int_equal(track_pass(track, &probe), FLOW_NEW);
		assert_int_equal(track_event(track, FLOW_EVICTED), 0);
	}
}

static void set_all(struct track *track, uint8_t status)
{
	struct flow_bucket bucket;
	unsigned int way;
	uint32_t nr;

	for (nr = 0; nr < 2; nr++) {
		track_bucket(track, nr, &bucket);
		for (way = 0; way < FLOW_WAYS; way++)
			bucket.flow[way].status = status;
		track_bucket_set(track, nr, &bucket);
	}
}

/* Whether a flow is in the table, without changing it. */
static bool there(struct track *track, uint16_t port)
{
	struct probe probe;

	probe_udp(&probe, A, port, B, PORT);
	probe.packet.looped = 1;
	probe.packet.quiet = 1;
	track_label(track, &probe);
	return probe.packet.ct.label & LABEL_CONFIRMED;
}

static void stored_and_found_both_ways(void **state)
{
	struct track *track = track_fresh(state, TRACK_BUCKETS);
	struct probe to, fro;

	probe_udp(&to, A, 1000, B, PORT);
	probe_udp(&fro, B, PORT, A, 1000);
	assert_int_equal(track_pass(track, &to), FLOW_NEW);
	assert_int_equal(track_count(track), 1);
	assert_int_equal(track_pass(track, &to), NEW_STORED);
	assert_int_equal(track_pass(track, &fro), FLOW_ESTABLISHED |
			 LABEL_REPLY | LABEL_SEEN_REPLY | LABEL_CONFIRMED);
	assert_int_equal(fro.packet.ct.addr[0], A);
	assert_int_equal(fro.packet.ct.addr[1], B);
	assert_int_equal(fro.packet.ct.port[0], 1000);
	assert_int_equal(fro.packet.ct.port[1], PORT);
	assert_int_equal(fro.packet.ct.proto, 17);
	assert_int_equal(track_count(track), 1);
}

static void what_does_not_survive_leaves_nothing(void **state)
{
	struct track *track = track_fresh(state, TRACK_BUCKETS);
	struct probe probe;
	int i;

	for (i = 0; i < 2; i++) {
		probe_udp(&probe, A, 1000, B, PORT);
		track_label(track, &probe);
		assert_int_equal(probe.packet.ct.label, FLOW_NEW);
		assert_int_equal(probe.packet.fresh, 1);
	}
	assert_int_equal(track_count(track), 0);
}

static void many_flows_each_their_own(void **state)
{
	struct track *track = track_fresh(state, TRACK_BUCKETS);
	struct probe probe;
	uint32_t i;

	for (i = 0; i < 256; i++) {
		probe_udp(&probe, A + i, (uint16_t)(i * 7), B, PORT);
		assert_int_equal(track_pass(track, &probe), FLOW_NEW);
	}
	assert_int_equal(track_count(track), 256);
	for (i = 0; i < 256; i++) {
		probe_udp(&probe, A + i, (uint16_t)(i * 7), B, PORT);
		assert_int_equal(track_pass(track, &probe), NEW_STORED);
		assert_int_equal(probe.packet.ct.addr[0], A + i);
	}
}

static void expired_is_free(void **state)
{
	struct track *track = track_fresh(state, TRACK_BUCKETS);
	struct probe probe;
	struct flow flow;

	probe_udp(&probe, A, 1000, B, PORT);
	track_pass(track, &probe);
	flow = *track_flow(track, &probe);
	flow.expires = track_now();
	track_flow_set(track, &flow);
	assert_int_equal(track_count(track), 0);
	assert_int_equal(track_pass(track, &probe), FLOW_NEW);
	assert_int_equal(track_count(track), 1);
	assert_int_equal(bucket_count(track, bucket_nr(track,
		hash_of(track, &probe), 0)), 1);
}

static void time_is_counted_from_the_store(void **state)
{
	struct track *track = track_fresh(state, TRACK_BUCKETS);
	struct probe probe;
	uint64_t left;

	probe_udp(&probe, A, 1000, B, PORT);
	track_label(track, &probe);
	assert_int_equal(probe.packet.ct.expires_s, 0);
	assert_int_equal(track_store(track, &probe), -1);
	left = track_flow(track, &probe)->expires - track_now();
	assert_in_range(left, track->tracking.timeout[TIMEOUT_UDP] - 250,
			track->tracking.timeout[TIMEOUT_UDP]);
	track_pass(track, &probe);
	assert_in_range(probe.packet.ct.expires_s,
			track->tracking.timeout[TIMEOUT_UDP] / 250 - 1,
			track->tracking.timeout[TIMEOUT_UDP] / 250);
}

static void full_bucket_flows_over(void **state)
{
	uint16_t ports[2 * FLOW_WAYS];
	struct track *track = track_fresh(state, 2);
	unsigned int i;

	fill(track, ports);
	assert_int_equal(bucket_count(track, 0), FLOW_WAYS);
	assert_int_equal(bucket_count(track, 1), FLOW_WAYS);
	for (i = 0; i < 2 * FLOW_WAYS; i++)
		assert_true(there(track, ports[i]));
	assert_int_equal(track_count(track), 2 * FLOW_WAYS);
}

/* Flow `nr` of the full pair, to be changed. */
static void change(struct track *track, uint16_t port, uint8_t status,
		   int seconds)
{
	struct probe probe;
	struct flow flow;

	probe_udp(&probe, A, port, B, PORT);
	probe.packet.looped = 1;
	probe.packet.quiet = 1;
	track_label(track, &probe);
	flow = *track_flow(track, &probe);
	flow.status = status;
	flow.expires += (uint64_t)(seconds * 250);
	track_flow_set(track, &flow);
}

static void the_first_to_expire_gives_way(void **state)
{
	uint16_t ports[2 * FLOW_WAYS], port;
	struct track *track = track_fresh(state, 2);
	struct probe probe;
	unsigned int i;

	fill(track, ports);
	change(track, ports[3], LABEL_CONFIRMED | LABEL_ASSURED, -90);
	change(track, ports[12], LABEL_CONFIRMED, -80);
	change(track, ports[5], LABEL_CONFIRMED, -70);
	port = port_for(track, ports[15], 0, 1);
	probe_udp(&probe, A, port, B, PORT);
	assert_int_equal(track_pass(track, &probe), FLOW_NEW);
	assert_int_equal(track_event(track, FLOW_EVICTED), 1);
	assert_true(there(track, port));
	for (i = 0; i < 2 * FLOW_WAYS; i++)
		assert_int_equal(there(track, ports[i]), i != 12);
	assert_int_equal(track_count(track), 2 * FLOW_WAYS);
}

static void assured_stay_and_the_new_is_dropped(void **state)
{
	uint16_t ports[2 * FLOW_WAYS], port;
	struct track *track = track_fresh(state, 2);
	struct probe probe;
	unsigned int i;

	fill(track, ports);
	set_all(track, LABEL_CONFIRMED | LABEL_ASSURED);
	port = port_for(track, ports[15], 0, 1);
	probe_udp(&probe, A, port, B, PORT);
	assert_int_equal(track_label(track, &probe), -1);
	assert_int_equal(track_store(track, &probe), 2);
	assert_int_equal(track_event(track, DROP_FLOWS_FULL), 1);
	assert_int_equal(track_event(track, FLOW_EVICTED), 0);
	for (i = 0; i < 2 * FLOW_WAYS; i++)
		assert_true(there(track, ports[i]));
}

/* A connection that is closing gives way, but only where nothing is worth
 * less. */
static void what_ends_gives_way_last(void **state)
{
	uint16_t ports[2 * FLOW_WAYS], port;
	struct track *track = track_fresh(state, 2);
	struct probe tcp, probe;
	struct flow flow;

	fill(track, ports);
	set_all(track, LABEL_CONFIRMED | LABEL_ASSURED);
	change(track, ports[2], LABEL_CONFIRMED, 0);
	do
		probe_tcp(&tcp, A, ++ports[0], B, PORT);
	while (bucket_nr(track, hash_of(track, &tcp), 0) != 0 ||
	       bucket_nr(track, hash_of(track, &tcp), 1) != 1);
	assert_int_equal(track_pass(track, &tcp), FLOW_NEW);
	assert_false(there(track, ports[2]));
	flow = *track_flow(track, &tcp);
	flow.status |= LABEL_ASSURED;
	flow.state = FLOW_TCP_ESTABLISHED;
	track_flow_set(track, &flow);
	port = port_for(track, ports[15], 0, 1);
	probe_udp(&probe, A, port, B, PORT);
	track_label(track, &probe);
	assert_int_equal(track_store(track, &probe), 2);
	flow.state = FLOW_TCP_TIME_WAIT;
	track_flow_set(track, &flow);
	assert_int_equal(track_store(track, &probe), -1);
	assert_true(there(track, port));
}

/* Two processors may bring the first packet of one flow at once. */
static void stored_twice_is_there_once(void **state)
{
	struct track *track = track_fresh(state, TRACK_BUCKETS);
	struct probe probe;
	struct flow flow;

	probe_udp(&probe, A, 1000, B, PORT);
	track_label(track, &probe);
	assert_int_equal(track_store(track, &probe), -1);
	flow = *track_flow(track, &probe);
	flow.status |= LABEL_SEEN_REPLY;
	track_flow_set(track, &flow);
	assert_int_equal(track_store(track, &probe), -1);
	assert_int_equal(track_count(track), 1);
	assert_int_equal(track_flow(track, &probe)->status, flow.status);
}

/* The flow in the second bucket is found though the first has room again. */
static void second_bucket_is_looked_at(void **state)
{
	uint16_t ports[2 * FLOW_WAYS];
	struct track *track = track_fresh(state, 2);
	struct probe probe;

	fill(track, ports);
	change(track, ports[0], LABEL_CONFIRMED, -3600);
	probe_udp(&probe, A, ports[15], B, PORT);
	assert_int_equal(track_pass(track, &probe), NEW_STORED);
	track_label(track, &probe);
	assert_int_equal(track_store(track, &probe), -1);
	assert_int_equal(track_count(track), 2 * FLOW_WAYS - 1);
}

static void a_lock_that_stays_drops(void **state)
{
	struct flow_bucket bucket;
	struct track *track = track_fresh(state, 1);
	struct probe probe;

	probe_udp(&probe, A, 1000, B, PORT);
	track_pass(track, &probe);
	track_bucket(track, 0, &bucket);
	bucket.lock = 1;
	track_bucket_set(track, 0, &bucket);
	assert_int_equal(track_label(track, &probe), 2);
	probe_udp(&probe, A, 1001, B, PORT);
	assert_int_equal(track_label(track, &probe), -1);
	assert_int_equal(track_store(track, &probe), 2);
	assert_int_equal(track_event(track, DROP_FLOWS_BUSY), 2);
	assert_int_equal(track_edit(track, FLOW_INSERT, &bucket.flow[1]), 1);
}

static void edits(void **state)
{
	uint16_t ports[2 * FLOW_WAYS];
	struct track *track = track_fresh(state, 2);
	struct probe probe;
	struct flow flow, reply;

	probe_udp(&probe, A, 1000, B, PORT);
	track_pass(track, &probe);
	flow = *track_flow(track, &probe);
	reply = flow;
	reply.addr[0] = flow.addr[1];
	reply.addr[1] = flow.addr[0];
	reply.port[0] = flow.port[1];
	reply.port[1] = flow.port[0];
	assert_int_equal(track_edit(track, FLOW_INSERT, &flow), 1);
	assert_int_equal(track_edit(track, FLOW_INSERT, &reply), 1);
	assert_int_equal(track_edit(track, FLOW_DELETE, &reply), 1);
	assert_int_equal(track_edit(track, FLOW_DELETE, &flow), 0);
	assert_int_equal(track_edit(track, FLOW_DELETE, &flow), 1);
	assert_int_equal(track_count(track), 0);
	flow.status |= LABEL_SEEN_REPLY | LABEL_ASSURED;
	assert_int_equal(track_edit(track, FLOW_INSERT, &flow), 0);
	assert_int_equal(track_pass(track, &probe), FLOW_ESTABLISHED |
			 LABEL_SEEN_REPLY | LABEL_ASSURED | LABEL_CONFIRMED);
	assert_int_equal(track_edit(track, FLOW_DELETE, &flow), 0);
	fill(track, ports);
	set_all(track, LABEL_CONFIRMED | LABEL_ASSURED);
	flow.port[0] = port_for(track, ports[15], 0, 1);
	assert_int_equal(track_edit(track, FLOW_INSERT, &flow), 1);
	assert_int_equal(track_edit(track, NR_FLOW_OPS, &flow), 1);
	assert_int_equal(track_count(track), 2 * FLOW_WAYS);
}

static void processors_at_once(void **state)
{
	struct track *track = track_fresh(state, 1);
	struct probe probe;

	probe_udp(&probe, A, 1000, B, PORT);
	track_race(track, &probe, false);
	assert_int_equal(track_count(track), 1);
	assert_int_equal(bucket_count(track, 0), 1);
	probe_udp(&probe, A, 1001, B, PORT);
	track_race(track, &probe, true);
	assert_in_range(track_count(track), 1, 2);
	assert_int_equal(track_event(track, DROP_FLOWS_BUSY), 0);
	assert_int_equal(track_event(track, FLOW_EVICTED), 0);
}

/* An ICMP query is its sender's: the other side may ask with the same id. */
static void queries_cross(void **state)
{
	struct track *track = track_fresh(state, 2);
	struct probe ask, cross;
	struct flow flow;

	probe_icmp(&ask, A, B, 0x800, 7);
	probe_icmp(&cross, B, A, 0x800, 7);
	assert_int_equal(track_pass(track, &ask), FLOW_NEW);
	assert_int_equal(track_pass(track, &cross), FLOW_NEW);
	assert_int_equal(track_count(track), 2);
	flow = *track_flow(track, &ask);
	assert_int_equal(track_edit(track, FLOW_DELETE, &flow), 0);
	assert_int_equal(track_pass(track, &cross), NEW_STORED);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_and_found_both_ways),
		cmocka_unit_test(what_does_not_survive_leaves_nothing),
		cmocka_unit_test(many_flows_each_their_own),
		cmocka_unit_test(expired_is_free),
		cmocka_unit_test(time_is_counted_from_the_store),
		cmocka_unit_test(full_bucket_flows_over),
		cmocka_unit_test(the_first_to_expire_gives_way),
		cmocka_unit_test(assured_stay_and_the_new_is_dropped),
		cmocka_unit_test(what_ends_gives_way_last),
		cmocka_unit_test(stored_twice_is_there_once),
		cmocka_unit_test(second_bucket_is_looked_at),
		cmocka_unit_test(a_lock_that_stays_drops),
		cmocka_unit_test(edits),
		cmocka_unit_test(processors_at_once),
		cmocka_unit_test(queries_cross),
	};

	return track_run(tests, sizeof(tests) / sizeof(*tests));
}
