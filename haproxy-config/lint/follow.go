package lint

import (
	"maps"
	"slices"
	"strings"

	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// follow holds the words from the nth on against a syntax. It reports whether they are as
// they should be; the first that is not is enough.
func (c *checker) follow(d directive, n int, s *keywords.Syntax, name string) bool {
	for _, item := range s.Items {
		ok := true
		switch {
		case item.Rest:
			return true
		case item.Ignored:
			c.passedOver(d, n, name)
			return true
		case item.By != "":
			return c.followBy(d, n, item.By, name)
		case item.Arg != nil:
			n, ok = c.followArg(d, n, *item.Arg, name, s.MayEndWithCondition())
		case item.Set != nil:
			n, ok = c.followSet(d, n, item.Set, name, s.MayEndWithCondition())
		case item.If == keywords.MustCondition:
			return c.conditioned(d, n, name)
		case item.If == keywords.MayCondition:
			return c.cond(d, n, name)
		}
		if !ok {
			return false
		}
	}
	if d.has(n) {
		if d.expands(n) {
			return true // it may be nothing
		}
		c.say(c.until(v16, Warning, Error, Error), d, n, "unexpected-argument", "remove it, or quote what belongs together", "%s does not take %q there", name, d.words[n])
		return !c.since(v16)
	}
	return true
}

// followBy looks at a word that says how the rest is read.
func (c *checker) followBy(d directive, n int, table, name string) bool {
	if !d.has(n) {
		return true // the table of keywords tells whether one is needed
	}
	if d.expands(n) {
		return true
	}
	word, _, _ := strings.Cut(d.words[n], "(")
	if s := keywords.SyntaxOf(table, word, c.o.HAProxy); s != nil {
		return c.follow(d, n+1, s, name+" "+word)
	}
	var names []string
	for _, known := range keywords.SyntaxNames(table) {
		d.careful = d.careful || known == word && !keywords.LookedAt(c.o.HAProxy)
		if keywords.SyntaxOf(table, known, c.o.HAProxy) != nil {
			names = append(names, known)
		}
	}
	hint := "there are " + strings.Join(names, ", ")
	if near := nearest.Word(word, names); near != "" {
		hint = "write " + near
	}
	c.say(Error, d, n, "bad-value", hint, "%s does not know %q", name, word)
	return false
}

// passedOver tells of words that HAProxy does not read.
func (c *checker) passedOver(d directive, n int, name string) {
	if d.has(n) {
		c.say(Warning, d, n, "unexpected-argument", "remove it", "%s does not take %q; HAProxy passes over it", name, d.words[n])
	}
}

// followArg looks at one argument, or a run of them, and gives where the next begins. cond
// tells whether a condition may follow.
func (c *checker) followArg(d directive, n int, a keywords.Arg, name string, cond bool) (next int, ok bool) {
	if !d.has(n) {
		if a.Optional {
			return n, true
		}
		c.say(Error, d, n-1, "missing-argument", "write "+describe(a)+" behind it", "%s: %s is missing", name, describe(a))
		return n, false
	}
	for {
		if !d.expands(n) {
			if cond && a.Optional && isIf(d.words[n]) {
				return n, true
			}
			if !c.followWord(d, n, a, name) {
				return n, false
			}
		}
		if n++; !a.Repeated || !d.has(n) {
			return n, true
		}
	}
}

func (c *checker) followWord(d directive, n int, a keywords.Arg, name string) bool {
	word := d.words[n]
	switch {
	case a.Words != nil:
		if slices.Contains(a.Words, word) {
			return true
		}
		hint := "write " + strings.Join(a.Words, " or ")
		if near := nearest.Word(word, a.Words); near != "" {
			hint = "write " + near
		}
		c.say(Error, d, n, "bad-value", hint, "%s does not know %q", name, word)
		return false
	case a.Value != nil:
		return c.value(d, n, *a.Value, name)
	}
	kind, arg, _ := strings.Cut(strings.TrimSuffix(a.Kind, ")"), "(")
	check := checkOf(kind)
	return check == nil || check(c, d, n, name, arg)
}

// describe says what an argument is, for messages.
func describe(a keywords.Arg) string {
	switch {
	case a.Words != nil:
		return strings.Join(a.Words, " or ")
	case a.Value != nil && strings.HasPrefix(string(a.Value.Kind), "time"):
		return "a time"
	case a.Value != nil:
		return "a number"
	case a.Kind == "any":
		return "a word"
	}
	kind, _, _ := strings.Cut(a.Kind, "(")
	if s := kindNames[kind]; s != "" {
		return s
	}
	return "the " + kind
}

// followSet walks over named words, and gives where it came to something else.
func (c *checker) followSet(d directive, n int, set map[string]keywords.Parameter, name string, cond bool) (next int, ok bool) {
	had := map[string]bool{}
	for d.has(n) {
		if d.expands(n) {
			return len(d.words), true // what follows cannot be told
		}
		word := d.words[n]
		if cond && isIf(word) {
			break
		}
		had[word] = true
		p, found := set[word]
		if !found || c.o.HAProxy.Before(p.Since) {
			d.careful = d.careful || found && !keywords.LookedAt(c.o.HAProxy)
			c.unknownWord(d, n, set, name)
			return n, false
		}
		n++
		for _, a := range p.Args {
			if n, ok = c.followArg(d, n, a, name+" "+word, cond); !ok {
				return n, false
			}
		}
	}
	for _, word := range slices.Sorted(maps.Keys(set)) {
		if p := set[word]; p.Required && !had[word] {
			c.say(Error, d, n-1, "missing-argument", "add "+word+" and its value", "%s needs %s", name, word)
			return n, false
		}
	}
	return n, true
}

func (c *checker) unknownWord(d directive, n int, set map[string]keywords.Parameter, name string) {
	var names []string
	for word, p := range set {
		if !c.o.HAProxy.Before(p.Since) {
			names = append(names, word)
		}
	}
	slices.Sort(names)
	hint := "there are " + strings.Join(names, ", ")
	if near := nearest.Word(d.words[n], names); near != "" {
		hint = "write " + near
	}
	c.say(Error, d, n, "unknown-parameter", hint, "%s does not know %q", name, d.words[n])
}
