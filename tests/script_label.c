// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ruleset that counts packets by everything that rules can see of their
 * connection. In: two readings of its counters. Out: words for what lies
 * between them. How long a flow has to live is told in classes that are wide
 * enough for the time a test takes.
 */
#include "script_label.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "side_tool.h"

#define CT "-m conntrack "

static const struct {
	const char *rule;
	const char *word;
} rows[] = {
	{ CT "--ctstate NEW", "NEW" },
	{ CT "--ctstate ESTABLISHED", "ESTABLISHED" },
	{ CT "--ctstate RELATED", "RELATED" },
	{ CT "--ctstate INVALID", "INVALID" },
	{ CT "--ctstate UNTRACKED", "UNTRACKED" },
	{ CT "--ctdir ORIGINAL", "orig" },
	{ CT "--ctdir REPLY", "reply" },
	{ CT "--ctstatus EXPECTED", "expected" },
	{ CT "--ctstatus SEEN_REPLY", "seen" },
	{ CT "--ctstatus ASSURED", "assured" },
	{ CT "--ctstatus CONFIRMED", "confirmed" },
	{ CT "--ctexpire 1:3", "3s" },
	{ CT "--ctexpire 4:10", "10s" },
	{ CT "--ctexpire 11:30", "30s" },
	{ CT "--ctexpire 31:60", "60s" },
	{ CT "--ctexpire 61:120", "120s" },
	{ CT "--ctexpire 121:180", "180s" },
	{ CT "--ctexpire 181:210", "210s" },
	{ CT "--ctexpire 211:300", "300s" },
	{ CT "--ctexpire 301:600", "600s" },
	{ CT "--ctexpire 601:432000", "5d" },
	{ CT "--ctexpire 432001:4294967295", "ever" },
	{ "-m dscp --dscp 0x2a -j DROP", "dropped" },
};

static const struct {
	const char *name;
	const char *prefix;
} chains[] = {
	{ "INPUT", "in: " },
	{ "FORWARD", "" },
	{ "OUTPUT", "out: " },
};

#define NR_ROWS (sizeof(rows) / sizeof(*rows))
#define NR_CHAINS (sizeof(chains) / sizeof(*chains))

_Static_assert(NR_ROWS * NR_CHAINS == NR_SCRIPT_RULES, "rules");

char *script_label_rules(void)
{
	size_t i, j, len;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	fputs("*filter\n", out);
	for (i = 0; i < NR_CHAINS; i++)
		fprintf(out, ":%s ACCEPT [0:0]\n", chains[i].name);
	for (i = 0; i < NR_CHAINS; i++)
		for (j = 0; j < NR_ROWS; j++)
			fprintf(out, "-A %s %s\n", chains[i].name,
				rows[j].rule);
	fputs("COMMIT\n", out);
	fclose(out);
	return text;
}

int script_label_read(const char *saved, uint64_t counts[NR_SCRIPT_RULES])
{
	struct saved_line line;
	size_t nr = 0;

	while (saved_next(&saved, &line)) {
		if (strncmp(line.text, "-A ", 3))
			continue;
		if (nr == NR_SCRIPT_RULES)
			return -1;
		counts[nr++] = line.packets;
	}
	return nr == NR_SCRIPT_RULES ? 0 : -1;
}

static void print_chain(size_t chain, const uint64_t *before,
			const uint64_t *after, FILE *out)
{
	const char *separator = chains[chain].prefix;
	uint64_t count;
	size_t i;

	for (i = 0; i < NR_ROWS; i++) {
		count = after[i] - before[i];
		if (!count)
			continue;
		if (ftell(out) > 0 && separator == chains[chain].prefix)
			fputs("; ", out);
		fprintf(out, "%s%s", separator, rows[i].word);
		if (count > 1)
			fprintf(out, "*%" PRIu64, count);
		separator = " ";
	}
}

char *script_label_print(const uint64_t before[NR_SCRIPT_RULES],
			 const uint64_t after[NR_SCRIPT_RULES])
{
	char *text = NULL;
	size_t i, len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	for (i = 0; i < NR_CHAINS; i++)
		print_chain(i, before + i * NR_ROWS, after + i * NR_ROWS, out);
	if (!ftell(out))
		fputs("-", out);
	fclose(out);
	return text;
}
