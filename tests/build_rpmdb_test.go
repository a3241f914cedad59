package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/servo/servotest"
)

// installedBase makes a bare file system with the sample's files, into which rpm itself has installed packages: the servo
// 1.0.4, and what it requires as far as that is asked for.
func installedBase(t *testing.T, dir string, names ...string) {
	t.Helper()
	need(t, "rpm", "debugfs", "rpmbuild")
	if os.Getuid() != 0 {
		t.Skip("only root installs packages into a folder")
	}
	rawBase(t, dir)
	root := unpacked(t, dir+"/base.img?offset=1048576")
	must(t, root, "sh", "-c", "find . -depth -path '*servo*' ! -path './etc/rc.d/rc?.d/*' -exec rm -rf {} +")
	packages := []string{servotest.RPM(t, "1.0.4")}
	for _, name := range names {
		name, version, _ := strings.Cut(name, " ")
		packages = append(packages, spec{name: name, version: version, install: "mkdir -p usr/share/" + name, files: "/usr/share/" + name}.build(t))
	}
	old := configured
	packages = append(packages, old.build(t))
	must(t, dir, "rpm", append([]string{"--root", root, "--dbpath", "/var/lib/rpm", "-i", "--nodeps", "--noscripts", "--ignoreos", "--force"}, packages...)...)
	remove(t, dir, "base.img")
	must(t, dir, lbimage, "fs", "format", "base.img", "--type", "ext3", "--size", "64M", "--from", root, "--time", "2014-05-13T16:53:20Z")
}

// configured is a package with configuration.
var configured = spec{
	name: "app", version: "1.0", install: "mkdir -p etc\necho one > etc/app.conf\necho one > etc/app.rc\necho one > etc/app.same",
	files: "%config(noreplace) /etc/app.conf\n%config /etc/app.rc\n%config(noreplace) /etc/app.same",
}

// unpacked is the root file system of a disk as a folder, written by debugfs.
func unpacked(t *testing.T, disk string) string {
	t.Helper()
	root := t.TempDir()
	must(t, "", "debugfs", "-R", "rdump / "+root, disk)
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

// An upgrade of a servo that the image's database knows: files that the new one lacks go, edited configuration stays with
// the new one beside it, and what the record says of rpm -V is what rpm itself says of the result.
func TestBuildOverDatabase(t *testing.T) {
	dir := t.TempDir()
	installedBase(t, dir, "haproxy 1.5.2", "python-boto 2.0", "sudo 1.8")
	copyTo(t, servotest.RPM(t, "1.1.0"), dir+"/servo.rpm")
	writeFile(t, dir+"/edited.yaml", `apiVersion: lbimage/v1
source: base.img
output: {name: edited}
edits:
  - {line: {path: /etc/load-balancer-servo/boto.cfg, match: '^\[Boto\]', set: '[Boto] # mine'}}
  - {line: {path: /etc/app.conf, match: one, set: mine}}
  - {line: {path: /etc/app.rc, match: one, set: mine}}
`)
	must(t, dir, lbimage, "build", "-f", "edited.yaml")
	newer := configured
	newer.version, newer.install = "2.0", strings.ReplaceAll(newer.install, "one", "two")
	copyTo(t, newer.build(t), dir+"/app.rpm")
	writeFile(t, dir+"/lbimage.yaml", `apiVersion: lbimage/v1
source: edited.tgz
output: {name: out}
servo: {rpm: servo.rpm}
edits: [rpm: app.rpm]
`)
	out := must(t, dir, lbimage, "build")
	t.Log(out)
	var record struct {
		Packages []struct {
			Operation string
			Replaces  []string
			Misses    []struct{ What string }
			Files     []struct{ Path, Outcome string }
		}
		Database []struct{ Path, Package, Verify, Text string }
	}
	readJSON(t, dir+"/out.tgz.json", &record)
	if len(record.Packages) != 2 {
		t.Fatalf("%+v", record.Packages)
	}
	p := record.Packages[0]
	if p.Operation != "upgrade" || !slices.Equal(p.Replaces, []string{"load-balancer-servo-1.0.4-0.el6.noarch"}) || len(p.Misses) != 0 {
		t.Errorf("the record says %s, replaces %q, misses %v", p.Operation, p.Replaces, p.Misses)
	}
	outcome := map[string]string{}
	for _, f := range append(p.Files, record.Packages[1].Files...) {
		outcome[f.Path] = f.Outcome
	}
	for path, want := range map[string]string{
		"/etc/load-balancer-servo/boto.cfg": "kept", // the new version has no other
		"/etc/app.conf":                     "rpmnew",
		"/etc/app.rc":                       "rpmsave",
		"/etc/app.same":                     "installed",
		"/etc/load-balancer-servo/haproxy_template.conf": "installed",
		"/usr/libexec/load-balancer-servo/dns-update":    "removed",
		"/usr/bin/load-balancer-servo":                   "installed",
	} {
		if outcome[path] != want && !(want == "installed" && outcome[path] == "unchanged") {
			t.Errorf("%s is %s, want %s", path, outcome[path], want)
		}
	}
	must(t, dir, "sh", "-c", "tar -xzOf out.tgz > out.img")
	root := unpacked(t, dir+"/out.img")
	for path, there := range map[string]bool{
		"etc/app.conf.rpmnew": true, "etc/app.rc.rpmsave": true, "usr/libexec/load-balancer-servo/dns-update": false,
	} {
		if _, err := os.Lstat(filepath.Join(root, path)); (err == nil) != there {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, d := range []string{"lib", "log", "run"} { // debugfs loses the bits that set ids
		must(t, root, "chmod", "6700", "var/"+d+"/load-balancer-servo")
		if stat := statFile(t, dir+"/out.img", 0, "/var/"+d+"/load-balancer-servo"); !strings.Contains(squeeze(stat), "Mode: 06700") {
			t.Errorf("/var/%s/load-balancer-servo:\n%s", d, stat)
		}
	}
	r := call(t, dir, nil, "rpm", "--root", root, "--dbpath", "/var/lib/rpm", "-V", "--nodeps", "--noscripts", "load-balancer-servo", "app")
	theirs := lines(r.stdout)
	var ours []string
	for _, said := range record.Database {
		if said.Verify != "" {
			ours = append(ours, said.Verify)
		}
	}
	slices.Sort(ours)
	if len(theirs) == 0 || !slices.Equal(ours, theirs) {
		t.Errorf("the record says\n%s\nrpm -V says\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
	}
	said := must(t, dir, "rpm", "--root", root, "--dbpath", "/var/lib/rpm", "-q", "load-balancer-servo")
	if want := "will still say " + strings.TrimSpace(said); !strings.Contains(out, want) {
		t.Errorf("the output does not say %q", want)
	}
}

// lines are those of a text that are not empty, sorted.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

// What a package requires and the image's database does not have keeps the image from being written, unless the recipe
// says otherwise; then each is a warning.
func TestBuildRequirements(t *testing.T) {
	dir := t.TempDir()
	installedBase(t, dir, "haproxy 1.4.24", "sudo 1.8")
	copyTo(t, servotest.RPM(t, "1.1.0"), dir+"/servo.rpm")
	recipe := "apiVersion: lbimage/v1\nsource: base.img\noutput: {name: out}\nservo: {rpm: servo.rpm}\n"
	writeFile(t, dir+"/lbimage.yaml", recipe)
	before := wholeListing(t, dir)
	r := call(t, dir, nil, lbimage, "build")
	if r.code != 3 || wholeListing(t, dir) != before {
		t.Errorf("exit %d", r.code)
	}
	for _, want := range []string{
		"error  package-requires  load-balancer-servo-1.1.0-0.el6.noarch requires haproxy >= 1.5: the image has haproxy",
		"error  package-requires  load-balancer-servo-1.1.0-0.el6.noarch requires python-boto: no package of the image provides it",
		"nodeps",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%q is not in\n%s", want, r.stdout)
		}
	}
	if strings.Contains(r.stdout, "requires sudo") {
		t.Errorf("sudo is there:\n%s", r.stdout)
	}
	writeFile(t, dir+"/lbimage.yaml", strings.Replace(recipe, "rpm: servo.rpm", "rpm: servo.rpm, nodeps: true", 1))
	got := must(t, dir, lbimage, "build")
	if !strings.Contains(got, "warning  package-requires  load-balancer-servo-1.1.0-0.el6.noarch requires python-boto") {
		t.Errorf("no warning in\n%s", got)
	}
	remove(t, dir, "out.tgz")
	remove(t, dir, "out.tgz.json")
	// What comes with the same recipe counts.
	copyTo(t, spec{name: "python-boto", version: "2.0", install: "mkdir -p usr/share/boto", files: "/usr/share/boto"}.build(t), dir+"/boto.rpm")
	copyTo(t, spec{name: "haproxy", version: "1.5.2", install: "mkdir -p usr/share/haproxy", files: "/usr/share/haproxy"}.build(t), dir+"/haproxy.rpm")
	writeFile(t, dir+"/lbimage.yaml", recipe+"edits: [rpm: boto.rpm, rpm: haproxy.rpm]\n")
	if got := must(t, dir, lbimage, "build"); strings.Contains(got, "package-requires") {
		t.Errorf("with all that is required:\n%s", got)
	}
}

// A database that CentOS 6 itself wrote is read: what a package requires is looked up in it, and whose files they are that
// were changed.
func TestBuildOverCentOSDatabase(t *testing.T) {
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	found, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "github.com/knqyf263/go-rpmdb@*/pkg/testdata/centos6-plain/Packages"))
	if err != nil || len(found) == 0 {
		t.Skip("the module cache has no database of CentOS 6")
	}
	dir := t.TempDir()
	rawBase(t, dir)
	writeFile(t, dir+"/script", "mkdir -p /var/lib/rpm\nput "+found[0]+" /var/lib/rpm/Packages\n")
	must(t, dir, lbimage, "fs", "script", "base.img", "script")
	s := app
	s.head = "Requires: bash >= 4.1, /bin/sh, config(setup), libc.so.6(GLIBC_2.2.5)(64bit)"
	copyTo(t, s.build(t), dir+"/app.rpm")
	recipe := "apiVersion: lbimage/v1\nsource: base.img\noutput: {name: out}\nsysctl: {net.ipv4.ip_forward: 1}\nedits:\n  - rpm: app.rpm\n"
	writeFile(t, dir+"/lbimage.yaml", recipe+"  - file: {path: /etc/DIR_COLORS, content: \"TERM x\\n\"}\n")
	text := must(t, dir, lbimage, "build")
	for _, want := range []string{
		"rpm -q app' will say that it is not installed",
		"/etc/DIR_COLORS: of coreutils-8.4-", "S.5....T.  c /etc/DIR_COLORS'",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "package-requires") {
		t.Errorf("a requirement is missed:\n%s", text)
	}
	s.head = "Requires: bash >= 5, nosuch(thing)"
	copyTo(t, s.build(t), dir+"/app.rpm")
	r := call(t, dir, nil, lbimage, "build", "--force")
	for _, want := range []string{"requires bash >= 5: the image has bash-4.1.2-", "requires nosuch(thing): no package of the image provides it"} {
		if r.code != 3 || !strings.Contains(r.stdout, want) {
			t.Errorf("exit %d, %q is not in\n%s", r.code, want, r.stdout)
		}
	}
}

// What is unpacked of the image's database goes where --temp-dir says, also when the rules look at it.
func TestCheckUnpacksWhereItIsTold(t *testing.T) {
	dir := t.TempDir()
	installedBase(t, dir)
	must(t, dir, lbimage, "fs", "chmod", "base.img", "4755", "/usr/bin/sudo") // which no package owns
	own := t.TempDir()
	want := call(t, dir, []string{"TMPDIR=" + own}, lbimage, "check", "base.img", "--lint-only")
	if !strings.Contains(want.stdout, "/usr/bin/sudo  setuid-unowned  it runs as its owner or group, and no package brought it") {
		t.Errorf("the database is not asked:\n%s", want.stdout)
	}
	if got := call(t, dir, []string{"TMPDIR=/nowhere"}, lbimage, "check", "base.img", "--lint-only", "--temp-dir", own); got != want {
		t.Errorf("%+v\nwith TMPDIR: %+v", got, want)
	}
}
