package dir

import (
	"fmt"
	"slices"
	"sort"

	"lbimage/imagebuild/ext/internal/layout"
)

// indexError is a FormatError in the index of a directory: its names may still be
// read one by one.
type indexError struct{ *FormatError }

func (e *indexError) Unwrap() error { return e.FormatError }

func badIndexf(blk uint32, off int, format string, a ...any) error {
	return &indexError{&FormatError{blk, off, fmt.Sprintf(format, a...)}}
}

// frame is one level of the way from the root to a leaf: a block of the index,
// where its pairs start, and the pair that was taken.
type frame struct {
	block
	start int
	at    int
}

func (f *frame) pairs() layout.DxEntries { return layout.DxEntries(f.data[f.start:]) }
func (f *frame) full() bool              { return f.pairs().Count() >= f.pairs().Limit() }

// path leads from the root to the pair that names a leaf.
type path []frame

func (p path) last() *frame { return &p[len(p)-1] }
func (p path) leaf() uint32 { return p.last().pairs().Block(p.last().at) }

// hashOf gives the major hash of a name under the version that the index uses.
func (d *Dir) hashOf(name []byte, version uint8) uint32 {
	if d.p.UnsignedHash {
		version += layout.HashLegacyUnsigned
	}
	h, _, _ := layout.DirHash(name, version, d.p.HashSeed)
	return h
}

// asRoot checks the first block of a hashed directory as far as it takes to read
// its two names. A block without the shape of a root is taken for a leaf.
func (d *Dir) asRoot(b []byte, sure Checks) (block, error) {
	if !rootShape(b) {
		return d.asLeaf(0, b, sure)
	}
	for off := 0; off < layout.DxInfoOffset; off += layout.DirentLen(1) {
		if ino := layout.Dirent(b[off:]).Inode(); ino == 0 || ino > d.p.MaxInode {
			return block{}, badf(0, off, "inode %d does not exist", ino)
		}
	}
	if d.p.Csum {
		if err := d.checkPairs(0, b, sure, layout.DxRootEntries); err != nil {
			return block{}, err
		}
	}
	return block{data: b, kind: root, end: layout.DxInfoOffset}, nil
}

// rootShape tells whether a block holds "." and "..", the second to its end.
func rootShape(b []byte) bool {
	n := layout.DirentLen(1)
	dot, dotdot := layout.Dirent(b), layout.Dirent(b[n:])
	return dot.RecLen(len(b)) == n && string(dot.Name()) == "." &&
		dotdot.RecLen(len(b)) == len(b)-n && string(dotdot.Name()) == ".."
}

// checkPairs checks the pairs of a block of the index: how many they are, their
// order, and their checksum.
func (d *Dir) checkPairs(blk uint32, b []byte, sure Checks, start int) error {
	kind := nodeChecked
	if start == layout.DxRootEntries {
		kind = rootChecked
	}
	if sure&kind != 0 {
		return nil
	}
	e := layout.DxEntries(b[start:])
	limit := layout.DxLimit(len(b), start, d.p.Csum)
	if e.Limit() != limit {
		return badIndexf(blk, start, "index has room for %d pairs, not %d", limit, e.Limit())
	}
	count := e.Count()
	if count < 1 || count > limit {
		return badIndexf(blk, start+2, "index of %d pairs; 1 to %d are possible", count, limit)
	}
	if d.p.Csum {
		want := layout.DxChecksum(d.p.InodeSeed, b, start)
		if got := e.Checksum(); got != want {
			return badf(blk, start+limit*layout.DxEntrySize, "checksum %#08x instead of %#08x", got, want)
		}
	}
	for i := 2; i < count; i++ {
		if e.Hash(i) < e.Hash(i-1) {
			return badIndexf(blk, start+i*layout.DxEntrySize, "index out of order: hash %#08x after %#08x", e.Hash(i), e.Hash(i-1))
		}
	}
	d.checked(blk, kind)
	return nil
}

// sealIndex sets the checksum of a block of the index.
func (d *Dir) sealIndex(b block) {
	if !d.p.Csum {
		return
	}
	start := layout.DxRootEntries
	if b.kind == node {
		start = layout.DxNodeEntries
	}
	layout.DxEntries(b.data[start:]).SetChecksum(layout.DxChecksum(d.p.InodeSeed, b.data, start))
}

// readRoot reads and checks the root for a search.
func (d *Dir) readRoot() (frame, error) {
	data, sure, err := d.get(0)
	if err != nil {
		return frame{}, err
	}
	if !rootShape(data) {
		return frame{}, badIndexf(0, 0, "hashed, but the first block is no root of an index")
	}
	r := layout.DxRoot(data)
	switch {
	case r.Reserved() != 0:
		return frame{}, badIndexf(0, layout.DxInfoOffset, "reserved field is %#x", r.Reserved())
	case r.HashVersion() > layout.HashTEA:
		return frame{}, badIndexf(0, layout.DxInfoOffset+4, "hash version %d is not known", r.HashVersion())
	case r.InfoLength() != layout.DxInfoLen:
		return frame{}, badIndexf(0, layout.DxInfoOffset+5, "root record of %d bytes, not %d", r.InfoLength(), layout.DxInfoLen)
	case int(r.IndirectLevels()) >= d.maxLevels():
		return frame{}, badIndexf(0, layout.DxInfoOffset+6, "index of %d levels; %d are possible", r.IndirectLevels()+1, d.maxLevels())
	case r.UnusedFlags() != 0:
		return frame{}, badIndexf(0, layout.DxInfoOffset+7, "unknown flags %#x", r.UnusedFlags())
	}
	if _, err := d.asRoot(data, sure); err != nil {
		return frame{}, err
	}
	if err := d.checkPairs(0, data, sure, layout.DxRootEntries); err != nil {
		return frame{}, err
	}
	return frame{block: block{data: data, kind: root, end: layout.DxInfoOffset}, start: layout.DxRootEntries}, nil
}

// maxLevels is how many levels of blocks an index may have, the root included.
func (d *Dir) maxLevels() int {
	if d.p.LargeDir {
		return layout.DxMaxLevelsLarge
	}
	return layout.DxMaxLevels
}

// readNode reads and checks an inner node for a search.
func (d *Dir) readNode(blk uint32) (frame, error) {
	data, sure, err := d.get(blk)
	if err != nil {
		return frame{}, err
	}
	if de := layout.Dirent(data); de.Inode() != 0 || de.RecLen(len(data)) != len(data) {
		return frame{}, badIndexf(blk, 0, "names where a part of the index should be")
	}
	if err := d.checkPairs(blk, data, sure, layout.DxNodeEntries); err != nil {
		return frame{}, err
	}
	return frame{block: block{data: data, blk: blk, kind: node}, start: layout.DxNodeEntries}, nil
}

// probe leads to the first leaf that may hold the name, and gives the name's hash.
func (d *Dir) probe(name string) (path, uint32, error) {
	f, err := d.readRoot()
	if err != nil {
		return nil, 0, err
	}
	hash := d.hashOf([]byte(name), layout.DxRoot(f.data).HashVersion())
	p := path{f}
	for range layout.DxRoot(f.data).IndirectLevels() {
		p.last().seek(hash)
		if p, err = d.descend(p); err != nil {
			return nil, 0, err
		}
	}
	p.last().seek(hash)
	return p, hash, nil
}

// seek takes the last pair whose hash is not above the one that is sought.
func (f *frame) seek(hash uint32) {
	e := f.pairs()
	f.at = sort.Search(e.Count()-1, func(i int) bool { return e.Hash(i+1) > hash })
}

// descend adds the node that the last frame's pair names.
func (d *Dir) descend(p path) (path, error) {
	blk, err := d.child(p)
	if err != nil {
		return nil, err
	}
	f, err := d.readNode(blk)
	return append(p, f), err
}

// child gives the block that a path ends at, which must not lie on the path.
func (d *Dir) child(p path) (uint32, error) {
	blk := p.leaf()
	off := p.last().start + p.last().at*layout.DxEntrySize + 4
	if blk >= d.s.Blocks() {
		return 0, badIndexf(p.last().blk, off, "index names block %d of a directory of %d", blk, d.s.Blocks())
	}
	for _, f := range p {
		if f.blk == blk {
			return 0, badIndexf(p.last().blk, off, "index runs in a circle through block %d", blk)
		}
	}
	return blk, nil
}

// next gives the path to the leaf behind, if names with the hash may be there;
// else ok is false.
func (d *Dir) next(p path, hash uint32) (n path, ok bool, err error) {
	depth := len(p)
	n = slices.Clone(p)
	for n.last().at+1 >= n.last().pairs().Count() {
		if n = n[:len(n)-1]; len(n) == 0 {
			return nil, false, nil
		}
	}
	n.last().at++
	if h := n.last().pairs().Hash(n.last().at); h != hash|1 {
		return nil, false, nil
	}
	for len(n) < depth {
		if n, err = d.descend(n); err != nil {
			return nil, false, err
		}
	}
	return n, true, nil
}

// openLeaf reads the leaf at the end of a path.
func (d *Dir) openLeaf(p path) (block, error) {
	blk, err := d.child(p)
	if err != nil {
		return block{}, err
	}
	return d.readLeaf(blk)
}

// search looks for the name in the leaf at the end of the path and in those that
// go on with its hash.
func (d *Dir) search(p path, b block, hash uint32, name string) (place, bool, error) {
	for range d.s.Blocks() {
		if l, ok := b.find(name); ok {
			return l, true, nil
		}
		var ok bool
		var err error
		if p, ok, err = d.next(p, hash); err != nil || !ok {
			return place{}, false, err
		}
		if b, err = d.openLeaf(p); err != nil {
			return place{}, false, err
		}
	}
	return place{}, false, badIndexf(0, 0, "index names more leaves than there are blocks")
}

func (d *Dir) findHashed(name string) (place, bool, error) {
	p, hash, err := d.probe(name)
	if err != nil {
		return place{}, false, err
	}
	b, err := d.openLeaf(p)
	if err != nil {
		return place{}, false, err
	}
	return d.search(p, b, hash, name)
}
