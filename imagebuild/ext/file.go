package ext

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// File is an open file or folder, with the methods of *os.File that make sense
// here. It remembers the inode, not the name: a rename does not disturb it,
// and other names of the inode show what is written. After the last name is removed its
// methods give ErrRemoved.
type File struct {
	fs     *FS
	ino    uint32
	name   string
	flag   int
	off    int64
	closed bool
	gone   bool
	list   []fs.DirEntry // of a folder: what ReadDir has not given yet
	listed bool
}

var (
	_ fs.ReadDirFile     = (*File)(nil)
	_ io.ReaderAt        = (*File)(nil)
	_ io.WriterAt        = (*File)(nil)
	_ io.ReadWriteSeeker = (*File)(nil)
)

// OpenFile opens a file as os.OpenFile does: flag is one of os.O_RDONLY,
// os.O_WRONLY and os.O_RDWR, with os.O_APPEND, os.O_CREATE, os.O_EXCL and
// os.O_TRUNC as wished. A new file gets perm as it is, without a mask, and
// belongs to user and group 0.
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (*File, error) {
	var file *File
	open := func() (err error) {
		file, err = f.openFile(name, flag, perm)
		return err
	}
	run := f.change
	if !writes(flag) && flag&(os.O_CREATE|os.O_TRUNC) == 0 {
		run = func(do func() error) error { return f.look("open", name, do) }
	}
	if err := run(open); err != nil {
		return nil, pathError("open", name, err)
	}
	return file, nil
}

func writes(flag int) bool { return flag&(os.O_WRONLY|os.O_RDWR) != 0 }

// pathError adds the name where it is not there yet.
func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	var known *fs.PathError
	if errors.As(err, &known) {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

func (f *FS) openFile(name string, flag int, perm fs.FileMode) (*File, error) {
	excl := flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0
	s, err := f.walk(name, !excl)
	switch {
	case err != nil:
		return nil, err
	case s.in == nil && flag&os.O_CREATE == 0:
		return nil, fs.ErrNotExist
	case s.in == nil:
		if err := f.create(&s, layout.ModeRegular|diskBits(perm), nil); err != nil {
			return nil, err
		}
	case excl:
		return nil, fs.ErrExist
	case s.in.IsDir() && (writes(flag) || flag&(os.O_CREATE|os.O_TRUNC) != 0):
		return nil, ErrIsDir
	case !s.in.IsDir() && (writes(flag) || flag&os.O_TRUNC != 0):
		if err := s.in.contents(); err != nil {
			return nil, err
		}
		fallthrough
	default:
		if flag&os.O_TRUNC != 0 {
			if err := s.in.truncate(0); err != nil {
				return nil, err
			}
			if err := s.in.put(); err != nil {
				return nil, err
			}
		}
	}
	file := &File{fs: f, ino: s.in.no, name: name, flag: flag}
	if f.opened != nil {
		f.opened[file] = struct{}{}
	}
	return file, nil
}

// removed tells open files that their inode is no more.
func (f *FS) removed(ino uint32) {
	for file := range f.opened { // the order does not matter
		if file.ino == ino {
			file.gone = true
		}
	}
}

func (o *File) inode() (*inode, error) {
	switch {
	case o.closed:
		return nil, fs.ErrClosed
	case o.gone:
		return nil, ErrRemoved
	}
	return o.fs.file(o.ino)
}

// Close ends the use of the file. It does not write anything: see [FS.Sync].
func (o *File) Close() error {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	if o.closed {
		return &fs.PathError{Op: "close", Path: o.name, Err: fs.ErrClosed}
	}
	o.closed = true
	delete(o.fs.opened, o)
	return nil
}

// Name is the name that the file was opened by.
func (o *File) Name() string { return o.name }

// Stat describes the file.
func (o *File) Stat() (fi fs.FileInfo, err error) {
	err = o.fs.look("stat", o.name, func() error {
		in, err := o.inode()
		if err == nil {
			fi = in.info(o.name)
		}
		return err
	})
	return fi, err
}

// ReadAt has the contract of io.ReaderAt.
func (o *File) ReadAt(p []byte, off int64) (n int, err error) {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	return o.readAt(p, off)
}

func (o *File) readAt(p []byte, off int64) (n int, err error) {
	in, err := o.inode()
	switch {
	case err != nil:
	case o.flag&os.O_WRONLY != 0:
		err = fmt.Errorf("open for writing only: %w", fs.ErrPermission)
	case off < 0:
		err = fs.ErrInvalid
	case in.IsDir():
		err = ErrIsDir
	}
	if err == nil {
		n, err = in.readAt(p, off)
	}
	if err != nil && err != io.EOF {
		err = &fs.PathError{Op: "read", Path: o.name, Err: err}
	}
	return n, err
}

// Read reads on from where the last Read, Write or Seek ended.
func (o *File) Read(p []byte) (n int, err error) {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	n, err = o.readAt(p, o.off)
	o.off += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	if len(p) == 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// WriteAt writes to the file, which grows as needed; between its end and off
// a hole is left. With os.O_APPEND it is an error.
func (o *File) WriteAt(p []byte, off int64) (n int, err error) {
	err = o.edit("write", func(in *inode) error {
		if off < 0 || o.flag&os.O_APPEND != 0 {
			return fs.ErrInvalid
		}
		return in.writeAt(p, off, 0)
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// Write writes on from where the last Read, Write or Seek ended, or with
// os.O_APPEND at the end of the file. It writes all of p or reports an error.
func (o *File) Write(p []byte) (n int, err error) {
	err = o.edit("write", func(in *inode) error {
		if o.flag&os.O_APPEND != 0 {
			o.off = int64(in.size())
		}
		// What was written so far tells how long a run of free blocks is worth it.
		return in.writeAt(p, o.off, uint64(min(o.off, 64<<20))/uint64(o.fs.bs))
	})
	if err != nil {
		return 0, err
	}
	o.off += int64(len(p))
	return len(p), nil
}

// Truncate changes the size of the file; what is added is a hole.
func (o *File) Truncate(size int64) error {
	return o.edit("truncate", func(in *inode) error {
		if size < 0 {
			return fs.ErrInvalid
		}
		return in.truncate(uint64(size))
	})
}

// PunchHole gives the n bytes from off on back to the file system: they read as
// zeros. The size stays.
func (o *File) PunchHole(off, n int64) error {
	return o.edit("punch", func(in *inode) error {
		if off < 0 || n < 0 || off+n < off {
			return fs.ErrInvalid
		}
		return in.punchHole(uint64(off), uint64(n))
	})
}

// edit runs do on the inode of a file that is open for writing.
func (o *File) edit(op string, do func(*inode) error) error {
	err := o.fs.change(func() error {
		in, err := o.inode()
		if err != nil {
			return err
		}
		if !writes(o.flag) {
			return fmt.Errorf("open for reading only: %w", fs.ErrPermission)
		}
		if err := in.contents(); err != nil {
			return err
		}
		if err := do(in); err != nil {
			return err
		}
		return in.put()
	})
	return pathError(op, o.name, err)
}

// Seek has the contract of io.Seeker.
func (o *File) Seek(off int64, whence int) (pos int64, err error) {
	err = o.fs.look("seek", o.name, func() error {
		in, err := o.inode()
		if err != nil {
			return err
		}
		switch whence {
		case io.SeekStart:
		case io.SeekCurrent:
			off += o.off
		case io.SeekEnd:
			off += int64(in.size())
		default:
			return fs.ErrInvalid
		}
		if off < 0 {
			return fs.ErrInvalid
		}
		if in.IsDir() {
			o.listed = false
		}
		o.off, pos = off, off
		return nil
	})
	return pos, err
}

// ReadDir lists the folder in the order of the names, with the contract of
// fs.ReadDirFile. What it gives is the folder as it was at the first call.
func (o *File) ReadDir(n int) (part []fs.DirEntry, err error) {
	err = o.fs.look("readdir", o.name, func() error {
		in, err := o.inode()
		if err != nil {
			return err
		}
		if !o.listed {
			if o.list, err = in.list(); err != nil {
				return err
			}
			o.listed = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	k := len(o.list)
	if n > 0 {
		if k == 0 {
			return nil, io.EOF
		}
		k = min(n, k)
	}
	part, o.list = slices.Clone(o.list[:k]), o.list[k:]
	return part, nil
}
