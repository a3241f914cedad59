package kickstart

import (
	"regexp"
	"slices"
	"strings"
)

// TemplateMark is a line of a template that was not rendered.
type TemplateMark struct {
	Place    Place  // of the line
	Language string // "Jinja2", "Go's text/template", "ERB", "Cheetah", "Template Toolkit", "HCL" or "placeholders"
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
			out = otherMark(out, n.Place, withoutComment(n))
		case *Plain:
			out = templateMark(out, n.Place, n.Raw)
			if !strings.HasPrefix(strings.TrimSpace(n.Raw), "#") {
				out = otherMark(out, n.Place, n.Raw)
			}
		case *Section:
			out = templateMark(out, n.Place, n.Head)
			out = otherMark(out, n.Place, n.Head)
			line := 0
			for text := range strings.Lines(n.Body) {
				if n.Name == "%packages" || snippet.MatchString(text) {
					out = templateMark(out, n.LinePlace(line), text)
				}
				line++
			}
		}
	}
	return named(out)
}

// named gives variables and placeholders the language of the first mark that tells one: $tree beside $SNIPPET() is of Cheetah.
func named(all []TemplateMark) []TemplateMark {
	const some = "placeholders"
	i := slices.IndexFunc(all, func(m TemplateMark) bool { return m.Language != some })
	for k := range all {
		if i >= 0 && all[k].Language == some {
			all[k].Language, all[k].Hint = all[i].Language, all[i].Hint
		}
	}
	return all
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
	"Template Toolkit":   "let what it is written for render it first",
	"HCL":                "let Terraform or Packer render it first",
	"placeholders":       "let the script that it is written for put the values in first",
	"Cheetah":            "let Cobbler render it first: cobbler system getks, or cobbler profile getks",
}

// otherMarks are what languages write that nothing here renders, where the installer wants a command or a value.
var otherMarks = []struct {
	language string
	form     *regexp.Regexp
}{
	{"ERB", regexp.MustCompile(`<%`)},
	{"Cheetah", regexp.MustCompile(`@@\w+@@`)},
	{"Template Toolkit", regexp.MustCompile(`\[%.*?%\]`)},
	{"HCL", regexp.MustCompile(`^%\{`)},
	{"placeholders", regexp.MustCompile(`@[A-Z][A-Z0-9_]+@|^__[A-Z][A-Z0-9_]*__`)},
	{"placeholders", regexp.MustCompile(`(?:^|[\s=,"'])(\$[a-z_][a-z0-9_]*|\$\{[A-Za-z_][\w.]*\}|\$\([a-z_]\w*\))(?:$|[\s,"'])`)},
}

// yumVariables are put in by the installer itself, in URLs.
var yumVariables = []string{
	"$basearch", "$releasever", "$arch", "$infra", "$stream", "$contentdir", "${basearch}", "${releasever}", "${arch}", "${stream}",
}

// otherMark looks at a line that was not told of yet.
func otherMark(all []TemplateMark, at Place, text string) []TemplateMark {
	if len(all) > 0 && all[len(all)-1].Place.Line == at.Line && all[len(all)-1].Place.File == at.File {
		return all
	}
	text = strings.TrimSpace(text)
	for _, m := range otherMarks {
		found := m.form.FindStringSubmatch(text)
		if found == nil || slices.Contains(yumVariables, found[len(found)-1]) {
			continue
		}
		return append(all, TemplateMark{Place{at.File, at.Line, 1}, m.language, hints[m.language]})
	}
	return all
}

// withoutComment is a line of a command without what stands behind #.
func withoutComment(c *Command) string {
	if i := strings.LastIndex(c.Raw, c.Comment); c.Comment != "" && i >= 0 {
		return c.Raw[:i]
	}
	return c.Raw
}

func templateMark(all []TemplateMark, at Place, text string) []TemplateMark {
	var language string
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
