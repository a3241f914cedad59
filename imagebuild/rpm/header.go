package rpm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits of a header. rpm itself allows 256 MiB of values; no package is known
// that comes near a tenth of this.
const (
	introSize       = 16 // magic, reserved, number of entries, size of the store
	entrySize       = 16 // tag, type, offset, count
	maxEntries      = 65535
	maxSigEntries   = 32
	maxStore        = 16 << 20
	maxValues       = 1 << 18 // strings in one tag, files in the list
	regionSize      = 16      // the trailer of a region has the shape of an entry
	regionSignature = 62
	regionImmutable = 63
	regionImage     = 61 // what old packages wrote in the signature region's trailer
	firstTag        = 100
)

var headerMagic = []byte{0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0}

// valueType is the type of a header entry.
type valueType uint32

const (
	typeChar valueType = iota + 1
	typeInt8
	typeInt16
	typeInt32
	typeInt64
	typeString
	typeBin
	typeStringArray
	typeI18NString
)

var valueTypes = [...]struct {
	name string
	size int64 // of one value; 0 for strings, which end with a zero byte
}{
	{}, {"char", 1}, {"int8", 1}, {"int16", 2}, {"int32", 4}, {"int64", 8},
	{"string", 0}, {"binary", 1}, {"string array", 0}, {"translated string", 0},
}

func (t valueType) known() bool { return t >= typeChar && t <= typeI18NString }

func (t valueType) isString() bool {
	return t == typeString || t == typeStringArray || t == typeI18NString
}

func (t valueType) isInt() bool { return t >= typeChar && t <= typeInt64 }

func (t valueType) String() string {
	if t.known() {
		return valueTypes[t].name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// indexEntry is one entry of a header's index, as it stands there.
type indexEntry [entrySize]byte

func (e *indexEntry) tag() int32      { return int32(binary.BigEndian.Uint32(e[0:])) }
func (e *indexEntry) kind() valueType { return valueType(binary.BigEndian.Uint32(e[4:])) }
func (e *indexEntry) offset() int32   { return int32(binary.BigEndian.Uint32(e[8:])) }
func (e *indexEntry) count() uint32   { return binary.BigEndian.Uint32(e[12:]) }

// section is one of the two headers. Once readSection returns it, every entry
// lies within the store, is aligned, overlaps no other and stands there once.
type section struct {
	name   string
	off    int64  // in the file
	raw    []byte // intro, index and store, without the padding behind it
	byTag  map[int32]*indexEntry
	region bool // all of it is one region, as since RPM 4; older ones have none
}

func (s *section) entries() int { return int(binary.BigEndian.Uint32(s.raw[8:])) }
func (s *section) store() []byte {
	return s.raw[introSize+entrySize*s.entries():]
}

// end is the offset in the file of the first byte after the section.
func (s *section) end() int64 { return s.off + int64(len(s.raw)) }

// text gives a string value, for what must be known before the library may see
// the section.
func (s *section) text(e *indexEntry) string {
	v, _, _ := bytes.Cut(s.store()[e.offset():], []byte{0})
	return string(v)
}

// readSection reads and checks the header at off in a file of size bytes.
func readSection(r io.ReaderAt, size, off int64, name string, regionTag int32, limit int64) (*section, error) {
	var intro [introSize]byte
	if err := readAt(r, size, off, intro[:], name); err != nil {
		return nil, err
	}
	if !bytes.Equal(intro[:8], headerMagic) {
		return nil, damaged(name, "no header at byte %d: it begins with % x, not with % x", off, intro[:8], headerMagic)
	}
	n, length := int64(binary.BigEndian.Uint32(intro[8:])), int64(binary.BigEndian.Uint32(intro[12:]))
	if n == 0 {
		return nil, damaged(name, "it has no entries")
	}
	if n > limit {
		return nil, damaged(name, "it claims %d entries, more than the %d allowed", n, limit)
	}
	if length > maxStore {
		return nil, damaged(name, "it claims %d bytes of values, more than the %d allowed", length, int64(maxStore))
	}
	total := introSize + entrySize*n + length
	if total > size-off {
		return nil, damaged(name, "it claims %d bytes from byte %d on, the file ends at byte %d: the file is truncated", total, off, size)
	}
	s := &section{name: name, off: off, raw: make([]byte, total), byTag: make(map[int32]*indexEntry, n)}
	if err := readAt(r, size, off, s.raw, name); err != nil {
		return nil, err
	}
	// The same bytes are read twice; a file that changes meanwhile is caught.
	if !bytes.Equal(s.raw[:introSize], intro[:]) {
		return nil, fmt.Errorf("%s: the file changed while it was read: try again", name)
	}
	return s, s.check(regionTag)
}

// readAt fills p from off, and says where a truncated file ends.
func readAt(r io.ReaderAt, size, off int64, p []byte, name string) error {
	if off > size || int64(len(p)) > size-off {
		return damaged(name, "the file ends at byte %d, %d bytes are needed at byte %d: the file is truncated", size, len(p), off)
	}
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return damaged(name, "the file ends at byte %d, although its size is %d: the file is truncated", off+int64(n), size)
	}
	return fmt.Errorf("%s: reading at byte %d: %w", name, off, err)
}

// check walks the index. The entries' values must follow each other in the
// store, as rpm demands: that makes overlaps impossible and this walk linear.
func (s *section) check(regionTag int32) error {
	store := s.store()
	limit := int64(len(store)) // values end here
	var end int64              // where the values of the entries so far end
	for i := range s.entries() {
		e := (*indexEntry)(s.raw[introSize+entrySize*i:])
		if i == 0 && e.tag() == regionTag {
			if err := s.checkRegion(e); err != nil {
				return err
			}
			limit = int64(e.offset())
			continue
		}
		length, err := s.length(e, limit, end)
		if err != nil {
			return damaged(s.name, "entry %d (tag %d): %v", i, e.tag(), err)
		}
		if s.byTag[e.tag()] != nil {
			return damaged(s.name, "entry %d: tag %d is there twice", i, e.tag())
		}
		end = int64(e.offset()) + length
		s.byTag[e.tag()] = e
	}
	return nil
}

// length is the number of bytes that e's values take in the store. They begin
// after the values before, which end at end, and they end at limit at the latest.
func (s *section) length(e *indexEntry, limit, end int64) (int64, error) {
	off, count := int64(e.offset()), int64(e.count())
	switch {
	case e.tag() < firstTag:
		return 0, fmt.Errorf("the tag is not in the range that headers use")
	case !e.kind().known():
		return 0, fmt.Errorf("%v is unknown", e.kind())
	case off < 0 || off > limit:
		return 0, fmt.Errorf("offset %d lies outside the %d bytes of values", off, limit)
	case off < end:
		return 0, fmt.Errorf("offset %d lies within the values before, which end at %d", off, end)
	case e.kind() == typeString && count != 1:
		return 0, fmt.Errorf("a single string has count %d", count)
	}
	if size := valueTypes[e.kind()].size; size > 0 {
		if e.kind() != typeBin && off%size != 0 {
			return 0, fmt.Errorf("offset %d is not aligned for %v", off, e.kind())
		}
		if count > (limit-off)/size {
			return 0, fmt.Errorf("%d values of %v at offset %d lie outside the %d bytes of values", count, e.kind(), off, limit)
		}
		return size * count, nil
	}
	rest := s.store()[off:limit]
	if count > int64(len(rest)) {
		return 0, fmt.Errorf("%d strings at offset %d lie outside the %d bytes of values", count, off, limit)
	}
	var length int64
	for range count {
		n := bytes.IndexByte(rest[length:], 0)
		if n < 0 {
			return 0, fmt.Errorf("a string at offset %d has no end", off+length)
		}
		length += int64(n) + 1
	}
	return length, nil
}

// checkRegion checks the region entry e, which must cover the whole section: it
// is what the digests are of. Its trailer, an entry too, ends the store and
// gives the length of the index as a negative offset.
func (s *section) checkRegion(e *indexEntry) error {
	store, off := s.store(), int64(e.offset())
	if e.kind() != typeBin || e.count() != regionSize {
		return damaged(s.name, "the region entry is %d values of %v, not %d bytes", e.count(), e.kind(), regionSize)
	}
	if off < 0 || off != int64(len(store))-regionSize {
		return damaged(s.name, "the region's trailer at offset %d does not end the %d bytes of values", off, len(store))
	}
	t := (*indexEntry)(store[off:])
	sameTag := t.tag() == e.tag() || e.tag() == regionSignature && t.tag() == regionImage
	if !sameTag || t.kind() != typeBin || t.count() != regionSize {
		return damaged(s.name, "the region's trailer (tag %d, %v, count %d) does not match its entry", t.tag(), t.kind(), t.count())
	}
	if int64(t.offset()) != -int64(entrySize*s.entries()) {
		return damaged(s.name, "the region covers %d bytes of the index, which has %d", -int64(t.offset()), entrySize*s.entries())
	}
	s.region = true
	return nil
}
