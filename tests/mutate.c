// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes in the words of a dump's lines: taken out, doubled, swapped, cut
 * short, spelled otherwise, or others put in their place. Goes in: a dump;
 * comes out: what is nearly one. Words are taken apart at blanks alone.
 */
#include "mutate.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS	128
#define WORD_SIZE	600
#define MAX_CHAINS	24
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct line {
	unsigned int nr;
	char words[MAX_WORDS][WORD_SIZE];
	unsigned int nr_chains;		/* of the whole dump */
	char chains[MAX_CHAINS][32];
};

/* splitmix64 */
static uint32_t draw(uint64_t *state, uint32_t n)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (uint32_t)((x ^ x >> 31) >> 32) % n;
}

static const char *const dictionary[] = {
	"!", "-s", "-d", "-i", "-o", "-p", "-f", "-m", "-j", "-g", "-c",
	"--source", "--dst", "--proto", "--jump", "--match", "--goto",
	"--in-interface", "--fragments", "--set-counters", "-A", "INPUT",
	"OUTPUT", "ACCEPT", "DROP", "RETURN", "tcp", "udp", "icmp", "sctp",
	"dccp", "udplite", "all", "0", "1", "6", "17", "255", "256", "65535",
	"65536", "-1", "10.0.0.1", "10.0.0.0/8", "10.1.2.3/255.0.255.0",
	"10.0.0.1/33", "10.0.0.1,10.0.0.2", "0/0", "10/8", "1.2.3", "localhost",
	"eth0", "eth+", "+", "lo", "abcdefghijklmnop", "multiport", "comment",
	"iprange", "length", "ttl", "tos", "dscp", "mark", "mac", "pkttype",
	"--sport", "--dport", "--sports", "--dports", "--ports",
	"--source-port", "--destination-ports", "--port", "80", "http", "80:90",
	"90:80", ":80", "80:", ":", "1,2,3", "1:2,3", "ssh,http", "--syn",
	"--tcp-flags", "SYN,ACK", "SYN", "ALL", "NONE", "syn", "--tcp-option",
	"--icmp-type", "any", "echo-request", "3/1", "3/", "echo", "8",
	"--comment", "\"a b\"", "\"\"", "x", "--src-range", "--dst-range",
	"1.1.1.1-2.2.2.2", "2.2.2.2-1.1.1.1", "--length", "10:20", "20:10",
	"--ttl-eq", "--ttl-lt", "--ttl-gt", "--ttl", "64", "--tos", "0x10",
	"0x10/0x3f", "0x100", "Minimize-Delay", "minimize-delay", "--dscp",
	"--dscp-class", "EF", "ef", "64", "--mark", "0xff/0xf", "0x1ffffffff",
	"--mac-source", "00:11:22:33:44:55", "0:1:2:3:4:5", "--pkt-type",
	"multicast", "host", "broadcast", "state", "conntrack", "--state",
	"--ctstate", "--ctproto", "--ctorigsrc", "--ctorigdst", "--ctreplsrc",
	"--ctrepldst", "--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport",
	"--ctrepldstport", "--ctstatus", "--ctexpire", "--ctdir", "NEW",
	"ESTABLISHED,RELATED", "INVALID,UNTRACKED", "SNAT,DNAT", "new,", ",NEW",
	"EST", "ASSURED", "NONE,CONFIRMED", "seen_reply", "REPLY", "original",
	"10.1", "0x0a000001/0xffffff00", "1.2.3.4/33", "5:10", "10:5",
	"4294967295", "4294967296", "-4", "-v", "-n", "-w", "-t",
	"--", "-", "=", "--dport=80", "-p6", "-ptcp", "-jDROP", "-s10.0.0.1",
	"-fj", "010", "0x50", "+80", "08",
};

static void edit_delete(struct line *line, uint64_t *state)
{
	unsigned int at = draw(state, line->nr);

	line->nr--;
	memmove(line->words[at], line->words[at + 1],
		(line->nr - at) * WORD_SIZE);
}

static void insert_at(struct line *line, unsigned int at, const char *word)
{
	char copy[WORD_SIZE];

	if (line->nr == MAX_WORDS)
		return;
	snprintf(copy, sizeof(copy), "%s", word);
	memmove(line->words[at + 1], line->words[at],
		(line->nr - at) * WORD_SIZE);
	memcpy(line->words[at], copy, WORD_SIZE);
	line->nr++;
}

static void edit_double(struct line *line, uint64_t *state)
{
	unsigned int at = draw(state, line->nr);

	insert_at(line, draw(state, line->nr + 1), line->words[at]);
}

static void edit_insert(struct line *line, uint64_t *state)
{
	unsigned int at = draw(state, line->nr + 1);

	insert_at(line, at, dictionary[draw(state, ARRAY_SIZE(dictionary))]);
}

static void edit_replace(struct line *line, uint64_t *state)
{
	char *word = line->words[draw(state, line->nr)];

	snprintf(word, WORD_SIZE, "%s",
		 dictionary[draw(state, ARRAY_SIZE(dictionary))]);
}

static void edit_swap(struct line *line, uint64_t *state)
{
	unsigned int a = draw(state, line->nr), b = draw(state, line->nr);
	char copy[WORD_SIZE];

	memcpy(copy, line->words[a], WORD_SIZE);
	memcpy(line->words[a], line->words[b], WORD_SIZE);
	memcpy(line->words[b], copy, WORD_SIZE);
}

/* Long options may be cut short. */
static void edit_cut(struct line *line, uint64_t *state)
{
	char *word = line->words[draw(state, line->nr)];
	size_t len = strlen(word);

	if (len > 3)
		word[3 + draw(state, (uint32_t)len - 3)] = '\0';
}

static void edit_char(struct line *line, uint64_t *state)
{
	static const char chars[] = "0123456789/:,!-+.xXaf\"'\\ \t#[]";
	char *word = line->words[draw(state, line->nr)];
	size_t len = strlen(word), at = draw(state, (uint32_t)len + 1);
	char c = chars[draw(state, sizeof(chars) - 1)];

	if (at < len && draw(state, 2)) {
		word[at] = c;
	} else if (at < len && draw(state, 2)) {
		memmove(word + at, word + at + 1, len - at);
	} else if (len + 2 < WORD_SIZE) {
		memmove(word + at + 1, word + at, len - at + 1);
		word[at] = c;
	}
}

static void edit_case(struct line *line, uint64_t *state)
{
	char *word = line->words[draw(state, line->nr)];

	for (; *word; word++)
		if ((*word >= 'a' && *word <= 'z') ||
		    (*word >= 'A' && *word <= 'Z'))
			*word ^= 0x20;
}

static void edit_quote(struct line *line, uint64_t *state)
{
	char *word = line->words[draw(state, line->nr)];
	size_t len = strlen(word);

	if (len + 3 > WORD_SIZE)
		return;
	memmove(word + 1, word, len);
	word[0] = word[len + 1] = '"';
	word[len + 2] = '\0';
}

static void edit_join(struct line *line, uint64_t *state)
{
	unsigned int at = draw(state, line->nr);
	char copy[2 * WORD_SIZE];

	if (at + 1 == line->nr)
		return;
	snprintf(copy, sizeof(copy), "%s%s%s", line->words[at],
		 draw(state, 2) ? "=" : "", line->words[at + 1]);
	copy[WORD_SIZE - 1] = '\0';
	memcpy(line->words[at], copy, WORD_SIZE);
	line->nr--;
	memmove(line->words[at + 1], line->words[at + 2],
		(line->nr - at - 1) * WORD_SIZE);
}

static void edit_blank(struct line *line, uint64_t *state)
{
	char *word = line->words[draw(state, line->nr)];
	size_t len = strlen(word);

	if (len + 2 < WORD_SIZE) {
		word[len] = draw(state, 2) ? ' ' : '\t';
		word[len + 1] = '\0';
	}
}

/* Another command in the place of -A: most of them need no rule behind. */
static void edit_command(struct line *line, uint64_t *state)
{
	static const char *const commands[] = {
		"-I", "-I", "-I", "-D", "-D", "-R", "-F", "-Z", "-P", "-N",
		"-X", "-E", "-C", "--insert", "--delete", "--replace",
		"--flush", "--append", "--app", "-S", "-L", "--check",
	};
	static const char *const numbers[] = { "1", "2", "3", "0", "x" };
	unsigned int at = 0;

	while (at < line->nr && strcmp(line->words[at], "-A"))
		at++;
	if (at + 1 >= line->nr)
		return;
	snprintf(line->words[at], WORD_SIZE, "%s",
		 commands[draw(state, ARRAY_SIZE(commands))]);
	if (draw(state, 2))
		insert_at(line, at + 2,
			  numbers[draw(state, ARRAY_SIZE(numbers))]);
	if (line->nr > at + 3 && draw(state, 2))
		line->nr = at + 2 + draw(state, 2);
}

/* A jump to any chain, so that there are loops and bad ones. */
static void edit_jump(struct line *line, uint64_t *state)
{
	unsigned int at = 0;

	if (!line->nr_chains)
		return;
	while (at < line->nr && strcmp(line->words[at], "-j") &&
	       strcmp(line->words[at], "-g"))
		at++;
	if (at == line->nr)
		insert_at(line, at++, draw(state, 2) ? "-j" : "-g");
	if (at + 1 < line->nr)
		line->nr = at + 1;
	insert_at(line, line->nr, line->chains[draw(state, line->nr_chains)]);
}

static void edit_line(struct line *line, uint64_t *state)
{
	static void (*const edits[])(struct line *, uint64_t *) = {
		edit_delete, edit_double, edit_insert, edit_insert,
		edit_replace, edit_replace, edit_swap, edit_cut, edit_char,
		edit_char, edit_case, edit_quote, edit_join, edit_blank,
		edit_command, edit_command, edit_command, edit_jump, edit_jump,
		edit_jump,
	};
	unsigned int n = 1 + draw(state, 2);

	while (n-- && line->nr)
		edits[draw(state, ARRAY_SIZE(edits))](line, state);
}

static void split_line(struct line *line, const char *text, size_t len)
{
	size_t word;

	for (line->nr = 0; len && line->nr < MAX_WORDS; line->nr++) {
		for (word = 0; word < len && text[word] != ' '; word++)
			;
		snprintf(line->words[line->nr], WORD_SIZE, "%.*s", (int)word,
			 text);
		word += word < len;
		text += word;
		len -= word;
	}
}

static void list_chains(struct line *line, const char *text, size_t len)
{
	const char *end = text + len;

	line->nr_chains = 0;
	for (; text < end && line->nr_chains < MAX_CHAINS; text++) {
		if (*text == ':')
			snprintf(line->chains[line->nr_chains++],
				 sizeof(line->chains[0]), "%.*s",
				 (int)strcspn(text + 1, " \n"), text + 1);
		text = memchr(text, '\n', (size_t)(end - text));
		if (!text)
			break;
	}
}

static bool is_rule(const char *text)
{
	return *text == '-' || *text == '[';
}

char *mutate_text(const char *text, size_t len, uint64_t seed)
{
	struct line *line = malloc(sizeof(*line));
	const char *end = text + len, *next;
	char *changed = NULL;
	size_t changed_len;
	FILE *out = open_memstream(&changed, &changed_len);
	unsigned int i;

	if (!line || !out)
		abort();
	list_chains(line, text, len);
	for (; text < end; text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		next = next ? next + 1 : end;
		if (draw(&seed, is_rule(text) ? 3 : 24)) {
			fwrite(text, 1, (size_t)(next - text), out);
			continue;
		}
		split_line(line, text, (size_t)(next - text) - 1);
		edit_line(line, &seed);
		for (i = 0; i < line->nr; i++)
			fprintf(out, "%s%s", i ? " " : "", line->words[i]);
		fputc('\n', out);
	}
	fclose(out);
	free(line);
	return changed;
}
