package sample

import (
	"bytes"
	"fmt"
	"path"
)

func empty(node) ([]part, int64) { return nil, 0 }

// standIn gives size bytes of text which say what they stand for.
func standIn(size int) func(node) ([]part, int64) {
	return func(n node) ([]part, int64) {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s is a stand-in: no kernel and no initramfs, but as large as one might be.\n", path.Base(n.name))
		for i := 1; b.Len() < size; i++ {
			fmt.Fprintf(&b, "%s: line %d of nothing\n", path.Base(n.name), i)
		}
		return []part{{0, b.Bytes()[:size]}}, int64(size)
	}
}

// page gives a short text, for a folder with so many files that it has an index.
func page(n node) ([]part, int64) {
	b := fmt.Appendf(nil, "%s: one of many small files, so that their folder is a large one.\n", path.Base(n.name))
	return []part{{0, b}}, int64(len(b))
}

// lastlog is the record of last logins, one of 292 bytes for each user number, all
// holes but the servo's: somebody was there once, on the console.
func lastlog(node) ([]part, int64) {
	const record, servoID, last = 292, 498, 65534
	b := make([]byte, record)
	copy(b, "\x00\x4E\x72\x53"+"console") // 13 May 2014
	return []part{{servoID * record, b}}, record * (last + 1)
}
