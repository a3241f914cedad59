package ext

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// Orphans are files that have no name any more, or are being cut short, and were
// open when the file system was last in use. The superblock has the first of
// them; each one's time of deletion is the number of the next. With orphan_file,
// most stand in a file of their own instead.

// tidyOrphans frees the orphans that have no name, and cuts the others to their
// size.
func (f *FS) tidyOrphans(r *Recovery) error {
	for ino := f.sb.LastOrphan(); ino != 0; {
		next, err := f.tidyOrphan(ino, r)
		if err != nil {
			return fmt.Errorf("orphan list: %w", damage(ino, err))
		}
		ino = next
	}
	f.sb.SetLastOrphan(0)
	if f.sb.Compat()&layout.CompatOrphanFile != 0 {
		if err := f.tidyOrphanFile(r); err != nil {
			return fmt.Errorf("orphan file: %w", damage(f.sb.OrphanFileInode(), err))
		}
	} else if f.sb.ROCompat()&layout.ROOrphanPresent != 0 {
		return corruptf(0, "orphan_present: there is no orphan file")
	}
	f.sb.SetROCompat(f.sb.ROCompat() &^ layout.ROOrphanPresent)
	return nil
}

// tidyOrphan frees an inode, or cuts it to its size, and gives the next one of
// the list. A list that runs in circles ends: what was freed is not met again,
// and what was cut has no next one.
func (f *FS) tidyOrphan(ino uint32, r *Recovery) (next uint32, err error) {
	if ino < f.firstIno || ino > f.inodes || ino == f.sb.JournalInode() || ino == f.sb.OrphanFileInode() ||
		ino == f.sb.UserQuotaInode() || ino == f.sb.GroupQuotaInode() || ino == f.sb.ProjectQuotaInode() {
		return 0, corruptf(ino, "it cannot be an orphan")
	}
	n, idx := f.inodeGroup(ino)
	b, err := f.inodeBitmap(n)
	if err != nil {
		return 0, err
	}
	if !bit(b, idx) {
		return 0, corruptf(ino, "it is free already")
	}
	in, err := f.readInode(ino)
	if err != nil {
		return 0, err
	}
	if in.Mode() == 0 {
		return 0, corruptf(ino, "it is not in use")
	}
	next = in.Dtime()
	if in.LinksCount() == 0 {
		r.Freed++
		err = in.free()
	} else {
		r.Truncated++
		err = in.cut()
	}
	if err == nil {
		err = f.settle()
	}
	return next, err
}

// cut frees what a file has behind its end.
func (in *inode) cut() error {
	if in.hasMap() && !in.Has(layout.InodeFlagInlineData) {
		if err := in.punch(in.fs.blocksFor(in.size()), in.maxBlocks()); err != nil {
			return err
		}
		if in.IsRegular() && !in.Has(layout.InodeFlagEncrypt) { // whose blocks only the key can change
			if err := in.zeroTail(); err != nil {
				return err
			}
		}
	}
	in.SetDtime(0)
	return in.put()
}

// maxOrphanBlocks is more than an orphan file has: mke2fs makes 512 at most.
const maxOrphanBlocks = 1 << 16

// tidyOrphanFile is tidyOrphans for what the orphan file lists.
func (f *FS) tidyOrphanFile(r *Recovery) error {
	in, err := f.readInode(f.sb.OrphanFileInode())
	if err != nil {
		return err
	}
	blocks := in.size() / uint64(f.bs)
	if !in.IsRegular() || in.LinksCount() == 0 || in.size()%uint64(f.bs) != 0 || blocks > maxOrphanBlocks {
		return corruptf(in.no, "a file of mode %#o and %d bytes cannot be it", in.Mode(), in.size())
	}
	for lblk := range blocks {
		p, err := in.find(lblk, 1)
		if err != nil {
			return err
		}
		if p.start == 0 || p.uninit {
			return corruptf(in.no, "its block %d is a hole", lblk)
		}
		if err := f.tidyOrphanBlock(in, p.start, r); err != nil {
			return err
		}
	}
	return nil
}

func (f *FS) tidyOrphanBlock(in *inode, blk uint64, r *Recovery) error {
	b, err := f.cache.get(blk)
	if err != nil {
		return err
	}
	o := layout.OrphanBlock(b)
	if o.Magic() != layout.OrphanMagic {
		return corruptf(in.no, "block %d has magic %#x instead of %#x", blk, o.Magic(), layout.OrphanMagic)
	}
	if want := o.ComputeChecksum(in.csumSeed(), blk); f.csum && o.Checksum() != want {
		return corruptf(in.no, "checksum of block %d %#08x instead of %#08x", blk, o.Checksum(), want)
	}
	var list []uint32
	for i := range o.Entries() {
		if ino := o.Inode(i); ino != 0 {
			list = append(list, ino)
		}
	}
	if len(list) == 0 {
		return nil
	}
	for _, ino := range list {
		if _, err := f.tidyOrphan(ino, r); err != nil {
			return damage(ino, err)
		}
	}
	if b, err = f.cache.edit(blk); err != nil {
		return err
	}
	o = layout.OrphanBlock(b)
	for i := range o.Entries() {
		o.SetInode(i, 0)
	}
	if f.csum {
		o.SetChecksum(o.ComputeChecksum(in.csumSeed(), blk))
	}
	return nil
}
