package ext

import (
	"fmt"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// checkMMP refuses a file system that another machine, or another program here,
// may be at: its block of multiple mount protection says so. It is read from the
// device each time, and never written: who edits offline cannot keep others away.
func (f *FS) checkMMP() error {
	if f.sb.Incompat()&layout.IncompatMMP == 0 {
		return nil
	}
	blk := f.sb.MMPBlock()
	if blk <= f.first || blk >= f.blocks {
		return corruptf(0, "mmp: block %d cannot be the one of multiple mount protection", blk)
	}
	m := make(layout.MMP, layout.MMPSize)
	if err := readFull(f.r, m, int64(blk)*int64(f.bs)); err != nil {
		return fmt.Errorf("mmp: reading block %d: %w", blk, err)
	}
	switch {
	case m.Magic() != layout.MMPMagic:
		return corruptf(0, "mmp: block %d has magic %#08x instead of %#08x", blk, m.Magic(), layout.MMPMagic)
	case f.csum && m.Checksum() != m.ComputeChecksum(f.seed):
		return corruptf(0, "mmp: block %d has checksum %#08x instead of %#08x", blk, m.Checksum(), m.ComputeChecksum(f.seed))
	case m.Sequence() == layout.MMPClean:
		return nil
	}
	doing := "it is mounted"
	if m.Sequence() == layout.MMPFsck {
		doing = "e2fsck is at work on it"
	}
	return &StateError{"mmp",
		fmt.Sprintf("%s on %q, device %q, as of %s", doing, m.NodeName(), m.Device(), time.Unix(m.Time(), 0).UTC().Format(time.RFC3339)),
		"end that; if it ended without a word, run tune2fs -f -E clear_mmp"}
}

// claimMMP keeps files away from the block.
func (f *FS) claimMMP() {
	if blk := f.sb.MMPBlock(); f.sb.Incompat()&layout.IncompatMMP != 0 {
		f.meta = append(f.meta, run{blk, blk + 1})
	}
}
