package disk

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"lbimage/imagebuild/block"
)

// Kinds of partition table.
const (
	MBR  = "mbr"
	GPT  = "gpt"
	None = "none"
)

// Kinds of partition. Those of a GPT and of a bare file system are primary.
const (
	Primary  = "primary"
	Extended = "extended"
	Logical  = "logical"
)

// Table is a disk's partition table.
type Table struct {
	Kind       string // MBR, GPT or None
	SectorSize int64  // in bytes
	// DiskID is the identifier of the table as sfdisk prints it: 0x1234abcd in an
	// MBR, a GUID in a GPT.
	DiskID     string
	Partitions []Partition // by their numbers
	// Warnings tell what is wrong with the table, for people.
	Warnings []string
}

// Partition is an entry of a table.
type Partition struct {
	Number int   // as Linux numbers it; 0 is the whole device without a table
	Start  int64 // in bytes from the disk's start
	Size   int64 // in bytes
	// Type is two hexadecimal digits in an MBR, a GUID in upper case in a GPT.
	Type     string
	TypeName string // what Type means; empty when that is not known
	Name     string // in a GPT
	UUID     string // as in /dev/disk/by-partuuid; in a GPT in upper case
	Bootable bool
	Kind     string // Primary, Extended or Logical

	disk block.Device
}

// Open gives the partition as a device, writable when the disk is. A partition
// that does not lie within the disk is an error.
func (p Partition) Open() (block.Device, error) {
	if p.Number == 0 {
		return p.disk, nil
	}
	if p.Kind == Extended {
		return nil, fmt.Errorf("partition %d is an extended one, which holds logical partitions and no data", p.Number)
	}
	d, err := block.Section(p.disk, p.Start, p.Size)
	if err != nil {
		return nil, fmt.Errorf("partition %d: its %d bytes from byte %d do not lie within the disk of %d bytes: the image is cut off or its table is damaged",
			p.Number, p.Size, p.Start, p.disk.Size())
	}
	return d, nil
}

// inside reports whether the partition lies within the disk.
func (p Partition) inside() bool { return p.Start <= p.disk.Size()-p.Size }

// ErrTable is wrapped by errors about tables that cannot be made sense of.
var ErrTable = errors.New("partition table")

// Read reads the table of a disk.
func Read(dev block.Device) (*Table, error) {
	if dev.Size() < sectorSize {
		return nil, fmt.Errorf("%w: %d bytes are too few for a disk image", ErrTable, dev.Size())
	}
	sector := make([]byte, sectorSize)
	if n, err := dev.ReadAt(sector, 0); n < len(sector) {
		return nil, fmt.Errorf("reading the first sector: %w", noEOF(err))
	}
	boot := bootSector(sector)
	t := &Table{}
	var err error
	switch shape, serr := shapeOf(dev, boot); {
	case serr != nil:
		return nil, serr
	case shape == GPT:
		err = t.readGPT(dev, boot)
	case shape == MBR:
		err = t.readMBR(dev)
	default:
		t.Kind, t.SectorSize = None, sectorSize
		t.Partitions = []Partition{{Size: dev.Size(), Kind: Primary, disk: dev}}
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(t.Partitions, func(a, b Partition) int { return cmp.Compare(a.Number, b.Number) })
	t.checkBounds()
	return t, nil
}

// shapeOf tells the kind of table, by content alone.
func shapeOf(dev block.Device, boot bootSector) (string, error) {
	ext, err := hasExt(dev)
	if err != nil {
		return "", err
	}
	if !boot.signed() {
		// Linux wants the protective MBR before it looks for a GPT. A disk
		// that lost it and is no file system either is read with a warning.
		if !ext && findGPT(dev) != 0 {
			return GPT, nil
		}
		return None, nil
	}
	if !boot.sane() {
		return None, nil // boot code of a file system where the table would be
	}
	used := 0
	for i := range 4 {
		e := boot.entry(i)
		if e.kind() == typeProtective {
			return GPT, nil
		}
		if e.used() && int64(e.start())*sectorSize < dev.Size() {
			used++
		}
	}
	// A table without partitions is that of an empty disk, unless a file system
	// is there: its first sector may bear the signature too.
	if used == 0 && (ext || boot.fat()) {
		return None, nil
	}
	return MBR, nil
}

// hasExt reports whether an ext superblock lies where a bare file system has it.
func hasExt(dev block.Device) (bool, error) {
	magic := make([]byte, 2)
	const at = 1024 + 56
	if dev.Size() < 2048 {
		return false, nil
	}
	if n, err := dev.ReadAt(magic, at); n < len(magic) {
		return false, fmt.Errorf("reading at byte %d: %w", at, noEOF(err))
	}
	return binary.LittleEndian.Uint16(magic) == 0xef53, nil
}

func (t *Table) warn(format string, arg ...any) {
	t.Warnings = append(t.Warnings, fmt.Sprintf(format, arg...))
}

// checkBounds warns of partitions past the end and of overlaps.
func (t *Table) checkBounds() {
	var primary, data []Partition
	for _, p := range t.Partitions {
		if !p.inside() {
			t.warn("partition %d reaches past the end of the disk", p.Number)
		}
		if p.Kind != Logical {
			primary = append(primary, p)
		}
		if p.Kind != Extended {
			data = append(data, p)
		}
	}
	seen := make(map[string]bool)
	for _, list := range [][]Partition{primary, data} {
		slices.SortStableFunc(list, func(a, b Partition) int { return cmp.Compare(a.Start, b.Start) })
		for i := 1; i < len(list); i++ {
			a, b := list[i-1], list[i]
			text := fmt.Sprintf("partitions %d and %d overlap", min(a.Number, b.Number), max(a.Number, b.Number))
			if b.Start < a.Start+a.Size && !seen[text] {
				seen[text] = true
				t.Warnings = append(t.Warnings, text)
			}
			if a.Start+a.Size > b.Start+b.Size { // the longer one stays to be compared
				list[i] = a
			}
		}
	}
}

// bootSector is the first sector of a disk or of a bare file system, or that of
// a logical partition, which has the same form.
type bootSector []byte

func (b bootSector) signed() bool { return b[510] == 0x55 && b[511] == 0xaa }

// entry is one of four partitions.
func (b bootSector) entry(i int) mbrEntry { return mbrEntry(b[446+16*i : 446+16*(i+1)]) }

// sane reports whether what stands in place of the table can be one.
func (b bootSector) sane() bool {
	for i := range 4 {
		if s := b.entry(i).status(); s != 0 && s != 0x80 {
			return false
		}
	}
	return true
}

// fat reports whether the sector begins like that of a FAT or NTFS file system: a
// jump over its parameters, and a possible sector size among them.
func (b bootSector) fat() bool {
	n := binary.LittleEndian.Uint16(b[11:])
	return (b[0] == 0xeb && b[2] == 0x90 || b[0] == 0xe9) && n >= 512 && n <= 4096 && n&(n-1) == 0
}

// mbrEntry is an entry of an MBR, 16 bytes.
type mbrEntry []byte

func (e mbrEntry) status() byte  { return e[0] } // 0x80 is bootable
func (e mbrEntry) kind() byte    { return e[4] }
func (e mbrEntry) start() uint32 { return binary.LittleEndian.Uint32(e[8:]) }  // in sectors
func (e mbrEntry) size() uint32  { return binary.LittleEndian.Uint32(e[12:]) } // in sectors
func (e mbrEntry) used() bool    { return e.kind() != 0 && e.size() != 0 }
func (e mbrEntry) extended() bool {
	return bytes.IndexByte([]byte{0x05, 0x0f, 0x85}, e.kind()) >= 0
}

const (
	sectorSize     = 512
	typeProtective = 0xee // of a disk with a GPT
)

// noEOF is for places where the end of a device comes too early.
func noEOF(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
