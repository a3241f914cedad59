#!/bin/sh
# Runs every fuzz target for a time: fuzz.sh [TIME, default 30s]
set -eu
time=${1:-30s}
cd "$(dirname "$0")/.."
failed=
for file in $(grep -rl --include='*_test.go' '^func Fuzz' .); do
    dir=$(dirname "$file")
    for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
        echo "== $dir $target ($time)"
        go test "$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x || failed="$failed $dir:$target"
    done
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
