package ext

import (
	"fmt"
	"io"

	"lbimage/imagebuild/ext/internal/layout"
)

// Unclean gives the superblock of the file system in r with the note that it was
// not unmounted, and the offset where it lies. Who is about to write many blocks
// over those of a file system that nobody has mounted writes this first and the
// good superblock last: if it ends in the midst, e2fsck checks all of it unasked,
// and OpenWritable refuses it.
func Unclean(r io.ReaderAt) (superblock []byte, off int64, err error) {
	sb := make(layout.Superblock, layout.SuperblockSize)
	if err := readFull(r, sb, layout.SuperblockOffset); err != nil {
		return nil, 0, fmt.Errorf("reading superblock: %w", err)
	}
	if sb.Magic() != layout.Magic {
		return nil, 0, ErrNotExt
	}
	sb.SetState(sb.State() &^ layout.StateValid)
	if sb.ROCompat()&layout.ROMetadataCsum != 0 {
		sb.SetChecksum(sb.ComputeChecksum())
	}
	return sb, layout.SuperblockOffset, nil
}
