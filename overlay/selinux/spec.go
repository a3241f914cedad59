package selinux

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// none is the context of a file that is to have no label of its own.
const none = "<<none>>"

// Bounds on the files of a policy. Those of the distributions have some 6,000 lines.
const (
	maxFile    = 16 << 20
	maxSpecs   = 200_000
	maxPattern = 4096
	maxContext = 4096
)

// spec is a line of a file_contexts file.
type spec struct {
	file    int // index into Contexts.files
	line    int
	pattern string
	kind    fs.FileMode // the type of file; anyKind where the line says none
	context string      // none for no label

	literal bool           // without any operator, which puts it after all others
	head    string         // what every path that matches begins with
	exact   bool           // head is the only path that matches
	re      *regexp.Regexp // compiled when it is first needed
	bad     bool           // that was in vain
}

// anyKind stands for no type; no file has both of these bits.
const anyKind = fs.ModeDir | fs.ModeSymlink

var kinds = map[string]fs.FileMode{
	"--": 0, "-d": fs.ModeDir, "-l": fs.ModeSymlink, "-c": fs.ModeDevice | fs.ModeCharDevice,
	"-b": fs.ModeDevice, "-p": fs.ModeNamedPipe, "-s": fs.ModeSocket,
}

// parseSpec reads a line; ok is false for one that is empty or a comment.
func parseSpec(line string) (s spec, ok bool, err error) {
	line = strings.Trim(line, blanks)
	if line == "" || line[0] == '#' {
		return spec{}, false, nil
	}
	fields := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(blanks, r) })
	s = spec{pattern: fields[0], kind: anyKind}
	switch {
	case len(fields) == 1:
		return spec{}, false, errors.New("a pattern without a context")
	case len(fields) == 2:
		s.context = fields[1]
	default: // what comes behind the third is not read by libselinux either
		s.context = fields[2]
		if s.kind, ok = kinds[fields[1]]; !ok {
			return spec{}, false, fmt.Errorf("%.20q is no type of file", fields[1])
		}
	}
	if err := checkContext(s.context); err != nil {
		return spec{}, false, err
	}
	if len(s.pattern) > maxPattern {
		return spec{}, false, fmt.Errorf("a pattern of more than %d bytes", maxPattern)
	}
	s.literal = isLiteral(s.pattern)
	if err := s.read(); err != nil {
		return spec{}, false, err
	}
	return s, true, nil
}

// checkContext refuses what is no label: user:role:type, and perhaps a level.
func checkContext(c string) error {
	if c == none {
		return nil
	}
	parts := strings.Split(c, ":")
	if len(parts) < 3 || len(c) > maxContext || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return fmt.Errorf("%.60q is no context", c)
	}
	for i := range len(c) {
		if c[i] <= ' ' || c[i] >= 0x7f {
			return fmt.Errorf("%.60q is no context", c)
		}
	}
	return nil
}

// operators are the characters that make libselinux take a pattern for one that has to be searched; a backslash takes
// the next character out.
const operators = `.^$?*+|[({`

// isLiteral says whether a pattern is without operators.
func isLiteral(p string) bool {
	for i := 0; i < len(p); i++ {
		switch {
		case p[i] == '\\':
			i++
		case strings.IndexByte(operators, p[i]) >= 0:
			return false
		}
	}
	return true
}

// read understands the pattern as far as that goes without compiling it.
func (s *spec) read() error {
	tree, err := syntax.Parse(latin1(s.pattern), flags)
	if se := (*syntax.Error)(nil); errors.As(err, &se) {
		return fmt.Errorf("the pattern is beyond package regexp (%s)", se.Code)
	}
	if err != nil {
		return err
	}
	var whole bool
	s.head, whole = beginning(tree)
	s.exact = s.literal && whole
	return nil
}

// flags: the language of Perl, where a dot stands for a line feed too, as libselinux asks for it.
const flags = syntax.Perl | syntax.DotNL

// beginning is what everything that a pattern matches begins with; whole says that it matches nothing else.
func beginning(re *syntax.Regexp) (text string, whole bool) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune), true
		}
	case syntax.OpCapture:
		return beginning(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			part, all := beginning(sub)
			text += part
			if !all {
				return text, false
			}
		}
		return text, true
	case syntax.OpEmptyMatch:
		return "", true
	}
	return "", false
}

// matches says whether a path, as latin1 gives it, matches from end to end. An error is that of the first try to compile.
func (s *spec) matches(path string) (bool, error) {
	if !strings.HasPrefix(path, s.head) {
		return false, nil
	}
	if s.exact {
		return path == s.head, nil
	}
	if s.bad {
		return false, nil
	}
	if s.re == nil {
		re, err := regexp.Compile(`(?s)^(?:` + latin1(s.pattern) + `)\z`)
		if err != nil {
			s.bad = true
			return false, errors.New("the pattern is too large")
		}
		s.re = re
	}
	return s.re.MatchString(path), nil
}

// latin1 makes a character of each byte: libselinux matches bytes, package regexp matches characters.
func latin1(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			runes := make([]rune, len(s))
			for j := range len(s) {
				runes[j] = rune(s[j])
			}
			return string(runes)
		}
	}
	return s
}
