package grammar

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Term is something that holds of a command or does not: an option stands there, a word stands there, or one of them
// says something. An option with an empty value, or with the number 0, counts as one that is not there, as it does for
// the installer.
type Term struct {
	Option string // "--size"; empty where it is a word
	Word   int    // the word's number among those that are no options, from 1 on
	Value  string // what the option or the word has to say; empty: anything
	Name   string // of a word, as "member"
}

// String is the term as a person would say it: "--size", "--fstype=btrfs", "member".
func (t Term) String() string {
	switch {
	case t.Option == "" && t.Value != "":
		return t.Value
	case t.Option == "":
		return t.Name
	case t.Value != "":
		return t.Option + "=" + t.Value
	}
	return t.Option
}

// Rule is a condition between the options and words of one command: so many of its terms have to hold.
type Rule struct {
	When   []Term // where not all of these hold, the rule asks for nothing
	Unless []Term // nor where one of these holds
	Of     []Term
	Min    int // how many of them have to hold at least: 0 or 1
	Max    int // and at most: 0, 1, or -1 for any number
}

// Unique is what no two commands of one name may have alike.
type Unique struct {
	Key     []Term // what is compared; a command that lacks one of them is not
	Refused bool   // the second one is refused; else there is a warning
}

// Form is how a value is written.
type Form struct {
	Pattern *regexp.Regexp // that the whole value matches
	Name    string         // what it is, as "one drive"
}

// rule is a condition over the releases that have it. One of need, most, exactly and never is set: terms with blanks
// between, which are --option, --option=value, word1, word2 and word1=value.
type rule struct {
	since, last  Version
	when, unless string
	need         string // one of these at least
	most         string // one of these at most
	exactly      string // one of these
	never        string // none of these
	word         string // the name of a word in them
}

// unique is a key over the releases that compare it.
type unique struct {
	key     string
	refused bool
	word    string
}

// after are commands behind which another one is refused, with blanks between, from a release on.
type after struct {
	since Version
	names string
}

// form is a form that a value has from one release to another.
type form struct {
	since, last Version
	pattern     string // of the whole value
	name        string
}

// terms reads terms with blanks between.
func terms(s, word string) []Term {
	var out []Term
	for _, f := range strings.Fields(s) {
		name, value, _ := strings.Cut(f, "=")
		t := Term{Value: value}
		switch number, isWord := strings.CutPrefix(name, "word"); {
		case isWord:
			t.Word, t.Name = int(number[0]-'0'), word
		default:
			t.Option = name
		}
		out = append(out, t)
	}
	return out
}

// of is the rule as it is asked.
func (r rule) of() Rule {
	out := Rule{When: terms(r.when, r.word), Unless: terms(r.unless, r.word), Max: 1}
	switch {
	case r.need != "":
		out.Min, out.Max = 1, -1
	case r.exactly != "":
		out.Min = 1
	case r.never != "":
		out.Max = 0
	}
	out.Of = terms(cmp.Or(r.need, r.most, r.exactly, r.never), r.word)
	return out
}

func rulesOf(all []rule, v Version) []Rule {
	var out []Rule
	for _, r := range all {
		if within(v, r.since, r.last) {
			out = append(out, r.of())
		}
	}
	return slices.Clip(out)
}

func uniqueOf(all []unique) []Unique {
	var out []Unique
	for _, u := range all {
		out = append(out, Unique{terms(u.key, u.word), u.refused})
	}
	return slices.Clip(out)
}

func afterOf(all []after, v Version) []string {
	var out []string
	for _, a := range all {
		if v >= a.since {
			out = append(out, strings.Fields(a.names)...)
		}
	}
	slices.Sort(out)
	return slices.Clip(out)
}

// formOf is the form that a release asks for.
func formOf(all []form, v Version) *Form {
	for _, f := range all {
		if within(v, f.since, f.last) {
			return &Form{regexp.MustCompile(`^(?s:` + f.pattern + `)$`), f.name}
		}
	}
	return nil
}

// filled is the form of a value that may not be empty.
var filled = []form{{pattern: `.+`, name: "a value that is not empty"}}
