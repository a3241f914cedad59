package conformance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/overlay/treetest"
)

// told are files of an image that tell something of what a kickstart file says.
var told = []string{
	"etc/passwd", "etc/shadow", "etc/group", "etc/inittab", "etc/selinux/config", "etc/sysconfig/clock", "etc/adjtime", "etc/localtime", "etc/sysconfig/i18n", "etc/locale.conf",
	"etc/sysconfig/keyboard", "etc/vconsole.conf", "etc/X11/xorg.conf.d/00-keyboard.conf", "etc/sysconfig/network", "etc/hostname", "etc/sysconfig/network-scripts/ifcfg-eth0", "etc/resolv.conf",
	"etc/sysconfig/iptables", "usr/lib/firewalld/zones/public.xml", "etc/firewalld/firewalld.conf", "boot/grub/grub.conf", "boot/grub2/grub.cfg", "boot/grub2/user.cfg", "etc/default/grub", "etc/fstab",
	"etc/sysconfig/authconfig", "etc/login.defs", "etc/libuser.conf", "etc/authselect/authselect.conf", "etc/ntp.conf", "etc/chrony.conf", "etc/yum.repos.d/x.repo", "etc/dnf/modules.d/x.module",
	"etc/sysconfig/firstboot", "etc/sysconfig/desktop", "etc/rpm/macros", "var/lib/dpkg/status", "etc/systemd/system/default.target", "root/.ssh/authorized_keys", "etc/rc.d/init.d/iptables",
}

// asks is a file that asks for everything.
const asks = `services --enabled=iptables --disabled=b
selinux --enforcing
firewall --enabled --port=80:tcp --ssh --trust=eth0
part / --size=10 --grow --maxsize=20 --fstype=ext3 --label=x --asprimary --fsoptions=ro
part swap --size=1
part /boot --size=1 --label=y --fstype=ext2
logvol /x --vgname=v --name=n --size=1
bootloader --location=mbr --append="a b" --timeout=3 --md5pass=$1$abc$def
timezone --utc Europe/Berlin
lang de_DE
keyboard us
rootpw --iscrypted $6$x$y
user --name=root --uid=0 --gid=0 --homedir=/root --shell=/bin/sh --groups=a,b(7) --password=x --gecos=g
group --name=a --gid=1
auth --useshadow --passalgo=sha512 --enablesssd
network --device=eth0 --bootproto=dhcp --onboot=on --ip=1.2.3.4 --netmask=255.0.0.0 --gateway=1.1.1.1 --nameserver=1.1.1.1 --hostname=h --mtu=1
skipx
xconfig --startxonboot --defaultdesktop=GNOME
firstboot --enabled
repo --name=x --baseurl=http://x --install
timesource --ntp-server x
sshkey --username=root "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ"
authselect select x y
module --name=x --stream=1
%packages --excludedocs --instLangs=en
a
-b
c*
@core
%end
%post
passwd -l root
echo x >> /etc/motd
%end
`

// sound holds that statements say what they have to, in one line each, whatever the image holds.
func sound(t *testing.T, all []Statement) {
	t.Helper()
	for _, s := range all {
		for _, text := range []string{s.Text, s.About, s.Want, s.Has, s.Why, s.Rule} {
			if check.OneLine(text) != text || !utf8.ValidString(text) || len(text) > maxSide+len("…") {
				t.Errorf("%q of %+v", text, s)
			}
		}
		switch {
		case s.Verdict != Holds && s.Verdict != DoesNotHold && s.Verdict != CannotBeTold, s.Verdict == CannotBeTold && (s.Why == "" || s.Has != ""),
			s.Verdict == DoesNotHold && s.Has == "", s.Want == "", s.Line > 0 && s.Path == "", s.Path != "" && s.Path[0] != '/':
			t.Errorf("%+v", s)
		}
	}
	for _, f := range Findings(all) {
		if f.Hint == "" || f.Rule == "" || strings.Contains(f.String(), "\n") {
			t.Errorf("%+v", f)
		}
	}
}

// Images of random pieces are judged without a fault, and twice alike.
func TestRandomImages(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"SELINUX=", "root", ":", "x", "\n", "0", "\x00", "\xff", "\x1b[2J", "=", " ", "LANG=", "ZONE=", "UTC", "\"", "'", "$", "ONBOOT=", "yes", "title a\n", "kernel /v ", "timeout=", "password --md5 ", "-A INPUT -p tcp --dport 80 -j ACCEPT\n",
		"<zone><port port=\"80\" protocol=\"tcp\"/></zone>", "id:3:initdefault:\n", "LABEL=x / ext3 ro 1 1\n", "Package: a\nStatus: install ok installed\nVersion: 1\n\n", "menuentry 'x' {\nlinux /v a\n}\n", "-> ../../etc/passwd", "KEYTABLE=", "[x]\n", strings.Repeat("a", 5000)}
	for range 150 {
		files := map[string]string{"etc/redhat-release": fmt.Sprintf("CentOS release %d.5\n", 5+r.IntN(5))}
		for _, name := range told {
			if r.IntN(3) == 0 {
				continue
			}
			var b strings.Builder
			for range r.IntN(12) {
				b.WriteString(pieces[r.IntN(len(pieces))])
			}
			files[name] = b.String()
		}
		s := subjectOf(t, treetest.Fill(files))
		f := parse(t, asks, grammar.Versions()[r.IntN(5)])
		first, err := Judge(t.Context(), f, s)
		if err != nil {
			t.Fatal(err)
		}
		sound(t, first)
		again, err := Judge(t.Context(), f, s)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(first)
		b, _ := json.Marshal(again)
		if string(a) != string(b) {
			t.Error("the same image is judged otherwise the second time")
		}
		if t.Failed() {
			t.Fatalf("%q", files)
		}
	}
}

// A file that says the same without end is judged up to a bound, and says so.
func TestBounds(t *testing.T) {
	s := subjectOf(t, treetest.Fill(el6))
	for text, last := range map[string]string{
		strings.Repeat("skipx\n", maxStatements+10):                           "the rest of the file",
		"%packages\n" + strings.Repeat("-*a*\n", maxStatements+10) + "%end\n": "the rest of %packages",
	} {
		all, err := Judge(t.Context(), parse(t, text, 6), s)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != maxStatements+1 || all[len(all)-1].About != last || all[len(all)-1].Verdict != CannotBeTold {
			t.Errorf("%d statements, the last: %s", len(all), line(all[len(all)-1]))
		}
	}
	if all := judged(t, "services --enabled="+strings.Repeat("a,", maxList)+"b\n", 6, s); len(all) != maxList+1 || !strings.HasPrefix(all[maxList], "cannot be told services --enabled") {
		t.Errorf("%d statements", len(all))
	}
	all, err := Judge(t.Context(), parse(t, strings.Repeat("rootpw x\n", maxTries+5), 6), s)
	if err != nil {
		t.Fatal(err)
	}
	if n := Count(all); n.DoesNotHold != maxTries || n.CannotBeTold != 5 {
		t.Errorf("%+v", n)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add([]byte(asks), uint8(0), "root:x:0:0:root:/root:/bin/sh\n", uint8(6))
	f.Add([]byte("%packages\n-*\n%end\nrootpw x\n"), uint8(36), "Package: a\nStatus: install ok installed\nVersion: 1\n", uint8(7))
	f.Fuzz(func(t *testing.T, text []byte, file uint8, content string, v uint8) {
		parsed, err := kickstart.Parse("lb.ks", text, grammar.Versions()[int(v)%5])
		if err != nil {
			return
		}
		tree := treetest.Fill(map[string]string{told[int(file)%len(told)]: content})
		found, err := survey.Of(t.Context(), tree, survey.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Skip(err)
		}
		all, err := Judge(t.Context(), parsed, &check.Subject{Tree: tree, Survey: found})
		if err != nil {
			t.Fatal(err)
		}
		all = slices.DeleteFunc(all, func(s Statement) bool { return s.Rule == PostRule })
		sound(t, all)
		for _, q := range SaysNothing(parsed) {
			if q.Why == "" || check.OneLine(q.Text) != q.Text {
				t.Errorf("%+v", q)
			}
		}
	})
}
