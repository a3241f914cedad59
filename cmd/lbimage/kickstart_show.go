package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/check"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

type kickstartShowOptions struct {
	version releaseFlag
	flat    bool
	format  format
}

func newKickstartShow(s stdio) *cobra.Command {
	var o kickstartShowOptions
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Print what a kickstart file says, as its installer understands it",
		Long: `show prints a kickstart file as the installer of a release reads it: commands with
their options by their whole names, packages and groups, sections with their lines,
and what the installer would refuse. Passwords, hashes and keys are not shown.

` + exitHelp,
		Args: exactArgs("FILE (a kickstart file)"),
		RunE: func(_ *cobra.Command, args []string) error { return runKickstartShow(s, args[0], o) },
	}
	o.version.addFlag(cmd)
	cmd.Flags().BoolVar(&o.flat, "flatten", false, "show what it includes in the places of the lines that include it")
	o.format.addFlag(cmd)
	return cmd
}

func runKickstartShow(s stdio, path string, o kickstartShowOptions) error {
	read := parseKickstart
	if o.flat {
		read = openKickstart
	}
	file, err := read(s, path, o.version.Version)
	if err != nil {
		return err
	}
	shown := showKickstart(file)
	if o.format == formatJSON {
		err = writeJSON(s.out, shown)
	} else {
		_, err = fmt.Fprint(s.out, shown.text())
	}
	if err != nil {
		return err
	}
	return verdictOf(shown.Problems)
}

// kickstartJSON is a kickstart file for programs.
type kickstartJSON struct {
	File     string                 `json:"file"`
	Version  string                 `json:"version"` // RHEL6
	Commands []kickstartCommandJSON `json:"commands"`
	Includes []kickstartIncludeJSON `json:"includes,omitempty"`
	Sections []kickstartSectionJSON `json:"sections"`
	Problems []check.Finding        `json:"problems"`
}

type kickstartCommandJSON struct {
	File    string                `json:"file"`
	Line    int                   `json:"line"`
	Name    string                `json:"name"`         // as the release documents it
	As      string                `json:"as,omitempty"` // as it stands in the file, where that is an alias
	Known   bool                  `json:"known"`        // the release has it
	Options []kickstartOptionJSON `json:"options"`      // in their order
	Args    []string              `json:"args"`         // the other words
}

type kickstartOptionJSON struct {
	Name  string `json:"name"`
	Kind  string `json:"kind,omitempty"` // flag, string, int, bool, choice, list; empty for one that is not known
	Value any    `json:"value"`          // true for one without a value, a number, a switch, a list of texts, or a text
	text  string
}

type kickstartIncludeJSON struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	How    string `json:"how"` // %include or %ksappend
	Target string `json:"target"`
}

type kickstartSectionJSON struct {
	File     string                 `json:"file"`
	Line     int                    `json:"line"`    // of its first line
	EndLine  int                    `json:"endLine"` // of %end, else of its last one
	Ended    bool                   `json:"ended"`   // %end stands there
	Name     string                 `json:"name"`
	Known    bool                   `json:"known"`
	Options  []kickstartOptionJSON  `json:"options"`
	Args     []string               `json:"args"`
	Entries  []kickstartEntryJSON   `json:"entries,omitempty"` // of %packages
	Includes []kickstartIncludeJSON `json:"includes,omitempty"`
}

type kickstartEntryJSON struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Kind     string   `json:"kind"` // package, group, environment or module
	Name     string   `json:"name"`
	Arch     string   `json:"arch,omitempty"`
	Excluded bool     `json:"excluded,omitempty"`
	Options  []string `json:"options,omitempty"`
}

// showKickstart gathers what a file says, without its secrets.
func showKickstart(f *kickstart.File) kickstartJSON {
	out := kickstartJSON{File: f.Name, Version: f.Version.String(), Commands: []kickstartCommandJSON{}, Sections: []kickstartSectionJSON{}, Problems: problemFindings(f.Problems)}
	for _, n := range f.Nodes {
		switch n := n.(type) {
		case *kickstart.Command:
			out.Commands = append(out.Commands, showCommand(n, f.Version))
		case *kickstart.Include:
			out.Includes = append(out.Includes, showInclude(n.Place, "%include", n.Target))
		case *kickstart.Append:
			out.Includes = append(out.Includes, showInclude(n.Place, "%ksappend", n.Target))
		case *kickstart.Section:
			out.Sections = append(out.Sections, showSection(n, f.Version))
		}
	}
	return out
}

func showCommand(c *kickstart.Command, v grammar.Version) kickstartCommandJSON {
	out := kickstartCommandJSON{File: c.Place.File, Line: c.Place.Line, Name: c.Name, Known: c.Spec.Name != "", Args: append([]string{}, c.Shown()...), Options: showOptions(c.Options, v)}
	if out.Known && c.Spec.Name != c.Name {
		out.Name, out.As = c.Spec.Name, c.Name
	}
	return out
}

func showOptions(all []kickstart.Option, v grammar.Version) []kickstartOptionJSON {
	out := []kickstartOptionJSON{}
	for _, o := range all {
		shown := kickstartOptionJSON{Name: o.Name, Kind: string(o.Spec.Kind), Value: o.Typed(v), text: o.Name}
		if o.Given && (o.Secret() || o.Shown() != o.Value) {
			shown.Value = o.Shown()
		}
		if o.Given {
			shown.text += "=" + wordText(o.Shown())
		}
		out = append(out, shown)
	}
	return out
}

func showInclude(at kickstart.Place, how string, target kickstart.Word) kickstartIncludeJSON {
	return kickstartIncludeJSON{File: at.File, Line: at.Line, How: how, Target: kickstart.ConcealURL(target.Value)}
}

func showSection(s *kickstart.Section, v grammar.Version) kickstartSectionJSON {
	lines := strings.Count(s.Body, "\n")
	if s.Body != "" && !strings.HasSuffix(s.Body, "\n") {
		lines++
	}
	end := s.LinePlace(lines)
	if s.End == "" {
		end = s.LinePlace(max(lines-1, 0))
		if lines == 0 {
			end = s.Place
		}
	}
	out := kickstartSectionJSON{
		File: s.Place.File, Line: s.Place.Line, EndLine: end.Line, Ended: s.End != "", Name: s.Name, Known: s.Spec.Name != "",
		Options: showOptions(s.Options, v), Args: []string{},
	}
	for _, a := range s.Args {
		out.Args = append(out.Args, kickstart.ConcealText(a.Value))
	}
	for _, e := range s.Entries {
		entry := kickstartEntryJSON{File: e.Place.File, Line: e.Place.Line, Kind: string(e.Kind), Name: e.Name, Arch: e.Arch, Excluded: e.Excluded}
		for _, o := range e.Options {
			entry.Options = append(entry.Options, o.Name)
		}
		out.Entries = append(out.Entries, entry)
	}
	for _, i := range s.Includes {
		out.Includes = append(out.Includes, showInclude(i.Place, "%include", i.Target))
	}
	return out
}
