#!/bin/sh
# look.sh LBIMAGE: make bench-look. What it costs to know what is in an image, against the usual way: a loop mount with dpkg-query
# or rpm, find and e2fsck; two mounts with diff; customizing once more with cmp. RUNS times each, in turn, after a round that is
# not counted. DISK=FILE takes that raw disk instead of making one. The mounts need root: without it their lines are left out.
set -eu
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
cd "$(dirname "$0")/../.."
lbimage=$(realpath "$1")
disk=${DISK:-}
dir=$(realpath -m "${DIR:-build/bench/look}")
rm -rf "$dir"
mkdir -p "$dir/a" "$dir/b"
for t in sfdisk e2fsck pigz time; do
    command -v "$t" >/dev/null || { echo "$t is missing" >&2; exit 1; }
done
end() {
    umount "$dir/a" 2>/dev/null || :
    umount "$dir/b" 2>/dev/null || :
    rm -rf "$dir"
}
trap end EXIT
if [ -z "$disk" ]; then
    sh tests/bench/fixture.sh build/bench
    mkdir "$dir/base" # the changed disk has the same name
    rpm2cpio build/bench/*.rpm | (cd "$dir/base" && cpio -id --quiet && tar -xSzf usr/share/eucalyptus-load-balancer-image/*.tgz && rm -r usr)
    disk=$(echo "$dir"/base/*.img)
fi
disk=$(realpath "$disk")

# Where the root file system lies: the largest partition, or the whole disk.
start=$(sfdisk -d "$disk" 2>/dev/null | sed -n 's/.*start= *\([0-9]*\), size= *\([0-9]*\),.*/\2 \1/p' | sort -n | tail -1 | cut -d' ' -f2)
offset=$((${start:-0} * 512))

# The image after an edit, which diff and verify are about.
cat >"$dir/lbimage.yaml" <<EOF
apiVersion: lbimage/v1
source: {path: $disk}
output: {name: changed.tgz}
haproxy:
  timeouts: {connect: 5s, client: 2m}
sysctl: {net.ipv4.tcp_keepalive_time: 600}
EOF
"$lbimage" build -f "$dir/lbimage.yaml" >/dev/null
tar -C "$dir" -I pigz -xSf "$dir/changed.tgz"
changed=$(echo "$dir"/*.img)

mounts="mount -o ro,noload,loop,offset=$offset" failed="|| exit 9"
packages='if [ -e a/var/lib/dpkg/status ]; then dpkg-query --admindir=a/var/lib/dpkg -W -f "\${Package} \${Version} \${Architecture}\n"; else rpm --root "$PWD/a" -qa; fi'
walk='find a -xdev -printf "%m %U %G %s %p\n" | sort; df a; df -i a; cat a/etc/passwd a/etc/ssh/sshd_config a/etc/sysctl.conf; :'
rules='find a -xdev \( -perm -4000 -o -perm -2000 -o -perm -0002 -o -name "*history" -o -name "core*" \) -print; readelf -d a/usr/sbin/haproxy; :'

# timed FILE SHELL-COMMAND: adds wall seconds, seconds of all cores and the peak in KiB. 3 is what check says of findings and diff of differences.
timed() {
    (cd "$dir" && command time -f '%e %U %S %M' -o "$dir/time" sh -c "$2" >"$dir/log" 2>&1) || [ $? -eq 3 ] || [ $? -eq 1 ] || {
        cat "$dir/log" >&2
        exit 1
    }
    tail -1 "$dir/time" >>"$dir/$1.times"
}

round() {
    for what in inspect check sbom diff; do
        case $what in
        inspect) ours="'$lbimage' inspect '$disk'" theirs="sha256sum '$disk'; $mounts '$disk' a $failed; $packages; $walk; umount a" ;;
        check) ours="'$lbimage' check '$disk'" theirs="$mounts '$disk' a $failed; $packages; $walk; $rules; umount a; e2fsck -fn '$disk?offset=$offset'" ;;
        sbom) ours="'$lbimage' sbom --format spdx '$disk'" theirs="sha256sum '$disk'; $mounts '$disk' a $failed; $packages; cat a/usr/share/doc/*/copyright; umount a" ;;
        diff) ours="'$lbimage' diff '$disk' '$changed'" theirs="$mounts '$disk' a $failed; $mounts '$changed' b $failed; diff -r --no-dereference a b; umount a b" ;;
        esac
        timed "$what-ours" "$ours"
        [ "$(id -u)" -ne 0 ] || timed "$what-theirs" "$theirs"
    done
    timed cmp-ours "'$lbimage' diff '$disk' '$changed' --format json"
    timed cmp-theirs "cmp -l '$disk' '$changed'"
    timed verify-ours "'$lbimage' verify changed.tgz"
    timed verify-theirs "'$lbimage' build -f lbimage.yaml -o again && cmp changed.tgz again/changed.tgz; rm -r again"
}
round
rm -f "$dir"/*.times
run=0
while [ $run -lt "${RUNS:-3}" ]; do
    round
    run=$((run + 1))
done

# middle FILE FIELD-EXPRESSION: the median of what awk makes of the fields.
middle() { awk "{ print $2 }" "$1" | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }
printf '%-10s %-32s %8s %8s %9s %6s\n' what way 'wall s' 'CPU s' 'peak MiB' ratio
line() { # WHAT FILE NAME
    [ -e "$dir/$1-$2.times" ] || return 0
    wall=$(middle "$dir/$1-$2.times" '$1')
    ours=$(middle "$dir/$1-ours.times" '$1')
    awk -v what="$1" -v way="$3" -v wall="$wall" -v ours="$ours" -v cpu="$(middle "$dir/$1-$2.times" '$2+$3')" -v peak="$(middle "$dir/$1-$2.times" '$4')" \
        'BEGIN { printf "%-10s %-32s %8.2f %8.2f %9d %6.2f\n", what, way, wall, cpu, peak / 1024, wall / (ours > 0 ? ours : 0.01) }'
}
for what in inspect check sbom diff cmp verify; do
    case $what in
    inspect) name='mount, packages, find, sha256sum' ;;
    check) name='mount, packages, find, e2fsck' ;;
    sbom) name='mount, packages, copyrights' ;;
    diff) name='two mounts, diff -r' ;;
    cmp) name='cmp -l, without any meaning' ;;
    verify) name='build once more, cmp' ;;
    esac
    line $what ours lbimage
    line $what theirs "$name"
done
echo "medians of $run runs in turn; ratio: the wall time, as a part of lbimage's"
