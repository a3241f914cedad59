package lint

import (
	"strconv"
	"strings"

	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// sampleUse says where a sample expression stands.
type sampleUse uint8

const (
	asWord   sampleUse = iota // an argument of an action
	asACL                     // before patterns; ACLs have keywords beyond the fetches
	asFormat                  // in a format
)

// oldestSamples is the first version whose fetches and converters are in the table.
var oldestSamples = Version{Major: 2, Minor: 2}

// fetch looks at FETCH(ARGUMENTS),CONVERTER(ARGUMENTS)…, and reports whether HAProxy can read it.
func (c *checker) fetch(d directive, n int, text string, inACL bool) bool {
	use := asWord
	if inACL {
		use = asACL
	}
	_, ok := c.sample(d, n, text, use)
	return ok
}

// call is one part of a sample expression.
type call struct {
	name   string
	args   []string
	closed bool
	after  string // what stands behind it and is no comma
}

// sample is fetch; it gives the type of the result, too: int, ip, str, … or "" where it
// is not known.
func (c *checker) sample(d directive, n int, text string, use sampleUse) (kind string, ok bool) {
	d.careful = d.careful || c.o.HAProxy.Before(oldestSamples)
	calls := cutSample(text)
	for i, part := range calls {
		what := "fetch"
		if i > 0 {
			what = "conv"
			if part.name == "" && use != asFormat {
				continue
			}
		}
		e, ok := c.sampleName(d, n, part.name, what, use)
		if !ok {
			return "", false
		}
		if !part.closed {
			c.say(Error, d, n, "bad-expression", "close it with )", "%q opens a ( and does not close it", text)
			return "", false
		}
		if part.after != "" {
			c.say(Error, d, n, "bad-expression", "part converters with commas", "%q stands behind %s where a comma may", part.after, part.name)
			return "", false
		}
		if e == nil {
			kind = ""
			continue
		}
		if !c.sampleArgs(d, n, e, part) {
			return "", false
		}
		c.noteReferences(d, n, e, part)
		kind = resultOf(e, kind)
		if i == 0 && !c.available(d, n, e, part.name, use) {
			return "", false
		}
	}
	return kind, true
}

// resultOf is the type that a fetch or a converter gives.
func resultOf(e *keywords.Entry, before string) string {
	if len(e.Values) == 0 {
		return ""
	}
	_, out, ok := strings.Cut(string(e.Values[0].Kind), ">")
	if !ok {
		return string(e.Values[0].Kind)
	}
	if out == "same" {
		return before
	}
	return out
}

// cutSample parts a sample expression at its commas. A ) closes, however many ( stand
// before it, unless it is quoted or escaped.
func cutSample(s string) (calls []call) {
	for {
		i := strings.IndexAny(s, "(,)")
		if i < 0 {
			return append(calls, call{name: s, closed: true})
		}
		part := call{name: s[:i], closed: true}
		rest := s[i:]
		if rest[0] == '(' {
			part.args, rest, part.closed = cutArgs(rest[1:])
		}
		next := strings.IndexByte(rest, ',')
		if next < 0 {
			part.after = rest
			return append(calls, part)
		}
		part.after = rest[:next]
		calls = append(calls, part)
		s = rest[next+1:]
	}
}

// cutArgs gives the arguments up to the ).
func cutArgs(s string) (args []string, rest string, closed bool) {
	var quote byte
	var arg strings.Builder
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case quote != 0:
			if ch == '\\' && quote == '"' && i+1 < len(s) {
				i++
				arg.WriteByte(s[i])
			} else if ch == quote {
				quote = 0
			} else {
				arg.WriteByte(ch)
			}
		case ch == '"' || ch == '\'':
			quote = ch
		case ch == '\\' && i+1 < len(s):
			i++
			arg.WriteByte(s[i])
		case ch == ')':
			if len(args) > 0 || arg.Len() > 0 {
				args = append(args, arg.String())
			}
			return args, s[i+1:], true
		case ch == ',':
			args = append(args, arg.String())
			arg.Reset()
		default:
			arg.WriteByte(ch)
		}
	}
	return args, "", false
}

// sampleArgs looks at what stands in the parentheses.
func (c *checker) sampleArgs(d directive, n int, e *keywords.Entry, part call) bool {
	_, name, _ := strings.Cut(e.Name, " ")
	if strings.HasPrefix(e.Name, "acl ") {
		if e = sampleEntry("fetch", name); e == nil {
			return true // how often it takes what its fetch takes is not written down
		}
	}
	have := len(part.args)
	switch {
	case e.Max >= 0 && have > e.Max:
		c.say(Error, d, n, "bad-expression", "remove it, or quote what belongs together", "%s takes %s, and not %q", name, atMost(e.Max), part.args[e.Max])
		return false
	case have < e.Min && !lenientArgs(e):
		c.say(Error, d, n, "bad-expression", "write it in the parentheses", "%s needs %s in parentheses behind it", name, count(e.Min, "word"))
		return false
	}
	for i, arg := range part.args {
		if i >= len(e.Takes) || e.Takes[i] != "int" || arg == "" && i >= e.Min {
			continue
		}
		if _, err := strconv.ParseInt(arg, 0, 64); err != nil {
			c.say(Error, d, n, "bad-expression", "write a number", "%s takes a number as its argument %d, and not %q", name, i+1, arg)
			return false
		}
	}
	if strings.HasPrefix(e.Name, "conv map") && have > 0 {
		return c.readable(d.part(n, part.args[0]), 0, name)
	}
	if name == "var" && have > 0 {
		return c.variable(d, n, part.args[0], "var")
	}
	return true
}

// lenientArgs tells whether the arguments may be left out, as they stand for the proxy
// itself.
func lenientArgs(e *keywords.Entry) bool {
	for i := range e.Min {
		switch e.Takes[i] {
		case "backend", "frontend", "table":
		default:
			return false
		}
	}
	return true
}

func atMost(n int) string {
	if n == 0 {
		return "nothing in parentheses"
	}
	return "at most " + count(n, "argument")
}

// available looks at whether a fetch can be had where it stands. HAProxy asks that of
// formats; of ACLs it warns only.
func (c *checker) available(d directive, n int, e *keywords.Entry, name string, use sampleUse) bool {
	if use != asFormat || d.stage == "" || e.Places == "" || strings.Contains(e.Places, d.stage) {
		return true
	}
	c.say(Error, d, n, "unavailable-fetch", "keep its value in a variable where it can be had, and write var(…) here", "%s cannot be had here, %s", name, stages[d.stage])
	return false
}

// stages are where a sample expression is read, by their letter in the table of samples.
var stages = map[string]string{
	"Q": "where a request is looked at",
	"P": "where a response is looked at",
	"L": "where a log line is written",
}

// sampleName looks at the name of a sample fetch (kind fetch) or a converter (kind conv).
func (c *checker) sampleName(d directive, n int, name, kind string, use sampleUse) (*keywords.Entry, bool) {
	what := map[string]string{"fetch": "fetch", "conv": "converter"}[kind]
	if strings.HasPrefix(name, "lua.") {
		return nil, true
	}
	var e *keywords.Entry
	if use == asACL && kind == "fetch" {
		e = sampleEntry("acl", name)
	}
	if e == nil {
		e = sampleEntry(kind, name)
	}
	old := c.o.HAProxy.Before(oldestSamples)
	switch {
	case e == nil && name == "":
		c.say(Error, d, n, "unknown-fetch", "write its name", "the name of a %s is missing", what)
		return nil, false
	case e == nil && (old || ofBuild(name)):
		c.say(Warning, d, n, "unknown-fetch", "correct it, or let HAProxy check it", "the %s %q is unknown to this tool", what, name)
		return nil, true // what those versions or builds have was not looked at
	case e == nil:
		hint := "correct it"
		if near := nearest.Word(name, sampleNames(kind, use)); near != "" {
			hint = "write " + near
		}
		c.say(Error, d, n, "unknown-fetch", hint, "%s does not know the %s %q", c.who(), what, name)
		return nil, false
	case old:
		return e, true
	}
	switch e.At(c.o.HAProxy) {
	case keywords.Future, keywords.Removed:
		c.say(Error, d, n, "unknown-fetch", "write another", "%s does not know the %s %s, which another version has", c.who(), what, name)
		return nil, false
	}
	return e, true
}

// ofBuild tells of names that HAProxy has where it is built with a library for devices.
func ofBuild(name string) bool {
	return strings.HasPrefix(name, "51d") || strings.HasPrefix(name, "wurfl") || strings.HasPrefix(name, "da-csv")
}

func sampleNames(kind string, use sampleUse) []string {
	var names []string
	for _, k := range []string{kind, "acl"} {
		if k == "acl" && use != asACL {
			continue
		}
		for _, e := range keywords.Of("samples").Under(k) {
			names = append(names, strings.TrimPrefix(e.Name, k+" "))
		}
	}
	return names
}

// sampleEntry gives the entry of a fetch, a converter or a keyword of ACLs.
func sampleEntry(kind, name string) *keywords.Entry {
	return keywords.Of("samples").Get(kind + " " + name)
}
