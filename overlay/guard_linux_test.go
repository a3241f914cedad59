package overlay_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// withFlags is a folder of this machine that tells its files' flags.
type withFlags struct{ treetest.Folder }

func (f withFlags) Flags(name string) (uint32, error) {
	d, err := f.Root.Open(name)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	return unix.IoctlGetUint32(int(d.Fd()), unix.FS_IOC_GETFLAGS)
}

// What a guarded tree refuses is what the kernel refuses.
func TestGuardAgainstKernel(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("the flags need root")
	}
	when := time.Unix(1400000000, 0)
	calls := map[string]func(overlay.Tree) error{
		"write":       func(t overlay.Tree) error { return t.WriteFile("d/f", []byte("new"), 0o644) },
		"write new":   func(t overlay.Tree) error { return t.WriteFile("d/new", nil, 0o644) },
		"mkdir":       func(t overlay.Tree) error { return t.Mkdir("d/new", 0o755) },
		"symlink":     func(t overlay.Tree) error { return t.Symlink("x", "d/new") },
		"link":        func(t overlay.Tree) error { return t.Link("d/f", "d/new") },
		"link out":    func(t overlay.Tree) error { return t.Link("d/f", "new") },
		"remove":      func(t overlay.Tree) error { return t.Remove("d/f") },
		"remove dir":  func(t overlay.Tree) error { return t.Remove("empty") },
		"remove link": func(t overlay.Tree) error { return t.Remove("d/l") },
		"chmod":       func(t overlay.Tree) error { return t.Chmod("d/f", 0o600) },
		"chmod dir":   func(t overlay.Tree) error { return t.Chmod("d", 0o700) },
		"chown":       func(t overlay.Tree) error { return t.Lchown("d/f", 1, 2) },
		"chown link":  func(t overlay.Tree) error { return t.Lchown("d/l", 1, 2) },
		"chtimes":     func(t overlay.Tree) error { return t.Chtimes("d/f", when, when) },
		"lchtimes":    func(t overlay.Tree) error { return t.Lchtimes("d/l", when, when) },
		"setxattr":    func(t overlay.Tree) error { return t.SetXattr("d/f", "user.b", []byte("x")) },
		"removexattr": func(t overlay.Tree) error { return t.RemoveXattr("d/f", "user.a") },
	}
	refused := 0
	for name, call := range calls {
		for flag, bits := range map[string]int{"nothing": 0, "i": 0x10, "a": 0x20} {
			for _, on := range []string{"d", "d/f", "empty"} {
				if bits == 0 && on != "d" {
					continue
				}
				dir := t.TempDir()
				for _, d := range []string{"d", "empty"} {
					if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
						t.Fatal(err)
					}
				}
				if err := errors.Join(os.WriteFile(filepath.Join(dir, "d/f"), nil, 0o644), os.Symlink("f", filepath.Join(dir, "d/l"))); err != nil {
					t.Fatal(err)
				}
				if err := unix.Setxattr(filepath.Join(dir, "d/f"), "user.a", []byte("x"), 0); err != nil {
					t.Skipf("the temporary folder takes no attributes: %v", err)
				}
				f, err := os.Open(filepath.Join(dir, on))
				if err != nil {
					t.Fatal(err)
				}
				if bits != 0 {
					if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, bits); err != nil {
						t.Skipf("the temporary folder takes no flags: %v", err)
					}
				}
				root, err := os.OpenRoot(dir)
				if err != nil {
					t.Fatal(err)
				}
				tree := withFlags{treetest.Folder{Root: root}}
				// The guard comes first: what it lets through is done, and the kernel is asked in the same moment.
				ours := call(overlay.Guard(tree))
				if errors.Is(ours, overlay.ErrImmutable) {
					refused++
					if theirs := call(tree); !errors.Is(theirs, syscall.EPERM) {
						t.Errorf("%s with %s on %s: refused, the kernel says %v", name, flag, on, theirs)
					}
				} else if ours != nil {
					t.Errorf("%s with %s on %s: let through, the kernel says %v", name, flag, on, ours)
				}
				root.Close()
				if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, 0); bits != 0 && err != nil {
					t.Error(err)
				}
				f.Close()
			}
		}
	}
	if refused < 20 {
		t.Errorf("only %d refused", refused)
	}
}
