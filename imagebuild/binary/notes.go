package binary

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"strings"
)

// A build-id is 20 bytes (SHA-1), 16 (MD5) or what the one who links says.
const maxBuildID = 128

// noteBuildID is the type of the note of owner GNU that holds the build-id.
const noteBuildID = 3

// notes looks for the build-id among notes. Damaged notes are passed over: no loader reads them.
func (f *file) notes(off, length uint64) {
	b, err := f.read(off, int(min(length, maxNotes)))
	if err != nil {
		return
	}
	for len(b) >= 12 {
		nameLen, descLen, kind := uint64(f.order.Uint32(b)), uint64(f.order.Uint32(b[4:])), f.order.Uint32(b[8:])
		b = b[12:]
		name, desc := (nameLen+3)&^3, (descLen+3)&^3
		if name+desc > uint64(len(b)) {
			return
		}
		if kind == noteBuildID && nameLen == 4 && string(b[:4]) == "GNU\x00" && descLen <= maxBuildID {
			f.BuildID = hex.EncodeToString(b[name : name+descLen])
			return
		}
		b = b[name+desc:]
	}
}

// sections looks whether symbols and debug information are left, and for notes where no segment has them. Sections are
// not needed to run a file: a table that leads nowhere is told as none.
func (f *file) sections() error {
	f.Stripped = true
	want := 40
	if f.wide {
		want = 64
	}
	if f.sectOff == 0 || f.sectSize != want {
		return nil
	}
	type section struct {
		name      uint32
		kind      elf.SectionType
		off, size uint64
		link      uint32
	}
	at := func(i int) (section, error) {
		b, err := f.read(f.sectOff+uint64(i)*uint64(want), want)
		if err != nil {
			return section{}, err
		}
		s := section{name: f.order.Uint32(b), kind: elf.SectionType(f.order.Uint32(b[4:]))}
		if f.wide {
			s.off, s.size, s.link = f.word(b[24:]), f.word(b[32:]), f.order.Uint32(b[40:])
		} else {
			s.off, s.size, s.link = f.word(b[16:]), f.word(b[20:]), f.order.Uint32(b[24:])
		}
		return s, nil
	}
	count, names := f.sectCount, f.names
	if count == 0 || names == int(elf.SHN_XINDEX) { // numbers too large for their fields stand in the first section
		first, err := at(0)
		if err != nil {
			return nil
		}
		if count == 0 {
			count = int(min(first.size, maxSections))
		}
		if names == int(elf.SHN_XINDEX) {
			names = int(min(first.link, maxSections))
		}
	}
	if count > maxSections {
		return fmt.Errorf("damaged ELF file: %d sections; the limit is %d", count, maxSections)
	}
	strtab, err := at(names)
	named := err == nil && names < count
	for i := 1; i < count; i++ {
		s, err := at(i)
		if err != nil {
			return nil
		}
		switch s.kind {
		case elf.SHT_SYMTAB:
			f.Stripped = false
		case elf.SHT_NOTE:
			if f.BuildID == "" {
				f.notes(s.off, s.size)
			}
		case elf.SHT_PROGBITS, mipsDwarf:
			if !named || f.Debug || uint64(s.name) >= strtab.size {
				continue
			}
			b, err := f.read(strtab.off+uint64(s.name), int(min(strtab.size-uint64(s.name), 16)))
			if err != nil {
				continue
			}
			b, _, _ = bytes.Cut(b, []byte{0})
			f.Debug = string(b) == ".debug_info" || strings.HasPrefix(string(b), ".zdebug_info")
		}
	}
	return nil
}

// maxSections bounds a section table. Objects with a section a function have some ten thousand.
const maxSections = 1 << 18

// mipsDwarf is the type of the sections with debug information on MIPS.
const mipsDwarf = elf.SectionType(0x7000001e)
