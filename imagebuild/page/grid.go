package page

import (
	"fmt"
	"html/template"
	"strings"
)

// Bounds of a grid.
const (
	gridColumns = 64
	gridCells   = 2048 // at most
	gridLeast   = 4096 // bytes of a cell at least
)

// Kind is what bytes of a file system are used for.
type Kind int

const (
	Free Kind = iota
	Files
	Own // structures of the file system itself
)

// Grid draws a file system as a field of cells, each of which stands for as many bytes: the darker, the fuller. Cells
// with changed blocks have a frame.
type Grid struct {
	Name  string // what it shows, for those who do not see it
	Size  int64  // bytes
	Cell  int64  // bytes of a cell, a power of two
	cells []cell
}

type cell struct {
	bytes   [3]int64 // by Kind
	changed bool
}

// NewGrid makes an empty grid for so many bytes.
func NewGrid(name string, size int64) *Grid {
	g := &Grid{Name: name, Size: size, Cell: gridLeast}
	for (size+g.Cell-1)/g.Cell > gridCells {
		g.Cell *= 2
	}
	g.cells = make([]cell, (size+g.Cell-1)/g.Cell)
	return g
}

// Add says what n bytes from off on are used for.
func (g *Grid) Add(off, n int64, kind Kind) {
	g.each(off, n, func(c *cell, n int64) { c.bytes[kind] += n })
}

// Change says that n bytes from off on have changed.
func (g *Grid) Change(off, n int64) {
	g.each(off, n, func(c *cell, _ int64) { c.changed = true })
}

func (g *Grid) each(off, n int64, do func(c *cell, n int64)) {
	end := min(off+n, g.Size)
	for off = max(off, 0); off < end; {
		i := off / g.Cell
		k := min((i+1)*g.Cell, end) - off
		do(&g.cells[i], k)
		off += k
	}
}

// Changed is the number of cells with a frame.
func (g *Grid) Changed() int {
	n := 0
	for _, c := range g.cells {
		if c.changed {
			n++
		}
	}
	return n
}

// class is the colour of a cell.
func (c cell) class() string {
	used := c.bytes[Files] + c.bytes[Own]
	all := used + c.bytes[Free]
	switch {
	case used == 0:
		return "u0"
	case c.bytes[Own] > c.bytes[Files]:
		return "meta"
	case used == all:
		return "u5"
	}
	return fmt.Sprintf("u%d", 1+min(used*4/all, 3))
}

// SVG is the picture: a path for each colour, with a square for each cell.
func (g *Grid) SVG() template.HTML {
	const pitch, side = 10, 9
	rows := (len(g.cells) + gridColumns - 1) / gridColumns
	paths := map[string]*strings.Builder{}
	add := func(class string, i int, inset, side float64) {
		p := paths[class]
		if p == nil {
			p = &strings.Builder{}
			paths[class] = p
		}
		fmt.Fprintf(p, "M%g %gh%gv%gh-%gz", float64(i%gridColumns*pitch)+inset, float64(i/gridColumns*pitch)+inset, side, side, side)
	}
	for i, c := range g.cells {
		add(c.class(), i, 0, side)
		if c.changed {
			add("mark", i, 1.2, side-2.4)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, gridColumns*pitch-1, max(rows*pitch-1, side), template.HTMLEscapeString(g.Name))
	for _, class := range []string{"u0", "u1", "u2", "u3", "u4", "u5", "meta", "mark"} {
		if p := paths[class]; p != nil {
			fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, class, p)
		}
	}
	b.WriteString("</svg>\n")
	return template.HTML(b.String())
}
