package sed

import (
	"bytes"
	"strings"
)

// peel is a text without what a program has added at an end, and the program without the command that did.
type peel struct {
	prog  *Program
	text  []byte
	lines int // that were taken from the beginning
}

// peeled takes off what $a and 1i have added, where nothing takes lines away. The verdict is nil where there is no such
// command, and Yes where the rest is to be looked at.
func (p *Program) peeled(text []byte) (rest peel, done *Verdict) {
	if p.quiet || !every(p.list, func(c *command) bool { return strings.IndexByte("dcq", c.name) < 0 }) {
		return rest, nil
	}
	var order []int // the last a first, for it has the last word
	for i := range p.list {
		order = append([]int{i}, order...)
	}
	others := false // an a that is not known to have had the last line
	for _, i := range order {
		c := p.list[i]
		if c.from == nil || c.to != nil || c.not || c.from.kind != last && c.name == 'a' {
			others = others || !every(p.list[i:i+1], func(c *command) bool { return c.name != 'a' })
			continue
		}
		less := &Program{slots: p.slots, list: append(append([]*command(nil), p.list[:i]...), p.list[i+1:]...)}
		added := []byte(c.text)
		switch {
		case c.name == 'a' && others:
			continue
		case c.name == 'a':
			trimmed, ok := bytes.CutSuffix(text, added)
			if !ok || len(trimmed) == 0 || !bytes.HasSuffix(trimmed, []byte("\n")) {
				return rest, &Verdict{Answer: No, Want: strings.TrimSuffix(c.text, "\n"), Line: 1 + bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")),
					Why: "the text does not end with what the program adds"}
			}
			return peel{less, trimmed, 0}, &Verdict{Answer: Yes}
		case c.name == 'i' && c.from.kind == number && c.from.n == 1:
			if !every(p.list[:i], func(c *command) bool { return c.name != 'i' }) {
				continue
			}
			if !every(p.list[:i], func(c *command) bool { return c.name != 'p' && c.name != '=' && !(c.name == 's' && c.print) }) {
				return rest, &Verdict{Answer: Unknown, Why: "what stands before the first line is not certain"}
			}
			trimmed, ok := bytes.CutPrefix(text, added)
			if !ok || len(trimmed) == 0 {
				return rest, &Verdict{Answer: No, Want: strings.TrimSuffix(c.text, "\n"), Line: 1, Why: "the text does not begin with what the program adds"}
			}
			if !every(less.list, func(c *command) bool {
				return c.name != 'p' && c.name != '=' && c.name != 'i' && !(c.name == 's' && c.print)
			}) {
				return rest, &Verdict{Answer: Unknown, Why: "what stands before the first line is not certain"}
			}
			return peel{less, trimmed, strings.Count(c.text, "\n")}, &Verdict{Answer: Yes}
		}
	}
	return rest, nil
}

// added is for a program of one a, i or c.
func (v *inverter) added(c *command, text []byte) Verdict {
	if c.to != nil || c.not || c.from == nil || c.from.kind != match {
		return unknown("where the program adds its lines is not certain")
	}
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	own := strings.SplitAfter(strings.TrimSuffix(c.text, "\n"), "\n")
	own[len(own)-1] += "\n"
	matches := func(line string) (bool, error) {
		v.space = strings.TrimSuffix(line, "\n")
		return v.at(c.from)
	}
	for _, l := range own {
		if on, err := matches(l); on || err != nil {
			return unknown("the lines that the program adds are of those that it looks for")
		}
	}
	stands := func(at int) bool {
		for k, l := range own {
			if at+k < 0 || at+k >= len(lines) || lines[at+k] != l {
				return false
			}
		}
		return true
	}
	var source strings.Builder
	for i := 0; i < len(lines); i++ {
		if c.name == 'i' && stands(i) && i+len(own) < len(lines) {
			if on, err := matches(lines[i+len(own)]); err == nil && on {
				i += len(own) - 1
				continue
			}
		}
		on, err := matches(lines[i])
		switch {
		case err != nil:
			return unknown(err.Error())
		case on && c.name == 'c':
			return Verdict{Answer: No, Line: i + 1, Want: strings.TrimSuffix(c.text, "\n"), Why: "the program would have put its own lines in the place of this one"}
		case on && (c.name == 'a' && !stands(i+1) || c.name == 'i' && !stands(i-len(own))):
			return Verdict{Answer: No, Line: i + 1, Want: strings.TrimSuffix(c.text, "\n"), Why: "the program would have added its lines at this one"}
		}
		source.WriteString(lines[i])
		if on && c.name == 'a' {
			i += len(own)
		}
	}
	if out, err := v.prog.Apply([]byte(source.String())); err == nil && string(out) == string(text) {
		return Verdict{Answer: Yes}
	}
	return unknown("where the program adds its lines is not certain")
}

// kept is for programs with -n that only print lines.
func (v *inverter) kept(text string) Verdict {
	if len(v.prog.list) != 1 || v.prog.list[0].name != 'p' || v.prog.list[0].slot >= 0 {
		return unknown("what the program prints is not followed")
	}
	c := v.prog.list[0]
	if c.from == nil || c.from.kind != match {
		return unknown("which lines the program prints is not followed")
	}
	out := unknown("which lines the program prints is not followed")
	each(text, func(n int, line string) bool {
		v.space = line
		on, err := v.selected(c)
		if err != nil {
			out = unknown(err.Error())
			return false
		}
		if !on {
			out = Verdict{Answer: No, Line: n, Why: "the program would have taken this line away"}
			return false
		}
		return true
	})
	return out
}
