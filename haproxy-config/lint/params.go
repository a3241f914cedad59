package lint

import (
	"slices"
	"strconv"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/internal/nearest"
	"lbimage/haproxy-config/keywords"
)

// bind looks at 'bind ADDRESS… PARAMETERS'.
func (c *checker) bind(d directive, n int) {
	if len(d.words) <= n {
		return // the table asks for an argument
	}
	if !d.expands(n) {
		for _, a := range strings.Split(d.words[n], ",") {
			if err := haproxyconfig.CheckAddress(a, haproxyconfig.ForBind); err != nil {
				c.say(Error, d, n, "bad-address", "write ADDRESS:PORT, or :PORT for all addresses", "bind: %v", err)
				break
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
	if !d.expands(n + 1) {
		if err := haproxyconfig.CheckAddress(d.words[n+1], haproxyconfig.ForServer); err != nil {
			c.say(Error, d, n+1, "bad-address", "write ADDRESS:PORT", "server %s: %v", d.words[n], err)
		}
	}
	c.parameters(d, n+2, keywords.Of("server"), "server")
	c.verified(d, n+2)
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
	if i := slices.Index(words, "ssl"); i >= 0 && !has("verify") && !has("ca-file") && !c.defaultServerVerifies(d.section) {
		c.say(c.until(Version{Major: 1, Minor: 5}, "", Error, Warning), d, from+i, "unverified-server", "add ca-file FILE, or verify none where the network is trusted",
			"ssl without ca-file: HAProxy does not know by what to check the server's certificate")
	}
}

func (c *checker) defaultServerVerifies(s Section) bool {
	return slices.ContainsFunc(c.all, func(other Section) bool {
		switch other.Kind {
		case "global":
			return slices.ContainsFunc(other.Lines, func(l *Line) bool { return l.Starts("ssl-server-verify", "none") })
		case "defaults":
		default:
			if other.Header != s.Header {
				return false
			}
		}
		return slices.ContainsFunc(other.Lines, func(l *Line) bool {
			v := l.Values(0)
			return l.Starts("default-server") && (slices.Contains(v, "verify") || slices.Contains(v, "ca-file"))
		})
	})
}

// serverTemplate looks at 'server-template PREFIX NUMBER ADDRESS PARAMETERS'.
func (c *checker) serverTemplate(d directive, n int) {
	if len(d.words) < n+3 {
		return
	}
	if low, high, ranged := strings.Cut(d.words[n+1], "-"); !d.expands(n + 1) {
		a, err1 := strconv.Atoi(low)
		b, err2 := a, error(nil)
		if ranged {
			b, err2 = strconv.Atoi(high)
		}
		if err1 != nil || err2 != nil || a < 0 || b < a {
			c.say(Error, d, n+1, "bad-number", "write a number or a range, as in 1-5", "%q is neither a number of servers nor a range", d.words[n+1])
		}
	}
	c.parameters(d, n+3, keywords.Of("server"), "server")
}

// parameters walks over words that each take a number of words behind them.
func (c *checker) parameters(d directive, n int, table *keywords.Table, what string) {
	for n < len(d.words) {
		if d.expands(n) || d.words[n] == "" {
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
		have := len(d.words) - n - 1
		if have < e.Min {
			c.say(Error, d, n, "missing-argument", "write its value behind it", "%s parameter %s needs %s behind it", what, word, count(e.Min, "word"))
			return
		}
		if e.Min > 0 {
			if !d.expands(n + 1) {
				c.value(d, n+1, e.Value, what+" parameter "+word)
				c.parameterRange(d, n+1, table, word)
				c.choice(d, n+1, what+" "+word, what+" parameter "+word)
			}
		}
		next := n + 1 + e.Min
		if word == "source" {
			next = c.sourceWords(d, next)
		}
		n = next
	}
}

// sourceWords passes over usesrc and interface behind 'source ADDRESS'.
func (c *checker) sourceWords(d directive, n int) int {
	for n+1 < len(d.words) && (d.words[n] == "usesrc" || d.words[n] == "interface") {
		n += 2
	}
	return n
}

// ranges are what numbers of parameters may be. HAProxy reads what is no number as 0.
var ranges = map[string]struct{ low, high int }{
	"server weight":        {0, 256},
	"server rise":          {1, 1 << 30},
	"server fall":          {1, 1 << 30},
	"server error-limit":   {1, 1 << 30},
	"server id":            {1, 1 << 30},
	"server pool-max-conn": {-1, 1 << 30},
	"bind id":              {1, 1 << 30},
	"bind nice":            {-1024, 1024},
}

func (c *checker) parameterRange(d directive, n int, table *keywords.Table, word string) {
	r, ok := ranges[table.Name()+" "+word]
	if !ok {
		return
	}
	digits := d.words[n]
	end := 0
	for end < len(digits) && (digits[end] >= '0' && digits[end] <= '9' || end == 0 && (digits[0] == '-' || digits[0] == '+')) {
		end++
	}
	v, _ := strconv.Atoi(digits[:end])
	if v < r.low || v > r.high {
		high := ""
		if r.high < 1<<30 {
			high = " to " + strconv.Itoa(r.high)
		}
		c.say(Error, d, n, "out-of-range", "write a number from "+strconv.Itoa(r.low)+high, "%s %s is out of range", word, d.words[n])
	}
}
