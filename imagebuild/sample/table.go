package sample

import (
	"fmt"
	"io/fs"
)

// node is one name in the root file system.
type node struct {
	name string
	mode fs.FileMode // with the type
	who  string      // user:group, empty for root:root

	target       string // of a symbolic link
	hard         string // another name of the same file
	major, minor uint32 // of a device
	attrs        []attr
	// content gives the content of a file that does not lie below tree.
	content func(node) ([]part, int64)
}

// attr is an extended attribute.
type attr struct{ name, value string }

const (
	dir    = fs.ModeDir
	link   = fs.ModeSymlink | 0o777
	char   = fs.ModeDevice | fs.ModeCharDevice
	blk    = fs.ModeDevice
	fifo   = fs.ModeNamedPipe
	suid   = fs.ModeSetuid
	sgid   = fs.ModeSetgid
	sticky = fs.ModeSticky

	// Kernel, initramfs and modules, named as in grub.conf.
	kernelVersion = "2.6.32-431.el6.x86_64.stand-in"
	kernel        = "boot/vmlinuz-" + kernelVersion
	initramfs     = "boot/initramfs-" + kernelVersion + ".img"
	modules       = "lib/modules/" + kernelVersion

	// haproxyRelease is what the program says of itself, in the words of HAProxy's programs of that time.
	haproxyRelease = "HA-Proxy version 1.5-dev21-stand-in 2013/12/17\n"

	pages    = "usr/share/sample-pages"
	docs     = "usr/share/doc/load-balancer-servo-" + servoRelease
	packages = "usr/lib/python2.6/site-packages"
	servos   = "servo:servo"
)

// capNetRaw is the right to send any packet, effective and permitted, in the form
// of version 2.
const capNetRaw = "\x01\x00\x00\x02" + "\x00\x20\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// nodes is all that the root file system holds, folders before what is in them.
func nodes() []node {
	all := append([]node(nil), table...)
	all = append(all, runlevels()...)
	for i := range 600 {
		all = append(all, node{name: fmt.Sprintf("%s/page-%04d.txt", pages, i+1), mode: 0o644, content: page})
	}
	return all
}

var table = []node{
	{name: ".", mode: dir | 0o555},
	{name: "lost+found", mode: dir | 0o700},

	{name: "bin", mode: dir | 0o555},
	{name: "bin/bash", mode: 0o755, content: program()},
	{name: "bin/sh", mode: link, target: "bash"},
	{name: "bin/ping", mode: 0o755, content: program(), attrs: []attr{{"security.capability", capNetRaw}}},

	{name: "boot", mode: dir | 0o555},
	{name: "boot/grub", mode: dir | 0o755},
	{name: "boot/grub/device.map", mode: 0o644},
	{name: "boot/grub/grub.conf", mode: 0o600},
	{name: "boot/grub/menu.lst", mode: link, target: "./grub.conf"},
	{name: kernel, mode: 0o755, content: kernelImage(2 << 20)},
	{name: initramfs, mode: 0o600, content: initramfsImage(5 << 20)},

	{name: "dev", mode: dir | 0o755},
	{name: "dev/console", mode: char | 0o600, major: 5, minor: 1},
	{name: "dev/null", mode: char | 0o666, major: 1, minor: 3},
	{name: "dev/zero", mode: char | 0o666, major: 1, minor: 5},
	{name: "dev/loop300", mode: blk | 0o640, who: "root:disk", major: 7, minor: 300}, // too large for the short form
	{name: "dev/initctl", mode: fifo | 0o600},

	{name: "etc", mode: dir | 0o755},
	{name: "etc/adjtime", mode: 0o644},
	{name: "etc/alternatives", mode: dir | 0o755},
	{name: "etc/cron.d", mode: dir | 0o755},
	{name: "etc/cron.d/load-balancer-servo", mode: 0o640},
	{name: "etc/fstab", mode: 0o644},
	{name: "etc/group", mode: 0o644},
	{name: "etc/grub.conf", mode: link, target: "../boot/grub/grub.conf"},
	{name: "etc/gshadow", mode: 0},
	{name: "etc/haproxy", mode: dir | 0o755},
	{name: "etc/haproxy/haproxy.cfg", mode: 0o644},
	{name: "etc/hosts", mode: 0o644},
	{name: "etc/init", mode: dir | 0o755},
	{name: "etc/init/serial-ttyS0.conf", mode: 0o644},
	{name: "etc/init.d", mode: link, target: "rc.d/init.d"},
	{name: "etc/inittab", mode: 0o644},
	{name: "etc/issue", mode: 0o644},
	{name: "etc/load-balancer-servo", mode: dir | 0o755, who: servos},
	{name: "etc/load-balancer-servo/boto.cfg", mode: 0o644, who: servos},
	{name: "etc/load-balancer-servo/haproxy_template.conf", mode: 0o644, who: servos},
	{name: "etc/localtime", mode: 0o644, content: utc},
	{name: "etc/login.defs", mode: 0o644},
	{name: "etc/mtab", mode: 0o644, content: empty},
	{name: "etc/nsswitch.conf", mode: 0o644},
	{name: "etc/ntp.conf", mode: 0o644},
	{name: "etc/passwd", mode: 0o644},
	{name: "etc/profile", mode: 0o644},
	{name: "etc/rc.d", mode: dir | 0o755},
	{name: "etc/rc.d/init.d", mode: dir | 0o755},
	{name: "etc/rc.d/init.d/functions", mode: 0o644},
	{name: "etc/rc.d/init.d/load-balancer-servo", mode: 0o755},
	{name: "etc/rc.d/init.d/network", mode: 0o755},
	{name: "etc/rc.d/init.d/ntpd", mode: 0o755},
	{name: "etc/rc.d/init.d/ntpdate", mode: 0o755},
	{name: "etc/rc.d/init.d/sshd", mode: 0o755},
	{name: "etc/rc.d/rc.local", mode: 0o755},
	{name: "etc/rc.local", mode: link, target: "rc.d/rc.local"},
	{name: "etc/redhat-release", mode: 0o644},
	{name: "etc/securetty", mode: 0o600},
	{name: "etc/selinux", mode: dir | 0o755},
	{name: "etc/selinux/config", mode: 0o644},
	{name: "etc/shadow", mode: 0},
	{name: "etc/shells", mode: 0o644},
	{name: "etc/ssh", mode: dir | 0o755},
	{name: "etc/ssh/sshd_config", mode: 0o600},
	{name: "etc/sudoers", mode: 0o440},
	{name: "etc/sudoers.d", mode: dir | 0o750},
	{name: "etc/sudoers.d/servo", mode: 0o440},
	{name: "etc/sysconfig", mode: dir | 0o755},
	{name: "etc/sysconfig/clock", mode: 0o644},
	{name: "etc/sysconfig/i18n", mode: 0o644},
	{name: "etc/sysconfig/keyboard", mode: 0o644},
	{name: "etc/sysconfig/network", mode: 0o644},
	{name: "etc/sysconfig/network-scripts", mode: dir | 0o755},
	{name: "etc/sysconfig/network-scripts/ifcfg-eth0", mode: 0o644},
	{name: "etc/sysconfig/ntpdate", mode: 0o644},
	{name: "etc/sysctl.conf", mode: 0o644},
	{name: "etc/system-release", mode: link, target: "redhat-release"},

	{name: "home", mode: dir | 0o755},
	{name: "lib", mode: dir | 0o555},
	{name: "lib/modules", mode: dir | 0o755},
	{name: modules, mode: dir | 0o755},
	{name: modules + "/kernel", mode: dir | 0o755},
	{name: modules + "/kernel/drivers", mode: dir | 0o755},
	{name: modules + "/kernel/drivers/virtio_blk.ko", mode: 0o644, content: module},
	{name: modules + "/kernel/drivers/virtio_net.ko", mode: 0o644, content: module},
	{name: modules + "/modules.dep", mode: 0o644},
	{name: "lib64", mode: dir | 0o555},
	{name: "media", mode: dir | 0o755},
	{name: "mnt", mode: dir | 0o755},
	{name: "opt", mode: dir | 0o755},
	{name: "proc", mode: dir | 0o555},
	{name: "root", mode: dir | 0o550},
	{name: "root/.bashrc", mode: 0o644},
	{name: "sbin", mode: dir | 0o555},
	{name: "sbin/agetty", mode: 0o755, content: program()},
	{name: "sbin/init", mode: 0o755, content: program()},
	{name: "sbin/nologin", mode: 0o755, content: program()},
	{name: "selinux", mode: dir | 0o755},
	{name: "srv", mode: dir | 0o755},
	{name: "sys", mode: dir | 0o555},
	{name: "tmp", mode: dir | sticky | 0o777},

	{name: "usr", mode: dir | 0o755},
	{name: "usr/bin", mode: dir | 0o555},
	{name: "usr/bin/curl", mode: 0o755, content: program()},
	{name: "usr/bin/load-balancer-servo", mode: 0o755},
	{name: "usr/bin/python2.6", mode: 0o755, content: program()},
	{name: "usr/bin/python", hard: "usr/bin/python2.6"},
	{name: "usr/bin/python2", mode: link, target: "python"},
	{name: "usr/bin/sudo", mode: suid | 0o111, content: program()},
	{name: "usr/lib", mode: dir | 0o555},
	{name: "usr/lib/python2.6", mode: dir | 0o755},
	{name: packages, mode: dir | 0o755},
	{name: packages + "/Eucalyptus_Loadbalancer_Servo-1.0.4-py2.6.egg-info", mode: 0o644},
	{name: packages + "/boto", mode: dir | 0o755},
	{name: packages + "/boto/__init__.py", mode: 0o644},
	{name: packages + "/boto-2.8.0-py2.6.egg-info", mode: 0o644},
	{name: packages + "/httplib2", mode: dir | 0o755},
	{name: packages + "/httplib2/__init__.py", mode: 0o644},
	{name: packages + "/servo", mode: dir | 0o755},
	{name: packages + "/servo/__init__.py", mode: 0o644},
	{name: "usr/lib64", mode: dir | 0o555},
	{name: "usr/lib64/python2.6", mode: dir | 0o755},
	{name: "usr/lib64/python2.6/os.py", mode: 0o644},
	{name: "usr/lib64/python2.6/site-packages", mode: dir | 0o755},
	{name: "usr/lib64/python2.6/site-packages/M2Crypto", mode: dir | 0o755},
	{name: "usr/lib64/python2.6/site-packages/M2Crypto/__init__.py", mode: 0o644},
	{name: "usr/libexec", mode: dir | 0o755},
	{name: "usr/libexec/load-balancer-servo", mode: dir | 0o755},
	{name: "usr/libexec/load-balancer-servo/dns-update", mode: 0o755},
	{name: "usr/libexec/load-balancer-servo/ntp-update", mode: 0o755},
	{name: "usr/local", mode: dir | 0o755},
	{name: "usr/sbin", mode: dir | 0o555},
	{name: "usr/sbin/haproxy", mode: 0o755, content: program(haproxyRelease)},
	{name: "usr/sbin/ntpd", mode: 0o755, content: program()},
	{name: "usr/sbin/ntpdate", mode: 0o755, content: program()},
	{name: "usr/sbin/sshd", mode: 0o755, content: program()},
	{name: "usr/share", mode: dir | 0o755},
	{name: "usr/share/doc", mode: dir | 0o755},
	{name: docs, mode: dir | 0o755},
	{name: docs + "/README.sample", mode: 0o644},
	{name: docs + "/examples", mode: dir | 0o755},
	{name: docs + "/examples/template", mode: dir | 0o755},
	{name: docs + "/examples/template/in-force.conf", mode: link, // too long for an inode
		target: "../../../../../../etc/load-balancer-servo/haproxy_template.conf"},
	{name: pages, mode: dir | 0o755},
	{name: "usr/share/sample-holes", mode: 0o644, content: holes},
	{name: "usr/share/zoneinfo", mode: dir | 0o755},
	{name: "usr/share/zoneinfo/Etc", mode: dir | 0o755},
	{name: "usr/share/zoneinfo/Etc/UTC", mode: 0o644, content: utc},
	{name: "usr/share/zoneinfo/UTC", mode: 0o644, hard: "usr/share/zoneinfo/Etc/UTC"},
	{name: "usr/tmp", mode: link, target: "../var/tmp"},

	{name: "var", mode: dir | 0o755},
	{name: "var/cache", mode: dir | 0o755},
	{name: "var/empty", mode: dir | 0o755},
	{name: "var/empty/sshd", mode: dir | 0o711},
	{name: "var/lib", mode: dir | 0o755},
	{name: "var/lib/haproxy", mode: dir | 0o755, who: "haproxy:haproxy"},
	{name: "var/lib/load-balancer-servo", mode: dir | suid | sgid | 0o700, who: servos},
	{name: "var/lib/ntp", mode: dir | 0o755, who: "ntp:ntp"},
	{name: "var/lock", mode: dir | 0o775, who: "root:lock"},
	{name: "var/lock/subsys", mode: dir | 0o755},
	{name: "var/log", mode: dir | 0o755},
	{name: "var/log/btmp", mode: 0o600, who: "root:utmp", content: empty},
	{name: "var/log/lastlog", mode: 0o644, content: empty},
	{name: "var/log/load-balancer-servo", mode: dir | suid | sgid | 0o700, who: servos},
	{name: "var/log/messages", mode: 0o600, content: empty},
	{name: "var/log/wtmp", mode: 0o664, who: "root:utmp", content: empty},
	{name: "var/run", mode: dir | 0o755},
	{name: "var/run/load-balancer-servo", mode: dir | suid | sgid | 0o700, who: servos},
	{name: "var/spool", mode: dir | 0o755},
	{name: "var/spool/mail", mode: dir | 0o775, who: "root:mail"},
	{name: "var/tmp", mode: dir | sticky | 0o777},
}

// services are those that the image enables, with their places in the order of
// start and stop.
var services = []struct {
	name        string
	start, stop int
}{
	{"network", 10, 90}, {"load-balancer-servo", 50, 50}, {"sshd", 55, 25}, {"ntpdate", 57, 75}, {"ntpd", 58, 74},
}

// runlevels are the folders of links by which the services are started, in
// levels 2 to 5, and stopped.
func runlevels() []node {
	var all []node
	for level := range 7 {
		rc := fmt.Sprintf("etc/rc.d/rc%d.d", level)
		all = append(all,
			node{name: rc, mode: dir | 0o755},
			node{name: fmt.Sprintf("etc/rc%d.d", level), mode: link, target: fmt.Sprintf("rc.d/rc%d.d", level)})
		for _, s := range services {
			prefix := fmt.Sprintf("K%02d", s.stop)
			if level >= 2 && level <= 5 {
				prefix = fmt.Sprintf("S%02d", s.start)
			}
			all = append(all, node{name: rc + "/" + prefix + s.name, mode: link, target: "../init.d/" + s.name})
		}
		if level >= 2 && level <= 5 {
			all = append(all, node{name: rc + "/S99local", mode: link, target: "../rc.local"})
		}
	}
	return all
}
