package tests

import (
	"path/filepath"
	"strings"
	"testing"
)

// With a keyring a package that one of its keys has signed is installed, and the record says who signed it; a change of
// one byte of it is found.
func TestBuildSigned(t *testing.T) {
	dir := t.TempDir()
	key := newSigner(t)
	writeFile(t, filepath.Join(dir, "keys"), key.public)
	copyTo(t, app.build(t), dir+"/app.rpm")
	key.sign(t, dir+"/app.rpm")
	writeFile(t, dir+"/lbimage.yaml", "apiVersion: lbimage/v1\nsource: {path: "+sampleRPM(t)+"}\noutput: {name: out}\nkeyring: [keys]\nedits: [rpm: app.rpm]\n")
	text := must(t, dir, lbimage, "build")
	if !strings.Contains(text, "Signer <signer@example.com>") {
		t.Errorf("the signer is not in\n%s", text)
	}
	var record struct {
		Packages []struct {
			Name   string
			Signed []string
		}
	}
	readJSON(t, dir+"/out.tgz.json", &record)
	if len(record.Packages) != 1 || len(record.Packages[0].Signed) == 0 || !strings.Contains(record.Packages[0].Signed[0], "signer@example.com") {
		t.Errorf("the record says %+v", record.Packages)
	}
	corrupt(t, dir+"/app.rpm", dir+"/app.rpm", func(b []byte) []byte { return flip(len(b) - 30)(b) })
	if r := call(t, dir, nil, lbimage, "build", "--force"); r.code != 1 || !strings.Contains(r.stderr, "lbimage.yaml:5:9: app.rpm: ") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}
