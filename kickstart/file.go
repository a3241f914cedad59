package kickstart

import "lbimage/kickstart/grammar"

// File is a kickstart file. Its nodes hold every byte of it.
type File struct {
	Name    string
	Version grammar.Version // by which it was read
	Nodes   []Node          // in their order
	// Problems are what the installer of Version would refuse or warn of, by place.
	Problems []Problem
}

// Node is a line, or several that belong together: a *[Plain], *[Command], *[Include], *[Append] or *[Section].
type Node interface {
	// Start is where it begins.
	Start() Place
	// Text is all of it as it stands in the file, with the ends of its lines.
	Text() string
}

// Plain is an empty line, a comment, or a line that could not be understood.
type Plain struct {
	Place Place
	Raw   string
}

// Word is a word of a line.
type Word struct {
	Place Place
	Raw   string // as written, with its quotes
	Value string // what it stands for
}

// Option is an option as it stands in a file.
type Option struct {
	Place Place
	Name  string         // as the grammar has it: "--size", also where an alias stands
	Spec  grammar.Option // zero for one that the release does not know; another program's has a name and a kind
	Given bool           // a value stands there
	Value string         // without quotes; empty for a flag
	At    Place          // of its value; where none is given, of the option
}

// Command is a line with a command.
type Command struct {
	Place   Place
	Raw     string
	Name    string          // as written
	Spec    grammar.Command // zero for one that the release does not know
	Words   []Word          // all, the name first
	Options []Option
	Args    []Word // those that are no options, without the name
	Comment string // what stands behind #, with it
	version grammar.Version
}

// Include is a %include line.
type Include struct {
	Place  Place
	Raw    string
	Target Word // a path or a URL
}

// Append is a %ksappend line.
type Append struct {
	Place  Place
	Raw    string
	Target Word
}

// Section is a %packages, %pre, %post, %onerror, %traceback, %addon or the like, up to its %end.
type Section struct {
	Place   Place
	Head    string // its first line
	Body    string // the lines between, as they stand
	End     string // the line with %end; empty where there is none
	Name    string // "%post"
	Spec    grammar.Section
	Words   []Word // of its first line, the name first
	Options []Option
	Args    []Word
	Entries []Entry // of %packages
	// Includes are the lines of %include in its body, whose files belong to it.
	Includes []*Include
	places   []Place // of the lines of the body, where they do not follow the head
}

// EntryKind is what a line of %packages is.
type EntryKind string

// The kinds of lines of %packages.
const (
	Package     EntryKind = "package"
	Group       EntryKind = "group"       // @core
	Environment EntryKind = "environment" // @^minimal
	Stream      EntryKind = "module"      // @module:stream/profile
)

// Entry is a line of %packages that asks for something.
type Entry struct {
	Place    Place
	Kind     EntryKind
	Excluded bool     // with a - in front
	Name     string   // without -, @ and ^; may hold * and ? of a package
	Arch     string   // of name.arch, where the end is an architecture that is known
	Options  []Option // --optional, --nodefaults of a group
	Comment  string
}

func (p *Plain) Start() Place   { return p.Place }
func (p *Plain) Text() string   { return p.Raw }
func (c *Command) Start() Place { return c.Place }
func (c *Command) Text() string { return c.Raw }
func (i *Include) Start() Place { return i.Place }
func (i *Include) Text() string { return i.Raw }
func (a *Append) Start() Place  { return a.Place }
func (a *Append) Text() string  { return a.Raw }
func (s *Section) Start() Place { return s.Place }
func (s *Section) Text() string { return s.Head + s.Body + s.End }

// BodyLine is the line of the file in which the body begins.
func (s *Section) BodyLine() int { return s.LinePlace(0).Line }

// LinePlace is the place of a line of the body, the first being 0: in a flattened file it may be in another one than the head.
func (s *Section) LinePlace(n int) Place {
	if n < len(s.places) {
		return s.places[n]
	}
	return Place{s.Place.File, s.Place.Line + 1 + n, 1}
}
