#!/bin/sh
# The whole way on a machine with Go and nothing else: make a sample image,
# show what a customization would change, do it, look at the result.
set -eu
lbimage=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
dir=build/demo
rm -rf "$dir"
mkdir -p "$dir"
cd "$dir"

say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; "$@"; }
rpm=eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm
edits='--timeout connect=5s --timeout client=2m --timeout server=2m
  --timeout http-keep-alive=10s --timeout queue=1m --timeout check=5s
  --set retries=3 --option dontlognull --option redispatch
  --sysctl net.ipv4.tcp_keepalive_time=600'

say "$lbimage" sample -o "$rpm"
say "$lbimage" inspect "$rpm"
# shellcheck disable=SC2086 # a list of flags
say "$lbimage" customize "$rpm" $edits --plan
# shellcheck disable=SC2086
say "$lbimage" customize "$rpm" -o updated.tgz $edits --sbom spdx --sums --report updated.html
say "$lbimage" diff "$rpm" updated.tgz
say tar -tzvf updated.tgz
say "$lbimage" verify --record updated.tgz.json
printf '\nThe results are in %s: the image is updated.tgz, its record updated.tgz.json, and updated.html is a page to look at.\n' "$dir"
