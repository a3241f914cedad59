package rpmdb

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay/treetest"
)

// centos gives a database of a CentOS, in a tree with the links that one has.
func centos(t testing.TB, release string, links map[string]string) *DB {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(databases(t), "centos"+release+"-plain", "Packages"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"var/lib/rpm/Packages": string(b)}
	for name, target := range links {
		files[name] = "-> " + target
		files[target+"/"] = ""
	}
	return open(t, treetest.Fill(files))
}

func dependency(t testing.TB, s string) rpm.Dependency {
	t.Helper()
	f := strings.Fields(s)
	d := rpm.Dependency{Name: f[0]}
	if len(f) == 3 && f[0][0] != '(' {
		flags, ok := map[string]uint32{"<": 2, ">": 4, "=": 8, "<=": 10, ">=": 12}[f[1]]
		if !ok {
			t.Fatalf("%q", s)
		}
		d.Op, d.Version, d.Flags = f[1], f[2], flags
	} else if len(f) > 1 {
		d.Name = s
	}
	return d
}

func TestNamed(t *testing.T) {
	db := centos(t, "6", nil)
	for name, want := range map[string]string{"bash": "bash-4.1.2-48.el6.x86_64", "nothing": "", "gpg-pubkey": ""} {
		var got []string
		for _, p := range db.Named(name) {
			got = append(got, p.String())
		}
		if strings.Join(got, " ") != want && want != "" || want == "" && name == "nothing" && got != nil {
			t.Errorf("%s: %q, want %s", name, got, want)
		}
	}
	names := make([]string, 0, len(db.Packages()))
	for _, p := range db.Packages() {
		names = append(names, p.Name)
	}
	if !slices.IsSorted(names) {
		t.Error("the packages are not sorted")
	}
}

// TestOwners asks for files under the paths that they have in the image.
func TestOwners(t *testing.T) {
	six := centos(t, "6", nil)
	seven := centos(t, "7", map[string]string{"bin": "usr/bin", "lib64": "usr/lib64", "sbin": "usr/sbin"})
	for _, c := range []struct {
		db   *DB
		path string
		want string // of the first owner's name
	}{
		{six, "/bin/bash", "bash"}, {six, "bin/bash", "bash"}, {six, "//bin/../bin/bash", "bash"}, {six, "/usr/bin/bash", ""},
		{seven, "/bin/bash", "bash"}, {seven, "/usr/bin/bash", "bash"}, {seven, "/bin/cp", "coreutils"}, {seven, "/lib64/libc.so.6", "glibc"},
		{seven, "/bin", "filesystem"}, {seven, "/", "filesystem"}, {seven, "/nowhere/at/all", ""}, {seven, "", "filesystem"},
	} {
		got := ""
		if list := c.db.Owners(c.path); len(list) > 0 {
			got = list[0].Name
		}
		if got != c.want {
			t.Errorf("%s belongs to %q, want %q", c.path, got, c.want)
		}
	}
}

func TestSatisfies(t *testing.T) {
	six := centos(t, "6", nil)
	seven := centos(t, "7", map[string]string{"bin": "usr/bin"})
	here := open(t, treetest.Fill(map[string]string{"usr/bin/python": "", "bin/x": "-> ../usr/bin/python", "lost": "-> nowhere",
		"var/lib/rpm/Packages": readAll(t, "libuuid/Packages")}))
	for _, c := range []struct {
		db  *DB
		dep string
		by  string // its beginning
		ok  bool
	}{
		{six, "bash", "bash-4", true}, {six, "bash >= 4", "bash-4", true}, {six, "bash > 5", "bash-4", false}, {six, "bash = 4.1.2", "bash-4", true},
		{six, "bash < 1:1", "bash-4", true}, {six, "libc.so.6(GLIBC_2.4)(64bit)", "glibc-2.12", true}, {six, "libc.so.6(GLIBC_9.9)(64bit)", "", false},
		{six, "/bin/sh", "bash-4", true}, {six, "/usr/bin/sh", "", false}, {seven, "/usr/bin/sh", "bash-4.2", true}, {six, "config(bash)", "bash", true},
		{six, "rpmlib(PayloadIsXz) <= 5.2-1", "rpm 4.8.0", true}, {six, "rpmlib(FileCaps) <= 4.6.1-1", "rpm 4.8.0", true},
		{six, "rpmlib(LargeFiles) <= 4.12.0-1", "rpm 4.8.0", false}, {six, "rpmlib(PayloadIsZstd) <= 5.4.18-1", "rpm 4.8.0", false},
		{six, "rpmlib(Unheard) <= 1", "", false}, {seven, "rpmlib(TildeInVersions) <= 4.10.0-1", "rpm 4.11", true},
		{here, "/usr/bin/python", "the file /usr/bin/python", true}, {here, "/bin/x", "the file /bin/x", true}, {here, "/lost", "", false},
		{here, "rpmlib(FileDigests) <= 4.6.0-1", "", false},
		{seven, "(bash and glibc)", "what", true}, {seven, "(bash and nothing)", "", false}, {seven, "(nothing or bash >= 4)", "what", true},
		{seven, "(nothing if bash)", "", false}, {seven, "(nothing if nought)", "what", true}, {seven, "(nothing if nought else bash)", "what", true},
		{seven, "(bash unless nought)", "what", true}, {seven, "(bash unless glibc)", "", false}, {seven, "(bash unless glibc else coreutils)", "what", true},
		{seven, "(bash with coreutils)", "", false}, {seven, "(config(bash) with bash)", "what", true}, {seven, "(bash without glibc)", "what", true},
		{seven, "((bash and glibc) or nothing)", "what", true}, {seven, "(bash", "", false}, {seven, "(bash and glibc or x)", "", false}, {seven, "(bash) more", "", false},
		{seven, "()", "", false}, {seven, strings.Repeat("(", 5000), "", false},
	} {
		by, ok := c.db.Satisfies(dependency(t, c.dep))
		if ok != c.ok || !strings.HasPrefix(by, c.by) || c.by == "" && by != "" && ok {
			t.Errorf("%.60s: %q, %v; want %q, %v", c.dep, by, ok, c.by, c.ok)
		}
	}
}

func readAll(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(databases(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWholeSystemsAreSatisfied: an installed system has what its packages require. What it says of them is a
// test of thousands of requirements, of libraries' versions most of all.
func TestWholeSystemsAreSatisfied(t *testing.T) {
	for release, links := range map[string]map[string]string{
		"5": nil, "6": nil, "7": {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"},
	} {
		db := centos(t, release, links)
		n := 0
		for _, p := range db.Packages() {
			n += len(p.Requires)
			if missing := db.Unsatisfied(p.Requires); len(missing) > 0 {
				t.Errorf("CentOS %s: %v lacks %v", release, p, missing)
			}
		}
		if n < 1000 {
			t.Errorf("CentOS %s: %d requirements", release, n)
		}
	}
}

// TestRequirementsJudged has rpm say which of many requirements an installed system does not meet.
func TestRequirementsJudged(t *testing.T) {
	in := install(t, build(t, spec, second))
	r := rand.New(rand.NewPCG(3, 3))
	text := "Name: asks\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\n"
	var asked []string
	for range 200 {
		name := []string{"thing", "other", "virtual", "/usr/bin/thing1", "/usr/bin/thing99", "/etc/thing.d", "absent"}[r.IntN(7)]
		s := name
		if name[0] != '/' && r.IntN(5) > 0 {
			s += []string{" < ", " <= ", " = ", " >= ", " > "}[r.IntN(5)] +
				[]string{"", "", "0:", "1:"}[r.IntN(4)] + []string{"1.0", "2.0", "3", "1.0-2", "2.0-1"}[r.IntN(5)]
		}
		if !slices.Contains(asked, s) {
			asked = append(asked, s)
			text += "Requires: " + s + "\n"
		}
	}
	for _, s := range []string{"(thing and other)", "(thing and absent)", "(absent or other)", "(absent if thing)", "(absent if missing)",
		"(absent if missing else thing)", "(thing with virtual)", "(thing with other)", "(thing without other)"} {
		asked = append(asked, s)
		text += "Requires: " + s + "\n"
	}
	asks := build(t, text+"%description\nx\n%files\n")[0]
	cmd := exec.Command("rpm", "--root", in.root, "--dbpath", "/var/lib/rpm", "-i", "--test", asks)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, _ := cmd.CombinedOutput()
	f, err := os.Open(asks)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := rpm.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, in.tree)
	refused := 0
	for _, d := range p.Requires {
		if d.Internal() {
			continue
		}
		theirs := !strings.Contains(string(out), fmt.Sprintf("\t%s is needed by asks-1-1", d))
		if _, ours := db.Satisfies(d); ours != theirs {
			t.Errorf("%v: %v, rpm says %v", d, ours, theirs)
		}
		if !theirs {
			refused++
		}
	}
	if refused < 20 || len(p.Requires)-refused < 20 {
		t.Errorf("rpm refuses %d of %d: %s", refused, len(p.Requires), out)
	}
}

// TestReport changes files of an installed system and lets rpm itself say what it says of them.
func TestReport(t *testing.T) {
	in := install(t, build(t, spec, second))
	db := open(t, in.tree)
	for name, text := range map[string]string{"etc/thing.d/1.conf": "changed it\n", "etc/new.conf": "new\n"} {
		if err := in.tree.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	changed := time.Unix(1000000000, 0) // not the second in which the package was built
	if err := in.tree.Chtimes("etc/thing.d/1.conf", changed, changed); err != nil {
		t.Fatal(err)
	}
	if err := in.tree.Remove("usr/bin/thing2"); err != nil {
		t.Fatal(err)
	}
	list, err := db.Report(t.Context(), in.tree, []string{"/usr/bin/thing2", "/etc/thing.d/1.conf", "/etc/new.conf", "/etc/thing.d", "/usr/bin/thing3", "/usr/bin/thing3"})
	if err != nil {
		t.Fatal(err)
	}
	var lines, texts []string
	for _, s := range list {
		texts = append(texts, s.Text)
		if s.Verify != "" {
			lines = append(lines, s.Verify)
		}
	}
	slices.Sort(lines)
	if want := in.rpmV(t); !slices.Equal(lines, want) {
		t.Errorf("%q, rpm -V prints %q", lines, want)
	}
	want := `/etc/new.conf: no package owns it; rpm -V says nothing
/etc/thing.d: of other-2.0-1.noarch; rpm -V says nothing
/etc/thing.d: of thing-1.0-2.noarch; rpm -V says nothing
/etc/thing.d/1.conf: of thing-1.0-2.noarch; rpm -V will print 'S.5....T.  c /etc/thing.d/1.conf'
/usr/bin/thing2: of thing-1.0-2.noarch; rpm -V will print 'missing     /usr/bin/thing2'
/usr/bin/thing3: of thing-1.0-2.noarch; rpm -V says nothing`
	if got := strings.Join(texts, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	put := []*rpm.Package{{Name: "thing", Version: "1.1", Release: "1", Arch: "noarch"}, {Name: "third", Version: "1", Release: "1", Arch: "noarch"},
		{Name: "other", Epoch: 1, Version: "2.0", Release: "1", Arch: "noarch"}, {Name: "other", Version: "2.0", Release: "1", Arch: "noarch"}}
	texts = nil
	for _, s := range db.ReportPackages(put...) {
		texts = append(texts, s.Text)
	}
	want = `thing-1.1-1.noarch is in the image; 'rpm -q thing' will still say thing-1.0-2.noarch
third-1-1.noarch is in the image; 'rpm -q third' will say that it is not installed
other-1:2.0-1.noarch is in the image, and 'rpm -q other' says so
other-2.0-1.noarch is in the image; 'rpm -q other' will still say other-2.0-1.noarch`
	if got := strings.Join(texts, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
