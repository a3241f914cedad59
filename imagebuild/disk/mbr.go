package disk

import (
	"fmt"

	"github.com/diskfs/go-diskfs/partition/mbr"

	"lbimage/imagebuild/block"
)

// maxLogical bounds the chain of logical partitions, as Linux does.
const maxLogical = 100

// readMBR reads the table in the first sector, which was found sane.
func (t *Table) readMBR(dev block.Device) error {
	m, err := guard(func() (*mbr.Table, error) { return mbr.Read(newFile(dev), sectorSize, sectorSize) })
	if err != nil {
		return fmt.Errorf("%w: MBR: %v", ErrTable, err)
	}
	t.Kind, t.SectorSize, t.DiskID = MBR, sectorSize, "0x"+m.UUID()
	next := 5
	for i, e := range m.Partitions {
		if e.Type == mbr.Empty && e.Size == 0 {
			continue
		}
		if e.Type == mbr.Empty || e.Size == 0 {
			t.warn("partition %d has the type %02x and %d sectors: left out", i+1, byte(e.Type), e.Size)
			continue
		}
		p := t.mbrPartition(dev, i+1, byte(e.Type), int64(e.Start), int64(e.Size), e.Bootable)
		t.Partitions = append(t.Partitions, p)
		if p.Kind == Extended {
			if next, err = t.readLogical(dev, p, next); err != nil {
				return err
			}
		}
	}
	return nil
}

// mbrPartition makes a partition of an MBR; start and size are in sectors.
func (t *Table) mbrPartition(dev block.Device, number int, kind byte, start, size int64, bootable bool) Partition {
	p := Partition{
		Number: number, Start: start * sectorSize, Size: size * sectorSize,
		Type: fmt.Sprintf("%02x", kind), TypeName: mbrTypeNames[kind],
		UUID: fmt.Sprintf("%s-%02x", t.DiskID[2:], number), Bootable: bootable,
		Kind: Primary, disk: dev,
	}
	switch kind {
	case 0x05, 0x0f, 0x85:
		p.Kind = Extended
	}
	return p
}

// readLogical follows the chain of boot records in an extended partition. Each
// holds one logical partition, counted from the record, and the place of the next
// record, counted from the extended partition. Numbers are given from next on; it
// returns the number after the last one.
func (t *Table) readLogical(dev block.Device, ext Partition, next int) (int, error) {
	buf := make([]byte, sectorSize)
	seen := make(map[int64]bool)
	first := ext.Start / sectorSize
	for at := first; ; {
		problem := ""
		switch {
		case seen[at]:
			problem = "comes back to itself"
		case len(seen) == maxLogical:
			problem = fmt.Sprintf("has more than %d records", maxLogical)
		case at > dev.Size()/sectorSize-1:
			problem = "leaves the disk"
		}
		if problem == "" {
			if n, err := dev.ReadAt(buf, at*sectorSize); n < len(buf) {
				return 0, fmt.Errorf("reading the logical partitions at sector %d: %w", at, noEOF(err))
			}
			if !bootSector(buf).signed() || !bootSector(buf).sane() {
				problem = "meets a sector that is no such record"
			}
		}
		if problem != "" {
			t.warn("the chain of logical partitions in partition %d %s at sector %d: what follows is left out", ext.Number, problem, at)
			return next, nil
		}
		seen[at] = true
		following := int64(0)
		for i := range 4 {
			e := bootSector(buf).entry(i)
			switch {
			case !e.used():
			case e.extended():
				if following == 0 {
					following = first + int64(e.start())
				}
			case next < 5+maxLogical:
				p := t.mbrPartition(dev, next, e.kind(), at+int64(e.start()), int64(e.size()), e.status() == 0x80)
				// The third and fourth entry are not for partitions, but some
				// tools used them; what is outside is not one.
				if i >= 2 && (p.Start < ext.Start || p.Start+p.Size > ext.Start+ext.Size) {
					continue
				}
				p.Kind = Logical
				t.Partitions = append(t.Partitions, p)
				next++
			}
		}
		if following == 0 {
			return next, nil
		}
		at = following
	}
}

// mbrTypeNames are the types that an image may have.
var mbrTypeNames = map[byte]string{
	0x01: "FAT12", 0x04: "FAT16 below 32M", 0x05: "extended", 0x06: "FAT16", 0x07: "NTFS or exFAT",
	0x0b: "FAT32", 0x0c: "FAT32 (LBA)", 0x0e: "FAT16 (LBA)", 0x0f: "extended (LBA)",
	0x82: "Linux swap", 0x83: "Linux", 0x85: "Linux extended", 0x8e: "Linux LVM",
	0xa5: "FreeBSD", 0xee: "GPT", 0xef: "EFI system", 0xfd: "Linux RAID",
}
