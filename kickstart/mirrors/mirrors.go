// Package mirrors reads lists of package repositories: INI files with sections [name:mirrortype], of which each has a
// baseurl or a mirrorlist.
//
//	[centos-base:public]
//	mirrorlist=http://mirrorlist.centos.org/?release=6&arch=$basearch&repo=os
//
// The files are read as ConfigParser of Python 2 reads them, with which images of load balancers were made: keys
// without regard to case, "=" or ":", comments with "#" and ";" at the beginning of a line, " ;" behind a value,
// values that go on in indented lines, a section DEFAULT whose keys every section has, %(key)s in values, sections
// that stand several times. Where that is stricter or looser than anybody means, this package differs:
//
//   - a "%" in a value that is no %(key)s stays, as in %20; Python 2 gives an error where another one is
//   - an indented comment is a comment, as in Python 3, and not the value's next line
//   - a byte order mark is skipped
//   - what would have dropped a repository without a word is an error or a note
//
// A library is not used: gopkg.in/ini.v1 reads quotes, "#", "\" and DEFAULT otherwise, and ends the program where two
// values name each other.
package mirrors

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"lbimage/haproxy-config/nearest"
)

// MaxFile is the size in bytes up to which a list is read.
const MaxFile = 1 << 20

// Repo is a repository.
type Repo struct {
	Name string
	Kind string // "baseurl" or "mirrorlist"
	URL  string
}

// List is a list that was read.
type List struct {
	name     string
	sections []*section
	byName   map[string]*section
	defaults *section
}

// section are the lines between two headers, and those of all other sections of the same name.
type section struct {
	name string
	line int
	keys map[string]*value
}

// value is what a key is set to: lines, the first in line line.
type value struct {
	line  int
	lines []string
	twice int // the line of an earlier value, which is gone; 0: none
}

func (v *value) text() string { return strings.Join(v.lines, "\n") }

// Types are the mirror types, in the order in which they first stand.
func (l *List) Types() []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range l.sections {
		if _, t, ok := split(s.name); ok && !seen[t] {
			out, seen[t] = append(out, t), true
		}
	}
	return out
}

// split takes a header apart, "name:type". Behind a second colon anything may stand.
func split(header string) (name, mirrorType string, ok bool) {
	parts := strings.Split(header, ":")
	if len(parts) < 2 {
		return "", "", false
	}
	return parts[0], parts[1], true
}

// Repos are the repositories of a type, in their order; and what is wrong with some, in words. Those without a URL are
// left out. It is an error if there are none, or if the value of one cannot be made.
func (l *List) Repos(mirrorType string) ([]Repo, []string, error) {
	var out []Repo
	var notes []string
	note := func(line int, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); len(text) > 600 {
			args, format = []any{strings.ToValidUTF8(text[:600], "") + "…"}, "%s"
		}
		notes = append(notes, fmt.Sprintf("%s:%d: %s", l.name, line, fmt.Sprintf(format, args...)))
	}
	found, names := false, map[string]bool{}
	for _, s := range l.sections {
		name, t, ok := split(s.name)
		if !ok || t != mirrorType {
			continue
		}
		found = true
		r, at, err := l.repo(s, name)
		switch {
		case err != nil:
			return nil, nil, err
		case r.Kind == "":
			note(s.line, "the repository %q has no URL: neither baseurl nor mirrorlist; it is left out", name)
			continue
		case r.URL == "":
			note(at.line, "the repository %q has an empty %s; it is left out", name, r.Kind)
			continue
		case strings.ContainsFunc(r.URL, blankOrControl):
			note(at.line, "the URL of %q has blanks or line ends in it: %s", name, shown(r.URL))
		case !strings.Contains(r.URL, "://") && !strings.HasPrefix(r.URL, "/"):
			note(at.line, "%s is no URL", shown(r.URL))
		}
		if at.twice > 0 {
			note(at.line, "%s of %q stands in line %d too, with another value: this one counts", r.Kind, s.name, at.twice)
		}
		if name == "" || strings.ContainsFunc(name, blankOrControl) {
			note(s.line, "%q is no name of a repository", name)
		}
		if names[name] {
			note(s.line, "another repository of this type is called %q too", name)
		}
		if len(out) == maxRepos {
			return nil, nil, fmt.Errorf("%s:%d: more than %d repositories of type %q are not read", l.name, s.line, maxRepos, mirrorType)
		}
		out, names[name] = append(out, r), true
	}
	switch types := l.Types(); {
	case found && len(out) == 0:
		return nil, notes, fmt.Errorf("%s: no repository of type %q has a URL", l.name, mirrorType)
	case found:
	case len(types) > 50:
		return nil, nil, fmt.Errorf("%s: there is no repository of type %q%s", l.name, mirrorType, nearest.Suggestion(mirrorType, types))
	case len(types) == 0:
		return nil, nil, fmt.Errorf("%s: there is no section [name:mirrortype]", l.name)
	default:
		return nil, nil, fmt.Errorf("%s: there is no repository of type %q%s; there are: %s", l.name, mirrorType, nearest.Suggestion(mirrorType, types), strings.Join(types, ", "))
	}
	return out, notes, nil
}

func blankOrControl(r rune) bool { return r <= ' ' || r == 0x7f }

// repo is what a section says: its baseurl, else its mirrorlist.
func (l *List) repo(s *section, name string) (Repo, *value, error) {
	for _, kind := range []string{"baseurl", "mirrorlist"} {
		v := l.look(s, kind)
		if v == nil {
			continue
		}
		url, err := l.interpolate(s, v)
		return Repo{name, kind, url}, v, err
	}
	return Repo{}, nil, nil
}

// look finds a key in a section, else in DEFAULT.
func (l *List) look(s *section, key string) *value {
	if v := s.keys[key]; v != nil {
		return v
	}
	return l.defaults.keys[key]
}

// Bounds of what a list may make of itself.
const (
	maxRounds = 10 // as ConfigParser has it
	maxValue  = 8 << 10
	maxRepos  = 1000
)

// interpolate puts values in the places of %(key)s, as often as there are any, ten times at most.
func (l *List) interpolate(s *section, v *value) (string, error) {
	text := v.text()
	for range maxRounds {
		if !strings.Contains(text, "%(") {
			return text, nil
		}
		var err error
		if text, err = l.round(s, v, text); err != nil {
			return "", err
		}
	}
	if strings.Contains(text, "%(") {
		return "", fmt.Errorf("%s:%d: the value names others, which name others, more than %d deep", l.name, v.line, maxRounds)
	}
	return text, nil
}

func (l *List) round(s *section, v *value, text string) (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			i = len(text)
		}
		b.WriteString(text[:i])
		if text = text[i:]; text == "" {
			return b.String(), nil
		}
		rest, ok := strings.CutPrefix(text, "%(")
		switch {
		case ok:
			key, after, ok := strings.Cut(rest, ")")
			if !ok || !strings.HasPrefix(after, "s") {
				return "", fmt.Errorf("%s:%d: %s has no end: %%(key)s", l.name, v.line, shown(text))
			}
			with, err := l.named(s, v, strings.ToLower(key))
			if err != nil {
				return "", err
			}
			b.WriteString(with)
			text = after[1:]
		case strings.HasPrefix(text, "%%"):
			b.WriteByte('%')
			text = text[2:]
		default:
			b.WriteByte('%')
			text = text[1:]
		}
		if b.Len() > maxValue {
			return "", fmt.Errorf("%s:%d: the value becomes longer than %d bytes", l.name, v.line, maxValue)
		}
	}
}

// named is the value of a key that another value names.
func (l *List) named(s *section, v *value, key string) (string, error) {
	if key == "__name__" {
		return s.name, nil
	}
	if other := l.look(s, key); other != nil {
		return other.text(), nil
	}
	var keys []string
	for _, of := range []*section{s, l.defaults} {
		for k := range of.keys {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return "", fmt.Errorf("%s:%d: the value names %%(%s)s, which neither [%s] nor [DEFAULT] has%s", l.name, v.line, key, s.name, nearest.Suggestion(key, keys))
}

// valid refuses what is no text.
func valid(name string, text []byte) error {
	if len(text) > MaxFile {
		return fmt.Errorf("%s: a list of more than %d bytes is not read", name, MaxFile)
	}
	line := 1
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return fmt.Errorf("%s:%d: the list is not UTF-8", name, line)
		case r == 0:
			return fmt.Errorf("%s:%d: a zero byte stands in the list", name, line)
		case r == '\n':
			line++
		}
		i += n
	}
	return nil
}

// userInfo is the name and the password in a URL.
var userInfo = regexp.MustCompile(`://[^/@\s"']+@`)

// shown is a piece of a list in a message: its beginning, without the name and the password of a URL.
func shown(text string) string {
	const most = 200
	text = userInfo.ReplaceAllString(text[:min(len(text), 4096)], "://(not shown)@")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
