package lint

import (
	"maps"
	"strings"
	"time"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

var (
	extraTimeRefused = Version{Major: 1, Minor: 5}
)

// timeout looks at 'timeout NAME TIME' in a proxy.
func (c *checker) timeout(d directive, n int) {
	table := keywords.Of("timeouts")
	names := table.Names(c.o.HAProxy)
	if len(d.words) <= n {
		c.say(Error, d, n-1, "unknown-timeout", "there are "+strings.Join(names, ", "), "timeout without a name")
		return
	}
	if d.expands(n) {
		return
	}
	name := d.words[n]
	e := table.Get(name)
	if e == nil {
		hint := "there are " + strings.Join(names, ", ")
		if near := nearest.Word(name, names); near != "" {
			hint = "write timeout " + near
		}
		c.say(Error, d, n, "unknown-timeout", hint, "timeout %s is not known", name)
		return
	}
	if s := e.At(c.o.HAProxy); s == keywords.Future || s == keywords.Removed {
		c.say(Error, d, n, "unknown-timeout", "leave it out", "timeout %s is not known to HAProxy %s", name, c.o.HAProxy)
		return
	}
	c.known(d.line, e, d.at+n, "timeout "+name)
	c.ignored(d, e, "timeout "+name)
	c.timeoutValue(d, n+1, name)
}

// ignored warns of what has no effect in this kind of proxy.
func (c *checker) ignored(d directive, e *keywords.Entry, name string) {
	if letter := d.letter(); letter != "" && strings.Contains(e.Ignored, letter) {
		c.say(Warning, d, 0, "ignored-keyword", "move it to a section where it counts", "HAProxy passes over %s in a %s section", name, d.section.Kind)
	}
}

func (c *checker) timeoutValue(d directive, n int, name string) {
	if len(d.words) <= n || d.words[n] == "" && !d.expands(n) {
		c.say(Error, d, n-1, "bad-time", "write a time behind it, as in 90s", "timeout %s has no value", name)
		return
	}
	if !d.expands(n) {
		c.time(d, n, time.Millisecond, keywords.Value{}, "timeout "+name)
		if r, err := haproxyconfig.ParseTime(d.words[n]); err == nil && r == 0 {
			c.say(Warning, d, n, "zero-timeout", "write a time, or remove the line", "timeout %s 0 counts as not set: %s", name, unset[name])
		}
	}
	if len(d.words) > n+1 && (d.words[n+1] != "" || d.expands(n+1)) {
		c.say(c.until(extraTimeRefused, Warning, Error, Error), d, n+1, "unexpected-argument", "write number and unit together, and nothing behind them",
			"timeout %s takes one value; HAProxy refuses %q behind it, or before 1.5 passes over it", name, d.words[n+1])
	}
}

// unset says what HAProxy does without a timeout.
var unset = map[string]string{
	"client":          "a silent client is never let go",
	"server":          "a silent server is never given up",
	"connect":         "a connection attempt never times out",
	"check":           "a health check waits as long as its interval",
	"queue":           "a request waits in the queue as long as timeout connect says",
	"http-keep-alive": "timeout http-request applies in its place",
	"http-request":    "timeout client applies in its place",
	"tunnel":          "timeout client and timeout server apply in its place",
	"tarpit":          "timeout connect applies in its place",
	"client-fin":      "timeout client applies in its place",
	"server-fin":      "timeout server applies in its place",
	"client-hs":       "timeout client applies in its place",
}

// timeoutsOf notes the timeouts that a section sets, in milliseconds; 0 is not set.
func (c *checker) timeoutsOf(s Section, into map[string]time.Duration) {
	for _, l := range s.Lines {
		name, n, ok := haproxyconfig.TimeoutOn(l)
		if !ok || len(l.Words()) <= n {
			continue
		}
		d, err := haproxyconfig.ParseTime(l.Words()[n].Value)
		if err != nil {
			d = time.Millisecond // a bad value is another rule's business
		}
		into[name] = d
	}
}

// settings are what holds in a proxy, its own and what it takes over from defaults.
type settings struct {
	timeouts map[string]time.Duration
	mode     string
	options  map[string]bool
	backend  string // of default_backend
}

func (s settings) clone() settings {
	return settings{maps.Clone(s.timeouts), s.mode, maps.Clone(s.options), s.backend}
}

func noSettings() settings {
	return settings{timeouts: map[string]time.Duration{}, mode: "tcp", options: map[string]bool{}}
}

// eachProxy calls do for each proxy with what holds in it.
func (c *checker) eachProxy(do func(s Section, in settings)) {
	current := noSettings()
	named := map[string]settings{}
	for _, s := range c.all {
		if !s.IsProxy() {
			continue
		}
		in := noSettings()
		switch from, ok := named[s.From]; {
		case ok && s.From != "":
			in = from.clone()
		case s.From == "" && s.Kind != "defaults":
			in = current.clone()
		}
		c.timeoutsOf(s, in.timeouts)
		for _, l := range s.Lines {
			switch {
			case l.Starts("mode") && len(l.Words()) > 1:
				in.mode = l.Words()[1].Value
			case l.Starts("default_backend") && len(l.Words()) > 1:
				in.backend = l.Words()[1].Value
			case l.Starts("option") && len(l.Words()) > 1:
				in.options[l.Words()[1].Value] = true
			case l.Starts("no", "option") && len(l.Words()) > 2:
				delete(in.options, l.Words()[2].Value)
			}
		}
		if s.Kind == "defaults" {
			current = in
			if s.Name != "" {
				named[s.Name] = in
			}
		}
		do(s, in)
	}
}

// missingTimeouts looks for proxies that would wait for ever.
func (c *checker) missingTimeouts() {
	c.eachProxy(func(s Section, in settings) {
		switch {
		case s.Kind == "defaults":
			if c.o.Template && s.Header == c.lastDefaults() {
				c.missing(s, in, "connect")
			}
			return
		case s.Kind != "backend" && holdsAny(s, "bind"):
			c.missing(s, in, "client")
		}
		if s.Kind != "frontend" && holdsAny(s, "server", "server-template", "dispatch") {
			c.missing(s, in, "connect", "server")
		}
	})
}

// lastDefaults is the header of the defaults that count for what comes later.
func (c *checker) lastDefaults() *Line {
	if s, ok := c.file.Find("defaults", ""); ok {
		return s.Header
	}
	return nil
}

func (c *checker) missing(s Section, in settings, names ...string) {
	for _, name := range names {
		if in.timeouts[name] == 0 {
			c.word(Warning, s.Header, 0, "missing-timeout", "add timeout "+name, "%s has no timeout %s: %s", s.Label(), name, unset[name])
		}
	}
}

func holdsAny(s Section, keywords ...string) bool {
	for _, l := range s.Lines {
		for _, k := range keywords {
			if l.Keyword() == k {
				return true
			}
		}
	}
	return false
}
