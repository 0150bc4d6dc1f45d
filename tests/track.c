// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the tracker's programs and runs them on single packets: see track.h.
 * Frames are made here, with the struct packet that the selector would make of
 * them; per-CPU maps are read and written for the processor that the test is
 * bound to.
 */
#include "track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "clock.h"
#include "conntrack.skel.h"
#include "diag.h"

#define ETH_SIZE	14u
#define IP_SIZE		20u
#define HZ		250u
#define TIMEOUT_S	100u

#define RACE_ROUNDS	60
#define RACE_REPEAT	500

static const char *load(struct track *track)
{
	track->skel = conntrack__open();
	assert(track->skel);
	bpf_map__set_max_entries(track->skel->maps.flows, TRACK_BUCKETS);
	if (conntrack__load(track->skel)) {
		track_close(track);
		fprintf(stderr, "the kernel refuses the programs\n");
	}
	return NULL;
}

const char *track_open(struct track *track)
{
	cpu_set_t cpus;

	memset(track, 0, sizeof(*track));
	if (geteuid())
		return "needs root";
	track->cpu = sched_getcpu();
	track->nr_cpus = libbpf_num_possible_cpus();
	CPU_ZERO(&cpus);
	CPU_SET((size_t)track->cpu, &cpus);
	if (track->cpu < 0 || sched_setaffinity(0, sizeof(cpus), &cpus))
		return "cannot stay on one processor";
	return load(track);
}

void track_close(struct track *track)
{
	conntrack__destroy(track->skel);
	track->skel = NULL;
}

static void map_set(const struct bpf_map *map, uint32_t key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(map), &key, value,
					     BPF_ANY), 0);
}

struct track *track_fresh(void **state, uint32_t nr_buckets)
{
	struct track_stand *stand = *state;

	if (stand->missing) {
		printf("SKIP: %s\n", stand->missing);
		skip();
	}
	track_reset(&stand->track, nr_buckets);
	return &stand->track;
}

int track_run(struct CMUnitTest *tests, size_t nr)
{
	struct track_stand stand;
	size_t i;
	int failed;

	stand.missing = track_open(&stand.track);
	for (i = 0; i < nr; i++)
		tests[i].initial_state = &stand;
	failed = _cmocka_run_group_tests("tests", tests, nr, NULL, NULL);
	track_close(&stand.track);
	return failed;
}

void track_settings(struct track *track)
{
	map_set(track->skel->maps.tracking, 0, &track->tracking);
}

void track_reset(struct track *track, uint32_t nr_buckets)
{
	const struct flow_bucket empty = { 0 };
	uint64_t *none;
	uint32_t i;

	assert_non_null(track->skel);
	none = calloc((size_t)track->nr_cpus, sizeof(*none));
	assert_non_null(none);
	for (i = 0; i < NR_EVENTS; i++)
		map_set(track->skel->maps.events, i, none);
	free(none);
	for (i = 0; i < TRACK_BUCKETS; i++)
		track_bucket_set(track, i, &empty);
	track->tracking = (struct flow_tracking){
		.seed = { 0x1234567890abcdefull, 0xfedcba0987654321ull },
		.nr_buckets = nr_buckets,
		.hz = HZ,
		.epoch = 1,
		.checksum = 1,
		.tcp_loose = 1,
		.tcp_max_retrans = 3,
	};
	for (i = 0; i < NR_TIMEOUTS; i++)
		track->tracking.timeout[i] = (TIMEOUT_S + i) * HZ;
	track_settings(track);
}

/* --- Packets -------------------------------------------------------------- */

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

uint8_t *probe_l4(struct probe *probe)
{
	return probe->frame + ETH_SIZE + IP_SIZE;
}

static void begin(struct probe *probe, uint8_t proto, uint32_t saddr,
		  uint32_t daddr, uint32_t len)
{
	uint8_t *ip = probe->frame + ETH_SIZE;

	memset(probe, 0, sizeof(*probe));
	probe->len = ETH_SIZE + IP_SIZE + len;
	probe->frame[12] = 0x08;
	ip[0] = 0x45;
	put16(ip + 2, (uint16_t)(IP_SIZE + len));
	ip[8] = 64;
	ip[9] = proto;
	put32(ip + 12, saddr);
	put32(ip + 16, daddr);
	probe->packet = (struct packet){
		.saddr = saddr,
		.daddr = daddr,
		.length = IP_SIZE + len,
		.bytes = IP_SIZE + len,
		.next = NR_PROGRAMS,
		.l3 = ETH_SIZE,
		.l4 = ETH_SIZE + IP_SIZE,
		.l4_len = len,
		.proto = proto,
		.header = HEADER_OK,
		.ttl = 64,
		.incoming = 1,
	};
}

static void ports(struct probe *probe, uint16_t sport, uint16_t dport)
{
	put16(probe_l4(probe), sport);
	put16(probe_l4(probe) + 2, dport);
	probe->packet.sport = sport;
	probe->packet.dport = dport;
}

static uint32_t add(const uint8_t *bytes, uint32_t len, uint32_t sum)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

/* Where the protocol has its checksum. */
static uint8_t *sum_of(struct probe *probe)
{
	switch (probe->packet.proto) {
	case IPPROTO_TCP:
		return probe_l4(probe) + 16;
	case IPPROTO_UDP:
		return probe_l4(probe) + 6;
	case IPPROTO_ICMP:
		return probe_l4(probe) + 2;
	default:
		return NULL;
	}
}

void probe_sum(struct probe *probe)
{
	const struct packet *p = &probe->packet;
	uint8_t *at = sum_of(probe);
	uint32_t sum = 0;

	if (!at)
		return;
	put16(at, 0);
	if (p->proto != IPPROTO_ICMP)
		sum = add(probe->frame + ETH_SIZE + 12, 8,
			  p->proto + p->l4_len);
	sum = add(probe_l4(probe), p->l4_len, sum);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(at, (uint16_t)~sum);
}

void probe_udp(struct probe *probe, uint32_t saddr, uint16_t sport,
	      uint32_t daddr, uint16_t dport)
{
	begin(probe, IPPROTO_UDP, saddr, daddr, 12);
	ports(probe, sport, dport);
	put16(probe_l4(probe) + 4, 12);
	put32(probe_l4(probe) + 8, 0x31323334);
	probe_sum(probe);
}

void probe_tcp(struct probe *probe, uint32_t saddr, uint16_t sport,
	      uint32_t daddr, uint16_t dport)
{
	begin(probe, IPPROTO_TCP, saddr, daddr, 20);
	ports(probe, sport, dport);
	put16(probe_l4(probe) + 14, 1000);
	probe->packet.l4_head = 20;
	probe_tcp_flags(probe, 0x02, 100, 0);
}

void probe_tcp_flags(struct probe *probe, uint8_t flags, uint32_t seq,
		    uint32_t ack)
{
	uint8_t *tcp = probe_l4(probe);

	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	tcp[12] = 0x50;
	tcp[13] = flags;
	probe->packet.tcpflags = flags;
	probe_sum(probe);
}

void probe_icmp(struct probe *probe, uint32_t saddr, uint32_t daddr,
	       uint16_t kind, uint16_t id)
{
	begin(probe, IPPROTO_ICMP, saddr, daddr, 16);
	put16(probe_l4(probe), kind);
	put16(probe_l4(probe) + 4, id);
	probe->packet.icmp_type = (uint8_t)(kind >> 8);
	probe->packet.icmp_code = (uint8_t)kind;
	probe_sum(probe);
}

/* Ports are there as the parser leaves them, whether the protocol has any. */
void probe_other(struct probe *probe, uint32_t saddr, uint32_t daddr,
		uint8_t proto, const uint8_t bytes[16])
{
	begin(probe, proto, saddr, daddr, 16);
	memcpy(probe_l4(probe), bytes, 16);
	probe->packet.sport = (uint16_t)(bytes[0] << 8 | bytes[1]);
	probe->packet.dport = (uint16_t)(bytes[2] << 8 | bytes[3]);
}

void probe_error(struct probe *probe, uint32_t saddr, uint32_t daddr,
		const struct probe *about)
{
	begin(probe, IPPROTO_ICMP, saddr, daddr, 8 + IP_SIZE + 8);
	probe_l4(probe)[0] = 3;
	probe_l4(probe)[1] = 1;
	memcpy(probe_l4(probe) + 8, about->frame + ETH_SIZE, IP_SIZE + 8);
	probe->packet.icmp_type = 3;
	probe->packet.icmp_code = 1;
	probe_sum(probe);
}

/* --- Programs ------------------------------------------------------------- */

static int run_often(const struct bpf_program *program, const void *bytes,
		     uint32_t len, int times)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = bytes,
		.data_size_in = len,
		.repeat = times,
	);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(program),
						&opts), 0);
	return (int)opts.retval;
}

static int run(const struct bpf_program *program, const void *bytes,
	       uint32_t len)
{
	return run_often(program, bytes, len, 1);
}

/* A per-CPU element as the kernel hands it over, 8 bytes aligned. */
static size_t stride(size_t size)
{
	return (size + 7) / 8 * 8;
}

static void scratch_set(struct track *track, const struct packet *packet)
{
	size_t size = stride(sizeof(*packet));
	uint8_t *values = calloc((size_t)track->nr_cpus, size);
	int cpu;

	assert_non_null(values);
	for (cpu = 0; cpu < track->nr_cpus; cpu++)
		memcpy(values + (size_t)cpu * size, packet, sizeof(*packet));
	map_set(track->skel->maps.scratch, 0, values);
	free(values);
}

static void scratch_get(struct track *track, struct packet *packet)
{
	size_t size = stride(sizeof(*packet));
	uint8_t *values = calloc((size_t)track->nr_cpus, size);
	uint32_t zero = 0;

	assert_non_null(values);
	assert_int_equal(bpf_map_lookup_elem(
		bpf_map__fd(track->skel->maps.scratch), &zero, values), 0);
	memcpy(packet, values + (size_t)track->cpu * size, sizeof(*packet));
	free(values);
}

int track_label(struct track *track, struct probe *probe)
{
	int act;

	scratch_set(track, &probe->packet);
	act = run(track->skel->progs.conntrack_label, probe->frame, probe->len);
	scratch_get(track, &probe->packet);
	return act;
}

int track_store(struct track *track, const struct probe *probe)
{
	scratch_set(track, &probe->packet);
	return run(track->skel->progs.conntrack_store, probe->frame,
		   probe->len);
}

uint8_t track_pass(struct track *track, struct probe *probe)
{
	assert_int_equal(track_label(track, probe), -1);
	if (probe->packet.fresh)
		assert_int_equal(track_store(track, probe), -1);
	return probe->packet.ct.label;
}

struct racer {
	struct track *track;
	const struct probe *probe;
	const struct flow *edit;
	pthread_barrier_t *ready;
	int cpu;
};

static void *race(void *arg)
{
	const struct racer *r = arg;
	struct conntrack *skel = r->track->skel;
	cpu_set_t cpus;
	int i;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)r->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	/* Each has it for a new one before the first of them stores it. */
	run(skel->progs.conntrack_label, r->probe->frame, r->probe->len);
	pthread_barrier_wait(r->ready);
	for (i = 0; i < RACE_ROUNDS; i++) {
		run_often(skel->progs.conntrack_label, r->probe->frame,
			  r->probe->len, RACE_REPEAT);
		run_often(skel->progs.conntrack_store, r->probe->frame,
			  r->probe->len, RACE_REPEAT);
		if (r->edit)
			track_edit(r->track, FLOW_DELETE, r->edit);
	}
	return NULL;
}

void track_race(struct track *track, const struct probe *probe, bool edit)
{
	struct flow flow = {
		.addr = { probe->packet.saddr, probe->packet.daddr },
		.port = { probe->packet.sport, probe->packet.dport },
		.proto = probe->packet.proto,
	};
	pthread_barrier_t ready;
	struct racer racers[2] = {
		{ track, probe, NULL, &ready, 0 },
		{ track, probe, edit ? &flow : NULL, &ready,
		  track->nr_cpus > 1 },
	};
	pthread_t threads[2];
	int i;

	scratch_set(track, &probe->packet);
	pthread_barrier_init(&ready, NULL, 2);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race,
						&racers[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&ready);
}

int track_edit(struct track *track, enum flow_op op, const struct flow *flow)
{
	struct flow_edit edit = { .op = op, .flow = *flow };

	return run(track->skel->progs.conntrack_edit, &edit, sizeof(edit));
}

/* --- The table ------------------------------------------------------------ */

void track_bucket(struct track *track, uint32_t nr, struct flow_bucket *bucket)
{
	assert_int_equal(bpf_map_lookup_elem(
		bpf_map__fd(track->skel->maps.flows), &nr, bucket), 0);
}

void track_bucket_set(struct track *track, uint32_t nr,
		      const struct flow_bucket *bucket)
{
	map_set(track->skel->maps.flows, nr, bucket);
}

uint64_t track_now(void)
{
	const struct diag diag = { 0 };
	struct clock clock;

	assert_int_equal(clock_read(&clock, &diag), 0);
	return clock.jiffies;
}

static struct flow *find(struct track *track, const struct flow *flow,
			 struct flow_bucket *bucket, uint32_t *nr)
{
	unsigned int way;

	for (*nr = 0; *nr < track->tracking.nr_buckets; ++*nr) {
		track_bucket(track, *nr, bucket);
		for (way = 0; way < FLOW_WAYS; way++)
			if (bucket->flow[way].expires &&
			    !memcmp(&bucket->flow[way], flow, 13))
				return &bucket->flow[way];
	}
	return NULL;
}

unsigned int track_count(struct track *track)
{
	struct flow_bucket bucket;
	unsigned int way, count = 0;
	uint64_t now = track_now();
	uint32_t nr;

	for (nr = 0; nr < track->tracking.nr_buckets; nr++) {
		track_bucket(track, nr, &bucket);
		assert_int_equal(bucket.lock, 0);
		for (way = 0; way < FLOW_WAYS; way++)
			count += bucket.flow[way].expires > now;
	}
	return count;
}

struct flow *track_flow(struct track *track, const struct probe *probe)
{
	static struct flow_bucket bucket;
	const struct flow_label *ct = &probe->packet.ct;
	struct flow flow = {
		.addr = { ct->addr[0], ct->addr[1] },
		.port = { ct->port[0], ct->port[1] },
		.proto = ct->proto,
	};
	uint32_t nr;

	return find(track, &flow, &bucket, &nr);
}

void track_flow_set(struct track *track, const struct flow *flow)
{
	struct flow_bucket bucket;
	struct flow *at;
	uint32_t nr;

	at = find(track, flow, &bucket, &nr);
	assert_non_null(at);
	*at = *flow;
	track_bucket_set(track, nr, &bucket);
}

uint64_t track_event(struct track *track, enum event event)
{
	uint64_t *values = calloc((size_t)track->nr_cpus, sizeof(*values));
	uint64_t count = 0;
	uint32_t key = event;
	int cpu;

	assert_non_null(values);
	assert_int_equal(bpf_map_lookup_elem(
		bpf_map__fd(track->skel->maps.events), &key, values), 0);
	for (cpu = 0; cpu < track->nr_cpus; cpu++)
		count += values[cpu];
	free(values);
	return count;
}
