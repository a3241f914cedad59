package treediff

import (
	"cmp"
	"slices"

	"lbimage/imagebuild/ext"
)

// sparseFrom is the size in bytes from which on holes are asked for.
const sparseFrom = 1 << 20

// maxRanges bounds what is remembered of a file's holes. A file that is more scattered has its later holes read.
const maxRanges = 1 << 14

// extenter is a tree that tells where the data of its files lies.
type extenter interface {
	Info() ext.Info
	Extents(name string, do func(ext.Extent) error) error
}

type byteRange struct{ start, end int64 }

// dataRanges gives what of a file of one size may be other than zeros in one of the trees, sorted and apart.
func (w *walk) dataRanges(name string, size int64) ([]byteRange, error) {
	a, err := w.a.data(name, size)
	if err != nil {
		return nil, inTree("A", err)
	}
	b, err := w.b.data(name, size)
	if err != nil {
		return nil, inTree("B", err)
	}
	all := append(a, b...)
	slices.SortFunc(all, func(x, y byteRange) int { return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.end, y.end)) })
	var out []byteRange
	for _, r := range all {
		if n := len(out); n > 0 && r.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, r.end)
			continue
		}
		out = append(out, r)
	}
	return out, nil
}

// data gives the ranges of one tree; the whole file where the tree does not tell.
func (s *side) data(name string, size int64) ([]byteRange, error) {
	tree, ok := s.Tree.(extenter)
	if !ok {
		return []byteRange{{0, size}}, nil
	}
	block := uint64(tree.Info().BlockSize)
	var out []byteRange
	err := tree.Extents(name, func(e ext.Extent) error {
		if e.Unwritten || e.Logical > uint64(size)/block {
			return nil
		}
		r := byteRange{int64(e.Logical * block), size}
		if end := e.Logical + e.Blocks; end < uint64(size)/block {
			r.end = int64(end * block)
		}
		switch n := len(out); {
		case r.start >= r.end:
		case n > 0 && (r.start == out[n-1].end || n == maxRanges):
			out[n-1].end = max(out[n-1].end, r.end)
		default:
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, at(name, err)
	}
	return out, nil
}
