package fsck

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// linkMax is the most links that are counted; a directory with more has 1.
const linkMax = 65000

// checkLinks checks that every directory hangs on the root with the right "..",
// and that every inode has as many names as links.
func (c *checker) checkLinks() bool {
	root := c.dir(layout.InodeRoot)
	if root == nil {
		if c.states.kind(layout.InodeRoot) == 0 {
			c.inodeProblem(codeRoot, layout.InodeRoot, 0, "root is not in use")
		}
		return false
	}
	root.flags |= dirAttached
	var path []*dirInfo
	for i := range c.dirs {
		path = c.attach(&c.dirs[i], path[:0])
		c.checkDirLinks(&c.dirs[i])
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
	return true
}

// attach follows the parents of a directory until one is known to hang on the
// root or not, and notes the same of all on the way.
func (c *checker) attach(d *dirInfo, path []*dirInfo) []*dirInfo {
	for d.flags&(dirAttached|dirDetached|dirOnPath) == 0 {
		d.flags |= dirOnPath
		path = append(path, d)
		if d.parent == 0 {
			c.inodeProblem(codeUnattached, d.ino, 0, "directory has no name; its \"..\" is inode %d", d.dotdot)
			d.flags |= dirDetached
			break
		}
		d = c.dir(d.parent)
	}
	fate := d.flags & (dirAttached | dirDetached)
	if fate == 0 { // a ring
		c.inodeProblem(codeUnattached, d.ino, 0, "directory lies in a ring of directories that does not hang on the root")
		fate = dirDetached
	}
	for _, p := range path {
		p.flags |= fate
		p.flags &^= dirOnPath
	}
	return path
}

func (c *checker) checkDirLinks(d *dirInfo) {
	if d.parent != 0 && d.dotdot != d.parent && d.flags&dirBadDotdot == 0 {
		c.inodeProblem(codeDotdot, d.ino, 0, "\"..\" is inode %d, should be %d", d.dotdot, d.parent)
	}
	if d.parent == 0 || d.flags&dirUnreadable != 0 && uint32(d.links) >= d.names {
		return // its names or those of what is in it are not all known
	}
	names := d.names
	if names > linkMax {
		names = 1
	}
	if uint32(d.links) != names {
		c.inodeProblem(codeLinks, d.ino, 0, "directory has %d links, should have %d", d.links, names)
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
	if have := c.xattrs.inodes[ino]; refs != have && refs != 0 {
		c.inodeProblem(codeXattrRefs, ino, 0, "file with an attribute's value counts %d references, there are %d", refs, have)
	}
}

const (
	maxPathDepth = 256
	maxPaths     = 64 // problems for which a path is looked up
)

// namePaths tells the paths of the directories and entries in problems.
func (c *checker) namePaths() {
	left := maxPaths
	for i := range c.found {
		f := &c.found[i]
		if f.Inode == 0 || left == 0 || c.err != nil {
			continue
		}
		d := c.dir(f.Inode)
		if d == nil {
			continue
		}
		left--
		p, ok := c.path(d)
		switch {
		case ok && f.name == "":
			f.Path = p
		case ok && p == ".":
			f.Path = f.name
		case ok:
			f.Path = p + "/" + f.name
		}
	}
}

// path gives the path of a directory that hangs on the root, "." for the root.
func (c *checker) path(d *dirInfo) (string, bool) {
	if d.ino == layout.InodeRoot {
		return ".", true
	}
	path := ""
	inode := make(layout.Inode, c.inodeSize)
	for range maxPathDepth {
		parent := c.dir(d.parent)
		if d.parent == 0 || parent == nil || !c.readInode(parent.ino, inode) {
			return "", false
		}
		name := ""
		c.eachName(parent, inode, func(n []byte, ino uint32, _ uint64) bool {
			if ino == d.ino {
				name = string(n)
			}
			return name == ""
		})
		if name == "" {
			return "", false
		}
		if path != "" {
			name += "/" + path
		}
		path = name
		if parent.ino == layout.InodeRoot {
			return path, true
		}
		d = parent
	}
	return "", false
}
