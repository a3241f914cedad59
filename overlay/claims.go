package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
)

// Kinds of [Claim]: what an edit wants a path to be.
type Kind string

const (
	AFile    Kind = "a file"
	AFolder  Kind = "a folder"
	ASymlink Kind = "a symbolic link"
	Gone     Kind = "nothing"
	// APart is a text of which the edit sets a part, and leaves the rest to others.
	APart Kind = "a part of a text"
)

// Claim is what an edit sets of one path. [Conflicts] compares them.
type Claim struct {
	Path string // before symbolic links are followed
	Kind Kind
	// Part names the part of a text, so that two edits of the same part can be told from two of different ones:
	// `line matching "^Port"`. Empty: it is not known which.
	Part string
	// Value tells what is set: a file's content by its digest, a link's target, the value of a part. Two claims of one
	// kind that have the same value agree. Nil: nothing that could differ.
	Value func() (string, error)
	Mode  *fs.FileMode // nil: the edit says none
	Owner *Owner       // nil: the edit says none
	// Below says that all that is below the path goes with it.
	Below bool
}

// Claimer is an edit that tells what it sets. Edits that do not are not compared with others.
type Claimer interface {
	Claims() []Claim
}

// Override is an edit that counts although it disagrees with earlier ones: a profile's, over what all profiles have.
type Override struct{ Edit }

func fixed(s string) func() (string, error) { return func() (string, error) { return s, nil } }

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256 " + hex.EncodeToString(sum[:])
}

func (f File) Claims() []Claim {
	return []Claim{{Path: f.Path, Kind: AFile, Value: func() (string, error) { return digest(f.Content), nil }, Mode: f.Mode, Owner: f.Owner}}
}

func (d Dir) Claims() []Claim {
	return []Claim{{Path: d.Path, Kind: AFolder, Mode: d.Mode, Owner: d.Owner}}
}

func (s Symlink) Claims() []Claim {
	return []Claim{{Path: s.Path, Kind: ASymlink, Value: fixed(s.Target)}}
}

func (m Remove) Claims() []Claim {
	return []Claim{{Path: m.Path, Kind: Gone, Below: m.Tree}}
}

func (w Rewrite) Claims() []Claim { return []Claim{{Path: w.Path, Kind: APart}} }

func (l Line) Claims() []Claim {
	c := Claim{Path: l.Path, Kind: APart, Part: fmt.Sprintf("lines that match %q", l.Match), Value: fixed("set to " + l.Set)}
	switch {
	case l.Match == "":
		c.Part = fmt.Sprintf("the line %q", l.Set)
		c.Value = fixed("is there")
		if l.Remove {
			c.Value = fixed("is not there")
		}
	case l.Remove:
		c.Value = fixed("removed")
	}
	return []Claim{c}
}

func (s Sysctl) Claims() []Claim {
	var out []Claim
	for _, set := range s.Settings {
		out = append(out, Claim{Path: s.path(), Kind: APart, Part: "sysctl " + canonicalKey(set.Key), Value: fixed(set.Value)})
	}
	return out
}

func (v *Overlay) Claims() []Claim {
	out := make([]Claim, len(v.entries))
	for i, e := range v.entries {
		c := Claim{Path: abs(e.name), Kind: AFile, Owner: e.owner}
		mode := e.permissions()
		switch {
		case e.mode.IsDir(): // one that the image has stays as it is, unless it is named
			c.Kind, c.Mode = AFolder, e.given
			if !e.named {
				c.Owner = nil
			}
		case e.mode&fs.ModeSymlink != 0:
			c.Kind, c.Value, c.Owner = ASymlink, fixed(e.target), nil
		default:
			c.Mode, c.Value = &mode, func() (string, error) { return v.digest(e) }
		}
		if c.Kind == AFile && c.Owner == nil {
			c.Owner = &Owner{}
		}
		out[i] = c
	}
	return out
}

// digest reads a file of the overlay.
func (v *Overlay) digest(e entry) (string, error) {
	root, err := openFolder(v.dir)
	if err != nil {
		return "", fmt.Errorf("overlay %s: %w", v.dir, err)
	}
	defer root.Close()
	l := laying{root: root}
	c, err := l.source(e)
	if err != nil {
		return "", fmt.Errorf("overlay %s: %w", v.dir, err)
	}
	return "sha256 " + c.want.SHA256, nil
}

// claimsOf are those of an edit, if it tells them.
func claimsOf(e Edit) (claims []Claim, override bool) {
	if o, ok := e.(Override); ok {
		override, e = true, o.Edit
	}
	if c, ok := e.(Claimer); ok {
		claims = c.Claims()
	}
	return slices.Clone(claims), override
}
