package haproxyconfig

import "strings"

// maxWords is how many words HAProxy takes from a line, in every version.
const maxWords = 64

// oldLineLimit is the longest line for HAProxy up to 1.5, comment included.
const oldLineLimit = 2046

// encoding looks at the bytes of the file.
func (c *checker) encoding() {
	if len(c.file.lines) == 0 {
		return
	}
	first := c.file.lines[0]
	switch {
	case strings.HasPrefix(first.text, "\xef\xbb\xbf"):
		c.at(Error, first, 1, "byte-order-mark", "save the file as UTF-8 without a byte order mark",
			"the file begins with a byte order mark, which becomes part of its first word")
	case strings.HasPrefix(first.text, "\xff\xfe") || strings.HasPrefix(first.text, "\xfe\xff"):
		c.at(Error, first, 1, "byte-order-mark", "save the file as UTF-8 without a byte order mark",
			"the file is in UTF-16, which HAProxy does not read")
	}
	last := c.file.lines[len(c.file.lines)-1]
	if last.ending == "" {
		severity := Warning
		if c.o.Standalone {
			severity = c.until(Version{Major: 2, Minor: 3}, Warning, Error, Warning)
		}
		c.at(severity, last, len(last.text)+1, "missing-final-newline", "end the last line with a newline",
			"the last line does not end; HAProxy 2.3 and later refuse that")
	}
}

// lines looks at each line by itself.
func (c *checker) lines() {
	for _, l := range c.file.lines {
		if i := strings.IndexByte(l.text, 0); i >= 0 {
			c.at(c.until(Version{Major: 2, Minor: 3}, Warning, Error, Error), l, i+1, "nul-byte", "remove it",
				"a NUL byte; HAProxy does not read what stands behind it, or refuses the file")
		}
		if l.stop >= 0 && l.text[l.stop] == '\r' && strings.Trim(l.text[l.stop:], " \t\r") != "" {
			severity := Warning
			if !c.o.Standalone {
				severity = Error
			}
			c.at(severity, l, l.stop+1, "carriage-return", "end lines with a newline",
				"a carriage return inside the line; HAProxy does not read what stands behind it")
		}
		if len(l.text) > oldLineLimit {
			c.at(c.until(Version{Major: 1, Minor: 6}, Error, "", Warning), l, oldLineLimit+1, "line-too-long", "break it up",
				"the line has %d characters; HAProxy up to 1.5 takes %d", len(l.text), oldLineLimit)
		}
		if len(l.words) > maxWords {
			c.at(Error, l, l.words[maxWords].Column(), "too-many-words", "escape or quote blanks, or break it up",
				"the line has %d words; HAProxy takes %d", len(l.words), maxWords)
		}
		c.faults(l)
	}
}

func (c *checker) faults(l *Line) {
	rule, hint := "", ""
	switch l.fault {
	case noFault:
		return
	case openQuote:
		rule, hint = "unbalanced-quote", "close it, or write \\\" or \\' for the character"
	case badHex:
		rule, hint = "bad-escape", "write \\xHH with two hexadecimal digits, or \\\\ for a backslash"
	case badVariable:
		rule, hint = "bad-variable", "write \\$ for the character"
	case openBrace:
		rule, hint = "bad-variable", "close it with }"
	}
	c.at(Error, l, l.faultAt+1, rule, hint, "%s; HAProxy refuses the line", l.fault.message())
}

// conditionals looks at .if and its like.
func (c *checker) conditionals() {
	since := Version{Major: 2, Minor: 4}
	var open []*Line
	told := 0                 // so many of them are in spans
	spans := map[*Line]bool{} // blocks that hold a section header, or begin before the first
	seen := false
	for _, l := range c.file.lines {
		if l.isHeader() {
			seen = true
			for ; told < len(open); told++ {
				spans[open[told]] = true
			}
		}
		if !strings.HasPrefix(l.Keyword(), ".") {
			continue
		}
		c.at(c.until(since, Error, "", Warning), l, l.words[0].Column(), "conditional-unsupported", "write the lines without it",
			"%s is known to HAProxy from 2.4 on", l.Keyword())
		switch l.Keyword() {
		case ".if":
			open = append(open, l)
			spans[l] = !seen
		case ".elif", ".else", ".endif":
			if len(open) == 0 {
				c.at(Error, l, l.words[0].Column(), "conditional-unbalanced", "add the .if, or remove the line",
					"%s without an .if before it", l.Keyword())
				continue
			}
			if l.Keyword() == ".endif" {
				open = open[:len(open)-1]
				told = min(told, len(open))
			}
		case ".notice", ".warning", ".alert", ".diag":
		default:
			c.at(Error, l, l.words[0].Column(), "unknown-directive", "correct or remove it", "%s is not known to HAProxy", l.Keyword())
		}
	}
	for _, l := range open {
		c.at(Error, l, l.words[0].Column(), "conditional-unbalanced", "add the .endif", "the block does not end")
	}
	for _, l := range c.file.lines {
		if spans[l] && !c.o.Standalone {
			c.at(Error, l, l.words[0].Column(), "conditional-across-sections", "keep the block within one section",
				"the block reaches over a section's beginning; the servo writes sections in its own order and tears it apart")
		}
	}
}
