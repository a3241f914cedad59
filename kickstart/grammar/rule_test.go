package grammar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// ruleProblems tells what is wrong with what one release's command asks of its options, its words and other commands.
func ruleProblems(c Command, known func(string) bool) []string {
	var out []string
	term := func(t Term) {
		if t.Option == "" {
			if t.Word < 1 || t.Word > c.Args.Max && c.Args.Max >= 0 || t.Value == "" && t.Name == "" {
				out = append(out, fmt.Sprintf("word %d: there is no such word, or it has no name", t.Word))
			}
			if t.Value != "" && len(c.Args.Choices) > 0 && !slices.Contains(c.Args.Choices, t.Value) {
				out = append(out, t.Value+": is none of the words")
			}
			return
		}
		i := slices.IndexFunc(c.Options, func(o Option) bool { return o.Name == t.Option })
		switch {
		case i < 0 || c.Options[i].Removed:
			out = append(out, t.String()+": there is no such option")
		case t.Value != "" && c.Options[i].Kind == Flag:
			out = append(out, t.String()+": a flag has no value")
		case t.Value != "" && c.Options[i].Kind == Choice && !slices.Contains(c.Options[i].Choices, t.Value):
			out = append(out, t.String()+": is none of the choices")
		}
	}
	for _, r := range c.Rules {
		for _, t := range slices.Concat(r.When, r.Unless, r.Of) {
			term(t)
		}
		if len(r.Of) == 0 || r.Max >= 0 && r.Min > r.Max || r.Max == 1 && len(r.Of) < 2 || r.Min == 0 && r.Max < 0 {
			out = append(out, fmt.Sprintf("%v: asks for nothing", r))
		}
	}
	for _, u := range c.Unique {
		for _, t := range u.Key {
			term(t)
		}
		if len(u.Key) == 0 || c.Once {
			out = append(out, "nothing is compared")
		}
	}
	for _, n := range c.After {
		if !known(n) || n == c.Name {
			out = append(out, n+": is no other command")
		}
	}
	return out
}

func TestRulesHoldTogether(t *testing.T) {
	rules := 0
	for _, v := range Versions() {
		known := func(n string) bool { c, ok := Lookup(v, n); return ok && c.Name == n }
		for _, n := range Names(v) {
			c, _ := Lookup(v, n)
			rules += len(c.Rules)
			for _, p := range ruleProblems(c, known) {
				t.Errorf("%s: %s: %s", v, n, p)
			}
		}
	}
	if rules < 100 {
		t.Errorf("only %d rules were looked at", rules)
	}
	for _, c := range commands() {
		for _, r := range c.rules {
			if p := spanProblem(r.since, r.last, 0); p != "" {
				t.Errorf("%s: a rule %s", c.name, p)
			}
			set := 0
			for _, s := range []string{r.need, r.most, r.exactly, r.never} {
				if s != "" {
					set++
				}
			}
			if set != 1 {
				t.Errorf("%s: a rule asks for %d things", c.name, set)
			}
		}
		for _, o := range c.options {
			for _, f := range o.form {
				if p := spanProblem(f.since, f.last, 0); p != "" || f.pattern == "" || f.name == "" {
					t.Errorf("%s %s: its form %s", c.name, o.name, p)
				}
			}
			if (o.oldNames == "") != (o.oldSince == 0) {
				t.Errorf("%s %s: old names from no release on", c.name, o.name)
			}
		}
	}
}

// The judge above has to find what it looks for.
func TestRuleProblemsAreFound(t *testing.T) {
	options := []Option{{Name: "--a", Kind: String}, {Name: "--gone", Removed: true}, {Name: "--flag", Kind: Flag},
		{Name: "--pick", Kind: Choice, Choices: []string{"x"}}}
	most := func(s string) Command {
		return Command{Name: "c", Options: options, Rules: []Rule{rule{most: s}.of()}}
	}
	for want, c := range map[string]Command{
		"--b: there is no such option":    most("--a --b"),
		"--gone: there is no such option": most("--a --gone"),
		"a flag has no value":             most("--a --flag=1"),
		"--pick=y: is none":               most("--a --pick=y"),
		"there is no such word":           most("--a word1"),
		"asks for nothing":                most("--a"),
		"nothing is compared":             {Name: "c", Options: options, Once: true, Unique: []Unique{{Key: terms("--a", "")}}},
		"d: is no other command":          {Name: "c", After: []string{"d"}},
		"c: is no other command":          {Name: "c", After: []string{"c"}},
	} {
		got := strings.Join(ruleProblems(c, func(n string) bool { return n == "c" }), "\n")
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	ok := Command{Name: "c", Options: options, Args: Args{Max: 1}, Rules: []Rule{rule{need: "word1 --a", word: "thing"}.of()}}
	if got := ruleProblems(ok, func(string) bool { return false }); got != nil {
		t.Error(got)
	}
}

func TestRuleNumbers(t *testing.T) {
	for _, test := range []struct {
		rule rule
		want string
	}{
		{rule{need: "--a --b"}, "[] [] [--a --b] 1..-1"},
		{rule{most: "--a --b=c"}, "[] [] [--a --b=c] 0..1"},
		{rule{exactly: "word1 --b", word: "thing"}, "[] [] [thing --b] 1..1"},
		{rule{never: "--a=b", when: "word1=use", unless: "--c"}, "[use] [--c] [--a=b] 0..0"},
	} {
		r := test.rule.of()
		if got := fmt.Sprintf("%v %v %v %d..%d", r.When, r.Unless, r.Of, r.Min, r.Max); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

// What a release asks is not what another one asks.
func TestRulesOfReleases(t *testing.T) {
	tell := func(v Version, name string) string {
		c, _ := Lookup(v, name)
		var out []string
		for _, r := range c.Rules {
			out = append(out, fmt.Sprintf("%d..%d %v", r.Min, r.Max, r.Of))
		}
		return strings.Join(append(out, c.After...), "; ")
	}
	for _, test := range []struct {
		v          Version
		name, want string
	}{
		{RHEL5, "autopart", ""},
		{RHEL6, "autopart", "logvol; part; raid; volgroup"},
		{RHEL7, "reqpart", "autopart"},
		{RHEL8, "reqpart", "autopart; mount"},
		{RHEL6, "repo", "1..1 [--baseurl --mirrorlist]"},
		{RHEL7, "repo", "0..1 [--baseurl --mirrorlist]"},
		{RHEL9, "repo", "0..1 [--baseurl --mirrorlist --metalink]"},
		{RHEL6, "rootpw", ""},
		{RHEL7, "rootpw", "1..-1 [a password --lock]"},
	} {
		if got := tell(test.v, test.name); got != test.want {
			t.Errorf("%s: %s: %q, want %q", test.v, test.name, got, test.want)
		}
	}
	for _, v := range Versions() {
		c, _ := Lookup(v, "raid")
		i := slices.IndexFunc(c.Options, func(o Option) bool { return o.Name == "--device" })
		f := c.Options[i].Form
		if f.Pattern.MatchString("md1x") == (v < RHEL7) || !f.Pattern.MatchString("md1") || f.Pattern.MatchString("") {
			t.Errorf("%s: the device of raid: %v", v, f.Pattern)
		}
	}
}
