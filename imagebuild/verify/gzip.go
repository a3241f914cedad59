package verify

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// gzipField is a field of the header of a gzip file (RFC 1952).
type gzipField struct {
	name   string
	off, n int
	text   func([]byte) string
}

var gzipFields = []gzipField{
	{"magic number", 0, 2, func(b []byte) string { return fmt.Sprintf("%x", b) }},
	{"compression method", 2, 1, func(b []byte) string { return fmt.Sprint(b[0]) }},
	{"flags", 3, 1, gzipFlags},
	{"mtime", 4, 4, func(b []byte) string {
		if v := binary.LittleEndian.Uint32(b); v != 0 {
			return time.Unix(int64(v), 0).UTC().Format(time.RFC3339)
		}
		return "none"
	}},
	{"extra flags", 8, 1, func(b []byte) string { return fmt.Sprint(b[0]) }},
	{"operating system", 9, 1, func(b []byte) string { return fmt.Sprint(b[0]) }},
}

func gzipFlags(b []byte) string {
	s := fmt.Sprintf("%#02x", b[0])
	if b[0]&0x08 != 0 {
		s += " (with a file name)"
	}
	return s
}

// gzipHeader compares the headers of two gzip files by their first bytes.
func gzipHeader(output, rebuild []byte) (list []Difference) {
	for _, f := range gzipFields {
		if len(output) < f.off+f.n || len(rebuild) < f.off+f.n {
			break
		}
		a, b := output[f.off:f.off+f.n], rebuild[f.off:f.off+f.n]
		if bytes.Equal(a, b) {
			continue
		}
		at, n := differing(a, b)
		list = append(list, Difference{
			Layer: LayerGzip, Where: "gzip header: " + f.name, Field: f.name, Offset: int64(f.off + at), Bytes: n, Output: f.text(a), Rebuild: f.text(b),
		})
	}
	return list
}

// otherPacking names what an output is packed with instead of gzip; empty: with nothing that is known.
func otherPacking(head []byte) string {
	for _, k := range []struct {
		name, magic string
		at          int
	}{{"xz", "\xfd7zXZ\x00", 0}, {"zstd", "\x28\xb5\x2f\xfd", 0}, {"bzip2", "BZh", 0}, {"nothing: it is a bare tar archive", "ustar", 257}} {
		if len(head) >= k.at+len(k.magic) && string(head[k.at:k.at+len(k.magic)]) == k.magic {
			return k.name
		}
	}
	return ""
}

// packing compares how the two are packed, by their first bytes.
func packing(output, rebuild []byte) []Difference {
	if name := otherPacking(output); name != "" {
		return []Difference{{Layer: LayerGzip, Where: "compression", Offset: 0, Bytes: 1, Output: name, Rebuild: "gzip"}}
	}
	return gzipHeader(output, rebuild)
}

func more(n int64) string {
	if n == 1 {
		return "1 byte more"
	}
	return fmt.Sprintf("%d bytes more", n)
}

// gzipTrailer is what follows the data.
var gzipTrailer = []gzipField{
	{"CRC-32", 0, 4, func(b []byte) string { return fmt.Sprintf("0x%08x", binary.LittleEndian.Uint32(b)) }},
	{"length", 4, 4, func(b []byte) string { return fmt.Sprint(binary.LittleEndian.Uint32(b)) }},
}

// outside names the first differing byte of the file, where nothing inside it tells of one. broken: the output cannot be
// unpacked to its end.
func (c *comparer) outside(broken bool) Difference {
	d := Difference{Layer: LayerGzip, Where: "compressed data", Offset: c.first, Bytes: 1, Output: c.here, Rebuild: c.there}
	var own, other [tailSize]byte
	copy(own[:], c.tail)
	trailer := broken && c.size == c.made && c.first >= c.made-tailSize
	if trailer {
		if _, err := c.output.ReadAt(other[:], c.size-tailSize); err != nil && err != io.EOF {
			trailer = false
		}
	}
	switch {
	case c.first >= c.made:
		d.Where, d.Bytes = "behind the end of the compressed data", c.size-c.made
		d.Output, d.Rebuild = more(d.Bytes), "the end"
	case c.first >= c.size:
		d.Where, d.Bytes = "end of the file", c.made-c.size
		d.Output, d.Rebuild = fmt.Sprintf("it ends at byte %d", c.size), more(d.Bytes)
	case trailer:
		f := gzipTrailer[0]
		if c.first >= c.made-4 {
			f = gzipTrailer[1]
		}
		d.Where, d.Field, d.Output, d.Rebuild = "gzip trailer: "+f.name, f.name, f.text(other[f.off:]), f.text(own[f.off:])
	case !broken:
		d.Where, d.Output, d.Rebuild = "compressed data: what it unpacks to is the same", fmt.Sprintf("packed into %d bytes", c.size), fmt.Sprintf("into %d bytes", c.made)
	}
	return d
}
