package fsedit

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
)

// containers are formats that hold a disk image and are none.
var containers = []struct{ magic, what string }{
	{"\xed\xab\xee\xdb", "an RPM package: take the disk image out of it first"},
	{"\x1f\x8b", "compressed (gzip): unpack it first"},
	{"\xfd7zXZ\x00", "compressed (xz): unpack it first"},
	{"\x28\xb5\x2f\xfd", "compressed (zstd): unpack it first"},
	{"BZh", "compressed (bzip2): unpack it first"},
	{"QFI\xfb", "a qcow2 image: convert it with qemu-img convert -O raw"},
	{"KDMV", "a VMDK image: convert it with qemu-img convert -O raw"},
	{"vhdxfile", "a VHDX image: convert it with qemu-img convert -O raw"},
	{"conectix", "a VHD image: convert it with qemu-img convert -O raw"},
}

func knownContainer(dev block.Device) error {
	if dev.Size() == 0 {
		return errors.New("the file is empty: give a raw disk image or an ext file system")
	}
	head := make([]byte, min(dev.Size(), 8))
	if _, err := dev.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for _, c := range containers {
		if strings.HasPrefix(string(head), c.magic) {
			return fmt.Errorf("the file is %s", c.what)
		}
	}
	return nil
}

// findFS finds the partition with the file system: the one that is wanted, the only
// one with an ext file system, or the one of several that is a root.
func findFS(dev block.Device, want int) (disk.Partition, error) {
	table, err := disk.Read(dev)
	if err != nil {
		return disk.Partition{}, err
	}
	if want != 0 {
		return disk.FindRoot(table, nil, want)
	}
	if table.Kind == disk.None && len(table.Partitions) == 1 {
		return table.Partitions[0], nil // opening it tells what it is, if no file system
	}
	var found []disk.Partition
	for _, p := range table.Partitions {
		if p.Kind == disk.Extended {
			continue
		}
		d, err := p.Open()
		if err != nil {
			continue
		}
		if _, err := ext.Open(d, d.Size()); !errors.Is(err, ext.ErrNotExt) {
			found = append(found, p)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	p, err := disk.FindRoot(table, probe("etc", "sbin", "usr/sbin"), 0)
	if errors.Is(err, disk.ErrNoRoot) && len(found) > 1 {
		p, err = disk.FindRoot(table, probe("etc", "etc"), 0)
	}
	return p, err
}

// probe takes a file system with the folder need and one of the others for a root.
func probe(need string, one ...string) func(block.Device, disk.Partition) (disk.Verdict, error) {
	return func(dev block.Device, _ disk.Partition) (disk.Verdict, error) {
		tree, err := ext.Open(dev, dev.Size())
		if errors.Is(err, ext.ErrNotExt) {
			return disk.Verdict{Reason: "no ext2, ext3 or ext4 file system"}, nil
		}
		if err != nil {
			return disk.Verdict{Reason: err.Error()}, nil
		}
		isDir := func(name string) bool {
			st, err := tree.Stat(name)
			return err == nil && st.IsDir()
		}
		kind := tree.Info().Type
		if isDir(need) {
			for _, name := range one {
				if isDir(name) {
					return disk.Verdict{Root: true, Reason: kind + " with /" + need}, nil
				}
			}
		}
		return disk.Verdict{Reason: kind + ", not that of a system's root"}, nil
	}
}
