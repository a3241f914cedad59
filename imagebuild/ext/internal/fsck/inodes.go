package fsck

import (
	"bytes"
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// inodeChunk is how much of an inode table is read at once, in bytes.
const inodeChunk = 256 << 10

// readInode reads the inode ino into b.
func (c *checker) readInode(ino uint32, b layout.Inode) bool {
	g := (ino - 1) / c.inodesPerGroup
	off := int64(c.group(g).InodeTable())<<c.blockBits + int64((ino-1)%c.inodesPerGroup)*int64(c.inodeSize)
	return c.read(b[:c.inodeSize], off)
}

// scan is the walk over all inode tables.
type scan struct {
	c          *checker
	again      func(ino uint32, inode layout.Inode) // called instead of examining an inode once more
	used       []byte                               // the bitmap that the group should have
	bitmap     []byte                               // the one on disk
	usedInodes uint32                               // in the group
	dirs       uint32                               // in the group
	lowDtime   bool                                 // a small time of deletion can only be a link of the list of orphans
	buf, zero  []byte
}

// checkInodes examines every inode that may be in use, group by group, and each
// group's inode bitmap and counts after it.
func (c *checker) checkInodes() bool {
	c.states.reset(0, c.maxStates)
	c.xattrs.refs, c.xattrs.inodes = map[uint64]int64{}, map[uint32]uint64{}
	c.xattrs.seen.reset(0, min(c.blocks-c.firstData, 1<<32), maxSeenPages)
	s := &scan{c: c, lowDtime: true}
	for _, t := range []int64{c.sb.WriteTime(), c.sb.MountTime(), c.sb.MkfsTime()} {
		if t := uint32(t); t != 0 && t < c.inodes {
			s.lowDtime = false
		}
	}
	s.used = make([]byte, c.inodesPerGroup/8)
	s.bitmap = make([]byte, c.blockSize)
	for g := range c.groups {
		clear(s.used)
		s.usedInodes, s.dirs = 0, 0
		s.group(g)
		c.checkInodeBitmap(s, g)
		if c.stopped() {
			return false
		}
		c.step(0.6 * float64(g) / float64(c.groups))
	}
	if uint64(c.sb.FreeInodesCount()) != c.freeInodes {
		c.fsProblem(codeFreeInodes, "superblock counts %d free inodes, the bitmaps have %d", c.sb.FreeInodesCount(), c.freeInodes)
	}
	if c.bigFile && c.roCompat&layout.ROLargeFile == 0 {
		c.fsProblem(codeFeatures, "there are files of 2 GiB and more without the feature large_file")
	}
	if c.xattrs.seen.overflow {
		c.fsProblem(codeTooLarge, "blocks of attributes are spread too widely to be compared")
	}
	if c.xattrs.overflow {
		c.fsProblem(codeTooLarge, "more attributes share blocks or have values in inodes than the checker counts")
	}
	c.checkXattrRefs()
	return true
}

// group walks the used part of one inode table.
func (s *scan) group(g uint32) {
	c := s.c
	n := c.inodesPerGroup - c.unusedInodes(g)
	perChunk := uint32(inodeChunk / c.inodeSize)
	size := int(min(n, perChunk)) * c.inodeSize
	if size == 0 {
		return
	}
	if len(s.zero) < size {
		s.zero = make([]byte, size)
	}
	if len(s.buf) < size {
		s.buf = make([]byte, size)
	}
	buf := s.buf[:size]
	off := int64(c.group(g).InodeTable()) << c.blockBits
	for at := uint32(0); at < n; at += perChunk {
		k := int(min(perChunk, n-at))
		chunk := buf[:k*c.inodeSize]
		if !c.read(chunk, off+int64(at)*int64(c.inodeSize)) {
			return
		}
		first := g*c.inodesPerGroup + at + 1
		for i := range k {
			s.inode(first+uint32(i), layout.Inode(chunk[i*c.inodeSize:(i+1)*c.inodeSize:(i+1)*c.inodeSize]))
		}
		if c.stopped() {
			return
		}
	}
}

// inode examines one inode, in use or not.
func (s *scan) inode(ino uint32, inode layout.Inode) {
	c := s.c
	if c.isLost(ino) {
		if s.again == nil {
			s.use(ino)
		}
		return
	}
	links := inode.LinksCount()
	special := c.isSpecial(ino, inode)
	if links == 0 && !special && inode.Mode() == 0 && bytes.Equal(inode, s.zero[:len(inode)]) {
		return
	}
	if s.again != nil {
		if links != 0 || special {
			s.again(ino, inode)
		}
		return
	}
	if c.metadataCsum {
		empty := inode[:layout.GoodOldInodeSize] // one that was never used needs no checksum
		if want := inode.ComputeChecksum(c.csumSeed, ino); inode.Checksum() != want && !bytes.Equal(empty, s.zero[:len(empty)]) {
			c.inodeProblem(codeInodeChecksum, ino, 0, "checksum is %#08x, should be %#08x", inode.Checksum(), want)
		}
	}
	if d := inode.Dtime(); d != 0 && s.lowDtime && d < c.inodes {
		c.inodeProblem(codeOrphans, ino, 0, "is on a list of orphans: its time of deletion %d is the number of an inode", d)
	}
	if links == 0 && !special {
		if inode.Dtime() == 0 && inode.Mode() != 0 {
			c.inodeProblem(codeDtime, ino, 0, "is deleted, but has no time of deletion")
		}
		return
	}
	c.checkInodeFlags(ino, inode)
	if special && ino != layout.InodeRoot {
		s.use(ino)
		c.checkSpecial(ino, inode)
		return
	}
	if links == 0 { // only the root can come here: pass over it, and report it missing later
		return
	}
	if inode.Dtime() != 0 {
		c.inodeProblem(codeDtime, ino, 0, "is in use, but has a time of deletion")
	}
	s.use(ino)
	s.file(ino, inode)
}

// use marks an inode as used in the group's bitmap.
func (s *scan) use(ino uint32) {
	i := (ino - 1) % s.c.inodesPerGroup
	if s.used[i/8]&(1<<(i%8)) == 0 {
		s.used[i/8] |= 1 << (i % 8)
		s.usedInodes++
	}
}

// file examines an inode that can have a name.
func (s *scan) file(ino uint32, inode layout.Inode) {
	c := s.c
	c.checkInodeFields(ino, inode)
	kind := layout.FileTypeOf(inode.Mode())
	if kind == layout.FTUnknown {
		c.inodeProblem(codeMode, ino, 0, "mode %#o has no known type", inode.Mode())
		kind = typeBad
	}
	x := c.checkInodeTail(ino, inode)
	if ino == layout.InodeRoot && kind != layout.FTDir {
		c.inodeProblem(codeRoot, ino, 0, "root is not a directory")
	}
	dir := c.remember(ino, inode, kind)
	switch kind {
	case layout.FTDir:
		s.dirs++
	case layout.FTSymlink:
		c.checkSymlink(ino, inode, x)
	case layout.FTChar, layout.FTBlock, layout.FTFIFO, layout.FTSocket:
		c.checkDevice(ino, inode)
	}
	c.checkBlocks(ino, inode, x, dir)
}

// checkInodeFields checks the fields that need nothing else.
func (c *checker) checkInodeFields(ino uint32, inode layout.Inode) {
	bad := func(what string, v uint64) {
		if !c.holdsValue(inode) {
			c.inodeProblem(codeInodeField, ino, 0, "%s is %#x, should be 0", what, v)
		}
	}
	linux := c.sb.CreatorOS() == layout.OSLinux
	hurd := c.sb.CreatorOS() == layout.OSHurd
	if v := binary.LittleEndian.Uint32(inode[0x70:]); v != 0 {
		bad("fragment address", uint64(v))
	}
	if v := inode.Size() >> 32; v != 0 && inode.IsDir() && c.incompat&layout.IncompatLargeDir == 0 {
		bad("high half of a directory's size", v)
	}
	if v := inode.FileACL() >> 32; v != 0 && !hurd && c.incompat&layout.Incompat64Bit == 0 {
		bad("high half of the block of attributes", v)
	}
	if v := inode.BlocksCount() >> 32; v != 0 && linux && c.roCompat&layout.ROHugeFile == 0 {
		bad("high half of the block count", v)
	}
	if hurd && (inode[0x74] != 0 || inode[0x75] != 0) {
		bad("fragment number or size", uint64(inode[0x74])|uint64(inode[0x75])<<8)
	}
	if inode.Has(inodeFlagImagic) && c.compat&layout.CompatImagicInodes == 0 {
		c.inodeProblem(codeInodeFlags, ino, 0, "is marked as an imagic inode")
	}
}

// checkInodeFlags checks the flags that say how a file is stored, of inodes with
// a fixed meaning as well.
func (c *checker) checkInodeFlags(ino uint32, inode layout.Inode) {
	flag := func(what string) { c.inodeProblem(codeInodeFlags, ino, 0, "%s", what) }
	if inode.Has(layout.InodeFlagCasefold) && (!inode.IsDir() || c.incompat&layout.IncompatCasefold == 0) {
		flag("is marked as case-folded, but cannot be")
	}
	extents := c.incompat&layout.IncompatExtents != 0
	inline := c.incompat&layout.IncompatInlineData != 0
	if inode.Has(layout.InodeFlagInlineData) && ino >= c.firstInode && !inline {
		flag("is marked as having inline data, but the file system has none")
	}
	if inode.Has(layout.InodeFlagInlineData) && inode.Has(layout.InodeFlagExtents) && (inline || extents) {
		flag("is marked as having both extents and inline data")
	}
	if inode.LinksCount() == 0 && ino != layout.InodeBadBlocks && ino != layout.InodeJournal {
		return
	}
	switch {
	case inode.Has(layout.InodeFlagExtents) && !extents:
		flag("is marked as mapped by extents, but the file system has none")
	case extents && !inode.Has(layout.InodeFlagExtents) && (inode.IsRegular() || inode.IsDir()) && validExtentHeader(layout.ExtentNode(inode.Block())):
		flag("is not marked as mapped by extents, but its map is an extent tree")
	}
}

// inodeFlagImagic marks inodes of AFS servers, which have no names.
const inodeFlagImagic = 0x2000

// checkInodeTail checks what lies behind the first 128 bytes of an inode.
func (c *checker) checkInodeTail(ino uint32, inode layout.Inode) (x xattrInfo) {
	if c.inodeSize > layout.GoodOldInodeSize {
		room := c.inodeSize - layout.GoodOldInodeSize
		extra := int(inode.ExtraIsize())
		if extra != 0 && (extra < 4 || extra > room || extra&3 != 0) {
			c.inodeProblem(codeExtraIsize, ino, 0, "extra size is %d, which cannot be", extra)
			return x
		}
		if extra < room-layout.XattrIbodyHeader {
			if a, ok := c.inodeXattrs(inode); ok {
				if x = c.walkXattrs(ino, inode, a, true); x.code != "" {
					c.inodeProblem(x.code, ino, 0, "%s", x.message)
				}
			}
			c.checkEpochs(ino, inode)
		}
	}
	if inode.Has(layout.InodeFlagInlineData) && c.incompat&layout.IncompatInlineData != 0 && ino >= c.firstInode && !x.hasInline {
		c.inodeProblem(codeInlineData, ino, 0, "is marked as having inline data, but lacks the attribute system.data")
	}
	return x
}

// checkEpochs finds times before 1970 that old kernels stored as times of the
// years from 2310 on.
func (c *checker) checkEpochs(ino uint32, inode layout.Inode) {
	for _, t := range []struct{ off, extra int }{{0x08, 0x8C}, {0x0C, 0x84}, {0x10, 0x88}, {0x90, 0x94}} {
		if inode[t.off+3]&0x80 != 0 && inode[t.extra]&3 == 3 {
			c.inodeProblem(codeInodeTime, ino, 0, "a time before 1970 is stored as one after 2310")
			return
		}
	}
}

// checkDevice checks a device, FIFO or socket.
func (c *checker) checkDevice(ino uint32, inode layout.Inode) {
	if inode.Has(layout.InodeFlagIndex | layout.InodeFlagExtents | layout.InodeFlagInlineData) {
		c.inodeProblem(codeInodeFlags, ino, 0, "is a special file, but has flags %#x of files with blocks", inode.Flags())
	}
	if inode.Has(layout.InodeFlagImmutable | layout.InodeFlagAppend) {
		c.inodeProblem(codeInodeFlags, ino, 0, "is a special file, but is marked immutable or append-only")
	}
	if inode.Size() != 0 {
		c.inodeProblem(codeSize, ino, 0, "is a special file of size %d, should be 0", inode.Size())
	}
}
