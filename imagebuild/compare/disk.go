package compare

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/where"
)

// DiskDifference is what differs in the bytes of two disks, summed up for one structure, or one field of it. Together
// they count every byte that differs, once.
type DiskDifference struct {
	// Place is disk, or partition N; root where the two root file systems lie at different places of their disks, and are
	// compared alone, with First counted from their start.
	Place string `json:"place"`
	// Structure is the name: "superblock", "block bitmap", "journal", "MBR". Where the bytes belong to something else on
	// the other disk it has both: "free block in A, contents in B".
	Structure string `json:"structure"`
	// Mixed says that the bytes belong to two structures.
	Mixed bool `json:"mixed,omitempty"`
	// What is the field, in words where it has some; empty where all of a structure is told as one.
	What string `json:"what,omitempty"`
	// A and B are the values of a field that is there once.
	A string `json:"a,omitempty"`
	B string `json:"b,omitempty"`
	// Bytes is how many bytes of the disk differ there.
	Bytes int64 `json:"bytes"`
	// Count is how many of Unit they are in, or are: bits, inodes, blocks, groups, copies.
	Count int64  `json:"count,omitempty"`
	Unit  string `json:"unit,omitempty"`
	// Groups are the groups of blocks that descriptors and bitmaps are of, as "0, 3-7".
	Groups string `json:"groups,omitempty"`
	// First is where on the disk the first of them lies.
	First int64 `json:"first"`
	// Note says what it means.
	Note string `json:"note,omitempty"`
}

// disks compares two disks byte by byte, and tells what differs by the structures it lies in. It gives the number of
// bytes that differ.
func disks(ctx context.Context, a, b image, report func(DiskDifference) error) (int64, error) {
	s := &diskSum{byKey: map[diskKey]*diskEntry{}, root: a.Root.Partition.Number, block: int64(a.Root.FS.Info().BlockSize)}
	da, db, ta, tb := a.Disk, b.Disk, a.Table, b.Table
	if p, q := a.Root.Partition, b.Root.Partition; p.Start != q.Start || p.Number != q.Number {
		da, ta = alone(a)
		db, tb = alone(b)
		s.root, s.alone = 0, true
	}
	ma, mb := where.New(da, ta), where.New(db, tb)
	t := &twin{a: da, b: db, size: min(da.Size(), db.Size())}
	err := differing(ctx, da, db, func(ranges []block.Range) error {
		return bothPlaces(ctx, ma, mb, ranges, func(off, n int64, pa, pb *where.Place) error {
			return s.run(t, off, n, pa, pb)
		})
	})
	if err != nil {
		return 0, err
	}
	s.rest(da, db)
	return s.total, s.tell(report)
}

// alone gives an image's root file system as a disk of its own.
func alone(m image) (block.Device, *disk.Table) {
	d, p := m.Root.Device, m.Root.Partition
	p.Number, p.Start, p.Size = 0, 0, d.Size()
	return d, &disk.Table{Kind: disk.None, SectorSize: m.Table.SectorSize, Partitions: []disk.Partition{p}}
}

// diskKey is what is told as one.
type diskKey struct {
	partition       int
	structure, what string
}

type diskEntry struct {
	DiskDifference
	rank   int
	last   uint64 // the number of what was counted last
	any    bool
	groups groupList
	zeroA  int64 // of the bytes that differ, those that are 0 in A
	zeroB  int64
	fields []string
}

type diskSum struct {
	byKey map[diskKey]*diskEntry
	total int64
	alone bool  // the root file systems are compared, not the disks
	root  int   // the number of A's partition with the root,
	block int64 // and the size of its blocks
}

// run takes a run of bytes with one owner on each disk.
func (s *diskSum) run(t *twin, off, n int64, pa, pb *where.Place) error {
	var e *diskEntry
	for n > 0 {
		x, y, err := t.at(off, n)
		if err != nil {
			return err
		}
		for i := range x {
			if x[i] == y[i] {
				continue
			}
			if e == nil {
				if e, err = s.entry(t, off+int64(i), pa, pb); err != nil {
					return err
				}
			}
			s.total++
			e.Bytes++
			if x[i] == 0 {
				e.zeroA++
			}
			if y[i] == 0 {
				e.zeroB++
			}
			if e.Unit == "bits" {
				e.Count += int64(bits.OnesCount8(x[i] ^ y[i]))
			}
			if e.Unit == "blocks" || e.Unit == "KiB" {
				e.one(uint64((off + int64(i) - pa.Start) / s.blockOf(pa)))
			}
		}
		off, n = off+int64(len(x)), n-int64(len(x))
	}
	return nil
}

// blockOf is what data is counted in: blocks of the root file system, elsewhere KiB.
func (s *diskSum) blockOf(p *where.Place) int64 {
	if p.Partition == s.root && p.FS != nil {
		return s.block
	}
	return 1024
}

// one counts what has a number, once where it comes several times in a row.
func (e *diskEntry) one(number uint64) {
	if !e.any || e.last != number {
		e.Count++
	}
	e.any, e.last = true, number
}

// entry is the one that a byte counts for.
func (s *diskSum) entry(t *twin, off int64, pa, pb *where.Place) (*diskEntry, error) {
	key, rank, unit := kindOf(pa, pb)
	e := s.byKey[key]
	if e == nil {
		place := s.place()
		if key.partition > 0 {
			place = "partition " + strconv.Itoa(key.partition)
		}
		e = &diskEntry{DiskDifference: DiskDifference{Place: place, Structure: key.structure, What: words(key.what), Unit: unit, First: off, Mixed: rank == len(kinds)}, rank: rank}
		if unit == "blocks" && (key.partition != s.root || pa.FS == nil) {
			e.Unit = "KiB"
		}
		s.byKey[key] = e
		if unit == "" && pa.HasValue() && pb.HasValue() {
			var err error
			if e.A, err = pa.Value(t.a); err != nil {
				return nil, err
			}
			if e.B, err = pb.Value(t.b); err != nil {
				return nil, err
			}
			e.A, e.B = clip(e.A), clip(e.B)
		}
	}
	e.First = min(e.First, off)
	p := pa.FS
	if p == nil || e.Mixed {
		return e, nil
	}
	switch unit {
	case "inodes":
		e.one(uint64(p.Inode))
	case "groups":
		e.one(uint64(p.Group))
	case "copies":
		e.one(uint64(max(p.Group, p.Copy)))
	}
	switch p.Kind {
	case ext.PieceDescriptor, ext.PieceBlockBitmap, ext.PieceInodeBitmap:
		e.groups.add(p.Group)
	}
	if (unit == "copies" || unit == "groups") && p.Field != "" && !slices.Contains(e.fields, p.Field) {
		e.fields = append(e.fields, p.Field)
	}
	return e, nil
}

// kindOf says under what a byte is told: of which partition, structure and field; in which order; and what is counted.
func kindOf(pa, pb *where.Place) (key diskKey, rank int, unit string) {
	a, b := labelOf(pa), labelOf(pb)
	key.partition = max(pa.Partition, pb.Partition, 0)
	if pa.Partition != pb.Partition || a.structure != b.structure {
		key.structure = a.structure + " in A, " + b.structure + " in B"
		return key, len(kinds), "blocks"
	}
	key.structure = a.structure
	if a.what == b.what {
		key.what = a.what
	}
	if pa.FS != nil && pb.FS != nil && holdsData(pa.FS.Kind) && pa.FS.Inode != pb.FS.Inode {
		key.structure += " of different files"
	}
	return key, a.rank, a.unit
}

func holdsData(k ext.PieceKind) bool {
	return k == ext.PieceContents || k == ext.PieceSlack || k == ext.PieceUnwritten
}

// label is what a place is told as.
type label struct {
	structure, what, unit string
	rank                  int
}

func labelOf(p *where.Place) label {
	if p.FS == nil {
		l := label{structure: p.Disk.Structure, what: p.Detail(), rank: -1}
		switch {
		case p.Disk.Structure == disk.StructurePartition && p.Partition > 0:
			l.structure, l.unit = "contents", "blocks"
		case p.Disk.Structure == disk.StructurePartition:
			l.structure, l.unit = "disk without a table", "blocks"
		case p.Disk.Structure == disk.StructureGap:
			l.unit = "blocks"
		}
		return l
	}
	f := p.FS
	l := label{structure: string(f.Kind), unit: "blocks", rank: slices.Index(kinds, f.Kind)}
	switch f.Kind {
	case ext.PieceSuperblock:
		if l.what, l.unit = f.Field, ""; f.Group > 0 {
			l.structure, l.what, l.unit = "superblock, backups", "", "copies"
		}
	case ext.PieceDescriptor, ext.PieceDescriptors:
		if l.structure, l.unit = "group descriptors", "groups"; f.Copy > 0 {
			l.structure, l.unit = "group descriptors, backups", "copies"
		}
	case ext.PieceBlockBitmap, ext.PieceInodeBitmap:
		l.unit = "bits"
	case ext.PieceInode:
		l.what, l.unit = inodeField(f), "inodes"
	case ext.PieceUnusedInode, ext.PieceDirectory, ext.PieceDirectoryIndex, ext.PieceTarget, ext.PieceAttributeValue:
		l.unit = "inodes"
	}
	return l
}

// inodeField is a field of an inode, or what kind of record there lies behind the fields.
func inodeField(p *ext.Piece) string {
	if p.Part == "" {
		return p.Field
	}
	record, _, _ := strings.Cut(p.Part, " ")
	if strings.HasPrefix(p.Field, "i_") {
		return p.Field
	}
	return record
}

// kinds of owners in the order in which they are told.
var kinds = []ext.PieceKind{
	ext.PieceBoot, ext.PieceSuperblock, ext.PieceDescriptor, ext.PieceDescriptors, ext.PieceReserved, ext.PieceBlockBitmap,
	ext.PieceInodeBitmap, ext.PieceInodeTable, ext.PieceInode, ext.PieceUnusedInode, ext.PieceMap, ext.PieceDirectory,
	ext.PieceDirectoryIndex, ext.PieceTarget, ext.PieceAttributes, ext.PieceAttributeValue, ext.PieceJournal, ext.PieceQuota,
	ext.PieceOrphanFile, ext.PieceBadBlocks, ext.PieceMMP, ext.PieceContents, ext.PieceSlack, ext.PieceUnwritten,
	ext.PieceClusterRest, ext.PiecePadding, ext.PieceFree, ext.PieceLost, ext.PieceOutside,
}

// place is what no partition is named for.
func (s *diskSum) place() string {
	if s.alone {
		return "root"
	}
	return "disk"
}

// rest counts what only the longer disk has.
func (s *diskSum) rest(a, b block.Device) {
	long, side := a, "A"
	if b.Size() > a.Size() {
		long, side = b, "B"
	}
	from := min(a.Size(), b.Size())
	n := long.Size() - from
	if n == 0 {
		return
	}
	s.total += n
	s.byKey[diskKey{structure: "end"}] = &diskEntry{rank: len(kinds) + 1, DiskDifference: DiskDifference{
		Place: s.place(), Structure: "end", Bytes: n, First: from, Note: "only " + side + " is that long",
	}}
}

// tell hands over what was found, in the order of the disk's structures.
func (s *diskSum) tell(report func(DiskDifference) error) error {
	list := make([]*diskEntry, 0, len(s.byKey))
	for _, e := range s.byKey {
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y *diskEntry) int {
		return cmp.Or(cmp.Compare(partitionOf(x.Place), partitionOf(y.Place)), cmp.Compare(x.rank, y.rank), cmp.Compare(x.First, y.First),
			cmp.Compare(x.Structure, y.Structure), cmp.Compare(x.What, y.What))
	})
	for _, e := range list {
		e.Groups = e.groups.String()
		if e.Note == "" {
			e.Note = e.note()
		}
		if err := report(e.DiskDifference); err != nil {
			return err
		}
	}
	return nil
}

func partitionOf(place string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(place, "partition "))
	return n
}

// note says what it means.
func (e *diskEntry) note() string {
	switch kind := ext.PieceKind(e.Structure); {
	case len(e.fields) > 0:
		const most = 6
		list := e.fields
		for i := range list {
			list[i] = words(list[i])
		}
		if len(list) > most {
			return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d other fields", len(list)-most)
		}
		return strings.Join(list, ", ")
	case kind == ext.PieceContents:
		return "told file by file"
	case kind == ext.PieceFree || kind == ext.PieceSlack || kind == ext.PieceLost || kind == ext.PieceUnwritten || kind == ext.PieceClusterRest:
		switch {
		case e.zeroB == e.Bytes:
			return "left behind in A; zeros in B"
		case e.zeroA == e.Bytes:
			return "left behind in B; zeros in A"
		}
		return "left behind, not the same in both"
	}
	return ""
}

// groupList is a list of numbers as runs.
type groupList [][2]uint32

// maxRuns bounds the runs that are kept.
const maxRuns = 64

func (g *groupList) add(n uint32) {
	if k := len(*g); k > 0 {
		last := &(*g)[k-1]
		switch {
		case n >= last[0] && n <= last[1]:
			return
		case n == last[1]+1:
			last[1] = n
			return
		case k > maxRuns:
			return
		}
	}
	*g = append(*g, [2]uint32{n, n})
}

func (g groupList) String() string {
	var out []string
	for i, r := range g {
		switch {
		case i == maxRuns:
			out = append(out, "…")
		case r[0] == r[1]:
			out = append(out, strconv.Itoa(int(r[0])))
		default:
			out = append(out, fmt.Sprintf("%d-%d", r[0], r[1]))
		}
	}
	return strings.Join(out, ", ")
}

// clip keeps a value from filling a line.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
