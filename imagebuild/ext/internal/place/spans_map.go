package place

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// extentSpans are the records of a node of an extent tree that lies at off. tail
// is set where a checksum may follow.
func extentSpans(off int, node layout.ExtentNode, tail bool) []span {
	out := table(off, "extent header", layout.ExtentHeaderFields)
	if node.Magic() != layout.ExtentMagic {
		return out
	}
	fields, what := layout.ExtentFields, "extent"
	if node.Depth() > 0 {
		fields, what = layout.ExtentIndexFields, "extent index"
	}
	for i := range min(node.Entries(), node.Capacity()) {
		out = append(out, table(off+layout.ExtentEntrySize*(1+i), fmt.Sprintf("%s %d", what, i), fields)...)
	}
	if tail && node.HasTail() {
		out = append(out, table(off+layout.ExtentEntrySize*(1+node.Max()), "tail", layout.ExtentTailFields)...)
	}
	return out
}

// pointerSpans are n numbers of blocks from off on; names gives what each is.
func pointerSpans(off, n int, name func(i int) string) []span {
	out := make([]span, 0, n)
	for i := range n {
		out = append(out, span{off + 4*i, 4, "", name(i), layout.AsNumber})
	}
	return out
}

// inodePointer names a pointer in the inode.
func inodePointer(i int) string {
	switch i {
	case 12:
		return "i_block[12], indirect"
	case 13:
		return "i_block[13], doubly indirect"
	case 14:
		return "i_block[14], triply indirect"
	}
	return fmt.Sprintf("i_block[%d]", i)
}
