package imagebuild

import (
	"errors"
	"fmt"
	"strings"

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
	if err != nil {
		return cause
	}
	return &spaceError{cause, missing(bytes, inodes, free, w.src.Root.Name())}
}

// missing says what edits need and a file system does not have.
func missing(bytes, inodes int64, free room, name string) string {
	switch {
	case inodes > free.inodes:
		return fmt.Sprintf("no inodes are left: the edits make about %d files, and %s has room for %d: %d are missing; remove what is not needed, or start from an image with more inodes",
			inodes, name, free.inodes, inodes-free.inodes)
	case bytes > free.bytes:
		return fmt.Sprintf("no space is left: the edits need about %d KiB, and %s has %d KiB free: %d KiB are missing; remove what is not needed, or start from a larger image",
			kib(bytes), name, kib(free.bytes), kib(bytes-free.bytes))
	}
	return fmt.Sprintf("no space is left: %s has %d KiB and %d inodes free, and the edits need about %d KiB and %d inodes for contents alone; remove what is not needed, or start from a larger image",
		name, kib(free.bytes), free.inodes, kib(bytes), inodes)
}

// spaceError is an error of the file system that tells what is missing for all edits, in place of what was for the one
// block that did not fit.
type spaceError struct {
	cause   error
	missing string
}

func (e *spaceError) Error() string {
	place := e.cause.Error()
	for _, last := range []error{ext.ErrNoSpace, ext.ErrNoInodes} {
		if short, ok := errors.AsType[*ext.SpaceError](e.cause); ok {
			last = short
		}
		place = strings.TrimSuffix(place, ": "+last.Error())
	}
	return place + ": " + e.missing
}

func (e *spaceError) Unwrap() error { return e.cause }

func kib(bytes int64) int64 { return (bytes + 1023) >> 10 }
