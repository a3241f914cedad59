package judge

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// devices are the files in /dev that a library may want. They cannot be made in a user namespace, so they are
// mounted one by one.
var devices = []string{"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}

// mountPoints are folders to put the new root on, the first that will do: a machine has them, and in this mount
// namespace nothing is needed any more of what they hide.
var mountPoints = []string{"/tmp", "/proc"}

// enter makes the sandbox's file system and moves this process into it. The namespaces are there already.
func enter(s spec, store io.ReaderAt) error {
	forbidNamespaces() // by /proc, which may be hidden soon
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return stage{statusSetup, fmt.Errorf("keeping mounts to itself: %w", err)}
	}
	files := len(s.Closure) + len(s.Files) + len(devices)
	size := int64(files+64) * 8192
	for _, e := range s.Closure {
		size += e.Size
	}
	for _, f := range s.Files {
		size += int64(len(f.Data))
	}
	// In memory: what the program is run from may lie on a file system that allows no programs.
	options := fmt.Sprintf("mode=0755,size=%d,nr_inodes=%d", size, 16*files+1024)
	root, err := mountMemory(options)
	if err != nil {
		return stage{statusSetup, fmt.Errorf("mounting a file system in memory: %w", err)}
	}
	if err := unpack(root, store, s.Closure, s.Files); err != nil {
		return stage{statusFiles, err}
	}
	if err := put(root, s.Files); err != nil {
		return stage{statusFiles, err}
	}
	if err := mountDevices(root); err != nil {
		return stage{statusSetup, err}
	}
	if err := unix.Sethostname([]byte("localhost")); err != nil { // the same verdict on every machine
		return stage{statusSetup, fmt.Errorf("setting the host name: %w", err)}
	}
	if err := changeRoot(root); err != nil {
		return stage{statusSetup, err}
	}
	const readOnly = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV
	if err := unix.Mount("", "/", "", readOnly, ""); err != nil {
		return stage{statusSetup, fmt.Errorf("making the file system read-only: %w", err)}
	}
	return nil
}

// mountMemory mounts a file system in memory and says where.
func mountMemory(options string) (at string, err error) {
	for _, at = range mountPoints {
		if err = unix.Mount("tmpfs", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err == nil {
			return at, nil
		}
	}
	return "", err
}

func mountDevices(root string) error {
	for _, d := range devices {
		if _, err := os.Stat(d); err != nil {
			continue
		}
		if _, err := os.Lstat(filepath.Join(root, d)); err == nil {
			continue // the caller's own
		}
		if err := create(root, d, 0o444, strings.NewReader("")); err != nil {
			return err
		}
		if err := unix.Mount(d, filepath.Join(root, d), "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", d, err)
		}
	}
	return nil
}

// forbidNamespaces keeps the program from making namespaces of its own, a way to reach parts of the kernel that
// it has no other way to. Where it cannot be set, the sandbox is still one.
func forbidNamespaces() {
	for _, kind := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"} {
		_ = os.WriteFile("/proc/sys/user/max_"+kind+"_namespaces", []byte("0"), 0)
	}
}

// changeRoot makes a mounted folder the root and lets go of the old one.
func changeRoot(dir string) error {
	if err := unix.Chdir(dir); err != nil {
		return fmt.Errorf("entering the new root: %w", err)
	}
	// Old and new root at the same place: the old one comes to lie above, and is taken away.
	err := unix.PivotRoot(".", ".")
	switch {
	case err == nil:
		if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
			return fmt.Errorf("letting go of the old root: %w", err)
		}
	case errors.Is(err, unix.EINVAL): // the old root is the kernel's first file system, as in an initramfs
		if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("moving the new root: %w", err)
		}
		if err := unix.Chroot("."); err != nil {
			return fmt.Errorf("changing the root: %w", err)
		}
	default:
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("entering the new root: %w", err)
	}
	return nil
}
