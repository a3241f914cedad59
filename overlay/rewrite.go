package overlay

import (
	"fmt"
	"io/fs"
)

// maxRewrite bounds the size in bytes of a file that is rewritten in memory.
const maxRewrite = 16 << 20

// Rewrite passes a file through a function: the old content goes in, the new one comes out. Owner, mode
// and extended attributes stay.
type Rewrite struct {
	Path string
	What string // for Describe; empty: "rewrite PATH"
	// Edit gives the new content, and notes for the [Change]. It must not change old.
	Edit func(old []byte) (new []byte, notes []string, err error)
	// Create says what to do when there is no such file: nil is an error that names the path and ends
	// with Mend; else Edit is called with nothing, and what it gives is written with this mode and owner.
	Create *Create
	// Mend are the last words of the error for a missing file: what the caller can do about it.
	Mend string
}

// Create is how a file comes into being that was not there. The zero value is 0644 root:root.
type Create struct {
	Mode  fs.FileMode // 0: 0644
	Owner Owner
}

func (w Rewrite) Describe() string {
	if w.What != "" {
		return w.What
	}
	return "rewrite " + clean(w.Path)
}

func (w Rewrite) Paths() []string { return []string{clean(w.Path)} }

func (w Rewrite) Apply(t Tree) ([]Change, error) {
	e := newEditor(t)
	if err := w.apply(e); err != nil {
		return nil, err
	}
	return e.changes, nil
}

func (w Rewrite) apply(e *editor) error {
	r, err := Resolve(e.t, w.Path)
	if err != nil {
		return err
	}
	notes := linkNote(w.Path, r)
	var old []byte
	var a attrs
	switch {
	case r.Exists():
		if old, err = readResolved(e.t, r, maxRewrite); err != nil {
			return err
		}
	case w.Create == nil:
		mend := w.Mend
		if mend == "" {
			mend = "nothing to rewrite"
		}
		return fmt.Errorf("%s: %w: %s", clean(w.Path), fs.ErrNotExist, mend)
	default:
		id, err := w.Create.Owner.lookup(e.t)
		if err != nil {
			return fmt.Errorf("%s: %w", clean(w.Path), err)
		}
		mode := w.Create.Mode
		if mode == 0 {
			mode = 0o644
		}
		a = attrs{mode: &mode, owner: &id}
	}
	data, more, err := w.Edit(old)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Path(), err)
	}
	return e.put(r, contentOf(data), a, append(notes, more...)...)
}
