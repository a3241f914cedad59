package fsedit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/outfile"
)

// inode names a local file, to know hard links again.
type inode struct{ dev, ino uint64 }

// localWalk goes over a local folder: every folder before what is in it, by name.
type localWalk struct {
	names map[inode]string // names in the image of files that have several
	do    func(*entry) error
	buf   []byte // for contents, one after the other
}

// copyBuffer is how much of a file is read at once.
const copyBuffer = 1 << 20

// walk hands over the file at local as name, and all in it where it is a folder.
func (w *localWalk) walk(local, name string) error {
	if w.buf == nil {
		w.buf = make([]byte, copyBuffer)
	}
	e, st, err := localEntry(local, name, w.buf)
	if err != nil {
		return err
	}
	if !e.mode.IsDir() && st.Nlink > 1 {
		key := inode{uint64(st.Dev), st.Ino} //nolint:unconvert // other systems have other types
		if first, ok := w.names[key]; ok {
			e.link = first
		} else {
			w.names[key] = name
		}
	}
	if err := w.do(e); err != nil {
		return err
	}
	if !e.mode.IsDir() {
		return nil
	}
	list, err := os.ReadDir(local) // sorted
	if err != nil {
		return outside("reading", local, err)
	}
	for _, below := range list {
		if err := w.walk(filepath.Join(local, below.Name()), path.Join(name, below.Name())); err != nil {
			return err
		}
	}
	return nil
}

// localEntry describes a local file itself, a symbolic link as such.
// buf is used by its fill.
func localEntry(local, name string, buf []byte) (*entry, *syscall.Stat_t, error) {
	fi, err := os.Lstat(local)
	if err != nil {
		return nil, nil, outside("reading", local, err)
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, nil, outside("reading", local, errors.ErrUnsupported)
	}
	e := &entry{
		name: name, mode: fi.Mode(), uid: int(st.Uid), gid: int(st.Gid), size: fi.Size(),
		mtime: fi.ModTime(),                                                    // also for atime, which the reading changes
		major: unix.Major(uint64(st.Rdev)), minor: unix.Minor(uint64(st.Rdev)), //nolint:unconvert // as above
	}
	if e.mode&fs.ModeSymlink != 0 {
		if e.target, err = os.Readlink(local); err != nil {
			return nil, nil, outside("reading", local, err)
		}
	}
	if e.attrs, err = localAttrs(local); err != nil {
		return nil, nil, err
	}
	if e.mode.IsRegular() {
		if st.Blocks*512 < e.size {
			if e.holes, err = holesOf(local, e.size); err != nil {
				return nil, nil, err
			}
		}
		e.fill = func(to *filler) error {
			from, err := os.Open(local)
			if err != nil {
				return outside("reading", local, err)
			}
			defer from.Close()
			return copyIn(to, from, local, buf)
		}
	}
	return e, st, nil
}

// holesOf counts the bytes of a file that are in no block of it, as far as whole
// blocks of any size up to 64 KiB can be saved.
func holesOf(local string, size int64) (int64, error) {
	f, err := os.Open(local)
	if err != nil {
		return 0, outside("reading", local, err)
	}
	defer f.Close()
	sum := int64(0)
	for off := int64(0); off < size; {
		start, end := dataRange(f, off, size)
		sum += max(0, start-off-2*64<<10)
		off = end
	}
	return sum, nil
}

// localAttrs reads the extended attributes that an ext file system can hold.
func localAttrs(local string) ([]attr, error) {
	size, err := unix.Llistxattr(local, nil)
	if size == 0 || err != nil { // a file system without them
		return nil, nil
	}
	buf := make([]byte, 64<<10)
	n, err := unix.Llistxattr(local, buf)
	if err != nil {
		return nil, outside("reading the extended attributes of", local, err)
	}
	names := strings.Split(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00")
	slices.Sort(names)
	var list []attr
	for _, name := range names {
		if !storable(name) {
			continue
		}
		n, err := unix.Lgetxattr(local, name, buf)
		if err == unix.ENODATA || err == unix.EPERM || err == unix.EACCES {
			continue // it went meanwhile, or is not shown to us
		}
		if err != nil {
			return nil, outside("reading the extended attribute "+name+" of", local, err)
		}
		list = append(list, attr{name, slices.Clone(buf[:n])})
	}
	return list, nil
}

// storable tells whether an attribute can lie in an ext file system.
func storable(name string) bool {
	for _, space := range []string{"user.", "trusted.", "security."} {
		if strings.HasPrefix(name, space) {
			return true
		}
	}
	return name == "system.posix_acl_access" || name == "system.posix_acl_default"
}

// copyIn makes the contents of a local file those of a file of the image. Holes stay holes.
func copyIn(to *filler, from *os.File, local string, buf []byte) error {
	st, err := from.Stat()
	if err != nil {
		return outside("reading", local, err)
	}
	if !st.Mode().IsRegular() {
		return copyStream(to, from, local, buf)
	}
	size := st.Size()
	for off := int64(0); off < size; {
		start, end := dataRange(from, off, size)
		if start > off {
			if err := to.PunchHole(off, start-off); err != nil { // of contents that were there before
				return err
			}
		}
		if _, err := to.Seek(start, io.SeekStart); err != nil {
			return err
		}
		for start < end {
			n, err := from.ReadAt(buf[:min(end-start, int64(len(buf)))], start)
			if n == 0 && (err == nil || errors.Is(err, io.EOF)) {
				err = errors.New("it became shorter meanwhile")
			}
			if n == 0 {
				return outside("reading", local, err)
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
			start += int64(n)
		}
		off = end
	}
	return to.Truncate(size)
}

// dataRange gives the first run of data at or after off.
func dataRange(f *os.File, off, size int64) (start, end int64) {
	start, err := f.Seek(off, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return size, size
	}
	if err != nil { // the file system cannot tell
		return off, size
	}
	end, err = f.Seek(start, unix.SEEK_HOLE)
	if err != nil || end <= start {
		end = size
	}
	return min(start, size), min(end, size)
}

// copyStream makes what can be read the contents of a file.
func copyStream(to *filler, from io.Reader, what string, buf []byte) error {
	size := int64(0)
	for {
		n, err := io.ReadFull(from, buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
			size += int64(n)
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return to.Truncate(size)
		case err != nil:
			return outside("reading", what, fmt.Errorf("after %d bytes: %w", size, outfile.Bare(err)))
		}
	}
}
