// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command lines: each line of options/NAME.args under tests/fixtures is one;
 * what becomes of it stands in the .out beside it. The prefixes of all long
 * options, iptables' and ours, are made here and stand in prefixes.out; those
 * of a rule's options, alone and with each match, in rule-prefixes.out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ast.h"
#include "diag.h"
#include "golden.h"
#include "option.h"
#include "options.h"

#define MAX_WORDS	16

static const char *text_of(const char *text)
{
	return text ? text : "-";
}

static void print_options(const struct options *o, FILE *out)
{
	unsigned int i;

	fprintf(out, "file %s table %s netns %s", text_of(o->file),
		text_of(o->table), text_of(o->netns));
	fprintf(out, "%s%s%s%s%s%s wait %d forced %x dump %d\n",
		o->counters ? " counters" : "", o->verbose ? " verbose" : "",
		o->test ? " test" : "", o->noflush ? " noflush" : "",
		o->compat ? " compat" : "", o->timestamp ? "" : " undated",
		o->wait_s, o->forced, o->dump);
	if (o->diff)
		fputs("compares\n", out);
	if (o->json)
		fputs("as JSON\n", out);
	if (o->conf)
		fprintf(out, "conf %s\n", o->conf);
	if (o->keep_table)
		fputs("keeps the connections\n", out);
	for (i = 0; i < NR_SETTINGS; i++)
		if (o->settings.given[i])
			fprintf(out, "set %s %u\n", setting_kinds[i].name,
				o->settings.value[i]);
}

typedef bool reader(int argc, char **argv, struct diag *diag,
		    struct options *options, int *status);

static const struct {
	const char *name;
	reader *read;
} tools[] = {
	{ "bpfipt-restore", options_restore },
	{ "iptables-restore", options_restore },
	{ "bpfipt-save", options_save },
	{ "status", options_verb },
	{ "unload", options_verb },
};

static reader *reader_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (strcmp(tools[i].name, name) == 0)
			return tools[i].read;
	}
	fail_msg("no tool %s", name);
	return NULL;
}

/* What the tool prints, on either stream, and what it makes of its words. */
static void run(int argc, char **argv, FILE *out)
{
	struct diag diag = { .program = argv[0], .file = "<stdin>" };
	reader *read = reader_of(argv[0]);
	struct options options;
	struct golden_stderr caught;
	int status = 0, standard;
	size_t len;
	char *said;
	bool go;

	golden_catch(&caught);
	fflush(stdout);
	standard = dup(STDOUT_FILENO);
	assert_true(dup2(STDERR_FILENO, STDOUT_FILENO) >= 0);
	go = read(argc, argv, &diag, &options, &status);
	fflush(stdout);
	assert_true(dup2(standard, STDOUT_FILENO) >= 0);
	close(standard);
	said = golden_release(&caught, &len);
	fputs(said, out);
	free(said);
	if (go)
		print_options(&options, out);
	else
		fprintf(out, "status %d\n", status);
}

static void run_line(char *line, FILE *out)
{
	char *argv[MAX_WORDS + 1], *word, *save = NULL;
	int argc = 0;

	fprintf(out, "== %s\n", line);
	for (word = strtok_r(line, " ", &save); word && argc < MAX_WORDS;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	argv[argc] = NULL;
	run(argc, argv, out);
}

static bool check_file(const char *path)
{
	size_t len, out_len;
	char *text = golden_read(path, &len), *printed, *line, *save = NULL;
	FILE *out = open_memstream(&printed, &out_len);
	bool same;

	assert_true(text && out);
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		run_line(line, out);
	fclose(out);
	same = golden_same(path, ".out", printed, out_len);
	free(printed);
	free(text);
	return same;
}

static void test_lines(void **state)
{
	unsigned int failed = 0;
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob("tests/fixtures/options/*.args", 0, NULL, &found),
			 0);
	for (i = 0; i < found.gl_pathc; i++)
		failed += !check_file(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(failed, 0);
}

static const char *const restore_names[] = {
	"counters", "verbose", "version", "test", "help", "noflush",
	"modprobe", "table", "wait", "wait-interval", "netns", "errors",
	"dump", "diff", "conf", "set", "force-nat", "force-mark", "force-ipsec",
	"force-ipvs", "force-multicast", "force-broadcast", "force-ipvlan",
};

static const char *const save_names[] = {
	"counters", "version", "dump", "table", "modprobe", "file", "netns",
	"no-timestamp", "json",
};

/* A value goes along: which option takes it shows in the answer. */
static void run_prefixes(const char *tool, const char *name, FILE *out)
{
	char line[128];
	size_t len;

	for (len = 1; len <= strlen(name); len++) {
		snprintf(line, sizeof(line), "%s --%.*s 7", tool, (int)len,
			 name);
		run_line(line, out);
	}
}

static void test_prefixes(void **state)
{
	char *printed;
	size_t len, i;
	FILE *out = open_memstream(&printed, &len);

	(void)state;
	assert_non_null(out);
	for (i = 0; i < sizeof(restore_names) / sizeof(*restore_names); i++)
		run_prefixes("bpfipt-restore", restore_names[i], out);
	for (i = 0; i < sizeof(save_names) / sizeof(*save_names); i++)
		run_prefixes("bpfipt-save", save_names[i], out);
	fclose(out);
	assert_true(golden_same("tests/fixtures/options/prefixes.out", ".out",
				printed, len));
	free(printed);
}

static const char *const rule_names[] = {
	"append", "delete", "check", "insert", "replace", "list", "list-rules",
	"flush", "zero", "new-chain", "delete-chain", "rename-chain", "policy",
	"source", "destination", "src", "dst", "protocol", "proto",
	"in-interface", "jump", "table", "match", "numeric", "out-interface",
	"verbose", "wait", "wait-interval", "exact", "fragments", "version",
	"help", "line-numbers", "modprobe", "set-counters", "goto", "ipv4",
	"ipv6",
};

/* What "--NAME value" is, cut after len letters. */
static void print_prefix(struct loaded *loaded, const char *name, size_t len,
			 FILE *out)
{
	char text[64];
	struct ast_word word = { .text = text }, value = { .text = "7" };
	const struct ast_word *words[] = { &word, &value };
	struct option_walk walk = { .words = words, .nr = 2 };
	struct option option;

	snprintf(text, sizeof(text), "--%.*s", (int)len, name);
	option = option_next(&walk, loaded);
	if (option.code == OPTION_MATCH)
		fprintf(out, "  %s  --%s\n", text, option.row->name);
	else
		fprintf(out, "  %s  %c\n", text, option.code);
}

static void print_prefixes(struct loaded *loaded, const char *name, FILE *out)
{
	size_t len;

	for (len = 1; len <= strlen(name); len++)
		print_prefix(loaded, name, len, out);
}

/* The options of a match, and those of iptables that begin alike. */
static void print_match(enum match_kind kind, FILE *out)
{
	const struct match_type *type = &match_types[kind];
	struct loaded loaded = { .kind = kind };
	unsigned int i;

	loaded.latest = &loaded;
	fprintf(out, "-m %s\n", type->name);
	for (i = 0; i < type->nr_options; i++)
		print_prefixes(&loaded, type->options[i].name, out);
}

static void test_rule_prefixes(void **state)
{
	char *printed;
	size_t len, i;
	FILE *out = open_memstream(&printed, &len);

	(void)state;
	assert_non_null(out);
	fputs("iptables\n", out);
	for (i = 0; i < sizeof(rule_names) / sizeof(*rule_names); i++)
		print_prefixes(NULL, rule_names[i], out);
	for (i = 0; i < NR_MATCHES; i++) {
		if (match_types[i].name)
			print_match((enum match_kind)i, out);
	}
	fclose(out);
	assert_true(golden_same("tests/fixtures/options/rule-prefixes.out",
				".out", printed, len));
	free(printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_rule_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
