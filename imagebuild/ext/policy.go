package ext

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// Which features may be read, and which edited. A feature that is in neither
// list is refused: for editing if its bit is read-only compatible, for reading
// too if it is incompatible. Compatible bits that are not known are let pass, as
// the format intends, but known ones that ask for work at every change are not.
const (
	editIncompat = layout.IncompatFiletype | layout.IncompatMetaBG | layout.IncompatExtents | layout.Incompat64Bit |
		layout.IncompatFlexBG | layout.IncompatCsumSeed | layout.IncompatEAInode | layout.IncompatLargeDir |
		layout.IncompatMMP | layout.IncompatInlineData | // mmp.go, inline.go
		layout.IncompatEncrypt | layout.IncompatCasefold // but not what is marked with them: flagged.go
	readIncompat = editIncompat | layout.IncompatRecover
	editROCompat = layout.ROSparseSuper | layout.ROLargeFile | layout.ROHugeFile | layout.ROGdtCsum | layout.RODirNlink |
		layout.ROExtraIsize | layout.ROMetadataCsum | layout.ROQuota | layout.ROProject |
		layout.ROBigalloc | layout.ROVerity // flagged.go
	noEditCompat = layout.CompatImagicInodes | layout.CompatLazyBG | layout.CompatExcludeInode | layout.CompatExcludeBitmap
)

// unreadable tells which features forbid to open the file system at all.
func unreadable(sb layout.Superblock) error {
	if bits := sb.Incompat() &^ readIncompat; bits != 0 {
		return &FeatureError{Features: layout.IncompatNames(bits)}
	}
	return nil
}

// uneditable tells why the file system must not be edited, as far as the
// superblock shows it; nil where it may be, if need be after recover.
func uneditable(sb layout.Superblock) error {
	names := layout.IncompatNames(sb.Incompat() &^ (editIncompat | layout.IncompatRecover))
	names = append(names, layout.ROCompatNames(sb.ROCompat()&^(editROCompat|layout.ROOrphanPresent))...)
	names = append(names, layout.CompatNames(sb.Compat()&noEditCompat)...)
	if len(names) > 0 {
		return &FeatureError{Features: names, Edit: true}
	}
	const both = layout.ROMetadataCsum | layout.ROGdtCsum
	switch {
	case sb.ROCompat()&both == both:
		return &StateError{"uninit_bg", "it excludes metadata_csum, which is set as well", mend}
	case sb.State()&layout.StateErrors != 0:
		return &StateError{"error state", "the kernel met an error in it", mend}
	case sb.State()&layout.StateOrphans != 0:
		return &StateError{"orphan state", "a cleaning of orphans was not finished", mend}
	case sb.State()&layout.StateValid == 0:
		return &StateError{"not clean", "it was not unmounted", mend}
	case sb.CreatorOS() != layout.OSLinux:
		return &StateError{"creator", fmt.Sprintf("operating system %d keeps other things in inodes than Linux", sb.CreatorOS()), "use a file system made for Linux"}
	}
	return nil
}

// journalState tells why the journal forbids editing: what a later mount would
// replay would be replayed over the edit.
func (f *FS) journalState() error {
	if f.sb.Compat()&layout.CompatHasJournal == 0 {
		return nil
	}
	ino := f.sb.JournalInode()
	if ino == 0 {
		if f.sb.JournalDevice() == 0 && isZero(f.sb.JournalUUID()) {
			return corruptf(0, "has_journal: there is no journal")
		}
		return nil // an external journal, and needs_recovery is clear
	}
	in, err := f.journalInode()
	if err != nil {
		return err
	}
	r, err := in.find(0, 1)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if r.start == 0 {
		return corruptf(ino, "journal: it has no first block")
	}
	b, err := f.cache.get(r.start)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j := layout.JournalSuperblock(b)
	switch t := j.BlockType(); {
	case j.Magic() != layout.JournalMagic || t != layout.JournalSuperblockV1 && t != layout.JournalSuperblockV2:
		return corruptf(ino, "journal: its superblock has magic %#x and type %d", j.Magic(), t)
	case j.Start() != 0:
		return &StateError{"journal", fmt.Sprintf("it is not empty, it starts at block %d, though needs_recovery is clear", j.Start()), mend}
	case j.Errno() != 0:
		return &StateError{"journal", fmt.Sprintf("it records error %d", j.Errno()), mend}
	case t == layout.JournalSuperblockV2 && j.Incompat()&layout.JournalIncompatFastCommit != 0 && f.sb.Compat()&layout.CompatFastCommit == 0:
		return &StateError{"journal", "it holds fast commits, though fast_commit is clear", mend}
	}
	return in.eachRun(func(r run) error {
		f.meta = append(f.meta, r)
		return nil
	}, func(blk uint64) error {
		f.meta = append(f.meta, run{blk, blk + 1})
		return nil
	})
}

// journalInode reads the inode of the journal.
func (f *FS) journalInode() (*inode, error) {
	in, err := f.readInode(f.sb.JournalInode())
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if !in.IsRegular() || in.LinksCount() == 0 || in.Has(layout.InodeFlagInlineData) {
		return nil, corruptf(in.no, "journal: it is no file")
	}
	return in, nil
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
