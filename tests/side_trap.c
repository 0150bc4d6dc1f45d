/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of single traps share: two fresh topologies for each test,
 * the rules that most of them use, and checks that fail a test. Goes in: the
 * state that cmocka passes; comes out: pass or fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "side_craft.h"

#define ROOM 64

const char trap_rules[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -i eth0\n"
	"-A INPUT -i eth1\n"
	"-A INPUT -i lo\n"
	"-A INPUT -i new+\n"
	"-A INPUT -p udp -m udp --dport 7 -j DROP\n"
	"-A FORWARD -i eth0\n"
	"-A FORWARD -o eth1\n"
	"-A FORWARD ! -i eth0 -o eth+\n"
	"-A FORWARD -i new+\n"
	"-A FORWARD -o new+\n"
	"-A FORWARD -f\n"
	"-A FORWARD -p udp -m udp --dport 7 -j DROP\n"
	"-A OUTPUT -o eth0\n"
	"-A OUTPUT -o eth1\n"
	"-A OUTPUT -o lo\n"
	"-A OUTPUT -o new+\n"
	"-A OUTPUT -p icmp\n"
	"-A OUTPUT -p tcp -m tcp --tcp-flags RST RST\n"
	"-A OUTPUT -p udp -m udp --dport 7 -j DROP\n"
	"COMMIT\n";

int trap_setup(void **state)
{
	struct trap *trap = *state;
	struct tool product = tool_product();

	if (trap->missing)
		return 0;
	if (side_open(&trap->side, &product, ROOM))
		return -1;
	trap->open = true;
	return 0;
}

int trap_teardown(void **state)
{
	struct trap *trap = *state;

	if (trap->open)
		side_close(&trap->side);
	trap->open = false;
	return 0;
}

struct side *trap_side(void **state)
{
	struct trap *trap = *state;

	if (trap->missing) {
		printf("SKIP: %s\n", trap->missing);
		skip();
	}
	return &trap->side;
}

void trap_restore(struct side *side, const char *text)
{
	assert_int_equal(side_restore(side, NULL, text), 0);
}

void trap_same(struct side *side)
{
	assert_int_equal(side_saves(side, stdout), 0);
}

void trap_counted(struct side *side, const char *text, int64_t packets)
{
	int64_t count = side_count(side, SIDE_IPTABLES, text);

	if (count != packets)
		printf("iptables counts on: %s\n", text);
	assert_int_equal(count, packets);
}

int side_ip(struct side *side, const char *commands)
{
	int i, ret = 0;

	for (i = 0; i < NR_SIDES; i++)
		ret |= testns_ip(&side->topo[i].firewall, commands);
	return ret;
}

int side_sysctl(struct side *side, const char *key, const char *value)
{
	int i, ret = 0;

	for (i = 0; i < NR_SIDES; i++)
		ret |= testns_sysctl(&side->topo[i].firewall, key, value);
	return ret;
}
