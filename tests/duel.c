// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One packet after the other to our tracker and to the kernel's. What the
 * programs do around a protocol's tracker is done here for all of them.
 */
#include "duel.h"

#include <netinet/in.h>
#include <time.h>

#define MAX_DIFFERENT	3
#define SERVER_PORT	80
#define RENEW_MAX_S	8000
#define RENEW_SHORT_S	100
#define PROBE_L3	14u
#define PROBE_L4	34u

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

void duel_open(struct duel *d, uint8_t proto)
{
	memset(d, 0, sizeof(*d));
	d->proto = proto;
	d->port = 1000;
	d->tracking.hz = DUEL_HZ;
	d->missing = testns_guard(300);
	if (!d->missing)
		d->missing = track_open(&d->loaded);
	d->alone = ctoracle_older();
	if (!d->missing && !d->alone)
		d->missing = ctoracle_open(&d->oracle);
}

void duel_close(struct duel *d)
{
	ctoracle_close(&d->oracle);
	if (d->loaded.skel)
		track_close(&d->loaded);
}

/* Theirs are ours; that they are of use in time is what else is tested. */
void duel_settings(struct duel *d)
{
	struct flow_tracking *t = &d->loaded.tracking;

	t->checksum = d->tracking.checksum;
	t->tcp_loose = d->tracking.tcp_loose;
	t->tcp_liberal = d->tracking.tcp_liberal;
	t->tcp_max_retrans = d->tracking.tcp_max_retrans;
	t->tcp_ignore_rst = d->tracking.tcp_ignore_rst;
	track_settings(&d->loaded);
}

void duel_set(const struct duel *d, const char *name, unsigned int value)
{
	if (!d->alone)
		ctoracle_set(name, value);
}

void duel_set_timeouts(struct duel *d, const struct duel_timeout *timeouts,
		       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		duel_set(d, timeouts[i].name, timeouts[i].seconds);
		d->tracking.timeout[timeouts[i].which] =
			timeouts[i].seconds * DUEL_HZ;
	}
}

uint32_t duel_below(struct duel *d, uint32_t n)
{
	return unit_below(&d->seed, n);
}

int duel_dir(const struct duel *d, int end)
{
	return d->flow.expires ? end ^ d->opener : 0;
}

int duel_differ(struct duel *d, const char *what, uint32_t ours,
		uint32_t kernel)
{
	fflush(d->out);
	printf("%sthen %s: %#x, kernel %#x\n", d->log, what, ours, kernel);
	return -1;
}

/* --- One packet ------------------------------------------------------------*/

static struct ct_tuple tuple_of(const struct duel *d, int end)
{
	struct ct_tuple tuple = { .proto = d->proto };

	tuple.addr[end] = 0x0a000001;
	tuple.addr[!end] = 0x0a000002;
	tuple.port[end] = d->port;
	tuple.port[!end] = SERVER_PORT;
	return tuple;
}

/* Now and then another time to live, so that it shows what a packet renews. */
static void renew(struct duel *d, const struct ct_tuple *tuple)
{
	uint32_t left_s;

	if (!d->flow.expires || duel_below(d, 4))
		return;
	left_s = duel_below(d, 4) ? 5 + duel_below(d, RENEW_MAX_S) :
				    RENEW_SHORT_S + duel_below(d, 40);
	/* Where TCP has a limit, a moment may make the difference. */
	if (left_s >= 119 && left_s <= 121)
		left_s = 122;
	if (!d->alone)
		ctoracle_renew(tuple, left_s);
	d->flow.expires = now_ms() + left_s * DUEL_HZ;
}

static uint8_t begin(struct duel *d, const struct duel_protocol *protocol,
		     const struct duel_packet *packet)
{
	memset(&d->flow, 0, sizeof(d->flow));
	if (protocol->begin(d, packet->ctx) != FLOW_ACCEPT) {
		d->flow.expires = 0;
		return CT_INVALID;
	}
	d->flow.expires += d->now;
	d->opener = packet->end;
	return CT_NEW;
}

/* What ours says, as the rules write it. */
static uint8_t judge(struct duel *d, const struct duel_protocol *protocol,
		     const struct duel_packet *packet)
{
	int dir = duel_dir(d, packet->end);
	bool seen = d->flow.status & LABEL_SEEN_REPLY;
	enum flow_act act = FLOW_REPEAT;
	uint8_t label;

	d->now = now_ms();
	if (packet->bad)
		return CT_INVALID;
	if (d->flow.expires)
		act = protocol->update(d, dir, packet->ctx);
	if (act == FLOW_REPEAT)
		return begin(d, protocol, packet);
	if (act != FLOW_ACCEPT)
		return CT_INVALID;
	if (dir)
		d->flow.status |= LABEL_SEEN_REPLY;
	label = dir ? CT_ESTABLISHED | CT_REPLY :
		seen ? CT_ESTABLISHED : CT_NEW;
	if (d->flow.status & LABEL_SEEN_REPLY)
		label |= CT_SEEN_REPLY;
	if (d->flow.status & LABEL_ASSURED)
		label |= CT_ASSURED;
	return label;
}

static int compare_entry(struct duel *d, const struct duel_protocol *protocol,
			 const struct ct_entry *entry)
{
	uint32_t left = (d->flow.expires - d->now) / DUEL_HZ;

	if (entry->there != !!d->flow.expires)
		return duel_differ(d, "entry", !!d->flow.expires,
				   entry->there);
	if (!entry->there)
		return 0;
	if (entry->state != d->flow.state)
		return duel_differ(d, "state", d->flow.state, entry->state);
	if (entry->timeout_s + 1 < left || entry->timeout_s > left + 1)
		return duel_differ(d, "timeout", left, entry->timeout_s);
	return protocol->compare(d, entry);
}

/* The same from the label that the loaded programs give. */
static uint8_t label_of(uint8_t label)
{
	static const uint8_t states[NR_FLOW_STATES] = {
		[FLOW_INVALID] = CT_INVALID,
		[FLOW_NEW] = CT_NEW,
		[FLOW_ESTABLISHED] = CT_ESTABLISHED,
	};

	return states[label & LABEL_STATE] |
	       (label & LABEL_REPLY ? CT_REPLY : 0) |
	       (label & LABEL_SEEN_REPLY ? CT_SEEN_REPLY : 0) |
	       (label & LABEL_ASSURED ? CT_ASSURED : 0);
}

/* As much of it as fits: what is behind the headers is not read. */
static void probe_make(struct probe *probe, const struct ct_tuple *tuple,
		       const struct duel_packet *packet)
{
	uint32_t head = tuple->proto == IPPROTO_TCP ?
			(packet->l4[12] >> 4) * 4u : 12;

	memset(probe, 0, sizeof(*probe));
	probe->packet = (struct packet){
		.saddr = tuple->addr[0],
		.daddr = tuple->addr[1],
		.sport = tuple->port[0],
		.dport = tuple->port[1],
		.next = NR_PROGRAMS,
		.l3 = PROBE_L3,
		.l4 = PROBE_L4,
		.l4_len = packet->len,
		.l4_head = head,
		.length = PROBE_L4 - PROBE_L3 + packet->len,
		.proto = tuple->proto,
		.header = HEADER_OK,
		.incoming = 1,
	};
	probe->len = PROBE_L4 + packet->len;
	if (probe->len > sizeof(probe->frame))
		probe->len = sizeof(probe->frame);
	memcpy(probe->frame + PROBE_L4, packet->l4, probe->len - PROBE_L4);
	probe->frame[12] = 0x08;
	probe->frame[PROBE_L3] = 0x45;
}

static int compare_loaded(struct duel *d, const struct ct_tuple *tuple,
			  const struct duel_packet *packet, uint8_t label)
{
	const struct flow *loaded = NULL;
	struct flow_bucket bucket;
	struct probe probe;
	uint8_t theirs;
	int way;

	probe_make(&probe, tuple, packet);
	theirs = label_of(track_pass(&d->loaded, &probe));
	if (theirs != label)
		return duel_differ(d, "label of the host's", label, theirs);
	track_bucket(&d->loaded, 0, &bucket);
	for (way = 0; way < (int)FLOW_WAYS; way++)
		if (bucket.flow[way].expires)
			loaded = &bucket.flow[way];
	if (!loaded != !d->flow.expires)
		return duel_differ(d, "flow of the host's", !!d->flow.expires,
				   !!loaded);
	if (loaded && (loaded->state != d->flow.state ||
		       (loaded->status & ~LABEL_CONFIRMED) != d->flow.status ||
		       memcmp(&loaded->tcp, &d->flow.tcp, sizeof(loaded->tcp))))
		return duel_differ(d, "state of the host's", d->flow.state,
				   loaded->state);
	return 0;
}

static int compare_kernel(struct duel *d, const struct duel_protocol *protocol,
			  const struct ct_tuple *tuple, uint8_t label,
			  int kernel)
{
	struct ct_entry entry;

	if (kernel != label)
		return duel_differ(d, "label", label, kernel);
	entry = ctoracle_entry(tuple);
	return compare_entry(d, protocol, &entry);
}

int duel_packet(struct duel *d, const struct duel_protocol *protocol,
		const struct duel_packet *packet)
{
	struct ct_tuple tuple = tuple_of(d, packet->end);
	int kernel = -1, i;
	uint8_t label;

	renew(d, &tuple);
	for (i = 0; i < 2; i++) {
		packet->l4[2 * i] = tuple.port[i] >> 8;
		packet->l4[2 * i + 1] = tuple.port[i];
	}
	if (!d->alone)
		kernel = ctoracle_send(&d->oracle, &tuple, packet->l4,
				       packet->len);
	label = judge(d, protocol, packet);
	if (!d->alone &&
	    compare_kernel(d, protocol, &tuple, label, kernel))
		return -1;
	d->labels[label]++;
	if (d->flow.expires)
		d->states[d->flow.state & 15]++;
	return compare_loaded(d, &tuple, packet, label);
}

/* --- Sequences -------------------------------------------------------------*/

static unsigned int env_number(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static int one_sequence(struct duel *d, int (*sequence)(void *ctx), void *ctx)
{
	int ret;

	d->out = open_memstream(&d->log, &d->log_len);
	assert_non_null(d->out);
	memset(&d->flow, 0, sizeof(d->flow));
	track_bucket_set(&d->loaded, 0, &(struct flow_bucket){ 0 });
	d->port++;
	ret = sequence(ctx);
	fclose(d->out);
	free(d->log);
	return ret;
}

unsigned int duel_run(struct duel *d, unsigned int nr,
		      int (*sequence)(void *ctx), void *ctx)
{
	unsigned int i, failed = 0;

	nr = env_number("SEQUENCES", nr);
	assert_true(nr < 60000);	/* each has a port of its own */
	track_reset(&d->loaded, 1);
	duel_settings(d);
	d->seed = env_number("SEED", 1);
	for (i = 0; i < nr && failed < MAX_DIFFERENT; i++)
		failed += one_sequence(d, sequence, ctx) != 0;
	for (i = 0; i < 16; i++)
		if (d->states[i])
			printf("# state %u: %u\n", i, d->states[i]);
	for (i = 0; i < 256; i++)
		if (d->labels[i])
			printf("# label %#x: %u\n", i, d->labels[i]);
	assert_int_equal(failed, 0);
	return nr;
}
