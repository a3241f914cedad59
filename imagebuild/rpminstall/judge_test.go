package rpminstall_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// judge finds a program that judges a test.
var judge = needs.Program

// judges are rpm and rpmbuild, with root to install for.
func judges(t *testing.T) {
	t.Helper()
	judge(t, "rpm")
	judge(t, "rpmbuild")
	if !isRoot() {
		t.Skip("needs root: owners are given")
	}
}

func isRoot() bool { return os.Geteuid() == 0 }

// built is a package for rpmbuild: what goes into the build root, and the list of files.
type built struct {
	name, version string
	tags          string            // further lines of the preamble
	install       string            // commands, in the build root's own folder
	files         string            // lines of %files
	scripts       map[string]string // "%pre" → body
}

// build has rpmbuild make packages in one go, and gives their paths in order. They are subpackages of one
// spec: names must differ.
func build(t *testing.T, list ...built) []string {
	t.Helper()
	judge(t, "rpmbuild")
	top := t.TempDir()
	var s strings.Builder
	s.WriteString("Name: all\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\nAutoReqProv: no\n%description\nx\n")
	for _, p := range list {
		fmt.Fprintf(&s, "%%package -n %s\nVersion: %s\nSummary: x\nAutoReqProv: no\n%s\n%%description -n %s\nx\n", p.name, p.version, p.tags, p.name)
	}
	s.WriteString("%install\nset -e\numask 022\nmkdir -p %{buildroot}\ncd %{buildroot}\n")
	for _, p := range list {
		s.WriteString(p.install + "\n")
	}
	for _, p := range list {
		names := make([]string, 0, len(p.scripts))
		for k := range p.scripts {
			names = append(names, k)
		}
		sort.Strings(names)
		for _, k := range names {
			where, body, _ := strings.Cut(k, " ") // "%post -p <lua>"
			fmt.Fprintf(&s, "%s -n %s %s\n%s\n", where, p.name, body, p.scripts[k])
		}
		fmt.Fprintf(&s, "%%files -n %s\n%s\n", p.name, p.files)
	}
	spec := filepath.Join(top, "all.spec")
	if err := os.WriteFile(spec, []byte(s.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("rpmbuild", "-bb", "--define", "_topdir "+top, "--define", "_build_id_links none", "--define", "debug_package %{nil}",
		"--define", "__os_install_post %{nil}", "--define", "_binary_payload w1.gzdio", "--define", "_unpackaged_files_terminate_build 0", spec)
	if out, err := cmd.CombinedOutput(); err != nil {
		_, words, _ := strings.Cut(string(out), "RPM build errors:")
		t.Fatalf("rpmbuild: %v\n%s%s", err, words, s.String())
	}
	var out []string
	for _, p := range list {
		out = append(out, filepath.Join(top, "RPMS/noarch", fmt.Sprintf("%s-%s-1.noarch.rpm", p.name, p.version)))
	}
	return out
}

// began is before anything that a test makes without a time of its own.
var began = time.Now().Add(-time.Hour)

const dbPath = "var/lib/rpm"

// install has the real rpm install a package into a root. It gives rpm's words when it fails.
func install(root string, args ...string) error {
	all := append([]string{"--root", root, "--dbpath", "/" + dbPath, "--nodeps"}, args...)
	var out bytes.Buffer
	cmd := exec.Command("rpm", all...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("rpm %s: %w\n%s", strings.Join(args, " "), err, out.String())
	}
	return nil
}

// baseRoot lays the little that every root of these tests has.
func baseRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, d := range []string{dbPath, "etc", "opt", "srv/real"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\ndaemon:x:2:2::/:/bin/false\napp:x:500:501::/:/bin/false\n",
		"etc/group":  "root:x:0:\ndaemon:x:2:\napp:x:501:\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// twin copies a root with everything, the package database excepted.
func twin(t *testing.T, root string) string {
	t.Helper()
	to := t.TempDir()
	if out, err := exec.Command("cp", "-a", root+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
	if err := os.RemoveAll(filepath.Join(to, dbPath)); err != nil {
		t.Fatal(err)
	}
	return to
}

// look lists what is below a root: type, mode, owner, names, time, target, content and extended attributes.
// Of folders the time counts when it was given, not when it says when something was last put into them.
func look(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	first := map[uint64]string{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, p)
		if name == dbPath {
			return filepath.SkipDir
		}
		if name == "." {
			return nil
		}
		info, err := os.Lstat(p)
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		s := fmt.Sprintf("%v %d:%d", info.Mode(), st.Uid, st.Gid)
		if info.IsDir() && info.ModTime().Before(began) {
			s += " " + info.ModTime().UTC().Format(time.RFC3339)
		}
		if !info.IsDir() {
			if _, ok := first[st.Ino]; !ok {
				first[st.Ino] = name
			}
			s += fmt.Sprintf(" names %d of %s, %s", st.Nlink, first[st.Ino], info.ModTime().UTC().Format(time.RFC3339))
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			s += " -> " + target
		case info.Mode().IsRegular():
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			s += fmt.Sprintf(" %q", data)
		}
		buf, value := make([]byte, 1024), make([]byte, 1024)
		if n, err := unix.Llistxattr(p, buf); err == nil {
			for _, attr := range strings.FieldsFunc(string(buf[:n]), func(r rune) bool { return r == 0 }) {
				n, err := unix.Lgetxattr(p, attr, value)
				if err != nil {
					return err
				}
				s += fmt.Sprintf(" %s=%x", attr, value[:n])
			}
		}
		out[name] = s
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(out, "var/lib")
	delete(out, "var")
	return out
}

// differences compares two looks. Where rpm moved a folder's time on, to the time of the test, ours may have any.
func differences(theirs, ours map[string]string) []string {
	var out []string
	for name, s := range theirs {
		if o := ours[name]; o != s && !(strings.HasPrefix(s, "d") && strings.Count(s, " ") == 1 && strings.HasPrefix(o, s+" ")) {
			out = append(out, fmt.Sprintf("%s:\n  rpm:  %s\n  ours: %s", name, s, ours[name]))
		}
	}
	for name, s := range ours {
		if theirs[name] == "" {
			out = append(out, fmt.Sprintf("%s:\n  rpm:  \n  ours: %s", name, s))
		}
	}
	sort.Strings(out)
	return out
}

// The comparison is judged: it sees each kind of difference.
func TestDifferencesAreSeen(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: owners are given")
	}
	for name, change := range map[string]string{
		"content": "echo other >srv/f", "mode": "chmod 4755 srv/f", "owner": "chown 5 srv/f", "time": "touch -d 2001-01-01 srv/f",
		"link": "ln -sf elsewhere srv/s", "names": "ln srv/f srv/g", "gone": "rm srv/f", "more": "touch srv/more", "folder": "chmod 700 srv/real", "folder's time": "touch -d 2003-03-03 srv/real",
	} {
		root := baseRoot(t)
		sh(t, root, "echo text >srv/f; ln -s there srv/s; touch -d 2002-02-02 srv/f srv/real")
		before := look(t, root)
		sh(t, root, change)
		if len(differences(before, look(t, root))) == 0 {
			t.Errorf("%s: not seen", name)
		}
	}
}

func sh(t *testing.T, dir, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

func folder(t *testing.T, root string) treetest.Folder {
	t.Helper()
	r, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return treetest.Folder{Root: r}
}

func open(t *testing.T, path string) *rpminstall.Package {
	t.Helper()
	p, err := rpminstall.Open(t.Context(), path, rpminstall.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// run installs a package by our edit.
func run(t *testing.T, root, path string, o rpminstall.Options) (*rpminstall.Report, error) {
	t.Helper()
	e, err := open(t, path).Edit(o)
	if err != nil {
		return nil, err
	}
	return e.Run(folder(t, root))
}

// database is a package database of packages that are at hand.
type database []*rpm.Package

func newDatabase(t *testing.T, paths ...string) database {
	t.Helper()
	var db database
	for _, p := range paths {
		db = append(db, open(t, p).Package)
	}
	return db
}

func installed(p *rpm.Package) rpminstall.Installed {
	return rpminstall.Installed{Name: p.Name, Arch: p.Arch, EVR: p.Version + "-" + p.Release, Files: p.Files, Scriptlets: p.Scriptlets}
}

func (db database) Installed(name string) (out []rpminstall.Installed) {
	for _, p := range db {
		if p.Name == name {
			out = append(out, installed(p))
		}
	}
	return out
}

func (db database) Owners(path string) (out []rpminstall.Owned) {
	for _, p := range db {
		if f, ok := p.File(path); ok {
			out = append(out, rpminstall.Owned{Name: p.Name, Package: installed(p).String(), File: *f})
		}
	}
	return out
}

func (db database) Satisfies(d rpm.Dependency) (string, bool) {
	for _, p := range db {
		for _, have := range p.Provides {
			if d.Overlaps(have) {
				return installed(p).String(), true
			}
		}
	}
	return "", false
}

func (db database) Obsoleted(d rpm.Dependency) (out []rpminstall.Installed) {
	for _, p := range db {
		if d.Overlaps(rpm.Dependency{Name: p.Name, Op: "=", Version: p.Version + "-" + p.Release}) {
			out = append(out, installed(p))
		}
	}
	return out
}
