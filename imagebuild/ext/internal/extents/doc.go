// Package extents reads and changes the extent tree of one inode: the map from
// blocks of a file to blocks of the disk that ext4 files have.
//
// The root lies in the inode, with room for four entries; every other node fills
// a block. At depth 0 the entries are extents, runs of up to 32768 blocks; above
// it each entry names the node that maps the file from a certain block on. An
// extent can be uninitialised: its blocks belong to the file and read as zeros.
//
// Trees are kept dense. Appending fills a node before it opens the next; whatever
// would leave half-empty nodes behind (a full node in the middle, removed
// extents) has the whole tree written anew, packed, into the blocks that it had.
// e2fsck asks for just that: it reports trees which could be narrower or shorter.
//
// Nothing that is read is trusted: see [FormatError].
package extents

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// Extent maps Len blocks of a file from Block on to blocks of the disk from Start on.
type Extent struct {
	Block  uint32
	Len    uint32
	Start  uint64
	Uninit bool // allocated, but never written: reads as zeros
}

// End is the first file block after the extent.
func (e Extent) End() uint64 { return uint64(e.Block) + uint64(e.Len) }

// Store holds the blocks of nodes.
type Store interface {
	Node(blk uint64) ([]byte, error)     // contents; not to be changed
	EditNode(blk uint64) ([]byte, error) // contents; changes will be kept
	NewNode() (uint64, []byte, error)    // an allocated block of zeros, to be changed
	FreeNode(blk uint64) error
	// Check tells whether n blocks from start on may belong to a file.
	Check(start uint64, n uint32) error
}

// FormatError tells what is wrong with a tree. Node is the disk block of the
// node at fault, 0 for the root in the inode.
type FormatError struct {
	Node uint64
	What string
}

func (e *FormatError) Error() string {
	if e.Node == 0 {
		return "extent root: " + e.What
	}
	return fmt.Sprintf("extent node in block %d: %s", e.Node, e.What)
}

func badf(node uint64, format string, a ...any) error {
	return &FormatError{node, fmt.Sprintf(format, a...)}
}

// Tree is the extent tree of one inode.
type Tree struct {
	root layout.ExtentNode // the 60 bytes in the inode
	s    Store
	csum bool   // metadata_csum: nodes in blocks carry a checksum
	seed uint32 // layout.InodeSeed of the inode
}

// New gives the tree whose root is in the 60 bytes root, which a change alters in
// place. csum says whether nodes carry a checksum, seed is the inode's.
func New(root []byte, s Store, csum bool, seed uint32) *Tree {
	return &Tree{root: layout.ExtentNode(root), s: s, csum: csum, seed: seed}
}

// InitRoot makes the 60 bytes of an inode an empty tree.
func InitRoot(root []byte) {
	clear(root)
	n := layout.ExtentNode(root)
	n.SetMagic()
	n.SetMax(n.Capacity())
}

// Depth is how many levels of nodes lie below the root.
func (t *Tree) Depth() int { return t.root.Depth() }

// MaxBlocks is one more than the highest file block that a tree can map.
const MaxBlocks = 1<<32 - 1
