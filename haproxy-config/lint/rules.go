package lint

import (
	"slices"
	"strconv"
	"strings"

	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// ruleSets are the directives whose next words name an action.
var ruleSets = []string{
	"http-request", "http-response", "http-after-response",
	"tcp-request connection", "tcp-request session", "tcp-request content", "tcp-response content",
	"quic-initial",
}

// rule looks at a line of one of the rule sets: its action, what the action takes, and
// the condition.
func (c *checker) rule(d directive, n int, set string) {
	if !d.has(n) {
		c.say(Error, d, n-1, "missing-argument", "write an action behind it", "%s without an action", set)
		return
	}
	if d.expands(n) {
		return
	}
	action, _, parenthesis := strings.Cut(d.words[n], "(")
	if strings.HasPrefix(action, "lua.") {
		c.luaAction(d, n, set)
		return
	}
	full := action
	if strings.HasPrefix(action, "track-sc") {
		action = "track-sc" // and the number of a counter
	}
	e := keywords.Of("actions").Get(set + " " + action)
	if e == nil {
		c.unknownAction(d, n, set, action)
		return
	}
	if !c.known(d.line, e, d.at+n, set+" "+action) || !c.allowed(d, e) {
		return
	}
	switch {
	case action == "set-var" || action == "unset-var" || action == "set-var-fmt":
		if !c.variableOf(d, n, set) {
			return
		}
	case action == "track-sc":
		if !c.counter(d, n, strings.TrimPrefix(full, "track-sc"), "2") {
			return
		}
	case strings.HasPrefix(action, "sc-") && parenthesis:
		inner := strings.TrimSuffix(d.words[n][len(action)+1:], ")")
		index, id, two := strings.Cut(inner, ",")
		if two {
			index = id
		}
		if !c.counter(d, n, index, "2") {
			return
		}
	}
	c.action(d, n, e, set, action)
}

// luaAction: what scripts define is not known here; without one there are none.
func (c *checker) luaAction(d directive, n int, set string) {
	for _, s := range c.all {
		for _, l := range s.Lines {
			if s.Kind == "global" && (l.Starts("lua-load") || l.Starts("lua-load-per-thread")) {
				return
			}
		}
	}
	if !c.o.Template {
		c.say(Error, d, n, "unknown-action", "load the script with lua-load in global", "%s: there is no action %s, as no script of Lua is loaded", set, d.words[n])
	}
}

// counter looks at the number of a sticky counter; three are built in.
func (c *checker) counter(d directive, n int, number, most string) bool {
	v, err := strconv.Atoi(number)
	if limit, at := c.globalNumber("tune.stick-counters"); at != nil {
		most = strconv.Itoa(limit - 1)
	}
	if top, _ := strconv.Atoi(most); err == nil && v >= 0 && v <= top {
		return true
	}
	c.say(Error, d, n, "out-of-range", "write a number from 0 to "+most, "%s: there is no sticky counter %q", d.words[n], number)
	return false
}

func (c *checker) unknownAction(d directive, n int, set, action string) {
	var names []string
	for _, e := range keywords.Of("actions").Under(set) {
		if s := e.At(c.o.HAProxy); s == keywords.Known || s == keywords.Deprecated {
			names = append(names, strings.TrimPrefix(e.Name, set+" "))
		}
	}
	if len(names) == 0 {
		return // nothing is known of the set in this version
	}
	hint := "there are " + strings.Join(names, ", ")
	if near := nearest.Word(action, names); near != "" {
		hint = "write " + near
	}
	c.say(Error, d, n, "unknown-action", hint, "%s does not know the action %s", set, action)
}

// action looks at what stands behind an action.
func (c *checker) action(d directive, n int, e *keywords.Entry, set, action string) {
	switch action {
	case "redirect":
		c.redirect(d, n+1)
		return
	case "return", "deny", "tarpit":
		if !c.reply(d, n+1, set+" "+action) {
			return
		}
	case "set-timeout":
		if strings.HasPrefix(set, "http-") && d.letter() == "F" && d.has(n+1) && d.words[n+1] != "client" || c.o.HAProxy.Before(v30) && d.letter() == "F" {
			c.say(Error, d, n, "misplaced-keyword", "move it to the backend", "%s set-timeout does not stand in a frontend", set)
			return
		}
	}
	for _, table := range []string{set, "action"} {
		if s := keywords.SyntaxOf(table, action, c.o.HAProxy); s != nil {
			d.careful = c.unsureOf(table, action)
			if c.follow(d, n+1, s, e.Name) && (action == "wait-for-body" || action == "capture") && (!d.has(n+1) || isIf(d.words[n+1]) || action == "capture" && !d.has(n+2)) {
				c.say(Error, d, n, "missing-argument", "write what it is for behind it", "%s is not complete", e.Name)
			}
			return
		}
	}
	if e.Lax { // it has a language of its own
		c.looseCondition(d, n+1, e.Name)
		return
	}
	have := 0
	for d.has(n+1+have) && (have < e.Min || have < e.Max && !isIf(d.words[n+1+have])) {
		have++
	}
	if have < e.Min {
		c.say(Error, d, n, "missing-argument", "write "+count(e.Min, "word")+" behind it", "%s needs %s behind it", e.Name, count(e.Min, "word"))
		return
	}
	c.cond(d, n+1+have, e.Name)
}

func isIf(w string) bool { return w == "if" || w == "unless" }

// reply looks at an answer that HAProxy is to give: a body needs a type.
func (c *checker) reply(d directive, n int, name string) bool {
	words := d.args(n)
	if i := slices.IndexFunc(words, isIf); i >= 0 {
		words = words[:i]
	}
	has := func(w string) int { return slices.Index(words, w) }
	for _, body := range []string{"string", "lf-string"} {
		if i := has(body); i >= 0 && i+1 < len(words) && words[i+1] != "" && has("content-type") < 0 {
			c.say(Error, d, n+i, "missing-argument", "add content-type and a type, as in text/plain", "%s: an answer with a text needs a content-type", name)
			return false
		}
	}
	return true
}

// looseCondition finds the condition at the end of a line whose other words are not
// looked at.
func (c *checker) looseCondition(d directive, n int, name string) {
	for ; n < len(d.words); n++ {
		if isIf(d.words[n]) && !d.expands(n) {
			c.terms(d, n+1, name)
			return
		}
	}
}

// switching looks at 'use_backend NAME [if …]'.
func (c *checker) switching(d directive, n int) {
	if d.has(n + 1) {
		c.cond(d, n+1, "use_backend")
	} else if c.o.HAProxy.Before(Version{Major: 1, Minor: 5, Dev: 22}) {
		c.say(Error, d, n, "missing-argument", "write default_backend, or add if and a condition", "use_backend needs a condition before HAProxy 1.5")
	}
}

// conditioned looks at a directive that cannot do without the condition at word n.
func (c *checker) conditioned(d directive, n int, name string) bool {
	if !d.has(n) || !isIf(d.words[n]) && !d.expands(n) {
		c.say(Error, d, n-1, "missing-argument", "add if or unless and a condition", "%s needs if or unless and a condition", name)
		return false
	}
	return c.terms(d, n+1, name)
}

// statsRule looks at 'stats http-request ACTION [if …]'.
func (c *checker) statsRule(d directive, n int) {
	if d.has(n) && !d.expands(n) {
		c.followBy(d, n, "stats-http-request", "stats http-request")
	}
}
