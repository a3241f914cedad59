package treetest_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

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
		return treetest.Folder{Root: root}
	})
}
