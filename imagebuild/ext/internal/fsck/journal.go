package fsck

import (
	"encoding/binary"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

const (
	minJournalBlocks = 1024
	knownJournal     = layout.JournalIncompatRevoke | layout.JournalIncompat64Bit | layout.JournalIncompatAsyncCommit |
		layout.JournalIncompatCsumV2 | layout.JournalIncompatCsumV3 | layout.JournalIncompatFastCommit
	journalCompatChecksum = 1
	journalCRC32C         = 4
)

// checkJournal checks that there is a journal where there must be one, and that
// nothing in it waits to be replayed.
func (c *checker) checkJournal() bool {
	ino := c.sb.JournalInode()
	external := slices.ContainsFunc(c.sb.JournalUUID(), func(b byte) bool { return b != 0 })
	if c.compat&layout.CompatHasJournal == 0 {
		if ino != 0 || external {
			c.fsProblem(codeJournal, "a journal is named in the superblock, but has_journal is not set")
		}
		return true
	}
	if external { // e2fsck believes this field before the inode
		c.fsProblem(codeJournal, "the journal is on another device and cannot be examined")
		return true
	}
	if ino == 0 {
		c.fsProblem(codeJournal, "has_journal is set, but no journal is named in the superblock")
		return true
	}
	if ino > c.inodes || ino == layout.InodeBadBlocks || ino == layout.InodeRoot {
		c.fsProblem(codeJournal, "inode %d cannot be the journal", ino)
		return true
	}
	inode := make(layout.Inode, c.inodeSize)
	if !c.readInode(ino, inode) {
		return false
	}
	if inode.LinksCount() == 0 { // e2fsck makes do with the superblock's copy, the kernel does not
		c.inodeProblem(codeJournalLinks, ino, 0, "journal is a deleted file")
		return true
	}
	first, mapped, fits := c.journalBlocks(ino, inode)
	if !fits || !inode.IsRegular() || inode.Has(layout.InodeFlagEncrypt) {
		inode = c.journalBackup()
		first, mapped, fits = c.journalBlocks(ino, inode)
	}
	if c.err != nil {
		return false
	}
	if !fits {
		c.inodeProblem(codeJournal, ino, 0, "journal is not a regular file, has too few blocks, or has a hole")
		return true
	}
	if mapped<<c.blockBits < uint64(uint32(inode.Size())) {
		c.inodeProblem(codeJournalHole, ino, 0, "journal has a hole at its block %d", mapped)
	}
	b := make([]byte, c.blockSize)
	if !c.block(b, first) {
		return false
	}
	c.checkJournalSuperblock(ino, first, inode.Size()>>c.blockBits, layout.JournalSuperblock(b[:1024]))
	return true
}

// journalBackup makes an inode of the copy of the journal's map and size that
// the superblock keeps. It serves as long as the journal has no extents.
func (c *checker) journalBackup() layout.Inode {
	inode := make(layout.Inode, c.inodeSize)
	if c.sb.JournalBackupType() != 1 {
		return inode
	}
	b := c.sb.JournalBlocks()
	n := copy(inode.Block(), b)
	inode.SetMode(layout.ModeRegular)
	inode.SetSize(uint64(binary.LittleEndian.Uint32(b[n:]))<<32 | uint64(binary.LittleEndian.Uint32(b[n+4:])))
	return inode
}

// journalBlocks gives the first block of the journal and the first that is not
// mapped, counted in the file. It fits where it is large enough and mapped up to
// its size, with extents even over a hole. Like e2fsck and the kernel this looks
// at the lower half of the size: the journal has its own length.
func (c *checker) journalBlocks(ino uint32, inode layout.Inode) (first, mapped uint64, fits bool) {
	m := &c.mapper
	m.begin(c, ino, inode)
	m.quiet, m.budget, m.nodes = true, c.clusters, maxSmallNodes
	m.onRun = func(lblk, pblk, n uint64) {
		if lblk == 0 {
			first = pblk
		}
		if lblk == mapped {
			mapped += n
		}
	}
	m.walk()
	size, end := int64(int32(uint32(inode.Size()))), mapped
	if inode.Has(layout.InodeFlagExtents) && c.incompat&layout.IncompatExtents != 0 {
		end = m.next
	}
	return first, mapped, first != 0 && inode.Size()>>c.blockBits >= minJournalBlocks && int64(end)<<c.blockBits >= size
}

func (c *checker) checkJournalSuperblock(ino uint32, blk, blocks uint64, j layout.JournalSuperblock) {
	bad := func(format string, args ...any) { c.inodeProblem(codeJournal, ino, blk, format, args...) }
	switch {
	case j.Magic() != layout.JournalMagic:
		bad("journal has magic number %#08x, should be %#08x", j.Magic(), uint32(layout.JournalMagic))
		return
	case j.BlockType() == layout.JournalSuperblockV2:
		if !c.checkJournalFeatures(bad, j) {
			return
		}
	case j.BlockType() != layout.JournalSuperblockV1:
		bad("journal has a superblock of type %d, which is not known", j.BlockType())
		return
	}
	if int(j.BlockSize()) != c.blockSize {
		bad("journal has blocks of %d bytes", j.BlockSize())
	}
	if uint64(j.MaxLen()) > blocks {
		bad("journal counts %d blocks, but has %d", j.MaxLen(), blocks)
	}
	fc := binary.BigEndian.Uint32(j[0x54:])
	if fc == 0 {
		fc = 256 // what the kernel takes
	}
	if j.Incompat()&layout.JournalIncompatFastCommit != 0 && uint64(fc)+minJournalBlocks > uint64(j.MaxLen()) {
		bad("journal sets %d of %d blocks aside for fast commits", fc, j.MaxLen())
	}
	if j.Start() != 0 {
		c.inodeProblem(codeNeedsRecovery, ino, blk, "journal is not empty")
	}
	if j.Errno() != 0 {
		c.inodeProblem(codeState, ino, blk, "journal notes error %d", j.Errno())
	}
}

func (c *checker) checkJournalFeatures(bad func(string, ...any), j layout.JournalSuperblock) bool {
	if j.NrUsers() > 1 {
		bad("journal is shared by %d file systems", j.NrUsers())
	}
	if f := j.Incompat() &^ knownJournal; f != 0 {
		bad("journal has unknown incompatible features %#x", f)
	}
	if f := j.ROCompat(); f != 0 {
		bad("journal has unknown features %#x", f)
	}
	v2, v3 := j.Incompat()&layout.JournalIncompatCsumV2 != 0, j.Incompat()&layout.JournalIncompatCsumV3 != 0
	if v2 && v3 || (v2 || v3) && j.Compat()&journalCompatChecksum != 0 {
		bad("journal has checksums of two versions")
		return false
	}
	if v2 || v3 {
		if t := j[0x50]; t != journalCRC32C {
			bad("journal has checksums of unknown type %d", t)
			return false
		}
		want := layout.CRC32C(^uint32(0), j[:0xFC])
		want = layout.CRC32C(want, make([]byte, 4))
		want = layout.CRC32C(want, j[0x100:1024])
		if have := binary.BigEndian.Uint32(j[0xFC:]); have != want {
			bad("checksum of the journal's superblock is %#08x, should be %#08x", have, want)
		}
	}
	return true
}
