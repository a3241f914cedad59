package grammar

import (
	"slices"
)

// Lookup is the command of this name, or with this alias, as a release reads it. Names are written as in a file: small
// letters. A command that the release refuses is not found, whatever earlier releases did: see [CommandHistory].
func Lookup(v Version, name string) (Command, bool) {
	c, ok := find(v, name)
	if !ok {
		return Command{}, false
	}
	return c.of(v), true
}

// find is the command in the tables. One name belongs to one command in any release.
func find(v Version, name string) (command, bool) {
	for _, c := range commands() {
		if within(v, c.since, c.last) && slices.Contains(c.names(), name) {
			return c, true
		}
	}
	return command{}, false
}

// Names are the names and aliases of all commands that a release reads, sorted.
func Names(v Version) []string {
	var out []string
	for _, c := range commands() {
		if within(v, c.since, c.last) {
			out = append(out, c.names()...)
		}
	}
	slices.Sort(out)
	return out
}

// Sections are the sections that a release reads, by name.
func Sections(v Version) []Section {
	var out []Section
	for _, s := range sections {
		if within(v, s.since, s.last) {
			out = append(out, s.of(v))
		}
	}
	return out
}

// LookupSection is the section of this name, as "%post".
func LookupSection(v Version, name string) (Section, bool) {
	for _, s := range sections {
		if s.name == name && within(v, s.since, s.last) {
			return s.of(v), true
		}
	}
	return Section{}, false
}

// Option is the option of this name or with this alias.
func (c Command) Option(name string) (Option, bool) { return named(c.Options, name) }

// Option is the option of the first line with this name or alias.
func (s Section) Option(name string) (Option, bool) { return named(s.Options, name) }

func named(all []Option, name string) (Option, bool) {
	for _, o := range all {
		if o.Name == name || slices.Contains(o.Aliases, name) {
			return o, true
		}
	}
	return Option{}, false
}
