package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"lbimage/overlay"
)

// maxFileText bounds the files of the image that are read to tell.
const maxFileText = 1 << 20

// text is a file of the image.
type text struct {
	path  string // where it lies, links followed
	lines []string
	there bool
	// bad says why it cannot be read; empty where it can, or is not there.
	bad string
}

// maxKept bounds the texts that are kept for the next statement, in bytes.
const maxKept = 4 << 20

// read reads a text of the image. A file that is not there has no lines.
func (j *judge) read(name string) text {
	name = strings.TrimPrefix(name, "/")
	if t, ok := j.texts[name]; ok {
		return t
	}
	t, size := j.readAnew(name)
	if j.texts == nil {
		j.texts = map[string]text{}
	}
	if j.kept += size + 100; j.kept < maxKept {
		j.texts[name] = t
	}
	return t
}

func (j *judge) readAnew(name string) (text, int) {
	data, r, err := overlay.ReadFile(j.subject.Tree, name, maxFileText)
	switch {
	case err == nil:
		return text{path: r.Path(), lines: strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), there: true}, len(data)
	case errors.Is(err, fs.ErrNotExist) || overlay.LeadsNowhere(err):
		return text{path: "/" + name}, 0
	}
	return text{path: "/" + name, bad: "it cannot be read: " + err.Error()}, 0
}

// exists says whether there is something at a path, links followed.
func (j *judge) exists(name string) bool {
	r, err := overlay.Resolve(j.subject.Tree, name)
	return err == nil && r.Exists()
}

// setting is a value of a file of the form NAME=VALUE.
type setting struct {
	value string
	line  int
	odd   bool // a shell would make something else of it, which is not followed
}

// setting gives the last value of a name, as a shell that reads the file would have it: the form of the files in /etc/sysconfig.
func (t text) setting(name string) (s setting, ok bool) {
	for n, line := range t.lines {
		line = strings.TrimSpace(line)
		line = strings.TrimPrefix(line, "export ")
		if rest, found := strings.CutPrefix(line, name+"="); found {
			value, odd := unquote(rest)
			s, ok = setting{value, n + 1, odd}, true
		}
	}
	return s, ok
}

// unquote takes the quotes off a shell's word. odd is for what a shell would expand, or for several commands in a line.
func unquote(s string) (value string, odd bool) {
	s = strings.TrimSuffix(s, "\r")
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == '\'' && c == '\'', quote == '"' && c == '"':
			quote = 0
		case quote == '\'':
			b.WriteByte(c)
		case c == '$', c == '`':
			return b.String(), true
		case c == '\\' && i+1 < len(s):
			i++
			if quote == '"' && !strings.ContainsRune("\\\"$`", rune(s[i])) {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		case quote == '"':
			b.WriteByte(c)
		case c == '\'' || c == '"':
			quote = c
		case c == ' ' || c == '\t' || c == ';' || c == '#' && i == 0:
			rest := strings.TrimLeft(s[i:], " \t;")
			return b.String(), rest != "" && !strings.HasPrefix(rest, "#")
		case strings.IndexByte("&|<>(){}", c) >= 0:
			return b.String(), true
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), quote != 0
}

// same judges a setting against what is asked for. What it means that it is not there, unset tells: a value that counts then, or
// nothing, which cannot be told.
func (c claim) same(t text, name, want, unset string, equal func(a, b string) bool) Statement {
	if t.bad != "" {
		return c.at(t.path, 0).untold(want, t.bad)
	}
	s, ok := t.setting(name)
	switch {
	case ok && s.odd:
		return c.at(t.path, s.line).untold(want, name+" has a value that a shell makes, which is not followed")
	case ok:
		return c.at(t.path, s.line).is(equal(s.value, want), want, named(s.value))
	case unset != "":
		return c.at(t.path, 0).is(equal(unset, want), want, fmt.Sprintf("%s, since %s", unset, t.lacks(name)))
	}
	return c.at(t.path, 0).untold(want, t.lacks(name))
}

// lacks says that a name is not set, or that there is not even the file.
func (t text) lacks(name string) string {
	if !t.there {
		return "there is no " + t.path
	}
	return t.path + " says nothing of " + name
}

func named(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func exact(a, b string) bool { return a == b }
