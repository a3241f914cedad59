package ext

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"lbimage/imagebuild/ext/internal/layout"
)

// maxLabel is how many bytes a label has room for.
const maxLabel = 16

// SetLabel sets the name of the file system, of at most 16 bytes, in the
// superblock and its copies.
func (f *FS) SetLabel(label string) error {
	return f.change(func() error {
		if len(label) > maxLabel || strings.IndexByte(label, 0) >= 0 {
			return fmt.Errorf("label %q: give at most %d bytes, none of them zero: %w", label, maxLabel, fs.ErrInvalid)
		}
		if err := f.changeCopies(copySuper); err != nil {
			return err
		}
		f.sb.SetVolumeName(label)
		return nil
	})
}

// SetUUID sets the UUID of the file system in the superblock and its copies, with
// all checksums that start from it. What directories are hashed with stays.
func (f *FS) SetUUID(uuid [16]byte) error {
	return f.change(func() error {
		if bytes.Equal(uuid[:], f.sb.UUID()) {
			return nil
		}
		if isZero(uuid[:]) {
			return fmt.Errorf("a UUID of zeros stands for none: %w", fs.ErrInvalid)
		}
		if err := f.uuidFixed(); err != nil {
			return err
		}
		what := copySuper
		if f.lazy() || f.seedIsUUID() {
			what = copyAll
		}
		if f.seedIsUUID() {
			if err := f.reseal(layout.CRC32C(^uint32(0), uuid[:])); err != nil {
				return err
			}
		}
		if err := f.changeCopies(what); err != nil {
			return err
		}
		copy(f.sb.UUID(), uuid[:])
		for n := range f.groups {
			f.state[n].dirty = f.state[n].dirty || f.gdtCsum
		}
		return nil
	})
}

// uuidFixed tells why the UUID must stay.
func (f *FS) uuidFixed() error {
	var keys []string
	if f.sb.Compat()&layout.CompatStableInodes != 0 {
		keys = append(keys, layout.CompatNames(layout.CompatStableInodes)...)
	}
	if f.sb.Incompat()&layout.IncompatEncrypt != 0 {
		keys = append(keys, layout.IncompatNames(layout.IncompatEncrypt)...)
	}
	if len(keys) > 0 {
		return &FeatureError{Features: keys, what: "keys of encrypted files may be made from the UUID, leave it as it is"}
	}
	if f.seedIsUUID() && f.sb.Incompat()&layout.IncompatMMP != 0 {
		return &FeatureError{Features: []string{"mmp"}, what: "its block is sealed with the UUID, remove the feature or set the UUID with tune2fs -U"}
	}
	return nil
}

// seedIsUUID tells whether CRC32Cs of the file system start from its UUID.
func (f *FS) seedIsUUID() bool {
	return f.sb.Incompat()&layout.IncompatCsumSeed == 0 && (f.csum || f.sb.Incompat()&layout.IncompatEAInode != 0)
}

// copies says what the copies of the superblock and of the descriptors in other
// groups are to take over from the originals.
type copies int

const (
	copyNone  copies = iota // as after most edits: the kernel, too, leaves them as they are
	copySuper               // the superblock
	copyAll                 // the descriptors, too
)

// changeCopies lets the next Sync write copies.
func (f *FS) changeCopies(what copies) error {
	for n := range f.groups {
		if head := f.head(f.sb, n); head.end > f.groupStart(n)+uint64(f.groupBlocks(n)) {
			return corruptf(0, "group %d: the copy of the superblock in it reaches over its end", n)
		}
	}
	f.copies = max(f.copies, what)
	f.cache.edits++
	return nil
}

// writeCopies brings the copies up to date. One of the superblock counts as not
// clean, so that whoever must fall back on it checks first.
func (f *FS) writeCopies() error {
	if f.copies == copyNone {
		return nil
	}
	sb := slices.Clone(f.sb)
	sb.SetState(sb.State() &^ layout.StateValid)
	for n := uint32(1); n < f.groups; n++ {
		at := f.groupStart(n)
		if hasSuper(sb, n) {
			sb.SetBlockGroupNr(uint16(min(n, 1<<16-1)))
			if f.csum {
				sb.SetChecksum(sb.ComputeChecksum())
			}
			if err := f.writeCopy("superblock", at, sb); err != nil {
				return err
			}
			at++
		}
		if f.copies < copyAll {
			continue
		}
		for i, blk := range f.tableCopies(n) {
			if err := f.writeCopy("group descriptors", at+uint64(i), f.table[blk]); err != nil {
				return err
			}
		}
	}
	f.copies = copyNone
	return nil
}

// tableCopies gives which blocks of the table group n has a copy of.
func (f *FS) tableCopies(n uint32) (list []uint32) {
	own, old := n/f.perDesc, f.metaGroups(f.sb) // own tells of group n
	switch k := n % f.perDesc; {
	case own >= old && (k == 1 || k == f.perDesc-1): // of a meta group; the original is in its first group
		return []uint32{own}
	case own < old && hasSuper(f.sb, n):
		for i := range old {
			list = append(list, i)
		}
	}
	return list
}

func (f *FS) writeCopy(what string, blk uint64, b []byte) error {
	if _, err := f.w.WriteAt(b, int64(blk)*int64(f.bs)); err != nil {
		return fmt.Errorf("writing copy of %s to block %d: %w", what, blk, err)
	}
	return nil
}
