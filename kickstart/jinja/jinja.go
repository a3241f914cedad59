// Package jinja renders templates of kickstart files as Jinja2 does, as far as those use its language: expressions
// with filters, tests and methods, for, if, set, with, filter, raw, comments, and the control of whitespace. The
// bytes are those of Jinja2's Template(text).render(variables); where that cannot be kept, the template is refused
// with the place and the name of what is not supported.
//
// Nothing of the machine can be reached from a template: there is no include, import or extends, no attribute of a
// value but those that are listed here, and no clock or chance. What a template may cost is bounded.
//
// The language is described at https://jinja.palletsprojects.com/en/3.1.x/templates/; Jinja2 itself is the judge of
// this package's tests.
package jinja

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Limits of a rendering.
const (
	MaxTemplate = 1 << 20  // bytes
	MaxOutput   = 8 << 20  // bytes
	maxSteps    = 1 << 20  // expressions and statements
	maxWork     = 32 << 20 // bytes and elements that they make and look at
	maxDepth    = 100      // expressions and statements in each other
	maxNesting  = 200      // lists in lists
)

// Options are those of Jinja2's Environment; the zero value is its default.
type Options struct {
	KeepTrailingNewline, TrimBlocks, LstripBlocks bool
	// Lenient renders a variable that there is not as nothing, as Jinja2 does by default; else it is an error.
	Lenient bool
}

// Tuple is a Python tuple among the variables.
type Tuple []any

// Error is what is wrong with a template, and where. Line and Column count from 1, the column in bytes.
type Error struct {
	Name         string
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Message)
}

// Render renders a template with variables: strings, numbers, booleans, nil, slices, arrays and maps of them. An
// array is a tuple, as [Tuple] is; the keys of a map come in their sorted order. Errors of the template are of type
// *[Error].
func Render(name string, text []byte, vars map[string]any, o Options) ([]byte, error) {
	if len(text) > MaxTemplate {
		return nil, fmt.Errorf("%s: a template of more than %d bytes is not read", name, MaxTemplate)
	}
	if at := invalid(text); at >= 0 {
		return nil, placed(name, string(text), at, "the template is not UTF-8")
	}
	source := normalize(string(text), o.KeepTrailingNewline)
	tokens, err := lex(source, o)
	var body []node
	if err == nil {
		body, err = parse(tokens)
	}
	if err != nil {
		return nil, place(name, source, err)
	}
	r := &run{lenient: o.Lenient, scope: &scope{vars: map[string]any{}}}
	names := make([]string, 0, len(vars))
	for k := range vars {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		v, err := r.from(vars[k], 0)
		if err != nil {
			return nil, fmt.Errorf("%s: variable %s: %w", name, k, err)
		}
		r.scope.vars[k] = v
	}
	if err := r.statements(body); err != nil {
		return nil, place(name, source, err)
	}
	return bytes.Clone(r.out.Bytes()), nil
}

// fault is an error at a byte of the source; at is -1 where the place is not known yet.
type fault struct {
	at      int
	message string
}

func (f *fault) Error() string { return f.message }

func failf(at int, format string, args ...any) error {
	const most = 200 // bytes of a piece of the template in a message
	for i, a := range args {
		if s, ok := a.(string); ok && len(s) > most {
			args[i] = strings.ToValidUTF8(s[:most], "") + "…"
		}
	}
	return &fault{at, fmt.Sprintf(format, args...)}
}

// at gives an error that has no place yet the place of the node where it came up.
func at(pos int, err error) error {
	if f, ok := err.(*fault); ok && f.at < 0 {
		return &fault{pos, f.message}
	}
	return err
}

// wrong is an error whose place is that of the node that asked.
func wrong(format string, args ...any) error { return failf(-1, format, args...) }

func place(name, source string, err error) error {
	f, ok := err.(*fault)
	if !ok {
		return fmt.Errorf("%s: %w", name, err)
	}
	return placed(name, source, f.at, f.message)
}

func placed(name, source string, at int, message string) error {
	at = min(max(at, 0), len(source))
	line, start := 1, 0
	for i := range at {
		if source[i] == '\n' {
			line, start = line+1, i+1
		}
	}
	return &Error{name, line, at - start + 1, message}
}

// invalid is where a text stops to be UTF-8, or -1.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// run is a rendering.
type run struct {
	out     bytes.Buffer
	lenient bool
	scope   *scope
	steps   int
	work    int
}

// scope are variables, and those around them.
type scope struct {
	vars   map[string]any
	parent *scope
}

func (r *run) lookup(name string) (any, bool) {
	for s := r.scope; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v, true
		}
	}
	v, ok := globals[name]
	return v, ok
}

// inner runs f in a scope of its own.
func (r *run) inner(f func() error) error {
	r.scope = &scope{map[string]any{}, r.scope}
	defer func() { r.scope = r.scope.parent }()
	return f()
}

// step counts an expression or a statement.
func (r *run) step() error {
	if r.steps++; r.steps > maxSteps {
		return wrong("the template takes more than %d steps", maxSteps)
	}
	return nil
}

// spend counts bytes or elements that are made or looked at.
func (r *run) spend(n int) error {
	if n < 0 || n > maxWork || r.work > maxWork-n {
		return wrong("the template makes more than it may: values of %d MiB", maxWork>>20)
	}
	r.work += n
	return nil
}

// write puts text into the output.
func (r *run) write(s string) error {
	if len(s) > MaxOutput-r.out.Len() {
		return wrong("the template makes more than %d MiB of text", MaxOutput>>20)
	}
	r.out.WriteString(s)
	return nil
}
