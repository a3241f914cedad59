package kickstart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
)

func parse(t *testing.T, text string, v grammar.Version) *File {
	t.Helper()
	f, err := Parse("x.ks", []byte(text), v)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Problems {
		if !p.Warning {
			t.Error(p)
		}
	}
	return f
}

func TestAsking(t *testing.T) {
	f := parse(t, `bootloader --timeout=1  --append "console=ttyS0 quiet" --location mbr # c
partition / --size 1536 --type="ext3" --grow
part swap --size=0x10
services --enabled=sshd, --enabled " ntpd ,network"
firewall --port=22:tcp,80:tcp --port 443
`, 6)
	boot := f.Commands("bootloader")[0]
	if v, ok := boot.Value("--append"); !ok || v != "console=ttyS0 quiet" {
		t.Errorf("--append is %q", v)
	}
	if n, ok := boot.Int("--timeout"); !ok || n != 1 {
		t.Errorf("--timeout is %d", n)
	}
	if boot.Comment != "# c" || boot.Has("--md5pass") {
		t.Errorf("%+v", boot)
	}
	parts := f.Commands("part")
	if len(parts) != 2 || len(f.Commands("partition", "services")) != 3 || len(f.Commands()) != 5 || len(f.Commands("lang")) != 0 {
		t.Errorf("%d partitions of %d commands", len(parts), len(f.Commands()))
	}
	if v, ok := parts[0].Value("--fstype"); !ok || v != "ext3" || !parts[0].Has("--grow") || parts[0].Args[0].Value != "/" {
		t.Errorf("%+v", parts[0])
	}
	if n, ok := parts[1].Int("--size"); !ok || n != 16 {
		t.Errorf("0x10 is %d", n)
	}
	if _, ok := parts[1].Int("--maxsize"); ok {
		t.Error("a size that is not there")
	}
	if got := f.Commands("services")[0].List("--enabled"); !slices.Equal(got, []string{"sshd", "ntpd", "network"}) {
		t.Errorf("services are %q", got)
	}
	if got := f.Commands("firewall")[0].Values("--port"); len(got) != 2 {
		t.Errorf("ports are %q", got)
	}
}

func TestSections(t *testing.T) {
	f := parse(t, `%packages --nobase --instLangs=en
@core --nodefaults   # the least
 @ X Window System
@^minimal
-postfix
-@Dial-up
glibc.i686
kernel*
java-1.7.0
python2.6
-foo.noarch
%end
%pre-install
%end
%post --nochroot --log /root/log --interpreter=/usr/bin/python
# a script
%%x
%end
`, 7)
	var got []string
	for _, e := range f.Packages() {
		s := fmt.Sprintf("%d:%d %s %s", e.Place.Line, e.Place.Column, e.Kind, e.Name)
		if e.Excluded {
			s += " excluded"
		}
		if e.Arch != "" {
			s += " " + e.Arch
		}
		for _, o := range e.Options {
			s += " " + o.Name
		}
		got = append(got, s+e.Comment)
	}
	want := []string{
		"2:1 group core --nodefaults# the least", "3:2 group X Window System", "4:1 environment minimal", "5:1 package postfix excluded", "6:1 group Dial-up excluded",
		"7:1 package glibc i686", "8:1 package kernel*", "9:1 package java-1.7.0", "10:1 package python2.6", "11:1 package foo excluded noarch",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nnot\n%q", got, want)
	}
	if s := f.Sections("%packages")[0]; !s.Has("--nobase") || len(s.Values("--inst-langs")) != 1 || s.End != "%end\n" {
		t.Errorf("%+v", s)
	}
	post := f.Sections("%post")[0]
	if v, _ := post.Value("--log"); v != "/root/log" || !post.Has("--nochroot") || post.Body != "# a script\n%%x\n" || post.BodyLine() != 16 {
		t.Errorf("%+v", post)
	}
	if len(f.Sections("")) != 3 || !f.Sections("%pre-install")[0].Spec.Raw {
		t.Errorf("%d sections", len(f.Sections("")))
	}
}

func TestStreams(t *testing.T) {
	const text = "%packages\n@nodejs:18/minimal\n%end\n"
	if e := parse(t, text, 9).Packages()[0]; e.Kind != Stream || e.Name != "nodejs:18/minimal" {
		t.Errorf("%+v", e)
	}
	if e := parse(t, text, 7).Packages()[0]; e.Kind != Group {
		t.Errorf("%+v", e)
	}
}

func TestOwnVersion(t *testing.T) {
	for text, want := range map[string]grammar.Version{
		"":                             6,
		"#version=RHEL7\n":             7,
		"# a\nlang x\n#version=RHEL8":  8,
		"#version=DEVEL\n":             6,
		" #version=RHEL7\n":            6,
		"#version=DEVEL\n#version=EL5": 6,
		"#version=RHEL9\r\n":           9,
	} {
		f, err := Parse("x.ks", []byte(text), 0)
		if err != nil || f.Version != want {
			t.Errorf("%q is read as %v, not %v: %v", text, f.Version, want, err)
		}
	}
	if f, _ := Parse("x.ks", []byte("#version=RHEL7\n"), 5); f.Version != 5 {
		t.Errorf("the release that is asked for does not count: %v", f.Version)
	}
}

func TestShownTellsNoSecrets(t *testing.T) {
	f, _ := Parse("x.ks", []byte(`rootpw --iscrypted $6$GEHEIM$x
rootpw GEHEIM
rotpw GEHEIM
user --name=a --password=GEHEIM GEHEIM
repo --name=a --baseurl=http://u:GEHEIM@host/
url --url http://GEHEIM@host/
bootloader --md5pass=$1$GEHEIM$ --password GEHEIM
network --wepkey=GEHEIM
iscsi --ipaddr=1.2.3.4 --reverse-password=GEHEIM
part / --size=1 --encrypted --passphrase=GEHEIM
user --name=b --pasword=GEHEIM
`), 6)
	hidden := 0
	for _, c := range f.Commands() {
		all := c.Shown()
		for _, o := range c.Options {
			all = append(all, o.Shown())
		}
		for _, s := range all {
			if strings.Contains(s, "GEHEIM") {
				t.Errorf("%s shows %q", c.Name, s)
			}
			if strings.Contains(s, "not shown") || strings.HasPrefix(s, "(a hash") {
				hidden++
			}
		}
	}
	if hidden != 13 {
		t.Errorf("%d secrets are hidden", hidden)
	}
	if c := f.Commands("repo")[0]; c.Options[1].Shown() != "http://(not shown)@host/" || c.Options[0].Shown() != "a" {
		t.Errorf("%q", c.Options[1].Shown())
	}
	auth := parse(t, "auth --passalgo=sha512 --useshadow x\n", 6).Commands()[0]
	if auth.Options[0].Shown() != "sha512" || auth.Options[0].Spec.Kind != grammar.String || auth.Options[1].Given || auth.Args[0].Value != "x" {
		t.Errorf("%+v", auth.Options)
	}
	lock, _ := Parse("x.ks", []byte("rootpw --iscrypted !!\n"), 6)
	if got := lock.Commands()[0].Shown(); got[0] != "!!" {
		t.Errorf("a lock is shown as %q", got)
	}
}
