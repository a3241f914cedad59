package layout

import "encoding/binary"

var le = binary.LittleEndian

func u16(b []byte, off int) uint16      { return le.Uint16(b[off:]) }
func u32(b []byte, off int) uint32      { return le.Uint32(b[off:]) }
func u64(b []byte, off int) uint64      { return le.Uint64(b[off:]) }
func put16(b []byte, off int, v uint16) { le.PutUint16(b[off:], v) }
func put32(b []byte, off int, v uint32) { le.PutUint32(b[off:], v) }
func put64(b []byte, off int, v uint64) { le.PutUint64(b[off:], v) }
func join32(hi, lo uint32) uint64       { return uint64(hi)<<32 | uint64(lo) }
func join16(hi, lo uint16) uint32       { return uint32(hi)<<16 | uint32(lo) }
func cstring(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// putString stores s in a fixed field, cut to its size and padded with zeros.
func putString(b []byte, s string) {
	n := copy(b, s)
	clear(b[n:])
}
