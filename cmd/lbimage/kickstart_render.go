package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/outfile"
	"lbimage/kickstart"
	"lbimage/kickstart/jinja"
	"lbimage/kickstart/mirrors"
	"lbimage/kickstart/templates"
)

type kickstartRenderOptions struct {
	mirrors    string
	mirrorType string
	set        []string
	output     string
	source     string
	force      bool
	list       bool
	lenient    bool
	newline    bool
}

func newKickstartRender(s stdio) *cobra.Command {
	var o kickstartRenderOptions
	cmd := &cobra.Command{
		Use:   "render production|development|FILE.ks.tmpl|FILE.ks.in --mirrors FILE",
		Short: "Make a kickstart file of a template and a list of repositories",
		Long: `render makes a kickstart file of a template: one of those that are built in, or one
of your own. FILE.ks.tmpl has the language of the built-in ones, Go's text/template,
with the same data; --source prints one to start from. FILE.ks.in is a Jinja2
template, as upstream's are, with the variable repos, a list of (name, urltype, url);
the result has the bytes that Jinja2 would give. What a template names and nobody
has set is an error, unless --lenient lets it be nothing, as Jinja2 does by default.

The list of repositories is an INI file whose sections [name:mirrortype] have a
baseurl or a mirrorlist; --source mirrors.cfg prints an example. Without
--mirror-type it is public, or the only type that the list has.

` + exitHelp,
		Example: `  lbimage kickstart render production --mirrors mirrors.cfg -o lb.ks
  lbimage kickstart render development --mirrors mirrors.cfg --set password-hash=@hash
  lbimage kickstart render lb.ks.in --mirrors mirrors.cfg --mirror-type internal`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf(cmd, "list", "source", "mirrors"); err != nil {
				return err
			}
			return runKickstartRender(s, args, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.mirrors, "mirrors", "", "the list of repositories: `FILE`")
	f.StringVar(&o.mirrorType, "mirror-type", "", "which repositories of the list: `TYPE` (default public, or the only one)")
	f.StringArrayVar(&o.set, "set", nil, "set a parameter, `NAME=VALUE`; NAME=@FILE takes it from a file; may be repeated")
	f.StringVarP(&o.output, "output", "o", "-", "the kickstart file to write: `FILE`, - is standard output")
	f.BoolVar(&o.force, "force", false, "replace an output that exists")
	f.BoolVar(&o.lenient, "lenient", false, "let variables of FILE.ks.in that there are not be nothing")
	f.BoolVar(&o.newline, "keep-trailing-newline", false, "keep the line end at the end of FILE.ks.in, which Jinja2 takes away")
	f.BoolVar(&o.list, "list", false, "list the templates that are built in, and their parameters")
	f.StringVar(&o.source, "source", "", "print a built-in template, `NAME`, or mirrors.cfg, to start from")
	return cmd
}

func runKickstartRender(s stdio, args []string, o kickstartRenderOptions) error {
	switch {
	case (o.list || o.source != "") && len(args) > 0:
		return usagef("%q is one argument too many: --list and --source need none", args[0])
	case o.list:
		return listTemplates(s.out)
	case o.source != "":
		return writeRendered(s, o, func() ([]byte, error) { return templateSource(o.source) })
	case len(args) == 0:
		return usagef("the template is missing: %s, or a FILE; --list tells more", strings.Join(templates.Names(), ", "))
	}
	inputs := []string{o.mirrors}
	if !slices.Contains(templates.Names(), args[0]) {
		inputs = append(inputs, args[0])
	}
	if err := notAnInput(o.output, inputs...); err != nil {
		return err
	}
	return writeRendered(s, o, func() ([]byte, error) { return renderKickstart(s, args[0], o) })
}

// listTemplates prints the templates and their parameters.
func listTemplates(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "Templates:")
	for _, name := range templates.Names() {
		fmt.Fprintf(t, "  %s\t%s\n", name, templates.About(name))
	}
	fmt.Fprintln(t, "Parameters (--set NAME=VALUE):")
	for _, p := range templates.Settings() {
		about := p.About
		if p.Only != "" {
			about += "; for " + p.Only
		}
		fmt.Fprintf(t, "  %s\t%s\n", p.Name, about)
	}
	return t.Flush()
}

func templateSource(name string) ([]byte, error) {
	if name == "mirrors.cfg" {
		return []byte(templates.Mirrors()), nil
	}
	text, err := templates.Source(name)
	if err != nil {
		return nil, &usageError{err}
	}
	return []byte(text), nil
}

// writeRendered writes a text to the output or to standard output.
func writeRendered(s stdio, o kickstartRenderOptions, render func() ([]byte, error)) error {
	if o.output == "-" {
		text, err := render()
		if err != nil {
			return err
		}
		_, err = s.out.Write(text)
		return err
	}
	out, err := outfile.Create(o.output, outfile.Options{Overwrite: o.force})
	if err != nil {
		return err
	}
	defer out.Close()
	text, err := render()
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	return out.Commit()
}

func renderKickstart(s stdio, template string, o kickstartRenderOptions) ([]byte, error) {
	builtIn := slices.Contains(templates.Names(), template)
	language := templates.GoTemplate
	if !builtIn {
		var err error
		if language, err = templates.LanguageOf(template); err != nil {
			return nil, &usageError{err}
		}
	}
	if language != templates.Jinja && (o.lenient || o.newline) {
		return nil, usagef("--lenient and --keep-trailing-newline are for Jinja2 templates: leave them out")
	}
	values, err := setValues(o.set)
	if err != nil {
		return nil, err
	}
	repos, err := renderedRepos(s, o)
	if err != nil {
		return nil, err
	}
	if language == templates.Jinja {
		text, err := readBounded(template, jinja.MaxTemplate)
		if err != nil {
			return nil, err
		}
		out, err := templates.RenderJinja(template, text, repos, values, jinja.Options{Lenient: o.lenient, KeepTrailingNewline: o.newline})
		if err != nil && o.mirrors == "" && strings.Contains(err.Error(), "'repos' is not defined") {
			return nil, usagef("%w: --mirrors FILE gives the repositories; --source mirrors.cfg prints one to start from", err)
		}
		var wrong *jinja.Error
		if err != nil && !errors.As(err, &wrong) {
			err = &usageError{err}
		}
		return out, err
	}
	p := templates.Defaults()
	p.Repos = repos
	name := ""
	if builtIn {
		name = template
	}
	if err := p.SetAll(name, values); err != nil {
		return nil, &usageError{err}
	}
	if err := p.Validate(); err != nil {
		return nil, &usageError{err}
	}
	if !builtIn {
		text, err := readBounded(template, templates.MaxTemplate)
		if err != nil {
			return nil, err
		}
		return templates.RenderText(template, string(text), p)
	}
	if repos == nil && p.InstallURL == "" {
		return nil, usagef("where the packages come from is missing: --mirrors FILE; --source mirrors.cfg prints one to start from")
	}
	text, err := templates.Render(template, p)
	if err != nil {
		return nil, err
	}
	return text, tellProblems(s, template, text)
}

// tellProblems says what the installer would complain of. Where it would refuse the file, there is none.
func tellProblems(s stdio, name string, text []byte) error {
	f, err := kickstart.Parse(name+".ks", text, 0)
	if err != nil {
		return err
	}
	refused := false
	for _, p := range f.Problems {
		severity := "warning"
		if !p.Warning {
			severity, refused = "error", true
		}
		fmt.Fprintf(s.err, "%-8s %s\n", severity, check.OneLine(p.Error()))
	}
	if refused {
		return errFindings
	}
	return nil
}

// renderedRepos are the repositories of the list; nil without one.
func renderedRepos(s stdio, o kickstartRenderOptions) ([]mirrors.Repo, error) {
	if o.mirrors == "" {
		if o.mirrorType != "" {
			return nil, usagef("--mirror-type is about a list of repositories: give --mirrors")
		}
		return nil, nil
	}
	text, err := readBounded(o.mirrors, mirrors.MaxFile)
	if err != nil {
		return nil, err
	}
	list, err := mirrors.Parse(o.mirrors, text)
	if err != nil {
		return nil, err
	}
	mirrorType := o.mirrorType
	if types := list.Types(); mirrorType == "" {
		switch {
		case len(types) == 1:
			mirrorType = types[0]
		case len(types) == 0 || slices.Contains(types, "public"):
			mirrorType = "public"
		default:
			return nil, usagef("%s has several mirror types: give --mirror-type %s", o.mirrors, strings.Join(types, "|"))
		}
	}
	repos, notes, err := list.Repos(mirrorType)
	for _, n := range notes {
		fmt.Fprintf(s.err, "%-8s %s\n", "warning", check.OneLine(n))
	}
	return repos, err
}

// setValues reads the values of --set.
func setValues(set []string) ([]templates.Value, error) {
	var out []templates.Value
	for _, v := range set {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usagef("--set needs NAME=VALUE")
		}
		file, fromFile := strings.CutPrefix(value, "@")
		if !fromFile || strings.HasPrefix(file, "@") { // @@ is an @
			out = append(out, templates.Value{Name: name, Text: strings.TrimPrefix(value, "@")})
			continue
		}
		text, err := readBounded(file, 64<<10)
		if err != nil {
			return nil, fmt.Errorf("--set %s: %w", name, err)
		}
		value = strings.TrimRight(string(text), "\r\n")
		if name != "authorized-key" {
			out = append(out, templates.Value{Name: name, Text: value})
			continue
		}
		for line := range strings.Lines(value) { // a file of authorized keys
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				out = append(out, templates.Value{Name: name, Text: line})
			}
		}
	}
	return out, nil
}

// readBounded reads a file of so many bytes at most.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s: it has more than %d bytes, which is too much for what it should be", path, most)
	}
	return text, err
}
