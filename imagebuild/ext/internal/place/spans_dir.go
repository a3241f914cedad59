package place

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// entries are the records of a folder in b, which lies at off of its structure.
// blockSize is what lengths are written by.
func entries(b []byte, off, blockSize int, types bool) []span {
	var out []span
	for at := 0; at+layout.DirentHeader <= len(b); {
		d := layout.Dirent(b[at:])
		size := d.RecLen(blockSize)
		if size < layout.DirentHeader || size%4 != 0 || at+size > len(b) {
			break // what follows cannot be told apart
		}
		part := "entry without a name"
		name := min(d.NameLen(), size-layout.DirentHeader)
		switch {
		case d.Inode() == 0 && name > 0:
			part = fmt.Sprintf("removed entry %q", d[layout.DirentHeader:layout.DirentHeader+name])
		case name > 0:
			part = fmt.Sprintf("entry %q", d[layout.DirentHeader:layout.DirentHeader+name])
		}
		head := table(off+at, part, layout.DirentFields)
		if !types { // the length of the name has 16 bits
			head[2].n, head = 2, head[:3]
		}
		out = append(out, head...)
		if name > 0 {
			out = append(out, span{off + at + layout.DirentHeader, name, part, "name", layout.AsText})
		}
		if slack := size - layout.DirentHeader - name; slack > 0 {
			out = append(out, span{off + at + layout.DirentHeader + name, slack, part, "room behind the name", layout.AsBytes})
		}
		at += size
	}
	return out
}

// dirBlock are the records of block lblk of a folder. index tells that it belongs to
// the index of a hashed folder.
func (f *FS) dirBlock(b []byte, lblk uint32, hashed bool) (list []span, index bool) {
	if hashed && lblk == 0 && len(b) >= layout.DxRootEntries+layout.DxEntrySize {
		out := entries(b[:12], 0, 12, f.hasTypes())
		if len(out) == 0 { // its length is wrong; it is there all the same
			out = table(0, `entry "."`, layout.DirentFields)
		}
		out = append(out, table(12, `entry ".."`, layout.DirentFields)...)
		out = append(out, span{20, 4, `entry ".."`, "name", layout.AsText})
		out = append(out, table(layout.DxInfoOffset, "index root", layout.DxInfoFields)...)
		return filled(len(b), append(out, f.indexSpans(b, layout.DxRootEntries)...)), true
	}
	if hashed && f.isIndexNode(b) {
		out := table(0, "index node", layout.DirentFields)
		return filled(len(b), append(out, f.indexSpans(b, layout.DxNodeEntries)...)), true
	}
	end := len(b)
	var out []span
	if f.hasCsum() && layout.DirTail(b) != nil {
		end -= layout.DirTailSize
		out = table(end, "tail", layout.DirTailFields)
	}
	return filled(len(b), append(entries(b[:end], 0, f.BlockSize, f.hasTypes()), out...)), false
}

// isIndexNode tells an inner node of an index from a block of names: a single entry
// without inode takes the whole block, and limit says how many entries fit.
func (f *FS) isIndexNode(b []byte) bool {
	d := layout.Dirent(b)
	return d.Inode() == 0 && d.NameLen() == 0 && d.RecLen(f.BlockSize) == len(b) &&
		layout.DxNodeEntriesOf(b).Limit() == layout.DxLimit(len(b), layout.DxNodeEntries, f.hasCsum())
}

// indexSpans are the entries of an index that begin at off.
func (f *FS) indexSpans(b []byte, off int) []span {
	e := layout.DxEntries(b[off:])
	out := table(off, "index", layout.DxCountFields)
	for i := 1; i < min(e.Count(), len(e)/layout.DxEntrySize); i++ {
		out = append(out, table(off+i*layout.DxEntrySize, fmt.Sprintf("index entry %d", i), layout.DxEntryFields)...)
	}
	if f.hasCsum() && e.HasTail() {
		out = append(out, table(off+e.Limit()*layout.DxEntrySize, "index tail", layout.DxTailFields)...)
	}
	return out
}
