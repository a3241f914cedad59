// Package outfile writes files that exist whole or not at all.
//
// A new file has no name while it is written: where the file system can, it is
// an anonymous file in the folder of its target, so that a process which is
// killed at any moment leaves nothing behind. Commit syncs it and gives it its
// name in one step. Elsewhere a hidden temporary file stands beside the target
// and is removed by Close.
package outfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Options of Create.
type Options struct {
	// Overwrite lets Commit replace an existing regular file. Without it both
	// Create and Commit refuse, with an error that matches fs.ErrExist.
	Overwrite bool
	// Perm is given to the file as it is, whatever the umask; 0 means 0644.
	Perm fs.FileMode
}

// File is an output that is being written. It is not safe for concurrent use.
type File struct {
	f         *os.File
	path      string
	temp      string // the temporary name; "" while the file is anonymous
	overwrite bool

	placed bool   // it has its name, by Place
	old    string // where Place keeps what it replaced; "" for nothing
	lost   bool   // Place replaced a file that it could not keep
}

// Create opens a new file that Commit will call path. The folder must exist
// and be writable: both are found out here, before any work is done.
func Create(path string, o Options) (*File, error) {
	if err := checkTarget(path, o.Overwrite); err != nil {
		return nil, err
	}
	perm := o.Perm
	if perm == 0 {
		perm = 0o644
	}
	out := &File{path: path, overwrite: o.Overwrite}
	var err error
	if out.f, err = openAnonymous(filepath.Dir(path)); errors.Is(err, errors.ErrUnsupported) {
		out.f, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
		if err == nil {
			out.temp = out.f.Name()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, folderError(err))
	}
	if err := out.f.Chmod(perm); err != nil {
		return nil, errors.Join(fmt.Errorf("creating %s: %w", path, Bare(err)), out.Close())
	}
	return out, nil
}

// checkTarget refuses what Commit could only refuse after all the work.
func checkTarget(path string, overwrite bool) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("creating %s: %w", path, folderError(err))
	case st.IsDir():
		return fmt.Errorf("creating %s: it is a folder; name a file in it", path)
	case !overwrite:
		return fmt.Errorf("creating %s: %w; choose another name, or replace it with --force", path, errExists)
	case !st.Mode().IsRegular():
		return fmt.Errorf("creating %s: it is not a regular file; choose another name", path)
	}
	return nil
}

var errExists = existsError{}

// existsError reads better in a sentence than 'file exists' and still matches fs.ErrExist.
type existsError struct{}

func (existsError) Error() string        { return "it exists already" }
func (existsError) Is(target error) bool { return target == fs.ErrExist }

// Path is the name that Commit gives the file.
func (f *File) Path() string { return f.path }

func (f *File) Write(p []byte) (int, error) {
	n, err := f.f.Write(p)
	return n, f.wrap(err)
}

// ReadFrom copies inside the kernel where source and file system allow it.
func (f *File) ReadFrom(r io.Reader) (int64, error) {
	n, err := f.f.ReadFrom(r)
	return n, f.wrap(err)
}

// ReadAt reads back what has been written.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

func (f *File) wrap(err error) error {
	if err == nil {
		return nil
	}
	return &WriteError{f.path, Bare(err)}
}

// WriteError is a file that cannot be written. Whoever wraps it need not name the file again.
type WriteError struct {
	Path string
	Err  error
}

func (e *WriteError) Error() string { return "writing " + e.Path + ": " + e.Err.Error() }
func (e *WriteError) Unwrap() error { return e.Err }

// Sync sees to it that what has been written lies on the disk. Commit does so too; where several files are to appear
// together, each is synced before the first is committed.
func (f *File) Sync() error { return f.wrap(f.f.Sync()) }

// Commit syncs the file, gives it its name, and syncs the folder. After an
// error nothing has the name, or what had it before still has.
func (f *File) Commit() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.name(); err != nil {
		return err
	}
	f.temp = ""
	err := f.f.Close()
	f.f = nil
	return errors.Join(f.wrap(err), syncFolder(filepath.Dir(f.path)))
}

// name gives the file its name: by a link where nothing may be replaced (which
// fails if somebody was faster), else by a rename.
func (f *File) name() error {
	if f.temp == "" {
		to := f.path
		if f.overwrite {
			// A link cannot replace a file; the rename that follows can.
			to = hiddenName(f.path)
		}
		if err := linkAnonymous(f.f, to); err != nil {
			return f.nameError(err)
		}
		if !f.overwrite {
			return nil
		}
		f.temp = to
	} else if !f.overwrite {
		if err := os.Link(f.temp, f.path); err != nil {
			return f.nameError(err)
		}
		return os.Remove(f.temp)
	}
	if err := os.Rename(f.temp, f.path); err != nil {
		return f.nameError(err)
	}
	return nil
}

func (f *File) nameError(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return checkTarget(f.path, f.overwrite)
	}
	return fmt.Errorf("naming %s: %w", f.path, Bare(err))
}

// Close discards the file unless it was committed or placed; then it ends what Place has begun.
func (f *File) Close() error {
	if f.f == nil {
		return nil
	}
	err := errors.Join(f.f.Close(), f.settle())
	f.f = nil
	if f.temp != "" {
		err = errors.Join(err, os.Remove(f.temp))
	}
	return err
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	// Some file systems cannot sync a folder; the file itself is safe by then.
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, os.ErrInvalid) && !isInvalid(err) {
		return fmt.Errorf("syncing folder %s: %w", dir, Bare(err))
	}
	return nil
}

// folderError adds the mend to the two errors that people meet.
func folderError(err error) error {
	err = Bare(err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w; make the folder first", err)
	case errors.Is(err, fs.ErrPermission), isReadOnly(err):
		return fmt.Errorf("%w; choose a folder that you can write to", err)
	}
	return err
}

// Bare takes the path out of an error whose path stands in the message already.
func Bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	var le *os.LinkError
	if errors.As(err, &le) {
		return le.Err
	}
	var se *os.SyscallError
	if errors.As(err, &se) {
		return se.Err
	}
	return err
}
