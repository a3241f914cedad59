package overlay

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrConflict says that two edits disagree on what a path shall be.
var ErrConflict = errors.New("two edits disagree")

// ConflictError is the error of [Conflicts]; it matches [ErrConflict]. Early and Late are the places of the two edits in the
// list.
type ConflictError struct {
	Early, Late int
	err         error
}

func (e *ConflictError) Error() string { return e.err.Error() }
func (e *ConflictError) Unwrap() error { return e.err }

// Conflicts refuses edits that disagree on a path, before anything is written: the one would undo what the other did. The
// error names the path and both edits.
//
// Two edits of one path agree when both make the same file (content, and mode and owner as far as both say them), the same
// link, or a folder. An edit of a part of a text ([Line], [Sysctl], [Rewrite]) agrees with an earlier edit that makes the file,
// and with others of another part; not with a later one that makes the file anew. Nothing agrees with a [Remove] of its
// path, or of a folder above it that comes later; to empty a folder first and then to fill it is an order, not a conflict.
// An edit in an [Override] counts over all earlier ones. Edits that do not tell what they set (see [Claimer]) are not
// compared.
//
// With a tree, paths that lead to one file through the tree's symbolic links are one. Without (nil) they are compared as
// they are written.
func Conflicts(t ReadTree, edits []Edit) error {
	c := conflicts{tree: t, at: map[string][]claimed{}}
	for i, e := range edits {
		if err := c.add(i, e); err != nil {
			return err
		}
	}
	return nil
}

// claimed is a claim with the edit that makes it.
type claimed struct {
	Claim
	edit Edit
	at   int // its place in the list
}

type conflicts struct {
	tree ReadTree
	at   map[string][]claimed // by path
}

func (c *conflicts) add(i int, e Edit) error {
	claims, override := claimsOf(e)
	for _, claim := range claims {
		name, err := c.place(claim)
		if err != nil {
			return err
		}
		if claim.Kind == Gone && claim.Below {
			if err := c.below(name, claimed{claim, e, i}, override); err != nil {
				return err
			}
		}
		if override {
			c.at[name] = slices.DeleteFunc(c.at[name], func(early claimed) bool {
				return claim.Kind != APart || early.Kind == APart && early.Part == claim.Part
			})
		} else if err := c.compare(name, claimed{claim, e, i}); err != nil {
			return err
		}
		c.at[name] = append(c.at[name], claimed{claim, e, i})
	}
	return nil
}

// place is the path that a claim is about.
func (c *conflicts) place(claim Claim) (string, error) {
	if c.tree == nil {
		return clean(claim.Path), nil
	}
	follow := Resolve
	if claim.Kind == ASymlink || claim.Kind == Gone {
		follow = ResolveLink
	}
	r, err := follow(c.tree, claim.Path)
	if err != nil {
		// That the path cannot be is for the edit to say, which may come after one that makes room.
		return clean(claim.Path), nil
	}
	return r.Path(), nil
}

// compare holds a claim against the earlier ones of its path.
func (c *conflicts) compare(name string, late claimed) error {
	for _, early := range c.at[name] {
		why, err := disagree(early.Claim, late.Claim)
		if err != nil {
			return err
		}
		if why != "" {
			return conflict(name, early, late, why)
		}
	}
	return nil
}

// below holds the removal of a folder with all in it against what earlier edits want in it.
func (c *conflicts) below(name string, late claimed, override bool) error {
	var first string
	for p, list := range c.at {
		if len(list) == 0 || !strings.HasPrefix(p, strings.TrimSuffix(name, "/")+"/") {
			continue
		}
		if override {
			delete(c.at, p)
		} else if list[len(list)-1].Kind != Gone && (first == "" || p < first) {
			first = p
		}
	}
	if first == "" {
		return nil
	}
	list := c.at[first]
	return conflict(first, list[len(list)-1], late, "the one sets what the other removes")
}

func conflict(name string, early, late claimed, why string) error {
	return &ConflictError{early.at, late.at, fmt.Errorf("%s: %w: %q and %q: %s; leave one of them out, or say override on the later one, which then counts",
		name, ErrConflict, early.edit.Describe(), late.edit.Describe(), why)}
}

// disagree says in what two claims of one path differ; "" where they agree.
func disagree(early, late Claim) (string, error) {
	if early.Kind != late.Kind {
		switch {
		case early.Kind == AFile && late.Kind == APart, early.Kind == ASymlink && late.Kind == APart:
			return "", nil
		case early.Kind == Gone && early.Below && late.Kind == AFolder:
			return "", nil // emptied, and then filled
		case late.Kind == Gone:
			return "the one sets what the other removes", nil
		case early.Kind == Gone:
			return "the one removes what the other sets", nil
		case early.Kind == APart:
			return "the later one makes anew what the earlier one edits", nil
		}
		return fmt.Sprintf("the one makes %s, the other %s", early.Kind, late.Kind), nil
	}
	if early.Part != late.Part || early.Kind == APart && early.Part == "" {
		return "", nil
	}
	if early.Value != nil && late.Value != nil {
		a, err := early.Value()
		if err != nil {
			return "", err
		}
		b, err := late.Value()
		if err != nil {
			return "", err
		}
		if a != b {
			return differ(early, a, b), nil
		}
	}
	if a, b := early.Mode, late.Mode; a != nil && b != nil && *a&modeBits != *b&modeBits {
		return fmt.Sprintf("the mode is to be %04o and %04o", unixMode(*a), unixMode(*b)), nil
	}
	if a, b := early.Owner, late.Owner; a != nil && b != nil && !a.mayBe(*b) {
		return fmt.Sprintf("the owner is to be %s and %s", a, b), nil
	}
	return "", nil
}

// mayBe says whether two ways to name an owner may mean the same one. Without the image's accounts, a group that is not
// given is any.
func (o Owner) mayBe(p Owner) bool {
	same := func(a, b string) bool {
		if a == "root" {
			a = "0"
		}
		if b == "root" {
			b = "0"
		}
		return a == b
	}
	for _, w := range []*Owner{&o, &p} {
		if w.User == "" {
			w.User = "root"
			if w.Group == "" {
				w.Group = "root"
			}
		}
	}
	return same(o.User, p.User) && (o.Group == "" || p.Group == "" || same(o.Group, p.Group))
}

func differ(c Claim, a, b string) string {
	switch c.Kind {
	case AFile:
		return "the contents differ"
	case ASymlink:
		return fmt.Sprintf("the link is to point to %s and to %s", shorten(a), shorten(b))
	}
	return fmt.Sprintf("%s: %s, and %s", c.Part, shorten(a), shorten(b))
}
