package ext

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// tape is a device in memory that remembers what was written where.
type tape struct {
	data   []byte
	writes []string
	broken bool
}

func (d *tape) ReadAt(p []byte, off int64) (int, error) { return copy(p, d.data[off:]), nil }

func (d *tape) WriteAt(p []byte, off int64) (int, error) {
	if d.broken {
		return 0, errBroken
	}
	d.writes = append(d.writes, fmt.Sprintf("%d+%d", off, len(p)))
	return copy(d.data[off:], p), nil
}

// Neighbours become one write; everything else keeps its order.
func TestGatherJoins(t *testing.T) {
	d := &tape{data: make([]byte, 4*gatherBytes)}
	g := &gather{dev: d}
	put := func(off, n int) {
		t.Helper()
		if k, err := g.WriteAt(bytes.Repeat([]byte{byte(off)}, n), int64(off)); k != n || err != nil {
			t.Fatalf("%d bytes at %d: %d, %v", n, off, k, err)
		}
	}
	put(1000, 10)
	put(1010, 10) // joins
	put(1020, 10) // joins
	put(1025, 2)  // over what waits
	put(500, 4)   // elsewhere
	put(504, gatherBytes)
	put(504+gatherBytes, 7)
	must(t, g.flush())
	must(t, g.flush())
	want := []string{"1000+30", "1025+2", "500+4", fmt.Sprintf("504+%d", gatherBytes), fmt.Sprintf("%d+7", 504+gatherBytes)}
	if !slices.Equal(d.writes, want) {
		t.Errorf("writes %v, not %v", d.writes, want)
	}
}

// Whoever reads through it sees what was written, in whatever order.
func TestGatherReads(t *testing.T) {
	const size = 3 * gatherBytes
	d := &tape{data: make([]byte, size)}
	g := &gather{dev: d}
	model := make([]byte, size)
	rnd := rand.New(rand.NewPCG(3, 4))
	end := 0
	for i := range 3000 {
		n := 1 + rnd.IntN(9000)
		if i%100 == 0 {
			n = gatherBytes/2 + rnd.IntN(gatherBytes)
		}
		off := rnd.IntN(size - n)
		if i%4 != 0 && end+n <= size {
			off = end
		}
		p := make([]byte, n)
		if i%7 == 0 {
			_, err := g.ReadAt(p, int64(off))
			must(t, err)
			if !bytes.Equal(p, model[off:off+n]) {
				t.Fatalf("step %d: other bytes at %d", i, off)
			}
			continue
		}
		for k := range p {
			p[k] = byte(rnd.Uint32())
		}
		_, err := g.WriteAt(p, int64(off))
		must(t, err)
		copy(model[off:], p)
		clear(p) // it is the caller's again
		end = off + n
	}
	must(t, g.flush())
	if !bytes.Equal(d.data, model) {
		t.Error("the device holds other bytes in the end")
	}
}

// What was put off and cannot be written is told by whatever comes next, and is not lost.
func TestGatherBroken(t *testing.T) {
	d := &tape{data: make([]byte, 1<<20)}
	g := &gather{dev: d}
	_, err := g.WriteAt([]byte("abc"), 100)
	must(t, err)
	d.broken = true
	_, err = g.WriteAt([]byte("x"), 5000)
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "at byte 100") {
		t.Errorf("the next write: %v", err)
	}
	if _, err := g.ReadAt(make([]byte, 2), 101); !errors.Is(err, errBroken) {
		t.Errorf("reading it: %v", err)
	}
	if _, err := g.ReadAt(make([]byte, 2), 98); err != nil {
		t.Errorf("reading what lies before it: %v", err)
	}
	d.broken = false
	must(t, g.flush())
	if string(d.data[100:103]) != "abc" || d.data[5000] != 0 {
		t.Error("other bytes than those that were written")
	}
}

// A small file whose contents cannot be written is found out by Sync at the latest.
func TestBrokenDeviceLate(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6"))
	f, err := OpenWritable(&broken{img, 0}, sizeOf(t, img), Options{Time: editTime})
	must(t, err)
	must(t, f.WriteFile("etc/a", []byte("x"), 0o644))
	if err := f.Sync(); !errors.Is(err, errBroken) {
		t.Errorf("sync: %v", err)
	}
	if err := f.Mkdir("x", 0o755); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "broke off") {
		t.Errorf("an edit after it: %v", err)
	}
	judge(t, img.Name()) // nothing was written
}
