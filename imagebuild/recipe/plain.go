package recipe

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"lbimage/haproxy-config/nearest"
)

var (
	wholeNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,17})$`)
	yesNo       = regexp.MustCompile(`^(?i:yes|no|on|off|y|n|true|false)$`)
	bareMode    = regexp.MustCompile(`^[1-7][0-7]{2,3}$`)
)

// plain reads a value without parts. It is kept as it is written: no number is rounded.
func (r *reader) plain(n *yaml.Node, v *value) bool {
	if n.Kind != yaml.ScalarNode {
		return r.wrongType(n, v)
	}
	v.text, v.tag = n.Value, n.Tag
	switch v.shape.kind {
	case kindFlag:
		return r.flag(n, v)
	case kindNumber:
		return r.number(n, v)
	case kindMode:
		return r.mode(n, v)
	case kindText:
		if n.Tag != "!!str" {
			r.problem(r.at(n), "wrong-type", fmt.Sprintf("%s is %s", label(v.path), kindOf(n)), "write "+v.shape.expected()+"; quote it where it is meant so")
			return false
		}
	case kindScalar:
		if n.Tag == "!!bool" {
			r.problem(r.at(n), "wrong-type", fmt.Sprintf("%s is a truth value", label(v.path)), "write "+v.shape.expected()+"; quote it where it is meant as a word")
			return false
		}
	}
	return r.words(n, v)
}

// words holds a text against its pattern.
func (r *reader) words(n *yaml.Node, v *value) bool {
	s := v.shape
	fits := s.pattern == nil || s.pattern.MatchString(v.text)
	if s.never != nil && s.never.MatchString(v.text) || len(s.enum) > 0 && !slices.Contains(s.enum, v.text) {
		fits = false
	}
	if fits {
		return true
	}
	what := fmt.Sprintf("%s: %q will not do", label(v.path), shorten(v.text))
	if s.secret {
		what = label(v.path) + " will not do"
	}
	before := len(r.problems)
	if s.check != nil { // it may know more
		s.check(r, v)
	}
	if len(r.problems) == before {
		r.problem(r.at(n), "wrong-value", what+nearest.Suggestion(v.text, s.enum), "write "+s.expected())
	}
	return false
}

func (r *reader) flag(n *yaml.Node, v *value) bool {
	if n.Tag == "!!bool" && (n.Value == "true" || n.Value == "false") {
		return r.words(n, v)
	}
	if !yesNo.MatchString(n.Value) {
		return r.wrongType(n, v)
	}
	r.problem(r.at(n), "wrong-type", fmt.Sprintf("%s: %q will not do", label(v.path), n.Value), "write true or false, in small letters and without quotes")
	return false
}

func (r *reader) number(n *yaml.Node, v *value) bool {
	if n.Tag != "!!int" {
		return r.wrongType(n, v)
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil || !wholeNumber.MatchString(n.Value) || i < v.shape.least || i > v.shape.most {
		r.problem(r.at(n), "wrong-value", fmt.Sprintf("%s: %s will not do", label(v.path), shorten(n.Value)), fmt.Sprintf("write %s, at most %d, in plain digits", v.shape.want, v.shape.most))
		return false
	}
	return true
}

// mode reads an octal mode from its text: YAML 1.1 and 1.2 differ in what number 0644 is.
func (r *reader) mode(n *yaml.Node, v *value) bool {
	switch {
	case n.Tag == "!!bool":
		return r.wrongType(n, v)
	case n.Tag == "!!int" && bareMode.MatchString(n.Value):
		r.problem(r.at(n), "wrong-value", fmt.Sprintf("%s: %s would be a decimal number to YAML", label(v.path), n.Value), "write 0"+n.Value)
		return false
	}
	return r.words(n, v)
}

// modeBits is a mode as a number.
func modeBits(text string) uint32 {
	n, _ := strconv.ParseUint(strings.TrimPrefix(strings.TrimPrefix(text, "0"), "o"), 8, 32) // the pattern has been held against it
	return uint32(n)
}
