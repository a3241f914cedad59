package tgz

import (
	"fmt"
	"hash/crc32"
	"iter"

	"lbimage/imagebuild/block"
)

// recordSize is what GNU tar pads archives to.
const recordSize = 10240

// step is some work towards the output: one of literal, ahead, zeros and dev.
type step struct {
	literal []byte // bytes, compressed as a piece of their own

	ahead    *pieceList // its pieces from to to, compressed ahead
	from, to int

	zeros int // so many whole chunks of zeros

	dev  block.Device // size bytes of dev at off, a chunk
	off  int64
	size int
	name string // of the entry

	// What a worker makes of literal and dev.
	out  []byte
	crc  uint32
	err  error
	done chan struct{}
}

// needsWork reports whether a worker has to make the step's bytes.
func (s *step) needsWork() bool { return s.literal != nil || s.dev != nil }

// tarSize is how many bytes of the tar archive a step that needs work gives.
func (s *step) tarSize() int {
	if s.dev != nil {
		return s.size
	}
	return len(s.literal)
}

// chunks is how many chunks of entries the step gives.
func (s *step) chunks() int {
	switch {
	case s.literal != nil:
		return 0
	case s.dev != nil:
		return 1
	}
	return s.to - s.from + s.zeros
}

// work makes the bytes of a step. in is a buffer of chunkSize bytes.
func (s *step) work(c *compressor, in []byte, zero func() *zeroPiece) {
	p := s.literal
	if s.dev != nil {
		p = in[:s.size]
		if n, err := s.dev.ReadAt(p, s.off); n < len(p) {
			s.err = fmt.Errorf("entry %q: reading its data: %w", s.name, noEOF(err))
			return
		}
	}
	if len(p) == chunkSize && block.IsZero(p) {
		s.out, s.crc = append(s.out[:0], zero().bytes...), zero().crc
		return
	}
	s.out = c.deflate(s.out[:0], p)
	s.crc = crc32.ChecksumIEEE(p)
}

// steps goes through the whole archive. After an error there is nothing more.
func (a *Archive) steps(o WriteOptions) iter.Seq2[*step, error] {
	return func(yield func(*step, error) bool) {
		var head []byte // headers, and the padding of the data before them
		size := int64(0)
		for i := range a.Entries {
			e := &a.Entries[i]
			data := e.Data
			if d, ok := o.Replace[e.Header.Name]; ok && data != nil {
				data = d
			}
			n := int64(0)
			if data != nil {
				n = data.Size()
			}
			header := *e.Header
			if t, ok := o.ModTimes[header.Name]; ok {
				header.ModTime = t
			}
			before := len(head)
			head = appendHeader(head, &header, n, o.NotAfter)
			size += int64(len(head) - before)
			if n == 0 {
				continue
			}
			if !yield(&step{literal: head}, nil) || !dataSteps(e, data, yield) {
				return
			}
			pad := -n & 511
			head = make([]byte, pad) // the step has the other
			size += n + pad
		}
		size += 1024
		head = append(head, make([]byte, 1024+(recordSize-size%recordSize)%recordSize)...)
		yield(&step{literal: head}, nil)
	}
}

// dataSteps gives the steps for the chunks of an entry. What was compressed ahead
// and what lies in holes goes in long runs. It reports whether to go on.
func dataSteps(e *Entry, data block.Device, yield func(*step, error) bool) bool {
	size := data.Size()
	chunks := int((size + chunkSize - 1) / chunkSize)
	changed, ok := block.Changed(data, e.Data)
	ahead := e.ahead
	if !ok {
		ahead = nil
	}
	for next := 0; next < chunks; {
		var s *step
		off := int64(next) * chunkSize
		if ahead != nil {
			for len(changed) > 0 && changed[0].End() <= off {
				changed = changed[1:]
			}
			to := chunks // up to the chunk that holds the next change
			if len(changed) > 0 {
				to = int(changed[0].Off / chunkSize)
			}
			if to > next {
				s = &step{ahead: ahead, from: next, to: to}
			}
		} else {
			start, _, err := block.NextData(data, off)
			if err != nil {
				yield(nil, fmt.Errorf("entry %q: %w", e.Header.Name, err))
				return false
			}
			// A short chunk at the end is compressed, zero or not.
			if n := int((start - off) / chunkSize); n > 0 {
				s = &step{zeros: n}
			}
		}
		if s == nil {
			s = &step{dev: data, off: off, size: int(min(chunkSize, size-off)), name: e.Header.Name}
		}
		if !yield(s, nil) {
			return false
		}
		next += s.chunks()
	}
	return true
}
