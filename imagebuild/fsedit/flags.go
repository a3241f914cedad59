package fsedit

import (
	"fmt"
	"io/fs"
	"strings"

	"lbimage/imagebuild/ext"
)

// FlagChange is what chattr is told: "+i", "-i" or "=iA".
type FlagChange struct {
	op    byte
	flags uint32
}

// own are the flags that '=' sets and clears.
const ownFlags = ext.FlagSecureDelete | ext.FlagUndelete | ext.FlagSync | ext.FlagDirSync | ext.FlagImmutable | ext.FlagAppend |
	ext.FlagNoDump | ext.FlagNoAtime | ext.FlagCompress | ext.FlagJournal | ext.FlagNoTail | ext.FlagTopDir | ext.FlagDAX |
	ext.FlagProjectInherit | ext.FlagCasefold

// ParseFlagChange reads +, - or = and letters of chattr.
func ParseFlagChange(s string) (FlagChange, error) {
	if s == "" || strings.IndexByte("+-=", s[0]) < 0 {
		return FlagChange{}, &UsageError{fmt.Errorf("flags %q: give +, - or = and letters of chattr, as +i", s)}
	}
	flags, err := ext.ParseFlags(s[1:])
	if err != nil || strings.IndexByte(s[1:], '-') >= 0 {
		return FlagChange{}, &UsageError{fmt.Errorf("flags %q: give +, - or = and letters of chattr, as +i", s)}
	}
	return FlagChange{s[0], flags}, nil
}

func (c FlagChange) apply(old uint32) uint32 {
	switch c.op {
	case '+':
		return old | c.flags
	case '-':
		return old &^ c.flags
	}
	return old&^ownFlags | c.flags
}

// Chattr changes the flags of a file or folder; with recursive also of the files
// and folders below it.
func (t *Tree) Chattr(p string, changes []FlagChange, recursive bool) error {
	set := func(name string) error {
		old, err := t.fs.Flags(name)
		if err != nil {
			return inImage(err)
		}
		flags := old
		for _, c := range changes {
			flags = c.apply(flags)
		}
		if flags == old {
			return nil
		}
		return inImage(t.fs.SetFlags(name, flags))
	}
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	if !recursive {
		return set(name)
	}
	return t.each(name, func(name string, st fs.FileInfo) error {
		if !st.IsDir() && !st.Mode().IsRegular() {
			return nil
		}
		return set(name)
	})
}

// SetProject sets the quota project of a file or folder.
func (t *Tree) SetProject(p string, id uint32) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	return inImage(t.fs.SetProject(name, id))
}
