package xattr

import "lbimage/imagebuild/ext/internal/layout"

// RehashInode gives entries in an inode whose values lie in inodes of their own
// the hashes that suit what valueHash says of those.
func RehashInode(i layout.Inode, valueHash func(ino uint32) (uint32, error)) error {
	attrs, err := ParseInode(i)
	if err != nil || len(attrs) == 0 {
		return err
	}
	ar, _, _ := inodeArea(i)
	_, err = rehash(ar.b, attrs, valueHash)
	return err
}

// RehashBlock is RehashInode for a block. The hash of the block follows.
func RehashBlock(block []byte, valueHash func(ino uint32) (uint32, error)) error {
	attrs, err := ParseBlock(block)
	if err != nil {
		return err
	}
	changed, err := rehash(block[layout.XattrHeaderSize:], attrs, valueHash)
	if h := layout.XattrHeader(block); changed && err == nil {
		h.SetHash(BlockHash(block))
	}
	return err
}

func rehash(entries []byte, attrs []Attr, valueHash func(uint32) (uint32, error)) (changed bool, err error) {
	off := 0
	for _, a := range attrs {
		if a.ValueInode != 0 {
			h, err := valueHash(a.ValueInode)
			if err != nil {
				return changed, err
			}
			layout.XattrEntry(entries[off:]).SetHash(InodeEntryHash(a.Name, h))
			changed = true
		}
		off += layout.XattrEntryLen(len(a.Name))
	}
	return changed, nil
}
