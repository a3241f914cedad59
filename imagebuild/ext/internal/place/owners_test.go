package place

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// plainly gives each block its owner, one by one.
func plainly(in []owner, blocks uint64) []owner {
	out := make([]owner, blocks)
	for blk := range out {
		var best *owner
		for i := range in {
			if o := in[i]; o.start <= uint64(blk) && uint64(blk) < o.end() && (best == nil || o.compare(*best) < 0) {
				best = &in[i]
			}
		}
		if best != nil {
			out[blk] = best.clip(uint64(blk), uint64(blk)+1)
		}
	}
	return out
}

func randomOwners(rng *rand.Rand, n int, blocks uint64) []owner {
	var list []owner
	for range n {
		o := owner{start: rng.Uint64N(blocks), at: rng.Uint32N(5), who: rng.Uint32N(9), kind: ownerKind(rng.IntN(int(ownUnwritten) + 1))}
		o.n = 1
		if o.kind != ownMap {
			o.n = uint32(min(1+rng.Uint64N(9), blocks-o.start))
		}
		list = append(list, o)
	}
	return list
}

// However many are kept, windows one after the other give each block the owner that
// it has by the plain rule.
func TestWindowsGiveEachBlockItsOwner(t *testing.T) {
	const blocks = 200
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 0))
		in := randomOwners(rng, rng.IntN(120), blocks)
		want := plainly(in, blocks)
		got := make([]owner, blocks)
		windows := 0
		for lo := uint64(0); lo < blocks; windows++ {
			s := &owners{asked: []Range{{0, blocks * 512}}, bs: 512, lo: lo, hi: blocks, most: 1 + rng.IntN(40)}
			for _, o := range in {
				s.add(o.start, uint64(o.n), o)
			}
			s.settle()
			if s.hi <= lo || len(s.list) > s.most {
				t.Fatalf("seed %d: window from %d to %d with %d owners of %d", seed, lo, s.hi, len(s.list), s.most)
			}
			for _, o := range s.list {
				for blk := o.start; blk < o.end(); blk++ {
					if blk < lo || blk >= s.hi || got[blk].n != 0 {
						t.Fatalf("seed %d: block %d has two owners, or lies outside", seed, blk)
					}
					got[blk] = o.clip(blk, blk+1)
				}
			}
			lo = s.hi
		}
		for blk := range got {
			got[blk].start, want[blk].start = 0, 0
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d:\n%v\nis not\n%v", seed, got, want)
		}
	}
}

// Only what was asked for is kept.
func TestOwnersThatNobodyAskedFor(t *testing.T) {
	s := &owners{asked: []Range{{1000, 10}, {5000, 1}}, bs: 1000, hi: 100, most: 5}
	for blk := range uint64(100) {
		s.add(blk, 1, owner{kind: ownData, at: uint32(blk)})
	}
	s.settle()
	if len(s.list) != 2 || s.list[0].start != 1 || s.list[1].start != 5 {
		t.Errorf("%v", s.list)
	}
}

func TestLongRuns(t *testing.T) {
	s := &owners{asked: []Range{{0, 1 << 50}}, bs: 1 << 12, hi: 1 << 38, most: 100}
	s.add(5, 1<<34, owner{kind: ownReserved})
	s.settle()
	total := uint64(0)
	for _, o := range s.list {
		total += uint64(o.n)
	}
	if total != 1<<34 {
		t.Errorf("%d blocks of %d", total, uint64(1)<<34)
	}
}

func TestFilled(t *testing.T) {
	got := filled(20, []span{{off: 10, n: 5, field: "b"}, {off: 2, n: 10, field: "a"}, {off: 18, n: 9, field: "c"}, {off: 30, n: 1}})
	want := []span{{off: 0, n: 2, field: rest}, {off: 2, n: 10, field: "a"}, {off: 12, n: 3, field: "b"}, {off: 15, n: 3, field: rest}, {off: 18, n: 2, field: "c"}}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
