package jinja

import (
	"slices"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// parser makes nodes of tokens.
type parser struct {
	tokens []token
	i      int
	depth  int
}

func parse(tokens []token) ([]node, error) {
	p := &parser{tokens: tokens}
	body, _, err := p.body("", 0)
	return body, err
}

func (p *parser) now() token { return p.tokens[p.i] }

func (p *parser) next() token {
	t := p.tokens[p.i]
	if p.i < len(p.tokens)-1 {
		p.i++
	}
	return t
}

func (p *parser) peek() token { return p.tokens[min(p.i+1, len(p.tokens)-1)] }

// skip goes over an operator or a word if it stands here.
func (p *parser) skip(k kind, text string) bool {
	if p.now().is(k, text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) op(text string) bool   { return p.skip(opToken, text) }
func (p *parser) word(text string) bool { return p.skip(nameToken, text) }

func (p *parser) expectOp(text string) error {
	if !p.op(text) {
		return failf(p.now().at, "'%s' is expected, not %s", text, p.now())
	}
	return nil
}

func (p *parser) expect(k kind) (token, error) {
	if p.now().kind != k {
		what := "the " + string(k)
		if k == nameToken {
			what = "a name"
		}
		return token{}, failf(p.now().at, "%s is expected, not %s", what, p.now())
	}
	return p.next(), nil
}

// deeper bounds how far expressions and statements stand in each other.
func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return failf(p.now().at, "more than %d expressions and statements stand in each other", maxDepth)
	}
	return nil
}

func (p *parser) shallower() { p.depth-- }

// body reads statements up to one of the words, which it takes, or up to the end of the template where there are
// none.
func (p *parser) body(of string, begin where, ends ...string) ([]node, string, error) {
	if err := p.deeper(); err != nil {
		return nil, "", err
	}
	defer p.shallower()
	var out []node
	for {
		t := p.next()
		switch t.kind {
		case dataToken:
			out = append(out, &textNode{where(t.at), t.text})
		case beginPrint:
			v, err := p.tuple(tupleRules{ifs: true})
			if err != nil {
				return nil, "", err
			}
			if _, err := p.expect(endPrint); err != nil {
				return nil, "", err
			}
			out = append(out, &printNode{where(t.at), v})
		case beginBlock:
			if p.now().kind == nameToken && slices.Contains(ends, p.now().text) {
				return out, p.next().text, nil
			}
			n, err := p.statement(t.at, of, ends)
			if err != nil {
				return nil, "", err
			}
			out = append(out, n)
		case endToken:
			if len(ends) > 0 {
				return nil, "", failf(begin.pos(), "%s has no end: {%% %s %%}", of, ends[len(ends)-1])
			}
			return out, "", nil
		}
	}
}

var statements = []string{"for", "if", "set", "with", "filter", "raw"}

// refused are the statements of Jinja2 that are not supported.
var refused = []string{"include", "import", "from", "extends", "block", "macro", "call", "autoescape", "do", "break", "continue", "trans", "debug"}

func (p *parser) statement(begin int, of string, ends []string) (node, error) {
	t, err := p.expect(nameToken)
	if err != nil {
		return nil, err
	}
	w := where(t.at)
	switch t.text {
	case "for":
		return p.forStatement(w)
	case "if":
		return p.ifStatement(w)
	case "set":
		return p.setStatement(w)
	case "with":
		return p.withStatement(w)
	case "filter":
		f, err := p.filter(nil, true)
		if err != nil {
			return nil, err
		}
		body, err := p.closed("filter", w, "endfilter")
		return &filterNode{w, f, body}, err
	}
	if slices.Contains(refused, t.text) {
		return nil, failf(begin, "'%s' is not supported in templates of kickstart files", t.text)
	}
	if of != "" && (strings.HasPrefix(t.text, "end") || t.text == "else" || t.text == "elif") {
		return nil, failf(begin, "'%s' stands where %s needs '%s'", t.text, of, ends[len(ends)-1])
	}
	return nil, failf(begin, "'%s' is no statement%s", t.text, nearest.Suggestion(t.text, statements))
}

// endOfTag takes the end of a statement's tag.
func (p *parser) endOfTag() error {
	_, err := p.expect(endBlock)
	return err
}

// closed reads the end of a tag, a body, and the tag that ends it.
func (p *parser) closed(of string, begin where, end string) ([]node, error) {
	if err := p.endOfTag(); err != nil {
		return nil, err
	}
	body, _, err := p.body(of, begin, end)
	if err != nil {
		return nil, err
	}
	return body, p.endOfTag()
}

func (p *parser) forStatement(w where) (node, error) {
	n := &forNode{where: w}
	var err error
	if n.target, err = p.target("in"); err != nil {
		return nil, err
	}
	if !p.word("in") {
		return nil, failf(p.now().at, "'in' is expected, not %s", p.now())
	}
	if n.over, err = p.tuple(tupleRules{end: "recursive"}); err != nil {
		return nil, err
	}
	if p.word("if") {
		if n.test, err = p.expression(true); err != nil {
			return nil, err
		}
	}
	if t := p.now(); p.word("recursive") {
		return nil, failf(t.at, "recursive loops are not supported")
	}
	if err := p.endOfTag(); err != nil {
		return nil, err
	}
	body, end, err := p.body("for", w, "else", "endfor")
	if err != nil {
		return nil, err
	}
	n.body = body
	if end == "else" {
		n.none, err = p.closed("for", w, "endfor")
		return n, err
	}
	return n, p.endOfTag()
}

func (p *parser) ifStatement(w where) (node, error) {
	n := &ifNode{where: w}
	for {
		test, err := p.tuple(tupleRules{})
		if err != nil {
			return nil, err
		}
		if err := p.endOfTag(); err != nil {
			return nil, err
		}
		body, end, err := p.body("if", w, "elif", "else", "endif")
		if err != nil {
			return nil, err
		}
		n.tests, n.bodies = append(n.tests, test), append(n.bodies, body)
		switch end {
		case "elif":
			continue
		case "else":
			body, err := p.closed("if", w, "endif")
			n.bodies = append(n.bodies, body)
			return n, err
		}
		return n, p.endOfTag()
	}
}

func (p *parser) setStatement(w where) (node, error) {
	n := &setNode{where: w}
	var err error
	if p.now().kind == nameToken && p.peek().is(opToken, ".") {
		of := p.next()
		p.next()
		name, err := p.expect(nameToken)
		if err != nil {
			return nil, err
		}
		n.target = &memberNode{where(of.at), &nameNode{where(of.at), of.text}, name.text}
	} else if n.target, err = p.target("="); err != nil {
		return nil, err
	}
	if p.op("=") {
		if n.value, err = p.tuple(tupleRules{ifs: true}); err != nil {
			return nil, err
		}
		return n, p.endOfTag()
	}
	if p.now().is(opToken, "|") {
		if n.filters, err = p.filter(nil, false); err != nil {
			return nil, err
		}
	}
	n.body, err = p.closed("set", w, "endset")
	return n, err
}

func (p *parser) withStatement(w where) (node, error) {
	n := &withNode{where: w}
	for p.now().kind != endBlock {
		if len(n.targets) > 0 {
			if err := p.expectOp(","); err != nil {
				return nil, err
			}
		}
		target, err := p.assignable(p.primary())
		if err != nil {
			return nil, err
		}
		if err := p.expectOp("="); err != nil {
			return nil, err
		}
		value, err := p.expression(true)
		if err != nil {
			return nil, err
		}
		n.targets, n.values = append(n.targets, target), append(n.values, value)
	}
	var err error
	n.body, err = p.closed("with", w, "endwith")
	return n, err
}

// target reads what a value is given to: a name, or several.
func (p *parser) target(end string) (node, error) {
	return p.assignable(p.tuple(tupleRules{simple: true, end: end}))
}

func (p *parser) assignable(n node, err error) (node, error) {
	if err != nil {
		return nil, err
	}
	switch t := n.(type) {
	case *nameNode:
		if t.name == "loop" || slices.Contains([]string{"self", "caller", "varargs", "kwargs", "super"}, t.name) {
			return nil, failf(t.pos(), "'%s' is a name that Jinja2 keeps for itself", t.name)
		}
		return n, nil
	case *tupleNode:
		for _, item := range t.items {
			if _, err := p.assignable(item, nil); err != nil {
				return nil, err
			}
		}
		return n, nil
	}
	return nil, failf(n.pos(), "no value can be given to this: a name is expected")
}
