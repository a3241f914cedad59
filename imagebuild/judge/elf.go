package judge

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
)

// Limits on what is read of an ELF file. Real ones stay far below.
const (
	maxELF     = 256 << 20 // bytes of a file
	maxDynamic = 64 << 10  // bytes of the dynamic section
	maxNeeded  = 512       // libraries of one object
	maxString  = 4096      // a path
)

// object is an ELF file as the loader sees it: by its program headers. Sections are for linkers and may lie.
type object struct {
	machine elf.Machine
	class   elf.Class
	data    elf.Data
	kind    elf.Type
	interp  string
	dynamic bool
	needed  []string
	rpath   []string
	runpath []string
}

// fits says that two objects can live in one process.
func (o object) fits(p object) bool {
	return o.machine == p.machine && o.class == p.class && o.data == p.data
}

// readObject reads an ELF file. Whatever the bytes are, it neither panics nor takes much memory.
func readObject(r io.ReaderAt, size int64) (o object, err error) {
	defer func() {
		if p := recover(); p != nil { // debug/elf does not promise to stand every input
			o, err = object{}, fmt.Errorf("damaged ELF file: %v", p)
		}
	}()
	if size > maxELF {
		return object{}, fmt.Errorf("%d bytes are more than a program has; the limit is %d", size, maxELF)
	}
	var magic [4]byte
	if n, _ := r.ReadAt(magic[:], 0); n < len(magic) || string(magic[:]) != elf.ELFMAG {
		if n >= 2 && magic[0] == '#' && magic[1] == '!' {
			return object{}, fmt.Errorf("a script, not a program")
		}
		return object{}, fmt.Errorf("not an ELF file")
	}
	f, err := elf.NewFile(io.NewSectionReader(r, 0, size))
	if err != nil {
		return object{}, fmt.Errorf("damaged ELF file: %w", err)
	}
	o = object{machine: f.Machine, class: f.Class, data: f.Data, kind: f.Type}
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_INTERP:
			if o.interp != "" {
				continue // the kernel, too, takes the first
			}
			b, err := io.ReadAll(io.LimitReader(p.Open(), maxString))
			if err != nil {
				return object{}, fmt.Errorf("reading the loader's name: %w", err)
			}
			b, _, _ = bytes.Cut(b, []byte{0})
			o.interp = string(b)
		case elf.PT_DYNAMIC:
			if o.dynamic {
				continue
			}
			o.dynamic = true
			if err := o.readDynamic(f, p, r, size); err != nil {
				return object{}, fmt.Errorf("reading the dynamic section: %w", err)
			}
		}
	}
	return o, nil
}

// readDynamic takes the names of libraries and folders from the dynamic section.
func (o *object) readDynamic(f *elf.File, p *elf.Prog, r io.ReaderAt, size int64) error {
	if p.Filesz > maxDynamic {
		return fmt.Errorf("%d bytes at offset %d are too many", p.Filesz, p.Off)
	}
	b, err := io.ReadAll(p.Open())
	if err != nil {
		return err
	}
	word := 8
	if o.class == elf.ELFCLASS32 {
		word = 4
	}
	get := func(i int) uint64 {
		if word == 4 {
			return uint64(f.ByteOrder.Uint32(b[i:]))
		}
		return f.ByteOrder.Uint64(b[i:])
	}
	type entry struct {
		tag elf.DynTag
		at  uint64
	}
	var names []entry
	var table uint64
scan:
	for i := 0; i+2*word <= len(b); i += 2 * word {
		tag, value := elf.DynTag(get(i)), get(i+word)
		switch tag {
		case elf.DT_NULL:
			break scan
		case elf.DT_STRTAB:
			table = value
		case elf.DT_NEEDED, elf.DT_RPATH, elf.DT_RUNPATH:
			if names = append(names, entry{tag, value}); len(names) > maxNeeded {
				return fmt.Errorf("more than %d libraries", maxNeeded)
			}
		}
	}
	for _, n := range names {
		s, err := stringAt(f, r, size, table+n.at)
		if err != nil {
			return err
		}
		switch n.tag {
		case elf.DT_NEEDED:
			o.needed = append(o.needed, s)
		case elf.DT_RPATH:
			o.rpath = append(o.rpath, folders(s)...)
		case elf.DT_RUNPATH:
			o.runpath = append(o.runpath, folders(s)...)
		}
	}
	return nil
}

// stringAt reads the string that the loader would find at an address.
func stringAt(f *elf.File, r io.ReaderAt, size int64, address uint64) (string, error) {
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || address < p.Vaddr || address-p.Vaddr >= p.Filesz {
			continue
		}
		into := address - p.Vaddr
		if p.Off > uint64(size) || into > uint64(size)-p.Off {
			break
		}
		b := make([]byte, min(maxString, p.Filesz-into))
		n, err := r.ReadAt(b, int64(p.Off+into))
		if err != nil && err != io.EOF {
			return "", err
		}
		s, _, ended := bytes.Cut(b[:n], []byte{0})
		if !ended {
			return "", fmt.Errorf("the string at address %#x has no end", address)
		}
		return string(s), nil
	}
	return "", fmt.Errorf("no string at address %#x", address)
}

// folders cuts a search path at its colons.
func folders(s string) []string {
	var out []string
	for _, f := range bytes.Split([]byte(s), []byte{':'}) {
		if len(f) > 0 { // an empty one would be the working folder: nothing of ours
			out = append(out, string(f))
		}
	}
	return out
}
