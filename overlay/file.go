package overlay

import (
	"fmt"
	"io/fs"
)

// File puts a file with a given content at a path, in place of the one that may be there. Folders that
// lack above it are made, 0755 and root's.
type File struct {
	Path    string
	Content []byte
	Mode    *fs.FileMode // nil: as it was; 0644 for a new file
	Owner   *Owner       // nil: as it was; root:root for a new file
}

func (f File) Describe() string {
	return fmt.Sprintf("write %s (%d bytes)", clean(f.Path), len(f.Content))
}
func (f File) Paths() []string { return []string{clean(f.Path)} }

func (f File) Apply(t Tree) ([]Change, error) {
	e := newEditor(t)
	r, err := Resolve(t, f.Path)
	if err != nil {
		return nil, err
	}
	a, err := attributes(t, f.Path, f.Mode, f.Owner)
	if err != nil {
		return nil, err
	}
	a.whole = true
	if err := e.put(r, contentOf(f.Content), a, linkNote(f.Path, r)...); err != nil {
		return nil, err
	}
	return e.changes, nil
}

// attributes looks up what an edit asks for.
func attributes(t Tree, name string, mode *fs.FileMode, owner *Owner) (attrs, error) {
	a := attrs{mode: mode}
	if owner != nil {
		id, err := owner.lookup(t)
		if err != nil {
			return attrs{}, fmt.Errorf("%s: %w", clean(name), err)
		}
		a.owner = &id
	}
	return a, nil
}

// Dir sees to it that there is a folder at a path, with those above it.
type Dir struct {
	Path  string
	Mode  *fs.FileMode // nil: as it was; 0755 for a new folder
	Owner *Owner       // nil: as it was; root:root for a new folder
}

func (d Dir) Describe() string { return "make the folder " + clean(d.Path) }
func (d Dir) Paths() []string  { return []string{clean(d.Path)} }

func (d Dir) Apply(t Tree) ([]Change, error) {
	e := newEditor(t)
	r, err := Resolve(t, d.Path)
	if err != nil {
		return nil, err
	}
	a, err := attributes(t, d.Path, d.Mode, d.Owner)
	if err != nil {
		return nil, err
	}
	if err := e.dir(r, a, linkNote(d.Path, r)...); err != nil {
		return nil, err
	}
	return e.changes, nil
}

// dir makes a folder, or gives an existing one the mode and owner asked for.
func (e *editor) dir(r Resolved, a attrs, notes ...string) error {
	if !r.Exists() {
		if err := e.parents(r); err != nil {
			return err
		}
		return e.mkdir(r.Name, a, notes...)
	}
	if !r.Info.IsDir() {
		return fmt.Errorf("%s: %w (%s): remove it first, or choose another path", r.Path(), ErrNotDir, kind(r.Info))
	}
	before, err := stateOf(e.t, r.Name, r.Info, 0)
	if err != nil {
		return err
	}
	after := *before
	if a.mode != nil {
		after.Mode = fs.ModeDir | *a.mode&modeBits
	}
	if a.owner != nil {
		after.UID, after.GID = a.owner.uid, a.owner.gid
	}
	if before.same(&after) {
		notes = append(notes, AlreadySo)
	} else if err := e.setAttrs(r.Name, before, &after); err != nil {
		return err
	}
	e.record(r.Name, before, &after, notes...)
	return nil
}
