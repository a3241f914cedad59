package fsck

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// linkMax is the most links that are counted; a directory with more has 1.
const linkMax = 65000

// checkLinks checks that every directory of the window hangs on the root with the
// right "..", and that every inode has as many names as links.
func (c *checker) checkLinks() bool {
	if root := c.dir(layout.InodeRoot); root != nil {
		root.flags |= dirAttached
	} else if c.states.begin == 0 {
		if c.states.kind(layout.InodeRoot) == 0 {
			c.inodeProblem(codeRoot, layout.InodeRoot, 0, "root is not in use")
		}
		return false
	}
	c.climbs = maxClimbs
	var path []*dirInfo
	for i := range c.dirs.n {
		path = c.attach(c.dirs.at(i), path[:0])
		c.checkDirLinks(c.dirs.at(i))
		if c.stopped() {
			return false
		}
	}
	inode := make(layout.Inode, c.inodeSize)
	c.states.unsettled(func(ino uint32) bool {
		if c.readInode(ino, inode) {
			c.checkFileLinks(ino, inode)
		}
		return !c.stopped()
	})
	return !c.stopped()
}

// attach follows the parents of a directory until one is known to hang on the
// root or not, and notes the same of all on the way.
func (c *checker) attach(d *dirInfo, path []*dirInfo) []*dirInfo {
	fate := uint8(0)
	for d.flags&(dirAttached|dirDetached|dirOnPath) == 0 {
		d.flags |= dirOnPath
		path = append(path, d)
		if d.parent == 0 {
			c.inodeProblem(codeUnattached, d.ino, 0, "directory has no name; its \"..\" is inode %d", d.dotdot)
			d.flags |= dirDetached
			break
		}
		parent := c.dir(d.parent)
		if parent == nil { // outside of the window
			fate = dirDetached
			if c.climb(d.parent) {
				fate = dirAttached
			}
			break
		}
		d = parent
	}
	if fate == 0 {
		fate = d.flags & (dirAttached | dirDetached)
	}
	if fate == 0 {
		c.inodeProblem(codeDirRing, d.ino, 0, "directory lies in a ring of directories that does not hang on the root")
		fate = dirDetached
	}
	for _, p := range path {
		p.flags |= fate
		p.flags &^= dirOnPath
	}
	return path
}

// maxClimbs is how many steps up are taken in a round from directories that are
// not in its window.
const maxClimbs = 1 << 24

// climb follows the ".." of a directory that is not in the window, by what the
// disk says, and tells whether this leads to the root.
func (c *checker) climb(ino uint32) bool {
	for range 1 << 16 {
		if d := c.dir(ino); d != nil && d.flags&(dirAttached|dirDetached) != 0 {
			return d.flags&dirAttached != 0
		}
		if ino == layout.InodeRoot {
			return true
		}
		if c.climbs--; c.climbs < 0 || c.stopped() {
			break
		}
		if ino = c.dotdot(ino); ino == 0 {
			return false // reported where it stands
		}
	}
	c.inodeProblem(codeDirRing, ino, 0, "directory lies too deep or in a ring: its \"..\" do not lead to the root")
	return false
}

// maxDotdotBlocks is how far a directory's first block may lie behind its map.
const maxDotdotBlocks = 1 << 16

// dotdot reads what directory ".." of an inode names, 0 where that makes no sense.
func (c *checker) dotdot(ino uint32) (parent uint32) {
	if ino == 0 || ino > c.inodes || c.kindOf(ino) != layout.FTDir {
		return 0
	}
	inode := make(layout.Inode, c.inodeSize)
	if !c.readInode(ino, inode) {
		return 0
	}
	if inode.Has(layout.InodeFlagInlineData) && c.incompat&layout.IncompatInlineData != 0 {
		return binary.LittleEndian.Uint32(inode.Block())
	}
	buf := make([]byte, c.blockSize)
	budget := uint64(maxDotdotBlocks)
	c.eachBlock(ino, inode, &budget, func(lblk, pblk uint64) bool {
		if lblk == 0 && c.block(buf, pblk) {
			if dot := direntAt(buf, 0, c.blockSize); dot != nil {
				if e := direntAt(buf, len(dot), c.blockSize); e != nil && string(e.Name()) == ".." {
					parent = e.Inode()
				}
			}
		}
		return false
	})
	return parent
}

func (c *checker) checkDirLinks(d *dirInfo) {
	links := c.states.links(d.ino)
	if d.parent != 0 && d.dotdot != d.parent && d.flags&dirBadDotdot == 0 {
		c.inodeProblem(codeDotdot, d.ino, 0, "\"..\" is inode %d, should be %d", d.dotdot, d.parent)
	}
	if d.parent == 0 || d.flags&dirUnreadable != 0 && links >= d.names {
		return // its names or those of what is in it are not all known
	}
	names := d.names
	if names > linkMax {
		names = 1
	}
	if links == 1 && names > 1 && c.readInode(d.ino, c.inodeBuf()) && c.inodeBuf().Has(layout.InodeFlagIndex) {
		return // it had more folders than are counted once
	}
	if links != names {
		c.inodeProblem(codeLinks, d.ino, 0, "directory has %d links, should have %d", links, names)
	}
}

// checkFileLinks looks at an inode that is no directory and whose links and
// names differ.
func (c *checker) checkFileLinks(ino uint32, inode layout.Inode) {
	if inode.Has(inodeFlagImagic) && c.compat&layout.CompatImagicInodes != 0 {
		return // needs no name
	}
	links := int(inode.LinksCount())
	names := links - c.states.left(ino)
	if names == 0 && inode.Has(layout.InodeFlagEAInode) && c.xattrs.inodes[ino] > 0 {
		c.checkValueInode(ino, inode)
		return
	}
	switch {
	case names == 0:
		c.inodeProblem(codeUnattached, ino, 0, "file has no name")
	case names > links:
		c.inodeProblem(codeLinks, ino, 0, "file has %d links, but more names", links)
	default:
		c.inodeProblem(codeLinks, ino, 0, "file has %d links, should have %d", links, names)
	}
}

// checkValueInode checks an inode that holds the value of an attribute. It has
// one link, and counts references in the places of its change time and version.
func (c *checker) checkValueInode(ino uint32, inode layout.Inode) {
	if n := inode.LinksCount(); n != 1 {
		c.inodeProblem(codeLinks, ino, 0, "file with an attribute's value has %d links, should have 1", n)
	}
	refs := uint64(binary.LittleEndian.Uint32(inode[0x0C:]))<<32 | uint64(binary.LittleEndian.Uint32(inode[0x24:]))
	if have := c.xattrs.inodes[ino]; refs != have {
		c.inodeProblem(codeXattrRefs, ino, 0, "file with an attribute's value counts %d references, there are %d", refs, have)
	}
}
