// Package blockmap reads and changes the block map of one inode, the way in
// which ext2 and ext3 say where a file's blocks are.
//
// The inode has fifteen words. The first twelve name the first twelve blocks of
// the file; the others name a block full of names (the indirect block), a block
// of names of such blocks (double indirect) and one of names of those (triple).
// The name 0 is a hole, at any level.
//
// Nothing that is read is trusted: every name is held against the store before
// it is used. The depth is fixed, so no map is endless.
package blockmap

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMap is wrapped by errors about a map that asks for the impossible.
var ErrMap = errors.New("block map")

// Direct is how many blocks the inode names itself.
const Direct = 12

// Store holds the indirect blocks.
type Store interface {
	Node(blk uint64) ([]byte, error)     // contents; not to be changed
	EditNode(blk uint64) ([]byte, error) // contents; changes will be kept
	NewNode() (uint64, []byte, error)    // an allocated block of zeros, to be changed
	FreeNode(blk uint64) error
	// Check tells whether n blocks from start on may belong to a file.
	Check(start uint64, n uint32) error
}

// Map is the block map of one inode.
type Map struct {
	root []byte // the 60 bytes in the inode
	s    Store
	per  uint64 // names in a block
}

// New gives the map whose fifteen words are the 60 bytes root, which a change
// alters in place.
func New(root []byte, s Store, blockSize int) *Map {
	return &Map{root: root, s: s, per: uint64(blockSize / 4)}
}

// MaxBlocks is how many blocks a file can have.
func MaxBlocks(blockSize int) uint64 {
	per := uint64(blockSize / 4)
	return min(Direct+per+per*per+per*per*per, 1<<32-1)
}

// span tells how many file blocks one name covers at each level.
func (m *Map) span(level int) uint64 {
	n := uint64(1)
	for range level {
		n *= m.per
	}
	return n
}

// slot finds the word of the inode that leads to file block lblk, the level
// of indirection below it, and the first file block that it covers.
func (m *Map) slot(lblk uint64) (word, level int, first uint64, err error) {
	if lblk < Direct {
		return int(lblk), 0, lblk, nil
	}
	first = Direct
	for level = 1; level <= 3; level++ {
		if n := m.span(level); lblk-first < n {
			return Direct + level - 1, level, first, nil
		} else {
			first += n
		}
	}
	return 0, 0, 0, fmt.Errorf("%w: cannot name file block %d", ErrMap, lblk)
}

func name(b []byte, i int) uint64       { return uint64(binary.LittleEndian.Uint32(b[4*i:])) }
func setName(b []byte, i int, v uint64) { binary.LittleEndian.PutUint32(b[4*i:], uint32(v)) }

// node gives the words of the indirect block blk.
func (m *Map) node(blk uint64) ([]byte, error) {
	if err := m.s.Check(blk, 1); err != nil {
		return nil, fmt.Errorf("indirect block: %w", err)
	}
	return m.s.Node(blk)
}

// Find gives the disk block of file block lblk and how many of the next max file
// blocks follow on without a gap. For a hole start is 0 and n its known length,
// at most max.
func (m *Map) Find(lblk, max uint64) (start, n uint64, err error) {
	word, level, first, err := m.slot(lblk)
	if err != nil {
		return 0, 0, err
	}
	words, i, end := m.root, word, Direct
	for ; level > 0; level-- {
		blk := name(words, i)
		span := m.span(level)
		if blk == 0 {
			return 0, min(max, first+span-lblk), nil
		}
		if words, err = m.node(blk); err != nil {
			return 0, 0, err
		}
		sub := span / m.per
		i, end = int((lblk-first)/sub), int(m.per)
		first += uint64(i) * sub
	}
	start = name(words, i)
	n = 1
	for n < max && i+int(n) < end {
		next := name(words, i+int(n))
		if start == 0 && next != 0 || start != 0 && next != start+n {
			break
		}
		n++
	}
	if start != 0 {
		if err := m.s.Check(start, uint32(n)); err != nil {
			return 0, 0, err
		}
	}
	return start, n, nil
}

// leaf gives the words that name lblk, for reading or, with edit, for changing;
// then missing indirect blocks are made. i is lblk's place among them, end that
// of the last. words is nil where there is no such block and edit is false.
func (m *Map) leaf(lblk uint64, edit bool) (words []byte, i, end int, err error) {
	word, level, first, err := m.slot(lblk)
	if err != nil {
		return nil, 0, 0, err
	}
	words, i, end = m.root, word, Direct
	for ; level > 0; level-- {
		blk := name(words, i)
		var next []byte
		switch {
		case blk == 0 && !edit:
			return nil, 0, 0, nil
		case blk == 0:
			if blk, next, err = m.s.NewNode(); err == nil {
				setName(words, i, blk)
			}
		case edit:
			if err = m.s.Check(blk, 1); err == nil {
				next, err = m.s.EditNode(blk)
			}
		default:
			next, err = m.node(blk)
		}
		if err != nil {
			return nil, 0, 0, err
		}
		sub := m.span(level) / m.per
		i, end = int((lblk-first)/sub), int(m.per)
		first += uint64(i) * sub
		words = next
	}
	return words, i, end, nil
}

// Prepare makes the indirect blocks on the way to lblk, so that they lie before
// the data, and tells how many blocks from lblk on need no further one.
func (m *Map) Prepare(lblk uint64) (room uint64, err error) {
	_, i, end, err := m.leaf(lblk, true)
	return uint64(end - i), err
}

// Set names n disk blocks from start on for the file blocks from lblk on.
func (m *Map) Set(lblk, start, n uint64) error {
	for n > 0 {
		words, i, end, err := m.leaf(lblk, true)
		if err != nil {
			return err
		}
		for ; i < end && n > 0; i++ {
			if name(words, i) != 0 {
				return fmt.Errorf("%w: file block %d is there already", ErrMap, lblk)
			}
			setName(words, i, start)
			lblk, start, n = lblk+1, start+1, n-1
		}
	}
	return nil
}

// Cost is the most indirect blocks that Set may have to make for n blocks from lblk on.
func (m *Map) Cost(lblk, n uint64) (uint64, error) {
	if n == 0 || lblk+n <= Direct {
		return 0, nil
	}
	if n > m.per {
		return n/m.per + n/(m.per*m.per) + 6, nil // both ends of each level, one of the highest
	}
	cost, err := m.missing(lblk)
	if err != nil || n == 1 {
		return cost, err
	}
	last, err := m.missing(lblk + n - 1)
	if lblk < Direct {
		return last, err
	}
	if cost > 0 && (lblk-Direct)/m.per == (lblk+n-1-Direct)/m.per {
		last = 0 // the same indirect block
	}
	return cost + last, err
}

// missing counts the indirect blocks on the way to lblk that are not there.
func (m *Map) missing(lblk uint64) (uint64, error) {
	word, level, first, err := m.slot(lblk)
	if err != nil {
		return 0, err
	}
	words, i := m.root, word
	for ; level > 0; level-- {
		blk := name(words, i)
		if blk == 0 {
			return uint64(level), nil
		}
		if words, err = m.node(blk); err != nil {
			return 0, err
		}
		sub := m.span(level) / m.per
		i = int((lblk - first) / sub)
		first += uint64(i) * sub
	}
	return 0, nil
}
