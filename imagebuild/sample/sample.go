// Package sample writes a small, genuine load balancer image package, to try
// things on where there is no other.
//
// It is built like the real one: an RPM holds a tarball, the tarball a disk with
// an MBR, the disk one partition with an ext3 file system as CentOS 6 makes them.
// In it lies the configuration of a load balancer, with the template of servo
// 1.0.4, with owners, modes, links and devices as they are there, and with one
// of each thing that an editor of file systems must not lose: a hashed folder, a
// file with holes, a hard link, an extended attribute, a link too long for its inode.
//
// Programs, kernel, initramfs and boot code are stand-ins that say so: the programs can be started and do nothing, the
// kernel has the head of one, and HAProxy's tells its version and no more. All that a check asks of an image to ship holds.
// All text but the template is this project's own.
//
// What the file system holds is data: the table in table.go, and the files below
// tree. The same options give the same bytes.
package sample

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/tgz"
)

// Options says what is written. The zero value is useful.
type Options struct {
	// Time is that of all files, of the tarball and of the package, to the second.
	// Zero is 13 May 2014, 16:53:20 UTC.
	Time time.Time
	// Size is that of the disk, in bytes: 32 MiB to 8 GiB in whole MiB. Zero is 64 MiB.
	Size int64
	// FSType is the type of the root file system: "ext2", "ext3" or "ext4", in the
	// style of CentOS 6. Empty is ext3.
	FSType string
	// TempDir is the folder for the disk while it is made; it has no name there.
	// Empty is the system's.
	TempDir string
}

// defaultTime is a round number of seconds in May 2014, when load balancer images
// were of version 1.1.0.
const defaultTime = 1_400_000_000

// Limits of Options.Size, in bytes.
const (
	mib         = 1 << 20
	minSize     = 32 * mib
	maxSize     = 8 << 30
	defaultSize = 64 * mib
)

func (o Options) complete() (Options, error) {
	if o.Time.IsZero() {
		o.Time = time.Unix(defaultTime, 0)
	}
	o.Time = time.Unix(o.Time.Unix(), 0).UTC()
	if o.Size == 0 {
		o.Size = defaultSize
	}
	if o.Size < minSize || o.Size > maxSize || o.Size%mib != 0 {
		return o, fmt.Errorf("disk of %d bytes: choose 32 MiB to 8 GiB in whole MiB", o.Size)
	}
	if o.FSType == "" {
		o.FSType = "ext3"
	}
	return o, nil
}

// Write writes the package to w.
func Write(ctx context.Context, w io.Writer, o Options) error {
	o, err := o.complete()
	if err != nil {
		return err
	}
	disk, err := block.CreateSparse(o.TempDir)
	if err != nil {
		return err
	}
	defer disk.Close()
	disk.Grow(o.Size)
	if err := writeDisk(ctx, disk, o); err != nil {
		return fmt.Errorf("disk: %w", err)
	}
	tarball, err := pack(ctx, disk, o.Time)
	if err != nil {
		return fmt.Errorf("tarball: %w", err)
	}
	return writePackage(w, tarball, o)
}

// WriteDisk writes the disk alone, to a target of at least Options.Size bytes that are all zero: an MBR, and from 1 MiB on
// the root file system.
func WriteDisk(ctx context.Context, d block.Writable, o Options) error {
	o, err := o.complete()
	if err != nil {
		return err
	}
	return writeDisk(ctx, d, o)
}

// pack makes the tarball as installers since 1.1 take it: with the disk alone.
func pack(ctx context.Context, disk block.Device, when time.Time) ([]byte, error) {
	a, err := tgz.New(tgz.NewEntry(imageName+".img", disk, when))
	if err != nil {
		return nil, err
	}
	defer a.Close()
	var out bytes.Buffer
	if _, err := a.Write(ctx, &out, tgz.WriteOptions{}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
