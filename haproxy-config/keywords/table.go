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
	if err := e.parsePlaces(c[4]); err != nil {
		return nil, err
	}
	if err := e.parseArgs(c[5]); err != nil {
		return nil, err
	}
	if err := e.parseValues(c[6]); err != nil {
		return nil, err
	}
	return e, e.parseFlags(c[7])
}

// parsePlaces reads letters as in DFLb; D@2.5 is D from that version on.
func (e *Entry) parsePlaces(s string) (err error) {
	if s == "-" {
		return nil
	}
	s, since, _ := strings.Cut(s, "@")
	if since != "" {
		if e.InDefaults, err = haproxyconfig.ParseVersion(since); err != nil {
			return err
		}
	}
	for _, letter := range s {
		switch upper := strings.ToUpper(string(letter)); {
		case !strings.Contains(placeLetters, upper):
			return fmt.Errorf("no place %q", letter)
		case upper == string(letter):
			e.Places += upper
		default:
			e.Ignored += upper
		}
	}
	return nil
}

// placeLetters are those of the proxy sections, and of the places of a sample fetch.
const placeLetters = "DFLB" + SamplePlaces

// parseValues reads "int", "lenient;int(1..64)@2.8" and the like.
func (e *Entry) parseValues(s string) (err error) {
	if s == "-" {
		return nil
	}
	for _, part := range strings.Split(s, ";") {
		var v Value
		part, since, ok := strings.Cut(part, "@")
		if ok {
			if v.Since, err = haproxyconfig.ParseVersion(since); err != nil {
				return err
			}
		}
		kind, bounds, ok := strings.Cut(strings.TrimSuffix(part, ")"), "(")
		if v.Kind = Kind(kind); ok {
			if v.Low, v.High, err = parseBounds(bounds); err != nil {
				return err
			}
		}
		e.Values = append(e.Values, v)
	}
	return nil
}

// parseBounds reads "1..64"; without a number behind the dots any is high enough.
func parseBounds(s string) (low, high int64, err error) {
	first, last, _ := strings.Cut(s, "..")
	if low, err = strconv.ParseInt(first, 10, 64); err != nil {
		return 0, 0, err
	}
	if last == "" {
		return low, 1<<63 - 1, nil
	}
	high, err = strconv.ParseInt(last, 10, 64)
	return low, high, err
}

func (e *Entry) parseFlags(s string) error {
	for _, flag := range strings.Split(strings.Trim(s, "-"), ",") {
		switch flag {
		case "":
		case "no":
			e.No = true
		case "default":
			e.Default = true
		case "named":
			e.Named = true
		case "experimental":
			e.Experimental = true
		default:
			if since, ok := strings.CutPrefix(flag, "experimental@"); ok {
				e.Experimental = true
				var err error
				if e.ExperimentalSince, err = haproxyconfig.ParseVersion(since); err != nil {
					return err
				}
				continue
			}
			kinds, ok := strings.CutPrefix(flag, "takes=")
			if !ok {
				return fmt.Errorf("no flag %q", flag)
			}
			e.Takes = strings.Split(kinds, "+")
		}
	}
	return nil
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

// lookedAt are the branches of which a release was run, and the last number of that release.
var lookedAt = map[[2]int]int{{2, 2}: 9, {2, 6}: 12, {3, 0}: 11, {3, 2}: 26, {3, 4}: 7}

// LookedAt tells whether a version's branch was run to see what it takes and refuses. Of others
// it is known when words came and went, not how arguments were read.
func LookedAt(v Version) bool {
	_, ok := lookedAt[[2]int{v.Major, v.Minor}]
	return ok
}

// lacks tells whether a version lacks what the version absent of the same branch was seen to
// lack: it is no later than the release that was run. Later ones may have been given it.
func lacks(v, absent Version) bool {
	patch, ok := lookedAt[[2]int{v.Major, v.Minor}]
	return ok && sameBranch(v, absent) && v.Patch <= patch
}

// Newest is the latest version that was looked at.
func Newest() Version { return Version{Major: 3, Minor: 4} }
