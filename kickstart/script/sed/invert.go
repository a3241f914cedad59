package sed

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

const (
	maxSet    = 128     // lines that are thought of at a time
	maxTrials = 200_000 // lines that are tried for one text
	maxLong   = 300     // bytes of a line of which every part is tried
)

// inverter looks for lines that a program would have turned into one.
type inverter struct {
	*editor
	trials int
	forced map[*command]bool // whether a command with a range has the line
}

// before gives lines of which commands make another. all: there are no others.
func (v *inverter) before(list []*command, line string) (found []string, all bool) {
	found, all = []string{line}, true
	for i := len(list) - 1; i >= 0; i-- {
		var next []string
		for _, y := range found {
			more, whole := v.undo(list[i], y)
			all = all && whole
			for _, x := range more {
				if !slices.Contains(next, x) {
					next = append(next, x)
				}
			}
			if len(next) > maxSet {
				next, all = next[:maxSet], false
				break
			}
		}
		found = next
	}
	return found, all
}

// chosen is selected for a line that is not the editor's.
func (v *inverter) chosen(c *command, line string) (on, ok bool) {
	if on, forced := v.forced[c]; forced {
		return on, true
	}
	v.space = line
	on, err := v.selected(c)
	return on, err == nil
}

// undo is before for one command.
func (v *inverter) undo(c *command, y string) (found []string, all bool) {
	if v.trials++; v.trials > maxTrials {
		return nil, false
	}
	on, ok := v.chosen(c, y)
	if !ok {
		return nil, false
	}
	if !on {
		found = append(found, y)
	}
	var more []string
	switch c.name {
	case 'd':
		return found, true
	case '{':
		more, all = v.before(c.block, y)
	case 'y':
		more, all = untransliterate(c, y)
	case 's':
		if on {
			if _, changed, err := v.substitute(c, y); err != nil {
				return nil, false
			} else if !changed {
				found = append(found, y)
			}
		}
		more, all = v.unsubstitute(c, y)
	default:
		return nil, false
	}
	for _, x := range more {
		switch on, ok := v.chosen(c, x); {
		case !ok:
			all = false
		case on && !slices.Contains(found, x):
			found = append(found, x)
		}
	}
	return found, all
}

func untransliterate(c *command, y string) (found []string, all bool) {
	all = true
	var out strings.Builder
	for _, r := range y {
		var options []rune
		if _, mapped := c.runes[r]; !mapped {
			options = append(options, r)
		}
		for from := rune(0); from < 0x80; from++ {
			if c.runes[from] == string(r) {
				options = append(options, from)
			}
		}
		switch len(options) {
		case 0:
			return nil, true
		case 1:
		default:
			all = false
		}
		out.WriteRune(options[0])
	}
	return []string{out.String()}, all
}

// try keeps a line if s makes the other one of it, by a change.
func (v *inverter) try(c *command, x, y string, found []string) (out []string, ok bool) {
	if v.trials++; v.trials > maxTrials {
		return found, false
	}
	text, changed, err := v.substitute(c, x)
	if err != nil {
		return found, false
	}
	if changed && text == y && !slices.Contains(found, x) && !strings.Contains(x, "\n") {
		found = append(found, x)
	}
	return found, true
}

// unsubstitute gives lines of which s makes another by a change.
func (v *inverter) unsubstitute(c *command, y string) (found []string, all bool) {
	if !possible(c, y) {
		return nil, true
	}
	text, refs, groups := "", 0, false
	for _, p := range c.pieces {
		switch {
		case p.group < 0:
			text += p.text
		case p.group == 0:
			refs++
		default:
			groups = true
		}
	}
	switch {
	case groups:
		return v.regroup(c, y), false
	case refs > 0:
		return v.unquote(c, y, refs, len(text))
	}
	list, all := words(c.re.tree)
	var at []int
	for i := 0; i+len(text) <= len(y); i++ {
		if strings.HasPrefix(y[i:], text) {
			at = append(at, i)
		}
	}
	at = anchored(c, at, len(text), len(y))
	for _, i := range at {
		for _, w := range list {
			var ok bool
			if found, ok = v.try(c, y[:i]+w+y[i+len(text):], y, found); !ok {
				return found, false
			}
			if len(found) >= maxSet/4 {
				return found, false
			}
		}
	}
	if !c.global || len(at) < 2 && text != "" || c.re.starts() {
		return found, all
	}
	if text == "" || len(at) > 6 || len(list) > 4 {
		if text != "" && len(list) > 0 {
			found, _ = v.try(c, strings.ReplaceAll(y, text, list[0]), y, found)
		}
		return found, false
	}
	found, ok := v.subsets(c, y, text, list, 0, "", found)
	return found, all && ok
}

// subsets tries every way to put words in the places of a replacement.
func (v *inverter) subsets(c *command, y, text string, list []string, from int, x string, found []string) ([]string, bool) {
	i := strings.Index(y[from:], text)
	if i < 0 {
		return v.try(c, x+y[from:], y, found)
	}
	i += from
	ok := true
	for _, w := range list {
		var whole bool
		found, whole = v.subsets(c, y, text, list, i+len(text), x+y[from:i]+w, found)
		ok = ok && whole
	}
	// This place as it is: the next may overlap it.
	found, whole := v.subsets(c, y, text, list, i+1, x+y[from:i+1], found)
	return found, ok && whole
}

func (re *regex) starts() bool { return starts(re.tree) }

// anchored are the places that a regular expression leaves for what it puts there.
func anchored(c *command, at []int, size, length int) []int {
	var out []int
	for _, i := range at {
		if starts(c.re.tree) && i != 0 || ends(c.re.tree) && i+size != length {
			continue
		}
		out = append(out, i)
	}
	return out
}

// possible says whether a line can hold what s puts into it.
func possible(c *command, y string) bool {
	if len(c.pieces) == 0 {
		return true
	}
	rest := y
	for i, p := range c.pieces {
		if p.group >= 0 {
			continue
		}
		at := strings.Index(rest, p.text)
		switch {
		case at < 0:
			return false
		case i == 0 && starts(c.re.tree):
			if !strings.HasPrefix(y, p.text) {
				return false
			}
			at = 0
		}
		if i == len(c.pieces)-1 && ends(c.re.tree) && !strings.HasSuffix(rest, p.text) {
			return false
		}
		rest = rest[at+len(p.text):]
	}
	if len(c.pieces) == 1 && c.pieces[0].group < 0 && starts(c.re.tree) && ends(c.re.tree) {
		return y == c.pieces[0].text
	}
	return true
}

// unquote is unsubstitute for a replacement with &: size are the bytes of its texts.
func (v *inverter) unquote(c *command, y string, refs, size int) (found []string, all bool) {
	if len(y) > maxLong {
		return nil, false
	}
	for i := 0; i <= len(y); i++ {
		if starts(c.re.tree) && i > 0 {
			break
		}
		for n := 0; i+size+refs*n <= len(y); n++ {
			end := i + size + refs*n
			if ends(c.re.tree) && end != len(y) {
				continue
			}
			w, ok := quoted(c, y[i:end], n)
			if !ok {
				continue
			}
			if found, ok = v.try(c, y[:i]+w+y[end:], y, found); !ok || len(found) >= maxSet/4 {
				return found, false
			}
		}
	}
	return found, !c.global || c.re.starts()
}

// quoted is what & stands for where a replacement has become a text, of n bytes.
func quoted(c *command, s string, n int) (w string, ok bool) {
	set := false
	for _, p := range c.pieces {
		size := n
		if p.group < 0 {
			size = len(p.text)
		}
		part := s[:size]
		s = s[size:]
		switch {
		case p.group < 0:
			if part != p.text {
				return "", false
			}
		case !set:
			w, set = part, true
		case part != w:
			return "", false
		}
	}
	return w, true
}

// regroup is unsubstitute for a replacement with groups: it tries what is likely.
func (v *inverter) regroup(c *command, y string) (found []string) {
	for _, any := range []string{"(.*?)", "(.*)"} {
		var pattern strings.Builder
		pattern.WriteString(`(?s)\A`)
		if !starts(c.re.tree) {
			pattern.WriteString("(?:.*?)")
		}
		pattern.WriteString("(")
		for _, p := range c.pieces {
			if p.group < 0 {
				pattern.WriteString(regexp.QuoteMeta(p.text))
			} else {
				pattern.WriteString(any)
			}
		}
		pattern.WriteString(")")
		if ends(c.re.tree) {
			pattern.WriteString(`\z`)
		}
		re, err := regexp.Compile(pattern.String())
		if err != nil {
			return found
		}
		m := re.FindStringSubmatchIndex(y)
		if m == nil {
			continue
		}
		groups, k := map[int]string{}, 2
		for _, p := range c.pieces {
			if p.group >= 0 {
				groups[p.group] = y[m[2*k]:m[2*k+1]]
				k++
			}
		}
		for _, w := range fill(c.re.tree, groups) {
			found, _ = v.try(c, y[:m[2]]+w+y[m[3]:], y, found)
		}
	}
	return found
}

// fill gives texts that an expression may match whose groups are known.
func fill(t *syntax.Regexp, groups map[int]string) []string {
	switch t.Op {
	case syntax.OpCapture:
		if s, ok := groups[t.Cap]; ok {
			return []string{s}
		}
		return fill(t.Sub[0], groups)
	case syntax.OpConcat:
		list := []string{""}
		for _, s := range t.Sub {
			list, _ = product(list, fill(s, groups), true)
		}
		return list
	}
	list, _ := words(t)
	return list
}
