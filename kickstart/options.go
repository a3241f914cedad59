package kickstart

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/kickstart/grammar"
)

// reader reads options and the words between them. Up to RHEL 7 Python's optparse does it, from RHEL 8 on argparse: both let
// options and other words stand in any order, take a beginning of an option's name that no other has, end the
// options at "--", and differ in what the word behind an option may be.
type reader struct {
	p      *parser
	of     string // the command or section
	spec   []grammar.Option
	free   bool // options that are not listed are taken too
	hidden bool // the other words are secrets
	secret bool // an option whose value is a secret lacks it
}

// read parts options from other words.
func (r *reader) read(words []Word) (options []Option, args []Word) {
	seen := map[string]bool{}
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w.Value == "--" {
			return options, append(args, words[i+1:]...)
		}
		if !r.isOption(w.Value) {
			args = append(args, w)
			continue
		}
		name, value, given := w.Value, "", false
		if strings.HasPrefix(w.Value, "--") {
			name, value, given = strings.Cut(w.Value, "=")
		}
		spec, ok := r.find(name, w)
		o := Option{Place: w.Place, Name: name, Spec: spec, Given: given, Value: value, At: w.Place}
		if given {
			o.At.Column += max(0, strings.IndexByte(w.Raw, '=')+1)
		}
		if !ok {
			options = append(options, o)
			continue
		}
		o.Name = spec.Name
		if given && r.free && spec.Kind == grammar.Flag && !slices.ContainsFunc(r.spec, func(s grammar.Option) bool { return s.Name == spec.Name }) {
			o.Spec.Kind, spec.Kind = grammar.String, grammar.String // nobody told that it takes one, nor that it takes none
		}
		switch {
		case spec.Kind == grammar.Flag && given:
			r.p.problem(o.At, "bad-value", fmt.Sprintf("%s %s takes no value", r.of, name), "write "+name+" alone")
		case spec.Kind == grammar.Flag || given:
		case i+1 < len(words) && r.isValue(spec, words[i+1]):
			i++
			o.Given, o.Value, o.At = true, words[i].Value, words[i].Place
		case spec.Optional:
		case i+1 < len(words) && words[i+1].Value != "":
			r.secret = Option{Name: o.Name, Spec: spec, Given: true}.Secret()
			r.p.problem(w.Place, "missing-value", fmt.Sprintf("%s %s needs a value; what follows is an option", r.of, name), "write "+name+"=VALUE")
		default:
			r.p.problem(w.Place, "missing-value", fmt.Sprintf("%s %s needs a value", r.of, name), "write "+name+"=VALUE")
		}
		r.check(o, name, seen[spec.Name])
		seen[spec.Name] = true
		options = append(options, o)
	}
	return options, args
}

// isOption says whether a word at an option's place is one.
func (r *reader) isOption(s string) bool {
	if len(s) < 2 || s[0] != '-' {
		return false
	}
	if r.p.v < grammar.RHEL8 {
		return true
	}
	// argparse takes a negative number, and what has a blank and is no option's name, for a word.
	if isNegativeNumber(s) {
		return false
	}
	name, _, _ := strings.Cut(s, "=")
	return !strings.Contains(s, " ") || len(r.matching(name)) > 0
}

// isValue says whether the word behind an option is its value.
func (r *reader) isValue(spec grammar.Option, w Word) bool {
	switch {
	case r.p.v >= grammar.RHEL8:
		return !r.isOption(w.Value)
	case spec.Optional:
		return !strings.HasPrefix(w.Value, "-")
	case r.p.v >= grammar.RHEL6:
		return len(w.Value) <= 2 || !strings.HasPrefix(w.Value, "--")
	}
	if len(w.Value) > 2 && strings.HasPrefix(w.Value, "--") {
		r.p.warn(w.Place, "option-as-value", fmt.Sprintf("%s %s takes the word behind it for its value, though it looks like an option", r.of, spec.Name), "write "+spec.Name+"=VALUE")
	}
	return true
}

// isNegativeNumber is argparse's: "-1", "-1.5", "-.5".
func isNegativeNumber(s string) bool {
	whole, fraction, point := strings.Cut(s[1:], ".")
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if point {
		return digits(whole) && digits(fraction) && fraction != ""
	}
	return whole != "" && digits(whole)
}

// matching are the options whose name a word is, else those of which it is the beginning.
func (r *reader) matching(name string) []grammar.Option {
	var begun []grammar.Option
	for _, o := range r.spec {
		known := len(begun)
		for i := -1; i < len(o.Aliases); i++ {
			full := o.Name
			if i >= 0 {
				full = o.Aliases[i]
			}
			switch {
			case full == name:
				return []grammar.Option{o}
			case !o.Removed && !r.free && len(begun) == known && strings.HasPrefix(name, "--") && strings.HasPrefix(full, name):
				begun = append(begun, o)
			}
		}
	}
	return begun
}

// find gives the option that a word names, and tells where it is none.
func (r *reader) find(name string, w Word) (grammar.Option, bool) {
	found := r.matching(name)
	switch {
	case len(found) == 0 && r.free:
		return grammar.Option{Name: name, Kind: grammar.Flag, Repeats: true}, true
	case len(found) == 1 && (found[0].Name == name || slices.Contains(found[0].Aliases, name)):
		return found[0], true
	case len(found) == 1:
		r.p.warn(w.Place, "abbreviated-option", fmt.Sprintf("%s %s is short for %s", r.of, short(name), found[0].Name), "write the whole name")
		return found[0], true
	case len(found) > 1:
		r.p.problem(w.Place, "unknown-option", fmt.Sprintf("%s %s may be %s", r.of, short(name), either(optionNames(found))), "write the whole name")
		return grammar.Option{}, false
	}
	if r.p.full() {
		r.p.problem(w.Place, "unknown-option", "", "")
		return grammar.Option{}, false
	}
	shown := name
	switch {
	case r.secret:
		shown = "-…" // it may be meant as the value of the one in front
	case r.hidden && !strings.HasPrefix(name, "--"):
		shown = "-…"
	}
	hint := r.p.suggest(name, optionNames(r.spec))
	if hint == "" && len(r.spec) == 0 {
		hint = r.of + " has no options"
	}
	message := fmt.Sprintf("%s of %s has no option %s", r.of, r.p.v, short(shown))
	if h, ok := grammar.OptionHistory(r.of, name); ok && h.Releases[0] > r.p.v {
		message, hint = message+"; it comes with "+h.Releases[0].String(), ""
	}
	r.p.problem(w.Place, "unknown-option", message, hint)
	return grammar.Option{}, false
}

func optionNames(all []grammar.Option) []string {
	var out []string
	for _, o := range all {
		if !o.Removed {
			out = append(append(out, o.Name), o.Aliases...)
		}
	}
	return out
}

// check holds an option, and the name of it that is written, against its grammar.
func (r *reader) check(o Option, written string, again bool) {
	p, spec := r.p, o.Spec
	switch {
	case spec.Removed:
		message := fmt.Sprintf("%s %s is no longer there in %s", r.of, o.Name, p.v)
		if h, ok := grammar.OptionHistory(r.of, o.Name); ok && h.Removed != 0 {
			message = fmt.Sprintf("%s %s was removed in %s", r.of, o.Name, h.Removed)
		}
		p.problem(o.Place, "removed-option", message, instead(spec.Instead))
	case slices.Contains(spec.OldNames, written):
		p.warn(o.Place, "deprecated-option", fmt.Sprintf("%s %s is deprecated in %s", r.of, written, p.v), instead(spec.Name))
	case spec.Deprecated:
		p.warn(o.Place, "deprecated-option", fmt.Sprintf("%s %s is deprecated in %s", r.of, o.Name, p.v), instead(spec.Instead))
	}
	if again && !spec.Repeats && spec.Kind != grammar.Flag {
		p.warn(o.Place, "repeated-option", fmt.Sprintf("%s %s stands several times; the last one counts", r.of, o.Name), "keep one of them")
	}
	if o.Given && spec.Kind != grammar.Flag {
		r.checkValue(o)
	}
}

// checkValue holds a value against its kind.
func (r *reader) checkValue(o Option) {
	p, spec := r.p, o.Spec
	bad := func(what, hint string) {
		p.problem(o.At, "bad-value", fmt.Sprintf("%s %s takes %s, not %s", r.of, o.Name, what, short(o.Value)), hint)
	}
	switch spec.Kind {
	case grammar.Int:
		n, ok := parseInt(p.v, o.Value)
		switch {
		case !ok && o.Value == "=":
			bad("a whole number", "write "+o.Name+"=NUMBER without blanks")
		case !ok:
			bad("a whole number", "")
		case (spec.Min != 0 || spec.Max != 0) && n < spec.Min:
			bad(fmt.Sprintf("a number from %d on", spec.Min), "")
		case spec.Max != 0 && n > spec.Max:
			bad(fmt.Sprintf("a number up to %d", spec.Max), "")
		case isOctal(p.v, o.Value):
			p.warn(o.At, "octal-number", fmt.Sprintf("%s reads %s as an octal number: %d", p.v, o.Value, n), "write it without the 0 in front")
		}
	case grammar.Bool:
		if _, ok := parseBool(o.Value); !ok {
			bad("on or off, yes or no, true or false, 1 or 0", "")
		}
	case grammar.Choice:
		same := func(s string) bool { return s == o.Value || spec.AnyCase && strings.EqualFold(s, o.Value) }
		switch i := slices.IndexFunc(spec.Choices, same); {
		case i < 0:
			bad(either(spec.Choices), p.suggest(o.Value, spec.Choices))
		case spec.OldCase && !slices.Contains(spec.Choices, o.Value):
			message := fmt.Sprintf("the installer of %s may not know %s %s in these letters", p.v, r.of, o.Name)
			p.warn(o.At, "bad-value", message, "write "+spec.Choices[i])
		}
	}
	p.form(r.of+" "+o.Name, spec.Form, o.Value, o.At, o.Secret())
}

// required tells which options are missing.
func (r *reader) required(given []Option, at Place) {
	for _, o := range r.spec {
		if o.Required && !o.Removed && !has(given, o.Name) {
			r.p.problem(at, "missing-option", fmt.Sprintf("%s needs %s", r.of, o.Name), "write "+o.Name+"=VALUE behind it")
		}
	}
}
