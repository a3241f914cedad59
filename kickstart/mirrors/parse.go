package mirrors

import (
	"fmt"
	"strings"
)

// blanks are what Python 2 takes for blanks within a line.
const blanks = " \t\r\v\f"

// Parse reads a list.
func Parse(name string, text []byte) (*List, error) {
	if err := valid(name, text); err != nil {
		return nil, err
	}
	l := &List{name: name, byName: map[string]*section{}, defaults: &section{name: "DEFAULT", keys: map[string]*value{}}}
	p := reader{list: l}
	n := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		n++
		if err := p.line(n, line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return l, nil
}

// reader is where the reading stands: the section, and the key whose value an indented line goes on with.
type reader struct {
	list *List
	in   *section
	last *value
}

func (p *reader) line(n int, line string) error {
	text := strings.Trim(line, blanks)
	switch {
	case text == "" || text[0] == '#' || text[0] == ';' || remark(line):
		return nil
	case strings.IndexByte(blanks, line[0]) >= 0 && p.last != nil:
		p.last.lines = append(p.last.lines, text)
		return nil
	case strings.IndexByte(blanks, line[0]) >= 0 && p.in != nil:
		return fmt.Errorf("the line is indented, but there is no value that it could go on with: take the blanks away")
	case line[0] == '[':
		return p.header(n, line)
	case p.in == nil:
		return fmt.Errorf("%s stands before the first [section]", shown(text))
	}
	return p.key(n, line)
}

// remark says whether a line is a comment of the oldest kind: rem.
func remark(line string) bool {
	word, _, _ := strings.Cut(strings.TrimRight(line, blanks), " ")
	word, _, _ = strings.Cut(word, "\t")
	return strings.EqualFold(word, "rem")
}

func (p *reader) header(n int, line string) error {
	name, _, ok := strings.Cut(line[1:], "]")
	if !ok || name == "" {
		return fmt.Errorf("%s is no section: [name:mirrortype]", shown(strings.Trim(line, blanks)))
	}
	p.last = nil
	if name == "DEFAULT" {
		p.in = p.list.defaults
		return nil
	}
	if s := p.list.byName[name]; s != nil {
		p.in = s
		return nil
	}
	p.in = &section{name: name, line: n, keys: map[string]*value{}}
	p.list.sections, p.list.byName[name] = append(p.list.sections, p.in), p.in
	return nil
}

func (p *reader) key(n int, line string) error {
	i := strings.IndexAny(line, ":=")
	if i <= 0 {
		return fmt.Errorf("%s is no key with a value: key=value", shown(strings.Trim(line, blanks)))
	}
	key := strings.ToLower(strings.TrimRight(line[:i], blanks))
	text := strings.TrimLeft(line[i+1:], blanks)
	// A comment stands behind the value where the first ";" follows a blank.
	if j := strings.IndexByte(text, ';'); j > 0 && strings.IndexByte(blanks, text[j-1]) >= 0 {
		text = text[:j]
	}
	text = strings.Trim(text, blanks)
	if text == `""` {
		text = ""
	}
	v := &value{line: n, lines: []string{text}}
	if before := p.in.keys[key]; before != nil && before.text() != text {
		v.twice = before.line
	}
	p.in.keys[key], p.last = v, v
	return nil
}
