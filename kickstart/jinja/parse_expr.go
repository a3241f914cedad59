package jinja

import (
	"slices"
	"strconv"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// tupleRules say how far an expression with commas reaches.
type tupleRules struct {
	simple bool   // names and literals only
	ifs    bool   // a if b else c
	paren  bool   // in parentheses: may be empty
	end    string // a word before which it ends
}

// tuple reads an expression, or several with commas between, which are a tuple.
func (p *parser) tuple(rules tupleRules) (node, error) {
	start := p.now().at
	var items []node
	isTuple := false
	for !p.tupleEnds(rules.end) {
		var n node
		var err error
		if rules.simple {
			n, err = p.primary()
		} else {
			n, err = p.expression(rules.ifs)
		}
		if err != nil {
			return nil, err
		}
		items = append(items, n)
		if !p.op(",") {
			break
		}
		isTuple = true
	}
	switch {
	case !isTuple && len(items) == 1:
		return items[0], nil
	case len(items) == 0 && !rules.paren:
		return nil, failf(start, "an expression is expected, not %s", p.now())
	}
	return &tupleNode{where(start), items}, nil
}

func (p *parser) tupleEnds(word string) bool {
	t := p.now()
	return t.kind == endPrint || t.kind == endBlock || t.is(opToken, ")") || word != "" && (t.is(nameToken, word) || t.is(opToken, word))
}

// expression reads one; ifs: a condition may stand behind it.
func (p *parser) expression(ifs bool) (node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer p.shallower()
	n, err := p.or()
	for err == nil && ifs && p.now().is(nameToken, "if") {
		t := p.next()
		c := &chooseNode{where: where(t.at), yes: n}
		if c.test, err = p.or(); err == nil && p.word("else") {
			c.no, err = p.expression(true)
		}
		n = c
	}
	return n, err
}

// binary reads operators of one rank, from the left.
func (p *parser) binary(operand func() (node, error), is func(token) bool) (node, error) {
	left, err := operand()
	for n := 0; err == nil && is(p.now()); n++ {
		if n > 10*maxDepth {
			return nil, failf(p.now().at, "the expression is too long")
		}
		t := p.next()
		var right node
		if right, err = operand(); err == nil {
			left = &binaryNode{where(t.at), t.text, left, right}
		}
	}
	return left, err
}

func words(all ...string) func(token) bool {
	return func(t token) bool { return t.kind == nameToken && slices.Contains(all, t.text) }
}

func ops(all ...string) func(token) bool {
	return func(t token) bool { return t.kind == opToken && slices.Contains(all, t.text) }
}

func (p *parser) or() (node, error)  { return p.binary(p.and, words("or")) }
func (p *parser) and() (node, error) { return p.binary(p.not, words("and")) }

func (p *parser) not() (node, error) {
	if t := p.now(); p.word("not") {
		if err := p.deeper(); err != nil {
			return nil, err
		}
		defer p.shallower()
		n, err := p.not()
		return &unaryNode{where(t.at), "not", n}, err
	}
	return p.compare()
}

func (p *parser) compare() (node, error) {
	first, err := p.sum()
	if err != nil {
		return nil, err
	}
	c := &compareNode{where: where(p.now().at), first: first}
	for {
		t := p.now()
		op := ""
		switch {
		case ops("==", "!=", "<", "<=", ">", ">=")(t), t.is(nameToken, "in"):
			op = t.text
		case t.is(nameToken, "not") && p.peek().is(nameToken, "in"):
			op = "not in"
			p.next()
		}
		if op == "" {
			break
		}
		p.next()
		n, err := p.sum()
		if err != nil {
			return nil, err
		}
		c.ops, c.rest = append(c.ops, op), append(c.rest, n)
	}
	if len(c.ops) == 0 {
		return first, nil
	}
	return c, nil
}

func (p *parser) sum() (node, error) { return p.binary(p.concat, ops("+", "-")) }

func (p *parser) concat() (node, error) {
	first, err := p.product()
	if err != nil || !p.now().is(opToken, "~") {
		return first, err
	}
	c := &concatNode{where(p.now().at), []node{first}}
	for p.op("~") {
		n, err := p.product()
		if err != nil {
			return nil, err
		}
		c.items = append(c.items, n)
	}
	return c, nil
}

func (p *parser) product() (node, error) { return p.binary(p.power, ops("*", "/", "//", "%")) }
func (p *parser) power() (node, error)   { return p.binary(p.signed, ops("**")) }
func (p *parser) signed() (node, error)  { return p.unary(true) }

func (p *parser) unary(filters bool) (node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer p.shallower()
	t := p.now()
	var n node
	var err error
	if ops("-", "+")(t) {
		p.next()
		if n, err = p.unary(false); err == nil {
			n = &unaryNode{where(t.at), t.text, n}
		}
	} else {
		n, err = p.primary()
	}
	if err == nil {
		n, err = p.postfix(n)
	}
	for links := 0; err == nil && filters; links++ {
		if links > 10*maxDepth {
			return nil, failf(p.now().at, "the expression is too long")
		}
		switch now := p.now(); {
		case now.is(opToken, "|"):
			n, err = p.filter(n, false)
		case now.is(nameToken, "is"):
			n, err = p.test(n)
		case now.is(opToken, "("):
			n, err = p.call(n)
		default:
			return n, nil
		}
	}
	return n, err
}

func (p *parser) primary() (node, error) {
	t := p.next()
	w := where(t.at)
	switch t.kind {
	case nameToken:
		switch t.text {
		case "true", "True":
			return &constNode{w, true}, nil
		case "false", "False":
			return &constNode{w, false}, nil
		case "none", "None":
			return &constNode{w, nil}, nil
		case "self":
			return nil, failf(t.at, "'self' is not supported in templates of kickstart files")
		}
		return &nameNode{w, t.text}, nil
	case stringToken:
		text := t.text
		if p.now().kind == stringToken {
			var b strings.Builder
			b.WriteString(text)
			for p.now().kind == stringToken {
				b.WriteString(p.next().text)
			}
			text = b.String()
		}
		return &constNode{w, text}, nil
	case intToken:
		v, err := strconv.ParseInt(t.text, 0, 64)
		if err != nil {
			return nil, failf(t.at, "%s does not fit into 64 bits", t.text)
		}
		return &constNode{w, v}, nil
	case floatToken:
		v, _ := strconv.ParseFloat(t.text, 64) // out of range is infinite, in Python too
		return &constNode{w, v}, nil
	case opToken:
		switch t.text {
		case "(":
			if err := p.deeper(); err != nil {
				return nil, err
			}
			defer p.shallower()
			n, err := p.tuple(tupleRules{ifs: true, paren: true})
			if err != nil {
				return nil, err
			}
			return n, p.expectOp(")")
		case "[":
			n := &listNode{where: w}
			err := p.separated("]", func() error {
				item, err := p.expression(true)
				n.items = append(n.items, item)
				return err
			})
			return n, err
		case "{":
			n := &dictNode{where: w}
			err := p.separated("}", func() error {
				key, err := p.expression(true)
				if err == nil {
					err = p.expectOp(":")
				}
				if err != nil {
					return err
				}
				value, err := p.expression(true)
				n.keys, n.values = append(n.keys, key), append(n.values, value)
				return err
			})
			return n, err
		}
	}
	return nil, failf(t.at, "an expression is expected, not %s", t)
}

// separated reads items with commas between up to a closing bracket; a comma may stand behind the last.
func (p *parser) separated(end string, item func() error) error {
	for n := 0; !p.op(end); n++ {
		if n > 0 {
			if err := p.expectOp(","); err != nil {
				return err
			}
			if p.op(end) {
				return nil
			}
		}
		if err := item(); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) postfix(n node) (node, error) {
	var err error
	for links := 0; err == nil; links++ {
		if links > 10*maxDepth {
			return nil, failf(p.now().at, "the expression is too long")
		}
		switch t := p.now(); {
		case t.is(opToken, "."):
			p.next()
			name := p.next()
			switch name.kind {
			case nameToken:
				n = &memberNode{where(name.at), n, name.text}
			case intToken:
				i, bad := strconv.ParseInt(name.text, 0, 64)
				if bad != nil {
					return nil, failf(name.at, "%s does not fit into 64 bits", name.text)
				}
				n = &itemNode{where(name.at), n, &constNode{where(name.at), i}}
			default:
				return nil, failf(name.at, "a name or a number is expected behind the dot, not %s", name)
			}
		case t.is(opToken, "["):
			n, err = p.subscript(n)
		case t.is(opToken, "("):
			n, err = p.call(n)
		default:
			return n, nil
		}
	}
	return nil, err
}

func (p *parser) subscript(of node) (node, error) {
	w := where(p.next().at)
	var keys []node
	for !p.op("]") {
		if len(keys) > 0 {
			if err := p.expectOp(","); err != nil {
				return nil, err
			}
		}
		key, err := p.subscribed()
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 1 {
		return &itemNode{w, of, keys[0]}, nil
	}
	return &itemNode{w, of, &tupleNode{w, keys}}, nil
}

// subscribed reads an expression or a slice.
func (p *parser) subscribed() (node, error) {
	s := &sliceNode{where: where(p.now().at)}
	var err error
	if !p.op(":") {
		n, err := p.expression(true)
		if err != nil || !p.op(":") {
			return n, err
		}
		s.from = n
	}
	ends := ops("]", ",")
	if !ends(p.now()) && !p.now().is(opToken, ":") {
		if s.to, err = p.expression(true); err != nil {
			return nil, err
		}
	}
	if p.op(":") && !ends(p.now()) {
		s.step, err = p.expression(true)
	}
	return s, err
}

func (p *parser) call(of node) (node, error) {
	w := where(p.now().at)
	args, err := p.arguments()
	return &callNode{w, of, args}, err
}

func (p *parser) arguments() (arguments, error) {
	var a arguments
	if err := p.expectOp("("); err != nil {
		return a, err
	}
	err := p.separated(")", func() error {
		t := p.now()
		if ops("*", "**")(t) {
			return failf(t.at, "'%s' in front of an argument is not supported", t.text)
		}
		if t.kind == nameToken && p.peek().is(opToken, "=") {
			if slices.Contains(a.names, t.text) {
				return failf(t.at, "the argument %s is given twice", t.text)
			}
			p.next()
			p.next()
			v, err := p.expression(true)
			a.names, a.named = append(a.names, t.text), append(a.named, v)
			return err
		}
		if len(a.names) > 0 {
			return failf(t.at, "an argument without a name stands behind one with a name")
		}
		v, err := p.expression(true)
		a.plain = append(a.plain, v)
		return err
	})
	return a, err
}

// filter reads filters up to the end of their chain; inline: the first has no bar in front.
func (p *parser) filter(n node, inline bool) (node, error) {
	for links := 0; inline || p.op("|"); links++ {
		if links > 10*maxDepth {
			return nil, failf(p.now().at, "the expression is too long")
		}
		inline = false
		t, err := p.expect(nameToken)
		if err != nil {
			return nil, err
		}
		for p.now().is(opToken, ".") { // names of other environments have dots
			p.next()
			part, err := p.expect(nameToken)
			if err != nil {
				return nil, err
			}
			t.text += "." + part.text
		}
		if err := known("filter", t, filterNames, refusedFilters); err != nil {
			return nil, err
		}
		f := &filterCall{where: where(t.at), of: n, name: t.text}
		if p.now().is(opToken, "(") {
			if f.args, err = p.arguments(); err != nil {
				return nil, err
			}
		}
		n = f
	}
	return n, nil
}

func (p *parser) test(of node) (node, error) {
	is := p.next()
	not := p.word("not")
	t, err := p.expect(nameToken)
	if err != nil {
		return nil, err
	}
	if err := known("test", t, testNames, nil); err != nil {
		return nil, err
	}
	c := &testCall{where: where(t.at), of: of, name: t.text}
	now := p.now()
	switch {
	case now.is(opToken, "("):
		if c.args, err = p.arguments(); err != nil {
			return nil, err
		}
	case now.is(nameToken, "is"):
		return nil, failf(now.at, "a test cannot stand behind another: use and")
	case now.kind == nameToken && !words("else", "or", "and")(now), now.kind == stringToken, now.kind == intToken, now.kind == floatToken, ops("[", "{")(now):
		n, err := p.primary()
		if err == nil {
			n, err = p.postfix(n)
		}
		if err != nil {
			return nil, err
		}
		c.args.plain = []node{n}
	}
	if not {
		return &unaryNode{where(is.at), "not", c}, nil
	}
	return c, nil
}

// known refuses filters and tests that there are not.
func known(what string, t token, names, refused []string) error {
	if slices.Contains(names, t.text) {
		return nil
	}
	if slices.Contains(refused, t.text) {
		return failf(t.at, "the filter '%s' is not supported in templates of kickstart files", t.text)
	}
	return failf(t.at, "'%s' is no %s%s", t.text, what, nearest.Suggestion(t.text, names))
}
