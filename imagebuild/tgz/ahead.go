package tgz

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime"
	"sync"

	"lbimage/imagebuild/block"
)

// piece is a chunk that was compressed ahead.
type piece struct {
	off  int64 // in the spool; zeroOff for a whole chunk of zeros
	n    int32 // compressed bytes
	size int32 // bytes
	crc  uint32
}

const zeroOff = -1

// pieceList is the pieces of an entry. They are kept in slabs that do not move, so
// that a worker can fill one in while more are added, and so that an entry's
// declared size does not decide how much is allocated.
type pieceList struct {
	slabs []*[pieceSlab]piece
	n     int
}

const pieceSlab = 256

func (l *pieceList) add() *piece {
	if l.n == len(l.slabs)*pieceSlab {
		l.slabs = append(l.slabs, new([pieceSlab]piece))
	}
	l.n++
	return l.at(l.n - 1)
}

func (l *pieceList) at(i int) *piece { return &l.slabs[i/pieceSlab][i%pieceSlab] }

// maxWorkers bounds the memory: each worker takes about 6 MiB, and 16 of them would
// take the process to 100. One inflater does not keep more of them busy.
const maxWorkers = 8

func workers() int { return min(runtime.GOMAXPROCS(0), maxWorkers) }

// aheadPool is the workers that compress chunks into the spool while an archive is
// being read.
type aheadPool struct {
	ctx   context.Context
	fail  context.CancelCauseFunc
	spool *block.Sparse
	jobs  chan aheadJob
	free  chan []byte // chunk buffers; nil is one that was not made yet
	wg    sync.WaitGroup
}

type aheadJob struct {
	p   *piece
	buf []byte
}

// startAhead starts workers that append to spool and that report what goes wrong
// with fail, which must cancel ctx. They end with finish, which must be called.
func startAhead(ctx context.Context, fail context.CancelCauseFunc, spool *block.Sparse) *aheadPool {
	n := workers()
	s := &aheadPool{
		ctx: ctx, fail: fail, spool: spool,
		jobs: make(chan aheadJob, n+2), // as many as there are buffers
		free: make(chan []byte, n+2),
	}
	for range cap(s.free) {
		s.free <- nil
	}
	for range n {
		s.wg.Go(s.work)
	}
	return s
}

// CompressAhead compresses the entries' data now, for several calls of [Archive.Write] to come, into a temporary file in
// tempDir. For an archive that was loaded with [Options.CompressAhead] that is done already.
func (a *Archive) CompressAhead(ctx context.Context, tempDir string) error {
	if a.spool != nil {
		return nil
	}
	spool, err := block.CreateSparse(tempDir)
	if err != nil {
		return err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	pool := startAhead(ctx, fail, spool)
	lists := make([]*pieceList, len(a.Entries))
	for i, e := range a.Entries {
		if e.Data == nil {
			continue
		}
		lists[i] = &pieceList{}
		if err := pool.addDevice(lists[i], e.Data); err != nil {
			fail(fmt.Errorf("entry %q: %w", e.Header.Name, err))
			break
		}
	}
	pool.finish()
	if err := context.Cause(ctx); err != nil {
		return errors.Join(err, spool.Close())
	}
	a.spool = spool
	for i, list := range lists {
		a.Entries[i].ahead = list
	}
	return nil
}

// addDevice has all of a device compressed. Holes are not read.
func (s *aheadPool) addDevice(list *pieceList, data block.Device) error {
	for off := int64(0); off < data.Size(); {
		start, _, err := block.NextData(data, off)
		if err != nil {
			return err
		}
		for ; start-off >= chunkSize; off += chunkSize {
			list.add().off = zeroOff
		}
		if off == data.Size() {
			return nil
		}
		buf, err := s.buffer()
		if err != nil {
			return err
		}
		buf = buf[:min(chunkSize, data.Size()-off)]
		if n, err := data.ReadAt(buf, off); n < len(buf) {
			s.release(buf)
			return noEOF(err)
		}
		if off += int64(len(buf)); len(buf) == chunkSize && block.IsZero(buf) {
			list.add().off = zeroOff
			s.release(buf)
		} else {
			s.add(list.add(), buf)
		}
	}
	return nil
}

// buffer gives a buffer of chunkSize bytes. It waits until one is free: this is
// what bounds the memory.
func (s *aheadPool) buffer() ([]byte, error) {
	select {
	case buf := <-s.free:
		if buf == nil {
			buf = make([]byte, chunkSize)
		}
		return buf[:chunkSize], nil
	case <-s.ctx.Done():
		return nil, context.Cause(s.ctx)
	}
}

// release gives a buffer back.
func (s *aheadPool) release(buf []byte) { s.free <- buf }

// add has buf compressed, p filled in, and then buf released.
func (s *aheadPool) add(p *piece, buf []byte) { s.jobs <- aheadJob{p, buf} }

// finish waits for all that was added.
func (s *aheadPool) finish() {
	close(s.jobs)
	s.wg.Wait()
}

func (s *aheadPool) work() {
	var c *compressor // made when there is work
	var out []byte
	for j := range s.jobs {
		if s.ctx.Err() == nil {
			if c == nil {
				c = newCompressor()
			}
			out = c.deflate(out[:0], j.buf)
			off, err := s.spool.Append(out)
			if err != nil {
				s.fail(fmt.Errorf("keeping compressed data: %w", err))
			}
			*j.p = piece{off, int32(len(out)), int32(len(j.buf)), crc32.ChecksumIEEE(j.buf)}
		}
		s.release(j.buf)
	}
}
