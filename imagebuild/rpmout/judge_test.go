package rpmout

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

// TestInstalls installs a package with rpm into an empty folder, and verifies it.
func TestInstalls(t *testing.T) {
	needs.Programs(t, "rpm")
	if os.Geteuid() != 0 {
		t.Skip("TestInstalls needs root: rpm --root changes the root folder")
	}
	file, root := pack(t, draft(t, ofTarball(), parts(t))), t.TempDir()
	in := func(args ...string) string {
		return run(t, "rpm", append([]string{"--root", root, "--dbpath", "/var/lib/rpm"}, args...)...)
	}
	in("--ignorearch", "--nodeps", "-i", file)
	if got := in("-q", imageName); got != "eucalyptus-load-balancer-image-1.1.0-0.212.x86_64\n" {
		t.Errorf("rpm -q: %s", got)
	}
	if got := in("-V", "--nodeps", "--nouser", "--nogroup", imageName); got != "" {
		t.Errorf("rpm -V: %s", got)
	}
	for path, want := range map[string]string{
		"usr/share/eucalyptus-load-balancer-image/eucalyptus-load-balancer-image-1.1.0-212.tgz": string(tarball),
		"usr/share/doc/eucalyptus-load-balancer-image-1.1.0/IMAGE-LICENSE":                      licenceText,
		"usr/share/doc/eucalyptus-load-balancer-image-1.1.0/eucalyptus-load-balancer-image.ks":  kickstartText,
		"usr/bin/euca-install-load-balancer":                                                    scriptText,
	} {
		got, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	// A later release takes the place of this one.
	o := parts(t)
	o.Release = "0.213"
	in("--ignorearch", "--nodeps", "-U", pack(t, draft(t, ofTarball(), o)))
	if got := in("-qa"); got != "eucalyptus-load-balancer-image-1.1.0-0.213.x86_64\n" {
		t.Errorf("rpm -qa: %s", got)
	}
	left, _ := filepath.Glob(filepath.Join(root, "usr/share/eucalyptus-load-balancer-image/*"))
	if len(left) != 1 || !strings.HasSuffix(left[0], "-1.1.0-213.tgz") {
		t.Errorf("left are %q: the installer takes the first", left)
	}
	// Without what it requires rpm does not install it.
	cmd := exec.Command("rpm", "--root", t.TempDir(), "--dbpath", "/var/lib/rpm", "--ignorearch", "-i", file)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "euca2ools >= 3.1.0 is needed by") {
		t.Errorf("rpm -i: %v\n%s", err, out)
	}
}

// TestUnpacks takes a package apart as people without rpm do.
func TestUnpacks(t *testing.T) {
	needs.Programs(t, "rpm2cpio", "cpio", "sh")
	file := pack(t, draft(t, ofTarball(), parts(t)))
	got := run(t, "sh", "-c", `rpm2cpio "$0" | cpio -tv --quiet`, file)
	want := []string{
		"-rwxr-xr-x 1 root root 28 May 13 2014 ./usr/bin/euca-install-load-balancer",
		"drwxr-xr-x 2 root root 0 May 13 2014 ./usr/share/doc/eucalyptus-load-balancer-image-1.1.0",
		"-rw-r--r-- 1 root root 37 May 13 2014 ./usr/share/doc/eucalyptus-load-balancer-image-1.1.0/IMAGE-LICENSE",
		"-rw-r--r-- 1 root root 33 May 13 2014 ./usr/share/doc/eucalyptus-load-balancer-image-1.1.0/eucalyptus-load-balancer-image.ks",
		"drwxr-xr-x 2 root root 0 May 13 2014 ./usr/share/eucalyptus-load-balancer-image",
		"-rw-r--r-- 1 root root 153000 May 13 2014 ./usr/share/eucalyptus-load-balancer-image/eucalyptus-load-balancer-image-1.1.0-212.tgz",
	}
	var lines []string
	for line := range strings.Lines(got) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	if !slices.Equal(lines, want) {
		t.Errorf("cpio lists\n%s", strings.Join(lines, "\n"))
	}
}

// accepted are the complaints of rpmlint that have a reason.
var accepted = map[string]string{
	"no-signature":                       "a package is signed after it is made: rpmsign --addsign",
	"no-binary":                          "upstream's packages are x86_64 too: the image in them is",
	"no-changelogname-tag":               "what was customized stands in the record",
	"no-packager-tag":                    "a tag that may be given",
	"no-url-tag":                         "a tag that may be given",
	"no-manual-page-for-binary":          "upstream's installer has none; it knows --help",
	"invalid-license":                    "the lists are of SPDX; GPLv2 is the short name that upstream and rpm's own tools have",
	"devel-package-with-non-devel-group": "upstream's name for a development image, which is no library",
	"incoherent-version-in-changelog":    "the source's changelog tells of the source's versions",
}

var complaint = regexp.MustCompile(`(?m)^\S+: ([EW]): (\S+)`)

// TestRpmlint has rpmlint look at packages of both kinds.
func TestRpmlint(t *testing.T) {
	needs.Programs(t, "rpmlint")
	files := map[string]string{"tarball": pack(t, draft(t, ofTarball(), parts(t)))}
	o := parts(t)
	o.Release, o.Development = "0.212.1.el6", true
	files["package"] = pack(t, draft(t, ofPackage(t, rpmbuild(t, false, "", "")), o))
	for what, file := range files {
		out, _ := exec.Command("rpmlint", file).CombinedOutput() // it fails where it complains
		if !strings.Contains(string(out), "1 packages and 0 specfiles checked") {
			t.Fatalf("%s: rpmlint: %s", what, out)
		}
		for _, m := range complaint.FindAllStringSubmatch(string(out), -1) {
			if _, ok := accepted[m[2]]; !ok {
				t.Errorf("%s: rpmlint: %s: %s\n%s", what, m[1], m[2], out)
			}
		}
	}
	// It would complain: of an installer that is not one.
	o = parts(t)
	d := draft(t, ofTarball(), o)
	for i := range d.spec.Files {
		if d.spec.Files[i].Path == installer {
			d.spec.Files[i].Content = []byte("echo\n")
		}
	}
	if out, _ := exec.Command("rpmlint", pack(t, d)).CombinedOutput(); !strings.Contains(string(out), "E: script-without-shebang") {
		t.Errorf("rpmlint says nothing of a script without #!: %s", out)
	}
}

// TestSigns: rpmsign signs a package, and rpm verifies that.
func TestSigns(t *testing.T) {
	needs.Programs(t, "rpm", "rpmsign", "gpg")
	home, err := os.MkdirTemp("/tmp", "sign") // gpg's socket wants a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	sh := func(dir, name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C", "GNUPGHOME="+home, "HOME="+home)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	sh("", "gpg", "--batch", "--passphrase", "", "--quick-gen-key", "Release <release@example.com>", "rsa2048", "sign", "never")
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	key := filepath.Join(home, "key.asc")
	sh("", "gpg", "--batch", "--armor", "--output", key, "--export")
	file := pack(t, draft(t, ofTarball(), parts(t)))
	sh("", "rpmsign", "--define", "_gpg_name release@example.com", "--define", "__gpg "+needs.Program(t, "gpg"), "--addsign", file)
	db := t.TempDir()
	sh("", "rpmkeys", "--dbpath", db, "--import", key)
	got := sh("", "rpmkeys", "--dbpath", db, "-Kv", file)
	if !strings.Contains(got, "Signature, key ID") || strings.Contains(got, "NOKEY") || strings.Contains(got, "BAD") {
		t.Errorf("rpm -Kv: %s", got)
	}
}
