/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracker's programs alone, loaded with a small table and run on single
 * packets by the kernel's test-run call: no device, no namespace, no rules. A
 * packet is what the selector would have left of a frame.
 */
#ifndef TRACK_H
#define TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bpf/packet.h"

#define TRACK_BUCKETS	256u	/* at most */
#define TRACK_FRAME	256u

struct conntrack;

struct track {
	struct conntrack *skel;
	struct flow_tracking tracking;
	int cpu;
	int nr_cpus;
};

/* A packet on its way; after track_label() what the tracker says of it. */
struct probe {
	struct packet packet;
	uint8_t frame[TRACK_FRAME];
	uint32_t len;
};

/* Loads the programs. Returns what is missing for that, else NULL; what is
 * refused then fails track_reset(). */
const char *track_open(struct track *track);
void track_close(struct track *track);

/* One load of the programs, for all tests of a program. */
struct track_stand {
	struct track track;
	const char *missing;	/* why nothing can run here */
};

/* Runs tests whose state is a track_stand; as cmocka_run_group_tests(). */
struct CMUnitTest;
int track_run(struct CMUnitTest *tests, size_t nr);

/* That of a test, which is skipped if something is missing, with an empty
 * table of nr buckets. */
struct track *track_fresh(void **state, uint32_t nr_buckets);

/* An empty table of nr buckets, usual settings, and no event counted. */
void track_reset(struct track *track, uint32_t nr_buckets);

/* Gives the programs what is in track->tracking. */
void track_settings(struct track *track);

/* Each makes a packet that arrives, with good checksums. */
void probe_udp(struct probe *probe, uint32_t saddr, uint16_t sport,
	      uint32_t daddr, uint16_t dport);
void probe_tcp(struct probe *probe, uint32_t saddr, uint16_t sport,
	      uint32_t daddr, uint16_t dport);
void probe_tcp_flags(struct probe *probe, uint8_t flags, uint32_t seq,
		    uint32_t ack);
/* kind is type << 8 | code. */
void probe_icmp(struct probe *probe, uint32_t saddr, uint32_t daddr,
	       uint16_t kind, uint16_t id);
/* Any protocol, with 16 bytes behind the IP header. */
void probe_other(struct probe *probe, uint32_t saddr, uint32_t daddr,
		uint8_t proto, const uint8_t bytes[16]);
/* An ICMP error that quotes what `about` begins with. */
void probe_error(struct probe *probe, uint32_t saddr, uint32_t daddr,
		const struct probe *about);
/* Its checksum anew, after bytes were changed. */
void probe_sum(struct probe *probe);

/* The bytes behind the IP header. */
uint8_t *probe_l4(struct probe *probe);

/* Runs conntrack_label, and returns what it returned. */
int track_label(struct track *track, struct probe *probe);
/* Runs conntrack_store behind it, as after a chain that accepted. */
int track_store(struct track *track, const struct probe *probe);
/* Both; returns the label. */
uint8_t track_pass(struct track *track, struct probe *probe);
/* Runs both on two processors at once, again and again, while a third party
 * takes the flow out if `edit` says so. */
void track_race(struct track *track, const struct probe *probe, bool edit);
/* Runs conntrack_edit. */
int track_edit(struct track *track, enum flow_op op, const struct flow *flow);

void track_bucket(struct track *track, uint32_t nr, struct flow_bucket *bucket);
void track_bucket_set(struct track *track, uint32_t nr,
		      const struct flow_bucket *bucket);

/* How many flows are in the table, expired ones not counted. */
unsigned int track_count(struct track *track);
/* The flow whose first packet this was, or NULL; the pointer is good until the
 * next call. A changed copy is put back by track_flow_set(). */
struct flow *track_flow(struct track *track, const struct probe *probe);
void track_flow_set(struct track *track, const struct flow *flow);

uint64_t track_event(struct track *track, enum event event);
/* The kernel's clock, in jiffies. */
uint64_t track_now(void);

#endif
