package imagebuild

import (
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
	place := s.diskName()
	if s.Table, err = disk.Read(s.Disk); err != nil {
		return fmt.Errorf("%s%w", place, err)
	}
	s.Warnings = append(s.Warnings, s.Table.Warnings...)
	s.Root.Partition, err = disk.FindRoot(s.Table, probe, want)
	if err != nil {
		return fmt.Errorf("%s%w", place, err)
	}
	if s.Root.Device, err = s.Table.Open(s.Root.Partition); err != nil {
		return fmt.Errorf("%s%s: %w", place, s.Root.Name(), err)
	}
	if s.Root.FS, err = ext.Open(s.Root.Device, s.Root.Device.Size()); err != nil {
		return fmt.Errorf("%s%s: %w", place, s.Root.Name(), err)
	}
	if s.Time.IsZero() {
		s.Time = s.Root.FS.Info().WriteTime
	}
	return nil
}

// diskName is what an error calls the disk: its name in the tarball, nothing
// where the source is the disk.
func (s *Source) diskName() string {
	if s.Kind == KindDisk {
		return ""
	}
	return s.Layout.Image.Header.Name + ": "
}

// probe looks for the folders that every root file system has.
func probe(dev block.Device, _ disk.Partition) (disk.Verdict, error) {
	tree, err := ext.Open(dev, dev.Size())
	if err != nil {
		if name := contentName(dev); name != "" && name != "an ext file system" {
			return disk.Verdict{Reason: name + ", which is not edited here: only ext2, ext3 and ext4 are"}, nil
		}
		return disk.Verdict{Reason: err.Error()}, nil
	}
	var missing []string
	if !isFolder(tree, "etc") {
		missing = append(missing, "/etc")
	}
	if !isFolder(tree, "sbin") && !isFolder(tree, "usr/sbin") {
		missing = append(missing, "/sbin")
	}
	if len(missing) > 0 {
		return disk.Verdict{Reason: fmt.Sprintf("%s without %s", tree.Info().Type, strings.Join(missing, " and "))}, nil
	}
	return disk.Verdict{Root: true, Reason: tree.Info().Type + " with /etc and /sbin"}, nil
}

// isFolder follows symbolic links, as /sbin often is one.
func isFolder(tree *ext.FS, name string) bool {
	st, err := tree.Stat(name)
	return err == nil && st.IsDir()
}
