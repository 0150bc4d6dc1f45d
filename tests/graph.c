// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random graphs of chains: what the kernel follows when it looks for loops and
 * for matches that a hook may not have. Goes in: a seed; comes out: text. It
 * does not say which graphs are good.
 */
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_RULES	14
#define MAX_CHAINS	6
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const builtin[] = { "INPUT", "FORWARD", "OUTPUT" };

/* Those that test nothing are of more than one kind to the kernel. */
static const char *const tests[] = {
	"", "", "", "", " -p tcp", " -s 0/0", " -d 1.2.3.4/0", " ! -s 0/0",
	" -m comment --comment x", " -p all", " -i +", " ! -i +", " -i eth0",
	" -o eth0", " -o +", " -m mac --mac-source 00:00:00:00:00:01", " -f",
	" -p udp -m udp", " -m tcp",
};

/* splitmix64 */
static uint32_t draw(uint64_t *state, uint32_t n)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (uint32_t)((x ^ x >> 31) >> 32) % n;
}

static void write_chain(FILE *out, unsigned int chain)
{
	if (chain < ARRAY_SIZE(builtin))
		fputs(builtin[chain], out);
	else
		fprintf(out, "c%u", chain);
}

static void write_target(FILE *out, uint64_t *state, unsigned int chains)
{
	static const char *const verdicts[] = {
		"", " -j ACCEPT", " -j DROP", " -j RETURN",
	};
	uint32_t kind = draw(state, 9);

	if (kind < ARRAY_SIZE(verdicts)) {
		fputs(verdicts[kind], out);
		return;
	}
	fputs(kind == 4 ? " -g " : " -j ", out);
	/* Seldom a built-in chain, which nothing may jump to. */
	write_chain(out, draw(state, 40) ? 3 + draw(state, chains - 3) :
		    draw(state, chains));
}

char *graph_text(uint64_t seed)
{
	unsigned int chains = 4 + draw(&seed, MAX_CHAINS), i;
	unsigned int rules = 1 + draw(&seed, MAX_RULES);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	fputs("*filter\n", out);
	for (i = 0; i < chains; i++) {
		fputc(':', out);
		write_chain(out, i);
		fputs(i < 3 ? " ACCEPT [0:0]\n" : " - [0:0]\n", out);
	}
	for (i = 0; i < rules; i++) {
		fputs("-A ", out);
		write_chain(out, draw(&seed, chains));
		fputs(tests[draw(&seed, ARRAY_SIZE(tests))], out);
		write_target(out, &seed, chains);
		fputc('\n', out);
	}
	fputs("COMMIT\n", out);
	fclose(out);
	return text;
}
