// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The oracle beside the kernel's iptables: the same random rulesets in a
 * namespace's iptables-legacy, the same packets sent into it, and every counter
 * must be what the oracle says. So what is compared with the oracle elsewhere
 * is compared with iptables. Goes in: SEED and ROUNDS from the environment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "gen.h"
#include "oracle.h"
#include "testns.h"

#define DEFAULT_SECONDS	10	/* without ROUNDS */
#define PACKETS		200
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define HIGH_TTL	100	/* above it PREROUTING sets the mark */
#define HIGH_MARK	0x1ff

struct bench {
	const char *missing;	/* why nothing can run here */
	bool ready;
	struct testns fw;
	struct testns ends;	/* where packets come from and go to */
	int wire;		/* packet socket in ends */
	int raw;		/* raw socket in fw, for OUTPUT */
	int ifindex;		/* of ends' device */
	uint8_t mac[6];		/* of fw's */
	uint64_t seed;
	uint64_t packets;
};

/* One ruleset as it is tried. */
struct trial {
	struct arena arena;
	struct oracle *oracle;
	unsigned int nr_counters;
	uint32_t *expected;
	uint32_t *found;
	struct gen_packet packets[PACKETS];
};

static const char setup_ends[] =
	"link add a0 type veth peer name f0\n"
	"link add h0 type veth peer name g0\n"
	"link set a0 up\n"
	"link set h0 up\n";

static const char setup_fw[] =
	"link set f0 address 02:00:00:00:01:01\n"
	"link set f0 up\n"
	"link set g0 up\n"
	"addr add 10.0.0.1/24 dev f0\n"
	"addr add 192.168.1.1/32 dev f0\n"
	"addr add 10.0.1.254/24 dev g0\n"
	"neigh add 10.0.1.1 lladdr 02:00:00:00:02:02 dev g0 nud permanent\n"
	"route add 10.1.0.0/16 via 10.0.1.1\n"
	"route add 192.168.1.128/25 via 10.0.1.1\n";

/* What the host itself answers stays out of the filter table; raw sockets of
 * root do not. Marks cannot be sent, so a high TTL stands for one. */
static const char other_tables[] =
	"*raw\n"
	"-A OUTPUT -m owner --uid-owner 0 -j ACCEPT\n"
	"-A OUTPUT -j DROP\n"
	"COMMIT\n"
	"*mangle\n"
	"-A PREROUTING -m ttl --ttl-gt 100 -j MARK --set-mark 0x1ff\n"
	"COMMIT\n";

static const uint32_t senders[] = {
	0x0a000002, 0x0a000003, 0xc0a80102, 0xac100504, 0x08080808, 0x80000000,
};
static const uint32_t locals[] = { 0x0a000001, 0xc0a80101, 0x0a0001fe };
static const uint32_t remotes[] = { 0x0a000101, 0x0a010000, 0xc0a80180 };
static const uint32_t all_addrs[] = {
	0x0a000001, 0x0a000002, 0x0a000003, 0x0a000101, 0x0a0001fe, 0x0a010000,
	0xc0a80101, 0xc0a80102, 0xc0a80180, 0xac100504, 0x08080808, 0x80000000,
};
static const uint32_t marks[] = { 0, 1, 0xff, 0x100, HIGH_MARK };
static const uint8_t macs[][6] = {
	{ 0x02, 0, 0, 0, 0, 1 }, { 0x02, 0, 0, 0, 0, 2 },
};
static const char *const devices[] = { "f0", "g0", "lo", "f00" };

#define FROM(list) sizeof(list) / sizeof((list)[0]), list

static const struct gen_path paths[] = {
	{ HOOK_INPUT, "f0", "", FROM(senders), FROM(locals), macs[0],
	  PACKET_HOST },
	{ HOOK_INPUT, "f0", "", FROM(senders), FROM(locals), macs[1],
	  PACKET_BROADCAST },
	{ HOOK_INPUT, "f0", "", FROM(senders), FROM(locals), macs[1],
	  PACKET_MULTICAST },
	{ HOOK_FORWARD, "f0", "g0", FROM(senders), FROM(remotes), macs[0],
	  PACKET_HOST },
	{ HOOK_FORWARD, "f0", "g0", FROM(senders), FROM(remotes), macs[1],
	  PACKET_HOST },
	{ HOOK_OUTPUT, "", "g0", FROM(locals), FROM(remotes), NULL,
	  PACKET_HOST },
};

static const struct gen_universe universe = {
	.nr_devices = ARRAY_SIZE(devices), .devices = devices,
	.nr_addrs = ARRAY_SIZE(all_addrs), .addrs = all_addrs,
	.nr_macs = ARRAY_SIZE(macs), .macs = macs,
	.nr_marks = ARRAY_SIZE(marks), .marks = marks,
	.nr_paths = ARRAY_SIZE(paths), .paths = paths,
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

/* What the stack keeps from the hook, or changes before it. */
static void adapt(struct gen_packet *packet)
{
	if (packet->hook == HOOK_INPUT) {
		packet->frag_offset = 0;
		packet->mf = false;
	}
	if (packet->hook == HOOK_FORWARD && packet->ttl < 2)
		packet->ttl = 64;
	if (packet->hook != HOOK_OUTPUT)
		packet->mark = packet->ttl > HIGH_TTL ? HIGH_MARK : 0;
	if (!packet->id)
		packet->id = 1;
}

/* ip_forward takes one off the TTL before the FORWARD chain. */
static struct gen_packet at_hook(const struct gen_packet *packet)
{
	struct gen_packet copy = *packet;

	if (copy.hook == HOOK_FORWARD)
		copy.ttl--;
	return copy;
}

static bool send_wire(const struct bench *bench,
		      const struct gen_packet *packet)
{
	static const uint8_t groups[][6] = {
		[PACKET_BROADCAST] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		[PACKET_MULTICAST] = { 0x01, 0, 0x5e, 0, 0, 1 },
	};
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = bench->ifindex,
		.sll_protocol = htons(ETH_P_IP), .sll_halen = 6,
	};
	uint8_t frame[ETH_HLEN + GEN_BYTES] = { [12] = 0x08 };
	size_t len = gen_packet_bytes(packet, frame + ETH_HLEN) + ETH_HLEN;

	memcpy(frame, packet->pkttype ? groups[packet->pkttype] : bench->mac,
	       6);
	memcpy(frame + 6, packet->mac, 6);
	return sendto(bench->wire, frame, len, 0, (struct sockaddr *)&to,
		      sizeof(to)) == (ssize_t)len;
}

static bool send_raw(const struct bench *bench, const struct gen_packet *packet)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(packet->daddr),
	};
	uint8_t bytes[GEN_BYTES];
	size_t len = gen_packet_bytes(packet, bytes);

	/* A filter that drops it makes the call fail with EPERM. */
	if (setsockopt(bench->raw, SOL_SOCKET, SO_MARK, &packet->mark,
		       sizeof(packet->mark)))
		return false;
	sendto(bench->raw, bytes, len, 0, (struct sockaddr *)&to, sizeof(to));
	return true;
}

static bool send_packet(const struct bench *bench,
			const struct gen_packet *packet)
{
	return packet->hook == HOOK_OUTPUT ? send_raw(bench, packet) :
		send_wire(bench, packet);
}

/* Only the tables that the text has are replaced. */
static int restore(const struct bench *bench, const char *text)
{
	const char *const argv[] = { "iptables-legacy-restore", NULL };
	char *output = NULL;
	int status = testns_run(&bench->fw, argv, text, &output);

	if (status)
		fprintf(stderr, "iptables-legacy-restore: %d: %s\n", status,
			output ? output : "");
	free(output);
	return status;
}

/* The packets of ":CHAIN POLICY [p:b]" and "[p:b] -A", as they come. */
static void read_counters(const struct bench *bench, struct trial *trial)
{
	const char *const argv[] = {
		"iptables-legacy-save", "-c", "-t", "filter", NULL,
	};
	unsigned int nr = 0;
	char *output = NULL, *line, *at, *rest;

	assert_int_equal(testns_run(&bench->fw, argv, NULL, &output), 0);
	for (line = strtok_r(output, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		at = *line == ':' ? strrchr(line, '[') : line;
		if (!at || *at != '[' || strstr(line, " - ["))
			continue;
		if (nr < trial->nr_counters)
			trial->found[nr] = (uint32_t)strtoul(at + 1, NULL, 10);
		nr++;
	}
	free(output);
	assert_int_equal(nr, trial->nr_counters);
}

static void expect(struct trial *trial, const struct gen_packet *packet)
{
	struct gen_packet seen = at_hook(packet);
	uint8_t buf[GEN_BYTES];
	struct oracle_packet bytes = oracle_packet_from(&seen, buf);

	oracle_run(trial->oracle, &bytes, trial->expected);
}

static bool agrees(const struct bench *bench, struct trial *trial)
{
	unsigned int try;

	for (try = 0; try < 4; try++) {
		read_counters(bench, trial);
		if (!memcmp(trial->found, trial->expected,
			    trial->nr_counters * sizeof(uint32_t)))
			return true;
		usleep(20000);
	}
	return false;
}

/* Packet after packet on the same rules, until one counts otherwise. */
static void find_culprit(const struct bench *bench, struct trial *trial,
			 const char *text)
{
	unsigned int i, j;

	for (i = 0; i < PACKETS; i++) {
		memset(trial->expected, 0,
		       trial->nr_counters * sizeof(uint32_t));
		expect(trial, &trial->packets[i]);
		restore(bench, text);
		send_packet(bench, &trial->packets[i]);
		if (agrees(bench, trial))
			continue;
		gen_packet_print(&trial->packets[i], stderr);
		for (j = 0; j < trial->nr_counters; j++)
			if (trial->found[j] != trial->expected[j])
				fprintf(stderr, "counter %u: %u, oracle %u\n",
					j, trial->found[j],
					trial->expected[j]);
		return;
	}
}

static bool trial_init(struct trial *trial, const char *text, size_t len)
{
	struct diag diag = {
		.program = "test_legacy", .file = "generated",
		.text = text, .text_len = len,
	};
	struct ast *ast;

	arena_init(&trial->arena);
	ast = ast_parse(&trial->arena, &diag);
	trial->oracle = diag.nr_errors ? NULL : oracle_new(&trial->arena, ast);
	if (!trial->oracle)
		return false;
	trial->nr_counters = oracle_nr_counters(trial->oracle);
	trial->expected = arena_alloc(&trial->arena, trial->nr_counters,
				      sizeof(uint32_t));
	trial->found = arena_alloc(&trial->arena, trial->nr_counters,
				   sizeof(uint32_t));
	return true;
}

static bool run_trial(struct bench *bench, struct trial *trial, struct gen *gen,
		      const char *text)
{
	unsigned int i;

	if (restore(bench, text))
		return false;
	for (i = 0; i < PACKETS; i++) {
		gen_packet_draw(gen, &trial->packets[i]);
		adapt(&trial->packets[i]);
		if (!send_packet(bench, &trial->packets[i]))
			return false;
		expect(trial, &trial->packets[i]);
	}
	bench->packets += PACKETS;
	if (agrees(bench, trial))
		return true;
	fprintf(stderr, "%s", text);
	find_culprit(bench, trial, text);
	return false;
}

static bool run_ruleset(struct bench *bench, uint64_t seed)
{
	struct gen_options options = { .seed = seed, .universe = &universe };
	struct trial *trial = calloc(1, sizeof(*trial));
	struct gen *gen;
	const char *text;
	size_t len;
	bool good;

	assert_non_null(trial);
	gen_set_add(&options.off, GEN_PKT_LONG);
	gen_set_add(&options.off, GEN_PKT_GSO);
	gen = gen_new(&options);
	text = gen_text(gen, &len);
	good = trial_init(trial, text, len) &&
		run_trial(bench, trial, gen, text);
	arena_fini(&trial->arena);
	free(trial);
	gen_free(gen);
	return good;
}

static void oracle_does_as_iptables(void **state)
{
	struct bench *bench = *state;
	unsigned int rounds = (unsigned int)number("ROUNDS", 0), i;
	time_t end = time(NULL) + DEFAULT_SECONDS;

	if (bench->missing) {
		printf("SKIP: %s\n", bench->missing);
		skip();
	}
	assert_true(bench->ready);
	for (i = 0; rounds ? i < rounds : time(NULL) < end; i++)
		if (!run_ruleset(bench, bench->seed + i))
			fail_msg("SEED=%" PRIu64 " ROUNDS=1", bench->seed + i);
	printf("# from seed %" PRIu64 ": %u rulesets, %" PRIu64 " packets\n",
	       bench->seed, i, bench->packets);
}

static bool open_sockets(struct bench *bench)
{
	static const uint8_t mac[6] = { 0x02, 0, 0, 0, 1, 1 };

	memcpy(bench->mac, mac, sizeof(mac));
	testns_enter(&bench->ends);
	bench->wire = socket(AF_PACKET, SOCK_RAW, 0);
	bench->ifindex = (int)if_nametoindex("a0");
	testns_leave(&bench->ends);
	testns_enter(&bench->fw);
	bench->raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	testns_leave(&bench->fw);
	return bench->wire >= 0 && bench->raw >= 0 && bench->ifindex > 0;
}

/* f0 and g0 are made beside their peers and moved. */
static bool move_devices(const struct bench *bench)
{
	char line[160];

	snprintf(line, sizeof(line), "link set f0 netns %s\n"
		 "link set g0 netns %s\n", bench->fw.name, bench->fw.name);
	return !testns_ip(&bench->ends, setup_ends) &&
		!testns_offloads(&bench->ends, "a0", 0) &&
		!testns_ip(&bench->ends, line) &&
		!testns_ip(&bench->fw, setup_fw);
}

static bool bench_open(struct bench *bench)
{
	return !testns_add(&bench->fw, "fw") &&
		!testns_add(&bench->ends, "ends") && move_devices(bench) &&
		!testns_sysctl(&bench->fw, "ipv4/ip_forward", "1") &&
		!testns_sysctl(&bench->fw, "ipv4/conf/all/rp_filter", "0") &&
		!testns_sysctl(&bench->fw, "ipv4/conf/f0/rp_filter", "0") &&
		open_sockets(bench);
}

int main(void)
{
	static struct bench bench;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(oracle_does_as_iptables, &bench),
	};

	bench.missing = testns_guard(570);
	bench.seed = number("SEED", (uint64_t)time(NULL) << 20);
	if (!bench.missing)
		bench.ready = bench_open(&bench);
	if (bench.ready && restore(&bench, other_tables))
		bench.missing = "iptables has no raw, mangle, owner or MARK";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
