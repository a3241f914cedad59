package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// spec is a package to build with rpmbuild: what is in it, and what it says of itself.
type spec struct {
	name    string // "app"
	version string // "1.0"
	arch    string // "noarch"
	head    string // more lines of the head: Requires: …
	install string // lines of %install, in the folder %{buildroot}
	files   string // lines of %files
	scripts string // sections of scripts
}

// build makes the package and gives its path.
func (s spec) build(t testing.TB) string {
	t.Helper()
	need(t, "rpmbuild")
	if s.version == "" {
		s.version = "1.0"
	}
	if s.arch == "" {
		s.arch = "noarch"
	}
	top := t.TempDir()
	file := filepath.Join(top, "app.spec")
	text := fmt.Sprintf(`Name: %s
Version: %s
Release: 1
Summary: a package for tests
License: BSD
AutoReqProv: no
%s
%%description
A package for tests.

%%install
mkdir -p %%{buildroot}
cd %%{buildroot}
%s
%s
%%files
%%defattr(-,root,root)
%s
`, s.name, s.version, s.head, s.install, s.scripts, s.files)
	writeFile(t, file, text)
	cmd := exec.Command("rpmbuild", "-bb", "--quiet", "--target", s.arch, "--define", "_topdir "+top, "--define", "_build_id_links none",
		"--define", "__os_install_post %{nil}", "--define", "_binary_payload w6.gzdio", "--define", "__strip /bin/true", file)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1400000000", "LC_ALL=C")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("rpmbuild: %v\n%s", err, out)
	}
	found, _ := filepath.Glob(filepath.Join(top, "RPMS/*/*.rpm"))
	if len(found) != 1 {
		t.Fatalf("rpmbuild made %q", found)
	}
	return found[0]
}

// app is a small package with one file.
var app = spec{name: "app", install: "mkdir -p usr/share/app\necho one > usr/share/app/file", files: "/usr/share/app"}

// writeFile writes a file, with the folders above it.
func writeFile(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// signer is a key of gpg with which packages are signed.
type signer struct{ home, public string }

func newSigner(t testing.TB) signer {
	t.Helper()
	need(t, "gpg", "rpmsign", "gpgconf")
	s := signer{home: t.TempDir()}
	if err := os.Chmod(s.home, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", s.home, "--kill", "all").Run() })
	batch := filepath.Join(s.home, "batch")
	writeFile(t, batch, "%no-protection\nKey-Type: RSA\nKey-Length: 2048\nKey-Usage: sign\nName-Real: Signer\nName-Email: signer@example.com\n%commit\n")
	must(t, "", "gpg", "--homedir", s.home, "--batch", "--quiet", "--gen-key", batch)
	s.public = must(t, "", "gpg", "--homedir", s.home, "--batch", "--quiet", "--armor", "--export")
	return s
}

// sign signs a package file in place.
func (s signer) sign(t testing.TB, file string) {
	t.Helper()
	gpg, err := exec.LookPath("gpg")
	if err != nil {
		t.Fatal(err)
	}
	must(t, "", "rpmsign", "--define", "_gpg_name signer@example.com", "--define", "_gpg_path "+s.home, "--define", "__gpg "+gpg,
		"--define", "_gpg_sign_cmd_extra_args --homedir "+s.home+" --batch", "--addsign", file)
}

// repository makes a git repository of what is in a folder.
func repository(t testing.TB, dir string) {
	t.Helper()
	need(t, "git")
	git(t, dir, "init", "-q", "-b", "master")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "first")
}

func git(t testing.TB, dir string, args ...string) {
	t.Helper()
	env := []string{"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_DATE=2014-04-01T12:00:00Z", "GIT_COMMITTER_DATE=2014-04-01T12:00:00Z"}
	r := call(t, dir, env, "git", append([]string{"-c", "user.name=T", "-c", "user.email=t@example.com"}, args...)...)
	if r.code != 0 {
		t.Fatalf("git %s: exit %d\n%s", strings.Join(args, " "), r.code, r.stderr)
	}
}
