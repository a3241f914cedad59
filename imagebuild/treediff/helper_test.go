package treediff_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
	"lbimage/tests/needs"
)

// judge finds a program that judges a test.
var judge = needs.Program

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// memory is a disk in memory.
type memory []byte

func (m memory) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(p, m[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (m memory) WriteAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > int64(len(m)) {
		return 0, io.ErrShortWrite
	}
	return copy(m[off:], p), nil
}

const diskSize = 4 << 20

// newDisk makes an empty file system.
func newDisk(t testing.TB, kind string) memory {
	t.Helper()
	m := make(memory, diskSize)
	must(t, ext.Format(m, diskSize, ext.FormatOptions{Type: kind, BlockSize: 1024, JournalBlocks: -1, Inodes: 512}))
	return m
}

// edit opens a disk for the time of a call.
func (m memory) edit(t testing.TB, at int64, do func(*ext.FS)) {
	t.Helper()
	f, err := ext.OpenWritable(m, int64(len(m)), ext.Options{Time: time.Unix(at, 0)})
	must(t, err)
	do(f)
	must(t, f.Sync())
}

func (m memory) open(t testing.TB) treediff.Side {
	t.Helper()
	f, err := ext.Open(m, int64(len(m)))
	must(t, err)
	return treediff.Side{Tree: f}
}

// compare gives all differences.
func compare(t testing.TB, a, b treediff.Side, o treediff.Options) ([]*treediff.Difference, treediff.Summary) {
	t.Helper()
	var out []*treediff.Difference
	sum, err := treediff.Compare(context.Background(), a, b, o, func(d *treediff.Difference) error {
		out = append(out, d)
		return nil
	})
	must(t, err)
	return out, sum
}

// short is what differs in a word: "only-a", or the aspects.
func short(d *treediff.Difference) string {
	if d.Kind != treediff.Changed {
		return string(d.Kind)
	}
	var s []string
	for _, a := range d.Aspects {
		s = append(s, string(a))
	}
	return strings.Join(s, "+")
}

func shorts(list []*treediff.Difference) map[string]string {
	out := map[string]string{}
	for _, d := range list {
		out[d.Path] = short(d)
	}
	return out
}

// same reports where two maps differ.
func same(t testing.TB, got, want map[string]string) {
	t.Helper()
	for _, line := range unlike(got, want) {
		t.Error(line)
	}
}

func unlike(got, want map[string]string) (out []string) {
	keys := maps.Clone(got)
	maps.Copy(keys, want)
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if got[k] != want[k] {
			out = append(out, fmt.Sprintf("%s: told %q, should be %q", k, got[k], want[k]))
		}
	}
	return out
}

// The helper is judged: it must see what is missing, too much, or otherwise.
func TestUnlike(t *testing.T) {
	got := map[string]string{"/a": "x", "/b": "y", "/c": "z"}
	want := map[string]string{"/a": "x", "/b": "q", "/d": "z"}
	if n := len(unlike(got, want)); n != 3 {
		t.Errorf("%d instead of 3 are seen", n)
	}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}
