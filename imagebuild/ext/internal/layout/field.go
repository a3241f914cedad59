package layout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Field is one field of a record on disk, by the name that the kernel's
// documentation has for it, prefix included. The tables of fields say in words
// what the accessors of the views know: which bytes are which. Every byte of a
// record belongs to exactly one field of its table, those not in use included.
type Field struct {
	Name string
	Off  int // from the start of the record
	Len  int // in bytes
	As   Form
}

// End is the offset behind the field.
func (f Field) End() int { return f.Off + f.Len }

// Form is how the bytes of a field are meant.
type Form byte

// Forms of fields.
const (
	AsBytes  Form = iota // no more than bytes; in hexadecimal
	AsNumber             // little endian, in decimal
	AsHex                // little endian, bits or a checksum
	AsBig                // big endian, in decimal, as all of the journal
	AsBigHex             // big endian, bits or a checksum
	AsMode               // type and permissions, in octal
	AsTime               // seconds since 1970, 32 bits with a sign, or 64 bits
	AsExtra              // nanoseconds and two more bits of the seconds
	AsUUID
	AsText // ends with a zero byte or with the field
)

// maxShown is how many bytes of a field without a meaning are written out.
const maxShown = 16

// Value writes the bytes of a field in words. b is as long as the field.
func (f Field) Value(b []byte) string {
	switch f.As {
	case AsNumber:
		return fmt.Sprint(number(b))
	case AsHex:
		return fmt.Sprintf("0x%0*x", 2*len(b), number(b))
	case AsBig, AsBigHex:
		b = slices.Clone(b)
		slices.Reverse(b)
		if f.As == AsBig {
			return fmt.Sprint(number(b))
		}
		return fmt.Sprintf("0x%0*x", 2*len(b), number(b))
	case AsMode:
		return fmt.Sprintf("0%o", number(b))
	case AsTime:
		return timeText(b)
	case AsExtra:
		n := number(b)
		return fmt.Sprintf("%d ns, epoch %d", n>>2, n&3)
	case AsUUID:
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	case AsText:
		return fmt.Sprintf("%q", cstring(b))
	}
	if len(b) > maxShown {
		return fmt.Sprintf("%x…", b[:maxShown])
	}
	return fmt.Sprintf("%x", b)
}

func timeText(b []byte) string {
	sec := int64(number(b))
	if len(b) == 4 {
		sec = int64(int32(sec))
	}
	if sec < MinTime || sec > MaxTime {
		return fmt.Sprintf("%d s", sec)
	}
	return time.Unix(sec, 0).UTC().Format(time.RFC3339)
}

// number is the value of up to eight bytes, the lowest first.
func number(b []byte) (v uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

// FieldAt is the field of a table, sorted by offset, that has the byte off. ok is
// false behind the last field.
func FieldAt(table []Field, off int) (f Field, ok bool) {
	i, found := slices.BinarySearchFunc(table, off, func(f Field, off int) int {
		if f.Off <= off && off < f.End() {
			return 0
		}
		return cmp.Compare(f.Off, off)
	})
	if !found {
		return Field{}, false
	}
	return table[i], true
}

// fields reads a table: a field a word, "name/bytes" with the letter of its form.
// Fields follow each other without a gap. A name of '-' stands for bytes that
// nothing is known of.
func fields(off int, words string) []Field {
	forms := map[string]Form{
		"": AsNumber, "x": AsHex, "B": AsBig, "X": AsBigHex, "o": AsMode, "t": AsTime, "e": AsExtra, "u": AsUUID, "s": AsText, "b": AsBytes,
	}
	var out []Field
	for _, word := range strings.Fields(words) {
		name, rest, _ := strings.Cut(word, "/")
		digits := strings.TrimRight(rest, "xBXotesub")
		f := Field{Name: name, Off: off, As: forms[rest[len(digits):]]}
		if _, err := fmt.Sscan(digits, &f.Len); err != nil {
			panic("layout: " + word) // a slip in a table below
		}
		if name == "-" {
			f.Name, f.As = "bytes not in use", AsBytes
		}
		out = append(out, f)
		off += f.Len
	}
	return out
}
