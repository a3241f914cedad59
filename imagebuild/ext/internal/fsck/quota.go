package fsck

import (
	"encoding/binary"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// maxOwners is how many owners are compared at a time. Where there are more, the
// inodes are walked once for each range of owners.
const maxOwners = 1 << 18

// maxQuotaPages is how much of a quota file is examined: enough for eight million
// blocks that lie close together.
const maxQuotaPages = 1 << 11

// usage is what the inodes of one owner come to.
type usage struct {
	space, inodes uint64
	seen          bool // in the quota file
}

// quotaCheck compares one quota file with the inodes.
type quotaCheck struct {
	c      *checker
	kind   int
	ino    uint32 // of the file
	head   layout.QuotaInfo
	runs   []quotaRun
	buf    []byte
	owners map[uint32]*usage
	lo, hi uint64 // the owners that are compared now are in [lo, hi)
	most   int

	visited [layout.QuotaDepth]claims // blocks that a node of each level led to
}

// quotaRun is a run of the file's blocks.
type quotaRun struct{ lblk, pblk, n uint64 }

var quotaMagics = [3]uint32{layout.QuotaMagicUser, layout.QuotaMagicGroup, layout.QuotaMagicProject}

// checkQuotas compares the quota files with what users, groups and projects have.
func (c *checker) checkQuotas() bool {
	if c.roCompat&layout.ROQuota == 0 {
		return true
	}
	for kind, ino := range []uint32{c.sb.UserQuotaInode(), c.sb.GroupQuotaInode(), c.sb.ProjectQuotaInode()} {
		if ino == 0 || ino > c.inodes {
			continue
		}
		q := &quotaCheck{c: c, kind: kind, ino: ino, most: maxOwners}
		if q.open() {
			q.compare()
		}
		if c.stopped() {
			return false
		}
	}
	return true
}

func (q *quotaCheck) problem(code, format string, args ...any) {
	q.c.inodeProblem(code, q.ino, 0, format, args...)
}

// open finds the blocks of the file and checks its head.
func (q *quotaCheck) open() bool {
	c := q.c
	inode := make(layout.Inode, c.inodeSize)
	if !c.readInode(q.ino, inode) {
		return false
	}
	if !inode.IsRegular() || inode.Has(layout.InodeFlagInlineData) {
		q.problem(codeQuotaFile, "quota file is not a file with blocks")
		return false
	}
	var m mapper
	m.begin(c, q.ino, inode)
	m.quiet, m.budget, m.nodes = true, c.clusters, maxSmallNodes
	m.onRun = func(lblk, pblk, n uint64) {
		if k := len(q.runs) - 1; k >= 0 && q.runs[k].lblk+q.runs[k].n == lblk && q.runs[k].pblk+q.runs[k].n == pblk {
			q.runs[k].n += n
			return
		}
		if len(q.runs) < maxSmallNodes {
			q.runs = append(q.runs, quotaRun{lblk, pblk, n})
		}
	}
	m.walk()
	q.buf = make([]byte, c.blockSize)
	b, ok := q.block(0)
	if !ok {
		return false
	}
	h := layout.QuotaInfo(slices.Clone(b[:layout.QuotaInfoSize]))
	q.head = h
	if h.Magic() != quotaMagics[q.kind] {
		q.problem(codeQuotaMagic, "quota file has magic number %#x, should be %#x", h.Magic(), quotaMagics[q.kind])
	}
	switch {
	case h.Version() != layout.QuotaVersion:
		q.problem(codeQuotaFile, "quota file has version %d, should be %d", h.Version(), layout.QuotaVersion)
	case uint64(h.Blocks())*layout.QuotaBlockSize > inode.Size():
		q.problem(codeQuotaFile, "quota file has %d blocks in %d bytes", h.Blocks(), inode.Size())
	case h.FreeBlock() >= h.Blocks() || h.FreeEntry() >= h.Blocks():
		q.problem(codeQuotaFile, "quota file has %d blocks, but the first free one is %d, the first with room is %d", h.Blocks(), h.FreeBlock(), h.FreeEntry())
	default:
		return true
	}
	return false
}

// block reads a block of the quota file; what the file has no block for is zeros.
// What it gives is good until the next call.
func (q *quotaCheck) block(n uint32) ([]byte, bool) {
	at := uint64(n) * layout.QuotaBlockSize
	lblk, off := at>>q.c.blockBits, at&uint64(q.c.blockSize-1)
	clear(q.buf)
	i, _ := slices.BinarySearchFunc(q.runs, lblk, func(r quotaRun, lblk uint64) int {
		if r.lblk+r.n <= lblk {
			return -1
		}
		return 1
	})
	if i < len(q.runs) && q.runs[i].lblk <= lblk && !q.c.block(q.buf, q.runs[i].pblk+lblk-q.runs[i].lblk) {
		return nil, false
	}
	return q.buf[off : off+layout.QuotaBlockSize], true
}

// compare goes through all owners, as many at a time as are remembered.
func (q *quotaCheck) compare() {
	for q.lo = 0; q.lo < 1<<32 && !q.c.stopped(); q.lo = q.hi {
		q.hi = 1 << 32
		q.owners = map[uint32]*usage{}
		q.addUp()
		for i := range q.visited {
			q.visited[i].reset(0, uint64(q.head.Blocks()), maxQuotaPages)
		}
		q.node(layout.QuotaRoot, 0)
		if slices.ContainsFunc(q.visited[:], func(s claims) bool { return s.overflow }) {
			q.problem(codeTooLarge, "quota file leads to more blocks than can be examined")
			return
		}
		var missing []uint32
		for id, u := range q.owners {
			if !u.seen {
				missing = append(missing, id)
			}
		}
		slices.Sort(missing)
		for _, id := range missing {
			u := q.owners[id]
			q.problem(codeQuotaUsage, "quota file lacks owner %d, who has %d bytes and %d inodes", id, u.space, u.inodes)
		}
	}
}

// addUp finds what the inodes say.
func (q *quotaCheck) addUp() {
	c := q.c
	s := &scan{c: c}
	s.again = func(ino uint32, inode layout.Inode) {
		if inode.IsSymlink() && inode.Has(layout.InodeFlagInlineData) {
			return // e2fsck leaves them out, the kernel does not
		}
		if inode.LinksCount() == 0 || inode.Has(layout.InodeFlagEAInode) || ino != layout.InodeRoot &&
			(ino < c.firstInode || ino == c.projectQuota || c.compat&layout.CompatOrphanFile != 0 && ino == c.orphanFile) {
			return
		}
		id := [3]uint32{inode.UID(), inode.GID(), inode.ProjectID()}[q.kind]
		if uint64(id) < q.lo || uint64(id) >= q.hi {
			return
		}
		u := q.owners[id]
		if u == nil {
			u = &usage{}
			q.owners[id] = u
			q.shrink()
		}
		sectors := inode.BlocksCount()
		if c.roCompat&layout.ROHugeFile == 0 {
			sectors &= 1<<32 - 1
		} else if inode.Has(layout.InodeFlagHugeFile) {
			sectors <<= c.blockBits - 9
		}
		u.space += sectors << 9
		u.inodes += 1 + c.valueInodes(inode)
	}
	for g := range c.groups {
		s.group(g)
		if c.stopped() {
			return
		}
	}
}

// shrink leaves the upper half of too many owners to the next walk.
func (q *quotaCheck) shrink() {
	if len(q.owners) <= q.most {
		return
	}
	ids := make([]uint32, 0, len(q.owners))
	for id := range q.owners {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids[len(ids)/2:] {
		delete(q.owners, id)
	}
	q.hi = uint64(ids[len(ids)/2])
}

// valueInodes counts the inodes with values of attributes, which count as the
// owner's of the file.
func (c *checker) valueInodes(inode layout.Inode) (n uint64) {
	if c.incompat&layout.IncompatEAInode == 0 {
		return 0
	}
	count := func(a xattrArea) {
		for off := a.first; off+layout.XattrEntrySize <= len(a.b) && binary.LittleEndian.Uint32(a.b[off:]) != 0; {
			e := layout.XattrEntry(a.b[off:])
			if e.ValueInode() != 0 {
				n++
			}
			off += layout.XattrEntryLen(e.NameLen())
		}
	}
	if a, ok := c.inodeXattrs(inode); ok {
		count(a)
	}
	if blk := inode.FileACL(); blk >= c.firstData && blk < c.blocks && blk != 0 {
		b := make([]byte, c.blockSize)
		if c.block(b, blk) && layout.XattrHeader(b).Magic() == layout.XattrMagic {
			count(xattrArea{b: b, first: layout.XattrHeaderSize})
		}
	}
	return n
}

// node visits a node of the tree, and each block but once from a level. Like
// e2fsck it does not ask whether the tree leads to an entry by the right way.
func (q *quotaCheck) node(n uint32, level int) {
	b, ok := q.block(n)
	if !ok {
		return
	}
	var refs [layout.QuotaNodeRefs]uint32
	for i := range refs {
		refs[i] = layout.QuotaNode(b).Ref(i)
	}
	for _, to := range refs {
		if q.c.stopped() {
			return
		}
		if to >= q.head.Blocks() {
			q.problem(codeQuotaFile, "quota file leads from block %d to block %d of %d", n, to, q.head.Blocks())
			return
		}
		if to == 0 || q.visited[level].add(uint64(to), 1) == 0 {
			continue
		}
		if q.visited[level].overflow {
			return
		}
		if level < layout.QuotaDepth-1 {
			q.node(to, level+1)
		} else {
			q.entries(to)
		}
	}
}

// entries compares the owners in a block.
func (q *quotaCheck) entries(n uint32) {
	b, ok := q.block(n)
	for i := 0; ok && i < layout.QuotaBlockEntries; i++ {
		e := layout.QuotaBlock(b).Entry(i)
		if id := uint64(e.ID()); !e.InUse() || id < q.lo || id >= q.hi {
			continue
		}
		u := q.owners[e.ID()]
		if u == nil {
			u = &usage{}
		}
		u.seen = true
		if e.Space() != u.space || e.Inodes() != u.inodes {
			q.problem(codeQuotaUsage, "quota file counts %d bytes and %d inodes for owner %d, should be %d and %d", e.Space(), e.Inodes(), e.ID(), u.space, u.inodes)
		}
	}
}
