package fsck

import (
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// nameSet finds names that stand twice in a directory. It keeps a hash a name;
// where two are equal, the directory is read again to compare the names.
type nameSet struct {
	hashes []uint64
}

const (
	fnvOffset = 0xCBF29CE484222325
	fnvPrime  = 0x100000001B3
	maxNames  = 1 << 19 // that are compared with each other; in a larger directory, parts of it
	maxTwins  = 4096    // hashes that are looked into
)

func (s *nameSet) reset() { s.hashes = s.hashes[:0] }

func (s *nameSet) add(w *dirWalk, hash uint64) {
	if len(s.hashes) == maxNames {
		s.flush(w)
	}
	s.hashes = append(s.hashes, hash)
}

// flush reports the names that stand twice among those that were added.
func (s *nameSet) flush(w *dirWalk) {
	slices.Sort(s.hashes)
	var twice []uint64
	for i := 1; i < len(s.hashes) && len(twice) < maxTwins; i++ {
		if h := s.hashes[i]; h == s.hashes[i-1] && (len(twice) == 0 || twice[len(twice)-1] != h) {
			twice = append(twice, h)
		}
	}
	s.hashes = s.hashes[:0]
	if len(twice) > 0 {
		w.c.reportTwins(w, twice)
	}
}

// reportTwins reads the directory again and reports the names that have one of
// the hashes and stand more than once.
func (c *checker) reportTwins(w *dirWalk, hashes []uint64) {
	seen := map[string]bool{}
	c.eachName(w.dir.ino, w.inode, func(name []byte, _ uint32, pblk uint64) bool {
		hash := uint64(fnvOffset)
		for _, b := range name {
			hash = (hash ^ uint64(b)) * fnvPrime
		}
		if _, ok := slices.BinarySearch(hashes, hash); !ok {
			return true
		}
		if seen[string(name)] {
			c.entryProblem(codeEntryTwice, w.dir.ino, pblk, name, "stands twice in the directory")
		}
		seen[string(name)] = true
		return len(seen) < maxTwins && !c.stopped()
	})
}

// eachName calls f with the name, inode and block of each entry behind "..",
// passing over what cannot be read, until f returns false.
func (c *checker) eachName(ino uint32, inode layout.Inode, f func(name []byte, ino uint32, pblk uint64) bool) {
	more := true
	area := func(b []byte, skip int, pblk uint64) {
		for off := 0; more && off < len(b); {
			e := direntAt(b, off, c.blockSize)
			if e == nil {
				return
			}
			off += len(e)
			if skip--; skip < 0 && e.Inode() != 0 && e.NameLen() > 0 {
				more = f(e.Name(), e.Inode(), pblk)
			}
		}
	}
	if inode.Has(layout.InodeFlagInlineData) && c.incompat&layout.IncompatInlineData != 0 {
		area(inode.Block()[4:], 0, 0)
		if a, ok := c.inodeXattrs(inode); ok {
			area(c.walkXattrs(ino, inode, a, false).inline, 0, 0)
		}
		return
	}
	buf := make([]byte, c.blockSize)
	c.eachBlock(ino, inode, &c.rereads, func(lblk, pblk uint64) bool {
		if !c.block(buf, pblk) {
			return false
		}
		skip := 0
		if lblk == 0 {
			skip = 2
		}
		area(buf, skip, pblk)
		return more
	})
}

// eachBlock calls f with the blocks of a directory until f returns false. It
// takes them off the budget.
func (c *checker) eachBlock(ino uint32, inode layout.Inode, budget *uint64, f func(lblk, pblk uint64) bool) {
	var m mapper
	m.begin(c, ino, inode)
	more := true
	m.quiet, m.budget = true, *budget
	m.onRun = func(lblk, pblk, n uint64) {
		for i := uint64(0); i < n && more; i++ {
			more = f(lblk+i, pblk+i)
		}
		if !more {
			*budget, m.budget = m.budget, 0
		}
	}
	m.walk()
	if more {
		*budget = m.budget
	}
}

// direntAt gives the entry at off, cut to its record, or nil where there is none
// that fits.
func direntAt(b []byte, off, blockSize int) layout.Dirent {
	if len(b)-off < layout.DirentHeader {
		return nil
	}
	e := layout.Dirent(b[off:])
	n := e.RecLen(blockSize)
	if n < layout.DirentHeader+4 || n&3 != 0 || n > len(e) || e.NameLen()+layout.DirentHeader > n {
		return nil
	}
	return e[:n:n]
}
