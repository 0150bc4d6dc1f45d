#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checks how the sources are written: what clang-format cannot see and a
# reviewer should not have to count. Prints FILE:LINE: what is wrong, and at the
# end how many of its checks held.
set -u
cd "$(dirname "$0")/.." || exit 1

B=${B:-build}
found=$(mktemp)
trap 'rm -f "$found"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0

# What git knows and has, and what it would add.
files()
{
	git ls-files -co --exclude-standard -- "$@" | sort -u |
	while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

c=$(files '*.c' '*.h')
code=$(files '*.c' '*.h' '*.l' '*.y')
sources=$(files '*.c' '*.h' '*.l' '*.y' '*.sh' Makefile .ci/run)
shell=$(files '*.sh' .ci/run)

# result NAME: judges what the check before it left in $found.
result()
{
	if [ -s "$found" ]; then
		cat "$found"
		echo "lint: $1: failed"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
	: >"$found"
}

# matches REGEX TEXT FILE...: lines that a source must not have.
matches()
{
	regex=$1 text=$2
	shift 2
	[ $# -eq 0 ] || grep -nHE -- "$regex" "$@" 2>/dev/null |
		sed "s|\$|	<- $text|" >>"$found"
}

# shellcheck disable=SC2086 # the lists are words, without blanks in them
{
	# A message stays in one piece, so that it can be searched for.
	for file in $code; do
		expand "$file" | awk -v f="$file" 'length > 80 &&
			!(match($0, /"([^"\\]|\\.)*"/) && RLENGTH > 30) {
				print f ":" NR ": over 80 columns" }'
	done >"$found"
	result "line length"

	matches '^        ' 'indented with blanks' $code
	matches '[ 	]+$' 'blanks at the end' $sources
	result "blanks"

	for file in $code; do
		awk -v f="$file" 'END { if (NR > 600)
			print f ": " NR " lines, over 600" }' "$file"
	done >"$found"
	result "file length"

	for file in $c; do
		awk -v f="$file" '/^{/ { start = NR }
			/^}/ && start {
				if (NR - start - 1 > 60)
					print f ":" start ": function of " \
						NR - start - 1 " lines"
				start = 0
			}' "$file"
	done >"$found"
	result "function length"

	for file in $c; do
		awk -v f="$file" '
			/^[a-z].*\(/ { text = ""; start = NR }
			start { text = text $0 }
			start && /;/ { start = 0 }
			/^{/ && start {
				sub(/\)[^)]*$/, "", text)
				sub(/^[^(]*\(/, "", text)
				sub(/, *\.\.\.$/, "", text)
				if (gsub(/,/, "", text) > 4)
					print f ":" start ": over 5 parameters"
				start = 0
			}' "$file"
	done >"$found"
	result "parameters"

	for file in $sources; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' ||
			echo "$file:1: no licence line"
	done >"$found"
	result "licence"

	matches '(TODO|FIXME|XXX|HACK)' 'a plan belongs elsewhere' $code
	matches '^typedef (struct|union|enum)' 'typedef of a tag' \
		$(echo "$c" | grep -v '^bpf/kernel\.h$')	# the kernel's own
	matches '[^a-z_](strcpy|strcat|sprintf|gets)\(' 'unbounded' $c
	matches '"vmlinux\.h"' 'made on the build machine' $c
	result "words"

	matches '(^|[^_a-z])exit\(' 'only main ends the process' \
		$(files 'src/*.c' | grep -vE '/(main|arena)\.c$')
	result "exit"

	for file in $shell; do
		sh -n "$file" || echo "$file: does not parse"
	done >"$found" 2>&1
	result "shell"
}

# A variable that can change may live in a function or in diag.c only.
if ls "$B"/obj/*.o >/dev/null 2>&1; then
	for object in "$B"/obj/*.o; do
		name=$(basename "$object" .o)
		[ -f "src/$name.c" ] && [ "$name" != diag ] || continue
		objdump -t "$object" | awk -v f="src/$name.c" \
			'NF > 3 && $(NF - 2) ~ /^\.(data(\.rel(\.local)?)?|bss)$/ &&
			$NF !~ /^\./ { print f ": mutable variable " $NF }'
	done >"$found"
	result "variables"
fi

if command -v mandoc >/dev/null; then
	for page in $(files 'man/*.[58]'); do
		mandoc -T lint -W warning "$page"
	done >"$found" 2>&1
	result "man pages"
fi

echo "lint: $passed passed, $failed failed"
[ "$failed" = 0 ]
