package place

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// attributes are the entries and values in b, a block or an inode. Entries begin at
// first; offsets of values count from base.
func attributes(b []byte, first, base int) []span {
	var out []span
	for off := first; off+layout.XattrEntrySize <= len(b); {
		e := layout.XattrEntry(b[off:])
		if e.NameLen() == 0 && e.NameIndex() == 0 {
			break // four zero bytes end the list
		}
		size := layout.XattrEntryLen(e.NameLen())
		if off+size > len(b) {
			break
		}
		name, ok := layout.XattrName(e.NameIndex(), string(e.Name()))
		if !ok {
			name = fmt.Sprintf("%d:%s", e.NameIndex(), e.Name())
		}
		part := "attribute " + plainName(name)
		out = append(out, table(off, part, layout.XattrEntryFields)...)
		out = append(out, span{off + layout.XattrEntrySize, e.NameLen(), part, "e_name", layout.AsText})
		if at := base + e.ValueOffset(); e.ValueInode() == 0 && at >= first && at < len(b) && e.ValueSize() > 0 {
			out = append(out, span{at, min(int(min(e.ValueSize(), 1<<16)), len(b)-at), part, "value", valueForm(name)})
		}
		off += size
	}
	return out
}

// valueForm is how the value of an attribute is read best.
func valueForm(name string) layout.Form {
	switch name {
	case "security.capability", "system.posix_acl_access", "system.posix_acl_default", "system.data":
		return layout.AsBytes
	}
	return layout.AsText
}

// attributeBlock are the records of a block of attributes.
func attributeBlock(b []byte) []span {
	out := table(0, "header", layout.XattrHeaderFields)
	if layout.XattrHeader(b).Magic() == layout.XattrMagic {
		out = append(out, attributes(b, layout.XattrHeaderSize, 0)...)
	}
	return filled(len(b), out)
}

// plainName is a name as it is, or quoted where it holds other than plain letters.
func plainName(name string) string {
	for _, c := range []byte(name) {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return fmt.Sprintf("%q", name)
		}
	}
	return name
}
