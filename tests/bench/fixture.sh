#!/bin/sh
# fixture.sh DIR: a load balancer image RPM of the real size, for measuring.
# The disk has 1.5 GiB of ext3 on one MBR partition and is filled with about
# 700 MiB of this machine's own programs and libraries, so that it compresses
# as a real system does. Needs e2fsprogs, fdisk, rpmbuild; no root.
set -eu
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C
mkdir -p "$1"
cd "$1"
name=eucalyptus-load-balancer-image
rpm=$name-1.1.0-0.212.el6.x86_64.rpm
[ ! -e "$rpm" ] || exit 0
for t in mke2fs debugfs sfdisk rpmbuild tar gzip; do
    command -v "$t" >/dev/null || { echo "$t is missing" >&2; exit 1; }
done

echo "making $1/$rpm: takes some minutes, once" >&2
rm -rf tree pack disk.img
mkdir -p tree/etc/load-balancer-servo tree/sbin pack
# Whole files from /usr until there is enough, in an order that is always the same.
find /usr -xdev -type f -readable -size -64M 2>/dev/null | sort |
    while read -r f; do
        s=$(stat -c %s "$f")
        total=$((${total:-0} + (s + 4095) / 4096 * 4))
        [ "$total" -le $((700 * 1024)) ] || break
        echo "$f"
    done >pack/files
tar -cf - -T pack/files 2>/dev/null | tar -C tree -xf - --no-same-owner
printf '%s\n' '#template' global ' maxconn 100000' ' ulimit-n 655360' ' pidfile /var/run/haproxy.pid' '' \
    '#drop privileges after port binding' ' user servo' ' group servo' '' defaults ' contimeout      1000' \
    ' clitimeout      10000' ' srvtimeout      10000' ' option http-server-close # affects KA on/off' \
    >tree/etc/load-balancer-servo/haproxy_template.conf
printf 'net.ipv4.ip_forward = 0\n' >tree/etc/sysctl.conf
printf 'root:x:0:0:root:/root:/bin/bash\n' >tree/etc/passwd

truncate -s $(((2048 + 3145728) * 512)) disk.img
printf 'label: dos\nstart=2048, size=3145728, type=83, bootable\n' | sfdisk -q --no-reread --no-tell-kernel disk.img
mke2fs -q -F -t ext3 -b 4096 -I 256 -L lb-root \
    -O none,has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file \
    -E offset=1048576,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0 -d tree disk.img 393216
mv disk.img pack/$name.img
tar --format=gnu --owner=root:0 --group=root:0 --mode=0644 -C pack -czf pack/$name-1.1.0-212.tgz $name.img

cat >pack/image.spec <<END
Name: $name
Version: 1.1.0
Release: 0.212.el6
Summary: Load balancer image for measurements
License: none
BuildArch: x86_64
AutoReqProv: no
%description
A stand-in of the real size.
%install
install -d %{buildroot}/usr/share/%{name}
ln $PWD/pack/$name-1.1.0-212.tgz %{buildroot}/usr/share/%{name}/
%files
/usr/share/%{name}
END
rpmbuild --quiet -bb --target x86_64 --define "_topdir $PWD/pack" --define "_rpmdir $PWD/pack/RPMS" \
    --define '_binary_payload w2.xzdio' --define '_build_id_links none' --define '__os_install_post %{nil}' \
    --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' pack/image.spec >pack/log 2>&1 ||
    { cat pack/log >&2; exit 1; }
mv "pack/RPMS/$rpm" .
rm -rf tree pack
