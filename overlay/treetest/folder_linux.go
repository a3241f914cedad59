package treetest

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Folder is a folder of this machine as an overlay.Tree, so that what our edits make of it can be held against what the
// machine's own tools make of a copy. Owners, and most attributes, need root.
type Folder struct{ *os.Root }

func (f Folder) Open(name string) (fs.File, error)          { return f.Root.Open(name) }
func (f Folder) ReadLink(name string) (string, error)       { return f.Root.Readlink(name) }
func (f Folder) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.Root.FS(), name) }

func (f Folder) WriteFrom(name string, r io.Reader, perm fs.FileMode) error {
	_, err := f.Lstat(name)
	to, err2 := f.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err2 != nil {
		return err2
	}
	defer to.Close()
	if _, err := io.Copy(to, r); err != nil {
		return err
	}
	if err != nil {
		return f.Chmod(name, perm)
	}
	return nil
}

func (f Folder) WriteFile(name string, data []byte, perm fs.FileMode) error {
	_, err := f.Lstat(name)
	if err2 := f.Root.WriteFile(name, data, perm); err2 != nil || err == nil {
		return err2
	}
	return f.Chmod(name, perm)
}

func (f Folder) Mkdir(name string, perm fs.FileMode) error {
	if err := f.Root.Mkdir(name, perm); err != nil {
		return err
	}
	return f.Chmod(name, perm)
}

func (f Folder) Chtimes(name string, atime, mtime time.Time) error {
	return f.Root.Chtimes(name, atime, mtime)
}

// Lchtimes sets the times of what stands at name, links included.
func (f Folder) Lchtimes(name string, atime, mtime time.Time) error {
	times := []unix.Timespec{unix.NsecToTimespec(atime.UnixNano()), unix.NsecToTimespec(mtime.UnixNano())}
	return unix.UtimesNanoAt(unix.AT_FDCWD, f.path(name), times, unix.AT_SYMLINK_NOFOLLOW)
}

func (f Folder) path(name string) string { return filepath.Join(f.Name(), name) }

func (f Folder) ListXattr(name string) ([]string, error) {
	buf := make([]byte, 4096)
	n, err := unix.Llistxattr(f.path(name), buf)
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

func (f Folder) Xattr(name, attr string) ([]byte, error) {
	buf := make([]byte, 4096)
	n, err := unix.Lgetxattr(f.path(name), attr, buf)
	if err != nil {
		return nil, err
	}
	return buf[:n], nil
}

func (f Folder) SetXattr(name, attr string, value []byte) error {
	return unix.Lsetxattr(f.path(name), attr, value, 0)
}

func (f Folder) RemoveXattr(name, attr string) error {
	return unix.Lremovexattr(f.path(name), attr)
}
