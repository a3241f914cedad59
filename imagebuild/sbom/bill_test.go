package sbom

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/survey"
	"lbimage/overlay/treetest"
	"lbimage/servo/develop"
)

// debian is an image with dpkg: what its packages say is what dpkg writes.
func debian() map[string]string {
	status := func(name, version, more string) string {
		return "Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nMaintainer: A Team <team@example.org>\nVersion: " + version + "\nDescription: " + name + " does it\n" + more + "\n"
	}
	return map[string]string{
		"etc/os-release":                    "ID=debian\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=12\n",
		"var/lib/dpkg/status":               status("haproxy", "2.6.12-1+deb12u1", "Depends: libc6 (>= 2.34), nothere | lua5.3:any (>= 5)\nSource: haproxy-src (2.6)\n") + status("libc6", "2.36-9", "") + status("lua5.3", "1:5.3-2", "Pre-Depends: libc6\n"),
		"var/lib/dpkg/info/haproxy.list":    "/.\n/usr/sbin/haproxy\n/etc/haproxy/haproxy.cfg\n/usr/lib/x.py\n",
		"var/lib/dpkg/info/libc6.list":      "/lib/libc.so.6\n",
		"var/lib/dpkg/info/lua5.3.list":     "/usr/bin/lua\n",
		"usr/share/doc/haproxy/copyright":   "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n\nFiles: x\nLicense: odd-one\n",
		"usr/sbin/haproxy":                  "elf",
		"etc/haproxy/haproxy.cfg":           "global\n",
		"lib/libc.so.6":                     "elf",
		"usr/bin/lua":                       "elf",
		"usr/lib/x.py":                      "",
		"usr/lib/__pycache__/x.cpython.pyc": "made",
		"srv/own":                           "abc",
		"srv/\x1b]0;evil\x07\u202e":         "hostile",
		"srv/link":                          "-> own",
	}
}

var subject = Subject{
	Name: "updated.tgz", SHA256: strings.Repeat("ab", 32), Tool: "1.2.3", Time: time.Date(2014, 5, 13, 16, 53, 20, 500, time.FixedZone("x", 7200)),
	Changed: []string{"/etc/haproxy/haproxy.cfg", "/srv/gone"},
}

func collect(t testing.TB, files map[string]string, s Subject) *Bill {
	t.Helper()
	tree := treetest.Fill(files)
	for name := range files {
		if strings.HasPrefix(name, "usr/bin/") || strings.HasPrefix(name, "usr/sbin/") {
			if err := tree.Chmod(name, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := survey.Of(context.Background(), tree, survey.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Collect(context.Background(), tree, found, s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func text(t testing.TB, b *Bill, f Format) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := b.Write(&out, f); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCollect(t *testing.T) {
	b := collect(t, debian(), subject)
	if b.System.ID != "debian" || b.Manager != "dpkg" || len(b.Packages) != 3 {
		t.Fatalf("%+v", b)
	}
	h, lua := b.Packages[0], b.Packages[2]
	if h.Full() != "2.6.12-1+deb12u1" || h.License != "GPL-2.0-or-later AND LicenseRef-odd-one" || len(h.Depends) != 2 || h.Depends[0] != 1 || h.Depends[1] != 2 {
		t.Errorf("%+v", h)
	}
	if lua.Full() != "1:5.3-2" || len(lua.Depends) != 1 || lua.License != noAssertion {
		t.Errorf("%+v", lua)
	}
	for i, want := range []string{
		"pkg:deb/debian/haproxy@2.6.12-1%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=haproxy-src%20%282.6%29", "",
		"pkg:deb/debian/lua5.3@1:5.3-2?arch=amd64&distro=debian-12",
	} {
		if got := b.purl(b.Packages[i]); want != "" && got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if len(b.Parts) != 0 {
		t.Errorf("haproxy has a package, and is a part: %+v", b.Parts)
	}
	// Of the files those that no package has, and what was changed; of Python's nothing that it made itself.
	var got []string
	for _, f := range b.Files {
		got = append(got, f.Path+" "+f.comment())
	}
	want := "/etc/haproxy/haproxy.cfg changed by the build; it came with the package haproxy|/etc/os-release |/srv/\x1b]0;evil\a\u202e |/srv/own |/usr/share/doc/haproxy/copyright "
	if strings.Join(got, "|") != want {
		t.Errorf("%q", got)
	}
	for _, f := range b.Files {
		if f.Path == "/srv/own" && (f.SHA1 != "a9993e364706816aba3e25717850c26c9cd0d89d" || f.SHA256 != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" || f.Size != 3) {
			t.Errorf("%+v", f) // as FIPS 180 has them
		}
	}
}

// Packages that were installed past the database are listed in place of those that they replaced.
func TestInstalled(t *testing.T) {
	dir := databases(t)
	data, err := os.ReadFile(filepath.Join(dir, "centos6-plain", "Packages"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"var/lib/rpm/Packages": string(data), "etc/redhat-release": "CentOS release 6.8 (Final)\n", "opt/tool": "x", "bin/bash": "elf"}
	before := collect(t, files, subject)
	s := subject
	s.Gone = []string{"bash-4.1.2-48.el6.x86_64"}
	s.Installed = []Installed{{File: "bash-9-1.rpm", SHA256: strings.Repeat("cd", 32), Package: &rpm.Package{
		Name: "bash", Version: "9", Release: "1", Epoch: 2, Arch: "x86_64", License: "GPLv3+",
		Requires: []rpm.Dependency{{Name: "libc.so.6()(64bit)"}, {Name: "nothing-has-this"}},
	}}}
	after := collect(t, files, s)
	if len(after.Packages) != len(before.Packages) {
		t.Errorf("%d packages instead of %d", len(after.Packages), len(before.Packages))
	}
	count := 0
	for i, p := range after.Packages {
		if p.Name == "bash" {
			count++
			if p.Full() != "2:9-1" || p.License != "GPL-3.0-or-later" || after.purl(p) != "pkg:rpm/centos/bash@9-1?arch=x86_64&distro=centos-6.8&epoch=2" {
				t.Errorf("%+v %s", p, after.purl(p))
			}
			if len(p.Depends) != 1 || after.Packages[p.Depends[0]].Name != "glibc" {
				t.Errorf("bash depends on %v", p.Depends)
			}
		}
		for _, d := range p.Depends {
			if d == i {
				t.Errorf("%s depends on itself", p.Name)
			}
		}
	}
	if count != 1 {
		t.Errorf("%d times bash", count)
	}
	judge(t, after)
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

// Bills of real databases of rpm are right by the judges, and what packages depend on is in them.
func TestRealDatabases(t *testing.T) {
	dir := databases(t)
	for from, at := range map[string]string{
		"centos5-plain/Packages": "var/lib/rpm/Packages", "centos6-plain/Packages": "var/lib/rpm/Packages", "centos7-plain/Packages": "var/lib/rpm/Packages",
		"sle15-bci/Packages.db": "usr/lib/sysimage/rpm/Packages.db", "fedora35/rpmdb.sqlite": "var/lib/rpm/rpmdb.sqlite",
	} {
		data, err := os.ReadFile(filepath.Join(dir, from))
		if err != nil {
			t.Fatal(err)
		}
		b := collect(t, map[string]string{at: string(data), "opt/tool": "x"}, subject)
		depends, declared := 0, 0
		for _, p := range b.Packages {
			depends += len(p.Depends)
			if p.License != noAssertion {
				declared++
			}
		}
		if len(b.Packages) < 20 || depends < len(b.Packages) || declared < len(b.Packages)*9/10 {
			t.Errorf("%s: %d packages, %d dependencies, %d licences", from, len(b.Packages), depends, declared)
		}
		judge(t, b)
	}
}

func TestFormats(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("%s: %s, %v", f, got, err)
		}
	}
	if _, err := ParseFormat("swid"); err == nil {
		t.Error("swid is taken")
	}
}

// The same image has the same bill; another has another, with another name for itself.
func TestReproducible(t *testing.T) {
	for _, f := range Formats() {
		one, two := text(t, collect(t, debian(), subject), f), text(t, collect(t, debian(), subject), f)
		if !bytes.Equal(one, two) {
			t.Errorf("%s: two bills of one image differ", f)
		}
		files := debian()
		files["srv/own"] = "abd"
		if identityIn(t, one) == identityIn(t, text(t, collect(t, files, subject), f)) {
			t.Errorf("%s: bills of two images have one identity", f)
		}
		if bytes.ContainsAny(one, "\x1b\x07\u202e") {
			t.Errorf("%s: a control character comes out as it is", f)
		}
	}
}

func identityIn(t *testing.T, bill []byte) string {
	t.Helper()
	var doc struct{ SerialNumber, DocumentNamespace string }
	if err := json.Unmarshal(bill, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.SerialNumber + doc.DocumentNamespace
}

// An image without anything has a bill all the same.
func TestEmpty(t *testing.T) {
	judge(t, collect(t, map[string]string{}, Subject{Name: "x.img", Time: subject.Time}))
	judge(t, collect(t, debian(), subject))
}

// An end that is asked for ends the reading of files.
func TestStopped(t *testing.T) {
	tree := treetest.Fill(debian())
	found, err := survey.Of(context.Background(), tree, survey.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Collect(ctx, tree, found, subject); err != context.Canceled {
		t.Errorf("%v", err)
	}
}

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain — é": "plain — é", "a\nb": `a\nb`, "\x1b[1m": `\x1b[1m`, "a\u202eb": `a\u202eb`, "\xff": `\xff`, `say "x"` + "\n": `say "x"\n`,
		strings.Repeat("é", 1000):       strings.Repeat("é", 512) + "…",
		"x" + strings.Repeat("é", 1000): "x" + strings.Repeat("é", 511) + "…",
	} {
		if got := line(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// What no package brought is listed all the same: the programs that a load balancer consists of.
func TestParts(t *testing.T) {
	files := debian()
	files["var/lib/dpkg/info/haproxy.list"] = "/.\n/etc/haproxy/haproxy.cfg\n"
	files["usr/bin/python2.6"], files["usr/lib/python2.6/os.py"] = "elf", ""
	files["usr/lib/python2.6/site-packages/boto/__init__.py"] = "__version__ = '2.8.0'\n"
	files["usr/bin/load-balancer-servo"] = "#!/usr/bin/python2.6\n"
	b := collect(t, files, subject)
	var got []string
	for _, p := range b.Parts {
		got = append(got, partPURL(p)+" "+p.Path)
	}
	want := []string{"pkg:generic/load-balancer-servo ", "pkg:generic/haproxy /usr/sbin/haproxy", "pkg:generic/python@2.6 /usr/bin/python2.6", "pkg:pypi/boto@2.8.0 /usr/lib/python2.6/site-packages/boto"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
	judge(t, b)

	s := subject
	s.Servo = &develop.Source{From: "https://example.com/servo.git", Version: "1.1.0", Commit: strings.Repeat("01", 20), SHA256: strings.Repeat("ef", 32)}
	b = collect(t, files, s)
	if got, want := partPURL(b.Parts[0]), "pkg:generic/load-balancer-servo@1.1.0?checksum=sha256:"+s.Servo.SHA256+"&vcs_url=git%2Bhttps:%2F%2Fexample.com%2Fservo.git%40"+s.Servo.Commit; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	judge(t, b)
	s.Servo = &develop.Source{From: "/home/me/servo", Version: "1.1.0", SHA256: strings.Repeat("ef", 32)}
	b = collect(t, files, s)
	if p := b.Parts[0]; strings.Contains(p.Summary, "/") || p.Repository != "" {
		t.Errorf("%+v", p)
	}
	judge(t, b)
}
