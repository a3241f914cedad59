package tgz

import (
	"encoding/binary"
	"fmt"
	"io"

	"lbimage/imagebuild/block"
)

// assembler puts the gzip stream together.
type assembler struct {
	w        io.Writer
	spool    *block.Sparse
	zero     func() *zeroPiece
	progress func(int64)

	sum   checksum
	stats Stats
	buf   []byte // of what is copied from the spool
}

func (a *assembler) write(p []byte) error {
	n, err := a.w.Write(p)
	a.stats.Size += int64(n)
	return err
}

// header writes the header of the gzip member: no name, no time, and Unix for the
// system, as gzip -n does.
func (a *assembler) header() error {
	return a.write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3})
}

// trailer ends the gzip member.
func (a *assembler) trailer() error {
	t := append([]byte{}, lastBlock[:]...)
	t = binary.LittleEndian.AppendUint32(t, a.sum.crc)
	t = binary.LittleEndian.AppendUint32(t, uint32(a.sum.size))
	a.stats.TarSize = a.sum.size
	return a.write(t)
}

// step writes what a step gives.
func (a *assembler) step(s *step) error {
	a.stats.Chunks += s.chunks()
	var err error
	switch {
	case s.needsWork():
		if s.err != nil {
			return s.err
		}
		if s.dev != nil {
			a.stats.Compressed++
		}
		a.sum.add(s.crc, int64(s.tarSize()))
		err = a.write(s.out)
	case s.zeros > 0:
		for range s.zeros {
			if err = a.zeros(); err != nil {
				break
			}
		}
	default:
		err = a.pieces(s.ahead, s.from, s.to)
	}
	if err == nil && a.progress != nil {
		a.progress(a.sum.size)
	}
	return err
}

func (a *assembler) zeros() error {
	zero := a.zero()
	a.sum.add(zero.crc, chunkSize)
	return a.write(zero.bytes)
}

// pieces copies a range of the pieces of a list out of the spool. Pieces that lie
// there one after another are copied with one call.
func (a *assembler) pieces(l *pieceList, from, to int) error {
	if a.buf == nil {
		a.buf = make([]byte, 0, 2<<20)
	}
	buf, start := a.buf[:0], int64(0) // start is where in the spool buf comes from
	flush := func() error {
		if len(buf) == 0 {
			return nil
		}
		if n, err := a.spool.ReadAt(buf, start); n < len(buf) {
			return fmt.Errorf("reading compressed data back: %w", err)
		}
		err := a.write(buf)
		buf = buf[:0]
		return err
	}
	for i := from; i < to; i++ {
		p := l.at(i)
		if p.off == zeroOff {
			if err := flush(); err != nil {
				return err
			}
			if err := a.zeros(); err != nil {
				return err
			}
			continue
		}
		if p.off != start+int64(len(buf)) || len(buf)+int(p.n) > cap(buf) {
			if err := flush(); err != nil {
				return err
			}
			start = p.off
		}
		buf = buf[:len(buf)+int(p.n)]
		a.sum.add(p.crc, int64(p.size))
	}
	return flush()
}
