package outfile

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// cloneFile shares the blocks of src, where the file system can (FICLONE: btrfs, xfs and others).
func cloneFile(dst, src *os.File) error {
	return unix.IoctlFileClone(int(dst.Fd()), int(src.Fd()))
}

// dataRange gives the first run of data at or after off.
func dataRange(f *os.File, off, size int64) (start, end int64) {
	start, err := unix.Seek(int(f.Fd()), off, unix.SEEK_DATA)
	if err == unix.ENXIO {
		return size, size
	}
	if err != nil { // the file system cannot tell
		return off, size
	}
	end, err = unix.Seek(int(f.Fd()), start, unix.SEEK_HOLE)
	if err != nil || end <= start {
		end = size
	}
	return min(start, size), min(end, size)
}

// copyRange copies up to n bytes at off inside the kernel, else by hand.
func copyRange(dst, src *os.File, off, n int64) (int64, error) {
	in, out := off, off
	k, err := unix.CopyFileRange(int(src.Fd()), &in, int(dst.Fd()), &out, int(n), 0)
	if err == nil && k > 0 {
		return int64(k), nil
	}
	if err == unix.ENOSPC || err == unix.EDQUOT || err == unix.EFBIG {
		return 0, err
	}
	return copyByHand(dst, src, off, n)
}

// TakeAttrs gives the file owner, mode and extended attributes of src, as far as
// the process may: an ordinary user cannot give files away.
func (f *File) TakeAttrs(src *os.File) error {
	var st unix.Stat_t
	if err := unix.Fstat(int(src.Fd()), &st); err != nil {
		return f.wrap(err)
	}
	to := int(f.f.Fd())
	owned := unix.Fchown(to, int(st.Uid), int(st.Gid)) == nil
	if !owned {
		_ = unix.Fchown(to, -1, int(st.Gid)) // a group that the user is in
	}
	var now unix.Stat_t
	if err := unix.Fstat(to, &now); err != nil {
		return f.wrap(err)
	}
	mode := st.Mode & 0o7777
	if now.Uid != st.Uid {
		mode &^= unix.S_ISUID
	}
	if now.Gid != st.Gid {
		mode &^= unix.S_ISGID
	}
	if err := unix.Fchmod(to, mode); err != nil {
		return f.wrap(err)
	}
	for _, name := range attrNames(src) {
		value := make([]byte, 64<<10)
		n, err := unix.Fgetxattr(int(src.Fd()), name, value)
		if err != nil {
			continue
		}
		err = unix.Fsetxattr(to, name, value[:n], 0)
		if err == unix.ENOSPC || err == unix.EDQUOT {
			return f.wrap(err)
		}
	}
	return nil
}

func attrNames(f *os.File) []string {
	list := make([]byte, 64<<10)
	n, err := unix.Flistxattr(int(f.Fd()), list)
	if err != nil || n == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(list[:n]), "\x00"), "\x00")
}
