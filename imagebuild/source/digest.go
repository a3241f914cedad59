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
		buf := make([]byte, 256<<10)
		for off := int64(0); off < r.Size(); {
			if d.err = ctx.Err(); d.err != nil {
				return
			}
			n, err := r.ReadAt(buf[:min(int64(len(buf)), r.Size()-off)], off)
			if n == 0 && err != nil {
				d.err = err
				return
			}
			h.Write(buf[:n])
			off += int64(n)
		}
		d.sum = hex.EncodeToString(h.Sum(nil))
	}()
	return d
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
