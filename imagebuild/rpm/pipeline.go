package rpm

import (
	"context"
	"hash"
	"io"
	"sync"
	"sync/atomic"
)

// The stages of reading a payload hand blocks to each other. A block belongs to
// a pool; every stage that uses it holds a reference, and the last one to let go
// gives it back. Pools are what bounds the memory and the lead of a stage over
// the next: a stage that needs a block waits until one is free. Channels have
// room for all blocks of a pool, so that sending never waits, and a stage that
// only consumes always gets on: there is no circle to wait in.
const (
	blockSize        = 256 << 10
	compressedBlocks = 6
	archiveBlocks    = 8
)

type block struct {
	data []byte
	refs atomic.Int32
	pool chan *block
}

// retain adds n references.
func (b *block) retain(n int) { b.refs.Add(int32(n)) }

func (b *block) release() {
	if b.refs.Add(-1) == 0 {
		b.pool <- b
	}
}

// pool hands out at most count blocks of size bytes, made when first needed.
type pool struct {
	free  chan *block
	count int
	size  int64
}

func newPool(count int, size int64) *pool {
	return &pool{free: make(chan *block, count), count: count, size: size}
}

// get waits for a free block and gives it with one reference, or nil when ctx
// ends. One goroutine may call it.
func (p *pool) get(ctx context.Context) *block {
	var b *block
	select {
	case b = <-p.free:
	default:
		if p.count > 0 {
			p.count--
			b = &block{data: make([]byte, p.size), pool: p.free}
			break
		}
		select {
		case b = <-p.free:
		case <-ctx.Done():
			return nil
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	b.data = b.data[:cap(b.data)]
	b.refs.Store(1)
	return b
}

// hasher computes digests in a goroutine of its own. It ends when in is closed.
type hasher struct {
	in   chan hashJob
	done chan struct{}
	h    hash.Hash // the current digest; may be read after done
}

// hashJob is one of: start a digest (h), add bytes of a block (p, b), report
// the sum (sum).
type hashJob struct {
	h   hash.Hash
	p   []byte
	b   *block
	sum chan<- []byte
}

// startHasher runs a hasher with room for n jobs. h may be nil if the first job
// brings one.
func startHasher(h hash.Hash, n int) *hasher {
	s := &hasher{in: make(chan hashJob, n), done: make(chan struct{}), h: h}
	go func() {
		defer close(s.done)
		for j := range s.in {
			switch {
			case j.h != nil:
				s.h = j.h
			case j.b != nil:
				s.h.Write(j.p)
				j.b.release()
			default:
				j.sum <- s.h.Sum(nil)
			}
		}
	}()
	return s
}

// finish waits for the last job and gives the sum.
func (s *hasher) finish() []byte {
	<-s.done
	return s.h.Sum(nil)
}

// flow is a stream of blocks from one stage to the next. The sender sets err
// before it closes blocks.
type flow struct {
	blocks chan *block
	err    error // io.EOF at the regular end
	tees   []*hasher
}

func newFlow(n int, tees []*hasher) *flow {
	return &flow{blocks: make(chan *block, n), tees: tees}
}

// send passes the caller's reference on, and one to each hasher.
func (f *flow) send(b *block) {
	b.retain(len(f.tees))
	for _, t := range f.tees {
		t.in <- hashJob{p: b.data, b: b}
	}
	f.blocks <- b
}

func (f *flow) end(err error) {
	f.err = err
	for _, t := range f.tees {
		close(t.in)
	}
	close(f.blocks)
}

// feed sends the n bytes of r from off on.
func (f *flow) feed(ctx context.Context, r io.ReaderAt, off, n int64) {
	p := newPool(cap(f.blocks), min(blockSize, max(n, 1)))
	for left := n; left > 0; {
		b := p.get(ctx)
		if b == nil {
			f.end(ctx.Err())
			return
		}
		b.data = b.data[:min(left, int64(len(b.data)))]
		if err := readAt(r, off+left, off, b.data, "payload"); err != nil {
			f.end(err)
			return
		}
		off += int64(len(b.data))
		left -= int64(len(b.data))
		f.send(b)
	}
	f.end(io.EOF)
}

// flowReader reads a flow as a stream of bytes.
type flowReader struct {
	f   *flow
	cur *block
	pos int
	n   int64 // bytes given out
	err error // the flow's end, once it was met
}

// next makes at least one byte available, or gives the flow's end.
func (r *flowReader) next() error {
	for r.cur == nil || r.pos == len(r.cur.data) {
		r.drop()
		b, ok := <-r.f.blocks
		if !ok {
			r.err = r.f.err
			return r.err
		}
		r.cur, r.pos = b, 0
	}
	return nil
}

// drop lets go of the current block.
func (r *flowReader) drop() {
	if r.cur != nil {
		r.cur.release()
		r.cur = nil
	}
}

// chunk gives the next bytes, limit at most, and the block that they lie in.
// They stay valid until the next call, or longer for who retains the block.
func (r *flowReader) chunk(limit int64) ([]byte, *block, error) {
	if err := r.next(); err != nil {
		return nil, nil, err
	}
	p := r.cur.data[r.pos:]
	p = p[:min(limit, int64(len(p)))]
	r.pos += len(p)
	r.n += int64(len(p))
	return p, r.cur, nil
}

func (r *flowReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, _, err := r.chunk(int64(len(p)))
	return copy(p, c), err
}

// stages joins the goroutines that read a payload.
type stages struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func (s *stages) run(f func(ctx context.Context)) {
	s.wg.Go(func() { f(s.ctx) })
}

// stop ends all stages and waits for them.
func (s *stages) stop() {
	s.cancel()
	s.wg.Wait()
}
