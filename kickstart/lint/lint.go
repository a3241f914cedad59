// Package lint finds what is wrong with a kickstart file: what the installer of its release would refuse or pass over, and
// what it would take and nobody wants, as passwords that everybody can read, a root partition that is too small, or a service
// that no package brings.
//
//	f, err := kickstart.Parse("lb.ks", text, grammar.RHEL6)
//	…
//	for _, finding := range lint.Check(f, lint.Options{}) {
//		fmt.Println(finding)
//	}
//
// A finding names its rule; [Rules] says of each why there is one. Nothing is claimed without a reason: where a file includes
// others that are not there to be read, rules about what is missing keep silent, and where a script could have done what a
// rule asks for, so does that rule. Passwords, hashes and keys do not show in findings.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"lbimage/haproxy-config/nearest"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/kickstart/script"
)

// Severity says what a finding means for the system that the file describes.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // the installer refuses it, or the system does not do its work
	Warning Severity = "warning" // it works, and probably not as it is meant
	Info    Severity = "info"    // worth knowing
)

// Rule is a rule by name.
type Rule struct {
	Name     string // in kebab-case, with ks- in front: rules about images have names without
	Severity Severity
	Why      string
	Mend     string
}

// Finding is what is wrong in one place.
type Finding struct {
	Place    kickstart.Place // Line 0: the file as a whole
	Severity Severity
	Rule     string
	Message  string
	Hint     string // how to mend it
}

// String is the finding in one line.
func (f Finding) String() string {
	out := fmt.Sprintf("%s: %s: %s: %s", f.Place, f.Severity, f.Rule, f.Message)
	if f.Hint != "" {
		out += " — " + f.Hint
	}
	return out
}

// Options are what is known beside the file.
type Options struct {
	// Sizes are the installed sizes of packages in bytes, by name, where they are known better than from the table here.
	Sizes map[string]int64
}

// MaxFindings is how many findings are told of a file; where there are more, the last one says so.
const MaxFindings = 1000

// Check finds what is wrong with a file for the release by which it was parsed, in the order of its lines; what is wrong with
// the whole comes first. Of a template that was not rendered it says that alone: only what comes out of it can be judged.
func Check(f *kickstart.File, o Options) []Finding {
	if marks := kickstart.Templates(f); len(marks) > 0 {
		return []Finding{template(marks[0])}
	}
	c := &checker{f: f, v: f.Version, o: o}
	c.look()
	for _, check := range []func(){
		c.problems, c.packages, c.repositories, c.storage, c.room, c.accounts, c.hashes, c.rootLogin, c.services, c.loadBalancer,
		c.localization, c.network, c.sections, c.syntax, c.hereDocuments, c.commands, c.secrets, c.twice,
	} {
		check()
	}
	slices.SortStableFunc(c.out, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(c.order[a.Place.File], c.order[b.Place.File]), cmp.Compare(a.Place.Line, b.Place.Line),
			cmp.Compare(a.Place.Column, b.Place.Column), cmp.Compare(a.Severity.rank(), b.Severity.rank()),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	out := slices.Compact(c.out)
	if c.cut > 0 {
		f := Finding{c.whole(), Warning, prefix + "too-many-problems", fmt.Sprintf("%d more findings are not told", c.cut), "mend those that are told, and check again"}
		if c.cutErrors {
			f.Severity = Error
		}
		out = append(out, f)
	}
	return out
}

// rank orders severities, the gravest first.
func (s Severity) rank() int { return slices.Index([]Severity{Error, Warning, Info}, s) }

// checker gathers findings.
type checker struct {
	f       *kickstart.File
	v       grammar.Version
	o       Options
	scripts []*shellScript  // of %pre, %post and the like
	read    *script.Reading // what %post leaves
	entries []kickstart.Entry
	order   map[string]int  // of files, as they come first
	told    map[string]bool // rules of the parser by file and line: see toldOf
	partial bool            // there are files that were not included, of which nothing is known
	out     []Finding
	// cut counts what was found beyond MaxFindings, cutErrors that some of it is grave; newest is false where the last
	// finding was cut.
	cut       int
	cutErrors bool
	newest    bool
}

// look gathers what several rules ask for.
func (c *checker) look() {
	c.order = map[string]int{c.f.Name: 0}
	for _, n := range c.f.Nodes {
		if name := n.Start().File; name != "" {
			if _, ok := c.order[name]; !ok {
				c.order[name] = len(c.order)
			}
		}
		switch n := n.(type) {
		case *kickstart.Include, *kickstart.Append:
			c.partial = true
		case *kickstart.Section:
			c.partial = c.partial || len(n.Includes) > 0
		}
	}
	c.told = map[string]bool{}
	for _, p := range c.f.Problems {
		c.told[told(p.Place, p.Rule)] = true
		c.partial = c.partial || p.Rule == "include-not-read"
	}
	c.entries = c.f.Packages()
	c.read = script.Read(c.f)
	c.parseScripts()
}

func told(at kickstart.Place, rule string) string {
	return fmt.Sprintf("%s:%d %s", at.File, at.Line, rule)
}

// toldOf says whether the parser has told something of a line, by one of its rules: then the same is not told again.
func (c *checker) toldOf(at kickstart.Place, rules ...string) bool {
	return slices.ContainsFunc(rules, func(r string) bool { return c.told[told(at, r)] })
}

// whole is the place of what is wrong with all of a file.
func (c *checker) whole() kickstart.Place { return kickstart.Place{File: c.f.Name} }

// add notes a finding with the mend of its rule.
func (c *checker) add(r Rule, at kickstart.Place, format string, args ...any) {
	c.newest = len(c.out) < MaxFindings
	if !c.newest {
		c.cut++
		c.cutErrors = c.cutErrors || r.Severity == Error
		return
	}
	c.out = append(c.out, Finding{Place: at, Severity: r.Severity, Rule: r.Name, Message: fmt.Sprintf(format, args...), Hint: r.Mend})
}

// hint replaces the mend of the finding that was noted last.
func (c *checker) hint(format string, args ...any) {
	if c.newest {
		c.out[len(c.out)-1].Hint = fmt.Sprintf(format, args...)
	}
}

// meant puts the word that was probably meant into the hint, as format has it.
func (c *checker) meant(format, word string, words []string) {
	if !c.newest {
		return
	}
	if near := nearest.Word(word, words); near != "" {
		c.hint(format, near)
	}
}

// lower makes the finding that was noted last less grave than its rule.
func (c *checker) lower(s Severity) {
	if c.newest {
		c.out[len(c.out)-1].Severity = s
	}
}

// option is the place of an option of a command, or of the command.
func option(cmd *kickstart.Command, name string) kickstart.Place {
	for i := len(cmd.Options) - 1; i >= 0; i-- {
		if cmd.Options[i].Name == name {
			return cmd.Options[i].Place
		}
	}
	return cmd.Place
}

// last is the last command of these names, which is the one that counts; nil where there is none.
func (c *checker) last(names ...string) *kickstart.Command {
	all := c.f.Commands(names...)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}
