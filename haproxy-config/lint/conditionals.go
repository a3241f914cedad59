package lint

import "strings"

// block is one .if that is open.
type block struct {
	header  *Line
	outer   reach
	now     reach // of the branch that is open
	taken   truth // whether one of the branches so far is taken
	hasElse bool
}

// conditionText is what stands behind .if, as HAProxy puts it together.
func conditionText(l *Line) (text string, expands bool) {
	for _, w := range l.Words()[1:] {
		expands = expands || w.Expands
	}
	return strings.Join(l.Values(1), " "), expands
}

// reaches works out which lines HAProxy reads, and for the lines that part blocks
// whether the block is read in which they stand. Versions before 2.4 know no conditions;
// for them every line is read.
func reaches(f *File, haproxy Version) (out, around map[*Line]reach) {
	out, around = map[*Line]reach{}, map[*Line]reach{}
	if haproxy.Before(v24) {
		return out, around
	}
	truthOf := func(l *Line) truth {
		text, expands := conditionText(l)
		return condition(text, expands, haproxy)
	}
	var open []block
	now := always
	for _, l := range f.Lines() {
		switch word := l.Keyword(); word {
		case ".if":
			b := block{header: l, outer: now, taken: truthOf(l)}
			b.now = branch(b.outer, b.taken)
			open = append(open, b)
			now = b.now
			out[l], around[l] = boundary, b.outer
		case ".elif", ".else":
			out[l] = boundary
			if len(open) == 0 {
				continue
			}
			b := &open[len(open)-1]
			around[l] = b.outer
			t := holds
			if word == ".elif" {
				t = truthOf(l)
			}
			b.now = b.next(t)
			now = b.now
		case ".endif":
			out[l] = boundary
			if len(open) > 0 {
				now = open[len(open)-1].outer
				open = open[:len(open)-1]
			}
		default:
			if now != always {
				out[l] = now
			}
		}
	}
	return out, around
}

// branch is the reach of lines whose condition is t.
func branch(outer reach, t truth) reach {
	switch {
	case outer == never || t == fails:
		return never
	case outer == maybe || t != holds:
		return maybe
	}
	return always
}

// next opens the next branch, whose own condition is t.
func (b *block) next(t truth) reach {
	r := branch(b.outer, t)
	switch b.taken {
	case holds:
		return never
	case fails:
		b.taken = t
		return r
	}
	if t == holds { // one of the two is taken
		b.taken = holds
	}
	if r == always {
		r = maybe
	}
	return r
}

// conditionals looks at .if and its like.
func (c *checker) conditionals() {
	var open []block
	for _, l := range c.file.Lines() {
		word := l.Keyword()
		if !strings.HasPrefix(word, ".") {
			continue
		}
		if c.o.HAProxy.Before(v24) {
			c.word(Error, l, 0, "conditional-unsupported", "write the lines without it", "%s is known to HAProxy from 2.4 on", word)
			continue
		}
		if !c.o.HAProxy.Known() {
			c.word(Warning, l, 0, "conditional-unsupported", "write the lines without it", "%s is known to HAProxy from 2.4 on", word)
		}
		switch word {
		case ".if":
			c.conditionOf(l)
			open = append(open, block{header: l})
		case ".elif", ".else", ".endif":
			if len(open) == 0 {
				c.word(Error, l, 0, "conditional-unbalanced", "add the .if, or remove the line", "%s without an .if before it", word)
				continue
			}
			b := &open[len(open)-1]
			switch {
			case word == ".endif":
				open = open[:len(open)-1]
			case b.hasElse:
				c.word(Error, l, 0, "conditional-unbalanced", "remove one of them", "%s behind the .else of line %d's block", word, c.numbers[b.header])
			case word == ".else":
				b.hasElse = true
			default:
				c.conditionOf(l)
			}
			if word != ".elif" && len(l.Words()) > 1 {
				c.word(Error, l, 1, "unexpected-argument", "remove it", "%s takes no argument", word)
			}
		case ".alert":
			if c.reach[l] == always {
				c.word(Error, l, 0, "alert-directive", "remove the line, or mend what it tells of", "the configuration refuses itself: %s", strings.Join(l.Values(1), " "))
			}
		case ".notice", ".warning", ".diag":
		default:
			if c.reach[l] != never {
				c.word(Error, l, 0, "unknown-directive", "correct or remove it", "%s is not known to HAProxy", word)
			}
		}
	}
	for _, b := range open {
		if !c.o.HAProxy.Before(v24) {
			c.word(Error, b.header, 0, "conditional-unbalanced", "add the .endif", "the block does not end")
		}
	}
}

// conditionOf looks at the condition of .if or .elif.
func (c *checker) conditionOf(l *Line) {
	text, expands := conditionText(l)
	if condition(text, expands, c.o.HAProxy) == unreadable && c.around[l] != never {
		c.word(Error, l, 1, "bad-condition", "write 0, 1 or a predicate as version_atleast(2.6)", "HAProxy cannot read the condition %q", text)
	}
}
