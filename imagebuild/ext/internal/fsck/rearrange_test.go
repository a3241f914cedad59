package fsck

import (
	"math/rand/v2"

	"lbimage/imagebuild/ext/internal/layout"
)

// rearrange changes a record as a whole, in ways that may well be allowed: a
// checker must not object to what merely looks unusual.
func (c *checker) rearrange(r *rand.Rand, p place, b []byte) {
	switch {
	case p.what == "directory":
		c.rearrangeEntries(r, b)
	case p.what == "map" && layout.ExtentNode(b).Magic() == layout.ExtentMagic:
		splitExtent(r, b)
	case p.what == "attributes":
		swapAttributes(b, layout.XattrHeaderSize)
	case p.isInode():
		inode := layout.Inode(b)
		if start := layout.GoodOldInodeSize + int(inode.ExtraIsize()) + 4; r.IntN(2) == 0 && start < len(b) {
			swapAttributes(b, start)
		} else if inode.Has(layout.InodeFlagExtents) {
			splitExtent(r, inode.Block())
		}
	}
}

// rearrangeEntries splits a record off the room behind a name, joins two records
// of which the second is empty, or gives an entry the name of another.
func (c *checker) rearrangeEntries(r *rand.Rand, b []byte) {
	var all []layout.Dirent
	var offs []int
	for off := 0; off < len(b); {
		e := direntAt(b, off, c.blockSize)
		if e == nil {
			return
		}
		all, offs = append(all, e), append(offs, off)
		off += len(e)
	}
	i, j := r.IntN(len(all)), r.IntN(len(all))
	e, f := all[i], all[j]
	used := layout.DirentLen(e.NameLen())
	if e.Inode() == 0 {
		used = 12
	}
	switch r.IntN(4) {
	case 0:
		if len(e) >= used+12 {
			layout.Dirent(b[offs[i]+used:]).SetRecLen(len(e)-used, c.blockSize)
			clear(b[offs[i]+used : offs[i]+used+4])
			e.SetRecLen(used, c.blockSize)
		}
	case 1:
		if i+1 < len(all) && all[i+1].Inode() == 0 {
			e.SetRecLen(len(e)+len(all[i+1]), c.blockSize)
		}
	case 2:
		if e.NameLen() == f.NameLen() {
			copy(e.Name(), f.Name())
		}
	default: // they change their inodes and types
		if e.NameLen() == f.NameLen() {
			for k := range 8 {
				if k < 4 || k == 7 {
					e[k], f[k] = f[k], e[k]
				}
			}
		}
	}
}

// splitExtent makes two of an extent where there is room.
func splitExtent(r *rand.Rand, b []byte) {
	n := layout.ExtentNode(b)
	if n.Depth() != 0 || n.Entries() == 0 || n.Entries() >= n.Max() || n.Entries() >= n.Capacity() {
		return
	}
	i := r.IntN(n.Entries())
	e := n.Extent(i)
	if e.Len() < 2 {
		return
	}
	k := 1 + r.Uint32N(e.Len()-1)
	block, length, start, uninit := e.Block(), e.Len(), e.Start(), e.Uninit()
	copy(b[12*(i+2):12*(n.Entries()+2)], b[12*(i+1):12*(n.Entries()+1)])
	n.SetEntries(n.Entries() + 1)
	n.Extent(i).Set(block, k, start, uninit)
	n.Extent(i+1).Set(block+k, length-k, start+uint64(k), uninit)
}

// swapAttributes changes the order of the first two entries.
func swapAttributes(b []byte, at int) {
	if at+layout.XattrEntrySize > len(b) {
		return
	}
	n := layout.XattrEntryLen(int(b[at]))
	if at+n+layout.XattrEntrySize > len(b) || b[at] == 0 || b[at+n] == 0 {
		return
	}
	m := layout.XattrEntryLen(int(b[at+n]))
	if at+n+m > len(b) {
		return
	}
	first := append([]byte(nil), b[at:at+n]...)
	copy(b[at:], b[at+n:at+n+m])
	copy(b[at+m:], first)
}
