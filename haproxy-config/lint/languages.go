package lint

import (
	"slices"
	"strings"

	"lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
)

// language looks at what stands behind a directive: by its syntax where one is written down,
// by the counts of the table where not.
func (c *checker) language(d directive, e *keywords.Entry, n int) {
	table := d.section.Kind
	if d.section.IsProxy() {
		table = "proxy"
	}
	if haproxyconfig.FirstHeeded(d.section.Kind, d.words[:n]) && c.setAbove(d) {
		if e.Max >= 0 && d.has(n+e.Max) { // HAProxy looks at that before it passes over the line
			c.excess(d, e, n)
		}
		return
	}
	if !c.enough(d, e, n) {
		return
	}
	if own := ownLanguage(table, e.Name); own != nil {
		d.careful = c.carefulWith(e.Name)
		own(c, d, n)
		return
	}
	if s := keywords.SyntaxOf(table, e.Name, c.o.HAProxy); s != nil {
		d.careful = c.unsureOf(table, e.Name)
		c.follow(d, n, s, e.Name)
		return
	}
	c.arguments(d, e, n)
}

// unsureOf tells whether it is not known for certain how this version reads a directive.
func (c *checker) unsureOf(table, name string) bool {
	return c.o.HAProxy.Before(v20) || !keywords.LookedAt(c.o.HAProxy) && keywords.Varies(table, name)
}

// setAbove tells whether global has the same directive above, so that HAProxy passes over
// this one.
func (c *checker) setAbove(d directive) bool {
	for _, s := range c.all {
		if s.Kind != "global" {
			continue
		}
		for _, l := range s.Lines {
			if l == d.line {
				return false
			}
			if l.IsDirective() && haproxyconfig.SettingOf(l.Keyword()) == haproxyconfig.SettingOf(d.words[0]) && len(l.Words()) > 1 {
				return true
			}
		}
	}
	return false
}

// carefulWith tells whether what is known of a directive's arguments is known of later
// versions than this one only.
func (c *checker) carefulWith(name string) bool {
	switch name {
	case "bind", "server", "log", "option", "timeout", "acl", "use_backend", "redirect":
		return false
	}
	return c.o.HAProxy.Before(v20) && !slices.Contains(ruleSets, name)
}

// ownLanguage gives the check of a directive whose arguments no syntax can tell.
func ownLanguage(table, name string) func(*checker, directive, int) {
	switch name {
	case "bind", "stats socket", "dgram-bind":
		if table == "peers" && name == "bind" {
			return (*checker).peerBind
		}
		return (*checker).bind
	case "server":
		return (*checker).server
	case "log", "log-stderr":
		return (*checker).log
	case "acl":
		return (*checker).acl
	}
	switch table + " " + name {
	case "peers peer":
		return (*checker).peer
	case "peers default-server":
		return (*checker).defaultServer
	case "peers table":
		return (*checker).peerTable
	case "fcgi-app set-param", "fcgi-app pass-header":
		return (*checker).fcgiParam
	case "global h1-case-adjust":
		return (*checker).caseAdjust
	}
	if table != "proxy" {
		return nil
	}
	if slices.Contains(ruleSets, name) {
		return func(c *checker, d directive, n int) { c.rule(d, n, name) }
	}
	if strings.HasPrefix(name, "tcp-check") || strings.HasPrefix(name, "http-check") {
		return (*checker).check
	}
	switch name {
	case "option":
		return (*checker).option
	case "timeout":
		return (*checker).timeout
	case "server-template":
		return (*checker).serverTemplate
	case "default-server":
		return (*checker).defaultServer
	case "use_backend":
		return (*checker).switching
	case "redirect":
		return (*checker).redirect
	case "stick-table":
		return (*checker).stickTable
	case "cookie":
		return (*checker).cookie
	case "hash-type":
		return (*checker).hashType
	case "balance":
		return (*checker).balance
	case "retry-on":
		return (*checker).retryOn
	case "stats http-request":
		return (*checker).statsRule
	case "http-error":
		return (*checker).httpError
	}
	return nil
}
