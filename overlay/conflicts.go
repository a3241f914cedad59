package overlay

import (
	"errors"
	"fmt"
	"io/fs"
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
// and with others of another part, unless it matches and changes the line that one of them sets; not with a later one that makes the file anew. Nothing agrees with a [Remove] of its
// path, or of a folder above it that comes later, or of a symbolic link that it goes through; to empty a folder first and then to fill it is an order, not a conflict.
// An edit in an [Override] counts over all earlier ones. Edits that do not tell what they set (see [Claimer]) are not
// compared.
//
// With a tree, paths that lead to one file through the tree's symbolic links are one. Two names of one file (hard links) may
// be written to with the same content; any other edit of the file goes by one of them. Without a tree (nil) paths are
// compared as they are written.
func Conflicts(t ReadTree, edits []Edit) error {
	c := conflicts{tree: t, at: map[string][]claimed{}, names: map[uint64][]string{}, through: map[string]claimed{}}
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
	tree  ReadTree
	at    map[string][]claimed // by path
	names map[uint64][]string  // of the paths so far, those of files with several names, by inode
	// through has the first claim that goes through a symbolic link of the image, by the link's path.
	through map[string]claimed
}

func (c *conflicts) add(i int, e Edit) error {
	claims, override := claimsOf(e)
	for _, claim := range claims {
		name, r, err := c.place(claim)
		if err != nil {
			return err
		}
		if err := c.otherNames(name, r, claimed{claim, e, i}); err != nil {
			return err
		}
		if err := c.links(name, r, claimed{claim, e, i}, override); err != nil {
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

// place is the path that a claim is about, and where it leads in the tree, if there is one.
func (c *conflicts) place(claim Claim) (string, Resolved, error) {
	if c.tree == nil {
		return clean(claim.Path), Resolved{}, nil
	}
	follow := Resolve
	if claim.byName() {
		follow = ResolveLink
	}
	r, err := follow(c.tree, claim.Path)
	if err != nil {
		// That the path cannot be is for the edit to say, which may come after one that makes room.
		return clean(claim.Path), Resolved{}, nil
	}
	return r.Path(), r, nil
}

// byName is for a claim on a name and not on the file that it leads to.
func (c Claim) byName() bool { return c.Kind == ASymlink || c.Kind == Gone }

// links holds a claim on a symbolic link of the image against those that go through it.
func (c *conflicts) links(name string, r Resolved, late claimed, override bool) error {
	for _, l := range r.Links {
		if _, ok := c.through[abs(l)]; !ok {
			c.through[abs(l)] = late
		}
	}
	if !late.byName() || !r.Exists() || override {
		return nil
	}
	if late.Kind == ASymlink && r.Info.Mode()&fs.ModeSymlink != 0 {
		target, err := c.tree.ReadLink(r.Name)
		if err != nil {
			return at(r.Name, err)
		}
		if want, err := late.Value(); err != nil || target == want {
			return err
		}
	}
	if early, ok := c.through[name]; ok {
		return conflict(name, early, late, "the one goes through the link that the other takes away")
	}
	return nil
}

// otherNames holds a claim on a file with several names (hard links) against those that reach it under other ones.
func (c *conflicts) otherNames(name string, r Resolved, late claimed) error {
	if !r.Exists() || !r.Info.Mode().IsRegular() || late.byName() || linksOf(r.Info) < 2 {
		return nil
	}
	file, ok := SysField(r.Info, "Ino")
	if !ok {
		return nil
	}
	for _, other := range c.names[file] {
		for _, early := range c.at[other] {
			if other == name || early.Kind != AFile && early.Kind != APart {
				continue
			}
			why := "both write to it"
			if early.Kind == AFile && late.Kind == AFile {
				var err error
				if why, err = disagree(early.Claim, late.Claim); err != nil {
					return err
				}
			}
			if why != "" {
				return &ConflictError{early.at, late.at, fmt.Errorf("%s: %w: it is one file with %s in the image (hard links), and %q and %q: %s; write to one of its names",
					name, ErrConflict, other, early.edit.Describe(), late.edit.Describe(), why)}
			}
		}
	}
	if !slices.Contains(c.names[file], name) {
		c.names[file] = append(c.names[file], name)
	}
	return nil
}

// compare holds a claim against the earlier ones of its path.
func (c *conflicts) compare(name string, late claimed) error {
	for _, early := range c.at[name] {
		why, err := disagree(early.Claim, late.Claim)
		if err != nil {
			return err
		}
		if why == "" {
			why = undoes(early.edit, late.edit)
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
