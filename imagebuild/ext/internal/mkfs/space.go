package mkfs

import "slices"

// run is n blocks from start on.
type run struct{ start, n uint64 }

func (r run) end() uint64 { return r.start + r.n }

// space is a set of blocks: runs in ascending order that do not touch.
type space struct{ runs []run }

// newSpace takes over the runs, which may come in any order but not overlap.
func newSpace(runs []run) space {
	slices.SortFunc(runs, func(a, b run) int {
		if a.start < b.start {
			return -1
		}
		return 1
	})
	out := runs[:0]
	for _, r := range runs {
		if last := len(out) - 1; last >= 0 && out[last].end() == r.start {
			out[last].n += r.n
		} else if r.n > 0 {
			out = append(out, r)
		}
	}
	return space{out}
}

// add puts in a run that is not in the set yet.
func (s *space) add(r run) {
	i, _ := slices.BinarySearchFunc(s.runs, r.start, func(e run, at uint64) int {
		if e.start < at {
			return -1
		}
		return 1
	})
	s.runs = slices.Insert(s.runs, i, r)
	if i+1 < len(s.runs) && s.runs[i].end() == s.runs[i+1].start {
		s.runs[i].n += s.runs[i+1].n
		s.runs = slices.Delete(s.runs, i+1, i+2)
	}
	if i > 0 && s.runs[i-1].end() == s.runs[i].start {
		s.runs[i-1].n += s.runs[i].n
		s.runs = slices.Delete(s.runs, i, i+1)
	}
}

// gaps calls yield with the runs between from and to that are not in the set,
// lowest first, until it returns false.
func (s *space) gaps(from, to uint64, yield func(run) bool) {
	i, _ := slices.BinarySearchFunc(s.runs, from, func(e run, at uint64) int {
		if e.end() <= at {
			return -1
		}
		return 1
	})
	for ; from < to; i++ {
		next := to
		if i < len(s.runs) {
			next = min(to, max(from, s.runs[i].start))
		}
		if next > from && !yield(run{from, next - from}) {
			return
		}
		if i == len(s.runs) {
			return
		}
		from = s.runs[i].end()
	}
}

// within calls yield with the parts of the set between from and to.
func (s *space) within(from, to uint64, yield func(run)) {
	for at := from; at < to; {
		gapStart, gapEnd := to, to
		s.gaps(at, to, func(r run) bool {
			gapStart, gapEnd = r.start, r.end()
			return false
		})
		if gapStart > at {
			yield(run{at, gapStart - at})
		}
		at = gapEnd
	}
}

// count is how many blocks of the set lie between from and to.
func (s *space) count(from, to uint64) (n uint64) {
	s.within(from, to, func(r run) { n += r.n })
	return n
}
