package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sync/atomic"
)

// fileDigest computes the SHA-256 of a file beside everything else.
type fileDigest struct {
	cancel context.CancelFunc
	done   chan struct{}
	sum    string
	err    error
}

func startDigest(ctx context.Context, r interface {
	io.ReaderAt
	Size() int64
}) *fileDigest {
	ctx, cancel := context.WithCancel(ctx)
	d := &fileDigest{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		h := sha256.New()
		for piece := range readAhead(ctx, r) {
			if d.err = piece.err; d.err != nil {
				return
			}
			h.Write(piece.data)
			piece.free()
		}
		if d.err = ctx.Err(); d.err == nil {
			d.sum = hex.EncodeToString(h.Sum(nil))
		}
	}()
	return d
}

// piece is a part of a file in order, or the error that ended the reading.
type piece struct {
	data []byte
	err  error
	back chan<- []byte
}

func (p piece) free() { p.back <- p.data[:cap(p.data)] }

// readAhead reads a file while what was read before is made use of: reading and hashing a raw disk take each their time. The
// channel is closed at the end, after an error, or when the context is done. Pieces have to be freed.
func readAhead(ctx context.Context, r interface {
	io.ReaderAt
	Size() int64
}) <-chan piece {
	const buffers, size = 3, 512 << 10
	out, free := make(chan piece, buffers), make(chan []byte, buffers)
	for range buffers {
		free <- make([]byte, size)
	}
	go func() {
		defer close(out)
		for off := int64(0); off < r.Size() && ctx.Err() == nil; {
			var buf []byte
			select {
			case <-ctx.Done():
				return
			case buf = <-free:
			}
			n, err := r.ReadAt(buf[:min(int64(len(buf)), r.Size()-off)], off)
			if n == 0 && err != nil {
				out <- piece{err: err}
				return
			}
			out <- piece{data: buf[:n], back: free} // never waits: there are as many places as buffers
			off += int64(n)
		}
	}()
	return out
}

func (d *fileDigest) wait() (string, error) {
	<-d.done
	return d.sum, d.err
}

// stop ends the work, if it is not done, and waits for its end.
func (d *fileDigest) stop() {
	d.cancel()
	<-d.done
}

// countingReaderAt reports how far into a file has been read.
type countingReaderAt struct {
	r      io.ReaderAt
	size   int64
	report Progress
	far    atomic.Int64 // the furthest byte so far
	told   atomic.Int64 // the furthest reported
}

func (c *countingReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	if c.report == nil {
		return n, err
	}
	const step = 1 << 20
	end := off + int64(n)
	for far := c.far.Load(); end > far && !c.far.CompareAndSwap(far, end); far = c.far.Load() {
	}
	if told := c.told.Load(); (end >= told+step || end == c.size) && c.told.CompareAndSwap(told, end) {
		c.report(StageRead, c.far.Load(), c.size)
	}
	return n, err
}
