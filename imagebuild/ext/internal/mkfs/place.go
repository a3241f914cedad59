package mkfs

import (
	"errors"
	"fmt"
)

// table says where the bitmaps and the inode table of a group lie.
type table struct{ blockBitmap, inodeBitmap, inodeTable uint64 }

var errNoSpace = errors.New("no free block is left; choose a larger size, fewer inodes or a smaller journal")

// place finds places for all bitmaps and inode tables and takes their blocks.
func (f *formatter) place() error {
	f.tables = make([]table, f.groups)
	var runs []run
	for group := range f.groups {
		if n := f.copies(group); n > 0 {
			runs = append(runs, run{f.groupStart(group), n})
			f.overhead += n
		}
	}
	for leader := uint64(0); leader < f.groups; leader += f.flex {
		last := min(leader+f.flex, f.groups)
		if err := f.placeTables(leader, last); err != nil {
			return err
		}
		for _, t := range f.tables[leader:last] {
			runs = append(runs, run{t.blockBitmap, 1}, run{t.inodeBitmap, 1}, run{t.inodeTable, f.itable})
		}
	}
	f.overhead += f.first + f.groups*(2+f.itable)
	f.used = newSpace(runs)
	return nil
}

// placeTables lays out the groups from leader up to last. Without flex_bg that
// is one group: two bitmaps and the table behind the copies. With it the block
// bitmaps of all come first, then the inode bitmaps, then the tables.
func (f *formatter) placeTables(leader, last uint64) error {
	tables, next := f.tables[leader:last], f.groupStart(leader)
	put := func(n uint64) uint64 {
		at := f.clear(next, n)
		next = at + n
		return at
	}
	for i := range tables {
		tables[i].blockBitmap = put(1)
	}
	for i := range tables {
		tables[i].inodeBitmap = put(1)
	}
	for i := range tables {
		tables[i].inodeTable = put(f.itable)
	}
	if next > f.groupEnd(last-1) {
		return fmt.Errorf("block groups %d to %d: placing their inode tables: %w", leader, last-1, errNoSpace)
	}
	return nil
}

// clear finds the first n blocks from at on that no copies of the superblock touch.
func (f *formatter) clear(at, n uint64) uint64 {
	for group := f.groupOf(at); group < f.groups; group++ {
		start := f.groupStart(group)
		if start >= at+n {
			break
		}
		if end := start + f.copies(group); at < end {
			at = end
		}
	}
	return at
}

// take takes n blocks: the first free ones in a row from goal on, else from the
// start. Where no free run is that long it takes runs as they come.
func (f *formatter) take(goal, n uint64) ([]run, error) {
	var got []run
	whole := func(r run) bool {
		if r.n >= n {
			got = []run{{r.start, n}}
		}
		return got == nil
	}
	if f.used.gaps(goal, f.blocks, whole); got == nil {
		f.used.gaps(f.first, goal, whole)
	}
	if got == nil {
		left := n
		piece := func(r run) bool {
			r.n = min(r.n, left)
			got = append(got, r)
			left -= r.n
			return left > 0
		}
		if f.used.gaps(goal, f.blocks, piece); left > 0 {
			f.used.gaps(f.first, goal, piece)
		}
		if left > 0 {
			return nil, errNoSpace
		}
	}
	for _, r := range got {
		f.used.add(r)
	}
	return got, nil
}
