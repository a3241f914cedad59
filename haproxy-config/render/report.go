package render

import (
	"fmt"
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// Status says what becomes of a setting.
type Status string

const (
	// Effective: it acts, at least somewhere; see [Setting.Only].
	Effective Status = "effective"
	// Overridden: another line says the same thing, and that one counts.
	Overridden Status = "overridden"
	// NoEffect: nothing in the configuration makes use of it.
	NoEffect Status = "no effect"
	// Lost: the servo does not write the line.
	Lost Status = "lost"
)

// Setting is a directive of a template's global or defaults section, or one above every
// section, and what becomes of it.
type Setting struct {
	// Line and Column are those of the template, from 1.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Section is "global" or "defaults", with what stands behind it, as HAProxy reads the
	// template; "" above every section.
	Section string `json:"section"`
	// Text is the directive, its words one blank apart, without the comment.
	Text   string `json:"text"`
	Status Status `json:"status"`
	// Only names the sections of the template's own where an effective setting acts, when
	// it does not on the listeners.
	Only []string `json:"only,omitempty"`
	// Why says what overrides it, why it is without effect or lost, or a condition on which
	// it acts; often "" for an effective one. It is a clause to go behind a colon.
	Why string `json:"why,omitempty"`
	// Hint says what to do instead.
	Hint string `json:"hint,omitempty"`
	// Since is the servo from which on this is so, when the servo's version is not known and
	// it was otherwise before.
	Since Version `json:"since,omitzero"`

	servo bool // it is the servo's doing, and so among the effects
}

// same reports whether two servos make the same of a setting.
func (s Setting) same(o Setting) bool {
	return s.Status == o.Status && s.Why == o.Why && slices.Equal(s.Only, o.Only)
}

// String is the setting and its fate in one line, as in "timeout client 2m has no effect:
// servo 1.1.0 sets …".
func (s Setting) String() string {
	fate := "has no effect"
	switch {
	case len(s.Only) > 0:
		fate = "acts on " + enumerate(s.Only) + " only"
	case s.Status == Effective:
		fate = "takes effect"
	case s.Status == Lost:
		fate = "is lost"
	}
	text := s.Text + " " + fate
	if s.Since.Known() {
		text += " from servo " + s.Since.String() + " on"
	}
	if s.Why != "" {
		text += ": " + s.Why
	}
	return text
}

// enumerate names at most three.
func enumerate(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

// Report tells, for each directive of a template's global and defaults sections, whether
// it takes effect behind a servo of this version, and if not, why. With a version of zero,
// or one that is not known, it tells what the last servos do, and since when. Without
// listeners it takes those of [Default].
//
// Where a directive acts is what HAProxy's manual says. Directives that are not known here
// count as effective wherever the servo writes them.
func Report(template []byte, servo Version, lb LoadBalancer) ([]Setting, error) {
	lb, err := lb.complete()
	if err != nil {
		return nil, fmt.Errorf("load balancer: %w", err)
	}
	t, err := inspect(template)
	if err != nil {
		return nil, err
	}
	return t.report(servo, withListeners(lb)), nil
}

func withListeners(lb LoadBalancer) LoadBalancer {
	if len(lb.Listeners) == 0 {
		lb.Listeners = Default().Listeners
	}
	return lb
}

// report looks at one servo, or at all that differ.
func (t *template) report(servo Version, lb LoadBalancer) []Setting {
	if checkRelease(servo) == nil {
		return t.reportOn(look(render(t.text, servo, lb)), subject(servo))
	}
	var all [][]Setting
	for _, step := range steps {
		all = append(all, t.reportOn(look(render(t.text, step, lb)), subject(Version{})))
	}
	latest := all[len(all)-1]
	for i := range latest {
		since := len(steps) - 1
		for since > 0 && latest[i].same(all[since-1][i]) {
			since--
		}
		if since > 0 {
			latest[i].Since = steps[since]
		}
	}
	return latest
}

// reportOn looks at one rendered configuration; who is the servo in a sentence.
func (t *template) reportOn(v *view, who string) []Setting {
	causes := t.causes(v)
	var out []Setting
	for _, s := range t.sections {
		if s.Kind != "" && s.Kind != "global" && s.Kind != "defaults" {
			continue
		}
		label := printable(s.Label())
		for _, l := range s.Lines {
			if !l.IsDirective() || strings.HasPrefix(l.Keyword(), ".") || strings.HasPrefix(l.Text(), byteOrderMark) {
				continue
			}
			set := Setting{Line: l.Number(), Column: column(l), Section: label, Text: directive(l)}
			if at, ok := v.at[l.Number()]; ok {
				v.judge(&set, at, who)
			} else {
				set.Status, set.Why = Lost, causes[l.Number()]
			}
			out = append(out, set)
		}
	}
	return out
}

// causes tells for each line why the servo would lose it.
func (t *template) causes(v *view) map[int]string {
	causes := map[int]string{}
	for _, l := range t.dropped {
		causes[l.Number()] = "it stands above the first section header that the servo sees"
		if len(t.parts) == 0 {
			causes[l.Number()] = "the servo sees no section header in the template"
		}
	}
	written := map[string]int{} // by kind, the header that is written
	for _, p := range t.parts {
		if _, ok := v.at[p.header.Number()]; ok {
			written[p.kind()] = p.header.Number()
		}
	}
	later := map[string]int{} // by key
	for _, p := range slices.Backward(t.parts) {
		why := "the servo writes a section of its own under this name"
		switch n, again := later[p.key]; {
		case again:
			why = fmt.Sprintf("'%s' begins again on line %d, and the servo keeps the last", printable(p.key), n)
		case p.kind() != "backend":
			why = fmt.Sprintf("the servo writes one %s section, most likely that on line %d", p.kind(), written[p.kind()])
		}
		if later[p.key] == 0 {
			later[p.key] = p.header.Number()
		}
		for _, l := range p.lines {
			causes[l.Number()] = why
		}
	}
	return causes
}

// judge tells what becomes of a line that is written.
func (v *view) judge(s *Setting, at place, who string) {
	section := &v.sections[at.section]
	switch section.Kind {
	case "global":
		v.judgeGlobal(s, at, who)
	case "defaults":
		on := settingOf(at.line)
		if last := section.last[on.key]; last != nil && last != at.line {
			s.Status = Overridden
			s.Why = fmt.Sprintf("line %d sets it again, and the last one counts", v.origin(last))
			return
		}
		found := v.verdict(at.section, on)
		s.Status, s.Only, s.servo = found.status, found.only, found.servo
		s.Why, s.Hint = found.words(on, at.line.Keyword(), who)
	default:
		s.Status = Effective // HAProxy has its own word to say on it
	}
}

// judgeGlobal looks at a line of a global section.
func (v *view) judgeGlobal(s *Setting, at place, who string) {
	word := at.line.Keyword()
	s.Status = Effective
	if first := v.first[word]; first != at.line && haproxyconfig.FirstHeeded("global", []string{word}) {
		s.Status = Overridden
		s.Why = fmt.Sprintf("line %d sets it already, and the first one counts", v.origin(first))
		return
	}
	if refusedInGlobal(at.line) {
		s.Status, s.Why, s.Hint = NoEffect, "HAProxy refuses it in global", "move it to defaults"
		return
	}
	switch word {
	case "pidfile":
		s.Status, s.servo = NoEffect, true
		s.Why = who + " starts HAProxy with -p /var/run/load-balancer-servo/haproxy.pid, which wins"
		s.Hint = "leave it as it is, or remove it"
	case "daemon":
		s.Status, s.servo = NoEffect, true
		s.Why = who + " starts HAProxy with -D, which says the same"
		s.Hint = "leave it as it is, or remove it"
	case "log":
		s.Why = "for HAProxy's own messages, and for sections with 'log global'; the listeners log to the servo's socket"
	}
}
