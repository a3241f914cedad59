package lint

import (
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// truth is the value of a condition, as far as it can be told here.
type truth uint8

const (
	unknown truth = iota
	holds
	fails
	unreadable // HAProxy cannot read it either
)

func truthOf(b bool) truth {
	if b {
		return holds
	}
	return fails
}

func (t truth) not() truth {
	switch t {
	case holds:
		return fails
	case fails:
		return holds
	}
	return t
}

// predicates are what a condition can ask, with the number of their arguments.
var predicates = map[string]int{
	"defined": 1, "feature": 1, "streq": 2, "strneq": 2, "strstr": 2,
	"version_atleast": 1, "version_before": 1,
	"openssl_version_atleast": 1, "openssl_version_before": 1,
	"ssllib_name_startswith": 1, "enabled": 1, "awslc_api_atleast": 1, "awslc_api_before": 1,
}

// condition works out what stands behind .if or .elif. expands is set where a
// variable stands in it, whose value only HAProxy knows.
func condition(text string, expands bool, haproxy Version) truth {
	p := conditionParser{rest: strings.TrimSpace(text), haproxy: haproxy}
	if p.rest == "" {
		return fails
	}
	t := p.or(0)
	if strings.TrimSpace(p.rest) != "" {
		p.bad = true
	}
	switch {
	case expands:
		return unknown
	case p.bad:
		return unreadable
	}
	return t
}

type conditionParser struct {
	rest    string
	haproxy Version
	bad     bool
}

// maxNesting bounds parentheses; HAProxy takes 1024.
const maxNesting = 1024

func (p *conditionParser) skip(prefix string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t")
	rest, ok := strings.CutPrefix(p.rest, prefix)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *conditionParser) or(depth int) truth {
	t := p.and(depth)
	for p.skip("||") {
		switch u := p.and(depth); {
		case t == holds || u == holds:
			t = holds
		case t == unknown || u == unknown:
			t = unknown
		}
	}
	return t
}

func (p *conditionParser) and(depth int) truth {
	t := p.term(depth)
	for p.skip("&&") {
		switch u := p.term(depth); {
		case t == fails || u == fails:
			t = fails
		case t == unknown || u == unknown:
			t = unknown
		}
	}
	return t
}

func (p *conditionParser) term(depth int) truth {
	negated := false
	for p.skip("!") {
		negated = !negated
	}
	t := p.value(depth)
	if negated {
		t = t.not()
	}
	return t
}

func (p *conditionParser) value(depth int) truth {
	if depth > maxNesting {
		p.bad = true
		return unknown
	}
	if p.skip("(") {
		t := p.or(depth + 1)
		if !p.skip(")") {
			p.bad = true
		}
		return t
	}
	if number := p.number(); number != "" {
		return truthOf(strings.Trim(number, "+-0") != "")
	}
	end := strings.IndexByte(p.rest, '(')
	if end < 0 {
		p.bad = true
		return unknown
	}
	name := p.rest[:end]
	want, ok := predicates[name]
	inner, rest, closed := cutParenthesis(p.rest[end+1:])
	if !ok || !closed {
		p.bad = true
		return unknown
	}
	p.rest = rest
	args := strings.Split(inner, ",")
	if len(args) != want {
		p.bad = true
		return unknown
	}
	return p.ask(name, args)
}

func (p *conditionParser) number() string {
	s := p.rest
	end := 0
	if end < len(s) && (s[end] == '-' || s[end] == '+') {
		end++
	}
	digits := end
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == digits {
		return ""
	}
	p.rest = s[end:]
	return s[:end]
}

// cutParenthesis gives what stands before the closing one.
func cutParenthesis(s string) (inner, rest string, ok bool) {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s[:i], s[i+1:], true
			}
		}
	}
	return "", "", false
}

func (p *conditionParser) ask(name string, args []string) truth {
	switch name {
	case "streq":
		return truthOf(args[0] == args[1])
	case "strneq":
		return truthOf(args[0] != args[1])
	case "strstr":
		return truthOf(strings.Contains(args[0], args[1]))
	case "version_atleast", "version_before":
		v, err := haproxyconfig.ParseVersion(args[0])
		if err != nil || !p.haproxy.Known() {
			return unknown
		}
		return truthOf(p.haproxy.Since(v) == (name == "version_atleast"))
	}
	return unknown // how that HAProxy was built, or what its environment holds
}
