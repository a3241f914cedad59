package jbd2

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

const (
	minBlocks = 1024       // Linux refuses shorter journals
	maxBlocks = 10_240_000 // mke2fs makes no longer ones
	maxTags   = 1 << 19    // copies in a log
)

const (
	knownCompat   = layout.JournalCompatChecksum
	knownIncompat = layout.JournalIncompatRevoke | layout.JournalIncompat64Bit | layout.JournalIncompatAsyncCommit |
		layout.JournalIncompatCsumV2 | layout.JournalIncompatCsumV3 | layout.JournalIncompatFastCommit
)

// Source is the file that a journal is.
type Source struct {
	BlockSize int
	Blocks    uint32                         // of the file
	Read      func(n uint32, b []byte) error // fills b with block n of the file
}

// Journal is a journal whose superblock has been read and found good.
type Journal struct {
	src         Source
	sb          layout.JournalSuperblock // the whole block
	format      layout.JournalFormat
	seed        uint32 // of checksums
	v1Checksums bool
	first, last uint32 // the log is the blocks [first, last)
	fc          uint32 // blocks behind it for fast commits
}

// Open reads the superblock of a journal.
func Open(src Source) (*Journal, error) {
	j := &Journal{src: src, sb: make([]byte, src.BlockSize)}
	if src.Blocks < minBlocks || src.Blocks > maxBlocks {
		return nil, badSuper("a journal of %d blocks is not possible", src.Blocks)
	}
	if err := src.Read(0, j.sb); err != nil {
		return nil, fmt.Errorf("journal: reading superblock: %w", err)
	}
	t := j.sb.BlockType()
	switch {
	case j.sb.Magic() != layout.JournalMagic:
		return nil, badSuper("magic %#08x instead of %#08x", j.sb.Magic(), uint32(layout.JournalMagic))
	case t == layout.JournalSuperblockV1:
		if j.sb.Compat()|j.sb.Incompat()|j.sb.ROCompat()|j.sb.NrUsers() != 0 {
			return nil, badSuper("it is of version 1, but has fields of version 2")
		}
	case t == layout.JournalSuperblockV2:
		if err := j.features(); err != nil {
			return nil, err
		}
	default:
		return nil, badSuper("type %d is not known", t)
	}
	return j, j.extent()
}

// features reads what version 2 of the superblock has.
func (j *Journal) features() error {
	for _, f := range []struct {
		what string
		bits uint32
	}{
		{"compatible", j.sb.Compat() &^ knownCompat},
		{"incompatible", j.sb.Incompat() &^ knownIncompat},
		{"read-only compatible", j.sb.ROCompat()},
	} {
		if f.bits != 0 {
			return &FeatureError{fmt.Sprintf("its %s feature %#x is not known", f.what, f.bits)}
		}
	}
	const both = layout.JournalIncompatCsumV2 | layout.JournalIncompatCsumV3
	j.format = layout.JournalFormat(j.sb.Incompat())
	j.v1Checksums = j.sb.Compat()&layout.JournalCompatChecksum != 0
	switch {
	case j.sb.NrUsers() > 1:
		return &FeatureError{fmt.Sprintf("%d file systems share it", j.sb.NrUsers())}
	case j.format&both == both, j.format.HasTail() && j.v1Checksums:
		return badSuper("it has checksums of two versions")
	case j.format.HasTail() && j.sb.ChecksumType() != layout.JournalChecksumCRC32C:
		return badSuper("checksums of type %d are not known", j.sb.ChecksumType())
	case j.format.HasTail() && j.sb.Checksum() != j.sb.ComputeChecksum():
		return badSuper("checksum %#08x instead of %#08x", j.sb.Checksum(), j.sb.ComputeChecksum())
	}
	j.seed = j.sb.ChecksumSeed()
	return nil
}

// extent finds out where the log lies.
func (j *Journal) extent() error {
	if int64(j.sb.BlockSize()) != int64(j.src.BlockSize) {
		return badSuper("blocks of %d bytes, but the file system's have %d", j.sb.BlockSize(), j.src.BlockSize)
	}
	if j.sb.MaxLen() > j.src.Blocks {
		return badSuper("it counts %d blocks, but the file has %d", j.sb.MaxLen(), j.src.Blocks)
	}
	j.first, j.last = j.sb.First(), j.sb.MaxLen()
	if j.format&layout.JournalIncompatFastCommit != 0 {
		j.fc = j.sb.FCBlocks()
		if uint64(j.fc)+minBlocks > uint64(j.last) {
			return badSuper("%d of %d blocks cannot be for fast commits", j.fc, j.last)
		}
		j.last -= j.fc
	}
	if j.first == 0 || uint64(j.first)+minBlocks > uint64(j.last)+1 {
		return badSuper("a log from block %d to %d is too short", j.first, j.last)
	}
	if s := j.sb.Start(); s != 0 && (s < j.first || s >= j.last) {
		return badSuper("it starts at block %d, but the log is from block %d to %d", s, j.first, j.last)
	}
	return nil
}

func badSuper(format string, a ...any) error {
	return &FormatError{What: fmt.Sprintf(format, a...)}
}

// Errno is the error that the kernel has noted in the journal, 0 for none.
func (j *Journal) Errno() int32 { return j.sb.Errno() }

// Emptied gives the block that makes the journal empty when it is written to
// block 0 of its file: sequence is the number of its next transaction. The rest
// stays; that it may hold fast commits is taken back, as the kernel does.
func (j *Journal) Emptied(sequence uint32) []byte {
	b := layout.JournalSuperblock(append([]byte(nil), j.sb...))
	b.SetStart(0)
	b.SetSequence(sequence)
	if b.BlockType() == layout.JournalSuperblockV2 {
		b.SetIncompat(b.Incompat() &^ layout.JournalIncompatFastCommit)
		if j.format.HasTail() {
			b.SetChecksum(b.ComputeChecksum())
		}
	}
	return b
}

// length is how many blocks the log has.
func (j *Journal) length() uint32 { return j.last - j.first }

// at gives the block of the file that is the n-th of the log, counted from the
// oldest transaction.
func (j *Journal) at(n uint32) uint32 {
	return j.first + uint32((uint64(j.sb.Start()-j.first)+uint64(n))%uint64(j.length()))
}

// read reads the n-th block of the log. There are no more than length.
func (j *Journal) read(n, tid uint32, b []byte) error {
	if n >= j.length() {
		return j.bad(0, tid, "the log runs in a circle")
	}
	if err := j.src.Read(j.at(n), b); err != nil {
		return fmt.Errorf("journal: reading block %d: %w", j.at(n), err)
	}
	return nil
}

// bad is an error about the n-th block of the log.
func (j *Journal) bad(n, tid uint32, format string, a ...any) error {
	return &FormatError{j.at(n), tid, fmt.Sprintf(format, a...)}
}

// tags counts the tags of a descriptor.
func (j *Journal) tags(b layout.JournalBlock) (n uint32) {
	for range j.format.Tags(b) {
		n++
	}
	return n
}
