package ext

import (
	"io/fs"
	"strings"

	"lbimage/imagebuild/ext/internal/layout"
)

const maxLinks = 40 // symbolic links on the way to one file, as for the kernel

// spot is where a name leads.
type spot struct {
	dir   *inode   // the folder that holds it; nil for the root, or a way that ends in ".."
	base  string   // the name in dir
	in    *inode   // nil where dir has no such name
	above []uint32 // dir and all folders that it lies in, the root first
}

// validName is fs.ValidPath without the demand for UTF-8: an image may hold
// names in any encoding.
func validName(name string) bool {
	if name == "." {
		return true
	}
	for elem := range strings.SplitSeq(name, "/") {
		if elem == "" || elem == "." || elem == ".." || strings.IndexByte(elem, 0) >= 0 {
			return false
		}
	}
	return true
}

// walk finds a name. Symbolic links on the way are followed within the file
// system: an absolute one starts at its root, and ".." does not leave it. The
// last one is followed if follow is set. A last name that does not exist is no
// error.
func (f *FS) walk(name string, follow bool) (spot, error) {
	if !validName(name) {
		return spot{}, fs.ErrInvalid
	}
	if _, err := f.viewFile(layout.InodeRoot); err != nil {
		return spot{}, err
	}
	rest := elements(name)
	stack := append(make([]uint32, 0, 1+len(rest)), layout.InodeRoot) // the folders down to where the walk is
	links := 0
	slash := false // a link ends in one: what it leads to is a folder
	for len(rest) > 0 {
		elem := rest[0]
		rest = rest[1:]
		last := len(rest) == 0
		cur := stack[len(stack)-1]
		if elem == ".." {
			stack = stack[:max(len(stack)-1, 1)]
			continue
		}
		if len(elem) > layout.NameMax {
			return spot{}, ErrNameTooLong
		}
		ino, ok, dir, err := f.lookup(cur, elem)
		switch {
		case err != nil:
			return spot{}, err
		case !ok && last && !slash:
			return spot{dir, elem, nil, stack}, nil
		case !ok:
			return spot{}, fs.ErrNotExist
		}
		b, err := f.viewFile(ino)
		if err != nil {
			return spot{}, err
		}
		switch {
		case b.IsSymlink() && (follow || !last):
			if links++; links > maxLinks {
				return spot{}, ErrLoop
			}
			in, err := f.file(ino)
			if err != nil {
				return spot{}, err
			}
			target, err := in.target()
			if err != nil {
				return spot{}, err
			}
			if strings.HasPrefix(target, "/") {
				stack = stack[:1]
			}
			slash = slash && last || last && strings.HasSuffix(target, "/")
			rest = append(elements(target), rest...)
		case last && (!slash || b.IsDir()):
			in, err := f.file(ino)
			if err != nil {
				return spot{}, err
			}
			dir, err := f.file(cur)
			return spot{dir, elem, in, stack}, err
		case !b.IsDir():
			return spot{}, ErrNotDir
		default:
			stack = append(stack, ino)
		}
	}
	in, err := f.file(stack[len(stack)-1])
	return spot{in: in}, err
}

// lookup finds a name in the folder with an inode number. Where it has no such
// name, it gives the folder, which was read for that.
func (f *FS) lookup(folder uint32, name string) (ino uint32, ok bool, in *inode, err error) {
	if ino, ok = f.names.get(folder, name); ok {
		return ino, true, nil, nil
	}
	if in, err = f.file(folder); err != nil {
		return 0, false, nil, err
	}
	e, ok, err := in.lookup(name)
	if ok && err == nil {
		f.names.put(folder, name, e.Inode)
	}
	return e.Inode, ok, in, err
}

// elements splits a way at its slashes. Empty elements and "." say nothing.
func elements(way string) []string {
	out := make([]string, 0, 1+strings.Count(way, "/"))
	for elem := range strings.SplitSeq(way, "/") {
		if elem != "" && elem != "." {
			out = append(out, elem)
		}
	}
	return out
}

// get is walk for a name that must exist.
func (f *FS) get(name string, follow bool) (spot, error) {
	s, err := f.walk(name, follow)
	if err == nil && s.in == nil {
		err = fs.ErrNotExist
	}
	return s, err
}

// place is walk for a name that is to be made: it must not exist, but its folder must.
func (f *FS) place(name string) (spot, error) {
	s, err := f.walk(name, false)
	if err == nil && s.in != nil {
		err = fs.ErrExist
	}
	return s, err
}

// lostFound tells whether the spot is the folder in which e2fsck puts what it
// finds: it is not to be moved or removed.
func (s spot) lostFound() bool {
	return s.base == "lost+found" && s.dir.no == layout.InodeRoot && s.in != nil && s.in.IsDir()
}
