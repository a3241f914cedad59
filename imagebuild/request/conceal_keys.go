package request

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

var (
	keyBegins = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----`)
	keyEnds   = []byte("-----END ")
)

// ConcealKeys replaces private keys in a text, as OpenSSL, OpenSSH and GnuPG write them: what stands between the line that
// begins one and the line that ends it, or the end of the text. Equal ones look equal.
func ConcealKeys(text []byte) []byte {
	var out []byte
	for {
		at := keyBegins.FindIndex(text)
		if at == nil {
			return append(out, text...)
		}
		out = append(out, text[:at[1]]...)
		body := text[at[1]:]
		end := bytes.Index(body, keyEnds)
		if end < 0 {
			end = len(body)
		}
		body, text = body[:end], body[end:]
		if key := bytes.TrimSpace(body); len(key) > 0 {
			sum := sha256.Sum256(key)
			before, after, _ := bytes.Cut(body, key)
			out = append(append(append(out, before...), "(a private key, "+hex.EncodeToString(sum[:4])+")"...), after...)
		} else {
			out = append(out, body...)
		}
	}
}
