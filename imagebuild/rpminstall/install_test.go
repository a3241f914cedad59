package rpminstall_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

var made = time.Date(2014, 5, 1, 12, 0, 0, 0, time.UTC)

// write makes a package file with our own writer.
func write(t *testing.T, s rpm.Spec) string {
	t.Helper()
	s.Summary, s.License, s.BuildTime = "x", "x", made
	if s.Version == "" {
		s.Version, s.Release = "1", "1"
	}
	if s.Name == "" {
		s.Name = "x"
	}
	var b bytes.Buffer
	if err := rpm.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), s.Name+"-"+s.Version+".rpm")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// image is a small EL6-like tree.
func image(more ...string) *treetest.Memory {
	files := map[string]string{
		"etc/passwd":  "root:x:0:0:root:/root:/bin/bash\ndaemon:x:2:2:daemon:/sbin:/sbin/nologin\n",
		"etc/group":   "root:x:0:\ndaemon:x:2:\nusers:x:100:\n",
		"etc/shadow":  "root:*:15980:0:99999:7:::\ndaemon:*:15980:0:99999:7:::\n",
		"etc/gshadow": "root:::\ndaemon:::\nusers:::\n",
		"etc/login.defs": "UID_MIN 500\nUID_MAX 60000\nGID_MIN 500\nGID_MAX 60000\nSYS_UID_MIN 201\nSYS_UID_MAX 499\nSYS_GID_MIN 201\nSYS_GID_MAX 499\n" +
			"CREATE_HOME yes\nUSERGROUPS_ENAB yes\nUMASK 077\n",
		"etc/init.d":          "-> rc.d/init.d",
		"etc/rc.d/init.d/":    "",
		"etc/rc.d/rc2.d/":     "",
		"etc/rc.d/rc3.d/":     "",
		"var/lib/":            "",
		"var/log/":            "",
		"var/run/":            "",
		"usr/bin/python2":     "",
		"etc/redhat-release":  "CentOS release 6.5 (Final)\n",
		"etc/default/useradd": "GROUP=100\nHOME=/home\nSHELL=/bin/bash\nSKEL=/etc/skel\n",
	}
	for i := 0; i+1 < len(more); i += 2 {
		files[more[i]] = more[i+1]
	}
	return treetest.Fill(files)
}

func apply(t *testing.T, tree overlay.Tree, path string, o rpminstall.Options) (*rpminstall.Report, error) {
	t.Helper()
	if o.Time.IsZero() {
		o.Time = made
	}
	e, err := open(t, path).Edit(o)
	if err != nil {
		return nil, err
	}
	return e.Run(tree)
}

func must(t *testing.T, tree overlay.Tree, path string, o rpminstall.Options) *rpminstall.Report {
	t.Helper()
	r, err := apply(t, tree, path, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func outcomes(r *rpminstall.Report) map[string]rpminstall.Outcome {
	out := map[string]rpminstall.Outcome{}
	for _, f := range r.Files {
		out[f.Path] = f.Outcome
	}
	return out
}

const (
	servoPre = `getent passwd servo >/dev/null || \
    useradd -d /var/lib/load-balancer-servo \
    -M -s /sbin/nologin servo

# Stop running services for upgrade
if [ "$1" = "2" ]; then
    /sbin/service load-balancer-servo stop 2>/dev/null || :
fi
`
	servoInit = "#!/bin/bash\n### BEGIN INIT INFO\n# Provides: load-balancer-servo\n# Required-Start: $network $remote_fs\n# Required-Stop: $network $remote_fs\n" +
		"# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n# Short-Description: x\n### END INIT INFO\n"
)

// servo is a package as load-balancer-servo's are.
func servo(version string) rpm.Spec {
	file := func(path string, mode fs.FileMode, owner, text string, flags rpm.FileFlags) rpm.SpecFile {
		return rpm.SpecFile{Path: path, Mode: mode, User: owner, Group: owner, Content: []byte(text), Flags: flags, ModTime: made.AddDate(-1, 0, 0)}
	}
	dir := func(path string, mode fs.FileMode, owner string) rpm.SpecFile {
		return rpm.SpecFile{Path: path, Mode: fs.ModeDir | mode, User: owner, Group: owner}
	}
	const private = fs.ModeSetuid | fs.ModeSetgid | 0o700
	const config = rpm.FlagConfig | rpm.FlagNoReplace
	return rpm.Spec{
		Name: "load-balancer-servo", Version: version, Release: "0.el6", PreInstall: servoPre,
		PostInstall: "if [ $1 -eq 1 ]; then\n    /sbin/chkconfig --add load-balancer-servo || :\nfi\n",
		PreRemove:   "if [ $1 -eq 0 ]; then\n  /sbin/service load-balancer-servo stop >/dev/null 2>&1\n  /sbin/chkconfig --del load-balancer-servo\nfi\n",
		Requires:    []rpm.Dependency{{Name: "haproxy", Op: ">=", Version: "1.5"}, {Name: "/usr/bin/python2"}, {Name: "/usr/sbin/ntpdate"}},
		Files: []rpm.SpecFile{
			file("/etc/rc.d/init.d/load-balancer-servo", 0o755, "root", servoInit, 0),
			file("/etc/sudoers.d/servo", 0o440, "root", "servo ALL = (ALL) ALL\n", 0),
			file("/usr/bin/load-balancer-servo", 0o755, "root", "#!/usr/bin/python2\n# "+version+"\n", 0),
			file("/usr/lib/python2.6/site-packages/servo/v"+version+".py", 0o644, "root", "", 0),
			dir("/etc/load-balancer-servo", 0o755, "servo"),
			file("/etc/load-balancer-servo/haproxy_template.conf", 0o644, "servo", "#template "+version+"\n", config),
			file("/etc/load-balancer-servo/boto.cfg", 0o644, "servo", "[Boto]\n", config),
			dir("/var/run/load-balancer-servo", private, "servo"),
			dir("/var/lib/load-balancer-servo", private, "servo"),
			dir("/var/log/load-balancer-servo", private, "servo"),
		},
	}
}

func read(t *testing.T, tree overlay.Tree, name string) string {
	t.Helper()
	b, err := tree.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServo(t *testing.T) {
	tree := image()
	first := write(t, servo("1.0.4"))
	r := must(t, tree, first, rpminstall.Options{})
	if !strings.Contains(read(t, tree, "etc/passwd"), "\nservo:x:500:500::/var/lib/load-balancer-servo:/sbin/nologin\n") {
		t.Errorf("passwd:\n%s", read(t, tree, "etc/passwd"))
	}
	info, err := tree.Lstat("var/run/load-balancer-servo")
	if err != nil {
		t.Fatal(err)
	}
	uid, gid, _ := overlay.OwnerOf(info)
	if info.Mode() != fs.ModeDir|fs.ModeSetuid|fs.ModeSetgid|0o700 || uid != 500 || gid != 500 {
		t.Errorf("the run folder is %v %d:%d", info.Mode(), uid, gid)
	}
	for _, link := range []string{"etc/rc.d/rc3.d", "etc/rc.d/rc2.d"} {
		entries, err := tree.ReadDir(link)
		if err != nil || len(entries) != 1 || !strings.HasSuffix(entries[0].Name(), "load-balancer-servo") || entries[0].Name()[0] != 'S' {
			t.Errorf("%s: %v, %v", link, entries, err)
		}
	}
	var misses []string
	for _, m := range r.Misses {
		misses = append(misses, m.String())
	}
	want := []string{
		"requires /usr/sbin/ntpdate: the image has no such file",
		"unknown haproxy >= 1.5: the image has no package database to look them up in",
	}
	if slices.Sort(misses); !slices.Equal(misses, want) {
		t.Errorf("misses %q", misses)
	}
	if r.Operation != "install" || len(r.Scriptlets) != 2 || len(r.Scriptlets[0].Steps) != 2 || r.Scriptlets[0].Steps[0].Status != 2 {
		t.Errorf("report: %s %+v", r.Operation, r.Scriptlets)
	}

	// Once more, and nothing is done.
	e, err := open(t, first).Edit(rpminstall.Options{Time: made})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := e.Apply(frozen{tree})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if c.Changed() {
			t.Errorf("done again: %v", c)
		}
	}

	// A newer version: the template was edited, boto.cfg was not, one module is gone.
	if err := tree.WriteFile("etc/load-balancer-servo/haproxy_template.conf", []byte("mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	next := servo("1.1.0")
	next.Files[6].Content = []byte("[Boto]\nhttp_socket_timeout = 30\n")
	r = must(t, tree, write(t, next), rpminstall.Options{Database: newDatabase(t, first)})
	got := outcomes(r)
	for path, want := range map[string]rpminstall.Outcome{
		"/etc/load-balancer-servo/haproxy_template.conf":   rpminstall.PutBeside,
		"/etc/load-balancer-servo/boto.cfg":                rpminstall.Put,
		"/usr/lib/python2.6/site-packages/servo/v1.0.4.py": rpminstall.Removed,
		"/usr/bin/load-balancer-servo":                     rpminstall.Put,
		"/etc/sudoers.d/servo":                             rpminstall.Same,
		"/var/lib/load-balancer-servo":                     rpminstall.Same,
	} {
		if got[path] != want {
			t.Errorf("%s: %q, want %q", path, got[path], want)
		}
	}
	if s := read(t, tree, "etc/load-balancer-servo/haproxy_template.conf"); s != "mine\n" {
		t.Errorf("the template is %q", s)
	}
	if s := read(t, tree, "etc/load-balancer-servo/haproxy_template.conf.rpmnew"); s != "#template 1.1.0\n" {
		t.Errorf("the new template is %q", s)
	}
	if r.Operation != "upgrade" || len(r.Replaces) != 1 || r.Replaces[0] != "load-balancer-servo-1.0.4-0.el6.noarch" {
		t.Errorf("%s of %v", r.Operation, r.Replaces)
	}
	if n := len(r.Scriptlets); n != 3 || r.Scriptlets[2].Name != "preun" || r.Scriptlets[2].Arg != 1 || r.Scriptlets[0].Arg != 2 {
		t.Errorf("scripts: %+v", r.Scriptlets)
	}
}

// frozen is a tree that fails at every change.
type frozen struct{ *treetest.Memory }

var errFrozen = errors.New("changed")

func (frozen) WriteFile(string, []byte, fs.FileMode) error { return errFrozen }
func (frozen) Mkdir(string, fs.FileMode) error             { return errFrozen }
func (frozen) Symlink(string, string) error                { return errFrozen }
func (frozen) Link(string, string) error                   { return errFrozen }
func (frozen) Remove(string) error                         { return errFrozen }
func (frozen) Chmod(string, fs.FileMode) error             { return errFrozen }
func (frozen) Lchown(string, int, int) error               { return errFrozen }
func (frozen) Chtimes(string, time.Time, time.Time) error  { return errFrozen }
func (frozen) Lchtimes(string, time.Time, time.Time) error { return errFrozen }
func (frozen) SetXattr(string, string, []byte) error       { return errFrozen }

// TestOldWithoutDatabase gives the old version's files by name.
func TestOldWithoutDatabase(t *testing.T) {
	tree := image("opt/x/old", "1", "opt/x/deep/gone", "", "opt/x/deep/stays", "")
	r := must(t, tree, write(t, rpm.Spec{Files: []rpm.SpecFile{{Path: "/opt/x/new", Mode: 0o644}}}), rpminstall.Options{
		Old: []rpm.File{{Path: "/opt/x/old"}, {Path: "/opt/x/deep"}, {Path: "/opt/x/deep/gone"}, {Path: "/opt/x/never"}, {Path: "/opt/x/new"}, {Path: "/etc/../etc/passwd/x"}},
	})
	got := outcomes(r)
	if got["/opt/x/old"] != rpminstall.Removed || got["/opt/x/deep/gone"] != rpminstall.Removed || got["/opt/x/deep"] != rpminstall.Left || got["/opt/x/new"] != rpminstall.Put {
		t.Errorf("%v", got)
	}
	if r.Operation != "upgrade" || len(r.Notes) != 1 {
		t.Errorf("%s, %q", r.Operation, r.Notes)
	}
	// A database that does not know the old version makes no difference, and needs no old version to be told.
	again := must(t, image("opt/x/old", "1"), write(t, rpm.Spec{Files: []rpm.SpecFile{{Path: "/opt/x/new", Mode: 0o644}}}), rpminstall.Options{
		Old: []rpm.File{{Path: "/opt/x/old"}}, Database: database{},
	})
	if outcomes(again)["/opt/x/old"] != rpminstall.Removed || again.Operation != "upgrade" || len(again.Notes) != 1 {
		t.Errorf("with a database: %s %v %q", again.Operation, outcomes(again), again.Notes)
	}
}

func TestDatabase(t *testing.T) {
	shared := rpm.SpecFile{Path: "/opt/shared", Mode: 0o644, Content: []byte("x")}
	other := write(t, rpm.Spec{Name: "other", Files: []rpm.SpecFile{shared, {Path: "/opt/other", Mode: 0o644, Content: []byte("other")}},
		Provides: []rpm.Dependency{{Name: "service", Op: "=", Version: "2"}, {Name: "other", Op: "=", Version: "1-1"}}})
	legacy := write(t, rpm.Spec{Name: "legacy", Files: []rpm.SpecFile{shared, {Path: "/opt/legacy", Mode: 0o644}}, PreRemove: "[ $1 = 0 ] && rm -f /opt/note\n"})
	old := write(t, rpm.Spec{Name: "x", Version: "2", Release: "1", Files: []rpm.SpecFile{shared}})
	tree := image("opt/note", "")
	for _, p := range []string{other, legacy, old} {
		must(t, tree, p, rpminstall.Options{})
	}
	r := must(t, tree, write(t, rpm.Spec{
		Name: "x", Files: []rpm.SpecFile{{Path: "/opt/other", Mode: 0o644, Content: []byte("x's")}},
		Requires:  []rpm.Dependency{{Name: "service", Op: ">=", Version: "2"}, {Name: "service", Op: ">", Version: "2"}, {Name: "x"}, {Name: "/opt/other"}},
		Provides:  []rpm.Dependency{{Name: "x", Op: "=", Version: "1-1"}},
		Conflicts: []rpm.Dependency{{Name: "other", Op: "<", Version: "2"}},
		Obsoletes: []rpm.Dependency{{Name: "legacy", Op: "<", Version: "5"}},
	}), rpminstall.Options{Database: newDatabase(t, other, legacy, old)})
	var misses []string
	for _, m := range r.Misses {
		misses = append(misses, m.String())
	}
	want := []string{
		"requires service > 2: no package of the image provides it",
		"conflicts other < 2: other-1-1.noarch is in the image",
		"file-conflict /opt/other: other-1-1.noarch has another file there, which is replaced",
	}
	if !slices.Equal(misses, want) {
		t.Errorf("misses: %q", misses)
	}
	if r.Operation != "downgrade" || !slices.Equal(r.Replaces, []string{"legacy-1-1.noarch", "x-2-1.noarch"}) {
		t.Errorf("%s of %q", r.Operation, r.Replaces)
	}
	got := outcomes(r)
	if got["/opt/shared"] != rpminstall.Left || got["/opt/legacy"] != rpminstall.Removed {
		t.Errorf("%v", got)
	}
	if _, err := tree.Lstat("opt/note"); err == nil {
		t.Error("the script of what was obsoleted was not followed")
	}
}

// TestAttributes replaces a file with capabilities and an access control list.
func TestAttributes(t *testing.T) {
	path := write(t, rpm.Spec{Files: []rpm.SpecFile{{Path: "/opt/x", Mode: 0o755, Content: []byte("new")}}})
	for _, policy := range []overlay.Attributes{overlay.AsCopied, overlay.Keep, overlay.Drop} {
		tree := image("opt/x", "old")
		for _, attr := range []string{"security.capability", "system.posix_acl_access", "user.note"} {
			if err := tree.SetXattr("opt/x", attr, []byte("value")); err != nil {
				t.Fatal(err)
			}
		}
		governed := overlay.WithPolicy(tree, overlay.Policy{Attributes: policy})
		r := must(t, governed, path, rpminstall.Options{})
		names, err := tree.ListXattr("opt/x")
		if err != nil {
			t.Fatal(err)
		}
		word, want := "loses", 0
		if policy == overlay.Keep {
			word, want = "keeps", 2
		}
		notes := strings.Join(r.Changes[len(r.Changes)-1].Notes, "; ")
		if len(names) != want || strings.Count(notes, word) != 2 {
			t.Errorf("%q: has %q, %s", policy, names, notes)
		}
	}
}
