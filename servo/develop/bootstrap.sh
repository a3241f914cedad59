#!/bin/sh
# Fetches load-balancer-servo, installs it and starts it, at each boot (cloud-init, per-boot).
# Written into the image by lbimage; what it does is told in the log below.
set -eu
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
GIT_TERMINAL_PROMPT=0
GIT_ASKPASS=/bin/true
export PATH GIT_TERMINAL_PROMPT GIT_ASKPASS

url=@URL@
ref=@REF@
source=/opt/load-balancer-servo
config=/etc/load-balancer-servo
helpers=/usr/libexec/load-balancer-servo
cron=/etc/cron.d/load-balancer-servo
init=/etc/init.d/load-balancer-servo
program=/usr/bin/load-balancer-servo
state=/var/lib/load-balancer-servo-bootstrap
log=/var/log/load-balancer-servo-bootstrap.log
attempts=5
pause=10

exec >>"$log" 2>&1 </dev/null

say() { echo "$(date -u '+%Y-%m-%dT%H:%M:%SZ') $*"; }
fail() {
	say "stopped: $*"
	exit 1
}

# The network may not be up yet: several attempts, each after a longer pause.
try() {
	n=1
	until "$@"; do
		[ "$n" -lt "$attempts" ] || return 1
		say "attempt $n of $attempts: no success with: $*"
		sleep $((n * pause))
		n=$((n + 1))
	done
}

# First into a folder beside, so that a broken download never stands where a source should.
clone() {
	rm -rf "$source.new"
	git clone -- "$url" "$source.new" || return 1
	rm -rf "$source"
	mv "$source.new" "$source"
}

update() {
	(cd "$source" && git config remote.origin.url "$url" && git fetch origin && git fetch --tags origin)
}

# Prints the commit that the ref means: a tag, a branch of the repository, or a commit.
find_commit() {
	for name in "refs/tags/$ref" "refs/remotes/origin/$ref" "$ref"; do
		[ "$ref" != "" ] || name=refs/remotes/origin/HEAD
		if git rev-parse --verify --quiet "$name^{commit}"; then
			return 0
		fi
	done
	return 1
}

# Configuration that an earlier run did not bring is the image's, and stays.
keep_config() {
	rm -rf "$state/keep"
	mkdir -p "$state/keep" "$state/brought"
	for file in "$config"/*; do
		[ -f "$file" ] || continue
		name=${file##*/}
		case $name in *.new) continue ;; esac
		if ! cmp -s "$file" "$state/brought/$name"; then
			cp -p "$file" "$state/keep/$name"
		fi
	done
}

restore_config() {
	rm -rf "$state/brought"
	mkdir -p "$state/brought"
	for file in "$config"/*; do
		[ -f "$file" ] || continue
		name=${file##*/}
		case $name in *.new) continue ;; esac
		if [ ! -f "$state/keep/$name" ]; then
			cp -p "$file" "$state/brought/$name"
		elif ! cmp -s "$file" "$state/keep/$name"; then
			say "$file stays as it was; the source's is $file.new"
			mv -f "$file" "$file.new"
			cp -p "$state/keep/$name" "$file"
		fi
	done
}

# What install-servo.sh leaves undone: helper programs under the names by which they are called, the cron file.
mend() {
	for script in scripts/servo-ntp-update scripts/servo-dns-update; do
		[ -f "$script" ] || continue
		mkdir -p "$helpers"
		install -p -m 0755 "$script" "$helpers/${script#scripts/servo-}"
	done
	if [ -f load-balancer-servo.cron ] && [ -f scripts/servo-ntp-update ] && grep -q ntp-update load-balancer-servo.cron; then
		install -p -m 0640 load-balancer-servo.cron "$cron"
	fi
	chmod 0755 "$config"
}

say "servo from $url ${ref:-(its first branch)}"

python -c '
import sys
try:
    import boto
except ImportError:
    sys.exit("boto is not installed")
have = [int(n) for n in boto.__version__.split(".")[:3] if n.isdigit()]
if have < [2, 8]:
    sys.exit("boto is " + boto.__version__)
' || fail "the servo needs boto 2.8.0 or later: install it in the image"

if [ -d "$source/.git" ]; then
	try update || say "the repository is out of reach: going on with what was fetched before"
else
	try clone || fail "the repository could not be fetched"
fi
cd "$source"
commit=$(find_commit) || fail "the repository has no branch, tag or commit $ref"
git checkout --quiet --force "$commit" || fail "commit $commit cannot be checked out"
git clean --quiet -f -d -x || say "files that are not in the commit remain"
[ -f install-servo.sh ] || fail "commit $commit has no install-servo.sh: this is not the servo's source"

say "installing commit $commit"
keep_config
# It ends as its last command does, and goes on after others that fail: the result is looked at instead.
bash ./install-servo.sh || say "install-servo.sh ended with status $?"
restore_config
[ -x "$program" ] && [ -x "$init" ] || fail "install-servo.sh did not install $program and $init"
mend

if command -v systemctl >/dev/null; then
	systemctl daemon-reload || :
fi
# Restart and not start: the image may have started an older one already.
service load-balancer-servo restart || fail "the service does not start"
say "started"
