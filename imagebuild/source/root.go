package source

import (
	"errors"
	"fmt"
	"strings"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
)

// Root is the partition with the root file system, open for reading.
type Root struct {
	Partition disk.Partition // number 0: the disk is the file system
	Device    block.Device
	FS        *ext.FS
}

// Name is 'partition 1', or 'disk' where there is no partition table.
func (r Root) Name() string {
	if r.Partition.Number == 0 {
		return "disk"
	}
	return fmt.Sprintf("partition %d", r.Partition.Number)
}

// findRoot reads the partition table and looks into every partition.
func (s *Source) findRoot(want int) error {
	var err error
	place := s.DiskName()
	if s.Table, err = disk.Read(s.Disk); err != nil {
		return fmt.Errorf("%s%w", place, err)
	}
	s.Warnings = append(s.Warnings, s.Table.Warnings...)
	s.Root.Partition, err = disk.FindRoot(s.Table, probe(isRoot), want)
	if errors.Is(err, disk.ErrNoRoot) {
		// A cut-down system may lack /sbin: one partition with /etc will do.
		if s.Root.Partition, err = disk.FindRoot(s.Table, probe(hasEtc), want); err == nil {
			s.Warnings = append(s.Warnings, fmt.Sprintf("%s%s is taken for the root, as the only one with /etc; it has neither /sbin nor /usr/sbin", place, s.Root.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("%s%w", place, err)
	}
	if s.Root.Device, err = s.Root.Partition.Open(); err != nil {
		return s.RootError(err)
	}
	if s.Root.FS, err = ext.Open(s.Root.Device, s.Root.Device.Size()); err != nil {
		return s.RootError(err)
	}
	if s.Time.IsZero() {
		s.Time = s.Root.FS.Info().Written
	}
	return nil
}

// RootError puts disk and partition before an error of the root file system.
func (s *Source) RootError(err error) error {
	return fmt.Errorf("%s%s: %w", s.DiskName(), s.Root.Name(), err)
}

// DiskName is what an error calls the disk: its name in the tarball, nothing
// where the source is the disk.
func (s *Source) DiskName() string {
	if s.Kind == KindDisk {
		return ""
	}
	return s.Layout.Image.Header.Name + ": "
}

// probe looks into a partition with a rule that says what a root lacks, if it
// is none.
func probe(missing func(*ext.FS) []string) func(block.Device, disk.Partition) (disk.Verdict, error) {
	return func(dev block.Device, _ disk.Partition) (disk.Verdict, error) {
		tree, err := ext.Open(dev, dev.Size())
		if errors.Is(err, ext.ErrNotExt) {
			if name := contentName(dev); name != "" {
				return disk.Verdict{Reason: name + ", which is not edited here: only ext2, ext3 and ext4 are"}, nil
			}
			return disk.Verdict{Reason: "no ext2, ext3 or ext4 file system"}, nil
		}
		if err != nil {
			return disk.Verdict{Reason: err.Error()}, nil
		}
		kind := tree.Info().Type
		if lacks := missing(tree); len(lacks) > 0 {
			return disk.Verdict{Reason: fmt.Sprintf("%s without %s", kind, strings.Join(lacks, " and "))}, nil
		}
		return disk.Verdict{Root: true, Reason: kind + " with /etc"}, nil
	}
}

// isRoot asks for the folders that every root file system has.
func isRoot(tree *ext.FS) []string {
	missing := hasEtc(tree)
	if !isFolder(tree, "sbin") && !isFolder(tree, "usr/sbin") {
		missing = append(missing, "/sbin")
	}
	return missing
}

func hasEtc(tree *ext.FS) []string {
	if !isFolder(tree, "etc") {
		return []string{"/etc"}
	}
	return nil
}

// isFolder follows symbolic links, as /sbin often is one.
func isFolder(tree *ext.FS, name string) bool {
	st, err := tree.Stat(name)
	return err == nil && st.IsDir()
}
