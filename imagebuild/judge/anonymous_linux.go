package judge

import (
	"os"

	"golang.org/x/sys/unix"
)

// anonymous makes a file without a name, in a folder or, where that takes none, in memory. Its space is given back
// when the last process that has it open ends, however it ends.
func anonymous(dir string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if f, err := openUnnamed(dir); err == nil {
		return f, nil
	}
	// A file system without unnamed files: take the name away at once.
	if f, err := os.CreateTemp(dir, ".lbimage-judge-"); err == nil {
		if err := os.Remove(f.Name()); err != nil {
			f.Close()
			return nil, err
		}
		return f, nil
	}
	fd, err := unix.MemfdCreate("lbimage-judge", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), "unnamed file in memory"), nil
}

// openUnnamed makes a file in dir that has no name and cannot be given one.
func openUnnamed(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	return os.NewFile(uintptr(fd), "unnamed file in "+dir), nil
}
