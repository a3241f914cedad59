package sed

import "strings"

// Local says whether the program does to each line the same, whatever stands around it and wherever it is: no ranges, no
// numbers, nothing that is added.
func (p *Program) Local() bool {
	return !p.quiet && every(p.list, func(c *command) bool {
		if c.to != nil || c.from != nil && c.from.kind != match {
			return false
		}
		return c.name == 's' && !c.print && !breaks(c) || c.name == 'd' || c.name == 'y' && !strings.Contains(c.made(), "\n") || c.name == '{'
	})
}

// made are the characters that y makes.
func (c *command) made() string {
	out := ""
	for _, s := range c.runes {
		out += s
	}
	return out
}

// breaks says whether s may make two lines of one.
func breaks(c *command) bool {
	for _, p := range c.pieces {
		if strings.Contains(p.text, "\n") {
			return true
		}
	}
	return false
}

// every says whether all commands, those in blocks too, are so.
func every(list []*command, ok func(*command) bool) bool {
	for _, c := range list {
		if !ok(c) || !every(c.block, ok) {
			return false
		}
	}
	return true
}

// Join is the program that does what one does and then, to the text that it leaves, another. ok is false where no such
// program is known: the first one has to be Local.
func Join(first, second *Program) (joined *Program, ok bool) {
	if !first.Local() || second.quiet != first.quiet || !every(second.list, func(c *command) bool { return c.slot < 0 }) {
		return nil, false
	}
	drops := !every(first.list, func(c *command) bool { return c.name != 'd' })
	if drops && !every(second.list, func(c *command) bool { return c.from == nil || c.from.kind == match }) {
		return nil, false // which line is the last is no longer known
	}
	return &Program{list: append(append([]*command(nil), first.list...), second.list...)}, true
}
