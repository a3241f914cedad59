package access

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
	"lbimage/servo"
)

func ruleSudoersSyntax() check.Rule {
	r := check.Rule{
		Name: "sudoers-syntax", Group: check.GroupConfiguration, Severity: check.SeverityError,
		Why:  "sudo refuses to do anything while a line of its configuration is wrong: releases up to 1.8 and some after it stop for one line, and then the servo cannot start HAProxy",
		Mend: "mend the line; visudo -c -f FILE says whether a file is right",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, p := range s.Survey.Sudoers.Problems {
			out = append(out, orWithout(s, at(r, p.Path, p.Line, p.Text)))
		}
		return out, nil
	}
	return r
}

func ruleSudoersMode() check.Rule {
	r := check.Rule{
		Name: "sudoers-mode", Group: check.GroupConfiguration, Severity: check.SeverityError,
		Why:  "sudo does not read a file that somebody but root could have written, and does nothing at all where it is the main one",
		Mend: "give it to root with mode 0440: `edits: [{file: {path: PATH, source: FILE, mode: 0440, owner: 'root:root'}}]`, or in an overlay by its .owners",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, f := range s.Survey.Sudoers.Files {
			mode := f.Mode.Perm()
			switch {
			case f.Refused != "":
				out = append(out, r.At(f.Path, fmt.Sprintf("sudo does not read it: %s; its mode is %04o, its owner %d:%d", f.Refused, mode, f.UID, f.GID)))
			case mode&^0o640 != 0 && mode&0o007 != 0:
				x := r.At(f.Path, fmt.Sprintf("everyone may read it: its mode is %04o and should be 0440", mode))
				x.Severity = check.SeverityInfo
				out = append(out, x)
			}
		}
		return out, nil
	}
	return r
}

// servoRequest is what the servo asks sudo for. ok is false in an image without a servo, without its account or without sudo's configuration.
func servoRequest(s *check.Subject) (q survey.SudoRequest, ok bool, err error) {
	in, err := servo.Detect(s.Tree)
	if err != nil || !in.Present || s.Survey.Sudoers.Path == "" {
		return q, false, err
	}
	for _, a := range s.Survey.Accounts {
		if a.Name == servo.User {
			q = survey.SudoRequest{
				User: a.Name, UID: a.UID, GIDs: []uint32{a.GID}, Command: "/usr/sbin/haproxy",
				Args: "-f /var/lib/load-balancer-servo/euca_haproxy.conf -p /var/run/load-balancer-servo/haproxy.pid -V -C /var/lib/load-balancer-servo -D",
			}
			return groupsOf(s.Tree, q), true, nil
		}
	}
	return q, false, nil
}

const maxGroupText = 8 << 20

// groupsOf adds the groups that a user is in.
func groupsOf(t overlay.ReadTree, q survey.SudoRequest) survey.SudoRequest {
	text, _, err := overlay.ReadFile(t, "etc/group", maxGroupText)
	if err != nil {
		return q
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(f) < 4 {
			continue
		}
		gid, err := strconv.ParseUint(f[2], 10, 32)
		if err != nil {
			continue
		}
		member := uint32(gid) == q.GIDs[0]
		for name := range strings.SplitSeq(f[3], ",") {
			member = member || name == q.User
		}
		if member {
			q.Groups = append(q.Groups, f[0])
			q.GIDs = append(q.GIDs, uint32(gid))
		}
	}
	return q
}

// servoLine is what the servo's releases ask for.
const servoLine = "servo ALL = NOPASSWD: /usr/sbin/haproxy, /bin/kill, /sbin/modprobe, /bin/mount, /bin/umount"

func ruleSudoServo() check.Rule {
	r := check.Rule{
		Name: "sudo-servo", Group: check.GroupConfiguration, Severity: check.SeverityError,
		Why: "the servo is no root: it starts HAProxy through sudo, without anybody who could type a password. Where sudo says no, the load balancer serves nothing",
		Mend: "let it: `edits: [{file: {path: /etc/sudoers.d/servo, content: \"" + servoLine + "\\n\", mode: 0440, owner: 'root:root'}}, " +
			"{line: {path: /etc/sudoers, match: '^[#@]includedir\\s+/etc/sudoers\\.d\\s*$', set: '#includedir /etc/sudoers.d', missing: append}}]`",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		q, ok, err := servoRequest(s)
		if err != nil || !ok {
			return nil, err
		}
		a := s.Survey.Sudoers.Ask(s.Tree, q)
		switch {
		case !a.Allowed && a.By.Path != "":
			f := at(r, a.By.Path, a.By.Line, "this line keeps the servo from starting "+q.Command)
			f.Hint = lastWord(s, a.By.Path, f.Hint)
			return []check.Finding{f}, nil
		case !a.Allowed:
			return []check.Finding{r.At(s.Survey.Sudoers.Path, "nothing lets the servo start "+q.Command+notIncluded(s))}, nil
		case a.Password:
			text := "the servo would have to type a password to start " + q.Command + ": of the lines that fit, this last one counts"
			if a.VisiblePassword {
				text += "; visiblepw does not help, since nobody types"
			}
			f := at(r, a.By.Path, a.By.Line, text)
			f.Hint = lastWord(s, a.By.Path, f.Hint)
			return []check.Finding{f}, nil
		}
		return nil, nil
	}
	return r
}

// lastWord is the mend where another file than the servo's has the last word: the servo's line behind it. Otherwise it is the one that
// writes the servo's file.
func lastWord(s *check.Subject, path, otherwise string) string {
	if r, err := overlay.Resolve(s.Tree, "etc/sudoers.d/servo"); err == nil && r.Path() == path {
		return otherwise
	}
	return fmt.Sprintf("let it, by a line behind that one: `edits: [{line: {path: %s, set: '%s', missing: append}}]`", check.YAMLText(path), servoLine)
}

// notIncluded says that the servo's own file is there, and not read.
func notIncluded(s *check.Subject) string {
	r, err := overlay.Resolve(s.Tree, "etc/sudoers.d/servo")
	if err != nil || !r.Exists() {
		return ""
	}
	for _, f := range s.Survey.Sudoers.Files {
		if f.Path == r.Path() && f.Refused != "" {
			return ": sudo does not read " + f.Path + ", since " + f.Refused
		}
		if f.Path == r.Path() {
			return ""
		}
	}
	return ": /etc/sudoers does not include " + r.Path()
}

func ruleSudoTTY() check.Rule {
	r := check.Rule{
		Name: "sudo-requiretty", Group: check.GroupConfiguration, Severity: check.SeverityError,
		Why:  "the servo has no terminal: with requiretty sudo refuses to start HAProxy for it, and the load balancer serves nothing",
		Mend: "`edits: [{line: {path: /etc/sudoers, match: '^(\\s*Defaults\\s+requiretty.*)', set: '# $1', expand: true}}]`, or Defaults:servo !requiretty behind it",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		q, ok, err := servoRequest(s)
		if err != nil || !ok {
			return nil, err
		}
		a := s.Survey.Sudoers.Ask(s.Tree, q)
		if !a.TTY {
			return nil, nil
		}
		f := at(r, a.TTYBy.Path, a.TTYBy.Line, "sudo wants a terminal of the servo, which has none")
		f.Hint = noTTY(s, a.TTYBy)
		return []check.Finding{f}, nil
	}
	return r
}

// plainTTY is a line that asks for a terminal, and for nothing else.
var plainTTY = regexp.MustCompile(`^\s*Defaults\s+requiretty\s*(#.*)?$`)

// noTTY is the edit after which sudo asks the servo for no terminal: the line that does so becomes a comment where it says nothing
// else, and otherwise one behind it makes an exception. What is for commands counts after the rest.
func noTTY(s *check.Subject, by survey.SudoersPlace) string {
	line := lineOf(s.Tree, by.Path, by.Line)
	if plainTTY.MatchString(line) {
		return fmt.Sprintf("`edits: [{line: {path: %s, match: '^(\\s*Defaults\\s+requiretty\\s*(#.*)?)$', set: '# $1', expand: true}}]`, or Defaults:servo !requiretty behind it", check.YAMLText(by.Path))
	}
	except := "Defaults:servo !requiretty"
	if strings.HasPrefix(strings.TrimSpace(line), "Defaults!") {
		except = "Defaults!/usr/sbin/haproxy !requiretty"
	}
	return fmt.Sprintf("make an exception behind it: `edits: [{line: {path: %s, set: '%s', missing: append}}]`", check.YAMLText(by.Path), except)
}

// lineOf is a line of a file, empty where it cannot be read.
func lineOf(t overlay.ReadTree, path string, number int) string {
	text, _, err := overlay.ReadFile(t, path, maxLineText)
	if err != nil {
		return ""
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if n++; n == number {
			return strings.TrimRight(line, "\r\n")
		}
	}
	return ""
}
