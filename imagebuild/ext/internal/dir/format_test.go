package dir

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

func put16(b []byte, off int, v uint16) { b[off], b[off+1] = byte(v), byte(v>>8) }

// someDir is a directory of 40 names in three leaves or more.
func someDir(t *testing.T, change func(p *Params)) (*Dir, *memStore) {
	t.Helper()
	p := testParams(1024)
	change(&p)
	d, s := newDir(p)
	for i := range 40 {
		if err := d.Insert(fmt.Sprintf("%02d%s", i, strings.Repeat("n", 50)), 13, 1); err != nil {
			t.Fatal(err)
		}
	}
	return d, s
}

func hashedKind(p *Params)     {}
func hashedCsumKind(p *Params) { p.Csum = true }
func linearKind(p *Params)     { p.DirIndex = false }
func linearCsumKind(p *Params) { p.DirIndex, p.Csum = false, true }

// TestDamage shows that what is wrong is named, with its place, and that a
// refused change writes nothing.
func TestDamage(t *testing.T) {
	for _, c := range []struct {
		name    string
		kind    func(*Params)
		damage  func(s *memStore)
		want    string // of every change
		reading bool   // is refused as well
	}{
		{"zero record length", linearKind, func(s *memStore) { put16(s.blocks[1], 4, 0) }, "block 1, offset 0: record length 0", true},
		{"odd record length", linearKind, func(s *memStore) { put16(s.blocks[1], 4, 61) }, "block 1, offset 0: record length 61", true},
		{"record over the end", linearKind, func(s *memStore) { put16(s.blocks[2], 4, 2000) }, "block 2, offset 0: record of 2000 bytes reaches over the end of the records at 1024", true},
		{"record over the tail", linearCsumKind, func(s *memStore) { put16(s.blocks[1], 4, 1024) }, "block 1, offset 0: record of 1024 bytes reaches over the end of the records at 1012", true},
		{"name longer than record", linearKind, func(s *memStore) { s.blocks[1][6] = 200 }, "block 1, offset 0: name of 200 bytes in a record of 60", true},
		{"empty name", linearKind, func(s *memStore) { s.blocks[1][6] = 0 }, `block 1, offset 0: name "" is not possible`, true},
		{"slash in a name", linearKind, func(s *memStore) { s.blocks[1][10] = '/' }, "is not possible", true},
		{"inode that does not exist", linearKind, func(s *memStore) { layout.Dirent(s.blocks[1]).SetInode(testInodes + 1) }, "block 1, offset 0: inode 1073741825 does not exist", true},
		{"a little left behind the last record", linearKind, func(s *memStore) { put16(s.blocks[1], 4, 1024-8) }, "block 1, offset 1016: the last record leaves 8 bytes", true},
		{"checksum of a leaf", linearCsumKind, func(s *memStore) { s.blocks[1][20] ^= 1 }, "block 1, offset 1012: checksum", true},
		{"no tail", linearCsumKind, func(s *memStore) { s.blocks[1][1019] = 0 }, "block 1, offset 1012: no room for the checksum; run e2fsck -fD", true},
		{"block of no length", linearKind, func(s *memStore) { s.blocks[0] = nil }, "block 0, offset 0: the block ends after 0 bytes, not 1024", true},

		{"hash version", hashedKind, func(s *memStore) { s.blocks[0][28] = 6 }, "block 0, offset 28: hash version 6 is not known", false},
		{"info length", hashedKind, func(s *memStore) { s.blocks[0][29] = 12 }, "block 0, offset 29: root record of 12 bytes, not 8", false},
		{"levels", hashedKind, func(s *memStore) { s.blocks[0][30] = 2 }, "block 0, offset 30: index of 3 levels; 2 are possible", false},
		{"reserved", hashedKind, func(s *memStore) { s.blocks[0][24] = 1 }, "block 0, offset 24: reserved field is 0x1", false},
		{"flags", hashedKind, func(s *memStore) { s.blocks[0][31] = 1 }, "block 0, offset 31: unknown flags 0x1", false},
		{"limit", hashedKind, func(s *memStore) { put16(s.blocks[0], 32, 125) }, "block 0, offset 32: index has room for 124 pairs, not 125", false},
		{"count 0", hashedKind, func(s *memStore) { put16(s.blocks[0], 34, 0) }, "block 0, offset 34: index of 0 pairs; 1 to 124 are possible", false},
		{"count above limit", hashedKind, func(s *memStore) { put16(s.blocks[0], 34, 125) }, "block 0, offset 34: index of 125 pairs; 1 to 124 are possible", false},
		{"order", hashedKind, func(s *memStore) { layout.DxRoot(s.blocks[0]).Entries().SetHash(1, ^uint32(0)) }, "block 0, offset 48: index out of order", false},
		{"block outside", hashedKind, func(s *memStore) { eachPair(s, func(e layout.DxEntries, i int) { e.SetBlock(i, 99) }) }, "index names block 99 of a directory of", false},
		{"block on the path", hashedKind, func(s *memStore) { eachPair(s, func(e layout.DxEntries, i int) { e.SetBlock(i, 0) }) }, "index runs in a circle through block 0", false},
		{"no root", hashedKind, func(s *memStore) { put16(s.blocks[0], 16, 24) }, "block 0, offset 0: hashed, but the first block is no root of an index", true},
		{"leaf instead of a node", hashedKind, func(s *memStore) { s.blocks[0][30] = 1 }, "offset 0: names where a part of the index should be", false},
		{"node instead of a leaf", hashedKind, func(s *memStore) {
			for i := range s.blocks[1:] {
				b := make([]byte, 1024)
				put16(b, 4, 1024)
				put16(b, 8, 127)
				put16(b, 10, 1)
				s.blocks[i+1] = b
			}
		}, "offset 0: a part of the index where names should be", false},
		{"checksum of the root", hashedCsumKind, func(s *memStore) { s.blocks[0][36] ^= 1 }, "block 0, offset 1016: checksum", true},
		{"limit under a checksum", hashedCsumKind, func(s *memStore) { put16(s.blocks[0], 32, 124) }, "block 0, offset 32: index has room for 123 pairs, not 124", true},
		{"parent", hashedKind, func(s *memStore) { layout.Dirent(s.blocks[0][12:]).SetInode(0) }, "block 0, offset 12: inode 0 does not exist", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, s := someDir(t, c.kind)
			c.damage(s)
			before := bytes.Join(s.blocks, nil)
			name := fmt.Sprintf("%02d%s", 7, strings.Repeat("n", 50))
			for op, f := range map[string]func() error{
				"insert":  func() error { return d.Insert("another"+strings.Repeat("n", 240), 13, 1) },
				"remove":  func() error { return d.Remove(strings.Repeat("absent", 30)) },
				"replace": func() error { return d.Replace(strings.Repeat("absent", 30), 14, 1) },
			} {
				err := f()
				var bad *FormatError
				if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v", op, err)
				}
			}
			e, ok, err := d.Lookup(name)
			if c.reading {
				var bad *FormatError
				_, ok, err := d.Lookup("absent")
				if ok || !errors.As(err, &bad) {
					t.Errorf("lookup: %v", err)
				}
			} else if c.name != "node instead of a leaf" && (!ok || err != nil || e.Name != name) {
				t.Errorf("lookup: %v, %v, %v", e, ok, err)
			}
			if !bytes.Equal(before, bytes.Join(s.blocks, nil)) {
				t.Error("a refused change wrote something")
			}
			problems := 0
			if err := d.Check(func(error) { problems++ }); err != nil || problems == 0 {
				t.Errorf("Check: %d problems, %v", problems, err)
			}
		})
	}
}

func eachPair(s *memStore, f func(e layout.DxEntries, i int)) {
	e := layout.DxRoot(s.blocks[0]).Entries()
	for i := range e.Count() {
		f(e, i)
	}
}

// TestNames shows which names and inodes are refused, and how.
func TestNames(t *testing.T) {
	d, s := someDir(t, linearKind)
	before := bytes.Join(s.blocks, nil)
	for _, c := range []struct {
		name string
		want error
	}{
		{"", ErrBadName}, {"a/b", ErrBadName}, {"a\x00", ErrBadName}, {strings.Repeat("n", 256), ErrNameTooLong},
	} {
		_, ok, err := d.Lookup(c.name)
		for op, err := range map[string]error{
			"lookup": err, "insert": d.Insert(c.name, 13, 1), "remove": d.Remove(c.name), "replace": d.Replace(c.name, 13, 1),
		} {
			if ok || !errors.Is(err, c.want) {
				t.Errorf("%s %q: %v", op, c.name, err)
			}
		}
	}
	for op, c := range map[string]struct{ got, want error }{
		"insert .":       {d.Insert(".", 13, 2), ErrExist},
		"insert ..":      {d.Insert("..", 13, 2), ErrExist},
		"remove .":       {d.Remove("."), ErrBadName},
		"remove ..":      {d.Remove(".."), ErrBadName},
		"remove absent":  {d.Remove("absent"), ErrNotExist},
		"replace absent": {d.Replace("absent", 13, 1), ErrNotExist},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v", op, c.got)
		}
	}
	for _, ino := range []uint32{0, testInodes + 1} {
		if err := d.Insert("new", ino, 1); err == nil {
			t.Errorf("inode %d was taken", ino)
		}
	}
	if !bytes.Equal(before, bytes.Join(s.blocks, nil)) {
		t.Error("a refused change wrote something")
	}
}

// TestDotDot gives directories of all kinds another parent.
func TestDotDot(t *testing.T) {
	for _, kind := range []func(*Params){hashedKind, hashedCsumKind, linearKind, linearCsumKind} {
		d, s := someDir(t, kind)
		rest := bytes.Join(s.blocks[1:], nil)
		if err := d.Replace("..", 77, layout.FTDir); err != nil {
			t.Fatal(err)
		}
		if e, ok, err := d.Lookup(".."); !ok || err != nil || e != (Entry{"..", 77, layout.FTDir}) {
			t.Errorf("%v, %v, %v", e, ok, err)
		}
		checkClean(t, d)
		if !bytes.Equal(rest, bytes.Join(s.blocks[1:], nil)) {
			t.Error("another block changed")
		}
	}
}

// TestIndexWithoutFeature has the flag on a file system that lost dir_index: as
// in the kernel the directory turns linear with the first insertion.
func TestIndexWithoutFeature(t *testing.T) {
	old, s := someDir(t, hashedKind)
	p := old.p
	p.DirIndex = false
	d := New(s, p)
	if _, ok, err := d.Lookup(".."); !ok || err != nil {
		t.Error(ok, err)
	}
	if err := d.Insert("new", 13, 1); err != nil {
		t.Fatal(err)
	}
	if d.Indexed() {
		t.Error("the flag must go")
	}
	if _, ok, err := d.Lookup("new"); !ok || err != nil {
		t.Error(ok, err)
	}
	checkClean(t, d)

	old, s = someDir(t, hashedCsumKind)
	before := bytes.Join(s.blocks, nil)
	p = old.p
	p.DirIndex = false
	var bad *FormatError
	if err := New(s, p).Insert("new", 13, 1); !errors.As(err, &bad) || !bytes.Equal(before, bytes.Join(s.blocks, nil)) {
		t.Errorf("with checksums: %v", err)
	}
}

// TestStaysLinear has directories that must not be turned into hashed ones.
func TestStaysLinear(t *testing.T) {
	d, s := someDir(t, linearKind)
	p := d.p
	p.DirIndex = true
	d = New(s, p) // several blocks already
	blocks := len(s.blocks)
	for i := range 200 {
		if err := d.Insert(longName(i), 13, 1); err != nil {
			t.Fatal(err)
		}
	}
	if d.Indexed() || len(s.blocks) <= blocks {
		t.Errorf("indexed %v, %d blocks", d.Indexed(), len(s.blocks))
	}
	checkClean(t, d)

	d, s = someDir(t, func(p *Params) { p.HashVersion = layout.HashSip })
	if d.Indexed() || len(s.blocks) < 3 {
		t.Errorf("unknown hash: indexed %v, %d blocks", d.Indexed(), len(s.blocks))
	}
}

// TestNoFiletype shows that the byte of the type stays 0 without the feature.
func TestNoFiletype(t *testing.T) {
	d, s := someDir(t, func(p *Params) { p.Filetype = false })
	if err := d.Replace(fmt.Sprintf("%02d%s", 3, strings.Repeat("n", 50)), 14, layout.FTSocket); err != nil {
		t.Fatal(err)
	}
	for blk := range s.blocks {
		b, err := d.read(uint32(blk))
		if err != nil {
			t.Fatal(err)
		}
		for off := range b.records() {
			if v := b.at(off).FileType(); v != 0 {
				t.Errorf("block %d, offset %d: type %d", blk, off, v)
			}
		}
	}
}

// TestStops shows that Each ends with the caller's error.
func TestStops(t *testing.T) {
	d, _ := someDir(t, hashedKind)
	stop := errors.New("enough")
	n := 0
	if err := d.Each(func(Entry) error {
		if n++; n == 5 {
			return stop
		}
		return nil
	}); err != stop || n != 5 {
		t.Errorf("%v after %d", err, n)
	}
}

// FuzzDir reads and changes directories of any bytes. What Check calls clean
// must be clean after every change, and hold what a directory should.
func FuzzDir(f *testing.F) {
	for _, kind := range []func(*Params){hashedKind, hashedCsumKind, linearKind, linearCsumKind} {
		p := testParams(1024)
		kind(&p)
		d, s := newDir(p)
		for i := range 20 {
			if err := d.Insert(longName(i), 13, 1); err != nil {
				f.Fatal(err)
			}
		}
		p = d.p
		f.Add(bytes.Join(s.blocks, nil), p.Csum, p.DirIndex, p.Indexed, longName(5), longName(99))
		f.Add(s.blocks[0], p.Csum, p.DirIndex, p.Indexed, longName(5), "n")
	}
	f.Fuzz(func(t *testing.T, data []byte, csum, index, indexed bool, old, name string) {
		p := testParams(1024)
		p.Csum, p.DirIndex, p.Indexed = csum, index, indexed
		p.MaxInode = 1000
		s := &memStore{limit: 64}
		for b := range slices.Chunk(data[:min(len(data), 32<<10)&^1023], 1024) {
			s.blocks = append(s.blocks, bytes.Clone(b))
		}
		if csum {
			reseal(p, s)
		}
		d := New(s, p)
		clean := func() bool {
			problems := 0
			if err := d.Check(func(error) { problems++ }); err != nil {
				t.Fatal(err)
			}
			return problems == 0
		}
		names := func() map[string]int {
			m := map[string]int{}
			_ = d.Each(func(e Entry) error { m[e.Name]++; return nil })
			return m
		}
		wasClean, before := clean(), names()
		_, found, lookErr := d.Lookup(name)
		if wasClean && (lookErr == nil) && found != (before[name] > 0) {
			t.Fatalf("Lookup(%q) = %v", name, found)
		}
		_, _ = d.Empty()
		want := before
		if err := d.Insert(name, 7, 1); err == nil {
			want[name]++
		}
		if err := d.Remove(old); err == nil {
			if want[old]--; want[old] == 0 {
				delete(want, old)
			}
		}
		_ = d.Replace("..", 9, 2)
		_ = d.Replace(name, 9, 2)
		if !wasClean || indexed && !index {
			return
		}
		if !clean() {
			_ = d.Check(func(err error) { t.Log(err) })
			t.Fatal("no longer clean")
		}
		got := names()
		for name := range got {
			if got[name] != want[name] {
				t.Fatalf("%q %d times, not %d", name, got[name], want[name])
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d names, not %d", len(got), len(want))
		}
	})
}

// reseal gives all blocks the right checksum, so that fuzzing gets past them.
func reseal(p Params, s *memStore) {
	d := New(s, p)
	for blk, b := range s.blocks {
		switch {
		case p.Indexed && blk == 0 && rootShape(b) && layout.DxRoot(b).Entries().Limit() == 123 && layout.DxRoot(b).Entries().Count() <= 123:
			d.sealIndex(block{data: b, kind: root})
		case p.Indexed && p.DirIndex && d.looksLikeNode(b):
			d.sealIndex(block{data: b, kind: node})
		case layout.DirTail(b) != nil:
			d.sealLeaf(b)
		}
	}
}
