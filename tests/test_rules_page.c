// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The manual page of the language names every match that there is and every
 * option of it. Goes in: man/bpfipt-rules.5 and the table of matches; comes
 * out: which of them are missing. What the page says of them is not read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "match.h"

#define PAGE	"man/bpfipt-rules.5"

static bool ends_word(char c)
{
	return !isalnum((unsigned char)c) && c != '-';
}

/* Whether the page has the word behind what stands before it in mdoc. */
static bool named(const char *page, const char *before, const char *name)
{
	char word[64];
	const char *at;
	size_t len;

	len = (size_t)snprintf(word, sizeof(word), "%s%s", before, name);
	for (at = strstr(page, word); at; at = strstr(at + 1, word)) {
		if (ends_word(at[len]))
			return true;
	}
	return false;
}

static unsigned int missing_options(const char *page,
				    const struct match_type *type)
{
	unsigned int i, missing = 0;

	for (i = 0; i < type->nr_options; i++) {
		if (named(page, " -", type->options[i].name))
			continue;
		fprintf(stderr, PAGE ": no --%s\n", type->options[i].name);
		missing++;
	}
	return missing;
}

static void all_is_named(void **state)
{
	unsigned int kind, missing = 0;
	size_t len;
	char *page = golden_read(PAGE, &len);

	(void)state;
	assert_non_null(page);
	for (kind = 0; kind < NR_MATCHES; kind++) {
		const struct match_type *type = &match_types[kind];

		if (!type->name)
			continue;
		missing += !named(page, ".It Cm ", type->name);
		missing += missing_options(page, type);
	}
	free(page);
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
