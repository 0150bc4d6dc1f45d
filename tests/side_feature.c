/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the text of a save and counts by option which rules matched packets
 * and which let some by. Goes in: text; comes out: a histogram. It takes the
 * counters as they are and evaluates nothing.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "side_feature.h"
#include "side_tool.h"

#define LINE_MAX 4096
#define WORDS_MAX 256
#define CHAIN_RULES_MAX 4096

static const char *const names[NR_SIDE_FEATURES] = {
	"-s", "! -s", "-d", "! -d", "-i", "! -i", "-o", "! -o",
	"-p", "! -p", "-f", "! -f",
	"-p tcp", "-p udp", "-p udplite", "-p sctp", "-p dccp", "-p icmp",
	"tcp --sport", "tcp ! --sport", "tcp --dport", "tcp ! --dport",
	"tcp --tcp-flags", "tcp ! --tcp-flags",
	"tcp --tcp-option", "tcp ! --tcp-option",
	"udp --sport", "udp ! --sport", "udp --dport", "udp ! --dport",
	"sctp --sport", "sctp ! --sport", "sctp --dport", "sctp ! --dport",
	"dccp --sport", "dccp ! --sport", "dccp --dport", "dccp ! --dport",
	"icmp --icmp-type", "icmp ! --icmp-type",
	"multiport --sports", "multiport ! --sports",
	"multiport --dports", "multiport ! --dports",
	"multiport --ports", "multiport ! --ports",
	"comment --comment",
	"iprange --src-range", "iprange ! --src-range",
	"iprange --dst-range", "iprange ! --dst-range",
	"length --length", "length ! --length",
	"ttl --ttl-eq", "ttl ! --ttl-eq", "ttl --ttl-lt", "ttl --ttl-gt",
	"tos --tos", "tos ! --tos", "dscp --dscp", "dscp ! --dscp",
	"mark --mark", "mark ! --mark",
	"mac --mac-source", "mac ! --mac-source",
	"pkttype --pkt-type", "pkttype ! --pkt-type",
	"-j ACCEPT", "-j DROP", "-j RETURN", "-j chain", "-g chain",
	"no target", "+ wildcard",
	"-m tcp", "-m udp", "-m sctp", "-m dccp", "-m icmp", "-m multiport",
	"odd mask",
	/* From SIDE_STATEFUL on. */
	"-m state", "-m conntrack",
	"state --state", "state ! --state",
	"conntrack --ctstate", "conntrack ! --ctstate",
	/* From SIDE_RARE on. */
	"RELATED alone", "INVALID alone", "NEW alone",
	"conntrack --ctproto", "conntrack ! --ctproto",
	"conntrack --ctorigsrc", "conntrack ! --ctorigsrc",
	"conntrack --ctorigdst", "conntrack ! --ctorigdst",
	"conntrack --ctreplsrc", "conntrack ! --ctreplsrc",
	"conntrack --ctrepldst", "conntrack ! --ctrepldst",
	"conntrack --ctorigsrcport", "conntrack ! --ctorigsrcport",
	"conntrack --ctorigdstport", "conntrack ! --ctorigdstport",
	"conntrack --ctreplsrcport", "conntrack ! --ctreplsrcport",
	"conntrack --ctrepldstport", "conntrack ! --ctrepldstport",
	"conntrack --ctstatus", "conntrack ! --ctstatus",
	"conntrack --ctexpire", "conntrack ! --ctexpire",
	"conntrack --ctdir",
};

/* A rule as far as it is of interest here. */
struct rule_seen {
	uint64_t packets;
	bool ends;	/* a packet that matches does not reach the next */
	bool returns;	/* from a built-in chain this is on to the policy */
	bool has[NR_SIDE_FEATURES];
};

struct words {
	unsigned int nr;
	char *word[WORDS_MAX];
	char text[LINE_MAX];
};

static void split_words(const struct saved_line *line, struct words *words)
{
	char *at = words->text, *end;
	int len = line->len < LINE_MAX - 1 ? line->len : LINE_MAX - 1;

	memcpy(at, line->text, len);
	at[len] = '\0';
	for (words->nr = 0; *at && words->nr < WORDS_MAX; words->nr++) {
		words->word[words->nr] = at;
		end = at + 1;
		if (*at == '"')
			while (*end && *end != '"')
				end += *end == '\\' && end[1] ? 2 : 1;
		end += strcspn(end, " ");
		at = *end ? end + 1 : end;
		*end = '\0';
	}
}

static int find(const char *name)
{
	int i;

	for (i = 0; i < NR_SIDE_FEATURES; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static bool note(struct rule_seen *rule, const char *name)
{
	int i = find(name);

	if (i >= 0)
		rule->has[i] = true;
	return i >= 0;
}

static void note_target(struct rule_seen *rule, const char *option,
			const char *target)
{
	char name[64];

	snprintf(name, sizeof(name), "%s %s", option, target);
	if (!note(rule, name)) {
		snprintf(name, sizeof(name), "%s chain", option);
		note(rule, name);
	}
	rule->returns = !strcmp(target, "RETURN") || !strcmp(option, "-g");
	rule->ends = rule->returns || !strcmp(target, "ACCEPT") ||
		     !strcmp(target, "DROP");
}

/* What is in a value rather than in an option. */
static void note_value(struct rule_seen *rule, const char *option,
		       const char *value)
{
	char name[64];

	if ((!strcmp(option, "-i") || !strcmp(option, "-o")) &&
	    value[strlen(value) - 1] == '+')
		note(rule, "+ wildcard");
	if ((!strcmp(option, "-s") || !strcmp(option, "-d")) &&
	    strchr(value, '/') && strchr(strchr(value, '/'), '.'))
		note(rule, "odd mask");
	if (!strcmp(option, "-p")) {
		snprintf(name, sizeof(name), "-p %s", value);
		note(rule, name);
	}
}

/* A state that no other one stands beside. */
static void note_state(struct rule_seen *rule, const char *option,
		       const char *value)
{
	char name[64];

	if (strcmp(option, "--state") && strcmp(option, "--ctstate"))
		return;
	snprintf(name, sizeof(name), "%s alone", value);
	note(rule, name);
}

static void note_option(struct features *features, struct rule_seen *rule,
			const struct words *words, unsigned int i,
			const char *module)
{
	const char *word = words->word[i];
	const char *not = !strcmp(words->word[i - 1], "!") ? "! " : "";
	char name[96];

	if (word[1] == '-')
		snprintf(name, sizeof(name), "%s %s%s", module, not, word);
	else
		snprintf(name, sizeof(name), "%s%s", not, word);
	if (!note(rule, name)) {
		fprintf(stderr, "no row for the option %s\n", name);
		features->unknown++;
	}
	if (i + 1 < words->nr && !*not) {
		note_value(rule, word, words->word[i + 1]);
		note_state(rule, word, words->word[i + 1]);
	}
}

static void read_rule(struct features *features, const struct saved_line *line,
		      struct rule_seen *rule)
{
	const char *module = "", *word;
	bool target = false;
	char name[64];
	struct words words;
	unsigned int i;

	memset(rule, 0, sizeof(*rule));
	rule->packets = line->packets;
	split_words(line, &words);
	for (i = 2; i < words.nr; i++) {
		word = words.word[i];
		if (word[0] != '-' || !word[1] ||
		    !strcmp(words.word[i - 1], "--comment"))
			continue;
		if (!strcmp(word, "-m")) {
			module = words.word[i + 1];
			snprintf(name, sizeof(name), "-m %s", module);
			note(rule, name);
		} else if (!strcmp(word, "-j") || !strcmp(word, "-g")) {
			note_target(rule, word, words.word[i + 1]);
			target = true;
		} else {
			note_option(features, rule, &words, i, module);
		}
	}
	if (!target)
		note(rule, "no target");
}

/* A chain whole: `past` packets are known to have gone by its last rule. */
static void close_chain(struct features *features,
			const struct rule_seen *rules, unsigned int nr,
			uint64_t past)
{
	unsigned int i = nr, f;

	while (i-- > 0) {
		uint64_t own = rules[i].packets;
		bool missed = rules[i].ends ? past > 0 : past > own;

		for (f = 0; f < NR_SIDE_FEATURES; f++) {
			if (!rules[i].has[f])
				continue;
			features->of[f].rules++;
			features->of[f].matched += own;
			features->of[f].missed += missed;
		}
		if (own > past)
			past = own;
	}
}

/* Packets that fell through to the policy rather than returned to it. */
static uint64_t fell(const struct rule_seen *rules, unsigned int nr,
		     uint64_t policy)
{
	uint64_t returned = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (rules[i].returns)
			returned += rules[i].packets;
	return policy > returned ? policy - returned : 0;
}

static void chain_add(struct features *features, const char *saved,
		      const struct saved_line *chain)
{
	static struct rule_seen rules[CHAIN_RULES_MAX];
	int len = strcspn(chain->text + 1, " ");
	const char *policy = chain->text + 1 + len + 1;
	struct saved_line line;
	unsigned int nr = 0, i;

	while (saved_next(&saved, &line) && nr < CHAIN_RULES_MAX)
		if (line.len > 3 + len && !strncmp(line.text, "-A ", 3) &&
		    !strncmp(line.text + 3, chain->text + 1, len) &&
		    (line.text[3 + len] == ' '))
			read_rule(features, &line, &rules[nr++]);
	close_chain(features, rules, nr, fell(rules, nr, chain->packets));
	for (i = 0; i < nr; i++) {
		if (rules[i].has[find("-j ACCEPT")])
			features->by_rule[1] += rules[i].packets;
		if (rules[i].has[find("-j DROP")])
			features->by_rule[0] += rules[i].packets;
	}
	if (*policy != '-')
		features->by_policy[*policy == 'A'] += chain->packets;
}

void features_add(struct features *features, const char *saved)
{
	const char *text = saved;
	struct saved_line line;

	while (saved_next(&text, &line))
		if (*line.text == ':')
			chain_add(features, saved, &line);
}

void features_print(const struct features *features, FILE *out)
{
	int i;

	fprintf(out, "# %-24s %8s %10s %8s\n", "option", "rules", "matched",
		"missed");
	for (i = 0; i < NR_SIDE_FEATURES; i++)
		fprintf(out, "# %-24s %8u %10" PRIu64 " %8u\n", names[i],
			features->of[i].rules, features->of[i].matched,
			features->of[i].missed);
	fprintf(out, "# verdicts: %" PRIu64 " accepted by rules, %" PRIu64
		" dropped by rules, %" PRIu64 " accepted by policies, %" PRIu64
		" dropped by policies\n", features->by_rule[1],
		features->by_rule[0], features->by_policy[1],
		features->by_policy[0]);
}

unsigned int features_lacking(const struct features *features, int from,
			      int to, FILE *out)
{
	unsigned int lacking = features->unknown;
	int i;

	for (i = from; i < to; i++) {
		const struct feature *feature = &features->of[i];

		if (feature->matched && feature->missed)
			continue;
		fprintf(out, "never met both ways: %s (%u rules, matched %"
			PRIu64 ", missed %u)\n", names[i], feature->rules,
			feature->matched, feature->missed);
		lacking++;
	}
	for (i = 0; i < 2; i++)
		lacking += !features->by_rule[i] || !features->by_policy[i];
	return lacking;
}
