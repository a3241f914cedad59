//go:build linux

package judge

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay"
)

func TestMain(m *testing.M) {
	Init()
	if os.Args[0] == probeName {
		probe()
		os.Exit(0)
	}
	if os.Getenv("JUDGE_FOOLED") != "" { // see TestInitIsNotFooled
		fmt.Println("main goes on")
		os.Exit(0)
	}
	if image := os.Getenv(killable); image != "" { // see TestKilled
		judgeSleeping(image)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// What is read of an image is a part of what edits read of it.
var _ Tree = overlay.ReadTree(nil)

// need gives the path of a tool of this machine. Tests that need one are skipped where it is missing, and fail
// there when CI is set.
func need(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	missing(t, "%s is missing; install it", names[0])
	return ""
}

func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

func needHAProxy(t testing.TB) string { return need(t, "haproxy", "/usr/sbin/haproxy") }

// dirTree is a folder as the file tree of an image. It goes through os.Root, so that nothing in it, links least
// of all, leads out to this machine's own files.
type dirTree struct{ *os.Root }

func newTree(t testing.TB) dirTree {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return dirTree{root}
}

func (d dirTree) Open(name string) (fs.File, error)          { return d.Root.Open(name) }
func (d dirTree) ReadLink(name string) (string, error)       { return d.Readlink(name) }
func (d dirTree) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.FS(), name) }

func (d dirTree) write(t testing.TB, name, text string) {
	t.Helper()
	if err := d.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (d dirTree) link(t testing.TB, name, target string) {
	t.Helper()
	if err := d.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// TestTreeHoldsTight tests the helper: a link to a place outside must not be written through.
func TestTreeHoldsTight(t *testing.T) {
	d, outside := newTree(t), t.TempDir()
	d.link(t, "abs", outside)
	d.link(t, "rel", "../../../../../../../.."+outside)
	for _, name := range []string{"abs/x", "rel/x"} {
		if d.WriteFile(name, nil, 0o644) == nil {
			t.Errorf("%s was written", name)
		}
	}
}

// fakeImage makes an image whose /usr/sbin/haproxy is a program of this machine, with its libraries as ldd tells
// them, in folders such as a distribution has: /lib and /lib64 are links, the libraries lie where only
// /etc/ld.so.conf.d says, and the user servo is one that this machine does not have.
func fakeImage(t testing.TB, program string) dirTree {
	t.Helper()
	ldd := need(t, "ldd")
	out, err := exec.Command(ldd, program).Output()
	if err != nil {
		t.Fatalf("ldd %s: %v", program, err)
	}
	d := newTree(t)
	copyFile := func(from, to string) {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		d.write(t, to, string(b))
	}
	copyFile(program, "usr/sbin/haproxy")
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		switch {
		case len(words) >= 3 && words[1] == "=>":
			copyFile(words[2], "opt/libs/inner/"+words[0])
		case len(words) > 0 && strings.HasPrefix(words[0], "/"):
			// Beside it lies what /lib and /lib64 will be links to.
			copyFile(words[0], "usr"+words[0])
		}
	}
	for _, dir := range []string{"usr/lib", "usr/lib64"} {
		if err := d.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d.link(t, "lib", "usr/lib")
	d.link(t, "lib64", "/usr/lib64") // absolute: it must be followed inside the image
	d.link(t, "opt/l", "../opt/libs/")
	d.write(t, "etc/ld.so.conf", "# the image's\ninclude ld.so.conf.d/*.conf\n")
	d.write(t, "etc/ld.so.conf.d/libs.conf", "/opt/l/inner\n")
	d.write(t, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nservo:x:496:495::/var/lib/load-balancer-servo:/sbin/nologin\n")
	d.write(t, "etc/group", "root:x:0:\nservo:x:495:\n")
	return d
}

func fromTree(t testing.TB, d Tree, o Options) *Program {
	t.Helper()
	p, err := FromTree(d, "/usr/sbin/haproxy", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}
