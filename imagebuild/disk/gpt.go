package disk

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/diskfs/go-diskfs/partition/gpt"

	"lbimage/imagebuild/block"
)

// gptHeader is the header of a GPT, of which the fields that need bounds have
// accessors here; the library reads the others and checks the checksums.
type gptHeader []byte

const gptHeaderSize = 92

func (h gptHeader) signed() bool       { return string(h[0:8]) == "EFI PART" }
func (h gptHeader) entriesLBA() uint64 { return binary.LittleEndian.Uint64(h[72:]) }
func (h gptHeader) entryCount() uint32 { return binary.LittleEndian.Uint32(h[80:]) }
func (h gptHeader) entrySize() uint32  { return binary.LittleEndian.Uint32(h[84:]) }
func (h gptHeader) entriesSize() int64 { return int64(h.entryCount()) * gpt.PartitionEntrySize }
func (h gptHeader) within(d int64) bool {
	return h.entriesSize() <= min(d, maxGPTEntries*gpt.PartitionEntrySize)
}
func (h gptHeader) sane(sector, size int64) bool {
	return h.entrySize() == gpt.PartitionEntrySize && h.within(size) &&
		h.entriesLBA() <= uint64((size-h.entriesSize())/sector)
}

// maxGPTEntries bounds the table; the usual number of entries is 128.
const maxGPTEntries = 4096

// findGPT tells the sector size by where the header stands, at the front or at
// the end; 0 where there is none.
func findGPT(dev block.Device) int64 {
	for _, sector := range []int64{512, 4096} {
		for _, at := range []int64{sector, dev.Size()/sector*sector - sector} {
			if h := readHeader(dev, at); h != nil && h.signed() {
				return sector
			}
		}
	}
	return 0
}

// readHeader reads what may be a header at a place of the device, or gives nil.
func readHeader(dev block.Device, at int64) gptHeader {
	h := make(gptHeader, gptHeaderSize)
	if at < sectorSize {
		return nil
	}
	if n, _ := dev.ReadAt(h, at); n < len(h) {
		return nil
	}
	return h
}

// readGPT reads the GPT that boot announces.
func (t *Table) readGPT(dev block.Device, boot bootSector) error {
	sector := findGPT(dev)
	if sector == 0 {
		return fmt.Errorf("%w: the disk is marked as having a GPT, and has none at the front or at the end: the image is cut off or damaged; repair it, or fetch it again", ErrTable)
	}
	f := newFile(dev)
	for _, at := range []int64{sector, dev.Size()/sector*sector - sector} {
		// The library takes the size of the table from the header as it stands.
		// It does not get to see a header with an impossible one.
		if h := readHeader(dev, at); h != nil && !h.sane(sector, dev.Size()) {
			f.hide(at, gptHeaderSize)
		}
	}
	g, err := guard(func() (*gpt.Table, error) { return gpt.Read(f, int(sector), int(sector)) })
	if err != nil {
		return fmt.Errorf("%w: GPT: %v: repair it, or fetch the image again", ErrTable, err)
	}
	t.Kind, t.SectorSize, t.DiskID = GPT, sector, g.GUID
	if g.RecoveredFromBackup {
		t.warn("the GPT at the front is damaged: its backup at the end was read")
	}
	t.checkProtective(boot)
	for _, e := range g.Partitions {
		last := uint64(math.MaxInt64)/uint64(sector) - 1
		if e.Start > e.End || e.End > last {
			t.warn("partition %d goes from sector %d to %d: left out", e.Index, e.Start, e.End)
			continue
		}
		t.Partitions = append(t.Partitions, Partition{
			Number: e.Index, Start: int64(e.Start) * sector, Size: int64(e.End-e.Start+1) * sector,
			Type: string(e.Type), TypeName: gptTypeNames[e.Type], Name: e.Name, UUID: e.GUID,
			Bootable: e.Attributes&(1<<2) != 0, // legacy BIOS bootable
			Kind:     Primary, disk: dev,
		})
	}
	return nil
}

// checkProtective warns where the MBR before a GPT is not the usual one.
func (t *Table) checkProtective(boot bootSector) {
	if !boot.signed() {
		t.warn("the protective MBR before the GPT is missing: Linux does not see the partitions")
		return
	}
	for i := range 4 {
		if e := boot.entry(i); e.used() && e.kind() != typeProtective {
			t.warn("the MBR before the GPT has partitions of its own (a hybrid MBR): the GPT counts")
			return
		}
	}
}

// gptTypeNames are the types that an image may have.
var gptTypeNames = map[gpt.Type]string{
	gpt.EFISystemPartition: "EFI system",
	gpt.BIOSBoot:           "BIOS boot",
	gpt.MicrosoftBasicData: "Microsoft basic data",
	gpt.LinuxFilesystem:    "Linux",
	gpt.LinuxRootX86:       "Linux root (x86)",
	gpt.LinuxRootX86_64:    "Linux root (x86-64)",
	gpt.LinuxHome:          "Linux home",
	gpt.LinuxServerData:    "Linux server data",
	gpt.LinuxSwap:          "Linux swap",
	gpt.LinuxLVM:           "Linux LVM",
	gpt.LinuxRAID:          "Linux RAID",
	gpt.LinuxExtendedBoot:  "Linux extended boot",
}
