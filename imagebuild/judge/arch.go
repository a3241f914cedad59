package judge

import (
	"debug/elf"
	"runtime"
	"strings"
)

// arch is a processor as ELF and as Go name it.
type arch struct {
	machine elf.Machine
	class   elf.Class
	data    elf.Data
	uname   string
	goarch  string
}

var arches = []arch{
	{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, "x86_64", "amd64"},
	{elf.EM_X86_64, elf.ELFCLASS32, elf.ELFDATA2LSB, "x86_64 with 32-bit addresses", ""},
	{elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB, "i686", "386"},
	{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, "aarch64", "arm64"},
	{elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB, "arm", "arm"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB, "ppc64le", "ppc64le"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB, "ppc64", "ppc64"},
	{elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB, "s390x", "s390x"},
	{elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB, "riscv64", "riscv64"},
	{elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB, "loongarch64", "loong64"},
}

func archOf(o object) (arch, bool) {
	for _, a := range arches {
		if o.machine == a.machine && o.class == a.class && o.data == a.data {
			return a, true
		}
	}
	return arch{}, false
}

func archName(o object) string {
	if a, ok := archOf(o); ok {
		return a.uname
	}
	return strings.ToLower(strings.TrimPrefix(o.machine.String(), "EM_"))
}

// Runs says whether this machine can run the program: nil, or an [ErrNoVerdict] that says why not. A 32-bit
// program on x86_64 counts when the kernel runs one that does nothing.
func (b Binary) Runs() error {
	a, _ := archOf(b.object)
	switch {
	case runtime.GOOS != "linux":
		return silent("the image's HAProxy needs Linux, and this is %s", runtime.GOOS)
	case a.goarch != "" && a.goarch == runtime.GOARCH:
		return nil
	case a.goarch == "386" && runtime.GOARCH == "amd64":
		if err := tryI386(); err != nil {
			return silent("it is for %s, and this kernel does not run such programs: %w", b.Arch, err)
		}
		return nil
	}
	here := runtime.GOARCH
	for _, a := range arches {
		if a.goarch == here {
			here = a.uname
		}
	}
	return silent("it is for %s, and this machine is %s", b.Arch, here)
}

// nothingI386 is the smallest program for i386: exit(0). Its headers overlap nowhere and it needs no library.
func nothingI386() []byte {
	const base, head = 0x08048000, 52 + 32
	code := []byte{0x31, 0xdb, 0x31, 0xc0, 0x40, 0xcd, 0x80} // ebx = 0; eax = 1 (exit); int 0x80
	b := make([]byte, 0, head+len(code))
	le16 := func(v uint16) { b = append(b, byte(v), byte(v>>8)) }
	le32 := func(v uint32) { b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24)) }
	b = append(b, elf.ELFMAG...)
	b = append(b, byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT), 0, 0, 0, 0, 0, 0, 0, 0, 0)
	le16(uint16(elf.ET_EXEC))
	le16(uint16(elf.EM_386))
	le32(uint32(elf.EV_CURRENT))
	le32(base + head) // entry
	le32(52)          // program headers
	le32(0)           // section headers
	le32(0)           // flags
	le16(52)
	le16(32)
	le16(1)
	le16(0)
	le16(0)
	le16(0)
	le32(uint32(elf.PT_LOAD))
	le32(0)
	le32(base)
	le32(base)
	le32(uint32(head + len(code)))
	le32(uint32(head + len(code)))
	le32(uint32(elf.PF_R | elf.PF_X))
	le32(0x1000)
	return append(b, code...)
}
