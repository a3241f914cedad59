#!/bin/sh
# build.sh LBIMAGE: make bench-build. What a second profile costs beside the first: a recipe
# with both is built for one of them, then for both, RUNS times each, in turn. SOURCE=FILE takes
# that package, tarball or disk instead of making a package.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
lbimage=$(realpath "$1")
source=${SOURCE:-${RPM:-}}
if [ -z "$source" ]; then
    sh tests/bench/fixture.sh build/bench
    source=build/bench/eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm
fi
source=$(realpath "$source")
dir=$(realpath -m "${DIR:-build/bench/build}")
rm -rf "$dir"
mkdir -p "$dir/files/opt/agent" "$dir/developers/opt/agent/trace"
trap 'rm -rf "$dir"' EXIT

# What a servo's package brings: some hundred small files, and one that is larger.
i=0
while [ $i -lt 200 ]; do
    printf 'module %s\n' $i >"$dir/files/opt/agent/part$i.py"
    printf 'trace %s\n' $i >"$dir/developers/opt/agent/trace/part$i.py"
    i=$((i + 1))
done
head -c 4000000 /dev/zero | tr '\0' 'x' >"$dir/files/opt/agent/data"
cat >"$dir/lbimage.yaml" <<EOF
apiVersion: lbimage/v1
source: {path: $source}
output: {name: '{profile}'}
haproxy:
  timeouts: {connect: 5s, client: 2m, server: 2m, http-keep-alive: 10s, queue: 1m}
  set: {retries: 3}
  options: [dontlognull, redispatch]
sysctl: {net.ipv4.tcp_keepalive_time: 600}
overlay: [files/]
edits:
  - file: {path: /etc/motd, content: "A load balancer.\n"}
profiles:
  production:
  development:
    overlay: [developers/]
    edits:
      - file: {path: /etc/motd, content: "Not for customers.\n", override: true}
EOF

# timed SECONDS-FILE ARGUMENT...: adds the seconds that a build takes to a file.
timed() {
    to=$1
    shift
    rm -rf "$dir/out"
    mkdir "$dir/out"
    start=$(date +%s.%N)
    "$lbimage" build -f "$dir/lbimage.yaml" -o "$dir/out" "$@" >"$dir/log" 2>&1 || {
        cat "$dir/log" >&2
        exit 1
    }
    end=$(date +%s.%N)
    awk "BEGIN { print $end - $start }" >>"$to"
}

run=0
while [ $run -lt "${RUNS:-3}" ]; do
    timed "$dir/one" --profile production
    cp "$dir/out/production.tgz" "$dir/alone.tgz"
    timed "$dir/two"
    cmp "$dir/alone.tgz" "$dir/out/production.tgz" # the company changes nothing
    run=$((run + 1))
done
median() { sort -n "$1" | awk '{ t[NR] = $1 } END { print (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2 }'; }
awk -v one="$(median "$dir/one")" -v two="$(median "$dir/two")" -v runs="${RUNS:-3}" -v of="$source" 'BEGIN {
    printf "source                  %s\n", of
    printf "one profile             %7.2f s (median of %d)\n", one, runs
    printf "two profiles            %7.2f s\n", two
    printf "the second costs        %7.2f s, %.2f of the first\n", two - one, (two - one) / one
}'
