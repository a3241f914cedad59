package source

import (
	"context"
	"errors"
	"fmt"

	"lbimage/imagebuild/rpmdb"
)

// Database reads the package database of the source's image, once; nil where it has none. One that cannot be read is
// told as a warning: the image may be edited all the same.
func (s *Source) Database(ctx context.Context, tempDir string) (*rpmdb.DB, error) {
	if s.dbRead {
		return s.db, nil
	}
	db, err := rpmdb.Open(ctx, s.Root.FS, rpmdb.Options{TempDir: tempDir})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, rpmdb.ErrNoDatabase):
	case err != nil:
		s.Warnings = append(s.Warnings, fmt.Sprintf("the image's package database cannot be read, so nothing is asked of it: %v", err))
	default:
		s.db = db
	}
	s.dbRead = true
	return s.db, nil
}
