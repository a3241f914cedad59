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

// RefersTo tells whether the entry of an attribute whose value lies in an inode of
// its own has the hash that it must have, where valueHash is what that inode stores.
func (a Attr) RefersTo(valueHash uint32) bool {
	return a.Hash == InodeEntryHash(a.Name, valueHash) || a.Hash == hashWord(hashName(a.Name, true), valueHash)
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

// VerifyBlock tells whether the block parses and each entry has its hash, maybe
// the signed one. An entry with its value in an inode is not looked at; neither
// is the hash of the block, which only helps the kernel to find blocks that it
// may share (e2fsprogs leaves it 0): BlockHash has it.
func VerifyBlock(block []byte) error {
	attrs, err := ParseBlock(block)
	if err != nil {
		return err
	}
	return verify(block[layout.XattrHeaderSize:], layout.XattrHeaderSize, attrs, false)
}

// VerifyInode tells whether the attributes in the inode parse. Their entries may
// do without a hash, but must not have a wrong one.
func VerifyInode(i layout.Inode) error {
	attrs, err := ParseInode(i)
	if err != nil || len(attrs) == 0 {
		return err
	}
	ar, _, _ := inodeArea(i)
	return verify(ar.b, ar.base, attrs, true)
}

// verify compares the hashes of entries that parse has read; base is the offset
// of the first one.
func verify(entries []byte, base int, attrs []Attr, without bool) error {
	off := 0
	for _, a := range attrs {
		h, want := layout.XattrEntry(entries[off:]).Hash(), EntryHash(a.Name, a.Value)
		if a.ValueInode == 0 && h != want && h != SignedEntryHash(a.Name, a.Value) && !(without && h == 0) {
			return badf(base+off, "hash %#x instead of %#x", h, want)
		}
		off += layout.XattrEntryLen(len(a.Name))
	}
	return nil
}
