package sample

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
)

// machineCode writes a message to standard error and ends with 1: for x86-64 Linux. The address and the length of the
// message are filled in at the places that addressAt and lengthAt name.
var machineCode = []byte{
	0xB8, 0x01, 0, 0, 0, //       mov eax, 1      write
	0xBF, 0x02, 0, 0, 0, //       mov edi, 2      standard error
	0xBE, 0, 0, 0, 0, //          mov esi, message
	0xBA, 0, 0, 0, 0, //          mov edx, length
	0x0F, 0x05, //                syscall
	0xB8, 0x3C, 0, 0, 0, //       mov eax, 60     exit
	0xBF, 0x01, 0, 0, 0, //       mov edi, 1
	0x0F, 0x05, //                syscall
}

const (
	addressAt   = 11
	lengthAt    = 16
	loadAddress = 0x400000
	elfHeader   = 64
	elfSegment  = 56
)

// program gives a stand-in that the kernel can start: a static program of one segment, which says what it is. more are
// strings that lie in it and that it does not print, as the version of what it stands for.
func program(more ...string) func(node) ([]part, int64) {
	return func(n node) ([]part, int64) {
		name := path.Base(n.name)
		message := fmt.Sprintf("%s: stand-in of a sample image, it does nothing and has no opinion\n", name)
		start := uint64(elfHeader + elfSegment)
		text := append([]byte(nil), machineCode...)
		binary.LittleEndian.PutUint32(text[addressAt:], uint32(loadAddress+start+uint64(len(text))))
		binary.LittleEndian.PutUint32(text[lengthAt:], uint32(len(message)))
		text = append(text, message...)
		for _, s := range more {
			text = append(append(text, 0), s...)
		}
		text = append(text, 0)

		var b bytes.Buffer
		header(&b, 2 /* a program */, loadAddress+start, 1)
		size := start + uint64(len(text))
		_ = binary.Write(&b, binary.LittleEndian, struct {
			Type, Flags                                   uint32
			Offset, Virtual, Physical, File, Mem, Aligned uint64
		}{1 /* loaded */, 5 /* read and execute */, 0, loadAddress, loadAddress, size, size, 4096})
		b.Write(text)
		return whole(b.Bytes())
	}
}

// module gives a stand-in for a kernel module: an object file for x86-64 with nothing in it.
func module(node) ([]part, int64) {
	var b bytes.Buffer
	header(&b, 1 /* an object */, 0, 0)
	b.WriteString("stand-in of a sample image for a kernel module\n")
	return whole(b.Bytes())
}

// header writes the head of an ELF file for x86-64: System V ABI, chapter 4.
func header(b *bytes.Buffer, kind uint16, entry uint64, segments uint16) {
	b.WriteString("\x7fELF\x02\x01\x01" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00") // 64 bits, little-endian, version 1
	table := uint64(0)
	if segments > 0 {
		table = elfHeader
	}
	_ = binary.Write(b, binary.LittleEndian, struct {
		Kind, Machine                                               uint16
		Version                                                     uint32
		Entry, Segments, Sections                                   uint64
		Flags                                                       uint32
		Header, Segment, SegmentCount, Section, SectionCount, Names uint16
	}{kind, 62 /* x86-64 */, 1, entry, table, 0, 0, elfHeader, elfSegment, segments, 64, 0, 0})
}

func whole(b []byte) ([]part, int64) { return []part{{0, b}}, int64(len(b)) }
