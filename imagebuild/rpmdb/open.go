package rpmdb

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// Limits of a database. The largest known to us has a tenth of each.
const (
	maxDatabase     = 256 << 20 // bytes of the file
	maxRecord       = 17 << 20  // bytes of one header: what package rpm reads, and its index
	maxPackages     = 1 << 16
	maxFiles        = 1 << 20 // of all packages
	maxDependencies = 1 << 21 // of all packages
)

// ErrNoDatabase is the error of Open for an image without a database of packages: it has no rpm.
var ErrNoDatabase = errors.New("the image has no database of packages (/var/lib/rpm)")

// Options are the zero value, usually.
type Options struct {
	// TempDir is where a database in SQLite's format is unpacked while it is read: "" for the system's
	// folder of temporary files. The other formats need none.
	TempDir string
}

// Format is how a database is stored.
type Format string

// The formats, by the names that rpm has for them.
const (
	BerkeleyDB Format = "bdb"    // Packages: up to EL8
	NDB        Format = "ndb"    // Packages.db: SUSE
	SQLite     Format = "sqlite" // rpmdb.sqlite: EL9, Fedora
)

// folders are where rpm keeps its database; the second stands behind a link from the first where there is
// one. files are what it is called there, the newest first, as rpm itself converts to newer ones only.
var (
	folders = []string{"var/lib/rpm", "usr/lib/sysimage/rpm"}
	files   = []struct {
		name   string
		format Format
		read   func(context.Context, *source, func(id uint32, record []byte) error) error
	}{
		{"rpmdb.sqlite", SQLite, readSQLite}, {"Packages.db", NDB, readNDB}, {"Packages", BerkeleyDB, readBerkeley},
	}
)

// source is a database's file in the image.
type source struct {
	tree    overlay.ReadTree
	name    string // as package io/fs has it, without links
	size    int64
	r       io.ReaderAt
	tempDir string
}

// DB is what an image's database of packages says. It does not change, not even when the image does, and
// several goroutines may use it at once.
type DB struct {
	// Path is the database's file in the image: /var/lib/rpm/Packages.
	Path   string
	Format Format

	packages []*Package
	byName   map[string][]*Package
	owners   map[string][]*Package // by path, the folder on the way resolved
	shared   map[string]bool       // paths that more than one package lists
	provides map[string][]provision
	tree     overlay.ReadTree
}

// Open reads the database of the image whose files t has.
func Open(ctx context.Context, t overlay.ReadTree, o Options) (*DB, error) {
	for _, folder := range folders {
		for _, f := range files {
			r, err := overlay.Resolve(t, folder+"/"+f.name)
			if err != nil {
				return nil, err
			}
			if !r.Exists() || r.Info.Size() == 0 && r.Info.Mode().IsRegular() {
				continue
			}
			db := &DB{Path: r.Path(), Format: f.format, tree: t}
			if err := db.read(ctx, r, o, f.read); err != nil {
				return nil, fmt.Errorf("%s: %w", db.Path, err)
			}
			db.index()
			return db, nil
		}
	}
	return nil, ErrNoDatabase
}

func (db *DB) read(ctx context.Context, r overlay.Resolved, o Options, read func(context.Context, *source, func(uint32, []byte) error) error) error {
	if !r.Info.Mode().IsRegular() {
		return fmt.Errorf("it is no regular file: %w", fs.ErrInvalid)
	}
	s := &source{tree: db.tree, name: r.Name, size: r.Info.Size(), tempDir: o.TempDir}
	if s.size > maxDatabase {
		return fmt.Errorf("%d bytes are more than the %d that a database of packages may have", s.size, maxDatabase)
	}
	f, err := db.tree.Open(r.Name)
	if err != nil {
		return bare(err)
	}
	defer f.Close()
	if s.r, err = readerAt(f, s.size); err != nil {
		return bare(err)
	}
	var files, dependencies int
	seen := make(map[uint32]bool)
	return read(ctx, s, func(id uint32, record []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(db.packages) == maxPackages {
			return damaged("more than %d packages", maxPackages)
		}
		if seen[id] {
			return damaged("package %d is there twice", id)
		}
		seen[id] = true
		h, err := rpm.ParseInstalled(record)
		if err != nil {
			return damaged("package %d: %w", id, err)
		}
		files += len(h.Files)
		dependencies += len(h.Provides) + len(h.Requires) + len(h.Conflicts) + len(h.Obsoletes)
		if files > maxFiles || dependencies > maxDependencies {
			return damaged("the packages list more than %d files or %d dependencies", maxFiles, maxDependencies)
		}
		db.packages = append(db.packages, newPackage(id, h))
		return nil
	})
}

// readerAt gives random access to an open file: most trees have it, of others the file is read.
func readerAt(f fs.File, size int64) (io.ReaderAt, error) {
	if r, ok := f.(io.ReaderAt); ok {
		return r, nil
	}
	b, err := io.ReadAll(io.LimitReader(f, size))
	return bytes.NewReader(b), err
}

// readAt fills p.
func (s *source) readAt(p []byte, off int64) error {
	if off < 0 || off > s.size || int64(len(p)) > s.size-off {
		return damaged("the file has %d bytes, %d are needed at byte %d", s.size, len(p), off)
	}
	n, err := s.r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return bare(err)
}

// bare takes the path off an error: Open puts it before, once.
func bare(err error) error {
	if pe, ok := err.(*fs.PathError); ok { // only the outermost: what wraps one says more than it
		return pe.Err
	}
	return err
}

// DamageError says that a database is not what rpm writes.
type DamageError struct{ err error }

func (e *DamageError) Error() string {
	return e.err.Error() + ": the database is damaged: 'rpm --rebuilddb' in the image may mend it"
}

func (e *DamageError) Unwrap() error { return e.err }

func damaged(format string, args ...any) error { return &DamageError{fmt.Errorf(format, args...)} }

// contain turns a panic of a library into an error.
func contain(err *error) {
	if v := recover(); v != nil {
		*err = damaged("it could not be decoded (%v)", v)
	}
}

// index sorts the packages and makes what is looked up.
func (db *DB) index() {
	slices.SortFunc(db.packages, func(a, b *Package) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.evr().Compare(b.evr()), cmp.Compare(a.String(), b.String()), cmp.Compare(a.ID, b.ID))
	})
	db.byName = make(map[string][]*Package)
	for _, p := range db.packages {
		db.byName[p.Name] = append(db.byName[p.Name], p)
	}
	db.indexProvides()
	db.indexOwners()
}

// Packages lists the installed packages, sorted by name, then from old to new. The keys that signatures are
// verified with are among them, as in 'rpm -qa': their name is gpg-pubkey.
func (db *DB) Packages() []*Package { return slices.Clone(db.packages) }

// Named gives the packages of a name, oldest first: several of a kernel, or of more than one architecture.
func (db *DB) Named(name string) []*Package { return slices.Clone(db.byName[name]) }
