package ext

import (
	"lbimage/imagebuild/ext/internal/extents"
	"lbimage/imagebuild/ext/internal/layout"
)

// With the feature bigalloc, blocks are allocated and freed in clusters of 2 to
// 2^10 of them: a bit of a block bitmap and the counts of descriptors are clusters.
// Extents still name blocks. A cluster belongs to one file; where it has contents
// of the file, block n of the cluster holds block n of a cluster of the file, so
// what else comes to lie there has its place already. Blocks of the map and of
// extended attributes take a cluster each, and so does what an inode counts.

// checkClusters refuses a geometry of clusters that cannot be edited.
func (f *FS) checkClusters() error {
	switch {
	case !f.bigalloc:
		return nil
	case f.sb.Incompat()&layout.IncompatEAInode != 0: // values count in clusters
		return &FeatureError{Features: []string{"bigalloc", "ea_inode"}, Edit: true}
	case f.sb.Incompat()&layout.IncompatExtents == 0:
		return corruptf(0, "bigalloc: it needs the feature extent")
	case f.first != 0 || f.blocks%f.cluster() != 0 || f.sb.ClustersPerGroup() != f.bpg>>f.shift || f.bpg>>f.shift%8 != 0:
		return corruptf(0, "bigalloc: %d blocks from %d on, %d in a group, do not make clusters of %d, %d in a group",
			f.blocks, f.first, f.bpg, f.cluster(), f.sb.ClustersPerGroup())
	}
	return nil
}

// ownCluster tells where the cluster of the file that has block lblk lies on the
// disk; 0 where the file has no block of it.
func (in *inode) ownCluster(lblk uint64) (start uint64, err error) {
	size := in.fs.cluster()
	at := lblk &^ (size - 1)
	for end := at + size; at < end; {
		p, err := in.find(at, end-at)
		if err != nil {
			return 0, err
		}
		if p.start != 0 {
			if err := in.congruent(at, p.start); err != nil {
				return 0, err
			}
			return p.start &^ (size - 1), in.fs.checkBlocks(p.start&^(size-1), uint32(size))
		}
		at += p.n
	}
	return 0, nil
}

// congruent checks that a block of the file has its place in a cluster.
func (in *inode) congruent(lblk, start uint64) error {
	if (lblk^start)&(in.fs.cluster()-1) != 0 {
		return corruptf(in.no, "block %d of the file has another place in its cluster than block %d of the disk", lblk, start)
	}
	return nil
}

// extendClusters is extend with bigalloc.
func (in *inode) extendClusters(lblk, want, long uint64) (piece, error) {
	if !in.hasExtents() {
		return piece{}, corruptf(in.no, "bigalloc: its map is no extent tree")
	}
	size := in.fs.cluster()
	skip := lblk & (size - 1)
	start, err := in.ownCluster(lblk)
	if err != nil {
		return piece{}, err
	}
	n := min(want, size-skip)
	if start == 0 {
		n = min(want, layout.ExtentMaxLen-size)
		if end := lblk + n; end > lblk+size-skip && end&(size-1) != 0 { // the last cluster may be there already
			own, err := in.ownCluster(end)
			if err != nil {
				return piece{}, err
			}
			if own != 0 {
				n = end&^(size-1) - lblk
			}
		}
		w, err := in.wishFor(lblk)
		if err != nil {
			return piece{}, err
		}
		w.long = in.fs.clusters(skip + long)
		var got uint64
		if start, got, err = in.take(w, in.fs.clusters(skip+n)); err != nil {
			return piece{}, err
		}
		n = min(n, got<<in.fs.shift-skip)
		in.goal = start + got<<in.fs.shift
	}
	start += skip
	err = in.tree().Insert(extents.Extent{Block: uint32(lblk), Len: uint32(n), Start: start})
	return piece{start: start, n: n}, damage(in.no, err)
}

// newClusters is the most clusters that n blocks of a hole need which starts at
// block lblk of the file, and the most extents.
func (in *inode) newClusters(lblk, n uint64) (clusters, pieces uint64, err error) {
	if n == 0 || !in.fs.bigalloc {
		return n, n, nil
	}
	pieces = (lblk+n-1)>>in.fs.shift - lblk>>in.fs.shift + 1
	own, err := in.ownCluster(lblk)
	if own != 0 {
		return pieces - 1, pieces, err
	}
	return pieces, pieces, err
}

// punchClusters is punch with bigalloc: a cluster is freed when the file has no
// block of it any more.
func (in *inode) punchClusters(from, to uint64) error {
	size := in.fs.cluster()
	type edge struct{ lblk, start uint64 } // first blocks of clusters of which a part may stay
	var edges []edge
	done := uint64(1) << 63 // clusters of the file from here on are seen to
	err := in.tree().Remove(from, to, func(e extents.Extent) error {
		if err := in.congruent(uint64(e.Block), e.Start); err != nil {
			return err
		}
		lo := uint64(e.Block) &^ (size - 1)
		hi := min((e.End()+size-1)&^(size-1), done) // they come from the last to the first
		if lo >= hi {
			return nil
		}
		done = lo
		base := e.Start&^(size-1) - lo // wraps round
		if hi > to || hi-size < from {
			edges = append(edges, edge{hi - size, base + hi - size})
			hi -= size
		}
		if lo < from && lo < hi {
			edges = append(edges, edge{lo, base + lo})
			lo += size
		}
		if lo >= hi {
			return nil
		}
		return in.give(base+lo, hi-lo)
	})
	for _, c := range edges {
		own := uint64(0)
		if err == nil {
			own, err = in.ownCluster(c.lblk)
		}
		if err == nil && own == 0 {
			err = in.give(c.start, size)
		}
	}
	return damage(in.no, err)
}
