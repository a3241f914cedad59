package dir

import (
	"iter"

	"lbimage/imagebuild/ext/internal/layout"
)

// Kinds of blocks.
const (
	leaf = iota // records and, with metadata_csum, a tail
	root        // ".", ".." and the top of the index
	node        // a level of the index below the root
)

// block is one block whose records have been checked.
type block struct {
	data []byte
	blk  uint32
	kind int
	end  int // of the records: where the tail starts, or behind ".." in a root
}

// place is one record of a block.
type place struct {
	block
	off  int
	prev int // offset of the record before, -1 for the first
}

func (b block) at(off int) layout.Dirent {
	de := layout.Dirent(b.data[off:])
	return de[:de.RecLen(len(b.data))]
}

func (l place) dirent() layout.Dirent { return l.at(l.off) }

// records gives the offsets of all records. One that is given may be cut while
// the walk goes on.
func (b block) records() iter.Seq[int] {
	return func(yield func(int) bool) {
		for off := 0; off < b.end; {
			next := off + layout.Dirent(b.data[off:]).RecLen(len(b.data))
			if !yield(off) {
				return
			}
			off = next
		}
	}
}

// get reads a block as it is, and tells what was found right in it before.
func (d *Dir) get(blk uint32) ([]byte, Checks, error) {
	if n := d.s.Blocks(); blk >= n {
		return nil, 0, badf(blk, 0, "lies outside the directory, which has %d blocks", n)
	}
	b, sure, err := d.fetch(blk)
	if err == nil && len(b) != d.p.BlockSize {
		err = badf(blk, len(b), "the block ends after %d bytes, not %d", len(b), d.p.BlockSize)
	}
	return b, sure, err
}

// read reads a block for its records, whatever its kind.
func (d *Dir) read(blk uint32) (block, error) {
	b, sure, err := d.get(blk)
	if err != nil {
		return block{}, err
	}
	switch {
	case d.p.Indexed && blk == 0:
		return d.asRoot(b, sure)
	case d.hashed() && d.looksLikeNode(b):
		if d.p.Csum {
			err = d.checkPairs(blk, b, sure, layout.DxNodeEntries)
		}
		return block{data: b, blk: blk, kind: node}, err
	}
	return d.asLeaf(blk, b, sure)
}

// readLeaf reads a block that must hold names.
func (d *Dir) readLeaf(blk uint32) (block, error) {
	b, sure, err := d.get(blk)
	if err != nil {
		return block{}, err
	}
	if d.hashed() && d.looksLikeNode(b) {
		return block{}, badIndexf(blk, 0, "a part of the index where names should be")
	}
	return d.asLeaf(blk, b, sure)
}

// looksLikeNode tells an inner node from a leaf: one unused record and a
// plausible limit and count.
func (d *Dir) looksLikeNode(b []byte) bool {
	de := layout.Dirent(b)
	if de.Inode() != 0 || de.RecLen(len(b)) != len(b) {
		return false
	}
	e := layout.DxNodeEntriesOf(b)
	return e.Limit() == layout.DxLimit(len(b), layout.DxNodeEntries, d.p.Csum) && e.Count() >= 1 && e.Count() <= e.Limit()
}

// asLeaf checks a block of records.
func (d *Dir) asLeaf(blk uint32, b []byte, sure Checks) (block, error) {
	end := len(b) - d.p.csumLen()
	if sure&leafChecked != 0 {
		return block{data: b, blk: blk, end: end}, nil
	}
	if err := d.checkRecords(blk, b, end); err != nil {
		return block{}, err
	}
	if d.p.Csum {
		tail := layout.DirTail(b)
		if tail == nil {
			return block{}, badf(blk, end, "no room for the checksum; run e2fsck -fD")
		}
		want := layout.DirBlockChecksum(d.p.InodeSeed, b)
		if got := layout.DirTailChecksum(tail); got != want {
			return block{}, badf(blk, end, "checksum %#08x instead of %#08x", got, want)
		}
	}
	d.checked(blk, leafChecked)
	return block{data: b, blk: blk, end: end}, nil
}

// checkRecords checks all records of a block up to end, which the last must
// reach exactly.
func (d *Dir) checkRecords(blk uint32, b []byte, end int) error {
	for off := 0; off < end; {
		if off+layout.DirentLen(1) > end {
			return badf(blk, off, "the last record leaves %d bytes", end-off)
		}
		de := layout.Dirent(b[off:])
		n := de.RecLen(len(b))
		switch {
		case n < layout.DirentLen(1) || n%4 != 0:
			return badf(blk, off, "record length %d", n)
		case off+n > end:
			return badf(blk, off, "record of %d bytes reaches over the end of the records at %d", n, end)
		case de.Inode() == 0:
			// The rest of an unused record means nothing.
		case de.Inode() > d.p.MaxInode:
			return badf(blk, off, "inode %d does not exist", de.Inode())
		case layout.DirentLen(de.NameLen()) > n:
			return badf(blk, off, "name of %d bytes in a record of %d", de.NameLen(), n)
		case de.NameLen() == 0, !d.p.Encrypted && !goodName(de.Name()):
			return badf(blk, off, "name %q is not possible", de.Name())
		}
		off += n
	}
	return nil
}

// find finds a record with the name by the index or, without one, by reading all
// blocks.
func (d *Dir) find(name string) (place, bool, error) {
	switch {
	case d.inline != nil:
		return d.findInline(name)
	case isDots(name):
		if d.s.Blocks() == 0 {
			return place{}, false, nil
		}
		b, err := d.read(0)
		if err != nil {
			return place{}, false, err
		}
		l, ok := b.find(name)
		return l, ok, nil
	case d.hashed() && !d.p.opaque():
		return d.findHashed(name)
	}
	return d.findLinear(name)
}

func (d *Dir) findLinear(name string) (place, bool, error) {
	for blk := range d.s.Blocks() {
		b, err := d.read(blk)
		if err != nil {
			return place{}, false, err
		}
		if l, ok := b.find(name); ok {
			return l, true, nil
		}
	}
	return place{}, false, nil
}

func (b block) find(name string) (place, bool) {
	prev := -1
	for off := 0; off < b.end; {
		de := layout.Dirent(b.data[off:])
		if de.Inode() != 0 && string(de.Name()) == name {
			return place{b, off, prev}, true
		}
		prev = off
		off += de.RecLen(len(b.data))
	}
	return place{}, false
}

// write stores a changed block with its checksum.
func (d *Dir) write(b block) error {
	d.seal(b)
	return d.s.Write(b.blk, b.data)
}

// seal sets the checksum of a block.
func (d *Dir) seal(b block) {
	if b.kind == leaf {
		d.sealLeaf(b.data)
	} else {
		d.sealIndex(b)
	}
}

// sealLeaf puts the tail with the right checksum at the end of a block of records.
func (d *Dir) sealLeaf(b []byte) {
	if d.p.Csum {
		layout.InitDirTail(b)
		layout.SetDirTailChecksum(layout.DirTail(b), layout.DirBlockChecksum(d.p.InodeSeed, b))
	}
}

// append lets the directory grow by a sealed block.
func (d *Dir) append(b []byte) (uint32, error) {
	if d.s.Blocks() >= d.maxBlocks() {
		return 0, ErrFull
	}
	return d.s.Append(b)
}

// maxBlocks is how many blocks a directory may have: 2 GiB of them or, with
// large_dir, as many as the index can name.
func (d *Dir) maxBlocks() uint32 {
	if d.p.LargeDir {
		return 1 << 28
	}
	return uint32(1 << 31 / d.p.BlockSize)
}
