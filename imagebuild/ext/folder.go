package ext

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/layout"
)

// blocksOf lets package dir see the blocks of a folder.
type blocksOf struct{ in *inode }

func (s blocksOf) Blocks() uint32 { return uint32(s.in.size() / uint64(s.in.fs.bs)) }

func (s blocksOf) at(blk uint32) (uint64, error) {
	p, err := s.in.find(uint64(blk), 1)
	if err == nil && (p.start == 0 || p.uninit) {
		err = corruptf(s.in.no, "block %d of the folder is a hole", blk)
	}
	return p.start, err
}

func (s blocksOf) Read(blk uint32) ([]byte, error) {
	at, err := s.at(blk)
	if err != nil {
		return nil, err
	}
	b, err := s.in.fs.cache.get(at)
	return append([]byte(nil), b...), err
}

// View, Sure and Edit make it a dir.Viewer.
func (s blocksOf) View(blk uint32) ([]byte, dir.Checks, error) {
	at, err := s.at(blk)
	if err != nil {
		return nil, 0, err
	}
	b, sure, err := s.in.fs.cache.view(at, s.in.no)
	return b, dir.Checks(sure), err
}

func (s blocksOf) Sure(blk uint32, c dir.Checks) {
	if at, err := s.at(blk); err == nil {
		s.in.fs.cache.mark(at, s.in.no, uint8(c))
	}
}

func (s blocksOf) Edit(blk uint32) ([]byte, error) {
	at, err := s.at(blk)
	if err != nil {
		return nil, err
	}
	return s.in.fs.cache.edit(at)
}

func (s blocksOf) Write(blk uint32, b []byte) error {
	at, err := s.at(blk)
	if err != nil {
		return err
	}
	to, err := s.in.fs.cache.edit(at)
	copy(to, b)
	return err
}

// Append asks for room first, so that it does all or nothing.
func (s blocksOf) Append(b []byte) (uint32, error) {
	blk := s.Blocks()
	cost, err := s.in.mapCost(uint64(blk), 1)
	if err != nil {
		return 0, err
	}
	if err := s.in.fs.need(1 + cost); err != nil {
		return 0, err
	}
	p, err := s.in.extend(uint64(blk), 1, 1)
	if err != nil {
		return 0, err
	}
	copy(s.in.fs.cache.fresh(p.start), b)
	return blk, s.in.setSize(uint64(blk+1) * uint64(s.in.fs.bs))
}

// folder opens the names in an inode.
func (in *inode) folder() (*dir.Dir, error) {
	if !in.IsDir() {
		return nil, ErrNotDir
	}
	if err := in.readable(); err != nil {
		return nil, err
	}
	size := in.size()
	if bs := uint64(in.fs.bs); size == 0 || size%bs != 0 || size/bs > in.fs.blocks {
		return nil, corruptf(in.no, "a folder of %d bytes", size)
	}
	return dir.New(blocksOf{in}, in.dirParams()), nil
}

func (in *inode) dirParams() dir.Params {
	sb := in.fs.sb
	return dir.Params{
		BlockSize:    in.fs.bs,
		Filetype:     sb.Incompat()&layout.IncompatFiletype != 0,
		Csum:         in.fs.csum,
		DirIndex:     sb.Compat()&layout.CompatDirIndex != 0,
		LargeDir:     sb.Incompat()&layout.IncompatLargeDir != 0,
		Indexed:      in.Has(layout.InodeFlagIndex),
		UnsignedHash: sb.Flags()&layout.FlagUnsignedHash != 0,
		InodeSeed:    in.csumSeed(),
		HashVersion:  sb.DefHashVersion(),
		HashSeed:     sb.HashSeed(),
		MaxInode:     in.fs.inodes,
	}
}

// lookup finds a name in a folder; ok is false where there is none.
func (in *inode) lookup(name string) (e dir.Entry, ok bool, err error) {
	if in.IsDir() && in.Has(layout.InodeFlagInlineData|layout.InodeFlagCasefold) { // no index, or one of folded names
		err = in.each(func(have dir.Entry) error {
			if have.Name == name {
				e, ok = have, true
			}
			return nil
		})
		return e, ok, err
	}
	d, err := in.folder()
	if err != nil {
		return e, false, err
	}
	e, ok, err = d.Lookup(name)
	return e, ok, in.dirError(err)
}

// each calls do for every name in a folder but "." and "..".
func (in *inode) each(do func(dir.Entry) error) error {
	named := func(e dir.Entry) error {
		if e.Name == "." || e.Name == ".." {
			return nil
		}
		return do(e)
	}
	if in.IsDir() && in.Has(layout.InodeFlagInlineData) {
		return in.eachInline(named)
	}
	d, err := in.folder()
	if err != nil {
		return err
	}
	if err := in.distinct(); err != nil {
		return err
	}
	return in.dirError(d.Each(named))
}

// distinct refuses a large folder that has the same blocks over and over, and so
// more names than there is room for.
func (in *inode) distinct() error {
	const small = 256 // blocks
	if in.size()/uint64(in.fs.bs) <= small {
		return nil
	}
	var runs []run
	err := in.eachRun(func(r run) error {
		if n := len(runs); n > 0 && runs[n-1].end == r.start {
			runs[n-1].end = r.end
		} else {
			runs = append(runs, r)
		}
		return nil
	}, nil)
	if err != nil {
		return err
	}
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(runs); i++ {
		if runs[i].start < runs[i-1].end {
			return corruptf(in.no, "block %d is twice in the folder", runs[i].start)
		}
	}
	return nil
}

// eachInline is each for a folder that lies in its inode: the parent's number,
// then records as in a block.
func (in *inode) eachInline(do func(dir.Entry) error) error {
	if err := in.readable(); err != nil {
		return err
	}
	data, err := in.inlineData()
	if err != nil {
		return err
	}
	if len(data) < 4 {
		return corruptf(in.no, "a folder of %d bytes", len(data))
	}
	le := binary.LittleEndian
	for _, part := range [][]byte{data[4:min(60, len(data))], data[min(60, len(data)):]} {
		for len(part) > 0 {
			if len(part) < layout.DirentHeader {
				return corruptf(in.no, "the last record of the folder leaves %d bytes", len(part))
			}
			n, name := int(le.Uint16(part[4:])), int(part[6])
			if n < layout.DirentLen(1) || n%4 != 0 || n > len(part) || layout.DirentHeader+name > n {
				return corruptf(in.no, "a record of %d bytes with a name of %d in the folder", n, name)
			}
			d := layout.Dirent(part[:n])
			if ino := d.Inode(); ino > in.fs.inodes {
				return corruptf(in.no, "%q names inode %d: there are only %d", d.Name(), ino, in.fs.inodes)
			} else if ino != 0 {
				if err := do(dir.Entry{Name: string(d.Name()), Inode: ino, Type: d.FileType()}); err != nil {
					return err
				}
			}
			part = part[n:]
		}
	}
	return nil
}

// dirError gives errors of package dir the names of this one.
func (in *inode) dirError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, dir.ErrExist):
		return fs.ErrExist
	case errors.Is(err, dir.ErrNotExist):
		return fs.ErrNotExist
	case errors.Is(err, dir.ErrNameTooLong):
		return ErrNameTooLong
	case errors.Is(err, dir.ErrBadName):
		return fs.ErrInvalid
	case errors.Is(err, dir.ErrFull):
		return ErrDirFull
	}
	return damage(in.no, err)
}

// changeDir lets do change the names in a folder, and stamps the folder. The
// caller stores it.
func (in *inode) changeDir(do func(*dir.Dir) error) error {
	d, err := in.folder()
	if err != nil {
		return err
	}
	if err := in.stamp(true); err != nil {
		return err
	}
	if err := do(d); err != nil {
		return in.dirError(err)
	}
	if d.Indexed() {
		in.SetFlags(in.Flags() | layout.InodeFlagIndex)
	} else {
		in.SetFlags(in.Flags() &^ layout.InodeFlagIndex)
	}
	return nil
}
