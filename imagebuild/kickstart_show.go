package imagebuild

import (
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// KickstartShownSchema names the form of a [KickstartShown].
const KickstartShownSchema = "lbimage/kickstart-show/v1"

// KickstartShown is what a kickstart file says, as the installer of a release reads it, for programs. Passwords, hashes and keys
// are not in it.
type KickstartShown struct {
	Schema string `json:"schema"`
	// File as it was named.
	File string `json:"file"`
	// Version is the release by whose installer it was read: RHEL6.
	Version string `json:"version"`
	// Commands in their order.
	Commands []ShownCommand `json:"commands"`
	// Includes are lines outside of sections that name other files, which are not followed.
	Includes []ShownInclude `json:"includes,omitempty"`
	// Sections in their order.
	Sections []ShownSection `json:"sections"`
	// Problems are what the installer would refuse, or warn of.
	Problems []check.Finding `json:"problems"`
}

// ShownCommand is a command with its options.
type ShownCommand struct {
	File    string        `json:"file"`
	Line    int           `json:"line"`
	Name    string        `json:"name"`         // as the release documents it
	As      string        `json:"as,omitempty"` // as it stands in the file, where that is an alias
	Known   bool          `json:"known"`        // the release has it
	Options []ShownOption `json:"options"`      // in their order
	Args    []string      `json:"args"`         // the other words
}

// ShownOption is an option of a command or a section.
type ShownOption struct {
	Name  string `json:"name"`
	Kind  string `json:"kind,omitempty"` // flag, string, int, bool, choice, list; empty for one that is not known
	Value any    `json:"value"`          // true for one without a value, a number, a switch, a list of texts, or a text
	Text  string `json:"-"`              // name and value, as they would be written
}

// ShownInclude is a line that names another file.
type ShownInclude struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	How    string `json:"how"` // %include or %ksappend
	Target string `json:"target"`
}

// ShownSection is a section.
type ShownSection struct {
	File     string         `json:"file"`
	Line     int            `json:"line"`    // of its first line
	EndLine  int            `json:"endLine"` // of %end, else of its last one
	Ended    bool           `json:"ended"`   // %end stands there
	Name     string         `json:"name"`
	Known    bool           `json:"known"`
	Options  []ShownOption  `json:"options"`
	Args     []string       `json:"args"`
	Entries  []ShownEntry   `json:"entries,omitempty"` // of %packages
	Includes []ShownInclude `json:"includes,omitempty"`
}

// ShownEntry is a line of %packages.
type ShownEntry struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Kind     string   `json:"kind"` // package, group, environment or module
	Name     string   `json:"name"`
	Arch     string   `json:"arch,omitempty"`
	Excluded bool     `json:"excluded,omitempty"`
	Options  []string `json:"options,omitempty"`
}

// ShowKickstart gathers what a file says, without its secrets.
func ShowKickstart(f *kickstart.File) KickstartShown {
	out := KickstartShown{Schema: KickstartShownSchema, File: f.Name, Version: f.Version.String(), Commands: []ShownCommand{}, Sections: []ShownSection{}, Problems: check.KickstartProblems(f.Problems)}
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

func showCommand(c *kickstart.Command, v grammar.Version) ShownCommand {
	out := ShownCommand{File: c.Place.File, Line: c.Place.Line, Name: c.Name, Known: c.Spec.Name != "", Args: append([]string{}, c.Shown()...), Options: showOptions(c.Options, v)}
	if out.Known && c.Spec.Name != c.Name {
		out.Name, out.As = c.Spec.Name, c.Name
	}
	return out
}

func showOptions(all []kickstart.Option, v grammar.Version) []ShownOption {
	out := []ShownOption{}
	for _, o := range all {
		shown := ShownOption{Name: o.Name, Kind: string(o.Spec.Kind), Value: o.Typed(v), Text: o.Name}
		if o.Given && (o.Secret() || o.Shown() != o.Value) {
			shown.Value = o.Shown()
		}
		if o.Given {
			shown.Text += "=" + KickstartWord(o.Shown())
		}
		out = append(out, shown)
	}
	return out
}

func showInclude(at kickstart.Place, how string, target kickstart.Word) ShownInclude {
	return ShownInclude{File: at.File, Line: at.Line, How: how, Target: kickstart.ConcealURL(target.Value)}
}

func showSection(s *kickstart.Section, v grammar.Version) ShownSection {
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
	out := ShownSection{
		File: s.Place.File, Line: s.Place.Line, EndLine: end.Line, Ended: s.End != "", Name: s.Name, Known: s.Spec.Name != "",
		Options: showOptions(s.Options, v), Args: []string{},
	}
	for _, a := range s.Args {
		out.Args = append(out.Args, kickstart.ConcealText(a.Value))
	}
	for _, e := range s.Entries {
		entry := ShownEntry{File: e.Place.File, Line: e.Place.Line, Kind: string(e.Kind), Name: e.Name, Arch: e.Arch, Excluded: e.Excluded}
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

// KickstartWord is a word as it would be written: in quotes where it needs them.
func KickstartWord(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t'\"\\#") || strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
