package binary

import (
	"debug/elf"
	"fmt"
	"strings"
)

// dynamic reads the dynamic section: a list of tags, of which some are offsets of names in a table of strings.
func (f *file) dynamic(s segment) error {
	if s.filesz > maxDynamic {
		return fmt.Errorf("%d bytes at offset %d; the limit is %d", s.filesz, s.off, maxDynamic)
	}
	b, err := f.read(s.off, int(s.filesz))
	if err != nil {
		return err
	}
	word := 4
	if f.wide {
		word = 8
	}
	type entry struct {
		tag elf.DynTag
		at  uint64
	}
	var names []entry
	value := map[elf.DynTag]uint64{}
	for ; len(b) >= 2*word; b = b[2*word:] {
		tag := elf.DynTag(f.word(b))
		if tag == elf.DT_NULL {
			break
		}
		v := f.word(b[word:])
		switch tag {
		case elf.DT_NEEDED, elf.DT_RPATH, elf.DT_RUNPATH, elf.DT_SONAME:
			if names = append(names, entry{tag, v}); len(names) > maxNeeded {
				return fmt.Errorf("more than %d libraries", maxNeeded)
			}
		default:
			value[tag] = v
		}
	}
	f.NoDefault = value[elf.DT_FLAGS_1]&uint64(elf.DF_1_NODEFLIB) != 0
	table := value[elf.DT_STRTAB]
	for _, n := range names {
		s, err := f.stringAt(table + n.at)
		if err != nil {
			return err
		}
		switch n.tag {
		case elf.DT_NEEDED:
			f.Needed = append(f.Needed, s)
		case elf.DT_SONAME:
			f.SOName = s
		case elf.DT_RPATH:
			f.RPath = append(f.RPath, folders(s)...)
		case elf.DT_RUNPATH:
			f.RunPath = append(f.RunPath, folders(s)...)
		}
	}
	if at, ok := value[elf.DT_VERNEED]; ok {
		if err := f.requires(at, value[elf.DT_VERNEEDNUM], table); err != nil {
			return fmt.Errorf("the symbol versions that it needs: %w", err)
		}
	}
	if at, ok := value[elf.DT_VERDEF]; ok {
		if err := f.defines(at, value[elf.DT_VERDEFNUM], table); err != nil {
			return fmt.Errorf("the symbol versions that it has: %w", err)
		}
	}
	return nil
}

// folders cuts a search path at its colons.
func folders(s string) []string {
	var out []string
	for f := range strings.SplitSeq(s, ":") {
		if f != "" { // an empty one would be the working folder: nothing of an image's
			out = append(out, f)
		}
	}
	return out
}

// requires reads a list of libraries, each with a list of versions. The lists are chained by distances, which only
// lead forward: a chain has an end.
func (f *file) requires(at, count, names uint64) error {
	total := 0
	for range min(count, maxVersions) {
		b, err := f.record(at, 16) // version, count, file, first of the versions, next
		if err != nil {
			return err
		}
		library, err := f.stringAt(names + uint64(f.order.Uint32(b[4:])))
		if err != nil {
			return err
		}
		q := Requirement{Library: library}
		aux := at + uint64(f.order.Uint32(b[8:]))
		for range f.order.Uint16(b[2:]) {
			if total++; total > maxVersions {
				return fmt.Errorf("more than %d", maxVersions)
			}
			v, err := f.record(aux, 16) // hash, flags, number, name, next
			if err != nil {
				return err
			}
			name, err := f.stringAt(names + uint64(f.order.Uint32(v[8:])))
			if err != nil {
				return err
			}
			q.Versions = append(q.Versions, Version{Name: name, Weak: f.order.Uint16(v[4:])&verFlagWeak != 0})
			next := uint64(f.order.Uint32(v[12:]))
			if next == 0 {
				break
			}
			aux += next
		}
		f.Requires = append(f.Requires, q)
		next := uint64(f.order.Uint32(b[12:]))
		if next == 0 {
			break
		}
		at += next
	}
	return nil
}

// Flags of a symbol version: the first stands for the file itself, the other for one that may be missing.
const (
	verFlagBase = 1
	verFlagWeak = 2
)

// defines reads the list of versions that a library has.
func (f *file) defines(at, count, names uint64) error {
	for i := range count {
		if i == maxVersions {
			return fmt.Errorf("more than %d", maxVersions)
		}
		b, err := f.record(at, 20) // version, flags, number, count, hash, first of the names, next
		if err != nil {
			return err
		}
		if f.order.Uint16(b[2:])&verFlagBase == 0 {
			aux, err := f.record(at+uint64(f.order.Uint32(b[12:])), 8)
			if err != nil {
				return err
			}
			name, err := f.stringAt(names + uint64(f.order.Uint32(aux)))
			if err != nil {
				return err
			}
			f.Defines = append(f.Defines, name)
		}
		next := uint64(f.order.Uint32(b[16:]))
		if next == 0 {
			break
		}
		at += next
	}
	return nil
}
