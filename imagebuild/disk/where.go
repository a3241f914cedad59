package disk

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"lbimage/imagebuild/block"
)

// Piece is a run of bytes of a disk with one owner: a field of a table, a gap, or a
// partition.
type Piece struct {
	Off, Len  int64 // no more than was asked for
	Structure string
	Field     string // empty for what has none
	// Partition is the number of the partition that the bytes lie in, -1 for none. Start
	// is where it starts on the disk. 0 is a disk without a table.
	Partition int
	Start     int64
	// Whole is all of the field or structure, of which Off and Len may be a part.
	Whole block.Range

	as form
}

// Structures of a disk.
const (
	StructureMBR        = "MBR"
	StructureGPT        = "GPT"
	StructureGPTBackup  = "backup GPT"
	StructureEBR        = "extended boot record"
	StructureGap        = "gap between partitions"
	StructurePartition  = "partition"
	structureEntry      = "partition entry"
	structureGPTPadding = "bytes behind the header"
)

// End is the offset behind the piece.
func (p Piece) End() int64 { return p.Off + p.Len }

// String is what people read.
func (p Piece) String() string {
	switch {
	case p.Partition == 0:
		return "disk"
	case p.Partition > 0 && p.Structure == StructurePartition:
		return fmt.Sprintf("partition %d", p.Partition)
	case p.Field != "":
		return p.Structure + ": " + p.Field
	}
	return p.Structure
}

// Locate calls do for every piece of the ranges, which are sorted and do not overlap.
// The pieces come in order and cover the ranges as far as the disk goes. What lies in
// a partition comes whole: what is in it is for others to say. An error of do ends it
// and is given back.
func (t *Table) Locate(ctx context.Context, dev block.Device, asked []block.Range, do func(Piece) error) error {
	areas, err := t.areas(dev)
	if err != nil {
		return err
	}
	for i, r := range asked {
		if r.Off < 0 || r.Len < 0 || r.Len > dev.Size()-r.Off || i > 0 && asked[i-1].End() > r.Off {
			return fmt.Errorf("range %d, of %d bytes at %d: ranges must be sorted, apart and on the disk", i, r.Len, r.Off)
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		k := sort.Search(len(areas), func(k int) bool { return areas[k].end > r.Off })
		for pos := r.Off; pos < r.End(); k++ {
			stop := min(r.End(), areas[k].end)
			if err := areas[k].pieces(pos, stop, do); err != nil {
				return err
			}
			pos = stop
		}
	}
	return nil
}

// area is a run of bytes that one structure has; at is where the structure begins,
// which may be in front of it where another one has its head.
type area struct {
	off, end  int64
	at, size  int64
	structure string
	fields    []field
	partition int
}

func (a area) pieces(pos, stop int64, do func(Piece) error) error {
	p := Piece{Structure: a.structure, Partition: a.partition, Start: a.at}
	if len(a.fields) == 0 {
		p.Off, p.Len, p.Whole = pos, stop-pos, block.Range{Off: a.off, Len: a.end - a.off}
		return do(p)
	}
	at := a.at
	for _, f := range a.fields {
		end := at + f.size
		if lo, hi := max(at, pos), min(end, stop); lo < hi {
			p.Off, p.Len, p.Field, p.as = lo, hi-lo, f.name, f.as
			p.Whole = block.Range{Off: at, Len: f.size}
			if err := do(p); err != nil {
				return err
			}
		}
		at = end
	}
	return nil
}

// areas cover the whole disk in order.
func (t *Table) areas(dev block.Device) ([]area, error) {
	var list, out []area
	add := func(a area) {
		a.off, a.end = max(a.at, 0), min(a.at+a.size, dev.Size())
		if a.off < a.end {
			list = append(list, a)
		}
	}
	if t.Kind != None {
		add(area{at: 0, size: sectorSize, structure: StructureMBR, fields: mbrFields, partition: -1})
	}
	if t.Kind == GPT {
		t.gptAreas(dev, add)
	}
	if err := t.recordAreas(dev, add); err != nil {
		return nil, err
	}
	for _, p := range t.Partitions {
		if p.Kind != Extended && p.Size > 0 && p.Start >= 0 && p.Start < dev.Size() && p.Size <= dev.Size()-p.Start {
			add(area{at: p.Start, size: p.Size, structure: StructurePartition, partition: p.Number})
		}
	}
	for _, a := range list { // those in front come first
		out = place(out, a)
	}
	var whole []area
	pos := int64(0)
	for _, a := range append(out, area{off: dev.Size()}) {
		if a.off > pos {
			whole = append(whole, area{off: pos, end: a.off, at: pos, structure: StructureGap, partition: -1})
		}
		if a.end > a.off {
			whole = append(whole, a)
		}
		pos = a.end
	}
	return whole, nil
}

// place puts an area where no other one is.
func place(list []area, a area) []area {
	i, _ := slices.BinarySearchFunc(list, a.off, func(b area, off int64) int {
		if b.end <= off {
			return -1
		}
		return 1
	})
	for pos := a.off; pos < a.end; {
		for i < len(list) && list[i].end <= pos {
			i++
		}
		if i < len(list) && list[i].off <= pos {
			pos = list[i].end
			continue
		}
		part := a
		part.off, part.end = pos, a.end
		if i < len(list) {
			part.end = min(part.end, list[i].off)
		}
		list = slices.Insert(list, i, part)
		pos = part.end
	}
	return list
}
