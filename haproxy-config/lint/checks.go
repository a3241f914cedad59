package lint

import (
	"slices"
	"strings"

	"lbimage/haproxy-config/keywords"
)

// check looks at 'tcp-check …' and 'http-check …'. The table has them with one word or two.
func (c *checker) check(d directive, _ int) {
	set := d.words[0]
	if !d.has(1) {
		c.say(Error, d, 0, "missing-argument", "there are "+strings.Join(keywords.SyntaxNames("check"), ", "), "%s without an action", set)
		return
	}
	d.stage = "K"
	word := d.words[1]
	switch {
	case word == "expect":
		c.expect(d, 2, set)
	case set == "http-check" && word == "send":
		c.follow(d, 2, keywords.SyntaxOf("http-check", "send", c.o.HAProxy), "http-check send")
	case set == "http-check" && strings.HasPrefix(word, "send-") && word != "send-state",
		set == "tcp-check" && (word == "disable-on-404" || word == "send-state"):
		c.say(Error, d, 1, "bad-value", "remove it", "%s does not know %q", set, word)
	default:
		if strings.HasPrefix(word, "set-var") || strings.HasPrefix(word, "unset-var") {
			if !c.variableOf(d, 1, set) {
				return
			}
		}
		c.followBy(d, 1, "check", set)
	}
}

// expectPatterns are what a check can compare an answer with.
var expectPatterns = strings.Fields("string rstring string-lf binary rbinary binary-lf status rstatus hdr fhdr")

// expect looks at 'tcp-check expect …' and 'http-check expect …', where one pattern stands.
func (c *checker) expect(d directive, n int, set string) {
	s := keywords.SyntaxOf("expect", set, c.o.HAProxy)
	if !c.follow(d, n, s, set+" expect") {
		return
	}
	patterns := 0
	for i := n; d.has(i); i++ {
		if d.expands(i) {
			return
		}
		p := s.Items[0].Set[d.words[i]]
		if slices.Contains(expectPatterns, d.words[i]) {
			patterns++
		}
		if d.words[i] == "hdr" || d.words[i] == "fhdr" {
			return // what follows the name is its pattern
		}
		i += len(p.Args)
	}
	if patterns != 1 {
		c.say(Error, d, n-1, "missing-argument", "write one pattern, as in string pong", "%s expect needs one pattern, here are %d", set, patterns)
	}
}

// variableOf looks at the name in the parentheses behind the nth word, as in set-var(check.a).
func (c *checker) variableOf(d directive, n int, what string) bool {
	action, rest, ok := strings.Cut(d.words[n], "(")
	name, after, closed := strings.Cut(rest, ")")
	if !ok || !closed || after != "" {
		c.say(Error, d, n, "bad-variable-name", "write "+action+"(txn.name)", "%s %s without the name of a variable in parentheses", what, action)
		return false
	}
	name, _, _ = strings.Cut(name, ",") // conditions of set-var follow the name
	return c.variable(d, n, name, what+" "+action)
}
