package treediff_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
)

// grove is a random tree whose paths are sorted by what can be done to them: each is edited once.
type grove struct {
	files, links, devices, pairs []string
	folders                      []string // that are empty
	branches                     map[string][]string
}

func randomText(r *rand.Rand, lines int) []byte {
	var b bytes.Buffer
	for range lines {
		fmt.Fprintf(&b, "%s = %d\n", []string{"alpha", "beta", "gamma", "delta"}[r.IntN(4)], r.IntN(50))
	}
	return b.Bytes()
}

func randomContent(r *rand.Rand) []byte {
	if r.IntN(3) > 0 {
		return randomText(r, r.IntN(40))
	}
	b := make([]byte, r.IntN(20000))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// plant makes a random tree.
func plant(t testing.TB, f *ext.FS, r *rand.Rand) *grove {
	g := &grove{branches: map[string][]string{}}
	dirs := []string{"."}
	for i := range 8 {
		d := path.Join(dirs[r.IntN(len(dirs))], fmt.Sprintf("d%d", i))
		must(t, f.Mkdir(d, 0o755))
		dirs = append(dirs, d)
	}
	in := func(kind string, i int) string {
		return path.Join(dirs[r.IntN(len(dirs))], fmt.Sprintf("%c%s%d", 'a'+r.IntN(26), kind, i))
	}
	for i := range 30 {
		n := in("file", i)
		must(t, f.WriteFile(n, randomContent(r), 0o644))
		if r.IntN(3) == 0 {
			must(t, f.SetXattr(n, "user.note", randomText(r, 1)))
		}
		g.files = append(g.files, n)
	}
	for i := range 6 {
		n := in("link", i)
		must(t, f.Symlink(fmt.Sprintf("to/%d", i), n))
		g.links = append(g.links, n)
		n = in("dev", i)
		must(t, f.Mknod(n, fs.ModeDevice|fs.ModeCharDevice|0o600, 4, uint32(i)))
		g.devices = append(g.devices, n)
		n = in("empty", i)
		must(t, f.Mkdir(n, 0o755))
		g.folders = append(g.folders, n)
	}
	for i := range 4 {
		a, b := in("one", i), in("two", i)
		must(t, f.WriteFile(a, randomText(r, 3), 0o644))
		must(t, f.Link(a, b))
		g.pairs = append(g.pairs, a, b)
		top := in("branch", i)
		must(t, f.Mkdir(top, 0o755))
		all := []string{top}
		for j := range 3 {
			n := path.Join(top, fmt.Sprint(j))
			must(t, f.WriteFile(n, randomText(r, 2), 0o600))
			all = append(all, n)
		}
		g.branches[top] = all
	}
	return g
}

// take removes a random element.
func take(r *rand.Rand, list *[]string) string {
	if len(*list) == 0 {
		return ""
	}
	i := r.IntN(len(*list))
	s := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return s
}

// later is the one of two names that a walk meets last.
func later(a, b string) string {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	if slices.Compare(x, y) < 0 {
		return b
	}
	return a
}

// editOnce makes one random edit and notes what a comparison has to tell of it.
func (g *grove) editOnce(t testing.TB, f *ext.FS, r *rand.Rand, step int, want map[string]string) {
	expect := func(name, what string) { want["/"+name] = what }
	switch r.IntN(14) {
	case 0:
		if n := take(r, &g.files); n != "" {
			old, err := f.ReadFile(n)
			must(t, err)
			if len(old) > 0 && r.IntN(2) == 0 { // of the same size
				old[r.IntN(len(old))] ^= 1
			} else {
				old = append(old, "more\n"...)
			}
			must(t, f.WriteFile(n, old, 0))
			expect(n, "content")
		}
	case 1:
		if n := take(r, &g.files); n != "" {
			must(t, f.Chmod(n, fs.ModeSetuid|0o755))
			expect(n, "mode")
		}
	case 2:
		if n := take(r, &g.files); n != "" {
			must(t, f.Lchown(n, 0, 1+r.IntN(5)))
			expect(n, "owner")
		}
	case 3:
		if n := take(r, &g.files); n != "" {
			must(t, f.SetXattr(n, "user.note", fmt.Appendf(nil, "new %d", step)))
			expect(n, "xattrs")
		}
	case 4:
		if n := take(r, &g.files); n != "" {
			must(t, f.SetXattr(n, "security.selinux", []byte("system_u:object_r:etc_t:s0\x00")))
			must(t, f.SetFlags(n, mustFlags(t, f, n)|ext.FlagImmutable))
			must(t, f.Chmod(n, 0o600))
			expect(n, "mode+xattrs+flags")
		}
	case 5:
		if n := take(r, &g.files); n != "" {
			must(t, f.Remove(n))
			expect(n, "only-a")
		}
	case 6:
		if n := take(r, &g.links); n != "" {
			must(t, f.Remove(n))
			must(t, f.Symlink("elsewhere", n))
			expect(n, "target")
		}
	case 7:
		if n := take(r, &g.devices); n != "" {
			must(t, f.Remove(n))
			must(t, f.Mknod(n, fs.ModeDevice|fs.ModeCharDevice|0o600, 5, 1))
			expect(n, "device")
		}
	case 8:
		if n := take(r, &g.devices); n != "" {
			must(t, f.Remove(n))
			must(t, f.Mknod(n, fs.ModeNamedPipe|0o600, 0, 0))
			expect(n, "type")
		}
	case 9:
		if n := take(r, &g.folders); n != "" {
			must(t, f.Remove(n))
			must(t, f.WriteFile(n, []byte("no folder any more\n"), 0o755))
			expect(n, "type")
		}
	case 10:
		if n := take(r, &g.folders); n != "" {
			must(t, f.WriteFile(n+"/new", randomContent(r), 0o644))
			must(t, f.Link(n+"/new", n+"/newer"))
			expect(n+"/new", "only-b")
			expect(n+"/newer", "only-b")
		}
	case 11:
		if len(g.pairs) > 0 {
			i := r.IntN(len(g.pairs)/2) * 2
			a, b := g.pairs[i], g.pairs[i+1]
			g.pairs = slices.Delete(g.pairs, i, i+2)
			data, err := f.ReadFile(a)
			must(t, err)
			must(t, f.Remove(a))
			must(t, f.WriteFile(a, data, 0o644))
			expect(later(a, b), "hardlink")
		}
	case 12:
		if len(g.pairs) > 0 {
			i := r.IntN(len(g.pairs)/2) * 2
			a, b := g.pairs[i], g.pairs[i+1]
			g.pairs = slices.Delete(g.pairs, i, i+2)
			must(t, f.WriteFile(a, []byte("both names\n"), 0))
			expect(a, "content")
			expect(b, "content")
		}
	case 13:
		for _, top := range slices.Sorted(maps.Keys(g.branches))[:min(1, len(g.branches))] {
			all := g.branches[top]
			delete(g.branches, top)
			moved := fmt.Sprintf("moved%d", step)
			must(t, f.Rename(top, moved))
			for _, n := range all {
				expect(n, "only-a")
				expect(moved+strings.TrimPrefix(n, top), "only-b")
			}
		}
	}
}

func mustFlags(t testing.TB, f *ext.FS, name string) uint32 {
	flags, err := f.Flags(name)
	must(t, err)
	return flags
}

// Random edits of a random tree are found, each in its respect, and nothing else is. The other way round gives the same,
// mirrored; each tree against itself gives nothing.
func TestRandomEditsAreFound(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			a, b, want := pairOfTrees(t, seed)
			got, sum := compare(t, a.open(t), b.open(t), treediff.Options{})
			same(t, shorts(got), want)
			if len(got) != sum.OnlyA+sum.OnlyB+sum.Changed || sum.Differ() != (len(want) > 0) {
				t.Errorf("the summary counts otherwise: %+v", sum)
			}
			back, _ := compare(t, b.open(t), a.open(t), treediff.Options{})
			mirrored(t, got, back)
			for _, m := range []memory{a, b} {
				if d, _ := compare(t, m.open(t), m.open(t), treediff.Options{Times: true}); len(d) > 0 {
					t.Errorf("a tree differs from itself: %+v", d[0])
				}
			}
			quick, _ := compare(t, a.open(t), b.open(t), treediff.Options{Brief: true})
			same(t, shorts(quick), want)
		})
	}
}

// pairOfTrees gives a random tree, the same after random edits, and what differs.
func pairOfTrees(t testing.TB, seed uint64) (a, b memory, want map[string]string) {
	r := rand.New(rand.NewPCG(seed, 5))
	a = newDisk(t, []string{"ext2", "ext4"}[seed%2])
	var g *grove
	a.edit(t, 1000, func(f *ext.FS) { g = plant(t, f, r) })
	b = slices.Clone(a)
	want = map[string]string{}
	b.edit(t, 2000, func(f *ext.FS) {
		for i := range r.IntN(30) {
			g.editOnce(t, f, r, i, want)
		}
	})
	return a, b, want
}

// mirrored holds two comparisons against each other, but for the lines: there may be several shortest edits.
func mirrored(t *testing.T, ab, ba []*treediff.Difference) {
	t.Helper()
	if len(ab) != len(ba) {
		t.Fatalf("%d differences, the other way round %d", len(ab), len(ba))
	}
	other := map[treediff.Kind]treediff.Kind{treediff.OnlyA: treediff.OnlyB, treediff.OnlyB: treediff.OnlyA, treediff.Changed: treediff.Changed}
	for i, d := range ab {
		e := ba[i]
		if d.Path != e.Path || e.Kind != other[d.Kind] || !slices.Equal(d.Aspects, e.Aspects) || d.SameAs != e.SameAs {
			t.Errorf("%+v, the other way round %+v", d, e)
		}
		for _, p := range [][2]*treediff.File{{d.A, e.B}, {d.B, e.A}} {
			if asJSON(t, p[0]) != asJSON(t, p[1]) {
				t.Errorf("%s: %s, the other way round %s", d.Path, asJSON(t, p[0]), asJSON(t, p[1]))
			}
		}
		if (d.Lines == nil) != (e.Lines == nil) || d.Lines != nil && d.Lines.OnlyA-d.Lines.OnlyB != e.Lines.OnlyB-e.Lines.OnlyA {
			t.Errorf("%s: lines %+v, the other way round %+v", d.Path, d.Lines, e.Lines)
		}
	}
}
