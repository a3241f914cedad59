package layout

import "math/bits"

// The words that a hash starts from where the file system has no seed: those of MD4.
var defaultHashSeed = [4]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}

// The largest hash is kept free: readers of a directory use it as 'the end'.
const hashEOF = 0x7fffffff << 1

// DirHash gives the hash of a name in a hashed directory. Bit 0 of the major
// hash is always clear: in the index it marks a leaf that goes on with the hash
// of the one before. version is one of the Hash constants, signed or
// unsigned. ok is false for a version that is not known.
func DirHash(name []byte, version uint8, seed [4]uint32) (major, minor uint32, ok bool) {
	buf := seed
	if seed == ([4]uint32{}) {
		buf = defaultHashSeed
	}
	unsigned := version >= HashLegacyUnsigned
	switch version {
	case HashLegacy, HashLegacyUnsigned:
		major = legacyHash(name, unsigned)
	case HashHalfMD4, HashHalfMD4Unsigned:
		for p := name; len(p) > 0; p = p[min(32, len(p)):] {
			var in [8]uint32
			fillHashWords(in[:], p, unsigned)
			halfMD4(&buf, &in)
		}
		major, minor = buf[1], buf[2]
	case HashTEA, HashTEAUnsigned:
		for p := name; len(p) > 0; p = p[min(16, len(p)):] {
			var in [4]uint32
			fillHashWords(in[:], p, unsigned)
			tea(&buf, &in)
		}
		major, minor = buf[0], buf[1]
	default:
		return 0, 0, false
	}
	major &^= 1
	if major == hashEOF {
		major = (0x7fffffff - 1) << 1
	}
	return major, minor, true
}

// extend reads a byte of a name as the machine that made the file system did.
func extend(c byte, unsigned bool) uint32 {
	if unsigned {
		return uint32(c)
	}
	return uint32(int32(int8(c)))
}

func legacyHash(name []byte, unsigned bool) uint32 {
	h0, h1 := uint32(0x12a3fe2d), uint32(0x37abe8f9)
	for _, c := range name {
		h := h1 + (h0 ^ extend(c, unsigned)*7152373)
		if h&0x80000000 != 0 {
			h -= 0x7fffffff
		}
		h1, h0 = h0, h
	}
	return h0 << 1
}

// fillHashWords packs a name, four bytes a word, the rest padded with its length.
func fillHashWords(words []uint32, name []byte, unsigned bool) {
	pad := uint32(len(name))
	pad |= pad << 8
	pad |= pad << 16
	for w := range words {
		v := pad
		for i := w * 4; i < w*4+4 && i < len(name); i++ {
			v = v<<8 + extend(name[i], unsigned)
		}
		words[w] = v
	}
}

func halfMD4(buf *[4]uint32, in *[8]uint32) {
	const k2, k3 = 0x5A827999, 0x6ED9EBA1
	f := func(x, y, z uint32) uint32 { return z ^ (x & (y ^ z)) }
	g := func(x, y, z uint32) uint32 { return (x & y) + ((x ^ y) & z) }
	h := func(x, y, z uint32) uint32 { return x ^ y ^ z }
	v := *buf // a, b, c, d; each step turns the roles by one
	step := func(i int, fn func(x, y, z uint32) uint32, x uint32, s int) {
		a, b, c, d := (4-i%4)%4, (5-i%4)%4, (6-i%4)%4, (7-i%4)%4
		v[a] = bits.RotateLeft32(v[a]+fn(v[b], v[c], v[d])+x, s)
	}
	for i, s := range [8]int{3, 7, 11, 19, 3, 7, 11, 19} {
		step(i, f, in[i], s)
	}
	for i, s := range [8]int{3, 5, 9, 13, 3, 5, 9, 13} {
		step(i, g, in[[8]int{1, 3, 5, 7, 0, 2, 4, 6}[i]]+k2, s)
	}
	for i, s := range [8]int{3, 9, 11, 15, 3, 9, 11, 15} {
		step(i, h, in[[8]int{3, 7, 2, 6, 1, 5, 0, 4}[i]]+k3, s)
	}
	for i := range buf {
		buf[i] += v[i]
	}
}

func tea(buf *[4]uint32, in *[4]uint32) {
	const delta = 0x9E3779B9
	b0, b1, sum := buf[0], buf[1], uint32(0)
	for range 16 {
		sum += delta
		b0 += (b1<<4 + in[0]) ^ (b1 + sum) ^ (b1>>5 + in[1])
		b1 += (b0<<4 + in[2]) ^ (b0 + sum) ^ (b0>>5 + in[3])
	}
	buf[0] += b0
	buf[1] += b1
}
