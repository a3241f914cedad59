package check

import (
	"fmt"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/judge"
)

// ruleVerdict is the rule of what the real HAProxy says.
const ruleVerdict = "haproxy"

// authority tells whether the judge is of the branch that the configuration is for, so that its word counts.
func (c Configuration) authority() bool {
	v := c.Judge.Binary().Version
	return !c.HAProxy.Known() || v.Major == c.HAProxy.Major && v.Minor == c.HAProxy.Minor
}

// says is who speaks, for messages.
func (c Configuration) says() string { return "HAProxy " + c.Judge.Binary().Version.String() }

// severity is that of a message here: what a HAProxy of another branch refuses is a warning.
func (c Configuration) severity(m judge.Message) haproxyconfig.Severity {
	switch {
	case m.Severity == judge.Error && c.authority():
		return haproxyconfig.Error
	case m.Severity == judge.Info:
		return haproxyconfig.Info
	}
	return haproxyconfig.Warning
}

// settle takes what the very HAProxy accepts that the configuration is for as no error.
func (c Configuration) settle(found []haproxyconfig.Finding, v judge.Verdict) []haproxyconfig.Finding {
	if !v.Outcome.OK() || !c.authority() || !c.HAProxy.Known() || len(v.Notes) > 0 {
		return found
	}
	for i, f := range found {
		if f.Severity == haproxyconfig.Error {
			found[i].Severity = haproxyconfig.Warning
			found[i].Message += "; " + c.says() + " takes it all the same"
		}
	}
	return found
}

// ownMessages are those of a verdict on the text itself.
func (c Configuration) ownMessages(v judge.Verdict) []haproxyconfig.Finding {
	var out []haproxyconfig.Finding
	for _, m := range v.Messages {
		out = append(out, haproxyconfig.Finding{Severity: c.severity(m), Line: m.Line, Rule: ruleVerdict, Message: c.says() + ": " + firstLine(m.Text)})
	}
	if !v.Outcome.OK() && !haproxyconfig.HasErrors(out) && c.authority() {
		out = append(out, haproxyconfig.Finding{Severity: haproxyconfig.Error, Rule: ruleVerdict, Message: c.says() + " refuses the configuration and does not say why"})
	}
	return out
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(line)
}

// merge adds findings. What HAProxy says of a line of which something as grave was found already goes to
// that finding, as its confirmation; what was found already is not added.
func merge(found, more []haproxyconfig.Finding) []haproxyconfig.Finding {
	for _, m := range more {
		if !confirms(found, m) {
			found = append(found, m)
		}
	}
	return found
}

func confirms(found []haproxyconfig.Finding, m haproxyconfig.Finding) bool {
	for i, f := range found {
		if f.Line != m.Line || m.Line == 0 && f.Message != m.Message {
			continue
		}
		switch {
		case f.Rule == m.Rule && f.Message == m.Message:
			return true
		case m.Rule == ruleVerdict && f.Rule != ruleVerdict && f.Severity == m.Severity:
			if !strings.Contains(f.Message, m.Message) {
				found[i].Message += fmt.Sprintf(" (%s)", m.Message)
			}
			return true
		}
	}
	return false
}
