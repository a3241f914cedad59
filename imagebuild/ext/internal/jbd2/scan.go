package jbd2

import "lbimage/imagebuild/ext/internal/layout"

// scanner is the state of the first pass, which finds the end of the log.
type scanner struct {
	*Journal
	n    uint32 // the next block of the log
	tid  uint32 // the transaction that is looked for
	tags int    // in committed transactions
	open int    // in the one that is not committed yet

	crc      uint32 // checksum of version 1 over the transaction
	doubt    error  // a checksum in the transaction was wrong
	lastTime uint64 // of the last commit
	broken   error  // a commit, with async_commit, that may have come too early
	end      uint32 // the first transaction that does not count, if broken
	count    int
}

// findEnd gives the number of the first transaction that does not count.
func (j *Journal) findEnd() (s *scanner, err error) {
	s = &scanner{Journal: j, tid: j.sb.Sequence(), crc: ^uint32(0)}
	b := make(layout.JournalBlock, j.src.BlockSize)
	copies := make([]byte, 0)
	if j.v1Checksums {
		copies = make([]byte, j.src.BlockSize)
	}
	for {
		if s.n >= j.length() { // all of it was in use
			break
		}
		if err := s.read(s.n, s.tid, b); err != nil {
			return nil, err
		}
		if b.Magic() != layout.JournalMagic || b.Sequence() != s.tid {
			break
		}
		s.n++
		switch b.Type() {
		case layout.JournalDescriptor:
			err = s.descriptor(b, copies)
		case layout.JournalRevoke:
			s.verifyTail(b)
		case layout.JournalCommit:
			var more bool
			if more, err = s.commit(b); err == nil && !more {
				return s, nil
			}
		default:
			s.finish()
			return s, nil
		}
		if err != nil {
			return nil, err
		}
	}
	s.finish()
	return s, nil
}

func (s *scanner) finish() {
	if s.broken == nil {
		s.end = s.tid
	}
}

// verifyTail notes a wrong checksum of a descriptor or revoke block. Whether it
// matters is known when the commit block is found, or not.
func (s *scanner) verifyTail(b layout.JournalBlock) {
	if s.format.HasTail() && s.doubt == nil {
		if want := b.ComputeTailChecksum(s.seed); b.TailChecksum() != want {
			s.doubt = s.bad(s.n-1, s.tid, "checksum %#08x instead of %#08x", b.TailChecksum(), want)
		}
	}
}

func (s *scanner) descriptor(b layout.JournalBlock, buf []byte) error {
	s.verifyTail(b)
	n := s.Journal.tags(b)
	if n > s.length()-s.n {
		return s.bad(s.n-1, s.tid, "a descriptor of %d blocks, but only %d are left of the log", n, s.length()-s.n)
	}
	s.open += int(n)
	if !s.v1Checksums || s.broken != nil {
		s.n += n
		return nil
	}
	s.crc = layout.CRC32BE(s.crc, b)
	for ; n > 0; n-- {
		if err := s.read(s.n, s.tid, buf); err != nil {
			return err
		}
		s.n++
		s.crc = layout.CRC32BE(s.crc, buf)
	}
	return nil
}

// commit ends a transaction. It tells whether the log goes on.
func (s *scanner) commit(b layout.JournalBlock) (more bool, err error) {
	stale := b.CommitTime() < s.lastTime
	wrong := s.doubt
	if wrong == nil {
		wrong = s.verifyCommit(b)
	}
	switch {
	case wrong != nil && stale: // what an earlier log has left behind
		s.finish()
		return false, nil
	case s.doubt != nil:
		return false, s.doubt
	case wrong != nil && s.format&layout.JournalIncompatAsyncCommit == 0:
		return false, wrong
	case s.broken != nil: // the next one was written, so the broken one had been complete
		return false, s.broken
	case wrong != nil:
		s.broken, s.end = wrong, s.tid
	default:
		s.tags += s.open
		s.count++
		if s.tags > maxTags {
			return false, s.bad(s.n-1, s.tid, "more than %d copies in the log cannot be handled", maxTags)
		}
	}
	s.lastTime, s.crc, s.open = b.CommitTime(), ^uint32(0), 0
	s.tid++
	return true, nil
}

func (s *scanner) verifyCommit(b layout.JournalBlock) error {
	have := b.CommitChecksum()
	if s.format.HasTail() {
		if want := b.ComputeCommitChecksum(s.seed); have != want {
			return s.bad(s.n-1, s.tid, "checksum of the commit %#08x instead of %#08x", have, want)
		}
	}
	if !s.v1Checksums || s.broken != nil {
		return nil
	}
	kind, size := b.CommitChecksumType(), b.CommitChecksumSize()
	unused := kind == 0 && size == 0 && have == 0 // an older kernel wrote it
	good := kind == layout.JournalCommitCRC32 && size == layout.JournalCommitCRC32Size && have == s.crc
	if !unused && !good {
		return s.bad(s.n-1, s.tid, "checksum of the transaction %#08x instead of %#08x", have, s.crc)
	}
	return nil
}

// fastCommits refuses a journal that holds fast commits on top of its last
// transaction: they are no copies of blocks, but changes of files.
func (j *Journal) fastCommits(end uint32) error {
	b := make([]byte, j.src.BlockSize)
	for n := j.last; n < j.last+min(j.fc, 2); n++ { // by custom they start at the second block
		if err := j.src.Read(n, b); err != nil {
			return err
		}
		if tid, ok := layout.FastCommitHead(b); ok && tid == end {
			return &FeatureError{"it holds fast commits on top of the last transaction, which only Linux and e2fsck bring in"}
		}
	}
	return nil
}
