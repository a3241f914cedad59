package hygiene_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/checktest"
	"lbimage/imagebuild/check/hygiene"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// Hashes as mkpasswd makes them.
const (
	hashOfPassword = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/" // password
	hashOfNothing  = "$6$saltsalt$0000000000000000000000000000000000000000000000000000000000000000000000000000000000000."
)

const key = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"

func all(spoils ...func(*testing.T, *treetest.Memory)) func(*testing.T, *treetest.Memory) {
	return checktest.Both(spoils...)
}

func file(name, text string) func(*testing.T, *treetest.Memory) {
	return checktest.Write(map[string]string{name: text})
}

// many writes many files that are alike.
func many(prefix string, n int) func(*testing.T, *treetest.Memory) {
	files := map[string]string{}
	for i := range n {
		files[prefix+fmt.Sprint(i)] = "x"
	}
	return checktest.Write(files)
}

var cases = []checktest.Case{
	{Rule: "root-password", Spoil: checktest.Replace("etc/shadow", "root:!!:", "root::"), Severity: check.SeverityError, Place: "/etc/shadow:1", Message: "everybody gets in"},
	{Rule: "root-password", Spoil: checktest.Replace("etc/shadow", "root:!!:", "root:"+hashOfPassword+":"), Severity: check.SeverityError, Place: "/etc/shadow:1", Message: `would try: "password"`},
	{Rule: "root-password", Spoil: checktest.Replace("etc/shadow", "root:!!:", "root:"+hashOfNothing+":"), Severity: check.SeverityWarning, Place: "/etc/shadow:1", Message: "the same on every machine"},
	{Rule: "account-password", Spoil: all(checktest.Append("etc/passwd", "ops:x:500:500::/home/ops:/bin/bash\n"), checktest.Append("etc/shadow", "ops::1::::::\n")),
		Severity: check.SeverityError, Place: "/etc/shadow:16", Message: "ops has no password"},
	{Rule: "account-password", Spoil: checktest.Replace("etc/shadow", "servo:!!:", "servo:"+hashOfPassword+":"), Severity: check.SeverityInfo, Place: "/etc/shadow:15", Message: "takes no logins as it is"},
	{Rule: "weak-hash", Spoil: checktest.Replace("etc/shadow", "root:!!:", "root:$1$salt$qJH7.N4xYta3aEG/dfqo/0:"), Severity: check.SeverityWarning, Place: "/etc/shadow:1", Message: "MD5", Also: []string{"root-password"}},
	{Rule: "superuser-twin", Spoil: checktest.Append("etc/passwd", "to.or:x:0:0::/root:/bin/bash\n"), Severity: check.SeverityError, Place: "/etc/passwd:16", Message: "to.or has the number 0"},
	{Rule: "password-login", Spoil: checktest.Replace("etc/ssh/sshd_config", "PasswordAuthentication no", "PasswordAuthentication yes"), Severity: check.SeverityWarning,
		Place: "/etc/ssh/sshd_config:5", Message: "takes passwords"},
	{Rule: "password-login", Spoil: checktest.Replace("etc/ssh/sshd_config", "PasswordAuthentication no\n", ""), Severity: check.SeverityWarning,
		Place: "/etc/ssh/sshd_config", Message: "PasswordAuthentication is yes unless said otherwise"},
	{Rule: "password-login", Spoil: all(checktest.Replace("etc/ssh/sshd_config", "ChallengeResponseAuthentication no\n", ""),
		checktest.Append("etc/ssh/sshd_config", "Match User root\n PermitTTY yes\n")), Severity: check.SeverityWarning,
		Place: "/etc/ssh/sshd_config", Message: "KbdInteractiveAuthentication is yes unless said otherwise"},
	{Rule: "password-login", Spoil: all(checktest.Append("etc/passwd", "ops:x:500:500::/home/ops:/bin/bash\n"), checktest.Append("etc/shadow", "ops:"+hashOfNothing+":1::::::\n"),
		checktest.Append("etc/ssh/sshd_config", "Match Address 10.0.0.0/8\n PasswordAuthentication yes\n")), Severity: check.SeverityError,
		Place: "/etc/ssh/sshd_config:11", Message: "takes passwords where Address 10.0.0.0/8, and ops has one", Also: []string{"account-password"}, Unmended: true},
	{Rule: "authorized-keys", Spoil: file("root/.ssh/authorized_keys", "ssh-rsa AAAA me\n"), Severity: check.SeverityError, Place: "/root/.ssh/authorized_keys", Message: "a key lets somebody in as root"},
	{Rule: "ssh-host-keys", Spoil: file("etc/ssh/ssh_host_rsa_key", key), Severity: check.SeverityError, Place: "/etc/ssh/ssh_host_rsa_key", Message: "every machine"},
	{Rule: "private-keys", Spoil: file("etc/pki/tls/private/lb.key", key), Severity: check.SeverityError, Place: "/etc/pki/tls/private/lb.key", Message: "private key"},
	{Rule: "credentials", Spoil: file("root/.aws/credentials", "[default]\naws_secret_access_key = x\n"), Severity: check.SeverityError, Place: "/root/.aws/credentials", Message: "access keys"},
	{Rule: "credentials", Spoil: file("etc/boto.cfg", "[Credentials]\naws_secret_access_key = x\n"), Severity: check.SeverityError, Place: "/etc/boto.cfg", Message: "access keys"},
	{Rule: "machine-id", Spoil: file("etc/machine-id", "0123456789abcdef0123456789abcdef\n"), Severity: check.SeverityWarning, Place: "/etc/machine-id", Message: "this number"},
	{Rule: "core-files", Spoil: file("root/core.4711", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x3e\x00"), Severity: check.SeverityWarning, Place: "/root/core.4711", Message: "memory"},
	{Rule: "swap-files", Spoil: file("swapfile", strings.Repeat("\x00", 4086)+"SWAPSPACE2"+strings.Repeat("\x00", 40960)), Severity: check.SeverityWarning, Place: "/swapfile", Message: "room for memory"},
	{Rule: "shell-history", Spoil: checktest.Write(map[string]string{"root/.bash_history": "ls\n", "home/ops/.viminfo": "x"}), Severity: check.SeverityWarning, Place: "/home/ops/.viminfo", Message: "2 files tell"},
	{Rule: "logs", Spoil: checktest.Append("var/log/messages", "May 13 lb kernel: Linux\n"), Severity: check.SeverityWarning, Place: "/var/log/messages", Message: "a log"},
	{Rule: "logs", Spoil: file("root/anaconda-ks.cfg", "rootpw --iscrypted x\n"), Severity: check.SeverityWarning, Place: "/root/anaconda-ks.cfg", Message: "a log"},
	{Rule: "caches", Spoil: file("var/cache/yum/x86_64/6/base/primary.sqlite", "x"), Severity: check.SeverityWarning, Place: "/var/cache/yum/x86_64/6/base/primary.sqlite", Message: "fetched again"},
	{Rule: "caches", Spoil: many("var/cache/yum/x86_64/", 60), Severity: check.SeverityWarning, Place: "/var/cache/yum/x86_64/0", Message: "60 files are"},
	{Rule: "logs", Spoil: many("var/log/app/", 20), Severity: check.SeverityWarning, Place: "/var/log/app/0", Message: "20 logs"},
	{Rule: "machine-id", Spoil: checktest.Write(map[string]string{"etc/machine-id": "0123456789abcdef\n", "var/lib/dbus/machine-id": "0123456789abcdef\n"}), Severity: check.SeverityWarning,
		Place: "/etc/machine-id", Message: "2 files"},
	{Rule: "leases", Spoil: file("var/lib/dhclient/dhclient-eth0.leases", "lease {}\n"), Severity: check.SeverityWarning, Place: "/var/lib/dhclient/dhclient-eth0.leases", Message: "address"},
	{Rule: "udev-net-rules", Spoil: file("etc/udev/rules.d/70-persistent-net.rules", "# PCI device\nSUBSYSTEM==\"net\", ATTR{address}==\"52:54:00:00:00:01\", NAME=\"eth0\"\n"), Severity: check.SeverityError,
		Place: "/etc/udev/rules.d/70-persistent-net.rules", Message: "network cards"},
	{Rule: "network-card-address", Spoil: file("etc/sysconfig/network-scripts/ifcfg-eth0", "DEVICE=eth0\nHWADDR=52:54:00:00:00:01\nONBOOT=yes\n"), Severity: check.SeverityError,
		Place: "/etc/sysconfig/network-scripts/ifcfg-eth0", Message: "another machine"},
	{Rule: "authorized-keys", Spoil: file("etc/skel/.ssh/authorized_keys", "ssh-rsa AAAA me\n"), Severity: check.SeverityWarning, Place: "/etc/skel/.ssh/authorized_keys", Message: "nobody whom the image has"},
	{Rule: "setuid-unowned", Spoil: file("var/lib/rpm/Packages", "no database"), Severity: check.SeverityInfo, Place: "/usr/bin/sudo", Message: "no database of packages", Unmended: true},
	{Rule: "cloud-init-instances", Spoil: file("var/lib/cloud/instances/i-4711/user-data.txt", "x"), Severity: check.SeverityWarning, Place: "/var/lib/cloud/instances/i-4711", Message: "another machine"},
	{Rule: "random-seed", Spoil: file("var/lib/random-seed", "x"), Severity: check.SeverityWarning, Place: "/var/lib/random-seed", Message: "seed"},
	{Rule: "account-backups", Spoil: file("etc/shadow-", "root:x:1::::::\n"), Severity: check.SeverityWarning, Place: "/etc/shadow-", Message: "backup"},
	{Rule: "mail", Spoil: file("var/spool/mail/root", "From root\n"), Severity: check.SeverityWarning, Place: "/var/spool/mail/root", Message: "mail"},
	{Rule: "temp-files", Spoil: checktest.Write(map[string]string{"tmp/yum.log": "x", "var/tmp/build/x": "x"}), Severity: check.SeverityWarning, Place: "/tmp/yum.log", Message: "3 files"},
	{Rule: "package-leftovers", Spoil: file("etc/sudoers.rpmnew", "x"), Severity: check.SeverityInfo, Place: "/etc/sudoers.rpmnew", Message: "beside the configuration"},
	{Rule: "editor-leftovers", Spoil: file("etc/.sudoers.swp", "x"), Severity: check.SeverityInfo, Place: "/etc/.sudoers.swp", Message: "editor"},
	{Rule: "development-servo", Spoil: file("var/lib/cloud/scripts/per-boot/load-balancer-servo.sh", "#!/bin/sh\ngit clone x && ./install-servo.sh\n"), Severity: check.SeverityError,
		Place: "/var/lib/cloud/scripts/per-boot/load-balancer-servo.sh", Message: "at boot it fetches"},
	{Rule: "development-servo", Spoil: file("root/load-balancer-servo/.git/HEAD", "ref: refs/heads/master\n"), Severity: check.SeverityError, Place: "/root/load-balancer-servo/.git", Message: "work tree"},
	{Rule: "development-servo", Spoil: checktest.Replace("etc/rc.d/init.d/load-balancer-servo", "program=", "LOGLEVEL=debug\nprogram="), Severity: check.SeverityWarning,
		Place: "/etc/rc.d/init.d/load-balancer-servo:13", Message: "logs everything"},
	{Rule: "world-writable", Spoil: checktest.Mode("etc/haproxy/haproxy.cfg", 0o666), Severity: check.SeverityWarning, Place: "/etc/haproxy/haproxy.cfg", Message: "everyone", Unmended: true},
	{Rule: "world-writable", Spoil: checktest.Mode("var/lib/haproxy", 0o777), Severity: check.SeverityWarning, Place: "/var/lib/haproxy", Message: "everyone"},
	{Rule: "setuid-unowned", Spoil: all(file("var/lib/dpkg/status", "Package: x\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"), file("usr/local/helper", "x"), checktest.Mode("usr/local/helper", 0o4755|1<<23)),
		Severity: check.SeverityWarning, Place: "/usr/bin/sudo", Message: "2 programs"},
}

// Without a database of packages nobody knows whose sudo is: that alone is told of the sample.
func TestRules(t *testing.T) { checktest.Walk(t, hygiene.Rules(), cases, "setuid-unowned") }

// What is right trips nothing.
func TestNothingToComplainOf(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, *treetest.Memory){
		"names alone": checktest.Write(map[string]string{
			"usr/share/doc/x/core": "no core", "usr/share/doc/x/.bash_history": "x", "etc/swap.conf": "x", "etc/ssh/ssh_host_rsa_key.pub": "ssh-rsa AAAA",
			"etc/pki/tls/certs/ca.pem": "-----BEGIN CERTIFICATE-----\n", "etc/machine-id": "", "etc/udev/rules.d/70-persistent-net.rules": "# nothing\n", "var/log/README": "x",
			"usr/lib/x.rpmmacros": "x", "usr/share/emacs/x~": "x", "var/cache/yum/lock": "", "var/cache/apt/archives/lock": "", "root/.ssh/authorized_keys": "# none\n", "tmp/.X11-unix/": "", "etc/init.d/x~y": "",
			"root/.bash_profile": "x", "etc/boto.cfg": "[Boto]\n", "var/log/lastlog": strings.Repeat("\x00", 100000), "home/id_card": "no key",
		}),
		"locked, with a hash": checktest.Replace("etc/shadow", "root:!!:", "root:!"+hashOfPassword+":"),
		"no shadow entry":     checktest.Replace("etc/shadow", "root:!!:16203:0:99999:7:::\n", ""),
		"no passwords for all": all(checktest.Replace("etc/ssh/sshd_config", "PasswordAuthentication no", "PasswordAuthentication yes"),
			checktest.Append("etc/ssh/sshd_config", "Match all\n PasswordAuthentication no\n")),
		"not told":               checktest.Append("etc/ssh/sshd_config", "Match Address 10.0.0.0/8\n PasswordAuthentication no\n"),
		"a uninitialized number": file("etc/machine-id", "uninitialized\n"),
	} {
		m := checktest.Sample(t)
		spoil(t, m)
		for _, f := range checktest.Find(t, hygiene.Rules(), m) {
			if f.Rule != "setuid-unowned" {
				t.Errorf("%s: %v", name, f)
			}
		}
	}
}

// Passwords that anybody would try are found behind every kind of hash that is tried, and others are not.
func TestGuesses(t *testing.T) {
	mkpasswd := needs.Program(t, "mkpasswd")
	hash := func(method, word string) string {
		out, err := exec.Command(mkpasswd, "-m", method, word).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	for _, method := range []string{"sha512crypt", "sha256crypt", "md5crypt", "bcrypt"} {
		for word, want := range map[string]check.Severity{"eucalyptus": check.SeverityError, "root": check.SeverityError, "kYe0-rUn3": check.SeverityWarning} {
			m := checktest.Sample(t)
			checktest.Replace("etc/shadow", "root:!!:", "root:"+hash(method, word)+":")(t, m)
			for _, f := range checktest.Find(t, hygiene.Rules()[:1], m) {
				if f.Severity != want {
					t.Errorf("%s of %q: %v", method, word, f)
				}
			}
		}
	}
}

// A hash that says that it takes an hour is not tried.
func TestCostlyHashes(t *testing.T) {
	for _, hash := range []string{"$6$rounds=999999999$salt$" + strings.Repeat("a", 86), "$2b$31$" + strings.Repeat("a", 53), "$6$" + strings.Repeat("a", 100000), "$6$$", "$5$rounds=-1$a$b"} {
		m := checktest.Sample(t)
		checktest.Replace("etc/shadow", "root:!!:", "root:"+hash+":")(t, m)
		checktest.Find(t, hygiene.Rules(), m)
	}
}

// Control characters of a name come into no mend as they are; other odd names are mended.
func TestStrangeNames(t *testing.T) {
	m := checktest.Sample(t)
	file("tmp/a\x1b[31m", "x")(t, m)
	for _, f := range checktest.Find(t, hygiene.Rules(), m) {
		if strings.Contains(f.String(), "\x1b") || strings.Contains(f.Hint, "\x1b") || f.Rule == "temp-files" && checktest.Recipe(f.Hint) != "" {
			t.Errorf("%q", f.Hint)
		}
	}
	m = checktest.Sample(t)
	file("tmp/- a: 'b`c\" é]", "x")(t, m)
	for _, f := range checktest.Find(t, hygiene.Rules(), m) {
		if f.Rule == "temp-files" {
			checktest.ApplyRecipe(t, m, checktest.Recipe(f.Hint))
		}
	}
	for _, f := range checktest.Find(t, hygiene.Rules(), m) {
		if f.Rule == "temp-files" {
			t.Errorf("not mended: %v", f)
		}
	}
}
