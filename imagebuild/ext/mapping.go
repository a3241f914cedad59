package ext

import (
	"fmt"
	"math"

	"lbimage/imagebuild/ext/internal/blockmap"
	"lbimage/imagebuild/ext/internal/extents"
	"lbimage/imagebuild/ext/internal/layout"
)

// piece is a run of file blocks that is alike: mapped to a run of disk blocks,
// allocated but unwritten, or a hole.
type piece struct {
	start  uint64 // disk block; 0: a hole
	n      uint64 // blocks
	uninit bool   // reads as zeros
}

// nodes is where the map of an inode keeps its own blocks.
type nodes struct{ in *inode }

func (s nodes) Node(blk uint64) ([]byte, error)     { return s.in.fs.cache.get(blk) }
func (s nodes) EditNode(blk uint64) ([]byte, error) { return s.in.fs.editUsed(blk) }
func (s nodes) Check(start uint64, n uint32) error  { return s.in.fs.checkBlocks(start, n) }
func (s nodes) FreeNode(blk uint64) error           { return s.in.give(blk, 1) }
func (s nodes) NewNode() (blk uint64, b []byte, err error) {
	f := s.in.fs
	if blk, _, err = s.in.take(wish{goal: s.in.goal, follow: true}, 1); err != nil {
		return 0, nil, err
	}
	s.in.goal = blk + 1
	return blk, f.cache.fresh(blk), nil
}

// take allocates up to want clusters for the inode: start is a block, n in clusters.
func (in *inode) take(w wish, want uint64) (start, n uint64, err error) {
	start, n, err = in.fs.allocate(w, want)
	if err != nil {
		return 0, 0, err
	}
	if !in.hasExtents() && start+n > math.MaxUint32 {
		return 0, 0, fmt.Errorf("a block map cannot name block %d: %w", start+n, ErrNoSpace)
	}
	in.fs.taken = append(in.fs.taken, claim{run{start, start + n<<in.fs.shift}, in.no})
	return start, n, in.addBlocks(int64(n << in.fs.shift))
}

// claim is a run of blocks that an inode has taken.
type claim struct {
	run
	ino uint32
}

// give frees blocks of the inode, with the clusters that they lie in.
func (in *inode) give(start, n uint64) error {
	end := start + n
	start &^= in.fs.cluster() - 1
	n = in.fs.clusters(end-start) << in.fs.shift
	for _, c := range in.fs.taken { // a damaged map may name blocks that were free until now
		if c.ino != in.no && c.start < start+n && start < c.end {
			return corruptf(in.no, "%v: in its map, but were free and went to inode %d", run{start, start + n}, c.ino)
		}
	}
	if err := in.fs.release(start, n); err != nil {
		return err
	}
	return in.addBlocks(-int64(n))
}

func (in *inode) hasExtents() bool { return in.Has(layout.InodeFlagExtents) }

func (in *inode) tree() *extents.Tree {
	in.ext = *extents.New(in.Block(), nodes{in}, in.fs.csum, in.csumSeed()) // in the inode's own memory
	return &in.ext
}

func (in *inode) blockMap() *blockmap.Map { return blockmap.New(in.Block(), nodes{in}, in.fs.bs) }

// maxBlocks is how many blocks the map can name.
func (in *inode) maxBlocks() uint64 {
	if in.hasExtents() {
		return extents.MaxBlocks
	}
	return blockmap.MaxBlocks(in.fs.bs)
}

// find tells what lies at file block lblk, and for how many of the next most blocks.
func (in *inode) find(lblk, most uint64) (piece, error) {
	if in.Has(layout.InodeFlagInlineData) {
		return piece{}, corruptf(in.no, "its data lie in the inode, not in blocks")
	}
	if lblk >= in.maxBlocks() {
		return piece{n: most}, nil // a size beyond the map: reads as zeros
	}
	if !in.hasExtents() {
		start, n, err := in.blockMap().Find(lblk, most)
		return piece{start: start, n: n}, damage(in.no, err)
	}
	e, ok, err := in.tree().Find(uint32(lblk))
	switch {
	case err != nil:
		return piece{}, damage(in.no, err)
	case !ok && e.Len == 0:
		return piece{n: most}, nil
	case !ok:
		return piece{n: min(most, uint64(e.Block)-lblk)}, nil
	}
	skip := lblk - uint64(e.Block)
	return piece{start: e.Start + skip, n: min(most, uint64(e.Len)-skip), uninit: e.Uninit}, nil
}

// eachRun calls data for every run of disk blocks that the inode's contents take
// and own, where it is not nil, for every block of its map. A map that has more
// blocks than there are has one of them many times over.
func (in *inode) eachRun(data func(run) error, own func(blk uint64) error) error {
	var err error
	seen := uint64(0)
	visit := own
	own = func(blk uint64) error {
		if seen++; seen > in.fs.blocks {
			return corruptf(in.no, "its map has block %d many times over", blk)
		}
		if visit == nil {
			return nil
		}
		return visit(blk)
	}
	if in.hasExtents() {
		err = in.tree().Each(func(e extents.Extent) error {
			return data(run{e.Start, e.Start + uint64(e.Len)})
		}, own)
	} else {
		err = in.blockMap().Each(func(_, start, n uint64) error { return data(run{start, start + n}) }, own)
	}
	return damage(in.no, err)
}

// extend puts blocks in place of a hole: up to want of them from file block lblk
// on. long is how long a run of free blocks is wished for what is still to come.
func (in *inode) extend(lblk, want, long uint64) (piece, error) {
	if in.fs.bigalloc {
		return in.extendClusters(lblk, want, long)
	}
	w, err := in.wishFor(lblk)
	if err != nil {
		return piece{}, err
	}
	w.long = long
	if in.hasExtents() {
		start, n, err := in.take(w, min(want, layout.ExtentMaxLen))
		if err != nil {
			return piece{}, err
		}
		in.goal = start + n
		err = in.tree().Insert(extents.Extent{Block: uint32(lblk), Len: uint32(n), Start: start})
		return piece{start: start, n: n}, damage(in.no, err)
	}
	in.goal = w.goal
	m := in.blockMap()
	room, err := m.Prepare(lblk)
	if err != nil {
		return piece{}, damage(in.no, err)
	}
	w.follow = w.follow || in.goal != w.goal // behind an indirect block, made just now
	w.goal = in.goal
	start, n, err := in.take(w, min(want, room))
	if err != nil {
		return piece{}, err
	}
	return piece{start: start, n: n}, damage(in.no, m.Set(lblk, start, n))
}

// wishFor is where file block lblk should lie: behind the block before it, else
// in the inode's group.
func (in *inode) wishFor(lblk uint64) (wish, error) {
	if lblk > 0 {
		p, err := in.find(lblk-1, 1)
		if err != nil {
			return wish{}, err
		}
		if p.start != 0 {
			return wish{goal: p.start + 1, follow: true}, nil
		}
	}
	n, _ := in.fs.inodeGroup(in.no)
	return wish{goal: in.fs.groupStart(n)}, nil
}

// initialise marks the file blocks [from, from+n) as written; they are mapped
// and unwritten.
func (in *inode) initialise(from, n uint64) error {
	t := in.tree()
	var got []extents.Extent
	err := t.Remove(from, from+n, func(e extents.Extent) error {
		got = append(got, e)
		return nil
	})
	for _, e := range got {
		if err == nil {
			e.Uninit = false
			err = t.Insert(e)
		}
	}
	return damage(in.no, err)
}

// punch frees the file blocks [from, to).
func (in *inode) punch(from, to uint64) error {
	if from >= to {
		return nil
	}
	var err error
	if in.hasExtents() && in.fs.bigalloc {
		return in.punchClusters(from, min(to, in.maxBlocks()))
	}
	if in.hasExtents() {
		err = in.tree().Remove(from, to, func(e extents.Extent) error { return in.give(e.Start, uint64(e.Len)) })
	} else {
		err = in.blockMap().Remove(from, to, in.give)
	}
	return damage(in.no, err)
}

// mapCost is the most blocks of its own that the map may need for n more blocks
// of the file from lblk on.
func (in *inode) mapCost(lblk, n uint64) (uint64, error) {
	if in.hasExtents() {
		return in.tree().Cost(n), nil
	}
	cost, err := in.blockMap().Cost(lblk, n)
	return cost, damage(in.no, err)
}
