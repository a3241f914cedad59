package overlay

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
)

// Attributes says what becomes of the capabilities and the access control list that a file has when its content is
// replaced. Whatever becomes of them stands in the notes of the [Change].
type Attributes string

const (
	// AsCopied is what cp does to a file that is there, and the kernel with it: the access control list stays, the
	// capabilities go with the content that they were given to. It is what "" stands for.
	AsCopied Attributes = ""
	// Keep keeps both.
	Keep Attributes = "keep"
	// Drop drops both where a file is replaced as a whole ([File], [Overlay]), as rpm and tar do, which make a new file.
	// Edits of a part of a text ([Line], [Rewrite], [Sysctl]) do as with [AsCopied]. Without its list a file gives the
	// group what the list gave it, unless the edit says a mode: what the mode shows before is the list's mask.
	Drop Attributes = "drop"
)

// ParseAttributes reads the words of a recipe: keep, drop, or copy (or nothing) for [AsCopied].
func ParseAttributes(s string) (Attributes, error) {
	switch s {
	case "", "copy":
		return AsCopied, nil
	case string(Keep), string(Drop):
		return Attributes(s), nil
	}
	return "", fmt.Errorf("attributes %q: write keep, drop or copy", shorten(s))
}

// Policy is what holds for all edits of a tree.
type Policy struct {
	Attributes Attributes
}

// WithPolicy gives a tree whose edits go by a policy.
func WithPolicy(t Tree, p Policy) Tree { return governed{t, p} }

// PolicyOf gives the policy of a tree; the zero value where none was given.
func PolicyOf(t ReadTree) Policy {
	if g, ok := As[governed](t); ok {
		return g.policy
	}
	return Policy{}
}

type governed struct {
	Tree
	policy Policy
}

func (g governed) Unwrap() Tree { return g.Tree }

// The extended attributes that speak of a file's content and access.
const (
	attrCapability = "security.capability"
	attrACL        = "system.posix_acl_access"
)

var contentAttrs = []struct{ attr, what string }{
	{attrCapability, "capabilities"},
	{attrACL, "access control list"},
}

// heldAttr is one of them that a file has.
type heldAttr struct {
	attr, what string
	value      []byte
}

func (h heldAttr) lost() string { return fmt.Sprintf("loses the %s that it had (%s)", h.what, h.attr) }

// held reads those that a file has.
func (e *editor) held(r Resolved) ([]heldAttr, error) {
	if !r.Exists() {
		return nil, nil
	}
	names, err := e.t.ListXattr(r.Name)
	if err != nil {
		return nil, at(r.Name, err)
	}
	var out []heldAttr
	for _, c := range contentAttrs {
		if !slices.Contains(names, c.attr) {
			continue
		}
		value, err := e.t.Xattr(r.Name, c.attr)
		if err != nil {
			return nil, at(r.Name, err)
		}
		out = append(out, heldAttr{c.attr, c.what, value})
	}
	return out, nil
}

// touched is what an edit did to a file that was there.
type touched struct {
	whole bool // it has another content, and as a whole
	given bool // it has another content, or went to another owner
}

// stays says whether an attribute outlives that.
func (p Attributes) stays(attr string, t touched) bool {
	switch {
	case p == Keep:
		return true
	case p == Drop && t.whole:
		return false
	}
	return attr != attrCapability || !t.given
}

// because ends the note for an attribute that does not stay.
func (p Attributes) because(t touched) string {
	if p == Drop && t.whole {
		return ", as attributes: drop says"
	}
	return ", as under cp and chown: attributes: keep keeps them"
}

// dropAttrs takes away what does not stay, whether or not the tree did so itself. It comes before the mode is set, which
// a list that goes may change.
func (e *editor) dropAttrs(r Resolved, had []heldAttr, t touched, modeStays bool, after *FileState) error {
	for _, h := range had {
		if e.policy.Attributes.stays(h.attr, t) {
			continue
		}
		if has, err := e.has(r.Name, h.attr); err != nil {
			return err
		} else if has {
			if err := e.t.RemoveXattr(r.Name, h.attr); err != nil {
				return at(r.Name, err)
			}
		}
		if h.attr == attrACL && modeStays {
			after.Mode, _ = withoutACL(after.Mode, h.value)
		}
	}
	return nil
}

// keepAttrs gives back what stays and the tree has dropped, and tells what a reader should know of a file that was
// there. It comes last: a change of owner drops capabilities.
func (e *editor) keepAttrs(r Resolved, had []heldAttr, t touched) ([]string, error) {
	if !r.Exists() {
		return e.inherited(r.Name)
	}
	var notes []string
	if n := linksOf(r.Info); n > 1 {
		notes = append(notes, fmt.Sprintf("the file has %d names (hard links): the change shows under all of them", n))
	}
	for _, h := range had {
		if !e.policy.Attributes.stays(h.attr, t) {
			notes = append(notes, h.lost()+e.policy.Attributes.because(t))
			continue
		}
		if has, err := e.has(r.Name, h.attr); err != nil {
			return nil, err
		} else if !has {
			if err := e.t.SetXattr(r.Name, h.attr, h.value); err != nil {
				return nil, at(r.Name, err)
			}
		}
		notes = append(notes, fmt.Sprintf("keeps the %s that it had (%s)", h.what, h.attr))
	}
	return notes, nil
}

// inherited tells of the access control list that a new file or folder has from a default one of its folder.
func (e *editor) inherited(name string) ([]string, error) {
	has, err := e.has(name, attrACL)
	if err != nil || !has {
		return nil, err
	}
	return []string{"gets the access control list that its folder passes on (" + attrACL + ")"}, nil
}

func (e *editor) has(name, attr string) (bool, error) {
	names, err := e.t.ListXattr(name)
	if err != nil {
		return false, at(name, err)
	}
	return slices.Contains(names, attr), nil
}

// withoutACL is the mode of a file whose access control list goes: the group's bits, which showed the list's mask, become
// what the list gives the group, bounded by the mask as it was in force. ok is false where the list is none that is known.
func withoutACL(mode fs.FileMode, acl []byte) (_ fs.FileMode, ok bool) {
	const (
		version        = 2
		groupObj, mask = 0x04, 0x10
	)
	if len(acl) < 4 || (len(acl)-4)%8 != 0 || binary.LittleEndian.Uint32(acl) != version {
		return mode, false
	}
	group, bound := fs.FileMode(0), fs.FileMode(7)
	for e := acl[4:]; len(e) > 0; e = e[8:] {
		perm := fs.FileMode(binary.LittleEndian.Uint16(e[2:]) & 7)
		switch binary.LittleEndian.Uint16(e) {
		case groupObj:
			group, ok = perm, true
		case mask:
			bound = perm
		}
	}
	if !ok {
		return mode, false
	}
	return mode&^0o070 | group&bound<<3, true
}
