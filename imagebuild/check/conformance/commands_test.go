package conformance

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
	"lbimage/overlay/treetest"
)

// el6 and el7 are small images of two generations.
var (
	el6 = map[string]string{
		"etc/redhat-release": "CentOS release 6.5 (Final)\n", "etc/inittab": "id:3:initdefault:\n", "sbin/init": "", "bin/bash": "",
		"etc/passwd":                               "root:x:0:0:root:/root:/bin/bash\nbob:x:500:100:Bob B:/home/bob:/bin/bash\n",
		"etc/shadow":                               "root:$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/:1:0:99999:7:::\nbob:!!:1::::::\n",
		"etc/group":                                "root:x:0:\nwheel:x:10:root,bob\nusers:x:100:\nstaff:x:600:\n",
		"etc/rc.d/init.d/ntpd":                     "#!/bin/sh\n# chkconfig: - 58 74\n# description: time\n",
		"etc/rc.d/rc3.d/S58ntpd":                   "-> ../init.d/ntpd",
		"etc/rc.d/init.d/cups":                     "#!/bin/sh\n# chkconfig: 2345 25 10\n# description: print\n",
		"etc/rc.d/rc3.d/K10cups":                   "-> ../init.d/cups",
		"etc/init.d":                               "-> rc.d/init.d",
		"etc/init/tty.conf":                        "start on startup\nexec /sbin/getty\n",
		"boot/grub/grub.conf":                      "default=0\ntimeout=5\npassword --md5 $1$abcdefgh$MQqH.0pJ9KC5lDGcvvaiP/\ntitle one\n\troot (hd0,0)\n\tkernel /vmlinuz ro root=/dev/vda1 quiet\n",
		"etc/fstab":                                "LABEL=lb-root / ext3 defaults,noatime 1 1\nLABEL=boot /boot ext4 defaults 1 2\n/dev/vda3 swap swap defaults 0 0\n",
		"root/.ssh/authorized_keys":                "# keys\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ root@somewhere\n",
		"etc/sysconfig/authconfig":                 "USELDAP=no\nUSESSSD=yes\nPASSWDALGORITHM=sha512\n",
		"etc/sysconfig/network":                    "NETWORKING=yes\nHOSTNAME=lb.example.com\nGATEWAY=10.0.0.1\n",
		"etc/sysconfig/i18n":                       "LANG=\"en_US.UTF-8\"\n",
		"etc/sysconfig/clock":                      "ZONE=\"Europe/Berlin\"\nUTC=false\n",
		"usr/share/zoneinfo/Etc/UTC":               "TZif utc",
		"usr/share/zoneinfo/Europe/Berlin":         "TZif berlin",
		"etc/localtime":                            "TZif berlin",
		"etc/ntp.conf":                             "server 0.pool.ntp.org iburst\n",
		"etc/selinux/config":                       "SELINUX=permissive\nSELINUXTYPE=targeted\n",
		"etc/selinux/targeted/policy/policy.24":    "x",
		"etc/sysconfig/network-scripts/ifcfg-eth0": "DEVICE=\"eth0\"\nBOOTPROTO=static\nONBOOT=no\nIPADDR=10.0.0.2\nPREFIX=24\nMTU=$MTU\nDNS1=10.0.0.3\nIPV6INIT=no\n",
		"etc/sysconfig/network-scripts/ifcfg-lo":   "DEVICE=lo\n",
		"etc/sysconfig/firstboot":                  "RUN_FIRSTBOOT=NO\n",
		"etc/yum.repos.d/x.repo":                   "[updates]\nname=u\nbaseurl=http://u:secret@mirror/updates\n",
	}
	el7 = map[string]string{
		"etc/redhat-release": "CentOS Linux release 7.9.2009 (Core)\n", "etc/os-release": "ID=centos\nVERSION_ID=\"7\"\n",
		"usr/lib/systemd/systemd": "", "sbin/init": "-> ../usr/lib/systemd/systemd",
		"usr/lib/systemd/system/chronyd.service":                       "[Install]\nWantedBy=multi-user.target\n",
		"usr/lib/systemd/system/firewalld.service":                     "[Install]\nWantedBy=multi-user.target\n",
		"usr/lib/systemd/system/static.service":                        "[Service]\n",
		"usr/lib/systemd/system/ntpd.service":                          "[Install]\nWantedBy=multi-user.target\n",
		"etc/systemd/system/multi-user.target.wants/firewalld.service": "-> /usr/lib/systemd/system/firewalld.service",
		"etc/systemd/system/multi-user.target.wants/chronyd.service":   "-> /usr/lib/systemd/system/chronyd.service",
		"etc/systemd/system/default.target":                            "-> /lib/systemd/system/multi-user.target",
		"usr/lib/firewalld/zones/public.xml":                           "<zone><service name=\"ssh\"/><port protocol=\"tcp\" port=\"8080\"/></zone>",
		"etc/locale.conf":                                              "LANG=de_DE.utf8\n", "etc/vconsole.conf": "KEYMAP=us\n", "etc/hostname": "lb7\n",
		"etc/localtime":                        "-> ../usr/share/zoneinfo/America/New_York",
		"etc/chrony.conf":                      "server a.example iburst\n",
		"boot/grub2/grub.cfg":                  "set default=0\nset timeout=3\nmenuentry 'one' {\n linux16 /vmlinuz root=/dev/vda1 console=ttyS0\n}\n",
		"boot/grub2/user.cfg":                  "GRUB2_PASSWORD=grub.pbkdf2.sha512.10000.AAAA\n",
		"etc/dnf/modules.d/nodejs.module":      "[nodejs]\nname=nodejs\nstream=10\nstate=enabled\n",
		"etc/authselect/authselect.conf":       "sssd\nwith-mkhomedir\n",
		"etc/X11/xorg.conf.d/00-keyboard.conf": "Section \"InputClass\"\n Option \"XkbLayout\" \"us,de\"\nEndSection\n",
		"etc/passwd":                           "root:x:0:0:root:/root:/bin/bash\n",
		"usr/sbin/sshd":                        "", "etc/ssh/sshd_config": "PermitRootLogin yes\n",
	}
)

const key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ root@somewhere"

// Of each kind of command: what holds, what does not, what cannot be told.
func TestCommands(t *testing.T) {
	for _, c := range []struct {
		tree map[string]string
		v    grammar.Version
		text string
		want []string // how the statements begin, in order
	}{
		{el6, 6, "services --enabled=ntpd --disabled=cups,gone", []string{"holds service ntpd: on, has on in run levels 3", "holds service cups: off, has off", "holds service gone: off, has no such"}},
		{el6, 6, "services --enabled=cups,gone --disabled=ntpd", []string{"does not hold service cups: on, has off", "does not hold service gone: on, has no such", "does not hold service ntpd: off, has on"}},
		{el6, 6, "services --enabled=ntpd --disabled=ntpd", []string{"holds service ntpd", "cannot be told service ntpd: off (the same line"}},
		{el7, 7, "services --enabled=chronyd,ntpd.service,static", []string{"holds service chronyd: on, has enabled", "does not hold service ntpd.service: on, has disabled", "cannot be told service static: on /usr/lib/systemd/system/static.service (the unit is static"}},
		{el6, 6, "selinux --permissive", []string{"holds SELinux: permissive"}},
		{el6, 6, "selinux", []string{"cannot be told SELinux"}},
		{el7, 7, "selinux --enforcing", []string{"does not hold SELinux: enforcing, has disabled (there is no /etc/selinux/config)"}},
		{el6, 6, "firewall --disabled", []string{"holds firewall: off, has no service"}},
		{el6, 6, "firewall --enabled --ssh", []string{"does not hold firewall: on"}},
		{el7, 7, "firewall --enabled --ssh --port=8080:tcp,443:tcp --service=http", []string{"holds firewall: on, has firewalld", "holds firewall: port 8080/tcp: open, has open /usr/lib/firewalld/zones/public.xml",
			"does not hold firewall: port 443/tcp: open, has not in the zone", "does not hold firewall: service http", "holds firewall: service ssh"}},
		{el7, 7, "firewall --disabled", []string{"does not hold firewall: off, has firewalld, which starts at boot /usr/lib/systemd/system/firewalld.service"}},
		{el6, 6, "part /boot --size=200 --fstype=ext4 --label=boot", []string{"holds partition for /boot: a line in fstab, has LABEL=boot /etc/fstab:2", "holds file system of /boot: ext4", "holds label of /boot: boot", "does not hold size of /boot: 200 MiB, give or take 8 for its alignment, has no partition beside the root"}},
		{el6, 6, "part /srv --size=200 --fstype=ext4", []string{"does not hold partition for /srv: a line in fstab, has none for /srv /etc/fstab"}},
		{el6, 6, "part swap --size=512", []string{"holds partition for swap: a line in fstab, has /dev/vda3 /etc/fstab:3", "does not hold size of swap"}},
		{el6, 6, "part / --recommended --fsoptions=noatime --asprimary --encrypted", []string{"cannot be told size of /: the size that the installer recommends", "holds place of /: a primary partition, has partition 1",
			"holds mount options of /: noatime, has defaults,noatime /etc/fstab:1", "cannot be told partition /: encrypted"}},
		{el6, 6, "part / --size=1 --grow --maxsize=40 --fsoptions=ro", []string{"does not hold size of /: 1 to 40 MiB, give or take 8", "does not hold mount options of /: ro, has defaults,noatime"}},
		{el6, 6, "part / --size=70 --fstype=ext4", []string{"holds size of /: 70 MiB", "does not hold file system of /: ext4, has ext3"}},
		{el6, 6, "part pv.01 --size=1", []string{"cannot be told partition pv.01"}},
		{el6, 6, "logvol / --vgname=vg --size=100 --name=root --fstype=ext3", []string{"holds volume for /: a line in fstab", "holds file system of /: ext3", "cannot be told volume for /: size 100", "cannot be told volume for /: vgname vg", "cannot be told volume for /: name root"}},
		{el6, 6, "autopart", []string{"cannot be told layout of the disk"}},
		{el6, 6, "bootloader --location=mbr --append=\"quiet\" --timeout=5", []string{"holds boot loader: in the first sector", "holds what the kernel is told: quiet, has ro root=/dev/vda1 quiet /boot/grub/grub.conf:6", "holds time-out of the boot loader: 5 seconds"}},
		{el6, 6, "bootloader --location=none", []string{"does not hold boot loader: none, has a program in the first sector"}},
		{el6, 6, "bootloader --location=partition", []string{"cannot be told boot loader: in partition"}},
		{el6, 6, "bootloader --md5pass=$1$abcdefgh$MQqH.0pJ9KC5lDGcvvaiP/", []string{"holds password of the boot loader: (a hash, "}},
		{el6, 6, "bootloader --md5pass=$1$abcdefgh$xxxxxxxxxxxxxxxxxxxxxx", []string{"does not hold password of the boot loader: (a hash, "}},
		{el7, 7, "bootloader --timeout=3 --append=\"console=ttyS0 nomodeset\"", []string{"does not hold what the kernel is told: console=ttyS0 nomodeset, has root=/dev/vda1 console=ttyS0 /boot/grub2/grub.cfg:4 (nomodeset is not among it)", "holds time-out"}},
		{el7, 7, "bootloader --iscrypted --password=grub.pbkdf2.sha512.10000.AAAA", []string{"holds password of the boot loader"}},
		{el7, 7, "bootloader --iscrypted --password=grub.pbkdf2.sha512.10000.BBBB", []string{"does not hold password of the boot loader"}},
		{el7, 7, "bootloader --extlinux", []string{"does not hold kind of boot loader: extlinux, has GRUB 2"}},
		{el6, 6, "timezone Europe/Berlin", []string{"holds time zone: Europe/Berlin, has Europe/Berlin /etc/localtime", "holds time zone after an update", "holds clock of the machine: local time, has local time /etc/sysconfig/clock:2"}},
		{el6, 6, "timezone --utc Etc/UTC", []string{"does not hold time zone: Etc/UTC, has Europe/Berlin /etc/localtime", "does not hold time zone after an update", "does not hold clock of the machine: UTC, has local time"}},
		{el6, 6, "timezone Asia/Tokyo", []string{"cannot be told time zone: Asia/Tokyo /etc/localtime (the image has no /usr/share/zoneinfo/Asia/Tokyo", "does not hold time zone after", "holds clock"}},
		{el7, 7, "timezone America/New_York --isUtc --ntpservers=a.example,b.example", []string{"holds time zone: America/New_York, has America/New_York", "holds clock of the machine: UTC, has UTC, since there is no /etc/adjtime", "holds time server a.example: asked, has server a.example /etc/chrony.conf:1", "does not hold time server b.example"}},
		{el7, 7, "timezone Europe/Berlin --isUtc --nontp", []string{"cannot be told time zone: Europe/Berlin /etc/localtime", "holds clock", "does not hold time service: off, has chronyd, which starts at boot"}},
		{el7, 9, "timesource --ntp-server a.example", []string{"holds time server a.example"}},
		{el6, 6, "lang en_US", []string{"holds language: en_US, has en_US.UTF-8 /etc/sysconfig/i18n:1"}},
		{el6, 6, "lang fr_FR.UTF-8", []string{"does not hold language: fr_FR.UTF-8, has en_US.UTF-8"}},
		{el7, 7, "lang de_DE.UTF-8 --addsupport=fr_FR", []string{"holds language: de_DE.UTF-8, has de_DE.utf8 /etc/locale.conf:1", "cannot be told language: addsupport fr_FR"}},
		{el6, 6, "keyboard us", []string{"cannot be told keyboard: us /etc/sysconfig/keyboard (there is no"}},
		{el7, 7, "keyboard de", []string{"cannot be told keyboard: de /etc/vconsole.conf:1 (the console has us"}},
		{el7, 7, "keyboard --vckeymap=de --xlayouts='us','fr'", []string{"does not hold keyboard: de, has us", "holds keyboard of X: us, has us,de", "does not hold keyboard of X: fr, has us,de"}},
		{el6, 6, "rootpw password", []string{"holds password of root"}},
		{el6, 6, "rootpw secret", []string{"does not hold password of root: the password that the file has, has (a hash, "}},
		{el6, 6, "rootpw --lock", []string{"does not hold password of root: locked, has (a hash, "}},
		{el6, 6, "rootpw --iscrypted $6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/", []string{"holds password of root: (a hash, "}},
		{el6, 6, "rootpw --iscrypted $6$saltsalt$other", []string{"does not hold password of root: (a hash, "}},
		{el7, 9, "rootpw --lock --allow-ssh", []string{"holds password of root: locked, has one that no password fits", "holds root by password over the network: let in, has PermitRootLogin yes"}},
		{el6, 6, "user --name=bob --uid=500 --gid=100 --homedir=/home/bob --shell=/bin/bash --gecos=\"Bob B\" --groups=wheel,staff,none --lock", []string{"holds user bob: an account, number 500", "holds user bob in group wheel", "does not hold user bob in group staff", "does not hold user bob in group none: a member, has no such group", "holds password of bob: locked"}},
		{el6, 6, "user --name=bob --uid=501 --shell=/bin/zsh", []string{"does not hold user bob: an account, number 501, shell /bin/zsh, has number 500, shell /bin/bash /etc/passwd:2"}},
		{el6, 6, "user --name=eve", []string{"does not hold user eve: an account, has none of that name /etc/passwd"}},
		{el6, 6, "user --name=bob --password=x", []string{"holds user bob", "does not hold password of bob: the password that the file has, has locked"}},
		{el6, 6, "group --name=staff --gid=600", []string{"holds group staff: a group of number 600, has number 600 /etc/group:4"}},
		{el6, 6, "group --name=staff --gid=601", []string{"does not hold group staff"}},
		{el6, 6, "group --name=none", []string{"does not hold group none: a group, has none"}},
		{el7, 8, "sshkey --username=root \"" + key + "\"", []string{"does not hold key of root: ssh-rsa …"}},
		{el6, 8, "sshkey --username=root \"" + key + "\"", []string{"holds key of root: ssh-rsa …"}},
		{el6, 8, "sshkey --username=root \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\"", []string{"does not hold key of root: ssh-ed25519 …DI1NTE5AAAAI, has other keys"}},
		{el6, 6, "auth --useshadow --passalgo=sha512 --enablesssd --enableldap --ldapserver=x --disablenis", []string{"holds authconfig --useshadow", "holds authconfig --passalgo: sha512, has sha512", "holds authconfig --enablesssd: yes, has yes", "does not hold authconfig --enableldap: yes, has no /etc/sysconfig/authconfig:1", "cannot be told authconfig --ldapserver", "cannot be told authconfig --disablenis"}},
		{el6, 6, "authconfig --enablemd5 --passalgo sha256", []string{"does not hold authconfig --enablemd5: md5, has sha512, by PASSWDALGORITHM", "does not hold authconfig --passalgo: sha256"}},
		{el7, 8, "authselect select sssd with-mkhomedir", []string{"holds authselect: sssd with-mkhomedir"}},
		{el7, 8, "authselect select minimal", []string{"does not hold authselect: minimal, has sssd with-mkhomedir"}},
		{el6, 6, "network --bootproto=static --device=eth0 --onboot=off --ip=10.0.0.2 --netmask=255.255.255.0 --gateway=10.0.0.1 --nameserver=10.0.0.3 --mtu=1400 --noipv6 --hostname=lb.example.com", []string{
			"holds name of the machine: lb.example.com", "holds network card eth0: name", "holds network card eth0: boot protocol: static", "holds network card eth0: at boot: off", "holds network card eth0: address: 10.0.0.2",
			"holds network card eth0: gateway", "cannot be told network card eth0: MTU: 1400", "holds network card eth0: netmask: 255.255.255.0, has 24", "holds network card eth0: name server: 10.0.0.3", "holds network card eth0: IPv6: no"}},
		{el6, 6, "network --bootproto=dhcp --device=eth0 --netmask=255.255.0.0 --nameserver=10.9.9.9", []string{"holds network card eth0: name: eth0", "does not hold network card eth0: boot protocol: dhcp, has static", "does not hold network card eth0: netmask: 255.255.0.0, has 24", "does not hold network card eth0: name server: 10.9.9.9, has 10.0.0.3"}},
		{el6, 6, "network --bootproto=dhcp", []string{"does not hold network card: boot protocol: dhcp, has static"}},
		{el6, 6, "network --device=eth1 --bootproto=dhcp", []string{"does not hold network card eth1: a file for it, has no /etc/sysconfig/network-scripts/ifcfg-eth1"}},
		{el6, 6, "network --device=link --bootproto=dhcp", []string{"cannot be told network card link: a file for it"}},
		{el6, 6, "network --hostname=other", []string{"does not hold name of the machine: other, has lb.example.com /etc/sysconfig/network:2"}},
		{el7, 7, "network --hostname=lb7", []string{"holds name of the machine: lb7, has lb7 /etc/hostname:1"}},
		{el6, 6, "skipx", []string{"holds graphical login: none, has run level 3 /etc/inittab"}},
		{el6, 6, "xconfig --startxonboot", []string{"does not hold graphical login: at boot, has run level 3"}},
		{el7, 7, "skipx", []string{"holds graphical login: none, has multi-user.target /etc/systemd/system/default.target"}},
		{el6, 6, "firstboot --disabled", []string{"holds questions at the first boot: off, has RUN_FIRSTBOOT=NO"}},
		{el6, 6, "firstboot --enabled", []string{"does not hold questions at the first boot: on"}},
		{el7, 7, "firstboot --disable", []string{"holds questions at the first boot: off, has no service that asks"}},
		{el6, 6, "repo --name=updates --install --baseurl=http://u:secret@mirror/updates", []string{"holds repository updates: a file for yum, has /etc/yum.repos.d/x.repo /etc/yum.repos.d/x.repo:1"}},
		{el6, 6, "repo --name=updates --install --baseurl=http://u:secret@mirror/other", []string{"does not hold repository updates: http://(not shown)@mirror/other, has http://(not shown)@mirror/updates"}},
		{el6, 6, "repo --name=other --install --baseurl=http://x", []string{"does not hold repository other"}},
		{el7, 8, "module --name=nodejs --stream=10", []string{"holds module nodejs: enabled 10, has enabled 10"}},
		{el7, 8, "module --name=nodejs --stream=12", []string{"does not hold module nodejs: enabled 12, has enabled 10"}},
		{el7, 8, "module --name=perl --disable", []string{"does not hold module perl: disabled, has nothing noted"}},
		{el6, 6, "raid / --level=1 --device=md0 raid.1 raid.2", []string{"cannot be told command raid: what it does (arrays are not looked into)"}},
		{el6, 6, "frobnicate", []string{"cannot be told command frobnicate: what it does (RHEL6 has no such command)"}},
		{el6, 6, "skipx --frob", []string{"holds graphical login", "cannot be told skipx --frob: as asked (skipx of RHEL6 has no such option)"}},
		{el6, 6, "%addon com_redhat_kdump --disable\n%end", []string{"cannot be told add-on com_redhat_kdump"}},
		{el6, 6, "%include other.ks", []string{"cannot be told another file: what that file says (it is not at hand)"}},
		{el6, 6, "text\nzerombr\nbootloader --driveorder=sda\nnetwork --activate\nrepo --name=x --baseurl=http://x\n%pre\nrm -rf /\n%end", nil},
	} {
		got := judged(t, c.text, c.v, subjectOf(t, treetest.Fill(c.tree)))
		if len(got) != len(c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.text, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], c.want[i]) {
				t.Errorf("%s: %s\nwant %s", c.text, got[i], c.want[i])
			}
		}
	}
}

// Every command of every release is judged, or known to leave nothing, or said not to be looked into; and so is every option of those
// that are judged.
func TestEveryCommandIsKnown(t *testing.T) {
	handled := slices.Sorted(maps.Keys(handlers))
	for _, v := range grammar.Versions() {
		for _, name := range grammar.Names(v) {
			spec, ok := grammar.Lookup(v, name)
			if !ok {
				t.Fatal(name)
			}
			n := canonical(spec.Name)
			homes := 0
			for _, has := range []bool{handlers[n] != nil, nothingStays[n] != "", unknowable[n] != ""} {
				if has {
					homes++
				}
			}
			if homes != 1 && name != "zipl" {
				t.Errorf("%s %s is in %d tables", v, n, homes)
			}
			if handlers[n] == nil {
				continue
			}
			for _, o := range spec.Options {
				if judged, quiet := slices.Contains(strings.Fields(judgedOptions[n]), o.Name), slices.Contains(strings.Fields(quietOptions[n]), o.Name); judged && quiet {
					t.Errorf("%s %s %s is judged and passed over", v, n, o.Name)
				}
			}
		}
	}
	for _, n := range handled {
		known := false
		for _, v := range grammar.Versions() {
			spec, ok := grammar.Lookup(v, n)
			known = known || ok && canonical(spec.Name) == n
		}
		if !known {
			t.Errorf("no release has %s", n)
		}
	}
}

// No password, hash or key is in a statement.
func TestSecretsDoNotShow(t *testing.T) {
	s := subjectOf(t, treetest.Fill(el6))
	for text, secret := range map[string]string{
		"rootpw hunter2": "hunter2", "rootpw --iscrypted $6$saltsalt$abcdefghijk": "abcdefghijk", "user --name=bob --password=hunter2": "hunter2",
		"user --name bob --password hunter2 --plaintext": "hunter2", "bootloader --password=hunter2": "hunter2", "bootloader --md5pass=\"$1$abc$defghijk\"": "defghijk",
		"url --url=http://u:hunter2@mirror/": "hunter2", "part / --size=1 --encrypted --passphrase=hunter2": "hunter2", "sshpw --username=root hunter2 --plaintext": "hunter2",
		"network --device=eth0 --wepkey=hunter2": "hunter2", "rootpw 'hunter2 and more'": "hunter2", "realm join --one-time-password=hunter2 x": "hunter2",
		"rhsm --organization=1 --activation-key=hunter2": "hunter2", "iscsi --ipaddr=1.2.3.4 --user=u --password=hunter2": "hunter2", "vnc --password=hunter2": "hunter2",
	} {
		for _, v := range grammar.Versions() {
			f := parse(t, text+"\n", v)
			all, err := Judge(t.Context(), f, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, st := range all {
				if got := st.Text + line(st); strings.Contains(got, secret) {
					t.Errorf("%s: %s", v, got)
				}
			}
			for _, q := range SaysNothing(f) {
				if strings.Contains(q.Text, secret) {
					t.Errorf("%s: %s", v, q.Text)
				}
			}
		}
	}
	// The image's own do not show either.
	for _, l := range judged(t, "rootpw --lock\nbootloader --password=x\n", 6, s) {
		if strings.Contains(l, "saltsalt") || strings.Contains(l, "abcdefgh") {
			t.Error(l)
		}
	}
}

// Files that cannot be read, or that are something else, tell nothing.
func TestUnreadable(t *testing.T) {
	m := treetest.Fill(map[string]string{
		"etc/passwd/x": "", "etc/shadow/x": "", "etc/group/x": "", "etc/selinux/config/x": "", "etc/adjtime/x": "", "etc/sysconfig/clock/x": "", "etc/sysconfig/i18n/x": "", "etc/fstab/x": "",
		"etc/sysconfig/keyboard": "-> keyboard", "etc/sysconfig/network/x": "", "etc/hostname/x": "", "etc/localtime/x": "", "etc/sysconfig/network-scripts/ifcfg-eth0/x": "",
		"etc/sysconfig/firstboot/x": "", "etc/ntp.conf/x": "", "etc/sysconfig/authconfig/x": "", "etc/authselect/authselect.conf/x": "", "etc/dnf/modules.d/x.module/x": "",
	})
	for text, v := range map[string]grammar.Version{
		"rootpw --lock": 6, "user --name=bob": 6, "group --name=x": 6, "selinux --disabled": 6, "timezone --utc Europe/Berlin": 6, "lang en_US": 6, "keyboard us": 6,
		"network --hostname=x --device=eth0": 6, "part /boot --size=1": 6, "firstboot --enabled": 6, "timesource --ntp-server x": 9, "auth --enablesssd --passalgo=md5 --useshadow": 6,
		"authselect select x": 8, "module --name=x": 8,
	} {
		for _, l := range judged(t, text, v, subjectOf(t, m)) {
			if !strings.HasPrefix(l, "cannot be told") {
				t.Errorf("%s: %s", text, l)
			}
		}
	}
}

func TestUnquote(t *testing.T) {
	for in, want := range map[string]string{
		`a`: "a", `"a b"`: "a b", `'a $b'`: "a $b", `a # c`: "a", `a;b`: "a…", `$a`: "…", `"a`: "a…", `a\ b`: "a b", `"a\"b"`: `a"b`, `"a\b"`: `a\b`, `#x`: "", `a#b`: "a#b", `a'b'"c"`: "abc", "a\r": "a", "`x`": "…", "a&b": "a…",
	} {
		got, odd := unquote(in)
		if odd {
			got += "…"
		}
		if got != want {
			t.Errorf("%q is %q, not %q", in, got, want)
		}
	}
}
