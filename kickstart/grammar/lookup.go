package grammar

import (
	"slices"
	"sync"
)

// release is what one release reads, by every name of it.
type release struct {
	commands map[string]Command
	names    []string // of the commands, sorted
	sections []Section
}

// releases are cut out of the tables once, when the first question comes.
var releases = sync.OnceValue(func() map[Version]*release {
	out := map[Version]*release{}
	for _, v := range Versions() {
		r := &release{commands: map[string]Command{}}
		for _, c := range commands() {
			if !within(v, c.since, c.last) {
				continue
			}
			one := c.of(v)
			for _, n := range c.names() {
				r.commands[n] = one
				r.names = append(r.names, n)
			}
		}
		slices.Sort(r.names)
		for _, s := range sections {
			if within(v, s.since, s.last) {
				r.sections = append(r.sections, s.of(v))
			}
		}
		out[v] = r
	}
	return out
})

// of is the release of a version; one that is not known reads nothing.
func of(v Version) *release {
	if r := releases()[v]; r != nil {
		return r
	}
	return &release{}
}

// Lookup is the command of this name, or with this alias, as a release reads it. Names are written as in a file: small
// letters. A command that the release refuses is not found, whatever earlier releases did: see [CommandHistory]. All
// who ask share the slices in it, which are not to be changed.
func Lookup(v Version, name string) (Command, bool) {
	c, ok := of(v).commands[name]
	return c, ok
}

// Names are the names and aliases of all commands that a release reads, sorted.
func Names(v Version) []string { return slices.Clone(of(v).names) }

// Sections are the sections that a release reads, by name.
func Sections(v Version) []Section { return slices.Clone(of(v).sections) }

// LookupSection is the section of this name, as "%post". All who ask share the slices in it.
func LookupSection(v Version, name string) (Section, bool) {
	all := of(v).sections
	i := slices.IndexFunc(all, func(s Section) bool { return s.Name == name })
	if i < 0 {
		return Section{}, false
	}
	return all[i], true
}
