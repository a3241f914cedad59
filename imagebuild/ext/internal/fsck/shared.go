package fsck

import (
	"cmp"
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// maxShared is how many runs of blocks with more than one claim are kept.
const maxShared = 256

// claim claims n clusters from start on and gives how many nobody had. With
// shared_blocks several files may have one block.
func (c *checker) claim(start, n uint64, quiet bool) uint64 {
	fresh := c.claims.add(start, n)
	c.claimed += n
	if c.claims.overflow && c.claimed > 2*c.clusters {
		fresh = 0 // some must be claimed again and again, though the set cannot tell
	}
	if fresh < n && !quiet && len(c.shared) < maxShared {
		c.shared = append(c.shared, blockRange{start, n})
	}
	return fresh
}

// claimWindow collects the claims on the clusters from lo up to hi anew.
func (c *checker) claimWindow(lo, hi uint64) {
	c.claims.reset(lo, hi, 1<<30) // the window is small enough
	c.claimMetadataClusters()
	c.rewalk(func(start, n uint64, _ uint32) {
		if fresh := c.claims.add(start, n); fresh < n && len(c.shared) < maxShared {
			c.shared = append(c.shared, blockRange{start, n})
		}
	})
}

// rewalk follows the maps of all inodes again, which were examined before, and
// calls f with every run of clusters that one claims. It visits not many more
// than were claimed before, so that maps which run in circles end.
func (c *checker) rewalk(f func(start, n uint64, ino uint32)) {
	s := &scan{c: c}
	budget := 2*c.claimed + 1024
	var seen claims
	seen.reset(0, min(c.blocks-c.firstData, 1<<32), maxSeenPages)
	s.again = func(ino uint32, inode layout.Inode) {
		if blk := c.xattrBlock(inode); blk >= c.firstData && blk < c.blocks && blk != 0 && c.compat&layout.CompatExtAttr != 0 && seen.add(blk-c.firstData, 1) > 0 {
			f(c.toCluster(blk), 1, ino)
		}
		if dind := c.resizeMap(inode); ino == layout.InodeResize && dind != 0 && strayPointer(inode, true) == 0 {
			f(c.toCluster(dind), 1, ino)
		}
		if inode.Has(layout.InodeFlagInlineData) || !c.hasMap(inode) && ino != layout.InodeBadBlocks || ino == layout.InodeResize {
			return
		}
		m := &c.mapper
		m.begin(c, ino, inode)
		m.quiet, m.budget = true, budget
		m.onClusters = func(start, n uint64) { f(start, n, ino) }
		m.walk()
		budget = m.budget
	}
	for g := range c.groups {
		s.group(g)
		if c.stopped() || budget == 0 {
			return
		}
	}
}

// nameShared reports the blocks that more than one thing claims, each with all
// who claim it.
func (c *checker) nameShared() {
	if len(c.shared) == 0 || c.roCompat&layout.ROSharedBlocks != 0 || c.err != nil {
		return
	}
	runs := mergeRanges(c.shared)
	owners := make([][]uint32, len(runs))
	count := make([]uint64, len(runs))
	c.rewalk(func(start, n uint64, ino uint32) {
		i, _ := slices.BinarySearchFunc(runs, start, func(r blockRange, at uint64) int { return cmp.Compare(r.start+r.n, at+1) })
		for ; i < len(runs) && runs[i].start < start+n; i++ {
			count[i] += min(runs[i].start+runs[i].n, start+n) - max(runs[i].start, start)
			if k := len(owners[i]); k < 8 && (k == 0 || owners[i][k-1] != ino) {
				owners[i] = append(owners[i], ino)
			}
		}
	})
	for i, r := range runs {
		first := c.firstData + r.start<<c.ratioBits
		n := r.n << c.ratioBits
		by := c.metadataOwner(first, n)
		for _, ino := range owners[i] {
			if by != "" {
				by += ", "
			}
			by += fmt.Sprintf("inode %d", ino)
		}
		ino := uint32(0)
		if k := len(owners[i]); k > 0 {
			ino = owners[i][k-1]
		}
		c.inodeProblem(codeShared, ino, first, "some of %s from here on are claimed more than once, by %s", plural(int(n), "blocks"), by)
	}
}

// mergeRanges sorts runs and joins those that touch.
func mergeRanges(in []blockRange) []blockRange {
	out := slices.Clone(in)
	slices.SortFunc(out, func(a, b blockRange) int { return cmp.Compare(a.start, b.start) })
	k := 0
	for _, r := range out[1:] {
		if last := &out[k]; r.start <= last.start+last.n {
			last.n = max(last.n, r.start+r.n-last.start)
			continue
		}
		k++
		out[k] = r
	}
	return out[:k+1]
}

// plural gives "1 block" or "5 blocks".
func plural(n int, what string) string {
	if n == 1 {
		what = what[:len(what)-1]
	}
	return fmt.Sprintf("%d %s", n, what)
}
