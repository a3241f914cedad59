package overlay

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// Symlink puts a symbolic link at a path. A link or file that is there gives way, a folder does not.
// The target is written as given: it need not exist, and is read from the image's root.
type Symlink struct {
	Path   string
	Target string
}

func (s Symlink) Describe() string { return fmt.Sprintf("link %s to %s", clean(s.Path), s.Target) }
func (s Symlink) Paths() []string  { return []string{clean(s.Path)} }

func (s Symlink) Apply(t Tree) ([]Change, error) {
	e := newEditor(t)
	r, err := ResolveLink(t, s.Path)
	if err != nil {
		return nil, err
	}
	if err := e.symlink(r, s.Target, ids{}, linkNote(s.Path, r)...); err != nil {
		return nil, err
	}
	return e.changes, nil
}

// maxTarget is the kernel's limit for a link's target, in bytes.
const maxTarget = 4095

func (e *editor) symlink(r Resolved, target string, owner ids, notes ...string) error {
	if target == "" || len(target) > maxTarget || strings.ContainsRune(target, 0) {
		return fmt.Errorf("%s: %q cannot be a link's target: give 1 to %d bytes", r.Path(), shorten(target), maxTarget)
	}
	if err := e.parents(r); err != nil {
		return err
	}
	after := &FileState{Mode: fs.ModeSymlink | fs.ModePerm, UID: owner.uid, GID: owner.gid, Target: target}
	var before *FileState
	if r.Exists() {
		if r.Info.IsDir() {
			return fmt.Errorf("%s: %w: remove it first, or choose another path", r.Path(), ErrIsDir)
		}
		var err error
		if before, err = stateOf(e.t, r.Name, r.Info, MaxText); err != nil {
			return err
		}
		if before.Mode&fs.ModeSymlink != 0 && before.Target == target && before.sameOwner(after) {
			e.record(r.Name, before, before, append(notes, AlreadySo)...)
			return nil
		}
		had, err := e.held(r)
		if err != nil {
			return err
		}
		if err := e.t.Remove(r.Name); err != nil {
			return at(r.Name, err)
		}
		for _, h := range had {
			notes = append(notes, h.lost()+": a link has none")
		}
	}
	if err := e.t.Symlink(target, r.Name); err != nil {
		return at(r.Name, err)
	}
	if err := e.setAttrs(r.Name, nil, after); err != nil {
		return err
	}
	e.record(r.Name, before, after, notes...)
	return nil
}

func shorten(s string) string {
	s = cryptHash.ReplaceAllString(s, "${1}…")
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// cryptHash is a password's hash as crypt(3) writes it. None is shown: not in a message either.
var cryptHash = regexp.MustCompile(`(\$[0-9a-z]{1,7}\$)[^\s:$]+\$[^\s:]{16,}`)
