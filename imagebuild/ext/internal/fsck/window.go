package fsck

import (
	"sort"

	"lbimage/imagebuild/ext/internal/layout"
)

// What is kept of inodes and directories has a limit. A file system with more is
// examined in rounds: in each, all directories are read, but names and links are
// compared only of the inodes of a window, which begins where the one before
// ended. Of the others, what an entry must know is read from the disk.

// dirInfo is what is kept of a directory in use.
type dirInfo struct {
	ino    uint32
	parent uint32 // the directory in which it was found, 0 for none
	dotdot uint32 // the inode that its ".." names, 0 for none
	names  uint16 // found so far, "." and ".." of others included; linkMax+1 stands for all above
	flags  uint8
}

// Flags of dirInfo.
const (
	dirAttached   = 1 << iota // it hangs on the root
	dirDetached               // it does not
	dirOnPath                 // on the path that is being followed
	dirBadDotdot              // a problem with ".." was reported
	dirUnreadable             // its entries were not all examined
)

const (
	maxDirs  = 1 << 20 // 16 MiB
	dirChunk = 1 << 10
)

// dirList is a list of directories, ascending by inode, whose elements stay where
// they are.
type dirList struct {
	chunks [][]dirInfo
	n      int
}

func (l *dirList) add(d dirInfo) *dirInfo {
	if l.n%dirChunk == 0 {
		l.chunks = append(l.chunks, make([]dirInfo, 0, min(max(l.n, 16), dirChunk)))
	}
	c := &l.chunks[len(l.chunks)-1]
	*c = append(*c, d)
	l.n++
	return &(*c)[len(*c)-1]
}

func (l *dirList) at(i int) *dirInfo { return &l.chunks[i/dirChunk][i%dirChunk] }

// dir gives the directory with the number ino, nil where there is none in the window.
func (c *checker) dir(ino uint32) *dirInfo {
	i := sort.Search(c.dirs.n, func(i int) bool { return c.dirs.at(i).ino >= ino })
	if i == c.dirs.n || c.dirs.at(i).ino != ino {
		return nil
	}
	return c.dirs.at(i)
}

// remember notes an inode that can have a name. It gives what is to be kept of a
// directory, and for one outside of the window something to throw away.
func (c *checker) remember(ino uint32, inode layout.Inode, kind uint8) *dirInfo {
	s := &c.states
	if kind == layout.FTDir && c.dirs.n >= c.maxDirs && s.end == 0 {
		s.end = ino
	}
	kept := ino >= s.begin && s.set(ino, kind, inode.LinksCount())
	if kind != layout.FTDir {
		return nil
	}
	d := dirInfo{ino: ino}
	if !kept {
		c.outside = d
		return &c.outside
	}
	return c.dirs.add(d)
}

// kindOf gives the type of an inode as entries have it, 0 for one that is not in
// use. Of those outside of the window it is read.
func (c *checker) kindOf(ino uint32) uint8 {
	if c.states.covers(ino) {
		return c.states.kind(ino)
	}
	inode := c.inodeBuf()
	g, i := (ino-1)/c.inodesPerGroup, (ino-1)%c.inodesPerGroup
	if i >= c.inodesPerGroup-c.unusedInodes(g) || c.isLost(ino) || !c.readInode(ino, inode) || inode.LinksCount() == 0 ||
		ino != layout.InodeRoot && c.isSpecial(ino, inode) {
		return 0
	}
	if kind := layout.FileTypeOf(inode.Mode()); kind != layout.FTUnknown {
		return kind
	}
	return typeBad
}

// inodeBuf gives a buffer for an inode that is not kept.
func (c *checker) inodeBuf() layout.Inode {
	if len(c.scratch) != c.inodeSize {
		c.scratch = make(layout.Inode, c.inodeSize)
	}
	return c.scratch
}

// nextWindow moves on to the inodes that had no room so far, and says whether
// there are any.
func (c *checker) nextWindow() bool {
	begin := c.states.end
	if begin == 0 || c.stopped() {
		return false
	}
	c.states.reset(begin, c.states.limit)
	c.dirs = dirList{}
	s := &scan{c: c}
	s.again = func(ino uint32, inode layout.Inode) {
		if ino < begin || inode.LinksCount() == 0 || c.isSpecial(ino, inode) {
			return
		}
		kind := layout.FileTypeOf(inode.Mode())
		if kind == layout.FTUnknown {
			kind = typeBad
		}
		c.remember(ino, inode, kind)
	}
	for g := (begin - 1) / c.inodesPerGroup; g < c.groups && c.states.end == 0 && !c.stopped(); g++ {
		s.group(g)
	}
	return !c.stopped()
}

// eachDirectory calls f with every directory in use, whether it is in the window
// or not, and its inode, until the check stops.
func (c *checker) eachDirectory(f func(d *dirInfo, inode layout.Inode)) {
	c.rereads = 2*c.claimed + 1024 // so that maps which run in circles end
	if c.states.begin == 0 && c.states.end == 0 {
		inode := make(layout.Inode, c.inodeSize)
		for i := 0; i < c.dirs.n && !c.stopped(); i++ {
			if d := c.dirs.at(i); c.readInode(d.ino, inode) {
				f(d, inode)
			}
			if i%256 == 0 {
				c.step(0.6 + 0.35*float64(i)/float64(c.dirs.n))
			}
		}
		return
	}
	s := &scan{c: c}
	s.again = func(ino uint32, inode layout.Inode) {
		if c.stopped() || inode.LinksCount() == 0 || !inode.IsDir() || ino != layout.InodeRoot && c.isSpecial(ino, inode) {
			return
		}
		d := c.dir(ino)
		if d == nil {
			c.outside = dirInfo{ino: ino}
			d = &c.outside
		}
		f(d, inode)
	}
	for g := uint32(0); g < c.groups && !c.stopped(); g++ {
		s.group(g)
		c.step(0.95)
	}
}
