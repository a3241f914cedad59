package lint

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"lbimage/kickstart"
	"lbimage/kickstart/shell"
)

// shellScript is a script of a section as its shell reads it.
type shellScript struct {
	section *kickstart.Section
	file    *syntax.File // nil where it does not parse
	err     error
	posix   bool // called as sh
	chroot  bool // run inside the new system
}

// scriptSections are those that hold scripts.
var scriptSections = map[string]bool{"%pre": true, "%pre-install": true, "%post": true, "%onerror": true, "%traceback": true}

// parseScripts parses the scripts of shells; those of other interpreters are none of ours.
func (c *checker) parseScripts() {
	for _, s := range c.f.Sections("") {
		if !scriptSections[s.Name] {
			continue
		}
		interpreter, ok := s.Value("--interpreter")
		if !ok || interpreter == "" {
			interpreter = "/bin/sh"
		}
		words := strings.Fields(interpreter)
		if len(words) == 0 {
			continue
		}
		name := path.Base(words[0])
		if name == "env" && len(words) > 1 {
			name = path.Base(words[1])
		}
		if name != "sh" && name != "bash" {
			continue
		}
		// On these systems sh is bash.
		file, err := shell.Parse(s.Body, syntax.LangBash)
		script := &shellScript{section: s, file: file, err: err, posix: name == "sh", chroot: s.Name == "%post" && !s.Has("--nochroot")}
		if err != nil {
			script.file = nil
		}
		c.scripts = append(c.scripts, script)
	}
}

// place is where a position of a script lies in the kickstart file.
func (s *shellScript) place(at syntax.Pos) kickstart.Place {
	last := max(strings.Count(strings.TrimSuffix(s.section.Body, "\n"), "\n"), 0)
	line := int(at.Line()) - 1
	if line > last || line < 0 {
		p := s.section.LinePlace(last)
		p.Column = 1
		return p
	}
	p := s.section.LinePlace(line)
	p.Column = int(at.Col())
	return p
}

// walk visits the nodes of a script that parsed.
func (s *shellScript) walk(visit func(syntax.Node) bool) {
	if s.file != nil {
		syntax.Walk(s.file, func(n syntax.Node) bool { return n == nil || visit(n) })
	}
}

// literal is the text of a word that nothing is put into; quotes are taken off.
func literal(w *syntax.Word) (string, bool) {
	if w == nil {
		return "", false
	}
	var b strings.Builder
	for _, part := range w.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			b.WriteString(strings.ReplaceAll(part.Value, `\`, ""))
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			for _, inner := range part.Parts {
				l, ok := inner.(*syntax.Lit)
				if !ok {
					return "", false
				}
				b.WriteString(l.Value)
			}
		default:
			return "", false
		}
	}
	return b.String(), true
}

// words are the words of a simple command; ok is false where the first one is put together when the script runs. Of the
// others those are empty.
func words(call *syntax.CallExpr) (out []string, ok bool) {
	for i, w := range call.Args {
		text, known := literal(w)
		if i == 0 && !known {
			return nil, false
		}
		if !known {
			text = ""
		}
		out = append(out, text)
	}
	return out, len(out) > 0
}
