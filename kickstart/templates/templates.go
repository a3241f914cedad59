// Package templates has kickstart files of load balancer images, as templates: production and development, for
// CentOS 6. They are Go's text/template; a user's own template is rendered by [RenderText] with the same data, which
// are [Parameters], and with the parts that both share, as {{template "ssh" .}}. [Source] gives all of it as one text
// to start from.
//
// The shell in their %post sections is written so that package kickstart/script can read it: here-documents with
// quoted delimiters, one command a line.
package templates

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"lbimage/haproxy-config/nearest"
)

//go:embed production.ks.tmpl development.ks.tmpl shared.tmpl mirrors.cfg
var files embed.FS

// Names are the templates that there are.
func Names() []string { return []string{"production", "development"} }

// About says in a line what a template is for.
func About(name string) string {
	return map[string]string{
		"production":  "the servo as a package, root without a password",
		"development": "tools, and the servo fetched from git at each boot",
	}[name]
}

// Mirrors is an example of a list of repositories, for package mirrors.
func Mirrors() string { return read("mirrors.cfg") }

// read gives a file that was built in.
func read(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err) // go:embed has put it there
	}
	return string(data)
}

// Source is a template with the parts that it uses, as one text. It can be changed, and rendered by RenderText.
func Source(name string) (string, error) {
	if !slices.Contains(Names(), name) {
		return "", fmt.Errorf("there is no template %q%s; there are: %s", name, nearest.Suggestion(name, Names()), strings.Join(Names(), ", "))
	}
	return read(name+".ks.tmpl") + "{{/* The parts that the built-in templates share. Those that stay as they are can go. */ -}}\n" + read("shared.tmpl"), nil
}

// Render renders a template.
func Render(name string, p Parameters) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		_, err := Source(name)
		return nil, err
	}
	return RenderText(name+".ks.tmpl", read(name+".ks.tmpl"), p)
}
