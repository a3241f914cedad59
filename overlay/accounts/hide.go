package accounts

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"lbimage/overlay"
)

// hideHashes takes the hashes out of the texts that a change keeps for its diff: plans and records are read
// by more people than /etc/shadow. What locks an account stays to be seen, and of a hash its method and a mark
// that tells one from another.
func hideHashes(c *overlay.Change) {
	for _, s := range []*overlay.FileState{c.Before, c.After} {
		if s == nil || !s.IsText {
			continue
		}
		var b strings.Builder
		for line := range strings.Lines(string(s.Text)) {
			b.WriteString(hideLine(line))
		}
		s.Text = []byte(b.String())
	}
}

// hideLine hides the second field of a line. In a comment that may be prose: only a hash in it is hidden.
func hideLine(line string) string {
	text := strings.TrimRight(line, "\n")
	f := strings.SplitN(text, ":", 3)
	if len(f) < 2 || strings.HasPrefix(strings.TrimLeft(text, " \t"), "#") && !strings.Contains(f[1], "$") {
		return line
	}
	f[1] = hide(f[1])
	return strings.Join(f, ":") + line[len(text):]
}

// hide gives what may be shown of a password field.
func hide(field string) string {
	rest := strings.TrimLeft(field, "!*")
	if len(rest) < 4 { // x, LK*, NP*
		return field
	}
	method := ""
	if f := strings.SplitN(rest, "$", 3); len(f) == 3 && f[0] == "" && len(f[1]) <= 5 {
		method = "$" + f[1] + "$"
	}
	sum := sha256.Sum256([]byte(rest))
	return field[:len(field)-len(rest)] + method + "<hidden " + hex.EncodeToString(sum[:4]) + ">"
}
