package source

import (
	"bytes"
	"strings"
	"testing"
)

// place puts bytes at an offset of an otherwise empty file.
func place(size, off int, magic string) []byte {
	b := make([]byte, size)
	copy(b[off:], magic)
	return b
}

func TestSniff(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		kind    Kind
		refusal string
	}{
		"rpm":                  {place(200, 0, "\xed\xab\xee\xdb"), KindRPM, ""},
		"gzip":                 {place(20, 0, "\x1f\x8b\x08"), KindTarball, ""},
		"xz":                   {place(20, 0, "\xfd7zXZ\x00"), KindTarball, ""},
		"zstd":                 {place(20, 0, "\x28\xb5\x2f\xfd"), KindTarball, ""},
		"bzip2":                {place(20, 0, "BZh9"), KindTarball, ""},
		"tar":                  {place(1024, 257, "ustar"), KindTarball, ""},
		"mbr":                  {place(4096, 510, "\x55\xaa"), KindDisk, ""},
		"gpt without mbr":      {place(4096, 512, "EFI PART"), KindDisk, ""},
		"gpt of 4 KiB sectors": {place(9000, 4096, "EFI PART"), KindDisk, ""},
		"gpt with backup only": {place(8192, 8192-512, "EFI PART"), KindDisk, ""},
		"bare ext":             {place(4096, 1080, "\x53\xef"), KindDisk, ""},
		"empty":                {nil, "", "is empty"},
		"zeros":                {make([]byte, 10000), "", "begins with zeros"},
		"text":                 {[]byte("hello, world\n"), "", "neither"},
		"qcow2":                {place(600, 0, "QFI\xfb"), "", "qemu-img convert"},
		"a bare cpio":          {place(600, 0, "070701"), "", "RPM"},
		"one byte":             {[]byte{0x1f}, "", "neither"},
	} {
		kind, err := Sniff(bytes.NewReader(c.content), int64(len(c.content)))
		if kind != c.kind || (err == nil) != (c.refusal == "") || err != nil && !strings.Contains(err.Error(), c.refusal) {
			t.Errorf("%s: %q, %v", name, kind, err)
		}
	}
}

// A tar header of before 1988 has no magic; its checksum tells it.
func TestSniffOldTar(t *testing.T) {
	header := place(1024, 0, "image.img")
	sum := int(8 * ' ')
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], []byte{'0' + byte(sum>>9&7), '0' + byte(sum>>6&7), '0' + byte(sum>>3&7), '0' + byte(sum&7), 0, ' '})
	if kind, err := Sniff(bytes.NewReader(header), int64(len(header))); kind != KindTarball {
		t.Errorf("%q, %v", kind, err)
	}
	header[3]++
	if kind, _ := Sniff(bytes.NewReader(header), int64(len(header))); kind == KindTarball {
		t.Error("a wrong checksum passes")
	}
}
