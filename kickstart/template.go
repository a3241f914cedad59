package kickstart

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// TemplateRule is the rule of the Problem of a text that is a template of another language.
const TemplateRule = "template"

// mark is what a language of templates writes where the installer wants a command or a value.
type mark struct {
	language string
	form     *regexp.Regexp
}

// marks are those of the languages in which kickstart files are handed out, apart from those that package templates renders.
// None of them means anything to an installer.
var marks = []mark{
	{"ERB, as Foreman and Puppet render", regexp.MustCompile(`<%.*`)},
	{"Cheetah, as Cobbler renders", regexp.MustCompile(`\$SNIPPET\(.*|@@\w+@@`)},
	{"Template Toolkit", regexp.MustCompile(`\[%.*?%\]`)},
	{"Terraform and Packer (HCL)", regexp.MustCompile(`^%\{.*`)},
	{"configure or a script that puts values in", regexp.MustCompile(`@[A-Z][A-Z0-9_]+@|^__[A-Z][A-Z0-9_]*__`)},
	{"Cheetah, HCL or a shell, which put variables in", regexp.MustCompile(`(?:^|[\s=,"'])(\$[a-z_][a-z0-9_]*|\$\{[A-Za-z_][\w.]*\}|\$\([a-z_]\w*\))(?:$|[\s,"'])`)},
}

// yumVariables are put in by the installer itself, in URLs.
var yumVariables = []string{"$basearch", "$releasever", "$arch", "$infra", "$stream", "$contentdir", "${basearch}", "${releasever}", "${arch}", "${stream}"}

// template tells of a text that is a template of another language, in place of all that the installer would not understand in it.
func (p *parser) template() {
	for _, m := range marks { // those that name their language come first
		for _, n := range p.file.Nodes {
			text := said(n)
			trimmed := strings.TrimLeft(text, blanks)
			at := m.form.FindStringSubmatchIndex(trimmed)
			if at == nil {
				continue
			}
			if len(at) > 2 {
				at = at[2:]
			}
			found := strings.TrimSpace(trimmed[at[0]:at[1]])
			if slices.Contains(yumVariables, found) {
				continue
			}
			place := n.Start()
			place.Column += len(text) - len(trimmed) + at[0]
			p.file.Problems = []Problem{{place, TemplateRule, fmt.Sprintf("%s is no part of a kickstart file: this is a template of %s", short(found), m.language),
				"render it with the tool that it is for, and look at what comes out", false}}
			return
		}
	}
}

// said is the line of a command or a section without its comment; of others, nothing: scripts may write templates.
func said(n Node) string {
	switch n := n.(type) {
	case *Command:
		if i := strings.LastIndex(n.Raw, n.Comment); n.Comment != "" && i >= 0 {
			return n.Raw[:i]
		}
		return n.Raw
	case *Plain: // a line that is none
		if text := strings.TrimLeft(n.Raw, blanks); !strings.HasPrefix(text, "#") {
			return n.Raw
		}
	case *Section:
		text, _, _ := strings.Cut(n.Text(), "\n")
		return text
	}
	return ""
}

// Refusal is why nothing can be made of a text that is a template of another language; nil where it is none.
func (f *File) Refusal() error {
	for _, p := range f.Problems {
		if p.Rule == TemplateRule {
			return fmt.Errorf("%s: %s; %s", p.Place, p.Message, p.Hint)
		}
	}
	return nil
}

// Template says whether a text is a template of another language, which nothing here renders.
func (f *File) Template() bool {
	return slices.ContainsFunc(f.Problems, func(p Problem) bool { return p.Rule == TemplateRule })
}
