package haproxyconfig

import (
	"errors"
	"maps"
	"strings"
)

// ownTimeouts is the first servo that gives each listener its own client and
// server timeout, from the load balancer's idle timeout.
var ownTimeouts = Version{Major: 1, Minor: 1}

// timeouts looks at the names and values of timeouts.
func (c *checker) timeouts() {
	for _, s := range c.all {
		if k, _ := sectionKindOf(s.Kind); !k.proxy {
			continue
		}
		for _, l := range s.Lines {
			if name, n, ok := timeoutOn(l); ok {
				c.timeout(s, l, name, n)
			}
		}
	}
}

// timeoutOn gives the name of the timeout that a line sets, in either spelling,
// and how many words stand before the value.
func timeoutOn(l *Line) (name string, n int, ok bool) {
	for _, old := range oldTimeouts {
		if l.starts(old.word) {
			return old.name, 1, true
		}
	}
	if !l.starts("timeout") {
		return "", 0, false
	}
	if len(l.words) > 1 {
		return l.words[1].Value, 2, true
	}
	return "", 1, true
}

func (c *checker) timeout(s Section, l *Line, name string, n int) {
	known, ok := proxyTimeout(name)
	names := strings.Join(TimeoutNames(), ", ")
	switch {
	case name == "":
		c.word(Error, l, 0, "unknown-timeout", "there are "+names, "timeout without a name")
		return
	case !ok && l.words[n-1].Expands:
		return
	case !ok:
		hint := "there are " + names
		if near := nearest(name, TimeoutNames()); near != "" {
			hint = "write timeout " + near
		}
		c.word(Error, l, n-1, "unknown-timeout", hint, "timeout %s is not known", name)
		return
	case c.o.HAProxy.Before(known.since):
		c.word(Error, l, n-1, "unknown-timeout", "leave it out", "timeout %s is not known to HAProxy %s", name, c.o.HAProxy)
		return
	}
	c.timeoutValue(l, known, n)
	if !c.o.Standalone && s.Kind == "defaults" && (name == "client" || name == "server") {
		c.withoutEffect(l, name)
	}
}

func (c *checker) timeoutValue(l *Line, t timeoutName, n int) {
	if len(l.words) <= n {
		c.word(Error, l, n-1, "bad-time", "write a time behind it, as in 90s", "timeout %s has no value", t.name)
		return
	}
	w := l.words[n]
	if w.Expands {
		return // only HAProxy knows its environment
	}
	d, err := ParseTime(w.Value)
	var bad *TimeError
	switch {
	case errors.As(err, &bad) && bad.Misread:
		c.word(Warning, l, n, "misread-time", "write one number and one unit", "timeout %s: %v", t.name, err)
	case err != nil:
		c.word(c.badTime(w.Value), l, n, "bad-time", "write a whole number and one of us, ms, s, m, h, d", "timeout %s: %v", t.name, err)
	case d == 0:
		c.word(Warning, l, n, "zero-timeout", "write a time, or remove the line",
			"timeout %s 0 counts as not set: %s", t.name, t.unset)
	}
	if len(l.words) > n+1 && (l.words[n+1].Value != "" || l.words[n+1].Expands) {
		c.word(c.until(Version{Major: 1, Minor: 5}, Warning, Error, Error), l, n+1, "unexpected-argument", "write number and unit together, and nothing behind them",
			"timeout %s takes one value; HAProxy refuses %q behind it, or before 1.5 passes over it", t.name, l.words[n+1].Raw)
	}
}

// badTime: HAProxy up to 1.9 lets a time over its limit wrap round.
func (c *checker) badTime(value string) Severity {
	if digits := strings.TrimLeft(value, "0123456789"); digits != value && isUnit(digits) || digits == "" && value != "" {
		return c.until(Version{Major: 2}, Warning, Error, Error)
	}
	return Error
}

func (c *checker) withoutEffect(l *Line, name string) {
	const hint = "set the load balancer's idle timeout"
	switch {
	case c.o.Servo.Since(ownTimeouts):
		c.word(Info, l, 0, "timeout-without-effect", hint,
			"timeout %s has no effect here: servo %s gives each listener its own, from the load balancer's idle timeout", name, c.o.Servo)
	case !c.o.Servo.Known():
		c.word(Info, l, 0, "timeout-without-effect", hint,
			"timeout %s has no effect here from servo 1.1.0 on, which gives each listener its own, from the load balancer's idle timeout", name)
	}
}

// timeoutsOf gives the timeouts that are set in a section, zero not counted.
func timeoutsOf(s Section, into map[string]bool) {
	for _, l := range s.Lines {
		name, n, ok := timeoutOn(l)
		if !ok || len(l.words) <= n {
			continue
		}
		d, err := ParseTime(l.words[n].Value)
		into[name] = err != nil || d > 0 // a bad value is another rule's business
	}
}

// missingTimeouts looks for proxies that would wait for ever.
func (c *checker) missingTimeouts() {
	if c.o.Standalone {
		c.missingInProxies()
		return
	}
	s, ok := c.file.Find("defaults", "")
	if !ok {
		return
	}
	set := map[string]bool{}
	timeoutsOf(s, set)
	c.missing(Warning, s, set, "connect")
	switch {
	case c.o.Servo.Before(ownTimeouts):
		c.missing(Warning, s, set, "client", "server")
	case !c.o.Servo.Known():
		c.missing(Info, s, set, "client", "server")
	}
}

func (c *checker) missing(severity Severity, s Section, set map[string]bool, names ...string) {
	for _, name := range names {
		if !set[name] {
			t, _ := proxyTimeout(name)
			c.word(severity, s.Header, 0, "missing-timeout", "add timeout "+name, "%s has no timeout %s: %s", s.Label(), name, t.unset)
		}
	}
}

// missingInProxies does it for a whole configuration, where each proxy starts
// from the defaults above it or from those that it names.
func (c *checker) missingInProxies() {
	current := map[string]bool{}
	named := map[string]map[string]bool{}
	for _, s := range c.all {
		if k, _ := sectionKindOf(s.Kind); !k.proxy {
			continue
		}
		set := map[string]bool{}
		from := named[s.From]
		if s.From == "" && s.Kind != "defaults" {
			from = current
		}
		maps.Copy(set, from)
		timeoutsOf(s, set)
		switch s.Kind {
		case "defaults":
			current = set
			if s.Name != "" {
				named[s.Name] = set
			}
			continue
		case "frontend", "listen":
			if holds(s, "bind") {
				c.missing(Warning, s, set, "client")
			}
		}
		if s.Kind != "frontend" && holds(s, "server") {
			c.missing(Warning, s, set, "connect", "server")
		}
	}
}

func holds(s Section, keyword string) bool {
	for _, l := range s.Lines {
		if l.Keyword() == keyword {
			return true
		}
	}
	return false
}
