package lint

import (
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// lines looks at each line by itself, read or not: HAProxy cuts them all into words.
func (c *checker) lines() {
	for _, l := range c.file.Lines() {
		text, words := l.Text(), l.Words()
		if i := strings.IndexByte(text, 0); i >= 0 {
			c.at(c.until(v23, Warning, Error, Error), l, i+1, "nul-byte", "remove it",
				"a NUL byte; HAProxy does not read what stands behind it, or refuses the file")
		}
		if stop := l.Stop(); stop >= 0 && text[stop] == '\r' && strings.Trim(text[stop:], " \t\r") != "" {
			c.at(Warning, l, stop+1, "carriage-return", "end lines with a newline",
				"a carriage return inside the line; HAProxy does not read what stands behind it")
		}
		if len(text) > oldLineLimit {
			c.at(c.until(v16, Error, "", Warning), l, oldLineLimit+1, "line-too-long", "break it up",
				"the line has %d characters; HAProxy up to 1.5 takes %d", len(text), oldLineLimit)
		}
		if len(words) > haproxyconfig.MaxWords {
			c.at(Error, l, words[haproxyconfig.MaxWords].Column(), "too-many-words", "escape or quote blanks, or break it up",
				"the line has %d words; HAProxy takes %d", len(words), haproxyconfig.MaxWords)
		}
		c.faults(l)
		c.emptyWord(l)
		c.variableDefault(l)
	}
}

// variableDefault looks for ${NAME-default}, which came with 2.4.
func (c *checker) variableDefault(l *Line) {
	for _, w := range l.Words() {
		if !w.Expands || !c.o.HAProxy.Before(v24) || c.o.HAProxy.Before(v16) {
			continue
		}
		_, rest, ok := strings.Cut(l.Text()[w.Start:], "${")
		name := strings.TrimLeft(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
		if ok && strings.HasPrefix(name, "-") {
			c.at(c.until(v23, Error, Warning, Warning), l, w.Column(), "bad-variable", "write the variable without a default", "${NAME-default} is known to HAProxy from 2.4 on")
			return
		}
	}
}

// emptyWord looks for a pair of quotes with nothing in it, which HAProxy takes for the end
// of the line.
func (c *checker) emptyWord(l *Line) {
	if c.reach[l] == never || !whole(l) || !l.IsDirective() {
		return
	}
	for i, w := range l.Words() {
		if i > 0 && w.Value == "" && !w.Expands {
			severity := c.until(v34, Warning, Error, Warning)
			c.word(severity, l, i, "empty-argument", "remove it", "an empty word ends the line for HAProxy; 3.4 and later refuse it")
			return
		}
	}
}

// faultRules name the rule and the mend for what keeps HAProxy from cutting a line.
var faultRules = map[haproxyconfig.Fault][2]string{
	haproxyconfig.OpenQuote:   {"unbalanced-quote", "close it, or write \\\" or \\' for the character"},
	haproxyconfig.BadHex:      {"bad-escape", "write \\xHH with two hexadecimal digits, or \\\\ for a backslash"},
	haproxyconfig.BadVariable: {"bad-variable", "write \\$ for the character"},
	haproxyconfig.OpenBrace:   {"bad-variable", "close it with }"},
}

func (c *checker) faults(l *Line) {
	fault, at := l.Fault()
	if fault == haproxyconfig.NoFault {
		return
	}
	rule := faultRules[fault]
	c.at(Error, l, at+1, rule[0], rule[1], "%s; HAProxy refuses the line", fault)
}

// whole tells whether HAProxy gets to read the words of a line.
func whole(l *Line) bool {
	fault, _ := l.Fault()
	return fault == haproxyconfig.NoFault && len(l.Words()) <= haproxyconfig.MaxWords
}
