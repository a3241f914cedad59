package kickstart

import (
	"slices"
	"strings"

	"lbimage/kickstart/grammar"
)

// Commands are the commands of these names in their order, aliases among them: Commands("part") finds "partition" too.
// Without names: all.
func (f *File) Commands(names ...string) []*Command {
	var out []*Command
	for _, n := range f.Nodes {
		if c, ok := n.(*Command); ok && (len(names) == 0 || slices.ContainsFunc(names, c.is)) {
			out = append(out, c)
		}
	}
	return out
}

// is says whether a command has a name, as it stands or in the grammar.
func (c *Command) is(name string) bool {
	return c.Name == name || c.Spec.Name == name || slices.Contains(c.Spec.Aliases, name)
}

// Sections are the sections of this name, as "%post", in their order. Without one: all.
func (f *File) Sections(name string) []*Section {
	var out []*Section
	for _, n := range f.Nodes {
		if s, ok := n.(*Section); ok && (name == "" || s.Name == name) {
			out = append(out, s)
		}
	}
	return out
}

// Packages are the entries of all %packages sections, in their order.
func (f *File) Packages() []Entry {
	var out []Entry
	for _, s := range f.Sections("%packages") {
		out = append(out, s.Entries...)
	}
	return out
}

// Has says whether an option stands there, by its name in the grammar.
func (c *Command) Has(option string) bool { return has(c.Options, option) }

// Value is what the last option of this name says.
func (c *Command) Value(option string) (string, bool) { return value(c.Options, option) }

// Values are the values of all options of this name, in their order.
func (c *Command) Values(option string) []string { return values(c.Options, option) }

// List are the parts of a List option: split at commas, without blanks and empty ones.
func (c *Command) List(option string) []string {
	var out []string
	for _, value := range c.Values(option) {
		out = append(out, parts(value)...)
	}
	return out
}

// parts are what stands between commas.
func parts(value string) []string {
	out := []string{}
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.Trim(part, blanks); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Int is a number, as the release reads it; not ok where the option is not there or holds none.
func (c *Command) Int(option string) (int64, bool) {
	s, ok := c.Value(option)
	if !ok {
		return 0, false
	}
	return parseInt(c.version, s)
}

// Bool is a switch; not ok where the option is not there or holds none.
func (c *Command) Bool(option string) (value, ok bool) {
	s, ok := c.Value(option)
	if !ok {
		return false, false
	}
	return parseBool(s)
}

// Typed is an option's value by its kind in the grammar, as a release reads it: true for a flag, an int64, a bool, a
// []string, else a string. A value that does not fit its kind stays a string.
func (o Option) Typed(v grammar.Version) any {
	switch {
	case !o.Given:
		return true
	case o.Spec.Kind == grammar.Int:
		if n, ok := parseInt(v, o.Value); ok {
			return n
		}
	case o.Spec.Kind == grammar.Bool:
		if b, ok := parseBool(o.Value); ok {
			return b
		}
	case o.Spec.Kind == grammar.List:
		return parts(o.Value)
	}
	return o.Value
}

// Has, Value and Values are those of the section's first line.
func (s *Section) Has(option string) bool             { return has(s.Options, option) }
func (s *Section) Value(option string) (string, bool) { return value(s.Options, option) }
func (s *Section) Values(option string) []string      { return values(s.Options, option) }

func has(all []Option, name string) bool {
	_, ok := value(all, name)
	return ok
}

func value(all []Option, name string) (string, bool) {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Name == name {
			return all[i].Value, true
		}
	}
	return "", false
}

func values(all []Option, name string) []string {
	var out []string
	for _, o := range all {
		if o.Name == name {
			out = append(out, o.Value)
		}
	}
	return out
}
