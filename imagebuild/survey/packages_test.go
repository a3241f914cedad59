package survey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/overlay/treetest"
)

// record is a paragraph of a status file.
func record(name, status, version string, more ...string) string {
	return "Package: " + name + "\nStatus: " + status + "\nArchitecture: amd64\nVersion: " + version + "\n" + strings.Join(more, "\n") + "\n\n"
}

func packages(t *testing.T, files map[string]string) Packages {
	t.Helper()
	p, err := packagesOf(t.Context(), treetest.Fill(files), Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// packageList writes packages in short: "a 1-2, b 3 unpacked".
func packageList(p Packages) string {
	var out []string
	for _, x := range p.List {
		out = append(out, strings.TrimSpace(x.Name+" "+x.Full()+" "+x.State))
	}
	return strings.Join(out, ", ")
}

func TestDpkg(t *testing.T) {
	const ok = "install ok installed"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
		note  string // a part of the first note
	}{
		{"nothing", nil, "", ""},
		{"an empty database", map[string]string{dpkgStatus: ""}, "", ""},
		{"two", map[string]string{dpkgStatus: record("b", ok, "2:1-3") + record("a", "hold ok installed", "1"), dpkgInfo + "/a.list": "", dpkgInfo + "/b.list": ""}, "a 1, b 2:1-3", ""},
		{"removed", map[string]string{dpkgStatus: record("a", "deinstall ok config-files", "1") + record("b", "purge ok not-installed", "1")}, "", ""},
		{"half", map[string]string{dpkgStatus: record("a", "install reinstreq half-installed", "1")}, "", "a 1 is half-installed"},
		{"not configured", map[string]string{dpkgStatus: record("a", "install ok half-configured", "1")}, "a 1 half-configured", "a 1 is half-configured"},
		{"to be installed again", map[string]string{dpkgStatus: record("a", "install reinstreq installed", "1")}, "a 1", "a 1 is to be installed again"},
		{"triggers", map[string]string{dpkgStatus: record("a", "install ok triggers-pending", "1")}, "a 1 triggers-pending", ""},
		{"an update", map[string]string{dpkgStatus: record("a", ok, "1"), dpkgUpdates + "/0001": record("a", ok, "3"), dpkgUpdates + "/0000": record("a", ok, "2"), dpkgUpdates + "/tmp.i": record("a", ok, "9")}, "a 3", ""},
		{"a broken paragraph", map[string]string{dpkgStatus: record("a", ok, "1") + "what is this\n\n" + record("b", ok, "1")}, "a 1, b 1", "/var/lib/dpkg/status, the package at line 7: a line is neither"},
		{"no name", map[string]string{dpkgStatus: record("../x", ok, "1")}, "", `"../x" is no name`},
		{"no status", map[string]string{dpkgStatus: record("x", "installed", "1")}, "", "is not three words"},
		{"a long line", map[string]string{dpkgStatus: record("x", ok, "1", "Conffiles: "+strings.Repeat("x", maxStanzaLine)) + record("y", ok, "1")}, "y 1", "line 5 has more than"},
		{"a long line that goes on", map[string]string{dpkgStatus: record("x", ok, "1", "Conffiles:", " "+strings.Repeat("x", 3*maxStanzaLine)) + record("y", ok, "1")}, "x 1, y 1", ""},
		{"a large one", map[string]string{dpkgStatus: record("x", ok, "1", strings.Repeat("A: "+strings.Repeat("x", 1000)+"\n", 300)) + record("y", ok, "1")}, "y 1", "it has more than"},
		{"in the middle", map[string]string{dpkgStatus: " more\n" + record("x", ok, "1") + record("y", ok, "1")}, "y 1", "in the middle of a field"},
		{"a folder", map[string]string{dpkgStatus + "/": ""}, "", "a regular file of at most"},
		{"no dpkg inside", map[string]string{dpkgStatusD + "/base": "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n", dpkgStatusD + "/base.md5sums": "d41d8cd98f00b204e9800998ecf8427e  etc/os-release\n"}, "base-files 12.4", ""},
	} {
		p := packages(t, c.files)
		if got := packageList(p); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		notes := p.Notes
		if c.want != "" && c.note == "" { // lists are missing in most of these
			for _, n := range notes {
				if !strings.Contains(n, "the list of its files is not there") {
					t.Errorf("%s: %q", c.name, n)
				}
			}
		}
		if c.note != "" && (len(notes) == 0 || !strings.Contains(notes[0], c.note)) {
			t.Errorf("%s: notes %q, want %q", c.name, notes, c.note)
		}
		if p.List == nil {
			t.Errorf("%s: no list", c.name)
		}
	}
}

// names of the owners of a path.
func ownerNames(p *Packages, name string) string {
	var out []string
	for _, o := range p.Owners(name) {
		out = append(out, o.Name)
	}
	return strings.Join(out, " ")
}

func TestDpkgOwners(t *testing.T) {
	const ok = "install ok installed"
	p := packages(t, map[string]string{
		dpkgStatus:                 record("a", ok, "1") + record("b", ok, "1", "Multi-Arch: same") + record("c", ok, "1"),
		dpkgInfo + "/a.list":       "/.\n/bin\n/bin/sh\n/usr/share/x/\n/etc/words\n",
		dpkgInfo + "/b:amd64.list": "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/etc/words\n/etc/motd\n",
		dpkgInfo + "/c.list":       "/.\n/etc/words\n",
		dpkgFolder + "/diversions": "/etc/words\n/etc/words.old\nb\n/etc/motd\n/etc/motd.packaged\n:\n",
		"bin":                      "-> usr/bin",
		"usr/bin/sh":               "", "usr/bin/tool": "",
	})
	for name, want := range map[string]string{
		"/": "a b c", "/bin/sh": "a", "/usr/bin/sh": "a", "usr/bin/../bin/sh": "a", "/bin/tool": "b", "/usr/share/x": "a", "/bin": "a", "/usr/bin": "b",
		"/etc/words": "b", "/etc/words.old": "a c", "/etc/motd": "", "/etc/motd.packaged": "b", "/nowhere": "", "": "a b c",
	} {
		if got := ownerNames(&p, name); got != want {
			t.Errorf("%q belongs to %q, want %q", name, got, want)
		}
	}
	if p.Notes != nil {
		t.Errorf("%q", p.Notes)
	}
	none := Packages{}
	if none.Owners("/bin/sh") != nil {
		t.Error("no database, and an owner")
	}
}

func TestDpkgLicense(t *testing.T) {
	const ok = "install ok installed"
	p := packages(t, map[string]string{
		dpkgStatus:                    record("one", ok, "1") + record("several", ok, "1") + record("prose", ok, "1") + record("none", ok, "1") + record("header", ok, "1") + record("linked", ok, "1"),
		"usr/share/doc/one/copyright": "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nSource: x\n\nFiles: *\nCopyright: 2020 A\nLicense: GPL-2+\n This is free.\n .\n More.\n",
		"usr/share/doc/several/copyright": "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n\nFiles: b\nLicense:  LGPL-2.1+  or MIT\n\n" +
			"Files: c\nLicense: GPL-2+\n\nLicense: GPL-2+\n text\n\nLicense: other\n text\n",
		"usr/share/doc/prose/copyright":  "This package was debianized by me.\n\nLicense: GPL-2+\n",
		"usr/share/doc/header/copyright": "Format-Specification: http://dep.debian.net/deps/dep5\nLicense: MIT\n\nFiles: debian/*\nCopyright: x\n",
		"usr/share/doc/linked":           "-> one",
	})
	for _, pkg := range p.List {
		want := map[string]string{"one": "GPL-2+", "several": "GPL-2+ and (LGPL-2.1+ or MIT)", "header": "MIT", "linked": "GPL-2+"}[pkg.Name]
		if got := p.License(&pkg); got != want {
			t.Errorf("%s: %q, want %q", pkg.Name, got, want)
		}
	}
}

// databases gives the folder with real databases that go-rpmdb is tested with, in the cache of Go modules.
func databases(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/knqyf263/go-rpmdb").Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), "pkg", "testdata")
	if _, err2 := os.Stat(dir); err != nil || err2 != nil {
		t.Skipf("%s needs go-rpmdb's test data in the cache of Go modules", t.Name())
	}
	return dir
}

// Databases of real systems in all three formats.
func TestRPM(t *testing.T) {
	dir := databases(t)
	for _, c := range []struct{ from, at, format, has string }{
		{"centos6-plain/Packages", "var/lib/rpm/Packages", "bdb", "bash 4.1.2-48.el6 x86_64 GPLv3+ CentOS The GNU Bourne Again shell bash-4.1.2-48.el6.src.rpm 3142529"},
		{"centos7-plain/Packages", "var/lib/rpm/Packages", "bdb", ""},
		{"sle15-bci/Packages.db", "usr/lib/sysimage/rpm/Packages.db", "ndb", ""},
		{"fedora35/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite", "sqlite", ""},
	} {
		data, err := os.ReadFile(filepath.Join(dir, c.from))
		if err != nil {
			t.Fatal(err)
		}
		p := packages(t, map[string]string{c.at: string(data), dpkgStatus: record("a", "install ok installed", "1")})
		if p.Manager != "rpm" || p.Format != c.format || p.Path != "/"+c.at || len(p.List) < 10 || p.DB == nil {
			t.Errorf("%s: %s %s %s, %d packages, %q", c.from, p.Manager, p.Format, p.Path, len(p.List), p.Notes)
		}
		if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "a database of dpkg besides") {
			t.Errorf("%s: %q", c.from, p.Notes)
		}
		for _, x := range p.List {
			if got := fmt.Sprintf("%s %s %s %s %s %s %s %d", x.Name, x.Full(), x.Arch, x.License, x.Vendor, x.Summary, x.Source, x.Size); x.Name == "bash" && c.has != "" && got != c.has {
				t.Errorf("%s: %s", c.from, got)
			}
			if x.Name == "bash" && (x.Installed == nil || x.Installed.Before(time.Unix(1e9, 0)) || p.License(&x) == "") {
				t.Errorf("%s: %+v", c.from, x)
			}
		}
		if got := ownerNames(&p, "/bin/bash"); c.format != "ndb" && got != "bash" && got != "" {
			t.Errorf("%s: /bin/bash belongs to %q", c.from, got)
		}
	}
}

func TestDamagedRPM(t *testing.T) {
	p := packages(t, map[string]string{"var/lib/rpm/Packages": strings.Repeat("x", 8192)})
	if p.Manager != "rpm" || len(p.List) != 0 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "cannot be read") {
		t.Errorf("%+v", p)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := packagesOf(ctx, treetest.Fill(map[string]string{dpkgStatus: record("a", "install ok installed", "1")}), Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzStanzas(f *testing.F) {
	f.Add([]byte("A: b\n c\n\nD: e"))
	f.Add([]byte(" x\n#y\n:\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		err := stanzas(bytes.NewReader(data), func(s stanza) error {
			if n++; s.line < 1 || len(s.fields) == 0 {
				t.Errorf("%+v", s)
			}
			return nil
		}, func(line int, err error) {
			if n++; line < 1 || err == nil {
				t.Errorf("line %d: %v", line, err)
			}
		})
		if err != nil || n > len(data) {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func FuzzDpkg(f *testing.F) {
	f.Add(record("a", "install ok installed", "1"), "/.\n/bin/sh\n", "/a\n/b\n:\n")
	f.Fuzz(func(t *testing.T, status, files, diversions string) {
		tree := treetest.Fill(map[string]string{dpkgStatus: status + "\n", dpkgInfo + "/a.list": files + "\n", dpkgFolder + "/diversions": diversions + "\n", "bin": "-> usr/bin"})
		p, err := packagesOf(t.Context(), tree, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range p.List {
			for _, name := range x.Files {
				if name == "" || name[0] != '/' {
					t.Errorf("%q", name)
				}
				p.Owners(name)
			}
			p.License(&x)
		}
	})
}
