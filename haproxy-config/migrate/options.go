package migrate

import "strings"

// renamed are options with another name today.
var renamed = map[string]string{
	"forceclose":                   "httpclose",
	"independant-streams":          "independent-streams",
	"tcpsplice":                    "splice-auto",
	"accept-invalid-http-request":  "accept-unsafe-violations-in-http-request",
	"accept-invalid-http-response": "accept-unsafe-violations-in-http-response",
}

// pointless are options that later versions did without: what they switched is always so.
var pointless = map[string]string{
	"http-tunnel":  "tunnels of HTTP have had no effect since HAProxy 2.1",
	"http-use-htx": "HAProxy 2.1 and later always work so",
	"keepalive":    "it never had an effect",
}

// options renames options and takes out those that do nothing any more, with 'no' before them, too.
func (m *migration) options(s Section, l *Line) {
	if !s.IsProxy() {
		return
	}
	if (l.Starts("redispatch") || l.Starts("redisp")) && m.gone("proxy", "redispatch") {
		m.e.RewriteWords(s, l, 1, "option redispatch", l.Keyword()+" is written option redispatch today")
		return
	}
	words := l.Values(0)
	n := 1
	if words[0] == "no" || words[0] == "default" {
		n = 2
	}
	if len(words) <= n || words[n-1] != "option" {
		return
	}
	name := words[n]
	if !m.gone("options", name) {
		return
	}
	if to := renamed[name]; to != "" && !m.gone("options", to) {
		before := strings.Join(words[:n], " ")
		m.e.RewriteWords(s, l, n+1, before+" "+to, "option "+name+" is written option "+to+" today")
		return
	}
	if why := pointless[name]; why != "" {
		m.e.Drop(s, l, "option "+name+" taken out: "+why)
	}
}
