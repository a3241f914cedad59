package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// Errors that callers may look for.
var (
	// ErrNotFile is for a path where a regular file is needed and something else stands.
	ErrNotFile = errors.New("not a regular file")
	// ErrNotDir is for a path where a folder is needed and something else stands.
	ErrNotDir = errors.New("not a folder")
	// ErrIsDir is for a folder that would have to give way.
	ErrIsDir = errors.New("a folder stands there")
)

// editor carries one Apply: the tree, the changes so far, and how much text they may still keep.
type editor struct {
	t       Tree
	policy  Policy
	time    time.Time // for what is written; zero: the tree's own
	texts   int64
	changes []Change
}

func newEditor(t Tree) *editor { return &editor{t: Guard(t), policy: PolicyOf(t), texts: maxTexts} }

// attrs are the mode and owner that a file shall have; nil: as it was, or the default for a new one.
type attrs struct {
	mode  *fs.FileMode
	owner *ids
	whole bool // the file is replaced, and not a part of its text
}

// content is what a file shall hold.
type content struct {
	open func() (io.ReadCloser, error)
	want FileState // Size, SHA256, Text
}

func contentOf(data []byte) content {
	c := content{open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
	d := newDigester(MaxText)
	_, _ = d.Write(data) // into memory
	d.fill(&c.want)
	return c
}

// record notes what happened to a path. Texts are kept while the edit's allowance lasts.
func (e *editor) record(name string, before, after *FileState, notes ...string) {
	c := NewChange(name, before, after, notes...)
	var kept int64
	for _, s := range []*FileState{before, after} {
		if s != nil {
			kept += int64(len(s.Text))
		}
	}
	if c.Op == OpNone || kept > e.texts {
		if kept > e.texts {
			c.Notes = append(c.Notes, fmt.Sprintf("told by digest: this edit's texts pass %d MiB together", maxTexts>>20))
		}
		for _, s := range []*FileState{before, after} {
			if s != nil {
				s.Text, s.IsText = nil, false
			}
		}
	} else {
		e.texts -= kept
	}
	e.changes = append(e.changes, c)
}

// linkNote tells that a path led through symbolic links.
func linkNote(asked string, r Resolved) []string {
	if len(r.Links) == 0 || clean(asked) == r.Path() {
		return nil
	}
	return []string{fmt.Sprintf("%s leads here through the link %s", clean(asked), abs(r.Links[len(r.Links)-1]))}
}

// parents makes the folders that lack above a path, 0755 and owned by root. What lacks behind a
// symbolic link is left alone: such a link points to what another system makes at run time.
func (e *editor) parents(r Resolved) error {
	if r.Missing < 2 {
		return nil
	}
	if r.Dangling {
		return fmt.Errorf("%s: the link %s points into a folder that the image does not have: remove the link or make the folder first",
			r.Path(), abs(r.Links[len(r.Links)-1]))
	}
	parts := strings.Split(r.Name, "/")
	for i := len(parts) - r.Missing + 1; i < len(parts); i++ {
		if err := e.mkdir(path.Join(parts[:i]...), attrs{}, "made for what goes below it"); err != nil {
			return err
		}
	}
	return nil
}

// mkdir makes a folder where nothing is.
func (e *editor) mkdir(name string, a attrs, notes ...string) error {
	after := &FileState{Mode: fs.ModeDir | 0o755}
	if a.mode != nil {
		after.Mode = fs.ModeDir | *a.mode&modeBits
	}
	if a.owner != nil {
		after.UID, after.GID = a.owner.uid, a.owner.gid
	}
	if err := e.t.Mkdir(name, after.Mode.Perm()); err != nil {
		return at(name, err)
	}
	if err := e.setAttrs(name, nil, after); err != nil {
		return err
	}
	more, err := e.inherited(name)
	if err != nil {
		return err
	}
	e.record(name, nil, after, append(notes, more...)...)
	return nil
}

// setAttrs gives owner and mode, in this order: a change of owner may clear the set-id bits. Before is nil for what is new,
// which a set-group-id folder has given its group.
func (e *editor) setAttrs(name string, before, after *FileState) error {
	if before == nil || !before.sameOwner(after) {
		if err := e.t.Lchown(name, int(after.UID), int(after.GID)); err != nil {
			return at(name, err)
		}
	}
	if after.Mode&fs.ModeSymlink != 0 {
		return nil
	}
	if err := e.t.Chmod(name, after.Mode&modeBits); err != nil {
		return at(name, err)
	}
	if e.time.IsZero() {
		return nil
	}
	if err := e.t.Chtimes(name, e.time, e.time); err != nil {
		return at(name, err)
	}
	return nil
}

// put gives a resolved path a content, a mode and an owner. An existing file keeps its inode and with
// it the extended attributes.
func (e *editor) put(r Resolved, c content, a attrs, notes ...string) error {
	if r.Exists() && !r.Info.Mode().IsRegular() {
		if r.Info.IsDir() {
			return fmt.Errorf("%s: %w: remove it first, or choose another path", r.Path(), ErrIsDir)
		}
		return fmt.Errorf("%s: %w (%s): remove it first, or choose another path", r.Path(), ErrNotFile, kind(r.Info))
	}
	if err := e.parents(r); err != nil {
		return err
	}
	var before *FileState
	after := c.want
	after.Mode = 0o644
	if r.Exists() {
		var err error
		if before, err = stateOf(e.t, r.Name, r.Info, MaxText); err != nil {
			return err
		}
		after.Mode, after.UID, after.GID = before.Mode, before.UID, before.GID
	}
	if a.mode != nil {
		after.Mode = *a.mode & modeBits
	}
	if a.owner != nil {
		after.UID, after.GID = a.owner.uid, a.owner.gid
	}
	if before != nil && before.same(&after) {
		e.record(r.Name, before, &after, append(notes, AlreadySo)...)
		return nil
	}
	had, err := e.held(r)
	if err != nil {
		return err
	}
	rewritten := before == nil || !before.sameContent(&after)
	if rewritten {
		if err := e.write(r, c, after.Mode.Perm()); err != nil {
			return err
		}
	}
	touch := touched{whole: rewritten && a.whole, given: rewritten || !before.sameOwner(&after)}
	if err := e.dropAttrs(r, had, touch, a.mode == nil, &after); err != nil {
		return err
	}
	if err := e.setAttrs(r.Name, before, &after); err != nil {
		return err
	}
	more, err := e.keepAttrs(r, had, touch)
	if err != nil {
		return err
	}
	e.record(r.Name, before, &after, append(notes, more...)...)
	return nil
}

// write writes the content and sees to it that it is what was announced.
func (e *editor) write(r Resolved, c content, perm fs.FileMode) error {
	src, err := c.open()
	if err != nil {
		return err
	}
	defer src.Close()
	if c.want.Size <= MaxText {
		data, err := io.ReadAll(io.LimitReader(src, MaxText+1))
		if err != nil {
			return err
		}
		if err := sameAs(r, contentOf(data).want, c.want); err != nil {
			return err
		}
		if err := e.t.WriteFile(r.Name, data, perm); err != nil {
			return at(r.Name, err)
		}
		return nil
	}
	d := newDigester(0)
	if err := e.t.WriteFrom(r.Name, io.TeeReader(src, d), perm); err != nil {
		return at(r.Name, err)
	}
	var got FileState
	d.fill(&got)
	return sameAs(r, got, c.want)
}

func sameAs(r Resolved, got, want FileState) error {
	if !got.sameContent(&want) {
		return fmt.Errorf("%s: its source changed while it was read: run again when nothing writes to it", r.Path())
	}
	return nil
}

func kind(info fs.FileInfo) string {
	switch m := info.Mode(); {
	case m.IsDir():
		return "folder"
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m&fs.ModeDevice != 0:
		return "device"
	case m&fs.ModeNamedPipe != 0:
		return "pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	}
	return "file"
}
