package overlay

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"
)

// Flagger is a tree that knows the flags of its files, those of chattr(1), in the bits of the kernel's FS_IOC_GETFLAGS. Flags
// may give an error that wraps errors.ErrUnsupported for what has none.
type Flagger interface {
	Flags(name string) (uint32, error)
}

// Flags that keep a file from being changed.
const (
	flagImmutable  = 0x10
	flagAppendOnly = 0x20
)

// ErrImmutable says that a file or folder has a flag that the kernel keeps everyone from changing it by, root included.
var ErrImmutable = errors.New("may not be changed")

// Guard gives a tree that refuses what the kernel would refuse because of the flags immutable and append-only, where t
// knows of flags (see [Flagger]); else t itself. [Apply] and the edits of this package guard their tree by themselves.
func Guard(t Tree) Tree {
	if _, ok := As[guarded](t); ok {
		return t
	}
	f, ok := As[Flagger](t)
	if !ok {
		return t
	}
	return guarded{t, f}
}

type guarded struct {
	Tree
	flags Flagger
}

func (g guarded) Unwrap() Tree { return g.Tree }

// refuse gives an error where a file or folder, if it is there, has one of the flags. asked is the file that the call is
// about, name is that file or its folder.
func (g guarded) refuse(op, asked, name string, bits uint32, doing string) error {
	info, err := g.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil
	}
	flags, err := g.flags.Flags(name)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	word, letter := "immutable", "i"
	switch {
	case flags&bits&flagImmutable != 0:
	case flags&bits&flagAppendOnly != 0:
		word, letter = "append-only", "a"
	default:
		return nil
	}
	what := "it is"
	if name != asked {
		what = "its folder " + abs(name) + " is"
	}
	err = fmt.Errorf("%w: %s %s in the image (lsattr: %s), so that %s is refused: take the attribute away first (lbimage fs chattr IMAGE -- -%s %s)",
		ErrImmutable, what, word, letter, doing, letter, abs(name))
	return &fs.PathError{Op: op, Path: asked, Err: err}
}

const anyFlag = flagImmutable | flagAppendOnly

// existing is for calls that change a file that is there.
func (g guarded) existing(op, name, doing string) error {
	return g.refuse(op, name, name, anyFlag, doing)
}

// entry is for calls that make or take a name in a folder. A folder that is append-only takes new ones.
func (g guarded) entry(op, name string, bits uint32) error {
	doing := "a new name in it"
	if op == "remove" {
		doing = "the removal of a name in it"
	}
	return g.refuse(op, name, path.Dir(name), bits, doing)
}

func (g guarded) write(name string) error {
	_, err := g.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return g.entry("write", name, flagImmutable)
	}
	return g.existing("write", name, "writing to it")
}

func (g guarded) WriteFile(name string, data []byte, perm fs.FileMode) error {
	if err := g.write(name); err != nil {
		return err
	}
	return g.Tree.WriteFile(name, data, perm)
}

func (g guarded) WriteFrom(name string, r io.Reader, perm fs.FileMode) error {
	if err := g.write(name); err != nil {
		return err
	}
	return g.Tree.WriteFrom(name, r, perm)
}

func (g guarded) Mkdir(name string, perm fs.FileMode) error {
	if err := g.entry("mkdir", name, flagImmutable); err != nil {
		return err
	}
	return g.Tree.Mkdir(name, perm)
}

func (g guarded) Symlink(target, name string) error {
	if err := g.entry("symlink", name, flagImmutable); err != nil {
		return err
	}
	return g.Tree.Symlink(target, name)
}

func (g guarded) Link(old, new string) error {
	if err := g.existing("link", old, "a further name"); err != nil {
		return err
	}
	if err := g.entry("link", new, flagImmutable); err != nil {
		return err
	}
	return g.Tree.Link(old, new)
}

func (g guarded) Remove(name string) error {
	if err := g.existing("remove", name, "removing it"); err != nil {
		return err
	}
	if err := g.entry("remove", name, anyFlag); err != nil {
		return err
	}
	return g.Tree.Remove(name)
}

func (g guarded) Chmod(name string, mode fs.FileMode) error {
	if err := g.existing("chmod", name, "another mode"); err != nil {
		return err
	}
	return g.Tree.Chmod(name, mode)
}

func (g guarded) Lchown(name string, uid, gid int) error {
	if err := g.existing("lchown", name, "another owner"); err != nil {
		return err
	}
	return g.Tree.Lchown(name, uid, gid)
}

func (g guarded) Chtimes(name string, atime, mtime time.Time) error {
	if err := g.existing("chtimes", name, "another time"); err != nil {
		return err
	}
	return g.Tree.Chtimes(name, atime, mtime)
}

func (g guarded) Lchtimes(name string, atime, mtime time.Time) error {
	if err := g.existing("lchtimes", name, "another time"); err != nil {
		return err
	}
	return g.Tree.Lchtimes(name, atime, mtime)
}

func (g guarded) SetXattr(name, attr string, value []byte) error {
	if err := g.existing("setxattr", name, "another attribute"); err != nil {
		return err
	}
	return g.Tree.SetXattr(name, attr, value)
}

func (g guarded) RemoveXattr(name, attr string) error {
	if err := g.existing("removexattr", name, "another attribute"); err != nil {
		return err
	}
	return g.Tree.RemoveXattr(name, attr)
}
