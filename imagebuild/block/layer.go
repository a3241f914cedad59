package block

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
)

// layerMemory is how many bytes of changed blocks a Layer holds in memory before
// it moves them to its temporary file.
const layerMemory = 16 << 20

// compareUpTo bounds the writes that are compared with the device below, so that
// a block written as it was does not count as changed. Larger writes carry new
// content; reading what they replace would cost as much as the write.
const compareUpTo = 64 << 10

// Layer is a copy-on-write layer: it reads as the device below until it is
// written, and the device below is never written. It holds whole changed blocks
// of [BlockSize] bytes, in memory at first and past 16 MiB in an anonymous
// temporary file, so its memory does not grow with the edits.
//
// Any number of goroutines may read and write; each call is atomic.
type Layer struct {
	base Device
	dir  string

	mu     sync.RWMutex
	dirty  bitmap           // blocks of this layer
	mem    map[int64][]byte // those of them in memory; the others lie in spill
	free   [][]byte         // buffers for reuse
	spill  *os.File         // a block's offset is the same as on the device
	limit  int              // blocks in memory
	closed bool
}

// NewLayer puts an empty layer over base. The temporary file, if it comes to
// need one, is made in dir, or in the system's folder for temporary files when
// dir is empty. The layer does not close base.
func NewLayer(base Device, dir string) *Layer {
	return &Layer{base: base, dir: dir, mem: make(map[int64][]byte), limit: layerMemory / BlockSize}
}

// Base is the device below.
func (l *Layer) Base() Device { return l.base }

// Size is that of the device below.
func (l *Layer) Size() int64 { return l.base.Size() }

// ReadAt reads as io.ReaderAt says.
func (l *Layer) ReadAt(p []byte, off int64) (int, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return 0, os.ErrClosed
	}
	return readWithin(l.Size(), p, off, func(p []byte) (int, error) { return l.read(p, off) })
}

// read fills p, which lies within the device, from where each block is.
func (l *Layer) read(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		at := off + int64(done)
		rest := p[done:]
		n := at / BlockSize
		if buf, ok := l.mem[n]; ok {
			done += copy(rest, buf[at%BlockSize:])
			continue
		}
		var src io.ReaderAt = l.base
		blocks := l.dirty.run(n, (at%BlockSize+int64(len(rest))+BlockSize-1)/BlockSize)
		if l.dirty.has(n) {
			src = l.spill
			for k := int64(1); k < blocks; k++ {
				if _, ok := l.mem[n+k]; ok {
					blocks = k
				}
			}
		}
		rest = rest[:min(int64(len(rest)), blocks*BlockSize-at%BlockSize)]
		k, err := src.ReadAt(rest, at)
		done += k
		if k < len(rest) {
			return done, err
		}
	}
	return done, nil
}

// WriteAt writes p at off. Nothing is written when the range does not lie within
// the device.
func (l *Layer) WriteAt(p []byte, off int64) (int, error) {
	if err := checkRange(l.Size(), off, int64(len(p))); err != nil {
		return 0, fmt.Errorf("writing: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, os.ErrClosed
	}
	compare := len(p) <= compareUpTo
	done := 0
	for done < len(p) {
		at := off + int64(done)
		k := piece(len(p)-done, at)
		if err := l.writeBlock(p[done:done+k], at, compare); err != nil {
			return done, err
		}
		done += k
	}
	return done, nil
}

// writeBlock writes p, which lies within one block, at off.
func (l *Layer) writeBlock(p []byte, off int64, compare bool) error {
	n, in := off/BlockSize, int(off%BlockSize)
	if buf, ok := l.mem[n]; ok {
		copy(buf[in:], p)
		return nil
	}
	if len(l.mem) >= l.limit {
		if err := l.flush(); err != nil {
			return err
		}
	}
	size := int(min(BlockSize, l.Size()-n*BlockSize)) // the last block may be short
	buf := l.buffer()[:size]
	clean := !l.dirty.has(n)
	if len(p) < size || clean && compare {
		if _, err := l.read(buf, n*BlockSize); err != nil {
			l.free = append(l.free, buf)
			return fmt.Errorf("reading what a write replaces at offset %d: %w", n*BlockSize, err)
		}
		if clean && bytes.Equal(buf[in:in+len(p)], p) {
			l.free = append(l.free, buf)
			return nil
		}
	}
	copy(buf[in:], p)
	l.mem[n] = buf
	l.dirty.set(n)
	return nil
}

func (l *Layer) buffer() []byte {
	if n := len(l.free); n > 0 {
		buf := l.free[n-1]
		l.free = l.free[:n-1]
		return buf[:BlockSize]
	}
	return make([]byte, BlockSize)
}

// flush moves all blocks in memory to the temporary file.
func (l *Layer) flush() error {
	if l.spill == nil {
		f, err := anonymous(l.dir)
		if err != nil {
			return tempError(err)
		}
		l.spill = f
	}
	keys := make([]int64, 0, len(l.mem))
	for n := range l.mem {
		keys = append(keys, n)
	}
	slices.Sort(keys)
	// Neighbours go in one call.
	run := make([]byte, 0, 64*BlockSize)
	for i, n := range keys {
		run = append(run, l.mem[n]...)
		if i+1 < len(keys) && keys[i+1] == n+1 && len(run) < cap(run) {
			continue
		}
		end := n*BlockSize + int64(len(l.mem[n]))
		if _, err := l.spill.WriteAt(run, end-int64(len(run))); err != nil {
			return tempError(err)
		}
		run = run[:0]
	}
	for _, n := range keys {
		l.free = append(l.free, l.mem[n])
	}
	clear(l.mem)
	return nil
}

// Dirty lists the ranges that may differ from the device below, in bytes: sorted,
// merged, in whole blocks but for the last one of a device of an odd size.
func (l *Layer) Dirty() []Range {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.dirty.ranges(l.Size())
}

// NextData has the contract of the function [NextData].
func (l *Layer) NextData(off int64) (start, end int64, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	start, end, err = NextData(l.base, off)
	if err != nil || l.dirty.count == 0 {
		return start, end, err
	}
	// A changed block in the hole before start comes first.
	for n := off / BlockSize; n*BlockSize < start; {
		k := l.dirty.run(n, (start-n*BlockSize+BlockSize-1)/BlockSize)
		if l.dirty.has(n) {
			return max(off, n*BlockSize), min((n+k)*BlockSize, l.Size()), nil
		}
		n += k
	}
	return start, end, nil
}

// Close drops the changes and gives their space back.
func (l *Layer) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	l.mem, l.free = nil, nil
	if l.spill != nil {
		return l.spill.Close()
	}
	return nil
}

// Changed lists the ranges in which d may differ from base, where d is base or
// one or several layers over it; otherwise it reports false.
func Changed(d, base Device) ([]Range, bool) {
	var out []Range
	for d != base {
		l, ok := d.(*Layer)
		if !ok {
			return nil, false
		}
		out = mergeRanges(out, l.Dirty())
		d = l.base
	}
	return out, true
}
