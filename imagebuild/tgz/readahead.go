package tgz

import (
	"context"
	"io"
	"sync"
)

// readAhead reads a stream in a goroutine of its own, so that making the stream
// (decoding xz, as a rule) and using it go on side by side.
type readAhead struct {
	ctx  context.Context
	full chan []byte
	free chan []byte
	stop chan struct{}
	wg   sync.WaitGroup

	err   error  // why full was closed; read after it was
	whole []byte // the buffer in use
	rest  []byte // of it
}

const (
	readAheadSize  = 256 << 10
	readAheadCount = 6
)

// sourceError marks an error of the stream that Load was given, to be told from
// what a decoder makes of its data.
type sourceError struct{ error }

func (e sourceError) Unwrap() error { return e.error }

func startReadAhead(ctx context.Context, r io.Reader) *readAhead {
	a := &readAhead{
		ctx:  ctx,
		full: make(chan []byte, readAheadCount),
		free: make(chan []byte, readAheadCount),
		stop: make(chan struct{}),
	}
	for range readAheadCount {
		a.free <- nil
	}
	a.wg.Go(func() {
		defer close(a.full)
		for {
			var buf []byte
			select {
			case buf = <-a.free:
			case <-a.stop:
				return
			}
			if buf == nil {
				buf = make([]byte, readAheadSize)
			}
			n, err := io.ReadFull(r, buf[:cap(buf)])
			if n > 0 {
				a.full <- buf[:n] // has room for all buffers
			}
			if err == io.ErrUnexpectedEOF || err == io.EOF {
				a.err = io.EOF
				return
			}
			if err != nil {
				a.err = sourceError{err}
				return
			}
		}
	})
	return a
}

func (a *readAhead) Read(p []byte) (int, error) {
	if len(a.rest) == 0 {
		if a.whole != nil {
			a.free <- a.whole
			a.whole = nil
		}
		var ok bool
		select {
		case a.whole, ok = <-a.full:
		case <-a.ctx.Done():
			return 0, sourceError{context.Cause(a.ctx)}
		}
		if !ok {
			return 0, a.err
		}
		a.rest = a.whole
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// close ends the goroutine. It waits for the read in progress: the stream is not
// touched afterwards.
func (a *readAhead) close() {
	close(a.stop)
	a.wg.Wait()
}
