package sed

import (
	"slices"
	"strings"
)

// Answer says whether a text can be what the program has made.
type Answer string

const (
	Yes     Answer = "yes" // there is a text of which it makes this one
	No      Answer = "no"  // there is none
	Unknown Answer = "unknown"
)

// Verdict is an Answer with the line that it is about.
type Verdict struct {
	Answer Answer
	Line   int    // from 1, of the line that the program would not have left so; 0: none
	Want   string // what it would have made of the line
	Why    string // short
	// Idle: no line is one that the program would have touched or made, so that the text does not show that it has been at
	// work. It is never set for programs that only take lines away.
	Idle bool
}

func unknown(why string) Verdict { return Verdict{Answer: Unknown, Why: why} }

// Made says whether a text can have come out of the program. It is Yes where a text was found of which the program makes
// this one, and No where it is certain that there is none: a line that no line could have become.
func (p *Program) Made(text []byte) Verdict {
	e := p.editor()
	if err := e.run(text); err != nil {
		return unknown(err.Error())
	}
	v := &inverter{editor: p.editor()}
	if e.out.String() == string(text) {
		return Verdict{Answer: Yes, Idle: !e.fired && p.makes() && !v.marks(string(text))}
	}
	if p.quiet {
		return v.kept(string(text))
	}
	if rest, done := p.peeled(text); done != nil {
		if done.Answer != Yes {
			return *done
		}
		out := rest.prog.Made(rest.text)
		if out.Line > 0 {
			out.Line += rest.lines
		}
		out.Idle = false
		return out
	}
	if len(p.list) == 1 && strings.IndexByte("aic", p.list[0].name) >= 0 {
		return v.added(p.list[0], text)
	}
	switch ranges := p.ranges(); {
	case p.Local(), p.aligned() && len(ranges) == 0:
		return v.byLine(string(text), nil)
	case p.aligned() && len(ranges) == 1:
		return v.ranged(string(text), ranges[0])
	}
	return unknown("what the program does to a line depends on others")
}

// makes says whether the program does more than take lines away.
func (p *Program) makes() bool {
	return !p.quiet && !every(p.list, func(c *command) bool { return c.name == 'd' || c.name == '{' || c.name == 'q' })
}

// marks says whether a line can be one that the program has made. Where a line stands is not looked at.
func (v *inverter) marks(text string) bool {
	found := false
	each(text, func(_ int, line string) bool {
		every(v.prog.list, func(c *command) bool {
			switch c.name {
			case 's':
				more, all := v.unsubstitute(c, line)
				found = found || !all || breaks(c)
				for _, x := range more {
					on, ok := true, true
					if c.to == nil && c.from != nil && c.from.kind == match {
						on, ok = v.chosen(c, x)
					}
					found = found || on || !ok
				}
			case 'y':
				found = true
			case 'a', 'i', 'c':
				found = found || slices.Contains(strings.Split(c.text, "\n"), line)
			}
			return !found
		})
		return !found
	})
	return found
}

// each calls a function for each line, counted from 1, until it gives false.
func each(text string, do func(n int, line string) bool) {
	for n := 1; text != ""; n++ {
		line, rest, _ := strings.Cut(text, "\n")
		if !do(n, line) {
			return
		}
		text = rest
	}
}

// aligned says whether each line of the text stays a line at its place.
func (p *Program) aligned() bool {
	return !p.quiet && every(p.list, func(c *command) bool {
		return c.name == 's' && !c.print && !breaks(c) || c.name == 'y' && !strings.Contains(c.made(), "\n") || c.name == '{'
	})
}

// ranges are the commands whose range depends on what stands in lines, those of blocks too.
func (p *Program) ranges() (out []*command) {
	every(p.list, func(c *command) bool {
		if c.slot >= 0 {
			out = append(out, c)
		}
		return true
	})
	return out
}

// byLine asks for each line whether there is one that became it. forced says for a line which commands have it.
func (v *inverter) byLine(text string, forced func(n int) map[*command]bool) Verdict {
	lines := strings.Count(text, "\n")
	if !strings.HasSuffix(text, "\n") {
		lines++
	}
	var source strings.Builder
	out := Verdict{Answer: Yes}
	each(text, func(n int, line string) bool {
		v.line, v.isLast = n, n == lines
		if forced != nil {
			v.forced = forced(n)
		}
		found, all := v.before(v.prog.list, line)
		switch {
		case len(found) > 0:
			source.WriteString(found[0])
			if n < lines || strings.HasSuffix(text, "\n") {
				source.WriteByte('\n')
			}
		case all:
			out = v.refuted(n, line)
			return false
		case out.Answer == Yes:
			out = Verdict{Answer: Unknown, Line: n, Why: "whether a line could have become this one is not known"}
		}
		return true
	})
	if out.Answer == Yes {
		made, err := v.prog.Apply([]byte(source.String()))
		if err != nil || string(made) != text {
			return unknown("what the program does to a line depends on others")
		}
	}
	return out
}

// refuted is the verdict on a line that no line became.
func (v *inverter) refuted(n int, line string) Verdict {
	e := &editor{prog: v.prog, line: v.line, isLast: v.isLast, whole: true, space: line, ranges: make([]span, v.prog.slots), work: new(int)}
	out := Verdict{Answer: No, Line: n, Why: "the program would have changed this line"}
	if end, err := e.forced(v.prog.list, v.forced); err == nil {
		out.Want = e.space
		if end == dropped {
			out.Want, out.Why = "", "the program would have taken this line away"
		} else if out.Want == line {
			out.Why = "no line becomes this one"
		}
	}
	return out
}

// forced does commands of which it is given whether some have the line.
func (e *editor) forced(list []*command, which map[*command]bool) (ending, error) {
	for _, c := range list {
		on, given := which[c]
		if !given {
			var err error
			if on, err = e.selected(c); err != nil {
				return onward, err
			}
		}
		if !on {
			continue
		}
		if c.name == '{' {
			if end, err := e.forced(c.block, which); err != nil || end != onward {
				return end, err
			}
			continue
		}
		if end, err := e.do(c); err != nil || end != onward {
			return end, err
		}
	}
	return onward, nil
}

// ranged is byLine for a program with one range, where no line can have been changed into or out of one of its ends.
func (v *inverter) ranged(text string, c *command) Verdict {
	probe := v.prog.editor()
	var inside []bool
	lines := strings.Count(text, "\n")
	if !strings.HasSuffix(text, "\n") {
		lines++
	}
	certain := slices.Contains(v.prog.list, c) // not in a block: each line asks for it
	each(text, func(n int, line string) bool {
		probe.line, probe.isLast, probe.space = n, n == lines, line
		on, err := probe.within(c)
		if certain = certain && err == nil; !certain {
			return false
		}
		inside = append(inside, on != c.not)
		for _, has := range []bool{true, false} {
			v.line, v.isLast, v.forced = n, n == lines, map[*command]bool{c: has}
			found, all := v.before(v.prog.list, line)
			certain = certain && all
			for _, x := range found {
				certain = certain && v.alike(c, x, line)
			}
		}
		return certain
	})
	if !certain {
		return unknown("where its range begins and ends is not certain")
	}
	return v.byLine(text, func(n int) map[*command]bool { return map[*command]bool{c: inside[n-1]} })
}

// alike says whether two lines are the same to the ends of a range.
func (v *inverter) alike(c *command, x, y string) bool {
	for _, a := range []*address{c.from, c.to} {
		if a.kind != match {
			continue
		}
		m, err1 := v.find(a.re, x, 1)
		n, err2 := v.find(a.re, y, 1)
		if err1 != nil || err2 != nil || (m == nil) != (n == nil) {
			return false
		}
	}
	// The range is asked with what the commands before have made of the line: they have to leave it alone.
	return v.prog.list[0] == c || x == y
}
