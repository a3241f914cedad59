package ext

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"lbimage/imagebuild/ext/internal/jbd2"
	"lbimage/imagebuild/ext/internal/layout"
)

// maxDraft is how many bytes of changes a draft keeps.
const maxDraft = 16 << 20

// draft shows a device as it will be once a journal has been brought in, and
// keeps what is written to it in memory until pour. Nobody else writes to the
// device in the meantime.
type draft struct {
	base io.ReaderAt
	plan *jbd2.Plan // nil: there is no journal to bring in
	bs   int
	over map[uint64][]byte // blocks that were written
}

func newDraft(base io.ReaderAt, plan *jbd2.Plan, bs int) *draft {
	return &draft{base, plan, bs, map[uint64][]byte{}}
}

func (s *draft) ReadAt(p []byte, off int64) (n int, err error) {
	n, err = s.base.ReadAt(p, off)
	if n == 0 || off < 0 {
		return n, err
	}
	bs := int64(s.bs)
	from, to := uint64(off/bs), uint64((off+int64(n)-1)/bs)+1
	var buf []byte
	// part gives the bytes of p that are of a block, and where in the block they lie.
	part := func(blk uint64) (dst []byte, skip int64) {
		at := int64(blk)*bs - off
		skip = max(-at, 0)
		return p[max(at, 0):min(at+bs, int64(n))], skip
	}
	if s.plan != nil {
		for _, c := range s.plan.Within(from, to) {
			if s.over[c.Block] != nil {
				continue
			}
			if buf == nil {
				buf = make([]byte, bs)
			}
			if err := s.plan.Read(c, buf); err != nil {
				return 0, err
			}
			dst, skip := part(c.Block)
			copy(dst, buf[skip:])
		}
	}
	for blk := from; blk < to && len(s.over) > 0; blk++ {
		if b := s.over[blk]; b != nil {
			dst, skip := part(blk)
			copy(dst, b[skip:])
		}
	}
	return n, err
}

func (s *draft) WriteAt(p []byte, off int64) (n int, err error) {
	bs := int64(s.bs)
	for n < len(p) {
		blk := uint64((off + int64(n)) / bs)
		skip := (off + int64(n)) % bs
		b := s.over[blk]
		if b == nil {
			if (len(s.over)+1)*s.bs > maxDraft {
				return n, &StateError{"orphans", fmt.Sprintf("to tidy them up would change more than %d MiB of metadata", maxDraft>>20), mend}
			}
			b = make([]byte, bs)
			if skip != 0 || int64(len(p)-n) < bs {
				if err := readFull(s, b, int64(blk)*bs); err != nil {
					return n, err
				}
			}
			s.over[blk] = b
		}
		n += copy(b[skip:], p[n:])
	}
	return n, nil
}

// pour writes all that is new to the device: first what the journal holds, the
// block with the superblock last.
func (s *draft) pour(w io.WriterAt) error {
	put := func(blk uint64, b []byte) error {
		if _, err := w.WriteAt(b, int64(blk)*int64(s.bs)); err != nil {
			return fmt.Errorf("writing block %d: %w", blk, err)
		}
		return nil
	}
	if s.plan != nil {
		buf := make([]byte, s.bs)
		for _, c := range s.plan.Copies {
			if s.over[c.Block] != nil {
				continue
			}
			if err := s.plan.Read(c, buf); err != nil {
				return err
			}
			if err := put(c.Block, buf); err != nil {
				return err
			}
		}
	}
	super := uint64(layout.SuperblockOffset / s.bs)
	for _, blk := range slices.Sorted(maps.Keys(s.over)) {
		if blk != super {
			if err := put(blk, s.over[blk]); err != nil {
				return err
			}
		}
	}
	if b := s.over[super]; b != nil {
		return put(super, b)
	}
	return nil
}
