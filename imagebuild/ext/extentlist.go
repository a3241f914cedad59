package ext

// Extent is a run of a file's blocks that lie one behind the other on the disk.
type Extent struct {
	Logical   uint64 // first block of the run, counted from the start of the file
	Physical  uint64 // where it lies, counted from the start of the file system
	Blocks    uint64
	Unwritten bool // it has room on the disk, but reads as zeros
}

// Extents calls do for the runs of blocks of a file or folder, in the order of the
// file, whether the inode maps them as extents or block by block. Holes are left
// out. A file whose contents lie in the inode has none. A symbolic link is not
// followed. do must not call methods of the file system.
func (f *FS) Extents(name string, do func(Extent) error) error {
	return f.look("extents", name, func() error {
		s, err := f.get(name, false)
		if err != nil {
			return err
		}
		in := s.in
		if !in.hasMap() {
			return nil
		}
		last := Extent{}
		for lblk, end := uint64(0), in.maxBlocks(); lblk < end; {
			p, err := in.find(lblk, end-lblk)
			if err != nil {
				return err
			}
			if p.n == 0 {
				return corruptf(in.no, "its map has no end after block %d", lblk)
			}
			switch {
			case p.start == 0:
			case last.Blocks > 0 && last.Logical+last.Blocks == lblk && last.Physical+last.Blocks == p.start && last.Unwritten == p.uninit:
				last.Blocks += p.n
			default:
				if last.Blocks > 0 {
					if err := do(last); err != nil {
						return err
					}
				}
				last = Extent{lblk, p.start, p.n, p.uninit}
			}
			lblk += p.n
		}
		if last.Blocks > 0 {
			return do(last)
		}
		return nil
	})
}
