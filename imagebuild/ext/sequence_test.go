package ext

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// sequences runs every sequence of operations on one file system.
type sequences struct {
	base  []byte
	ops   []operation
	depth int
	full  bool // there may be no room
	none  atomic.Int64

	mu     sync.Mutex
	judged map[[32]byte]bool   // what e2fsck has seen
	sums   map[string][32]byte // what the operations that were done led to
	count  atomic.Int64
}

// newSequences formats a file system, with a journal, that has a folder and a file.
func newSequences(t testing.TB, size int64, o FormatOptions, depth int) *sequences {
	t.Helper()
	if o.Inodes == 0 {
		o.Inodes = 32
	}
	o.Time, o.JournalBlocks = stampTime, 1024
	r := &ram{make([]byte, size), 1 << 30}
	must(t, Format(r, size, o))
	if o.Label == "inline" {
		withInline(r.b)
	}
	f, err := OpenWritable(r, size, Options{Time: editTime})
	must(t, err)
	must(t, f.Mkdir("d", 0o755))
	must(t, f.WriteFile("a", data("first", 2000), 0o600))
	must(t, f.Sync())
	return &sequences{base: r.b, ops: alphabet(), depth: depth, judged: map[[32]byte]bool{}, sums: map[string][32]byte{}}
}

// walk runs all sequences that begin with prefix.
func (s *sequences) walk(t testing.TB, img *dock, prefix []int, before [32]byte) error {
	sum, err := s.run(t, img, prefix, before)
	if err != nil {
		names := ""
		for _, i := range prefix {
			names += s.ops[i].name + "; "
		}
		return fmt.Errorf("%s%w", names, err)
	}
	if len(prefix) == s.depth {
		return nil
	}
	for i := range s.ops {
		if err := s.walk(t, img, append(prefix[:len(prefix):len(prefix)], i), sum); err != nil {
			return err
		}
	}
	return nil
}

// run runs one sequence and holds the result against the model, Check and
// e2fsck. before is the sum of the bytes without its last operation.
func (s *sequences) run(t testing.TB, img *dock, seq []int, before [32]byte) (sum [32]byte, err error) {
	size := int64(len(s.base))
	once, inSteps := newLayer(s.base), newLayer(s.base)
	f, err := OpenWritable(once, size, Options{Time: editTime})
	if err != nil {
		return sum, err
	}
	m := modelOf(t, f)
	done, refused := "", false
	for _, i := range seq {
		op := s.ops[i]
		got := op.real(f)
		want := got
		if s.full && (errors.Is(got, ErrNoSpace) || errors.Is(got, ErrNoInodes)) {
			s.none.Add(1)
		} else {
			want = op.want(m)
		}
		if (got == nil) != (want == nil) {
			return sum, fmt.Errorf("%w; the model: %w", got, want)
		}
		if refused = got != nil; !refused {
			done += string(rune('0' + i))
		}
		// The same again, as if each edit were made by another run of a program.
		g, err := OpenWritable(inSteps, size, Options{Time: editTime})
		if err != nil {
			return sum, err
		}
		if err := op.real(g); (err == nil) != (got == nil) {
			return sum, fmt.Errorf("opened anew: %w, not %w", err, got)
		}
		if err := g.Sync(); err != nil {
			return sum, err
		}
	}
	if err := f.Sync(); err != nil {
		return sum, err
	}
	sum = once.sum()
	if steps, err := inSteps.sumInUse(); err != nil {
		return sum, err
	} else if whole, err := once.sumInUse(); err != nil || steps != whole {
		return sum, errors.Join(errors.New("with a sync after each operation the bytes are others"), err)
	}
	if refused && sum != before {
		return sum, errors.New("refused, but the bytes have changed")
	}
	if old, ok := s.result(done, sum); ok && old != sum {
		return sum, errors.New("other bytes than without what was refused")
	}
	if f, err = Open(once, size); err != nil {
		return sum, err
	}
	if d := m.differences(modelOf(t, f), f); len(d) > 0 {
		return sum, errors.New(strings.Join(d, "\n"))
	}
	s.count.Add(1)
	if !s.first(sum) {
		return sum, nil
	}
	img.put(t, once)
	if complaint := complaints(t, img.f.Name()); complaint != "" {
		return sum, fmt.Errorf("e2fsck:\n%s", complaint)
	}
	problems, err := Check(context.Background(), once, size, CheckOptions{})
	if err != nil || len(problems) > 0 {
		return sum, fmt.Errorf("check: %v, %w", problems, err)
	}
	return sum, nil
}

// result gives what the same operations led to when they were done before.
func (s *sequences) result(done string, sum [32]byte) ([32]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.sums[done]
	if !ok {
		s.sums[done] = sum
	}
	return old, ok
}

// first tells whether these bytes were not judged yet.
func (s *sequences) first(sum [32]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.judged[sum] {
		return false
	}
	s.judged[sum] = true
	return true
}

// Every sequence of one or two operations, or of up to EXT_SEQUENCE, leaves what the
// model has and what e2fsck finds nothing wrong with. Bytes that came about
// before are not judged again.
func TestSequences(t *testing.T) {
	need(t, "e2fsck")
	depth := 2
	if v := os.Getenv("EXT_SEQUENCE"); v != "" {
		_, err := fmt.Sscan(v, &depth)
		must(t, err)
	}
	for name, c := range map[string]struct {
		size int64
		o    FormatOptions
	}{
		"ext3 1k": {1536 << 10, FormatOptions{Type: "ext3", BlockSize: 1024, InodeSize: 128}},
		"ext3 4k": {5 << 20, FormatOptions{Type: "ext3", BlockSize: 4096}},
		"ext4 1k": {1536 << 10, FormatOptions{Type: "ext4", BlockSize: 1024}},
		"ext4 4k": {5 << 20, FormatOptions{Type: "ext4", BlockSize: 4096, Modern: true}},
		"inline":  {1536 << 10, FormatOptions{Type: "ext4", BlockSize: 1024, Modern: true, Label: "inline"}},
	} {
		s := newSequences(t, c.size, c.o, depth)
		t.Run(name, func(t *testing.T) { t.Parallel(); s.runAll(t) })
	}
}

// runAll shares the work.
func (s *sequences) runAll(t *testing.T) {
	start := newLayer(s.base).sum()
	t.Cleanup(func() {
		want := int64(0)
		for n, i := int64(1), 0; i < s.depth; i++ {
			n *= int64(len(s.ops))
			want += n
		}
		if n := s.count.Load(); n != want && !t.Failed() {
			t.Errorf("%d sequences, not %d", n, want)
		}
		t.Logf("%d sequences, %d images judged, %d times no room", s.count.Load(), len(s.judged), s.none.Load())
	})
	const shards = 6
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			img := newDock(t, s.base)
			for i := shard; i < len(s.ops); i += shards {
				must(t, s.walk(t, img, []int{i}, start))
			}
		})
	}
}

// With a few blocks or inodes left, an operation is done whole or not at all: what
// is refused has not changed a byte.
func TestSequencesFull(t *testing.T) {
	need(t, "e2fsck")
	most := uint64(3)
	if os.Getenv("EXT_SEQUENCE") != "" {
		most = 9
	}
	for name, o := range map[string]FormatOptions{
		"ext3": {Type: "ext3", BlockSize: 1024, InodeSize: 128, Inodes: 40},
		"ext4": {Type: "ext4", BlockSize: 1024, Modern: true, Inodes: 40},
	} {
		for left := range most {
			for _, what := range []string{"blocks", "inodes"} {
				s := newSequences(t, 1536<<10, o, 2)
				s.full = true
				s.fill(t, what, left)
				t.Run(fmt.Sprint(name, ", ", left, " ", what), func(t *testing.T) {
					t.Parallel()
					t.Cleanup(func() {
						if s.none.Load() == 0 {
							t.Error("there was always room")
						}
					})
					s.runAll(t)
				})
				if left > 0 {
					break // no sequence takes as many inodes
				}
			}
		}
	}
}

// fill leaves some blocks or inodes, and d/ without room for another name.
func (s *sequences) fill(t testing.TB, what string, left uint64) {
	t.Helper()
	r := &ram{s.base, 1 << 30}
	f, err := OpenWritable(r, int64(len(s.base)), Options{Time: editTime})
	must(t, err)
	must(t, f.WriteFile("d/file", nil, 0o644))
	for i := range 12 {
		must(t, f.Link("d/file", fmt.Sprint("d/", i, strings.Repeat("n", 60))))
	}
	must(t, f.Mkdir("fill", 0o755))
	if what == "inodes" {
		for i := 0; uint64(f.Info().FreeInodes) > left; i++ {
			must(t, f.Mknod(fmt.Sprint("fill/", i), fs.ModeSocket, 0, 0))
		}
	} else {
		w, err := f.OpenFile("fill/x", os.O_CREATE|os.O_WRONLY, 0o644)
		must(t, err)
		for f.Info().FreeBlocks > left {
			must(t, writeOne(w, f))
		}
	}
	must(t, f.Sync())
}

// writeOne appends a block, or where that takes another for the map as well, puts it
// into a file of its own.
func writeOne(w *File, f *FS) error {
	b := make([]byte, f.bs)
	if _, err := w.Write(b); !errors.Is(err, ErrNoSpace) {
		return err
	}
	return f.WriteFile("fill/last", b, 0o644)
}

// The judge of the sequences tells of operations that are not done right.
func TestSequencesTell(t *testing.T) {
	need(t, "e2fsck")
	calls := 0
	for what, op := range map[string]operation{
		"the model says no":      {"", opMkdir("e").real, func(*model) error { return errModel }},
		"the model: %!w(<nil>)":  {"", opMkdir("d").real, func(*model) error { return nil }},
		"e is missing":           {"", func(*FS) error { return nil }, opMkdir("e").want},
		"e should not be there":  {"", opMkdir("e").real, func(*model) error { return nil }},
		"the bytes have changed": {"", func(f *FS) error { return errors.Join(f.Mkdir("e", 0o755), errModel) }, func(*model) error { return errModel }},
		"after each operation":   {"", func(f *FS) error { calls++; return f.Mkdir(fmt.Sprint("e", calls), 0o755) }, opMkdir("e1").want},
		"e2fsck":                 {"", func(f *FS) error { f.free--; return f.Mkdir("e", 0o750) }, opMkdir("e").want},
	} {
		s := newSequences(t, 1536<<10, FormatOptions{Type: "ext4", BlockSize: 1024}, 1)
		s.ops = []operation{op}
		err := s.walk(t, newDock(t, s.base), []int{0}, newLayer(s.base).sum())
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: not told but %v", what, err)
		}
	}
}
