package dir

import (
	"cmp"
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// insertHashed puts the name into the leaf of its hash, and makes room there when
// it is full: first in the index, for one more pair, then by cutting the leaf.
func (d *Dir) insertHashed(name string, ino uint32, ftype uint8) error {
	for first := true; ; first = false {
		p, hash, err := d.probe(name)
		if err != nil {
			return err
		}
		b, err := d.openLeaf(p)
		if err != nil {
			return err
		}
		if first {
			if _, ok, err := d.search(p, b, hash, name); err != nil {
				return err
			} else if ok {
				return fmt.Errorf("%q: %w", name, ErrExist)
			}
		}
		if d.put(b, name, ino, ftype) {
			return d.writeLeaf(b)
		}
		if !p.last().full() {
			return d.splitLeaf(p, b, hash, name, ino, ftype)
		}
		// Each round lowers the number of full blocks on the path, or adds a level.
		if err := d.splitIndex(p); err != nil {
			return err
		}
	}
}

// splitIndex makes room in the lowest level of a path: it cuts the highest full
// block below one that is not, or puts a level between the root and the rest. The
// path no longer holds afterwards.
func (d *Dir) splitIndex(p path) error {
	i := len(p) - 1
	for i > 0 && p[i-1].full() {
		i--
	}
	f := &p[i]
	e := f.pairs()
	data := make([]byte, d.p.BlockSize)
	layout.Dirent(data).SetRecLen(d.p.BlockSize, d.p.BlockSize)
	right := frame{block: block{data: data, kind: node}, start: layout.DxNodeEntries}
	r := right.pairs()
	if i == 0 {
		if len(p) >= d.maxLevels() {
			return fmt.Errorf("index of %d levels: %w", len(p), ErrFull)
		}
		copyPairs(r, e, 0, e.Count())
		if err := d.appendNode(&right); err != nil {
			return err
		}
		e.SetCount(1)
		e.SetBlock(0, right.blk)
		rt := layout.DxRoot(f.data)
		rt.SetIndirectLevels(rt.IndirectLevels() + 1)
		return d.write(f.block)
	}
	half := e.Count() / 2
	hash := e.Hash(half)
	copyPairs(r, e, half, e.Count())
	if err := d.appendNode(&right); err != nil {
		return err
	}
	e.SetCount(half)
	p[i-1].insert(hash, right.blk)
	if err := d.write(p[i-1].block); err != nil {
		return err
	}
	return d.write(f.block)
}

// copyPairs copies the pairs from first up to end of from into an empty node. The
// hash of its first pair is not stored: limit and count take that place.
func copyPairs(to, from layout.DxEntries, first, end int) {
	copy(to, from[first*layout.DxEntrySize:end*layout.DxEntrySize])
	to.SetCount(end - first)
}

func (d *Dir) appendNode(f *frame) (err error) {
	f.pairs().SetLimit(layout.DxLimit(d.p.BlockSize, f.start, d.p.Csum))
	d.sealIndex(f.block)
	f.blk, err = d.append(f.data)
	return err
}

// insert adds a pair behind the one that the path took.
func (f *frame) insert(hash, blk uint32) {
	e := f.pairs()
	at, n := f.at+1, e.Count()
	const size = layout.DxEntrySize
	copy(e[(at+1)*size:(n+1)*size], e[at*size:n*size])
	e.SetHash(at, hash)
	e.SetBlock(at, blk)
	e.SetCount(n + 1)
}

// record is one entry of a leaf that is to be cut.
type record struct {
	hash uint32
	off  int
	de   []byte // as long as the entry needs
}

// splitLeaf cuts the full leaf at the end of the path, whose last block has room
// for one more pair, and puts the name into the half of its hash.
func (d *Dir) splitLeaf(p path, b block, hash uint32, name string, ino uint32, ftype uint8) error {
	version := layout.DxRoot(p[0].data).HashVersion()
	var sorted []record
	for off := range b.records() {
		if de := b.at(off); de.Inode() != 0 {
			sorted = append(sorted, record{d.hashOf(de.Name(), version), off, de[:used(de)]})
		}
	}
	if len(sorted) < 2 {
		return badf(b.blk, 0, "full with %d names; run e2fsck -fD", len(sorted))
	}
	slices.SortFunc(sorted, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.off, b.off))
	})
	at := d.splitPoint(sorted)
	pairHash := sorted[at].hash
	continued := sorted[at-1].hash == pairHash
	right := block{data: d.pack(sorted[at:]), end: b.end}
	stay := sorted[:at] // in the order that they had
	slices.SortFunc(stay, func(a, b record) int { return cmp.Compare(a.off, b.off) })
	left := block{data: d.pack(stay), blk: b.blk, end: b.end}

	half := left
	if hash >= pairHash {
		half = right
	}
	if !d.put(half, name, ino, ftype) {
		return badf(b.blk, 0, "half of a leaf has no room for a name of %d bytes", len(name))
	}
	d.sealLeaf(right.data)
	blk, err := d.append(right.data)
	if err != nil {
		return err
	}
	if continued {
		pairHash |= 1 // the left half holds names with this hash, too
	}
	p.last().insert(pairHash, blk)
	if err := d.write(p.last().block); err != nil {
		return err
	}
	return d.writeLeaf(left)
}

// splitPoint is where sorted records are cut: so that the upper half fills about
// half a block or, where all fill less than that, in the middle.
func (d *Dir) splitPoint(sorted []record) int {
	room, size := d.p.BlockSize/2, 0
	for i := len(sorted) - 1; i >= 0; i-- {
		n := len(sorted[i].de)
		if size+n/2 > room {
			return i + 1
		}
		size += n
	}
	return len(sorted) / 2
}

// pack makes a leaf, without its checksum, of records that fit one.
func (d *Dir) pack(records []record) []byte {
	b := make([]byte, d.p.BlockSize)
	end := d.p.BlockSize - d.p.csumLen()
	off := 0
	for i, r := range records {
		n := len(r.de)
		if i == len(records)-1 {
			n = end - off
		}
		copy(b[off:], r.de)
		layout.Dirent(b[off:]).SetRecLen(n, d.p.BlockSize)
		off += n
	}
	if off == 0 {
		layout.Dirent(b).SetRecLen(end, d.p.BlockSize)
	}
	return b
}

// canIndex tells whether a single full block can become the root of an index.
func (d *Dir) canIndex(b block) bool {
	n := layout.DirentLen(1)
	return d.p.DirIndex && d.p.HashVersion <= layout.HashTEA && b.at(0).RecLen(d.p.BlockSize) == n && len(b.at(n)) < b.end-n
}

// convert turns a linear directory of one full block into a hashed one: the names
// move to a leaf, then the block becomes the root, then the leaf is cut.
func (d *Dir) convert(b block, name string, ino uint32, ftype uint8) error {
	dotdot := layout.DirentLen(1)
	var moved []record
	for off := range b.records() {
		if de := b.at(off); off > dotdot && de.Inode() != 0 {
			moved = append(moved, record{de: de[:used(de)]})
		}
	}
	names := d.pack(moved)
	d.sealLeaf(names)
	blk, err := d.append(names)
	if err != nil {
		return err
	}
	clear(b.data[layout.DxInfoOffset:])
	b.at(dotdot).SetRecLen(d.p.BlockSize-dotdot, d.p.BlockSize)
	r := layout.DxRoot(b.data)
	r.SetInfo(d.p.HashVersion, 0)
	e := r.Entries()
	e.SetLimit(layout.DxLimit(d.p.BlockSize, layout.DxRootEntries, d.p.Csum))
	e.SetCount(1)
	e.SetBlock(0, blk)
	d.p.Indexed = true
	if err := d.write(block{data: b.data, kind: root, end: layout.DxInfoOffset}); err != nil {
		return err
	}
	return d.insertHashed(name, ino, ftype)
}
