package place

import (
	"cmp"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// span is a record or field of a structure, by its offset there.
type span struct {
	off, n int
	part   string
	field  string
	as     layout.Form
}

// table gives the fields of a record at off.
func table(off int, part string, fields []layout.Field) []span {
	out := make([]span, 0, len(fields))
	for _, f := range fields {
		out = append(out, span{off + f.Off, f.Len, part, f.Name, f.As})
	}
	return out
}

// rest names what no record has.
const rest = "bytes not in use"

// filled gives the spans of n bytes in order, each byte in one of them. Where two
// claim a byte, the one that begins first has it, or the one that is given first.
// What none has is not in use.
func filled(n int, list []span) []span {
	slices.SortStableFunc(list, func(a, b span) int { return cmp.Compare(a.off, b.off) })
	out := make([]span, 0, len(list)+1)
	pos := 0
	for _, s := range list {
		if s.off >= n {
			break
		}
		if s.off > pos {
			out = append(out, span{off: pos, n: s.off - pos, field: rest})
			pos = s.off
		}
		if end := min(s.off+s.n, n); end > pos {
			s.off, s.n = pos, end-pos
			out = append(out, s)
			pos = end
		}
	}
	if pos < n {
		out = append(out, span{off: pos, n: n - pos, field: rest})
	}
	return out
}
