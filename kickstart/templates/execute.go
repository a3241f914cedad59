package templates

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

// Limits of a rendering.
const (
	MaxTemplate = 1 << 20  // bytes of a template
	MaxOutput   = 8 << 20  // bytes of what is made of it
	maxSteps    = 1 << 17  // rounds of loops, parts, functions
	maxMade     = 32 << 20 // bytes that functions make
	maxDepth    = 200      // parts in each other
	maxControl  = 5000     // conditions and loops
)

// RenderText renders a user's own template. name stands in errors. The parts that the built-in templates share can be
// used, and defined anew. What a template may cost is bounded; it reaches nothing but its data.
func RenderText(name, text string, p Parameters) ([]byte, error) {
	if len(text) > MaxTemplate {
		return nil, fmt.Errorf("%s: a template of more than %d bytes is not read", name, MaxTemplate)
	}
	if n := len(control.FindAllStringIndex(text, maxControl+1)); n > maxControl {
		return nil, fmt.Errorf("%s: a template with more than %d conditions and loops is not read", name, maxControl)
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if strings.Contains(text, counters) {
		return nil, fmt.Errorf("%s: names of functions do not begin with %s", name, counters)
	}
	if p.Extra == nil {
		p.Extra = map[string]string{}
	}
	b := &bounds{}
	t := template.New(name).Option("missingkey=error").Funcs(b.functions())
	if _, err := t.New("shared.tmpl").Parse(read("shared.tmpl")); err != nil {
		return nil, tidy(name, err)
	}
	if _, err := t.Parse(text); err != nil {
		return nil, tidy(name, err)
	}
	for _, part := range t.Templates() {
		if part.Tree != nil && part.Root != nil {
			b.instrument(part.Tree, part.Root)
			enter := b.action(part.Tree, counters+"Enter")
			leave := b.action(part.Tree, counters+"Leave")
			part.Root.Nodes = slices.Concat([]parse.Node{enter}, part.Root.Nodes, []parse.Node{leave})
		}
	}
	var out bytes.Buffer
	if err := t.Execute(&limited{&out}, p); err != nil {
		return nil, tidy(name, err)
	}
	return out.Bytes(), nil
}

// control are the beginnings of what stands in each other in a template; its parser goes down as deep.
var control = regexp.MustCompile(`\{\{(- )?[ \t\r\n]*(if|else|range|with|block|define)\b`)

var (
	prefix   = regexp.MustCompile(`^template: `)
	position = regexp.MustCompile(`: executing "[^"]*" at `)
	column   = regexp.MustCompile(`^[^:]*:\d+:\d+: `)
)

// fromOne counts the column of a place from 1; text/template counts from 0.
func fromOne(place string) string {
	head := strings.TrimSuffix(place, ": ")
	i := strings.LastIndexByte(head, ':')
	n, err := strconv.Atoi(head[i+1:])
	if err != nil {
		return place
	}
	return head[:i+1] + strconv.Itoa(n+1) + ": "
}

// tidy makes an error of text/template one of ours: "production.ks.tmpl:7:2: …".
func tidy(name string, err error) error {
	var bound *boundError
	if errors.As(err, &bound) {
		return fmt.Errorf("%s: %w", name, bound)
	}
	text := prefix.ReplaceAllString(err.Error(), "")
	if i := position.FindStringIndex(text); i != nil {
		text = text[:i[0]] + ": " + text[i[1]:]
	}
	text = column.ReplaceAllStringFunc(text, fromOne)
	return errors.New(text)
}

// counters is how the names of functions begin that are put into a template to bound it.
const counters = "lbimage"

// boundError says that a template costs too much.
type boundError struct{ what string }

func (e *boundError) Error() string { return e.what }

func tooMuch(format string, args ...any) error { return &boundError{fmt.Sprintf(format, args...)} }

// bounds count what a rendering costs.
type bounds struct{ steps, made, depth int }

// limited is a buffer that takes MaxOutput bytes.
type limited struct{ to *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > MaxOutput-l.to.Len() {
		return 0, tooMuch("the template makes more than %d MiB of text", MaxOutput>>20)
	}
	return l.to.Write(p)
}

// instrument puts a counter into each loop.
func (b *bounds) instrument(t *parse.Tree, list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.RangeNode:
			b.instrument(t, n.List)
			b.instrument(t, n.ElseList)
			n.List.Nodes = append([]parse.Node{b.action(t, counters+"Step")}, n.List.Nodes...)
		case *parse.IfNode:
			b.instrument(t, n.List)
			b.instrument(t, n.ElseList)
		case *parse.WithNode:
			b.instrument(t, n.List)
			b.instrument(t, n.ElseList)
		}
	}
}

// action is {{name}}.
func (b *bounds) action(t *parse.Tree, name string) parse.Node {
	trees, err := parse.Parse("counter", "{{"+name+"}}", "", "", map[string]any{name: b.step})
	if err != nil {
		panic(err) // a text of our own
	}
	return trees["counter"].Root.Nodes[0]
}

func (b *bounds) step() (string, error) {
	if b.steps++; b.steps > maxSteps {
		return "", tooMuch("the template takes more than %d steps", maxSteps)
	}
	return "", nil
}

func (b *bounds) enter() (string, error) {
	if b.depth++; b.depth > maxDepth {
		return "", tooMuch("parts of the template stand in each other more than %d deep", maxDepth)
	}
	return b.step()
}

func (b *bounds) leave() string {
	b.depth--
	return ""
}

// make counts bytes that a function makes.
func (b *bounds) make(n int) error {
	if n < 0 || n > maxMade-b.made {
		return tooMuch("the template makes more than %d MiB of text", maxMade>>20)
	}
	b.made += n
	_, err := b.step()
	return err
}

// functions are what a template can call beside Go's comparisons; those of Go that make text are bounded.
func (b *bounds) functions() template.FuncMap {
	one := func(f func(string) string, grows int) func(string) (string, error) {
		return func(s string) (string, error) {
			if err := b.make(len(s) * grows); err != nil {
				return "", err
			}
			return f(s), nil
		}
	}
	return template.FuncMap{
		counters + "Step": b.step, counters + "Enter": b.enter, counters + "Leave": b.leave,
		"word":  one(word, 2),
		"upper": one(strings.ToUpper, 3),
		"lower": one(strings.ToLower, 3),
		"trim":  one(strings.TrimSpace, 1),
		"join": func(between string, all []string) (string, error) {
			n := 0
			for _, s := range all {
				n += len(s) + len(between)
			}
			if err := b.make(n); err != nil {
				return "", err
			}
			return strings.Join(all, between), nil
		},
		"split": func(between, s string) ([]string, error) {
			if err := b.make(17 * len(s)); err != nil {
				return nil, err
			}
			return strings.Split(s, between), nil
		},
		"replace": func(old, with, s string) (string, error) {
			n := strings.Count(s, old)
			if n > 0 && len(with) > maxMade/n {
				return "", b.make(maxMade + 1)
			}
			if err := b.make(len(s) + n*len(with)); err != nil {
				return "", err
			}
			return strings.ReplaceAll(s, old, with), nil
		},
		"print":    func(all ...any) (string, error) { return b.print(fmt.Sprint, all) },
		"println":  func(all ...any) (string, error) { return b.print(fmt.Sprintln, all) },
		"printf":   b.printf,
		"html":     unavailable("html"),
		"js":       unavailable("js"),
		"urlquery": one(url.QueryEscape, 3),
		"call":     unavailable("call"),
	}
}

func unavailable(name string) func(...any) (string, error) {
	return func(...any) (string, error) {
		return "", fmt.Errorf("%s is not available in templates of kickstart files", name)
	}
}

// size is how much text a value may become.
func size(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []string:
		n := 2
		for _, s := range v {
			n += len(s) + 1
		}
		return n
	}
	return 1 << 14 // numbers, and the data, which the caller bounds
}

func (b *bounds) print(f func(...any) string, all []any) (string, error) {
	n := 0
	for _, v := range all {
		n += size(v) + 1
	}
	if err := b.make(n); err != nil {
		return "", err
	}
	return f(all...), nil
}

// wide are widths, precisions and places of arguments by which a short format makes a long text.
var wide = regexp.MustCompile(`%[^a-zA-Z%]*([0-9]{4}|\*|\[)`)

func (b *bounds) printf(format string, all ...any) (string, error) {
	if wide.MatchString(format) {
		return "", fmt.Errorf("printf: widths have three digits at most; * and [n] are not available")
	}
	largest := 1000
	for _, v := range all {
		largest = max(largest, 4*size(v)) // %q and %x make more of a text than it is
	}
	verbs := strings.Count(format, "%")
	if verbs > 0 && largest > maxMade/verbs {
		return "", b.make(maxMade + 1)
	}
	if err := b.make(len(format) + verbs*largest); err != nil {
		return "", err
	}
	return fmt.Sprintf(format, all...), nil
}

var plain = regexp.MustCompile(`^[A-Za-z0-9@%_+=:,./?&$~{}!*()^;|<>\[\]-]+$`)

// word writes a word of a kickstart line: in quotes where it would be read as something else.
func word(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
