package mkfs

import (
	"math/rand/v2"
	"testing"
)

// space behaves as a plain array of blocks does.
func TestSpace(t *testing.T) {
	const size = 300
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var model [size]bool
		s := newSpace([]run{{40, 5}, {10, 3}, {13, 2}, {20, 0}})
		for _, b := range []int{10, 11, 12, 13, 14, 40, 41, 42, 43, 44} {
			model[b] = true
		}
		for range 40 {
			start, n := uint64(rnd.IntN(size-20)), uint64(1+rnd.IntN(20))
			free := true
			for b := start; b < start+n; b++ {
				free = free && !model[b]
			}
			if free {
				s.add(run{start, n})
				for b := start; b < start+n; b++ {
					model[b] = true
				}
			}
			from := uint64(rnd.IntN(size))
			to := from + uint64(rnd.IntN(size-int(from)))
			var got [size]bool
			for b := range got {
				got[b] = model[b]
			}
			var count uint64
			for b := from; b < to; b++ {
				got[b] = true
				if model[b] {
					count++
				}
			}
			s.gaps(from, to, func(r run) bool {
				for b := r.start; b < r.end(); b++ {
					got[b] = false
				}
				return true
			})
			s.within(from, to, func(r run) {
				for b := r.start; b < r.end(); b++ {
					if b < from || b >= to {
						t.Fatalf("within(%d, %d) gives block %d", from, to, b)
					}
				}
			})
			if got != model || s.count(from, to) != count {
				t.Fatalf("round %d: between %d and %d of %v", round, from, to, s.runs)
			}
		}
		for i := 1; i < len(s.runs); i++ {
			if s.runs[i].start <= s.runs[i-1].end() {
				t.Fatalf("runs touch or are out of order: %v", s.runs)
			}
		}
	}
}
