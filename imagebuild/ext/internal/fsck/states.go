package fsck

import (
	"sort"

	"lbimage/imagebuild/ext/internal/layout"
)

// inodeStates keeps a byte an inode: in the lower half its type as directory
// entries have it (0 for an inode that is not in use), in the upper half the
// links for which no name has been found yet. Pages exist only where an inode
// is in use.
type inodeStates struct {
	perGroup uint32
	groups   [][]*[statePage]byte
	many     map[uint32]int32 // links still to be found, where they do not fit
}

const (
	statePage = 256

	typeMask   = 0x0F
	typeBad    = 8 // in use, but of no known type
	linksMany  = 14
	linksShort = 15 // there were more names than links
)

func (s *inodeStates) init(groups, perGroup uint32) {
	s.perGroup = perGroup
	s.groups = make([][]*[statePage]byte, groups)
	s.many = map[uint32]int32{}
}

// at gives the byte of an inode, nil where nothing near it is in use.
func (s *inodeStates) at(ino uint32) *byte {
	i := ino - 1
	pages := s.groups[i/s.perGroup]
	if pages == nil {
		return nil
	}
	i %= s.perGroup
	p := pages[i/statePage]
	if p == nil {
		return nil
	}
	return &p[i%statePage]
}

// kind gives the type of an inode, 0 where it is not in use.
func (s *inodeStates) kind(ino uint32) uint8 {
	if b := s.at(ino); b != nil {
		return *b & typeMask
	}
	return 0
}

// set notes an inode in use, its type and its links.
func (s *inodeStates) set(ino uint32, kind uint8, links uint16) {
	i := ino - 1
	g := i / s.perGroup
	if s.groups[g] == nil {
		s.groups[g] = make([]*[statePage]byte, (s.perGroup+statePage-1)/statePage)
	}
	i %= s.perGroup
	p := s.groups[g][i/statePage]
	if p == nil {
		p = new([statePage]byte)
		s.groups[g][i/statePage] = p
	}
	left := uint8(linksMany)
	if links < linksMany {
		left = uint8(links)
	} else if kind != layout.FTDir {
		s.many[ino] = int32(links)
	}
	p[i%statePage] = kind | left<<4
}

// named takes one off the links of an inode in use that is not a directory.
func (s *inodeStates) named(ino uint32) {
	b := s.at(ino)
	if b == nil {
		return
	}
	switch left := *b >> 4; left {
	case 0:
		*b = *b&typeMask | linksShort<<4
	case linksShort:
	case linksMany:
		s.many[ino]--
	default:
		*b -= 1 << 4
	}
}

// left tells how many links of an inode have no name; negative for too many names.
func (s *inodeStates) left(ino uint32) int {
	b := s.at(ino)
	if b == nil {
		return 0
	}
	switch left := *b >> 4; left {
	case linksShort:
		return -1
	case linksMany:
		return int(s.many[ino])
	default:
		return int(left)
	}
}

// unsettled calls f with each inode, ascending, that is no directory and whose
// names and links differ, until f says to stop.
func (s *inodeStates) unsettled(f func(ino uint32) bool) {
	for g, pages := range s.groups {
		for k, p := range pages {
			if p == nil {
				continue
			}
			for i, b := range p {
				if b>>4 == 0 || b&typeMask == layout.FTDir {
					continue
				}
				ino := uint32(g)*s.perGroup + uint32(k)*statePage + uint32(i) + 1
				if s.left(ino) != 0 && !f(ino) {
					return
				}
			}
		}
	}
}

// dirInfo is what is kept of a directory in use.
type dirInfo struct {
	ino    uint32
	parent uint32 // the directory in which it was found, 0 for none
	dotdot uint32 // the inode that its ".." names, 0 for none
	links  uint16 // as stored
	flags  uint16
	names  uint32 // found so far, "." and ".." of others included
	blocks uint32 // clusters that only this directory claims: as many are read
}

// Flags of dirInfo.
const (
	dirAttached   = 1 << iota // it hangs on the root
	dirDetached               // it does not
	dirOnPath                 // on the path that is being followed
	dirBadDotdot              // a problem with ".." was reported
	dirUnreadable             // its entries were not all examined
)

// dir gives the directory with the number ino, nil where there is none.
func (c *checker) dir(ino uint32) *dirInfo {
	i := sort.Search(len(c.dirs), func(i int) bool { return c.dirs[i].ino >= ino })
	if i == len(c.dirs) || c.dirs[i].ino != ino {
		return nil
	}
	return &c.dirs[i]
}
