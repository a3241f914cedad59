package judge

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"lbimage/haproxy-config"
	"lbimage/overlay"
)

// Binary is what a HAProxy program tells of itself without being run.
type Binary struct {
	// Arch is the processor it is for, as uname -m calls it: "x86_64", "i686", "aarch64", …
	Arch string `json:"arch"`
	// Bits is 32 or 64.
	Bits int `json:"bits"`
	// Interpreter is the loader that the kernel starts for it; empty for a static program.
	Interpreter string `json:"interpreter,omitempty"`
	// Needed are the libraries it names itself, RPath and RunPath the folders to look for them before others.
	Needed  []string `json:"needed,omitempty"`
	RPath   []string `json:"rpath,omitempty"`
	RunPath []string `json:"runpath,omitempty"`
	// Static says that it needs no loader.
	Static bool `json:"static,omitempty"`
	// Release and Date are what it prints of itself: "2.6.12-1+deb12u4" and "2026/10/17"; empty when it
	// is no HAProxy, or one that hides it.
	Release string `json:"release,omitempty"`
	Date    string `json:"date,omitempty"`
	// Version is Release, understood.
	Version haproxyconfig.Version `json:"-"`

	object object
}

// String is the binary in a few words: "HAProxy 1.5.18 for x86_64".
func (b Binary) String() string {
	if b.Release == "" {
		return "HAProxy of unknown version for " + b.Arch
	}
	return "HAProxy " + b.Release + " for " + b.Arch
}

// Tree is what is read of an image. Any overlay.ReadTree is one.
type Tree interface {
	fs.FS // Open
	Lstat(name string) (fs.FileInfo, error)
	ReadLink(name string) (string, error)
	ReadDir(name string) ([]fs.DirEntry, error)
}

// Inspect reads a HAProxy program of size bytes. It is not run, and it may be anything: an error says what is
// wrong with it.
func Inspect(r io.ReaderAt, size int64) (Binary, error) {
	o, err := readObject(r, size)
	if err != nil {
		return Binary{}, err
	}
	if o.kind != elf.ET_EXEC && o.kind != elf.ET_DYN {
		return Binary{}, fmt.Errorf("an ELF file of type %v, not a program", o.kind)
	}
	b := Binary{
		Arch: archName(o), Bits: 64, Interpreter: o.interp, Static: o.interp == "",
		Needed: o.needed, RPath: o.rpath, RunPath: o.runpath, object: o,
	}
	if o.class == elf.ELFCLASS32 {
		b.Bits = 32
	}
	b.Release, b.Date, err = readRelease(r, size)
	if err != nil {
		return Binary{}, err
	}
	if v, err := haproxyconfig.ParseVersion(b.Release); err == nil {
		b.Version = v
	}
	return b, nil
}

// InspectTree is [Inspect] for a file of an image. Symbolic links are followed inside the image.
func InspectTree(t Tree, name string) (Binary, error) {
	r, err := overlay.Resolve(t, name)
	if err != nil {
		return Binary{}, err
	}
	var b Binary
	err = withReader(t, r, func(ra io.ReaderAt, size int64) error {
		b, err = Inspect(ra, size)
		return err
	})
	if err != nil {
		return Binary{}, fmt.Errorf("%s: %w", r.Path(), err)
	}
	return b, nil
}

// badObject is a file that is not what it should be, as opposed to one that cannot be read.
type badObject struct{ error }

func (e badObject) Unwrap() error { return e.error }

// withReader opens a file of a tree for reading at any place. An error of use is a badObject, unless reading failed.
func withReader(t Tree, r overlay.Resolved, use func(io.ReaderAt, int64) error) error {
	if !r.Exists() {
		return fs.ErrNotExist
	}
	if !r.Info.Mode().IsRegular() {
		return badObject{errors.New("not a regular file")}
	}
	size := r.Info.Size()
	if size > maxELF {
		return badObject{fmt.Errorf("%d bytes are more than a program has; the limit is %d", size, maxELF)}
	}
	f, err := t.Open(r.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	ra, ok := f.(io.ReaderAt)
	if !ok {
		b, err := io.ReadAll(io.LimitReader(f, size))
		if err != nil {
			return err
		}
		ra, size = bytes.NewReader(b), int64(len(b))
	}
	watch := watched{ReaderAt: ra}
	err = use(&watch, size)
	if err != nil && watch.err == nil {
		return badObject{err}
	}
	return err
}

// watched takes note of a file system that does not give a file.
type watched struct {
	io.ReaderAt
	err error
}

func (w *watched) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.ReaderAt.ReadAt(p, off)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
