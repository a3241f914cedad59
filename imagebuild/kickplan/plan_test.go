package kickplan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/check/checktest"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/request"
	"lbimage/kickstart"
	"lbimage/kickstart/script"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

var made = time.Unix(1400000000, 0)

// clone copies a tree.
func clone(t *testing.T, from *treetest.Memory) *treetest.Memory {
	t.Helper()
	to := treetest.NewMemory()
	var step func(dir string)
	step = func(dir string) {
		entries, err := from.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			info, err := from.Lstat(name)
			if err != nil {
				t.Fatal(err)
			}
			switch mode := info.Mode(); {
			case mode.IsDir():
				err = to.Mkdir(name, mode.Perm())
			case mode&fs.ModeSymlink != 0:
				target, _ := from.ReadLink(name)
				err = to.Symlink(target, name)
			case mode.IsRegular():
				data, _ := from.ReadFile(name)
				err = to.WriteFile(name, data, mode.Perm())
			default:
				to.Mknod(name, mode)
			}
			if err != nil {
				t.Fatal(err)
			}
			uid, gid, _ := overlay.OwnerOf(info)
			if err := to.Lchown(name, int(uid), int(gid)); err != nil {
				t.Fatal(err)
			}
			if info.Mode()&fs.ModeSymlink == 0 {
				if err := to.Chmod(name, info.Mode()); err != nil {
					t.Fatal(err)
				}
			}
			if info.IsDir() {
				step(name)
			}
		}
	}
	step(".")
	return to
}

// same says where two trees differ; empty for nowhere.
func same(t *testing.T, a, b overlay.ReadTree) string {
	t.Helper()
	var differs string
	var step func(dir string)
	step = func(dir string) {
		x, _ := a.ReadDir(dir)
		y, _ := b.ReadDir(dir)
		if len(x) != len(y) {
			differs = dir
			return
		}
		for i, e := range x {
			name := path.Join(dir, e.Name())
			m, _ := a.Lstat(name)
			n, err := b.Lstat(name)
			if err != nil || m.Mode() != n.Mode() {
				differs = name
				return
			}
			mu, mg, _ := overlay.OwnerOf(m)
			nu, ng, _ := overlay.OwnerOf(n)
			p, _ := a.ReadFile(name)
			q, _ := b.ReadFile(name)
			if mu != nu || mg != ng || m.Mode().IsRegular() && !bytes.Equal(p, q) || y[i].Name() != e.Name() {
				differs = name
				return
			}
			if m.IsDir() {
				step(name)
			}
		}
	}
	step(".")
	return differs
}

// parse reads a kickstart file, and what its %post leaves.
func parse(t *testing.T, text string) (*kickstart.File, *script.Reading) {
	t.Helper()
	f, err := kickstart.Parse("lb.ks", []byte(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	r := &script.Reading{}
	if strings.Contains(text, "%post") {
		r = script.Read(f)
	}
	return f, r
}

// plan plans, and holds the promises: the recipe says what the plan has; what it brings holds once it is applied, and what held
// still does; a second time nothing changes.
func plan(t *testing.T, text string, image *treetest.Memory) *Plan {
	t.Helper()
	f, r := parse(t, text)
	return promised(t, f, r, image)
}

func promised(t *testing.T, f *kickstart.File, r *script.Reading, image *treetest.Memory) *Plan {
	t.Helper()
	s := checktest.Subject(t, image)
	p, err := Make(t.Context(), f, r, s, func() (Copy, error) { return Copy{Tree: clone(t, image)}, nil }, Options{Time: made})
	if err != nil {
		t.Fatal(err)
	}
	sameEdits(t, p)
	after := clone(t, image)
	apply(t, p, after)
	left := map[string]string{}
	undone := map[string]bool{}
	for _, l := range p.Left {
		left[l.Place.String()+" "+l.About] = l.Reason
		undone[l.Place.String()+" "+l.About] = l.Verdict == conformance.DoesNotHold
		if l.Reason == "" {
			t.Errorf("%s %s is left without a reason", l.Place, l.About)
		}
	}
	for _, st := range statements(t, f, r, after) {
		if _, ok := left[st.Place.String()+" "+st.About]; st.Verdict != conformance.Holds && !ok {
			t.Errorf("%s: %s: %s: wants %s, has %s, %s, and is not left", st.Place, st.About, st.Verdict, st.Want, st.Has, st.Why)
		}
	}
	for _, st := range p.Holds {
		if at := st.Place.String() + " " + st.About; undone[at] {
			t.Errorf("%s: %s held before, and is left: %s", st.Place, st.About, left[at])
		}
	}
	twice := clone(t, after)
	apply(t, p, twice)
	if at := same(t, after, twice); at != "" {
		t.Errorf("a second time the plan changes /%s", at)
	}
	return p
}

func statements(t *testing.T, f *kickstart.File, r *script.Reading, tree overlay.ReadTree) []conformance.Statement {
	t.Helper()
	all, err := judged(t.Context(), f, r, checktest.Subject(t, tree))
	if err != nil {
		t.Fatal(err)
	}
	var out []conformance.Statement
	for _, st := range all {
		out = append(out, st.Statement)
	}
	return out
}

// apply makes the edits of a plan as a build does: those of its recipe, all at once, none of which may disagree with another.
func apply(t *testing.T, p *Plan, tree *treetest.Memory) {
	t.Helper()
	edits := reread(t, p)
	opened, err := request.Request{Edits: edits}.Open(t.Context(), request.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	all, err := opened.Steps(request.Image{Time: made})
	if err != nil {
		t.Fatal(err)
	}
	if err := request.Conflicts(tree, all); err != nil {
		t.Fatal(err)
	}
	for _, step := range all {
		if _, err := overlay.Apply(tree, []overlay.Edit{step}); err != nil {
			t.Fatal(err)
		}
	}
}

// kinds are the edits of a plan in short: line /etc/x.
func kinds(p *Plan) []string {
	var out []string
	for _, e := range p.Edits {
		kind, _ := node(e.Recipe)
		b, _ := json.Marshal(e.Recipe)
		var all map[string]json.RawMessage
		_ = json.Unmarshal(b, &all)
		var inner struct{ Path, Name, User string }
		_ = json.Unmarshal(all[kind], &inner)
		out = append(out, kind+" "+inner.Path+inner.Name+inner.User)
	}
	return out
}

func TestCommands(t *testing.T) {
	for text, want := range map[string][]string{
		"lang en_US.UTF-8\nkeyboard us\nskipx\nselinux --disabled\n": nil,
		"lang de_DE\n":                                               {"line /etc/sysconfig/i18n"},
		"keyboard de-latin1\n":                                       {"line /etc/sysconfig/keyboard"},
		"selinux --enforcing\n":                                      {"line /etc/selinux/config"},
		"services --disabled=ntpd,none --enabled=sshd\n":             {"service ntpd"},
		"network --hostname=lb.example.com\n":                        {"line /etc/sysconfig/network"},
		"network --device=eth0 --bootproto=static --onboot=no\n":     {"line /etc/sysconfig/network-scripts/ifcfg-eth0", "line /etc/sysconfig/network-scripts/ifcfg-eth0"},
		"network --device=eth1 --bootproto=dhcp --onboot=on\n":       {"file /etc/sysconfig/network-scripts/ifcfg-eth1"},
		"bootloader --append=\"console=ttyS0,115200n8 nomodeset\"\n": {"line /boot/grub/grub.conf"},
		"rootpw --iscrypted $6$saltsalt$kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n": {"password root"},
		"rootpw foobar\n": {"password root"},
		"user --name=ops --groups=wheel --shell=/bin/bash --password=$6$saltsalt$kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk --iscrypted\n": {"user ops", "password ops"},
		"group --name=ops --gid=1234\n": {"group ops"},
		"#version=RHEL8\nsshkey --username=root \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA me\"\n": {"authorizedKeys root"},
	} {
		p := plan(t, text, checktest.Sample(t))
		if got := kinds(p); !slices.Equal(got, want) {
			var left []string
			for _, l := range p.Left {
				left = append(left, l.About+": "+l.Reason)
			}
			t.Errorf("%s: %q, want %q; left %q", text, got, want, left)
		}
	}
}

func TestPost(t *testing.T) {
	for text, want := range map[string][]string{
		"echo 'a: b' > /etc/motd":                                                                         {"file /etc/motd"},
		"cat > /etc/motd << EOF\none\n\ntwo\nEOF\necho x >> /etc/motd":                                    {"file /etc/motd"},
		"echo NOZEROCONF=yes >> /etc/sysconfig/network":                                                   nil,
		"echo AllowUsers root >> /etc/ssh/sshd_config":                                                    {"line /etc/ssh/sshd_config"},
		"echo a >> /etc/hosts\necho b >> /etc/hosts":                                                      {"line /etc/hosts", "line /etc/hosts"},
		"sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config":                                   {"line /etc/selinux/config"},
		"sed -i '/^ZONE/d;/LANG/s/US/GB/' /etc/sysconfig/i18n":                                            {"line /etc/sysconfig/i18n"},
		"mkdir -p -m 750 /srv/app/data":                                                                   {"dir /srv/app/data"},
		"ln -s ../usr/share/zoneinfo/UTC /etc/zone":                                                       {"symlink /etc/zone"},
		"rm -f /etc/iss* /etc/none*":                                                                      {"remove /etc/issue"},
		"touch /etc/empty\nrm -f /etc/issue /etc/none":                                                    {"file /etc/empty", "remove /etc/issue"},
		"cat > /etc/app.sh << 'EOF'\n#!/bin/sh\nEOF\nchmod 755 /etc/app.sh\nchown root:servo /etc/app.sh": {"file /etc/app.sh"},
		"chmod 600 /etc/hosts":                                                                            {"file /etc/hosts"},
		"chmod 750 /usr/sbin/haproxy":                                                                     nil,
		"passwd -l root":                                                                                  nil,
		"useradd -r -s /sbin/nologin -d /var/lib/app app\nmkdir /var/lib/app\nchown app:app /var/lib/app": {"user app", "dir /var/lib/app"},
		"chkconfig ntpd off\nchkconfig sshd --level 35 on":                                                {"service ntpd"},
		"userdel servo":                              {"line /etc/passwd", "line /etc/shadow", "line /etc/group", "line /etc/gshadow"},
		"yum -y install nginx":                       nil,
		"curl http://example.com/ | sh":              nil,
		"if [ -e /etc/x ]; then echo y > /etc/z; fi": nil,
	} {
		p := plan(t, "%post\n"+text+"\n%end\n", checktest.Sample(t))
		var left []string
		for _, l := range p.Left {
			left = append(left, l.About+": "+string(l.Verdict)+": "+l.Reason)
		}
		got := kinds(p)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%q, want %q", text, got, want)
		}
		t.Logf("%s: left %q", text, left)
	}
}

// Programs that are written as one edit of a line, and how; empty for those that are not.
func TestSedLine(t *testing.T) {
	for program, want := range map[string]string{
		`s/^SELINUX=.*/SELINUX=disabled/`: `^SELINUX=.*|SELINUX=disabled|false`,
		`s/^#\?UseDNS.*/UseDNS no/`:       `^#?UseDNS.*|UseDNS no|false`,
		`s/^#*UseDNS .*$/UseDNS no/g`:     `^#*UseDNS .*$|UseDNS no|false`,
		`s/^a\.b$/$1 \& \//`:              `^a\.b$|$1 & /|false`,
		`s|^/x.*|/y|`:                     `^/x.*|/y|false`,
		`s/^\(a\)b.*/\1c/`:                `^(a)b.*|${1}c|true`,
		`s/^kernel .*/& quiet/`:           `^kernel .*|${0} quiet|true`,
		`s/a+b/$c/`:                       `^(.*?)(a\+b)(.*)$|${1}$$c${3}|true`,
		`s/b$/c/`:                         `^(.*?)(b)$|${1}c|true`,
		`s/^b/[&]/`:                       `^(b)(.*)$|[${1}]${2}|true`,
		`s/[[:space:]]x/y/`:               `^(.*?)([[:space:]]x)(.*)$|${1}y${3}|true`,
		`/^#.*x$/d`:                       `^#.*x$||false`,
		`s/a\|b/c/`:                       "", `s/\(ab\)*/c/`: "", `s/\w/x/`: "", `s/a/\n/`: "", `s/a/b/2`: "", `s/a/b/I`: "", `/a/,/b/d`: "", `2d`: "", `s/*a/b/`: "",
		`s/a/b/;s/c/d/`: "", `s/a`: "", `y/a/b/`: "", `s/ä/b/`: "", `s/a\{2\}/b/`: "", `s/[]a]/b/`: "",
	} {
		l, ok := sedLine(program, false)
		got := ""
		if ok {
			got = fmt.Sprintf("%s|%s|%v", l.Match, l.Set, l.Expand)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", program, got, want)
		}
	}
}

// A file that the script takes away and makes again has nothing of the one before.
func TestMadeAnew(t *testing.T) {
	m := checktest.Sample(t)
	for _, err := range []error{m.WriteFile("etc/own", []byte("old\n"), 0o600), m.Chmod("etc/own", 0o600), m.Lchown("etc/own", 1, 2)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{
		"rm -f /etc/own\necho new > /etc/own\n":                     "0644 root:root",
		"rm -f /etc/own\numask 077\necho new > /etc/own\n":          "0600 root:root",
		"echo new > /etc/own\n":                                     " ",
		"rm -f /etc/own\necho new > /etc/own\nchmod 640 /etc/own\n": "0640 root:root",
		"[ -f /x ] && rm -f /etc/own\necho new > /etc/own\n":        " ",
	} {
		p := plan(t, "%post --erroronfail\n"+text+"%end\n", m)
		f := p.Edits[0].Recipe.File
		got := " " + f.Owner
		if f.Mode != nil {
			got = fmt.Sprintf("%04o %s", *f.Mode, f.Owner)
		}
		if len(p.Edits) != 1 || got != want {
			t.Errorf("%q: %d edits, %q, want %q", text, len(p.Edits), got, want)
		}
	}
}

// What is made in a folder that hands its group down would have another group, or lack the bit: it is left, with the reason.
func TestSetGroupID(t *testing.T) {
	m := checktest.Sample(t)
	for _, err := range []error{m.Mkdir("srv/team", 0o755), m.Chmod("srv/team", fs.ModeSetgid|0o755), m.Lchown("srv/team", 0, 2)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for text, edits := range map[string]int{
		"mkdir /srv/team/a":                               0,
		"echo x > /srv/team/a":                            0,
		"touch /srv/team/a":                               0,
		"mkdir -m 2755 /srv/other\nmkdir /srv/other/a":    1,
		"mkdir -m 2755 /srv/other\necho x > /srv/other/a": 2,
		"mkdir -m 755 /srv/other\nmkdir /srv/other/a":     2,
		"mkdir -p /srv/team/a/b":                          0,
	} {
		p := plan(t, "%post --erroronfail\n"+text+"\n%end\n", m)
		if len(p.Edits) != edits {
			t.Errorf("%q: %q", text, kinds(p))
		}
		if edits < 2 && (len(p.Left) != 1 || p.Left[0].Reason != handedDown) {
			t.Errorf("%q: left %v", text, p.Left)
		}
	}
}
