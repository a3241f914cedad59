package fsck

import (
	"bytes"
	"encoding/binary"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// xattrState is what is known of blocks and inodes with attributes.
type xattrState struct {
	seen   claims            // blocks that were examined
	refs   map[uint64]int64  // of a shared block: references that are still to be found
	inodes map[uint32]uint64 // references to inodes that hold values
	used   []byte            // which bytes of an area are taken
	buf    []byte
	target layout.Inode // that holds a value

	overflow bool // there were too many references to count
}

// maxRefs is how many shared blocks and inodes with values are counted.
const maxRefs = 1 << 17

// note keeps the references to a shared block that are still to be found.
func (x *xattrState) note(blk uint64, left int64) {
	if _, known := x.refs[blk]; !known && len(x.refs) >= maxRefs {
		x.overflow = true
		return
	}
	x.refs[blk] = left
}

// Attributes that mean something to the file system itself.
const (
	xattrSystem     = 7
	xattrEncryption = 9
)

// xattrArea is a place with attributes: an inode's tail or a block.
type xattrArea struct {
	b     []byte
	first int // offset of the first entry
	base  int // what offsets of values count from
	block bool
}

// xattrInfo is what the walk over an area finds.
type xattrInfo struct {
	code, message string // the first problem, if any
	valueBlocks   uint64 // blocks of the inodes that hold values; they count as the file's
	encrypted     bool   // there is an encryption context
	context       []byte // this context
	inline        []byte // the value of system.data, which goes on with a file's inline data
	hasInline     bool
}

// inodeXattrs gives the area behind the fields of an inode; ok is false where
// there is none.
func (c *checker) inodeXattrs(inode layout.Inode) (xattrArea, bool) {
	start := layout.GoodOldInodeSize + int(inode.ExtraIsize())
	if start+layout.XattrIbodyHeader >= len(inode) || binary.LittleEndian.Uint32(inode[start:]) != layout.XattrMagic {
		return xattrArea{}, false
	}
	return xattrArea{b: inode[start:], first: layout.XattrIbodyHeader, base: layout.XattrIbodyHeader}, true
}

// take marks n bytes of the area as used; false if they are used or outside.
func (x *xattrState) take(size, off, n int) bool {
	if off < 0 || n > size || off > size-n {
		return false
	}
	for i := off; i < off+n; i++ {
		if x.used[i] != 0 {
			return false
		}
		x.used[i] = 1
	}
	return true
}

// walkXattrs checks an area of the inode ino.
func (c *checker) walkXattrs(ino uint32, inode layout.Inode, a xattrArea, count bool) (info xattrInfo) {
	x := &c.xattrs
	size := len(a.b)
	if len(x.used) < size {
		x.used = make([]byte, size)
	}
	clear(x.used[:size])
	x.take(size, 0, a.first)
	off := a.first
	bad := func(code, message string) xattrInfo {
		info.code, info.message = code, message
		return info
	}
	left := int64(size - a.first) // room that no entry or value takes; in an inode, too little of it ends the list
	for off+4 <= size && binary.LittleEndian.Uint32(a.b[off:]) != 0 {
		if !a.block && left < layout.XattrEntrySize {
			break
		}
		if size-off < layout.XattrEntrySize {
			return bad(codeXattrEntry, "an attribute's entry runs over the end")
		}
		e := layout.XattrEntry(a.b[off:])
		n := layout.XattrEntryLen(e.NameLen())
		if !x.take(size, off, n) {
			return bad(codeXattrEntry, "an attribute's entry overlaps another or the end")
		}
		off += n
		left -= int64(n)
		if a.block && e.NameIndex() == 0 {
			return bad(codeXattrName, "an attribute has no name index")
		}
		name, _, _ := bytes.Cut(e.Name(), []byte{0}) // as far as libraries in C read it
		context := e.NameIndex() == xattrEncryption && string(name) == "c"
		info.encrypted = info.encrypted || context
		if e.ValueInode() != 0 {
			code, message := c.valueInode(ino, inode, e, &info)
			if code != "" {
				return bad(code, message)
			}
			if _, known := x.inodes[e.ValueInode()]; count && (known || len(x.inodes) < maxRefs) {
				x.inodes[e.ValueInode()]++
			} else if count {
				x.overflow = true
			}
			continue
		}
		valueLen := int64(e.ValueSize())
		room := (valueLen + 3) &^ 3
		at := int64(a.base + e.ValueOffset())
		if valueLen == 0 && !a.block && !inode.Has(layout.InodeFlagInlineData) {
			at = 0 // means nothing, unless inline data are looked for
		}
		if at+valueLen > int64(size) || valueLen > 0 && !x.take(size, int(at), int(min(room, int64(size)+1))) {
			return bad(codeXattrValue, "an attribute's value overlaps another or the end")
		}
		left -= valueLen
		value := a.b[at : at+room : at+room]
		if context {
			info.context = a.b[at : at+valueLen]
		}
		if h := e.Hash(); (a.block || h != 0) && h != xattrHash(e.Name(), value, false) && h != xattrHash(e.Name(), value, true) {
			return bad(codeXattrHash, "an attribute's hash does not fit its name and value")
		}
		if e.NameIndex() == xattrSystem && string(name) == "data" {
			info.inline, info.hasInline = a.b[at:at+valueLen], true
		}
	}
	if !x.take(size, off, 4) {
		return bad(codeXattrEntry, "the list of attributes has no end")
	}
	return info
}

// xattrHash is what an entry's hash must be. Machines differ in whether the
// bytes of a name have a sign; both kinds of hashes are met.
func xattrHash(name, value []byte, signed bool) uint32 {
	h := uint32(0)
	for _, b := range name {
		v := uint32(b)
		if signed {
			v = uint32(int32(int8(b)))
		}
		h = h<<5 ^ h>>27 ^ v
	}
	for ; len(value) >= 4; value = value[4:] {
		h = h<<16 ^ h>>16 ^ binary.LittleEndian.Uint32(value)
	}
	return h
}

// valueInode checks an entry whose value is the contents of an inode.
func (c *checker) valueInode(ino uint32, inode layout.Inode, e layout.XattrEntry, info *xattrInfo) (code, message string) {
	target := e.ValueInode()
	if target < c.firstInode || target > c.inodes {
		return codeXattrInode, "an attribute's value is in an inode that does not exist"
	}
	if len(c.xattrs.target) != c.inodeSize {
		c.xattrs.target = make(layout.Inode, c.inodeSize)
	}
	t := c.xattrs.target
	if !c.readInode(target, t) {
		return "", ""
	}
	// The inode keeps the hash of the value in the place of its access time.
	valueHash := binary.LittleEndian.Uint32(t[0x08:])
	fits := false
	for _, signed := range []bool{false, true} {
		h := xattrHash(e.Name(), nil, signed)
		fits = fits || e.Hash() == h<<16^h>>16^valueHash
	}
	switch {
	case fits:
		clusters := (uint64(e.ValueSize()) + uint64(c.blockSize)<<c.ratioBits - 1) >> (c.blockBits + c.ratioBits)
		info.valueBlocks += clusters << c.ratioBits
	case binary.LittleEndian.Uint32(t[0x10:]) == ino && t.Generation() == inode.Generation():
		// The older form, in which the value's inode names its owner instead.
	case !t.Has(layout.InodeFlagEAInode):
		return codeXattrInode, "an attribute's value is in an inode that holds none"
	default:
		return codeXattrHash, "an attribute's hash does not fit its name and the inode with its value"
	}
	if !t.Has(layout.InodeFlagEAInode) {
		return codeXattrInode, "an attribute's value is in an inode that is not marked so"
	}
	return "", ""
}

// xattrBlock gives the number of an inode's block of attributes. Its upper half
// counts with 64bit only.
func (c *checker) xattrBlock(inode layout.Inode) uint64 {
	if c.incompat&layout.Incompat64Bit == 0 {
		return inode.FileACL() & (1<<32 - 1)
	}
	return inode.FileACL()
}

// holdsValue says whether an inode is the value of an attribute: it has no name,
// and nobody reads what files with a name have.
func (c *checker) holdsValue(inode layout.Inode) bool {
	return c.incompat&layout.IncompatEAInode != 0 && inode.Has(layout.InodeFlagEAInode)
}

// checkXattrBlock checks the block of attributes of an inode. It gives the
// blocks that count as the file's, and what else was found.
func (c *checker) checkXattrBlock(ino uint32, inode layout.Inode) (blocks uint64, info xattrInfo) {
	blk := c.xattrBlock(inode)
	if blk == 0 {
		return 0, info
	}
	fault := ""
	if c.compat&layout.CompatExtAttr == 0 {
		fault = "has a block of attributes without the feature ext_attr"
	} else if blk < c.firstData || blk >= c.blocks {
		fault = "block of attributes lies outside the file system"
	}
	if fault != "" {
		if !c.isNameless(ino) && !c.holdsValue(inode) { // nobody reads those of the others
			c.inodeProblem(codeXattrBlock, ino, blk, "%s", fault)
		}
		return 0, info
	}
	blocks = 1 << c.ratioBits
	x := &c.xattrs
	again := x.seen.add(blk-c.firstData, 1) == 0
	if again {
		c.xattrBlockAgain(ino, blk)
		if c.incompat&layout.IncompatEAInode == 0 && !inode.Has(layout.InodeFlagEncrypt) {
			return blocks, info
		}
	}
	if len(x.buf) < c.blockSize {
		x.buf = make([]byte, c.blockSize)
	}
	if !c.block(x.buf, blk) {
		return blocks, info
	}
	h := layout.XattrHeader(x.buf)
	if !again {
		c.claim(c.toCluster(blk), 1, false)
	}
	if h.Magic() != layout.XattrMagic || h.Blocks() != 1 {
		if !again {
			c.inodeProblem(codeXattrBlock, ino, blk, "block of attributes has no valid header")
			x.note(blk, ignoreRefs)
		}
		return blocks, info
	}
	info = c.walkXattrs(ino, inode, xattrArea{b: x.buf, first: layout.XattrHeaderSize, block: true}, !again)
	if !again {
		if info.code != "" {
			c.inodeProblem(info.code, ino, blk, "%s", info.message)
		}
		if c.metadataCsum {
			if want := layout.XattrBlockChecksum(c.csumSeed, blk, x.buf); h.Checksum() != want {
				c.inodeProblem(codeXattrChecksum, ino, blk, "checksum of the block of attributes is %#08x, should be %#08x", h.Checksum(), want)
			}
		}
		if left := int64(h.RefCount()) - 1; left != 0 {
			x.note(blk, left)
		}
	}
	return blocks + info.valueBlocks, info
}

// ignoreRefs stands for the references of a block whose header is bad.
const ignoreRefs = 1 << 40

func (c *checker) xattrBlockAgain(ino uint32, blk uint64) {
	switch left, shared := c.xattrs.refs[blk]; {
	case left == ignoreRefs:
	case shared && left == 1:
		delete(c.xattrs.refs, blk)
	case shared && left > 0:
		c.xattrs.refs[blk] = left - 1
	case shared && left < 0: // counted wrong before
	default:
		c.inodeProblem(codeXattrRefs, ino, blk, "more inodes refer to the block of attributes than it counts")
		c.xattrs.note(blk, ignoreRefs)
	}
}

// checkXattrRefs reports blocks to which fewer inodes refer than they count.
func (c *checker) checkXattrRefs() {
	var wrong []uint64
	for blk, left := range c.xattrs.refs {
		if left != 0 && left != ignoreRefs {
			wrong = append(wrong, blk)
		}
	}
	slices.Sort(wrong)
	for _, blk := range wrong {
		c.report(finding{Problem: Problem{Code: codeXattrRefs, Block: blk, Group: -1,
			Message: "the block of attributes counts more references than there are"}})
	}
}
