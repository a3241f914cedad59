package imagebuild

import (
	"archive/tar"
	"context"
	"fmt"
	"time"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/request"
	"lbimage/overlay"
	"lbimage/servo"
)

// Inspection tells what is in a source.
type Inspection struct {
	Source   RecordSource      `json:"source"`
	Archive  *ArchiveInfo      `json:"archive,omitempty"` // absent for a raw disk
	Disk     DiskInfo          `json:"disk"`
	Root     RootInfo          `json:"root"`
	Template TemplateInfo      `json:"template"`
	Sysctls  []request.Setting `json:"sysctls"` // of /etc/sysctl.conf, in its order
	Servo    servo.Installed   `json:"servo"`
	Findings []check.Finding   `json:"findings"`
	Warnings []string          `json:"warnings,omitempty"`
}

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

func (s *Source) diskInfo() DiskInfo {
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

func rootInfo(r Root) RootInfo {
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

// TemplateInfo is the HAProxy template in force.
type TemplateInfo struct {
	Path  string   `json:"path"`
	Found bool     `json:"found"`
	Stock []string `json:"stock,omitempty"` // the releases of the servo that ship this very text
	Text  string   `json:"text,omitempty"`
}

// Inspect opens a source and looks at what a load balancer is made of. What the
// template has to be blamed for is in the findings.
func Inspect(ctx context.Context, path string, o OpenOptions) (*Inspection, error) {
	o.Digest = true
	s, err := Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	in, err := s.inspect(ctx)
	if err != nil {
		return nil, at(path, err)
	}
	return in, nil
}

func (s *Source) inspect(ctx context.Context) (*Inspection, error) {
	digest, err := s.SHA256()
	if err != nil {
		return nil, err
	}
	tree := s.Root.FS
	in := &Inspection{
		Source:   RecordSource{Name: s.Path, Kind: s.Kind, Size: s.Size, SHA256: digest, Package: s.recordPackage()},
		Disk:     s.diskInfo(),
		Root:     rootInfo(s.Root),
		Warnings: s.Warnings,
	}
	if r, ok := tree.Recovered(); ok {
		in.Warnings = append(in.Warnings[:len(in.Warnings):len(in.Warnings)], fmt.Sprintf("%s%s was not unmounted, and is shown as if it had been: %s", s.diskName(), s.Root.Name(), r))
	}
	if s.Kind != KindDisk {
		in.Archive = s.archiveInfo()
	}
	if in.Template, err = templateInfo(tree); err != nil {
		return nil, err
	}
	if in.Servo, err = servo.Detect(tree); err != nil {
		return nil, err
	}
	if in.Sysctls, err = sysctls(tree); err != nil {
		return nil, err
	}
	judged, err := check.Template(ctx, tree, check.HAProxyOptions{LintOnly: true}) // to inspect is to run nothing
	if err != nil {
		return nil, err
	}
	in.Findings = append([]check.Finding{}, judged.Findings...)
	return in, nil
}

func (s *Source) archiveInfo() *ArchiveInfo {
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

func templateInfo(tree *ext.FS) (TemplateInfo, error) {
	t := TemplateInfo{Path: "/" + servo.TemplatePath}
	r, err := overlay.Resolve(tree, t.Path)
	if err != nil || !r.Exists() {
		return t, err
	}
	text, err := readBounded(tree, r, maxConfiguration)
	if err != nil {
		return t, err
	}
	t.Found, t.Text, t.Stock = true, string(text), servo.StockReleases(text)
	return t, nil
}

// sysctls lists what /etc/sysctl.conf sets; a missing file sets nothing.
func sysctls(tree *ext.FS) ([]request.Setting, error) {
	out := []request.Setting{}
	r, err := overlay.Resolve(tree, "/etc/sysctl.conf")
	if err != nil || !r.Exists() {
		return out, err
	}
	text, err := readBounded(tree, r, 4<<20)
	if err != nil {
		return nil, err
	}
	for _, s := range overlay.SysctlSettings(text) {
		out = append(out, request.Setting{Name: s.Key, Value: s.Value})
	}
	return out, nil
}
