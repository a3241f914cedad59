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

	packages *compare.Packages
	disk     page.Table
	archives []archive // that the last path lies in, the outermost first, or is
}

// archive is a file whose members are told after it.
type archive struct{ path, tree string }

// NewComparison makes one, which has to be closed.
func NewComparison(o Options) (*Comparison, error) {
	tree, err := page.NewTree(o.TempDir)
	if err != nil {
		return nil, err
	}
	c := &Comparison{o: o, tree: tree, disk: diskTable()}
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

// maxSteps is in how many respects, as extended attributes, a path is told to differ.
const maxSteps = 200

// File takes a path that differs.
func (c *Comparison) File(d *treediff.Difference) error {
	row := page.Row{Set: parts(), Name: "told", Dir: isFolder(d)}
	row.Path, row.Inner = c.place(d)
	told := page.Told{Steps: append(steps(d), insideSteps(d.Inside)...), Notes: insideNotes(d.Inside)}
	if n := len(told.Steps) - maxSteps; n > 0 {
		told.Steps = told.Steps[:maxSteps]
		told.Notes = append(told.Notes, page.Counted(n, "more respect is", "more respects are")+" left out.")
	}
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
			words = append(words, aspectWord(a))
		}
		if brief := insideBrief(d.Inside); brief != "" {
			words = append(words, brief)
		}
		row.What = strings.Join(words, ", ")
		if d.Has(treediff.Type) {
			row.Badge = "other type"
		}
	}
	row.Data = told
	if len(told.Steps) == 0 && len(told.Notes) == 0 && told.Diff == nil || d.Kind != treediff.Changed && (plainFolder(d.A) || plainFolder(d.B)) {
		row.Name = ""
	}
	return c.tree.Add(row)
}

// isFolder says whether it is one on either side.
func isFolder(d *treediff.Difference) bool {
	return d.A != nil && d.A.Type == "dir" || d.B != nil && d.B.Type == "dir"
}

// place is where a path stands in the tree: a member of an archive below it. Inner is how many names lead to the archive.
func (c *Comparison) place(d *treediff.Difference) (tree string, inner int) {
	for len(c.archives) > 0 && (d.Within == "" || c.archives[len(c.archives)-1].path != d.Within) {
		c.archives = c.archives[:len(c.archives)-1]
	}
	tree = d.Path
	if n := len(c.archives); n > 0 {
		tree = c.archives[n-1].tree + "/" + strings.TrimPrefix(d.Path, d.Within+"!/")
		inner = strings.Count(strings.Trim(c.archives[0].tree, "/"), "/") + 1
	}
	if d.Inside != nil && d.Inside.Members != nil {
		c.archives = append(c.archives, archive{d.Path, tree})
	}
	return tree, inner
}

// Write writes the page, once all is told.
func (c *Comparison) Write(w io.Writer, sum compare.Summary) error {
	head := page.Head{
		Kind: "Comparison", Title: baseName(c.a.Name) + " → " + baseName(c.b.Name), Tool: c.o.tool(),
		Verdict: verdictOf(sum),
		Lead:    "What differs in image B from image A. “Added” is in B only, “removed” in A only.",
		Links:   []page.Link{{ID: "images", Text: "Images"}, {ID: "summary", Text: "Summary"}},
	}
	for _, l := range []struct {
		there    bool
		id, text string
	}{{c.packages != nil, "packages", "Packages"}, {true, "files", "Files"}, {len(c.around) > 0, "around", "Around the files"}, {len(c.disk.Rows) > 0, "blocks", "Disk"}} {
		if l.there {
			head.Links = append(head.Links, page.Link{ID: l.id, Text: l.text})
		}
	}
	p := page.Begin(w, head)
	p.Render(parts(), "images", []any{sideOf("A", c.a), sideOf("B", c.b)})
	p.Render(parts(), "summary", struct {
		Tiles   []page.Tile
		Aspects []page.Fact
		Note    string
	}{tilesOf(sum), aspectsOf(sum), timesNote(sum)})
	if c.packages != nil {
		p.Render(parts(), "package-changes", packageChanges(*c.packages))
	}
	p.Render(parts(), "files", sum.Summary.Differ())
	if sum.Summary.Differ() {
		p.Tree(c.tree)
	}
	p.Render(parts(), "close", nil)
	if len(c.around) > 0 {
		table := page.Table{Name: "What differs around the files", Heads: []string{"Where", "What", "A", "B"}}
		for _, s := range c.around {
			table.Add(s.Place, s.What, orNothing(s.A), orNothing(s.B))
		}
		p.Render(parts(), "around", table)
	}
	if len(c.disk.Rows) > 0 {
		p.Render(parts(), "blocks", c.disk)
	}
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
	tiles := []page.Tile{
		{Name: "added, in B only", Value: page.Count(sum.OnlyB), Tone: tone(sum.OnlyB, page.Good)},
		{Name: "removed, in A only", Value: page.Count(sum.OnlyA), Tone: tone(sum.OnlyA, page.Bad)},
		{Name: "changed", Value: page.Count(sum.Changed), Tone: tone(sum.Changed, page.Warn)},
		{Name: "lines of text", Value: "+" + page.Count(sum.Lines.OnlyB) + " −" + page.Count(sum.Lines.OnlyA)},
		{Name: "packages", Value: page.Count(sum.Packages), Tone: tone(sum.Packages, page.Warn)},
		{Name: "around the files", Value: page.Count(sum.Around), Tone: tone(sum.Around, page.Warn)},
	}
	if n := sum.Members.OnlyA + sum.Members.OnlyB + sum.Members.Changed; n > 0 {
		tiles = append(tiles, page.Tile{Name: "members of archives", Value: page.Count(n), Tone: page.Warn})
	}
	if sum.DiskBytes > 0 {
		tiles = append(tiles, page.Tile{Name: "on the disk", Value: page.Size(sum.DiskBytes), Tone: page.Warn})
	}
	return append(tiles, page.Tile{Name: "paths compared", Value: page.Count(sum.Compared)})
}

func aspectsOf(sum compare.Summary) []page.Fact {
	var out []page.Fact
	for _, a := range treediff.Aspects {
		if n := sum.Aspects[a]; n > 0 {
			out = append(out, page.Fact{Name: aspectWord(a), Value: page.Counted(n, "path", "paths")})
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
	facts := []page.Fact{{Name: "file", Value: s.Name, Code: true}, {Name: "kind", Value: kindWords[s.Kind]}, {Name: "size", Value: page.Bytes(s.Size)}}
	if s.SHA256 != "" {
		facts = append(facts, page.Fact{Name: "sha256", Value: s.SHA256, Code: true})
	}
	return struct {
		Letter   string
		Facts    []page.Fact
		Warnings []string
	}{letter, facts, s.Warnings}
}
