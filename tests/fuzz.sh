#!/bin/sh
# Runs every fuzz target for a time: fuzz.sh [TIME, default 30s]
set -eu
time=${1:-30s}
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=
for file in $(grep -rl --include='*_test.go' '^func Fuzz' .); do
    dir=$(dirname "$file")
    for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
        echo "== $dir $target ($time)"
        go test "$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x >"$log" 2>&1 || {
            # Go at times calls the end of the time a failure; a finding names its input.
            if grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input written' "$log"; then
                echo "(the time was over in the middle of a run)"
            else
                failed="$failed $dir:$target"
            fi
        }
        cat "$log"
    done
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
