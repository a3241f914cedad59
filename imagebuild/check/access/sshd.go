package access

import (
	"context"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
)

func ruleSSHDSyntax() check.Rule {
	r := check.Rule{
		Name: "sshd-syntax", Group: check.GroupConfiguration, Severity: check.SeverityError,
		Why:  "the SSH server does not start with a line that it does not take, and nobody can log in to see why",
		Mend: "mend the line; sshd -t -f FILE says whether a file is right",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, p := range s.Survey.SSHD.Problems {
			f := orWithout(s, at(r, p.Path, p.Line, p.Text))
			if !s.Survey.SSHD.Present {
				f.Severity = check.SeverityWarning
			}
			out = append(out, f)
		}
		return out, nil
	}
	return r
}

func ruleSSHDEmptyPasswords() check.Rule {
	r := check.Rule{
		Name: "sshd-empty-passwords", Group: check.GroupConfiguration, Severity: check.SeverityError,
		Why:  "the SSH server lets in whoever names an account without a password",
		Mend: "`edits: [{line: {path: /etc/ssh/sshd_config, match: '(?i)^\\s*PermitEmptyPasswords[\\s=]', set: PermitEmptyPasswords no}}]`",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		d := s.Survey.SSHD
		var out []check.Finding
		add := func(o survey.SSHDOption, message string) {
			f := at(r, o.Path, o.Line, message)
			f.Hint = strings.Replace(f.Hint, "/etc/ssh/sshd_config", check.YAMLText(o.Path), 1)
			out = append(out, f)
		}
		if o, ok := d.Option("PermitEmptyPasswords"); ok && d.Present && d.Is(o.Name) {
			add(o, "the SSH server takes empty passwords")
		}
		for _, m := range d.Matches {
			for _, o := range m.Options {
				if d.Present && o.Name == "PermitEmptyPasswords" && strings.EqualFold(o.Value, "yes") {
					add(o, "the SSH server takes empty passwords where "+m.Criteria)
				}
			}
		}
		return out, nil
	}
	return r
}

const maxSSHText = 1 << 20

func ruleSSHDProtocol() check.Rule {
	r := check.Rule{
		Name: "sshd-protocol", Group: check.GroupConfiguration, Severity: check.SeverityError,
		Why:  "version 1 of the protocol can be read and changed by whoever sits on the way; servers before 7.4 still speak it where they are told to",
		Mend: "`edits: [{line: {path: /etc/ssh/sshd_config, match: '(?i)^\\s*Protocol[\\s=]', set: Protocol 2}}]`",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		d := s.Survey.SSHD
		text, where, err := overlay.ReadFile(s.Tree, "etc/ssh/sshd_config", maxSSHText)
		if err != nil || !d.Present || d.Since(7, 4) {
			return nil, nil
		}
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			f := strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t\r\n=,\"", c) })
			if len(f) < 2 || !strings.EqualFold(f[0], "Protocol") {
				continue
			}
			for _, v := range f[1:] {
				if v == "1" {
					return []check.Finding{at(r, where.Path(), number, "the SSH server speaks version 1 of the protocol")}, nil
				}
			}
			break // the first line counts
		}
		return nil, nil
	}
	return r
}

// ruleSSHDForAll is for a server that nobody gets into.
func ruleSSHDForAll() check.Rule {
	r := check.Rule{
		Name: "sshd-unknown-user", Group: check.GroupConfiguration, Severity: check.SeverityWarning,
		Why:  "AllowUsers keeps out everybody whom it does not name: where none of those is in the image, nobody can log in",
		Mend: "name accounts that the image has, or remove the line",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		d := s.Survey.SSHD
		o, ok := d.Option("AllowUsers")
		if !ok || !d.Present {
			return nil, nil
		}
		for pattern := range strings.FieldsSeq(o.Value) {
			user, _, _ := strings.Cut(pattern, "@")
			if strings.ContainsAny(user, "*?!") || knownAccount(s.Survey, user) {
				return nil, nil
			}
		}
		return []check.Finding{orWithout(s, at(r, o.Path, o.Line, "AllowUsers names no account of the image: nobody can log in through SSH"))}, nil
	}
	return r
}

func knownAccount(s *survey.Survey, name string) bool {
	for _, a := range s.Accounts {
		if a.Name == name {
			return true
		}
	}
	return false
}
