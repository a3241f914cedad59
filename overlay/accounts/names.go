package accounts

import (
	"fmt"
	"regexp"
	"strings"
)

// maxName is the length of a name in bytes that utmp holds.
const maxName = 32

// nameRule is what shadow-utils takes in Red Hat's releases, the widest set that every tool of an image
// copes with. A last "$" is for the accounts of machines in a Windows domain.
var nameRule = regexp.MustCompile(`^[a-zA-Z0-9_.][a-zA-Z0-9_.-]*\$?$`)

// checkName says whether a name can be that of a user or group.
func checkName(what, name string) error {
	wrong := func(why string) error { return fmt.Errorf("%s name %q: %s", what, shorten(name), why) }
	switch {
	case name == "":
		return wrong("give one")
	case len(name) > maxName:
		return wrong(fmt.Sprintf("%d bytes, use at most %d", len(name), maxName))
	case !nameRule.MatchString(name), name == ".", name == "..":
		return wrong("use letters, digits and _ . -, no - first")
	case strings.Trim(name, "0123456789") == "":
		return wrong("a name of digits alone is taken for a number: add a letter")
	}
	return nil
}

// checkField says whether a text can be a field of an account file.
func checkField(what, text string) error {
	if strings.Contains(text, ":") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%s %q: leave out colons, line ends and control characters", what, shorten(text))
	}
	if len(text) > maxField {
		return fmt.Errorf("%s: %d bytes, use at most %d", what, len(text), maxField)
	}
	return nil
}

// maxField keeps a line below the length up to which every tool reads one.
const maxField = 255

// salt is a character of a salt where crypt(3) takes more than letters, digits, dots and slashes: printable ASCII without
// what libxcrypt refuses there.
const salt = `[^\x00-\x20$!*:;\\\x7f-\x{10ffff}]`

// hashes are the forms of crypt(3) that tell themselves apart from a password in the clear.
var hashes = regexp.MustCompile(`^(` + strings.Join([]string{
	`\$1\$` + salt + `{0,8}\$[./0-9A-Za-z]{22}`,                              // MD5
	`\$2[abxy]\$[0-9]{2}\$[./0-9A-Za-z]{53}`,                                 // bcrypt
	`\$5\$(rounds=[0-9]{1,9}\$)?` + salt + `{0,16}\$[./0-9A-Za-z]{43}`,       // SHA-256
	`\$6\$(rounds=[0-9]{1,9}\$)?` + salt + `{0,16}\$[./0-9A-Za-z]{86}`,       // SHA-512
	`\$7\$[./0-9A-Za-z]{11}[./0-9A-Za-z]{0,86}\$[./0-9A-Za-z]{43}`,           // scrypt
	`\$g?y\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{0,86}\$[./0-9A-Za-z]{43}`,     // yescrypt, gost-yescrypt
	`\$sha1\$[0-9]{1,10}\$[./0-9A-Za-z]{0,64}\$[./0-9A-Za-z]{28}`,            // NetBSD's SHA-1
	`\$md5[,$][-=,0-9A-Za-z]{0,32}\$?[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{22}`, // Solaris' MD5
}, "|") + `)$`)

// CheckHash says whether a text can stand as a password in shadow: a hash as crypt(3) writes it, in one of
// the forms that begin with "$"; one that is locked by "!" before it; or "!" and "*" alone, which no
// password fits. A DES hash, 13 characters, is refused: it could as well be a password in the clear.
func CheckHash(hash string) error {
	rest := strings.TrimLeft(hash, "!*")
	switch {
	case hash == "":
		return fmt.Errorf("password: empty lets anyone in without one: give a hash, or ! to lock")
	case rest == "" && len(hash) <= 8, hash == "*LK*", hash == "*NP*":
		return nil
	case !strings.HasPrefix(rest, "$"):
		return fmt.Errorf("password: not a hash, but perhaps a password in the clear: make one with openssl passwd -6, or give ! to lock")
	case !hashes.MatchString(rest) || strings.Contains(hash[:len(hash)-len(rest)], "*"):
		return fmt.Errorf("password: not a hash that crypt(3) would write: copy all of it, and keep the shell from reading its $")
	}
	return nil
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
