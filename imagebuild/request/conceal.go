package request

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
)

// ConcealHash stands for a password's hash where others may read it: equal ones look equal, and nothing can be tried
// against it. What locks an account is shown as it is.
func ConcealHash(hash string) string {
	if strings.Trim(hash, "!*x") == "" {
		return hash
	}
	sum := sha256.Sum256([]byte(hash))
	return "(a hash, " + hex.EncodeToString(sum[:4]) + ")"
}

// HoldsHashes tells whether a path of an image is that of a file which holds hashes of passwords: /etc/shadow, or what was
// put beside it, /etc/shadow.rpmnew.
func HoldsHashes(path string) bool {
	rest, ok := strings.CutPrefix(path, "/etc/")
	if !ok {
		return false
	}
	for _, name := range []string{"shadow", "gshadow", "passwd", "group"} {
		if after, ok := strings.CutPrefix(rest, name); ok && (after == "" || after[0] == '-' || after[0] == '.') {
			return true
		}
	}
	return false
}

// hashInText is a hash as crypt(3) writes it, anywhere in a text.
var hashInText = regexp.MustCompile(`\$(1|2[abxy]?|5|6|7|g?y|sha1|md5)[$,][^\s:;"'<>]{8,}`)

// concealHashes replaces the hashes in a text that is not known to be a table of accounts: the line for one, say.
func concealHashes(text string) string { return hashInText.ReplaceAllStringFunc(text, ConcealHash) }

// ConcealShadow replaces the hashes in the text of /etc/shadow or of a file like it.
func ConcealShadow(text []byte) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) == 3 {
			fields[1] = ConcealHash(fields[1])
			lines[i] = strings.Join(fields, ":")
		}
	}
	return []byte(strings.Join(lines, ""))
}

// withoutPassword takes the password out of a URL.
func withoutPassword(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	if _, ok := u.User.Password(); ok {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}
