package fsck

import (
	"lbimage/imagebuild/ext/internal/layout"
)

// hashTree checks the index of a hashed directory. While the blocks go by in
// order, it notes the lowest and highest hash of the names in each. Then it
// walks the index from the root and compares what each leaf holds with the
// range in which a lookup would come to it.
type hashTree struct {
	w  *dirWalk
	on bool // there is an index, and its root could be read

	hashed  bool // names can be hashed: not with the keyed hash of encrypted names
	version uint8
	levels  int
	offset  int // of the root's entries
	cur     int // the block that goes by
	leaves  []hashRange
	bufs    [layout.DxMaxLevelsLarge][]byte // of the nodes on the way down
}

// hashRange is what is known of a block of the directory: the lowest and highest
// hash of the names in it, or where it lies if it looks like a node or is the root.
type hashRange struct {
	low, high  uint32 // low > high where there are no names
	node, seen bool   // seen: an index entry points to it
}

// maxHashed is how many blocks of a hashed directory are compared with its index:
// with blocks of 4 KiB, some 40 million names.
const maxHashed = 1 << 19

// at is where a node lies.
func (r hashRange) at() uint64 { return uint64(r.high)<<32 | uint64(r.low) }

// hashEnd lies behind every hash: the lowest bit of one is always clear.
const hashEnd = 0xFFFFFFFE

// checkIndexFlag checks what marks a directory as hashed, by its inode and root.
func (c *checker) checkIndexFlag(ino uint32, inode layout.Inode) {
	if !inode.IsDir() || c.compat&layout.CompatDirIndex == 0 {
		c.inodeProblem(codeHashFlag, ino, 0, "is marked as a hashed directory, but cannot be one")
	}
}

func (t *hashTree) reset(w *dirWalk, on bool) {
	t.w, t.on, t.cur = w, on, 0
	t.leaves = t.leaves[:0]
}

func (t *hashTree) problem(code string, blk uint64, format string, args ...any) {
	t.w.problem(code, blk, format, args...)
}

// beginBlock is called with each block of the directory before its entries.
func (t *hashTree) beginBlock(lblk, pblk uint64, b []byte) {
	if lblk == 0 && t.on {
		t.on = t.root(pblk, b)
	}
	if t.on && lblk != uint64(len(t.leaves)) {
		t.on = false // behind a hole, which is reported
	}
	if !t.on {
		return
	}
	if len(t.leaves) == maxHashed {
		t.on = false
		t.problem(codeTooLarge, 0, "the directory has more blocks than the checker compares with its index")
		return
	}
	t.cur = int(lblk)
	if lblk == 0 || t.isNode(b) {
		t.leaves = append(t.leaves, hashRange{low: uint32(pblk), high: uint32(pblk >> 32), node: true})
	} else {
		t.leaves = append(t.leaves, hashRange{low: hashEnd + 1})
	}
}

// root reads the info record and says whether the index can be followed.
func (t *hashTree) root(pblk uint64, b []byte) bool {
	c := t.w.c
	r := layout.DxRoot(b)
	if r.Reserved() != 0 || r.InfoLength() < layout.DxInfoLen || layout.DxInfoOffset+int(r.InfoLength()) > len(b)-2*layout.DxEntrySize {
		t.problem(codeHashRoot, pblk, "the index has no valid root")
		return false
	}
	t.version, t.levels, t.offset = r.HashVersion(), int(r.IndirectLevels()), layout.DxInfoOffset+int(r.InfoLength())
	keyed := t.w.inode.Has(layout.InodeFlagEncrypt) && t.w.inode.Has(layout.InodeFlagCasefold)
	if t.version > layout.HashTEA && (t.version != layout.HashSip || !keyed) || keyed && t.version != layout.HashSip {
		t.problem(codeHashRoot, pblk, "the index uses hash %d, which does not fit", t.version)
		return false
	}
	if r.UnusedFlags()&1 != 0 {
		t.problem(codeHashRoot, pblk, "the index has flags %#x, which are not known", r.UnusedFlags())
		return false
	}
	most := layout.DxMaxLevels
	if c.incompat&layout.IncompatLargeDir != 0 {
		most = layout.DxMaxLevelsLarge
	}
	if t.levels >= most {
		t.problem(codeHashRoot, pblk, "the index has %d levels of nodes, more than %d", t.levels, most-1)
		return false
	}
	if c.sb.Flags()&layout.FlagUnsignedHash != 0 && t.version <= layout.HashTEA {
		t.version += layout.HashLegacyUnsigned
	}
	// Hashes of case-folded names need the tables of Unicode, those of encrypted ones a key.
	folded := t.w.inode.Has(layout.InodeFlagCasefold) && c.incompat&layout.IncompatCasefold != 0
	t.hashed = t.version != layout.HashSip && !folded
	return true
}

func (t *hashTree) limit(off int) int {
	return layout.DxLimit(t.w.c.blockSize, off, t.w.c.metadataCsum)
}

// isNode says whether a block looks like an inner node of an index.
func (t *hashTree) isNode(b []byte) bool {
	e := layout.Dirent(b)
	return e.Inode() == 0 && e.RecLen(len(b)) == len(b) && e.NameLen() == 0 &&
		layout.DxNodeEntriesOf(b).Limit() == t.limit(layout.DxNodeEntries)
}

// addName notes the hash of a name in the block that goes by.
func (t *hashTree) addName(name []byte) {
	if !t.on || !t.hashed {
		return
	}
	h, _, ok := layout.DirHash(name, t.version, t.w.c.sb.HashSeed())
	if !ok {
		return
	}
	r := &t.leaves[t.cur]
	if r.node {
		return
	}
	r.low, r.high = min(r.low, h), max(r.high, h)
}

// check walks the index when all blocks have gone by.
func (t *hashTree) check() {
	if len(t.leaves) == 0 {
		return
	}
	t.leaves[0].seen = true
	t.node(0, t.offset, t.levels, 0, hashEnd)
	for i, r := range t.leaves {
		if !r.seen {
			t.problem(codeHashRef, 0, "block %d of the directory is not in the index", i)
			return // one tells that the directory must be hashed anew
		}
	}
}

// node walks the entries of the index at offset off of the block lblk, which
// lies level nodes above the leaves and covers the hashes from low to high. The
// lowest bit of high is set where names with that hash may stand here as well.
func (t *hashTree) node(lblk uint32, off, level int, low, high uint32) {
	c := t.w.c
	pblk := t.leaves[lblk].at()
	if len(t.bufs[level]) != c.blockSize {
		t.bufs[level] = make([]byte, c.blockSize)
	}
	b := t.bufs[level]
	if c.stopped() || !c.block(b, pblk) {
		return
	}
	x := layout.DxEntries(b[off:])
	limit := t.limit(off)
	if x.Limit() != limit || x.Count() > limit || x.Count() == 0 {
		t.problem(codeHashNode, pblk, "the index counts %d of %d entries, %d fit", x.Count(), x.Limit(), limit)
		return
	}
	last := low &^ 1
	for i := range x.Count() {
		from, to := low, high
		if i > 0 {
			from = x.Hash(i)
		}
		if i+1 < x.Count() {
			to = x.Hash(i + 1)
		}
		if from&^1 < last {
			t.problem(codeHashOrder, pblk, "entry %d of the index has hash %#08x, less than the one before", i, from)
		}
		last = from &^ 1
		t.child(x.Block(i), pblk, level, from, to)
	}
}

// child visits the block to which an index entry in block parent points.
func (t *hashTree) child(lblk uint32, parent uint64, level int, from, to uint32) {
	if int(lblk) >= len(t.leaves) {
		t.problem(codeHashRef, parent, "the index points to block %d, behind the end of the directory", lblk)
		return
	}
	r := &t.leaves[lblk]
	if r.seen {
		t.problem(codeHashRef, parent, "the index points to block %d twice", lblk)
		return
	}
	r.seen = true
	if level > 0 {
		if !r.node {
			t.problem(codeHashDepth, parent, "block %d should be a node of the index, but is none", lblk)
			return
		}
		t.node(lblk, layout.DxNodeEntries, level-1, from, to)
		return
	}
	if r.node {
		t.problem(codeHashDepth, parent, "block %d is a node of the index, but should be a leaf", lblk)
		return
	}
	if r.low > r.high {
		return
	}
	if r.low < from&^1 {
		t.problem(codeHashRange, parent, "block %d holds a name with hash %#08x, but begins at %#08x", lblk, r.low, from&^1)
	}
	if end := to &^ 1; r.high > end || r.high == end && to != hashEnd && to&1 == 0 {
		t.problem(codeHashRange, parent, "block %d holds a name with hash %#08x, but ends before %#08x", lblk, r.high, end)
	}
}
