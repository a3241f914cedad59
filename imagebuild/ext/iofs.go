package ext

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"lbimage/imagebuild/ext/internal/dir"
)

var (
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
	_ fs.ReadFileFS = (*FS)(nil)
)

// look runs an operation that only reads.
func (f *FS) look(op, name string, do func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := do(); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: damage(0, err)}
	}
	return nil
}

// Open opens a file or folder for reading; the result is a *File. Symbolic links
// are followed within the file system.
func (f *FS) Open(name string) (fs.File, error) {
	file, err := f.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Stat describes a file, Lstat a symbolic link itself. Sys of the result is a *Stat.
func (f *FS) Stat(name string) (fs.FileInfo, error)  { return f.statAs("stat", name, true) }
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return f.statAs("lstat", name, false) }

func (f *FS) statAs(op, name string, follow bool) (fi fs.FileInfo, err error) {
	err = f.look(op, name, func() error {
		s, err := f.get(name, follow)
		if err == nil {
			fi = s.in.info(name)
		}
		return err
	})
	return fi, err
}

// ReadLink gives the target of a symbolic link as it is written.
func (f *FS) ReadLink(name string) (target string, err error) {
	err = f.look("readlink", name, func() error {
		s, err := f.get(name, false)
		if err != nil {
			return err
		}
		if !s.in.IsSymlink() {
			return fs.ErrInvalid
		}
		target, err = s.in.target()
		return err
	})
	return target, err
}

// ReadDir lists a folder in the order of the names, without "." and "..".
func (f *FS) ReadDir(name string) (list []fs.DirEntry, err error) {
	err = f.look("readdir", name, func() error {
		s, err := f.get(name, true)
		if err == nil {
			list, err = s.in.list()
		}
		return err
	})
	return list, err
}

// list gives the names in a folder, sorted.
func (in *inode) list() ([]fs.DirEntry, error) {
	list := []fs.DirEntry{}
	err := in.each(func(e dir.Entry) error {
		d, err := in.fs.entry(e)
		list = append(list, d)
		return err
	})
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, err
}

// ReadFile gives the contents of a file; a device, pipe or socket has none. A sparse file that is larger than the
// file system is refused: read it piece by piece.
func (f *FS) ReadFile(name string) (data []byte, err error) {
	err = f.look("read", name, func() error {
		s, err := f.get(name, true)
		if err != nil {
			return err
		}
		if s.in.IsDir() {
			return ErrIsDir
		}
		const always = 16 << 20
		size := s.in.size()
		if size > max(always, f.blocks*uint64(f.bs)) {
			return fmt.Errorf("%d bytes are too many to be read at once: open it", size)
		}
		if !s.in.IsRegular() {
			size = 0
		}
		data = make([]byte, size)
		if size > 0 {
			_, err = s.in.readAt(data, 0)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// contents refuses to change the contents of what is not a plain file.
func (in *inode) contents() error {
	switch {
	case in.IsDir():
		return ErrIsDir
	case !in.IsRegular():
		return fmt.Errorf("a %s has no contents: %w", fileMode(in.Mode()).Type(), fs.ErrInvalid)
	}
	return in.sealed()
}
