package request

import (
	"encoding/json"
	"strings"
	"testing"

	"lbimage/imagebuild/recipe"
)

func TestConcealKeys(t *testing.T) {
	pem := func(kind, body string) string {
		return "-----BEGIN " + kind + "-----\n" + body + "-----END " + kind + "-----\n"
	}
	for text, want := range map[string]string{
		"": "", "a\nb\n": "a\nb\n",
		pem("CERTIFICATE", "MIIB\n"):                                   pem("CERTIFICATE", "MIIB\n"),
		pem("PUBLIC KEY", "MIIB\n"):                                    pem("PUBLIC KEY", "MIIB\n"),
		"x\n" + pem("OPENSSH PRIVATE KEY", "c2Vj\ncmV0\n") + "y":       "x\n" + pem("OPENSSH PRIVATE KEY", "(a private key, HASH)\n") + "y",
		pem("PRIVATE KEY", "c2Vj\n") + pem("EC PRIVATE KEY", "cmV0\n"): pem("PRIVATE KEY", "(a private key, HASH)\n") + pem("EC PRIVATE KEY", "(a private key, HASH)\n"),
		pem("PGP PRIVATE KEY BLOCK", "\nc2Vj\n"):                       pem("PGP PRIVATE KEY BLOCK", "\n(a private key, HASH)\n"),
		"-----BEGIN RSA PRIVATE KEY-----\nc2Vj\n":                      "-----BEGIN RSA PRIVATE KEY-----\n(a private key, HASH)\n",
		"-----BEGIN RSA PRIVATE KEY-----\n":                            "-----BEGIN RSA PRIVATE KEY-----\n",
		`k = "-----BEGIN RSA PRIVATE KEY-----\nc2Vj\n-----END RSA`:     `k = "-----BEGIN RSA PRIVATE KEY-----(a private key, HASH)-----END RSA`,
	} {
		got := string(ConcealKeys([]byte(text)))
		for _, part := range strings.Split(got, "(a private key, ")[1:] {
			got = strings.Replace(got, part[:8], "HASH", 1)
		}
		if got != want || strings.Contains(got, "c2Vj") {
			t.Errorf("%q became %q instead of %q", text, got, want)
		}
	}
	a, b := pem("PRIVATE KEY", "c2Vj\n"), pem("PRIVATE KEY", "cmV0\n")
	if string(ConcealKeys([]byte(a))) == string(ConcealKeys([]byte(b))) {
		t.Error("two keys look equal")
	}
}

// A key in the recipe is not in the record.
func TestRecordWithoutKeys(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
	r := Request{Edits: []recipe.Edit{{File: &recipe.File{Path: "/etc/haproxy/key.pem", Content: key}}}}
	text, err := json.Marshal(r.ForRecord())
	if err != nil || strings.Contains(string(text), "c2Vj") || !strings.Contains(string(text), "(a private key, ") {
		t.Errorf("%s, %v", text, err)
	}
}
