package conformance

import (
	"slices"
	"strings"

	"lbimage/kickstart"
)

// authKeys are options of authconfig, without "enable" and "disable", and the names that it keeps them under in
// /etc/sysconfig/authconfig.
var authKeys = map[string]string{
	"shadow": "USESHADOW", "ldap": "USELDAP", "ldapauth": "USELDAPAUTH", "krb5": "USEKERBEROS", "nis": "USENIS", "smbauth": "USESMBAUTH",
	"winbind": "USEWINBIND", "winbindauth": "USEWINBINDAUTH", "hesiod": "USEHESIOD", "sssd": "USESSSD", "sssdauth": "USESSSDAUTH",
	"locauthorize": "USELOCAUTHORIZE", "pamaccess": "USEPAMACCESS", "mkhomedir": "USEMKHOMEDIR", "fingerprint": "USEFPRINTD",
	"smartcard": "USESMARTCARD", "sysnetauth": "USESYSNETAUTH", "ecryptfs": "USEECRYPTFS", "ipav2": "USEIPAV2",
}

// auth judges what authconfig is told. Its words are its own, not the installer's.
func (j *judge) auth(c *kickstart.Command) []Statement {
	var out []Statement
	words := c.Words
	if len(words) > 0 {
		words = words[1:]
	}
	var skip bool
	for i, w := range words {
		if skip {
			skip = false
			continue
		}
		name, value, equals := strings.Cut(w.Value, "=")
		if name == "--passalgo" && !equals && i+1 < len(words) {
			value, skip = words[i+1].Value, true
		}
		claim := j.claim(c, ruleAccount, "authconfig "+name)
		switch option := strings.TrimPrefix(name, "--"); option {
		case "useshadow", "enableshadow":
			out = append(out, j.shadowed(claim, true))
		case "disableshadow":
			out = append(out, j.shadowed(claim, false))
		case "passalgo":
			out = append(out, j.passwordKind(claim, value))
		case "enablemd5":
			out = append(out, j.passwordKind(claim, "md5"))
		default:
			on, of := strings.CutPrefix(option, "enable")
			want := "yes"
			if !of {
				on, of = strings.CutPrefix(option, "disable")
				want = "no"
			}
			key := authKeys[on]
			if !of || key == "" {
				if strings.HasPrefix(name, "--") {
					out = append(out, claim.untold("as asked", "what that changes is not followed"))
				}
				continue
			}
			out = append(out, claim.same(j.read("etc/sysconfig/authconfig"), key, want, "", strings.EqualFold))
		}
	}
	return out
}

// shadowed judges whether passwords lie in /etc/shadow.
func (j *judge) shadowed(c claim, want bool) Statement {
	side := map[bool]string{true: "passwords in /etc/shadow", false: "passwords in /etc/passwd"}
	t := j.read("etc/passwd")
	switch {
	case t.bad != "":
		return c.at(t.path, 0).untold(side[want], t.bad)
	case !t.there:
		return c.at(t.path, 0).fails(side[want], "no /etc/passwd")
	}
	if want && !j.exists("etc/shadow") {
		return c.at("/etc/shadow", 0).fails(side[want], "no /etc/shadow")
	}
	for n, l := range t.lines {
		f := strings.Split(l, ":")
		if len(f) < 7 || strings.HasPrefix(f[0], "#") || strings.HasPrefix(f[0], "+") || strings.HasPrefix(f[0], "-") {
			continue
		}
		if has := f[1] == "x"; has != want && strings.Trim(f[1], "!*") != "" {
			return c.at(t.path, n+1).fails(side[want], side[has])
		}
	}
	return c.at(t.path, 0).holds(side[want], side[want])
}

// passwordKind judges by which hash new passwords are kept: what authconfig itself noted, and what the programs read.
func (j *judge) passwordKind(c claim, want string) Statement {
	told := false
	md5 := strings.EqualFold(want, "md5") && j.wordAfter("etc/login.defs", "MD5_CRYPT_ENAB") == "yes" // which counts over ENCRYPT_METHOD
	for _, at := range []struct{ file, key, sep string }{
		{"etc/sysconfig/authconfig", "PASSWDALGORITHM", "="}, {"etc/login.defs", "ENCRYPT_METHOD", " \t"}, {"etc/libuser.conf", "crypt_style", "= \t"},
	} {
		t := j.read(at.file)
		if t.bad != "" {
			return c.at(t.path, 0).untold(want, t.bad)
		}
		for n, l := range t.lines {
			f := strings.FieldsFunc(l, func(r rune) bool { return strings.ContainsRune(at.sep, r) })
			if len(f) != 2 || f[0] != at.key || md5 && at.key == "ENCRYPT_METHOD" {
				continue
			}
			has := strings.Trim(strings.TrimSpace(f[1]), `"'`)
			if !strings.EqualFold(has, want) && !(want == "descrypt" && slices.Contains([]string{"des", "DES"}, has)) {
				return c.at(t.path, n+1).fails(want, has+", by "+at.key)
			}
			if !told {
				c = c.at(t.path, n+1)
			}
			told = true
		}
	}
	if !told {
		return c.at("/etc/login.defs", 0).untold(want, "neither authconfig's file nor /etc/login.defs nor /etc/libuser.conf names one")
	}
	return c.holds(want, want)
}

// wordAfter is the word behind another at the beginning of a line.
func (j *judge) wordAfter(name, word string) string {
	for _, l := range j.read(name).lines {
		if f := strings.Fields(l); len(f) > 1 && f[0] == word {
			return f[1]
		}
	}
	return ""
}

// authselect judges the profile and its features, which authselect notes in its own file.
func (j *judge) authselect(c *kickstart.Command) []Statement {
	var words []string
	for _, w := range c.Words[min(1, len(c.Words)):] {
		if !strings.HasPrefix(w.Value, "--") {
			words = append(words, w.Value)
		}
	}
	claim := j.claim(c, ruleAccount, "authselect")
	if len(words) < 2 || words[0] != "select" {
		return []Statement{claim.untold("as asked", "only a profile that is selected is followed")}
	}
	want := strings.Join(words[1:], " ")
	t := j.read("etc/authselect/authselect.conf")
	claim = claim.at(t.path, 0)
	switch {
	case t.bad != "":
		return []Statement{claim.untold(want, t.bad)}
	case !t.there:
		return []Statement{claim.fails(want, "no "+t.path)}
	}
	var has []string
	for _, l := range t.lines {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			has = append(has, l)
		}
	}
	ok := len(has) > 0 && has[0] == words[1]
	for _, feature := range words[2:] {
		ok = ok && slices.Contains(has[1:], feature)
	}
	return []Statement{claim.is(ok, want, named(strings.Join(has, " ")))}
}
