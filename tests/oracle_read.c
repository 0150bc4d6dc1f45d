/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule's words read for the oracle. Goes in: the words of one line; comes
 * out: the rule as the kernel would have it. It takes what tests/gen.c writes
 * and refuses everything else.
 */
#include "oracle_int.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

bool oracle_number(const char **text, uint32_t *value)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*value = (uint32_t)strtoul(*text, &end, 0);
	*text = end;
	return true;
}

bool oracle_address(const char **text, uint32_t *value)
{
	unsigned int i;
	uint32_t byte;

	for (*value = 0, i = 0; i < 4; i++) {
		if (i && *(*text)++ != '.')
			return false;
		if (!oracle_number(text, &byte) || byte > 255)
			return false;
		*value = *value << 8 | byte;
	}
	return true;
}

const char *oracle_word(struct oracle_words *words)
{
	const char *text;

	if (!words->word) {
		if (!words->error)
			words->error = "a word is missing";
		return NULL;
	}
	text = words->word->text;
	words->word = words->word->next;
	return text;
}

/* ADDRESS, ADDRESS/LENGTH, ADDRESS/MASK, several with commas. */
static void read_addrs(struct oracle_words *words, struct oracle_addr *addrs,
		       unsigned int *nr)
{
	const char *text = oracle_word(words);
	struct oracle_addr addr;
	const char *mask;
	uint32_t length;

	while (text) {
		addr.mask = ~0u;
		if (*nr == ORACLE_ADDRS || !oracle_address(&text, &addr.value))
			break;
		if (*text == '/') {
			mask = ++text;
			if (!oracle_address(&text, &addr.mask)) {
				text = mask;
				if (!oracle_number(&text, &length))
					break;
				addr.mask = length ? ~0u << (32 - length) : 0;
			}
		}
		addr.value &= addr.mask;
		addrs[(*nr)++] = addr;
		if (!*text)
			return;
		if (*text++ != ',')
			break;
	}
	words->error = "bad address";
}

static void read_saddr(struct oracle_words *words, struct oracle_match *match)
{
	(void)match;
	words->rule->saddr_invert = words->invert;
	read_addrs(words, words->rule->saddrs, &words->rule->nr_saddrs);
}

static void read_daddr(struct oracle_words *words, struct oracle_match *match)
{
	(void)match;
	words->rule->daddr_invert = words->invert;
	read_addrs(words, words->rule->daddrs, &words->rule->nr_daddrs);
}

static void read_device(struct oracle_words *words,
			struct oracle_device *device)
{
	const char *text = oracle_word(words);
	size_t len = text ? strlen(text) : 0;

	if (!len || len >= sizeof(device->name)) {
		words->error = "bad device";
		return;
	}
	device->set = true;
	device->invert = words->invert;
	device->wild = text[len - 1] == '+';
	memcpy(device->name, text, len - device->wild);
}

static void read_iif(struct oracle_words *words, struct oracle_match *match)
{
	(void)match;
	read_device(words, &words->rule->iif);
}

static void read_oif(struct oracle_words *words, struct oracle_match *match)
{
	(void)match;
	read_device(words, &words->rule->oif);
}

static void read_proto(struct oracle_words *words, struct oracle_match *match)
{
	static const struct {
		const char *name;
		uint8_t number;
	} protos[] = {
		{ "all", 0 }, { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
		{ "icmp", IPPROTO_ICMP }, { "sctp", IPPROTO_SCTP },
		{ "dccp", IPPROTO_DCCP }, { "udplite", IPPROTO_UDPLITE },
		{ "esp", IPPROTO_ESP }, { "gre", IPPROTO_GRE },
	};
	const char *text = oracle_word(words);
	uint32_t number;
	unsigned int i;

	(void)match;
	if (!text)
		return;
	words->rule->proto_invert = words->invert;
	if (oracle_number(&text, &number) && !*text) {
		words->rule->proto = (uint8_t)number;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (!strcmp(protos[i].name, text)) {
			words->rule->proto = protos[i].number;
			return;
		}
	words->error = "unknown protocol";
}

static void read_fragment(struct oracle_words *words,
			  struct oracle_match *match)
{
	(void)match;
	words->rule->fragment = true;
	words->rule->fragment_invert = words->invert;
}

static struct oracle_match *add_match(struct oracle_words *words,
				      const struct oracle_kind *kind)
{
	struct oracle_rule *rule = words->rule;

	if (rule->nr_matches == ORACLE_MATCHES) {
		words->error = "too many matches";
		return NULL;
	}
	words->match = &rule->matches[rule->nr_matches++];
	words->match->kind = kind;
	return words->match;
}

static void read_match(struct oracle_words *words, struct oracle_match *match)
{
	const char *text = oracle_word(words);
	unsigned int i;

	(void)match;
	for (i = 0; text && i < oracle_nr_kinds; i++)
		if (!strcmp(oracle_kinds[i].name, text)) {
			add_match(words, &oracle_kinds[i]);
			return;
		}
	words->error = "unknown match";
}

static void read_jump(struct oracle_words *words, struct oracle_match *match)
{
	static const struct {
		const char *name;
		enum oracle_target target;
	} targets[] = {
		{ "ACCEPT", ORACLE_TO_ACCEPT }, { "DROP", ORACLE_TO_DROP },
		{ "RETURN", ORACLE_TO_RETURN },
	};
	const char *text = oracle_word(words);
	unsigned int i;

	(void)match;
	if (!text)
		return;
	for (i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(targets[i].name, text)) {
			words->rule->target = targets[i].target;
			return;
		}
	words->rule->target = ORACLE_TO_CHAIN;
	words->rule->chain = oracle_find_chain(words->oracle, text);
	if (!words->rule->chain)
		words->error = "unknown target";
}

static void read_goto(struct oracle_words *words, struct oracle_match *match)
{
	words->rule->go = true;
	read_jump(words, match);
}

static void read_append(struct oracle_words *words, struct oracle_match *match)
{
	const char *text = oracle_word(words);

	(void)match;
	words->home = text ? oracle_find_chain(words->oracle, text) : NULL;
	if (!words->home)
		words->error = "unknown chain";
}

static const struct oracle_option ip_options[] = {
	{ { "-A", "--append" }, read_append },
	{ { "-s", "--src", "--source" }, read_saddr },
	{ { "-d", "--dst", "--destination" }, read_daddr },
	{ { "-p", "--proto", "--protocol" }, read_proto },
	{ { "-i", "--in-interface" }, read_iif },
	{ { "-o", "--out-interface" }, read_oif },
	{ { "-f", "--fragment", "--fragments" }, read_fragment },
	{ { "-m", "--match" }, read_match },
	{ { "-j", "--jump" }, read_jump },
	{ { "-g", "--goto" }, read_goto },
};

static const struct oracle_option *find_option(
	const struct oracle_option *options, unsigned int nr, const char *text)
{
	unsigned int i, j;

	for (i = 0; i < nr && options[i].read; i++)
		for (j = 0; j < ARRAY_SIZE(options[i].names); j++)
			if (options[i].names[j] &&
			    !strcmp(options[i].names[j], text))
				return &options[i];
	return NULL;
}

/* An option of the last match, or of the one that the protocol loads. */
static bool read_match_option(struct oracle_words *words, const char *text)
{
	const struct oracle_option *option = NULL;
	const struct oracle_kind *kind;
	unsigned int i;

	if (words->match)
		option = find_option(words->match->kind->options,
				     ARRAY_SIZE(words->match->kind->options),
				     text);
	for (i = 0; !option && i < oracle_nr_kinds; i++) {
		kind = &oracle_kinds[i];
		if (!kind->proto || kind->proto != words->rule->proto ||
		    words->rule->proto_invert)
			continue;
		option = find_option(kind->options, ARRAY_SIZE(kind->options),
				     text);
		if (option && !add_match(words, kind))
			return false;
	}
	if (!option)
		return false;
	words->option = text;
	option->read(words, words->match);
	return true;
}

bool oracle_read_rule(struct oracle_words *words)
{
	const struct oracle_option *option;
	const char *text;

	while (words->word && !words->error) {
		text = oracle_word(words);
		words->invert = !strcmp(text, "!");
		if (words->invert)
			text = oracle_word(words);
		if (!text)
			break;
		option = find_option(ip_options, ARRAY_SIZE(ip_options), text);
		if (option)
			option->read(words, NULL);
		else if (!read_match_option(words, text) && !words->error)
			words->error = "unknown option";
	}
	if (!words->home && !words->error)
		words->error = "no chain";
	return !words->error;
}
