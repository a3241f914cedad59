package jbd2

import (
	"cmp"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
)

// Plan is what a journal holds that is to be brought in.
type Plan struct {
	Transactions int    // how many were committed
	Revoked      int    // copies that were taken back
	Sequence     uint32 // of the next transaction, for Journal.Emptied
	Copies       []Copy // one a block, ascending

	j *Journal
}

// Copy is a copy in the log of a block of the file system.
type Copy struct {
	Block       uint64 // where it belongs
	Transaction uint32
	n           uint32 // the block of the log
	revoked     uint32 // the last transaction that revokes it
	isRevoked   bool   // there is one
	escaped     bool
}

// Scan finds out what there is to be brought in.
func (j *Journal) Scan() (*Plan, error) {
	p := &Plan{j: j, Sequence: j.sb.Sequence() + 1}
	if j.sb.Start() == 0 {
		return p, nil
	}
	s, err := j.findEnd()
	if err != nil {
		return nil, err
	}
	if err := j.fastCommits(s.end); err != nil {
		return nil, err
	}
	p.Transactions, p.Sequence = s.count, s.end+1
	if err := p.list(s); err != nil {
		return nil, err
	}
	if err := p.revoke(s.end); err != nil {
		return nil, err
	}
	if err := p.verify(s.end); err != nil {
		return nil, err
	}
	p.Copies = slices.DeleteFunc(p.Copies, func(c Copy) bool { return c.takenBack(c.Transaction) })
	return p, nil
}

// list makes Copies the last copy of each block.
func (p *Plan) list(s *scanner) error {
	p.Copies = make([]Copy, 0, s.tags)
	err := p.j.committed(s.end, func(b layout.JournalBlock, n uint32) error {
		if b.Type() != layout.JournalDescriptor {
			return nil
		}
		for t := range p.j.format.Tags(b) {
			p.Copies = append(p.Copies, Copy{Block: t.Block, Transaction: b.Sequence(), n: n, escaped: t.Flags&layout.JournalTagEscape != 0})
			n++
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(p.Copies, func(a, b Copy) int { return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(b.n, a.n)) })
	p.Copies = slices.CompactFunc(p.Copies, func(a, b Copy) bool { return a.Block == b.Block })
	return nil
}

// find gives the copy of a block, nil where there is none.
func (p *Plan) find(blk uint64) *Copy {
	i, ok := slices.BinarySearchFunc(p.Copies, blk, func(c Copy, blk uint64) int { return cmp.Compare(c.Block, blk) })
	if !ok {
		return nil
	}
	return &p.Copies[i]
}

// takenBack tells whether a copy of the block in transaction tid is revoked.
func (c *Copy) takenBack(tid uint32) bool { return c.isRevoked && !after(tid, c.revoked) }

// after tells whether transaction a is later than b. Their numbers wrap around.
func after(a, b uint32) bool { return int32(a-b) > 0 }

// revoke notes for each copy the last transaction that takes it back.
func (p *Plan) revoke(end uint32) error {
	return p.j.committed(end, func(b layout.JournalBlock, n uint32) error {
		if b.Type() != layout.JournalRevoke {
			return nil
		}
		if !p.j.format.RevokeFits(b) {
			return p.j.bad(n-1, b.Sequence(), "%d bytes of a revoke block cannot be in use", b.RevokeBytes())
		}
		for blk := range p.j.format.Revoked(b) {
			if c := p.find(blk); c != nil {
				c.revoked, c.isRevoked = b.Sequence(), true
			}
		}
		return nil
	})
}

// verify holds the copies that are not taken back against their checksums, and
// counts those that are. A copy that a later one replaces is looked at as well.
func (p *Plan) verify(end uint32) error {
	j := p.j
	buf := make([]byte, j.src.BlockSize)
	return j.committed(end, func(b layout.JournalBlock, n uint32) error {
		if b.Type() != layout.JournalDescriptor {
			return nil
		}
		for t := range j.format.Tags(b) {
			if c := p.find(t.Block); c == nil {
				return j.bad(n, b.Sequence(), "it changed while it was read")
			} else if c.takenBack(b.Sequence()) {
				p.Revoked++
			} else if j.format.HasTail() {
				if err := j.read(n, b.Sequence(), buf); err != nil {
					return err
				}
				want := layout.JournalBlockChecksum(j.seed, b.Sequence(), buf)
				if j.format&layout.JournalIncompatCsumV3 == 0 {
					want &= 0xFFFF
				}
				if t.Checksum != want {
					return j.bad(n, b.Sequence(), "checksum of the copy of block %d is %#x instead of %#x", t.Block, t.Checksum, want)
				}
			}
			n++
		}
		return nil
	})
}

// committed goes over all descriptor, revoke and commit blocks up to transaction
// end, exclusively. n is the block of the log behind each.
func (j *Journal) committed(end uint32, visit func(b layout.JournalBlock, n uint32) error) error {
	b := make(layout.JournalBlock, j.src.BlockSize)
	n := uint32(0)
	for tid := j.sb.Sequence(); tid != end; {
		if err := j.read(n, tid, b); err != nil {
			return err
		}
		n++
		if b.Magic() != layout.JournalMagic || b.Sequence() != tid {
			return j.bad(n-1, tid, "it changed while it was read")
		}
		if err := visit(b, n); err != nil {
			return err
		}
		switch b.Type() {
		case layout.JournalDescriptor:
			n += j.tags(b)
		case layout.JournalCommit:
			tid++
		}
	}
	return nil
}

// Within gives the copies of the blocks [from, to).
func (p *Plan) Within(from, to uint64) []Copy {
	at := func(blk uint64) int {
		i, _ := slices.BinarySearchFunc(p.Copies, blk, func(c Copy, blk uint64) int { return cmp.Compare(c.Block, blk) })
		return i
	}
	return p.Copies[at(from):at(to)]
}

// Read fills b, a block, with what the copy says that the block shall hold.
func (p *Plan) Read(c Copy, b []byte) error {
	if err := p.j.read(c.n, c.Transaction, b); err != nil {
		return err
	}
	if c.escaped {
		layout.JournalBlock(b).Unescape()
	}
	return nil
}

// Refuse is the error for a copy that must not be brought in.
func (p *Plan) Refuse(c Copy, why string) error {
	return p.j.bad(c.n, c.Transaction, "a copy of block %d, which is %s", c.Block, why)
}
