/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What surrounds the filter table and would make the product's verdicts differ
 * from iptables': restore must refuse with status 2 and the reason, or warn,
 * and leave what runs as it was. Also who shares TC with it, and swaps under
 * traffic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <linux/mroute.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "side_craft.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define SWAPS 30

static const char other_rules[] =
	"*filter\n"
	":INPUT DROP [0:0]\n"
	":FORWARD DROP [0:0]\n"
	":OUTPUT DROP [0:0]\n"
	"-A INPUT -m mark --mark 0x1 -j ACCEPT\n"
	"COMMIT\n";

/* The product's restore: its status, and what it said to be freed. */
static int restore(struct side *side, const char *option, const char *text,
		   char **said)
{
	const char *const argv[] = { side->tool[SIDE_PRODUCT].restore, option,
				     NULL };

	return testns_run(&side->topo[SIDE_PRODUCT].firewall, argv, text, said);
}

static int broadcast_forwarding(struct testns *ns)
{
	return testns_sysctl(ns, "ipv4/conf/all/bc_forwarding", "1") |
	       testns_sysctl(ns, "ipv4/conf/eth0/bc_forwarding", "1");
}

/* Multicast routing is on as long as its socket is open: to the end. */
static int multicast_routing(struct testns *ns)
{
	const int on = 1;
	int fd;

	testns_enter(ns);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
	testns_leave(ns);
	return setsockopt(fd, IPPROTO_IP, MRT_INIT, &on, sizeof(on));
}

static int nat_rules(struct testns *ns)
{
	return tool_restore(&tool_legacy, ns, NULL,
			    "*nat\n-A POSTROUTING -o eth1 -j MASQUERADE\n"
			    "COMMIT\n");
}

static int mark_rules(struct testns *ns)
{
	return tool_restore(&tool_legacy, ns, NULL,
			    "*mangle\n"
			    "-A PREROUTING -i eth0 -j MARK --set-mark 1\n"
			    "COMMIT\n");
}

static int xfrm_policy(struct testns *ns)
{
	return testns_ip(ns, "xfrm policy add src 10.9.0.0/16 dst 10.8.0.0/16"
			     " dir out tmpl src 10.1.0.1 dst 10.1.0.2"
			     " proto esp mode tunnel\n");
}

static int xfrm_state(struct testns *ns)
{
	return testns_ip(ns, "xfrm state add src 10.1.0.1 dst 10.1.0.2 proto esp"
			     " spi 0x1001 mode transport enc cipher_null ''\n");
}

/* What is done to the namespace, a word that the refusal must have, and the
 * option that goes on all the same. */
static const struct {
	const char *name;
	int (*make)(struct testns *ns);
	const char *word;
	const char *force;
} refusals[] = {
	{ "broadcast forwarding", broadcast_forwarding, "bc_forwarding",
	  "--force-broadcast" },
	{ "multicast routing", multicast_routing, "mc_forwarding",
	  "--force-multicast" },
	{ "nat rules", nat_rules, "nat", "--force-nat" },
	{ "IPsec policies", xfrm_policy, "xfrm", "--force-ipsec" },
	{ "IPsec states", xfrm_state, "xfrm state", "--force-ipsec" },
	{ "rules that set marks", mark_rules, "mark", "--force-mark" },
};

static bool is_refused(struct side *side, size_t i)
{
	bool well = true;
	char *said;
	int status;

	status = restore(side, NULL, other_rules, &said);
	if (status != 2 || !said || !strstr(said, refusals[i].word)) {
		printf("%s: status %d: %s\n", refusals[i].name, status, said);
		well = false;
	}
	free(said);
	if (side_count(side, SIDE_PRODUCT, ":INPUT ACCEPT") < 0) {
		printf("%s: what ran was changed\n", refusals[i].name);
		well = false;
	}
	status = restore(side, refusals[i].force, other_rules, &said);
	if (status || !said || !strstr(said, refusals[i].word)) {
		printf("%s: status %d with %s: %s\n", refusals[i].name, status,
		       refusals[i].force, said);
		well = false;
	}
	free(said);
	return well;
}

static void refuse(void **state, size_t i)
{
	struct side *side = trap_side(state);

	trap_restore(side, trap_rules);
	if (refusals[i].make(&side->topo[SIDE_PRODUCT].firewall)) {
		printf("SKIP: this kernel has no %s\n", refusals[i].name);
		skip();
	}
	assert_true(is_refused(side, i));
}

/* Trap 14: these forward what iptables' INPUT and FORWARD both see. */
static void broadcast_forwarding_is_refused(void **state)
{
	refuse(state, 0);
}

static void multicast_routing_is_refused(void **state)
{
	refuse(state, 1);
}

/* Trap 7: at TC addresses are not yet or already translated. */
static void nat_is_refused(void **state)
{
	refuse(state, 2);
}

/* Trap 5: plaintext of policies without a device never meets TC. */
static void ipsec_is_refused(void **state)
{
	refuse(state, 3);
}

/* So does what a state in transport mode takes off, without any policy. */
static void ipsec_states_are_refused(void **state)
{
	refuse(state, 4);
}

/* Marks set in PREROUTING are set behind TC. */
static void marks_are_refused(void **state)
{
	refuse(state, 5);
}

/* Trap 13: bridged frames meet FORWARD in iptables, not here: said once. */
static void bridged_frames_are_warned_of(void **state)
{
	struct side *side = trap_side(state);
	char *said;

	if (side_sysctl(side, "bridge/bridge-nf-call-iptables", "1")) {
		printf("SKIP: no br_netfilter in this kernel\n");
		skip();
	}
	assert_int_equal(side_ip(side, "link add br0 type bridge\n"
				       "link set eth0 master br0\n"), 0);
	assert_int_equal(restore(side, NULL, trap_rules, &said), 0);
	assert_non_null(said);
	assert_non_null(strstr(said, "bridge"));
	free(said);
}

/* Trap 14: a source route that the stack would follow is dropped. */
static void accepted_source_route_is_dropped(void **state)
{
	static const uint8_t route[8] = { 131, 7, 4, 10, 2, 0, 2, 0 };
	struct side *side = trap_side(state);
	struct craft craft = { .src = CLIENT_ADDR, .dst = TOPO_ADDR0,
			       .options = route, .nr_options = 8 };
	struct frame frame;
	unsigned int out[NR_SIDES];
	int i;

	side_sysctl(side, "ipv4/conf/all/accept_source_route", "1");
	side_sysctl(side, "ipv4/conf/eth0/accept_source_route", "1");
	trap_restore(side, trap_rules);
	craft_make(&craft, &frame);
	for (i = 0; i < NR_SIDES; i++) {
		wire_send(&side->topo[i], &frame, 1);
		out[i] = side_arrived(side, i, PLACE_SERVER);
	}
	assert_int_equal(out[SIDE_IPTABLES], 1);
	assert_int_equal(out[SIDE_PRODUCT], 0);
	assert_int_equal(side_count(side, SIDE_PRODUCT, ":INPUT"), 0);
	assert_int_equal(side_count(side, SIDE_PRODUCT, ":FORWARD"), 0);
}

/* Trap 23: a packet that was accepted goes on to the next program. */
static void accepted_packets_go_on(void **state)
{
	struct side *side = trap_side(state);
	struct testns *ns = &side->topo[SIDE_PRODUCT].firewall;
	struct craft craft = { .src = CLIENT_ADDR, .dst = TOPO_ADDR0 };
	const char *const qdisc[] = { "tc", "qdisc", "add", "dev", "eth0",
				      "clsact", NULL };
	const char *const filter[] = { "tc", "filter", "add", "dev", "eth0",
				       "ingress", "protocol", "ip", "u32",
				       "match", "u32", "0", "0", "action",
				       "mirred", "egress", "redirect", "dev",
				       "eth1", NULL };
	struct frame frame;

	testns_run(ns, qdisc, NULL, NULL);
	if (testns_run(ns, filter, NULL, NULL)) {
		printf("SKIP: no u32 filter or mirred action here\n");
		skip();
	}
	trap_restore(side, trap_rules);
	craft_make(&craft, &frame);
	wire_send(&side->topo[SIDE_PRODUCT], &frame, 1);
	assert_int_equal(side_arrived(side, SIDE_PRODUCT, PLACE_SERVER), 1);
	assert_int_equal(side_count(side, SIDE_PRODUCT, "INPUT -i eth0"), 1);
	craft.dport = 7;
	craft_make(&craft, &frame);
	wire_send(&side->topo[SIDE_PRODUCT], &frame, 1);
	assert_int_equal(side_arrived(side, SIDE_PRODUCT, PLACE_SERVER), 0);
}

/* Sends to port 9 and port 7 by turns until it is killed. */
static pid_t start_flow(struct side *side)
{
	struct craft a = { .src = CLIENT_ADDR, .dst = SERVER_ADDR };
	struct craft b = a;
	struct frame frames[2];
	unsigned int i;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	b.dport = 7;
	craft_make(&a, &frames[0]);
	craft_make(&b, &frames[1]);
	for (i = 0; i < 20000000; i++)
		send(side->topo[SIDE_PRODUCT].inject[END_CLIENT],
		     frames[i % 2].data, frames[i % 2].len, 0);
	_exit(0);
}

static const char swapped[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	":A - [0:0]\n"
	"-A FORWARD -s 10.0.0.0/8 -g A\n"
	"-A A -p udp -m udp --dport 7 -j DROP\n"
	"COMMIT\n";

/*
 * Trap 3: both rulesets drop port 7, so not one of these packets may come out,
 * whatever a packet has read before the store and does after it.
 */
static void swaps_let_nothing_through(void **state)
{
	struct side *side = trap_side(state);
	struct topo *topo = &side->topo[SIDE_PRODUCT];
	struct harvest harvest;
	unsigned int i, bad = 0, good = 0;
	pid_t pid;

	trap_restore(side, trap_rules);
	pid = start_flow(side);
	assert_true(pid > 0);
	for (i = 0; i < SWAPS; i++) {
		if (restore(side, NULL, i % 2 ? trap_rules : swapped, NULL))
			bad++;
		wire_collect(topo, &harvest);
		while (harvest.nr) {
			struct record *r = &harvest.records[--harvest.nr];

			bad += r->data[14 + 20 + 3] == 7;
			good += r->data[14 + 20 + 3] == 9;
			free(r->data);
		}
		harvest_free(&harvest);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("# %u swaps: %u packets came out\n", SWAPS, good);
	assert_int_equal(bad, 0);
	assert_true(good > 0);
}

#define T(test) TRAP_TEST(test, &trap)

int main(void)
{
	static struct trap trap;
	const struct CMUnitTest tests[] = {
		T(broadcast_forwarding_is_refused),
		T(multicast_routing_is_refused),
		T(nat_is_refused),
		T(ipsec_is_refused),
		T(ipsec_states_are_refused),
		T(marks_are_refused),
		T(bridged_frames_are_warned_of),
		T(accepted_source_route_is_dropped),
		T(accepted_packets_go_on),
		T(swaps_let_nothing_through),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	trap.missing = testns_guard(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
