package judge

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// devices are the files in /dev that a library may want. They cannot be made in a user namespace, so they are
// mounted one by one.
var devices = []string{"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}

// enter makes the sandbox's file system and moves this process into it. The namespaces are there already.
func enter(s spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return stage{statusSetup, fmt.Errorf("keeping mounts to itself: %w", err)}
	}
	files := len(s.Closure) + len(s.Files) + len(devices)
	size := s.Bytes + int64(files+64)*8192
	for _, f := range s.Files {
		size += int64(len(f.Data))
	}
	// In memory: what the program is run from may lie on a file system that allows no programs.
	options := fmt.Sprintf("mode=0755,size=%d,nr_inodes=%d", size, 16*files+1024)
	if err := unix.Mount("tmpfs", s.Mount, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return stage{statusSetup, fmt.Errorf("mounting a file system in memory: %w", err)}
	}
	if err := fill(s); err != nil {
		return stage{statusFiles, err}
	}
	if err := mountDevices(s.Mount); err != nil {
		return stage{statusSetup, err}
	}
	forbidNamespaces()
	if err := unix.Sethostname([]byte("localhost")); err != nil { // the same verdict on every machine
		return stage{statusSetup, fmt.Errorf("setting the host name: %w", err)}
	}
	if err := changeRoot(s.Mount); err != nil {
		return stage{statusSetup, err}
	}
	const readOnly = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV
	if err := unix.Mount("", "/", "", readOnly, ""); err != nil {
		return stage{statusSetup, fmt.Errorf("making the file system read-only: %w", err)}
	}
	return nil
}

// fill copies the closure and writes the files, which win.
func fill(s spec) error {
	instead := map[string]bool{}
	for _, f := range s.Files {
		instead[f.Name] = true
	}
	for _, e := range s.Closure {
		if instead[e.Path] {
			continue
		}
		if err := copyIn(filepath.Join(s.Root, e.Path), s.Mount, e); err != nil {
			return err
		}
	}
	for _, f := range s.Files {
		if err := create(s.Mount, f.Name, 0o444, func(w *os.File) error {
			_, err := w.Write(f.Data)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func copyIn(from, root string, e entry) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	perm := os.FileMode(0o444)
	if e.Exec {
		perm = 0o555
	}
	return create(root, e.Path, perm, func(w *os.File) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// create makes a file, and the folders above it.
func create(root, name string, perm os.FileMode, write func(*os.File) error) error {
	if err := os.MkdirAll(filepath.Join(root, path.Dir(name)), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(root, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	err = write(f)
	return errors.Join(err, f.Close())
}

func mountDevices(root string) error {
	for _, d := range devices {
		if _, err := os.Stat(d); err != nil {
			continue
		}
		if _, err := os.Lstat(filepath.Join(root, d)); err == nil {
			continue // the caller's own
		}
		if err := create(root, d, 0o444, func(*os.File) error { return nil }); err != nil {
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
