package sed

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	errLocale = errors.New("sed: what it makes of a line that is not ASCII depends on the locale")
	errText   = errors.New("sed: a line is no UTF-8, what it makes of it depends on the locale")
	errMuch   = errors.New("sed: the text is too long")
)

// editor is a program at work.
type editor struct {
	prog   *Program
	out    bytes.Buffer
	owed   bool // an end of line that the last line of the text has not
	line   int
	isLast bool
	whole  bool // the line ends with a new line
	space  string
	queue  []string // what a leaves for the end of the cycle
	ranges []span
	work   *int
	fired  bool // a command other than d had its line
	gone   bool // d had a line
}

// span is the state of a range.
type span struct {
	open bool
	end  int
	used bool // of 0,/re/: it has been opened
}

func (p *Program) editor() *editor {
	return &editor{prog: p, ranges: make([]span, p.slots), work: new(int)}
}

// Apply gives what sed -i makes of a text, within bounds.
func (p *Program) Apply(text []byte) ([]byte, error) {
	e := p.editor()
	if err := e.run(text); err != nil {
		return nil, err
	}
	return e.out.Bytes(), nil
}

func (e *editor) run(text []byte) error {
	if len(text) > MaxText {
		return errMuch
	}
	for len(text) > 0 {
		line, rest, found := bytes.Cut(text, []byte{'\n'})
		text = rest
		e.line++
		e.isLast, e.whole, e.space = len(rest) == 0, found, string(line)
		end, err := e.list(e.prog.list)
		if err != nil {
			return err
		}
		if end != dropped && !e.prog.quiet {
			e.show()
		}
		for _, t := range e.queue {
			e.write(t)
		}
		e.queue = e.queue[:0]
		if e.out.Len() > MaxText {
			return errMuch
		}
		if end == quit {
			if e.owed {
				return errors.New("sed: whether q ends the last line depends on the release of sed")
			}
			break
		}
	}
	return nil
}

// ending is how a list of commands ends.
type ending int

const (
	onward ending = iota
	dropped
	quit
)

// write puts out text that ends as it should.
func (e *editor) write(s string) {
	if e.owed {
		e.out.WriteByte('\n')
		e.owed = false
	}
	e.out.WriteString(s)
}

// show puts out the line.
func (e *editor) show() {
	e.write(e.space)
	if e.whole {
		e.out.WriteByte('\n')
	} else {
		e.owed = true
	}
}

func (e *editor) list(list []*command) (ending, error) {
	for _, c := range list {
		on, err := e.selected(c)
		if err != nil {
			return onward, err
		}
		if !on {
			continue
		}
		end, err := e.do(c)
		if err != nil || end != onward {
			return end, err
		}
		if e.out.Len()+len(e.space) > MaxText {
			return onward, errMuch
		}
	}
	return onward, nil
}

func (e *editor) do(c *command) (ending, error) {
	if c.name != '{' && c.name != 'd' && c.name != 's' {
		e.fired = true
	}
	switch c.name {
	case '{':
		return e.list(c.block)
	case 'd':
		e.gone = true
		return dropped, nil
	case 'p':
		e.show()
	case '=':
		e.write(strconv.Itoa(e.line) + "\n")
	case 'q':
		return quit, nil
	case 'a':
		e.queue = append(e.queue, c.text)
	case 'i':
		e.write(c.text)
	case 'c':
		if c.to == nil || c.not || !e.ranges[c.slot].open {
			e.write(c.text)
		}
		return dropped, nil
	case 'y':
		e.space = strings.Map(func(r rune) rune {
			if with, ok := c.runes[r]; ok {
				return rune(with[0])
			}
			return r
		}, e.space)
	case 's':
		text, changed, err := e.substitute(c, e.space)
		if err != nil {
			return onward, err
		}
		if changed {
			e.fired = true
			if e.space = text; c.print {
				e.show()
			}
		}
	}
	return onward, nil
}

// selected says whether the addresses of a command select the line.
func (e *editor) selected(c *command) (bool, error) {
	if c.from == nil {
		return !c.not, nil
	}
	var on bool
	var err error
	if c.to == nil {
		on, err = e.at(c.from)
	} else {
		on, err = e.within(c)
	}
	return on != c.not, err
}

func (e *editor) at(a *address) (bool, error) {
	switch a.kind {
	case number:
		return e.line == a.n, nil
	case last:
		return e.isLast, nil
	case step:
		if a.m == 0 {
			return e.line == a.n, nil
		}
		return e.line >= a.n && (e.line-a.n)%a.m == 0, nil
	case match:
		loc, err := e.find(a.re, e.space, 1)
		return loc != nil, err
	}
	return false, nil
}

func (e *editor) within(c *command) (bool, error) {
	r := &e.ranges[c.slot]
	if c.from.kind == number && c.from.n == 0 && !r.used {
		r.used, r.open = true, true
	}
	if !r.open {
		on, err := e.at(c.from)
		if err != nil || !on {
			return false, err
		}
		switch c.to.kind {
		case number:
			r.end = c.to.n
		case more:
			r.end = e.line + c.to.n
		default:
			r.open = true
			if c.to.kind == last {
				r.open = !e.isLast
			}
			return true, nil
		}
		r.open = r.end > e.line
		return true, nil
	}
	switch c.to.kind {
	case number, more:
		if e.line >= r.end {
			r.open = false
		}
		return e.line <= r.end, nil
	}
	end, err := e.at(c.to)
	if end {
		r.open = false
	}
	return true, err
}

// find gives the first n matches, as regexp has them.
func (e *editor) find(re *regex, s string, n int) ([][]int, error) {
	if *e.work += (len(s) + 1) * (1 + re.size/16); *e.work > maxWork {
		return nil, errMuch
	}
	if n < 0 || n > maxMatches {
		n = maxMatches + 1
	}
	if ascii(s) {
		found := re.re.FindAllStringSubmatchIndex(s, n)
		if len(found) > maxMatches {
			return nil, errMuch
		}
		return found, nil
	}
	if re.cased {
		return nil, errLocale
	}
	if !utf8.ValidString(s) {
		return nil, errText
	}
	found := re.re.FindAllStringSubmatchIndex(s, n)
	wide := latin(s)
	other := re.plain.FindAllStringSubmatchIndex(wide, n)
	if len(found) > maxMatches {
		return nil, errMuch
	}
	if len(found) != len(other) {
		return nil, errLocale
	}
	for i := range found {
		for k := range found[i] {
			// An index of the text is as many characters of the other one.
			if x, y := found[i][k], other[i][k]; x < 0 != (y < 0) || x >= 0 && len(latin(s[:x])) != y {
				return nil, errLocale
			}
		}
	}
	return found, nil
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// substitute does s on a line. changed: something matched, be it replaced by itself.
func (e *editor) substitute(c *command, s string) (text string, changed bool, err error) {
	first, n := max(c.nth, 1), -1
	if !c.global {
		n = first
	}
	found, err := e.find(c.re, s, n)
	if err != nil || len(found) < first {
		return s, false, err
	}
	var out strings.Builder
	from := 0
	for _, m := range found[first-1:] {
		out.WriteString(s[from:m[0]])
		for _, p := range c.pieces {
			switch {
			case p.group < 0:
				out.WriteString(p.text)
			case m[2*p.group] >= 0:
				out.WriteString(s[m[2*p.group]:m[2*p.group+1]])
			}
		}
		if from = m[1]; out.Len() > MaxText {
			return "", false, errMuch
		}
	}
	out.WriteString(s[from:])
	if *e.work += out.Len(); *e.work > maxWork {
		return "", false, errMuch
	}
	return out.String(), true, nil
}
