package block

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// nextData asks the file system for the first data of f at or after off. size is
// how far to look; off lies before it.
func nextData(f *os.File, off, size int64) (start, end int64, err error) {
	// The seek moves the file's offset, which nobody uses: all access here is
	// positional, so goroutines do not disturb each other.
	start, err = f.Seek(off, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		// A hole up to the end, unless the file has shrunk: then the missing
		// bytes are no zeros, and reading them will say so.
		if fi, err := f.Stat(); err == nil && fi.Size() >= size {
			return size, size, nil
		}
	}
	if err != nil { // or a file system that cannot tell
		return off, size, nil
	}
	end, err = f.Seek(start, unix.SEEK_HOLE)
	if err != nil || end <= start {
		end = size
	}
	return min(start, size), min(end, size), nil
}

// openUnnamed makes a file in dir that has no name and cannot be given one.
func openUnnamed(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "unnamed file in "+dir), nil
}
