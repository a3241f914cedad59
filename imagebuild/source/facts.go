package source

import (
	"archive/tar"
	"time"

	"lbimage/imagebuild/disk"
)

// ArchiveInfo is an image tarball.
type ArchiveInfo struct {
	Layout  string         `json:"layout"`
	Entries []ArchiveEntry `json:"entries"`
}

// ArchiveEntry is one member of a tarball.
type ArchiveEntry struct {
	Name    string    `json:"name"`
	Role    string    `json:"role"` // image, kernel, ramdisk, folder or other
	Mode    string    `json:"mode"`
	Owner   string    `json:"owner"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"modTime"`
}

// DiskInfo is the raw disk and its partition table.
type DiskInfo struct {
	Name       string          `json:"name"`
	Size       int64           `json:"size"`
	Table      string          `json:"table"`
	ID         string          `json:"id,omitempty"`
	SectorSize int64           `json:"sectorSize,omitempty"`
	Partitions []PartitionInfo `json:"partitions"`
}

// PartitionInfo is an entry of the partition table. Start and size are in bytes.
type PartitionInfo struct {
	Number   int    `json:"number"`
	Kind     string `json:"kind"` // primary, extended or logical
	Start    int64  `json:"start"`
	Size     int64  `json:"size"`
	Type     string `json:"type"` // as the table has it
	TypeName string `json:"typeName,omitempty"`
	Name     string `json:"name,omitempty"`
	UUID     string `json:"uuid,omitempty"`
	Bootable bool   `json:"bootable,omitempty"`
	Root     bool   `json:"root,omitempty"`
}

// DiskInfo tells of the raw disk.
func (s *Source) DiskInfo() DiskInfo {
	d := DiskInfo{
		Name: s.Layout.Image.Header.Name, Size: s.Disk.Size(), Table: s.Table.Kind, ID: s.Table.DiskID,
		SectorSize: s.Table.SectorSize, Partitions: []PartitionInfo{},
	}
	if s.Table.Kind == disk.None {
		return d
	}
	for _, p := range s.Table.Partitions {
		d.Partitions = append(d.Partitions, PartitionInfo{
			p.Number, p.Kind, p.Start, p.Size, p.Type, p.TypeName, p.Name, p.UUID, p.Bootable, p.Number == s.Root.Partition.Number,
		})
	}
	return d
}

// RootInfo is the root file system.
type RootInfo struct {
	Partition  int       `json:"partition,omitempty"` // absent: the disk is the file system
	Type       string    `json:"type"`                // ext2, ext3 or ext4
	UUID       string    `json:"uuid"`
	Label      string    `json:"label"`
	BlockSize  int       `json:"blockSize"`
	Blocks     uint64    `json:"blocks"`
	FreeBlocks uint64    `json:"freeBlocks"`
	InodeSize  int       `json:"inodeSize"`
	Inodes     uint32    `json:"inodes"`
	FreeInodes uint32    `json:"freeInodes"`
	Features   []string  `json:"features"`
	Made       time.Time `json:"made"`
	Written    time.Time `json:"written"`
	// NotEditable says why customize would refuse the file system.
	NotEditable string `json:"notEditable,omitempty"`
}

// Info tells of the root file system.
func (r Root) Info() RootInfo {
	i := r.FS.Info()
	out := RootInfo{
		Partition: r.Partition.Number, Type: i.Type, UUID: i.UUID, Label: i.Label,
		BlockSize: i.BlockSize, Blocks: i.Blocks, FreeBlocks: i.FreeBlocks,
		InodeSize: i.InodeSize, Inodes: i.Inodes, FreeInodes: i.FreeInodes,
		Features: i.Features, Made: i.Made, Written: i.Written,
	}
	if i.Refusal != nil {
		out.NotEditable = i.Refusal.Error()
	}
	return out
}

// ArchiveInfo tells of the tarball, which for a raw disk is made up.
func (s *Source) ArchiveInfo() *ArchiveInfo {
	a := &ArchiveInfo{Layout: s.Layout.Kind.String()}
	for i := range s.Archive.Entries {
		e := &s.Archive.Entries[i]
		role := "other"
		switch {
		case e == s.Layout.Image:
			role = "image"
		case e == s.Layout.Kernel:
			role = "kernel"
		case e == s.Layout.Ramdisk:
			role = "ramdisk"
		case e.Header.Typeflag == tar.TypeDir:
			role = "folder"
		}
		a.Entries = append(a.Entries, ArchiveEntry{
			Name: e.Header.Name, Role: role, Mode: e.Header.FileInfo().Mode().String(),
			Owner: e.Header.Uname + ":" + e.Header.Gname, Size: e.Header.Size, ModTime: e.Header.ModTime.UTC(),
		})
	}
	return a
}

// EntryNames are those of the tarball, in order.
func (s *Source) EntryNames() []string {
	var names []string
	for _, e := range s.Archive.Entries {
		names = append(names, e.Header.Name)
	}
	return names
}
