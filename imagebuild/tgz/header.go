package tgz

import (
	"archive/tar"
	"fmt"
	"time"
)

// headerBlock is a header of the GNU tar format, byte for byte as GNU tar writes
// it: what goes through unchanged comes out unchanged.
type headerBlock [512]byte

func (b *headerBlock) name() []byte     { return b[0:100] }
func (b *headerBlock) mode() []byte     { return b[100:108] }
func (b *headerBlock) uid() []byte      { return b[108:116] }
func (b *headerBlock) gid() []byte      { return b[116:124] }
func (b *headerBlock) size() []byte     { return b[124:136] }
func (b *headerBlock) mtime() []byte    { return b[136:148] }
func (b *headerBlock) checksum() []byte { return b[148:156] }
func (b *headerBlock) typeflag() []byte { return b[156:157] }
func (b *headerBlock) magic() []byte    { return b[257:265] } // with the version
func (b *headerBlock) uname() []byte    { return b[265:297] } // ends with a zero byte
func (b *headerBlock) gname() []byte    { return b[297:329] } // ends with a zero byte

// longName is the name under which the GNU format stores a name of more than 100
// bytes, as an entry before the one that bears it.
const longName = "././@LongLink"

// appendHeader appends the header of an entry with size bytes of data. Its time
// is not after notAfter, unless that is zero.
func appendHeader(dst []byte, h *tar.Header, size int64, notAfter time.Time) []byte {
	mtime := h.ModTime
	if !notAfter.IsZero() && mtime.After(notAfter) {
		mtime = notAfter
	}
	var b headerBlock
	if len(h.Name) > len(b.name()) {
		long := append([]byte(h.Name), 0)
		b.fill(tar.TypeGNULongName, longName, 0o644, 0, 0, int64(len(long)), 0, "root", "root")
		dst = append(dst, b[:]...)
		dst = append(dst, long...)
		dst = append(dst, make([]byte, -len(long)&511)...)
	}
	b = headerBlock{}
	b.fill(h.Typeflag, h.Name, h.Mode&0o7777, int64(h.Uid), int64(h.Gid), size, mtime.Unix(), h.Uname, h.Gname)
	return append(dst, b[:]...)
}

func (b *headerBlock) fill(typeflag byte, name string, mode, uid, gid, size, mtime int64, uname, gname string) {
	copy(b.name(), name)
	number(b.mode(), mode)
	number(b.uid(), uid)
	number(b.gid(), gid)
	number(b.size(), size)
	number(b.mtime(), mtime)
	b.typeflag()[0] = typeflag
	copy(b.magic(), "ustar  \x00")
	// A name too long for its field is left out: half of it would be another's.
	// The number says it as well.
	if len(uname) < len(b.uname()) {
		copy(b.uname(), uname)
	}
	if len(gname) < len(b.gname()) {
		copy(b.gname(), gname)
	}
	sum := 0
	copy(b.checksum(), "        ")
	for _, c := range b {
		sum += int(c)
	}
	copy(b.checksum(), fmt.Sprintf("%06o\x00 ", sum))
}

// number stores v in octal digits before a zero byte or, where they do not fit, in
// base 256 behind a mark.
func number(field []byte, v int64) {
	if octal := fmt.Sprintf("%0*o", len(field)-1, v); v >= 0 && len(octal) < len(field) {
		copy(field, octal)
		return
	}
	for i := len(field) - 1; i >= 0; i-- {
		field[i] = byte(v)
		v >>= 8
	}
	field[0] |= 0x80 // all ones before a negative number
}
