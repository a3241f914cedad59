package survey

import (
	"bytes"
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
	"lbimage/tests/needs"
)

// Packages that rpm itself has installed are told as rpm tells them, and its files are theirs.
func TestRPMAsRPMSays(t *testing.T) {
	program := needs.Program(t, "rpm")
	r := rand.New(rand.NewPCG(7, 7))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	from := t.TempDir()
	var files []string
	for i := range 12 {
		s := rpm.Spec{
			Name: fmt.Sprintf("p%02d", i), Version: pick("1", "2.3~rc1", "4^git5"), Release: pick("1", "0.el6", "3.el7_9"), Epoch: uint32(r.IntN(3)),
			Arch: pick("", "x86_64", "i686"), Summary: pick("Short", "Ä summary: with colon"), License: pick("GPLv2+", "BSD and MIT"), Vendor: pick("", "CentOS"),
			BuildTime: time.Unix(1400000000, 0),
		}
		for j := range r.IntN(4) {
			s.Files = append(s.Files, rpm.SpecFile{Path: fmt.Sprintf("/usr/share/%s/f%d", s.Name, j), Mode: 0o644, Content: []byte(strings.Repeat("x", r.IntN(5000)))})
		}
		if i == 3 {
			s.Files = append(s.Files, rpm.SpecFile{Path: "/bin/tool", Mode: 0o755, Content: []byte("x")})
		}
		var b bytes.Buffer
		if err := rpm.Write(&b, s); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(from, s.Name+".rpm")
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	for _, backend := range []string{"sqlite"} { // the others cannot be written by today's rpm on Debian
		root := t.TempDir()
		run := func(args ...string) string {
			cmd := exec.Command(program, append([]string{"--dbpath", filepath.Join(root, "var/lib/rpm"), "--define", "_db_backend " + backend}, args...)...)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC")
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("rpm %q: %v\n%s", args, err, stderr.String())
			}
			return string(out)
		}
		run(append([]string{"-i", "--justdb", "--nodeps", "--nosignature", "--ignorearch", "--force"}, files...)...)
		if err := os.MkdirAll(filepath.Join(root, "usr/bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("usr/bin", filepath.Join(root, "bin")); err != nil {
			t.Fatal(err)
		}
		opened, err := os.OpenRoot(root)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		p, err := packagesOf(t.Context(), treetest.Folder{Root: opened}, Options{TempDir: t.TempDir()})
		if err != nil || p.Notes != nil || p.Format != backend {
			t.Fatalf("%s: %+v, %v", backend, p, err)
		}
		var got []string
		for _, x := range p.List {
			epoch := x.Epoch
			if epoch == "" {
				epoch = "(none)"
			}
			vendor := x.Vendor
			if vendor == "" {
				vendor = "(none)"
			}
			got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s|%d|%d|%s", x.Name, epoch, x.Version, x.Release, x.Arch, x.License, vendor, x.Summary, x.Size, x.Installed.Unix(), strings.Join(x.Files, " ")))
		}
		var want []string
		for line := range strings.Lines(run("-qa", "--qf", "%{NAME}|%{EPOCH}|%{VERSION}|%{RELEASE}|%{ARCH}|%{LICENSE}|%{VENDOR}|%{SUMMARY}|%{SIZE}|%{INSTALLTIME}|[%{FILENAMES} ]\n")) {
			want = append(want, strings.TrimRight(line, " \n"))
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", backend, got, want)
		}
		for _, name := range []string{"/bin/tool", "/usr/bin/tool"} {
			if owner := ownerNames(&p, name); owner != "p03" {
				t.Errorf("%s belongs to %q", name, owner)
			}
		}
	}
}
