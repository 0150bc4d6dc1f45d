// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings as text. In: lines "name = value", from a file or an option. Out:
 * the settings with those values, or one message for each line that is wrong,
 * and then nothing is changed by the run. It knows no setting by name.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "nearest.h"
#include "settings.h"
#include "value.h"

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

static int unknown(const char *name, const char *where,
		   const struct diag *diag)
{
	const char *prefix = strcasestr(name, SETTING_PREFIX);
	struct nearest nearest = { .wanted = name };

	if (prefix)
		nearest.wanted = prefix + strlen(SETTING_PREFIX);
	settings_offer(&nearest);
	if (nearest.found)
		diag_warn(diag, "%s: unknown setting `%s', did you mean `%s%s'?",
			  where, name, SETTING_PREFIX, nearest.found);
	else
		diag_warn(diag, "%s: unknown setting `%s'", where, name);
	return -ECANCELED;
}

static int set(const char *name, const char *value, const char *where,
	       struct settings *settings, const struct diag *diag)
{
	enum setting setting = settings_find(name);
	const struct setting_kind *kind = &setting_kinds[setting];
	uint64_t number;

	if (setting == NR_SETTINGS)
		return unknown(name, where, diag);
	if (!value_number(value, NULL, kind->first, kind->last, &number)) {
		diag_warn(diag, "%s: %s is a number from %u to %u, not `%s'",
			  where, name, kind->first, kind->last, value);
		return -ECANCELED;
	}
	settings->value[setting] = (uint32_t)number;
	settings->given[setting] = true;
	return 0;
}

int config_set(const char *text, const char *where, struct settings *settings,
	       const struct diag *diag)
{
	char *copy = strdup(text), *value;
	int err;

	if (!copy)
		return diag_system(diag, ENOMEM, "cannot read %s", where);
	value = strchr(copy, '=');
	if (!value) {
		diag_warn(diag, "%s: `%s' is not NAME = VALUE", where,
			  trim(copy));
		free(copy);
		return -ECANCELED;
	}
	*value++ = '\0';
	err = set(trim(copy), trim(value), where, settings, diag);
	free(copy);
	return err;
}

/* One line of a file; blank ones and comments are none. */
static int read_line(char *line, ssize_t len, const char *where,
		     struct settings *settings, const struct diag *diag)
{
	if (strlen(line) != (size_t)len) {
		diag_warn(diag, "%s: a NUL in the line", where);
		return -ECANCELED;
	}
	line[strcspn(line, "#")] = '\0';
	line = trim(line);
	return *line ? config_set(line, where, settings, diag) : 0;
}

/* What stands in the file twice counts as it stands there last. */
static int read_lines(FILE *in, const char *file, struct settings *settings,
		      const struct diag *diag)
{
	const struct settings before = *settings;
	char *line = NULL, where[512];
	struct settings read = *settings;
	unsigned int number = 0, i;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	while ((len = getline(&line, &size, in)) >= 0) {
		snprintf(where, sizeof(where), "%s:%u", file, ++number);
		if (read_line(line, len, where, &read, diag))
			err = -ECANCELED;
	}
	if (ferror(in))
		err = diag_system(diag, errno, "cannot read %s", file);
	free(line);
	for (i = 0; !err && i < NR_SETTINGS; i++)
		if (!before.given[i] && read.given[i]) {
			settings->value[i] = read.value[i];
			settings->given[i] = true;
		}
	return err;
}

int config_read(const char *file, struct settings *settings,
		const struct diag *diag)
{
	const char *name = file ? file : CONFIG_FILE;
	FILE *in = fopen(name, "re");
	int err;

	if (!in && !file && errno == ENOENT)
		return 0;
	if (!in)
		return diag_system(diag, errno, "cannot open %s", name);
	err = read_lines(in, name, settings, diag);
	fclose(in);
	return err;
}
