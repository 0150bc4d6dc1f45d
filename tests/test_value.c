// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values: text in, text out, and the text that is no value. Each line of the
 * table is a type, what is given, and what is printed of it or, after a "?",
 * how its message begins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lookup.h"
#include "names.h"
#include "value.h"

static int some_port(const char *service, const char *protocol)
{
	return strcmp(service, protocol ? "tcp-name" : "any-name") ? -1 : 7;
}

static int some_protocol(const char *name)
{
	return strcmp(name, "gre") ? -1 : 47;
}

static const char *some_name(int number)
{
	return number == 47 ? "gre" : NULL;
}

static unsigned int some_host(const char *name, uint32_t *addrs,
			      unsigned int max)
{
	unsigned int nr = strcmp(name, "one") == 0   ? 1 :
			  strcmp(name, "three") == 0 ? 3 :
						       0;
	unsigned int i;

	for (i = 0; i < nr && i < max; i++)
		addrs[i] = 0xc0000200 + i;
	return nr;
}

static const struct names some = {
	.port = some_port,
	.protocol = some_protocol,
	.protocol_name = some_name,
	.host = some_host,
};

struct bench {
	struct arena arena;
	struct value_input in;
};

static int setup(void **state)
{
	static struct bench bench;

	memset(&bench, 0, sizeof(bench));
	arena_init(&bench.arena);
	bench.in.arena = &bench.arena;
	bench.in.lookup = lookup_new(&bench.arena, &some);
	bench.in.match = "match";
	bench.in.option = "option";
	bench.in.protocol = "tcp";
	*state = &bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	arena_fini(&bench->arena);
	return 0;
}

static const struct {
	enum value_type type;
	const char *text;
	const char *second;
	const char *expected;
} table[] = {
	{ VALUE_IFNAME, "eth0", NULL, "eth0" },
	{ VALUE_IFNAME, "eth+", NULL, "eth+" },
	{ VALUE_IFNAME, "+", NULL, "+" },
	{ VALUE_IFNAME, "e+h", NULL, "e+h" },
	{ VALUE_IFNAME, "abcdefghijklmno", NULL, "abcdefghijklmno" },
	{ VALUE_IFNAME, "abcdefghijklmnop", NULL, "?interface name" },
	{ VALUE_IFNAME, "a b", NULL, "?interface name" },
	{ VALUE_ADDR, "10.1.2.3/8", NULL, "10.0.0.0/8" },
	{ VALUE_ADDR, "10", NULL, "10.0.0.0/32" },
	{ VALUE_ADDR, "1.2.3.4/255.0.255.0", NULL, "1.0.3.0/255.0.255.0" },
	{ VALUE_ADDR, "1.2.3.4/0.0.0.0", NULL, "0.0.0.0/0" },
	{ VALUE_ADDR, "one/24", NULL, "192.0.2.0/24" },
	{ VALUE_ADDR, "any/0", NULL, "0.0.0.0/0" },
	{ VALUE_ADDR, "nosuch", NULL, "?host/network `nosuch' not found" },
	{ VALUE_ADDR, "256.1.1.1", NULL, "?host/network" },
	{ VALUE_ADDR, "1.1.1.1/33", NULL, "?invalid mask `33' specified" },
	{ VALUE_ADDR, "three", NULL, "?`three' has several" },
	{ VALUE_STATE, "untracked,ESTABLISHED,NEW", NULL,
	  "NEW,ESTABLISHED,UNTRACKED" },
	{ VALUE_STATE, "N,R,N", NULL, "NEW,RELATED" },
	{ VALUE_STATE, "SNAT", NULL, "?Bad state \"SNAT\"" },
	{ VALUE_STATE, "NEW,x,NEW", NULL, "?Bad state \"x,NEW\"" },
	{ VALUE_STATE, "NEW,", NULL, "?\"--state\" requires a list" },
	{ VALUE_STATE, ",", NULL, "?Bad state \",\"" },
	{ VALUE_CT_STATE, "DNAT,SNAT,INVALID", NULL, "INVALID,SNAT,DNAT" },
	{ VALUE_CT_STATE, "NEW,", NULL, "?Bad ctstate \"\"" },
	{ VALUE_CT_STATE, "NEWS", NULL, "?Bad ctstate \"NEWS\"" },
	{ VALUE_CT_STATUS, "confirmed,NONE,e", NULL, "EXPECTED,CONFIRMED" },
	{ VALUE_CT_STATUS, "none", NULL, "NONE" },
	{ VALUE_CT_STATUS, "SEEN-REPLY", NULL,
	  "?Bad ctstatus \"SEEN-REPLY\"" },
	{ VALUE_CT_DIR, "reply", NULL, "REPLY" },
	{ VALUE_CT_DIR, "ORIG", NULL,
	  "?match: Bad value for \"--option\" option: \"ORIG\"" },
	{ VALUE_CT_PROTO, "gre", NULL, "47" },
	{ VALUE_CT_PROTO, "0", NULL, "0" },
	{ VALUE_CT_PROTO, "Gre", NULL, "?unknown protocol \"Gre\" specified" },
	{ VALUE_CT_ADDR, "10.1.2.3/16", NULL, "10.1.2.3/16" },
	{ VALUE_CT_ADDR, "10.1/255.255.0.0", NULL, "10.0.0.1/16" },
	{ VALUE_CT_ADDR, "1.2.3.4/255.0.255.0", NULL, "1.2.3.4" },
	{ VALUE_CT_ADDR, "0x7f000001/0", NULL, "127.0.0.1/0" },
	{ VALUE_CT_ADDR, "one/31", NULL, "192.0.2.0/31" },
	{ VALUE_CT_ADDR, "1.2.3.4/x", NULL,
	  "?match: bad value for option \"--option\", neither" },
	{ VALUE_CT_ADDR, "three", NULL, "?three resolves to more" },
	{ VALUE_CT_ADDR, "::1", NULL, "?getaddrinfo: Address family" },
	{ VALUE_CT_ADDR, "1.2.3.4 ", NULL, "?getaddrinfo: Name or" },
	{ VALUE_CT_ADDR, "/8", NULL, "?getaddrinfo: Name or" },
	{ VALUE_CT_EXPIRE, "5:", NULL, "5:4294967295" },
	{ VALUE_CT_EXPIRE, "9:5", NULL, "9:5" },
	{ VALUE_CT_EXPIRE, "4294967296", NULL,
	  "?match: bad value for option \"--option\" near \"4294967296\", "
	  "or out of range (0-4294967295)" },
	{ VALUE_ADDR_RANGE, "1.1.1.1-1.1.1.9", NULL, "1.1.1.1-1.1.1.9" },
	{ VALUE_ADDR_RANGE, "1.1.1.1", NULL, "1.1.1.1-1.1.1.1" },
	{ VALUE_ADDR_RANGE, "1.1.1.1-x", NULL, "?match: Bad value" },
	{ VALUE_PROTO, "gre", NULL, "gre" },
	{ VALUE_PROTO, "GRE", NULL, "gre" },
	{ VALUE_PROTO, "47", NULL, "gre" },
	{ VALUE_PROTO, "0xc8", NULL, "200" },
	{ VALUE_PROTO, "tcp", NULL, "tcp" },
	{ VALUE_PROTO, "256", NULL, "?unknown protocol \"256\"" },
	{ VALUE_PORT, "80", NULL, "80" },
	{ VALUE_PORT, "0x50", NULL, "80" },
	{ VALUE_PORT, "tcp-name", NULL, "7" },
	{ VALUE_PORT, "1:", NULL, "1:65535" },
	{ VALUE_PORT, ":9", NULL, "0:9" },
	{ VALUE_PORT, "9:8", NULL, "?invalid portrange" },
	{ VALUE_PORT, "65536", NULL, "?invalid port/service" },
	{ VALUE_PORT, "", NULL, "?invalid port/service" },
	{ VALUE_PORT_ANY, "010", NULL, "10" },
	{ VALUE_PORT_ANY, "any-name:8", NULL, "7:8" },
	{ VALUE_PORT_ANY, "9:8", NULL, "9:8" },
	{ VALUE_PORT_ANY, "", NULL, "0" },
	{ VALUE_PORT_ANY, "65536", NULL, "?Port \"65536\"" },
	{ VALUE_PORT_ANY, "-1", NULL, "?Port \"-1\"" },
	{ VALUE_PORT_ANY, "1:2:3", NULL, "?match: Too many" },
	{ VALUE_PORT_LIST, "1,tcp-name,9:12", NULL, "1,7,9:12" },
	{ VALUE_PORT_LIST, "1,2,3,4,5,6,7,8,9,10,11,12,13,14:15", NULL,
	  "1,2,3,4,5,6,7,8,9,10,11,12,13,14:15" },
	{ VALUE_PORT_LIST, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15:16", NULL,
	  "?too many ports" },
	{ VALUE_PORT_LIST, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", NULL,
	  "?too many ports" },
	{ VALUE_PORT_LIST, "5:5", NULL, "?invalid portrange" },
	{ VALUE_TCP_FLAGS, "ALL", "SYN,ACK",
	  "FIN,SYN,RST,PSH,ACK,URG SYN,ACK" },
	{ VALUE_TCP_FLAGS, "none", "", "NONE NONE" },
	{ VALUE_TCP_FLAGS, "SYN,X", "SYN", "?Unknown TCP flag `X'" },
	{ VALUE_TCP_SYN, NULL, NULL, "FIN,SYN,RST,ACK SYN" },
	{ VALUE_TCP_OPTION, "8", NULL, "8" },
	{ VALUE_TCP_OPTION, "0", NULL, "?Bad TCP option" },
	{ VALUE_ICMP, "ping", NULL, "8" },
	{ VALUE_ICMP, "host-unr", NULL, "3/1" },
	{ VALUE_ICMP, "any", NULL, "any" },
	{ VALUE_ICMP, "255/7", NULL, "any" },
	{ VALUE_ICMP, "3/0", NULL, "3/0" },
	{ VALUE_ICMP, "host-", NULL, "?Ambiguous ICMP type" },
	{ VALUE_ICMP, "3/256", NULL, "?Unknown ICMP code" },
	{ VALUE_ICMP, "1:2", NULL, "?ICMP type range" },
	{ VALUE_LENGTH, "64:", NULL, "64:65535" },
	{ VALUE_LENGTH, "9:8", NULL, "9:8" },
	{ VALUE_LENGTH, "7:7", NULL, "7" },
	{ VALUE_LENGTH, "65536", NULL, "?match: bad value" },
	{ VALUE_LENGTH, "5-6", NULL, "?match: Argument to" },
	{ VALUE_TTL, "64", NULL, "64" },
	{ VALUE_TTL_LT, "0", NULL, "0" },
	{ VALUE_TTL_LT, "1", NULL, "1" },
	{ VALUE_TTL_GT, "255", NULL, "255" },
	{ VALUE_TTL_GT, "256", NULL, "?match: bad value" },
	{ VALUE_TOS, "Minimize-Delay", NULL, "0x10/0x3f" },
	{ VALUE_TOS, "4/12", NULL, "0x04/0x0c" },
	{ VALUE_TOS, "4/", NULL, "?Illegal value" },
	{ VALUE_TOS, "x", NULL, "?Symbolic name" },
	{ VALUE_DSCP, "0x3f", NULL, "0x3f" },
	{ VALUE_DSCP, "64", NULL, "?match: bad value" },
	{ VALUE_DSCP_CLASS, "af41", NULL, "0x22" },
	{ VALUE_DSCP_CLASS, "af", NULL, "?Invalid DSCP value" },
	{ VALUE_MARK, "0xffffffff", NULL, "0xffffffff" },
	{ VALUE_MARK, "16/0xff", NULL, "0x10/0xff" },
	{ VALUE_MARK, "1x", NULL, "?match: trailing garbage" },
	{ VALUE_MARK, "-1", NULL, "?match: bad integer" },
	{ VALUE_MAC, "0:11:22:AA:bb:c", NULL, "00:11:22:aa:bb:0c" },
	{ VALUE_MAC, "00:11:22:aa:bb", NULL, "?Invalid MAC" },
	{ VALUE_MAC, "000:11:22:aa:bb:cc", NULL, "?Invalid MAC" },
	{ VALUE_PKTTYPE, "HOST", NULL, "unicast" },
	{ VALUE_PKTTYPE, "mcast", NULL, "multicast" },
	{ VALUE_PKTTYPE, "multi", NULL, "?Bad packet type" },
	{ VALUE_STRING, "plain_word-1", NULL, "plain_word-1" },
	{ VALUE_STRING, "", NULL, "\"\"" },
	{ VALUE_STRING, "a \"b\" \\ 'c'", NULL,
	  "\"a \\\"b\\\" \\\\ \\'c\\'\"" },
};

static char *formatted(enum value_type type, const union value *value,
		       struct lookup *lookup)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	value_format(type, value, lookup, out);
	fclose(out);
	return text;
}

static void check_row(struct bench *bench, size_t i)
{
	enum value_type type = table[i].type;
	const char *expected = table[i].expected;
	union value value = { .masked = { 1, 2 } }, untouched = value;
	char *text;

	bench->in.text = table[i].text;
	bench->in.second = table[i].second;
	bench->in.error = NULL;
	if (*expected == '?') {
		assert_false(value_parse(type, &bench->in, &value));
		if (strncmp(bench->in.error, expected + 1,
			    strlen(expected + 1)) != 0)
			assert_string_equal(bench->in.error, expected + 1);
		assert_memory_equal(&value, &untouched, sizeof(value));
		return;
	}
	assert_true(value_parse(type, &bench->in, &value));
	text = formatted(type, &value, bench->in.lookup);
	assert_string_equal(text, expected);
	free(text);
}

static void test_table(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		check_row(*state, i);
}

/* What is behind the text: the numbers that the tables are built from. */
static void test_numbers(void **state)
{
	struct bench *bench = *state;
	union value value;

	bench->in.text = "0";
	assert_true(value_parse(VALUE_TTL_LT, &bench->in, &value));
	assert_true(value.range.lo > value.range.hi);
	bench->in.text = "255";
	assert_true(value_parse(VALUE_TTL_GT, &bench->in, &value));
	assert_true(value.range.lo > value.range.hi);
	bench->in.text = "EF";
	assert_true(value_parse(VALUE_DSCP_CLASS, &bench->in, &value));
	assert_int_equal(value.masked.value, 0x2e << 2);
	assert_int_equal(value.masked.mask, 0xfc);
	bench->in.text = "eth+";
	assert_true(value_parse(VALUE_IFNAME, &bench->in, &value));
	assert_string_equal(value.ifname.name, "eth");
	assert_true(value.ifname.prefix);
	assert_true(value_parse(VALUE_TCP_SYN, &bench->in, &value));
	assert_int_equal(value.masked.mask, 0x17);
	assert_int_equal(value.masked.value, 0x02);
	bench->in.text = "3/1:4";
	assert_true(value_parse(VALUE_ICMP, &bench->in, &value));
	assert_int_equal(value.icmp.code_lo, 1);
	assert_int_equal(value.icmp.code_hi, 4);
}

static void test_lists(void **state)
{
	struct bench *bench = *state;
	union value *values;
	char text[8192] = "";
	unsigned int i;

	bench->in.text = "1.2.3.4/8,three/24,10";
	assert_int_equal(value_parse_addrs(&bench->in, &values), 5);
	assert_int_equal(values[0].masked.value, 0x01000000);
	assert_int_equal(values[3].masked.value, 0xc0000200);
	assert_int_equal(values[4].masked.mask, 0xffffffff);
	for (i = 0; i < 500; i++)
		snprintf(text + strlen(text), 32, "%s10.0.%u.%u",
			 i ? "," : "", i / 256, i % 256);
	bench->in.text = text;
	assert_int_equal(value_parse_addrs(&bench->in, &values), 500);
	for (i = 0; i < 500; i++)
		assert_int_equal(values[i].masked.value, 0x0a000000 + i);
	bench->in.text = "1.1.1.1,";
	assert_int_equal(value_parse_addrs(&bench->in, &values), 0);
	memset(text, 'a', 300);
	text[300] = '\0';
	assert_int_equal(value_parse_addrs(&bench->in, &values), 0);
}

static void test_comment_cut(void **state)
{
	struct bench *bench = *state;
	char text[400];
	union value value;

	memset(text, 'c', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	bench->in.text = text;
	assert_true(value_parse(VALUE_STRING, &bench->in, &value));
	assert_int_equal(strlen(value.string), 255);
}

static void test_number(void **state)
{
	uint64_t number;
	const char *end;

	(void)state;
	assert_true(value_number(" +010", NULL, 0, 100, &number));
	assert_int_equal(number, 8);
	assert_true(value_number("0x1f/", &end, 0, 100, &number));
	assert_int_equal(number, 31);
	assert_string_equal(end, "/");
	assert_false(value_number("5 ", NULL, 0, 100, &number));
	assert_false(value_number("-5", NULL, 0, 100, &number));
	assert_false(value_number("", NULL, 0, 100, &number));
	assert_false(value_number("101", NULL, 0, 100, &number));
	assert_false(value_number("18446744073709551616", NULL, 0, UINT64_MAX,
				  &number));
}

static void test_equal(void **state)
{
	struct bench *bench = *state;
	union value a, b;

	bench->in.text = "1,2:3";
	assert_true(value_parse(VALUE_PORT_LIST, &bench->in, &a));
	assert_true(value_parse(VALUE_PORT_LIST, &bench->in, &b));
	assert_true(value_equal(VALUE_PORT_LIST, &a, &b));
	bench->in.text = "1,2:4";
	assert_true(value_parse(VALUE_PORT_LIST, &bench->in, &b));
	assert_false(value_equal(VALUE_PORT_LIST, &a, &b));
	bench->in.text = "x";
	assert_true(value_parse(VALUE_STRING, &bench->in, &a));
	assert_true(value_parse(VALUE_STRING, &bench->in, &b));
	assert_true(value_equal(VALUE_STRING, &a, &b));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table),	TEST(test_numbers), TEST(test_lists),
		TEST(test_comment_cut), TEST(test_number),  TEST(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
