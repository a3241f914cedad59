package haproxyconfig

import "strings"

// ModernizeTimeouts spells contimeout, clitimeout and srvtimeout as timeout
// connect, client and server, in every section, and keeps their values. Both
// spellings set the same timeout and the last line wins; so where a section has
// a deprecated line, one line of that timeout remains: the one that was in
// force, in its place. Comments stay. If one of them is in a conditional block,
// each is spelled anew where it stands, as none can be told superfluous.
func (e *Editor) ModernizeTimeouts() {
	for _, s := range e.file.Sections() {
		if !s.IsProxy() {
			continue
		}
		for _, old := range oldTimeouts {
			e.modernize(s, old.Word, old.Name)
		}
	}
}

func (e *Editor) modernize(s Section, word, name string) {
	keyword := []string{"timeout", name}
	var group []*Line
	anyOld, anyConditional := false, false
	depths := s.Depths()
	for i, l := range s.Lines {
		old := l.Starts(word) && len(l.words) > 1
		modern := l.Starts(keyword...) && len(l.words) > 2
		if !old && !modern {
			continue
		}
		group = append(group, l)
		anyOld = anyOld || old
		anyConditional = anyConditional || depths[i] != 0
	}
	if !anyOld {
		return
	}
	if !anyConditional {
		last := len(group) - 1
		e.drop(s, group[:last], keyword, "a later line set the same timeout")
		group = group[last:]
	}
	for _, l := range group {
		if l.Starts(word) {
			e.rewrite(s, l, respell(l, 1, strings.Join(keyword, " ")), keyword, "deprecated "+word+" spelled anew")
		}
	}
}
