package ext

import (
	"fmt"
	"io/fs"
	"math/bits"
	"strings"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/layout"
)

// Flags of an inode, as [FS.Flags] gives them and [FS.SetFlags] takes them. The
// comment has the letter of chattr and lsattr.
const (
	FlagSecureDelete   = layout.InodeFlagSecureDelete // s
	FlagUndelete       = layout.InodeFlagUndelete     // u
	FlagSync           = layout.InodeFlagSync         // S
	FlagDirSync        = layout.InodeFlagDirSync      // D, of folders
	FlagImmutable      = layout.InodeFlagImmutable    // i
	FlagAppend         = layout.InodeFlagAppend       // a
	FlagNoDump         = layout.InodeFlagNoDump       // d
	FlagNoAtime        = layout.InodeFlagNoAtime      // A
	FlagCompress       = layout.InodeFlagCompress     // c
	FlagJournal        = layout.InodeFlagJournal      // j
	FlagNoTail         = layout.InodeFlagNoTail       // t
	FlagTopDir         = layout.InodeFlagTopDir       // T, of folders
	FlagDAX            = layout.InodeFlagDAX          // x
	FlagProjectInherit = layout.InodeFlagProjInherit  // P, of folders
	FlagCasefold       = layout.InodeFlagCasefold     // F, of empty folders
)

// flagLetters are chattr's, in the order in which lsattr prints them.
var flagLetters = []struct {
	bit    uint32
	letter byte
}{
	{FlagSecureDelete, 's'},
	{FlagUndelete, 'u'},
	{FlagSync, 'S'},
	{FlagDirSync, 'D'},
	{FlagImmutable, 'i'},
	{FlagAppend, 'a'},
	{FlagNoDump, 'd'},
	{FlagNoAtime, 'A'},
	{FlagCompress, 'c'},
	{layout.InodeFlagEncrypt, 'E'},
	{FlagJournal, 'j'},
	{layout.InodeFlagIndex, 'I'},
	{FlagNoTail, 't'},
	{FlagTopDir, 'T'},
	{layout.InodeFlagExtents, 'e'},
	{layout.InodeFlagNoCow, 'C'},
	{FlagDAX, 'x'},
	{FlagCasefold, 'F'},
	{layout.InodeFlagInlineData, 'N'},
	{FlagProjectInherit, 'P'},
	{layout.InodeFlagVerity, 'V'},
	{layout.InodeFlagNoCompress, 'm'},
}

// What may be changed at all, and what of that means something to folders only.
const (
	flagsToSet = FlagSecureDelete | FlagUndelete | FlagSync | FlagDirSync | FlagImmutable | FlagAppend | FlagNoDump | FlagNoAtime |
		FlagCompress | FlagJournal | FlagNoTail | FlagTopDir | FlagDAX | FlagProjectInherit | FlagCasefold
	flagsOfFolders = FlagDirSync | FlagTopDir | FlagProjectInherit | FlagCasefold
)

// FlagString writes flags as lsattr does: a letter or '-' for each that has one.
func FlagString(flags uint32) string {
	b := make([]byte, len(flagLetters))
	for i, f := range flagLetters {
		b[i] = '-'
		if flags&f.bit != 0 {
			b[i] = f.letter
		}
	}
	return string(b)
}

// ParseFlags reads flags from letters of chattr and lsattr, in any order; '-'
// stands for nothing. So it reads what FlagString writes.
func ParseFlags(s string) (uint32, error) {
	flags := uint32(0)
next:
	for i := range len(s) {
		if s[i] == '-' {
			continue
		}
		for _, f := range flagLetters {
			if f.letter == s[i] {
				flags |= f.bit
				continue next
			}
		}
		return 0, fmt.Errorf("flag %q is not known: give letters of chattr: %w", s[i], fs.ErrInvalid)
	}
	return flags, nil
}

// Flags gives the flags of a file or folder. Other things have none that could
// be asked for: the error wraps ErrUnsupported. A symbolic link is not followed.
func (f *FS) Flags(name string) (flags uint32, err error) {
	err = f.look("getflags", name, func() error {
		s, err := f.get(name, false)
		if err == nil {
			err = s.in.hasFlags()
		}
		if err == nil {
			flags = s.in.Flags()
		}
		return err
	})
	return flags, err
}

// hasFlags refuses what the kernel gives no flags.
func (in *inode) hasFlags() error {
	if !in.IsRegular() && !in.IsDir() {
		return fmt.Errorf("only files and folders have flags: %w", ErrUnsupported)
	}
	return nil
}

// SetFlags sets the flags of a file or folder to what Flags gave, with changes in
// those that have a constant here. The others say how the file system stores the
// file; a change of one is refused by its letter. A symbolic link is not followed.
//
// Flags bind whoever mounts the file system. Here they bind nobody: a file that
// is immutable can be changed and removed, as by debugfs.
func (f *FS) SetFlags(name string, flags uint32) error {
	return f.setAttrs("setflags", name, false, func(in *inode) error {
		if err := in.hasFlags(); err != nil {
			return err
		}
		if err := in.checkFlags(flags); err != nil {
			return err
		}
		in.SetFlags(flags)
		return nil
	})
}

// checkFlags refuses changes of flags that are not for the asking.
func (in *inode) checkFlags(flags uint32) error {
	changed := in.Flags() ^ flags
	added := changed & flags
	if own := changed &^ flagsToSet; own != 0 {
		return fmt.Errorf("flag %s: the file system sets it, leave it as Flags gives it: %w", flagNames(own), ErrUnsupported)
	}
	if !in.IsDir() && added&flagsOfFolders != 0 {
		return fmt.Errorf("flag %s: only folders have it: %w", flagNames(added&flagsOfFolders), ErrNotDir)
	}
	const noDAX = layout.InodeFlagVerity | layout.InodeFlagEncrypt | layout.InodeFlagJournal | layout.InodeFlagInlineData
	if changed&(FlagDAX|FlagJournal) != 0 && flags&FlagDAX != 0 && flags&noDAX != 0 {
		return fmt.Errorf("flag x: excluded by %s: %w", flagNames(flags&noDAX), fs.ErrInvalid)
	}
	if changed&FlagCasefold != 0 {
		if in.fs.sb.Incompat()&layout.IncompatCasefold == 0 {
			return fmt.Errorf("flag F: the file system is without casefold: %w", ErrUnsupported)
		}
		if err := in.each(func(dir.Entry) error { return ErrNotEmpty }); err != nil {
			return fmt.Errorf("flag F: %w", err)
		}
	}
	return nil
}

// flagNames gives the letters of flags, and in hexadecimal those without one.
func flagNames(flags uint32) string {
	names := strings.ReplaceAll(FlagString(flags), "-", "")
	for _, f := range flagLetters {
		flags &^= f.bit
	}
	for ; flags != 0; flags &= flags - 1 {
		names += fmt.Sprintf(" %#x", uint32(1)<<bits.TrailingZeros32(flags))
	}
	return strings.TrimSpace(names)
}
