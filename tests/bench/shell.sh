#!/bin/sh
# shell.sh RPM DIR [COMPRESSOR]: the same job with the usual programs: unpack
# the package, unpack the tarball, edit with debugfs, pack again.
set -eu
PATH=$PATH:/usr/sbin:/sbin
rpm=$1 dir=$2 z=${3:-gzip}
rm -rf "$dir"
mkdir -p "$dir"
cd "$dir"
rpm2cpio "$rpm" | cpio -id --quiet
tar -I "$z" -xSf usr/share/eucalyptus-load-balancer-image/*.tgz
img=$(ls -- *.img)
fs="$img?offset=1048576"
t=/etc/load-balancer-servo/haproxy_template.conf
debugfs -R "dump $t template" "$fs" 2>/dev/null
debugfs -R "dump /etc/sysctl.conf sysctl" "$fs" 2>/dev/null
sed -i -e 's/^ contimeout .*/ timeout connect 5s/' -e 's/^ clitimeout .*/ timeout client 2m/' \
    -e 's/^ srvtimeout .*/ timeout server 2m/' template
printf ' timeout http-keep-alive 10s\n timeout queue 1m\n timeout check 5s\n retries 3\n option dontlognull\n option redispatch\n' >>template
printf 'net.ipv4.tcp_keepalive_time = 600\n' >>sysctl
printf '%s\n' "rm $t" "write template $t" "sif $t mode 0100644" "sif $t uid 498" "sif $t gid 498" \
    'rm /etc/sysctl.conf' 'write sysctl /etc/sysctl.conf' 'sif /etc/sysctl.conf mode 0100644' |
    debugfs -w -f - "$fs" >/dev/null 2>&1
tar -I "$z" -cSf updated.tgz "$img"
