package judge

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"lbimage/haproxy-config"
)

// answer is how a run ended.
type answer struct {
	exit      int
	signal    os.Signal // that killed it; nil when it ended by itself
	output    []byte
	truncated bool
}

// verdict makes sense of an answer. names translates the names of files in messages.
func (p *Program) verdict(a answer, how How, names func(string) string) (Verdict, error) {
	v := Verdict{
		ExitCode: a.exit, Truncated: a.truncated,
		Binary: p.binary, Path: p.path, Image: p.image, How: how,
	}
	said := parseOutput(a.output)
	said.correct(p.binary.Version)
	if a.signal != nil {
		return Verdict{}, silent("%s: HAProxy was killed (%v)%s", p.path, a.signal, hintOn(a.signal))
	}
	unresolved := how == Sandboxed && v.withoutNetwork(&said)
	errors := slices.ContainsFunc(said.messages, func(m Message) bool { return m.Severity == Error })
	switch {
	case a.exit == 0 && !said.fatal:
		v.Outcome = Good
	case a.exit == 2 && !said.fatal, a.exit == 1 && said.noListener && !errors:
		v.Outcome = NoListener
	case a.exit == 1 && unresolved && !errors && !said.fatal:
		v.Outcome = Good
	case a.exit <= 2 && (errors || said.fatal):
		v.Outcome = Bad
	default:
		return Verdict{}, silent("%s: HAProxy gave no verdict (exit code %d)%s", p.path, a.exit, firstLine(a.output))
	}
	for _, m := range said.messages {
		if v.Outcome.OK() && m.Severity == Error {
			m.Severity = Warning // HAProxy goes on
		}
		if m.File != "" {
			m.File = names(m.File)
		}
		v.Messages = append(v.Messages, m)
	}
	v.Output = a.output
	return v, nil
}

// correct takes the line away from messages for which a version is known to name a wrong one: before 3.0, a
// log-format-sd is blamed on the last line with a format of its section.
func (p *parsed) correct(v haproxyconfig.Version) {
	for i, m := range p.messages {
		if v.Known() && v.Before(haproxyconfig.Version{Major: 3}) && strings.HasPrefix(m.Text, "failed to parse log-format-sd") {
			p.messages[i].File, p.messages[i].Line = "", 0
		}
	}
}

// withoutNetwork makes warnings of errors that come of the sandbox: a name that cannot be resolved there may well
// be one where the image runs. HAProxy looks names up after it has read all else and found it good.
func (v *Verdict) withoutNetwork(said *parsed) bool {
	found := false
	for i, m := range said.messages {
		if strings.Contains(m.Text, "could not resolve address") {
			said.messages[i].Severity = Warning
			found = true
		}
	}
	if !found {
		return false
	}
	said.messages = slices.DeleteFunc(said.messages, func(m Message) bool {
		return m.Text == "Failed to initialize server(s) addr."
	})
	v.Notes = append(v.Notes, "HAProxy had no network, so names of servers were not looked up")
	return true
}

// firstLine quotes what a program said instead of an answer.
func firstLine(output []byte) string {
	for line := range bytes.Lines(output) {
		if s := printable(strings.TrimSpace(strings.ToValidUTF8(string(line), "\uFFFD"))); s != "" {
			return fmt.Sprintf(": %.300s", s)
		}
	}
	return ", and printed nothing"
}
