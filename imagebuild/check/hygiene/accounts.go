package hygiene

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

// lock is the edit that takes an account's password away.
func lock(user string) string {
	return edits([]string{fmt.Sprintf("{password: {user: %s, hash: '!'}}", check.YAMLText(user))})
}

func ruleRootPassword() check.Rule {
	r := check.Rule{
		Name: "root-password", Group: check.GroupHygiene, Severity: check.SeverityError,
		Why:  "whoever reaches a login prompt, at the console or over the network, is root with a password that is empty or that anybody would try; even a good one is the same on every machine, and its hash ships with the image for all to guess at",
		Mend: "lock it: `access: {user: root, password: '!'}`, or " + lock("root"),
	}
	r.Find = func(ctx context.Context, s *check.Subject) ([]check.Finding, error) {
		for _, a := range s.Survey.Accounts {
			if a.UID == 0 && a.Name == "root" {
				return passwordFinding(ctx, r, a, "root", true) // the first counts
			}
		}
		return nil, nil
	}
	return r
}

func ruleAccountPassword() check.Rule {
	r := check.Rule{
		Name: "account-password", Group: check.GroupHygiene, Severity: check.SeverityError,
		Why:  "an account with a password that is empty or well known lets anybody in; any other is the same on every machine, and its hash ships with the image",
		Mend: "lock it: `edits: [{password: {user: NAME, hash: '!'}}]`, and let people in by keys that the cloud brings at boot",
	}
	r.Find = func(ctx context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, a := range s.Survey.Accounts {
			if a.Name == "root" && a.UID == 0 {
				continue
			}
			f, err := passwordFinding(ctx, r, a, a.Name, a.Interactive && !a.Expired)
			if err != nil {
				return nil, err
			}
			if out = append(out, f...); len(out) >= maxPasswords {
				break
			}
		}
		return out, nil
	}
	return r
}

// maxPasswords is for how many accounts passwords are tried: each try takes its time.
const maxPasswords = 10

// passwordFinding judges one password. usable says that the account takes logins; a password that cannot be used is a remark.
func passwordFinding(ctx context.Context, r check.Rule, a survey.Account, who string, usable bool) ([]check.Finding, error) {
	f := r.At(a.Password.Path, "")
	f.Line, f.Hint = a.Password.Line, lock(a.Name)
	switch a.Password.State {
	case survey.PasswordNone:
		f.Message = who + " has no password: everybody gets in"
	case survey.PasswordSet:
		word, err := guess(ctx, a.Password.Hash, a.Name)
		if err != nil {
			return nil, err
		}
		if word == "" {
			f.Message = who + " has a password, which is the same on every machine from the image"
			f.Severity = check.SeverityWarning
			break
		}
		f.Message = fmt.Sprintf("%s has a password that anybody would try: %q", who, word)
	default:
		return nil, nil
	}
	if !usable {
		f.Severity = check.SeverityInfo
		f.Message += "; the account takes no logins as it is"
	}
	return []check.Finding{f}, nil
}

func ruleWeakHash() check.Rule {
	r := check.Rule{
		Name: "weak-hash", Group: check.GroupHygiene, Severity: check.SeverityWarning,
		Why:  "passwords behind a hash of DES, MD5 or NT are found in hours by whoever has the image",
		Mend: "lock the password, or hash it anew with openssl passwd -6: `edits: [{password: {user: NAME, hash: '!'}}]`",
	}
	weak := map[string]string{"des": "DES", "bsdi-des": "DES", "md5": "MD5", "sunmd5": "MD5", "nt": "NT"}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, a := range s.Survey.Accounts {
			if name := weak[a.Password.Method]; name != "" && a.Password.State == survey.PasswordSet && len(out) < maxPasswords {
				f := r.At(a.Password.Path, fmt.Sprintf("the password of %s is hashed with %s", a.Name, name))
				f.Line, f.Hint = a.Password.Line, lock(a.Name)
				out = append(out, f)
			}
		}
		return out, nil
	}
	return r
}

func ruleSuperuser() check.Rule {
	r := check.Rule{
		Name: "superuser-twin", Group: check.GroupHygiene, Severity: check.SeverityError,
		Why:  "an account with the number 0 is root under another name, which nobody looks at",
		Mend: "remove its line: `edits: [{line: {path: /etc/passwd, match: '^NAME:', remove: true}}]`",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, a := range s.Survey.Accounts {
			if a.UID == 0 && a.Name != "root" {
				f := r.At("/etc/passwd", a.Name+" has the number 0: it is root under another name")
				f.Line = a.Line
				f.Hint = edits([]string{fmt.Sprintf("{line: {path: /etc/passwd, match: %s, remove: true}}", check.YAMLText("^"+regexp.QuoteMeta(a.Name)+":"))})
				if !a.Interactive {
					f.Severity = check.SeverityWarning
				}
				out = append(out, f)
			}
		}
		return out, nil
	}
	return r
}

func rulePasswordLogin() check.Rule {
	r := check.Rule{
		Name: "password-login", Group: check.GroupHygiene, Severity: check.SeverityError,
		Why:  "an SSH server that takes passwords is tried by the whole network from the first minute on",
		Mend: "turn passwords off: " + sshOff("/etc/ssh/sshd_config", "PasswordAuthentication", false),
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		d := s.Survey.SSHD
		if !d.Present {
			return nil, nil
		}
		// With a password that works it is a door; without one, a door behind which nobody opens yet.
		severity := check.SeverityWarning
		who := ""
		for _, a := range s.Survey.Accounts {
			p := a.Password.State
			if !a.Interactive || a.Expired || p != survey.PasswordSet && (p != survey.PasswordNone || !d.Is("PermitEmptyPasswords")) {
				continue
			}
			if a.UID == 0 && d.Value("PermitRootLogin") != "yes" {
				continue
			}
			severity, who = check.SeverityError, a.Name
			break
		}
		if !d.Starts {
			severity = check.SeverityInfo
		}
		var out []check.Finding
		add := func(o survey.SSHDOption, when string) {
			f := r.At(o.Path, "the SSH server takes passwords"+when)
			if f.Path == "" {
				f.Path = d.Path
				f.Message += ": " + o.Name + " is yes unless said otherwise"
			}
			f.Line, f.Severity = o.Line, severity
			if who != "" {
				f.Message += ", and " + who + " has one"
			}
			file := o.Path
			if file == "" {
				file = "/etc/ssh/sshd_config"
			}
			if when == "" {
				f.Hint = sshOff(file, o.Name, slices.ContainsFunc(d.Matches, func(m survey.SSHDMatch) bool { return m.Path == file }))
			} else {
				f.Hint = "set it to no there, or remove the Match block"
			}
			out = append(out, f)
		}
		for _, name := range []string{"PasswordAuthentication", "KbdInteractiveAuthentication"} {
			if name == "KbdInteractiveAuthentication" && !d.Is("UsePAM") {
				continue // nobody asks then
			}
			all, ok := d.ForAll(name)
			if ok && strings.EqualFold(all.Value, "yes") {
				add(all, "")
				continue
			}
			for _, m := range d.Matches {
				for _, o := range m.Options {
					if o.Name == name && strings.EqualFold(o.Value, "yes") && !strings.EqualFold(m.Criteria, "all") {
						add(o, " where "+m.Criteria)
					}
				}
			}
		}
		return out, nil
	}
	return r
}

// sshOff is the edit that sets an option to no: where it is set, else at the end, or in front of the first Match block where the
// file has one. One of the options has an older name, which old releases know alone.
func sshOff(file, option string, matches bool) string {
	word, before := option, ""
	if option == "KbdInteractiveAuthentication" {
		word, option = "(KbdInteractive|ChallengeResponse)Authentication", "ChallengeResponseAuthentication"
	}
	if matches {
		before = `, before: '(?i)^\s*Match\s'`
	}
	return edits([]string{fmt.Sprintf(`{line: {path: %s, match: '(?i)^\s*%s[\s=]', set: %s no, which: first, missing: append%s}}`, check.YAMLText(file), word, option, before)})
}

func ruleAuthorizedKeys() check.Rule {
	r := check.Rule{
		Name: "authorized-keys", Group: check.GroupHygiene, Severity: check.SeverityError,
		Why:  "whoever has the private key gets into every machine from the image, for as long as it runs",
		Mend: "remove the file: `edits: [{remove: /root/.ssh/authorized_keys}]`; the cloud brings the owner's key at boot",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		told := map[string]bool{}
		for _, a := range s.Survey.Accounts {
			for _, k := range a.Keys {
				if told[k.Path] { // several accounts may have one home
					continue
				}
				told[k.Path] = true
				f := r.At(k.Path, fmt.Sprintf("%s in as %s", plural(k.Count, "a key lets somebody", "keys let somebody"), a.Name))
				f.Hint = edits([]string{"{remove: " + check.YAMLText(k.Path) + "}"})
				if !k.Read || !a.Interactive {
					f.Severity = check.SeverityWarning
					f.Message += "; the SSH server as it is does not take them"
				}
				out = append(out, f)
			}
		}
		loose := &survey.FileList{}
		for _, k := range s.Survey.Files.Of(survey.FilesKeys).Files {
			if !told[k.Path] {
				loose.Files, loose.Count = append(loose.Files, k), loose.Count+1
			}
		}
		for _, f := range several(r, loose, "keys of nobody whom the image has as an account: they count as soon as it has one with that home",
			"%d files with keys of nobody whom the image has as an account: they count as soon as it has one with that home", removal(loose.Files, loose.Count)) {
			f.Severity = check.SeverityWarning
			out = append(out, f)
		}
		return out, nil
	}
	return r
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf("%d %s", n, many)
}
