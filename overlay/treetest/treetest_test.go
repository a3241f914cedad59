package treetest_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

func TestMemory(t *testing.T) {
	treetest.Run(t, func(*testing.T) overlay.Tree { return treetest.NewMemory() })
}

// TestKernel lets the kernel's own file system judge the test: what it asks for is what package os does.
func TestKernel(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: owners are given")
	}
	probe := filepath.Join(t.TempDir(), "probe")
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if unix.Lsetxattr(probe, "security.selinux", []byte("x\x00"), 0) != nil || unix.Lsetxattr(probe, "user.x", nil, 0) != nil {
		t.Skip("the file system of the temporary folder takes no extended attributes")
	}
	treetest.Run(t, func(t *testing.T) overlay.Tree {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		return kernel{root}
	})
}

// kernel is a folder of this machine as a Tree.
type kernel struct{ *os.Root }

func (k kernel) Open(name string) (fs.File, error)          { return k.Root.Open(name) }
func (k kernel) ReadLink(name string) (string, error)       { return k.Root.Readlink(name) }
func (k kernel) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(k.Root.FS(), name) }

func (k kernel) WriteFrom(name string, r io.Reader, perm fs.FileMode) error {
	_, err := k.Lstat(name)
	f, err2 := k.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err2 != nil {
		return err2
	}
	defer f.Close()
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	if err != nil {
		return k.Chmod(name, perm)
	}
	return nil
}

func (k kernel) WriteFile(name string, data []byte, perm fs.FileMode) error {
	_, err := k.Lstat(name)
	if err2 := k.Root.WriteFile(name, data, perm); err2 != nil || err == nil {
		return err2
	}
	return k.Chmod(name, perm)
}

func (k kernel) Mkdir(name string, perm fs.FileMode) error {
	if err := k.Root.Mkdir(name, perm); err != nil {
		return err
	}
	return k.Chmod(name, perm)
}

func (k kernel) Chtimes(name string, atime, mtime time.Time) error {
	return k.Root.Chtimes(name, atime, mtime)
}

func (k kernel) path(name string) string { return filepath.Join(k.Name(), name) }

func (k kernel) ListXattr(name string) ([]string, error) {
	buf := make([]byte, 4096)
	n, err := unix.Llistxattr(k.path(name), buf)
	if err != nil {
		return nil, err
	}
	var out []string
	for start, i := 0, 0; i < n; i++ {
		if buf[i] == 0 {
			out = append(out, string(buf[start:i]))
			start = i + 1
		}
	}
	return out, nil
}

func (k kernel) Xattr(name, attr string) ([]byte, error) {
	buf := make([]byte, 4096)
	n, err := unix.Lgetxattr(k.path(name), attr, buf)
	if err != nil {
		return nil, err
	}
	return buf[:n], nil
}

func (k kernel) SetXattr(name, attr string, value []byte) error {
	return unix.Lsetxattr(k.path(name), attr, value, 0)
}

func (k kernel) RemoveXattr(name, attr string) error {
	return unix.Lremovexattr(k.path(name), attr)
}
