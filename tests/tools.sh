#!/bin/sh
# Brings the programs that judge lbimage in its tests: the file system's own
# checker, rpm, GNU tar, HAProxy and the like. lbimage itself needs none of
# them. Where apt-get may not be used, it says what is missing: the tests that
# need it are then skipped by name (and fail where CI=true).
set -u
PATH=$PATH:/usr/sbin:/sbin

# program (or file, which may be a pattern)  Debian package
tools='
mke2fs     e2fsprogs
e2fsck     e2fsprogs
debugfs    e2fsprogs
dumpe2fs   e2fsprogs
rpm        rpm
rpmbuild   rpm
rpm2cpio   rpm2cpio
rpmlint    rpmlint
cpio       cpio
haproxy    haproxy
sfdisk     fdisk
pigz       pigz
xz         xz-utils
zstd       zstd
bzip2      bzip2
patch      patch
sysctl     procps
setpriv    util-linux
unshare    util-linux
mount      mount
findmnt    util-linux
getfattr   attr
setfattr   attr
grub-fstest grub-common
grub-script-check grub-common
readelf    binutils
objcopy    binutils
strip      binutils
dpkg-deb   dpkg
file       file
gcc        gcc
ldconfig   libc-bin
python3    python3
rpmsign    rpm
gpg        gnupg
git        git
useradd    passwd
pwck       passwd
systemctl  systemd
update-rc.d init-system-helpers
busybox    busybox-static
setcap     libcap2-bin
setfacl    acl
matchpathcon selinux-utils
rsync      rsync
diff       diffutils
dash       dash
ssh-keygen openssh-client
chromium   chromium
sshd       openssh-server
visudo     sudo
cvtsudoers sudo
crontab    cron
readelf    binutils
objcopy    binutils
strip      binutils
/etc/selinux/default/contexts/files/file_contexts selinux-policy-default
mkpasswd   whois
/usr/lib/python3/dist-packages/jsonschema python3-jsonschema
/usr/lib/python3/dist-packages/jinja2 python3-jinja2
/usr/lib/python3*/distutils/core.py python3-distutils
'

missing() {
    echo "$tools" | while read -r program package; do
        case $program in
        '') ;;
        /*) ls -d $program >/dev/null 2>&1 || echo "$package" ;; # unquoted: a pattern
        *) command -v "$program" >/dev/null || echo "$package" ;;
        esac
    done | sort -u | tr '\n' ' '
}

need=$(missing)
[ -n "$need" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing for the tests: $need"
    export DEBIAN_FRONTEND=noninteractive
    {
        apt-get update -qq
        # shellcheck disable=SC2086 # a list of packages
        apt-get install -y -qq --no-install-recommends $need ||
            # One name that this release does not know keeps apt-get from all of them.
            for package in $need; do
                apt-get install -y -qq --no-install-recommends "$package" || echo "apt-get could not install $package" >&3
            done
    } 3>&1 >/dev/null
    need=$(missing)
    [ -n "$need" ] || exit 0
fi
echo "not here: $need(Debian packages); the tests that need them are skipped" >&2
