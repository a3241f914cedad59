package fsck

import (
	"encoding/binary"
	"math/rand/v2"

	"lbimage/imagebuild/ext/internal/layout"
)

// field is a number in a record: n bytes at off.
type field struct{ off, n int }

// put gives fields of n bytes at each offset.
func put(n int, offs ...int) (out []field) {
	for _, off := range offs {
		out = append(out, field{off, n})
	}
	return out
}

// row gives k fields of n bytes that follow each other.
func row(off, n, k int) (out []field) {
	for i := range k {
		out = append(out, field{off + i*n, n})
	}
	return out
}

// fieldsOf gives the numbers in a record of a kind, as far as their places can be
// told: a damaged number says more about a checker than a damaged byte of a name.
func (c *checker) fieldsOf(p place, b []byte) (out []field) {
	switch p.what {
	case "superblock", "backup superblock":
		out = append(out, row(0x00, 4, 13)...)
		out = append(out, row(0x34, 2, 6)...)
		out = append(out, row(0x40, 4, 5)...)
		out = append(out, row(0x54, 4, 1)...)
		out = append(out, row(0x58, 2, 2)...)
		out = append(out, row(0x5C, 4, 3)...)
		out = append(out, row(0x5C, 1, 12)...)
		out = append(out, put(1, 0xCC, 0xCD, 0xFC, 0xFD)...)
		out = append(out, put(2, 0xCE, 0xFE, 0x15C, 0x15E, 0x164, 0x166, 0x27C, 0x27E)...)
		out = append(out, put(4, 0xE0, 0xE4, 0xE8, 0x100, 0x104, 0x108, 0x150, 0x154, 0x158, 0x160, 0x168, 0x16C, 0x170, 0x180, 0x184, 0x194,
			0x240, 0x244, 0x248, 0x24C, 0x250, 0x268, 0x26C, 0x270, 0x280)...)
		out = append(out, row(0x10C, 4, 17)...)
		out = append(out, put(1, 0x174, 0x175, 0x274, 0x275, 0x276)...)
	case "descriptors":
		out = append(out, row(0, 4, 3)...)
		out = append(out, row(12, 2, 10)...)
		if len(b) >= 64 {
			out = append(out, row(0x20, 4, 3)...)
			out = append(out, row(0x2C, 2, 8)...)
		}
	case "attributes":
		out = append(out, row(0, 4, 4)...)
		out = append(out, xattrFields(b, layout.XattrHeaderSize)...)
	case "map":
		if n := layout.ExtentNode(b); n.Magic() == layout.ExtentMagic {
			return extentFields(b, 0)
		}
		for off := 0; off < len(b); off += 4 {
			if off < 16 || binary.LittleEndian.Uint32(b[off:]) != 0 {
				out = append(out, field{off, 4})
			}
		}
	case "directory":
		out = c.directoryFields(b)
	case "quota":
		for off := 0; off+4 <= len(b); off += 4 {
			if off%1024 < 32 || binary.LittleEndian.Uint32(b[off:]) != 0 {
				out = append(out, field{off, 4})
			}
		}
	case "mmp":
		out = append(out, row(0, 4, 5)...)
		out = append(out, put(2, 0x70)...)
	case "journal":
		out = append(out, row(0, 4, 21)...)
		out = append(out, row(0x30, 8, 3)...)
	default:
		if p.isInode() {
			out = inodeFields(b)
		}
	}
	return out
}

func extentFields(b []byte, off int) (out []field) {
	out = append(out, row(off, 2, 4)...)
	for i := 1; i <= layout.ExtentNode(b[off:]).Entries()+1 && off+i*12+12 <= len(b); i++ {
		at := off + i*12
		out = append(out, field{at, 4}, field{at + 4, 2}, field{at + 4, 4}, field{at + 6, 2}, field{at + 8, 4}, field{at + 8, 2})
	}
	return out
}

func inodeFields(b []byte) (out []field) {
	inode := layout.Inode(b)
	out = append(out, row(0, 2, 2)...)
	out = append(out, row(4, 4, 5)...)
	out = append(out, row(0x18, 2, 2)...)
	out = append(out, row(0x1C, 4, 3)...)
	out = append(out, row(0x64, 4, 4)...)
	out = append(out, row(0x74, 2, 6)...)
	out = append(out, put(1, 0x20, 0x21, 0x22, 0x23)...)
	if inode.Has(layout.InodeFlagExtents) {
		out = append(out, extentFields(b[:0x64], 0x28)...)
	} else {
		out = append(out, row(0x28, 4, 15)...)
	}
	if len(b) <= layout.GoodOldInodeSize {
		return out
	}
	out = append(out, row(0x80, 2, 2)...)
	out = append(out, row(0x84, 4, 7)...)
	start := layout.GoodOldInodeSize + int(inode.ExtraIsize())
	if start+4 < len(b) && binary.LittleEndian.Uint32(b[start:]) == layout.XattrMagic {
		out = append(out, field{start, 4})
		out = append(out, xattrFields(b, start+4)...)
	}
	return out
}

func xattrFields(b []byte, off int) (out []field) {
	for off+layout.XattrEntrySize <= len(b) && binary.LittleEndian.Uint32(b[off:]) != 0 {
		out = append(out, field{off, 1}, field{off + 1, 1}, field{off + 2, 2}, field{off + 4, 4}, field{off + 8, 4}, field{off + 12, 4}, field{off + 16, 1})
		off += layout.XattrEntryLen(int(b[off]))
	}
	return append(out, field{min(off, len(b)-4), 4})
}

func (c *checker) directoryFields(b []byte) (out []field) {
	for off := 0; off < len(b); {
		e := direntAt(b, off, c.blockSize)
		if e == nil {
			break
		}
		out = append(out, field{off, 4}, field{off + 4, 2}, field{off + 6, 1}, field{off + 7, 1}, field{off + 8, 1})
		off += len(e)
	}
	for _, off := range []int{layout.DxNodeEntries, layout.DxRootEntries} {
		x := layout.DxEntries(b[off:])
		if x.Limit() != layout.DxLimit(c.blockSize, off, c.metadataCsum) || x.Count() > x.Limit() {
			continue
		}
		if off == layout.DxRootEntries {
			out = append(out, row(layout.DxInfoOffset, 1, 8)...)
		}
		out = append(out, row(off, 2, 2)...)
		out = append(out, row(off+4, 4, 2*x.Count())...)
	}
	return out
}

// alterField changes one number: to one near it, to one at a limit, to one that
// means something in this file system, or to what another record has there.
func alterField(r *rand.Rand, b, other []byte, f field, values []uint32) {
	if f.off+f.n > len(b) {
		return
	}
	at := b[f.off : f.off+f.n]
	v := uint64(0)
	for i := f.n - 1; i >= 0; i-- {
		v = v<<8 | uint64(at[i])
	}
	switch r.IntN(12) {
	case 0:
		v++
	case 1:
		v--
	case 2:
		v += uint64(r.IntN(32)) - 16
	case 3:
		v = 0
	case 4:
		v = ^uint64(0) >> r.IntN(40)
	case 5:
		v = uint64(r.Uint32()) >> r.IntN(32)
	case 6, 7:
		v = uint64(values[r.IntN(len(values))])
	case 8:
		if f.off+f.n <= len(other) {
			copy(at, other[f.off:])
			return
		}
	default:
		v ^= 1 << r.IntN(8*f.n)
	}
	for i := range at {
		at[i] = byte(v)
		v >>= 8
	}
}
