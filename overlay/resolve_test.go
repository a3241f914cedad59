package overlay_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

var linked = map[string]string{
	"etc/passwd":           "root:x:0:0::/:/bin/sh\n",
	"etc/sysctl.d/99.conf": "-> ../sysctl.conf",
	"etc/sysctl.conf":      "",
	"usr/bin/sh":           "#!",
	"bin":                  "-> usr/bin",
	"absolute":             "-> /usr/bin/sh",
	"up":                   "-> ../../../etc",
	"dangling":             "-> /run/none/file",
	"half":                 "-> /etc/none",
	"loop":                 "-> loop2",
	"loop2":                "-> /loop",
	"self":                 "-> .",
	"root":                 "-> /",
	"a/b/c/":               "",
	"a/deep":               "-> b/../b/c/../../deeper",
	"a/deeper/x":           "",
	"chain/0":              "end",
}

func linkedTree() *treetest.Memory {
	m := treetest.Fill(linked)
	for i := 1; i <= overlay.MaxLinks+1; i++ {
		if err := m.Symlink(fmt.Sprint(i-1), fmt.Sprintf("chain/%d", i)); err != nil {
			panic(err)
		}
	}
	return m
}

var resolveCases = []struct {
	name, want string
	missing    int
	dangling   bool
	err        error
}{
	{name: "/", want: "."},
	{name: ".", want: "."},
	{name: "///etc//./passwd/", want: "etc/passwd"},
	{name: "etc/passwd", want: "etc/passwd"},
	{name: "/bin/sh", want: "usr/bin/sh"},
	{name: "/absolute", want: "usr/bin/sh"},
	{name: "/up/passwd", want: "etc/passwd"},
	{name: "/../../etc/../etc/passwd", want: "etc/passwd"},
	{name: "/etc/sysctl.d/99.conf", want: "etc/sysctl.conf"},
	{name: "/a/deep/x", want: "a/deeper/x"},
	{name: "/self/self/root/self/bin/sh", want: "usr/bin/sh"},
	{name: "/etc/none", want: "etc/none", missing: 1},
	{name: "/etc/none/more/yet", want: "etc/none/more/yet", missing: 3},
	{name: "/bin/none", want: "usr/bin/none", missing: 1},
	{name: "/half", want: "etc/none", missing: 1, dangling: true},
	{name: "/dangling", want: "run/none/file", missing: 3, dangling: true},
	{name: "/half/more", want: "etc/none/more", missing: 2, dangling: true},
	{name: "/etc/none/../passwd", err: fs.ErrNotExist},
	{name: "/etc/passwd/..", err: syscall.ENOTDIR},
	{name: "/etc/passwd/x", err: syscall.ENOTDIR},
	{name: "/loop", err: syscall.ELOOP},
	{name: "/loop/x", err: syscall.ELOOP},
	{name: "/chain/40", want: "chain/0"},
	{name: "/chain/41", err: syscall.ELOOP},
}

func TestResolve(t *testing.T) {
	m := linkedTree()
	for _, c := range resolveCases {
		r, err := overlay.Resolve(m, c.name)
		if c.err != nil {
			if !errors.Is(err, c.err) {
				t.Errorf("%s: error %v, want one that is %v", c.name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if r.Name != c.want || r.Missing != c.missing || r.Dangling != c.dangling || r.Exists() != (c.missing == 0) {
			t.Errorf("%s: %+v, want %+v", c.name, r, c)
		}
	}
	for _, bad := range []string{"", "a\x00b"} {
		if _, err := overlay.Resolve(m, bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestResolveLink(t *testing.T) {
	m := linkedTree()
	for name, want := range map[string]string{"/absolute": "absolute", "/bin/sh": "usr/bin/sh", "/bin": "bin", "/loop": "loop", "/up/../bin": "bin"} {
		r, err := overlay.ResolveLink(m, name)
		if err != nil || r.Name != want {
			t.Errorf("%s: %q, %v, want %q", name, r.Name, err, want)
		}
	}
}

// TestResolveKernel lets the kernel walk the same paths with the tree as its root.
func TestResolveKernel(t *testing.T) {
	dir := t.TempDir()
	m := linkedTree()
	for _, name := range m.Names() {
		info, err := m.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		p := filepath.Join(dir, name)
		switch {
		case info.IsDir():
			err = os.Mkdir(p, 0o755)
		case info.Mode()&fs.ModeSymlink != 0:
			target, _ := m.ReadLink(name)
			err = os.Symlink(target, p)
		default:
			err = os.WriteFile(p, nil, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(root)
	for _, c := range resolveCases {
		if strings.HasSuffix(c.name, "passwd/") {
			continue // a slash behind a file is an error to the kernel, here it says nothing
		}
		fd, err := unix.Openat2(root, c.name, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
		if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
			t.Skip("the kernel has no openat2")
		}
		switch {
		case c.err != nil:
			if !errors.Is(err, c.err) {
				t.Errorf("%s: the kernel says %v, the table %v", c.name, err, c.err)
			}
			continue
		case c.missing > 0:
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: the kernel says %v, the table that it is missing", c.name, err)
			}
			continue
		case err != nil:
			t.Errorf("%s: the kernel says %v", c.name, err)
			continue
		}
		got, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		unix.Close(fd)
		if err != nil {
			t.Skip("no /proc here")
		}
		if want := filepath.Join(dir, c.want); got != want {
			t.Errorf("%s: the kernel gets to %s, the table says %s", c.name, got, want)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("up/../a/deep", "../../x", "/b//..")
	f.Add("l1/l2/..", "/l2/.", "../l1")
	f.Fuzz(func(t *testing.T, name, t1, t2 string) {
		m := treetest.Fill(linked)
		m.Symlink(t1, "l1")
		m.Symlink(t2, "l2")
		r, err := overlay.Resolve(m, name)
		if err != nil {
			return
		}
		if !fs.ValidPath(r.Name) && r.Exists() {
			t.Fatalf("%q: %q is no path in the tree", name, r.Name)
		}
		if strings.HasPrefix(r.Name, "..") && (len(r.Name) == 2 || r.Name[2] == '/') {
			t.Fatalf("%q: %q leaves the tree", name, r.Name)
		}
		if r.Exists() { // Memory refuses any link on the way
			if info, err := m.Lstat(r.Name); err != nil || info.Mode()&fs.ModeSymlink != 0 {
				t.Fatalf("%q: %q: %v", name, r.Name, err)
			}
		}
	})
}
