#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs every test that there is and adds up what they say: lint, the cross
# build, the refusal of big-endian machines, the demo, devices.sh, the cmocka
# programs, the fuzzers.
# Prints one line for each and, last, "N passed, N failed, N skipped". A test
# that cannot run here says SKIP and why; with NOSKIP=1 that is a failure, unless
# the reason is that "this kernel" lacks something. Output goes to build/log/
# too.
set -u
cd "$(dirname "$0")/.." || exit 1

B=${B:-build}
MAKE=${MAKE:-make}
LIMIT=${LIMIT:-600}		# seconds for one program
log=$B/log
passed=0
failed=0
skipped=0
excused=0
mkdir -p "$log"

# add NAME PASSED FAILED SKIPPED [EXCUSED]: what of the skipped is the kernel's.
add()
{
	printf '%s: %d passed, %d failed, %d skipped\n' "$1" "$2" "$3" "$4"
	passed=$((passed + $2))
	failed=$((failed + $3))
	skipped=$((skipped + $4))
	excused=$((excused + ${5-0}))
}

# check NAME COMMAND...: one test that passes if the command succeeds.
check()
{
	name=$1
	shift
	if timeout -k 10 "$LIMIT" "$@" >"$log/$name.log" 2>&1; then
		add "$name" 1 0 0
	else
		tail -n 40 "$log/$name.log"
		add "$name" 0 1 0
	fi
}

skip()
{
	echo "SKIP: $2"
	add "$1" 0 0 1
}

# Counts the lines of cmocka's TAP. A test that was announced and has no line,
# and a program that failed without saying so, count as failed.
tap='
/^1\.\.[0-9]+$/ { sub(/^1\.\./, ""); plan += $0 }
/^ok [0-9]/ { ok++ }
/SKIP: / { kernel = /this kernel/ }
/^not ok [0-9]+ # SKIP/ { skip++; excused += kernel; kernel = 0; next }
/^not ok / && !/^not ok - / { bad++ }
END {
	if (ok + bad + skip < plan)
		bad = plan - ok - skip
	if (status && !bad)
		bad = 1
	if (!(ok + bad + skip))
		bad = 1
	print ok + 0, bad + 0, skip + 0, excused + 0
}'

# cmocka PROGRAM: runs it and adds what it counted.
cmocka()
{
	name=$(basename "$1")
	out=$log/$name.log
	status=0
	CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 "$LIMIT" "$1" \
		>"$out" 2>&1 </dev/null || status=$?
	if [ $status != 0 ]; then
		echo "$name: exit status $status"
		grep -vE '^(ok|1\.\.)' "$out" | tail -n 60
	else
		grep -E '^([a-z]+: |# )' "$out" |
			grep -vE '^# (SKIP: |(not )?ok - )'
		grep -hE '^(# )?SKIP: ' "$out" | sort | uniq -c |
			sed 's/^ *\([0-9]*\) /\1 x /'
	fi
	# shellcheck disable=SC2046 # four numbers
	add "$name" $(awk -v status=$status "$tap" "$out")
}

# fuzz PROGRAM SECONDS
fuzz()
{
	name=$(basename "$1")
	if timeout -k 10 $((FUZZ_SECONDS + 60)) "$1" "$2" \
	    >"$log/$name.log" 2>&1 </dev/null; then
		grep '^stat::number' "$log/$name.log"
		add "$name" 1 0 0
	else
		tail -n 40 "$log/$name.log"
		add "$name" 0 1 0
	fi
}

# abi.h must stop a compiler for the other byte order, with its own words.
big_endian()
{
	if message=$(clang -target bpfeb -fsyntax-only -I"/usr/include/$(gcc \
	    -print-multiarch)" -x c include/abi.h 2>&1); then
		echo "abi.h lets a big-endian machine pass"
		return 1
	fi
	echo "$message"
	case $message in
	*'does not support big-endian machines'*) ;;
	*) return 1 ;;
	esac
}

lint()
{
	tests/lint.sh >"$log/lint.log" 2>&1
	grep -v ': [0-9]* passed' "$log/lint.log"
	# shellcheck disable=SC2046 # two numbers
	add lint $(sed -n '$s/[^0-9]*\([0-9]*\) passed, \([0-9]*\) failed/\1 \2/p' \
		"$log/lint.log") 0
}

# Programs that a source is there for; one that did not build is a failure.
programs()
{
	for source in tests/"$1"_*.c; do
		[ -f "$source" ] && basename "$source" .c
	done
}

each()
{
	for program in $(programs "$1"); do
		if [ -x "$B/$program" ]; then
			"$2" "$B/$program" ${3+"$3"}
		else
			echo "$program: was not built"
			add "$program" 0 1 0
		fi
	done
}

start=$(date +%s)
check build "$MAKE" --no-print-directory tests
lint
if big_endian >"$log/big-endian.log" 2>&1; then
	add big-endian 1 0 0
else
	cat "$log/big-endian.log"
	add big-endian 0 1 0
fi
if command -v aarch64-linux-gnu-gcc >/dev/null; then
	check arm64 "$MAKE" --no-print-directory arm64
else
	skip arm64 "gcc-aarch64-linux-gnu is not installed"
fi
if [ "$(id -u)" = 0 ]; then
	check demo contrib/demo.sh
else
	skip demo "network namespaces need root"
fi
cmocka tests/devices.sh
each test cmocka
FUZZ_SECONDS=${FUZZ_SECONDS:-60}
count=$(programs fuzz | grep -c .)
[ "$count" = 0 ] || each fuzz fuzz $((FUZZ_SECONDS / count))

if [ "${NOSKIP:-0}" != 0 ] && [ $skipped -gt $excused ]; then
	echo "check: $((skipped - excused)) skipped that need not be: failed"
	failed=$((failed + skipped - excused))
	skipped=$excused
fi
echo "check: $(($(date +%s) - start)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $passed != 0 ]
