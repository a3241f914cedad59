package ext

import (
	"fmt"
	"io/fs"

	"lbimage/imagebuild/ext/internal/layout"
)

// WriteFile makes the file hold data. A file that exists keeps its inode with its
// owner, mode and extended attributes, and its blocks as far as they are needed;
// all its names show the new contents. As when the kernel writes for root, only
// security.capability is dropped. A new file gets perm as it is. Symbolic links
// are followed. Where there is no room, nothing is changed.
func (f *FS) WriteFile(name string, data []byte, perm fs.FileMode) error {
	err := f.change(func() error {
		s, err := f.walk(name, true)
		if err != nil {
			return err
		}
		if s.in != nil {
			if err := s.in.contents(); err != nil {
				return err
			}
			if err := s.in.replace(data); err != nil {
				return err
			}
			return s.in.put()
		}
		blocks, err := f.newFileCost(uint64(len(data)))
		if err == nil && s.dir != nil && s.dir.fitsNewInode(len(data)) {
			blocks = 0
		}
		if err == nil {
			err = f.need(blocks)
		}
		if err != nil {
			return err
		}
		f.held = blocks // while names are made
		if err := f.create(&s, layout.ModeRegular|diskBits(perm), nil); err != nil {
			return err
		}
		f.held = 0
		if err := s.in.replace(data); err != nil {
			return err
		}
		return s.in.put()
	})
	return pathError("write", name, err)
}

func (f *FS) blocksFor(size uint64) uint64 { return (size + uint64(f.bs) - 1) / uint64(f.bs) }

// newFileCost is the most clusters that a new file of size bytes takes.
func (f *FS) newFileCost(size uint64) (uint64, error) {
	in := f.blankInode(0)
	in.SetMode(layout.ModeRegular)
	if f.sb.Incompat()&layout.IncompatExtents != 0 {
		in.initExtents()
	}
	blocks := f.blocksFor(size)
	if blocks > in.maxBlocks() {
		return 0, ErrFileTooLarge
	}
	if f.bigalloc {
		blocks = f.clusters(blocks)
	}
	cost, err := in.mapCost(0, blocks)
	return blocks + cost, err
}

// replace makes data the contents of a plain file. What it owns is used again;
// what is left over is freed first.
func (in *inode) replace(data []byte) error {
	size := uint64(len(data))
	if in.inline() {
		if done, err := in.editInline(size, func(to []byte) { copy(to, data) }); done || err != nil {
			return err
		}
		if err := in.dropInline(); err != nil {
			return err
		}
	}
	if err := in.room(0, size); err != nil {
		return err
	}
	if err := in.changed(); err != nil {
		return err
	}
	if err := in.punch(in.fs.blocksFor(size), in.maxBlocks()); err != nil {
		return err
	}
	if err := in.setSize(size); err != nil {
		return err
	}
	return in.writeBlocks(data, 0, 0)
}

// writeAt writes p at byte off of a plain file. long is how many blocks are
// expected to follow.
func (in *inode) writeAt(p []byte, off int64, long uint64) error {
	if len(p) == 0 {
		return nil
	}
	end := uint64(off) + uint64(len(p))
	if in.inline() {
		if done, err := in.editInline(max(end, in.size()), func(data []byte) { copy(data[off:], p) }); done || err != nil {
			return err
		}
		if err := in.toBlocks(uint64(off), uint64(len(p))); err != nil {
			return err
		}
	}
	if err := in.room(uint64(off), uint64(len(p))); err != nil {
		return err
	}
	if err := in.changed(); err != nil {
		return err
	}
	if uint64(off) > in.size() {
		if err := in.zeroTail(); err != nil {
			return err
		}
	}
	if end > in.size() {
		if err := in.setSize(end); err != nil {
			return err
		}
	}
	return in.writeBlocks(p, uint64(off), long)
}

// room refuses a write that the file's map or the free blocks do not allow.
func (in *inode) room(off, n uint64) error {
	want, err := in.cost(off, n)
	if err != nil {
		return err
	}
	return in.fs.need(want)
}

// cost is how many clusters a write takes at most.
func (in *inode) cost(off, n uint64) (uint64, error) {
	bs := uint64(in.fs.bs)
	end := off + n
	if end > 1<<63-1 || in.fs.blocksFor(end) > in.maxBlocks() {
		return 0, ErrFileTooLarge
	}
	if end > 1<<31-1 && in.fs.sb.RevLevel() == layout.RevOriginal {
		return 0, ErrFileTooLarge
	}
	lblk, last := off/bs, in.fs.blocksFor(end)
	want, cut := uint64(0), uint64(0) // clusters for holes and map; extents that may come to be
	for lblk < last {
		p, err := in.find(lblk, last-lblk)
		if err != nil {
			return 0, err
		}
		if p.start == 0 {
			clusters, pieces, err := in.newClusters(lblk, p.n)
			if err != nil {
				return 0, err
			}
			want, cut = want+clusters, cut+pieces
			if !in.hasExtents() {
				cost, err := in.mapCost(lblk, p.n)
				if err != nil {
					return 0, err
				}
				want += cost
			}
		} else if p.uninit {
			cut += 2
		}
		if p.start != 0 {
			if err := in.fs.checkUsed(p.start, p.n); err != nil {
				return 0, damage(in.no, err)
			}
		}
		lblk += p.n
	}
	if in.hasExtents() && cut > 0 {
		want += in.tree().Cost(cut)
	}
	if !in.hasHuge() && in.sectors()+want<<in.fs.shift*(bs/512) >= 1<<32 {
		return 0, ErrFileTooLarge
	}
	return want, nil
}

// changed notes that the contents change: new times, and no capabilities.
func (in *inode) changed() error {
	if err := in.stamp(true); err != nil {
		return err
	}
	return in.dropCapability()
}

// writeBlocks stores p from byte off on, which lies before the end of the file.
// Holes get blocks.
func (in *inode) writeBlocks(p []byte, off, long uint64) error {
	bs := uint64(in.fs.bs)
	for len(p) > 0 {
		lblk, skip := off/bs, off%bs
		want := in.fs.blocksFor(skip + uint64(len(p)))
		pc, err := in.find(lblk, want)
		if err != nil {
			return err
		}
		blank := pc.start == 0 || pc.uninit
		if pc.start == 0 {
			if pc, err = in.extend(lblk, pc.n, max(want, long)); err != nil {
				return err
			}
		}
		k := min(uint64(len(p)), pc.n*bs-skip)
		if blank && pc.uninit {
			if err := in.initialise(lblk, in.fs.blocksFor(skip+k)); err != nil {
				return err
			}
		}
		if err := in.store(p[:k], pc.start*bs, skip, blank, off+k >= in.size()); err != nil {
			return err
		}
		p, off = p[k:], off+k
	}
	return nil
}

// store writes p into the blocks from byte at of the disk on, leaving skip bytes
// before it: zeros if the blocks are blank. Behind it, zeros fill the last block
// if that was blank or nothing follows in the file.
func (in *inode) store(p []byte, at, skip uint64, blank, last bool) error {
	bs := uint64(in.fs.bs)
	before, after := uint64(0), uint64(0)
	if blank {
		before = skip
	}
	if blank || last {
		after = (bs - (skip+uint64(len(p)))%bs) % bs
	}
	if before == 0 && skip == 0 || after == 0 && before == 0 { // whole blocks need no padding
		n := len(p)
		if after > 0 {
			n -= n % int(bs)
		}
		if n > 0 {
			if err := in.fs.writeData(p[:n], at+skip); err != nil {
				return err
			}
		}
		at += uint64(n)
		if p = p[n:]; len(p) == 0 {
			return nil
		}
	}
	padded := make([]byte, before+uint64(len(p))+after)
	copy(padded[before:], p)
	return in.fs.writeData(padded, at+skip-before)
}

// writeData writes contents of files, which do not pass through the cache.
func (f *FS) writeData(p []byte, at uint64) error {
	bs := uint64(f.bs)
	if err := f.checkUsed(at/bs, f.blocksFor(at%bs+uint64(len(p)))); err != nil {
		return err
	}
	f.cache.edits++
	if _, err := f.w.WriteAt(p, int64(at)); err != nil {
		return fmt.Errorf("writing block %d: %w", at/uint64(f.bs), err)
	}
	return nil
}
