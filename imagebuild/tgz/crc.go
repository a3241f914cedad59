package tgz

// The checksum of a gzip stream is made from those of its pieces. Read as a
// polynomial over GF(2), a CRC is the remainder of the data divided by the CRC's
// polynomial. Appending n zero bytes multiplies the data by x^8n, so
//
//	crc(a ‖ b) = crc(a)·x^(8·len(b)) + crc(b)
//
// where + is exclusive or; the inversions before and after cancel out.
//
// Polynomials are stored reflected, as in hash/crc32: the most significant bit is
// the coefficient of x^0.
const (
	crcPoly = 0xedb88320 // crc32.IEEE
	crcOne  = 1 << 31    // the polynomial 1
	crcX    = 1 << 30    // the polynomial x
)

// crcMul multiplies two polynomials modulo the CRC's.
func crcMul(a, b uint32) uint32 {
	var p uint32
	for ; a != 0; a <<= 1 {
		if a&crcOne != 0 {
			p ^= b
		}
		if b&1 != 0 {
			b = b>>1 ^ crcPoly
		} else {
			b >>= 1
		}
	}
	return p
}

// crcShift is x^8n modulo the CRC's polynomial: what appending n bytes multiplies
// a checksum by.
func crcShift(n int64) uint32 {
	p, sq := uint32(crcOne), uint32(crcX)
	for bits := uint64(n) * 8; bits != 0; bits >>= 1 {
		if bits&1 != 0 {
			p = crcMul(p, sq)
		}
		sq = crcMul(sq, sq)
	}
	return p
}

// checksum is the CRC-32 and length of data that is put together from pieces.
type checksum struct {
	crc  uint32
	size int64

	lastSize  int64 // of the last piece: most have the same
	lastShift uint32
}

// add appends a piece of n bytes with the checksum crc.
func (c *checksum) add(crc uint32, n int64) {
	if n != c.lastSize || c.lastShift == 0 {
		c.lastSize, c.lastShift = n, crcShift(n)
	}
	c.crc = crcMul(c.crc, c.lastShift) ^ crc
	c.size += n
}
