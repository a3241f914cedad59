package binary

import (
	"debug/elf"
	"errors"
	"io"
	"strings"
)

// ErrNotELF says that a file is no ELF file at all.
var ErrNotELF = errors.New("not an ELF file")

// Facts are what an ELF file tells of itself.
type Facts struct {
	Class   elf.Class   // 32 or 64 bits
	Data    elf.Data    // byte order
	Machine elf.Machine // processor
	Type    elf.Type    // program, library, object, core file

	// Interpreter is the loader that the kernel starts for the file; empty where there is none.
	Interpreter string
	// Dynamic says that the file has a dynamic section: it is a library, or a program that needs a loader.
	Dynamic bool
	// SOName is the name under which others ask for the library.
	SOName string
	// Needed are the libraries it asks for, in the order of the search; RPath and RunPath the folders to look for them,
	// as written, cut at colons.
	Needed, RPath, RunPath []string
	// NoDefault says that the loader's own folders are not looked through (DF_1_NODEFLIB).
	NoDefault bool

	// Requires are the symbol versions that it asks of libraries, Defines those that it has.
	Requires []Requirement
	Defines  []string

	// BuildID is what the linker wrote to tell builds apart, in hexadecimal; empty where there is none.
	BuildID string
	// Stripped says that there is no symbol table, Debug that there is debug information.
	Stripped, Debug bool
}

// Requirement is a set of symbol versions that a library must have.
type Requirement struct {
	Library  string // as in Needed
	Versions []Version
}

// Version is a symbol version: GLIBC_2.14.
type Version struct {
	Name string
	Weak bool // the loader only warns when it is not there
}

// Bits is 32 or 64.
func (f Facts) Bits() int {
	if f.Class == elf.ELFCLASS32 {
		return 32
	}
	return 64
}

// Fits says that two objects can live in one process.
func (f Facts) Fits(g Facts) bool {
	return f.Machine == g.Machine && f.Class == g.Class && f.Data == g.Data
}

// Program says that the file can be started, by its type.
func (f Facts) Program() bool { return f.Type == elf.ET_EXEC || f.Type == elf.ET_DYN }

// arches are the processors as uname -m calls them.
var arches = []struct {
	machine elf.Machine
	class   elf.Class
	data    elf.Data
	name    string
}{
	{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, "x86_64"},
	{elf.EM_X86_64, elf.ELFCLASS32, elf.ELFDATA2LSB, "x86_64 with 32-bit addresses"},
	{elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB, "i686"},
	{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, "aarch64"},
	{elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB, "arm"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB, "ppc64le"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB, "ppc64"},
	{elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB, "s390x"},
	{elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB, "riscv64"},
	{elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB, "loongarch64"},
}

// Arch is the processor as uname -m calls it: "x86_64", "i686", "aarch64"; one that is not in the table by its name in
// the ELF standard.
func (f Facts) Arch() string {
	for _, a := range arches {
		if f.Machine == a.machine && f.Class == a.class && f.Data == a.data {
			return a.name
		}
	}
	return strings.ToLower(strings.TrimPrefix(f.Machine.String(), "EM_"))
}

// Read reads an ELF file of size bytes. It takes memory that does not depend on the size. An error that is [ErrNotELF]
// says that the file is something else; any other that it is damaged, or could not be read.
func Read(r io.ReaderAt, size int64) (Facts, error) {
	f := file{r: r, size: size}
	if err := f.header(); err != nil {
		return Facts{}, err
	}
	if err := f.segments(); err != nil {
		return Facts{}, err
	}
	if err := f.sections(); err != nil {
		return Facts{}, err
	}
	return f.Facts, nil
}
