package ext

import (
	"context"
	"errors"
	"io"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// ram is a device in memory that gives out after a number of calls, so that an
// endless walk is told from a long one.
type ram struct {
	b     []byte
	calls int
}

var errEndless = errors.New("more reads and writes than any edit here needs")

func (r *ram) ReadAt(p []byte, off int64) (int, error) {
	if r.calls--; r.calls < 0 {
		return 0, errEndless
	}
	if off < 0 || off >= int64(len(r.b)) {
		return 0, io.EOF
	}
	n := copy(p, r.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r *ram) WriteAt(p []byte, off int64) (int, error) {
	if r.calls--; r.calls < 0 {
		return 0, errEndless
	}
	if off < 0 || off+int64(len(p)) > int64(len(r.b)) {
		panic("a write outside the device")
	}
	return copy(r.b[off:], p), nil
}

// readAll reads what can be read of a file system.
func readAll(f *FS, name string, depth int) {
	list, err := f.ReadDir(name)
	if err != nil || depth > 6 {
		return
	}
	for _, e := range list {
		sub := join(name, e.Name())
		_, _ = f.Lstat(sub)
		_, _ = f.ReadLink(sub)
		if names, err := f.ListXattr(sub); err == nil {
			for _, a := range names {
				_, _ = f.Xattr(sub, a)
			}
		}
		_, _ = f.ReadFile(sub)
		if e.IsDir() {
			readAll(f, sub, depth+1)
		}
	}
}

// Whatever the bytes, reading and checking end, in bounds.
func FuzzRead(f *testing.F) {
	addSpoiled(func(which uint8, patches []byte) { f.Add(which, patches) })
	f.Fuzz(func(t *testing.T, which uint8, patches []byte) {
		g := newGuard(spoiled(t, which, patches))
		if fsys, err := Open(g, int64(len(g.b))); err == nil {
			readAll(fsys, ".", 0)
		}
		if _, err := Check(context.Background(), g, int64(len(g.b)), CheckOptions{MaxProblems: 20}); errors.Is(err, errEndless) {
			t.Error("checking does not end")
		}
		if err := g.complaints(g.b); err != nil {
			t.Error(err)
		}
	})
}

// addSpoiled gives first inputs: each seed as it is, and changed in a few places that
// reading leads to.
func addSpoiled(add func(which uint8, patches []byte)) {
	for which := range uint8(10) {
		add(which, nil)
		add(which, []byte{0x38, 4, 0, 0, 0x53, 1, 7, 20, 0, 0, 255, 1})
		for i := range byte(6) {
			add(which|1, []byte{i * 40, i, 0, 0, 0x81 + i, 2, i * 64, 0, 0, 0, 7, 2})
		}
	}
}

// Whatever the bytes, edits end, in bounds, and write to nothing but what is in
// use; and a file system that e2fsck calls clean is so after them, with all other
// files as they were.
func FuzzEdit(f *testing.F) {
	i := byte(0)
	addSpoiled(func(which uint8, patches []byte) {
		i++
		f.Add(which, patches, []byte{0, i, 2, 5, 8, i, 3, 1, 14, 3, i, 0, 16, i, 5, 1, 3, i, 1, 9, 9, 2, i, 0, 12, i, 1, 0})
	})
	f.Fuzz(func(t *testing.T, which uint8, patches, program []byte) {
		g := newGuard(spoiled(t, which, patches))
		before := append([]byte(nil), g.b...)
		size := int64(len(g.b))
		fsys, err := OpenWritable(g, size, Options{Time: editTime})
		if err != nil {
			return
		}
		problems, err := Check(context.Background(), g, size, CheckOptions{MaxProblems: 1})
		clean := err == nil && len(problems) == 0
		ops := decode(program, spoiledNames)
		var had map[string]string
		if clean {
			had = snapshot(fsys, ops)
		}
		for _, op := range ops {
			if err := op.real(fsys); err != nil && clean && !refusal(err) {
				t.Errorf("%s, of what is consistent: %v", op.name, err)
			}
			g.note(fsys)
		}
		err = fsys.Sync()
		if wrong := g.complaints(before); wrong != nil {
			t.Error(wrong)
		}
		if !clean {
			return
		}
		if err != nil {
			t.Fatalf("syncing what was consistent: %v", err)
		}
		if problems, err := Check(context.Background(), g, size, CheckOptions{}); err != nil || len(problems) > 0 {
			t.Errorf("after edits of what was consistent: %v, %v", problems, err)
		}
		if complaint := e2fsckBytes(t, g.b); complaint != "" && e2fsckBytes(t, before) == "" {
			t.Errorf("after edits of what was consistent: e2fsck:\n%s", complaint)
		}
		fsys, err = Open(g, size)
		must(t, err)
		have := snapshot(fsys, nil)
		for _, name := range slices.Sorted(maps.Keys(had)) {
			if had[name] != have[name] {
				t.Errorf("%s: %.200q, before %.200q", name, have[name], had[name])
			}
		}
	})
}

// refusal tells of errors that need no damage.
func refusal(err error) bool {
	var corrupt *CorruptError
	return !errors.As(err, &corrupt) && !errors.Is(err, errEndless)
}

// A program of edits does what the model does, and e2fsck has nothing to say.
func FuzzOperations(f *testing.F) {
	rnd := rand.New(rand.NewSource(1))
	for which := range uint8(len(operationShapes)) {
		for range 3 {
			program := make([]byte, 120)
			rnd.Read(program)
			f.Add(which, program)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, program []byte) {
		base := operationImage(t, int(which)%len(operationShapes))
		g := newGuard(append([]byte(nil), base...))
		size := int64(len(g.b))
		fsys, err := OpenWritable(g, size, Options{Time: editTime})
		must(t, err)
		m := modelOf(t, fsys)
		names := ""
		for _, op := range decode(program, operationNames) {
			names += op.name + "; "
			got := op.real(fsys)
			g.note(fsys)
			if errors.Is(got, ErrNoSpace) || errors.Is(got, ErrNoInodes) || errors.Is(got, ErrAttrSpace) {
				continue // whole or not at all
			}
			if want := op.want(m); (got == nil) != (want == nil) {
				t.Fatalf("%s: %v; the model: %v", names, got, want)
			}
		}
		must(t, fsys.Sync())
		if err := g.complaints(base); err != nil {
			t.Errorf("%s: %v", names, err)
		}
		if complaint := e2fsckBytes(t, g.b); complaint != "" {
			t.Errorf("%s: e2fsck:\n%s", names, complaint)
		}
		problems, err := Check(context.Background(), g, size, CheckOptions{})
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: check: %v, %v", names, problems, err)
		}
		fsys, err = Open(g, size)
		must(t, err)
		if d := m.differences(modelOf(t, fsys), fsys); len(d) > 0 {
			t.Errorf("%s: %s", names, strings.Join(d, "\n"))
		}
	})
}
