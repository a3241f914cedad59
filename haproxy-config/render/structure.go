package render

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// fatal: lines are lost, or the load balancer does not start.
const (
	fatal   = haproxyconfig.Error
	warning = haproxyconfig.Warning
	info    = haproxyconfig.Info
)

// The rules of this file are about sections that the servo does not see, loses or moves.

// unseenHeaders finds the headers that HAProxy sees and the servo does not.
func (t *template) unseenHeaders() {
	if l := t.markedHeader(); l != nil {
		t.hiddenAndDropped(l)
	}
	for _, l := range t.dropped {
		if l.IsHeader() {
			t.hiddenAndDropped(l)
		}
	}
	for _, p := range t.parts {
		for _, l := range p.lines {
			if l.IsHeader() && slices.Contains(servoWords, l.Keyword()) {
				t.hiddenInPart(l, p)
			}
		}
	}
}

func (t *template) hiddenAndDropped(l *haproxyconfig.Line) {
	from := l.Number() - 1
	after := slices.IndexFunc(t.dropped[from+1:], (*haproxyconfig.Line).IsHeader)
	own := t.dropped[from:]
	if after >= 0 {
		own = t.dropped[from : from+1+after]
	}
	reach := "the end of the template"
	if len(t.parts) > 0 {
		reach = "'" + printable(t.parts[0].key) + "'"
	} else if !t.told {
		t.told = true
		reach += "; nothing is left of it, so that HAProxy keeps root's rights and has no limits and no timeouts"
	}
	why, hint := t.hiddenBy(l)
	t.add(fatal, l, column(l), "header-not-seen", hint,
		"the servo does not take this line for a section header: %s; it drops %s, and all else up to %s", why, span(own), reach)
}

func (t *template) hiddenInPart(l *haproxyconfig.Line, p part) {
	why, hint := t.hiddenBy(l)
	also := ""
	switch {
	case p.kind() == "listen" && l.Keyword() != "global" && l.Keyword() != "defaults":
		also = ", above defaults, so that it takes nothing over from there"
	case l.Keyword() == "defaults" && (p.kind() == "frontend" || p.kind() == "backend"):
		also = ", and where that lands among the others is left to chance; the listeners behind it take over these defaults, those above it do not"
	}
	t.add(warning, l, column(l), "header-not-seen", hint,
		"the servo does not take this line for a section header: %s; it writes the section as part of '%s'%s", why, printable(p.key), also)
}

// hiddenBy says why the servo does not see a header, and how to mend it.
func (t *template) hiddenBy(l *haproxyconfig.Line) (why, hint string) {
	text := strip(t.text[l.Number()-1].text)
	word, _, _ := strings.Cut(text, " ")
	switch {
	case strings.HasPrefix(text, byteOrderMark):
		return "a byte order mark stands before it", "save the file as UTF-8 without a byte order mark"
	case !slices.Contains(servoWords, l.Keyword()):
		return "it knows no " + l.Keyword() + " sections", "move the section behind global or defaults"
	case strings.HasPrefix(text, "\t"):
		return "a tab stands before it", "indent it with spaces or not at all"
	case strings.Contains(word, "\t"):
		return "a tab stands behind the section word", "write a space and no tab behind the section word"
	case strings.Contains(word, "#"):
		return "the comment begins without a space before it", "write a space before the #"
	case strings.Contains(word, "\r"):
		return "it ends with a carriage return", "end lines with a newline alone"
	}
	return "its first word is not written plainly", "write the section word plainly, and a space behind it"
}

// outside finds directives above every header.
func (t *template) outside() {
	if t.markedHeader() != nil || len(t.sections) == 0 || t.sections[0].Header != nil {
		return
	}
	for _, l := range t.sections[0].Lines {
		if t.seen(l) {
			return // a header that HAProxy does not see cannot be; be careful all the same
		}
		if l.IsDirective() && !strings.HasPrefix(l.Keyword(), ".") {
			t.add(fatal, l, column(l), "directive-outside-section", "move it into a section",
				"%q stands before the first section; the servo drops it", printable(l.Keyword()))
		}
	}
}

// overwritten finds headers that come again with the same text: the servo empties the
// earlier section when it meets the later.
func (t *template) overwritten() {
	next := map[string]*haproxyconfig.Line{}
	for _, p := range slices.Backward(t.parts) {
		later, ok := next[p.key]
		next[p.key] = p.header
		switch {
		case !ok:
		case hasWords(p.lines):
			t.add(fatal, p.header, 1, "duplicate-section", "put the lines into one section",
				"'%s' begins again on line %d; the servo loses what stands in this one (%s)", printable(p.key), later.Number(), span(p.lines))
		default:
			t.add(warning, p.header, 1, "duplicate-section", "put the lines into one section",
				"'%s' begins again on line %d, and the servo writes one of the two; this one is empty", printable(p.key), later.Number())
		}
	}
}

// oneOfAKind: of global, listen and defaults the servo writes one each. Which one of
// several with different headers hangs on a hash.
func (t *template) oneOfAKind(r Result) {
	written := map[int]bool{}
	for _, o := range r.Lines {
		written[o.Template] = true
	}
	first := map[string]part{}
	last := map[string]part{} // by key: the one that counts
	for _, p := range t.parts {
		last[p.key] = p
	}
	for _, p := range t.parts {
		kind := p.kind()
		if kind == "frontend" || kind == "backend" {
			continue
		}
		earlier, ok := first[kind]
		switch {
		case !ok:
			first[kind] = p
		case earlier.key != p.key:
			here := "not this one"
			if written[last[p.key].header.Number()] {
				here = "this one"
			}
			t.add(fatal, p.header, 1, "duplicate-section", "keep one of the two",
				"there is a %s section on line %d already; the servo writes one of the two, and which one is left to chance, the order of a hash (most likely %s)", kind, earlier.header.Number(), here)
		}
	}
}

func (t *template) listens() {
	for _, p := range t.parts {
		if p.kind() == "listen" {
			t.add(warning, p.header, 1, "listen-in-template", "write it as a frontend and a backend",
				"the servo writes a listen section above defaults, so that it does not take over their timeouts and options")
		}
	}
}

// commentedOut finds headers that are comments now while their lines are still there: they
// fall into the section above.
func (t *template) commentedOut() {
	for _, p := range t.parts {
		if p.kind() != "global" {
			continue
		}
		lines := p.lines
		if i := slices.IndexFunc(lines, (*haproxyconfig.Line).IsHeader); i >= 0 {
			lines = lines[:i] // HAProxy sees another section from there on
		}
		var inner *haproxyconfig.Line // the next that cannot stand in global
		for _, l := range slices.Backward(lines) {
			if refusedInGlobal(l) {
				inner = l
			}
			words := strings.Fields(strings.TrimLeft(l.Comment(), "#"))
			if inner == nil || len(l.Words()) > 0 || len(words) == 0 || len(words) > 2 || words[0] == "global" || !slices.Contains(servoWords, words[0]) {
				continue
			}
			t.add(fatal, l, column(l), "header-commented-out", "remove the # before it, or the lines behind it too",
				"%s is commented out, and its lines fall into global, where HAProxy refuses %s on line %d", words[0], directive(inner), inner.Number())
			inner = nil
		}
	}
}

// refusedInGlobal knows lines of proxies.
func refusedInGlobal(l *haproxyconfig.Line) bool {
	_, _, timeout := haproxyconfig.TimeoutOn(l)
	return timeout || slices.Contains(proxyWords, l.Keyword())
}

// proxyWords are refused in global by every version of HAProxy.
var proxyWords = strings.Fields("balance bind cookie default_backend errorfile mode option redispatch retries server")

// conditionals finds blocks that reach over the beginning of a section.
func (t *template) conditionals() {
	type block struct {
		line  *haproxyconfig.Line
		spans bool
	}
	var open []block
	inSection := false
	done := func(b block) {
		if b.spans {
			t.add(fatal, b.line, column(b.line), "conditional-across-sections", "keep the block within one section",
				"the block reaches over a section's beginning; the servo writes sections in its own order and tears it apart")
		}
	}
	spanning := 0 // so many of the open ones are known to span; those are the outer ones
	for _, l := range t.lines {
		switch {
		case l.IsHeader() || t.seen(l):
			inSection = true
			for ; spanning < len(open); spanning++ {
				open[spanning].spans = true
			}
		case l.Keyword() == ".if":
			open = append(open, block{l, !inSection})
		case l.Keyword() == ".endif" && len(open) > 0:
			done(open[len(open)-1])
			open = open[:len(open)-1]
			spanning = min(spanning, len(open))
		}
	}
	for _, b := range open {
		done(b)
	}
}

// missingSections asks for the sections that a template should have.
func (t *template) missingSections() {
	has := func(kind string) bool {
		marked := t.markedHeader()
		return slices.ContainsFunc(t.sections, func(s haproxyconfig.Section) bool { return s.Kind == kind }) ||
			marked != nil && strings.HasPrefix(strings.TrimPrefix(marked.Text(), byteOrderMark), kind)
	}
	if !has("defaults") {
		t.add(warning, nil, 0, "no-defaults", "add one with timeout connect",
			"there is no defaults section; the listeners that the servo adds have no connect timeout")
	}
	if !has("global") {
		t.add(warning, nil, 0, "no-global", "add one with user, group and maxconn",
			"there is no global section; HAProxy keeps the rights it is started with and its built-in limits")
	}
}
