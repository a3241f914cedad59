package judge

import (
	"cmp"
	"debug/elf"
	"runtime"
)

// goarches are the processors that Go has too, by their names there and as uname -m calls them.
var goarches = map[string]string{
	"amd64": "x86_64", "386": "i686", "arm64": "aarch64", "arm": "arm", "ppc64le": "ppc64le", "ppc64": "ppc64",
	"s390x": "s390x", "riscv64": "riscv64", "loong64": "loongarch64",
}

// Runs says whether this machine can run the program: nil, or an [ErrNoVerdict] that says why not. A 32-bit
// program on x86_64 counts when the kernel runs one that does nothing.
func (b Binary) Runs() error {
	here := cmp.Or(goarches[runtime.GOARCH], runtime.GOARCH)
	switch {
	case runtime.GOOS != "linux":
		return silent("the image's HAProxy needs Linux, and this is %s", runtime.GOOS)
	case b.Arch == here:
		return nil
	case b.Arch == "i686" && here == "x86_64":
		if err := tryI386(); err != nil {
			return silent("it is for %s, and this kernel does not run such programs: %w", b.Arch, err)
		}
		return nil
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
