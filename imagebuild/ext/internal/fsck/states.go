package fsck

import (
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// inodeStates keeps of each inode in use its type and the links for which no
// name has been found yet. Pages exist only where an inode is in use. They are
// filled in order of the inodes; where there would be too many, they end before
// the inode end, and the rest has its turn later (window.go).
type inodeStates struct {
	begin, end uint32   // the inodes from begin on, up to end, are kept; end is 0 for all
	numbers    []uint32 // of the pages, ascending
	pages      []*statePage
	limit      int
	last       int // the page that was asked for last
}

type statePage struct {
	kind [pageInodes]uint8  // the type as directory entries have it, 0 for an inode that is not in use
	left [pageInodes]uint16 // links without a name; with moreNames, names without a link
}

const (
	pageInodes    = 256
	maxStatePages = 16384 // 13 MiB: 4 million inodes

	typeMask  = 0x0F
	typeBad   = 8    // in use, but of no known type
	moreNames = 0x10 // there are more names than links
)

func (s *inodeStates) reset(begin uint32, limit int) {
	clear(s.pages)
	*s = inodeStates{begin: begin, limit: limit, numbers: s.numbers[:0], pages: s.pages[:0]}
}

// covers says whether the inode is among those that are kept.
func (s *inodeStates) covers(ino uint32) bool {
	return ino >= s.begin && (s.end == 0 || ino < s.end)
}

// page gives the page of an inode and its place there, nil where nothing near it
// is in use.
func (s *inodeStates) page(ino uint32) (*statePage, uint32) {
	n, i := (ino-1)/pageInodes, (ino-1)%pageInodes
	if s.last < len(s.numbers) && s.numbers[s.last] == n {
		return s.pages[s.last], i
	}
	k, ok := slices.BinarySearch(s.numbers, n)
	if !ok {
		return nil, 0
	}
	s.last = k
	return s.pages[k], i
}

// kind gives the type of an inode that is kept, 0 where it is not in use.
func (s *inodeStates) kind(ino uint32) uint8 {
	if p, i := s.page(ino); p != nil {
		return p.kind[i] & typeMask
	}
	return 0
}

// set notes an inode in use behind all others, its type and its links. It is
// false where this inode and those behind it have no room.
func (s *inodeStates) set(ino uint32, kind uint8, links uint16) bool {
	if s.end != 0 {
		return false
	}
	p, i := s.page(ino)
	if p == nil {
		if len(s.pages) >= s.limit {
			s.end = ino
			return false
		}
		p, i = new(statePage), (ino-1)%pageInodes
		s.numbers = append(s.numbers, (ino-1)/pageInodes)
		s.pages = append(s.pages, p)
	}
	p.kind[i], p.left[i] = kind, links
	return true
}

// named takes one off the links of an inode in use that is not a directory.
func (s *inodeStates) named(ino uint32) {
	p, i := s.page(ino)
	switch {
	case p == nil:
	case p.kind[i]&moreNames != 0:
		p.left[i] = min(p.left[i], 1<<16-2) + 1
	case p.left[i] == 0:
		p.kind[i] |= moreNames
		p.left[i] = 1
	default:
		p.left[i]--
	}
}

// left tells how many links of an inode have no name; negative for too many names.
func (s *inodeStates) left(ino uint32) int {
	p, i := s.page(ino)
	switch {
	case p == nil:
		return 0
	case p.kind[i]&moreNames != 0:
		return -int(p.left[i])
	}
	return int(p.left[i])
}

// links gives the links of a directory, as stored.
func (s *inodeStates) links(ino uint32) uint16 {
	if p, i := s.page(ino); p != nil {
		return p.left[i]
	}
	return 0
}

// unsettled calls f with each inode, ascending, that is no directory and whose
// names and links differ, until f says to stop.
func (s *inodeStates) unsettled(f func(ino uint32) bool) {
	for k, p := range s.pages {
		for i := range p.left {
			if p.left[i] == 0 || p.kind[i]&typeMask == layout.FTDir {
				continue
			}
			if !f(s.numbers[k]*pageInodes + uint32(i) + 1) {
				return
			}
		}
	}
}
