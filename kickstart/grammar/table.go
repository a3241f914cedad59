package grammar

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// command is a command over all releases.
type command struct {
	name    string
	aliases string  // other names, with blanks between
	since   Version // the first release that reads it; 0: the oldest known
	last    Version // the last release that reads it; 0: the newest known
	// deprecated is the first release that warns; 0: none does. instead is what to write now.
	deprecated Version
	instead    string
	once, free bool
	// between says that options stand between the first word and the last.
	between bool
	// ignored says that from deprecated on nothing of the line is read.
	ignored bool
	args    []words
	options []option
	rules   []rule
	unique  []unique
	after   []after
}

// option is an option over all releases. What it is may change: then there are several of one name, the oldest
// first, for releases that do not overlap.
type option struct {
	name       string
	aliases    string // other names, with blanks between
	kind       Kind   // "" is a Flag
	choices    string // of a Choice, with blanks between
	anyCase    bool
	min, max   int64 // of an Int
	since      Version
	last       Version
	deprecated Version
	instead    string
	required   bool
	repeats    bool
	optional   bool
	form       []form
	// oldNames are aliases that draw a warning from the release oldSince on, with blanks between.
	oldNames string
	// oldCase is the last release whose installers took a choice as it is listed alone.
	oldCase  Version
	oldSince Version
}

// words are a command's words that are no options, from a release on.
type words struct {
	since    Version
	min, max int
	name     string
	choices  string // with blanks between
	form     []form
}

// section is a section over all releases.
type section struct {
	name       string
	since      Version
	last       Version
	deprecated Version
	raw, free  bool
	args       []words
	options    []option
}

// needsEnd is the first release that refuses a section without %end.
const needsEnd = RHEL6

// within says whether a release lies in a span.
func within(v, since, last Version) bool { return v >= since && (last == 0 || v <= last) }

// from says whether a release is v or a later one; 0 is never.
func from(v, first Version) bool { return first != 0 && v >= first }

// commands are those of all subjects, by name.
var commands = sync.OnceValue(func() []command {
	all := slices.Concat(disks, volumes, devices, boot, network, accounts, software, system, installer)
	slices.SortFunc(all, func(a, b command) int { return cmp.Compare(a.name, b.name) })
	return all
})

// names are the name and the aliases.
func (c command) names() []string { return append([]string{c.name}, strings.Fields(c.aliases)...) }

// names are the name and the aliases.
func (o option) names() []string { return append([]string{o.name}, strings.Fields(o.aliases)...) }

// of is the command as a release reads it.
func (c command) of(v Version) Command {
	out := Command{
		Name: c.name, Aliases: strings.Fields(c.aliases), Once: c.once, Free: c.free, Between: c.between,
		Options: optionsOf(c.options, v), Args: argsOf(c.args, v),
		Rules: rulesOf(c.rules, v), Unique: uniqueOf(c.unique), After: afterOf(c.after, v),
	}
	if from(v, c.deprecated) {
		out.Deprecated, out.Instead, out.Ignored = true, c.instead, c.ignored
	}
	return out
}

// optionsOf are the options of a release: those that it reads, and those that earlier ones read. They are in the
// table's order.
func optionsOf(all []option, v Version) []Option {
	var out []Option
	at := map[string]int{}
	for _, o := range all {
		if v < o.since {
			continue
		}
		one := o.of(v)
		if i, ok := at[o.name]; ok {
			out[i] = one // a later form of the same
			continue
		}
		at[o.name] = len(out)
		out = append(out, one)
	}
	return slices.Clip(out)
}

// of is the option as a release reads it, or as the last release read it that did.
func (o option) of(v Version) Option {
	out := Option{
		Name: o.name, Aliases: strings.Fields(o.aliases), Kind: cmp.Or(o.kind, Flag), Choices: strings.Fields(o.choices),
		AnyCase: o.anyCase, Min: o.min, Max: o.max, Required: o.required, Repeats: o.repeats, Optional: o.optional,
		Form: formOf(o.form, v),
	}
	out.OldCase = v <= o.oldCase
	if from(v, o.oldSince) {
		out.OldNames = strings.Fields(o.oldNames)
	}
	switch {
	case !within(v, o.since, o.last):
		out.Removed, out.Required, out.Instead = true, false, o.instead
	case from(v, o.deprecated):
		out.Deprecated, out.Instead = true, o.instead
	}
	return out
}

// argsOf are the words of a release: the last that begin with it or before.
func argsOf(all []words, v Version) Args {
	var out Args
	for _, w := range all {
		if v >= w.since {
			out = Args{Min: w.min, Max: w.max, Name: w.name, Choices: strings.Fields(w.choices), Form: formOf(w.form, v)}
		}
	}
	return out
}

// of is the section as a release reads it.
func (s section) of(v Version) Section {
	return Section{
		Name: s.name, Options: optionsOf(s.options, v), Args: argsOf(s.args, v), Raw: s.raw, Free: s.free,
		NeedsEnd: v >= needsEnd, Deprecated: from(v, s.deprecated),
	}
}

// exactly are so many words, in every release.
func exactly(n int, name string) []words { return []words{{min: n, max: n, name: name}} }
