package dir

import (
	"cmp"
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// insertHashed puts the name into the leaf of its hash, and makes room there when
// it is full: first in the index, for one more pair, then by cutting the leaf.
func (d *Dir) insertHashed(e newEntry) error {
	look := d.looking()
	p, hash, err := look.probe(e.name)
	if err != nil {
		return err
	}
	b, err := look.openLeaf(p)
	if err != nil {
		return err
	}
	if _, ok, err := look.search(p, b, hash, e.name); err != nil {
		return err
	} else if ok {
		return fmt.Errorf("%q: %w", e.name, ErrExist)
	}
	if b.slack(layout.DirentLen(len(e.name))) >= 0 {
		return d.edit(b, func(b block) { d.put(b, e) })
	}
	return d.insertFull(e)
}

// insertFull is insertHashed where the leaf is full.
func (d *Dir) insertFull(e newEntry) error {
	for {
		p, _, err := d.probe(e.name)
		if err != nil {
			return err
		}
		b, err := d.openLeaf(p)
		if err != nil {
			return err
		}
		if !p.last().full() {
			return d.splitLeaf(p, b, e)
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
func (d *Dir) splitLeaf(p path, b block, e newEntry) error {
	left, right, pairHash, err := d.cut(b, layout.DxRoot(p[0].data).HashVersion(), e)
	if err != nil {
		return err
	}
	blk, err := d.append(right)
	if err != nil {
		return err
	}
	p.last().insert(pairHash, blk)
	if err := d.write(p.last().block); err != nil {
		return err
	}
	return d.s.Write(b.blk, left)
}

// cut makes two sealed leaves of a full one and a new entry. pairHash is what the
// index is to say of the right one.
func (d *Dir) cut(b block, version uint8, e newEntry) (left, right []byte, pairHash uint32, err error) {
	var sorted []record
	for off := range b.records() {
		if de := b.at(off); de.Inode() != 0 {
			sorted = append(sorted, record{d.hashOf(de.Name(), version), off, de[:used(de)]})
		}
	}
	if len(sorted) < 2 {
		return nil, nil, 0, badf(b.blk, 0, "full with %d names; run e2fsck -fD", len(sorted))
	}
	slices.SortFunc(sorted, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.off, b.off))
	})
	at := d.splitPoint(sorted)
	pairHash = sorted[at].hash
	continued := sorted[at-1].hash == pairHash
	right = d.pack(sorted[at:])
	stay := sorted[:at] // in the order that they had
	slices.SortFunc(stay, func(a, b record) int { return cmp.Compare(a.off, b.off) })
	left = d.pack(stay)

	half := left
	if d.hashOf([]byte(e.name), version) >= pairHash {
		half = right
	}
	if !d.put(block{data: half, end: b.end}, e) {
		return nil, nil, 0, badf(b.blk, 0, "half of a leaf has no room for a name of %d bytes", len(e.name))
	}
	d.sealLeaf(left)
	d.sealLeaf(right)
	if continued {
		pairHash |= 1 // the left half holds names with this hash, too
	}
	return left, right, pairHash, nil
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

// convert turns a linear directory of one full block into a hashed one with two
// leaves, or with one where the new entry fits once the names have moved.
func (d *Dir) convert(b block, e newEntry) error {
	dotdot := layout.DirentLen(1)
	var moved []record
	for off := range b.records() {
		if de := b.at(off); off > dotdot && de.Inode() != 0 {
			moved = append(moved, record{de: de[:used(de)]})
		}
	}
	first := d.pack(moved)
	var second []byte
	var pairHash uint32
	names := block{data: first, end: b.end}
	if !d.put(names, e) {
		var err error
		if first, second, pairHash, err = d.cut(names, d.p.HashVersion, e); err != nil {
			return err
		}
	}
	d.sealLeaf(first)

	// Until the root is written the directory is linear, and whatever is
	// appended must do no harm there: an empty block keeps the place of the first
	// leaf, in case that there is no space for the second.
	empty := d.pack(nil)
	d.sealLeaf(empty)
	f := frame{block: block{data: b.data, kind: root, end: layout.DxInfoOffset}, start: layout.DxRootEntries}
	clear(f.data[layout.DxInfoOffset:])
	b.at(dotdot).SetRecLen(d.p.BlockSize-dotdot, d.p.BlockSize)
	layout.DxRoot(f.data).SetInfo(d.p.HashVersion, 0)
	blk, err := d.append(empty)
	if err != nil {
		return err
	}
	f.pairs().SetLimit(layout.DxLimit(d.p.BlockSize, f.start, d.p.Csum))
	f.pairs().SetCount(1)
	f.pairs().SetBlock(0, blk)
	if second != nil {
		blk2, err := d.append(second)
		if err != nil {
			return err
		}
		f.insert(pairHash, blk2)
	}
	if err := d.s.Write(blk, first); err != nil {
		return err
	}
	if err := d.write(f.block); err != nil {
		return err
	}
	d.p.Indexed = true
	return nil
}
