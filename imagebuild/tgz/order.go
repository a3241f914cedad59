package tgz

import (
	"context"
	"iter"
	"sync"
)

// runInOrder has several workers make the steps that need it, and calls take with
// each step in order, by the goroutine that called it. At most a few steps are
// begun and not taken at any time. It returns the first error of take, of steps, or
// why ctx was cancelled; no goroutine is left then.
func runInOrder(ctx context.Context, zero func() *zeroPiece, steps iter.Seq2[*step, error], take func(*step) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	n := workers()
	jobs := make(chan *step)
	order := make(chan *step, n)
	spare := make(chan []byte, n+2) // output buffers
	var wg sync.WaitGroup
	defer func() { fail(nil); wg.Wait() }()

	wg.Go(func() {
		defer close(jobs)
		defer close(order)
		for s, err := range steps {
			if err != nil {
				fail(err)
			}
			if ctx.Err() != nil {
				return
			}
			if s.needsWork() {
				s.done = make(chan struct{})
				select {
				case s.out = <-spare:
				default:
				}
			}
			select {
			case order <- s:
			case <-ctx.Done():
				return
			}
			if s.needsWork() {
				jobs <- s // workers take jobs until the channel is closed
			}
		}
	})
	for range n {
		wg.Go(func() {
			var c *compressor // made when there is work
			var in []byte
			for s := range jobs {
				if ctx.Err() == nil {
					if c == nil {
						c, in = newCompressor(), make([]byte, chunkSize)
					}
					s.work(c, in, zero)
				}
				close(s.done)
			}
		})
	}
	for s := range order {
		if s.needsWork() {
			<-s.done
		}
		if ctx.Err() != nil {
			break
		}
		if err := take(s); err != nil {
			return err
		}
		if s.needsWork() {
			select {
			case spare <- s.out:
			default:
			}
		}
	}
	return context.Cause(ctx)
}
