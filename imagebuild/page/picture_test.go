package page

import (
	"regexp"
	"strings"
	"testing"
)

func TestGrid(t *testing.T) {
	for size, want := range map[int64]struct {
		cell  int64
		cells int
	}{0: {4096, 0}, 1: {4096, 1}, 8 << 20: {4096, 2048}, 8<<20 + 1: {8192, 1025}, 64 << 20: {32 << 10, 2048}, 1536 << 20: {1 << 20, 1536}, 2 << 40: {1 << 30, 2048}} {
		g := NewGrid("g", size)
		if g.Cell != want.cell || len(g.cells) != want.cells {
			t.Errorf("%d bytes: %d cells of %d", size, len(g.cells), g.Cell)
		}
		wellFormed(t, []byte(g.SVG()))
	}
	g := NewGrid("a <name>", 16<<20) // cells of 8 KiB
	g.Add(0, 8192, Own)
	g.Add(8192, 8192, Files)
	g.Add(16384, 4096, Files)
	g.Add(20480, 4096, Free)
	g.Add(24576, 100, Files)
	g.Add(24676, 8092, Free)
	g.Add(32768, 16<<20, Free) // more than there is
	g.Change(8000, 400)        // over an edge
	g.Change(-5, 3)
	g.Change(16<<20, 4096)
	for i, want := range []string{"meta", "u5", "u3", "u1", "u0"} {
		if got := g.cells[i].class(); got != want {
			t.Errorf("cell %d: %s, want %s", i, got, want)
		}
	}
	if g.Changed() != 2 || !g.cells[0].changed || !g.cells[1].changed {
		t.Errorf("%d cells have changed", g.Changed())
	}
	svg := string(g.SVG())
	squares := func(class string) int {
		m := regexp.MustCompile(`class="` + class + `" d="([^"]*)"`).FindStringSubmatch(svg)
		if m == nil {
			return 0
		}
		return strings.Count(m[1], "z")
	}
	for class, want := range map[string]int{"meta": 1, "u5": 1, "u4": 0, "u3": 1, "u1": 1, "u0": 2044, "mark": 2} {
		if got := squares(class); got != want {
			t.Errorf("%d squares of %s, want %d", got, class, want)
		}
	}
	if !strings.Contains(svg, `aria-label="a &lt;name&gt;"`) {
		t.Error("the picture has no name")
	}
}

func TestStrip(t *testing.T) {
	s := Strip{Name: "disk", Size: 1000, Parts: []Part{{0, 500, "p0"}, {500, 1, "p1"}, {900, 5000, "p2"}, {-5, 3, "p3"}}}
	svg := string(s.SVG())
	wellFormed(t, []byte(svg))
	for _, want := range []string{`class="p0" x="0.00" width="500.00"`, `class="p1" x="500.00" width="2.00"`, `class="p2" x="900.00" width="100.00"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is not in %s", want, svg)
		}
	}
	wellFormed(t, []byte(Strip{}.SVG()))
}
