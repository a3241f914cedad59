package place

import (
	"cmp"
	"container/heap"
	"slices"
	"sort"
)

// owner is a run of blocks that belong to one thing.
type owner struct {
	start uint64 // first block
	n     uint32 // blocks
	at    uint32 // what the first block is: of a table, of a file
	who   uint32 // group or inode
	kind  ownerKind
}

// ownerKind is what the blocks are. Where two owners claim a block, the lower one
// has it, and of two alike that with the lower number.
type ownerKind uint8

const (
	ownBoot ownerKind = iota
	ownSuper
	ownDescs
	ownReserved
	ownMMP
	ownBlockBitmap
	ownInodeBitmap
	ownInodeTable
	ownMap // at is the first file block below
	ownAttributes
	ownData
	ownUnwritten
)

func (o owner) end() uint64 { return o.start + uint64(o.n) }

// compare orders owners of the same block, by what does not change where a run is cut.
func (o owner) compare(p owner) int {
	return cmp.Or(cmp.Compare(o.kind, p.kind), cmp.Compare(o.who, p.who), cmp.Compare(o.shift(), p.shift()))
}

func (o owner) shift() int64 { return int64(o.at) - int64(o.start) }

// clip is the part from block lo on and before hi.
func (o owner) clip(lo, hi uint64) owner {
	if o.start < lo {
		d := uint32(lo - o.start)
		o.start, o.n = lo, o.n-d
		if o.kind != ownMap {
			o.at += d
		}
	}
	o.n = uint32(min(uint64(o.n), hi-o.start))
	return o
}

// owners are those of the asked-for blocks from lo on. Of too many the lowest are
// kept: hi is then the block from which on nothing is known.
type owners struct {
	asked  []Range // sorted
	bs     int64   // bytes of a block
	lo, hi uint64
	most   int
	list   []owner
}

func (s *owners) add(start uint64, n uint64, o owner) {
	for ; n > 1<<31; n -= 1 << 31 { // runs of one owner are shorter, except on paper
		o.start, o.n = start, 1<<31
		s.addRun(o)
		start, o.at = start+1<<31, o.at+1<<31
	}
	o.start, o.n = start, uint32(n)
	s.addRun(o)
}

func (s *owners) addRun(o owner) {
	if o.n == 0 || o.end() <= s.lo || o.start >= s.hi {
		return
	}
	o = o.clip(s.lo, s.hi)
	lo, hi := int64(o.start)*s.bs, int64(o.end())*s.bs
	i := sort.Search(len(s.asked), func(i int) bool { return s.asked[i].End() > lo })
	if i == len(s.asked) || s.asked[i].Off >= hi {
		return
	}
	s.list = append(s.list, o)
	if len(s.list) >= 2*s.most {
		s.settle()
	}
}

// settle gives each block one owner, and keeps the lowest owners.
func (s *owners) settle() {
	s.list = resolve(s.list)
	if len(s.list) > s.most {
		s.hi = s.list[s.most].start
		s.list = s.list[:s.most]
	}
}

// resolve gives the owners in the order of their blocks, of each block one.
func resolve(in []owner) []owner {
	slices.SortFunc(in, func(a, b owner) int { return cmp.Or(cmp.Compare(a.start, b.start), a.compare(b)) })
	out := make([]owner, 0, len(in))
	var open claimants
	pos := uint64(0)
	for i := 0; i < len(in) || len(open) > 0; {
		if len(open) == 0 {
			pos = max(pos, in[i].start)
		}
		for ; i < len(in) && in[i].start <= pos; i++ {
			if in[i].end() > pos {
				heap.Push(&open, in[i])
			}
		}
		for len(open) > 0 && open[0].end() <= pos {
			heap.Pop(&open)
		}
		if len(open) == 0 {
			continue
		}
		stop := open[0].end()
		if i < len(in) {
			stop = min(stop, in[i].start)
		}
		out = join(out, open[0].clip(pos, stop))
		pos = stop
	}
	return out
}

// join appends a run, or lengthens the last one where it goes on.
func join(list []owner, o owner) []owner {
	if k := len(list) - 1; k >= 0 {
		p := &list[k]
		if p.kind == o.kind && p.who == o.who && p.end() == o.start && p.kind != ownMap && p.at+p.n == o.at && p.n+o.n > p.n {
			p.n += o.n
			return list
		}
	}
	return append(list, o)
}

// claimants is a heap of runs that claim the same block, the one that has it first.
type claimants []owner

func (c claimants) Len() int           { return len(c) }
func (c claimants) Less(i, j int) bool { return c[i].compare(c[j]) < 0 }
func (c claimants) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *claimants) Push(x any)        { *c = append(*c, x.(owner)) }
func (c *claimants) Pop() any {
	old := *c
	x := old[len(old)-1]
	*c = old[:len(old)-1]
	return x
}
