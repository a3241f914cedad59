package ext

import (
	"cmp"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// Use is what a run of blocks is used for.
type Use string

const (
	UseFree       Use = "free"
	UseFiles      Use = "files"      // contents of files and folders
	UseStructures Use = "structures" // superblocks, group descriptors, bitmaps, inode tables, the journal
)

// Usage calls do for the blocks of the file system, run by run from the first to the last, each run as long as it can be.
// Of an open file system with changes it tells what they make of it, synced or not. do must not call methods of the file
// system.
func (f *FS) Usage(do func(start, blocks uint64, use Use) error) error {
	return f.look("usage", ".", func() error {
		var last Use
		start, end := uint64(0), uint64(0)
		add := func(from, to uint64, use Use) error {
			if from >= to {
				return nil
			}
			if use == last && from == end {
				end = to
				return nil
			}
			if start < end {
				if err := do(start, end-start, last); err != nil {
					return err
				}
			}
			start, end, last = from, to, use
			return nil
		}
		if err := add(0, f.first, UseStructures); err != nil { // the boot block
			return err
		}
		own := f.ownBlocks()
		for n := range f.groups {
			if err := f.groupUsage(n, own, add); err != nil {
				return err
			}
		}
		if start < end {
			return do(start, end-start, last)
		}
		return nil
	})
}

// groupUsage is Usage for one group.
func (f *FS) groupUsage(n uint32, own []run, add func(from, to uint64, use Use) error) error {
	b, err := f.blockBitmap(n)
	if err != nil {
		return err
	}
	base := f.groupStart(n)
	size := f.groupBlocks(n)
	bits := f.groupClusters(n)
	block := func(bit uint32) uint64 { return base + min(uint64(bit)<<f.shift, uint64(size)) }
	for i := uint32(0); i < bits; {
		free := next(b, i, bits, false)
		if err := usedRange(block(i), block(free), own, add); err != nil {
			return err
		}
		i = next(b, free, bits, true)
		if err := add(block(free), block(i), UseFree); err != nil {
			return err
		}
	}
	return nil
}

// ownBlocks are the file system's own structures with its journal, sorted. Where the journal cannot be read its blocks are
// those of any file.
func (f *FS) ownBlocks() []run {
	own := slices.Clone(f.meta)
	if f.sb.Compat()&layout.CompatHasJournal != 0 && f.sb.JournalInode() != 0 {
		if in, err := f.journalInode(); err == nil {
			_ = in.eachRun(func(r run) error {
				own = append(own, r)
				return nil
			}, func(blk uint64) error {
				own = append(own, run{blk, blk + 1})
				return nil
			})
		}
	}
	slices.SortFunc(own, func(a, b run) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	return own
}

// usedRange tells the file system's own blocks in a range from those of files.
func usedRange(from, to uint64, own []run, add func(from, to uint64, use Use) error) error {
	i, _ := slices.BinarySearchFunc(own, from, func(r run, blk uint64) int { return cmp.Compare(r.start, blk) })
	for i > 0 && own[i-1].end > from { // runs may overlap where the image is damaged; those before matter, too
		i--
	}
	for _, r := range own[i:] {
		if r.start >= to || from >= to {
			break
		}
		if r.end <= from {
			continue
		}
		start := max(r.start, from)
		if err := add(from, start, UseFiles); err != nil {
			return err
		}
		from = min(r.end, to)
		if err := add(start, from, UseStructures); err != nil {
			return err
		}
	}
	return add(from, to, UseFiles)
}
