#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetches arm64's libraries from the archive and unpacks them in
# build/arm64/root, for `make arm64`. apt works on lists of its own under
# build/, so that the machine's packages and architectures stay as they are.
set -eu

dir=${B:-build}/arm64
root=$dir/root
packages="libbpf-dev libbpf1 libelf-dev libelf1 zlib1g-dev zlib1g
libnetfilter-conntrack-dev libnetfilter-conntrack3 libnfnetlink0 libmnl0"

[ "$(cat "$root/.done" 2>/dev/null)" != "$packages" ] || exit 0
rm -rf "$dir/apt" "$root"
mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$root"
apt=$(cd "$dir/apt" && pwd)
: >"$apt/status"

private()
{
	apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
		-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" \
		-o Dir::State::status="$apt/status" -o APT::Sandbox::User=root \
		-o Acquire::Retries=3 -o Acquire::Languages=none "$@" </dev/null
}

private update
# shellcheck disable=SC2086 # a list of words
(cd "$apt" && private download $packages)
for deb in "$apt"/*.deb; do
	dpkg-deb -x "$deb" "$root"
done
rm -rf "$apt"
echo "$packages" >"$root/.done"
