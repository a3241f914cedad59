package lint

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
)

// references looks at what lines say of other sections: backends, userlists, peers,
// resolvers, error pages.
func (c *checker) references() {
	if c.o.Template {
		return // the other sections are still to come
	}
	names := c.names()
	c.namedSections(names)
	c.sampleReferences(names)
	c.trackedServers()
	c.duplicateServers()
}

// names gives the names of sections by what they can be asked for as.
func (c *checker) names() map[string][]string {
	out := map[string][]string{}
	for _, s := range c.all {
		switch s.Kind {
		case "listen", "backend":
			out["backend"] = append(out["backend"], s.Name)
			out["proxy"] = append(out["proxy"], s.Name)
			if s.Kind == "listen" {
				out["frontend"] = append(out["frontend"], s.Name)
			}
		case "frontend":
			out["frontend"] = append(out["frontend"], s.Name)
			out["proxy"] = append(out["proxy"], s.Name)
		default:
			out[s.Kind] = append(out[s.Kind], s.Name)
		}
		for _, l := range s.Lines {
			switch {
			case l.Starts("stick-table"):
				out["stick-table"] = append(out["stick-table"], s.Name)
			case s.Kind == "peers" && l.Starts("table") && len(l.Words()) > 1:
				out["stick-table"] = append(out["stick-table"], s.Name+"/"+l.Words()[1].Value)
			}
		}
	}
	return out
}

// takenOver reports whether a section of one of some kinds begins from these defaults.
func (c *checker) takenOver(defaults Section, kinds ...string) bool {
	current := Section{}
	for _, s := range c.all {
		switch {
		case s.Kind == "defaults":
			current = s
		case slices.Contains(kinds, s.Kind):
			if s.From == "" && current.Header == defaults.Header || s.From != "" && s.From == defaults.Name {
				return true
			}
		}
	}
	return false
}

// reference is what an argument of a sample expression names.
type reference struct {
	d    directive
	n    int
	kind string // backend, frontend, table, server, userlist
	name string
	by   string
}

// noteReferences keeps what a sample expression names, to be looked for when the whole
// is read.
func (c *checker) noteReferences(d directive, n int, e *keywords.Entry, part call) {
	for i, arg := range part.args {
		if i < len(e.Takes) && arg != "" {
			switch kind := e.Takes[i]; kind {
			case "backend", "frontend", "table", "server", "user_list":
				c.refs = append(c.refs, reference{d, n, kind, arg, part.name})
			}
		}
	}
}

// sampleReferences looks for what sample expressions name.
func (c *checker) sampleReferences(names map[string][]string) {
	for _, r := range c.refs {
		kind, name := r.kind, r.name
		switch kind {
		case "user_list":
			kind = "userlist"
		case "server":
			backend, _, ok := strings.Cut(name, "/")
			if !ok {
				continue
			}
			kind, name = "proxy", backend
		case "table":
			kind = "stick-table"
		}
		if !slices.Contains(names[kind], name) {
			hint := "define " + kind + " " + name + ", or correct the name"
			if near := nearest.Word(name, names[kind]); near != "" {
				hint = "write " + near
			}
			c.say(Error, r.d, r.n, "unknown-section-name", hint, "%s: there is no %s called %s", r.by, kind, name)
		}
	}
}

// trackedServers looks for the servers behind 'track [BACKEND/]SERVER'.
func (c *checker) trackedServers() {
	servers, unchecked := map[string]bool{}, map[string]bool{}
	for _, s := range c.all {
		for _, l := range s.Lines {
			if l.Starts("server") && len(l.Words()) > 1 {
				name := s.Name + "/" + l.Words()[1].Value
				servers[name] = true
				v := l.Values(2)
				unchecked[name] = !slices.Contains(v, "check") && !slices.Contains(v, "agent-check") && !slices.Contains(v, "track") && !c.byDefault(s, "check", "agent-check")
			}
			if l.Starts("server-template") {
				servers[s.Name+"/"] = true // their names are many
			}
		}
	}
	for _, s := range c.all {
		for _, l := range s.Lines {
			if !l.Starts("server") {
				continue
			}
			words := l.Words()
			for i := 3; i+1 < len(words); i++ {
				to := words[i+1]
				if words[i].Value != "track" || to.Expands {
					continue
				}
				backend, name, ok := strings.Cut(to.Value, "/")
				if !ok {
					backend, name = s.Name, to.Value
				}
				values := l.Values(0)
				switch {
				case !servers[backend+"/"+name] && !servers[backend+"/"]:
					c.word(Error, l, i+1, "unknown-server", "correct the name, or write BACKEND/SERVER", "track: there is no server %s in %s", name, backend)
				case slices.Contains(values, "check"):
					c.word(Error, l, i, "contradiction", "keep one of the two", "a server that tracks another has no check of its own")
				case backend == s.Name && name == values[1]:
					c.word(Error, l, i+1, "contradiction", "name another server", "a server cannot track itself")
				case unchecked[backend+"/"+name]:
					c.word(Error, l, i+1, "unchecked-server", "add check to that server", "track: server %s has no check", name)
				}
			}
		}
	}
}

var (
	serverNamesWarned  = Version{Major: 1, Minor: 5, Dev: 22}
	serverNamesRefused = Version{Major: 2}
)

// duplicateServers looks for servers of one name in one proxy.
func (c *checker) duplicateServers() {
	for _, s := range c.all {
		if !s.IsProxy() {
			continue
		}
		seen := map[string]*Line{}
		for _, l := range s.Lines {
			if !l.Starts("server") || len(l.Words()) < 3 || l.Words()[1].Expands {
				continue
			}
			name := l.Words()[1].Value
			earlier := seen[name]
			seen[name] = l
			if earlier == nil {
				continue
			}
			severity := c.until(serverNamesRefused, Warning, Error, Warning)
			if c.o.HAProxy.Before(serverNamesWarned) {
				severity = Info
			}
			c.word(severity, l, 1, "duplicate-server", "rename one of the two", "server %s has the name of the one on line %d; HAProxy 2.0 and later refuse that", name, c.numbers[earlier])
		}
	}
}

// duplicates looks for directives that stand twice in a section where one of them does
// not count.
func (c *checker) duplicates() {
	seen := map[string]*Line{}  // of global, which may stand several times
	certain := map[*Line]bool{} // those outside of conditional blocks
	for _, s := range c.all {
		if s.Kind != "global" {
			continue
		}
		depths := s.Depths()
		for i, l := range s.Lines {
			if !l.IsDirective() {
				continue
			}
			word := l.Keyword()
			certain[l] = depths[i] == 0
			refused := haproxyconfig.OnceOnly(s.Kind, []string{word}, c.o.HAProxy)
			if !refused && !haproxyconfig.FirstHeeded(s.Kind, []string{word}) {
				continue
			}
			slot := haproxyconfig.SettingOf(word)
			earlier := seen[slot]
			switch {
			case earlier == nil:
				seen[slot] = l
			case refused && !(certain[l] && certain[earlier]):
				c.word(Warning, l, 0, "twice", "make sure that the conditions never hold for both", "%s is set on line %d already; HAProxy refuses a second", word, c.numbers[earlier])
			case refused:
				c.word(Error, l, 0, "twice", "change or remove one of the two", "%s is set on line %d already; HAProxy refuses a second", word, c.numbers[earlier])
			default:
				c.word(Warning, l, 0, "duplicate-directive", "keep one of the two", "%s is set on line %d already; HAProxy goes by the first and passes over this one", word, c.numbers[earlier])
			}
		}
	}
	for _, s := range c.all {
		if s.IsProxy() {
			c.overridden(s)
		}
	}
}

// lastHeeded are directives of proxies of which the last one counts.
var lastHeeded = strings.Fields("mode balance retries maxconn fullconn backlog default_backend hash-type http-reuse log-tag monitor-uri")

func (c *checker) overridden(s Section) {
	last := map[string]*Line{}
	for i := len(s.Lines) - 1; i >= 0; i-- {
		l := s.Lines[i]
		key := ""
		if name, _, ok := haproxyconfig.TimeoutOn(l); ok && name != "" && (l.Starts("timeout") || c.o.HAProxy.Before(v21)) {
			key = "timeout " + name
		} else {
			for _, k := range lastHeeded {
				if l.Starts(k) {
					key = k
				}
			}
		}
		if key == "" || c.reach[l] == maybe {
			continue
		}
		if later := last[key]; later != nil {
			c.word(Warning, l, 0, "duplicate-directive", "keep one of the two", "%s is set again on line %d, which is the one that counts", key, c.numbers[later])
			continue
		}
		last[key] = l
	}
}
