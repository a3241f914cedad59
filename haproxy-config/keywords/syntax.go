package keywords

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	haproxyconfig "lbimage/haproxy-config"
)

//go:embed syntax/*.txt
var syntaxData embed.FS

// Syntax is what stands behind a directive, word by word. The files in the folder syntax
// hold one a line:
//
//	TABLE NAME [@VERSION] = ITEMS
//
// where VERSION is the first that reads the directive so, and the items are
//
//	kind            a word of that kind, which has to be there
//	kind?           one that may be missing
//	kind* kind+     any number, or at least one, up to the end
//	=a|b            one of these words; with ? as above
//	{ a b:kind }    words in any order, each with what stands behind it: b:x,y two
//	                words, c@2.4 known from that version on, d:x? one that may
//	                be missing, e|f two that take the same, g:time~ms a kind with a :,
//	                h!:x one that has to be there
//	by:TABLE        a word that says how the rest is read: by the syntax of that
//	                name in that table; what is in parentheses does not count
//	if if!          a condition that may, or has to stand there
//	...             the rest is not looked at
//	ignored         the rest is passed over by HAProxy
//
// What is left over is refused. The kinds are the linter's.
type Syntax struct {
	Since Version
	Items []Item
}

// Item is a part of a [Syntax]; one of its fields is set.
type Item struct {
	Arg     *Arg
	By      string // the table that tells how the rest is read
	Set     map[string]Parameter
	If      Condition
	Rest    bool // not looked at
	Ignored bool // passed over
}

// Arg is a word, or a run of words.
type Arg struct {
	Kind               string
	Value              *Value   // where the kind is one of those that tables have, too
	Words              []string // one of these, in place of a kind
	Optional, Repeated bool
}

// Parameter is a named word with what stands behind it.
type Parameter struct {
	Since    Version
	Required bool
	Args     []Arg
}

// Condition tells whether 'if …' may stand there.
type Condition uint8

const (
	NoCondition Condition = iota
	MayCondition
	MustCondition
)

var syntaxes = sync.OnceValue(func() map[string][]Syntax {
	all := map[string][]Syntax{}
	files, err := syntaxData.ReadDir("syntax")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, f := range files {
		text, err := syntaxData.ReadFile("syntax/" + f.Name())
		if err != nil {
			panic(err)
		}
		if err := parseSyntaxes(string(text), all); err != nil {
			panic(f.Name() + ": " + err.Error()) // a test reads them all
		}
	}
	return all
})

// SyntaxOf gives what stands behind a directive in a version, or nil where that is not
// written down. A version that is not known counts as the newest.
func SyntaxOf(table, name string, v Version) *Syntax {
	var now *Syntax
	for i, s := range syntaxes()[table+" "+name] {
		if !v.Before(s.Since) {
			now = &syntaxes()[table+" "+name][i]
		}
	}
	return now
}

// Varies tells whether versions read a directive in different ways.
func Varies(table, name string) bool { return len(syntaxes()[table+" "+name]) > 1 }

// SyntaxNames gives the names of the syntaxes of a table, sorted.
func SyntaxNames(table string) []string {
	var names []string
	for name := range syntaxes() {
		if name, ok := strings.CutPrefix(name, table+" "); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func parseSyntaxes(text string, into map[string][]Syntax) error {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		names, items, ok := strings.Cut(line+" ", " = ")
		if !ok {
			return fmt.Errorf("line %d: no =", i+1)
		}
		s := Syntax{}
		names, since, ok := strings.Cut(names, " @")
		var err error
		if ok {
			if s.Since, err = haproxyconfig.ParseVersion(since); err != nil {
				return fmt.Errorf("line %d: %w", i+1, err)
			}
		}
		if s.Items, err = parseItems(strings.Fields(items)); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		for _, name := range strings.Split(names, " & ") {
			into[strings.TrimSpace(name)] = append(into[strings.TrimSpace(name)], s)
		}
	}
	return nil
}

func parseItems(words []string) (items []Item, err error) {
	for n := 0; n < len(words); n++ {
		switch w := words[n]; w {
		case "if":
			items = append(items, Item{If: MayCondition})
		case "if!":
			items = append(items, Item{If: MustCondition})
		case "...":
			items = append(items, Item{Rest: true})
		case "ignored":
			items = append(items, Item{Ignored: true})
		case "{":
			set := map[string]Parameter{}
			for n++; n < len(words) && words[n] != "}"; n++ {
				names, p, err := parseParameter(words[n])
				if err != nil {
					return nil, err
				}
				if names == "" { // a ! alone is a word
					names, p.Required = "!", false
				}
				for _, name := range strings.Split(names, "|") {
					set[name] = p
				}
			}
			if n == len(words) {
				return nil, fmt.Errorf("a { without its }")
			}
			items = append(items, Item{Set: set})
		default:
			if table, ok := strings.CutPrefix(w, "by:"); ok {
				items = append(items, Item{By: table})
				continue
			}
			a, err := parseArg(w)
			if err != nil {
				return nil, err
			}
			items = append(items, Item{Arg: &a})
		}
	}
	return items, nil
}

func parseParameter(s string) (name string, p Parameter, err error) {
	name, args, ok := strings.Cut(s, ":")
	if ok {
		for _, a := range strings.Split(args, ",") {
			arg, err := parseArg(strings.ReplaceAll(a, "~", ":"))
			if err != nil {
				return "", p, err
			}
			p.Args = append(p.Args, arg)
		}
	}
	name, p.Required = strings.CutSuffix(name, "!")
	name, since, ok := strings.Cut(name, "@")
	if ok {
		p.Since, err = haproxyconfig.ParseVersion(since)
	}
	return name, p, err
}

func parseArg(s string) (a Arg, err error) {
	switch s[len(s)-1] {
	case '?':
		a.Optional = true
	case '*':
		a.Optional, a.Repeated = true, true
	case '+':
		a.Repeated = true
	}
	s = strings.TrimRight(s, "?*+")
	if words, ok := strings.CutPrefix(s, "="); ok {
		a.Words = strings.Split(words, "|")
		return a, nil
	}
	a.Kind = s
	switch kind, _, _ := strings.Cut(s, "("); Kind(kind) {
	case Int, Lenient, Size, TimeMS, TimeS, OnOff:
		var e Entry
		if err = e.parseValues(s); err == nil {
			a.Value = &e.Values[0]
		}
	}
	return a, err
}

// MayEndWithCondition reports whether 'if …' can stand at its end.
func (s *Syntax) MayEndWithCondition() bool {
	return len(s.Items) > 0 && s.Items[len(s.Items)-1].If != NoCondition
}
