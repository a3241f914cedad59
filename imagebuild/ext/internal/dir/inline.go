package dir

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// A small directory may lie in its inode (inline_data, since Linux 3.8). It has no
// "." and no "..": four bytes give the inode of the parent, and records fill the
// other 56 bytes of the place where the map would be. More records fill a second
// area, the value of the attribute system.data. The records of each area end
// where it ends; there is no index and no checksum.

const (
	inlineParent = 4            // bytes of the parent's number
	inlineMap    = 60           // bytes of the place of the map
	inlineBlock  = 1<<32 - 1    // in a FormatError: there is no block
	inlineLimit  = 65536 - 1024 // bytes of all areas: no inode has more
)

// ErrInlineFull says that an inline directory has no room for a name: give it a
// block, as Unroll has it, and insert again.
var ErrInlineFull = errors.New("directory does not fit the inode")

// inline is a directory without a store.
type inline struct {
	parent uint32
	areas  [2][]byte
	room   int // bytes that the second area may have
}

// InitInline is what a new directory without names has in its inode.
func InitInline(parent uint32) []byte {
	b := make([]byte, inlineMap)
	binary.LittleEndian.PutUint32(b, parent)
	layout.Dirent(b[inlineParent:]).SetRecLen(inlineMap-inlineParent, len(b))
	return b
}

// NewInline gives the directory that lies in an inode: data is what the inode has,
// room how many bytes it could have. What is wrong with it is told at once.
func NewInline(data []byte, room int, p Params) (*Dir, error) {
	if len(data) < inlineMap || len(data) > inlineLimit {
		return nil, badf(inlineBlock, len(data), "it takes %d bytes; %d to %d are possible", len(data), inlineMap, inlineLimit)
	}
	data = slices.Clone(data)
	in := &inline{
		parent: binary.LittleEndian.Uint32(data),
		areas:  [2][]byte{data[inlineParent:inlineMap:inlineMap], data[inlineMap:]},
		room:   min(room, inlineLimit) - inlineMap,
	}
	if in.parent == 0 || in.parent > p.MaxInode {
		return nil, badf(inlineBlock, 0, "its parent is inode %d, which does not exist", in.parent)
	}
	p.Indexed, p.Csum = false, false
	d := &Dir{p: p, inline: in}
	for i, b := range in.areas {
		err := d.checkRecords(inlineBlock, b, len(b))
		var f *FormatError
		if errors.As(err, &f) {
			f.Offset += []int{inlineParent, inlineMap}[i]
		}
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Inline gives what an inline directory has in its inode now.
func (d *Dir) Inline() []byte {
	b := binary.LittleEndian.AppendUint32(nil, d.inline.parent)
	return append(append(b, d.inline.areas[0]...), d.inline.areas[1]...)
}

// Unroll makes the one block of the directory that an inline one becomes, with p
// as NewInline had it. self is the directory's own inode.
func (d *Dir) Unroll(p Params, self uint32) ([]byte, error) {
	b := InitBlock(p, self, d.inline.parent)
	n := layout.DirentLen(1)
	all := []record{{de: slices.Clone(b[:n])}, {de: slices.Clone(b[n : 2*n])}}
	size := 2 * n
	for _, area := range d.blocks() {
		for off := range area.records() {
			if de := area.at(off); de.Inode() != 0 {
				all = append(all, record{de: de[:used(de)]})
				size += used(de)
			}
		}
	}
	if size > p.BlockSize-p.csumLen() {
		return nil, badf(inlineBlock, 0, "its names take %d bytes, more than a block has", size)
	}
	to := Dir{p: p}
	b = to.pack(all)
	to.sealLeaf(b)
	return b, nil
}

// blocks gives the areas in the guise of blocks.
func (d *Dir) blocks() []block {
	out := make([]block, len(d.inline.areas))
	for i, b := range d.inline.areas {
		out[i] = block{data: b, blk: inlineBlock, end: len(b)}
	}
	return out
}

// findInline finds a record; those of "." and ".." there are none.
func (d *Dir) findInline(name string) (place, bool, error) {
	for _, b := range d.blocks() {
		if l, ok := b.find(name); ok {
			return l, true, nil
		}
	}
	return place{}, false, nil
}

func (d *Dir) insertInline(e newEntry) error {
	if _, ok, _ := d.findInline(e.name); ok {
		return fmt.Errorf("%q: %w", e.name, ErrExist)
	}
	for _, b := range d.blocks() {
		if d.put(b, e) {
			return nil
		}
	}
	n, more := layout.DirentLen(len(e.name)), &d.inline.areas[1]
	if len(*more)+n > d.inline.room {
		return ErrInlineFull
	}
	*more = slices.Concat(*more, make([]byte, n))
	d.set(layout.Dirent((*more)[len(*more)-n:]), e)
	return nil
}

func (d *Dir) eachInline(f func(Entry) error) error {
	dotdot := Entry{Name: "..", Inode: d.inline.parent}
	if d.p.Filetype {
		dotdot.Type = layout.FTDir
	}
	if err := f(dotdot); err != nil {
		return err
	}
	for _, b := range d.blocks() {
		for off := range b.records() {
			if de := b.at(off); de.Inode() != 0 {
				if err := f(d.entry(de)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
