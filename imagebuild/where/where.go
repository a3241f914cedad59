// Package where says what the bytes of a disk image belong to, from the partition
// table down to the field of an inode: "partition 1: /etc/passwd (inode 77):
// i_mtime". It joins what package disk knows of tables and package ext of file
// systems; every byte has exactly one owner, and answers come in the order of the
// bytes while they are found.
package where

import (
	"context"
	"errors"
	"fmt"
	"io"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
)

// Place is a run of bytes with one owner.
type Place struct {
	Off, Len int64 // on the disk; no more than was asked for
	// Partition is the number of the partition they lie in, -1 for none. 0 is a disk
	// without a table.
	Partition int
	// FS is set in an ext2, ext3 or ext4 file system; its offsets count from Start. Disk
	// is set elsewhere.
	FS    *ext.Piece
	Start int64
	Disk  *disk.Piece
}

// End is the offset behind the place.
func (p Place) End() int64 { return p.Off + p.Len }

// Inode is whose bytes they are, 0 for none.
func (p Place) Inode() uint32 {
	if p.FS != nil {
		return p.FS.Inode
	}
	return 0
}

// Subject is the structure, without partition and field. path stands for the inode
// where it is known.
func (p Place) Subject(path string) string {
	if p.FS != nil {
		return p.FS.Subject(path)
	}
	if p.Disk.Structure == disk.StructurePartition && p.Partition > 0 {
		return "contents"
	}
	if p.Disk.Field == "" {
		return p.Disk.String()
	}
	return p.Disk.Structure
}

// Detail is where in its subject the place is. It may be empty.
func (p Place) Detail() string {
	if p.FS != nil {
		return p.FS.Detail()
	}
	return p.Disk.Field
}

// Describe is all in one line, with the partition where the disk has one.
func (p Place) Describe(path string) string {
	s := p.Subject(path)
	if d := p.Detail(); d != "" {
		s += ": " + d
	}
	if p.Partition > 0 {
		s = fmt.Sprintf("partition %d: %s", p.Partition, s)
	}
	return s
}

// Whole is all of the field or record on the disk.
func (p Place) Whole() block.Range {
	if p.FS != nil {
		return block.Range{Off: p.Start + p.FS.Whole.Off, Len: p.FS.Whole.Len}
	}
	return p.Disk.Whole
}

// HasValue tells whether the place is a field whose bytes mean something by themselves.
func (p Place) HasValue() bool {
	if p.FS != nil {
		return p.FS.HasValue()
	}
	return p.Disk.HasValue()
}

// Value reads the whole field from r, the disk or another one with the same structure
// there, and writes it in words.
func (p Place) Value(r io.ReaderAt) (string, error) {
	if p.FS != nil {
		return p.FS.Value(io.NewSectionReader(r, p.Start, 1<<62))
	}
	return p.Disk.Value(r)
}

// Map tells the bytes of one disk apart. Its methods may be called by one goroutine at
// a time.
type Map struct {
	dev   block.Device
	table *disk.Table
	maps  map[int]*ext.Map // of partitions; nil for what is no such file system
}

// New gives the map of a disk with that table.
func New(dev block.Device, table *disk.Table) *Map {
	return &Map{dev: dev, table: table, maps: map[int]*ext.Map{}}
}

// Options say how finely Locate tells bytes apart. The zero value gives every field.
type Options = ext.LocateOptions

// Locate calls do for every place of the ranges, which are sorted, do not overlap and
// lie on the disk. The places come in order and cover the ranges without a gap. An
// error of do ends it and is given back.
func (m *Map) Locate(ctx context.Context, asked []block.Range, o Options, do func(Place) error) error {
	var inside []ext.PieceRange // of one partition
	var of disk.Piece
	flush := func() error {
		if len(inside) == 0 {
			return nil
		}
		err := m.fileSystem(of).Locate(ctx, inside, o, func(p ext.Piece) error {
			return do(Place{Off: of.Start + p.Off, Len: p.Len, Partition: of.Partition, FS: &p, Start: of.Start})
		})
		inside = inside[:0]
		return err
	}
	err := m.table.Locate(ctx, m.dev, asked, func(p disk.Piece) error {
		if p.Structure == disk.StructurePartition && m.fileSystem(p) != nil {
			if p.Partition != of.Partition {
				if err := flush(); err != nil {
					return err
				}
			}
			of = p
			inside = append(inside, ext.PieceRange{Off: p.Off - p.Start, Len: p.Len})
			return nil
		}
		if err := flush(); err != nil {
			return err
		}
		return do(Place{Off: p.Off, Len: p.Len, Partition: p.Partition, Start: p.Start, Disk: &p})
	})
	if err != nil {
		return err
	}
	return flush()
}

// fileSystem is the map of a partition's file system, nil where there is none that
// makes sense.
func (m *Map) fileSystem(p disk.Piece) *ext.Map {
	if fs, known := m.maps[p.Partition]; known {
		return fs
	}
	m.maps[p.Partition] = nil
	for _, q := range m.table.Partitions {
		if q.Number != p.Partition || q.Kind == disk.Extended {
			continue
		}
		section, err := block.Section(m.dev, q.Start, q.Size)
		if err != nil {
			continue
		}
		if fs, err := ext.OpenMap(section, section.Size()); err == nil {
			m.maps[p.Partition] = fs
		}
	}
	return m.maps[p.Partition]
}

// ErrNoPaths says that a partition has no file system whose inodes have names.
var ErrNoPaths = errors.New("no file system with names")

// Paths gives the names of inodes of a partition: absolute paths, sorted, sixteen of an
// inode at most.
func (m *Map) Paths(ctx context.Context, partition int, inodes []uint32) (map[uint32][]string, error) {
	fs := m.fileSystem(disk.Piece{Partition: partition})
	if fs == nil {
		return nil, fmt.Errorf("partition %d: %w", partition, ErrNoPaths)
	}
	return fs.Paths(ctx, inodes)
}
