package verify

import (
	"bytes"
	"encoding/binary"
	"fmt"
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
