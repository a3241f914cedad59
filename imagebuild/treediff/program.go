package treediff

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	programs "lbimage/imagebuild/binary"
	"lbimage/imagebuild/treediff/internal/unpack"
)

const (
	maxSections = 4096 // of a program that are looked at
	maxTold     = 48   // facts that are told of one list
)

// moduleSigned ends a kernel module with a signature behind it.
const moduleSigned = "~Module signature appended~\n"

// programs compares two ELF files: what they ask for, which build they are, their sections.
func (n *inner) programs(a, b *io.SectionReader, in *Inside) error {
	fa, errA := programs.Read(a, a.Size())
	fb, errB := programs.Read(b, b.Size())
	if errA != nil || errB != nil {
		for _, err := range []error{errA, errB} {
			if err != nil {
				in.Limit = clip(err.Error())
			}
		}
		return nil
	}
	in.Facts = append(in.Facts, factsThat(programFacts(fa), programFacts(fb))...)
	if fa.BuildID != "" && fa.BuildID == fb.BuildID {
		in.Note = "the same build (build id " + clip(fa.BuildID) + "), stripped, signed or edited after it"
	}
	in.Facts = append(in.Facts, onlyIn("needs", fa.Needed, fb.Needed)...)
	in.Facts = append(in.Facts, onlyIn("asks for", versions(fa), versions(fb))...)
	in.Facts = append(in.Facts, onlyIn("defines", fa.Defines, fb.Defines)...)
	in.Facts = append(in.Facts, factsThat(signature(a), signature(b))...)
	sections, err := n.sections(a, b)
	in.Facts = append(in.Facts, sections...)
	return err
}

func programFacts(f programs.Facts) []unpack.Fact {
	kind := map[elf.Type]string{elf.ET_REL: "object", elf.ET_EXEC: "program", elf.ET_DYN: "program or library", elf.ET_CORE: "core file"}[f.Type]
	symbols := "symbols"
	if f.Stripped {
		symbols = "stripped"
	}
	if f.Debug {
		symbols += ", debug information"
	}
	return []unpack.Fact{
		{What: "build id", Text: f.BuildID}, {What: "processor", Text: f.Arch()}, {What: "kind", Text: kind}, {What: "loader", Text: f.Interpreter},
		{What: "library name", Text: f.SOName}, {What: "rpath", Text: strings.Join(f.RPath, ":")},
		{What: "runpath", Text: strings.Join(f.RunPath, ":")}, {What: "symbols", Text: symbols},
	}
}

func versions(f programs.Facts) (out []string) {
	for _, r := range f.Requires {
		for _, v := range r.Versions {
			out = append(out, r.Library+" "+v.Name)
		}
	}
	return out
}

// onlyIn tells what stands in one of two lists only.
func onlyIn(what string, a, b []string) []Fact {
	var out []Fact
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, Fact{what, clip(x), ""})
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			out = append(out, Fact{what, "", clip(x)})
		}
	}
	return some(what, out)
}

// some cuts a list that is too long to be read.
func some(what string, list []Fact) []Fact {
	if len(list) <= maxTold {
		return list
	}
	rest := fmt.Sprintf("%d more differ", len(list)-maxTold)
	return append(list[:maxTold:maxTold], Fact{"other " + what, rest, rest})
}

func signature(c *io.SectionReader) []unpack.Fact {
	end := make([]byte, len(moduleSigned))
	if c.Size() < int64(len(end)) || readAt(c, end, c.Size()-int64(len(end))) != nil || string(end) != moduleSigned {
		return nil
	}
	return []unpack.Fact{{What: "module signature", Text: "appended"}}
}

// sections compares two files section by section.
func (n *inner) sections(a, b *io.SectionReader) ([]Fact, error) {
	la, okA := sectionsOf(a)
	lb, okB := sectionsOf(b)
	if !okA || !okB {
		return nil, nil
	}
	var out []Fact
	for len(la) > 0 || len(lb) > 0 {
		order := -1
		switch {
		case len(la) == 0:
			order = 1
		case len(lb) > 0:
			order = cmp.Or(cmp.Compare(la[0].name, lb[0].name), cmp.Compare(la[0].nth, lb[0].nth))
		}
		var x, y section
		if order <= 0 {
			x, la = la[0], la[1:]
		}
		if order >= 0 {
			y, lb = lb[0], lb[1:]
		}
		f := Fact{"section " + clip(cmp.Or(x.name, y.name)), x.text(), y.text()}
		if order == 0 && x.size == y.size {
			if x.content == nil || y.content == nil {
				continue
			}
			same, err := n.equal(x.content, y.content)
			if err != nil {
				return nil, err
			}
			if same {
				continue
			}
			f.B += ", other content"
		}
		out = append(out, f)
	}
	return some("sections", out), nil
}

type section struct {
	name    string
	nth     int
	size    uint64
	there   bool
	content *io.SectionReader // nil where it takes no room in the file
}

func (s section) text() string {
	if !s.there {
		return ""
	}
	return fmt.Sprintf("%d bytes", s.size)
}

// sectionsOf lists sections by name. ok is false where the table cannot be read.
func sectionsOf(c *io.SectionReader) (out []section, ok bool) {
	defer func() {
		if recover() != nil { // the library trusts some numbers
			out, ok = nil, false
		}
	}()
	var head [64]byte
	if readAt(c, head[:], 0) != nil {
		return nil, false
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if head[elf.EI_DATA] == byte(elf.ELFDATA2MSB) {
		order = binary.BigEndian
	}
	count := order.Uint16(head[60:])
	if head[elf.EI_CLASS] == byte(elf.ELFCLASS32) {
		count = order.Uint16(head[48:])
	}
	if count == 0 || count > maxSections {
		return nil, false
	}
	f, err := elf.NewFile(c)
	if err != nil {
		return nil, false
	}
	for _, s := range f.Sections {
		if s.Type == elf.SHT_NULL {
			continue
		}
		x := section{name: s.Name, size: s.FileSize, there: true}
		if s.Type == elf.SHT_NOBITS {
			x.size = s.Size
		} else if off, size := int64(s.Offset), int64(s.FileSize); off >= 0 && size >= 0 && off <= c.Size() && size <= c.Size()-off {
			x.content = io.NewSectionReader(c, off, size)
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(x, y section) int { return cmp.Compare(x.name, y.name) })
	for i := 1; i < len(out); i++ {
		if out[i].name == out[i-1].name {
			out[i].nth = out[i-1].nth + 1
		}
	}
	return out, true
}

// kernelFacts reads the version that a kernel's boot header points to (Documentation/arch/x86/boot.rst in the kernel).
func kernelFacts(c *io.SectionReader) []unpack.Fact {
	var at [2]byte
	text := make([]byte, 256)
	if readAt(c, at[:], 0x20e) != nil {
		return nil
	}
	off := int64(binary.LittleEndian.Uint16(at[:])) + 0x200
	k, _ := c.ReadAt(text, off)
	version, _, _ := strings.Cut(string(text[:k]), "\x00")
	return []unpack.Fact{{What: "version", Text: version}}
}
