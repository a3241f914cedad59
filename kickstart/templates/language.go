package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"lbimage/haproxy-config/nearest"
	"lbimage/kickstart/jinja"
	"lbimage/kickstart/mirrors"
)

// Language is what a user's template is written in.
type Language string

// The languages of templates.
const (
	GoTemplate Language = "text/template" // FILE.tmpl
	Jinja      Language = "Jinja2"        // FILE.in, FILE.j2, FILE.jinja, FILE.jinja2
)

// LanguageOf tells a template's language by the name of its file.
func LanguageOf(path string) (Language, error) {
	switch ext := path[strings.LastIndexByte(path, '.')+1:]; ext {
	case "tmpl":
		return GoTemplate, nil
	case "in", "j2", "jinja", "jinja2":
		return Jinja, nil
	}
	hint := ""
	if w := nearest.Word(path, Names()); w != "" {
		hint = "; did you mean " + w + "?"
	}
	return "", fmt.Errorf("%q is neither a template that there is (%s) nor a file whose name tells its language (.ks.tmpl or .ks.in)%s", path, strings.Join(Names(), ", "), hint)
}

// Value is what a user sets, by name.
type Value struct{ Name, Text string }

var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	extraName  = regexp.MustCompile(`^extra\.([A-Za-z_][A-Za-z0-9_]*)$`)
)

// SetAll sets parameters in their order, for a built-in template, or for a user's own, which has no name here. What a
// built-in template does not heed is an error. Names that begin with "extra." are for a user's own template.
func (p *Parameters) SetAll(template string, values []Value) error {
	own := template == ""
	seen := map[string]bool{}
	for _, v := range values {
		if seen[v.Name] && v.Name != "authorized-key" && v.Name != "packages" {
			return fmt.Errorf("%s is set twice", v.Name)
		}
		seen[v.Name] = true
		for _, s := range Settings() {
			if s.Name == v.Name && s.Only != "" && !own && s.Only != template {
				return fmt.Errorf("%s is for %s: %s does not heed it", v.Name, s.Only, template)
			}
		}
		if m := extraName.FindStringSubmatch(v.Name); m != nil && own {
			if p.Extra == nil {
				p.Extra = map[string]string{}
			}
			p.Extra[m[1]] = v.Text
			continue
		}
		if err := p.Set(v.Name, v.Text); err != nil {
			if own {
				return fmt.Errorf("%w; values of the template's own are set as extra.NAME", err)
			}
			return err
		}
	}
	return nil
}

// RenderJinja renders a user's Jinja template. Its variables are repos, a list of tuples (name, urltype, url), where
// there are any, and the values, which are texts.
func RenderJinja(name string, text []byte, repos []mirrors.Repo, values []Value, o jinja.Options) ([]byte, error) {
	vars := map[string]any{}
	if repos != nil {
		all := make([]jinja.Tuple, len(repos))
		for i, r := range repos {
			all[i] = jinja.Tuple{r.Name, r.Kind, r.URL}
		}
		vars["repos"] = all
	}
	for _, v := range values {
		switch _, twice := vars[v.Name]; {
		case v.Name == "repos" || v.Name == "loop" || v.Name == "self":
			return nil, fmt.Errorf("%q cannot be set: it is what the list of repositories or Jinja2 gives", v.Name)
		case !identifier.MatchString(v.Name) || slices.Contains(reserved, v.Name):
			return nil, fmt.Errorf("%q is no name of a variable", v.Name)
		case twice:
			return nil, fmt.Errorf("%s is set twice", v.Name)
		}
		vars[v.Name] = v.Text
	}
	return jinja.Render(name, text, vars, o)
}

// reserved are words that a template reads as something else than a variable.
var reserved = []string{"true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else"}
