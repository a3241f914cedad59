// Package block gives disk images as devices: bytes with a fixed size that can
// be read, and sometimes written, at any offset.
//
// A disk image is large and mostly empty, and a build changes little of it. So
// the package keeps two things cheap: holes, and knowing what was changed.
//
//   - [File] is a disk image that lies in a file, read-only.
//   - [Sparse] is an anonymous temporary file that stores no zero blocks. It has
//     no name, so a process that is killed leaves nothing behind.
//   - [Layer] is a copy-on-write layer over another device. The device below is
//     never written; [Layer.Dirty] lists the ranges that were.
//   - [Section] is a window of a device, such as a partition.
//
// Every device here may be read by several goroutines at once. [NextData] and
// [DataRanges] walk over a device's holes without reading them.
package block

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// BlockSize is the granularity of holes and of changed ranges, in bytes.
const BlockSize = 4096

// ErrRange is wrapped by errors about offsets outside a device.
var ErrRange = errors.New("outside the device")

// Device is a disk or a part of one: a fixed number of bytes. ReadAt must be
// safe for concurrent use. A *bytes.Reader is a Device too.
type Device interface {
	io.ReaderAt
	Size() int64 // in bytes
}

// Writable is a Device whose bytes can be changed. Its size stays: a write that
// reaches past the end is refused whole with an error that wraps [ErrRange].
type Writable interface {
	Device
	io.WriterAt
}

// Range is a run of bytes: Len of them from offset Off.
type Range struct{ Off, Len int64 }

// End is the offset of the first byte after the range.
func (r Range) End() int64 { return r.Off + r.Len }

// holder is a Device that knows its holes.
type holder interface {
	// NextData has the contract of the function NextData.
	NextData(off int64) (start, end int64, err error)
}

// NextData finds the first run [start, end) at or after off that may hold other
// than zeros; all bytes between off and start are zero. Where there is no such
// run, start and end are the device's size. The run may continue beyond end: ask
// again from there. A device that does not know its holes is data throughout.
func NextData(d Device, off int64) (start, end int64, err error) {
	size := d.Size()
	if off < 0 {
		return 0, 0, fmt.Errorf("offset %d: %w", off, ErrRange)
	}
	if off >= size {
		return size, size, nil
	}
	if h, ok := d.(holder); ok {
		return h.NextData(off)
	}
	return off, size, nil
}

// DataRanges lists the runs within the n bytes from off that may hold other than
// zeros, sorted, without overlap, and cut at both ends to what was asked for.
func DataRanges(d Device, off, n int64) ([]Range, error) {
	if err := checkRange(d.Size(), off, n); err != nil {
		return nil, err
	}
	var out []Range
	for stop := off + n; off < stop; {
		start, end, err := NextData(d, off)
		if err != nil {
			return nil, err
		}
		if start >= stop {
			break
		}
		out = appendRange(out, Range{start, min(end, stop) - start})
		off = end
	}
	return out, nil
}

// appendRange adds r, which starts at or after the last range's start, and
// merges the two where they touch.
func appendRange(list []Range, r Range) []Range {
	if r.Len <= 0 {
		return list
	}
	if n := len(list); n > 0 && list[n-1].End() >= r.Off {
		if r.End() > list[n-1].End() {
			list[n-1].Len = r.End() - list[n-1].Off
		}
		return list
	}
	return append(list, r)
}

// mergeRanges joins two sorted lists into one.
func mergeRanges(a, b []Range) []Range {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b
	}
	out := make([]Range, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].Off <= b[0].Off {
			out, a = appendRange(out, a[0]), a[1:]
		} else {
			out, b = appendRange(out, b[0]), b[1:]
		}
	}
	return out
}

// checkRange refuses a range that does not lie within size bytes.
func checkRange(size, off, n int64) error {
	if off < 0 || n < 0 || off > size || n > size-off {
		return fmt.Errorf("%d bytes at offset %d of %d: %w", n, off, size, ErrRange)
	}
	return nil
}

var zeros [BlockSize]byte

// IsZero reports whether every byte of p is zero.
func IsZero(p []byte) bool {
	// Data differs from zero early as a rule: look at one word's worth before
	// calling the vectorised comparison.
	if len(p) >= 16 && (p[0]|p[7]|p[len(p)-1]|p[len(p)/2]) != 0 {
		return false
	}
	for len(p) > len(zeros) {
		if !bytes.Equal(p[:len(zeros)], zeros[:]) {
			return false
		}
		p = p[len(zeros):]
	}
	return bytes.Equal(p, zeros[:len(p)])
}
