package kickstart

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// secretArgs are the commands whose words are secrets.
var secretArgs = map[string]bool{"rootpw": true, "sshpw": true, "key": true}

// secretOptions are parts of the names of options whose values are secrets.
var secretOptions = []string{"password", "passphrase", "md5pass", "wepkey", "wpakey", "secret", "activation-key"}

var (
	hash = regexp.MustCompile(`^\$[0-9A-Za-z]+[$,]\S+$`)
	// hashInText is one anywhere in a word.
	hashInText = regexp.MustCompile(`\$[0-9A-Za-z]{1,8}[$,][^\s"']{8,}`)
	// userInfo is the name and the password in a URL.
	userInfo = regexp.MustCompile(`://[^/@\s"']+@`)
)

// Secret says whether an option's value is a password, its hash or a key, or may be: that of one that is not known
// may be a password's whose name is misspelt.
func (o Option) Secret() bool {
	if !o.Given || o.Spec.Name == "" {
		return o.Given
	}
	for _, part := range secretOptions {
		if strings.Contains(o.Name, part) {
			return true
		}
	}
	return false
}

// Shown is an option's value as others may see it.
func (o Option) Shown() string {
	if o.Secret() {
		return conceal(o.Value)
	}
	return ConcealURL(o.Value)
}

// Shown are the words that are no options as others may see them. Of a command that is not known nothing is shown: it
// may be a misspelt one that has a password.
func (c *Command) Shown() []string {
	var out []string
	secret := secretArgs[c.Spec.Name] || c.Spec.Name == ""
	for i, a := range c.Args {
		switch {
		// A word too much may be the rest of a password with a blank.
		case secret || c.Spec.Args.Max >= 0 && i >= c.Spec.Args.Max && slices.ContainsFunc(c.Options, Option.Secret):
			out = append(out, conceal(a.Value))
		default:
			out = append(out, ConcealURL(a.Value))
		}
	}
	return out
}

// conceal stands for a secret: hashes that are equal look equal, and nothing can be tried against them.
func conceal(s string) string {
	switch {
	case strings.Trim(s, "!*x") == "":
		return s
	case hash.MatchString(s):
		sum := sha256.Sum256([]byte(s))
		return "(a hash, " + hex.EncodeToString(sum[:4]) + ")"
	}
	return "(not shown)"
}

// ConcealURL is a URL without the name and the password in it.
func ConcealURL(s string) string { return userInfo.ReplaceAllString(s, "://(not shown)@") }

// tellsSecret are the ways in which a text of scripts and settings tells a password: options, assignments, words of settings. The
// last group is the password.
var tellsSecret = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(--?[a-z0-9-]*(?:password|passwd|passphrase|passcode|pass|secret|token|activation-?key|api-?key|wepkey|wpakey)(?:-[a-z]+)?(?:=|[ \t]+))("[^"]*"|'[^']*'|[^\s;&|"']+)`),
	regexp.MustCompile(`(?i)([a-z0-9_.-]*(?:password|passwd|passphrase|\bpass|_pass|secret|token|api_?key|secret_?(?:access_?)?key)[0-9]*["']?[ \t]*=[ \t]*)("[^"]*"|'[^']*'|[^\s;&|"']+)`),
	regexp.MustCompile(`(?i)([a-z0-9_.-]*(?:password|passphrase|secret|token)["']?:[ \t]*)("[^"]*"|'[^']*'|[^\s;&|"']+)`),
	regexp.MustCompile(`(?i)\b((?:requirepass|masterauth|auth_pass|rootpw|bindpw|wpa_passphrase|stats[ \t]+auth)[ \t]+)("[^"]*"|'[^']*'|[^\s;&|"']+)`),
	regexp.MustCompile(`(grub\.pbkdf2\.)(\S+)`),
}

// ConcealText is a piece of a script or of settings without what tells a password in it: names and passwords in URLs, hashes, the
// values of options and variables that are called so. A password that stands alone nobody can tell from other words.
func ConcealText(s string) string {
	s = ConcealURL(hashInText.ReplaceAllString(s, "(a hash)"))
	for _, tells := range tellsSecret {
		s = tells.ReplaceAllStringFunc(s, func(found string) string {
			m := tells.FindStringSubmatch(found)
			if m == nil || !secretValue(m[2]) {
				return found
			}
			return m[1] + "(not shown)"
		})
	}
	return s
}

// secretValue says that a value can be a password: it is none that was concealed already, nor the name of a variable.
func secretValue(v string) bool {
	v = strings.Trim(v, `"'`)
	return v != "" && v[0] != '(' && !(v[0] == '$' && strings.Trim(v[1:], "{}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == "")
}
