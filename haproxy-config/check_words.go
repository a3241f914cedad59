package haproxyconfig

import (
	"slices"
	"strings"
)

// proxyWords are refused in global by every version; globalWords in proxies.
// Both lists hold what HAProxy 2.6 was seen to refuse and what has but one
// meaning; there are more such words.
var (
	proxyWords = strings.Fields(`
		backlog balance bind clitimeout contimeout cookie default_backend errorfile
		fullconn http-request mode option redispatch retries server srvtimeout
		tcp-request timeout use_backend`)
	globalWords = strings.Fields(`
		ca-base chroot crt-base daemon gid group hard-stop-after log-send-hostname
		maxconnrate maxsslconn nbproc nbthread pidfile spread-checks uid ulimit-n user`)
)

// placement finds words in the wrong kind of section.
func (c *checker) placement() {
	for _, s := range c.all {
		kind, _ := sectionKindOf(s.Kind)
		for _, l := range s.Lines {
			word, n := l.Keyword(), 0
			if (word == "no" || word == "default") && len(l.words) > 1 {
				word, n = l.words[1].Value, 1
			}
			switch {
			case s.Kind == "global" && slices.Contains(proxyWords, word):
				c.word(Error, l, n, "misplaced-keyword", "move it to a defaults section; is there a header missing above?",
					"%s does not stand in global", word)
			case kind.proxy && (slices.Contains(globalWords, word) || strings.HasPrefix(word, "tune.")):
				c.word(Error, l, n, "misplaced-keyword", "move it to the global section",
					"%s stands in global only", word)
			}
		}
	}
}

// prefixes looks at 'no' and 'default'. HAProxy allows them for options, log and
// a few words that differ by version; what it allows nowhere is an error.
func (c *checker) prefixes() {
	for _, l := range c.file.lines {
		prefix := l.Keyword()
		if prefix != "no" && prefix != "default" {
			continue
		}
		if len(l.words) == 1 {
			c.word(Error, l, 0, "bad-negation", "say what, or remove it", "%q stands alone", prefix)
			continue
		}
		if word := l.words[1].Value; word == "timeout" || IsSectionWord(word) {
			c.word(Error, l, 0, "bad-negation", "remove the line", "%q cannot stand before %s", prefix, word)
		}
	}
}

// retired is a directive that HAProxy has taken back.
type retired struct {
	words   []string
	global  bool    // of global, else of proxies
	warned  Version // the first version with a warning; zero: since ever
	removed Version // the first version with an error
	instead string
}

// retirement holds what was measured, or what HAProxy 2.6 itself says of a word.
var retirement = []retired{
	{words: []string{"contimeout"}, warned: Version{Major: 1, Minor: 5}, removed: Version{Major: 2, Minor: 1}, instead: "write timeout connect"},
	{words: []string{"clitimeout"}, warned: Version{Major: 1, Minor: 5}, removed: Version{Major: 2, Minor: 1}, instead: "write timeout client"},
	{words: []string{"srvtimeout"}, warned: Version{Major: 1, Minor: 5}, removed: Version{Major: 2, Minor: 1}, instead: "write timeout server"},
	{words: []string{"redispatch"}, removed: Version{Major: 2, Minor: 1}, instead: "write option redispatch"},
	{words: []string{"redisp"}, removed: Version{Major: 2, Minor: 1}, instead: "write option redispatch"},
	{words: []string{"appsession"}, warned: Version{Major: 1, Minor: 6}, removed: Version{Major: 1, Minor: 6}, instead: "use a cookie or a stick table"},
	{words: []string{"block"}, warned: Version{Major: 2, Minor: 0}, removed: Version{Major: 2, Minor: 1}, instead: "write http-request deny"},
	{words: []string{"option", "forceclose"}, warned: Version{Major: 2, Minor: 0}, removed: Version{Major: 2, Minor: 6}, instead: "remove it, or use option httpclose"},
	{words: []string{"option", "http-tunnel"}, warned: Version{Major: 2, Minor: 0}, removed: Version{Major: 2, Minor: 6}, instead: "remove it"},
	{words: []string{"option", "http_proxy"}, warned: Version{Major: 2, Minor: 5}, removed: Version{Major: 2, Minor: 5}, instead: "remove it"},
	{words: []string{"nbproc"}, global: true, warned: Version{Major: 2, Minor: 3}, removed: Version{Major: 2, Minor: 5}, instead: "remove it; threads are used by themselves"},
}

// rewriters are the header rules that http-request and http-response replaced.
var rewriters = strings.Fields(`
	reqadd reqallow reqdel reqdeny reqiallow reqidel reqideny reqipass reqirep
	reqitarpit reqpass reqrep reqtarpit rspadd rspdel rspdeny rspidel rspideny
	rspirep rsprep cliexp srvexp`)

// deprecations finds words that some version warns of or no longer takes.
func (c *checker) deprecations() {
	for _, s := range c.all {
		kind, _ := sectionKindOf(s.Kind)
		if s.Kind != "global" && !kind.proxy {
			continue
		}
		for _, l := range s.Lines {
			for _, r := range retirement {
				if r.global == (s.Kind == "global") && l.starts(r.words...) {
					c.retire(l, r)
				}
			}
			if kind.proxy && slices.Contains(rewriters, l.Keyword()) {
				c.retire(l, retired{words: []string{l.Keyword()}, warned: Version{Major: 2}, removed: Version{Major: 2, Minor: 1},
					instead: "use http-request or http-response"})
			}
		}
	}
}

func (c *checker) retire(l *Line, r retired) {
	v, words := c.o.HAProxy, strings.Join(r.words, " ")
	switch {
	case v.Since(r.removed):
		c.word(Error, l, 0, "removed-keyword", r.instead, "%s is not known to HAProxy %s any more; it went with %d.%d", words, v, r.removed.Major, r.removed.Minor)
	case !v.Known() || v.Since(r.warned) || !r.warned.Known():
		c.word(Warning, l, 0, "deprecated-keyword", r.instead, "%s is deprecated; HAProxy %d.%d and later refuse it", words, r.removed.Major, r.removed.Minor)
	}
}
