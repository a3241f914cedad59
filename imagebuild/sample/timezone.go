package sample

import (
	"bytes"
	"encoding/binary"
)

// utc is the file of the time zone Etc/UTC, in the second version of the format of RFC 8536: no changes of the clock, one
// type of local time, the rule "UTC0".
func utc(node) ([]part, int64) {
	const name = "UTC\x00"
	var b bytes.Buffer
	for range 2 { // once with times of 4 bytes, for readers of the first version, once with times of 8
		b.WriteString("TZif2")
		b.Write(make([]byte, 15))
		// Marks of UTC, marks of standard time, leap seconds, changes, types, bytes of names.
		for _, n := range []uint32{0, 0, 0, 0, 1, uint32(len(name))} {
			b.Write(binary.BigEndian.AppendUint32(nil, n))
		}
		b.Write([]byte{0, 0, 0, 0, 0, 0}) // no offset, no summer time, the name at 0
		b.WriteString(name)
	}
	b.WriteString("\nUTC0\n")
	return whole(b.Bytes())
}
