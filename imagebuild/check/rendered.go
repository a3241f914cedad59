package check

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/lint"
	"lbimage/haproxy-config/render"
)

// renderedName is the file that the servo writes and HAProxy reads.
const renderedName = render.StateDir + "/euca_haproxy.conf"

// newestServo is the servo that a template is rendered for where the image does not tell its own.
var newestServo = haproxyconfig.Version{Major: 1, Minor: 4, Patch: 1}

// madeOf is what a servo makes of the template.
type madeOf struct {
	render.Result
	servo haproxyconfig.Version
	who   string // that servo, in words
}

// made renders the template; nil where there is nothing to render, or where it cannot be.
func (c Configuration) made(j *Judgement) (*madeOf, error) {
	if !c.Template {
		return nil, nil
	}
	m := madeOf{servo: c.Servo, who: "servo " + c.Servo.String()}
	if !m.servo.Known() {
		m.servo = newestServo
		m.who = "the newest servo, " + newestServo.String() + ","
	}
	var err error
	if m.Result, err = render.Render(c.Text, m.servo, c.LoadBalancer); err != nil {
		j.note(fmt.Sprintf("what servo %s makes of the template was not judged: %v", m.servo, err))
		return nil, nil
	}
	if len(m.Bytes) == 0 {
		return nil, nil // no listener is made: a finding says why
	}
	return &m, nil
}

// lintMade gives the errors that the linter finds in what the servo makes of the template, for a HAProxy that is
// known. What is said of a line that comes from the template is said of that line.
func (c Configuration) lintMade(m *madeOf) []haproxyconfig.Finding {
	if m == nil || !c.HAProxy.Known() {
		return nil
	}
	o := c.lintOptions()
	o.Template = false
	var out []haproxyconfig.Finding
	for _, f := range lint.Check(haproxyconfig.Parse(m.Bytes), o) {
		if f.Severity == haproxyconfig.Error {
			out = m.add(out, f)
		}
	}
	return out
}

// judgeMade gives what is wrong with what the servo makes of the template: what the linter finds, unless the very
// HAProxy accepts it, and what that HAProxy says.
func (c Configuration) judgeMade(ctx context.Context, j *Judgement, m *madeOf) ([]haproxyconfig.Finding, error) {
	out := c.lintMade(m)
	if m == nil {
		return out, nil
	}
	verdict, err := c.ask(ctx, j, renderedName, m.Bytes)
	if err != nil || verdict == nil {
		return out, err
	}
	out = c.settle(out, *verdict)
	for _, msg := range verdict.Messages {
		f := haproxyconfig.Finding{Severity: c.severity(msg), Line: msg.Line, Rule: ruleVerdict, Message: c.says() + ": " + firstLine(msg.Text)}
		if f.Severity == haproxyconfig.Error {
			out = m.add(out, f)
		}
	}
	j.by(fmt.Sprintf("%s, of what servo %s makes of it for %s", c.says(), m.servo, listeners(c.LoadBalancer)))
	return out, nil
}

func listeners(lb render.LoadBalancer) string {
	if len(lb.Listeners) == 1 {
		return "one listener"
	}
	return fmt.Sprintf("%d listeners", len(lb.Listeners))
}

// add adds a finding of the rendered configuration, as one of the template: of the line that it comes from, or of
// what the servo writes for its listeners, once for all of them. The latter is a warning: that servo and HAProxy of an
// image do not fit each other is no fault of the template, and no edit of it mends that.
func (m *madeOf) add(out []haproxyconfig.Finding, f haproxyconfig.Finding) []haproxyconfig.Finding {
	line, listener := m.Trace(f.Line)
	switch {
	case line > 0:
		f.Line, f.Column = line, 0
	case f.Line > 0:
		written := m.line(f.Line)
		f.Message = fmt.Sprintf("%s writes '%s' for listener %s: %s", m.who, written, listener, f.Message)
		f.Severity = haproxyconfig.Warning
		f.Line, f.Column = 0, 0
		f.Hint = "the image needs a servo and a HAProxy that fit each other"
		if slices.ContainsFunc(out, func(o haproxyconfig.Finding) bool { return o.Line == 0 && o.Rule == f.Rule && f.Rule != ruleVerdict }) {
			return out // of another listener
		}
		if f.Rule == ruleVerdict && slices.ContainsFunc(out, func(o haproxyconfig.Finding) bool { return strings.Contains(o.Message, "writes '"+keyword(written)) }) {
			return out // the linter has said so
		}
	default:
		f.Message = fmt.Sprintf("in what servo %s makes of the template: %s", m.servo, f.Message)
	}
	return merge(out, []haproxyconfig.Finding{f})
}

// line is a line of the rendered configuration, without its indentation.
func (m *madeOf) line(n int) string {
	lines := strings.Split(string(m.Bytes), "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}

func keyword(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return word
}

// extra are the files that the load balancer brings with it: the certificates of its listeners.
func (c Configuration) extra() map[string][]byte {
	out := map[string][]byte{}
	if !c.Template {
		return out
	}
	var pem []byte
	put := func(name string) {
		if pem == nil {
			pem = certificate()
		}
		out[path.Clean(name)] = pem
	}
	for _, l := range c.LoadBalancer.Listeners {
		if l.Protocol == "https" || l.Protocol == "ssl" {
			name := l.Certificate
			if name == "" {
				name = render.DefaultCertificate
			}
			put(name)
		}
		if l.VerifyInstances {
			put(fmt.Sprintf("%s/backend_auth/ca-frontend-%d", render.StateDir, l.Port))
		}
	}
	return out
}
