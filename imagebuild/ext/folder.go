package ext

import (
	"cmp"
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
	return s.in.fs.editUsed(at)
}

func (s blocksOf) Write(blk uint32, b []byte) error {
	at, err := s.at(blk)
	if err != nil {
		return err
	}
	to, err := s.in.fs.editUsed(at)
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

// folder opens the names in an inode, which must be readable.
func (in *inode) folder() (*dir.Dir, error) {
	if !in.IsDir() {
		return nil, ErrNotDir
	}
	if err := in.readable(); err != nil {
		return nil, err
	}
	return in.rawFolder()
}

// rawFolder opens the names as they lie on the disk, encrypted or not.
func (in *inode) rawFolder() (*dir.Dir, error) {
	if !in.IsDir() {
		return nil, ErrNotDir
	}
	if in.inline() {
		return in.inlineFolder()
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
		Folded:       in.Has(layout.InodeFlagCasefold),
		Encrypted:    in.Has(layout.InodeFlagEncrypt),
	}
}

// lookup finds a name in a folder; ok is false where there is none.
func (in *inode) lookup(name string) (e dir.Entry, ok bool, err error) {
	d, err := in.folder()
	if err != nil {
		return e, false, err
	}
	e, ok, err = d.Lookup(name)
	return e, ok, in.dirError(err)
}

// each calls do for every name in a folder but "." and "..".
func (in *inode) each(do func(dir.Entry) error) error {
	if err := in.readable(); err != nil {
		return err
	}
	return in.eachRaw(do)
}

// eachRaw is each for names as they lie on the disk, encrypted or not.
func (in *inode) eachRaw(do func(dir.Entry) error) error {
	named := func(e dir.Entry) error {
		if e.Name == "." || e.Name == ".." {
			return nil
		}
		return do(e)
	}
	d, err := in.rawFolder()
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
	case errors.Is(err, dir.ErrOpaque):
		return in.opaque()
	}
	return damage(in.no, err)
}

// changeDir lets do change the names in a folder, and stamps the folder. The
// caller stores it.
func (in *inode) changeDir(do func(*dir.Dir) error) error {
	if err := in.readable(); err != nil {
		return err
	}
	if err := in.stamp(true); err != nil {
		return err
	}
	return in.editNames(do)
}

// editNames lets do change the names in a folder. One that no longer fits its
// inode gets a block, and do another try. The caller stores the inode.
func (in *inode) editNames(do func(*dir.Dir) error) error {
	in.fs.names.forget(in.no)
	d, err := in.rawFolder()
	if err != nil {
		return err
	}
	err = do(d)
	if errors.Is(err, dir.ErrInlineFull) {
		if d, err = in.unrollFolder(d); err == nil {
			err = do(d)
		}
	}
	switch {
	case err != nil:
		return in.dirError(err)
	case in.inline():
		return in.setInline(d.Inline())
	case d.Indexed():
		in.SetFlags(in.Flags() | layout.InodeFlagIndex)
	default:
		in.SetFlags(in.Flags() &^ layout.InodeFlagIndex)
	}
	return nil
}
