package mkfs

import (
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// extraIsize is how many bytes of an inode's fields lie behind the first 128:
// all that Linux knows.
const extraIsize = 32

// makeFiles makes what a new file system holds: the root folder, lost+found, and
// the inodes of bad blocks, of the reserved descriptor blocks and of the journal.
func (f *formatter) makeFiles() error {
	f.inodes = make([]byte, firstInode*f.inodeSize)
	if err := f.makeRoot(); err != nil {
		return fmt.Errorf("making the root folder: %w", err)
	}
	if err := f.makeLostFound(); err != nil {
		return fmt.Errorf("making lost+found: %w", err)
	}
	f.setTimes(f.inode(layout.InodeBadBlocks))
	if f.compat&layout.CompatResizeInode != 0 {
		if err := f.makeResizeInode(); err != nil {
			return fmt.Errorf("making the resize inode: %w", err)
		}
	}
	if f.journal > 0 {
		if err := f.makeJournal(); err != nil {
			return fmt.Errorf("making the journal of %d blocks: %w", f.journal, err)
		}
	}
	return nil
}

// inode is the view over one of the first inodes.
func (f *formatter) inode(ino uint64) layout.Inode {
	return layout.Inode(f.inodes[(ino-1)*f.inodeSize : ino*f.inodeSize : ino*f.inodeSize])
}

// newInode fills in what all inodes have.
func (f *formatter) newInode(ino uint64, mode, links uint16) layout.Inode {
	in := f.inode(ino)
	if f.inodeSize > layout.GoodOldInodeSize {
		in.SetExtraIsize(extraIsize)
	}
	in.SetMode(mode)
	in.SetLinksCount(links)
	f.setTimes(in)
	return in
}

func (f *formatter) setTimes(in layout.Inode) {
	in.SetAtime(f.opts.Time)
	in.SetCtime(f.opts.Time)
	in.SetMtime(f.opts.Time)
	in.SetCrtime(f.opts.Time)
}

// sectors is the unit of an inode's block count.
func (f *formatter) sectors(blocks uint64) uint64 { return blocks * f.bs / 512 }

func (f *formatter) extents() bool { return f.incompat&layout.IncompatExtents != 0 }

func (f *formatter) makeRoot() error {
	in := f.newInode(layout.InodeRoot, layout.ModeDir|0o755, 3)
	runs, err := f.setContent(in, layout.InodeRoot, f.first, 1)
	if err != nil {
		return err
	}
	b := f.addBlock(runs[0].start)
	f.dirBlock(layout.InodeRoot, b, []entry{
		{layout.InodeRoot, "."}, {layout.InodeRoot, ".."}, {firstInode, "lost+found"},
	})
	return nil
}

func (f *formatter) makeLostFound() error {
	in := f.newInode(firstInode, layout.ModeDir|0o700, 2)
	runs, err := f.setContent(in, firstInode, f.first, f.lostFound())
	if err != nil {
		return err
	}
	entries := []entry{{firstInode, "."}, {layout.InodeRoot, ".."}}
	for _, r := range runs {
		for i := range r.n {
			f.dirBlock(firstInode, f.addBlock(r.start+i), entries)
			entries = []entry{{0, ""}}
		}
	}
	return nil
}

// addBlock gives the content of a new block, all zero.
func (f *formatter) addBlock(at uint64) []byte {
	b := make([]byte, f.bs)
	f.contents = append(f.contents, block{at, b})
	return b
}

type entry struct {
	ino  uint32
	name string
}

// dirBlock fills a block of folder dir with entries, all of which are folders.
func (f *formatter) dirBlock(dir uint32, b []byte, entries []entry) {
	room := len(b)
	if f.checksums() {
		room -= layout.DirTailSize
	}
	off := 0
	for i, e := range entries {
		n := layout.DirentLen(len(e.name))
		if i == len(entries)-1 {
			n = room - off
		}
		d := layout.Dirent(b[off : off+n])
		d.SetInode(e.ino)
		d.SetRecLen(n, len(b))
		d.SetName(e.name)
		if e.ino != 0 {
			d.SetFileType(layout.FTDir)
		}
		off += n
	}
	if f.checksums() {
		layout.InitDirTail(b)
		layout.SetDirTailChecksum(b[room:], layout.DirBlockChecksum(f.inodeSeed(dir), b))
	}
}

// inodeSeed is what the checksums of an inode's own blocks start from.
func (f *formatter) inodeSeed(ino uint32) uint32 {
	return layout.InodeSeed(f.seed(), ino, 0)
}

func (f *formatter) seed() uint32 { return layout.CRC32C(^uint32(0), f.opts.UUID[:]) }

// setContent takes n blocks near goal for the file, maps them and sets the
// inode's size, block count and map. The first run starts with the first block.
func (f *formatter) setContent(in layout.Inode, ino uint32, goal, n uint64) ([]run, error) {
	runs, err := f.take(goal, n+f.mapBlocks(n))
	if err != nil {
		return nil, err
	}
	in.SetSize(n * f.bs)
	if f.extents() {
		in.SetFlags(layout.InodeFlagExtents)
		extra, err := f.mapExtents(in, ino, runs, goal)
		if err != nil {
			return nil, err
		}
		in.SetBlocksCount(f.sectors(n + extra))
		return runs, nil
	}
	m := blockMapper{f: f, runs: slices.Clone(runs), left: n}
	m.mapInode(in.Block())
	in.SetBlocksCount(f.sectors(n + f.mapBlocks(n)))
	return runs, nil
}
