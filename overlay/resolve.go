package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// MaxLinks is how many symbolic links one path may lead through, as in the Linux kernel.
const MaxLinks = 40

// Linker is what [Resolve] needs of a tree.
type Linker interface {
	Lstat(name string) (fs.FileInfo, error)
	ReadLink(name string) (string, error)
}

// Resolved is where a path leads inside a tree.
type Resolved struct {
	// Name has no symbolic link in it, is written as package io/fs does, and lies in the tree.
	Name string
	// Info is the file there; nil when there is none.
	Info fs.FileInfo
	// Missing counts the components at the end of Name that are not there: 0 when Info is set, 1 when
	// only the last one lacks, more when folders on the way lack too.
	Missing int
	// Dangling is set when what is missing is where a symbolic link points to.
	Dangling bool
	// Links are the symbolic links that were followed, in order.
	Links []string
}

// Exists says whether there is something at the path.
func (r Resolved) Exists() bool { return r.Info != nil }

// Path is Name as people write it, from the root: "/etc/passwd".
func (r Resolved) Path() string { return abs(r.Name) }

// Resolve follows name, and every symbolic link on the way and at its end, as a process would whose
// root is the tree's root: absolute targets start at that root, and ".." stops there. A name that does
// not begin with a slash is taken from the root too. It is no error when the path, or only its end, is
// not there; it is one when a file stands where a folder should, or the links go round.
func Resolve(t Linker, name string) (Resolved, error) { return resolve(t, name, true) }

// ResolveLink is Resolve for calls that act on a symbolic link itself: the last component is not followed.
func ResolveLink(t Linker, name string) (Resolved, error) { return resolve(t, name, false) }

func resolve(t Linker, name string, followLast bool) (Resolved, error) {
	if name == "" || strings.ContainsRune(name, 0) {
		return Resolved{}, fmt.Errorf("%q: not a path", name)
	}
	res := Resolved{Name: "."}
	todo := split(name)
	fromLink := 0 // how many components at the head of todo stem from a link's target
	for len(todo) > 0 {
		part, inLink := todo[0], fromLink > 0
		todo = todo[1:]
		fromLink = max(fromLink-1, 0)
		if part == ".." {
			res.Name, res.Info = path.Dir(res.Name), nil
			continue
		}
		next := path.Join(res.Name, part)
		info, err := t.Lstat(next)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			for _, p := range todo {
				if p == ".." { // the kernel, too, asks for the folder before it leaves it
					return Resolved{}, fmt.Errorf("%s: %w", abs(next), fs.ErrNotExist)
				}
			}
			res.Name, res.Info = path.Join(append([]string{next}, todo...)...), nil
			res.Missing, res.Dangling = 1+len(todo), inLink
			return res, nil
		case err != nil:
			return Resolved{}, at(next, err)
		case info.Mode()&fs.ModeSymlink != 0 && (followLast || len(todo) > 0):
			if len(res.Links) == MaxLinks {
				return Resolved{}, fmt.Errorf("%s: %w", abs(split0(name)), syscall.ELOOP)
			}
			target, err := t.ReadLink(next)
			if err != nil {
				return Resolved{}, at(next, err)
			}
			if target == "" || strings.ContainsRune(target, 0) {
				return Resolved{}, fmt.Errorf("%s: symbolic link without a usable target: %w", abs(next), fs.ErrInvalid)
			}
			res.Links = append(res.Links, next)
			if target[0] == '/' {
				res.Name, res.Info = ".", nil
			}
			parts := split(target)
			todo = append(parts, todo...)
			fromLink += len(parts)
		case !info.IsDir() && len(todo) > 0:
			return Resolved{}, fmt.Errorf("%s: %w", abs(next), syscall.ENOTDIR)
		default:
			res.Name, res.Info = next, info
		}
	}
	if res.Info == nil {
		info, err := t.Lstat(res.Name)
		if err != nil {
			return Resolved{}, at(res.Name, err)
		}
		res.Info = info
	}
	return res, nil
}

// split cuts a path into its components; empty ones and "." say nothing and are left out.
func split(name string) []string {
	var parts []string
	for _, p := range strings.Split(name, "/") {
		if p != "" && p != "." {
			parts = append(parts, p)
		}
	}
	return parts
}

// split0 is name without leading and doubled slashes.
func split0(name string) string { return path.Join(append([]string{"."}, split(name)...)...) }

// abs writes an io/fs name as a path from the root, as messages show it.
func abs(name string) string {
	if name == "." {
		return "/"
	}
	return "/" + name
}

// at puts the path before an error, once: trees give *fs.PathError with a path of their own.
func at(name string, err error) error {
	if pe, ok := err.(*fs.PathError); ok { // only the outermost: what wraps one says more than it
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", abs(name), err)
}

// LeadsNowhere says that an error is of a path at which there is nothing, as opposed to a file system that cannot be read.
func LeadsNowhere(err error) bool {
	for _, e := range []error{fs.ErrNotExist, fs.ErrInvalid, syscall.ENOTDIR, syscall.ELOOP} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
