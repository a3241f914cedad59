package lint

import (
	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// option looks at 'option NAME …' in a proxy.
func (c *checker) option(d directive, n int) {
	if len(d.words) <= n || d.words[n] == "" && !d.expands(n) {
		c.say(Error, d, n-1, "unknown-option", "write the name of an option behind it", "option without a name")
		return
	}
	if d.expands(n) {
		return
	}
	table, name := keywords.Of("options"), d.words[n]
	e := table.Get(name)
	if e == nil {
		hint := "remove it"
		if near := nearest.Word(name, table.Names(c.o.HAProxy)); near != "" {
			hint = "write option " + near
		}
		c.say(Error, d, n, "unknown-option", hint, "option %s is not known to %s", name, c.who())
		return
	}
	if d.prefix != "" && c.o.HAProxy.Since(v32) && refusesPrefix(d.prefix, name) {
		c.word(Error, d.line, 0, "bad-negation", "remove the line", "%q cannot stand before option %s any more", d.prefix, name)
		return
	}
	if d.prefix == "no" && !e.No || d.prefix == "default" && !e.Default && (!e.No || c.o.HAProxy.Before(v32)) {
		c.word(Error, d.line, 0, "bad-negation", "remove the line", "%q cannot stand before option %s", d.prefix, name)
		return
	}
	if !c.known(d.line, e, d.at+n, "option "+name) || !c.placed(d, e) {
		return
	}
	if s := keywords.SyntaxOf("option", name, c.o.HAProxy); s != nil {
		d.careful = c.unsureOf("option", name)
		c.follow(d, n+1, s, "option "+name)
		return
	}
	named := *e
	named.Name = "option " + name
	c.arguments(d, &named, n+1)
}

// refusesPrefix tells of options that HAProxy from 3.2 on does not take with the prefix.
func refusesPrefix(prefix, name string) bool {
	switch name {
	case "accept-invalid-http-request", "accept-invalid-http-response":
		return true
	case "httpclose", "http-server-close", "http-keep-alive":
		return prefix == "default"
	}
	return false
}
