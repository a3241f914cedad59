package fsck

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sort"

	"lbimage/imagebuild/ext/internal/layout"
)

// checkBadBlocks checks the inode that keeps blocks which cannot be used. Such a
// block may lie in an inode table: the inodes in it are in use as far as the
// bitmap goes, and nobody reads them.
func (c *checker) checkBadBlocks(inode layout.Inode) {
	const ino = layout.InodeBadBlocks
	if inode.Mode() != 0 || inode.LinksCount() != 0 || uint32(inode.FileACL()) != 0 || inode.Has(layout.InodeFlagInlineData) ||
		binary.LittleEndian.Uint16(inode[0x02:]) != 0 || binary.LittleEndian.Uint16(inode[0x18:]) != 0 {
		c.inodeProblem(codeSpecialInode, ino, 0, "inode of bad blocks has fields that should be 0")
	}
	m := &c.mapper
	m.begin(c, ino, inode)
	m.budget = c.clusters
	conflicts := 0
	m.onClusters = func(start, n uint64) {
		for i := start; i < start+n && !c.stopped(); i++ {
			if c.claims.add(i, 1) > 0 {
				continue
			}
			if conflicts++; conflicts > maxBadConflicts || m.inNode || !c.passOver(c.firstData+i<<c.ratioBits) {
				c.inodeProblem(codeShared, ino, c.firstData+i<<c.ratioBits, "bad block is a part of the file system's structure")
			}
		}
	}
	m.walk()
	slices.SortFunc(c.lost, func(a, b inodeRange) int { return cmp.Compare(a.first, b.first) })
}

// maxBadConflicts is how many bad blocks in inode tables are believed.
const maxBadConflicts = 4096

// passOver says whether a bad block lies in an inode table, and notes it if there
// are inodes in it that would be read.
func (c *checker) passOver(blk uint64) bool {
	for g := range c.groups {
		t := c.group(g).InodeTable()
		if blk < t || blk >= t+c.tableBlocks {
			continue
		}
		if g == 0 && blk == t { // the bad blocks are listed in a bad block
			return false
		}
		used := uint64(c.inodesPerGroup-c.unusedInodes(g)) * uint64(c.inodeSize)
		if blk < t+(used+uint64(c.blockSize)-1)>>c.blockBits {
			perBlock := uint32(c.blockSize / c.inodeSize)
			first := g*c.inodesPerGroup + uint32(blk-t)*perBlock + 1
			c.lost = append(c.lost, inodeRange{first, min(first+perBlock, (g+1)*c.inodesPerGroup+1)})
		}
		return true
	}
	return false
}

// inodeRange is a run of inodes, up to but not with end.
type inodeRange struct{ first, end uint32 }

// isLost says whether an inode lies in a bad block.
func (c *checker) isLost(ino uint32) bool {
	if len(c.lost) == 0 {
		return false
	}
	i := sort.Search(len(c.lost), func(i int) bool { return c.lost[i].end > ino })
	return i < len(c.lost) && c.lost[i].first <= ino
}
