package unpack

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// Form is what a content is by its first bytes.
type Form string

// Compressions, archives, and what is neither.
const (
	Gzip  Form = "gzip"
	Bzip2 Form = "bzip2"
	XZ    Form = "xz"
	LZMA  Form = "lzma"
	Zstd  Form = "zstd"

	Tar  Form = "tar"
	CPIO Form = "cpio"
	Zip  Form = "zip"
	Ar   Form = "ar"
	Deb  Form = "deb"
	RPM  Form = "rpm"

	ELF    Form = "elf"
	Python Form = "python byte code"
	Kernel Form = "linux kernel"
	Other  Form = ""
)

// Compressed says whether [Inflate] takes it.
func (f Form) Compressed() bool {
	return f == Gzip || f == Bzip2 || f == XZ || f == LZMA || f == Zstd
}

// Archive says whether [List] takes it.
func (f Form) Archive() bool {
	return f == Tar || f == CPIO || f == Zip || f == Ar || f == Deb || f == RPM
}

// magics are how contents begin.
var magics = []struct {
	form  Form
	magic string
}{
	{Gzip, "\x1f\x8b\x08"}, {XZ, "\xfd7zXZ\x00"}, {Zstd, "\x28\xb5\x2f\xfd"}, {CPIO, "070701"}, {CPIO, "070702"},
	{Zip, "PK\x03\x04"}, {Zip, "PK\x05\x06"}, {RPM, "\xed\xab\xee\xdb"}, {ELF, "\x7fELF"}, {Deb, arMagic + "debian-binary"},
	{Ar, arMagic},
}

// FormOf looks at a content's first bytes, and at its name where these do not tell.
func FormOf(name string, r *io.SectionReader) Form {
	head := make([]byte, 0x210)
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.form
		}
	}
	switch {
	case len(head) > 10 && bytes.HasPrefix(head, []byte("BZh")) && (string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17rE8P\x90"):
		return Bzip2
	case isTar(head):
		return Tar
	case (strings.HasSuffix(name, ".pyc") || strings.HasSuffix(name, ".pyo")) && len(head) >= 8 && string(head[2:4]) == "\r\n":
		return Python
	case len(head) == cap(head) && string(head[0x1fe:0x200]) == "\x55\xaa" && string(head[0x202:0x206]) == "HdrS":
		return Kernel
	case strings.HasSuffix(name, ".lzma") && bytes.HasPrefix(head, []byte{0x5d, 0, 0}):
		return LZMA
	}
	return Other
}

// isTar says whether a block is a tar header: its checksum, which V7 wrote already, is right.
func isTar(b []byte) bool {
	if len(b) < 512 || b[0] == 0 {
		return false
	}
	field := strings.Trim(string(b[148:156]), " \x00")
	want, err := strconv.ParseUint(field, 8, 32)
	if err != nil {
		return false
	}
	var sum uint64
	for i, c := range b[:512] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += uint64(c)
	}
	return sum == want
}
