package fsck

import "lbimage/imagebuild/ext/internal/layout"

const (
	maxPathDepth = 256
	maxPaths     = 64 // inodes for which a path is looked up
)

// nameOf tells in which directory an inode has which name.
type nameOf struct {
	dir  uint32
	name string
}

// pathFinder tells the paths of inodes in problems. It works with what the check
// has learnt, as far as it came.
type pathFinder struct {
	c     *checker
	files map[uint32]nameOf // wanted files, and where they were found
	paths map[uint32]string // of directories, "" where there is none
}

// namePaths tells the paths of directories, files and entries in problems.
func (c *checker) namePaths() {
	if c.err != nil || len(c.found) == 0 || c.dirs.n == 0 {
		return
	}
	more := c.more
	c.more = false // the list is full, but the reading goes on
	defer func() { c.more = more }()
	p := &pathFinder{c, map[uint32]nameOf{}, map[uint32]string{layout.InodeRoot: "."}}
	left := maxPaths
	for i := range c.found {
		ino := c.found[i].Inode
		if _, known := p.files[ino]; ino != 0 && !known && left > 0 && !c.isNameless(ino) {
			left--
			p.files[ino] = nameOf{}
		}
	}
	c.rereads = 2*c.claimed + 1024
	p.findFiles()
	for i := range c.found {
		f := &c.found[i]
		at, wanted := p.files[f.Inode]
		switch {
		case !wanted:
		case at.dir != 0:
			f.Path = join(p.path(at.dir), at.name)
		default:
			f.Path = p.path(f.Inode)
		}
		if f.name != "" {
			f.Path, f.entry = join(f.Path, f.name), true
		}
	}
}

// join gives the path of a name in a directory, "" where the directory has none.
func join(dir, name string) string {
	switch dir {
	case "":
		return ""
	case ".":
		return name
	}
	return dir + "/" + name
}

// findFiles looks through all directories for names of the wanted inodes that
// are no directories themselves.
func (p *pathFinder) findFiles() {
	left := 0
	for ino := range p.files {
		if p.c.kindOf(ino) != layout.FTDir {
			left++
		}
	}
	if left == 0 {
		return
	}
	p.c.eachDirectory(func(d *dirInfo, inode layout.Inode) {
		if left == 0 {
			return
		}
		p.c.eachName(d.ino, inode, func(name []byte, ino uint32, _ uint64) bool {
			if at, wanted := p.files[ino]; wanted && at.dir == 0 && ino <= p.c.inodes && p.c.kindOf(ino) != layout.FTDir {
				p.files[ino] = nameOf{d.ino, string(name)}
				left--
			}
			return left > 0
		})
	})
}

// path gives the path of a directory that hangs on the root, "." for the root,
// "" where there is none.
func (p *pathFinder) path(ino uint32) string {
	var way []uint32
	for len(way) < maxPathDepth && ino != 0 {
		if _, known := p.paths[ino]; known {
			break
		}
		way = append(way, ino)
		ino = p.parent(ino)
	}
	for i := len(way) - 1; i >= 0; i-- {
		parent := ino
		ino = way[i]
		name := p.nameIn(parent, ino)
		if name == "" {
			parent = 0
		}
		p.paths[ino] = join(p.paths[parent], name)
	}
	return p.paths[ino]
}

// parent gives the directory in which a directory was found, 0 where none is known.
func (p *pathFinder) parent(ino uint32) uint32 {
	if d := p.c.dir(ino); d != nil {
		return d.parent
	}
	return p.c.dotdot(ino)
}

// nameIn gives the name that the directory dir has for an inode, "" for none.
func (p *pathFinder) nameIn(dir, ino uint32) (found string) {
	c := p.c
	inode := make(layout.Inode, c.inodeSize)
	if dir == 0 || dir > c.inodes || !c.readInode(dir, inode) {
		return ""
	}
	c.eachName(dir, inode, func(name []byte, in uint32, _ uint64) bool {
		if in == ino {
			found = string(name)
		}
		return found == ""
	})
	return found
}
