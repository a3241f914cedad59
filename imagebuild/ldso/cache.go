package ldso

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// maxCache bounds ld.so.cache. That of a large system has some 300 KiB.
const maxCache = 4 << 20

// The two formats of ld.so.cache. glibc up to 2.31 writes the old one with the new one behind it; later ones the new
// one alone.
const (
	magicOld = "ld.so-1.7.0\x00"           // then: count, entries of 12 bytes, strings
	magicNew = "glibc-ld.so.cache" + "1.1" // then: count, length of the strings, 20 bytes more, entries of 24 bytes, strings
)

const (
	headOld, entryOld = 16, 12
	headNew, entryNew = 48, 24
)

// cache is what ldconfig found. Entries begin with flags (what kind of library), the offset of its name and that of its
// path; offsets count from base.
type cache struct {
	order   binary.ByteOrder
	b       []byte
	entries []byte
	size    int // of an entry
	base    []byte
}

// parseCache reads a cache. order is that of the image's processor; a cache of the other one is seen by its counts.
func parseCache(b []byte, order binary.ByteOrder) (cache, error) {
	c := cache{order: order, b: b}
	if bytes.HasPrefix(b, []byte(magicOld)) && len(b) >= headOld {
		n := uint64(order.Uint32(b[12:]))
		if n > uint64(len(b)-headOld)/entryOld {
			return cache{}, fmt.Errorf("%d entries in %d bytes", n, len(b))
		}
		end := headOld + int(n)*entryOld
		c.entries, c.size, c.base = b[headOld:end], entryOld, b[end:]
		if next := (end + 7) &^ 7; next < len(b) && bytes.HasPrefix(b[next:], []byte(magicNew)) {
			return parseCache(b[next:], order)
		}
		return c, nil
	}
	if !bytes.HasPrefix(b, []byte(magicNew)) || len(b) < headNew {
		return cache{}, errors.New("not a cache of ldconfig")
	}
	n := uint64(order.Uint32(b[20:]))
	if n > uint64(len(b)-headNew)/entryNew {
		return cache{}, fmt.Errorf("%d entries in %d bytes", n, len(b))
	}
	c.entries, c.size, c.base = b[headNew:headNew+int(n)*entryNew], entryNew, b
	return c, nil
}

// text gives the string at an offset, if it has an end.
func (c cache) text(at uint32) (string, bool) {
	if uint64(at) >= uint64(len(c.base)) {
		return "", false
	}
	b := c.base[at:min(uint64(len(c.base)), uint64(at)+maxPath)]
	s, _, ended := bytes.Cut(b, []byte{0})
	return string(s), ended
}

const maxPath = 4096

// is tells whether the string at an offset is this one.
func (c cache) is(at uint32, name string) bool {
	if uint64(at)+uint64(len(name)) >= uint64(len(c.base)) {
		return false
	}
	b := c.base[at:]
	return b[len(name)] == 0 && string(b[:len(name)]) == name
}

// lookup gives the paths that the cache has for a name, in its order, in which the loader's best comes first.
func (c cache) lookup(name string) []string {
	var out []string
	if name == "" || strings.ContainsRune(name, 0) {
		return nil
	}
	for e := c.entries; len(e) >= c.size && c.size > 0; e = e[c.size:] {
		if !c.is(c.order.Uint32(e[4:]), name) {
			continue
		}
		if p, ok := c.text(c.order.Uint32(e[8:])); ok && strings.HasPrefix(p, "/") {
			if out = append(out, p); len(out) == 64 {
				break
			}
		}
	}
	return out
}

// len is how many libraries there are.
func (c cache) len() int {
	if c.size == 0 {
		return 0
	}
	return len(c.entries) / c.size
}
