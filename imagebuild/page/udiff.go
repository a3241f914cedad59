package page

import (
	"html/template"
	"strconv"
	"strings"
)

// Bounds of one diff that is shown.
const (
	maxDiffLines = 400
	maxWhole     = 60 // lines of a text that is on one side only
	maxDiffBytes = 40 << 10
	maxLine      = 1000 // bytes of one line
)

// Line is one of a diff.
type Line struct {
	Sign string // "+", "-", "" for what both have; "@" for what stands between
	A, B int    // the line's number on each side, from 1; 0 where it is not there
	Text string
}

// Diff is a unified diff to be shown.
type Diff struct {
	Of     string // what it is a diff of
	A, B   string // what the sides are called: "before" and "after"
	Lines  []Line
	Left   int // lines that are left out
	Added  int
	Taken  int
	Remark string // in place of lines, where the text is no unified diff
	More   string // the command that shows it whole; empty for none
}

// ParseDiff reads a unified diff of one file: what stands before its first "@@" is not shown. A text of another form,
// such as one line that tells of digests, becomes the Remark.
func ParseDiff(text string) *Diff {
	d := &Diff{}
	begun := false
	a, b, bytes := 0, 0, 0
	most := maxDiffLines
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		var l Line
		switch {
		case strings.HasPrefix(line, "@@ "):
			begun = true
			a, b = hunk(line)
			if a == 0 || b == 0 { // before the first line: there is nothing on that side
				most = maxWhole
			}
			l = Line{Sign: "@", Text: line}
		case !begun:
			continue
		case strings.HasPrefix(line, "+"):
			l = Line{Sign: "+", B: b, Text: line[1:]}
			b++
			d.Added++
		case strings.HasPrefix(line, "-"):
			l = Line{Sign: "-", A: a, Text: line[1:]}
			a++
			d.Taken++
		case strings.HasPrefix(line, `\`):
			l = Line{Sign: "@", Text: strings.TrimSpace(line[1:])}
		default:
			l = Line{A: a, B: b, Text: strings.TrimPrefix(line, " ")}
			a++
			b++
		}
		if bytes += min(len(l.Text), maxLine) + 40; len(d.Lines) >= most || bytes > maxDiffBytes || d.Left > 0 {
			d.Left++
			continue
		}
		d.Lines = append(d.Lines, l)
	}
	if !begun {
		d.Remark = strings.TrimSpace(text)
	}
	return d
}

// hunk reads where the lines of "@@ -1,2 +3,4 @@" begin.
func hunk(line string) (a, b int) {
	for word := range strings.FieldsSeq(line) {
		if word[0] != '-' && word[0] != '+' {
			continue
		}
		number, _, _ := strings.Cut(word[1:], ",")
		n := 0
		for _, r := range number {
			if r < '0' || r > '9' || n > 1<<40 {
				return a, b
			}
			n = 10*n + int(r-'0')
		}
		if word[0] == '+' {
			return a, n
		}
		a = n
	}
	return a, b
}

// Rows are the lines as rows of a table. There are so many of them that they are written by hand.
func (d *Diff) Rows() template.HTML {
	var b strings.Builder
	for _, l := range d.Lines {
		class := map[string]string{"+": " class=\"a\"", "-": " class=\"d\""}[l.Sign]
		if l.Sign == "@" {
			b.WriteString(`<tr class="h"><td colspan="3"></td><td>` + string(shown(l.Text, maxLine)) + "</td></tr>\n")
			continue
		}
		b.WriteString("<tr" + class + "><td>" + lineNumber(l.A) + "</td><td>" + lineNumber(l.B) + "</td><td>" + l.Sign + "</td><td>" + string(shown(l.Text, maxLine)) + "</td></tr>\n")
	}
	return template.HTML(b.String())
}

func lineNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
