package keywords

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	haproxyconfig "lbimage/haproxy-config"
)

//go:embed data/*.txt
var data embed.FS

// Table holds the keywords of one kind of section, or those of one kind that stand in
// one: options, parameters of a server.
type Table struct {
	name    string
	entries []*Entry // by name
	byName  map[string]*Entry
	words   int // of the longest name
}

// tables are read when they are first asked for, and never change.
var tables = sync.OnceValue(func() map[string]*Table {
	all := map[string]*Table{}
	files, err := data.ReadDir("data")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, f := range files {
		text, err := data.ReadFile("data/" + f.Name())
		if err != nil {
			panic(err)
		}
		t, err := parse(string(text))
		if err != nil {
			panic(f.Name() + ": " + err.Error()) // a test reads them all
		}
		t.name = strings.TrimSuffix(f.Name(), ".txt")
		all[t.name] = t
	}
	return all
})

// Of gives a table by the name of its file, or nil.
func Of(name string) *Table { return tables()[name] }

// Section gives the table of a kind of section, or nil where none is known. The four
// kinds of proxies share one.
func Section(kind string) *Table {
	switch kind {
	case "defaults", "frontend", "listen", "backend":
		return Of("proxy")
	}
	return Of(kind)
}

// parse reads the text of a table.
func parse(text string) (*Table, error) {
	t := &Table{byName: map[string]*Entry{}}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, err := parseEntry(columns(line))
		if err == nil && t.byName[e.Name] != nil {
			err = fmt.Errorf("%s stands there twice", e.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		t.byName[e.Name] = e
		t.entries = append(t.entries, e)
		t.words = max(t.words, strings.Count(e.Name, " ")+1)
	}
	slices.SortFunc(t.entries, func(a, b *Entry) int { return strings.Compare(a.Name, b.Name) })
	return t, nil
}

// columns parts a line where two blanks or more stand.
func columns(line string) []string {
	var out []string
	for _, part := range strings.Split(line, "  ") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func parseEntry(c []string) (*Entry, error) {
	const want = 8
	if len(c) != want {
		return nil, fmt.Errorf("%d columns in place of %d", len(c), want)
	}
	e := &Entry{Name: c[0]}
	var err error
	if e.Absent, e.Since, err = parseSpan(c[1]); err != nil {
		return nil, err
	}
	if _, e.Warned, err = parseSpan(c[2]); err != nil {
		return nil, err
	}
	if e.Last, e.Removed, err = parseSpan(c[3]); err != nil {
		return nil, err
	}
	if c[4] != "-" {
		for _, letter := range c[4] {
			if upper := strings.ToUpper(string(letter)); upper == string(letter) {
				e.Places += upper
			} else {
				e.Ignored += upper
			}
		}
	}
	if err := e.parseArgs(c[5]); err != nil {
		return nil, err
	}
	if c[6] != "-" {
		e.Value = Value(c[6])
	}
	for _, flag := range strings.Split(strings.Trim(c[7], "-"), ",") {
		switch flag {
		case "":
		case "no":
			e.No = true
		case "default":
			e.Default = true
		case "first":
			e.First = true
		default:
			return nil, fmt.Errorf("no flag %q", flag)
		}
	}
	return e, nil
}

// parseSpan reads "-", "2.1" or "2.0..2.1".
func parseSpan(s string) (before, at Version, err error) {
	if s == "-" {
		return before, at, nil
	}
	if low, high, ok := strings.Cut(s, ".."); ok {
		if before, err = haproxyconfig.ParseVersion(low); err != nil {
			return before, at, err
		}
		s = high
	}
	at, err = haproxyconfig.ParseVersion(s)
	return before, at, err
}

func (e *Entry) parseArgs(s string) (err error) {
	s, e.Lax = strings.CutSuffix(s, "?")
	s, strict, ok := strings.Cut(s, "@")
	if ok {
		if e.Strict, err = haproxyconfig.ParseVersion(strict); err != nil {
			return err
		}
	}
	low, high, ranged := strings.Cut(s, "-")
	if e.Min, err = strconv.Atoi(low); err != nil {
		return err
	}
	switch {
	case !ranged:
		e.Max = e.Min
	case high == "":
		e.Max = -1
	default:
		e.Max, err = strconv.Atoi(high)
	}
	return err
}

// Find gives the entry with the longest name that the words begin with, and how many
// words that are; nil where there is none.
func (t *Table) Find(words []string) (e *Entry, n int) {
	for n = min(t.words, len(words)); n > 0; n-- {
		if e := t.byName[strings.Join(words[:n], " ")]; e != nil {
			return e, n
		}
	}
	return nil, 0
}

// Get gives the entry of this name, or nil.
func (t *Table) Get(name string) *Entry { return t.byName[name] }

// Entries gives all entries, by name. They are not to be changed.
func (t *Table) Entries() []*Entry { return slices.Clip(t.entries) }

// Names gives the names that a version knows, sorted; of an unknown version all.
func (t *Table) Names(v Version) []string {
	var names []string
	for _, e := range t.entries {
		if s := e.At(v); s == Known || s == Deprecated {
			names = append(names, e.Name)
		}
	}
	return names
}

// Name is the name of the table.
func (t *Table) Name() string { return t.name }

// Under gives the entries whose names have a word more than prefix, by name.
func (t *Table) Under(prefix string) []*Entry {
	prefix += " "
	i, _ := slices.BinarySearchFunc(t.entries, prefix, func(e *Entry, p string) int { return strings.Compare(e.Name, p) })
	var out []*Entry
	for ; i < len(t.entries) && strings.HasPrefix(t.entries[i].Name, prefix); i++ {
		if !strings.Contains(t.entries[i].Name[len(prefix):], " ") {
			out = append(out, t.entries[i])
		}
	}
	return out
}

// Newest is the latest version that was looked at.
func Newest() Version { return Version{Major: 3, Minor: 4} }
