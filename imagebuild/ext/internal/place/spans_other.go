package place

import (
	"encoding/binary"
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// journalBlock are the records of block lblk of the journal.
func journalBlock(b []byte, lblk uint32) []span {
	if lblk == 0 {
		return filled(len(b), table(0, "superblock", layout.JournalSuperblockFields))
	}
	j := layout.JournalBlock(b)
	if j.Magic() != layout.JournalMagic {
		return []span{{n: len(b), part: fmt.Sprintf("block %d, a copy or not in use", lblk)}}
	}
	what, fields, body := "record", layout.JournalHeaderFields, "body"
	switch j.Type() {
	case layout.JournalDescriptor:
		what, body = "descriptor", "tags"
	case layout.JournalCommit:
		what, fields = "commit", layout.JournalCommitFields
	case layout.JournalRevoke:
		what, body = "revoke record", "revoked blocks"
	}
	part := fmt.Sprintf("block %d, %s of transaction %d", lblk, what, j.Sequence())
	out := table(0, part, fields)
	head := out[len(out)-1].off + out[len(out)-1].n
	return append(out, span{off: head, n: len(b) - head, part: part, field: body})
}

// orphanBlock are the records of a block of the orphan file.
func orphanBlock(b []byte, lblk uint32) []span {
	o := layout.OrphanBlock(b)
	out := make([]span, 0, o.Entries()+2)
	for i := range o.Entries() {
		out = append(out, span{4 * i, 4, fmt.Sprintf("block %d", lblk), fmt.Sprintf("entry %d", i), layout.AsNumber})
	}
	return filled(len(b), append(out, table(len(b)-8, fmt.Sprintf("block %d", lblk), layout.OrphanTailField)...))
}

// quotaBlock are the records of one block of a file system in a quota file.
func quotaBlock(b []byte, lblk uint32) []span {
	if lblk > 0 {
		return []span{{n: len(b)}}
	}
	return filled(len(b), append(table(0, "header", layout.QuotaInfoFields), span{off: layout.QuotaInfoSize, n: len(b) - layout.QuotaInfoSize}))
}

// mapBlock are the records of a block of a map.
func (f *FS) mapBlock(b []byte, inode layout.Inode) []span {
	if f.hasExtents(inode) && binary.LittleEndian.Uint16(b) == layout.ExtentMagic {
		return filled(len(b), extentSpans(0, layout.ExtentNode(b), f.hasCsum()))
	}
	return pointerSpans(0, len(b)/4, func(i int) string { return fmt.Sprintf("pointer %d", i) })
}
