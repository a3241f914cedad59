package rpmdb

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lbimage/overlay/treetest"
)

// installed is a root folder into which rpm itself has installed packages.
type installed struct {
	root string
	tree treetest.Folder
}

const spec = `Name: thing
Version: 1.0
Release: 2%{?dist}
Summary: A thing
License: BSD
Requires: /bin/sh
Provides: virtual = 3
%description
A thing.
%prep
%install
mkdir -p %{buildroot}/etc/thing.d %{buildroot}/usr/bin %{buildroot}/usr/share/doc/thing %{buildroot}/var/lib/thing %{buildroot}/var/log
for i in 1 2 3 4 5 6 7 8; do echo "value $i" > %{buildroot}/etc/thing.d/$i.conf; echo "program $i" > %{buildroot}/usr/bin/thing$i; done
echo readme > %{buildroot}/usr/share/doc/thing/README
echo license > %{buildroot}/usr/share/doc/thing/COPYING
ln -s thing1 %{buildroot}/usr/bin/thing
ln -s ../lib/thing %{buildroot}/var/log/thing
echo ghost > %{buildroot}/var/lib/thing/ghost
echo mark > %{buildroot}/var/lib/thing/mark
echo free > %{buildroot}/var/lib/thing/free
%files
%dir /etc/thing.d
%config(noreplace) /etc/thing.d/1.conf
%config /etc/thing.d/2.conf
%config(missingok) /etc/thing.d/3.conf
%attr(0640,daemon,daemon) /etc/thing.d/4.conf
/etc/thing.d/[5-8].conf
%attr(4755,root,root) /usr/bin/thing1
%attr(0755,root,bin) /usr/bin/thing[2-7]
%caps(cap_net_raw,cap_net_admin=ep) /usr/bin/thing8
/usr/bin/thing
%doc /usr/share/doc/thing/README
%license /usr/share/doc/thing/COPYING
%dir /var/lib/thing
%ghost /var/lib/thing/ghost
%verify(not md5 size mtime) /var/lib/thing/mark
%verify(mode owner) /var/lib/thing/free
/var/log/thing
`

const second = `Name: other
Version: 2.0
Release: 1
Epoch: 1
Summary: Another
License: BSD
%description
Another.
%install
mkdir -p %{buildroot}/etc/thing.d %{buildroot}/usr/share/other
echo other > %{buildroot}/etc/thing.d/other.conf
echo nodoc > %{buildroot}/usr/share/other/doc
%files
%dir /etc/thing.d
/etc/thing.d/other.conf
%doc /usr/share/other/doc
`

// third replaces a file of the first.
const third = `Name: usurper
Version: 1
Release: 1
Summary: A third
License: BSD
%description
A third.
%install
mkdir -p %{buildroot}/usr/bin
echo usurped > %{buildroot}/usr/bin/thing7
%files
%attr(0755,root,root) /usr/bin/thing7
`

// build gives packages made by rpmbuild.
func build(t testing.TB, specs ...string) []string {
	t.Helper()
	judge(t, "rpmbuild")
	top := t.TempDir()
	for i, s := range specs {
		file := filepath.Join(top, fmt.Sprintf("%d.spec", i))
		if err := os.WriteFile(file, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
		run(t, "rpmbuild", "--quiet", "--define", "_topdir "+top, "--define", "_tmppath "+top, "--define", "_binary_payload w1.gzdio",
			"--define", "__brp_compress true", "--nodebuginfo", "--target", "noarch", "-bb", file)
	}
	out, _ := filepath.Glob(filepath.Join(top, "RPMS", "*", "*.rpm"))
	if len(out) != len(specs) {
		t.Fatalf("rpmbuild made %q", out)
	}
	slices.SortFunc(out, func(a, b string) int { return indexOf(specs, a) - indexOf(specs, b) })
	return out
}

// indexOf finds the spec of a package.
func indexOf(specs []string, file string) int {
	return slices.IndexFunc(specs, func(s string) bool {
		name, _, _ := strings.Cut(strings.TrimPrefix(s, "Name: "), "\n")
		return strings.HasPrefix(filepath.Base(file), name+"-")
	})
}

func install(t testing.TB, packages []string, options ...string) installed {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: rpm installs into a root folder")
	}
	root := t.TempDir()
	for name, text := range map[string]string{
		"passwd": "root:x:0:0::/:/bin/sh\nbin:x:1:1::/:\ndaemon:x:2:2::/:\ntwin:x:2:2::/:\nnobody:x:99:99::/:\n",
		"group":  "root:x:0:\nbin:x:1:\ndaemon:x:2:\nnobody:x:99:\n",
	} {
		if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range packages {
		args := append([]string{"--root", root, "--dbpath", "/var/lib/rpm", "-i", "--nodeps", "--noscripts", "--force"}, options...)
		if out, err := exec.Command(judge(t, "rpm"), append(args, p)...).CombinedOutput(); err != nil {
			t.Skipf("rpm cannot install into a folder here: %v: %s", err, out)
		}
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return installed{root, treetest.Folder{Root: r}}
}

// rpmV is what 'rpm -V' prints of all packages, sorted.
func (i installed) rpmV(t testing.TB) []string {
	t.Helper()
	cmd := exec.Command("rpm", "--root", i.root, "--dbpath", "/var/lib/rpm", "-Va", "--nodeps", "--noscripts")
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, _ := cmd.Output()
	return sortedLines(string(out))
}

func sortedLines(s string) []string {
	lines := slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool { return l == "" })
	slices.Sort(lines)
	return lines
}

func (i installed) ours(t testing.TB, db *DB) []string {
	t.Helper()
	list, err := db.Verify(t.Context(), i.tree)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range list {
		out = append(out, d.String())
	}
	slices.Sort(out)
	return out
}

// harm changes one file at random, in one of the ways that 'rpm -V' knows.
func harm(t *testing.T, r *rand.Rand, root string, files []string) string {
	name := files[r.IntN(len(files))]
	p := filepath.Join(root, name)
	var err error
	what := []string{"remove", "append", "same size", "mode", "setuid", "owner", "group", "time", "to link", "to folder", "to file", "caps", "device", "link to folder"}[r.IntN(14)]
	replace := func(make func() error) {
		if err = os.RemoveAll(p); err == nil {
			err = make()
		}
	}
	info, statErr := os.Lstat(p)
	if statErr != nil {
		return ""
	}
	switch what {
	case "remove":
		err = os.RemoveAll(p)
	case "append", "same size":
		if !info.Mode().IsRegular() {
			return ""
		}
		var b []byte
		if b, err = os.ReadFile(p); err == nil {
			if what == "append" {
				b = append(b, "more\n"...)
			} else if len(b) > 0 {
				b[0] ^= 1
			}
			err = os.WriteFile(p, b, 0)
		}
		if err == nil && r.IntN(2) == 0 {
			err = os.Chtimes(p, info.ModTime(), info.ModTime())
		}
	case "mode", "setuid":
		if info.Mode()&fs.ModeSymlink != 0 {
			return ""
		}
		m := info.Mode() ^ 0o004
		if what == "setuid" {
			m = info.Mode() ^ fs.ModeSetuid
		}
		err = os.Chmod(p, m)
	case "owner":
		err = os.Lchown(p, []int{0, 2, 99, 12345}[r.IntN(4)], -1)
	case "group":
		err = os.Lchown(p, -1, []int{0, 2, 99, 12345}[r.IntN(4)])
	case "time":
		if info.Mode()&fs.ModeSymlink != 0 {
			return ""
		}
		at := time.Unix(r.Int64N(2e9), 0)
		err = os.Chtimes(p, at, at)
	case "to link":
		replace(func() error { return os.Symlink("nowhere", p) })
	case "link to folder":
		replace(func() error { return os.Symlink("/etc", p) })
		if err == nil {
			err = os.Lchown(p, []int{0, 2, 99}[r.IntN(3)], 0)
		}
	case "to folder":
		replace(func() error { return os.Mkdir(p, 0o755) })
	case "to file":
		replace(func() error { return os.WriteFile(p, []byte("a file\n"), 0o644) })
	case "device":
		replace(func() error { return unix.Mknod(p, unix.S_IFCHR|0o644, int(unix.Mkdev(1, 3))) })
		if err != nil { // a container may forbid that
			return ""
		}
	case "caps":
		if !info.Mode().IsRegular() {
			return ""
		}
		value := []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		value[5] = []byte{0x20, 0x30}[r.IntN(2)]
		if unix.Lsetxattr(p, capAttr, value, 0) != nil {
			return ""
		}
	}
	if err != nil {
		t.Fatalf("%s %s: %v", what, name, err)
	}
	return what + " " + name
}

// TestVerifyJudged has rpm install packages, changes files at random, and compares what rpm -V prints with ours.
func TestVerifyJudged(t *testing.T) {
	packages := build(t, spec, second, third)
	var letters string
	for seed := range uint64(7) {
		var options []string
		if seed%3 == 2 {
			options = []string{"--excludedocs"}
		}
		in := install(t, packages, options...)
		db := open(t, in.tree)
		if seed == 0 {
			if got, want := in.ours(t, db), in.rpmV(t); !slices.Equal(got, want) {
				t.Fatalf("untouched: %q, rpm -V says %q", got, want)
			}
		}
		var files []string
		for _, p := range db.Packages() {
			for _, f := range p.Files {
				files = append(files, f.Path)
			}
		}
		r := rand.New(rand.NewPCG(seed, 1))
		for range 3 {
			var done []string
			for range 1 + r.IntN(8) {
				done = append(done, harm(t, r, in.root, files))
			}
			got, want := in.ours(t, db), in.rpmV(t)
			letters += strings.Join(want, "")
			if !slices.Equal(got, want) {
				t.Errorf("seed %d, after %q:\n%s\nrpm -V:\n%s", seed, done, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
	for _, word := range []string{"missing", "replaced", "Not a directory"} {
		if !strings.Contains(letters, word) {
			t.Errorf("no change had %q for a result", word)
		}
	}
	for _, a := range Attributes {
		if !strings.ContainsRune(letters, rune(a.Letter)) && a.Letter != 'D' {
			t.Errorf("no change had %q for a result", a.Letter)
		}
	}
}
