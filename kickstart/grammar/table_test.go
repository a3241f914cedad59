package grammar

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	commandName = regexp.MustCompile(`^[a-z][a-z_]*$`)
	optionName  = regexp.MustCompile(`^--[a-zA-Z0-9]+(-[a-z0-9]+)*$`)
)

// spanProblem tells what is wrong with the releases of one row of a table.
func spanProblem(since, last, deprecated Version) string {
	known := func(v Version) bool { return v == 0 || slices.Contains(Versions(), v) }
	switch {
	case !known(since) || !known(last) || !known(deprecated):
		return "a release that is not known"
	case since == RHEL5 || last == RHEL9:
		return "the oldest and the newest release are written as 0"
	case last != 0 && last < since:
		return "ends before it begins"
	case deprecated != 0 && (deprecated < since || last != 0 && deprecated > last):
		return "is deprecated outside its span"
	}
	return ""
}

// optionProblems tells what is wrong with the rows of one command's options.
func optionProblems(all []option) []string {
	var out []string
	names := map[string]string{} // a name or alias, and the option that has it
	for i, o := range all {
		say := func(what string) { out = append(out, o.name+": "+what) }
		if p := spanProblem(o.since, o.last, o.deprecated); p != "" {
			say(p)
		}
		for _, n := range o.names() {
			if !optionName.MatchString(n) {
				say("is no name of an option: " + n)
			}
			if owner, ok := names[n]; ok && owner != o.name {
				say("shares a name with " + owner)
			}
			names[n] = o.name
		}
		for _, before := range all[:i] {
			if before.name == o.name && (before.last == 0 || before.last >= o.since) {
				say("two forms overlap")
			}
		}
		switch {
		case (o.kind == Choice) != (o.choices != ""):
			say("choices belong to a choice")
		case o.anyCase && o.kind != Choice:
			say("case matters to a choice alone")
		case o.kind != Int && (o.min != 0 || o.max != 0):
			say("bounds belong to a number")
		case o.min > o.max:
			say("bounds in the wrong order")
		case o.required && (o.kind == Flag || o.kind == "" || o.optional):
			say("a required option has a value")
		case o.optional && (o.kind == Flag || o.kind == ""):
			say("a flag has no value to leave out")
		case o.repeats && (o.kind == Flag || o.kind == ""):
			say("a flag does not add up")
		case o.kind == Flag:
			say("a flag is the kind that is left out")
		case o.instead != "" && o.deprecated == 0 && o.last == 0:
			say("is neither deprecated nor removed, and says what to write instead")
		}
		choices := strings.Fields(o.choices)
		if slices.Sort(choices); len(slices.Compact(choices)) != len(strings.Fields(o.choices)) {
			say("a choice stands twice")
		}
	}
	return out
}

// commandProblems tells what is wrong with commands.
func commandProblems(all []command) []string {
	var out []string
	for i, c := range all {
		say := func(what string) { out = append(out, c.name+": "+what) }
		if p := spanProblem(c.since, c.last, c.deprecated); p != "" {
			say(p)
		}
		for _, n := range c.names() {
			if !commandName.MatchString(n) {
				say("is no name of a command: " + n)
			}
			for _, other := range all[:i] {
				if slices.Contains(other.names(), n) {
					say("shares a name with " + other.name)
				}
			}
		}
		for _, p := range optionProblems(c.options) {
			say(p)
		}
		for _, o := range c.options {
			// A row that says what the command's own span says anyway is a slip.
			if o.since != 0 && o.since <= c.since || o.last != 0 && c.last != 0 && o.last >= c.last {
				say(o.name + ": its span is the command's")
			}
		}
		for _, p := range wordProblems(c.args) {
			say(p)
		}
		if c.instead != "" && c.deprecated == 0 && c.last == 0 {
			say("is neither deprecated nor removed, and says what to write instead")
		}
	}
	return out
}

func wordProblems(all []words) []string {
	var out []string
	for i, w := range all {
		if i > 0 && w.since <= all[i-1].since || i == 0 && w.since != 0 {
			out = append(out, "its words are not in the order of releases")
		}
		if w.max >= 0 && w.min > w.max || w.max < -1 || (w.max == 0) != (w.name == "") {
			out = append(out, "its words do not count")
		}
	}
	return out
}

func TestTablesHoldTogether(t *testing.T) {
	for _, p := range commandProblems(commands()) {
		t.Error(p)
	}
	for i, s := range sections {
		if i > 0 && s.name <= sections[i-1].name {
			t.Errorf("%s is out of order", s.name)
		}
		if p := spanProblem(s.since, s.last, s.deprecated); p != "" {
			t.Errorf("%s %s", s.name, p)
		}
		for _, p := range append(optionProblems(s.options), wordProblems(s.args)...) {
			t.Errorf("%s: %s", s.name, p)
		}
	}
	if !slices.IsSorted(architectures) || len(slices.Compact(slices.Clone(architectures))) != len(architectures) {
		t.Error("the architectures are out of order, or one stands twice")
	}
}

// The judge above has to find what it looks for.
func TestProblemsAreFound(t *testing.T) {
	for want, c := range map[string]command{
		"ends before":       {name: "a", since: RHEL8, last: RHEL7},
		"outside its span":  {name: "a", last: RHEL7, deprecated: RHEL8},
		"written as 0":      {name: "a", since: RHEL5},
		"not known":         {name: "a", since: 4},
		"no name of a comm": {name: "A b"},
		"no name of an opt": {name: "a", options: []option{{name: "-x"}}},
		"overlap":           {name: "a", options: []option{{name: "--x"}, {name: "--x", since: RHEL7}}},
		"shares a name":     {name: "a", options: []option{{name: "--x", aliases: "--y"}, {name: "--y"}}},
		"belong to a choi":  {name: "a", options: []option{{name: "--x", kind: Choice}}},
		"stands twice":      {name: "a", options: []option{{name: "--x", kind: Choice, choices: "b c b"}}},
		"belong to a numb":  {name: "a", options: []option{{name: "--x", kind: String, max: 3}}},
		"wrong order":       {name: "a", options: []option{{name: "--x", kind: Int, min: 3, max: 1}}},
		"required option":   {name: "a", options: []option{{name: "--x", required: true}}},
		"neither depre":     {name: "a", options: []option{{name: "--x", instead: "--y"}}},
		"is the command's":  {name: "a", since: RHEL7, options: []option{{name: "--x", since: RHEL6}}},
		"order of releases": {name: "a", args: []words{{since: RHEL7, max: 1, name: "x"}}},
		"do not count":      {name: "a", args: []words{{min: 2, max: 1, name: "x"}}},
	} {
		got := strings.Join(commandProblems([]command{c}), "\n")
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

func TestEveryReleaseHoldsTogether(t *testing.T) {
	for _, v := range Versions() {
		names := Names(v)
		if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
			t.Errorf("%s: the names are out of order, or one stands twice", v)
		}
		for _, n := range names {
			c, ok := Lookup(v, n)
			if !ok || n != c.Name && !slices.Contains(c.Aliases, n) {
				t.Errorf("%s: %s leads to %q", v, n, c.Name)
				continue
			}
			h, ok := CommandHistory(n)
			if !ok || !slices.Contains(h.Releases, v) {
				t.Errorf("%s: the history of %s does not tell of it", v, n)
			}
			if c.Deprecated != (h.Deprecated != 0 && v >= h.Deprecated) {
				t.Errorf("%s: %s is deprecated for the one, not for the other", v, n)
			}
			optionsHoldTogether(t, v, n, c.Options)
		}
		for _, s := range Sections(v) {
			one, ok := LookupSection(v, s.Name)
			if !ok || one.Name != s.Name {
				t.Errorf("%s: %s is listed, not found", v, s.Name)
			}
			optionsHoldTogether(t, v, s.Name, s.Options)
		}
	}
}

func optionsHoldTogether(t *testing.T, v Version, owner string, all []Option) {
	t.Helper()
	seen := map[string]bool{}
	for _, o := range all {
		if o.Kind == "" || o.Removed && (o.Deprecated || o.Required) || (o.Kind == Choice) != (len(o.Choices) > 0) {
			t.Errorf("%s: %s %+v", v, owner, o)
		}
		if o.Instead != "" && !o.Removed && !o.Deprecated {
			t.Errorf("%s: %s %s is in order, and says what to write instead", v, owner, o.Name)
		}
		for _, n := range append([]string{o.Name}, o.Aliases...) {
			if seen[n] {
				t.Errorf("%s: %s %s stands twice", v, owner, n)
			}
			seen[n] = true
			h, ok := OptionHistory(owner, n)
			if !ok || slices.Contains(h.Releases, v) == o.Removed {
				t.Errorf("%s: the history of %s %s tells otherwise", v, owner, n)
			}
		}
	}
}

// A caller who appends to what it gets does not write into what others get.
func TestSharedSlicesDoNotGrow(t *testing.T) {
	c, _ := Lookup(RHEL6, "part")
	_ = append(c.Options, Option{Name: "--spoilt"})
	if len(c.Options) != cap(c.Options) {
		t.Error("there is room behind the options")
	}
	for _, all := range [][]string{Architectures(), Names(RHEL6)} {
		all[0] = "spoilt"
	}
	if Architectures()[0] == "spoilt" || Names(RHEL6)[0] == "spoilt" {
		t.Error("a caller's change went into the tables")
	}
}

// A version that is none reads nothing.
func TestUnknownVersion(t *testing.T) {
	for _, v := range []Version{0, 4, 10, -1} {
		if _, ok := Lookup(v, "part"); ok || len(Names(v)) > 0 || len(Sections(v)) > 0 {
			t.Errorf("version %d reads something", v)
		}
	}
}
