package rpmdb

import (
	"context"
	"encoding/binary"
	"hash/adler32"
)

// Packages.db: a header of 32 bytes, then slots of 16 bytes that fill pages; each used slot names a package and
// where its block lies. A block has a head of 16 bytes, the package's header, zeros up to a multiple of 16, and a
// tail of 12 bytes with a checksum. All numbers are little-endian.
const (
	ndbMagic     = 'R' | 'p'<<8 | 'm'<<16 | 'P'<<24
	ndbSlot      = 'S' | 'l'<<8 | 'o'<<16 | 't'<<24
	ndbBlock     = 'B' | 'l'<<8 | 'b'<<16 | 'S'<<24
	ndbBlockEnd  = 'B' | 'l'<<8 | 'b'<<16 | 'E'<<24
	ndbPage      = 4096
	ndbSlotSize  = 16
	ndbUnit      = 16 // blocks are measured in
	ndbHeadSize  = 16
	ndbTailSize  = 12
	ndbFirstSlot = 2 // the header takes the place of two slots
)

// readNDB hands over every header. go-rpmdb is not used: it allocates what a block says, and prints to standard
// output.
func readNDB(ctx context.Context, s *source, record func(uint32, []byte) error) error {
	le := binary.LittleEndian
	head := make([]byte, ndbFirstSlot*ndbSlotSize)
	if err := s.readAt(head, 0); err != nil {
		return err
	}
	if le.Uint32(head) != ndbMagic || le.Uint32(head[4:]) != 0 {
		return damaged("it begins with % x, which no version 0 of rpm's own format does", head[:8])
	}
	pages := int64(le.Uint32(head[12:]))
	if pages == 0 || pages*ndbPage > s.size {
		return damaged("%d pages of slots in %d bytes", pages, s.size)
	}
	page := make([]byte, ndbPage)
	room := s.size // blocks do not overlap: together they are no larger than the file
	for n := range pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.readAt(page, n*ndbPage); err != nil {
			return err
		}
		for at := 0; at < ndbPage; at += ndbSlotSize {
			if n == 0 && at < len(head) {
				continue
			}
			slot := page[at:]
			if le.Uint32(slot) != ndbSlot {
				return damaged("slot page %d, byte %d: % x is no slot", n, at, slot[:4])
			}
			id, off, size := le.Uint32(slot[4:]), int64(le.Uint32(slot[8:]))*ndbUnit, int64(le.Uint32(slot[12:]))*ndbUnit
			if id == 0 {
				continue
			}
			if room -= size; room < 0 || size < ndbHeadSize+ndbTailSize || size > maxRecord {
				return damaged("package %d: a block of %d bytes", id, size)
			}
			block := make([]byte, min(size, s.size))
			if err := s.readAt(block, off); err != nil {
				return damaged("package %d: %w", id, err)
			}
			header, err := ndbHeader(block, id)
			if err != nil {
				return damaged("package %d: %w", id, err)
			}
			if err := record(id, header); err != nil {
				return err
			}
		}
	}
	return nil
}

// ndbHeader checks a block and gives the header in it.
func ndbHeader(block []byte, id uint32) ([]byte, error) {
	le := binary.LittleEndian
	body, tail := block[:len(block)-ndbTailSize], block[len(block)-ndbTailSize:]
	length := le.Uint32(block[12:])
	switch {
	case le.Uint32(block) != ndbBlock || le.Uint32(block[4:]) != id || le.Uint32(tail[8:]) != ndbBlockEnd || le.Uint32(tail[4:]) != length:
		return nil, damaged("its block is another's")
	case int64(length) > int64(len(body)-ndbHeadSize):
		return nil, damaged("its record claims %d bytes of a block of %d", length, len(block))
	case adler32.Checksum(body) != le.Uint32(tail):
		return nil, damaged("its block has a wrong checksum")
	}
	return body[ndbHeadSize:][:length], nil
}
