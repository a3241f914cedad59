package rpmdb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"lbimage/overlay"

	"modernc.org/sqlite"
)

var sqliteMagic = []byte("SQLite format 3\x00")

const (
	sqliteLimitLength = 0               // SQLITE_LIMIT_LENGTH: the largest value
	sqliteTime        = 2 * time.Minute // what a damaged tree of pages may cost at most
)

// readSQLite hands over every header. SQLite itself reads the file, and wants one of the machine's: it gets a
// copy, in a folder that is removed at the end. A write-ahead log beside the database is part of it.
func readSQLite(ctx context.Context, s *source, record func(uint32, []byte) error) (err error) {
	magic := make([]byte, len(sqliteMagic))
	if err := s.readAt(magic, 0); err != nil {
		return err
	}
	if !bytes.Equal(magic, sqliteMagic) {
		return damaged("it begins with % x, which no database of SQLite does", magic)
	}
	dir, err := os.MkdirTemp(s.tempDir, "rpmdb-")
	if err != nil {
		return fmt.Errorf("unpacking it: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	name := filepath.Join(dir, "db")
	if err := copyTo(name, io.NewSectionReader(s.r, 0, s.size)); err != nil {
		return err
	}
	for _, suffix := range []string{"-wal", "-journal"} {
		if err := s.copyBeside(suffix, name+suffix); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, sqliteTime)
	defer cancel()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: name}).String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	c, err := db.Conn(ctx)
	if err != nil {
		return damaged("%w", err)
	}
	defer c.Close()
	if _, err := sqlite.Limit(c, sqliteLimitLength, maxRecord); err != nil {
		return err
	}
	if err := checkSchema(ctx, c); err != nil {
		return err
	}
	return queryHeaders(ctx, c, record)
}

// checkSchema makes sure that what is asked is a plain table: a view could have SQLite compute without end.
func checkSchema(ctx context.Context, c *sql.Conn) error {
	for _, p := range []string{"PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON"} {
		if _, err := c.ExecContext(ctx, p); err != nil {
			return damaged("%w", err)
		}
	}
	var kind string
	var root int64
	err := c.QueryRowContext(ctx, "SELECT type, rootpage FROM sqlite_master WHERE name = 'Packages'").Scan(&kind, &root)
	if err != nil || kind != "table" || root <= 0 {
		return damaged("it has no table of packages (%v)", err)
	}
	var plain int
	err = c.QueryRowContext(ctx, "SELECT count(*) FROM pragma_table_xinfo('Packages') WHERE hidden = 0 AND name IN ('hnum', 'blob')").Scan(&plain)
	if err != nil || plain != 2 {
		return damaged("its table of packages has not the columns that rpm gives it (%v)", err)
	}
	return nil
}

func queryHeaders(ctx context.Context, c *sql.Conn, record func(uint32, []byte) error) error {
	rows, err := c.QueryContext(ctx, "SELECT hnum, blob FROM Packages")
	if err != nil {
		return damaged("%w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var header []byte
		if err := rows.Scan(&id, &header); err != nil {
			return damaged("%w", err)
		}
		if id <= 0 || id >= 1<<32 {
			return damaged("package %d: no number of a package", id)
		}
		if err := record(uint32(id), header); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return damaged("%w", err)
	}
	return nil
}

// copyBeside copies what stands beside the database under a name with this suffix, if anything does.
func (s *source) copyBeside(suffix, to string) error {
	r, err := overlay.ResolveLink(s.tree, s.name+suffix)
	if err != nil || !r.Exists() || r.Info.Size() == 0 {
		return bare(err)
	}
	if !r.Info.Mode().IsRegular() || r.Info.Size() > maxDatabase {
		return damaged("%s%s is not what SQLite puts there", s.name, suffix)
	}
	f, err := s.tree.Open(r.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return bare(err)
	}
	defer f.Close()
	return copyTo(to, io.LimitReader(f, r.Info.Size()))
}

func copyTo(name string, r io.Reader) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("unpacking it: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err = io.Copy(f, r); err != nil {
		return fmt.Errorf("unpacking it: %w", err)
	}
	return nil
}
