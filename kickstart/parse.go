package kickstart

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"lbimage/haproxy-config/nearest"
	"lbimage/kickstart/grammar"
)

// Bounds of a file. The longest kickstart files of the world have a few thousand lines.
const (
	// MaxFile is the size in bytes up to which a file is read.
	MaxFile = 4 << 20
	// MaxLines is the number of lines up to which a file is read.
	MaxLines = 30_000
	// maxWords is how many words all lines of a file may have.
	maxWords = 50_000
	// maxProblems is how many problems are told.
	maxProblems = 500
)

// Parse reads a file as the installer of a release would, version 0 by the file's own "#version=" line, else as RHEL6. It
// always gives a File, which holds every byte; what the installer would refuse is in its Problems. The error is of a text
// that is none: too large, or with a zero byte.
func Parse(name string, text []byte, v grammar.Version) (*File, error) {
	switch {
	case len(text) > MaxFile:
		return nil, fmt.Errorf("%s: it has %d bytes, more than the %d that a kickstart file may have", name, len(text), MaxFile)
	case bytes.IndexByte(text, 0) >= 0:
		return nil, fmt.Errorf("%s: a zero byte in line %d: this is no kickstart file", name, 1+bytes.Count(text[:bytes.IndexByte(text, 0)], []byte("\n")))
	}
	if v == 0 {
		v = ownVersion(string(text))
	}
	lines := splitLines(name, string(text), v)
	if len(lines) > MaxLines {
		return nil, fmt.Errorf("%s: it has more than the %d lines that a kickstart file may have", name, MaxLines)
	}
	return parseLines(name, lines, v), nil
}

// ownVersion is what a file's "#version=" line says, the first one; RHEL6 without.
func ownVersion(text string) grammar.Version {
	text = strings.TrimPrefix(text, byteOrderMark)
	for l := range strings.Lines(text) {
		if said, ok := strings.CutPrefix(l, "#version="); ok {
			if v, err := grammar.ParseVersion(strings.TrimSpace(said)); err == nil {
				return v
			}
			break
		}
	}
	return grammar.RHEL6
}

// Format is the file's text.
func (f *File) Format() []byte {
	var b bytes.Buffer
	for _, n := range f.Nodes {
		b.WriteString(n.Text())
	}
	return b.Bytes()
}

// parser reads lines from the first to the last.
type parser struct {
	file  *File
	v     grammar.Version
	lines []line
	next  int
	words int
	// once are the places of commands that may stand once, by the name in the grammar.
	once map[string]Place
	// seen are the places of the first of each command, by its name in the grammar.
	seen map[string]Place
	// keys are the places of what only one command may have.
	keys map[string]Place
	// ended says of each line whether %end comes behind it before another section begins. It is made when it is asked for.
	ended []bool
}

func parseLines(name string, lines []line, v grammar.Version) *File {
	p := &parser{file: &File{Name: name, Version: v}, v: v, lines: lines, once: map[string]Place{},
		seen: map[string]Place{}, keys: map[string]Place{}}
	p.encoding()
	for p.next < len(p.lines) {
		told := len(p.file.Problems)
		p.node()
		sortProblems(p.file.Problems[told:])
	}
	return p.file
}

// encoding tells where a text has what the installer takes for a letter, or for none.
func (p *parser) encoding() {
	for _, l := range p.lines {
		if l.place.Line == 1 && l.place.Column == 1 && strings.HasPrefix(l.text, byteOrderMark) {
			p.problem(l.place, "byte-order-mark", "the text begins with a byte order mark, which the installer takes for a part of the first word", "save the file without it")
		}
	}
	if p.v < grammar.RHEL8 {
		return
	}
	for _, l := range p.lines {
		if !utf8.ValidString(l.text) {
			at := l.place
			at.Column += strings.IndexByte(strings.ToValidUTF8(l.text, "\x00"), 0)
			p.problem(at, "not-utf8", fmt.Sprintf("a byte that is no UTF-8, which is all that the installer of %s reads", p.v), "save the file as UTF-8")
			return
		}
	}
}

// sortProblems sorts those of one node by place; those of other files stay where they are.
func sortProblems(all []Problem) {
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i].Place, all[j].Place
		return a.File == b.File && (a.Line < b.Line || a.Line == b.Line && a.Column < b.Column)
	})
}

// node reads the next node.
func (p *parser) node() {
	l := p.lines[p.next]
	if l.blank() {
		p.plain(l)
		return
	}
	words, comment, bad := p.split(l, commentsOf(p.v))
	name := ""
	if len(words) > 0 {
		name = words[0].Value
	}
	switch {
	case bad == nil:
	case bad.soft:
		p.warn(bad.place, bad.rule, bad.message, bad.hint)
	default:
		p.problem(bad.place, bad.rule, bad.message, bad.hint)
		if first := l.first(); !p.isSection(first) {
			p.next++
			p.add(&Plain{l.place, l.text})
			return
		} else if len(words) == 0 {
			_, at := l.content()
			words, name = []Word{{at, first, first}}, first
		}
	}
	switch {
	case name == "%include":
		p.next++
		p.add(&Include{l.place, l.text, p.target(words)})
	case name == "%ksappend":
		p.next++
		p.add(&Append{l.place, l.text, p.target(words)})
	case name == "%end":
		p.next++
		p.problem(words[0].Place, "stray-end", "%end stands here without a section that it ends", "remove the line")
		p.add(&Plain{l.place, l.text})
	case strings.HasPrefix(name, "%"):
		p.section(l, words)
	default:
		p.next++
		p.command(&Command{Place: l.place, Raw: l.text, Name: name, Words: words, Comment: comment, version: p.v})
	}
}

// plain gathers empty lines and comments that follow each other in one file.
func (p *parser) plain(l line) {
	var b strings.Builder
	for next := l; ; {
		b.WriteString(next.text)
		p.next++
		if p.next == len(p.lines) {
			break
		}
		last := next
		next = p.lines[p.next]
		if !next.blank() || next.place != behind(last) || next.depth != l.depth {
			break
		}
	}
	p.add(&Plain{l.place, b.String()})
}

func (p *parser) add(n Node) { p.file.Nodes = append(p.file.Nodes, n) }

// split splits a line, as long as the file has no more words than it may have.
func (p *parser) split(l line, how comments) (words []Word, comment string, bad *fault) {
	text, at := l.content()
	words, comment, bad = splitWords(text, at, how, maxWords-p.words)
	p.words += len(words)
	if bad != nil && bad.soft && !ended(l) {
		bad.soft = false // there is nothing behind the backslash
	}
	return words, comment, bad
}

// target is what a line of %include or %ksappend names.
func (p *parser) target(words []Word) Word {
	if len(words) < 2 || words[1].Value == "" {
		p.problem(words[0].Place, "missing-argument", words[0].Value+" names no file", "write the path or the URL of one behind it")
		return Word{}
	}
	return words[1]
}

// problem tells that the installer refuses something.
func (p *parser) problem(at Place, rule, message, hint string) {
	p.tell(Problem{at, rule, message, hint, false})
}

// warn tells of what the installer reads otherwise than it looks, or complains of.
func (p *parser) warn(at Place, rule, message, hint string) {
	p.tell(Problem{at, rule, message, hint, true})
}

func (p *parser) tell(told Problem) {
	switch n := len(p.file.Problems); {
	case n < maxProblems:
		p.file.Problems = append(p.file.Problems, told)
	case n == maxProblems:
		p.file.Problems = append(p.file.Problems, Problem{told.Place, "too-many-problems", "there are more problems from here on", "mend those above first", told.Warning})
	case !told.Warning:
		p.file.Problems[maxProblems].Warning = false
	}
}

// full says that nothing more needs to be worked out for a problem, as it would not be told.
func (p *parser) full() bool { return len(p.file.Problems) >= maxProblems }

// isSection says whether the release has a section of this name.
func (p *parser) isSection(name string) bool {
	if !strings.HasPrefix(name, "%") {
		return false
	}
	_, ok := grammar.LookupSection(p.v, name)
	return ok
}

// suggest is the word of a list that a misspelt one was meant to be, as a hint.
func (p *parser) suggest(word string, from []string) string {
	if p.full() {
		return ""
	}
	if w := nearest.Word(word, from); w != "" {
		return "did you mean " + w + "?"
	}
	return ""
}

// short is a word of the file in a message: its beginning, and no hash or password that may stand in it.
func short(s string) string {
	const most, looked = 60, 4096
	cut := len(s) > looked
	if cut {
		s = s[:looked]
	}
	s = ConcealURL(hashInText.ReplaceAllString(s, "(a hash)"))
	if cut || len(s) > most {
		s = strings.ToValidUTF8(s[:min(most, len(s))], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
