package dir

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// namesOf reads all names but "..", and fails where one stands twice.
func namesOf(t *testing.T, d *Dir) model {
	t.Helper()
	m := model{}
	err := d.Each(func(e Entry) error {
		if isDots(e.Name) {
			return nil
		}
		if _, twice := m[e.Name]; twice {
			t.Errorf("%q stands twice", e.Name)
		}
		m[e.Name] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// An inline directory fills both areas, gives names up again, and is unrolled into
// a block that holds what it held.
func TestInline(t *testing.T) {
	for _, csum := range []bool{false, true} {
		p := testParams(1024)
		p.Csum = csum
		const room = 60 + 64
		d, err := NewInline(InitInline(2), room, p)
		if err != nil {
			t.Fatal(err)
		}
		if empty, err := d.Empty(); !empty || err != nil {
			t.Errorf("new, but not empty: %v", err)
		}
		want := model{}
		for i := 0; ; i++ {
			e := Entry{fmt.Sprintf("name%d", i), uint32(20 + i), layout.FTRegular}
			err := d.Insert(e.Name, e.Inode, e.Type)
			if errors.Is(err, ErrInlineFull) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			want[e.Name] = e
		}
		if len(want) != 3+4 { // of 16 bytes each: 56, and 64
			t.Errorf("%d names fit", len(want))
		}
		if err := d.Insert("name1", 5, 1); !errors.Is(err, ErrExist) {
			t.Errorf("a name that exists: %v", err)
		}
		for _, name := range []string{"name0", "name2", "name6"} {
			if err := d.Remove(name); err != nil {
				t.Fatal(err)
			}
			delete(want, name)
		}
		if err := d.Remove("name0"); !errors.Is(err, ErrNotExist) {
			t.Errorf("a name that does not exist: %v", err)
		}
		for _, name := range []string{"again", "x"} {
			if err := d.Insert(name, 99, layout.FTDir); err != nil {
				t.Fatal(err)
			}
			want[name] = Entry{name, 99, layout.FTDir}
		}
		if err := errors.Join(d.Replace("..", 77, layout.FTDir), d.Replace("x", 98, layout.FTDir)); err != nil {
			t.Fatal(err)
		}
		want["x"] = Entry{"x", 98, layout.FTDir}
		b := d.Inline()
		if len(b) != room || b[0] != 77 {
			t.Errorf("%d bytes, parent %d", len(b), b[0])
		}
		if d, err = NewInline(b, room, p); err != nil {
			t.Fatal(err)
		}
		if got := namesOf(t, d); !maps.Equal(got, want) {
			t.Errorf("%v, not %v", got, want)
		}
		e, ok, err := d.Lookup("x")
		if err != nil || !ok || e != want["x"] {
			t.Errorf("x: %v %v %v", e, ok, err)
		}

		block, err := d.Unroll(p, 33)
		if err != nil {
			t.Fatal(err)
		}
		s := &memStore{blocks: [][]byte{block}}
		out := New(s, p)
		if err := out.Check(func(err error) { t.Error(err) }); err != nil {
			t.Fatal(err)
		}
		if got := namesOf(t, out); !maps.Equal(got, want) {
			t.Errorf("unrolled: %v, not %v", got, want)
		}
		dot, _, _ := out.Lookup(".")
		dotdot, _, _ := out.Lookup("..")
		if dot.Inode != 33 || dotdot.Inode != 77 {
			t.Errorf("unrolled: %v and %v", dot, dotdot)
		}
	}
}

// What is wrong with an inline directory is told, with the byte.
func TestInlineFaults(t *testing.T) {
	whole := func() []byte {
		d, err := NewInline(InitInline(2), 200, testParams(1024))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			if err := d.Insert(fmt.Sprintf("name%d", i), 20, 1); err != nil {
				t.Fatal(err)
			}
		}
		return d.Inline()
	}
	for name, c := range map[string]struct {
		spoil func(b []byte) []byte
		says  string
	}{
		"too short":        {func(b []byte) []byte { return b[:59] }, "it takes 59 bytes"},
		"too long":         {func([]byte) []byte { return make([]byte, 65536) }, "it takes 65536 bytes"},
		"no parent":        {func(b []byte) []byte { clear(b[:4]); return b }, "byte 0: its parent is inode 0"},
		"parent outside":   {func(b []byte) []byte { b[3] = 0x7F; return b }, "byte 0: its parent is inode"},
		"record too short": {func(b []byte) []byte { b[4+4] = 8; return b }, "byte 4: record length 8"},
		"over the map":     {func(b []byte) []byte { b[4+4] = 60; return b }, "byte 4: record of 60 bytes reaches over"},
		"second area":      {func(b []byte) []byte { b[60+4] = 100; return b }, "byte 60: record of 100 bytes"},
		"name too long":    {func(b []byte) []byte { b[60+6] = 200; return b }, "byte 60: name of 200 bytes"},
		"slash":            {func(b []byte) []byte { b[60+8] = '/'; return b }, "byte 60: name"},
		"inode outside":    {func(b []byte) []byte { b[60+3] = 0x7F; return b }, "byte 60: inode"},
		"cut off":          {func(b []byte) []byte { return b[:len(b)-4] }, "reaches over"},
	} {
		b := c.spoil(whole())
		d, err := NewInline(b, 200, testParams(1024))
		var f *FormatError
		if !errors.As(err, &f) || d != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, err := NewInline(whole(), 200, testParams(1024))
	if err != nil {
		t.Fatal(err)
	}
	p := testParams(1024)
	p.BlockSize = 64 // none is so small, but names could need more than a block if it were
	if _, err := d.Unroll(p, 5); err == nil {
		t.Error("names of more than a block are unrolled into one")
	}
}

// Names whose hashes are not known are found, replaced and removed, and none is added.
func TestOpaque(t *testing.T) {
	for _, kind := range []func(*Params){hashedKind, hashedCsumKind, linearKind} {
		p := testParams(1024)
		kind(&p)
		d, s := newDir(p)
		for i := range 200 {
			if err := d.Insert(longName(i), 13, 1); err != nil {
				t.Fatal(err)
			}
		}
		p.Indexed = d.Indexed()
		for _, set := range []func(*Params){func(p *Params) { p.Folded = true }, func(p *Params) { p.Encrypted = true }} {
			q := p
			set(&q)
			if q.Indexed { // a hash that is not ours
				layout.DxRoot(s.blocks[0]).SetInfo(layout.HashSip, layout.DxRoot(s.blocks[0]).IndirectLevels())
				reseal(p, s)
			}
			d := New(s, q)
			if err := d.Insert("new", 14, 1); !errors.Is(err, ErrOpaque) {
				t.Errorf("a name was added: %v", err)
			}
			n := len(namesOf(t, d))
			all := slices.Sorted(maps.Keys(namesOf(t, d)))
			for _, name := range all[:50] {
				if e, ok, err := d.Lookup(name); !ok || err != nil || e.Name != name {
					t.Fatalf("%q: %v %v", name, ok, err)
				}
				if err := errors.Join(d.Replace(name, 15, 1), d.Remove(name)); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Replace("..", 44, 2); err != nil {
				t.Fatal(err)
			}
			if got := len(namesOf(t, d)); got != n-50 {
				t.Errorf("%d names, not %d", got, n-50)
			}
		}
	}
}

// Encrypted names are any bytes.
func TestEncryptedNames(t *testing.T) {
	p := testParams(1024)
	d, s := newDir(p)
	if err := d.Insert("0123456789abcdef", 13, 1); err != nil {
		t.Fatal(err)
	}
	copy(layout.Dirent(s.blocks[0][24:]).Name(), "/\x00/")
	if err := d.Each(func(Entry) error { return nil }); err == nil {
		t.Error("a plain directory holds a slash")
	}
	p.Encrypted = true
	if got := namesOf(t, New(s, p)); got["/\x00/3456789abcdef"].Inode != 13 {
		t.Errorf("%v", got)
	}
}

// FuzzInline changes inline directories of any bytes: what NewInline lets pass is
// a whole directory after every change.
func FuzzInline(f *testing.F) {
	d, err := NewInline(InitInline(2), 200, testParams(1024))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(d.Inline(), 200, "new", "old", true)
	for _, name := range []string{"old", "a name", "another", strings.Repeat("n", 40), "z"} {
		if err := d.Insert(name, 13, 1); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(d.Inline(), 200, "new", "old", true)
	f.Add(d.Inline(), 300, strings.Repeat("long", 20), "z", false)
	f.Fuzz(func(t *testing.T, data []byte, room int, name, old string, encrypted bool) {
		p := testParams(1024)
		p.MaxInode, p.Encrypted = 1000, encrypted
		d, err := NewInline(data, room, p)
		if err != nil {
			return
		}
		count := func(d *Dir) map[Entry]int {
			m := map[Entry]int{}
			if err := d.Each(func(e Entry) error { m[e]++; return nil }); err != nil {
				t.Fatal(err)
			}
			return m
		}
		has := func(name string) bool {
			for e := range count(d) {
				if e.Name == name && !isDots(name) {
					return true
				}
			}
			return false
		}
		want := count(d)
		had, hadOld := has(name), has(old)
		switch err := d.Insert(name, 7, 1); {
		case err == nil:
			if had || encrypted {
				t.Fatalf("%q was inserted", name)
			}
			want[Entry{name, 7, 1}]++
			hadOld = hadOld || old == name
		case errors.Is(err, ErrExist) != (had || isDots(name)) && !encrypted:
			t.Fatalf("%q: %v", name, err)
		}
		if e, ok, _ := d.Lookup(old); ok != hadOld && checkName(old) == nil {
			t.Fatalf("%q: %v %v", old, ok, hadOld)
		} else if d.Remove(old) == nil {
			want[e]--
			if want[e] == 0 {
				delete(want, e)
			}
		}
		got := d.Inline()
		if len(got) < len(data) || len(got) > max(len(data), min(room, inlineLimit)) {
			t.Fatalf("%d bytes became %d, with room for %d", len(data), len(got), room)
		}
		again, err := NewInline(got, room, p)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(count(again), want) {
			t.Fatalf("%v, not %v", count(again), want)
		}
		b, err := again.Unroll(p, 5)
		if err != nil {
			return // more names than a block has room for
		}
		delete(want, Entry{"..", 2, 2})
		unrolled := count(New(&memStore{blocks: [][]byte{b}}, p))
		n := 0
		for _, k := range want {
			n += k
		}
		m := 0
		for e, k := range unrolled {
			if e.Name != "." && e.Name != ".." {
				m += k
			}
		}
		for e, k := range want {
			if e.Name == "." || e.Name == ".." {
				n -= k
			} else if unrolled[e] != k {
				t.Fatalf("unrolled: %v %d times, not %d", e, unrolled[e], k)
			}
		}
		if n != m {
			t.Fatalf("unrolled: %d names, not %d", m, n)
		}
	})
}
