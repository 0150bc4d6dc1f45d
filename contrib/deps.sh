#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs the Debian packages that building and testing need, and only those
# that are missing: with all there, apt is not called. `deps.sh vm` is for the
# virtual machine of `make check-vm`. Without root it only says what to install
# and fails where the build could not work.
set -eu

build="gcc libc6-dev make git clang llvm libbpf-dev libelf-dev zlib1g-dev
libnetfilter-conntrack-dev flex bison bpftool"
test="libcmocka-dev libclang-rt-dev conntrack jq iptables nftables iproute2
iputils-ping ethtool procps mandoc kmod util-linux wireguard-tools
gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
vm="qemu-system-x86 busybox-static cpio"

# The packages of a list that are not installed.
missing()
{
	for package in "$@"; do
		state=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" \
			2>/dev/null) || state=
		case $state in
		ii*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

# apt, without questions, waiting for a package run that is under way.
apt()
{
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		-o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

install_all()
{
	echo "deps: installing $*"
	log=$(mktemp)
	if ! { apt update && apt install --no-install-recommends -y "$@"; } \
	    >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		exit 1
	fi
	rm -f "$log"
}

case ${1-} in
vm) wanted="$vm" ;;
*) wanted="$build $test" ;;
esac

# shellcheck disable=SC2086 # lists of words
lack=$(missing $wanted)
[ -n "$lack" ] || exit 0
if [ "$(id -u)" = 0 ]; then
	# shellcheck disable=SC2086
	install_all $lack
	exit 0
fi
echo "deps: not installed, root needed for it: $lack" >&2
# shellcheck disable=SC2086
[ -z "$(missing $build)" ]
