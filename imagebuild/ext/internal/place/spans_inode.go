package place

import (
	"lbimage/imagebuild/ext/internal/layout"
)

const iBlockAt = 0x28 // of i_block, in an inode

// inodeSpans are the fields of an inode in use, with the map, the target or the
// contents that lie in it, and its attributes.
func (f *FS) inodeSpans(ino uint32, inode layout.Inode) []span {
	var out []span
	for _, s := range table(0, "", layout.InodeFields) {
		if s.off == iBlockAt {
			out = append(out, filledBlock(f.iBlock(ino, inode))...)
		} else {
			out = append(out, s)
		}
	}
	if len(inode) <= layout.GoodOldInodeSize {
		return filled(len(inode), out)
	}
	extra := layout.GoodOldInodeSize + int(inode.ExtraIsize())
	if extra > len(inode) {
		extra = layout.GoodOldInodeSize + 2 // it cannot be: only the field that says so is one
	}
	for _, s := range table(0, "", layout.InodeExtraFields) {
		if s.off+s.n <= max(extra, layout.GoodOldInodeSize+2) {
			out = append(out, s)
		}
	}
	const magic = layout.XattrIbodyHeader
	if extra >= layout.GoodOldInodeSize+4 && extra+magic <= len(inode) && layout.XattrInodeMagic(inode[extra:]) == layout.XattrMagic {
		out = append(out, table(extra, "attributes", layout.XattrIbodyFields)...)
		out = append(out, attributes(inode, extra+magic, extra+magic)...)
	}
	return filled(len(inode), out)
}

// filledBlock sees to it that the 60 bytes of i_block are told.
func filledBlock(list []span) []span {
	for i := range list {
		list[i].off -= iBlockAt
	}
	list = filled(60, list)
	for i := range list {
		list[i].off += iBlockAt
		if list[i].field == rest {
			list[i].part, list[i].field = "i_block", rest
		}
	}
	return list
}

// iBlock tells what the field i_block holds.
func (f *FS) iBlock(ino uint32, inode layout.Inode) []span {
	b := inode.Block()
	whole := func(field string, n int, as layout.Form) []span {
		return []span{{iBlockAt, n, "i_block", field, as}}
	}
	switch {
	case inode.Has(layout.InodeFlagInlineData) && f.Super.Incompat()&layout.IncompatInlineData != 0:
		if inode.IsDir() {
			out := whole("parent", 4, layout.AsNumber)
			return append(out, entries(b[4:], iBlockAt+4, len(b), f.hasTypes())...)
		}
		return whole("contents", len(b), layout.AsBytes)
	case isFast(inode):
		return whole("target", len(b), layout.AsText)
	case inode.IsDevice():
		return append(whole("device number, short form", 4, layout.AsHex), span{iBlockAt + 4, 4, "i_block", "device number, long form", layout.AsHex})
	case f.hasExtents(inode):
		return prefixed("i_block", extentSpans(iBlockAt, layout.ExtentNode(b), false))
	}
	return pointerSpans(iBlockAt, len(b)/4, inodePointer)
}

func prefixed(part string, list []span) []span {
	for i := range list {
		list[i].part = part + ", " + list[i].part
	}
	return list
}

// unusedSpans are an inode that is not in use: what is left of one may lie there.
func unusedSpans(inode layout.Inode) []span {
	out := table(0, "", layout.InodeFields)
	if len(inode) > layout.GoodOldInodeSize {
		for _, s := range table(0, "", layout.InodeExtraFields) {
			if s.off+s.n <= len(inode) {
				out = append(out, s)
			}
		}
	}
	return filled(len(inode), out)
}

func (f *FS) hasTypes() bool { return f.Super.Incompat()&layout.IncompatFiletype != 0 }

func (f *FS) hasCsum() bool { return f.Super.ROCompat()&layout.ROMetadataCsum != 0 }
