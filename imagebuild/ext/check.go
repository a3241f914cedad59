package ext

import (
	"context"
	"io"

	"lbimage/imagebuild/ext/internal/fsck"
)

// Problem is one inconsistency of a file system. Its Code is a fixed name, its
// String one line that says where and what.
type Problem = fsck.Problem

// CheckOptions are the options of Check; the zero value is useful.
type CheckOptions = fsck.Options

// ErrNoFileSystem is what Check fails with where there is no ext2, ext3 or ext4
// file system.
var ErrNoFileSystem = fsck.ErrNoFileSystem

// Check examines the whole file system of size bytes in r without writing to it
// and gives its problems in a fixed order, none where it is consistent, by the
// measure of `e2fsck -fn`. It shares no code with the editor but the views of
// the records on disk. An error means that the file system could not be
// examined: r could not be read, ctx was done, or there is none.
func Check(ctx context.Context, r io.ReaderAt, size int64, o CheckOptions) ([]Problem, error) {
	return fsck.Check(ctx, r, size, o)
}
