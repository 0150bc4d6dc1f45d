// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Edits of a ruleset: lines of a fixture unescaped, and random batches. The
 * same seed gives the same batch; what rules there are is not known here, so
 * some edits miss, and chains have few names, so that most do not.
 */
#include "edits.h"

#include <stdio.h>
#include <string.h>

#define NR(table)	(sizeof(table) / sizeof(*(table)))

int edits_next(const char **at, struct edit *edit)
{
	size_t i;

	edit->line = *at;
	edit->line_len = (int)strcspn(*at, "\n");
	edit->len = 0;
	if (!**at || (size_t)edit->line_len >= sizeof(edit->text))
		return 0;
	for (i = 0; i < (size_t)edit->line_len; i++) {
		char byte = edit->line[i];

		if (byte == '\\' && edit->line[i + 1] == 'n') {
			byte = '\n';
			i++;
		}
		edit->text[edit->len++] = byte;
	}
	edit->text[edit->len] = '\0';
	*at += edit->line_len + ((*at)[edit->line_len] == '\n');
	return 1;
}

static unsigned int draw(uint64_t *state, unsigned int below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(*state >> 33) % below;
}

static const char *chain(uint64_t *state)
{
	static const char *const names[] = { "INPUT", "OUTPUT", "INPUT",
					     "OUTPUT", "FORWARD", "A", "B",
					     "C" };

	return names[draw(state, NR(names))];
}

static const char *user_chain(uint64_t *state)
{
	static const char *const names[] = { "A", "B", "C" };

	return names[draw(state, NR(names))];
}

/* No loops: A leads to B and C, B to C. */
static const char *target(uint64_t *state, const char *from)
{
	static const char *const names[] = { "", " -j ACCEPT", " -j DROP",
					     " -j RETURN", " -j C", " -j B",
					     " -j A", " -g B" };
	unsigned int nr = *from == 'C' ? 4 : *from == 'B' ? 5 :
			  *from == 'A' ? 6 : NR(names);

	return names[draw(state, nr)];
}

static void rule(uint64_t *state, const char *from, FILE *out)
{
	if (draw(state, 3))
		fprintf(out, " -p udp --dport %u",
			EDITS_PORT + draw(state, EDITS_PORTS));
	else if (draw(state, 2))
		fprintf(out, " -m length --length %u:", draw(state, 60));
	fputs(target(state, from), out);
}

static void counted(uint64_t *state, FILE *out)
{
	if (!draw(state, 3))
		fprintf(out, "[%u:%u] ", draw(state, 100), draw(state, 9999));
}

static void place(uint64_t *state, FILE *out)
{
	const char *from = chain(state);
	unsigned int how = draw(state, 6);

	counted(state, out);
	if (how < 3)
		fprintf(out, "-A %s", from);
	else if (how < 5)
		fprintf(out, "-I %s %u", from, 1 + draw(state, 3));
	else
		fprintf(out, "-R %s %u", from, 1 + draw(state, 3));
	rule(state, from, out);
}

static void removal(uint64_t *state, FILE *out)
{
	const char *from = chain(state);

	if (draw(state, 2)) {
		fprintf(out, "-D %s %u", from, 1 + draw(state, 3));
		return;
	}
	fprintf(out, "-%c %s", draw(state, 2) ? 'D' : 'C', from);
	rule(state, from, out);
}

static void whole_chain(uint64_t *state, FILE *out)
{
	unsigned int how = draw(state, 8);

	if (how == 0)
		fprintf(out, "-F %s", chain(state));
	else if (how == 1)
		fprintf(out, "-X %s", user_chain(state));
	else if (how == 2)
		fprintf(out, "-N %s", user_chain(state));
	else if (how == 3)
		fprintf(out, "-E %s D\n-E D %s", user_chain(state),
			user_chain(state));
	else
		fprintf(out, ":%s - [0:0]", user_chain(state));
}

static void counters(uint64_t *state, FILE *out)
{
	const char *policy = draw(state, 4) ? "ACCEPT" : "DROP";
	const char *const built_in[] = { "INPUT", "FORWARD", "OUTPUT" };
	const char *of = built_in[draw(state, 3)];

	switch (draw(state, 5)) {
	case 0:
		fprintf(out, "-Z %s", chain(state));
		break;
	case 1:
		fprintf(out, "-Z %s %u", chain(state), 1 + draw(state, 2));
		break;
	case 2:
		fprintf(out, "-P %s %s", of, policy);
		break;
	case 3:
		fprintf(out, ":%s %s [%u:%u]", of, policy, draw(state, 100),
			draw(state, 9999));
		break;
	default:
		fputs("-Z", out);
	}
}

char *edits_draw(uint64_t seed)
{
	static void (*const edits[])(uint64_t *state, FILE *out) = {
		place, place, place, removal, whole_chain, counters,
	};
	uint64_t state = seed * 2654435761u + 1;
	unsigned int nr = 1 + draw(&state, 4);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs("*filter\n", out);
	while (nr--) {
		edits[draw(&state, NR(edits))](&state, out);
		fputc('\n', out);
	}
	fputs("COMMIT\n", out);
	fclose(out);
	return text;
}
