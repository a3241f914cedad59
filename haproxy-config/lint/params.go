package lint

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// bind looks at 'bind ADDRESS… PARAMETERS'.
func (c *checker) bind(d directive, n int) {
	if len(d.words) <= n {
		return // the table asks for an argument
	}
	if !d.expands(n) {
		for _, a := range strings.Split(d.words[n], ",") {
			if !c.address(d.part(n, a), 0, uses["bind"], "bind") {
				return
			}
		}
	}
	c.parameters(d, n+1, keywords.Of("bind"), "bind")
}

// server looks at 'server NAME ADDRESS PARAMETERS'.
func (c *checker) server(d directive, n int) {
	if d.section.Kind == "peers" && len(d.words) == n+1 {
		return // the local peer, whose address stands with bind
	}
	if !c.serverName(d, n) {
		return
	}
	if len(d.words) <= n+1 {
		c.say(Error, d, n, "missing-argument", "write its address behind it", "server %s has no address", d.words[n])
		return
	}
	use := uses["server"]
	if d.section.Kind == "peers" && c.o.HAProxy.Since(v30) {
		use = uses["port"]
	}
	use.later = slices.Contains(d.words[n+2:], "init-addr") || c.laterByDefault(d.section)
	if !c.address(d, n+1, use, "server "+d.words[n]) {
		return
	}
	c.parameters(d, n+2, keywords.Of("server"), "server")
	c.verified(d, n+2)
}

// laterByDefault tells whether default-server says how names are resolved.
func (c *checker) laterByDefault(s Section) bool { return c.byDefault(s, "init-addr") }

// byDefault tells whether a default-server line that may count in a section has one of some
// words.
func (c *checker) byDefault(s Section, words ...string) bool {
	if c.defaultServers == nil {
		c.defaultServers = map[*Line][]string{}
		for _, other := range c.all {
			header := other.Header
			if other.Kind == "defaults" {
				header = nil // which of them a proxy takes over does not matter here
			}
			for _, l := range other.Lines {
				if l.Starts("default-server") {
					c.defaultServers[header] = append(c.defaultServers[header], l.Values(1)...)
				}
			}
		}
	}
	has := func(w string) bool { return slices.Contains(words, w) }
	return slices.ContainsFunc(c.defaultServers[nil], has) || slices.ContainsFunc(c.defaultServers[s.Header], has)
}

// serverName looks at the name of a server, and reports whether there is one.
func (c *checker) serverName(d directive, n int) bool {
	if len(d.words) <= n {
		return false // the table asks for arguments
	}
	if i := haproxyconfig.BadNameByte(d.words[n]); i >= 0 && !d.expands(n) {
		c.say(Error, d, n, "bad-name", "write letters, digits, and _ : . - alone", "%q may not stand in the name of a server", d.words[n][i:i+1])
	}
	return true
}

// verified looks for ssl towards a server whose certificate cannot be checked; HAProxy
// asks for a word on that from 1.5 on.
func (c *checker) verified(d directive, from int) {
	words := d.args(from)
	has := func(w string) bool { return slices.Contains(words, w) }
	if v := slices.Index(words, "verify"); v >= 0 && v+1 < len(words) && words[v+1] == "none" {
		return
	}
	i := max(slices.Index(words, "ssl"), slices.Index(words, "check-ssl"))
	if i < 0 && has("check") && c.checksOverSSL(d.section) {
		i = 0
	}
	if i >= 0 && !has("ca-file") && !c.defaultServerVerifies(d.section) {
		c.say(c.until(Version{Major: 1, Minor: 5}, "", Error, Warning), d, from+i, "unverified-server", "add ca-file FILE, or verify none where the network is trusted",
			"ssl without ca-file: HAProxy does not know by what to check the server's certificate")
	}
}

// checksOverSSL tells whether the checks of a section are made with ssl.
func (c *checker) checksOverSSL(s Section) bool {
	if over, ok := c.overSSL[s.Header]; ok {
		return over
	}
	if c.overSSL == nil {
		c.overSSL = map[*Line]bool{}
	}
	c.overSSL[s.Header] = slices.ContainsFunc(s.Lines, func(l *Line) bool {
		return (l.Starts("tcp-check", "connect") || l.Starts("http-check", "connect")) && slices.Contains(l.Values(2), "ssl")
	})
	return c.overSSL[s.Header]
}

func (c *checker) defaultServerVerifies(s Section) bool {
	return c.byDefault(s, "verify", "ca-file") || c.inGlobal("ssl-server-verify", "none")
}

// serverTemplate looks at 'server-template PREFIX NUMBER ADDRESS PARAMETERS'.
func (c *checker) serverTemplate(d directive, n int) {
	if len(d.words) < n+3 {
		return
	}
	if low, high, ranged := strings.Cut(d.words[n+1], "-"); !d.expands(n + 1) {
		first := leadingNumber(low)
		last := first
		if ranged {
			last = leadingNumber(high)
		}
		if first < 1 || last < first {
			c.say(Error, d, n+1, "bad-number", "write a number or a range, as in 1-5", "%q is neither a number of servers nor a range", d.words[n+1])
		}
	}
	c.parameters(d, n+3, keywords.Of("server"), "server")
}

// notByDefault are the parameters of a single server.
var notByDefault = []string{"id", "guid", "no-sslv3", "no-tlsv10", "no-tlsv11", "no-tlsv12", "no-tlsv13"}

// defaultServer looks at 'default-server PARAMETERS'.
func (c *checker) defaultServer(d directive, n int) {
	for i := n; d.has(i); i++ {
		if slices.Contains(notByDefault, d.words[i]) && (i == n || d.words[i] != "id") || d.words[i] == "id" && i == n {
			c.say(Error, d, i, "misplaced-keyword", "write it on the server line", "%s cannot stand in default-server", d.words[i])
			return
		}
	}
	c.parameters(d, n, keywords.Of("server"), "default-server")
}

// parameters walks over words that each take a number of words behind them.
func (c *checker) parameters(d directive, n int, table *keywords.Table, what string) {
	for d.has(n) {
		if d.expands(n) {
			return // what follows cannot be told
		}
		word := d.words[n]
		e := table.Get(word)
		if e == nil {
			hint := "remove it"
			if near := nearest.Word(word, table.Names(c.o.HAProxy)); near != "" {
				hint = "write " + near
			}
			c.say(Error, d, n, "unknown-parameter", hint, "%s does not know the parameter %s", what, word)
			return
		}
		if !c.known(d.line, e, d.at+n, what+" parameter "+word) {
			return
		}
		have := 0
		for have < e.Min && d.has(n+1+have) {
			have++
		}
		if have < e.Min {
			c.say(Error, d, n, "missing-argument", "write its value behind it", "%s parameter %s needs %s behind it", what, word, count(e.Min, "word"))
			return
		}
		if e.Max != 0 {
			if !d.expands(n+1) && !c.parameter(d, n+1, table, e, what+" parameter "+word) {
				return
			}
		}
		next := n + 1 + max(e.Min, e.Max)
		if word == "source" {
			next = c.sourceWords(d, next)
		}
		n = next
	}
}

// parameter looks at the value of a parameter.
func (c *checker) parameter(d directive, n int, table *keywords.Table, e *keywords.Entry, name string) bool {
	if !d.has(n) {
		return true
	}
	of := table.Name() + " " + e.Name
	switch of {
	case "bind user":
		c.account(d.line, d.at+n, "user", c.o.User)
	case "bind group":
		c.account(d.line, d.at+n, "group", c.o.Group)
	}
	if !c.value(d, n, e.ValueAt(c.o.HAProxy), name) || !c.choice(d, n, of, name) {
		return false
	}
	if s := keywords.SyntaxOf(table.Name(), e.Name, c.o.HAProxy); s != nil {
		return c.follow(d.upTo(n), n, s, name)
	}
	return true
}

// sourceWords looks at what stands behind source, and gives where that ends.
func (c *checker) sourceWords(d directive, n int) int {
	if n-1 < len(d.words) {
		c.address(d, n-1, addressUse{ranges: true}, "source")
	}
	for n+1 < len(d.words) && (d.words[n] == "usesrc" || d.words[n] == "interface") {
		n += 2
	}
	return n
}
