package tgz

import (
	"archive/tar"
	"errors"
	"fmt"
	"time"

	"lbimage/imagebuild/block"
)

// Defaults of [Options].
const (
	DefaultMaxSize    = 64 << 30 // bytes
	DefaultMaxEntries = 64
)

// Options says how [Load] reads. The zero value is useful.
type Options struct {
	// TempDir is the folder for temporary files, which have no names there.
	// Empty is the system's.
	TempDir string
	// CompressAhead compresses each entry while it is read, for a Write to come.
	CompressAhead bool
	// MaxSize bounds the size of all entries together, in bytes, holes included.
	// Zero is DefaultMaxSize.
	MaxSize int64
	// MaxEntries bounds the number of entries. Zero is DefaultMaxEntries.
	MaxEntries int
	// Progress, when not nil, is called now and then, by the goroutine that
	// called Load, with the number of bytes decoded so far.
	Progress func(bytes int64)
}

// Entry is a member of an archive.
type Entry struct {
	// Header holds name, mode, owner and time. Its type is tar.TypeReg or
	// tar.TypeDir, and its size that of Data.
	Header *tar.Header
	// Data is the content of a regular entry, nil for a folder.
	Data block.Device

	ahead *pieceList // its chunks compressed, or nil
}

// NewEntry makes a regular entry with mode 0644 that belongs to root.
func NewEntry(name string, data block.Device, mtime time.Time) Entry {
	return Entry{
		Header: &tar.Header{
			Typeflag: tar.TypeReg, Name: name, Size: data.Size(), Mode: 0o644,
			Uname: "root", Gname: "root", ModTime: mtime,
		},
		Data: data,
	}
}

// Archive is a tar archive whose data lies in devices.
type Archive struct {
	// Entries are in the order of the archive.
	Entries []Entry

	files []*block.Sparse // what Close closes
	spool *block.Sparse   // compressed pieces, or nil
}

// New makes an archive from scratch. Its entries must be such as [Load] would
// accept. The archive does not close their data.
func New(entries ...Entry) (*Archive, error) {
	var names nameSet
	for i := range entries {
		e := &entries[i]
		if err := checkHeader(e.Header); err != nil {
			return nil, err
		}
		if err := names.add(e.Header); err != nil {
			return nil, err
		}
		if (e.Data != nil) != (e.Header.Typeflag == tar.TypeReg) {
			return nil, fmt.Errorf("entry %q: files have data and folders have none", e.Header.Name)
		}
	}
	if len(entries) == 0 {
		return nil, errors.New("an archive needs an entry")
	}
	return &Archive{Entries: entries}, nil
}

// Close gives the temporary files back. The entries' data is gone then.
func (a *Archive) Close() error {
	var errs []error
	for _, f := range a.files {
		errs = append(errs, f.Close())
	}
	if a.spool != nil {
		errs = append(errs, a.spool.Close())
	}
	a.files, a.spool = nil, nil
	return errors.Join(errs...)
}
