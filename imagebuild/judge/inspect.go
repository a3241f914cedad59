package judge

import (
	"debug/elf"
	"fmt"
	"io"

	"lbimage/haproxy-config"
	"lbimage/imagebuild/ldso"
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
type Tree = ldso.Tree

// Inspect reads a HAProxy program of size bytes. It is not run, and it may be anything: an error says what is
// wrong with it.
func Inspect(r io.ReaderAt, size int64) (Binary, error) {
	o, err := readObject(r, size)
	if err != nil {
		return Binary{}, err
	}
	if o.Type != elf.ET_EXEC && o.Type != elf.ET_DYN {
		return Binary{}, fmt.Errorf("an ELF file of type %v, not a program", o.Type)
	}
	b := Binary{
		Arch: o.Arch(), Bits: 64, Interpreter: o.Interpreter, Static: o.Interpreter == "",
		Needed: o.Needed, RPath: o.RPath, RunPath: o.RunPath, object: o,
	}
	if o.Class == elf.ELFCLASS32 {
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
	err = ldso.With(t, r, maxELF, func(ra io.ReaderAt, size int64) error {
		b, err = Inspect(ra, size)
		return err
	})
	if err != nil {
		return Binary{}, fmt.Errorf("%s: %w", r.Path(), err)
	}
	return b, nil
}
