package ext

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"lbimage/imagebuild/ext/internal/extents"
	"lbimage/imagebuild/ext/internal/layout"
)

// inode is a copy of an inode's bytes; put stores it. An operation holds one
// copy of an inode at a time.
type inode struct {
	layout.Inode
	fs   *FS
	no   uint32
	goal uint64       // where the next block of its map should lie
	ext  extents.Tree // see tree
}

// blankInode gives an inode of zeros.
func (f *FS) blankInode(ino uint32) *inode {
	var one struct {
		inode
		bytes [2 * layout.GoodOldInodeSize]byte // together, for nearly all inodes fit
	}
	one.fs, one.no = f, ino
	if one.Inode = one.bytes[:]; f.inodeSize <= len(one.bytes) {
		one.Inode = one.Inode[:f.inodeSize:f.inodeSize]
	} else {
		one.Inode = make(layout.Inode, f.inodeSize)
	}
	return &one.inode
}

// inodeBlock gives the block of the table that holds an inode, by get, and the
// inode's place in it.
func (f *FS) inodeBlock(ino uint32, get func(uint64) ([]byte, error)) (b []byte, off int, err error) {
	if ino == 0 || ino > f.inodes {
		return nil, 0, corruptf(ino, "there are only %d inodes", f.inodes)
	}
	n, idx := f.inodeGroup(ino)
	at := uint64(idx) * uint64(f.inodeSize)
	b, err = get(f.desc(n).InodeTable() + at/uint64(f.bs))
	return b, int(at % uint64(f.bs)), err
}

// readInode reads an inode, in use or not, and checks what can be checked of it alone.
func (f *FS) readInode(ino uint32) (*inode, error) {
	b, err := f.viewInode(ino)
	if err != nil {
		return nil, err
	}
	in := f.blankInode(ino)
	copy(in.Inode, b)
	return in, nil
}

// viewInode is readInode without the copy: the bytes are those of the cache, not to
// be changed, and good until the next change.
func (f *FS) viewInode(ino uint32) (layout.Inode, error) {
	if ino > 0 && ino <= f.inodes && f.neverUsed(ino) {
		return nil, corruptf(ino, "it lies in the part of the inode table that was never used")
	}
	b, off, err := f.inodeBlock(ino, f.cache.get)
	if err != nil {
		return nil, err
	}
	in := layout.Inode(b[off : off+f.inodeSize])
	if extra := int(in.ExtraIsize()); extra%4 != 0 || layout.GoodOldInodeSize+extra > f.inodeSize {
		return nil, corruptf(ino, "%d bytes of extra fields are not possible", extra)
	}
	if f.csum && in.Checksum() != in.ComputeChecksum(f.seed, ino) && !isZero(in) {
		return nil, corruptf(ino, "checksum %#08x instead of %#08x", in.Checksum(), in.ComputeChecksum(f.seed, ino))
	}
	return in, nil
}

// file reads an inode that a folder names, which must be in use.
func (f *FS) file(ino uint32) (*inode, error) {
	b, err := f.viewFile(ino)
	if err != nil {
		return nil, err
	}
	in := f.blankInode(ino)
	copy(in.Inode, b)
	return in, nil
}

// viewFile is file without the copy, as viewInode.
func (f *FS) viewFile(ino uint32) (layout.Inode, error) {
	in, err := f.viewInode(ino)
	if err != nil {
		return nil, err
	}
	if in.LinksCount() == 0 || in.Mode() == 0 {
		return nil, corruptf(ino, "a folder names it, but it is not in use")
	}
	if ino != layout.InodeRoot && ino < f.firstIno || f.isQuotaFile(ino) {
		return nil, corruptf(ino, "a folder names it, but it is reserved")
	}
	return in, nil
}

// put stores the inode in its table.
func (in *inode) put() error {
	if in.fs.csum {
		in.SetChecksum(in.ComputeChecksum(in.fs.seed, in.no))
	}
	return in.fs.storeInode(in.no, in.Inode)
}

// storeInode puts an inode into its table: with nil, one that is no more.
func (f *FS) storeInode(ino uint32, now layout.Inode) error {
	b, off, err := f.inodeBlock(ino, f.cache.edit)
	if err != nil {
		return err
	}
	at := layout.Inode(b[off : off+f.inodeSize])
	if err := f.account(ino, at, now); err != nil {
		return err
	}
	clear(at[copy(at, now):])
	f.names.forget(ino)
	return nil
}

// size is in bytes. Only files, and folders with large_dir, have a high half.
func (in *inode) size() uint64 {
	if in.IsRegular() || in.fs.sb.Incompat()&layout.IncompatLargeDir != 0 && in.IsDir() {
		return in.Size()
	}
	return in.Size() & math.MaxUint32
}

// setSize marks the file system where the file is the first of 2 GiB or more.
func (in *inode) setSize(n uint64) error {
	if n > math.MaxInt32 && in.IsRegular() && in.fs.sb.ROCompat()&layout.ROLargeFile == 0 {
		if in.fs.sb.RevLevel() == layout.RevOriginal {
			return ErrFileTooLarge
		}
		in.fs.sb.SetROCompat(in.fs.sb.ROCompat() | layout.ROLargeFile)
	}
	in.SetSize(n)
	return nil
}

// hasHuge tells whether the count of sectors has its high 16 bits.
func (in *inode) hasHuge() bool { return in.fs.sb.ROCompat()&layout.ROHugeFile != 0 }

// sectors is what the inode owns, in units of 512 bytes.
func (in *inode) sectors() uint64 {
	n := in.BlocksCount()
	if !in.hasHuge() {
		return n & math.MaxUint32
	}
	if in.Has(layout.InodeFlagHugeFile) {
		return n * uint64(in.fs.bs/512)
	}
	return n
}

// addBlocks counts blocks that the inode has gained or lost.
func (in *inode) addBlocks(n int64) error {
	unit, limit := int64(in.fs.bs/512), int64(math.MaxUint32)
	count := int64(in.BlocksCount())
	if in.hasHuge() {
		limit = 1<<48 - 1
		if in.Has(layout.InodeFlagHugeFile) {
			unit = 1
		}
	} else {
		count &= math.MaxUint32
	}
	count += n * unit
	if count < 0 {
		return corruptf(in.no, "it owns more blocks than it counts")
	}
	if count > limit {
		return ErrFileTooLarge
	}
	if !in.hasHuge() {
		count |= int64(in.BlocksCount()) &^ math.MaxUint32 // ext2 had other fields in the high half
	}
	in.SetBlocksCount(uint64(count))
	return nil
}

// aclBlock is the block of extended attributes, 0 for none.
func (in *inode) aclBlock() uint64 {
	if in.fs.sb.Incompat()&layout.Incompat64Bit == 0 {
		return in.FileACL() & math.MaxUint32
	}
	return in.FileACL()
}

func (in *inode) setACLBlock(blk uint64) {
	if in.fs.sb.Incompat()&layout.Incompat64Bit == 0 {
		blk |= in.FileACL() &^ math.MaxUint32
	}
	in.SetFileACL(blk)
}

// csumSeed is what the checksums of the inode's own blocks start from, where they have any.
func (in *inode) csumSeed() uint32 {
	if !in.fs.csum {
		return 0
	}
	return layout.InodeSeed(in.fs.seed, in.no, in.Generation())
}

// stamp sets the time of change and, with content, that of modification.
func (in *inode) stamp(content bool) error {
	if !in.SetCtime(in.fs.now) || content && !in.SetMtime(in.fs.now) {
		return ErrTimeRange
	}
	return nil
}

// newInode gives the bytes of a new inode in the folder dir, and nothing else:
// the number is not taken yet.
func (f *FS) newInode(ino uint32, mode uint16, dir *inode, name string) (*inode, error) {
	in := f.blankInode(ino)
	if f.inodeSize > layout.GoodOldInodeSize {
		extra := uint16(32)
		if f.sb.ROCompat()&layout.ROExtraIsize != 0 {
			extra = max(extra, f.sb.WantExtraIsize(), f.sb.MinExtraIsize())
		}
		in.SetExtraIsize(min(extra&^3, uint16(f.inodeSize-layout.GoodOldInodeSize)))
	}
	in.SetMode(mode)
	in.SetLinksCount(1)
	in.SetGeneration(f.generation(ino, dir.no, name))
	if dir.Mode()&layout.ModeSetgid != 0 {
		in.SetGID(dir.GID())
		if in.IsDir() {
			in.SetMode(mode | layout.ModeSetgid)
		}
	}
	in.SetFlags(inherited(dir.Flags(), mode))
	if dir.handsDown() && !in.SetProjectID(dir.ProjectID()) {
		return nil, fmt.Errorf("quota project %d: the inode has no room for it: %w", dir.ProjectID(), ErrUnsupported)
	}
	if !in.SetAtime(f.now) || !in.SetMtime(f.now) || !in.SetCtime(f.now) || !in.SetCrtime(f.now) {
		return nil, ErrTimeRange
	}
	return in, f.expect(in)
}

// inherited gives the flags that a new inode takes over from its folder.
func inherited(flags uint32, mode uint16) uint32 {
	const all = layout.InodeFlagSecureDelete | layout.InodeFlagUndelete | layout.InodeFlagCompress | layout.InodeFlagNoCompress |
		layout.InodeFlagSync | layout.InodeFlagNoDump | layout.InodeFlagNoAtime | layout.InodeFlagJournal |
		layout.InodeFlagNoTail | layout.InodeFlagDirSync | layout.InodeFlagDAX
	switch mode & layout.ModeType {
	case layout.ModeDir:
		return flags & (all | layout.InodeFlagProjInherit)
	case layout.ModeRegular:
		return flags & all &^ layout.InodeFlagDirSync
	}
	return flags & (layout.InodeFlagNoDump | layout.InodeFlagNoAtime)
}

// generation stands in for the random number that the kernel gives each new
// inode. The same edit gives the same one.
func (f *FS) generation(ino, dir uint32, name string) uint32 {
	h := sha256.New()
	h.Write(f.sb.UUID())
	h.Write(fmt.Appendf(nil, "%d %d %s", ino, dir, name))
	return binary.LittleEndian.Uint32(h.Sum(nil))
}
