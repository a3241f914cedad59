package binary

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

// Limits on what is followed. Real files stay far below.
const (
	maxSegments = 1024
	maxDynamic  = 64 << 10 // bytes of the dynamic section
	maxNeeded   = 512      // libraries, or folders to look for them
	maxVersions = 8192     // symbol versions asked for, or had
	maxString   = 4096     // a path
	maxNotes    = 64 << 10 // bytes of notes of one segment or section
)

// file is an ELF file being read.
type file struct {
	Facts
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder
	wide  bool // 64 bits

	progOff, sectOff     uint64
	progSize, sectSize   int
	progCount, sectCount int
	names                int // the section with names of sections
	loads                []segment
	pages                [8]page
}

// segment is a program header, as far as it counts here.
type segment struct {
	kind                      elf.ProgType
	off, addr, filesz, memory uint64
}

// page is a piece of the file that was read, as the tables that are read lie close together in small records.
type page struct {
	at int64 // number, from 1
	b  []byte
}

const pageSize = 8 << 10

// read gives n bytes at an offset of the file. n is small: its callers bound it.
func (f *file) read(off uint64, n int) ([]byte, error) {
	if n < 0 || off > uint64(f.size) || uint64(n) > uint64(f.size)-off {
		return nil, fmt.Errorf("%d bytes at offset %d: the file has %d", n, off, f.size)
	}
	out := make([]byte, 0, n)
	for len(out) < n {
		at := off + uint64(len(out))
		b, err := f.page(int64(at / pageSize))
		if err != nil {
			return nil, err
		}
		into := int(at % pageSize)
		if into >= len(b) {
			return nil, fmt.Errorf("%d bytes at offset %d: %w", n, off, io.ErrUnexpectedEOF)
		}
		out = append(out, b[into:min(len(b), into+n-len(out))]...)
	}
	return out, nil
}

func (f *file) page(number int64) ([]byte, error) {
	p := &f.pages[number%int64(len(f.pages))]
	if p.at == number+1 {
		return p.b, nil
	}
	if p.b == nil {
		p.b = make([]byte, pageSize)
	}
	off := number * pageSize
	p.at, p.b = 0, p.b[:pageSize]
	n, err := f.r.ReadAt(p.b[:min(pageSize, f.size-off)], off)
	if err != nil && err != io.EOF {
		return nil, err
	}
	p.at, p.b = number+1, p.b[:n]
	return p.b, nil
}

// word reads an address or a size: 4 or 8 bytes.
func (f *file) word(b []byte) uint64 {
	if f.wide {
		return f.order.Uint64(b)
	}
	return uint64(f.order.Uint32(b))
}

// header reads what stands at the head of the file.
func (f *file) header() error {
	ident := make([]byte, elf.EI_NIDENT)
	if n, err := f.r.ReadAt(ident, 0); n < 4 || string(ident[:4]) != elf.ELFMAG {
		if err != nil && err != io.EOF {
			return err
		}
		return ErrNotELF
	}
	f.Class, f.Data = elf.Class(ident[elf.EI_CLASS]), elf.Data(ident[elf.EI_DATA])
	switch f.Data {
	case elf.ELFDATA2LSB:
		f.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		f.order = binary.BigEndian
	default:
		return fmt.Errorf("damaged ELF file: byte order %d at offset %d", f.Data, elf.EI_DATA)
	}
	length := 52
	switch f.Class {
	case elf.ELFCLASS32:
	case elf.ELFCLASS64:
		f.wide, length = true, 64
	default:
		return fmt.Errorf("damaged ELF file: class %d at offset %d", f.Class, elf.EI_CLASS)
	}
	b, err := f.read(0, length)
	if err != nil {
		return fmt.Errorf("damaged ELF file: header: %w", err)
	}
	f.Type, f.Machine = elf.Type(f.order.Uint16(b[16:])), elf.Machine(f.order.Uint16(b[18:]))
	word := 4
	if f.wide {
		word = 8
	}
	f.progOff, f.sectOff = f.word(b[24+word:]), f.word(b[24+2*word:])
	rest := b[24+3*word+4+2:] // after the flags and the size of this header
	half := func(i int) int { return int(f.order.Uint16(rest[2*i:])) }
	f.progSize, f.progCount, f.sectSize, f.sectCount, f.names = half(0), half(1), half(2), half(3), half(4)
	return nil
}

// segments reads the program headers and what they lead to.
func (f *file) segments() error {
	if f.progOff == 0 || f.progCount == 0 {
		return nil
	}
	want := 32
	if f.wide {
		want = 56
	}
	switch {
	case f.progSize != want:
		return fmt.Errorf("damaged ELF file: program headers of %d bytes, and they have %d", f.progSize, want)
	case f.progCount > maxSegments:
		return fmt.Errorf("damaged ELF file: %d program headers; the limit is %d", f.progCount, maxSegments)
	}
	var all []segment
	for i := range f.progCount {
		b, err := f.read(f.progOff+uint64(i*want), want)
		if err != nil {
			return fmt.Errorf("damaged ELF file: program header %d: %w", i, err)
		}
		s := segment{kind: elf.ProgType(f.order.Uint32(b))}
		if f.wide {
			s.off, s.addr, s.filesz, s.memory = f.word(b[8:]), f.word(b[16:]), f.word(b[32:]), f.word(b[40:])
		} else {
			s.off, s.addr, s.filesz, s.memory = f.word(b[4:]), f.word(b[8:]), f.word(b[16:]), f.word(b[20:])
		}
		if all = append(all, s); s.kind == elf.PT_LOAD {
			f.loads = append(f.loads, s)
		}
	}
	for _, s := range all {
		if err := f.segment(s); err != nil {
			return fmt.Errorf("damaged ELF file: %w", err)
		}
	}
	return nil
}

func (f *file) segment(s segment) error {
	switch {
	case s.kind == elf.PT_INTERP && f.Interpreter == "": // the kernel, too, takes the first
		b, err := f.read(s.off, int(min(s.filesz, maxString)))
		if err != nil {
			return fmt.Errorf("the loader's name: %w", err)
		}
		b, _, _ = bytes.Cut(b, []byte{0})
		f.Interpreter = string(b)
	case s.kind == elf.PT_DYNAMIC && !f.Dynamic:
		f.Dynamic = true
		if err := f.dynamic(s); err != nil {
			return fmt.Errorf("the dynamic section: %w", err)
		}
	case s.kind == elf.PT_NOTE && f.BuildID == "":
		f.notes(s.off, s.filesz)
	}
	return nil
}

// at gives where in the file an address lies, and how many bytes of its segment follow.
func (f *file) at(address uint64) (off, left uint64, ok bool) {
	for _, s := range f.loads {
		if address < s.addr || address-s.addr >= s.filesz {
			continue
		}
		into := address - s.addr
		if s.off > uint64(f.size) || into >= uint64(f.size)-s.off {
			return 0, 0, false
		}
		return s.off + into, min(s.filesz-into, uint64(f.size)-s.off-into), true
	}
	return 0, 0, false
}

// record gives n bytes at an address.
func (f *file) record(address uint64, n int) ([]byte, error) {
	off, left, ok := f.at(address)
	if !ok || left < uint64(n) {
		return nil, fmt.Errorf("no %d bytes at address %#x", n, address)
	}
	return f.read(off, n)
}

// stringAt reads the string that the loader would find at an address.
func (f *file) stringAt(address uint64) (string, error) {
	off, left, ok := f.at(address)
	if !ok {
		return "", fmt.Errorf("no string at address %#x", address)
	}
	var s []byte
	for limit := min(left, maxString); uint64(len(s)) < limit; {
		b, err := f.read(off+uint64(len(s)), int(min(64, limit-uint64(len(s)))))
		if err != nil {
			return "", err
		}
		part, _, ended := bytes.Cut(b, []byte{0})
		if s = append(s, part...); ended {
			return string(s), nil
		}
	}
	return "", fmt.Errorf("the string at address %#x has no end", address)
}
