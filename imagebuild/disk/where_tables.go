package disk

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/diskfs/go-diskfs/partition/gpt"

	"lbimage/imagebuild/block"
)

// field is a field of a table on the disk; fields follow each other.
type field struct {
	name string
	size int64
	as   form
}

// form is how the bytes of a field are meant.
type form byte

const (
	asBytes form = iota
	asNumber
	asHex
	asGUID
	asUTF16
)

var mbrFields = func() []field {
	out := []field{{"boot code", 440, asBytes}, {"disk identifier", 4, asHex}, {"bytes behind the identifier", 2, asHex}}
	for i := range 4 {
		part := func(name string, size int64, as form) {
			out = append(out, field{fmt.Sprintf("partition %d, %s", i+1, name), size, as})
		}
		part("status", 1, asHex)
		part("first CHS", 3, asBytes)
		part("type", 1, asHex)
		part("last CHS", 3, asBytes)
		part("first sector", 4, asNumber)
		part("sectors", 4, asNumber)
	}
	return append(out, field{"signature", 2, asHex})
}()

// ebrFields have the same form; only two entries are in use.
var ebrFields = mbrFields

func gptFields(sector int64) []field {
	return []field{
		{"signature", 8, asBytes}, {"revision", 4, asHex}, {"header size", 4, asNumber}, {"header checksum", 4, asHex}, {"reserved", 4, asHex},
		{"sector of this header", 8, asNumber}, {"sector of the other header", 8, asNumber}, {"first usable sector", 8, asNumber},
		{"last usable sector", 8, asNumber}, {"disk identifier", 16, asGUID}, {"first sector of the entries", 8, asNumber},
		{"number of entries", 4, asNumber}, {"size of an entry", 4, asNumber}, {"checksum of the entries", 4, asHex},
		{structureGPTPadding, sector - gptHeaderSize, asBytes},
	}
}

var gptEntryFields = []field{
	{"type", 16, asGUID}, {"identifier", 16, asGUID}, {"first sector", 8, asNumber}, {"last sector", 8, asNumber},
	{"attributes", 8, asHex}, {"name", 72, asUTF16},
}

// gptAreas adds both headers, and the entries that they name.
func (t *Table) gptAreas(dev block.Device, add func(area)) {
	last := dev.Size()/t.SectorSize*t.SectorSize - t.SectorSize
	for _, copy := range []struct {
		at   int64
		name string
	}{{t.SectorSize, StructureGPT}, {last, StructureGPTBackup}} {
		h := readHeader(dev, copy.at)
		if h == nil || !h.signed() || copy.name == StructureGPTBackup && copy.at == t.SectorSize {
			continue
		}
		add(area{at: copy.at, size: t.SectorSize, structure: copy.name + " header", fields: gptFields(t.SectorSize), partition: -1})
		if !h.sane(t.SectorSize, dev.Size()) {
			continue
		}
		for i := range int64(h.entryCount()) {
			add(area{
				at: int64(h.entriesLBA())*t.SectorSize + i*gpt.PartitionEntrySize, size: gpt.PartitionEntrySize,
				structure: fmt.Sprintf("%s, %s %d", copy.name, structureEntry, i+1), fields: gptEntryFields, partition: -1,
			})
		}
	}
}

// recordAreas adds the records of logical partitions, by the chain that readLogical follows.
func (t *Table) recordAreas(dev block.Device, add func(area)) error {
	if t.Kind != MBR {
		return nil
	}
	buf := make([]byte, sectorSize)
	for _, p := range t.Partitions {
		if p.Kind != Extended {
			continue
		}
		seen := map[int64]bool{}
		first := p.Start / sectorSize
		for at := first; !seen[at] && len(seen) < maxLogical && at >= 0 && at <= dev.Size()/sectorSize-1; {
			if n, err := dev.ReadAt(buf, at*sectorSize); n < len(buf) {
				return fmt.Errorf("reading the logical partitions at sector %d: %w", at, noEOF(err))
			}
			if b := bootSector(buf); !b.signed() || !b.sane() {
				break
			}
			seen[at] = true
			add(area{at: at * sectorSize, size: sectorSize, structure: fmt.Sprintf("%s %d of partition %d", StructureEBR, len(seen), p.Number), fields: ebrFields, partition: -1})
			for i := range 4 {
				if e := bootSector(buf).entry(i); e.used() && e.extended() {
					at = first + int64(e.start())
					break
				}
			}
		}
	}
	return nil
}

// HasValue tells whether the piece is a field whose bytes mean something by themselves.
func (p Piece) HasValue() bool { return p.Field != "" }

// Value reads the whole field from r, the disk or another one with the same table
// there, and writes it in words.
func (p Piece) Value(r io.ReaderAt) (string, error) {
	const maxShown = 16
	b := make([]byte, p.Whole.Len)
	if n, err := r.ReadAt(b, p.Whole.Off); n < len(b) {
		return "", fmt.Errorf("reading %d bytes at %d: %w", len(b), p.Whole.Off, noEOF(err))
	}
	switch p.as {
	case asNumber, asHex:
		v := uint64(0)
		for i := len(b) - 1; i >= 0; i-- {
			v = v<<8 | uint64(b[i])
		}
		if p.as == asNumber {
			return fmt.Sprint(v), nil
		}
		return fmt.Sprintf("0x%0*x", 2*len(b), v), nil
	case asGUID:
		le := binary.LittleEndian
		return strings.ToUpper(fmt.Sprintf("%08x-%04x-%04x-%x-%x", le.Uint32(b), le.Uint16(b[4:]), le.Uint16(b[6:]), b[8:10], b[10:])), nil
	case asUTF16:
		var text []uint16
		for ; len(b) > 1 && (b[0] != 0 || b[1] != 0); b = b[2:] {
			text = append(text, binary.LittleEndian.Uint16(b))
		}
		return fmt.Sprintf("%q", string(utf16.Decode(text))), nil
	}
	if len(b) > maxShown {
		return fmt.Sprintf("%x…", b[:maxShown]), nil
	}
	return fmt.Sprintf("%x", b), nil
}
