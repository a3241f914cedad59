package xattr

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// Attr is one extended attribute. Name is the part behind the prefix that Index
// stands for (layout.XattrName joins them); an index that is not known is kept as
// it is.
//
// Where ValueInode is not 0 the value lies in that inode: Value is nil, and
// ValueSize and Hash are those of the entry, which writing stores again. Else both
// are 0.
type Attr struct {
	Index      uint8
	Name       string
	Value      []byte
	ValueInode uint32
	ValueSize  uint32
	Hash       uint32
}

// ErrNoSpace says that the attributes do not fit the inode or the block.
var ErrNoSpace = errors.New("extended attributes do not fit")

// FormatError tells what is wrong with an area of attributes, and where: Offset
// counts bytes from the start of the inode or block that was given.
type FormatError struct {
	Offset int
	What   string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("extended attributes: offset %d: %s", e.Offset, e.What)
}

func badf(off int, format string, a ...any) error {
	return &FormatError{off, fmt.Sprintf(format, a...)}
}

// Compare orders attributes as a block has them: by index, by the length of the
// name, by the name.
func Compare(a, b Attr) int {
	return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
}

// check refuses attributes that no area can hold.
func check(attrs []Attr) error {
	sorted := slices.Clone(attrs)
	slices.SortFunc(sorted, Compare)
	for i, a := range sorted {
		if len(a.Name) > layout.NameMax {
			return fmt.Errorf("extended attribute name of %d bytes: at most %d are possible", len(a.Name), layout.NameMax)
		}
		if i > 0 && Compare(sorted[i-1], a) == 0 {
			return fmt.Errorf("extended attribute %d:%q is given twice", a.Index, a.Name)
		}
		if len(a.Name) == 0 && a.Index == 0 {
			return errors.New("extended attribute without index and name: it would end the list")
		}
	}
	return nil
}

// Size is the room in bytes that the attributes take, headers not counted. It
// includes the four zero bytes that end the list.
func Size(attrs []Attr) int {
	n := listEnd
	for _, a := range attrs {
		n += layout.XattrEntryLen(len(a.Name))
		if a.ValueInode == 0 {
			n += layout.XattrValueLen(len(a.Value))
		}
	}
	return n
}

// listEnd is the size of the zero word behind the last entry.
const listEnd = 4

// area is where entries and values of one list lie.
type area struct {
	b     []byte // from the first possible value offset 0 to the end of the area
	first int    // offset of the first entry in b
	base  int    // of b in what the caller gave, for messages
}

// parse reads the list. Everything is checked before it is used: entries and
// values lie within the area and nothing lies over anything else.
func (ar area) parse() ([]Attr, error) {
	type span struct{ off, end, entry int }
	var attrs []Attr
	var values []span
	off := ar.first
	for {
		if off+listEnd > len(ar.b) {
			return nil, badf(ar.base+off, "the list of entries has no end")
		}
		if bytes.Equal(ar.b[off:off+listEnd], []byte{0, 0, 0, 0}) {
			break
		}
		if off+layout.XattrEntrySize > len(ar.b) {
			return nil, badf(ar.base+off, "entry reaches over the end of the area")
		}
		e := layout.XattrEntry(ar.b[off:])
		end := off + layout.XattrEntryLen(e.NameLen())
		if end+listEnd > len(ar.b) {
			return nil, badf(ar.base+off, "name of %d bytes reaches over the end of the area", e.NameLen())
		}
		a := Attr{Index: e.NameIndex(), Name: string(e.Name())}
		if a.ValueInode = e.ValueInode(); a.ValueInode != 0 {
			a.ValueSize, a.Hash = e.ValueSize(), e.Hash()
		} else {
			v, size := e.ValueOffset(), e.ValueSize()
			if uint64(size) > uint64(len(ar.b)) || size > 0 && v+layout.XattrValueLen(int(size)) > len(ar.b) {
				return nil, badf(ar.base+off, "value of %d bytes at %d reaches over the end of the area", size, v)
			}
			if size > 0 {
				a.Value = bytes.Clone(ar.b[v : v+int(size)])
				values = append(values, span{v, v + layout.XattrValueLen(int(size)), off})
			} else {
				a.Value = []byte{}
			}
		}
		attrs = append(attrs, a)
		off = end
	}
	used := off + listEnd
	slices.SortFunc(values, func(a, b span) int { return cmp.Compare(a.off, b.off) })
	for _, v := range values {
		if v.off < used {
			return nil, badf(ar.base+v.entry, "value at %d lies over entries or another value", v.off)
		}
		used = v.end
	}
	return attrs, nil
}

// put writes the list over the whole area, which must have room for it. hashed
// says whether entries carry their hash, as they do in a block.
func (ar area) put(attrs []Attr, hashed bool) {
	clear(ar.b[ar.first:])
	off, val := ar.first, len(ar.b)
	for _, a := range attrs {
		e := layout.XattrEntry(ar.b[off:])
		if a.ValueInode != 0 {
			e.SetReference(a.Index, a.Name, a.ValueInode, a.ValueSize)
			e.SetHash(a.Hash)
		} else {
			at := 0
			if len(a.Value) > 0 {
				val -= layout.XattrValueLen(len(a.Value))
				copy(ar.b[val:], a.Value)
				at = val
			}
			e.Set(a.Index, a.Name, at, len(a.Value))
			if hashed {
				e.SetHash(EntryHash(a.Name, a.Value))
			}
		}
		off += layout.XattrEntryLen(len(a.Name))
	}
}
