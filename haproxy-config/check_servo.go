package haproxyconfig

import (
	"slices"
	"strings"
)

// The servo takes a line for a section header when, without the blanks round
// it, its first word up to a blank is one of these. Tabs and carriage returns
// are no blanks to it.
var servoWords = []string{"global", "listen", "defaults", "frontend", "backend"}

// servoText is the line as the servo sees it, without the spaces round it.
func servoText(l *Line) string {
	text := l.text
	if l.ending == "\r\n" {
		text += "\r"
	}
	return strings.Trim(text, " \n")
}

func servoHeader(l *Line) bool {
	word, _, _ := strings.Cut(servoText(l), " ")
	return slices.Contains(servoWords, word)
}

// servoSection is a header that the servo sees, with the lines that it takes to
// belong to it.
type servoSection struct {
	header *Line
	lines  []*Line
}

func (s servoSection) kind() string {
	word, _, _ := strings.Cut(servoText(s.header), " ")
	return word
}

// servo reports what the servo's own reading of a template makes of it.
func (c *checker) servo() {
	if c.o.Standalone {
		return
	}
	var dropped []*Line
	var parts []servoSection
	for _, l := range c.file.lines {
		switch {
		case servoHeader(l):
			parts = append(parts, servoSection{header: l})
		case len(parts) == 0:
			dropped = append(dropped, l)
		default:
			p := &parts[len(parts)-1]
			p.lines = append(p.lines, l)
		}
	}
	c.unseenHeaders(dropped, parts)
	c.overwritten(parts)
	c.oneOfAKind(parts)
	c.listens(parts)
	c.ownFrontends(parts)
}

// unseenHeaders finds the headers that HAProxy sees and the servo does not.
func (c *checker) unseenHeaders(dropped []*Line, parts []servoSection) {
	for _, l := range dropped {
		if !l.isHeader() {
			continue
		}
		upTo := "the end of the file"
		if len(parts) > 0 {
			upTo = "the next section that it sees, '" + servoText(parts[0].header) + "'"
		}
		c.word(Error, l, 0, "header-not-seen", servoHint(l),
			"the servo does not take this line for a section header, and drops it with all that follows up to %s", upTo)
	}
	for _, p := range parts {
		for _, l := range p.lines {
			if !l.isHeader() || !slices.Contains(servoWords, l.Keyword()) {
				continue // sections of other kinds ride along and work
			}
			c.word(Warning, l, 0, "header-not-seen", servoHint(l),
				"the servo does not take this line for a section header; it writes the section as part of '%s'", servoText(p.header))
		}
	}
}

// servoHint says why the servo does not see a header.
func servoHint(l *Line) string {
	text := servoText(l)
	switch {
	case l.ending == "\r\n":
		return "end lines with a newline alone"
	case !slices.Contains(servoWords, l.Keyword()):
		return "move the section behind global or defaults"
	case strings.HasPrefix(text, "\t"):
		return "indent it with spaces or not at all"
	case strings.Contains(text, "\t"):
		return "write a space and no tab behind the section word"
	case strings.Contains(text, "#"):
		return "write a space before the #"
	}
	return "write the section word plainly, and a space behind it"
}

// overwritten finds headers that stand twice with the same text: the servo
// empties the earlier section when it meets the later.
func (c *checker) overwritten(parts []servoSection) {
	next := map[string]*Line{}
	for _, p := range slices.Backward(parts) {
		text := servoText(p.header)
		later, ok := next[text]
		next[text] = p.header
		if !ok {
			continue
		}
		severity := Warning
		if slices.ContainsFunc(p.lines, func(l *Line) bool { return len(l.words) > 0 }) {
			severity = Error
		}
		c.at(severity, p.header, 1, "duplicate-section", "put the lines into one section",
			"'%s' begins again on line %d; the servo loses what stands in this one", text, c.numbers[later])
	}
}

// oneOfAKind: of global, defaults and listen the servo writes one each, and which
// one of several with different headers is left to chance.
func (c *checker) oneOfAKind(parts []servoSection) {
	first := map[string]servoSection{}
	for _, p := range parts {
		kind := p.kind()
		if kind == "frontend" || kind == "backend" {
			continue
		}
		earlier, ok := first[kind]
		if !ok {
			first[kind] = p
			continue
		}
		if servoText(earlier.header) != servoText(p.header) {
			c.at(Error, p.header, 1, "duplicate-section", "keep one of the two",
				"there is a %s section on line %d already; the servo writes one of the two, and which one is left to chance", kind, c.numbers[earlier.header])
		}
	}
}

func (c *checker) listens(parts []servoSection) {
	for _, p := range parts {
		if p.kind() == "listen" {
			c.at(Warning, p.header, 1, "listen-in-template", "write it as a frontend and a backend",
				"the servo writes a listen section above defaults, so that it does not take over their timeouts")
		}
	}
}

// ownFrontends finds frontends that the servo would take for its own.
func (c *checker) ownFrontends(parts []servoSection) {
	for _, p := range parts {
		if p.kind() != "frontend" || len(p.header.words) < 2 {
			continue
		}
		name := p.header.words[1]
		dash := strings.LastIndexByte(name.Value, '-')
		if dash < 0 || dash == len(name.Value)-1 || strings.Trim(name.Value[dash+1:], "0123456789") != "" {
			continue
		}
		c.at(Warning, p.header, name.Column(), "frontend-name", "give it a name that does not end in - and a number",
			"the servo takes %s for its own listener on port %s: that listener is never made, and removing it removes this section", name.Value, name.Value[dash+1:])
	}
}
