package imagebuild

import (
	"fmt"

	"lbimage/imagebuild/ext"
	"lbimage/overlay"
)

// room is what a file system has free.
type room struct {
	bytes, inodes int64
	blockSize     int64
}

func freeOf(tree *ext.FS) room {
	i := tree.Info()
	return room{int64(i.FreeBlocks) * int64(i.BlockSize), int64(i.FreeInodes), int64(i.BlockSize)}
}

// noSpace tells how much is missing for edits that do not fit. Their layer is thrown away: nothing was written.
func (w *work) noSpace(cause error, edits []overlay.Edit, free room) error {
	bytes, inodes, err := overlay.Needs(w.src.Root.FS, edits, free.blockSize)
	switch {
	case err != nil:
		return cause
	case inodes > free.inodes:
		return fmt.Errorf("%w: the edits make about %d files, and %s has room for %d: %d are missing; remove what is not needed, or start from an image with more inodes",
			cause, inodes, w.src.Root.Name(), free.inodes, inodes-free.inodes)
	case bytes > free.bytes:
		return fmt.Errorf("%w: the edits need about %d KiB, and %s has %d KiB free: %d KiB are missing; remove what is not needed, or start from a larger image",
			cause, kib(bytes), w.src.Root.Name(), kib(free.bytes), kib(bytes-free.bytes))
	}
	return fmt.Errorf("%w: %s has %d KiB and %d inodes free, which the edits nearly need by contents alone", cause, w.src.Root.Name(), kib(free.bytes), free.inodes)
}

func kib(bytes int64) int64 { return (bytes + 1023) >> 10 }
