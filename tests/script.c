// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes a script apart. In: its text. Out: its lines, each with what it asks
 * for and what is expected. Whether the words of a packet are understood is
 * seen when it is made.
 */
#include "script.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word;
	enum script_verb verb;
} verbs[] = {
	{ ">", SCRIPT_PACKET },
	{ "<", SCRIPT_PACKET },
	{ "between", SCRIPT_BETWEEN },
	{ "ports", SCRIPT_PORTS },
	{ "wait", SCRIPT_WAIT },
	{ "set", SCRIPT_SET },
	{ "restore", SCRIPT_RESTORE },
};

static enum script_verb verb_of(const char *words)
{
	size_t i, len = strcspn(words, " ");

	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strlen(verbs[i].word) == len &&
		    !strncmp(words, verbs[i].word, len))
			return verbs[i].verb;
	return SCRIPT_TEXT;
}

static char *copy(const char *text, size_t len)
{
	char *made = strndup(text, len);

	if (!made)
		abort();
	return made;
}

/* A packet's line ends with "| LABEL", which is not kept: it is compared with
 * the whole text. Ours is on the next: "! LABEL | why". */
static void take_line(struct script *script, const char *text, size_t len)
{
	struct script_line *last = script->nr ? &script->lines[script->nr - 1] :
						NULL;
	struct script_line *line = &script->lines[script->nr++];
	const char *bar = memchr(text, '|', len);
	size_t words = bar ? (size_t)(bar - text) : len;

	line->number = script->nr;
	line->verb = verb_of(text);
	if (last && len > 2 && !strncmp(text, "! ", 2) && bar) {
		last->differs = copy(text + 2, words - 3);
		last->reason = copy(bar + 2, len - words - 2);
	}
	line->words = copy(text, line->verb == SCRIPT_PACKET ? words : len);
}

void script_parse(struct script *script, const char *text)
{
	size_t len, nr = 1;
	const char *at;

	for (at = text; *at; at++)
		nr += *at == '\n';
	script->nr = 0;
	script->lines = calloc(nr, sizeof(*script->lines));
	if (!script->lines)
		abort();
	for (at = text; *at; at += len + (at[len] == '\n')) {
		len = strcspn(at, "\n");
		take_line(script, at, len);
	}
}

void script_free(struct script *script)
{
	unsigned int i;

	for (i = 0; i < script->nr; i++) {
		free(script->lines[i].words);
		free(script->lines[i].differs);
		free(script->lines[i].reason);
	}
	free(script->lines);
}
