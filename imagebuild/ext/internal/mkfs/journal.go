package mkfs

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// The limits of a journal, in blocks. Linux refuses one of less than 1024.
const (
	minJournal = 1024
	maxJournal = 1 << 20
)

// journalSize is the journal's size in blocks: what was asked for, or what suits
// the size of the file system.
func (g *geometry) journalSize(o Options) uint64 {
	if o.Type == "ext2" || o.JournalBlocks < 0 {
		return 0
	}
	if o.JournalBlocks > 0 {
		return uint64(o.JournalBlocks)
	}
	size := uint64(0)
	for _, step := range [...]struct{ from, size uint64 }{
		{2048, 1024}, {32768, 4096}, {256 << 10, 8192}, {512 << 10, 16384}, {4 << 20, 32768},
		{8 << 20, 65536}, {16 << 20, 131072}, {32 << 20, 262144},
	} {
		if g.blocks >= step.from {
			size = step.size
		}
	}
	return size
}

// makeJournal makes inode 8 with an empty journal, and the copy of the inode's map
// that the superblock keeps.
func (f *formatter) makeJournal() error {
	in := f.newInode(layout.InodeJournal, layout.ModeRegular|0o600, 1)
	runs, err := f.setContent(in, layout.InodeJournal, f.journalGoal(), f.journal)
	if err != nil {
		return err
	}
	j := layout.JournalSuperblock(f.addBlock(runs[0].start))
	j.SetHeader(layout.JournalSuperblockV2)
	j.SetBlockSize(uint32(f.bs))
	j.SetMaxLen(uint32(f.journal))
	j.SetFirst(1)
	j.SetSequence(1)
	j.SetNrUsers(1)
	copy(j.UUID(), f.opts.UUID[:])
	f.overhead += f.journal
	return nil
}

// journalGoal is where the journal should start: in the middle, so that the way
// to it is short from everywhere, and in the emptiest group there.
func (f *formatter) journalGoal() uint64 {
	group := f.groupOf(f.first + (f.blocks-f.first)/2)
	from := group
	if f.flex > 1 && group > f.flex {
		from = group - group%f.flex
		for from < f.groups-1 && f.freeIn(from) == 0 {
			from++
		}
	} else if group > 0 {
		from = group - 1
	}
	best := from
	for g := from + 1; g <= min(group+1, f.groups-1); g++ {
		if f.freeIn(g) > f.freeIn(best) {
			best = g
		}
	}
	return f.groupStart(best)
}

// freeIn is how many blocks of the group are free.
func (f *formatter) freeIn(group uint64) uint64 {
	from, to := f.groupStart(group), f.groupEnd(group)
	return to - from - f.used.count(from, to)
}

// backUpJournalMap copies the journal's map and size into the superblock, from
// where e2fsck restores a damaged inode 8.
func (f *formatter) backUpJournalMap() {
	if f.journal == 0 {
		return
	}
	in := f.inode(layout.InodeJournal)
	f.super.SetJournalInode(layout.InodeJournal)
	f.super.SetJournalBackupType(1)
	b := f.super.JournalBlocks()
	copy(b, in.Block())
	binary.LittleEndian.PutUint32(b[60:], uint32(in.Size()>>32))
	binary.LittleEndian.PutUint32(b[64:], uint32(in.Size()))
}
