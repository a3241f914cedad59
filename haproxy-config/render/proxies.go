package render

import (
	"slices"

	haproxyconfig "lbimage/haproxy-config"
)

// view is a rendered configuration as HAProxy sees it.
type view struct {
	result   Result
	at       map[int]place // by line of the template
	sections []viewSection
	// first is the first line with a keyword in global. The servo writes one such section;
	// others can ride along in the sections behind it.
	first map[string]*haproxyconfig.Line
	// said are the keys that are set in a section other than defaults.
	said     map[string]bool
	verdicts map[verdictKey]verdict
}

// place is where a line of the template came to stand.
type place struct {
	section int
	line    *haproxyconfig.Line
}

// viewSection is a section, with what HAProxy makes of its lines.
type viewSection struct {
	haproxyconfig.Section
	made string // the listener for which the servo wrote it, or ""
	// last is the line that counts, by key; lines that add up are not in it.
	last map[string]*haproxyconfig.Line
	// users are the sections that take over a defaults section.
	users []int
	mode  string
	// checked: a server here, or a default-server, has the word check; cookies: a server
	// has a cookie's value.
	checked, cookies bool
}

func look(r Result) *view {
	v := &view{
		result: r, at: map[int]place{}, verdicts: map[verdictKey]verdict{},
		first: map[string]*haproxyconfig.Line{}, said: map[string]bool{},
	}
	current := -1 // the defaults in force
	named := map[string]int{}
	for i, s := range haproxyconfig.Parse(r.Bytes).Sections() {
		vs := viewSection{Section: s, last: map[string]*haproxyconfig.Line{}}
		if s.Header != nil {
			vs.made = r.Lines[s.Header.Number()-1].Listener
			v.at[v.origin(s.Header)] = place{i, s.Header}
		}
		for _, l := range s.Lines {
			v.at[v.origin(l)] = place{i, l}
			v.take(&vs, l)
		}
		from, ok := current, current >= 0
		if s.From != "" {
			from, ok = named[s.From]
		}
		if ok && s.IsProxy() && s.Kind != "defaults" {
			d := &v.sections[from]
			d.users = append(d.users, i)
			if vs.mode == "" {
				vs.mode = d.mode
			}
			vs.checked = vs.checked || d.checked
		}
		if s.Kind == "defaults" {
			current = i
			if s.Name != "" {
				named[s.Name] = i
			}
		}
		v.sections = append(v.sections, vs)
	}
	delete(v.at, 0) // lines of the servo's
	return v
}

// origin is the line of the template from which a rendered line comes, or 0.
func (v *view) origin(l *haproxyconfig.Line) int {
	o := v.result.Lines[l.Number()-1]
	if o.Blank {
		return 0
	}
	return o.Template
}

// take reads one line of a section.
func (v *view) take(s *viewSection, l *haproxyconfig.Line) {
	if !l.IsDirective() {
		return
	}
	if s.Kind == "global" && v.first[l.Keyword()] == nil {
		v.first[l.Keyword()] = l
	}
	if !s.IsProxy() {
		return
	}
	if key := settingOf(l).key; key != "" {
		s.last[key] = l
		if s.Kind != "defaults" {
			v.said[key] = true
		}
	}
	switch l.Keyword() {
	case "mode":
		if len(l.Words()) > 1 {
			s.mode = l.Words()[1].Value
		}
	case "server", "default-server":
		s.checked = s.checked || slices.Contains(l.Values(1), "check")
		s.cookies = s.cookies || slices.Contains(l.Values(1), "cookie")
	}
}

// acts reports whether a setting can act in a section at all.
func (s *viewSection) acts(on setting) bool {
	switch {
	case on.side == frontends && s.Kind == "backend", on.side == backends && s.Kind == "frontend",
		on.http && s.mode != "http",
		on.checks && !s.checked,
		on.cookies && !s.cookies:
		return false
	}
	return true
}
