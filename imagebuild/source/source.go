package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/tgz"
)

// Source is an opened source: its disk can be read at any place. Nothing is
// ever written to it.
type Source struct {
	Path string
	Kind Kind
	Size int64 // of the file at Path, in bytes

	// Package and Member are set for an RPM: the package, and the path of the
	// image tarball in it.
	Package *rpm.Package
	Member  string
	Digests []rpm.Digest // of the package, all verified

	// Kickstart is the kickstart file that the package brings beside the image; nil where it brings none.
	Kickstart *PackagedFile

	// Archive is the tarball, or one made up for a raw disk: what an output is
	// packed like. Layout says which entry is the disk image.
	Archive *tgz.Archive
	Layout  tgz.Layout

	Disk  block.Device // the raw disk image
	Table *disk.Table
	Root  Root

	// Time is the source's own: the RPM's build time, else the newest entry of
	// the tarball, else the file system's last write.
	Time time.Time

	// Warnings tell of what is odd and does not matter here.
	Warnings []string

	file   *block.File
	digest *fileDigest
	db     *rpmdb.DB // of the image's packages, once dbRead is set
	dbRead bool
}

// PackagedFile is a small file of a package.
type PackagedFile struct {
	Path string
	Text []byte
}

// Options of Open. The zero value opens for reading.
type Options struct {
	// TempDir holds the unpacked disk, in files without a name; "" is os.TempDir.
	TempDir string
	// Partition is the number of the one with the root; 0 finds it.
	Partition int
	// Ahead compresses the disk while it is unpacked, for an output.
	Ahead bool
	// Digest computes the SHA-256 of the source beside all else.
	Digest bool
	// Progress is called now and then; it may be nil.
	Progress Progress
}

// Progress is told how far a stage has come, in bytes. It is called from
// several goroutines, one at a time.
type Progress func(stage Stage, done, total int64)

// Stage is a part of the job that takes time.
type Stage string

const (
	StageRead  Stage = "reading"
	StageWrite Stage = "writing"
)

// Open opens the source at path, whatever it is, down to the root file system.
// Digests that the source carries are verified. Close frees the disk space.
func Open(ctx context.Context, path string, o Options) (*Source, error) {
	s, err := open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("open %w", At(path, err))
	}
	return s, nil
}

func open(ctx context.Context, path string, o Options) (s *Source, err error) {
	f, err := block.OpenFile(path)
	if err != nil {
		return nil, err
	}
	s = &Source{Path: path, Size: f.Size(), file: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if s.Kind, err = Sniff(f, f.Size()); err != nil {
		return s, err
	}
	if o.Digest {
		s.digest = startDigest(ctx, f)
	}
	in := &countingReaderAt{r: f, size: f.Size(), report: o.Progress}
	switch s.Kind {
	case KindRPM:
		err = s.openRPM(ctx, in, o)
	case KindTarball:
		err = s.openTarball(ctx, io.NewSectionReader(in, 0, f.Size()), o)
	case KindDisk:
		err = s.openDisk()
	}
	if err != nil {
		return s, err
	}
	return s, s.findRoot(o.Partition)
}

// SHA256 of the file at Path, in hexadecimal. It waits until it is computed,
// which begins now without the option Digest.
func (s *Source) SHA256() (string, error) {
	if s.digest == nil {
		s.digest = startDigest(context.Background(), s.file)
	}
	sum, err := s.digest.wait()
	if err != nil {
		return "", fmt.Errorf("reading %w", At(s.Path, err))
	}
	return sum, nil
}

// Close frees the temporary disk space. What was opened from the source must
// not be used afterwards.
func (s *Source) Close() error {
	var errs []error
	if s.digest != nil {
		s.digest.stop()
	}
	if s.Archive != nil {
		errs = append(errs, s.Archive.Close())
	}
	errs = append(errs, s.file.Close())
	return errors.Join(errs...)
}
