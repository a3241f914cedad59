package rpm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/cavaliergopher/cpio"
)

// Sizes of a cpio entry's header, in bytes.
const (
	cpioMagicSize = 6
	newcSize      = 110 // magic and 13 fields of 8 hexadecimal digits
	newcFields    = 13
	maxCpioName   = 4096 // with its zero byte; the library's limit too
	cpioAlign     = 4    // of headers and contents, in the archive
)

// Indexes of the fields that are looked at before the library is.
const (
	newcMode     = 1
	newcFileSize = 6
	newcNameSize = 11
)

// newcTrailer is the name of the entry that ends the archive.
const newcTrailer = "TRAILER!!!"

// archiveEntry is what an entry's header says.
type archiveEntry struct {
	trailer  bool
	stripped bool
	index    int64 // into the package's files; stripped only
	name     string
	mode     uint32
	size     int64  // of the content behind the header
	link     string // target of a symbolic link, already read
	sum      uint32 // of the content's bytes; checked when hasSum is set
	hasSum   bool
}

// readEntry reads the header that the archive has next.
func readEntry(r *flowReader) (archiveEntry, error) {
	var magic [cpioMagicSize]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return archiveEntry{}, ended(err, "where an entry should begin")
	}
	switch string(magic[:]) {
	case "070701", "070702":
		return readNewc(r, magic)
	case strippedMagic:
		return readStripped(r)
	}
	return archiveEntry{}, fmt.Errorf("%q is no magic number of a cpio entry", magic[:])
}

// ended words the end of the archive's bytes.
func ended(err error, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the archive ends " + where + ": it is truncated")
	}
	return err
}

// readNewc reads a header of the SVR4 forms (newc and crc). The library parses
// it, from exactly the bytes that it may have and after the fields were found to
// be what it takes them for: it reads what is no number as 0, and signs as signs.
func readNewc(r *flowReader, magic [cpioMagicSize]byte) (archiveEntry, error) {
	buf := append(make([]byte, 0, newcSize+64), magic[:]...)
	buf, err := readMore(r, buf, newcSize-cpioMagicSize)
	if err != nil {
		return archiveEntry{}, ended(err, "within an entry's header")
	}
	var fields [newcFields]uint32
	for i := range fields {
		digits := string(buf[cpioMagicSize+8*i:][:8])
		v, err := strconv.ParseUint(digits, 16, 32)
		if err != nil || strings.ContainsAny(digits, "+-_") {
			return archiveEntry{}, fmt.Errorf("field %d of the header is %q, not a hexadecimal number", i, digits)
		}
		fields[i] = uint32(v)
	}
	n := int(fields[newcNameSize])
	if n < 2 || n > maxCpioName {
		return archiveEntry{}, fmt.Errorf("the entry's name has %d bytes, not 2 to %d", n, maxCpioName)
	}
	if buf, err = readMore(r, buf, n+padding(newcSize+int64(n))); err != nil {
		return archiveEntry{}, ended(err, "within an entry's name")
	}
	if name := buf[newcSize : newcSize+n]; bytes.IndexByte(name, 0) != n-1 {
		return archiveEntry{}, fmt.Errorf("the entry's name %q does not end where it says", short(string(name)))
	}
	link := fields[newcMode]&unixType == unixSymlink
	if size := fields[newcFileSize]; link {
		if size == 0 || size >= maxPath {
			return archiveEntry{}, fmt.Errorf("a link target has %d bytes, not 1 to %d", size, maxPath-1)
		}
		if buf, err = readMore(r, buf, int(size)); err != nil {
			return archiveEntry{}, ended(err, "within a link target")
		}
	}
	return parseNewc(buf, fields[newcMode])
}

func parseNewc(buf []byte, mode uint32) (e archiveEntry, err error) {
	defer contain("payload", &err)
	h, err := cpio.NewReader(bytes.NewReader(buf)).Next()
	if errors.Is(err, io.EOF) {
		return archiveEntry{trailer: true}, nil
	}
	if err != nil {
		return archiveEntry{}, err
	}
	e = archiveEntry{name: h.Name, mode: mode, size: h.Size, sum: h.Checksum, hasSum: buf[5] == '2'}
	if mode&unixType == unixSymlink {
		// With permissions beyond 0777 the library leaves the target unread.
		size := int(h.Size)
		if h.Linkname != "" {
			size = len(h.Linkname)
		}
		e.link, e.size = string(buf[len(buf)-size:]), 0
	}
	return e, nil
}

// readMore appends n bytes of the archive to buf.
func readMore(r io.Reader, buf []byte, n int) ([]byte, error) {
	at := len(buf)
	buf = append(buf, make([]byte, n)...)
	_, err := io.ReadFull(r, buf[at:])
	if err == io.EOF && n > 0 {
		err = io.ErrUnexpectedEOF
	}
	return buf, err
}

// padding is the number of bytes from n to the next multiple of cpioAlign.
func padding(n int64) int { return int(-n & (cpioAlign - 1)) }
