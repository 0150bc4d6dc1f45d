// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzer of everything left of the kernel. Goes in: any bytes as a dump; what
 * must hold: nothing crashes, and what is accepted prints text that is accepted
 * and prints the same, has tables, and these judge packets. Run with a number
 * of seconds it makes a corpus for itself; all else is libFuzzer's.
 */
#include <ctype.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "eval.h"
#include "gen.h"
#include "list.h"
#include "names.h"
#include "plan.h"
#include "ruleset.h"

#define NR_SEEDS	60
#define NR_PACKETS	8
#define PLAN_EVERY	4	/* tables take longer than all else */

extern const struct names names_fixed;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text as it is taken. */
struct taken {
	struct diag diag;
	struct ast *ast;
	const struct ruleset *ruleset;
};

/* Whether it has no mistakes. */
static bool take(struct taken *taken, struct arena *arena, const char *text,
		 size_t len)
{
	struct diag *diag = &taken->diag;

	*diag = (struct diag){
		.program = "fuzz", .file = "fuzz",
		.text = text, .text_len = len,
	};
	taken->ast = ast_parse(arena, diag);
	taken->ruleset = ruleset_build(arena, taken->ast, &names_fixed, true,
				       diag);
	diag_finish(diag);
	return !diag->nr_errors;
}

static char *print(const struct ruleset *ruleset, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (!out)
		abort();
	print_ruleset(ruleset, NULL, true, out);
	fclose(out);
	return text;
}

static void print_again(struct arena *arena, const struct ruleset *ruleset)
{
	struct taken again;
	char *first, *second;
	size_t len, len2;

	first = print(ruleset, &len);
	if (!take(&again, arena, first, len)) {
		fprintf(stderr, "printed and refused:\n%s", first);
		abort();
	}
	second = print(again.ruleset, &len2);
	if (len != len2 || memcmp(first, second, len)) {
		fprintf(stderr, "printed:\n%sand then:\n%s", first, second);
		abort();
	}
	free(second);
	free(first);
}

/* Every way in which a ruleset is shown, for those who only look. */
static void show(const struct ast *ast, const struct ruleset *ruleset,
		 const struct plan *plan)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	unsigned int i, j;

	if (!out)
		abort();
	ast_dump(ast, out);
	ruleset_dump(ruleset, out);
	plan_dump(plan, out);
	for (i = 0; i < ruleset->nr_chains; i++)
		for (j = 0; j < ruleset->chains[i]->nr_rules; j++)
			list_rule(&ruleset->chains[i]->rules[j], "target",
				  out);
	fclose(out);
	free(text);
}

static void judge(const struct plan *plan)
{
	static const uint8_t protos[NR_PACKETS] = {
		IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP,
		IPPROTO_ICMP, IPPROTO_SCTP, IPPROTO_DCCP, 0,
	};
	struct eval_trace trace = { NULL, 0, 0, 0 };
	enum eval_verdict verdict;
	unsigned int hook, i;

	for (hook = 0; hook < NR_HOOKS; hook++)
		for (i = 0; i < NR_PACKETS; i++) {
			struct eval_packet packet = {
				.saddr = i * 0x0a000001, .daddr = 0x0a000002,
				.sport = i * 1000, .dport = 80,
				.mac = MAC_NONE, .proto = protos[i],
				.header = i % NR_HEADERS, .iif = "eth0",
				.ct.label = (uint8_t)(i * 37),
			};

			verdict = eval_run(&plan->hook[hook], &packet, &trace);
			if (verdict == EVAL_BOUNDS)
				abort();
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan = { 0 };
	struct arena arena;
	struct taken taken;

	arena_init(&arena);
	if (take(&taken, &arena, (const char *)data, size)) {
		print_again(&arena, taken.ruleset);
		if (size % PLAN_EVERY == 0 &&
		    !plan_build(&arena, taken.ruleset, &taken.diag, &plan)) {
			judge(&plan);
			show(taken.ast, taken.ruleset, &plan);
		}
	}
	plan_free(&plan);
	arena_fini(&arena);
	return 0;
}

/* Rulesets of the generator, small ones: lines are what is mutated best. */
static void write_seeds(const char *dir)
{
	unsigned int i;
	char path[128];

	for (i = 0; i < NR_SEEDS; i++) {
		struct gen_options options = {
			.seed = i, .rules = 1 + i % 12, .stateful = 30,
		};
		struct gen *gen = gen_new(&options);
		const char *text;
		size_t len;
		FILE *out;

		snprintf(path, sizeof(path), "%s/seed-%u", dir, i);
		out = fopen(path, "w");
		if (!out)
			abort();
		text = gen_text(gen, &len);
		fwrite(text, 1, len, out);
		fclose(out);
		gen_free(gen);
	}
}

static void corpus_path(char *path, size_t size)
{
	snprintf(path, size, "/tmp/bpfipt-fuzz-%d", (int)getpid());
}

static void remove_corpus(void)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	corpus_path(path, sizeof(path));
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* "fuzz_parse SECONDS": a corpus that is thrown away, the seeds in it. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char dir[64], seconds[64];
	static char *args[] = {
		NULL, seconds, "-dict=tests/fuzz.dict", "-max_len=4096",
		"-timeout=60", "-rss_limit_mb=4096", "-close_fd_mask=3",
		"-print_final_stats=1", "-artifact_prefix=tests/fixtures/fuzz/",
		dir, "tests/fixtures", NULL,
	};

	if (*argc != 2 || !isdigit((unsigned char)(*argv)[1][0]))
		return 0;
	corpus_path(dir, sizeof(dir));
	if (mkdir(dir, 0700) || atexit(remove_corpus))
		abort();
	write_seeds(dir);
	args[0] = (*argv)[0];
	snprintf(seconds, sizeof(seconds), "-max_total_time=%s", (*argv)[1]);
	*argv = args;
	*argc = sizeof(args) / sizeof(args[0]) - 1;
	return 0;
}
