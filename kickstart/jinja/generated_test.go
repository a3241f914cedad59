package jinja

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// maker makes templates by chance: most of them are right, and all use what kickstart templates do.
type maker struct {
	*rand.Rand
	depth int
}

func (m *maker) one(all ...string) string { return all[m.IntN(len(all))] }

func (m *maker) number() string {
	return m.one("0", "1", "2", "3", "7", "10", "-1", "-3", "1.5", "0.1", "2.0", "1e3", "n", "f", "nums[0]", "nums|length", "n + 1", "(n)", "0x1f", "1_0", "true", "1e16", "-0.5", "1e-5")
}

func (m *maker) text() string {
	return m.one(`'a'`, `"b c"`, `''`, "s", "names[0]", "u", `'x\n  y'`, `"it's"`, `'A-b (c)'`, "repos[0][2]", `'1'`, `' 12 '`, `'%s-%d'`, `'é'`, "names|first", "n|string", `'a' ~ n`)
}

func (m *maker) list() string {
	return m.one("nums", "names", "l", "e", "repos", "[1, 2, 3]", "('a', 'b')", "[]", "d", "range(3)", "names|sort", "nums|reverse|list", "[n, s]", "s.split()", "repos|map('first')|list", "names[1:]", "nums|select('odd')|list", "d.items()|list", "'abc'|list", "[[1, 2], [3]]", "nums|map('string')|list")
}

func (m *maker) expr() string {
	if m.depth++; m.depth > 4 {
		m.depth--
		return m.one(m.number(), m.text())
	}
	defer func() { m.depth-- }()
	switch m.IntN(24) {
	case 0, 1:
		return m.number()
	case 2, 3:
		return m.text()
	case 4:
		return m.list()
	case 5:
		return m.number() + m.one(" + ", " - ", " * ", " / ", " // ", " % ", " ** ") + m.number()
	case 6:
		return m.text() + m.one(" + ", " ~ ", " * ") + m.one(m.text(), m.number())
	case 7:
		return m.number() + m.one(" == ", " != ", " < ", " <= ", " > ", " >= ", " < 5 < ") + m.number()
	case 8:
		return m.one(m.text(), m.number()) + m.one(" in ", " not in ") + m.list()
	case 9:
		return m.expr() + m.one(" and ", " or ") + m.expr()
	case 10:
		return m.one("not ", "-", "+") + m.one(m.number(), "("+m.expr()+")")
	case 11:
		return m.expr() + " if " + m.expr() + m.one("", " else "+m.expr())
	case 12:
		return m.text() + "|" + m.one("upper", "lower", "title", "capitalize", "trim", "length", "list", "first", "last", "reverse", "string", "wordcount", "e", "tojson", "urlencode",
			"int", "float", "int(7)", "int(base=16)", "replace('a', 'b')", "replace('a', '', 1)", "indent", "indent(2, true)", "indent(1, blank=true)", "center(9)", "truncate(6)", "truncate(6, true, '', 0)", "trim('ab')", "default('z')", "default('z', true)", "format(1, 2)", "escape|upper")
	case 13:
		return m.list() + "|" + m.one("join", "join(', ')", "length", "list", "first", "last", "sort", "sort(reverse=true)", "sort(case_sensitive=true)", "unique|list", "min", "max", "sum", "reverse|list", "string", "tojson",
			"map('upper')|join", "map('string')|list", "select|list", "reject('none')|list", "select('string')|join('-')", "select('in', [1, 'a'])|list", "batch(2)|list", "slice(2)|list", "batch(2, 0)|map('sum')|list", "map('first')|join", "map(attribute=0)|list", "count", "default([])|first", "first|default('-')")
	case 14:
		return m.number() + "|" + m.one("round", "round(1)", "round(0, 'floor')", "round(2, 'ceil')", "abs", "int", "float", "string", "string|length", "default(1, true)", "tojson")
	case 15:
		return m.one(m.number(), m.text(), m.list(), "nowhere", "none") + " is " + m.one("", "not ") + m.one("defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "odd", "even", "divisibleby(2)", "divisibleby 3", "in [1, 2]", "eq 1", "lower", "upper", "true", "sameas true", "lt 3", "ne 'a'")
	case 16:
		return m.list() + m.one("[0]", "[-1]", "[1:]", "[:-1]", "[::2]", "[::-1]", "[5]|default('-')", "[1:2]|list")
	case 17:
		return m.text() + m.one("[0]", "[-1:]", "[1:3]", "[::-1]", "[9]|default('-')", ".upper()", ".split(',')", ".strip()", ".replace('a', 'b')", ".startswith('a')", ".endswith(('c', 'a'))", ".lower()[0:1]", ".split(' ', 1)", ".find('a')", ".count('a')", ".splitlines()", ".join(['x', 'y'])")
	case 18:
		return m.one("d.a", "d.b", "d['a'][0]", "d.get('b')", "d.get('q', 1)", "d.items", "d.keys()|list", "d.values()|list", "d|dictsort", "d|length", "d|items|list", "d.nope|default(2)", "d['items']", "repos.0.1", "dict(a=1, b=n)", "{'k': n, s: 1}")
	case 19:
		return m.text() + " % " + m.one("n", "(1, 2)", "('a', 1)", "[]", "{'a': 1}", "s")
	case 20:
		return m.one(`'%5d|%-5s|%05.1f'`, `'%x %o %e'`, `'%s %r %%'`, `'%+d %g %c'`, `'%3s|%.2s|%i'`) + " % (" + m.one("1, 2, 3", "n, 's', f", "10, 's', 65", "-7, 'abc', 1.25") + ")"
	case 21:
		return "(" + m.expr() + ")"
	case 22:
		return "[" + m.expr() + ", " + m.expr() + "]"
	}
	return "(" + m.expr() + ",)"
}

func (m *maker) blank() string {
	return m.one("", "", "\n", " ", "\n\n", "  \n", "\n  ", "\t", "x", "text\n", " y ", "\r\n", "# c\n", "\v", "é\n")
}

// tag puts signs of whitespace control into a tag.
func (m *maker) tag(body string) string {
	return "{%" + m.one("", "", "", "-", "+") + " " + body + " " + m.one("", "", "", "-", "+") + "%}"
}

func (m *maker) body() string {
	if m.depth++; m.depth > 4 {
		m.depth--
		return m.blank()
	}
	defer func() { m.depth-- }()
	var b strings.Builder
	for range 1 + m.IntN(4) {
		b.WriteString(m.blank())
		switch m.IntN(13) {
		case 0, 1, 2:
			b.WriteString("{{" + m.one("", "", "-", "+") + " " + m.expr() + " " + m.one("", "", "-") + "}}")
		case 3:
			b.WriteString(m.tag("if "+m.expr()) + m.body() + m.one("", m.tag("else")+m.body(), m.tag("elif "+m.expr())+m.body()) + m.tag("endif"))
		case 4, 5:
			over := m.one("x in nums", "x in names", "x in l", "x in range(n)", "x in e", "x in s", "x in "+m.list(), "(x, y, z) in repos", "x, y, z in repos", "x, y in d.items()", "x in d", "x in nums if x > 1", "x in nowhere")
			b.WriteString(m.tag("for "+over) + m.one("", "{{ x }}", "{{ loop.index }}{{ x }}", "{{ loop.last }}", "{% if not loop.first %},{% endif %}{{ x }}", "{{ loop.cycle('a', 'b') }}{{ loop.length }}", "{% set q = x %}{{ q }}") + m.body() + m.one("", m.tag("else")+m.body()) + m.tag("endfor"))
		case 6:
			b.WriteString(m.tag("set q = "+m.expr()) + m.one("", "{{ q }}"))
		case 7:
			b.WriteString(m.tag("set q") + m.body() + m.tag("endset") + "[{{ q }}]")
		case 8:
			b.WriteString("{#" + m.one("", "-", "+") + " note " + m.one("", "-", "+") + "#}")
		case 9:
			b.WriteString(m.tag("raw") + m.blank() + "{{ x }}" + m.blank() + m.tag("endraw"))
		case 10:
			b.WriteString(m.tag("with q = "+m.expr()) + "{{ q }}" + m.body() + m.tag("endwith"))
		case 11:
			b.WriteString(m.tag("filter "+m.one("upper", "trim", "indent(2)", "replace('a', 'b')|upper")) + m.body() + m.tag("endfilter"))
		case 12:
			b.WriteString("{{ q" + m.one("", "|default('-')") + " }}")
		}
	}
	return b.String() + m.blank()
}

// LBIMAGE_JINJA_TEMPLATES says how many templates are made, for a long look.
func count() int {
	if n, err := strconv.Atoi(os.Getenv("LBIMAGE_JINJA_TEMPLATES")); err == nil {
		return n
	}
	return 1000
}

func TestGenerated(t *testing.T) {
	j := newJudge(t)
	m := &maker{Rand: rand.New(rand.NewPCG(1, uint64(count())))}
	fine, refused := 0, map[string]int{}
	for i := range count() {
		template := m.body()
		if i%2 == 0 {
			template = "{{ " + m.expr() + " }}"
		}
		o := Options{Lenient: m.IntN(4) > 0, TrimBlocks: m.IntN(3) == 0, LstripBlocks: m.IntN(3) == 0, KeepTrailingNewline: m.IntN(3) == 0}
		held(t, j, template, o)
		_, err := Render("t", []byte(template), variables, o)
		if err == nil {
			fine++
		} else if refusal(err) {
			refused[err.Error()[strings.Index(err.Error(), ": "):]]++
		}
		if t.Failed() && i > 200 {
			break
		}
	}
	t.Logf("%d rendered; refused: %v", fine, refused)
	if !t.Failed() && fine < count()/2 {
		t.Errorf("%d of %d templates are right: the others say little", fine, count())
	}
}
