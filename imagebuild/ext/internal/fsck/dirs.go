package fsck

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// dirWalk is the walk over the entries of one directory.
type dirWalk struct {
	c     *checker
	dir   *dirInfo
	inode layout.Inode
	m     mapper
	buf   []byte
	names nameSet
	tree  hashTree
	quiet bool // report no problems: they are known

	encrypted bool
	policy    policy // with which it is
	bad       int    // blocks that could not be taken apart
	next      uint64
}

// maxBadBlocks is how many broken blocks of one directory are looked at.
const maxBadBlocks = 16

// checkDirectories examines the entries of all directories, in the order of
// their inodes. When they have been examined before, only the names of the
// inodes in the window count.
func (c *checker) checkDirectories(again bool) {
	w := &dirWalk{c: c, buf: make([]byte, c.blockSize), quiet: again}
	if root := c.dir(layout.InodeRoot); root != nil {
		root.parent = layout.InodeRoot
	}
	c.eachDirectory(func(d *dirInfo, inode layout.Inode) {
		w.inode = inode
		w.directory(d)
	})
}

func (w *dirWalk) problem(code string, blk uint64, format string, args ...any) {
	if !w.quiet {
		w.c.inodeProblem(code, w.dir.ino, blk, format, args...)
	}
}

func (w *dirWalk) directory(d *dirInfo) {
	c := w.c
	w.dir, w.bad, w.next = d, 0, 0
	w.encrypted = w.inode.Has(layout.InodeFlagEncrypt) && c.incompat&layout.IncompatEncrypt != 0
	w.policy = c.filePolicy(d.ino, w.inode)
	w.names.reset()
	if w.inode.Has(layout.InodeFlagInlineData) && c.incompat&layout.IncompatInlineData != 0 {
		w.inlineEntries()
	} else {
		w.tree.reset(w, !w.quiet && w.inode.Has(layout.InodeFlagIndex) && c.compat&layout.CompatDirIndex != 0)
		w.m.begin(c, d.ino, w.inode)
		w.m.quiet, w.m.budget, w.m.onRun = true, c.rereads, w.run
		w.m.walk()
		c.rereads = w.m.budget
		if w.m.broken {
			d.flags |= dirUnreadable
		}
		if w.tree.on {
			w.tree.check()
		}
	}
	w.names.flush(w)
}

// run takes the blocks of the directory in order.
func (w *dirWalk) run(lblk, pblk, n uint64) {
	for i := range n {
		if w.c.stopped() || w.bad >= maxBadBlocks {
			w.dir.flags |= dirUnreadable
			return
		}
		if lblk+i > w.next {
			w.problem(codeDirHole, 0, "directory has a hole at block %d", w.next)
		}
		w.next = lblk + i + 1
		if w.c.block(w.buf, pblk+i) {
			w.block(lblk+i, pblk+i)
		}
	}
}

// block examines one block of entries, or of a hashed directory's index.
func (w *dirWalk) block(lblk, pblk uint64) {
	c := w.c
	w.tree.beginBlock(lblk, pblk, w.buf)
	if c.metadataCsum && !w.quiet {
		w.checkBlockChecksum(lblk, pblk)
	}
	state := 2
	if lblk == 0 {
		state = 0
	}
	for off := 0; off < c.blockSize; {
		e := direntAt(w.buf, off, c.blockSize)
		if e == nil {
			w.corrupt(pblk, off)
			return
		}
		w.entry(e, pblk, state)
		off += len(e)
		state = min(state+1, 2)
	}
	if state < 2 && lblk == 0 {
		w.problem(codeDotdot, pblk, "directory has no entry \"..\"")
		w.dir.flags |= dirBadDotdot
	}
}

func (w *dirWalk) corrupt(pblk uint64, off int) {
	w.bad++
	w.dir.flags |= dirUnreadable
	w.problem(codeDirEntry, pblk, "directory entry at byte %d of its block runs over the end or is too short", off)
}

// entry examines an entry, cut to its record; state counts the entries of the
// first block up to 2, behind "." and "..".
func (w *dirWalk) entry(e layout.Dirent, pblk uint64, state int) {
	c, ino, name := w.c, e.Inode(), e.Name()
	switch state {
	case 0:
		if ino != w.dir.ino || string(name) != "." || e[layout.DirentHeader+1] != 0 {
			w.problem(codeDot, pblk, "the first entry %q is not \".\" of this directory", name)
		} else if len(e) > 24 {
			w.problem(codeDot, pblk, "the entry \".\" takes %d bytes, should take 12", len(e))
		}
	case 1:
		if ino == 0 || string(name) != ".." || e[layout.DirentHeader+2] != 0 {
			w.problem(codeDotdot, pblk, "the second entry %q is not \"..\"", name)
			w.dir.flags |= dirBadDotdot
		} else {
			w.dir.dotdot = ino
		}
	default:
		if ino != 0 && ino == w.dir.ino {
			w.entryProblem(codeDirLoop, pblk, name, "is a name of the directory itself")
		}
	}
	if ino == 0 {
		return
	}
	if ino > c.inodes || c.isNameless(ino) {
		w.entryProblem(codeEntryInode, pblk, name, "names inode %d, which no file can have", ino)
		return
	}
	if state == 2 && !w.checkName(pblk, ino, name) {
		return
	}
	if state == 2 {
		w.checkPolicy(e, pblk)
	}
	w.count(e, pblk, state)
}

func (w *dirWalk) entryProblem(code string, pblk uint64, name []byte, format string, args ...any) {
	if w.quiet {
		return
	}
	w.c.entryProblem(code, w.dir.ino, pblk, name, format, args...)
}

// checkName checks the name of an entry behind "..", and collects it.
func (w *dirWalk) checkName(pblk uint64, ino uint32, name []byte) bool {
	switch {
	case len(name) == 0:
		w.entryProblem(codeEntryName, pblk, name, "an entry for inode %d has no name", ino)
		return true
	case string(name) == "." || string(name) == "..":
		w.entryProblem(codeEntryName, pblk, name, "%q stands where it must not", name)
	case ino == layout.InodeRoot:
		w.entryProblem(codeDirLoop, pblk, name, "is a name of the root")
	}
	if w.quiet {
		return true
	}
	hash := uint64(fnvOffset)
	clean := true
	for _, b := range name {
		clean = clean && b != '/' && b != 0
		hash = (hash ^ uint64(b)) * fnvPrime
	}
	if w.encrypted {
		clean = len(name) >= 16
	}
	if !clean {
		w.entryProblem(codeEntryName, pblk, name, "has a name that is not allowed: %q", name)
	}
	w.names.add(w, hash)
	w.tree.addName(name)
	return true
}

// count takes a link off the inode that the entry names.
func (w *dirWalk) count(e layout.Dirent, pblk uint64, state int) {
	c, ino := w.c, e.Inode()
	kind := c.kindOf(ino)
	if kind == 0 {
		if state == 1 {
			w.dir.flags |= dirBadDotdot
		}
		w.entryProblem(codeEntryUnused, pblk, e.Name(), "names inode %d, which is not in use", ino)
		return
	}
	want := kind
	if c.incompat&layout.IncompatFiletype == 0 {
		want = 0
	}
	if t := e.FileType(); kind != typeBad && t != want && t != layout.FTUnknown { // unknown is allowed

		w.entryProblem(codeEntryType, pblk, e.Name(), "has type %d, but inode %d has type %d", t, ino, want)
	}
	if !c.states.covers(ino) {
		return
	}
	if kind != layout.FTDir {
		c.states.named(ino)
		return
	}
	d := w.dir
	if ino != d.ino {
		d = c.dir(ino)
	}
	d.names = min(d.names+1, linkMax+1)
	if state < 2 {
		return
	}
	if d.parent != 0 {
		c.entryProblem(codeDirLinked, w.dir.ino, pblk, e.Name(), "is another name of directory %d, which has one in directory %d", ino, d.parent)
		return
	}
	d.parent = w.dir.ino
}

// checkBlockChecksum checks the tail of a block of entries, or that of the index.
func (w *dirWalk) checkBlockChecksum(lblk, pblk uint64) {
	seed := layout.InodeSeed(w.c.csumSeed, w.dir.ino, w.inode.Generation())
	if tail := layout.DirTail(w.buf); tail != nil && w.reaches(len(w.buf)-layout.DirTailSize) {
		if have, want := layout.DirTailChecksum(tail), layout.DirBlockChecksum(seed, w.buf); have != want {
			w.problem(codeDirChecksum, pblk, "checksum of the directory's block is %#08x, should be %#08x", have, want)
		}
		return
	}
	off, ok := w.indexOffset(lblk)
	if !ok {
		w.problem(codeDirChecksum, pblk, "block %d of the directory has no checksum", lblk)
		return
	}
	x := layout.DxEntries(w.buf[off:])
	if x.Count() > x.Limit() || !x.HasTail() {
		w.problem(codeDirChecksum, pblk, "block %d of the directory has no room for its checksum", lblk)
		return
	}
	if have, want := x.Checksum(), layout.DxChecksum(seed, w.buf, off); have != want {
		w.problem(codeDirChecksum, pblk, "checksum of the index is %#08x, should be %#08x", have, want)
	}
}

// reaches says whether the records of the block lead to one at offset at.
func (w *dirWalk) reaches(at int) bool {
	off := 0
	for off < at {
		n := layout.Dirent(w.buf[off:]).RecLen(w.c.blockSize)
		if n < layout.DirentHeader || n&3 != 0 || n > len(w.buf)-off {
			return false
		}
		off += n
	}
	return off == at
}

// indexOffset is where the index entries stand in a block that looks like a part
// of an index.
func (w *dirWalk) indexOffset(lblk uint64) (int, bool) {
	e := layout.Dirent(w.buf)
	switch n := e.RecLen(len(w.buf)); {
	case n == len(w.buf) && e.Inode() == 0 && e.NameLen() == 0:
		return layout.DxNodeEntries, true
	case n == 12 && layout.Dirent(w.buf[12:]).RecLen(len(w.buf)) == len(w.buf)-12:
		r := layout.DxRoot(w.buf)
		return layout.DxRootEntries, r.Reserved() == 0 && r.InfoLength() == layout.DxInfoLen
	}
	return 0, false
}

// inlineEntries examines a directory whose entries lie in the inode: those
// behind the number of the parent in Block, and more in an attribute.
func (w *dirWalk) inlineEntries() {
	b := w.inode.Block()
	w.dir.names++ // "." is understood
	dotdot := binary.LittleEndian.Uint32(b)
	w.dir.dotdot = dotdot
	if dotdot != 0 && dotdot <= w.c.inodes {
		if kind := w.c.kindOf(dotdot); kind == layout.FTDir {
			if d := w.c.dir(dotdot); d != nil {
				d.names = min(d.names+1, linkMax+1)
			}
		} else {
			w.entryProblem(codeEntryUnused, 0, []byte(".."), "names inode %d, which is no directory in use", dotdot)
			w.dir.flags |= dirBadDotdot
		}
	}
	w.inlineArea(b[4:])
	if a, ok := w.c.inodeXattrs(w.inode); ok {
		if x := w.c.walkXattrs(w.dir.ino, w.inode, a, false); len(x.inline) > 0 {
			w.inlineArea(x.inline)
		}
	}
}

func (w *dirWalk) inlineArea(b []byte) {
	for off := 0; off < len(b); {
		e := direntAt(b, off, w.c.blockSize)
		if e == nil {
			w.corrupt(0, off)
			return
		}
		w.entry(e, 0, 2)
		off += len(e)
	}
}
