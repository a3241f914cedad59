package overlay

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff"
)

// Op is what happened to a path.
type Op string

const (
	OpNone   Op = "unchanged" // it was so already; Notes may say more
	OpCreate Op = "create"
	OpModify Op = "modify" // the content or the kind of file, and perhaps mode and owner too
	OpChmod  Op = "chmod"  // the mode, and perhaps the owner too
	OpChown  Op = "chown"  // the owner alone
	OpRemove Op = "remove"
)

// Change is what an edit did to one path, or, with [OpNone], that it found nothing to do there.
type Change struct {
	Path   string     `json:"path"` // from the image's root, symbolic links followed: /etc/sysctl.conf
	Op     Op         `json:"op"`
	Before *FileState `json:"before,omitempty"` // nil: there was nothing
	After  *FileState `json:"after,omitempty"`  // nil: there is nothing
	Notes  []string   `json:"notes,omitempty"`
}

// NewChange tells what happened to name, a path as package io/fs writes it, by what was there before and
// what is there now; nil is nothing. It is for edits that live in other packages.
func NewChange(name string, before, after *FileState, notes ...string) Change {
	return Change{Path: abs(name), Op: opOf(before, after), Before: before, After: after, Notes: notes}
}

// The notes of an edit that found nothing to do.
const (
	AlreadySo   = "already so"
	AlreadyGone = "already gone"
)

// Changed says whether the change is one.
func (c Change) Changed() bool { return c.Op != OpNone }

// Idle says whether there is nothing to tell of: a path was found as it is to be, and there is no note; or, for a folder,
// none but that.
func (c Change) Idle() bool {
	folder := c.After != nil && c.After.Mode.IsDir()
	return !c.Changed() && !slices.ContainsFunc(c.Notes, func(n string) bool { return !folder || n != AlreadySo })
}

// Name is Path as package io/fs writes it.
func (c Change) Name() string {
	if c.Path == "/" {
		return "."
	}
	return strings.TrimPrefix(c.Path, "/")
}

// opOf finds the name for the step from one state to another.
func opOf(before, after *FileState) Op {
	switch {
	case before.same(after):
		return OpNone
	case before == nil:
		return OpCreate
	case after == nil:
		return OpRemove
	case before.Mode.Type() != after.Mode.Type(), !before.sameContent(after):
		return OpModify
	case before.Mode != after.Mode:
		return OpChmod
	}
	return OpChown
}

// String is the change in one line: `modify /etc/sysctl.conf`, `chmod /etc/shadow 0640 → 0000`.
func (c Change) String() string {
	s := string(c.Op) + " " + c.Path
	if d := c.attributes(); d != "" {
		s += " " + d
	}
	return s
}

// attributes tells mode, owner and target: both sides where they differ.
func (c Change) attributes() string {
	var out []string
	add := func(before, after string) {
		switch {
		case c.Before == nil || c.After == nil || before == after:
		case before == "" || after == "":
			out = append(out, strings.TrimSpace(before+" → "+after))
		default:
			out = append(out, before+" → "+after)
		}
	}
	show := func(f func(*FileState) string) {
		var b, a string
		if c.Before != nil {
			b = f(c.Before)
		}
		if c.After != nil {
			a = f(c.After)
		}
		add(b, a)
		if c.Before == nil && a != "" {
			out = append(out, a)
		}
	}
	show(func(s *FileState) string {
		if s.Type() == "file" {
			return ""
		}
		return s.Type()
	})
	show(func(s *FileState) string {
		if s.Mode&fs.ModeSymlink != 0 {
			return ""
		}
		return fmt.Sprintf("%04o", s.Unix())
	})
	show(func(s *FileState) string { return fmt.Sprintf("%d:%d", s.UID, s.GID) })
	show(func(s *FileState) string { return s.Target })
	return strings.Join(out, ", ")
}

// Diff shows what a change does to a file's content: a unified diff for text, as patch(1) reads it,
// with the labels a/etc/… and b/etc/…; one line with sizes and digests for anything else. It is empty
// where the content is the same.
func (c Change) Diff() string {
	b, a := regular(c.Before), regular(c.After)
	if b == nil && a == nil || b != nil && a != nil && b.sameContent(a) {
		return ""
	}
	from, to := label("a"+c.Path), label("b"+c.Path)
	if b == nil {
		from = "/dev/null"
	}
	if a == nil {
		to = "/dev/null"
	}
	if b != nil && !b.IsText || a != nil && !a.IsText {
		return fmt.Sprintf("Files %s and %s differ: %s → %s\n", from, to, brief(b), brief(a))
	}
	var old, new []byte
	if b != nil {
		old = b.Text
	}
	if a != nil {
		new = a.Text
	}
	return udiff.Unified(from, to, string(old), string(new))
}

// label is a path in the head of a diff. One that could steer a terminal or break the line is quoted.
func label(path string) string {
	if strings.ContainsFunc(path, unicode.IsControl) {
		return strconv.Quote(path)
	}
	return path
}

func regular(s *FileState) *FileState {
	if s == nil || !s.Mode.IsRegular() {
		return nil
	}
	return s
}

func brief(s *FileState) string {
	if s == nil {
		return "nothing"
	}
	return fmt.Sprintf("%d bytes sha256 %s", s.Size, s.SHA256)
}

// Fold joins the changes of several edits so that each path appears once, at its first place: with what
// was there before the first edit and what is there after the last. A path that ends as it began is
// left with [OpNone].
func Fold(changes []Change) []Change {
	var out []Change
	index := make(map[string]int, len(changes))
	for _, c := range changes {
		i, seen := index[c.Path]
		if !seen {
			index[c.Path] = len(out)
			c.Notes = append([]string(nil), c.Notes...)
			out = append(out, c)
			continue
		}
		f := &out[i]
		switch {
		case f.Op == OpNone:
			f.Before, f.After = c.Before, c.After
		case c.Op != OpNone: // else After says it already, with its text
			f.After = c.After
		}
		f.Op = opOf(f.Before, f.After)
		f.Notes = append(f.Notes, c.Notes...)
	}
	for i := range out {
		if out[i].Changed() {
			out[i].Notes = slices.DeleteFunc(out[i].Notes, func(n string) bool { return n == AlreadySo })
		}
	}
	return out
}
