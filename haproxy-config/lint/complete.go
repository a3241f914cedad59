package lint

import (
	"slices"
	"strconv"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// complete looks for what sections lack, or have too much of, as a whole.
func (c *checker) complete() {
	refused := map[int]bool{}
	for _, f := range c.found {
		if f.Severity == Error {
			refused[f.Line] = true
		}
	}
	for _, s := range c.all {
		if s.Header == nil {
			continue
		}
		has := func(words ...string) bool {
			return slices.ContainsFunc(s.Lines, func(l *Line) bool { return l.Starts(words...) })
		}
		switch s.Kind {
		case "cache":
			c.cacheSize(s, has("total-max-size"))
		case "fcgi-app":
			if !has("docroot") {
				c.lacks(s, "docroot and a folder")
			}
			c.fcgiRequests(s, has("option", "mpxs-conns") || has("option", "get-values"))
		case "program":
			if !has("command") {
				c.lacks(s, "command and a program")
			}
			if !c.o.Template && !c.inGlobal("master-worker") {
				c.word(c.until(v20, Warning, Error, Warning), s.Header, 0, "missing-in-section", "write master-worker in global", "program sections need the master-worker mode")
			}
			if !c.o.Template && !c.inGlobal("expose-deprecated-directives") && !c.o.HAProxy.Before(v31) {
				c.word(c.until(v32, Warning, Error, Warning), s.Header, 0, "missing-in-section", "write expose-deprecated-directives in global, or let the service manager start the program",
					"program sections are deprecated, and HAProxy 3.2 takes them only where that is allowed")
			}
		case "userlist":
			c.members(s)
		}
		if s.IsProxy() && s.Kind != "defaults" {
			c.completeProxy(s, has, refused)
		}
	}
}

func (c *checker) lacks(s Section, what string) {
	c.word(Error, s.Header, 0, "missing-in-section", "add "+what, "%s has no %s", s.Label(), strings.Fields(what)[0])
}

func (c *checker) inGlobal(words ...string) bool {
	for _, s := range c.all {
		if s.Kind == "global" && slices.ContainsFunc(s.Lines, func(l *Line) bool { return l.Starts(words...) }) {
			return true
		}
	}
	return false
}

// fcgiRequests: several requests at once need option mpxs-conns, or get-values to ask for it.
func (c *checker) fcgiRequests(s Section, multiplexed bool) {
	var last *Line
	for _, l := range s.Lines {
		if l.Starts("option", "max-reqs") && len(l.Words()) > 2 {
			last = l
		}
	}
	if last == nil || multiplexed {
		return
	}
	if w := last.Words()[2]; !w.Expands && leadingNumber(w.Value) > 1 {
		c.word(Error, last, 2, "missing-in-section", "add option mpxs-conns, or write 1", "option max-reqs %s without option mpxs-conns", w.Value)
	}
}

// cacheSize looks at the sizes of a cache, in megabytes and in bytes.
func (c *checker) cacheSize(s Section, sized bool) {
	if !sized {
		c.lacks(s, "total-max-size and a number of megabytes")
		return
	}
	total, object := int64(0), int64(0)
	var at *Line
	for _, l := range s.Lines {
		words := l.Words()
		if len(words) < 2 || words[1].Expands {
			continue
		}
		v, err := strconv.ParseInt(words[1].Value, 10, 64)
		switch word := l.Keyword(); {
		case word == "total-max-size" || word == "max-object-size" || word == "max-secondary-entries":
			if err != nil {
				c.word(Error, l, 1, "bad-number", "write a whole number", "%s %q is not a whole number", word, words[1].Value)
				return
			}
			if word == "total-max-size" {
				if total = v; v > 4095 {
					c.word(Error, l, 1, "out-of-range", "write a number of megabytes up to 4095", "total-max-size %d is out of range", v)
				}
			}
			if word == "max-object-size" {
				object, at = v, l
			}
			if word == "max-secondary-entries" && v <= 0 {
				c.word(Error, l, 1, "out-of-range", "write a number above 0", "max-secondary-entries %d is out of range", v)
			}
		}
	}
	if at != nil && object > total<<20/2 {
		c.word(Error, at, 1, "out-of-range", "write at most half of total-max-size", "max-object-size %d is more than half of the cache", object)
	}
}

// members looks for the users and groups that a userlist names and does not have.
func (c *checker) members(s Section) {
	users, groups := map[string]bool{}, map[string]bool{}
	for _, l := range s.Lines {
		if w := l.Words(); len(w) > 1 {
			users[w[1].Value] = users[w[1].Value] || l.Starts("user")
			groups[w[1].Value] = groups[w[1].Value] || l.Starts("group")
		}
	}
	for _, l := range s.Lines {
		words := l.Words()
		for i := 2; i+1 < len(words); i++ {
			for _, name := range strings.Split(words[i+1].Value, ",") {
				switch {
				case name == "":
				case l.Starts("group") && words[i].Value == "users" && !users[name]:
					c.word(Error, l, i+1, "unknown-member", "add user "+name+", or remove it here", "there is no user %s in userlist %s", name, s.Name)
				case l.Starts("user") && words[i].Value == "groups" && !groups[name]:
					c.word(Error, l, i+1, "unknown-member", "add group "+name+", or remove it here", "there is no group %s in userlist %s", name, s.Name)
				}
			}
		}
	}
}

// completeProxy looks for what goes together in a proxy, or does not.
func (c *checker) completeProxy(s Section, has func(...string) bool, refused map[int]bool) {
	if has("option", "external-check") && !c.inGlobal("external-check") && !c.o.Template {
		c.word(Error, s.Header, 0, "missing-in-section", "write external-check in global", "%s: option external-check needs external-check in global", s.Label())
	}
	if has("stats", "http-request") && (has("stats", "auth") || has("stats", "realm")) {
		c.word(Error, s.Header, 0, "contradiction", "keep one of the two", "%s: stats auth and stats http-request cannot stand together", s.Label())
	}
	if (has("transparent") || has("option", "transparent")) && has("balance") {
		c.word(Error, s.Header, 0, "contradiction", "keep one of the two", "%s: balance and transparent cannot stand together", s.Label())
	}
	c.checkOrder(s, "tcp-check", refused)
	c.checkOrder(s, "http-check", refused)
	application := has("use-fcgi-app")
	elsewhere := has("default-server") || has("tcp-check", "connect") || has("http-check", "connect")
	slots, servers := 0, map[string]bool{}
	for _, l := range s.Lines {
		if l.Starts("server") && len(l.Words()) > 1 {
			servers[l.Words()[1].Value] = true
		}
	}
	for _, l := range s.Lines {
		words := l.Values(0)
		switch {
		case l.Starts("declare", "capture", "request") || l.Starts("capture", "request", "header"):
			slots++
		case l.Starts("use-server") && len(words) > 1 && !servers[words[1]] && !has("server-template") && !l.Words()[1].Expands && !strings.Contains(words[1], "%["):
			c.word(Error, l, 1, "unknown-server", "correct the name", "use-server: there is no server %s in %s", words[1], s.Label())
		case l.Starts("http-request", "capture"):
			if i := slices.Index(words, "id"); i > 0 && i+1 < len(words) && !l.Words()[i+1].Expands {
				if id, err := strconv.Atoi(words[i+1]); err == nil && id >= slots && s.Kind != "backend" {
					c.word(Error, l, i+1, "missing-in-section", "add declare capture request for it above", "there is no capture %d in %s", id, s.Label())
				}
			}
		case l.Starts("server") && len(words) > 2:
			c.completeServer(s, l, words, application, elsewhere)
		case l.Starts("bind") && len(words) > 2:
			c.completeBind(l, words)
		}
	}
}

// completeBind looks at what ssl needs.
func (c *checker) completeBind(l *Line, words []string) {
	has := func(w string) int { return slices.Index(words[2:], w) }
	i := has("ssl")
	if i < 0 || slices.ContainsFunc(l.Words(), func(w haproxyconfig.Word) bool { return w.Expands }) {
		return
	}
	if has("crt") < 0 && has("crt-list") < 0 && has("default-crt") < 0 && has("generate-certificates") < 0 {
		c.word(Error, l, i+2, "missing-certificate", "add crt and the file with certificate and key", "bind with ssl and without a certificate")
	}
	if v := has("verify"); v >= 0 && v+3 < len(words) && words[v+3] != "none" && has("ca-file") < 0 && has("ca-verify-file") < 0 && !c.inGlobal("ca-base") {
		c.word(Error, l, v+2, "unverified-client", "add ca-file and a file with certificates", "verify %s without ca-file: HAProxy does not know by what to check the client's certificate", words[v+3])
	}
}

// completeServer looks at what a server needs of its section or of itself. application tells
// whether the section names a fcgi-app, elsewhere whether the port to check may stand on
// another line.
func (c *checker) completeServer(s Section, l *Line, words []string, application, elsewhere bool) {
	named := func(w string) bool { return slices.Contains(words[3:], w) }
	i := slices.Index(words, "proto")
	if i > 2 && i+1 < len(words) && words[i+1] == "fcgi" && !application {
		c.word(Error, l, i, "missing-in-section", "add use-fcgi-app and the name of a fcgi-app section", "%s has a server that speaks FCGI and no use-fcgi-app", s.Label())
	}
	if elsewhere || !named("check") || named("port") || named("track") || named("addr") || l.Words()[2].Expands || strings.ContainsAny(words[2], "/@") {
		return
	}
	if _, port, ported := splitPort(words[2]); !ported || port == "" || leadingNumber(port) == 0 || port[0] == '+' || port[0] == '-' {
		c.word(Error, l, 2, "missing-port", "add port and the port to check, or a port to the address", "server %s has a check, and no port to check", words[1])
	}
}

// checkOrder looks at the steps of a health check: where one connects, the first has to. A step
// that HAProxy refuses is none.
func (c *checker) checkOrder(s Section, set string, refused map[int]bool) {
	first := ""
	for _, l := range s.Lines {
		words := l.Values(0)
		if !l.Starts(set) || len(words) < 2 || refused[c.numbers[l]] {
			continue
		}
		switch word := words[1]; {
		case strings.HasPrefix(word, "set-var") || strings.HasPrefix(word, "unset-var") || word == "comment":
		case first == "":
			first = word
		case word == "connect" && first != "connect":
			c.word(Error, l, 1, "wrong-order", "write a connect before the other steps", "%s connects here, but not at its first step", set)
			return
		}
	}
}
