package ext

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func openMap(t testing.TB, r io.ReaderAt, size int64) *Map {
	t.Helper()
	m, err := OpenMap(r, size)
	must(t, err)
	return m
}

func bytesAt(off, n int64) PieceRange { return PieceRange{Off: off, Len: n} }

// pieces are those of the ranges; that they cover them without a gap is checked.
func pieces(t testing.TB, m *Map, asked []PieceRange, o LocateOptions) (list []Piece) {
	t.Helper()
	list, err := located(m, asked, o)
	must(t, err)
	return list
}

func located(m *Map, asked []PieceRange, o LocateOptions) (list []Piece, err error) {
	i, pos := 0, int64(0)
	if len(asked) > 0 {
		pos = asked[0].Off
	}
	err = m.Locate(context.Background(), asked, o, func(p Piece) error {
		for i < len(asked) && pos == asked[i].End() {
			if i++; i < len(asked) {
				pos = asked[i].Off
			}
		}
		if i == len(asked) || p.Off != pos || p.Len <= 0 || p.End() > asked[i].End() {
			return fmt.Errorf("%v: bytes %d to %d, expected from %d of range %d of %v", p, p.Off, p.End(), pos, i, len(asked))
		}
		if p.Kind == "" || p.Whole.Off > p.Off || p.Whole.End() < p.End() {
			return fmt.Errorf("%v: %+v", p, p)
		}
		pos = p.End()
		list = append(list, p)
		return nil
	})
	if err == nil && len(asked) > 0 {
		for ; i < len(asked) && pos == asked[i].End(); i++ {
			if i+1 < len(asked) {
				pos = asked[i+1].Off
			}
		}
		if i < len(asked) {
			err = fmt.Errorf("range %d of %d ends at %d instead of %d", i, len(asked), pos, asked[i].End())
		}
	}
	return list, err
}

// Every byte has exactly one owner, whatever was asked for, and on clean file
// systems no block is lost.
func TestEveryByteHasOneOwner(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			f, err := os.Open(imageOf(t, s))
			must(t, err)
			defer f.Close()
			size := sizeOf(t, f)
			m := openMap(t, f, size)
			all := pieces(t, m, []PieceRange{bytesAt(0, size+100)}, LocateOptions{})
			for _, p := range all {
				if p.Kind == PieceLost {
					t.Fatalf("block %d is in use by nothing", p.Off/int64(m.BlockSize()))
				}
			}
			if last := all[len(all)-1]; last.Kind != PieceOutside {
				t.Errorf("behind the file system: %v", last)
			}
			pieces(t, m, []PieceRange{bytesAt(0, size)}, LocateOptions{Coarse: true})
			rng := rand.New(rand.NewPCG(1, 2))
			for range 3 {
				var asked []PieceRange
				for pos := int64(0); pos < size; {
					r := bytesAt(pos, rng.Int64N(1<<rng.IntN(12)))
					asked = append(asked, r)
					pos = r.End() + rng.Int64N(1<<(8+rng.IntN(13)))
				}
				for _, p := range pieces(t, m, asked, LocateOptions{}) {
					q := pieceAt(all, p.Off)
					if p.Describe("x") != q.Describe("x") && p.FileOff == q.FileOff && p.First == q.First && p.Last == q.Last || p.Field != q.Field || p.Kind != q.Kind || p.Inode != q.Inode || p.Part != q.Part {
						t.Fatalf("byte %d: %v when it is asked for alone, else %v", p.Off, p, q)
					}
				}
			}
		})
	}
}

func pieceAt(list []Piece, off int64) Piece {
	i, _ := slices.BinarySearchFunc(list, off, func(p Piece, off int64) int {
		if p.End() <= off {
			return -1
		}
		return 1
	})
	return list[i]
}

var line = regexp.MustCompile(`(?m)^(\d+)\t(.*)$`)

// debugfs says which inode has a block, which blocks are in use, and what an inode
// is called.
func TestOwnersJudgedByDebugfs(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			f, err := os.Open(imageOf(t, s))
			must(t, err)
			defer f.Close()
			m := openMap(t, f, sizeOf(t, f))
			bs := int64(m.BlockSize())
			owner := map[int64]Piece{} // of each block, by its first byte
			for _, p := range pieces(t, m, []PieceRange{bytesAt(0, m.Size())}, LocateOptions{Coarse: true}) {
				for blk := (p.Off + bs - 1) / bs; blk*bs < p.End(); blk++ {
					owner[blk] = p
				}
			}
			var blocks []int64
			for blk := range m.Size() / bs {
				if p := owner[blk]; p.Kind != PieceFree || blk%64 == 0 {
					blocks = append(blocks, blk)
				}
			}
			inodes := icheck(t, f.Name(), blocks)
			used := testb(t, f.Name(), blocks)
			for _, blk := range blocks {
				p := owner[blk]
				want := p.Inode
				if p.Kind == PieceReserved || p.Kind == PieceMMP || p.Kind == PieceClusterRest {
					continue // inode 7 lists reserved blocks, and the structure has them
				}
				if got, ok := inodes[blk]; ok && got != want && p.Kind != PieceAttributes {
					t.Errorf("block %d: %v, but debugfs says inode %d", blk, p, got)
				} else if !ok && want != 0 {
					t.Errorf("block %d: %v, but debugfs knows no inode", blk, p)
				}
				if is := p.Kind != PieceFree && p.Kind != PieceBoot; blk > 0 && is != used[blk] {
					t.Errorf("block %d: %v, but debugfs says in use: %v", blk, p, used[blk])
				}
			}
		})
	}
}

func icheck(t *testing.T, img string, blocks []int64) map[int64]uint32 {
	var commands []string
	for part := range slices.Chunk(blocks, 200) {
		words := []string{"icheck"}
		for _, b := range part {
			words = append(words, fmt.Sprint(b))
		}
		commands = append(commands, strings.Join(words, " "))
	}
	out := map[int64]uint32{}
	for _, m := range line.FindAllStringSubmatch(debugfs(t, img, append(commands, "show_super_stats -h")...), -1) {
		blk, _ := strconv.ParseInt(m[1], 10, 64)
		if ino, err := strconv.ParseUint(m[2], 10, 32); err == nil {
			out[blk] = uint32(ino)
		}
	}
	if len(out) == 0 {
		t.Fatal("debugfs knows no block of an inode")
	}
	return out
}

func testb(t *testing.T, img string, blocks []int64) map[int64]bool {
	commands := []string{"show_super_stats -h"}
	for _, b := range blocks {
		commands = append(commands, fmt.Sprintf("testb %d", b))
	}
	out := map[int64]bool{}
	for _, m := range regexp.MustCompile(`Block (\d+) (marked in|not in) use`).FindAllStringSubmatch(debugfs(t, img, commands...), -1) {
		blk, _ := strconv.ParseInt(m[1], 10, 64)
		out[blk] = m[2] == "marked in"
	}
	return out
}

func TestPathsJudgedByDebugfs(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			f, err := os.Open(imageOf(t, s))
			must(t, err)
			defer f.Close()
			m := openMap(t, f, sizeOf(t, f))
			var inodes []uint32
			ncheck := "ncheck"
			for ino := uint32(11); ino < 420; ino += 3 {
				inodes = append(inodes, ino)
				ncheck += fmt.Sprintf(" %d", ino)
			}
			got, err := m.Paths(context.Background(), inodes)
			must(t, err)
			want := map[uint32][]string{}
			for _, g := range line.FindAllStringSubmatch(debugfs(t, f.Name(), ncheck, "show_super_stats -h"), -1) {
				ino, _ := strconv.ParseUint(g[1], 10, 32)
				if !strings.HasPrefix(g[2], "/") {
					continue
				}
				want[uint32(ino)] = append(want[uint32(ino)], strings.Replace(g[2], "//", "/", 1)) // debugfs begins with two
			}
			if len(want) < 20 {
				t.Fatalf("debugfs names %d inodes", len(want))
			}
			for _, ino := range inodes {
				slices.Sort(want[ino])
				if !slices.Equal(got[ino], want[ino]) {
					t.Errorf("inode %d: %q, debugfs: %q", ino, got[ino], want[ino])
				}
			}
			all, err := m.Paths(context.Background(), []uint32{2, 1, 1 << 30})
			must(t, err)
			if len(all) != 1 || !slices.Equal(all[2], []string{"/"}) {
				t.Errorf("root: %q of %d", all[2], len(all))
			}
		})
	}
}

// What a file's pieces hold is what reading the file gives.
func TestContentsAreWhereTheMapSays(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			f, err := os.Open(imageOf(t, s))
			must(t, err)
			defer f.Close()
			fsys, err := Open(f, sizeOf(t, f))
			must(t, err)
			m := openMap(t, f, sizeOf(t, f))
			byInode := map[uint32][]Piece{}
			for _, p := range pieces(t, m, []PieceRange{bytesAt(0, m.Size())}, LocateOptions{Coarse: true}) {
				if p.Kind == PieceContents || p.Kind == PieceTarget {
					byInode[p.Inode] = append(byInode[p.Inode], p)
				}
			}
			for _, name := range []string{"usr/bin/f4097", "usr/bin/f300000", "usr/bin/f1100000", "sparse/holes", "var/lib/rpm/Packages"} {
				fi, err := fsys.Lstat(name)
				if err != nil {
					continue // the tree of the shape has none
				}
				want, err := fsys.ReadFile(name)
				must(t, err)
				got := make([]byte, len(want))
				ino := fi.Sys().(*Stat).Ino
				for _, p := range byInode[ino] {
					if p.FileOff+p.Len > int64(len(got)) {
						t.Fatalf("%s: %v, %d bytes", name, p, p.Len)
					}
					_, err := f.ReadAt(got[p.FileOff:p.FileOff+p.Len], p.Off)
					must(t, err)
				}
				if string(got) != string(want) {
					t.Errorf("%s: the bytes of inode %d lie elsewhere", name, ino)
				}
			}
		})
	}
}

func TestLocateRefuses(t *testing.T) {
	f, err := os.Open(imageOf(t, shapeNamed(t, "ext3_linear")))
	must(t, err)
	defer f.Close()
	m := openMap(t, f, sizeOf(t, f))
	for _, asked := range [][]PieceRange{
		{bytesAt(-1, 2)}, {bytesAt(5, -1)}, {bytesAt(5, 5), bytesAt(9, 1)}, {bytesAt(5, 1), bytesAt(3, 1)}, {bytesAt(1, 1<<63-1)},
	} {
		if _, err := located(m, asked, LocateOptions{}); err == nil {
			t.Errorf("%v is not refused", asked)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Locate(ctx, []PieceRange{bytesAt(0, m.Size())}, LocateOptions{}, func(Piece) error { return nil }); err == nil {
		t.Error("it goes on when it is to end")
	}
	if err := m.Locate(context.Background(), nil, LocateOptions{}, nil); err != nil {
		t.Error(err)
	}
}

// FuzzLocate damages structure: every byte still has one owner, in bounded time and
// memory.
func FuzzLocate(f *testing.F) {
	names := []string{"ext2_1k", "ext4_el8_csum", "ext4_inline_1k", "ext4_bigalloc_1k", "ext4_htree2_csum", "ext4_quota_1k", "ext4_noextents"}
	for i := range names {
		f.Add(uint8(i), uint64(i), uint8(20))
	}
	images := map[string][]byte{}
	targets := map[string][]int64{}
	for _, name := range names {
		images[name] = readFile(f, imageOf(f, shapeNamed(f, name)))
		m := openMap(f, bytes.NewReader(images[name]), int64(len(images[name])))
		for _, p := range pieces(f, m, []PieceRange{bytesAt(0, m.Size())}, LocateOptions{}) {
			switch p.Kind {
			case PieceInode, PieceMap, PieceDirectory, PieceDirectoryIndex, PieceAttributes, PieceDescriptor, PieceBlockBitmap, PieceInodeBitmap, PieceJournal:
				if p.Field != "" {
					targets[name] = append(targets[name], p.Off+p.Len/2)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, image uint8, seed uint64, flips uint8) {
		name := names[int(image)%len(names)]
		b := slices.Clone(images[name])
		rng := rand.New(rand.NewPCG(seed, 1))
		for range flips {
			b[targets[name][rng.IntN(len(targets[name]))]] ^= byte(1 << rng.IntN(8))
		}
		g := newGuard(b)
		m, err := OpenMap(g, int64(len(b)))
		if err != nil {
			return
		}
		if _, err := located(m, []PieceRange{bytesAt(0, int64(len(b))+1)}, LocateOptions{Coarse: true}); err != nil {
			t.Fatal(err)
		}
		var asked []PieceRange
		for range 50 {
			asked = append(asked, bytesAt(targets[name][rng.IntN(len(targets[name]))]&^1023, 1024))
		}
		slices.SortFunc(asked, func(a, b PieceRange) int { return cmp.Compare(a.Off, b.Off) })
		if _, err := located(m, slices.Compact(asked), LocateOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Paths(context.Background(), []uint32{2, 12, 13, 20, 40, 77}); err != nil {
			t.Fatal(err)
		}
		if g.calls < 0 {
			t.Fatal(errEndless)
		}
	})
}

// Memory does not grow with what is asked for: with few owners kept at once the
// answer is the same.
func TestManyWindows(t *testing.T) {
	for _, name := range []string{"ext4_el8_csum", "ext2_1k", "ext4_bigalloc_1k", "ext4_metabg"} {
		f, err := os.Open(imageOf(t, shapeNamed(t, name)))
		must(t, err)
		defer f.Close()
		m := openMap(t, f, sizeOf(t, f))
		one := pieces(t, m, []PieceRange{bytesAt(0, m.Size())}, LocateOptions{Coarse: true})
		m.fs.KeepAtOnce(7)
		many := pieces(t, m, []PieceRange{bytesAt(0, m.Size())}, LocateOptions{Coarse: true})
		k := 0
		for _, p := range many {
			for p.Off >= one[k].End() {
				k++
			}
			if q := one[k]; p.Kind != q.Kind || p.Inode != q.Inode || p.Group != q.Group || p.End() > q.End() {
				t.Fatalf("%s: byte %d: %v and %v", name, p.Off, p, q)
			}
		}
	}
}
