package xattr

import (
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// ParseBlock gives the attributes in a block, in the order of their entries.
func ParseBlock(block []byte) ([]Attr, error) {
	if len(block) < layout.XattrHeaderSize+listEnd {
		return nil, badf(0, "a block of %d bytes is too short", len(block))
	}
	h := layout.XattrHeader(block)
	if h.Magic() != layout.XattrMagic {
		return nil, badf(0, "magic %#x instead of %#x", h.Magic(), uint32(layout.XattrMagic))
	}
	if h.Blocks() != 1 {
		return nil, badf(8, "takes %d blocks; only 1 is possible", h.Blocks())
	}
	return area{b: block, first: layout.XattrHeaderSize}.parse()
}

// BuildBlock makes a block of blockSize bytes that holds the attributes, used by
// one inode, with all hashes set. The checksum that metadata_csum asks for is
// left 0: it depends on where the block comes to lie. The error is ErrNoSpace
// where the attributes do not fit.
func BuildBlock(blockSize int, attrs []Attr) ([]byte, error) {
	if err := check(attrs); err != nil {
		return nil, err
	}
	if blockSize < 1024 || blockSize > 65536 {
		return nil, fmt.Errorf("extended attributes: no block has %d bytes", blockSize)
	}
	if layout.XattrHeaderSize+Size(attrs) > blockSize {
		return nil, ErrNoSpace
	}
	sorted := slices.Clone(attrs)
	slices.SortFunc(sorted, Compare)
	b := make([]byte, blockSize)
	h := layout.XattrHeader(b)
	h.SetMagic()
	h.SetRefCount(1)
	h.SetBlocks(1)
	area{b: b, first: layout.XattrHeaderSize}.put(sorted, true)
	h.SetHash(BlockHash(b))
	return b, nil
}
