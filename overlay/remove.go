package overlay

import (
	"errors"
	"fmt"
	"path"
	"slices"
)

// Remove takes a file, a link (not what it points to) or a folder away. That it is not there is no error. The changes list
// all that went. The root, and the folders (or links) without which no system starts, such as /etc and /usr/bin, are refused.
type Remove struct {
	Path string
	Tree bool // a folder goes with all that is below it; else only an empty one goes
}

func (m Remove) Describe() string {
	if m.Tree {
		return "remove " + clean(m.Path) + " and what is below it"
	}
	return "remove " + clean(m.Path)
}

func (m Remove) Paths() []string { return []string{clean(m.Path)} }

func (m Remove) Apply(t Tree) ([]Change, error) {
	e := newEditor(t)
	r, err := ResolveLink(t, m.Path)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Name == ".":
		return nil, errors.New("/: the root itself cannot be removed")
	case slices.Contains(vital, r.Name):
		return nil, fmt.Errorf("%s: no system starts without it: name what shall go of it", r.Path())
	case !r.Exists():
		e.record(r.Name, nil, nil, AlreadyGone)
		return e.changes, nil
	}
	if err := e.remove(r.Name, m.Tree, 0); err != nil {
		return nil, err
	}
	return e.changes, nil
}

// vital are the folders of the Filesystem Hierarchy Standard that hold the system, or on which the kernel's own file systems
// are mounted. On some systems those below the root are links into /usr.
var vital = []string{
	"bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "run", "sbin", "sys", "usr", "var",
	"usr/bin", "usr/lib", "usr/lib32", "usr/lib64", "usr/sbin", "usr/share", "var/lib",
}

// maxDepth bounds how deep a tree is walked. A path of the kernel's 4096 bytes has no more folders.
const maxDepth = 2048

func (e *editor) remove(name string, tree bool, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: more than %d folders deep", abs(name), maxDepth)
	}
	info, err := e.t.Lstat(name)
	if err != nil {
		return at(name, err)
	}
	if info.IsDir() {
		entries, err := e.t.ReadDir(name)
		if err != nil {
			return at(name, err)
		}
		if len(entries) > 0 && !tree {
			return fmt.Errorf("%s: a folder with %d entries: say that all below it shall go, or name the files", abs(name), len(entries))
		}
		for _, entry := range entries {
			if err := e.remove(path.Join(name, entry.Name()), tree, depth+1); err != nil {
				return err
			}
		}
	}
	// A file's text is shown when it is removed on its own; of a whole tree the names are enough.
	var texts int64
	if depth == 0 {
		texts = MaxText
	}
	before, err := stateOf(e.t, name, info, texts)
	if err != nil {
		return err
	}
	if err := e.t.Remove(name); err != nil {
		return at(name, err)
	}
	e.record(name, before, nil)
	return nil
}
