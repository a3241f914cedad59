package ext

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/extents"
	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/xattr"
)

// With metadata_csum, but without metadata_csum_seed, every checksum starts from
// the UUID. Where that changes, all metadata must be sealed anew: a walk over the
// whole file system, first to check it, last to write. In between go, with ea_inode,
// the hashes of values in inodes of their own, which start from it, too.

// resealer is such a walk.
type resealer struct {
	f    *FS
	to   uint32 // the new seed
	step int
}

// Steps of a resealer.
const (
	resealCheck  = iota // everything is only read, and so checked
	resealValues        // inodes with values get their new hashes, under the old seed
	resealWrite
)

// reseal lets all checksums start from another seed. What is wrong with the file
// system is found before anything is changed.
func (f *FS) reseal(to uint32) error {
	if err := f.writeQuotas(); err != nil {
		return err
	}
	for step := range resealWrite + 1 {
		if step == resealValues && !f.outside() {
			continue
		}
		r := resealer{f, to, step}
		for n := range f.groups {
			if err := r.group(n); err != nil {
				return err
			}
		}
	}
	f.seed = to
	return nil
}

func (r *resealer) write() bool { return r.step == resealWrite }

func (r *resealer) group(n uint32) error {
	f := r.f
	if _, err := f.blockBitmap(n); err != nil {
		return err
	}
	used, err := f.inodeBitmap(n)
	if err != nil {
		return err
	}
	if r.write() { // Sync seals bitmaps and descriptors
		s := &f.state[n]
		s.dirty = true
		s.blocksDirty = s.blocksDirty || !f.uninit(n, layout.GroupBlockUninit)
		s.inodesDirty = s.inodesDirty || !f.uninit(n, layout.GroupInodeUninit)
	}
	for idx := range f.ipg {
		ino := n*f.ipg + idx + 1
		if f.neverUsed(ino) {
			break
		}
		if bit(used, idx) {
			err = r.inode(ino)
		} else if f.csum {
			err = r.spare(ino)
		}
		if err == nil {
			err = f.cache.settle()
		}
		if err != nil {
			return damage(ino, err)
		}
	}
	return nil
}

// spare seals an inode that is free, but was used, if its checksum was right.
func (r *resealer) spare(ino uint32) error {
	b, off, err := r.f.inodeBlock(ino, r.f.cache.get)
	if err != nil {
		return err
	}
	in := inode{Inode: layout.Inode(b[off : off+r.f.inodeSize]), fs: r.f, no: ino}
	if isZero(in.Inode) || in.Checksum() != in.ComputeChecksum(r.f.seed, ino) {
		return nil
	}
	in.Inode = append(layout.Inode(nil), in.Inode...)
	return r.put(&in)
}

// put stores an inode with its new checksum.
func (r *resealer) put(in *inode) error {
	if !r.write() {
		return nil
	}
	b, off, err := r.f.inodeBlock(in.no, r.f.cache.edit)
	if err != nil {
		return err
	}
	if r.f.csum {
		in.SetChecksum(in.ComputeChecksum(r.to, in.no))
	}
	copy(b[off:off+r.f.inodeSize], in.Inode)
	return nil
}

// inode seals an inode in use and all that belongs to it.
func (r *resealer) inode(ino uint32) error {
	in, err := r.f.readInode(ino)
	if err != nil {
		return err
	}
	if in.Has(layout.InodeFlagEAInode) && r.f.outside() {
		if err := r.value(in); err != nil {
			return err
		}
	}
	if r.step == resealValues {
		return nil
	}
	if err := r.attrs(in); err != nil {
		return err
	}
	if in.hasMap() && r.f.csum {
		// What the map leads to first: the way there is checked under the old seed.
		if in.IsDir() {
			err = r.folder(in)
		} else if ino == r.f.sb.OrphanFileInode() && r.f.sb.Compat()&layout.CompatOrphanFile != 0 {
			err = r.orphanFile(in)
		}
		if err == nil && in.hasExtents() {
			tree := extents.New(in.Block(), mapped{nodes{in}}, true, in.csumSeed())
			err = tree.Each(func(extents.Extent) error { return nil }, func(blk uint64) error { return r.node(in, blk) })
		}
		if err != nil {
			return err
		}
	}
	return r.put(in)
}

// mapped is where a map keeps its blocks, with a look only at whether they exist:
// the journal, too, is sealed, and its blocks are not for other files.
type mapped struct{ nodes }

func (s mapped) Check(start uint64, n uint32) error {
	if f := s.in.fs; s.in.no != f.sb.JournalInode() {
		return s.nodes.Check(start, n)
	} else if start < f.first || start+uint64(n) > f.blocks {
		return corruptf(s.in.no, "%v: outside the file system of %d blocks", run{start, start + uint64(n)}, f.blocks)
	}
	return nil
}

func (r *resealer) seedOf(in *inode) uint32 { return layout.InodeSeed(r.to, in.no, in.Generation()) }

func (r *resealer) folder(in *inode) error {
	d, err := in.rawFolder()
	if err != nil {
		return err
	}
	if !r.write() {
		return d.Each(func(dir.Entry) error { return nil })
	}
	return dir.New(settling{blocksOf{in}}, in.dirParams()).Reseal(r.seedOf(in))
}

// settling is a folder's blocks, written early where there are many.
type settling struct{ blocksOf }

func (s settling) Write(blk uint32, b []byte) error {
	if err := s.blocksOf.Write(blk, b); err != nil {
		return err
	}
	return s.in.fs.cache.settle()
}

// node seals a node of an extent tree; the walk has checked it.
func (r *resealer) node(in *inode, blk uint64) error {
	if !r.write() {
		return nil
	}
	if err := r.f.cache.settle(); err != nil {
		return err
	}
	b, err := r.f.cache.edit(blk)
	if err != nil {
		return err
	}
	n := layout.ExtentNode(b)
	n.SetChecksum(n.ComputeChecksum(r.seedOf(in)))
	return nil
}

// value checks an inode that holds the value of an attribute, and gives it its new
// hash at the step that is for it.
func (r *resealer) value(in *inode) error {
	if r.write() {
		return nil
	}
	if in.size() > layout.XattrValueMax {
		return corruptf(in.no, "a value of %d bytes", in.size())
	}
	value := make([]byte, in.size())
	if _, err := in.readBlocks(value, 0); err != nil {
		return err
	}
	if r.step == resealValues {
		in.SetValueHash(layout.CRC32C(r.to, value))
		return in.put()
	}
	if got := layout.CRC32C(r.f.seed, value); got != in.ValueHash() {
		return corruptf(in.no, "the hash of its value is %#08x instead of %#08x", got, in.ValueHash())
	}
	return nil
}

// valueHash reads the new hash of a value.
func (r *resealer) valueHash(ino uint32) (uint32, error) {
	b, off, err := r.f.inodeBlock(ino, r.f.cache.get)
	if err != nil {
		return 0, err
	}
	return layout.Inode(b[off : off+r.f.inodeSize]).ValueHash(), nil
}

// attrs seals the block of extended attributes, and has all entries refer to
// values by their new hashes.
func (r *resealer) attrs(in *inode) error {
	f := r.f
	if !r.write() {
		body, block, err := in.attrs()
		if err != nil {
			return err
		}
		return f.checkValues(append(body, block...))
	}
	if err := xattr.RehashInode(in.Inode, r.valueHash); err != nil {
		return err
	}
	blk := in.aclBlock()
	if blk == 0 {
		return nil
	}
	b, err := f.cache.get(blk)
	if err != nil {
		return err
	}
	if f.csum && layout.XattrHeader(b).Checksum() == layout.XattrBlockChecksum(r.to, blk, b) {
		return nil // another inode uses it as well, and came first
	}
	if b, err = f.cache.edit(blk); err != nil {
		return err
	}
	if err := xattr.RehashBlock(b, r.valueHash); err != nil {
		return err
	}
	if f.csum {
		layout.XattrHeader(b).SetChecksum(layout.XattrBlockChecksum(r.to, blk, b))
	}
	return nil
}

// orphanFile seals the blocks of the file that lists orphans. Each ends in a magic
// number and a checksum over its own place and the inodes that it lists.
func (r *resealer) orphanFile(in *inode) error {
	const tail, magic = 8, 0x0b10ca04
	le := binary.LittleEndian
	sum := func(seed uint32, blk uint64, b []byte) uint32 {
		crc := layout.CRC32C(seed, le.AppendUint64(nil, blk))
		return layout.CRC32C(crc, b[:len(b)-tail])
	}
	return in.eachRun(func(run run) error {
		for blk := run.start; blk < run.end; blk++ {
			b, err := r.f.cache.get(blk)
			if err != nil {
				return err
			}
			end := b[len(b)-tail:]
			if got, want := le.Uint32(end[4:]), sum(in.csumSeed(), blk, b); le.Uint32(end) != magic || got != want {
				return corruptf(in.no, "block %d of the list of orphans: magic %#x, checksum %#08x instead of %#08x", blk, le.Uint32(end), got, want)
			}
			if !r.write() {
				continue
			}
			if b, err = r.f.cache.edit(blk); err != nil {
				return err
			}
			le.PutUint32(b[len(b)-4:], sum(r.seedOf(in), blk, b))
			if err := r.f.cache.settle(); err != nil {
				return err
			}
		}
		return nil
	}, nil)
}
