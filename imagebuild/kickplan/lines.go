package kickplan

import (
	"regexp"
	"slices"
	"strings"

	"lbimage/imagebuild/recipe"
	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// maxLineEdits is up to how many edits of lines are written in the place of a whole file.
const maxLineEdits = 12

// lineEdits are edits of lines that make one text of another; nil where there are none that do, to the byte, and that change
// nothing the second time.
func (p *planner) lineEdits(c change, to string) []*Edit {
	var fromSed, fromText []*Edit
	text := c.from
	for _, k := range c.bad {
		if p.effects[k].Kind != script.Sed {
			continue
		}
		next, why := p.mend(text, k)
		if why != "" {
			return nil
		}
		fromSed = append(fromSed, p.bySed(c.path, text, next, k)...)
		fromText = append(fromText, p.byText(c.path, text, next, k)...)
		text = next
	}
	var added []*Edit
	rest := text
	for _, k := range c.bad {
		if p.effects[k].Kind == script.Append {
			added = append(added, p.byAppend(c, rest, to, k)...)
		}
	}
	for _, sed := range [][]*Edit{fromSed, fromText} {
		if all := slices.Concat(sed, added); p.makes(all, c.from, to) {
			return all
		}
	}
	return nil
}

// makes says whether edits make one text of another, and change nothing more.
func (p *planner) makes(edits []*Edit, from, to string) bool {
	if len(edits) == 0 || len(edits) > maxLineEdits {
		return false
	}
	var all []overlay.Edit
	text := []byte(from)
	for range 2 {
		for _, e := range edits {
			l, err := overlay.NewLine(lineOf(e.Recipe.Line))
			if err != nil || !withinBounds(e.Recipe.Line) {
				return false
			}
			all = append(all, l)
			if text, _, err = overlay.EditLine(text, lineOf(e.Recipe.Line)); err != nil {
				return false
			}
		}
		if string(text) != to {
			return false
		}
	}
	return overlay.Conflicts(nil, all[:len(edits)]) == nil
}

// withinBounds says whether a recipe can hold an edit of a line.
func withinBounds(l *recipe.Line) bool {
	const most = 4096
	return len(l.Match) <= most && len(l.Before) <= most && !strings.ContainsAny(l.Match+l.Set+l.Before, "\x00\n\r")
}

func lineOf(l *recipe.Line) overlay.Line {
	var create *overlay.Create
	if l.Create != nil {
		create = &overlay.Create{}
	}
	return overlay.Line{
		Create: create, Path: l.Path, Match: l.Match, Set: l.Set, Expand: l.Expand, Remove: l.Remove,
		Which: overlay.Which(l.Which), Missing: overlay.Missing(l.Missing), After: l.After, Before: l.Before,
	}
}

func (p *planner) line(l recipe.Line, k int) *Edit {
	return &Edit{Recipe: recipe.Edit{Line: &l}, For: []Origin{p.origin(k)}}
}

// exactly is an expression that matches one line.
func exactly(line string) string { return "^" + regexp.QuoteMeta(line) + "$" }

// bySed is a sed program as an edit of lines: s and d whose expressions mean the same to both, else what it does to this text.
func (p *planner) bySed(path, from, to string, k int) []*Edit {
	e := &p.effects[k]
	if l, ok := sedLine(e.Program, e.Extended); ok {
		l.Path = path
		if edit := p.line(l, k); p.makes([]*Edit{edit}, from, to) {
			return []*Edit{edit}
		}
	}
	return p.byText(path, from, to, k)
}

// byText are edits of the very lines that change from one text to another: as many lines as before, or lines taken away.
func (p *planner) byText(path, from, to string, k int) []*Edit {
	a, b := bareLines(from), bareLines(to)
	var out []*Edit
	seen := map[string]bool{}
	switch {
	case len(a) == len(b):
		for n := range a {
			if a[n] != b[n] && !seen[a[n]] {
				seen[a[n]] = true
				out = append(out, p.line(recipe.Line{Path: path, Match: exactly(a[n]), Set: b[n], Missing: "skip"}, k))
			}
		}
	case len(b) < len(a):
		n := 0
		for _, line := range a {
			switch {
			case n < len(b) && b[n] == line:
				n++
			case !seen[line]:
				seen[line] = true
				out = append(out, p.line(recipe.Line{Path: path, Match: exactly(line), Remove: true}, k))
			}
		}
	default: // lines are added: each behind the one before it
		n := 0
		for m, line := range b {
			if n < len(a) && a[n] == line {
				n++
				continue
			}
			l := recipe.Line{Path: path, Set: line, Missing: "append"}
			if m > 0 && n < len(a) {
				l.After = exactly(b[m-1])
			} else if n < len(a) {
				l.Before = exactly(a[n])
			}
			out = append(out, p.line(l, k))
		}
	}
	return out
}

func bareLines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, strings.TrimSuffix(line, "\n"))
	}
	return out
}

// byAppend are the lines of an effect, each added where it lacks: at the end, or before the line that follows them in what is to
// be.
func (p *planner) byAppend(c change, from, to string, k int) []*Edit {
	content := p.effects[k].Content
	before := ""
	if at := strings.Index(to, content); at >= 0 {
		if rest := bareLines(to[at+len(content):]); len(rest) > 0 && strings.Contains("\n"+from, "\n"+rest[0]+"\n") {
			before = exactly(rest[0])
		}
	}
	var out []*Edit
	for _, line := range bareLines(content) {
		out = append(out, p.line(recipe.Line{Path: c.path, Set: line, Missing: "append", Before: before}, k))
	}
	return out
}
