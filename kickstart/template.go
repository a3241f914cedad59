package kickstart

import (
	"regexp"
	"strings"
)

// TemplateMark is a line of a template that was not rendered.
type TemplateMark struct {
	Place    Place  // of the line
	Language string // "Jinja2", "Go's text/template", "ERB" or "Cheetah"
	Hint     string // how it becomes a kickstart file
}

// Templates gives the lines by which a file is seen to be a template of kickstart files, and none itself: an installer takes its
// marks for commands. Nothing is given for a kickstart file. Texts in scripts are not looked at, where such marks can be meant;
// only $SNIPPET() of Cobbler is seen there as well.
func Templates(f *File) []TemplateMark {
	var out []TemplateMark
	for _, n := range f.Nodes {
		switch n := n.(type) {
		case *Command:
			out = templateMark(out, n.Place, n.Raw)
		case *Plain:
			out = templateMark(out, n.Place, n.Raw)
		case *Section:
			line := 0
			for text := range strings.Lines(n.Body) {
				if n.Name == "%packages" || snippet.MatchString(text) {
					out = templateMark(out, n.LinePlace(line), text)
				}
				line++
			}
		}
	}
	return out
}

var (
	// jinjaMark has the marks of Jinja2 at the start of a line; placed is {{ name }} in one, and {{.Name}} of Go.
	jinjaMark = regexp.MustCompile(`^\s*(\{%|\{\{|\{#)`)
	placed    = regexp.MustCompile(`\{\{-?\s*[\w.$][^{}]*\}\}`)
	goMark    = regexp.MustCompile(`\{\{-?\s*(\.\w|\$|(range|with|if|end|template|define|block)\b)`)
	erbMark   = regexp.MustCompile(`^\s*<%|<%=.*%>`)
	snippet   = regexp.MustCompile(`\$(SNIPPET|getVar)\s*\(`)
	cheetah   = regexp.MustCompile(`^#end\s+(if|for|def|raw)\b`)
)

// hints say by language how a template becomes a kickstart file.
var hints = map[string]string{
	"Jinja2":             "render it first: lbimage kickstart render FILE.ks.in --mirrors mirrors.cfg",
	"Go's text/template": "render it first: lbimage kickstart render FILE.ks.tmpl --mirrors mirrors.cfg",
	"ERB":                "let what it is written for (Foreman, Packer, Puppet) render it first",
	"Cheetah":            "let Cobbler render it first: cobbler system getks, or cobbler profile getks",
}

func templateMark(all []TemplateMark, at Place, text string) []TemplateMark {
	language := ""
	switch {
	case erbMark.MatchString(text):
		language = "ERB"
	case goMark.MatchString(text):
		language = "Go's text/template"
	case jinjaMark.MatchString(text), !strings.HasPrefix(strings.TrimSpace(text), "#") && placed.MatchString(text):
		language = "Jinja2"
	case snippet.MatchString(text), cheetah.MatchString(text):
		language = "Cheetah"
	default:
		return all
	}
	return append(all, TemplateMark{Place{at.File, at.Line, 1}, language, hints[language]})
}
