#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All benchmarks, one after another, beside iptables and nftables: bench.sh
# [quick]. They measure in throw-away namespaces, systems that are compared take
# turns, and medians count; ratios are worth more than times on a machine that
# does other things too. Each of the bench_*.sh called here can be run by itself.
set -u
cd "$(dirname "$0")/.." || exit 1

BENCH=${1:-${BENCH:-}}
export BENCH
case $BENCH in
"" | quick)
	;;
*)
	echo "usage: bench.sh [quick]" >&2
	exit 1 ;;
esac

echo "bpfipt beside its peers, kernel $(uname -r), $(nproc) processors," \
	"$(iptables-legacy --version), $(nft --version)"
status=0
for part in load packets connections; do
	"tests/bench_$part.sh" || status=1
done
exit $status
