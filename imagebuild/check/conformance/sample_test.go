package conformance

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/checktest"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// parse reads a file that the installer would take.
func parse(t *testing.T, text string, v grammar.Version) *kickstart.File {
	t.Helper()
	f, err := kickstart.Parse("lb.ks", []byte(text), v)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// subjectOf surveys a tree as that of an image like the sample: 63 MiB of ext3 in the one partition of a disk of 64.
func subjectOf(t *testing.T, tree overlay.ReadTree) *check.Subject {
	t.Helper()
	found, err := survey.Of(t.Context(), tree, survey.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return &check.Subject{
		Tree: tree, Survey: found, Info: ext.Info{Type: "ext3", Label: "lb-root", BlockSize: 1024, Blocks: 63 << 10},
		Disk: check.Disk{Size: 64 << 20, Table: "mbr", BootCode: check.BootCodeThere, Partitions: []check.Partition{{Number: 1, Start: 1 << 20, Size: 63 << 20, Root: true}}},
	}
}

// line writes a statement in short: "does not hold SELinux: disabled, has enforcing /etc/selinux/config:2 (why)".
func line(s Statement) string {
	out := fmt.Sprintf("%s %s: %s", s.Verdict, s.About, s.Want)
	if s.Has != "" {
		out += ", has " + s.Has
	}
	if s.Path != "" {
		out += " " + s.Path
	}
	if s.Line > 0 {
		out += fmt.Sprintf(":%d", s.Line)
	}
	if s.Why != "" {
		out += " (" + s.Why + ")"
	}
	return out
}

// judged gives the statements of a file about an image, in short.
func judged(t *testing.T, text string, v grammar.Version, s *check.Subject) []string {
	t.Helper()
	all, err := Judge(t.Context(), parse(t, text, v), s)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, st := range all {
		out = append(out, line(st))
		if st.Rule == "" || st.Text == "" || st.About == "" || st.Place.Line == 0 || st.Verdict == CannotBeTold && st.Why == "" || st.Want == "" || st.Verdict == DoesNotHold && st.Has == "" {
			t.Errorf("something lacks: %+v", st)
		}
	}
	return out
}

// sampleText is the sample's own kickstart file.
func sampleText(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../sample/package/eucalyptus-load-balancer-image.ks")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// commandsOf is a file without its scripts.
func commandsOf(text string) string {
	text, _, _ = strings.Cut(text, "%post")
	return text
}

// The sample conforms to the file that describes it: all that can be told of it holds.
func TestSampleConforms(t *testing.T) {
	text := sampleText(t)
	f := parse(t, text, 0)
	for _, p := range f.Problems {
		t.Error(p)
	}
	s := subjectOf(t, checktest.Sample(t))
	held := 0
	for _, l := range judged(t, text, 0, s) {
		switch {
		case strings.HasPrefix(l, "holds "):
			held++
		case !strings.HasPrefix(l, "cannot be told ") || !strings.Contains(l, "no database of packages"):
			t.Error(l)
		}
	}
	if held < 20 {
		t.Errorf("only %d hold", held)
	}
	if got := len(SaysNothing(f)); got != 7 {
		t.Errorf("%d lines say nothing", got)
	}
}

// Each thing that is spoilt flips the statement that is about it, and no other, with the reason.
func TestSpoiltSampleDoesNotConform(t *testing.T) {
	text := commandsOf(sampleText(t))
	before := judged(t, text, 0, subjectOf(t, checktest.Sample(t)))
	tripped, mended := map[string]bool{}, 0
	for name, c := range map[string]struct {
		spoil func(*testing.T, *treetest.Memory)
		disk  func(*check.Subject)
		want  string // the statement that flips
	}{
		"language":      {spoil: checktest.Replace("etc/sysconfig/i18n", "en_US", "de_DE"), want: "does not hold language: en_US.UTF-8, has de_DE.UTF-8 /etc/sysconfig/i18n:1"},
		"keyboard":      {spoil: checktest.Replace("etc/sysconfig/keyboard", `"us"`, `"de"`), want: "does not hold keyboard: us, has de /etc/sysconfig/keyboard:1"},
		"zone":          {spoil: checktest.Write(map[string]string{"etc/localtime": "TZif of elsewhere"}), want: "does not hold time zone: Etc/UTC, has another one: the file has other bytes /etc/localtime"},
		"zone by name":  {spoil: checktest.Replace("etc/sysconfig/clock", "Etc/UTC", "Europe/Berlin"), want: "does not hold time zone after an update of tzdata: Etc/UTC, has Europe/Berlin /etc/sysconfig/clock:1"},
		"clock":         {spoil: checktest.Replace("etc/adjtime", "UTC", "LOCAL"), want: "does not hold clock of the machine: UTC, has local time /etc/adjtime:3"},
		"root":          {spoil: checktest.Replace("etc/shadow", "root:!!:", "root:$6$saltsalt$xxxxxxxxxxx:"), want: "does not hold password of root: locked, has (a hash, "},
		"root, none":    {spoil: checktest.Replace("etc/shadow", "root:!!:", "root::"), want: "does not hold password of root: locked, has no password: everybody gets in /etc/shadow:1"},
		"shadow":        {spoil: checktest.Replace("etc/passwd", "haproxy:x:", "haproxy:$1$abcdefgh$yyyyyyyyyyy:"), want: "does not hold authconfig --enableshadow: passwords in /etc/shadow, has passwords in /etc/passwd /etc/passwd:14"},
		"hashes":        {spoil: checktest.Replace("etc/login.defs", "SHA512", "MD5"), want: "does not hold authconfig --passalgo: sha512, has MD5, by ENCRYPT_METHOD /etc/login.defs:"},
		"firewall":      {spoil: iptables, want: "does not hold firewall: off, has iptables, which starts at boot with the rules of /etc/sysconfig/iptables /etc/sysconfig/iptables"},
		"selinux":       {spoil: checktest.Replace("etc/selinux/config", "SELINUX=disabled", "SELINUX=enforcing"), want: "does not hold SELinux: disabled, has enforcing /etc/selinux/config:2"},
		"card":          {spoil: checktest.Replace("etc/sysconfig/network-scripts/ifcfg-eth0", "ONBOOT=yes", "ONBOOT=no"), want: "does not hold network card eth0: at boot: yes, has no /etc/sysconfig/network-scripts/ifcfg-eth0:3"},
		"address":       {spoil: checktest.Replace("etc/sysconfig/network-scripts/ifcfg-eth0", "BOOTPROTO=dhcp", "BOOTPROTO=none"), want: "does not hold network card eth0: boot protocol: dhcp, has none /etc/sysconfig/network-scripts/ifcfg-eth0:4"},
		"service":       {spoil: unlink("etc/rc.d/rc3.d/S58ntpd", "etc/rc.d/rc2.d/S58ntpd", "etc/rc.d/rc4.d/S58ntpd", "etc/rc.d/rc5.d/S58ntpd"), want: "does not hold service ntpd: on, has off: no run level starts it /etc/rc.d/init.d/ntpd"},
		"run level":     {spoil: unlink("etc/rc.d/rc3.d/S58ntpd"), want: "does not hold service ntpd: on, has on in run levels 245, and the image boots into 3 /etc/rc.d/init.d/ntpd"},
		"no service":    {spoil: unlink("etc/rc.d/init.d/ntpd"), want: "does not hold service ntpd: on, has no such service"},
		"serial line":   {spoil: checktest.Replace("boot/grub/grub.conf", " console=ttyS0,115200n8", ""), want: "does not hold what the kernel is told: console=tty0 console=ttyS0,115200n8, has ro root=LABEL=lb-root console=tty0 /boot/grub/grub.conf:8 (console=ttyS0,115200n8 is not among it)"},
		"time-out":      {spoil: checktest.Replace("boot/grub/grub.conf", "timeout=0", "timeout=5"), want: "does not hold time-out of the boot loader: 0 seconds, has 5 seconds /boot/grub/grub.conf:3"},
		"no time-out":   {spoil: checktest.Replace("boot/grub/grub.conf", "timeout=0\n", "\n"), want: "does not hold time-out of the boot loader: 0 seconds, has no time-out: it waits for ever /boot/grub/grub.conf"},
		"boot code":     {disk: func(s *check.Subject) { s.Disk.BootCode = check.BootCodeNone }, want: "does not hold boot loader: in the first sector of the disk, has no program in it"},
		"size":          {disk: func(s *check.Subject) { s.Disk.Partitions[0].Size = 40 << 20 }, want: "does not hold size of /: 63 MiB or more, give or take 8 for its alignment, has a partition of 40 MiB"},
		"half the size": {disk: func(s *check.Subject) { s.Info.Blocks /= 2 }, want: "does not hold size of /: 63 MiB or more, give or take 8 for its alignment, has a partition of 63 MiB, of which the file system uses 31.5 MiB"},
		"file system":   {disk: func(s *check.Subject) { s.Info.Type = "ext4" }, want: "does not hold file system of /: ext3, has ext4"},
		"label":         {disk: func(s *check.Subject) { s.Info.Label = "" }, want: "does not hold label of /: lb-root, has nothing"},
	} {
		m := checktest.Sample(t)
		if c.spoil != nil {
			c.spoil(t, m)
		}
		s := subjectOf(t, m)
		if c.disk != nil {
			c.disk(s)
		}
		after := judged(t, text, 0, s)
		if len(after) != len(before) {
			t.Errorf("%s: %d statements, %d before", name, len(after), len(before))
			continue
		}
		flipped := 0
		for i := range after {
			if after[i] == before[i] {
				continue
			}
			flipped++
			if !strings.HasPrefix(after[i], c.want) {
				t.Errorf("%s: %s", name, after[i])
			}
		}
		if flipped != 1 {
			t.Errorf("%s: %d statements flip", name, flipped)
		}
		all, err := Judge(t.Context(), parse(t, text, 0), s)
		if err != nil {
			t.Fatal(err)
		}
		found := Findings(all)
		if len(found) != 1 || found[0].Severity != check.SeverityError || found[0].Hint == "" || !strings.Contains(found[0].Message, "lb.ks:") {
			t.Errorf("%s: %v", name, found)
			continue
		}
		tripped[found[0].Rule] = true
		// A mend that is a recipe mends.
		if recipe := checktest.Recipe(found[0].Hint); recipe != "" && c.spoil != nil {
			mended++
			checktest.ApplyRecipe(t, m, recipe)
			if left := failing(judged(t, text, 0, subjectOf(t, m))); len(left) > 0 {
				t.Errorf("%s is not mended by %s: %q", name, recipe, left)
			}
		}
	}
	if mended < 5 {
		t.Errorf("%d mends were tried", mended)
	}
	for _, rule := range []check.Rule{ruleService, rulePartition, ruleBootLoader, ruleSELinux, ruleFirewall, ruleTime, ruleLanguage, ruleAccount, ruleNetwork} {
		if !tripped[rule.Name] {
			t.Errorf("nothing trips %s", rule.Name)
		}
	}
}

// failing are the statements that do not hold.
func failing(all []string) []string {
	return slices.DeleteFunc(all, func(l string) bool { return !strings.HasPrefix(l, string(DoesNotHold)) })
}

// iptables puts a firewall into the sample.
func iptables(t *testing.T, m *treetest.Memory) {
	t.Helper()
	checktest.Write(map[string]string{
		"etc/sysconfig/iptables":   "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n",
		"etc/rc.d/init.d/iptables": "#!/bin/sh\n# chkconfig: 2345 08 92\n# description: packet filter\n",
	})(t, m)
	for _, level := range "2345" {
		if err := m.Symlink("../init.d/iptables", fmt.Sprintf("etc/rc.d/rc%c.d/S08iptables", level)); err != nil {
			t.Fatal(err)
		}
	}
}

func unlink(names ...string) func(*testing.T, *treetest.Memory) {
	return func(t *testing.T, m *treetest.Memory) {
		t.Helper()
		for _, n := range names {
			if err := m.Remove(n); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Every rule says why it is and how to mend what it finds.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.Name] || r.Group != check.GroupKickstart || r.Severity != check.SeverityError || r.Why == "" || r.Mend == "" || r.Find != nil {
			t.Errorf("%+v", r)
		}
		seen[r.Name] = true
	}
}
