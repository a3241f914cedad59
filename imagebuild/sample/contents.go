package sample

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
)

func empty(node) ([]part, int64) { return nil, 0 }

// lines are size bytes of text about a name: as much as a kernel might have, and nothing that could run.
func lines(name string, size int) []byte {
	var b bytes.Buffer
	for i := 1; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%s: line %d of nothing\n", name, i)
	}
	return b.Bytes()[:size]
}

// Where a kernel for x86 says what it is: Documentation/arch/x86/boot.rst in the source of Linux.
const (
	sectorMark   = 0x1FE // 55 AA
	setupMark    = 0x202 // HdrS
	setupVersion = 0x206
	setupName    = 0x20E // the place of the version's text, less 512
	setupBig     = 0x211 // loaded high
	versionText  = 0x400
)

// kernelImage gives size bytes with the head of a kernel, which names its version as a real one does, and no kernel.
func kernelImage(size int) func(node) ([]part, int64) {
	return func(n node) ([]part, int64) {
		b := lines(path.Base(n.name), size)
		clear(b[:versionText+256])
		copy(b, "This is no kernel: it stands for one in a sample image, and is as large as one might be.\n")
		b[0x1F1] = 4 // sectors of setup
		copy(b[sectorMark:], "\x55\xAA")
		copy(b[setupMark:], "HdrS")
		binary.LittleEndian.PutUint16(b[setupVersion:], 0x020A)
		binary.LittleEndian.PutUint16(b[setupName:], versionText-512)
		b[setupBig] = 1
		copy(b[versionText:], kernelVersion+" (lbimage) #1 stand-in of a sample image")
		return whole(b)
	}
}

// initramfsImage gives a cpio archive, not compressed, whose only file is an init of about size bytes that says what it
// stands for. Kernels take such an archive as it is.
func initramfsImage(size int) func(node) ([]part, int64) {
	return func(n node) ([]part, int64) {
		var b bytes.Buffer
		member := func(number int, name string, mode int, data []byte) {
			fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
				number, mode, 0, 0, 1, defaultTime, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
			b.Write(make([]byte, -b.Len()&3))
			b.Write(data)
			b.Write(make([]byte, -b.Len()&3))
		}
		text := []byte("#!/bin/sh\n# Stand-in of the sample image for an initramfs, as large as one might be.\nexit 1\n")
		for line := range bytes.Lines(lines(path.Base(n.name), size)) {
			text = append(append(text, "# "...), line...)
		}
		member(1, "init", 0o100755, text)
		member(0, "TRAILER!!!", 0, nil)
		return whole(b.Bytes())
	}
}

// page gives a short text, for a folder with so many files that it has an index.
func page(n node) ([]part, int64) {
	return whole(fmt.Appendf(nil, "%s: one of many small files, so that their folder is a large one.\n", path.Base(n.name)))
}

// holes is a file like a record of last logins, one of 292 bytes for each user number, all holes but one.
func holes(node) ([]part, int64) {
	const record, number, last = 292, 498, 65534
	b := make([]byte, record)
	copy(b, "the one record that is no hole")
	return []part{{number * record, b}}, record * (last + 1)
}
