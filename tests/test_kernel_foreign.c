// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What else translates, marks or filters in a namespace, made with nft and
 * iptables-legacy: what restore refuses, what it warns of, and what it leaves
 * alone because it does no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "side_tool.h"
#include "testns.h"

#define PLAIN	"*filter\n-A INPUT -s 10.0.0.1 -j DROP\nCOMMIT\n"
#define MARKED	"*filter\n-A INPUT -m mark --mark 1 -j DROP\nCOMMIT\n"

static const char *const nft[] = { "nft", "-f", "-", NULL };
static const char *const legacy[] = { "iptables-legacy-restore", NULL };

struct foreign_case {
	const char *name;
	const char *const *tool; /* that makes it, and its input */
	const char *input;
	const char *rules;	/* that are restored */
	const char *option;	/* NULL: none */
	int status;
	const char *said;	/* a part of it; NULL: nothing is said */
};

static const struct foreign_case cases[] = {
	{ "nft nat", nft,
	  "add table ip n\n"
	  "add chain ip n post { type nat hook postrouting priority 100; }\n"
	  "add rule ip n post oifname \"x\" masquerade\n",
	  PLAIN, NULL, 2, "(nf_tables, table ip n, chain post, target masq)" },
	{ "nft nat, forced", nft,
	  "add table ip n\n"
	  "add chain ip n post { type nat hook postrouting priority 100; }\n"
	  "add rule ip n post masquerade\n",
	  PLAIN, "--force-nat", 0, "warning: the namespace has nat rules" },
	{ "nft redirection to sockets", nft,
	  "add table ip t\n"
	  "add chain ip t pre { type filter hook prerouting priority -150; }\n"
	  "add rule ip t pre tcp dport 80 tproxy to :8080\n",
	  PLAIN, NULL, 2, "(nf_tables, table ip t, chain pre, target TPROXY)" },
	{ "nft nat of both families", nft,
	  "add table inet n\n"
	  "add chain inet n pre { type nat hook prerouting priority -100; }\n"
	  "add rule inet n pre tcp dport 80 redirect to 8080\n",
	  PLAIN, NULL, 2, "table inet n, chain pre" },
	{ "nft nat without rules", nft,
	  "add table ip n\n"
	  "add chain ip n post { type nat hook postrouting priority 100; }\n"
	  "add chain ip n other\n"
	  "add rule ip n other counter\n",
	  PLAIN, NULL, 0, NULL },
	{ "nft nat of IPv6", nft,
	  "add table ip6 n\n"
	  "add chain ip6 n post { type nat hook postrouting priority 100; }\n"
	  "add rule ip6 n post masquerade\n",
	  PLAIN, NULL, 0, NULL },
	{ "nft mark", nft,
	  "add table ip m\n"
	  "add chain ip m pre { type filter hook prerouting priority -150; }\n"
	  "add rule ip m pre counter meta mark set 1\n",
	  MARKED, NULL, 2, "(nf_tables, table ip m, chain pre, target MARK)" },
	{ "nft mark that no rule tests", nft,
	  "add table ip m\n"
	  "add chain ip m pre { type filter hook prerouting priority -150; }\n"
	  "add rule ip m pre meta mark set 1\n",
	  PLAIN, NULL, 0, NULL },
	{ "nft mark that is only tested", nft,
	  "add table ip m\n"
	  "add chain ip m pre { type filter hook prerouting priority -150; }\n"
	  "add rule ip m pre meta mark 1 counter\n",
	  MARKED, NULL, 0, NULL },
	{ "nft mark in OUTPUT", nft,
	  "add table ip m\n"
	  "add chain ip m out { type route hook output priority -150; }\n"
	  "add rule ip m out meta mark set 1\n",
	  MARKED, NULL, 0, NULL },
	{ "nft filter", nft,
	  "add table inet f\n"
	  "add chain inet f in { type filter hook input priority 0; }\n"
	  "add rule inet f in tcp dport 80 drop\n",
	  PLAIN, NULL, 0, "both firewalls apply (nf_tables, table inet f" },
	{ "legacy nat", legacy,
	  "*nat\n-A PREROUTING -p tcp --dport 80 -j REDIRECT\nCOMMIT\n",
	  PLAIN, NULL, 2,
	  "(iptables-legacy, table nat, chain PREROUTING, target REDIRECT)" },
	{ "legacy redirection to sockets", legacy,
	  "*mangle\n-A PREROUTING -p tcp -j TPROXY --on-port 1\nCOMMIT\n",
	  PLAIN, NULL, 2,
	  "(iptables-legacy, table mangle, chain PREROUTING, target TPROXY)" },
	{ "legacy nat without rules", legacy, "*nat\nCOMMIT\n",
	  PLAIN, NULL, 0, NULL },
	{ "legacy mark in a user chain", legacy,
	  "*mangle\n:marks -\n-A PREROUTING -j marks\n"
	  "-A marks -j MARK --set-mark 1\nCOMMIT\n",
	  MARKED, NULL, 2,
	  "(iptables-legacy, table mangle, chain marks, target MARK)" },
	{ "legacy mark in OUTPUT", legacy,
	  "*mangle\n-A OUTPUT -j MARK --set-mark 1\nCOMMIT\n",
	  MARKED, NULL, 0, NULL },
	{ "legacy filter rule", legacy,
	  "*filter\n:mine -\n-A mine -j DROP\nCOMMIT\n",
	  PLAIN, NULL, 0,
	  "(iptables-legacy, table filter, chain mine, target DROP)" },
	{ "legacy filter policy", legacy, "*filter\n:FORWARD DROP\nCOMMIT\n",
	  PLAIN, NULL, 0,
	  "(iptables-legacy, table filter, chain FORWARD, policy DROP)" },
	{ "legacy filter without rules", legacy, "*filter\nCOMMIT\n",
	  PLAIN, NULL, 0, NULL },
};

#define NR_CASES	(sizeof(cases) / sizeof(*cases))

static bool is_as_expected(const struct foreign_case *one,
			   const struct testns *ns)
{
	const struct tool tool = tool_product();
	const char *const argv[] = { tool.restore, one->option, NULL };
	char *said = NULL;
	bool well;
	int status;

	status = testns_run(ns, argv, one->rules, &said);
	well = said && status == one->status &&
	       (one->said ? strstr(said, one->said) != NULL : !*said);
	if (!well)
		printf("%s: status %d: %s\n", one->name, status, said);
	free(said);
	return well;
}

enum outcome {
	AS_EXPECTED,
	NOT_MADE,	/* the kernel lacks what it takes */
	OTHERWISE,
};

static enum outcome try_case(const struct foreign_case *one)
{
	struct tool tool = tool_product();
	enum outcome outcome = AS_EXPECTED;
	struct testns ns;

	assert_int_equal(testns_add(&ns, "x"), 0);
	if (testns_run(&ns, one->tool, one->input, NULL)) {
		printf("# foreign: this kernel has no %s\n", one->name);
		outcome = NOT_MADE;
	} else if (!is_as_expected(one, &ns)) {
		outcome = OTHERWISE;
	}
	tool_unload(&tool, &ns);
	testns_del(&ns);
	return outcome;
}

static void what_is_foreign_is_refused_or_told(void **state)
{
	const char *missing = *state;
	unsigned int outcomes[OTHERWISE + 1] = {};
	size_t i;

	if (missing) {
		printf("SKIP: %s\n", missing);
		skip();
	}
	for (i = 0; i < NR_CASES; i++)
		outcomes[try_case(&cases[i])]++;
	printf("# foreign: %u as expected, %u not made\n",
	       outcomes[AS_EXPECTED], outcomes[NOT_MADE]);
	assert_int_equal(outcomes[OTHERWISE], 0);
	assert_true(outcomes[AS_EXPECTED] > NR_CASES / 2);
}

/* Asking for tables must not make them: the kernel would filter by them. */
static void asking_makes_no_tables(void **state)
{
	static const char *const list[] = {
		"cat", "/proc/thread-self/net/ip_tables_names", NULL,
	};
	const struct tool tool = tool_product();
	const char *missing = *state;
	struct testns ns;
	char *said;

	if (missing) {
		printf("SKIP: %s\n", missing);
		skip();
	}
	assert_int_equal(testns_add(&ns, "t"), 0);
	assert_int_equal(tool_restore(&tool, &ns, NULL, MARKED), 0);
	if (testns_run(&ns, list, NULL, &said) == 0)
		assert_string_equal(said, "");
	free(said);
	tool_unload(&tool, &ns);
	testns_del(&ns);
}

static void assert_restored(const struct testns *ns, int status,
			    const char *word)
{
	const struct tool tool = tool_product();
	const char *const argv[] = { tool.restore, NULL };
	char *said = NULL;

	assert_int_equal(testns_run(ns, argv, PLAIN, &said), status);
	assert_non_null(strstr(said, word));
	free(said);
}

/* Above a device of the namespace, wherever they were moved to. */
static void ipvlan_devices_are_found(void **state)
{
	struct tool tool = tool_product();
	const char *missing = *state;
	struct testns lower, upper;
	char text[128];

	if (!missing) {
		assert_int_equal(testns_add(&lower, "l"), 0);
		assert_int_equal(testns_add(&upper, "u"), 0);
		if (testns_ip(&lower, "link add v0 type veth peer name v1\n"
				      "link add link v0 name iv0 type ipvlan\n"))
			missing = "this kernel has no ipvlan";
	}
	if (missing) {
		printf("SKIP: %s\n", missing);
		skip();
	}
	assert_restored(&lower, 2, "device iv0");
	snprintf(text, sizeof(text), "link set iv0 netns %s\n", upper.name);
	assert_int_equal(testns_ip(&lower, text), 0);
	assert_restored(&lower, 2, "device iv0 of another namespace, on v0");
	assert_restored(&upper, 0, "");
	assert_int_equal(testns_ip(&upper, "link del iv0\n"), 0);
	assert_restored(&lower, 0, "");
	tool_unload(&tool, &lower);
	tool_unload(&tool, &upper);
	testns_del(&lower);
	testns_del(&upper);
}

int main(void)
{
	const char *missing = testns_guard(120);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(what_is_foreign_is_refused_or_told,
					  (void *)missing),
		cmocka_unit_test_prestate(asking_makes_no_tables,
					  (void *)missing),
		cmocka_unit_test_prestate(ipvlan_devices_are_found,
					  (void *)missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
