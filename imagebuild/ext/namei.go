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
	above []*inode // dir and all folders that it lies in, the root first
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
	root, err := f.file(layout.InodeRoot)
	if err != nil {
		return spot{}, err
	}
	rest := elements(name)
	stack := append(make([]*inode, 0, 1+len(rest)), root) // the folders down to where the walk is
	links := 0
	for len(rest) > 0 {
		elem := rest[0]
		rest = rest[1:]
		cur := stack[len(stack)-1]
		if elem == ".." {
			stack = stack[:max(len(stack)-1, 1)]
			continue
		}
		if len(elem) > layout.NameMax {
			return spot{}, ErrNameTooLong
		}
		e, ok, err := cur.lookup(elem)
		if err != nil {
			return spot{}, err
		}
		last := len(rest) == 0
		if !ok {
			if last {
				return spot{cur, elem, nil, stack}, nil
			}
			return spot{}, fs.ErrNotExist
		}
		in, err := f.file(e.Inode)
		if err != nil {
			return spot{}, err
		}
		if in.IsSymlink() && (follow || !last) {
			if links++; links > maxLinks {
				return spot{}, ErrLoop
			}
			target, err := in.target()
			if err != nil {
				return spot{}, err
			}
			if strings.HasPrefix(target, "/") {
				stack = stack[:1]
			}
			rest = append(elements(target), rest...)
			continue
		}
		if last {
			return spot{cur, elem, in, stack}, nil
		}
		if !in.IsDir() {
			return spot{}, ErrNotDir
		}
		stack = append(stack, in)
	}
	return spot{in: stack[len(stack)-1]}, nil
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
