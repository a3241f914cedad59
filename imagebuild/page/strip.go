package page

import (
	"fmt"
	"html/template"
	"strings"
)

// Strip draws a disk from its first byte to its last.
type Strip struct {
	Name  string // what it shows, for those who do not see it
	Size  int64  // bytes
	Parts []Part // in order, none over another
}

// Part is a partition. What lies between parts is drawn as a gap.
type Part struct {
	Start, Size int64
	Class       string // of colours: p0 to p5
}

// stripWidth is the width of the picture in its own units; the page scales it.
const stripWidth = 1000

// SVG is the picture. A part is never narrower than can be seen.
func (s Strip) SVG() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bar" viewBox="0 0 %d 24" preserveAspectRatio="none" role="img" aria-label="%s">`, stripWidth, template.HTMLEscapeString(s.Name))
	fmt.Fprintf(&b, `<rect class="gap" width="%d" height="24"/>`, stripWidth)
	at := func(off int64) float64 {
		return float64(min(max(off, 0), s.Size)) / float64(max(s.Size, 1)) * stripWidth
	}
	for _, p := range s.Parts {
		from, to := at(p.Start), at(p.Start+p.Size)
		fmt.Fprintf(&b, `<rect class="%s" x="%.2f" width="%.2f" height="24"/>`, p.Class, from, max(to-from, 2))
	}
	b.WriteString("</svg>\n")
	return template.HTML(b.String())
}
