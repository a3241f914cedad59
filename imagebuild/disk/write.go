package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"

	"github.com/diskfs/go-diskfs/partition/mbr"
)

// NewPartition is a primary partition for [WriteMBR].
type NewPartition struct {
	Start    int64 // in bytes, a multiple of 512
	Size     int64 // in bytes, a multiple of 512
	Type     byte  // 0x83 is Linux
	Bootable bool
}

// maxBootCode is how many bytes of the first sector are for boot code.
const maxBootCode = 440

// WriteMBR writes the first sector of a new disk of size bytes: boot code, at most
// 440 bytes, an identifier, and up to four partitions, which lie within the disk
// in ascending order. The same arguments give the same bytes.
func WriteMBR(w io.WriterAt, size int64, bootCode []byte, diskID uint32, partitions ...NewPartition) error {
	if len(bootCode) > maxBootCode {
		return fmt.Errorf("boot code of %d bytes: only %d fit", len(bootCode), maxBootCode)
	}
	if len(partitions) > 4 {
		return fmt.Errorf("%d partitions: an MBR has room for 4", len(partitions))
	}
	t := &mbr.Table{LogicalSectorSize: sectorSize, PhysicalSectorSize: sectorSize}
	end := int64(sectorSize)
	for i, p := range partitions {
		switch {
		case p.Start%sectorSize != 0 || p.Size%sectorSize != 0 || p.Size <= 0 || p.Type == 0:
			return fmt.Errorf("partition %d: start and size must be multiples of %d bytes, and a type given", i+1, sectorSize)
		case p.Start < end || p.Size > size-p.Start:
			return fmt.Errorf("partition %d: overlaps what is before it or reaches past the end of the disk", i+1)
		case (p.Start+p.Size)/sectorSize > math.MaxUint32:
			return fmt.Errorf("partition %d: reaches past 2 TiB, the limit of an MBR", i+1)
		}
		end = p.Start + p.Size
		e := &mbr.Partition{
			Index: i + 1, Bootable: p.Bootable, Type: mbr.Type(p.Type),
			Start: uint32(p.Start / sectorSize), Size: uint32(p.Size / sectorSize),
		}
		e.StartHead, e.StartSector, e.StartCylinder = chs(p.Start / sectorSize)
		e.EndHead, e.EndSector, e.EndCylinder = chs(end/sectorSize - 1)
		t.Partitions = append(t.Partitions, e)
	}
	sector := make(memory, sectorSize)
	copy(sector, bootCode)
	binary.LittleEndian.PutUint32(sector[maxBootCode:], diskID)
	if err := t.Write(sector, size); err != nil {
		return fmt.Errorf("writing the MBR: %w", err)
	}
	_, err := w.WriteAt(sector, 0)
	return err
}

// chs gives a sector's number as head, sector and cylinder in the form of an MBR,
// for boot code from before there was another. Disks have 255 heads of 63 sectors
// there; what lies beyond the last cylinder is its end.
func chs(n int64) (head, sector, cylinder byte) {
	c, h, s := n/(255*63), n/63%255, n%63+1
	if c > 1023 {
		c, h, s = 1023, 254, 63
	}
	return byte(h), byte(s) | byte(c>>8<<6), byte(c)
}

// memory is a disk in memory in the form that go-diskfs writes to.
type memory []byte

func (m memory) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(m)) || len(p) > len(m)-int(off) {
		return 0, io.ErrShortWrite
	}
	return copy(m[off:], p), nil
}

func (m memory) ReadAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }
func (m memory) Read([]byte) (int, error)          { return 0, errors.ErrUnsupported }
func (m memory) Seek(int64, int) (int64, error)    { return 0, errors.ErrUnsupported }
func (m memory) Stat() (fs.FileInfo, error)        { return nil, errors.ErrUnsupported }
func (m memory) Close() error                      { return nil }
