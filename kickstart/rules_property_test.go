package kickstart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
)

// lineOf is a line of a command in which terms hold, and of its other options those alone that it cannot be without.
func lineOf(c grammar.Command, holding, lacking []grammar.Term) string {
	words, options := make([]string, 0, 4), ""
	word := func(n int, value string) {
		for len(words) < n {
			words = append(words, "vg/lv"+fmt.Sprint(len(words)))
		}
		if n > 0 && value != "" {
			words[n-1] = value
		}
	}
	word(c.Args.Min, "")
	if len(c.Args.Choices) > 0 {
		word(1, c.Args.Choices[0])
	}
	given := map[string]bool{}
	option := func(o grammar.Option, value string) {
		if given[o.Name] {
			return
		}
		given[o.Name] = true
		options += " " + o.Name
		if o.Kind != grammar.Flag {
			options += "=" + value
		}
	}
	for _, t := range holding {
		if t.Option == "" {
			word(t.Word, t.Value)
			continue
		}
		o := c.Options[slices.IndexFunc(c.Options, func(o grammar.Option) bool { return o.Name == t.Option })]
		value := t.Value
		if value == "" {
			value = sampleOf(o)
		}
		option(o, value)
	}
	for _, o := range c.Options {
		lacks := slices.ContainsFunc(lacking, func(t grammar.Term) bool { return t.Option == o.Name })
		if o.Required && !o.Removed && !lacks {
			option(o, sampleOf(o))
		}
	}
	return c.Name + " " + strings.Join(words, " ") + options
}

// sampleOf is a value that an option can have.
func sampleOf(o grammar.Option) string {
	values := []string{"1", "md0", "a=b", "http://example.com/"}
	if o.Kind == grammar.Choice {
		values = o.Choices
	}
	for _, v := range values {
		if o.Form == nil || o.Form.Pattern.MatchString(v) {
			return v
		}
	}
	return ""
}

// Each rule of each release is told where it is broken, and not where it is kept.
func TestEveryRuleCounts(t *testing.T) {
	tried := 0
	for _, v := range grammar.Versions() {
		for _, name := range grammar.Names(v) {
			c, _ := grammar.Lookup(v, name)
			if c.Ignored || c.Name != name {
				continue
			}
			for _, r := range c.Rules {
				names := []string{}
				for _, term := range r.Of {
					names = append(names, term.String())
				}
				tell := func(line string) []string {
					f, err := Parse("x.ks", []byte(line+"\n"), v)
					if err != nil {
						t.Fatal(err)
					}
					var out []string
					for _, p := range f.Problems {
						if !p.Warning {
							out = append(out, p.Rule+": "+p.Message)
						}
					}
					return out
				}
				has := func(all []string, rule, what string) bool {
					return slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, rule) && strings.Contains(s, what) })
				}
				if r.Min > 0 {
					tried++
					broken := lineOf(c, r.When, r.Of)
					if got := tell(broken); !has(got, "missing-", "needs "+either(names)) {
						t.Errorf("%s: %s: nothing is missing: %v", v, broken, got)
					}
					for _, one := range r.Of {
						kept := lineOf(c, append(slices.Clone(r.When), one), r.Of)
						if got := tell(kept); has(got, "missing-", "needs "+either(names)) {
							t.Errorf("%s: %s: %v", v, kept, got)
						}
					}
				}
				if r.Max >= 0 {
					tried++
					broken := lineOf(c, append(slices.Clone(r.When), r.Of[:r.Max+1]...), nil)
					if got := tell(broken); !has(got, "conflicting-options", joined(r.Of[:r.Max+1], " and ")) && !has(got, "bad-value", "does not take "+either(names)) {
						t.Errorf("%s: %s: nothing contradicts: %v", v, broken, got)
					}
					if len(r.Unless) > 0 {
						kept := lineOf(c, slices.Concat(r.When, r.Of[:r.Max+1], r.Unless), nil)
						if got := tell(kept); has(got, "conflicting-options", "") {
							t.Errorf("%s: %s: %v", v, kept, got)
						}
					}
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d rules were tried", tried)
	}
}
