package survey

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// Bounds of the walk. Real images have some ten thousand paths, some twenty deep.
const (
	maxDepth = 200
	maxPaths = 1 << 20
	maxNotes = 20 // of one kind
)

// Walked tells of the walk over the tree.
type Walked struct {
	Folders  int `json:"folders"`
	Files    int `json:"files"` // regular ones; one with two names counts twice
	Symlinks int `json:"symlinks"`
	Others   int `json:"others"` // devices, pipes, sockets
	// Notes say what could not be walked over, and why: the tree is damaged there, or beyond a bound.
	Notes []string `json:"notes,omitempty"`
}

// paths is how many there were.
func (w *Walked) paths() int { return w.Folders + w.Files + w.Symlinks + w.Others }

func (w *Walked) note(name string, format string, args ...any) {
	w.Notes = noted(w.Notes, slashed(name)+": "+fmt.Sprintf(format, args...))
}

// noted adds a note, as long as there are not too many: one more says so, others are dropped.
func noted(notes []string, text string) []string {
	switch {
	case len(notes) < maxNotes:
		return append(notes, text)
	case len(notes) == maxNotes:
		return append(notes, "there is more to be told, which is left out")
	}
	return notes
}

// walker is a walk that goes on.
type walker struct {
	ctx        context.Context
	tree       overlay.ReadTree
	collectors []collector
	seen       map[uint64]struct{} // folders by inode
	Walked
}

// walk hands every path of a tree to the collectors: a folder before what is in it, names of a folder in order of their
// bytes. Symbolic links are not followed. What cannot be read is noted and passed over.
func walk(ctx context.Context, t overlay.ReadTree, collectors ...collector) (Walked, error) {
	w := walker{ctx: ctx, tree: t, collectors: slices.DeleteFunc(slices.Clone(collectors), func(c collector) bool { return c == nil }), seen: map[uint64]struct{}{}}
	info, err := t.Lstat(".")
	if err != nil {
		return w.Walked, err
	}
	err = w.meet(".", info, 0)
	return w.Walked, err
}

// meet tells the collectors of a path, and of what is below it.
func (w *walker) meet(name string, info fs.FileInfo, depth int) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		w.Folders++
	case mode.IsRegular():
		w.Files++
	case mode&fs.ModeSymlink != 0:
		w.Symlinks++
	default:
		w.Others++
	}
	for _, c := range w.collectors {
		if err := c.visit(name, info); err != nil {
			return err
		}
	}
	if !info.IsDir() {
		return nil
	}
	return w.enter(name, info, depth)
}

func (w *walker) enter(name string, info fs.FileInfo, depth int) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if ino, ok := overlay.SysField(info, "Ino"); ok && ino != 0 {
		if _, twice := w.seen[ino]; twice {
			w.note(name, "inode %d is a folder that was met before: the file system is damaged, run e2fsck -f on it", ino)
			return nil
		}
		w.seen[ino] = struct{}{}
	}
	if depth == maxDepth {
		w.note(name, "is %d folders deep, what is below is not looked at", depth)
		return nil
	}
	entries, err := w.tree.ReadDir(name)
	if err != nil {
		w.note(name, "%v", cause(err))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if w.paths() >= maxPaths {
			w.note(name, "more than %d paths, the rest is not looked at", maxPaths)
			return nil
		}
		if !fs.ValidPath(e.Name()) || strings.ContainsAny(e.Name(), "/\x00") || e.Name() == "." {
			w.note(name, "%q is no name of a file: the file system is damaged, run e2fsck -f on it", e.Name())
			continue
		}
		below := path.Join(name, e.Name())
		info, err := e.Info()
		if err != nil {
			w.note(below, "%v", cause(err))
			continue
		}
		if err := w.meet(below, info, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// slashed writes a name of package io/fs as a path from the root.
func slashed(name string) string {
	if name == "." {
		return "/"
	}
	return "/" + name
}

// cause takes off what a tree says of the path.
func cause(err error) error {
	if pe, ok := err.(*fs.PathError); ok {
		return pe.Err
	}
	return err
}
