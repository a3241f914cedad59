package outfile

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// openAnonymous opens a file without a name in dir (O_TMPFILE, since Linux
// 3.11). The error is errors.ErrUnsupported where the file system has no such
// files, or /proc, through which the file gets its name, is not mounted.
func openAnonymous(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL):
		return nil, errors.ErrUnsupported
	case err != nil:
		return nil, err
	}
	f := os.NewFile(uintptr(fd), dir)
	if _, err := os.Lstat(procName(f)); err != nil {
		return nil, errors.Join(errors.ErrUnsupported, f.Close())
	}
	return f, nil
}

func linkAnonymous(f *os.File, path string) error {
	return unix.Linkat(unix.AT_FDCWD, procName(f), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
}

func procName(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }

// exchange lets two names of one folder change places, in one step (renameat2, since Linux 3.15).
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}

func isReadOnly(err error) bool { return errors.Is(err, unix.EROFS) }
func isInvalid(err error) bool  { return errors.Is(err, unix.EINVAL) }
