package lint

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// clean is a file that nothing is wrong with.
const clean = `install
url --url=https://mirror.example/centos/6/os/x86_64/
repo --name=updates --baseurl=https://mirror.example/centos/6/updates/x86_64/
lang en_US.UTF-8
keyboard us
timezone --utc UTC
rootpw --lock --iscrypted *
auth --useshadow --passalgo=sha512
selinux --disabled
firewall --disabled
bootloader --append="console=ttyS0,115200n8"
network --bootproto=dhcp --device=eth0
services --enabled=network
part / --size=1536 --fstype=ext3

%packages --nobase
@core
%end

%post --erroronfail
sed -i 's/a/b/' /etc/motd
%end
`

// balancer makes a load balancer of the clean file.
func balancer(edits ...string) string {
	return edit(clean, append([]string{
		"--enabled=network", "--enabled=network,ntpd,load-balancer-servo",
		"@core", "@core\nhaproxy\nload-balancer-servo\nntp\nsudo",
		"sed -i", "sed -i '/requiretty/s/^/#/' /etc/sudoers\nsed -i",
	}, edits...)...)
}

// edit replaces the first of each pair by the second, once; both have to be there, or the example says nothing.
func edit(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			panic("the text has no " + pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// post puts lines into the script.
func post(lines string) string { return edit(clean, "sed -i 's/a/b/' /etc/motd", lines) }

// section puts a section behind the file.
func section(text string) string { return clean + text }

func drop(prefix string) string {
	return regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(prefix)+`.*\n`).ReplaceAllString(clean, "")
}

const (
	locked = "rootpw --lock --iscrypted *"
	sha    = "$6$abcdefgh$0123456789012345678901234567890123456789012345678901234567890123456789012345678901234."
	md5    = "$1$abcdefgh$0123456789012345678901"
)

// examples has, for each rule, a file that trips it and one that is near to it and does not.
var examples = []struct {
	rule      string
	bad, good string
	version   grammar.Version // 0: RHEL6
	at        string          // "line:column" of the finding, where it matters; "0" for the file as a whole
	says      string          // in its message or hint
}{
	{rule: "ks-clear-password", bad: edit(clean, locked, "rootpw verysecret"), good: edit(clean, locked, "rootpw --iscrypted "+sha), at: "7:8"},
	{rule: "ks-clear-password", bad: edit(clean, locked, "rootpw "+sha), good: clean, says: "looks like a hash"},
	{rule: "ks-clear-password", bad: clean + "user --name=a --password=verysecret\n", good: clean + "user --name=a --iscrypted --password=" + sha + "\n", at: "23:15"},
	{rule: "ks-clear-password", bad: clean + "sshpw --username=a verysecret\n", good: clean + "sshpw --username=a --iscrypted " + sha + "\n", says: "of a in"},
	{rule: "ks-clear-password", bad: edit(clean, "bootloader", "bootloader --password=verysecret"), good: edit(clean, "bootloader", "bootloader --iscrypted --password="+sha)},
	{rule: "ks-clear-password", bad: edit(clean, "part /", "part / --encrypted --passphrase=verysecret"), good: edit(clean, "part /", "part / --encrypted")},
	{rule: "ks-clear-password", bad: post("echo verysecret | passwd --stdin root"), good: post("passwd -l root"), at: "21:19"},
	{rule: "ks-clear-password", bad: post("echo root:verysecret | chpasswd"), good: post("echo 'root:" + sha + "' | chpasswd -e")},
	{rule: "ks-empty-password", bad: edit(clean, locked, `rootpw --iscrypted ""`), good: clean, at: "7:20"},
	{rule: "ks-empty-password", bad: post("passwd -d root"), good: post("passwd -d root\npasswd -l root")},
	{rule: "ks-weak-hash", bad: edit(clean, locked, "rootpw --iscrypted "+md5), good: edit(clean, locked, "rootpw --iscrypted "+sha), says: "MD5"},
	{rule: "ks-weak-hash", bad: edit(clean, locked, "rootpw --iscrypted abXYZ01234567"), good: clean, says: "DES"},
	{rule: "ks-weak-hash", bad: edit(clean, "--passalgo=sha512", "--enablemd5"), good: clean, at: "8:18"},
	{rule: "ks-weak-hash", bad: edit(clean, "--passalgo=sha512", "--passalgo=md5"), good: clean},
	{rule: "ks-weak-hash", bad: edit(clean, "bootloader", "bootloader --md5pass="+md5), good: clean},
	{rule: "ks-same-hash", bad: edit(clean, locked, "rootpw --iscrypted "+sha+"\nuser --name=a --iscrypted --password="+sha), good: edit(clean, locked, "rootpw --iscrypted "+sha), at: "8:27"},
	{rule: "ks-root-password-missing", bad: drop("rootpw"), good: edit(drop("rootpw"), "sed -i", "passwd -l root\nsed -i"), at: "0"},
	{rule: "ks-root-password-missing", bad: edit(drop("rootpw"), "install\n", ""), good: edit(drop("rootpw"), "install\n", "user --name=a --iscrypted --password="+sha+"\n", " --nobase", ""), version: grammar.RHEL8},
	{rule: "ks-root-login", bad: edit(clean, locked, "rootpw --iscrypted "+sha), good: edit(clean, locked, "rootpw --iscrypted "+sha, "sed -i", "echo 'PermitRootLogin without-password' >> /etc/ssh/sshd_config\nsed -i")},
	{rule: "ks-root-login", bad: edit(clean, locked, "rootpw verysecret"), good: edit(clean, locked, "rootpw --iscrypted nothing")},
	{rule: "ks-root-login", bad: edit(clean, locked, "rootpw --iscrypted "+sha), good: edit(clean, locked, "rootpw --iscrypted "+sha, "sed -i", "sed -i 's/PasswordAuthentication yes/PasswordAuthentication no/' /etc/ssh/sshd_config\nsed -i")},

	{rule: "ks-packages-missing", bad: edit(clean, "%packages --nobase\n@core\n%end\n", ""), good: clean, at: "0"},
	{rule: "ks-package-wanted-and-excluded", bad: edit(clean, "@core", "@core\nntp\n-ntp"), good: edit(clean, "@core", "@core\nntp\n-ntpdate"), at: "19:1", says: "line 18"},
	{rule: "ks-package-wanted-and-excluded", bad: edit(clean, "@core", "-@core\n@core"), good: clean, at: "18:1"},
	{rule: "ks-package-twice", bad: edit(clean, "@core", "@core\nntp\nntp"), good: edit(clean, "@core", "@core\nglibc.i686\nglibc.x86_64"), at: "19:1"},
	{rule: "ks-unknown-group", bad: edit(clean, "@core", "@core\n@development-tool"), good: edit(clean, "@core", "@core\n@my-own-group\n@Development Tools\n@web-servlet"), at: "18:1", says: "@development-tools"},
	{rule: "ks-group-contradicts-option", bad: edit(clean, "@core", "@core\n@base"), good: edit(clean, "@core", "@core\n-@base"), at: "18:1"},
	{rule: "ks-package-of-another-release", bad: edit(clean, "@core", "@core\ngrub2"), good: edit(clean, "@core", "@core\ngrub\n-grub2"), says: "RHEL7 on"},
	{rule: "ks-package-of-another-release", bad: edit(clean, "install\n", "", " --nobase", "", "@core", "@core\nntp"), good: edit(clean, "@core", "@core\nchrony"), version: grammar.RHEL8, says: "write chrony"},
	{rule: "ks-unknown-architecture", bad: edit(clean, "@core", "@core\nglibc.i368"), good: edit(clean, "@core", "@core\nglibc.i686\npython3.11\njava-1.8.0"), at: "18:1", says: "glibc.i386"},
	{rule: "ks-unknown-architecture", bad: edit(clean, "@core", "@core\nglibc.amd64"), good: clean, says: "x86_64"},

	{rule: "ks-no-source", bad: edit(drop("url"), "repo --name=updates --baseurl=https://mirror.example/centos/6/updates/x86_64/\n", ""), good: drop("url"), at: "0"},
	{rule: "ks-unencrypted-source", bad: edit(clean, "url --url=https", "url --url=http"), good: clean, at: "2:5", says: "mirror.example"},
	{rule: "ks-unencrypted-source", bad: edit(clean, "--baseurl=https://mirror.example/centos/6/updates", "--mirrorlist=http://mirror.example/?release=$releasever&arch=$basearch"), good: clean, at: "3:21", says: "list of mirrors"},
	{rule: "ks-unverified-source", bad: edit(clean, "repo ", "repo --noverifyssl "), good: clean, at: "3:6"},
	{rule: "ks-credentials-in-url", bad: edit(clean, "https://mirror", "https://me:verysecret@mirror"), good: edit(clean, "https://mirror", "https://me@mirror"), says: "of me"},
	{rule: "ks-credentials-in-url", bad: edit(clean, "repo ", "repo --proxy=http://me:verysecret@proxy:3128 "), good: edit(clean, "repo ", "repo --proxy=http://proxy:3128 ")},
	{rule: "ks-credentials-in-url", bad: post("curl -o /etc/a https://me:verysecret@host/a"), good: post("curl -o /etc/a https://$USER:$PW@host/a"), at: "21:16"},
	{rule: "ks-url-without-scheme", bad: edit(clean, "--url=https://", "--url="), good: edit(clean, "--baseurl=https://mirror.example/", "--baseurl=nfs:server:/"), at: "2:5"},
	{rule: "ks-repo-without-url", bad: edit(clean, "install\n", "", " --nobase", "", "repo", "repo --name=other\nrepo"), good: edit(clean, "install\n", "", " --nobase", "", "repo", "repo --name=extras\nrepo"), version: grammar.RHEL8, at: "2:1"},

	{rule: "ks-root-partition-missing", bad: edit(clean, "part /", "part /home"), good: edit(clean, "part / --size=1536 --fstype=ext3", "autopart"), at: "0"},
	{rule: "ks-root-too-small", bad: edit(clean, "--size=1536", "--size=200"), good: edit(clean, "--size=1536", "--size=524", "--nobase", "--nobase --excludedocs --instLangs=en"), at: "14:8", says: "at least"},
	{rule: "ks-root-too-small", bad: edit(clean, "--size=1536", "--size=10 --grow --maxsize=100"), good: edit(clean, "--size=1536", "--size=10 --grow"), at: "14:25"},
	{rule: "ks-root-too-small", bad: edit(clean, "--size=1536", "--size=320", "@core", "@core\ngcc\nperl\ngit\npostgresql-server"), good: edit(clean, "--size=1536", "--size=320"), says: "postgresql-server"},
	{rule: "ks-partition-without-size", bad: edit(clean, " --size=1536", ""), good: edit(clean, "--size=1536", "--onpart=sda1 --noformat"), at: "14:6"},
	{rule: "ks-unknown-file-system", bad: edit(clean, "=ext3", "=ext33"), good: edit(clean, "=ext3", "=xfs"), at: "14:20", says: "ext3"},
	{rule: "ks-unknown-file-system", bad: edit(clean, "=ext3", "=reiserfs", "install\n", "", " --nobase", ""), good: edit(clean, "install\n", ""), version: grammar.RHEL8},
	{rule: "ks-bad-mount-point", bad: edit(clean, "part /", "part root"), good: clean + "part swap --size=10\npart pv.01 --size=10\npart raid.2 --size=1\n", at: "14:6"},
	{rule: "ks-mount-point-twice", bad: clean + "part pv.1 --size=10\nvolgroup vg pv.1\nlogvol / --vgname=vg --name=a --size=10\n", good: clean + "part /home --size=10\npart swap --size=1\npart swap --size=1\n", at: "25:8", says: "line 14"},

	{rule: "ks-service-without-package", bad: edit(clean, "=network", "=network,ntpd"), good: edit(clean, "=network", "=network,ntpd,sshd,crond", "@core", "@core\nntp"), at: "13:10", says: "ntp"},
	{rule: "ks-service-without-package", bad: edit(clean, "=network", "=network,firewalld"), good: clean, says: "RHEL6"},
	{rule: "ks-service-without-package", bad: edit(clean, "=network", "=network,special"), good: edit(clean, "=network", "=network,special", "@core", "@core\nspecial")},
	{rule: "ks-service-without-package", bad: edit(clean, "=network", "=network,special"), good: edit(clean, "=network", "=network,special", "sed -i", "echo x > /etc/init.d/special\nsed -i")},
	{rule: "ks-service-without-package", bad: edit(clean, "=network", "=network,sshd", "@core", "@core\n-openssh-server"), good: edit(clean, "=network", "=network,sshd"), says: "excluded"},
	{rule: "ks-service-enabled-and-disabled", bad: edit(clean, "=network", "=network --disabled=network"), good: edit(clean, "=network", "=network --disabled=iptables"), at: "13:28"},

	{rule: "ks-servo-not-enabled", bad: balancer(",load-balancer-servo", ""), good: balancer(), at: "19:1"},
	{rule: "ks-servo-not-enabled", bad: balancer(",load-balancer-servo", ""), good: balancer(",load-balancer-servo", "", "sed -i", "chkconfig load-balancer-servo on\nsed -i")},
	{rule: "ks-no-time-service", bad: balancer("ntpd,", ""), good: balancer(), at: "0"},
	{rule: "ks-load-balancer-package-missing", bad: balancer("load-balancer-servo\nntp", "ntp", ",load-balancer-servo", ""), good: balancer(), says: "load-balancer-servo"},
	{rule: "ks-sudo-requiretty", bad: balancer("sed -i '/requiretty/s/^/#/' /etc/sudoers\n", ""), good: balancer("sed -i '/requiretty/s/^/#/' /etc/sudoers", "echo 'Defaults:servo !requiretty' > /etc/sudoers.d/servo"), at: "21:1"},
	{rule: "ks-no-serial-console", bad: balancer("console=ttyS0,115200n8", "quiet"), good: balancer(), at: "11:12"},

	{rule: "ks-unknown-timezone", bad: edit(clean, "UTC", "Europe/Berlinn"), good: edit(clean, "UTC", "Europe/Berlin"), at: "6:16", says: "Europe/Berlin?"},
	{rule: "ks-unknown-language", bad: edit(clean, "en_US", "en_UX"), good: edit(clean, "en_US.UTF-8", "de_DE@euro"), at: "4:6", says: "en_US.UTF-8?"},
	{rule: "ks-unknown-language", bad: edit(clean, "en_US.UTF-8", "english"), good: edit(clean, "en_US.UTF-8", "en")},
	{rule: "ks-unknown-keyboard", bad: edit(clean, "keyboard us", "keyboard de-latin"), good: edit(clean, "keyboard us", "keyboard de-latin1"), at: "5:10", says: "de-latin1"},
	{rule: "ks-network-without-device", bad: edit(clean, " --device=eth0", ""), good: clean + "network --hostname=a.example\n", at: "12:1"},
	{rule: "ks-static-network-incomplete", bad: edit(clean, "=dhcp", "=static"), good: edit(clean, "=dhcp", "=static --ip=10.0.0.2 --netmask=255.0.0.0")},

	{rule: "ks-no-erroronfail", bad: edit(clean, " --erroronfail", ""), good: section("\n%post\n%end\n"), at: "20:1"},
	{rule: "ks-no-erroronfail", bad: section("%pre\ntrue\n%end\n"), good: section("%pre --erroronfail\ntrue\n%end\n")},
	{rule: "ks-carriage-return", bad: strings.ReplaceAll(clean, "\n", "\r\n"), good: post("printf 'a\\r\\n'"), at: "21:26"},
	{rule: "ks-shell-syntax", bad: post("if true; then\necho a"), good: post("if true; then\necho a\nfi"), at: "21:1"},
	{rule: "ks-shell-syntax", bad: post("echo 'a\n"), good: section("%post --erroronfail --interpreter=/usr/bin/python\nprint 'a' if 1 else (\n2)\n%end\n"), at: "21:6"},
	{rule: "ks-shell-syntax", bad: post("cat <(echo a)"), good: edit(post("cat <(echo a)"), "--erroronfail", "--erroronfail --interpreter=/bin/bash"), at: "21:5", says: "/bin/sh"},
	{rule: "ks-here-document-without-end", bad: post("cat > /etc/a << EOF\nb"), good: post("cat > /etc/a << EOF\nb\nEOF"), at: "21:14"},
	{rule: "ks-here-document-expands", bad: post("cat > /etc/yum.repos.d/a.repo << EOF\nbaseurl=https://a/$releasever/\nEOF"), good: post("cat > /etc/yum.repos.d/a.repo << 'EOF'\nbaseurl=https://a/$releasever/\nEOF"), at: "22:19", says: "yum's"},
	{rule: "ks-here-document-expands", bad: post("cat > /etc/a << EOF\n$FOO\nEOF"), good: post("FOO=b\ncat > /etc/a << EOF\n$FOO \\$BAR ${BAZ:-x} $HOME $(uname -r)\nEOF"), says: "$FOO"},
	{rule: "ks-here-document-expands", bad: post("cat > /etc/a << EOF\n$FOO\nEOF"), good: post(". /etc/sysconfig/network\ncat > /etc/a << EOF\n$FOO\nEOF")},
	{rule: "ks-here-document-expands", bad: post("cat > /etc/a << EOF\n#!/bin/sh\necho $1 $?\nEOF"), good: post("f() {\ncat > /etc/a << EOF\n$1\nEOF\n}\nf b")},
	{rule: "ks-here-document-expands", bad: post("echo \"baseurl=$basearch\" > /etc/yum.repos.d/a.repo"), good: post("echo 'baseurl=$basearch' > /etc/yum.repos.d/a.repo"), at: "21:15"},
	{rule: "ks-not-in-chroot", bad: post("service ntpd start"), good: post("chkconfig ntpd on"), at: "21:1"},
	{rule: "ks-not-in-chroot", bad: post("systemctl start ntpd"), good: post("systemctl enable ntpd")},
	{rule: "ks-not-in-chroot", bad: post("sysctl -w net.ipv4.ip_forward=1"), good: post("echo net.ipv4.ip_forward=1 >> /etc/sysctl.conf\nsysctl -a")},
	{rule: "ks-not-in-chroot", bad: post("if true; then setenforce 0; fi"), good: post("cat > /etc/rc.local << 'EOF'\nsetenforce 0\nEOF"), at: "21:15"},
	{rule: "ks-not-in-chroot", bad: post("firewall-cmd --add-port=80/tcp"), good: section("%post --nochroot --erroronfail\nsysctl -w a=b\n%end\n"), says: "firewall-offline-cmd"},
	{rule: "ks-reboots-in-script", bad: post("reboot"), good: post("echo reboot"), at: "21:1"},
	{rule: "ks-host-keys", bad: post("ssh-keygen -A"), good: post("cat > /etc/rc.local << 'EOF'\nssh-keygen -A\nEOF\nssh-keygen -t rsa -f /root/.ssh/id_rsa")},
	{rule: "ks-host-keys", bad: post("ssh-keygen -t rsa -N '' -f /etc/ssh/ssh_host_rsa_key"), good: clean, at: "21:1"},
	{rule: "ks-secret-in-file", bad: post("cat > /root/k << 'EOF'\n-----BEGIN RSA PRIVATE KEY-----\nEOF"), good: post("cat > /root/k << 'EOF'\n-----BEGIN CERTIFICATE-----\nEOF"), at: "22:1"},
	{rule: "ks-secret-in-file", bad: post("echo 'aws_secret_access_key = abcdefghijklmnopqrstuvwxyz0123456789ABCD' > /root/.boto"), good: post("echo \"aws_secret_access_key = $KEY\" > /root/.boto")},
	{rule: "ks-writes-outside", bad: section("%post --nochroot --erroronfail\necho a > /etc/motd\n%end\n"), good: section("%post --nochroot --erroronfail\necho a > /mnt/sysimage/etc/motd\ncp /tmp/a $INSTALL_ROOT/b\n%end\n"), at: "24:8"},
	{rule: "ks-set-twice", bad: post("sed -i 's/SELINUX=enforcing/SELINUX=disabled/' /etc/selinux/config"), good: post("echo NOZEROCONF=yes >> /etc/sysconfig/network"), at: "21:1", says: "line 9"},
	{rule: "ks-set-twice", bad: edit(clean, "--lock --iscrypted *", "--iscrypted "+sha, "sed -i", "passwd -l root\nsed -i"), good: clean, says: "rootpw"},

	{rule: "ks-template", bad: "{% for (name, urltype, url) in repos %}\nrepo --name={{ name }} --{{ urltype }}={{ url }}\n{% endfor %}\n" + clean, good: post("echo '{{ x }}' > /etc/a"), at: "1:1", says: "render"},
	{rule: "ks-abbreviated-option", bad: edit(clean, "--fstype", "--fst"), good: clean},
	{rule: "ks-append-in-append", bad: "%ksappend append-in-append\n" + clean, good: "%ksappend part\n" + clean},
	{rule: "ks-bad-value", bad: edit(clean, "--size=1536", "--size=big"), good: clean, at: "14:15"},
	{rule: "ks-blank-in-package", bad: edit(clean, "@core", "@core\nntp chrony"), good: clean},
	{rule: "ks-byte-order-mark", bad: "\ufeff" + clean, good: clean},
	{rule: "ks-conflicting-commands", bad: clean + "autopart\n", good: clean},
	{rule: "ks-conflicting-options", bad: edit(clean, "@core", "@core --optional --nodefaults"), good: clean},
	{rule: "ks-deprecated-command", bad: clean + "monitor\n", good: clean, version: grammar.RHEL6},
	{rule: "ks-deprecated-option", bad: edit(clean, "install\n", ""), good: edit(clean, "install\n", "", "--nobase", ""), version: grammar.RHEL7},
	{rule: "ks-deprecated-section", bad: section("%anaconda\n%end\n"), good: clean, version: grammar.RHEL9},
	{rule: "ks-duplicate-command", bad: clean + "keyboard us\n", good: clean},
	{rule: "ks-duplicate-name", bad: clean + "user --name=a --lock\nuser --name=a --lock\n", good: clean + "user --name=a --lock\nuser --name=b --lock\n"},
	{rule: "ks-include-cycle", bad: "%include include-cycle\n" + clean, good: "%include part\n" + clean},
	{rule: "ks-include-not-read", bad: "%include nowhere\n" + clean, good: "%include part\n" + clean},
	{rule: "ks-joined-line", bad: "%ksappend joined-line\n" + clean, good: "%ksappend part\n" + clean},
	{rule: "ks-line-continuation", bad: edit(clean, "part / ", "part / \\\n"), good: clean},
	{rule: "ks-missing-argument", bad: edit(clean, "keyboard us", "keyboard"), good: clean},
	{rule: "ks-missing-end", bad: edit(clean, "/etc/motd\n%end\n", "/etc/motd\n"), good: clean},
	{rule: "ks-missing-option", bad: edit(clean, "--name=updates ", ""), good: clean},
	{rule: "ks-missing-value", bad: edit(clean, " --fstype=ext3", " --fstype"), good: clean},
	{rule: "ks-not-utf8", bad: clean + "# \xff\n", good: clean + "# \u00ff\n", version: grammar.RHEL9},
	{rule: "ks-octal-number", bad: edit(clean, "--size=1536", "--size=01536"), good: clean},
	{rule: "ks-option-as-value", bad: edit(clean, " --size=1536 --fstype=ext3", " --size=1536 --fstype --grow"), good: clean, version: grammar.RHEL5},
	{rule: "ks-removed-option", bad: edit(clean, "install\n", ""), good: edit(clean, "install\n", "", "--nobase", ""), version: grammar.RHEL8},
	{rule: "ks-repeated-option", bad: edit(clean, "--size=1536", "--size=1 --size=1536"), good: clean},
	{rule: "ks-stray-end", bad: clean + "%end\n", good: clean, at: "23:1"},
	{rule: "ks-text-behind-end", bad: edit(clean, "@core\n%end", "@core\n%end of it"), good: clean},
	{rule: "ks-too-many-arguments", bad: edit(clean, "keyboard us", "keyboard us de"), good: clean},
	{rule: "ks-too-many-problems", bad: clean + strings.Repeat("nothing\n", 600), good: clean},
	{rule: "ks-too-many-words", bad: clean + "firewall " + strings.Repeat("a ", 250000), good: clean},
	{rule: "ks-trailing-comment", bad: edit(clean, "@core", "@core\nntp # time"), good: clean, version: grammar.RHEL5},
	{rule: "ks-unbalanced-quote", bad: edit(clean, "115200n8\"", "115200n8"), good: clean},
	{rule: "ks-unknown-command", bad: edit(clean, "keyboard us", "keybord us"), good: clean, at: "5:1", says: "keyboard"},
	{rule: "ks-unknown-end", bad: clean, good: edit(clean, "@core\n%end\n", "@core\n", "/etc/motd\n%end\n", "/etc/motd\n"), version: grammar.RHEL5},
	{rule: "ks-unknown-environment", bad: edit(clean, "@core", "@^minimal"), good: clean},
	{rule: "ks-unknown-option", bad: edit(clean, "--size", "--sizes"), good: clean, says: "--size"},
	{rule: "ks-unknown-section", bad: section("%package\n%end\n"), good: clean, says: "%packages"},
}

// included are the files of the examples.
var included = map[string]string{
	"append-in-append": "%ksappend part\n", "part": "# a part\n", "joined-line": "# no end", "include-cycle": "%include include-cycle\n",
}

func check(t *testing.T, text string, v grammar.Version) []Finding {
	t.Helper()
	if v == 0 {
		v = grammar.RHEL6
	}
	f, err := kickstart.Parse("lb.ks", []byte(text), v)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(text, "%include") || strings.HasPrefix(text, "%ksappend") {
		f = kickstart.Flatten(f, func(name string) ([]byte, error) {
			if text, ok := included[name]; ok {
				return []byte(text), nil
			}
			return nil, errNone
		})
	}
	return Check(f, Options{})
}

// Each rule is tripped by one file, and not by another that is near to it.
func TestRules(t *testing.T) {
	severities := map[string]Severity{}
	for _, r := range Rules() {
		if severities[r.Name] != "" || r.Why == "" || r.Mend == "" || !strings.HasPrefix(r.Name, prefix) {
			t.Errorf("%+v", r)
		}
		severities[r.Name] = r.Severity
	}
	tripped := map[string]bool{}
	for _, e := range examples {
		tripped[e.rule] = true
		if e.bad == "" {
			continue
		}
		of := func(text string) []Finding {
			return slices.DeleteFunc(check(t, text, e.version), func(f Finding) bool { return f.Rule != e.rule })
		}
		bad := of(e.bad)
		if len(bad) == 0 {
			t.Errorf("%s does not find anything in\n%s\n%v", e.rule, e.bad, check(t, e.bad, e.version))
			continue
		}
		f := bad[0]
		place := strings.TrimPrefix(strings.TrimPrefix(f.Place.String(), "lb.ks"), ":")
		if e.at == "0" && place != "" || e.at != "" && e.at != "0" && place != e.at {
			t.Errorf("%s is at %q, not at %q: %s", e.rule, place, e.at, f)
		}
		if !strings.Contains(f.Message+" "+f.Hint, e.says) {
			t.Errorf("%s does not say %q: %s", e.rule, e.says, f)
		}
		for _, f := range bad {
			if f.Severity.rank() < severities[e.rule].rank() {
				t.Errorf("%s is graver than its rule: %s", e.rule, f)
			}
		}
		if good := of(e.good); len(good) > 0 {
			t.Errorf("%s finds in what is right: %v", e.rule, good)
		}
	}
	for name := range severities {
		if !tripped[name] {
			t.Errorf("no example trips %s", name)
		}
	}
	for name := range tripped {
		if severities[name] == "" {
			t.Errorf("%s is no rule", name)
		}
	}
}

// Files that nothing is wrong with have no findings.
func TestClean(t *testing.T) {
	for name, text := range map[string]string{"clean": clean, "balancer": balancer()} {
		if found := check(t, text, 0); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// No finding repeats a secret.
func TestSecretsAreConcealed(t *testing.T) {
	n := 0
	for _, e := range examples {
		for _, f := range check(t, e.bad, e.version) {
			for _, secret := range []string{"verysecret", sha, md5, "abXYZ01234567", "abcdefghijklmnopqrstuvwxyz0123456789ABCD"} {
				if strings.Contains(f.String(), secret) {
					t.Errorf("%s", f)
				}
			}
			n++
		}
	}
	if n < len(examples) {
		t.Errorf("only %d findings", n)
	}
}

var errNone = errors.New("there is none")
