package xattr

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// EntryHash is the hash of an entry in a block whose value is stored there.
func EntryHash(name string, value []byte) uint32 {
	return hashValue(hashName(name, false), value)
}

// SignedEntryHash is EntryHash as kernels before 6.3 computed it where char is
// signed. It differs for names with bytes from 0x80 on.
func SignedEntryHash(name string, value []byte) uint32 {
	return hashValue(hashName(name, true), value)
}

// InodeEntryHash is the hash of an entry whose value lies in an inode of its own;
// valueHash is the CRC32C over that value, which that inode stores.
func InodeEntryHash(name string, valueHash uint32) uint32 {
	return hashWord(hashName(name, false), valueHash)
}

func hashName(name string, signed bool) (h uint32) {
	for i := range len(name) {
		c := uint32(name[i])
		if signed {
			c = uint32(int8(name[i]))
		}
		h = h<<5 ^ h>>27 ^ c
	}
	return h
}

func hashWord(h, w uint32) uint32 { return h<<16 ^ h>>16 ^ w }

func hashValue(h uint32, value []byte) uint32 {
	for len(value) >= 4 {
		h = hashWord(h, binary.LittleEndian.Uint32(value))
		value = value[4:]
	}
	if len(value) > 0 {
		var last [4]byte
		copy(last[:], value)
		h = hashWord(h, binary.LittleEndian.Uint32(last[:]))
	}
	return h
}

// BlockHash is the hash that the header of a block must have: made of its
// entries', or 0 where one has none. Blocks with a hash of 0 are never shared.
// The block must be one that ParseBlock accepts.
func BlockHash(block []byte) (h uint32) {
	for off := layout.XattrHeaderSize; ; {
		e := layout.XattrEntry(block[off:])
		if binary.LittleEndian.Uint32(e) == 0 {
			return h
		}
		if e.Hash() == 0 {
			return 0
		}
		h = hashWord(h, e.Hash())
		off += layout.XattrEntryLen(e.NameLen())
	}
}

// VerifyBlock tells whether the block parses and its hashes are right. The hash
// of an entry may be the signed one; that of an entry with its value in an
// inode is not looked at.
func VerifyBlock(block []byte) error {
	attrs, err := ParseBlock(block)
	if err != nil {
		return err
	}
	off := layout.XattrHeaderSize
	for _, a := range attrs {
		e := layout.XattrEntry(block[off:])
		if a.ValueInode == 0 && e.Hash() != EntryHash(a.Name, a.Value) && e.Hash() != SignedEntryHash(a.Name, a.Value) {
			return badf(off, "hash %#x instead of %#x", e.Hash(), EntryHash(a.Name, a.Value))
		}
		off += layout.XattrEntryLen(len(a.Name))
	}
	if h := layout.XattrHeader(block).Hash(); h != BlockHash(block) {
		return badf(12, "hash of the block %#x instead of %#x", h, BlockHash(block))
	}
	return nil
}
