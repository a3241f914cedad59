#!/bin/sh
# run.sh LBIMAGE: make bench. RPM=FILE takes that package instead of making one.
set -eu
cd "$(dirname "$0")/../.."
rpm=${RPM:-build/bench/eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm}
[ -n "${RPM:-}" ] || sh tests/bench/fixture.sh build/bench
exec go run ./tests/bench -lbimage "$1" -rpm "$rpm" -runs "${RUNS:-3}"
