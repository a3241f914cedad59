package report

import (
	"io"
	"path"
	"strings"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/page"
	"lbimage/imagebuild/treediff"
)

// Options of a page.
type Options struct {
	// TempDir holds what is told of paths until the page is written, in a file without a name; "" is os.TempDir.
	TempDir string
	// Version of the program, for the footer.
	Version string
}

func (o Options) tool() string { return strings.TrimSpace("lbimage " + o.Version) }

// Comparison is a [compare.Report] that becomes a page. Its memory does not grow with what differs.
type Comparison struct {
	o      Options
	a, b   compare.Side
	around []compare.Surrounding
	tree   *page.Tree
}

// NewComparison makes one, which has to be closed.
func NewComparison(o Options) (*Comparison, error) {
	tree, err := page.NewTree(o.TempDir)
	if err != nil {
		return nil, err
	}
	c := &Comparison{o: o, tree: tree}
	tree.More = c.command
	return c, nil
}

// Close gives temporary space up.
func (c *Comparison) Close() error { return c.tree.Close() }

// command shows a path on the command line; empty where it has no form there.
func (c *Comparison) command(path string) string {
	out := "lbimage diff"
	for _, word := range []string{c.a.Name, c.b.Name, path} {
		quoted, ok := page.Quoted(word)
		if !ok {
			return ""
		}
		out += " " + quoted
	}
	return out
}

// Begin takes both sides, and what differs around the files.
func (c *Comparison) Begin(a, b compare.Side, around []compare.Surrounding) error {
	c.a, c.b, c.around = a, b, around
	return nil
}

// File takes a path that differs.
func (c *Comparison) File(d *treediff.Difference) error {
	row := page.Row{Path: d.Path, Set: parts, Name: "told", Dir: isFolder(d)}
	told := page.Told{Steps: steps(d)}
	if d.Diff != "" {
		told.Diff = page.ParseDiff(d.Diff)
		told.Diff.Of, told.Diff.A, told.Diff.B = d.Path, "A", "B"
		if told.Diff.Left > 0 {
			told.Diff.More = c.command(d.Path)
		}
	}
	if d.Lines != nil {
		row.Plus, row.Minus = d.Lines.OnlyB, d.Lines.OnlyA
	}
	switch d.Kind {
	case treediff.OnlyA:
		row.Mark, row.What = page.Removed, brief(d.A)
	case treediff.OnlyB:
		row.Mark, row.What = page.Added, brief(d.B)
	default:
		row.Mark = page.Changed
		var words []string
		for _, a := range d.Aspects {
			words = append(words, aspectWords[a])
		}
		row.What = strings.Join(words, ", ")
		if d.Has(treediff.Type) {
			row.Badge = "other type"
		}
	}
	row.Data = told
	if len(told.Steps) == 0 && told.Diff == nil || d.Kind != treediff.Changed && (plainFolder(d.A) || plainFolder(d.B)) {
		row.Name = ""
	}
	return c.tree.Add(row)
}

func isFolder(d *treediff.Difference) bool {
	for _, f := range []*treediff.File{d.B, d.A} {
		if f != nil {
			return f.Type == "dir"
		}
	}
	return false
}

// Write writes the page, once all is told.
func (c *Comparison) Write(w io.Writer, sum compare.Summary) error {
	head := page.Head{
		Kind: "Comparison", Title: baseName(c.a.Name) + " → " + baseName(c.b.Name), Tool: c.o.tool(),
		Verdict: verdictOf(sum),
		Lead:    "What differs in image B from image A. “Added” is in B only, “removed” in A only.",
		Links:   []page.Link{{ID: "images", Text: "Images"}, {ID: "summary", Text: "Summary"}},
	}
	if len(c.around) > 0 {
		head.Links = append(head.Links, page.Link{ID: "around", Text: "Around the files"})
	}
	head.Links = append(head.Links, page.Link{ID: "files", Text: "Files"})
	p := page.Begin(w, head)
	p.Render(parts, "images", []any{sideOf("A", c.a), sideOf("B", c.b)})
	p.Render(parts, "summary", struct {
		Tiles   []page.Tile
		Aspects []page.Fact
		Note    string
	}{tilesOf(sum), aspectsOf(sum), timesNote(sum)})
	if len(c.around) > 0 {
		table := page.Table{Name: "What differs around the files", Heads: []string{"Where", "What", "A", "B"}}
		for _, s := range c.around {
			table.Add(s.Place, s.What, orNothing(s.A), orNothing(s.B))
		}
		p.Render(parts, "around", table)
	}
	p.Render(parts, "files", sum.Summary.Differ())
	if sum.Summary.Differ() {
		p.Tree(c.tree)
	}
	p.Render(parts, "close", nil)
	return p.End()
}

func baseName(name string) string { return path.Base(name) }

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func verdictOf(sum compare.Summary) page.Verdict {
	n := sum.OnlyA + sum.OnlyB + sum.Changed
	switch {
	case !sum.Differ():
		return page.Verdict{Tone: page.Good, Text: "No difference in " + page.Counted(sum.Compared, "path", "paths")}
	case n == 0:
		return page.Verdict{Tone: page.Warn, Text: "All files are the same; " + page.Counted(sum.Around, "difference", "differences") + " around them"}
	}
	return page.Verdict{Tone: page.Warn, Text: page.Count(n) + " of " + page.Counted(sum.Compared, "path differs", "paths differ")}
}

func tilesOf(sum compare.Summary) []page.Tile {
	tone := func(n int, t page.Tone) page.Tone {
		if n == 0 {
			return ""
		}
		return t
	}
	return []page.Tile{
		{Name: "added, in B only", Value: page.Count(sum.OnlyB), Tone: tone(sum.OnlyB, page.Good)},
		{Name: "removed, in A only", Value: page.Count(sum.OnlyA), Tone: tone(sum.OnlyA, page.Bad)},
		{Name: "changed", Value: page.Count(sum.Changed), Tone: tone(sum.Changed, page.Warn)},
		{Name: "lines of text", Value: "+" + page.Count(sum.Lines.OnlyB) + " −" + page.Count(sum.Lines.OnlyA)},
		{Name: "around the files", Value: page.Count(sum.Around), Tone: tone(sum.Around, page.Warn)},
		{Name: "paths compared", Value: page.Count(sum.Compared)},
	}
}

func aspectsOf(sum compare.Summary) []page.Fact {
	var out []page.Fact
	for _, a := range treediff.Aspects {
		if n := sum.Aspects[a]; n > 0 {
			out = append(out, page.Fact{Name: aspectWords[a], Value: page.Counted(n, "path", "paths")})
		}
	}
	return out
}

func timesNote(sum compare.Summary) string {
	if sum.Times == 0 || sum.Aspects[treediff.ModTime] > 0 {
		return ""
	}
	return "Times of modification differ at " + page.Counted(sum.Times, "path", "paths") + "; they count only with --times."
}

// sideOf is what the page says of one of the two images.
func sideOf(letter string, s compare.Side) any {
	facts := []page.Fact{{Name: "file", Value: s.Name, Code: true}, {Name: "kind", Value: kindWords[s.Kind]}, {Name: "size", Value: page.Size(s.Size) + ", " + page.Counted(s.Size, "byte", "bytes")}}
	if s.SHA256 != "" {
		facts = append(facts, page.Fact{Name: "sha256", Value: s.SHA256, Code: true})
	}
	return struct {
		Letter   string
		Facts    []page.Fact
		Warnings []string
	}{letter, facts, s.Warnings}
}
